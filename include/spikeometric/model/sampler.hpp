// SPDX-License-Identifier: BSD-3-Clause
//
// Samplers P: from the mean of a step to the number of spikes in it.
//
//   const std::uint32_t spike = sk::BernoulliSampler{}(0.25f, draws);      // 1 in a quarter of all draws
//   const std::int64_t count = sk::PoissonSampler{}(2.5f, draws);          // 2.5 on average
#pragma once

#include <cstdint>
#include <tuple>

#include "spikeometric/model/parameter.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/poisson.hpp"

namespace spikeometric {

/// One spike with probability mu, clamped to [0, 1] and resolved to 2^-32; else none.
struct BernoulliSampler {
  static constexpr bool binary = true;
  static constexpr Bounds dt_bounds = up_to_one;

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t operator()(float mu, const PrimedDraws& draws) const {
    return bernoulli(mu, draws);
  }

  SPIKEOMETRIC_HOST_DEVICE static bool may_spike(float mu, std::uint32_t first) { return first <= high_threshold(mu); }
  SPIKEOMETRIC_HOST_DEVICE static bool may_spike(Log2Bound mu, std::uint32_t first) {
    return within_threshold(first, mu);
  }
};

/// One spike with probability 1 - exp(-mu), resolved to 2^-64; else none: whether a Poisson process of mu events a step
/// has any. For every mu and time step.
struct BernoulliRateSampler {
  static constexpr bool binary = true;

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t operator()(float mu, const PrimedDraws& draws) const {
    return mu > 0.0f && detail::occurs(detail::probability_of_any(static_cast<double>(mu)), draws);
  }

  /// Since 1 - exp(-mu) <= mu.
  SPIKEOMETRIC_HOST_DEVICE static bool may_spike(float mu, std::uint32_t first) { return first <= high_threshold(mu); }
  SPIKEOMETRIC_HOST_DEVICE static bool may_spike(Log2Bound mu, std::uint32_t first) {
    return within_threshold(first, mu);
  }
};

/// A Poisson count of mean mu, see `poisson`. A mean of 2^31 or more gives 2^31, which a simulator reports as a
/// divergence.
struct PoissonSampler {
  static constexpr bool binary = false;

  SPIKEOMETRIC_HOST_DEVICE std::int64_t operator()(float mu, const PrimedDraws& draws) const {
    return poisson(static_cast<double>(mu), draws);
  }

  SPIKEOMETRIC_HOST_DEVICE static bool may_spike(float mu, std::uint32_t first) { return first <= high_threshold(mu); }
  SPIKEOMETRIC_HOST_DEVICE static bool may_spike(Log2Bound mu, std::uint32_t first) {
    return within_threshold(first, mu);
  }
};

/// One spike if mu > theta, else none. Draws nothing.
template <class Real>
struct BasicThresholdSampler {
  static constexpr bool binary = true;
  static constexpr bool deterministic = true;

  Real theta = Real(0);

  static constexpr auto parameters() {
    return std::tuple{parameter("theta", &BasicThresholdSampler::theta, "1", any_number, "what mu must exceed")};
  }

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t operator()(float mu, const PrimedDraws&) const { return mu > theta; }

  SPIKEOMETRIC_HOST_DEVICE bool may_spike(float mu, std::uint32_t) const { return mu > theta; }
};
using ThresholdSampler = BasicThresholdSampler<float>;

}  // namespace spikeometric
