// SPDX-License-Identifier: BSD-3-Clause
//
// The negative binomial sampler: any number of spikes per step, with a larger variance than a Poisson count.
//
//   const sk::NegativeBinomialSampler sampler{.dispersion = 0.5};
//   const std::int64_t count = sampler(2.0f, draws);                       // 2 on average, variance 4
//
// It has the mean, variance and log-probability of a count, which tuning and fits need, for mu of any real type,
// including Dual. With a Dual as the dispersion, the log-probability has the derivative by the dispersion.
//
//   const double log_p = sampler.log_probability(1, 0.25);
//   const sk::BasicNegativeBinomialSampler<sk::Dual> varied{.dispersion = {0.5, 1.0}};
//   const double slope = varied.log_probability(1, 0.25).derivative;
#pragma once

#include <cstdint>
#include <tuple>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/negative_binomial.hpp"

namespace spikeometric {

/// A count with mean mu and variance mu + dispersion mu^2; see `negative_binomial`. With dispersion 0 it equals the
/// PoissonSampler, bit for bit. A mean of 2^31 or more gives 2^31, which a simulator reports as a Divergence.
template <class Precision>
struct BasicNegativeBinomialSampler {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  static constexpr bool binary = false;

  Member dispersion = Member(1);

  static constexpr auto parameters() {
    return std::tuple{parameter("dispersion", &BasicNegativeBinomialSampler::dispersion, "1",
                                Bounds{.lowest = 0.0, .highest = 1e9},
                                "(variance - mean) / mean^2 of a count; 0 for a Poisson count")};
  }

  SPIKEOMETRIC_HOST_DEVICE std::int64_t operator()(float mu, const PrimedDraws& draws) const {
    return negative_binomial(static_cast<double>(mu), static_cast<double>(Real(dispersion)), draws);
  }

  template <class Input>
  static Input mean(const Input& mu) {
    return mu;
  }
  template <class Input>
  auto variance(const Input& mu) const {
    return mu + Real(dispersion) * mu * mu;
  }
  /// In double.
  template <class Input>
  auto log_probability(std::uint32_t count, const Input& mu) const {
    return detail::negative_binomial_log_probability(count, mu, Real(dispersion));
  }
};
using NegativeBinomialSampler = BasicNegativeBinomialSampler<detail::Single>;

}  // namespace spikeometric
