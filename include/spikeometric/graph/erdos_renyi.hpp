// SPDX-License-Identifier: BSD-3-Clause
//
// The random graph of Erdos and Renyi: each ordered pair of neurons is connected with the same probability.
//
//   const auto brunel = sk::generate::erdos_renyi(
//       {.neurons = 12'500, .weights = {.mean = 0.1, .inhibitory_fraction = 0.2, .inhibitory_scale = 5}}, sk::Seed{7});
#pragma once

#include <cstdint>

#include "spikeometric/graph/detail/sampling.hpp"

namespace spikeometric::generate {

struct ErdosRenyi {
  std::uint64_t neurons = 0;
  double probability = 0.1;  ///< that an ordered pair of neurons is connected, in [0, 1]
  Weights weights = {};
  bool autapses = false;  ///< whether neurons may project to themselves
};

namespace detail {

/// Throws as erdos_renyi says.
template <class Vertex>
PairSynapses<WeightRule> synapses_of(const ErdosRenyi& p, Seed seed) {
  spikeometric::detail::validate_neurons<Vertex>(p.neurons);
  validate_probability("probability", p.probability);
  return {p.neurons, p.probability, p.autapses, WeightRule(p.weights, p.neurons), seed};
}

}  // namespace detail

/// Each ordered pair of different neurons is connected independently with probability p (Gilbert 1959). On average
/// there are p N (N - 1) synapses, at most one per pair, without autapses; with autapses p N^2. Weights follow
/// `Weights`; they are 1 by default.
///
/// O(synapses + N) time; 8 bytes per synapse. Throws InvalidGraph for no neurons or more than Vertex has ids, for a
/// probability or inhibitory_fraction outside [0, 1], for a mean that is not finite, and for a std or inhibitory_scale
/// that is negative or not finite.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> erdos_renyi(const ErdosRenyi& p, Seed seed) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed));
}

}  // namespace spikeometric::generate
