// SPDX-License-Identifier: BSD-3-Clause
//
// Networks between a ring and a random network: neurons project to their neighbours, and some synapses are rewired at
// random.
//
//   const auto graph = sk::generate::small_world({.neurons = 1000, .degree = 10, .rewiring = 0.1}, sk::Seed{7});
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>

#include "spikeometric/graph/detail/sampling.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::generate {

/// Parameters of small_world.
struct SmallWorld {
  std::uint64_t neurons = 0;
  std::uint64_t degree = 10;
  double rewiring = 0.1;
  Weights weights = {};

  static constexpr auto parameters() {
    return std::tuple{parameter("neurons", &SmallWorld::neurons, "1", detail::network_size, "number of neurons"),
                      parameter("degree", &SmallWorld::degree, "1", Bounds{0, 0xFFFFFFFF},
                                "even number of synapses from each neuron, half of them to each side"),
                      parameter("rewiring", &SmallWorld::rewiring, "1", bounds::probability,
                                "probability that a synapse is rewired")};
  }

  constexpr void for_each_policy(auto&& visit) { visit(weights); }
  constexpr void for_each_policy(auto&& visit) const { visit(weights); }

  /// Throws InvalidParameter if a parameter is out of bounds, or the degree is odd or not below the number of neurons.
  void validate() const {
    validate_parameters(*this);
    const std::string text = "degree = " + std::to_string(degree) + " must be ";
    if (degree % 2 != 0) throw InvalidParameter(text + "even");
    if (degree >= neurons) throw InvalidParameter(text + "below neurons = " + std::to_string(neurons));
  }
};

namespace detail {

/// Rewires some of a neuron's synapses to its neighbours on a ring. Targets are stored as offsets from the neuron
/// around the ring. `others` is the number of neurons that are not neighbours; their offsets lie between those of the
/// neighbours on either side.
///
/// The keys of the map are the offsets of targets. A rewired synapse swaps its old target with one of the others: the
/// key is the new target and its value the old one, which a later draw of the same key takes. The map has places for
/// the neighbours on one side, then for the others, then for the neighbours on the other side.
struct RewiredNeighbours {
  RewiredNeighbours(const SmallWorld& p, Seed s)
      : neurons(p.neurons),
        degree(p.degree),
        others(neurons - 1 - degree),
        rewiring(p.rewiring),
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
};

/// Throws as small_world does.
template <class Vertex>
ChosenSynapses<RewiredNeighbours> synapses_of(const SmallWorld& p, Seed seed) {
  validate<Vertex>(p);
  const RewiredNeighbours choice(p, seed);
  const WeightRule weights(p.weights, p.neurons);
  return {choice, weights, seed, Partners::post, p.neurons, static_cast<double>(p.degree)};
}

}  // namespace detail

/// A directed version of the network of Watts and Strogatz (1998). Every neuron on a ring projects to its `degree`
/// nearest neighbours. Then each of its synapses in turn, nearest first, is rewired with probability `rewiring` to a
/// neuron chosen uniformly from the neurons that it does not project to. If there is no such neuron (degree = N - 1),
/// the synapse stays. There are exactly N degree synapses, `degree` from each neuron, without autapses and multapses.
/// Weights follow `Weights`; they are 1 by default.
///
/// O(synapses + N) time; 8 bytes per synapse. Throws InvalidParameter if a parameter is invalid, and InvalidGraph if
/// there are more neurons than Vertex has ids.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> small_world(const SmallWorld& p, Seed seed) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed));
}

}  // namespace spikeometric::generate
