// SPDX-License-Identifier: BSD-3-Clause
//
// Excitatory and inhibitory neurons, connected at random, with normally distributed weights.
//
//   const auto graph = sk::generate::normal({.neurons = 1000, .probability = 0.1, .std = 5.0}, sk::Seed{7});
#pragma once

#include <cstdint>

#include "spikeometric/graph/detail/sampling.hpp"

namespace spikeometric::generate {

struct Normal {
  std::uint64_t neurons = 0;
  double probability = 0.1;  ///< that an ordered pair of neurons is connected, in [0, 1]
  double mean = 0.0;
  double std = 1.0;  ///< not negative
  Scaling scaling = Scaling::in_degree;
  bool autapses = false;  ///< whether neurons may project to themselves
};

namespace detail {

struct NormalWeights {
  Normal p;
  double scale;

  SPIKEOMETRIC_HOST_DEVICE double operator()(std::uint64_t pre, std::uint32_t low, std::uint32_t high) const {
    const double weight = magnitude(p.mean + mul(p.std, spikeometric::normal(low, high)));
    return (pre < (p.neurons + 1) / 2 ? scale : -scale) * weight;
  }
};

/// Throws as normal says.
template <class Vertex>
PairSynapses<NormalWeights> synapses_of(const Normal& p, Seed seed) {
  spikeometric::detail::validate_neurons<Vertex>(p.neurons);
  validate_probability("probability", p.probability);
  validate_finite("mean", p.mean);
  validate_not_negative("std", p.std);
  return {p.neurons, p.probability, p.autapses, {p, scale_of(p.scaling, p.neurons, p.probability)}, seed};
}

}  // namespace detail

/// Each ordered pair of different neurons is connected independently with probability p. There are p N (N - 1) synapses
/// on average, at most one per pair, without autapses; with autapses p N^2. Weights are |mean + std z| divided by the
/// scaling, with z standard normal. They are positive for presynaptic neurons 0 to ceil(N / 2) - 1 and negative for the
/// others (Dale's law).
///
/// O(synapses + N) time; 8 bytes per synapse. Throws InvalidGraph for no neurons or more than Vertex has ids, for a
/// probability outside [0, 1], for a mean that is not finite, and for a std that is negative or not finite.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> normal(const Normal& p, Seed seed) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed));
}

}  // namespace spikeometric::generate
