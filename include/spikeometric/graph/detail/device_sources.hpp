// SPDX-License-Identifier: BSD-3-Clause
//
// The synapses of random networks as host-device functions of a neuron: what the generators on a device are made of.
// A source makes the synapses of `neurons`, about `degree` or less of each, in `parts` of a neuron, which are numbered
// on from neuron to neuron, with a map of `entries` for a part:
//
//   count(part, map)        their number; what is put into the map stays there for `fill`
//   fill(part, map, visit)  visit(partner, weight) for each, ascending; weight() draws, and is called once or never
#pragma once

#include <algorithm>
#include <cstdint>

#include "spikeometric/graph/detail/sampling.hpp"
#include "spikeometric/graph/detail/sorted_map.hpp"
#include "spikeometric/graph/fixed_degree.hpp"
#include "spikeometric/graph/small_world.hpp"

namespace spikeometric::generate::detail {

/// From each neuron to those that `Pairs` connects it with; a part is a block of targets.
template <class Weigh>
struct PairSynapses {
  PairSynapses(const Pairs<Weigh>& p, Seed s)
      : neurons(p.neurons),
        degree(p.at_most() / static_cast<double>(p.neurons)),
        parts(blocks_of(p.neurons)),
        pairs(p),
        seed(s),
        scale(TargetDraws::scale(p.probability)) {}

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t count(std::uint64_t part, SortedMap map) const {
    std::uint64_t synapses = 0;
    fill(part, map, [&](std::uint64_t, auto&&) { ++synapses; });
    return synapses;
  }

  template <class Visitor>
  SPIKEOMETRIC_HOST_DEVICE void fill(std::uint64_t part, SortedMap, Visitor&& visit) const {
    const std::uint64_t pre = part / parts;
    for (TargetDraws draws(pre, part % parts, pairs.neurons, scale, seed); draws.next();)
      if (pairs.may_connect(pre, draws.target()))
        visit(draws.target(), [&] { return pairs.weigh(pre, draws.bits()[2], draws.bits()[3]); });
  }

  std::uint64_t neurons;
  double degree;
  std::uint64_t parts, entries = 0;
  Pairs<Weigh> pairs;
  Seed seed;
  double scale;
};

/// Places in a SortedMap for numbers below `range`, of which there may be `count`.
struct Places {
  Places(std::uint64_t range, std::uint64_t count) : size(std::min(2 * count, range)) {
    if (range > 0) scale = (size << 32) / range;
  }

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t operator()(std::uint64_t number) const { return number * scale >> 32; }

  std::uint64_t size, scale = 0;
};

/// What PartnerChoice chooses.
struct FixedPartners {
  FixedPartners(const PartnerRule& r, Seed s) : rule(r), seed(s), places(r.partners, std::min(r.draws(), r.partners)) {
    entries = places.size + std::min(r.draws(), r.partners);
  }

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t choose(std::uint64_t neuron, SortedMap map) const {
    HalfBlocks bits(neuron, Draw::partners, seed);
    std::uint64_t chosen = 0;
    for (std::uint64_t count = rule.draws(); count > 0;) {
      const auto [low, high] = bits.next();
      const std::uint64_t partner = below(rule.partners, low, high);
      std::uint64_t* again = map.insert(places(partner), partner, 1);
      if (again == nullptr)
        ++chosen;
      else if (rule.multapses)
        ++*again;
      else
        continue;
      --count;
    }
    return rule.draws_others() ? rule.degree : chosen;
  }

  /// Calls visit(partner, number of synapses) for those chosen, ascending.
  template <class Visitor>
  SPIKEOMETRIC_HOST_DEVICE void visit_chosen(std::uint64_t neuron, SortedMap map, Visitor&& visit) const {
    std::uint64_t next = 0;
    const auto visit_until = [&](std::uint64_t end) {
      for (; next < end; ++next) visit(rule.neuron_of(next, neuron), 1);
      next = end + 1;
    };
    for (std::uint64_t i = 0; i < entries; ++i) {
      const std::uint64_t entry = map.entries[i], partner = SortedMap::number(entry);
      if (entry == SortedMap::vacant) continue;
      if (rule.draws_others())
        visit_until(partner);
      else
        visit(rule.neuron_of(partner, neuron), SortedMap::value(entry));
    }
    if (rule.draws_others()) visit_until(rule.partners);
  }

  PartnerRule rule;
  Seed seed;
  Places places;
  std::uint64_t entries;
};

/// What a Ring becomes. Entries are offsets of targets; the value of one of the others is the neighbour in its place
/// among the others. The neighbours on either side have places of their own before and behind the others.
struct RewiredNeighbours {
  RewiredNeighbours(const Ring& r, Seed s)
      : ring(r), seed(s), places(r.others, r.degree), entries(places.size + 2 * r.degree) {}

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t place(std::uint64_t offset) const {
    if (offset < ring.first_other()) return offset - 1;
    const std::uint64_t other = offset - ring.first_other();
    return other < ring.others ? ring.degree / 2 + places(other) : entries - (ring.neurons - offset);
  }

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t choose(std::uint64_t neuron, SortedMap map) const {
    Block counter = first_counter(neuron);
    for (std::uint64_t k = 0; k < ring.degree; ++k, ++counter[0]) {
      std::uint32_t offset = ring.neighbour(k);
      const Block bits = philox(counter, seed);
      if (ring.rewires(bits)) {
        const std::uint64_t other = ring.first_other() + ring.other(bits);
        std::uint64_t* taken = map.insert(place(other), other, offset);
        if (taken == nullptr) continue;
        const std::uint32_t in_its_place = SortedMap::value(*taken);
        *taken = SortedMap::entry(other, offset);
        offset = in_its_place;
      }
      map.insert(place(offset), offset, 0);
    }
    return ring.degree;
  }

  /// Calls visit(target, 1) for those chosen, ascending: first those beyond the ring's end.
  template <class Visitor>
  SPIKEOMETRIC_HOST_DEVICE void visit_chosen(std::uint64_t neuron, SortedMap map, Visitor&& visit) const {
    for (int around = 1; around >= 0; --around)
      for (std::uint64_t i = 0; i < entries; ++i) {
        const std::uint64_t entry = map.entries[i], offset = SortedMap::number(entry);
        if (entry != SortedMap::vacant && (offset >= ring.neurons - neuron) == around)
          visit(ring.target(neuron, offset), 1);
      }
  }

  Ring ring;
  Seed seed;
  Places places;
  std::uint64_t entries;
};

/// What the partners of a neuron are to it.
enum class Partners { pre, post };

/// Between each neuron and those that a Choice makes its partners.
template <class Choice>
struct ChosenSynapses {
  SPIKEOMETRIC_HOST_DEVICE std::uint64_t count(std::uint64_t neuron, SortedMap map) const {
    return choice.choose(neuron, map);
  }

  template <class Visitor>
  SPIKEOMETRIC_HOST_DEVICE void fill(std::uint64_t neuron, SortedMap map, Visitor&& visit) const {
    WeightDraws draws(weights, neuron, seed);
    choice.visit_chosen(neuron, map, [&](std::uint64_t partner, std::uint64_t times) {
      visit(partner, [&] { return draws.next(partners == Partners::pre ? partner : neuron, times); });
    });
  }

  Choice choice;
  WeightRule weights;
  Seed seed;
  Partners partners;
  std::uint64_t neurons;
  double degree;
  std::uint64_t parts = 1, entries = choice.entries;
};

/// Throws as fixed_in_degree and fixed_out_degree say.
template <class Vertex>
ChosenSynapses<FixedPartners> synapses_of(const FixedDegree& p, Seed seed, Partners partners) {
  spikeometric::detail::validate_neurons<Vertex>(p.neurons);
  const WeightRule weights(p.weights, p.neurons);
  const PartnerRule rule(p);
  return {FixedPartners(rule, seed), weights, seed, partners, p.neurons, static_cast<double>(rule.at_most())};
}

/// Throws as small_world says.
template <class Vertex>
ChosenSynapses<RewiredNeighbours> synapses_of(const SmallWorld& p, Seed seed) {
  spikeometric::detail::validate_neurons<Vertex>(p.neurons);
  const Ring ring(p);
  const WeightRule weights(p.weights, p.neurons);
  return {RewiredNeighbours(ring, seed), weights, seed, Partners::post, p.neurons, static_cast<double>(p.degree)};
}

}  // namespace spikeometric::generate::detail
