// SPDX-License-Identifier: BSD-3-Clause
//
// Between a ring and a random network: neurons project to their neighbours, and some synapses are rewired at random.
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
  std::uint64_t degree = 10;  ///< synapses from each neuron, half of them to each side; even
  double rewiring = 0.1;      ///< probability that a synapse is rewired, in [0, 1]
  Weights weights = {};
};

namespace detail {

/// The neighbours on a ring, some of which are rewired. Targets are offsets from the neuron around the ring. `others`
/// is the number of neurons that are not neighbours; their offsets lie between those of the neighbours on either side.
/// The keys of the map are offsets of targets. The value of one of the others is the neighbour that has taken its place
/// among the others. In the map, the neighbours on either side have their own places before and after the others.
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

  /// The offset of synapse k before rewiring: 1, -1, 2, -2, ... modulo N.
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

  /// Goes through the targets in ascending order: first those whose offset wraps around the end of the ring.
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

/// A directed version of the network of Watts and Strogatz (1998). Every neuron on a ring projects to its `degree`
/// nearest neighbours. Then each of its synapses in turn, nearest first, is rewired with probability `rewiring` to a
/// neuron chosen uniformly from those that it does not project to. It stays if there is no such neuron (degree = N -
/// 1). There are exactly N degree synapses, `degree` from each neuron, without autapses and multapses. Weights follow
/// `Weights`; they are 1 by default.
///
/// O(synapses + N) time; 8 bytes per synapse. Throws InvalidGraph for no neurons or more than Vertex has ids, for a
/// degree that is odd or not below N, for a rewiring or inhibitory_fraction outside [0, 1], for a mean that is not
/// finite, and for a std or inhibitory_scale that is negative or not finite.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> small_world(const SmallWorld& p, Seed seed) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed));
}

}  // namespace spikeometric::generate
