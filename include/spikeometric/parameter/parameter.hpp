// SPDX-License-Identifier: BSD-3-Clause
//
// Parameters of policies and of network generators. Each type lists its parameters once; validation, setting by name,
// help and output use the list.
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

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
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

/// The maximum of Integer plus 1. A double represents it exactly, which is not always true of the maximum.
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
inline constexpr Bounds probability{.lowest = 0.0, .highest = 1.0};

}  // namespace bounds

namespace detail {

/// The names of the two values of a bool. An enumeration whose values count from 0 is a parameter type if its own
/// namespace has such a function.
template <std::same_as<bool> Value>
constexpr std::array<const char*, 2> names_of(Value) {
  return {"false", "true"};
}

template <class Value>
concept Enumerated = requires(Value value) {
  names_of(value);
};

template <Enumerated Value>
constexpr auto names() {
  return names_of(Value{});
}

}  // namespace detail

/// An entry of a list of parameters, without the type that owns the parameter.
template <class Value>
struct ParameterOf {
  const char* name;
  const char* unit;  ///< "1" for a number without a unit
  Bounds bounds;
  const char* meaning;
};

/// An entry of a policy's list of parameters.
template <class Owner, class Value>
struct Parameter : ParameterOf<Value> {
  Value Owner::*member;
};

template <class Owner, class Value>
constexpr Parameter<Owner, Value> parameter(const char* name, Value Owner::*member, const char* unit, Bounds bounds,
                                            const char* meaning) {
  return {{name, unit, bounds, meaning}, member};
}

/// The parameter is a bool or an enumeration.
template <class Owner, detail::Enumerated Value>
constexpr Parameter<Owner, Value> parameter(const char* name, Value Owner::*member, const char* meaning) {
  return {{name, "1", {.lowest = 0.0, .highest = detail::names<Value>().size() - 1.0}, meaning}, member};
}

/// A member of a policy that is not a number: an array of numbers, another policy or an array of policies. A policy
/// lists such members in `static constexpr auto parts()`, so that files of parameters contain them.
template <class Owner, class Value>
struct PolicyPart {
  const char* name;
  Value Owner::*member;
};

template <class Owner, class Value>
constexpr PolicyPart<Owner, Value> part(const char* name, Value Owner::*member) {
  return {name, member};
}

namespace detail {

template <class Policy>
concept ListsParts = requires {
  Policy::parts();
};

/// A value as text. The maximum of an integer type is written as "inf".
template <class Value>
std::string value_text(Value value) {
  if constexpr (Enumerated<Value>) {
    const auto place = static_cast<std::size_t>(value);
    return place < names_of(value).size() ? names_of(value)[place] : to_text(place);
  } else if constexpr (std::is_integral_v<Value>) {
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

/// Throws InvalidParameter with a message such as "theta = nan mV must be finite".
template <class Value, class Given>
[[noreturn]] void refuse_parameter(const ParameterOf<Value>& entry, Given value, const std::string& reason) {
  refuse_parameter(entry.name, value_text(value), entry.unit, reason);
}

/// Calls visit(policy) for every policy of a model, or of a stimulus, that lists parameters.
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

/// Calls visit(parameter, value) for every parameter of a policy in the order of its list, or for every parameter of a
/// model, policy by policy. `value` is the member itself or, if the owner is const, the value that a simulator uses: a
/// double parameter rounded to float. With a const owner, throws InvalidParameter for a finite double beyond the range
/// of float.
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

/// The bounds of a parameter in words, such as "finite and at least 0"; for an enumeration its names, such as "false or
/// true".
template <class Value>
std::string to_text(const ParameterOf<Value>& entry) {
  if constexpr (detail::Enumerated<Value>) {
    std::string text;
    for (std::size_t left = detail::names<Value>().size(); const char* name : detail::names<Value>())
      text.append(name).append(--left > 1 ? ", " : left == 1 ? " or " : "");
    return text;
  } else {
    return detail::to_text(entry.bounds, std::is_integral_v<Value>);
  }
}

/// Throws InvalidParameter, with the parameter's name in the message, if the value is out of bounds.
template <class Value>
void validate_parameter(const ParameterOf<Value>& entry, const Value& value) {
  if constexpr (std::is_same_v<Value, std::uint64_t>)  // catches a negative number that was converted
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

/// Checks the parameters of a policy before and after rounding, then calls the policy's own checks on the rounded
/// policy.
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
  if constexpr (std::is_same_v<RoundedOf<Policy>, Policy>) {
    validate_parameter(entry, value);
  } else {
    Policy changed = policy;
    changed.*entry.member = value;
    for_each_parameter(std::as_const(changed), [&](const auto& each, const auto& exact) {
      if (std::string_view(each.name) == entry.name) validate_parameter(each, exact);
    });
  }
  policy.*entry.member = value;
}

template <class Value>
Value value_from(const ParameterOf<Value>& entry, double number) {
  using Limits = std::numeric_limits<Value>;
  if constexpr (Enumerated<Value>) {
    if (!entry.bounds.contain(number) || number != std::trunc(number))
      refuse_parameter(entry, number, " must be " + to_text(entry));
  } else if constexpr (std::is_integral_v<Value>) {
    if (number == std::numeric_limits<double>::infinity()) return Limits::max();
    if (!(number >= static_cast<double>(Limits::min()) && number < beyond<Value>) || number != std::trunc(number))
      refuse_parameter(entry, number,
                       std::string(" must be an integer") + (Limits::is_signed ? "" : ", at least 0 and") +
                           " below 2^" + std::to_string(Limits::digits));
  } else {
    if (std::abs(number) > Limits::max() && std::isfinite(number)) refuse_parameter(entry, number, " is too large");
  }
  return static_cast<Value>(number);
}

/// The value of this name, if there is one.
template <Enumerated Value>
std::optional<Value> value_named(std::string_view text) {
  std::size_t place = 0;
  for (const char* name : names_of(Value{})) {
    if (text == name) return static_cast<Value>(place);
    ++place;
  }
  return std::nullopt;
}

template <class Value>
Value value_from(const ParameterOf<Value>& entry, std::string_view text) {
  if constexpr (Enumerated<Value>) {
    if (const auto named = value_named<Value>(text)) return *named;
    refuse_parameter(entry.name, std::string(text), entry.unit, " must be " + to_text(entry));
  } else {
    double number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
      refuse_parameter(entry.name, std::string(text), "1",
                       error == std::errc::result_out_of_range ? " is out of range" : " is not a number");
    return value_from(entry, number);
  }
}

/// If no parameter has the name, the message lists the known names, followed by `others`.
template <class Owner, class Given>
void set_by_name(Owner& owner, std::string_view name, Given value, const char* others = "") {
  std::string names;
  bool found = false;
  for_each_list(owner, [&](auto& policy) {
    for_each_entry(policy, [&](const auto& entry, const auto&) {
      names.append(names.empty() ? "" : ", ").append(entry.name);
      if (name != entry.name) return;
      found = true;
      set_entry(policy, entry, value_from(entry, value));
    });
  });
  if (!found)
    throw InvalidParameter("no parameter is called " + std::string(name) + "; known names: " + names + others);
}

}  // namespace detail

/// Sets the parameter of this name in every policy that has one. For an integer parameter, the value must be an
/// integer, or infinity for the maximum of its type (infinite_window for a window). For an enumeration, the value is
/// the index of the enumerator, from 0. Throws InvalidParameter if no parameter has this name (the message lists the
/// known names) or if the value is invalid.
template <class Owner>
void set_parameter(Owner& owner, std::string_view name, double value) {
  detail::set_by_name(owner, name, value);
}

/// The same with a value given as text: a number or, for an enumeration, one of its names ("true" or "false" for a
/// bool).
template <class Owner>
void set_parameter(Owner& owner, std::string_view name, std::string_view value) {
  detail::set_by_name(owner, name, value);
}

}  // namespace spikeometric
