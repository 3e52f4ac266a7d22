// SPDX-License-Identifier: BSD-3-Clause
//
// Dual numbers: a value and its derivative with respect to one parameter, carried through a computation.
//
//   const sk::Dual theta{5.0, 1.0};                              // the parameter itself: d theta / d theta = 1
//   const sk::Dual p = 1.0 / (1.0 + exp(theta - 4.0));           // p.value, and p.derivative = dp / d theta
//
//   const sk::FloatDual g{1.5f, 1.0};                            // value in float, derivative in double
#pragma once

#include <concepts>
#include <type_traits>

#include "spikeometric/arithmetic/functions.hpp"

namespace spikeometric {

/// A real number x and its derivative dx/du with respect to some u (forward-mode differentiation). An expression over
/// dual numbers has, bit for bit, the value of the same expression over plain numbers of type Value, if it uses the
/// library's functions. The derivative is computed in double. A plain number is a constant: its derivative is 0.
///
/// Types mix as plain numbers do. A FloatDual combined with a double or a Dual gives a Dual; combined with a float or
/// an integer it gives a FloatDual. A Dual converts to a FloatDual implicitly and rounds its value. A FloatDual
/// converts to a Dual only by a cast; otherwise `x > 0 ? dual : float_dual` would be ambiguous.
///
/// <, >, <= and >= compare values; == compares values and derivatives. A function of a constant has derivative 0, even
/// where its slope is infinite. A quotient whose denominator has overflowed to infinity also has derivative 0.
template <std::floating_point Value>
struct BasicDual {
  Value value = 0;
  double derivative = 0.0;

  constexpr BasicDual() = default;
  template <class Number>
  requires std::integral<Number> || std::floating_point<Number> SPIKEOMETRIC_HOST_DEVICE constexpr BasicDual(
      Number number)
      : value(static_cast<Value>(number)) {}
  SPIKEOMETRIC_HOST_DEVICE constexpr BasicDual(Value number, double slope) : value(number), derivative(slope) {}
  template <std::floating_point Other>
  SPIKEOMETRIC_HOST_DEVICE explicit(sizeof(Value) > sizeof(Other)) constexpr BasicDual(const BasicDual<Other>& other)
      : value(static_cast<Value>(other.value)), derivative(other.derivative) {}

  /// Converts to the value and drops the derivative.
  template <std::floating_point Number>
  SPIKEOMETRIC_HOST_DEVICE explicit constexpr operator Number() const {
    return static_cast<Number>(value);
  }

  template <class Other>
  SPIKEOMETRIC_HOST_DEVICE BasicDual& operator+=(const Other& other) {
    return *this = *this + other;
  }

  SPIKEOMETRIC_HOST_DEVICE friend BasicDual operator-(const BasicDual& a) { return {-a.value, -a.derivative}; }
  SPIKEOMETRIC_HOST_DEVICE friend BasicDual abs(const BasicDual& x) { return x.value < 0 ? -x : x; }
};

namespace detail {

/// The dual number of the value f(x) and the slope f'(x).
template <class Value>
SPIKEOMETRIC_HOST_DEVICE BasicDual<Value> chained(const BasicDual<Value>& x, Value f, double slope) {
  return {f, x.derivative == 0.0 ? 0.0 : mul(slope, x.derivative)};
}

}  // namespace detail

// These functions are in the namespace and not friends, so that sk::exp(x) finds them.
template <class Value>
SPIKEOMETRIC_HOST_DEVICE BasicDual<Value> exp(const BasicDual<Value>& x) {
  const Value f = exp(x.value);
  return detail::chained(x, f, double(f));
}
template <class Value>
SPIKEOMETRIC_HOST_DEVICE BasicDual<Value> log(const BasicDual<Value>& x) {
  return detail::chained(x, log(x.value), 1.0 / double(x.value));
}
template <class Value>
SPIKEOMETRIC_HOST_DEVICE BasicDual<Value> expm1(const BasicDual<Value>& x) {
  return detail::chained(x, expm1(x.value), exp(double(x.value)));
}
template <class Value>
SPIKEOMETRIC_HOST_DEVICE BasicDual<Value> log1p(const BasicDual<Value>& x) {
  return detail::chained(x, log1p(x.value), 1.0 / (1.0 + double(x.value)));
}
template <class Value>
SPIKEOMETRIC_HOST_DEVICE BasicDual<Value> log1p_ratio(const BasicDual<Value>& x) {
  return detail::chained(x, log1p_ratio(x.value), detail::functions::slope_of_logarithm_ratio(double(x.value)));
}
template <class Value>
SPIKEOMETRIC_HOST_DEVICE BasicDual<Value> sqrt(const BasicDual<Value>& x) {
  const Value root = sqrt(x.value);
  return detail::chained(x, root, 0.5 / double(root));
}
template <class Value>
SPIKEOMETRIC_HOST_DEVICE BasicDual<Value> sin(const BasicDual<Value>& x) {
  return detail::chained(x, sin(x.value), cos(double(x.value)));
}
template <class Value>
SPIKEOMETRIC_HOST_DEVICE BasicDual<Value> cos(const BasicDual<Value>& x) {
  return detail::chained(x, cos(x.value), -sin(double(x.value)));
}

/// Value and derivative in double.
using Dual = BasicDual<double>;
/// Value in float, as in a simulator; derivative in double.
using FloatDual = BasicDual<float>;

namespace detail {

template <class Number>
struct ValueOf {};
template <class Number>
requires std::is_arithmetic_v<Number>
struct ValueOf<Number> {
  using Type = Number;
};
template <class Value>
struct ValueOf<BasicDual<Value>> {
  using Type = Value;
};

template <class Number>
inline constexpr bool is_dual = false;
template <class Value>
inline constexpr bool is_dual<BasicDual<Value>> = true;

/// The type of the result of an operation on two numbers, at least one of them dual.
template <class A, class B>
requires(is_dual<A> ||
         is_dual<B>) using DualOf = BasicDual<std::common_type_t<typename ValueOf<A>::Type, typename ValueOf<B>::Type>>;

template <class Value>
struct Wider<BasicDual<Value>> {
  using Type = BasicDual<Wide<Value>>;
};

}  // namespace detail

template <class A, class B, class Result = detail::DualOf<A, B>>
SPIKEOMETRIC_HOST_DEVICE Result operator+(const A& a, const B& b) {
  const Result x(a), y(b);
  return {x.value + y.value, x.derivative + y.derivative};
}
template <class A, class B, class Result = detail::DualOf<A, B>>
SPIKEOMETRIC_HOST_DEVICE Result operator-(const A& a, const B& b) {
  const Result x(a), y(b);
  return {x.value - y.value, x.derivative - y.derivative};
}
template <class A, class B, class Result = detail::DualOf<A, B>>
SPIKEOMETRIC_HOST_DEVICE Result operator*(const A& a, const B& b) {
  const Result x(a), y(b);
  return {mul(x.value, y.value), mul(x.derivative, double(y.value)) + mul(double(x.value), y.derivative)};
}
template <class A, class B, class Result = detail::DualOf<A, B>>
SPIKEOMETRIC_HOST_DEVICE Result operator/(const A& a, const B& b) {
  const Result x(a), y(b);
  const auto quotient = x.value / y.value;
  const auto ratio = double(quotient);
  // If exp overflows in the denominator, the quotient vanishes, and so does its derivative.
  if (mul(ratio, ratio) < 1e-300 && !(y.derivative - y.derivative == 0.0)) return {quotient, 0.0};
  return {quotient, (x.derivative - mul(ratio, y.derivative)) / double(y.value)};
}

template <class A, class B, class Common = detail::DualOf<A, B>>
SPIKEOMETRIC_HOST_DEVICE bool operator==(const A& a, const B& b) {
  const Common x(a), y(b);
  return x.value == y.value && x.derivative == y.derivative;
}
template <class A, class B, class Common = detail::DualOf<A, B>>
SPIKEOMETRIC_HOST_DEVICE bool operator<(const A& a, const B& b) {
  return Common(a).value < Common(b).value;
}
template <class A, class B, class Common = detail::DualOf<A, B>>
SPIKEOMETRIC_HOST_DEVICE bool operator>(const A& a, const B& b) {
  return b < a;
}
template <class A, class B, class Common = detail::DualOf<A, B>>
SPIKEOMETRIC_HOST_DEVICE bool operator<=(const A& a, const B& b) {
  return Common(a).value <= Common(b).value;
}
template <class A, class B, class Common = detail::DualOf<A, B>>
SPIKEOMETRIC_HOST_DEVICE bool operator>=(const A& a, const B& b) {
  return b <= a;
}

}  // namespace spikeometric
