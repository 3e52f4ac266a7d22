// SPDX-License-Identifier: BSD-3-Clause
//
// Between a ring and a random network: neurons project to their neighbours, and some synapses to anywhere.
//
//   const auto graph = sk::generate::small_world({.neurons = 1000, .degree = 10, .rewiring = 0.1}, sk::Seed{7});
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/graph/detail/sampling.hpp"

namespace spikeometric::generate {

struct SmallWorld {
  std::uint64_t neurons = 0;
  std::uint64_t degree = 10;  ///< synapses from each neuron, half of them to either side; even
  double rewiring = 0.1;      ///< probability of a synapse to go elsewhere, in [0, 1]
  Weights weights = {};
};

/// A directed network after Watts and Strogatz (1998): on a ring, every neuron projects to its `degree` nearest
/// neighbours. Then each of its synapses in turn, the nearest first, is rewired with probability `rewiring`, to a
/// neuron chosen uniformly among those that it does not project to. Where there is none (degree = N - 1) it stays.
/// Exactly N degree synapses, `degree` from each neuron; no autapses, no multapses. The weights are those of `Weights`,
/// 1 by default.
///
/// O(synapses + N) time; 8 bytes a synapse. Throws InvalidGraph for no neurons or more than Vertex can number, a degree
/// that is odd or not below N, a rewiring or inhibitory_fraction outside [0, 1], a mean that is not finite, or a std or
/// inhibitory_scale that is negative or not finite.
template <class Weight = float, class Vertex = std::uint32_t>
Graph<Weight, Vertex> small_world(const SmallWorld& p, Seed seed) {
  const std::uint64_t n = p.neurons;
  spikeometric::detail::validate_neurons<Vertex>(n);
  if (p.degree % 2 != 0) throw InvalidGraph("degree = " + std::to_string(p.degree) + " must be even");
  if (p.degree >= n)
    throw InvalidGraph("degree = " + std::to_string(p.degree) + " must be below the number of neurons, " +
                       std::to_string(n));
  detail::validate_probability("rewiring", p.rewiring);
  const detail::WeightRule rule(p.weights, n);

  // Targets as offsets from the neuron around the ring. At first those that it does not project to lie between its
  // neighbours; a rewired synapse leaves its old target in the place of the new one. `changes` undoes that.
  std::vector<std::uint32_t> others(static_cast<std::size_t>(n - 1 - p.degree));
  std::iota(others.begin(), others.end(), static_cast<std::uint32_t>(p.degree / 2 + 1));
  std::vector<std::pair<std::size_t, std::uint32_t>> changes;
  detail::SortedSet targets(n);

  auto rows = detail::empty_rows<Weight, Vertex>(n, static_cast<double>(n) * static_cast<double>(p.degree));
  for (std::uint64_t pre = 0; pre < n; ++pre) {
    Block counter = detail::first_counter(pre);
    for (std::uint64_t k = 0; k < p.degree; ++k, ++counter[0]) {
      auto offset = static_cast<std::uint32_t>(k % 2 == 0 ? k / 2 + 1 : n - k / 2 - 1);
      const Block bits = philox(counter, seed);
      if (spikeometric::uniform(bits[0], bits[1]) <= p.rewiring && !others.empty()) {
        const auto other = static_cast<std::size_t>(detail::below(others.size(), bits[2], bits[3]));
        changes.emplace_back(other, others[other]);
        std::swap(offset, others[other]);
      }
      targets.insert(offset < n - pre ? pre + offset : pre + offset - n);
    }
    for (; !changes.empty(); changes.pop_back()) others[changes.back().first] = changes.back().second;

    detail::WeightDraws draws(rule, pre, seed);
    targets.drain([&](std::uint64_t post) {
      rows.targets.push_back(static_cast<Vertex>(post));
      rows.weights.push_back(static_cast<Weight>(draws.next(pre)));
    });
    rows.offsets.push_back(rows.targets.size());
  }
  return Graph<Weight, Vertex>{std::move(rows)};
}

}  // namespace spikeometric::generate
