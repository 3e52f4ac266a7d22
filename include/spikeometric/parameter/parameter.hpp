// SPDX-License-Identifier: BSD-3-Clause
//
// Parameters of policies. Each policy lists its parameters once; validation, setting by name, help and output use the
// list.
//
//   struct Quadratic {
//     float gain = 2.0f;
//     static constexpr auto parameters() {
//       return std::tuple{sk::parameter("gain", &Quadratic::gain, "1", sk::bounds::positive, "gain")};
//     }
//     template <class Real>
//     SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const { return g < 0 ? Real(0) : gain * g * g; }
//   };
//
//   sk::set_parameter(model, "gain", 3.0);  // throws sk::InvalidParameter for an unknown name or a value out of bounds
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/lifted.hpp"

namespace spikeometric {

/// The length of an infinite window.
inline constexpr int infinite_window = std::numeric_limits<int>::max();

namespace detail {

/// The maximum of Integer plus 1. A double can represent it exactly, but not always the maximum.
template <std::integral Integer>
inline constexpr double beyond = 2.0 * static_cast<double>(std::numeric_limits<Integer>::max() / 2 + 1);

/// Negative, 0 or positive if the value is less than, equal to or greater than the bound; exact beyond 2^53 too.
/// Rounding preserves order, so only a rounded value that equals the bound needs a second comparison.
template <std::integral Integer>
constexpr int compare(Integer value, double bound) {
  const auto rounded = static_cast<double>(value);
  if (rounded != bound || bound >= beyond<Integer>) return rounded > bound ? 1 : -1;
  const auto exact = static_cast<Integer>(bound);
  return value > exact ? 1 : value < exact ? -1 : 0;
}

}  // namespace detail

/// The valid values of a parameter. NaN and infinity are never valid.
struct Bounds {
  double lowest = std::numeric_limits<double>::lowest();
  double highest = std::numeric_limits<double>::max();
  bool lowest_excluded = false;

  constexpr bool contain(double value) const {
    return value <= highest && (lowest_excluded ? value > lowest : value >= lowest);
  }
  template <std::integral Integer>
  constexpr bool contain(Integer value) const {
    return detail::compare(value, highest) <= 0 && detail::compare(value, lowest) >= (lowest_excluded ? 1 : 0);
  }
};

/// Common bounds.
namespace bounds {

inline constexpr Bounds any_number{};
inline constexpr Bounds non_negative{.lowest = 0.0};
inline constexpr Bounds positive{.lowest = 0.0, .lowest_excluded = true};
inline constexpr Bounds at_least_one{.lowest = 1.0};
inline constexpr Bounds up_to_one{.lowest = 0.0, .highest = 1.0, .lowest_excluded = true};

}  // namespace bounds

/// One entry in a policy's list of parameters.
template <class Owner, class Value>
struct Parameter {
  const char* name;
  Value Owner::*member;
  const char* unit;
  Bounds bounds;
  const char* meaning;
};

template <class Owner, class Value>
constexpr Parameter<Owner, Value> parameter(const char* name, Value Owner::*member, const char* unit, Bounds bounds,
                                            const char* meaning) {
  return {name, member, unit, bounds, meaning};
}

/// A member of a policy that is not a number: an array of numbers, another policy or an array of policies. A policy
/// lists them in `static constexpr auto parts()`, so that files of parameters contain them.
template <class Owner, class Value>
struct Part {
  const char* name;
  Value Owner::*member;
};

template <class Owner, class Value>
constexpr Part<Owner, Value> part(const char* name, Value Owner::*member) {
  return {name, member};
}

namespace detail {

template <class Policy>
concept ListsParts = requires {
  Policy::parts();
};

/// The maximum integer is written as "inf".
template <class Value>
std::string value_text(Value value) {
  if constexpr (std::is_integral_v<Value>) {
    if (value == std::numeric_limits<Value>::max()) return "inf";
    return to_text(value);
  } else if constexpr (std::is_floating_point_v<Value>) {
    return to_text(value);
  } else {  // a Dual
    return to_text(static_cast<double>(value));
  }
}

inline std::string to_text(const Bounds& bounds, bool of_integer) {
  const bool bounded_below = bounds.lowest > std::numeric_limits<double>::lowest();
  const bool bounded_above = bounds.highest < std::numeric_limits<double>::max();
  std::string text = of_integer || bounded_above ? "" : bounded_below ? "finite and " : "finite";
  if (bounded_below) text += (bounds.lowest_excluded ? "above " : "at least ") + to_text(bounds.lowest);
  if (bounded_above) text += " and at most " + to_text(bounds.highest);
  return text;
}

[[noreturn]] inline void refuse_parameter(std::string_view name, const std::string& value, std::string_view unit,
                                          const std::string& reason) {
  std::string text{name};
  text.append(" = ").append(value);
  if (unit != "1") text.append(" ").append(unit);
  throw InvalidParameter(text.append(reason));
}

/// Throws InvalidParameter for a parameter's value: "theta = nan mV must be finite".
template <class Owner, class Value, class Given>
[[noreturn]] void refuse_parameter(const Parameter<Owner, Value>& entry, Given value, const std::string& reason) {
  refuse_parameter(entry.name, value_text(value), entry.unit, reason);
}

}  // namespace detail

namespace detail {

/// Calls visit(policy) for every policy of a model or a stimulus that lists parameters.
template <class Owner, class Visitor>
constexpr void for_each_list(Owner& owner, Visitor&& visit) {
  if constexpr (ListsParameters<std::remove_const_t<Owner>>) visit(owner);
  if constexpr (requires { owner.for_each_policy([](auto&) {}); })
    owner.for_each_policy([&](auto& policy) { for_each_list(policy, visit); });
}

template <class Policy, class Visitor>
constexpr void for_each_entry(Policy& policy, Visitor&& visit) {
  std::apply([&](const auto&... entry) { (visit(entry, policy.*entry.member), ...); },
             std::remove_const_t<Policy>::parameters());
}

}  // namespace detail

/// Calls visit(parameter, value) for every parameter of a policy, in the order of its list, or of a model, policy by
/// policy. `value` is the member itself or, if the owner is const, the value that a simulator uses: a float if a double
/// is given. Throws InvalidParameter for a finite double beyond the range of float in a const owner.
template <class Owner, class Visitor>
constexpr void for_each_parameter(Owner& owner, Visitor&& visit) {
  detail::for_each_list(owner, [&](auto& policy) {
    if constexpr (std::is_const_v<std::remove_reference_t<decltype(policy)>>) {
      const auto& exact = detail::rounded(policy);
      detail::for_each_entry(exact, visit);
    } else {
      detail::for_each_entry(policy, visit);
    }
  });
}

/// The bounds of a parameter in words: "finite and at least 0".
template <class Owner, class Value>
std::string to_text(const Parameter<Owner, Value>& entry) {
  return detail::to_text(entry.bounds, std::is_integral_v<Value>);
}

/// Throws InvalidParameter if the value is out of bounds.
template <class Owner, class Value>
void validate_parameter(const Parameter<Owner, Value>& entry, const Value& value) {
  if constexpr (std::is_same_v<Value, std::uint64_t>)  // e.g. -5, converted to unsigned
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) &&
        value != std::numeric_limits<Value>::max())
      detail::refuse_parameter(entry, static_cast<std::int64_t>(value), " must not be negative");
  bool contained;
  if constexpr (std::is_integral_v<Value>)
    contained = entry.bounds.contain(value);
  else
    contained = entry.bounds.contain(static_cast<double>(value));
  if (!contained) detail::refuse_parameter(entry, value, " must be " + to_text(entry));
}

/// Throws InvalidParameter for the first parameter of a policy or model that is out of bounds.
template <class Owner>
void validate_parameters(const Owner& owner) {
  for_each_parameter(owner, [](const auto& entry, const auto& value) { validate_parameter(entry, value); });
}

namespace detail {

/// Checks the parameters of a policy, before and after rounding, and calls its own checks on the rounded policy.
template <class Policy, class... Real>
void validate_policy(const Policy& policy, [[maybe_unused]] Real... dt) {
  validate_parameters(policy);
  if constexpr (!std::is_same_v<RoundedOf<Policy>, Policy>) {
    validate_policy(rounded(policy), dt...);
  } else {
    if constexpr (requires { policy.validate(); }) policy.validate();
    if constexpr (requires { policy.validate(dt...); } && sizeof...(dt) > 0) policy.validate(dt...);
  }
}

/// Sets a parameter of a policy. Throws InvalidParameter, and changes nothing, if the rounded value is out of bounds.
template <class Policy, class Owner, class Value>
void set_entry(Policy& policy, const Parameter<Owner, Value>& entry, const Value& value) {
  Policy changed = policy;
  changed.*entry.member = value;
  for_each_parameter(std::as_const(changed), [&](const auto& each, const auto& exact) {
    if (std::string_view(each.name) == entry.name) validate_parameter(each, exact);
  });
  policy.*entry.member = value;
}

}  // namespace detail

/// Sets a parameter by name. For integer parameters, infinity stands for the maximum, which is infinite_window for a
/// window. Throws InvalidParameter if the name is unknown (the message lists the known names), if the value is out of
/// bounds, or if an integer parameter gets a non-integer value.
template <class Owner>
void set_parameter(Owner& owner, std::string_view name, double value) {
  std::string names;
  bool found = false;
  const auto set = [&](auto& policy, const auto& entry, const auto& member) {
    names += (names.empty() ? "" : ", ") + std::string(entry.name);
    if (name != entry.name) return;
    found = true;
    using Value = std::remove_cvref_t<decltype(member)>;
    using Limits = std::numeric_limits<Value>;
    auto narrowed = Limits::max();
    if constexpr (std::is_integral_v<Value>) {
      if (value != std::numeric_limits<double>::infinity()) {
        if (!(value >= static_cast<double>(Limits::min()) && value < detail::beyond<Value>) ||
            value != std::trunc(value))
          detail::refuse_parameter(entry, value,
                                   std::string(" must be an integer") + (Limits::is_signed ? "" : ", at least 0 and") +
                                       " below 2^" + std::to_string(Limits::digits));
        narrowed = static_cast<Value>(value);
      }
    } else {
      if (std::abs(value) > Limits::max() && std::isfinite(value))
        detail::refuse_parameter(entry, value, " is too large");
      narrowed = static_cast<Value>(value);
    }
    detail::set_entry(policy, entry, narrowed);
  };
  detail::for_each_list(owner, [&](auto& policy) {
    detail::for_each_entry(policy, [&](const auto& entry, const auto& member) { set(policy, entry, member); });
  });
  if (!found) throw InvalidParameter("no parameter is called " + std::string(name) + "; known names: " + names);
}

}  // namespace spikeometric
