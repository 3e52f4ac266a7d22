// SPDX-License-Identifier: BSD-3-Clause
//
// The library's own exp, log, expm1, log1p, log1p_ratio, sin and cos, in float and double. Unlike those of mathematical
// libraries, their results are bit-identical with every compiler, instruction set, CPU and GPU.
//
//   using sk::exp;
//   for (int i = 0; i < n; ++i) p[i] = dt / (1.0f + exp(theta - g[i]));  // vectorises: no function here branches
//
// They use +, -, *, /, each rounded as IEEE 754 requires, and operations on bits. Every product is computed by `mul`,
// so that no device compiler fuses it. The sign and payload of a NaN are unspecified, as in IEEE 754.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "spikeometric/arithmetic/exact.hpp"

namespace spikeometric {

namespace detail::functions {

/// std::bit_cast, which needs a compiler flag in device code.
template <class To, class From>
SPIKEOMETRIC_HOST_DEVICE inline To bit_cast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(To));
  return to;
}

/// first + x (second + x (...)), by Horner's rule.
template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real polynomial(Real, Real last) {
  return last;
}
template <class Real, class... Rest>
SPIKEOMETRIC_HOST_DEVICE inline Real polynomial(Real x, Real first, Rest... rest) {
  return first + mul(x, polynomial(x, rest...));
}

/// The constants that differ between float and double. Device code cannot refer to static members, so they are not
/// static. The polynomials are minimax, computed for these ranges with Remez's algorithm in 200 bits.
template <class Real>
struct Format;

template <>
struct Format<float> {
  using Bits = std::uint32_t;
  int fraction_bits = 23;
  Bits one = 0x3f800000, sqrt_half = 0x3f3504f3;  // bit patterns
  float rounder = 0x1.8p23f;                      // adding it leaves an integer in the low bits
  float log2_e = 0x1.715476p0f;
  float ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f;  // high times any exponent is exact
  float exp_limit = 104.0f;                                  // if |x| is larger, exp(x) is 0 or infinite
  float smallest_normal = std::numeric_limits<float>::min(), infinity = std::numeric_limits<float>::infinity();
  float nan = std::numeric_limits<float>::quiet_NaN();

  /// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2.
  SPIKEOMETRIC_HOST_DEVICE static float exp_tail(float r) {
    return polynomial(r, 0.5f, 0x1.5554bap-3f, 0x1.5554cap-5f, 0x1.1221b4p-7f, 0x1.6d6f08p-10f);
  }
  /// 2 (atanh(s) / s - 1) for z = s^2, |s| <= (sqrt(2) - 1) / (sqrt(2) + 1).
  SPIKEOMETRIC_HOST_DEVICE static float atanh_tail(float z) {
    return mul(z, polynomial(z, 0x1.555578p-1f, 0x1.99605ap-2f, 0x1.31be3ap-2f));
  }
};

template <>
struct Format<double> {
  using Bits = std::uint64_t;
  int fraction_bits = 52;
  Bits one = 0x3ff0000000000000, sqrt_half = 0x3fe6a09e667f3bcd;
  double rounder = 0x1.8p52;
  double log2_e = 0x1.71547652b82fep0;
  double ln2_high = 0x1.62e42fefa38p-1, ln2_low = 0x1.ef35793c7673p-45;
  double exp_limit = 746.0;
  double smallest_normal = std::numeric_limits<double>::min(), infinity = std::numeric_limits<double>::infinity();
  double nan = std::numeric_limits<double>::quiet_NaN();

  SPIKEOMETRIC_HOST_DEVICE static double exp_tail(double r) {
    return polynomial(r, 0.5, 0x1.5555555555559p-3, 0x1.5555555553da3p-5, 0x1.111111110f4b0p-7, 0x1.6c16c17933847p-10,
                      0x1.a01a01b1757d9p-13, 0x1.a019b608eac5dp-16, 0x1.71ddf32fa55d1p-19, 0x1.28950edbc1004p-22,
                      0x1.af690e2904863p-26);
  }
  SPIKEOMETRIC_HOST_DEVICE static double atanh_tail(double z) {
    return mul(z, polynomial(z, 0x1.5555555555584p-1, 0x1.9999999983a15p-2, 0x1.2492493f1d78ap-2, 0x1.c71c540f0317ap-3,
                             0x1.7465df17d567ap-3, 0x1.39aa9763c5c40p-3, 0x1.2eb26dbeb7b6ep-3));
  }
};

/// condition ? yes : no, in bit operations. gcc may compile ?: to a branch, which prevents vectorisation of a loop.
template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real select(bool condition, Real yes, Real no) {
  using Bits = typename Format<Real>::Bits;
  const Bits mask = Bits(0) - Bits(condition);
  return bit_cast<Real>((bit_cast<Bits>(yes) & mask) | (bit_cast<Bits>(no) & ~mask));
}

/// x clamped to [-bound, bound]; NaN if x is NaN. It makes no comparisons with constants, for the reason given at
/// `select`.
template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real limit(Real x, Real bound) {
  using Bits = typename Format<Real>::Bits;
  const Bits bits = bit_cast<Bits>(x), sign = bits & ~(~Bits(0) >> 1);
  const Real signed_bound = bit_cast<Real>(bit_cast<Bits>(bound) | sign);
  return bit_cast<Real>(bits ^ sign) > bound ? signed_bound : x;
}

/// x, or 0 if |x| < 2^-100; NaN if x is NaN. It makes no comparison, for the reason given at `select`.
template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real small_to_zero(Real x) {
  using Bits = typename Format<Real>::Bits;
  using Signed = std::make_signed_t<Bits>;
  const Bits bits = bit_cast<Bits>(x), size = bits & (~Bits(0) >> 1);
  const auto above = static_cast<Signed>(size - bit_cast<Bits>(Real(0x1p-100)));
  return bit_cast<Real>(bits & ~static_cast<Bits>(above >> (8 * sizeof(Bits) - 1)));
}

/// 2^n if that is a normal number, else an unspecified number. A negative n is given modulo 2^32 or 2^64.
template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real power_of_two(typename Format<Real>::Bits n) {
  constexpr Format<Real> format;
  return bit_cast<Real>((n << format.fraction_bits) + format.one);
}

/// e^x = 2^n (1 + high + tail), |high + tail| <= sqrt(2) - 1. The reduction subtracts n ln(2), in two parts, from x
/// (Cody and Waite, Software Manual for the Elementary Functions, 1980). `high` is exact, `tail` is small.
template <class Real>
struct ReducedExp {
  typename Format<Real>::Bits n;
  Real high, tail;
};
template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline ReducedExp<Real> reduce_exp(Real x) {
  constexpr Format<Real> format;
  x = limit(x, format.exp_limit);
  const Real shifted = mul(x, format.log2_e) + format.rounder;
  const Real n = shifted - format.rounder;
  const Real high = x - mul(n, format.ln2_high), low = mul(n, format.ln2_low);
  const Real r = high - low;
  const auto bits = bit_cast<typename Format<Real>::Bits>(shifted);
  return {bits - bit_cast<typename Format<Real>::Bits>(format.rounder), high, mul(mul(r, r), format.exp_tail(r)) - low};
}

/// significand 2^n, rounded once if the result is denormal: the first product is exact.
template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real scale(Real significand, typename Format<Real>::Bits n) {
  const auto half = ((n + 4096) >> 1) - 2048;  // n / 2, also if n < 0, by a logical shift, which every SIMD unit has
  return mul(mul(significand, power_of_two<Real>(half)), power_of_two<Real>(n - half));
}

template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real exponential(Real x) {
  const auto [n, high, tail] = reduce_exp(x);
  return scale(1 + (high + tail), n);
}

template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real exponential_less_one(Real x) {
  const auto [n, high, tail] = reduce_exp(x);
  const Real power = power_of_two<Real>(n);
  const Real first = power - 1, second = mul(power, high);
  const Real sum = first + second, error = (first - sum) + second;  // exact (Dekker's sum)
  const Real result = sum + (error + mul(power, tail));
  const Real at_most_40 = select(x < -40, Real(-1), select(x == 0, x, result));
  return select(x > 40, scale(1 + (high + tail), n), at_most_40);
}

/// u = 2^exponent significand, for a normal u > 0; the significand is in [sqrt(1/2), sqrt(2)).
template <class Real>
struct Decomposition {
  Real exponent, significand;
};
template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Decomposition<Real> decompose(Real u) {
  using Bits = typename Format<Real>::Bits;
  constexpr Format<Real> format;
  constexpr Bits bias = format.one >> format.fraction_bits;
  constexpr Bits fraction = (Bits(1) << format.fraction_bits) - 1;
  const Bits bits = bit_cast<Bits>(u) + (format.one - format.sqrt_half);
  // Adding an integer to the bits of `rounder` converts it, also on SIMD units without such an instruction.
  const Real biased = bit_cast<Real>(bit_cast<Bits>(format.rounder) + (bits >> format.fraction_bits));
  return {biased - (format.rounder + Real(bias)), bit_cast<Real>((bits & fraction) + format.sqrt_half)};
}

/// exponent ln(2) + log(1 + f) + correction, where log(1 + f) = f - f^2 / 2 + s (f^2 / 2 + 2 (atanh(s) / s - 1)) with
/// s = f / (2 + f), as in fdlibm's e_log.c (Ng 1993). The two large terms are added without rounding error.
template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real sum_of_logs(Real exponent, Real f, Real correction) {
  constexpr Format<Real> format;
  const Real s = f / (2 + f);
  const Real half_square = mul(mul(Real(0.5), f), f);
  const Real tail = mul(s, half_square + format.atanh_tail(mul(s, s))) - half_square;
  const Real first = mul(exponent, format.ln2_high);
  const Real sum = first + f, error = (first - sum) + f;
  return sum + (error + (tail + (mul(exponent, format.ln2_low) + correction)));
}

template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real logarithm(Real x) {
  constexpr Format<Real> format;
  const bool denormal = x < format.smallest_normal;
  const Real upward = power_of_two<Real>(format.fraction_bits + 1);
  const auto [exponent, significand] = decompose(select(denormal, mul(x, upward), x));
  const Real result =
      sum_of_logs(exponent - select(denormal, Real(format.fraction_bits + 1), Real(0)), significand - 1, Real(0));
  const Real finite_or_infinite = select(x == format.infinity, x, result);
  const Real at_most_zero = select(x == 0, -format.infinity, format.nan);
  return select(x > 0, finite_or_infinite, at_most_zero);
}

template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real logarithm_of_one_plus(Real x) {
  constexpr Format<Real> format;
  const Real u = 1 + x;
  const Real x_in_u = u - 1;
  const Real lost = (1 - (u - x_in_u)) + (x - x_in_u);  // the exact rounding error of u (Knuth's two-sum)
  const auto [exponent, significand] = decompose(u);
  const bool near_one = exponent == 0;
  const Real result = sum_of_logs(exponent, select(near_one, x, significand - 1), select(near_one, Real(0), lost / u));
  const Real finite_or_infinite = select(x == format.infinity, x, select(x == 0, x, result));
  const Real at_most_minus_one = select(x == -1, -format.infinity, format.nan);
  return select(x > -1, finite_or_infinite, at_most_minus_one);
}

/// log(1 + x) / x, continued to x = 0.
template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real logarithm_ratio(Real x) {
  return select(x == 0, Real(1), logarithm_of_one_plus(x) / x);
}

/// The derivative of log(1 + x) / x. Near 0 it avoids cancellation: with s = x / (2 + x), log(1 + x) is
/// 2 atanh(s) = x (2 + tail) / (2 + x).
SPIKEOMETRIC_HOST_DEVICE inline double slope_of_logarithm_ratio(double x) {
  constexpr Format<double> format;
  const double s = x / (2 + x), tail = format.atanh_tail(mul(s, s));
  if (x > -0.29 && x < 0.41) return -(1 + mul(1 + x, x == 0 ? 0.0 : tail / x)) / mul(1 + x, 2 + x);
  return (1 / (1 + x) - logarithm_ratio(x)) / x;
}

/// sin(x + quarters pi/2). n pi/2 is subtracted from x in four steps (Cody and Waite 1980, pi/2 in parts of 30, 30, 30
/// and 53 bits). The remainder is high + low. A minimax polynomial follows, with `low` to first order.
SPIKEOMETRIC_HOST_DEVICE inline double sine_of_quarters(double x, std::uint64_t quarters) {
  constexpr Format<double> format;
  const double shifted = mul(x, 0x1.45f306dc9c883p-1) + format.rounder;
  const double n = shifted - format.rounder;
  const double first = x - mul(n, 0x1.921fb54p0);  // exact; `low` holds the errors of the next two differences
  const double second = mul(n, 0x1.10b46118p-30), third = mul(n, 0x1.313198ap-61);
  const double rest = first - second;
  const double high = rest - third;
  const double low = (((first - rest) - second) + ((rest - high) - third)) - mul(n, 0x1.701b839a25205p-92);

  const double z = mul(high, high), half_z = mul(0.5, z);
  const double sine_series = polynomial(z, -0x1.555555555554bp-3, 0x1.111111110fac6p-7, -0x1.a01a019c47821p-13,
                                        0x1.71de359b06e9ep-19, -0x1.ae5e7b5542c65p-26, 0x1.5d97a882c1b0dp-33);
  const double cosine_series = polynomial(z, 0x1.5555555555554p-5, -0x1.6c16c16c1622fp-10, 0x1.a01a019e34337p-16,
                                          -0x1.27e4f90de3f96p-22, 0x1.1eea9143e3be0p-29, -0x1.8fff1994d8e87p-37);
  const double sine = select(x == 0, x, high + (mul(mul(high, z), sine_series) + mul(low, 1 - half_z)));
  const double near_cosine = 1 - half_z;
  const double cosine = near_cosine + (((1 - near_cosine) - half_z) + (mul(mul(z, z), cosine_series) - mul(high, low)));

  const std::uint64_t quadrant = bit_cast<std::uint64_t>(shifted) + quarters;
  const auto value = bit_cast<std::uint64_t>(select((quadrant & 1) != 0, cosine, sine));
  const double signed_value = bit_cast<double>(value ^ ((quadrant & 2) << 62));
  return select(mul(x, x) <= 0x1p90, signed_value, format.nan);
}

}  // namespace detail::functions

namespace detail {

/// x, or 0 if |x| < 2^-100. A step applies it to sums and filter outputs before it rounds them to single precision, so
/// that no denormal number arises: some processors are a hundred times slower with denormal numbers. The value and the
/// derivative of a dual number are treated separately, since a sum that cancels still depends on the parameter.
template <class Number>
SPIKEOMETRIC_HOST_DEVICE inline Number normal_or_zero(const Number& x) {
  if constexpr (std::is_floating_point_v<Number>)
    return functions::small_to_zero(x);
  else
    return Number(functions::small_to_zero(x.value), functions::small_to_zero(x.derivative));
}

}  // namespace detail

/// e^x, within 0.94 ulp in float and 0.95 ulp in double, denormal results included. Underflow gives 0, overflow gives
/// infinity. exp(-infinity) = 0.
SPIKEOMETRIC_HOST_DEVICE inline float exp(float x) { return detail::functions::exponential(x); }
SPIKEOMETRIC_HOST_DEVICE inline double exp(double x) { return detail::functions::exponential(x); }

/// The natural logarithm, within 0.91 ulp in float and 0.93 ulp in double, denormal x included. log(0) = log(-0) =
/// -infinity; NaN for x < 0.
SPIKEOMETRIC_HOST_DEVICE inline float log(float x) { return detail::functions::logarithm(x); }
SPIKEOMETRIC_HOST_DEVICE inline double log(double x) { return detail::functions::logarithm(x); }

/// e^x - 1, within 1.34 ulp in float and in double. expm1(-0) = -0, expm1(-infinity) = -1.
SPIKEOMETRIC_HOST_DEVICE inline float expm1(float x) { return detail::functions::exponential_less_one(x); }
SPIKEOMETRIC_HOST_DEVICE inline double expm1(double x) { return detail::functions::exponential_less_one(x); }

/// log(1 + x), within 0.89 ulp in float and 0.93 ulp in double. log1p(-0) = -0, log1p(-1) = -infinity; NaN for x < -1.
SPIKEOMETRIC_HOST_DEVICE inline float log1p(float x) { return detail::functions::logarithm_of_one_plus(x); }
SPIKEOMETRIC_HOST_DEVICE inline double log1p(double x) { return detail::functions::logarithm_of_one_plus(x); }

/// log(1 + x) / x, and 1 for x = 0, within 1.6 ulp in float and in double. NaN for x < -1 and for infinity.
SPIKEOMETRIC_HOST_DEVICE inline float log1p_ratio(float x) { return detail::functions::logarithm_ratio(x); }
SPIKEOMETRIC_HOST_DEVICE inline double log1p_ratio(double x) { return detail::functions::logarithm_ratio(x); }

/// Sine and cosine of an angle x in radians. For |x| <= 2^23 they are within 0.5001 ulp in float (computed in double)
/// and 0.82 ulp in double. For 2^23 < |x| <= 2^45 the result is exact to that precision for an angle within one
/// double-precision ulp of x. Beyond 2^45, and for infinity, the result is NaN. sin(-0) = -0.
SPIKEOMETRIC_HOST_DEVICE inline double sin(double x) { return detail::functions::sine_of_quarters(x, 0); }
SPIKEOMETRIC_HOST_DEVICE inline float sin(float x) { return static_cast<float>(sin(static_cast<double>(x))); }
SPIKEOMETRIC_HOST_DEVICE inline double cos(double x) { return detail::functions::sine_of_quarters(x, 1); }
SPIKEOMETRIC_HOST_DEVICE inline float cos(float x) { return static_cast<float>(cos(static_cast<double>(x))); }

}  // namespace spikeometric
