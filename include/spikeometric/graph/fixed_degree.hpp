// SPDX-License-Identifier: BSD-3-Clause
//
// Random networks in which every neuron has the same number of synapses onto it, or from it.
//
//   const auto in = sk::generate::fixed_in_degree({.neurons = 1000, .degree = 100}, sk::Seed{7});
//   const auto out = sk::generate::fixed_out_degree({.neurons = 1000, .degree = 100}, sk::Seed{7});
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/graph/detail/sampling.hpp"

namespace spikeometric::generate {

struct FixedDegree {
  std::uint64_t neurons = 0;
  std::uint64_t degree = 10;  ///< synapses of each neuron
  Weights weights = {};
  bool autapses = false;   ///< whether neurons may be their own partners
  bool multapses = false;  ///< whether partners are drawn with replacement
};

namespace detail {

/// Those who may be partners of a neuron, numbered from 0 without a gap, and how many of the numbers are drawn.
struct PartnerRule {
  /// Throws InvalidGraph for a degree that cannot be.
  explicit PartnerRule(const FixedDegree& p)
      : partners(p.autapses ? p.neurons : p.neurons - 1),
        degree(p.degree),
        autapses(p.autapses),
        multapses(p.multapses) {
    const std::uint64_t limit = multapses && partners > 0 ? 0xFFFFFFFF : partners;
    if (degree > limit)
      throw InvalidGraph("degree = " + std::to_string(degree) + " must be at most " + std::to_string(limit) + ": " +
                         std::to_string(p.neurons) + " neurons, autapses " + (autapses ? "included" : "excluded"));
  }

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t neuron_of(std::uint64_t partner, std::uint64_t neuron) const {
    return partner + (!autapses && partner >= neuron);
  }

  /// Whether those are drawn that are no partners, since all but a few would have to be drawn again and again.
  SPIKEOMETRIC_HOST_DEVICE bool draws_others() const { return !multapses && degree > partners / 2; }
  SPIKEOMETRIC_HOST_DEVICE std::uint64_t draws() const { return draws_others() ? partners - degree : degree; }

  /// Synapses of a neuron; with multapses there may be fewer.
  std::uint64_t at_most() const { return std::min(degree, partners); }

  std::uint64_t partners, degree;
  bool autapses, multapses;
};

/// Chooses the partners of one neuron after the other, uniformly. Reuses its memory, neurons / 8 bytes, with multapses
/// 4 more a neuron.
class PartnerChoice {
 public:
  /// Throws InvalidGraph for a degree that cannot be.
  PartnerChoice(const FixedDegree& p, Seed seed)
      : rule_(p), seed_(seed), chosen_(p.neurons), times_(p.multapses ? p.neurons : 0) {}

  const PartnerRule& rule() const { return rule_; }

  /// Calls visit(partner, number of synapses) for each partner of the neuron, ascending. O(degree), expected.
  template <class Visitor>
  void operator()(std::uint64_t neuron, Visitor&& visit) {
    const auto partner = [&](std::uint64_t k) { return rule_.neuron_of(k, neuron); };
    if (rule_.multapses) {
      draw(neuron, [&](std::uint64_t k) {
        chosen_.insert(k);
        ++times_[k];
        return true;
      });
      chosen_.drain([&](std::uint64_t k) { visit(partner(k), std::exchange(times_[k], 0)); });
      return;
    }
    draw(neuron, [&](std::uint64_t k) { return chosen_.insert(k); });
    if (rule_.draws_others()) {
      std::uint64_t next = 0;
      const auto visit_until = [&](std::uint64_t end) {
        for (; next < end; ++next) visit(partner(next), 1);
        next = end + 1;
      };
      chosen_.drain(visit_until);
      visit_until(rule_.partners);
    } else {
      chosen_.drain([&](std::uint64_t k) { visit(partner(k), 1); });
    }
  }

 private:
  /// Draws until accept(k) was true as often as the rule says.
  template <class Accept>
  void draw(std::uint64_t neuron, Accept accept) {
    HalfBlocks bits(neuron, Draw::partners, seed_);
    for (std::uint64_t count = rule_.draws(); count > 0;) {
      const auto [low, high] = bits.next();
      count -= accept(below(rule_.partners, low, high));
    }
  }

  PartnerRule rule_;
  Seed seed_;
  SortedSet chosen_;
  std::vector<std::uint32_t> times_;
};

}  // namespace detail

/// Every neuron projects to exactly `degree` partners, chosen uniformly among the others (with autapses among all
/// neurons): N degree synapses, at most one a pair. The weights are those of `Weights`, 1 by default.
///
/// With multapses the partners are drawn with replacement. Since a Graph holds one synapse a pair, those between the
/// same neurons become one that has the sum of their weights, added in double. Of P = N - 1 partners (N with autapses),
/// P (1 - (1 - 1 / P)^degree) remain on average.
///
/// O(N degree + N) time, expected; 8 bytes a synapse. Throws InvalidGraph for no neurons or more than Vertex can
/// number, a degree above P (with multapses of 2^32 or more, or above 0 where P is 0), a mean that is not finite, an
/// inhibitory_fraction outside [0, 1], or a std or inhibitory_scale that is negative or not finite.
template <class Weight = float, class Vertex = std::uint32_t>
Graph<Weight, Vertex> fixed_out_degree(const FixedDegree& p, Seed seed) {
  spikeometric::detail::validate_neurons<Vertex>(p.neurons);
  const detail::WeightRule rule(p.weights, p.neurons);
  detail::PartnerChoice choose(p, seed);
  const auto at_most = static_cast<double>(p.neurons) * static_cast<double>(choose.rule().at_most());
  auto rows = detail::empty_rows<Weight, Vertex>(p.neurons, at_most);
  for (std::uint64_t pre = 0; pre < p.neurons; ++pre) {
    detail::WeightDraws draws(rule, pre, seed);
    choose(pre, [&](std::uint64_t post, std::uint64_t times) {
      rows.targets.push_back(static_cast<Vertex>(post));
      rows.weights.push_back(static_cast<Weight>(draws.next(pre, times)));
    });
    rows.offsets.push_back(rows.targets.size());
  }
  return Graph<Weight, Vertex>{std::move(rows)};
}

/// Every neuron receives from exactly `degree` partners. In everything else as fixed_out_degree, including what is said
/// of multapses. Partners are chosen twice, first to count the synapses of each row, which takes no memory.
template <class Weight = float, class Vertex = std::uint32_t>
Graph<Weight, Vertex> fixed_in_degree(const FixedDegree& p, Seed seed) {
  spikeometric::detail::validate_neurons<Vertex>(p.neurons);
  const detail::WeightRule rule(p.weights, p.neurons);
  detail::PartnerChoice choose(p, seed);
  std::vector<std::uint64_t> next(static_cast<std::size_t>(p.neurons) + 1);
  for (std::uint64_t post = 0; post < p.neurons; ++post)
    choose(post, [&](std::uint64_t pre, std::uint64_t) { ++next[pre + 1]; });
  std::partial_sum(next.begin(), next.end(), next.begin());

  CompressedRows<Weight, Vertex> rows{next, std::vector<Vertex>(next.back()), std::vector<Weight>(next.back())};
  std::vector<Edge<Weight, Vertex>> edges;
  const auto place_edges = [&] {
    for (const auto& edge : edges) {
      const std::uint64_t place = next[edge.pre]++;
      rows.targets[place] = edge.post;
      rows.weights[place] = edge.weight;
    }
    edges.clear();
  };
  for (std::uint64_t post = 0; post < p.neurons; ++post) {
    detail::WeightDraws draws(rule, post, seed);
    choose(post, [&](std::uint64_t pre, std::uint64_t times) {
      const auto weight = static_cast<Weight>(draws.next(pre, times));
      edges.push_back({static_cast<Vertex>(pre), static_cast<Vertex>(post), weight});
    });
    if (edges.size() > 1000) place_edges();  // many at once, so that memory is fetched for many at a time
  }
  place_edges();
  return Graph<Weight, Vertex>{std::move(rows)};
}

}  // namespace spikeometric::generate
