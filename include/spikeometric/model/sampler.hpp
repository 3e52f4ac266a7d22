// SPDX-License-Identifier: BSD-3-Clause
//
// Samplers P: from the mean of a step to the number of spikes in it.
//
//   const int count = sk::BernoulliSampler{}(0.25f, draws);    // 1 in a quarter of all draws
#pragma once

#include <cstdint>

#include "spikeometric/model/parameter.hpp"
#include "spikeometric/random/distributions.hpp"

namespace spikeometric {

/// One spike with probability mu, clamped to [0, 1] and resolved to 2^-32; else none.
struct BernoulliSampler {
  static constexpr bool binary = true;
  static constexpr Bounds dt_bounds = up_to_one;

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t operator()(float mu, const SpikeDraws& draws) const {
    return bernoulli(mu, draws);
  }

  SPIKEOMETRIC_HOST_DEVICE static bool may_spike(float mu, std::uint32_t first) { return first <= high_threshold(mu); }
};

}  // namespace spikeometric
