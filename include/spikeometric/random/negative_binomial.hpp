// SPDX-License-Identifier: BSD-3-Clause
//
// The negative binomial distribution: counts with mean m and variance m + d m^2, where d is the dispersion. The counts
// are identical with every compiler and on every device.
//
//   const std::int64_t count = sk::negative_binomial(0.02, 1.5, draws);       // mean 0.02, dispersion 1.5
//   const double log_p = sk::detail::negative_binomial_log_probability(3, 0.02, 1.5);
//
//   const sk::Dual dispersion{1.5, 1.0};
//   sk::detail::negative_binomial_log_probability(3, 0.02, dispersion).derivative;         // d log P(3) / d dispersion
#pragma once

#include <cstdint>

#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/poisson.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric {

namespace detail {

/// log((1 + d) (1 + 2 d) ... (1 + (count - 1) d)) for d >= 0 and any Real, including Dual. For counts above 16, the
/// factors from 1 + 16 d on are a quotient of gamma functions, to which Stirling's series applies.
template <class Real>
Real log_rising_product(std::uint32_t count, const Real& d) {
  constexpr std::uint32_t few = 16;
  Real product(1);
  for (std::uint32_t j = 1; j < count && j < few; ++j) product = product * (Real(1) + Real(j) * d);
  const Real sum = log(product);
  if (count <= few) return sum;
  const Real others(count - few), first = Real(1) + Real(few) * d, end = Real(1) + Real(count) * d;
  const Real growth = d * others / first;
  const auto remainder = [&](const Real& factor) {
    const Real inverse = d / factor;
    return inverse * stirling_series(Real(inverse * inverse));
  };
  return sum + others * (log(end) + (log1p_ratio(growth) - Real(1))) - Real(0.5) * log1p(growth) +
         (remainder(end) - remainder(first));
}

/// log P(X = count) = log_rising_product - log count! + count log(m / (1 + d m)) - log(1 + d m) / d for m >= 0 and a
/// dispersion d >= 0, each of any real type, including Dual; computed in double. It is smooth at d = 0, where it is the
/// log-probability of a Poisson count. The error is a few roundings of the largest term, and at most 2e-14 more.
template <class Mean, class Dispersion>
auto negative_binomial_log_probability(std::uint32_t count, const Mean& mean, const Dispersion& dispersion) {
  using Real = Wide<decltype(mean + dispersion)>;
  const Real m(mean), d(dispersion);
  const Real none = -(m * log1p_ratio(Real(d * m)));
  if (count == 0) return none;
  const Real k(count);
  return Real(none + k * log(Real(m / (Real(1) + d * m))) +
              (log_rising_product(count, d) - Real(log_factorial(static_cast<double>(count)))));
}

/// A count from the logarithmic distribution P(n) = p^n / (n rate), n >= 1, where rate = -log(1 - p); at most 2^31. It
/// is a geometric count, P(X > n) = q^n, with a random q = 1 - (1 - p)^v at most p (Kemp 1981, "Efficient generation of
/// logarithmically distributed pseudo-random variables").
SPIKEOMETRIC_HOST_DEVICE inline std::int64_t logarithmic(double p, double rate, const Block& bits) {
  const double u = uniform(bits[0], bits[1]);
  if (u > p) return 1;
  const double x = mul(rate, uniform(bits[2], bits[3]));
  const double log_q = x < 0.7 ? log(-expm1(-x)) : log1p(-exp(-x));
  const double further = log(u) / log_q;
  return further < 0x1p31 ? 1 + static_cast<std::int64_t>(further) : std::int64_t{1} << 31;
}

/// A gamma variable with mean 1 and variance d, 0 < d <= 1 (Marsaglia and Tsang 2000, "A simple method for generating
/// gamma variables"). Uses blocks 64 to 127, two for each attempt. An attempt fails with probability at most 1/20, so
/// 32 attempts are enough. The logarithm of the cube is expanded, so that a small variance does not cancel.
SPIKEOMETRIC_HOST_DEVICE inline double gamma_by_rejection(double d, const Draws& draws) {
  const double spread = sqrt(d / (9 - mul(3.0, d)));
  for (std::uint32_t slot = 64; slot < 128; slot += 2) {
    const double z = normal(draws.block(slot)), t = mul(spread, z);
    if (t <= -1) continue;
    const Block bits = draws.block(slot + 1);
    const double u = uniform(bits[0], bits[1]), square = mul(z, z);
    if (u < 1 - mul(0.0331, mul(square, square)) ||
        log(u) <= mul(3 / d - 1, log1p(t) - mul(t, 1 - mul(t, 0.5 - t / 3))))
      return mul(1 - d / 3, mul(1 + t, mul(1 + t, 1 + t)));
  }
  return 1.0;
}

/// From this mean number of clusters on, a Poisson count with a gamma-distributed mean is faster than adding up
/// clusters.
inline constexpr double gamma_from_clusters = 3.0;

}  // namespace detail

/// A negative binomial count with variance mean + dispersion mean^2, for a dispersion of 0 to 1e9. It is
/// `poisson(mean)`, bit for bit, if dispersion x mean is below 2^-53; thus a dispersion of 0 is a Poisson count. A mean
/// that is 0, negative or NaN gives 0. A mean of 2^31 or more, and a count that would be above 2^31, give 2^31, which
/// exceeds the count limit of every simulation. A count above 0 implies `draws.first <= high_threshold(float(mean))`.
///
/// Spikes come in clusters: their number is a Poisson count with mean log(1 + dispersion mean) / dispersion, and each
/// has a size from the logarithmic distribution (Quenouille 1949, "A relation between the logarithmic, Poisson, and
/// negative binomial series"). With 3 clusters or more on average, and a dispersion of at most 1, the count is a
/// Poisson count whose mean has a gamma distribution.
///
/// With clusters, block(0) decides whether a count is above 0, as in `poisson`, and every probability P(X >= n) has an
/// error of at most 1e-14. With a random mean, the error is the rounding error of logarithms.
///
/// Uses draws.first and block(0), then block(i) for cluster i, at most 100; or for a random mean those of `poisson` and
/// block(64) to block(127). Takes up to 1 us (with 21 clusters), and usually less than 0.2 us.
SPIKEOMETRIC_HOST_DEVICE inline std::int64_t negative_binomial(double mean, double dispersion,
                                                               const PrimedDraws& draws) {
  constexpr std::int64_t limit = std::int64_t{1} << 31;
  const double excess = mul(dispersion, mean);  // variance / mean - 1
  if (!(excess >= 0x1p-53) || mean >= static_cast<double>(limit)) return poisson(mean, draws);
  const double rate = log1p(excess), quotient = rate / dispersion;
  const double clusters = quotient < mean ? quotient : mean;  // above it only by rounding
  if (clusters >= detail::gamma_from_clusters && dispersion <= 1)
    return poisson(mul(mean, detail::gamma_by_rejection(dispersion, draws)), draws);
  if (!detail::occurs(detail::probability_of_any(clusters), draws)) return 0;
  const Block bits = draws.block();
  const double p = excess / (1 + excess);
  std::int64_t count = 0;
  for (auto slot = detail::positive_poisson(clusters, uniform(bits[2], bits[3])); slot > 0; --slot)
    count += detail::logarithmic(p, rate, draws.block(static_cast<std::uint32_t>(slot)));
  return count < limit ? count : limit;
}
SPIKEOMETRIC_HOST_DEVICE inline std::int64_t negative_binomial(double mean, double dispersion, const Draws& draws) {
  return negative_binomial(mean, dispersion, PrimedDraws{draws, draws.half(0)});
}

}  // namespace spikeometric
