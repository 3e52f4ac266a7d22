// SPDX-License-Identifier: BSD-3-Clause
//
// The binomial and the hypergeometric distribution for numbers up to 2^53, with the same results on every machine.
//
//   sk::detail::BitStream bits({{0, node, 0, 216u << 24}}, sk::Seed{42});
//   const std::uint64_t heads = sk::binomial(1000, 0.5, bits);
//   const std::uint64_t red = sk::hypergeometric(30, 70, 10, bits);       // among 10 of 30 red and 70 blue balls
#pragma once

#include <algorithm>
#include <cstdint>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/random/detail/bit_stream.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/poisson.hpp"

namespace spikeometric {

namespace detail {

/// log P(X = k) for 0 <= k <= n and 0 < p < 1, as a Poisson distribution of each outcome, given their sum (Loader
/// 2000).
inline double binomial_log_probability(double k, double n, double p) {
  return (poisson_log_probability(k, mul(n, p)) + poisson_log_probability(n - k, mul(n, 1.0 - p))) -
         poisson_log_probability(n, n);
}

/// log P(X = k) for max(0, draws - others) <= k <= min(draws, marked), as binomial distributions, given their sum.
inline double hypergeometric_log_probability(double k, double marked, double others, double draws) {
  const double p = draws / (marked + others);
  return (binomial_log_probability(k, marked, p) + binomial_log_probability(draws - k, others, p)) -
         binomial_log_probability(draws, marked + others, p);
}

/// A draw by the ratio of uniforms with a table mountain hat (Stadlober 1989, "Sampling from Poisson, binomial and
/// hypergeometric distributions: ratio of uniforms as a simple and fast alternative"). About 1.4 attempts, each with
/// two evaluations of the probability of a number relative to that of the mode.
template <class LogProbability>
std::uint64_t ratio_of_uniforms(double mean, double variance, double mode, double lowest, double highest,
                                LogProbability log_probability, BitStream& bits) {
  const double centre = mean + 0.5;
  const double width =
      mul(1.7155277699214135, sqrt(variance + 0.5)) + 0.8989161620588988;  // 2 sqrt(2/e), 3 - 2 sqrt(3/e)
  const double highest_log = log_probability(mode);
  for (;;) {
    const auto first = bits.next(), second = bits.next();
    const double u = uniform(first.low, first.high), v = uniform(second.low, second.high);
    const double x = centre + mul(width, v - 0.5) / u;
    if (!(x >= lowest && x < highest + 1.0)) continue;
    const double k = static_cast<double>(static_cast<std::uint64_t>(x));
    if (mul(2.0, log(u)) <= log_probability(k) - highest_log) return static_cast<std::uint64_t>(k);
  }
}

}  // namespace detail

/// The number of successes in n <= 2^53 trials, each with probability p; p is clamped to [0, 1]. Expected time O(1),
/// 0.2 to 0.4 us.
inline std::uint64_t binomial(std::uint64_t n, double p, detail::BitStream& bits) {
  if (n == 0 || !(p > 0.0)) return 0;
  if (p >= 1.0) return n;
  const auto trials = static_cast<double>(n);
  const double mean = mul(trials, p);
  const double mode = static_cast<double>(static_cast<std::uint64_t>(mul(trials + 1.0, p)));
  return detail::ratio_of_uniforms(
      mean, mul(mean, 1.0 - p), std::min(mode, trials), 0.0, trials,
      [&](double k) { return detail::binomial_log_probability(k, trials, p); }, bits);
}

/// The number of marked elements among `draws` different ones of marked + others <= 2^53. If there are fewer than
/// `draws`, all of them are drawn. Expected time O(1), 0.3 to 0.8 us.
inline std::uint64_t hypergeometric(std::uint64_t marked, std::uint64_t others, std::uint64_t draws,
                                    detail::BitStream& bits) {
  if (marked == 0 || draws == 0) return 0;
  if (draws >= marked + others) return marked;
  if (others == 0) return draws;
  const auto m = static_cast<double>(marked), o = static_cast<double>(others), n = static_cast<double>(draws);
  const double all = m + o, mean = mul(n, m / all);
  const double lowest = draws > others ? n - o : 0.0, highest = std::min(n, m);
  const double variance = mul(mul(mean, o / all), (all - n) / std::max(all - 1.0, 1.0));
  const double mode = static_cast<double>(static_cast<std::uint64_t>(mul(n + 1.0, (m + 1.0) / (all + 2.0))));
  return detail::ratio_of_uniforms(
      mean, variance, std::clamp(mode, lowest, highest), lowest, highest,
      [&](double k) { return detail::hypergeometric_log_probability(k, m, o, n); }, bits);
}

}  // namespace spikeometric
