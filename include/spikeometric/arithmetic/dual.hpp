// SPDX-License-Identifier: BSD-3-Clause
//
// Dual numbers: a value, and its derivative by one parameter, carried through whatever is computed from it.
//
//   const sk::Dual theta{5.0, 1.0};                              // the parameter itself: d theta / d theta = 1
//   const sk::Dual p = 1.0 / (1.0 + exp(theta - 4.0));           // p.value, and p.derivative = dp / d theta
#pragma once

#include <concepts>

#include "spikeometric/arithmetic/functions.hpp"

namespace spikeometric {

/// A real number x and dx/du, for some u: forward-mode differentiation, in double. What is not a Dual does not depend
/// on u. Functions are those of the library, so that derivatives, too, have the same bits everywhere. The order is that
/// of the values; equal are those that are in both. A function of a constant has derivative 0 even where it is
/// vertical, and so has a quotient by infinity: of a rate that exp has taken out of the range of double.
struct Dual {
  double value = 0.0;
  double derivative = 0.0;

  constexpr Dual() = default;
  template <class Number>
  requires std::integral<Number> || std::floating_point<Number> SPIKEOMETRIC_HOST_DEVICE constexpr Dual(Number number)
      : value(static_cast<double>(number)) {}
  SPIKEOMETRIC_HOST_DEVICE constexpr Dual(double number, double slope) : value(number), derivative(slope) {}

  /// The value alone.
  template <std::floating_point Number>
  SPIKEOMETRIC_HOST_DEVICE explicit constexpr operator Number() const {
    return static_cast<Number>(value);
  }

  SPIKEOMETRIC_HOST_DEVICE friend Dual operator-(const Dual& a) { return {-a.value, -a.derivative}; }
  SPIKEOMETRIC_HOST_DEVICE friend Dual operator+(const Dual& a, const Dual& b) {
    return {a.value + b.value, a.derivative + b.derivative};
  }
  SPIKEOMETRIC_HOST_DEVICE friend Dual operator-(const Dual& a, const Dual& b) {
    return {a.value - b.value, a.derivative - b.derivative};
  }
  SPIKEOMETRIC_HOST_DEVICE friend Dual operator*(const Dual& a, const Dual& b) {
    return {mul(a.value, b.value), mul(a.derivative, b.value) + mul(a.value, b.derivative)};
  }
  SPIKEOMETRIC_HOST_DEVICE friend Dual operator/(const Dual& a, const Dual& b) {
    const double quotient = a.value / b.value;
    // Of a rate that vanishes as exp overflows, the derivative vanishes too.
    if (mul(quotient, quotient) < 1e-300 && !(b.derivative - b.derivative == 0.0)) return {quotient, 0.0};
    return {quotient, (a.derivative - mul(quotient, b.derivative)) / b.value};
  }
  SPIKEOMETRIC_HOST_DEVICE Dual& operator+=(const Dual& other) { return *this = *this + other; }

  friend bool operator==(const Dual&, const Dual&) = default;
  SPIKEOMETRIC_HOST_DEVICE friend bool operator<(const Dual& a, const Dual& b) { return a.value < b.value; }
  SPIKEOMETRIC_HOST_DEVICE friend bool operator>(const Dual& a, const Dual& b) { return b < a; }
  SPIKEOMETRIC_HOST_DEVICE friend bool operator<=(const Dual& a, const Dual& b) { return a.value <= b.value; }
  SPIKEOMETRIC_HOST_DEVICE friend bool operator>=(const Dual& a, const Dual& b) { return b <= a; }

 private:
  /// f(x), where f'(x) = slope.
  SPIKEOMETRIC_HOST_DEVICE static Dual chained(const Dual& x, double f, double slope) {
    return {f, x.derivative == 0.0 ? 0.0 : mul(slope, x.derivative)};
  }

  SPIKEOMETRIC_HOST_DEVICE friend Dual exp(const Dual& x) {
    const double f = spikeometric::exp(x.value);
    return chained(x, f, f);
  }
  SPIKEOMETRIC_HOST_DEVICE friend Dual log(const Dual& x) {
    return chained(x, spikeometric::log(x.value), 1.0 / x.value);
  }
  SPIKEOMETRIC_HOST_DEVICE friend Dual expm1(const Dual& x) {
    return chained(x, spikeometric::expm1(x.value), spikeometric::exp(x.value));
  }
  SPIKEOMETRIC_HOST_DEVICE friend Dual log1p(const Dual& x) {
    return chained(x, spikeometric::log1p(x.value), 1.0 / (1.0 + x.value));
  }
  SPIKEOMETRIC_HOST_DEVICE friend Dual sqrt(const Dual& x) {
    const double root = spikeometric::sqrt(x.value);
    return chained(x, root, 0.5 / root);
  }
  SPIKEOMETRIC_HOST_DEVICE friend Dual sin(const Dual& x) {
    return chained(x, spikeometric::sin(x.value), spikeometric::cos(x.value));
  }
  SPIKEOMETRIC_HOST_DEVICE friend Dual cos(const Dual& x) {
    return chained(x, spikeometric::cos(x.value), -spikeometric::sin(x.value));
  }
  SPIKEOMETRIC_HOST_DEVICE friend Dual abs(const Dual& x) { return x.value < 0.0 ? -x : x; }
};

}  // namespace spikeometric
