// SPDX-License-Identifier: BSD-3-Clause
//
// Between a ring and a random network: neurons project to their neighbours, and some synapses to anywhere.
//
//   const auto graph = sk::generate::small_world({.neurons = 1000, .degree = 10, .rewiring = 0.1}, sk::Seed{7});
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "spikeometric/graph/detail/sampling.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::generate {

struct SmallWorld {
  std::uint64_t neurons = 0;
  std::uint64_t degree = 10;  ///< synapses from each neuron, half of them to either side; even
  double rewiring = 0.1;      ///< probability of a synapse to go elsewhere, in [0, 1]
  Weights weights = {};
};

namespace detail {

/// The neighbours on a ring, of which some are rewired. Targets are offsets from the neuron around the ring; `others` are
/// those that no neuron projects to at first, between its neighbours. Entries are offsets of targets; the value of one of
/// the others is the neighbour in its place among the others. The neighbours on either side have places of their own
/// before and behind the others.
struct RewiredNeighbours {
  /// Throws InvalidGraph as small_world says.
  RewiredNeighbours(const SmallWorld& p, Seed s)
      : neurons(p.neurons),
        degree(p.degree),
        others(neurons - 1 - degree),
        rewiring(validated(p).rewiring),
        seed(s),
        places(others, static_cast<std::uint64_t>(std::ceil(rewiring * static_cast<double>(degree)))),
        entries(places.size + 2 * degree) {}

  /// Of synapse k before it is rewired: 1, -1, 2, -2, ...
  SPIKEOMETRIC_HOST_DEVICE std::uint32_t neighbour(std::uint64_t k) const {
    return static_cast<std::uint32_t>(k % 2 == 0 ? k / 2 + 1 : neurons - k / 2 - 1);
  }
  SPIKEOMETRIC_HOST_DEVICE std::uint64_t first_other() const { return degree / 2 + 1; }

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t place(std::uint64_t offset) const {
    if (offset < first_other()) return offset - 1;
    const std::uint64_t other = offset - first_other();
    return other < others ? degree / 2 + places(other) : entries - (neurons - offset);
  }

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t choose(std::uint64_t neuron, SortedMap map) const {
    Block counter = first_counter(neuron);
    for (std::uint64_t k = 0; k < degree; ++k, ++counter[0]) {
      std::uint32_t offset = neighbour(k);
      const Block bits = philox(counter, seed);
      if (spikeometric::uniform(bits[0], bits[1]) <= rewiring && others > 0) {
        const std::uint64_t other = first_other() + below(others, bits[2], bits[3]);
        std::uint64_t* taken = map.insert(place(other), other, offset);
        if (taken == nullptr) continue;
        const std::uint32_t in_its_place = SortedMap::value(*taken);
        *taken = SortedMap::entry(other, offset);
        offset = in_its_place;
      }
      map.insert(place(offset), offset, 0);
    }
    return degree;
  }

  /// First those beyond the ring's end.
  struct Chosen {
    SPIKEOMETRIC_HOST_DEVICE Chosen(const RewiredNeighbours& by, std::uint64_t of, SortedMap among)
        : neuron(of), map(among), end(by.neurons - of) {}

    SPIKEOMETRIC_HOST_DEVICE bool next() {
      for (;; beyond = false, place = 0) {
        for (std::uint64_t entry; (entry = map.next(place)) != SortedMap::vacant;) {
          offset = SortedMap::number(entry);
          if ((offset >= end) == beyond) return true;
        }
        if (!beyond) return false;
      }
    }
    SPIKEOMETRIC_HOST_DEVICE std::uint64_t partner() const { return offset < end ? neuron + offset : offset - end; }
    SPIKEOMETRIC_HOST_DEVICE std::uint64_t times() const { return 1; }

    std::uint64_t neuron;
    SortedMap map;
    std::uint64_t end, place = 0, offset = 0;
    bool beyond = true;
  };

  std::uint64_t neurons, degree, others;
  double rewiring;
  Seed seed;
  Places places;
  std::uint64_t entries;

 private:
  static const SmallWorld& validated(const SmallWorld& p) {
    if (p.degree % 2 != 0) throw InvalidGraph("degree = " + std::to_string(p.degree) + " must be even");
    if (p.degree >= p.neurons)
      throw InvalidGraph("degree = " + std::to_string(p.degree) + " must be below the number of neurons, " +
                         std::to_string(p.neurons));
    validate_probability("rewiring", p.rewiring);
    return p;
  }
};

/// Throws as small_world says.
template <class Vertex>
ChosenSynapses<RewiredNeighbours> synapses_of(const SmallWorld& p, Seed seed) {
  spikeometric::detail::validate_neurons<Vertex>(p.neurons);
  const RewiredNeighbours choice(p, seed);
  const WeightRule weights(p.weights, p.neurons);
  return {choice, weights, seed, Partners::post, p.neurons, static_cast<double>(p.degree)};
}

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
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed));
}

}  // namespace spikeometric::generate
