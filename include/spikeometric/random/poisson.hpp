// SPDX-License-Identifier: BSD-3-Clause
//
// The Poisson distribution for every mean; the counts are identical with every compiler and on every device.
//
//   const std::int64_t count = sk::poisson(0.02, draws);                     // 0 in 98 of 100 draws
//   const double p = sk::exp(sk::poisson_log_probability(3.0, 0.02));        // probability of 3
#pragma once

#include <cstdint>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric {

namespace detail {

/// k (log k! - (k log k - k + log(2 pi k) / 2)) for x = 1 / k^2, by Stirling's series; the error is below 2e-13 for
/// k >= 16. For any Real, including Dual.
template <class Real>
SPIKEOMETRIC_HOST_DEVICE inline Real stirling_series(const Real& x) {
  return functions::polynomial(x, Real(1.0 / 12), Real(-1.0 / 360), Real(1.0 / 1260), Real(-1.0 / 1680));
}

/// log k! - (k log k - k + log(2 pi k) / 2), within 2e-14 for k >= 16.
SPIKEOMETRIC_HOST_DEVICE inline double stirling_remainder(double k) { return stirling_series(1 / mul(k, k)) / k; }

/// log k! for integers k >= 0, with a relative error of at most 1e-15.
SPIKEOMETRIC_HOST_DEVICE inline double log_factorial(double k) {
  if (k < 16) {
    double product = 1;
    for (int factor = 2; factor <= static_cast<int>(k); ++factor) product = mul(product, static_cast<double>(factor));
    return log(product);
  }
  return mul(k, log(k)) + ((mul(0.5, log(mul(6.283185307179586, k))) + stirling_remainder(k)) - k);
}

/// log P(X = k) = k log(mean) - mean - log k! for integers k >= 0 and mean > 0. The saddle-point expansion (Loader
/// 2000) avoids the cancellation of these terms if k is large.
SPIKEOMETRIC_HOST_DEVICE inline double poisson_log_probability(double k, double mean) {
  if (k < 16) return (mul(k, log(mean)) - mean) - log_factorial(k);
  const double above = mean - k;
  const double deviance = above - mul(k, log1p(above / k));
  return -deviance - (mul(0.5, log(mul(6.283185307179586, k))) + stirling_remainder(k));
}

/// Whether a 64-bit draw is below p 2^64, for 0 <= p <= 1: true with probability p, rounded down to a multiple of
/// 2^-64. The upper 16 bits of the draw are `first`. The other 48 are those of block(0), drawn only if `first` does not
/// decide.
SPIKEOMETRIC_HOST_DEVICE inline bool occurs(double p, const PrimedDraws& draws) {
  const double scaled = mul(p, 65536.0);
  const auto high = static_cast<std::uint32_t>(scaled);
  if (draws.first != high) return draws.first < high;
  const Block bits = draws.block();
  const std::uint64_t rest = (std::uint64_t{bits[1]} & 0xFFFF) << 32 | bits[0];
  return rest < static_cast<std::uint64_t>(mul(scaled - static_cast<double>(high), 0x1p48));
}

/// P(X > 0). In double it is at most the mean, and it rounds to 1 for means from 40 on, where expm1 would be slow
/// because of denormal numbers.
SPIKEOMETRIC_HOST_DEVICE inline double probability_of_any(double mean) { return mean < 40 ? -expm1(-mean) : 1.0; }

/// The count, given that it is above 0, from a uniform u: the largest n with P(X >= n) > u P(X >= 1). Up to the factor
/// exp(-mean), P(X >= n) is the sum of mean^k / k! over k >= n. The sum over k >= 2 is computed without cancellation,
/// so that a count of 2, rare if the mean is small, has the right probability. The sums for larger n follow by
/// subtraction of terms.
SPIKEOMETRIC_HOST_DEVICE inline std::int64_t positive_poisson(double mean, double u) {
  double rest = mean < 0.34 ? mul(mul(mean, mean), functions::Format<double>::exp_tail(mean)) : expm1(mean) - mean;
  const double target = mul(u, mean + rest);
  double term = mean, count = 1;
  // From count = 2 mean on, the exact `rest` is less than `term`; a larger one is rounding error.
  while (target < rest && (target < term || count < 2 * mean)) {
    count = count + 1;
    term = mul(term, mean / count);
    rest = rest - term;
  }
  return static_cast<std::int64_t>(count);
}

/// The hat of algorithm PTRS (Hörmann 1993, "The transformed rejection method for generating Poisson random
/// variables"). A u in (-1/2, 1/2) at a distance `edge` from the nearer end becomes the count
///   floor((2 a / edge + b) u + mean + 0.43).
/// It is accepted with probability P(X = count) (a / edge^2 + b) / inverse_alpha. This probability is at least `inner`
/// for edge >= 0.07, and at most `edge` for edge < 0.013. The published constants 1.1328 and 0.9277 violate these
/// bounds by up to 0.006 for some means below 100. The constants here satisfy them for all means from 10 on.
struct PoissonHat {
  double b, a, inverse_alpha, inner;

  SPIKEOMETRIC_HOST_DEVICE explicit PoissonHat(double mean)
      : b(0.931 + mul(2.53, sqrt(mean))),
        a(mul(0.02483, b) - 0.059),
        inverse_alpha(1.1239 + 1.2 / (b - 3.4)),
        inner(0.92 - 3.6224 / (b - 2)) {}
};

/// Requires mean >= 10. An attempt fails with probability at most 1/4, so 127 attempts are enough.
SPIKEOMETRIC_HOST_DEVICE inline std::int64_t poisson_by_rejection(double mean, const Draws& draws) {
  const PoissonHat hat{mean};
  for (std::uint32_t slot = 1; slot < 128; ++slot) {
    const Block bits = draws.block(slot);
    const double u = uniform(bits[0], bits[1]) - 0.5, v = uniform(bits[2], bits[3]);
    const double edge = 0.5 - (u < 0 ? -u : u);
    const double transformed = (mul(mul(2.0, hat.a) / edge + hat.b, u) + mean) + 0.43;
    if (!(transformed >= 0 && transformed < 0x1p53)) continue;
    const auto count = static_cast<std::int64_t>(transformed);
    if (edge >= 0.07 && v <= hat.inner) return count;
    if (edge < 0.013 && v > edge) continue;
    const double height = mul(v, hat.inverse_alpha) / (hat.a / mul(edge, edge) + hat.b);
    if (log(height) <= poisson_log_probability(static_cast<double>(count), mean)) return count;
  }
  return static_cast<std::int64_t>(mean);
}

/// From this mean on, rejection is faster than adding up probabilities.
inline constexpr double poisson_by_rejection_from = 16.0;

}  // namespace detail

/// A Poisson count. A mean that is 0, negative or NaN gives 0. A mean of 2^31 or more gives 2^31, which exceeds the
/// count limit of every simulation. A count above 0 implies `draws.first <= high_threshold(float(mean))`.
///
/// For means below 16, every probability has an error of at most 1e-15; from a mean of 1e-7 on, P(X > 0) and P(X > 1)
/// also have a relative error of at most 1e-8. From 16 on, the error is the rounding error of logarithms.
///
/// Uses draws.first and block(0) for means below 16, and block(1), block(2), ... from 16 on. Takes up to 70 ns.
SPIKEOMETRIC_HOST_DEVICE inline std::int64_t poisson(double mean, const PrimedDraws& draws) {
  if (!(mean > 0)) return 0;
  if (mean >= 0x1p31) return std::int64_t{1} << 31;
  if (mean >= detail::poisson_by_rejection_from) return detail::poisson_by_rejection(mean, draws);
  if (!detail::occurs(detail::probability_of_any(mean), draws)) return 0;
  const Block bits = draws.block();
  return detail::positive_poisson(mean, uniform(bits[2], bits[3]));
}
SPIKEOMETRIC_HOST_DEVICE inline std::int64_t poisson(double mean, const Draws& draws) {
  return poisson(mean, PrimedDraws{draws, draws.half(0)});
}

}  // namespace spikeometric
