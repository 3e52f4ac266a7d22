// SPDX-License-Identifier: BSD-3-Clause
//
// Random networks in which all neurons have the same in-degree, or the same out-degree.
//
//   const auto in = sk::generate::fixed_in_degree({.neurons = 1000, .degree = 100}, sk::Seed{7});
//   const auto out = sk::generate::fixed_out_degree({.neurons = 1000, .degree = 100}, sk::Seed{7});
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>

#include "spikeometric/graph/detail/sampling.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::generate {

/// Parameters of fixed_in_degree and fixed_out_degree.
struct FixedDegree {
  std::uint64_t neurons = 0;
  std::uint64_t degree = 10;
  Weights weights = {};
  bool autapses = false;
  bool multapses = false;

  static constexpr auto parameters() {
    return std::tuple{
        parameter("neurons", &FixedDegree::neurons, "1", detail::network_size, "number of neurons"),
        parameter("degree", &FixedDegree::degree, "1", Bounds{0, 0xFFFFFFFF},
                  "number of incoming or outgoing synapses of each neuron"),
        parameter("autapses", &FixedDegree::autapses, "whether neurons may project to themselves"),
        parameter("multapses", &FixedDegree::multapses, "whether synaptic partners are drawn with replacement")};
  }

  constexpr void for_each_policy(auto&& visit) { visit(weights); }
  constexpr void for_each_policy(auto&& visit) const { visit(weights); }

  std::uint64_t candidates() const { return autapses ? neurons : neurons - 1; }  ///< number of possible partners

  /// Throws InvalidParameter if a parameter is out of bounds, or if there are too few candidates for the degree.
  void validate() const {
    validate_parameters(*this);
    if (degree > candidates() && !(multapses && candidates() > 0))
      throw InvalidParameter("degree = " + std::to_string(degree) + " must be at most " + std::to_string(candidates()) +
                             " in a network of " + std::to_string(neurons) + " neurons with" + (autapses ? "" : "out") +
                             " autapses");
  }
};

namespace detail {

/// Chooses the partners of a neuron uniformly from the candidates, which are numbered from 0 without gaps. If the
/// degree exceeds half the candidates, it draws the candidates that are not partners; otherwise most draws would be
/// repeats.
struct FixedPartners {
  FixedPartners(const FixedDegree& p, Seed s) : FixedPartners(p.candidates(), p.degree, p.autapses, p.multapses, s) {}

  FixedPartners(std::uint64_t among, std::uint64_t number, bool with_autapses, bool with_multapses, Seed s)
      : candidates(among),
        degree(number),
        autapses(with_autapses),
        multapses(with_multapses),
        draws_others(!multapses && degree > candidates / 2),
        draws(draws_others ? candidates - degree : degree),
        seed(s),
        places(candidates, std::min(draws, candidates)),
        entries(places.size + std::min(draws, candidates)) {}

  /// Expected time O(degree).
  SPIKEOMETRIC_HOST_DEVICE std::uint64_t choose(std::uint64_t neuron, SortedMap map) const {
    return choose(spikeometric::detail::BitStream(first_counter(neuron), seed), map);
  }

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t choose(spikeometric::detail::BitStream bits, SortedMap map) const {
    std::uint64_t chosen = 0;
    for (std::uint64_t count = draws; count > 0;) {
      const auto [low, high] = bits.next();
      const std::uint64_t number = below(candidates, low, high);
      std::uint64_t* again = map.insert(places(number), number, 1);
      if (again == nullptr)
        ++chosen;
      else if (multapses)
        ++*again;
      else
        continue;
      --count;
    }
    return draws_others ? degree : chosen;
  }

  struct Chosen {
    SPIKEOMETRIC_HOST_DEVICE Chosen(const FixedPartners& by, std::uint64_t of, SortedMap among)
        : choice(by), neuron(of), map(among), drawn(by.draws_others ? map.next(place) : 0) {}

    SPIKEOMETRIC_HOST_DEVICE bool next() {
      if (choice.draws_others) {
        for (++number; number == SortedMap::number(drawn); ++number) drawn = map.next(place);
        return number < choice.candidates;
      }
      drawn = map.next(place);
      number = SortedMap::number(drawn);
      return drawn != SortedMap::vacant;
    }
    SPIKEOMETRIC_HOST_DEVICE std::uint64_t partner() const { return number + (!choice.autapses && number >= neuron); }
    SPIKEOMETRIC_HOST_DEVICE std::uint64_t times() const { return choice.draws_others ? 1 : SortedMap::value(drawn); }

    const FixedPartners& choice;
    std::uint64_t neuron;
    SortedMap map;
    std::uint64_t place = 0, drawn;            // position in the map, and the last entry read
    std::uint64_t number = ~std::uint64_t{0};  // before the first number
  };

  std::uint64_t candidates, degree;
  bool autapses, multapses, draws_others;
  std::uint64_t draws;
  Seed seed;
  Places places;
  std::uint64_t entries;
};

/// Throws as fixed_in_degree and fixed_out_degree do.
template <class Vertex>
ChosenSynapses<FixedPartners> synapses_of(const FixedDegree& p, Seed seed, Partners partners) {
  validate<Vertex>(p);
  const WeightRule weights(p.weights, p.neurons);
  const FixedPartners choice(p, seed);
  // The last argument is the degree, an upper limit: with multapses, repeated partners are merged.
  return {choice, weights, seed, partners, p.neurons, static_cast<double>(std::min(p.degree, choice.candidates))};
}

}  // namespace detail

/// Every neuron projects to exactly `degree` partners, chosen uniformly from the P = N - 1 other neurons (with autapses
/// P = N). This gives N degree synapses, at most one per pair. Weights follow `Weights`; they are 1 by default.
///
/// With multapses, the partners are drawn with replacement. A Graph holds one synapse per pair and delay, so repeated
/// synapses are merged: their weights are added in double. On average P (1 - (1 - 1 / P)^degree) synapses per neuron
/// remain.
///
/// Expected time O(N degree + N); 8 bytes per synapse. Throws InvalidParameter if a parameter is invalid, and
/// InvalidGraph if there are more neurons than Vertex has ids.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> fixed_out_degree(const FixedDegree& p, Seed seed) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed, detail::Partners::post));
}

/// Every neuron receives from exactly `degree` partners. Everything else is as in fixed_out_degree, including
/// multapses. Partners are chosen twice, first to count the synapses of each row; this saves memory.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> fixed_in_degree(const FixedDegree& p, Seed seed) {
  return detail::connect_columns<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed, detail::Partners::pre));
}

}  // namespace spikeometric::generate
