// SPDX-License-Identifier: BSD-3-Clause
//
// Policies over other real types. The policies of the library are templates over the real type: users give parameters
// as doubles, a simulator rounds them to float, and derivatives use dual numbers.
//
//   const sk::Logistic f{.theta = 0.2};                          // a double
//   sk::detail::rounded(f).theta;                                // 0.2f, the value in the steps of a simulator
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

namespace detail {

/// Marks a policy that computes in float and has parameters given as doubles.
struct Single {};

template <class T>
struct RealNumber {
  using Type = T;
  using Member = T;
};
template <>
struct RealNumber<Single> {
  using Type = float;
  using Member = double;
};

/// The type in which a policy over T computes.
template <class T>
using RealOf = typename RealNumber<T>::Type;
/// The type of the parameters of a policy over T.
template <class T>
using MemberOf = typename RealNumber<T>::Member;

/// The real types of policies that are not lifted.
template <class T>
concept RealType = std::floating_point<T> || std::same_as<T, Single>;

template <class Owner>
concept ListsParameters = requires {
  Owner::parameters();
};

/// The type of a parameter in a step computed in Number. With FloatDual, a float parameter becomes a FloatDual and a
/// double parameter a Dual, since a simulator computes with a double parameter and rounds the result. With Dual, all
/// parameters become Duals.
template <class T, class Number>
using LiftedReal = decltype(RealOf<T>() + Number());

/// A policy over another real type, if it is a template over the real type and lists its parameters, or consists of
/// such policies. Any other policy stays unchanged, and derivatives with respect to its parameters are 0.
template <class Policy, class Number>
struct Lifted {
  using Type = Policy;

  template <class SlopeOf>
  static Type of(const Policy& policy, const SlopeOf&) {
    return policy;
  }
};
template <class Policy, class Number = FloatDual>
using LiftedOf = typename Lifted<Policy, Number>::Type;

/// A policy over another real type. slope_of(name) returns the derivative of the parameter of that name.
template <class Number = FloatDual, class Policy, class SlopeOf>
LiftedOf<Policy, Number> lifted(const Policy& policy, const SlopeOf& slope_of) {
  return Lifted<Policy, Number>::of(policy, slope_of);
}

template <class Policy>
using RoundedOf = LiftedOf<Policy, float>;

/// The policy with its parameters rounded as in a simulator. Throws InvalidParameter for a finite value beyond the
/// range of float.
template <class Policy>
RoundedOf<Policy> rounded(const Policy& policy) {
  return lifted<float>(policy, [](std::string_view) { return 0.0; });
}

template <class Value>
void round_to(Value& rounded, double given, const char* name) {
  if (std::isfinite(given) && std::abs(given) > static_cast<double>(std::numeric_limits<Value>::max()))
    throw InvalidParameter(std::string(name) + " = " + to_text(given) + " is too large for single precision");
  rounded = static_cast<Value>(given);
}

/// Lifts a policy by copying its listed parameters.
template <class Policy, class Over>
struct LiftedParameters {
  using Type = Over;

  template <class SlopeOf>
  static Type of(const Policy& policy, const SlopeOf& slope_of) {
    Type result;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (copy(policy, std::get<I>(Policy::parameters()), result, std::get<I>(Over::parameters()), slope_of), ...);
    }
    (std::make_index_sequence<std::tuple_size_v<decltype(Policy::parameters())>>());
    return result;
  }

 private:
  template <class From, class To, class SlopeOf>
  static void copy(const Policy& policy, const From& from, Type& result, const To& to, const SlopeOf& slope_of) {
    const auto& given = policy.*from.member;
    auto& value = result.*to.member;
    if constexpr (std::is_same_v<decltype(value), float&>)
      round_to(value, static_cast<double>(given), from.name);
    else
      value = given;
    if constexpr (is_dual<std::remove_reference_t<decltype(value)>>)
      value.derivative = slope_of(std::string_view(from.name));
  }
};

/// Rounds parameters given as doubles before any other conversion.
template <class Policy, class Rounded, class Over>
struct LiftedFromRounded {
  using Type = Over;

  template <class SlopeOf>
  static Type of(const Policy& policy, const SlopeOf& slope_of) {
    return LiftedParameters<Rounded, Over>::of(LiftedParameters<Policy, Rounded>::of(policy, slope_of), slope_of);
  }
};
template <class Policy, class Rounded>
struct LiftedFromRounded<Policy, Rounded, Rounded> : LiftedParameters<Policy, Rounded> {};
template <class Policy, class Over>
struct LiftedFromRounded<Policy, Policy, Over> : LiftedParameters<Policy, Over> {};
template <class Policy>
struct LiftedFromRounded<Policy, Policy, Policy> : LiftedParameters<Policy, Policy> {};

template <template <class> class Policy, RealType T, class Number>
requires ListsParameters<Policy<T>> && ListsParameters<Policy<RealOf<T>>> &&
    ListsParameters<Policy<LiftedReal<T, Number>>>
struct Lifted<Policy<T>, Number> : LiftedFromRounded<Policy<T>, Policy<RealOf<T>>, Policy<LiftedReal<T, Number>>> {
};

}  // namespace detail

}  // namespace spikeometric
