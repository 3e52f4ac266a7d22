// SPDX-License-Identifier: BSD-3-Clause
//
// The random graph of Erdos and Renyi: each ordered pair of neurons is connected with the same probability.
//
//   const auto brunel = sk::generate::erdos_renyi(
//       {.neurons = 12'500, .weights = {.mean = 0.1, .inhibitory_fraction = 0.2, .inhibitory_scale = 5}}, sk::Seed{7});
#pragma once

#include <cstdint>
#include <tuple>

#include "spikeometric/graph/detail/sampling.hpp"

namespace spikeometric::generate {

/// Parameters of erdos_renyi.
struct ErdosRenyi {
  std::uint64_t neurons = 0;
  double probability = 0.1;
  Weights weights = {};
  bool autapses = false;

  static constexpr auto parameters() {
    return std::tuple{parameter("neurons", &ErdosRenyi::neurons, "1", detail::network_size, "number of neurons"),
                      parameter("probability", &ErdosRenyi::probability, "1", bounds::probability,
                                "connection probability of a pair"),
                      parameter("autapses", &ErdosRenyi::autapses, "whether neurons may project to themselves")};
  }

  constexpr void for_each_policy(auto&& visit) { visit(weights); }
  constexpr void for_each_policy(auto&& visit) const { visit(weights); }
};

namespace detail {

/// Throws as erdos_renyi does.
template <class Vertex>
PairSynapses<WeightRule> synapses_of(const ErdosRenyi& p, Seed seed) {
  validate<Vertex>(p);
  return {p.neurons, p.probability, p.autapses, WeightRule(p.weights, p.neurons), seed};
}

}  // namespace detail

/// Each ordered pair of different neurons is connected independently with probability p (Gilbert 1959), by at most one
/// synapse. The mean number of synapses is p N (N - 1), or p N^2 with autapses. Weights follow `Weights`; they are 1 by
/// default.
///
/// O(synapses + N) time; 8 bytes per synapse. Throws InvalidParameter if a parameter is invalid, and InvalidGraph if
/// there are more neurons than Vertex has ids.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> erdos_renyi(const ErdosRenyi& p, Seed seed) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed));
}

}  // namespace spikeometric::generate
