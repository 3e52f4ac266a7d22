// SPDX-License-Identifier: BSD-3-Clause
//
// Neurons connected at random, with uniformly distributed weights.
//
//   const auto mixed = sk::generate::uniform({.neurons = 1000, .probability = 0.1, .low = -1, .high = 1}, sk::Seed{7});
//   const auto excitatory = sk::generate::uniform({.neurons = 1000, .low = 0, .high = 0.5}, sk::Seed{7});
#pragma once

#include <cstdint>

#include "spikeometric/graph/detail/sampling.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::generate {

struct Uniform {
  std::uint64_t neurons = 0;
  double probability = 0.1;  ///< that an ordered pair of neurons is connected, in [0, 1]
  double low = -1.0;
  double high = 1.0;  ///< at least `low`
  Scaling scaling = Scaling::none;
  bool autapses = false;  ///< whether neurons may project to themselves
};

namespace detail {

struct UniformWeights {
  Uniform p;
  double scale;

  SPIKEOMETRIC_HOST_DEVICE double operator()(std::uint64_t pre, std::uint32_t low, std::uint32_t high) const {
    const double weight = p.low + mul(p.high - p.low, spikeometric::uniform(low, high));
    if (p.low != -p.high) return scale * weight;
    return (pre < (p.neurons + 1) / 2 ? scale : -scale) * magnitude(weight);
  }
};

/// Throws as uniform says.
template <class Vertex>
PairSynapses<UniformWeights> synapses_of(const Uniform& p, Seed seed) {
  using spikeometric::detail::to_text;
  spikeometric::detail::validate_neurons<Vertex>(p.neurons);
  validate_probability("probability", p.probability);
  validate_finite("low", p.low);
  validate_finite("high", p.high);
  if (p.low > p.high) throw InvalidGraph("low = " + to_text(p.low) + " must not be above high = " + to_text(p.high));
  return {p.neurons, p.probability, p.autapses, {p, scale_of(p.scaling, p.neurons, p.probability)}, seed};
}

}  // namespace detail

/// Each ordered pair of different neurons is connected independently with probability p. There are p N (N - 1) synapses
/// on average, at most one per pair, without autapses; with autapses p N^2. Weights w are uniform on [low, high),
/// divided by the scaling and then rounded. If low = -high, Dale's law holds: weights are |w| for presynaptic neurons 0
/// to ceil(N / 2) - 1 and -|w| for the others.
///
/// O(synapses + N) time; 8 bytes per synapse. Throws InvalidGraph for no neurons or more than Vertex has ids, for a
/// probability outside [0, 1], for a bound that is not finite, and for low > high.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> uniform(const Uniform& p, Seed seed) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed));
}

}  // namespace spikeometric::generate
