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

namespace detail {

/// The ring, and what rewires it. Targets are offsets from the neuron around the ring; `others` are those that no
/// neuron projects to at first, between its neighbours.
struct Ring {
  /// Throws InvalidGraph as small_world says.
  explicit Ring(const SmallWorld& p)
      : neurons(p.neurons), degree(p.degree), others(neurons - 1 - degree), rewiring(p.rewiring) {
    if (degree % 2 != 0) throw InvalidGraph("degree = " + std::to_string(degree) + " must be even");
    if (degree >= neurons)
      throw InvalidGraph("degree = " + std::to_string(degree) + " must be below the number of neurons, " +
                         std::to_string(neurons));
    validate_probability("rewiring", rewiring);
  }

  /// Of synapse k before it is rewired: 1, -1, 2, -2, ...
  SPIKEOMETRIC_HOST_DEVICE std::uint32_t neighbour(std::uint64_t k) const {
    return static_cast<std::uint32_t>(k % 2 == 0 ? k / 2 + 1 : neurons - k / 2 - 1);
  }
  SPIKEOMETRIC_HOST_DEVICE std::uint32_t first_other() const { return static_cast<std::uint32_t>(degree / 2 + 1); }

  /// Each synapse has 128 random bits.
  SPIKEOMETRIC_HOST_DEVICE bool rewires(const Block& bits) const {
    return spikeometric::uniform(bits[0], bits[1]) <= rewiring && others > 0;
  }
  /// The place among `others` of the new target, which the old one takes then.
  SPIKEOMETRIC_HOST_DEVICE std::uint64_t other(const Block& bits) const { return below(others, bits[2], bits[3]); }

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t target(std::uint64_t pre, std::uint64_t offset) const {
    return offset < neurons - pre ? pre + offset : pre + offset - neurons;
  }

  std::uint64_t neurons, degree, others;
  double rewiring;
};

}  // namespace detail

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
  const detail::Ring ring(p);
  const detail::WeightRule rule(p.weights, n);

  std::vector<std::uint32_t> others(static_cast<std::size_t>(ring.others));
  std::iota(others.begin(), others.end(), ring.first_other());
  std::vector<std::pair<std::size_t, std::uint32_t>> changes;  // undoes those of one neuron
  detail::SortedSet targets(n);

  auto rows = detail::empty_rows<Weight, Vertex>(n, static_cast<double>(n) * static_cast<double>(p.degree));
  for (std::uint64_t pre = 0; pre < n; ++pre) {
    Block counter = detail::first_counter(pre);
    for (std::uint64_t k = 0; k < p.degree; ++k, ++counter[0]) {
      std::uint32_t offset = ring.neighbour(k);
      const Block bits = philox(counter, seed);
      if (ring.rewires(bits)) {
        const auto other = static_cast<std::size_t>(ring.other(bits));
        changes.emplace_back(other, others[other]);
        std::swap(offset, others[other]);
      }
      targets.insert(ring.target(pre, offset));
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
