// SPDX-License-Identifier: BSD-3-Clause
//
// Shared parts of the network generators: random streams from which the synapses of any neuron can be made separately,
// `Weights`, synapses as functions of a neuron (on the host and on a device), and graphs made from them on the host.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/graph/detail/purpose.hpp"
#include "spikeometric/graph/detail/sorted_map.hpp"
#include "spikeometric/graph/edge_list.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/graph/weights.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/random/detail/bit_stream.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric::generate::detail {

/// Throws InvalidParameter if a parameter is invalid, and InvalidGraph if there are more neurons than Vertex has ids.
template <class Vertex, class Parameters>
void validate(const Parameters& p) {
  spikeometric::detail::validate_policy(p);
  spikeometric::detail::validate_neurons<Vertex>(p.neurons);
}

/// The random streams of a neuron. `with_delays` has the number 2.
enum class Draw : std::uint32_t {
  partners = 0,
  weights = 1,
  delays = 3,
  neuron_counts = 4,
  block_counts = 5,
  positions = 6
};

/// The first counter of a stream; later counters increment word 0. `block` is the block of 2^16 targets, if each has
/// its own stream. Projections are numbered from 0; the generators of single networks are projection 0.
SPIKEOMETRIC_HOST_DEVICE inline Block first_counter(std::uint64_t neuron, Draw draw = Draw::partners,
                                                    std::uint64_t block = 0, std::uint32_t projection = 0) {
  return {{0, static_cast<std::uint32_t>(neuron), projection << 4 | static_cast<std::uint32_t>(draw),
           static_cast<std::uint32_t>(spikeometric::detail::graph_purpose) << 24 | static_cast<std::uint32_t>(block)}};
}

/// A number from 0 to n - 1, n <= 2^32, from 64 random bits: the upper half of the 128-bit product bits n.
/// Probabilities differ from 1 / n by less than one part in 2^32.
SPIKEOMETRIC_HOST_DEVICE inline std::uint64_t below(std::uint64_t n, std::uint32_t low, std::uint32_t high) {
  return (high * n + (low * n >> 32)) >> 32;
}

/// |x|, on host and device.
SPIKEOMETRIC_HOST_DEVICE inline double magnitude(double x) {
#if defined(__CUDA_ARCH__)
  return fabs(x);
#else
  return std::abs(x);
#endif
}

/// Each block of 2^16 targets has its own stream, so that any part of a graph can be made separately.
inline constexpr std::uint64_t block_size = std::uint64_t{1} << 16;

/// The targets of `pre` in one block, ascending; each candidate is a target with the same probability. Skip sampling
/// (Batagelj and Brandes 2005): the gap to the next target is geometric. Each synapse takes one Philox block: the first
/// two words give the gap, and the caller may use the others.
class TargetDraws {
 public:
  /// The factor that turns logarithms of uniform draws into gaps, for the given probability.
  static double scale(double probability) {
    return probability > 0.0 ? 1.0 / log1p(-probability)  // -0 if probability = 1: no gaps
                             : -std::numeric_limits<double>::infinity();
  }

  /// From the targets of a block in a network of `neurons` neurons.
  SPIKEOMETRIC_HOST_DEVICE TargetDraws(std::uint64_t pre, std::uint64_t block, std::uint64_t neurons, double scale,
                                       Seed seed)
      : TargetDraws(first_counter(pre, Draw::partners, block), block * block_size,
                    neurons - block * block_size < block_size ? neurons : (block + 1) * block_size, scale, seed) {}

  /// From the targets first, ..., end - 1.
  SPIKEOMETRIC_HOST_DEVICE TargetDraws(const Block& counter, std::uint64_t first, std::uint64_t end, double scale,
                                       Seed seed)
      : counter_(counter), seed_(seed), scale_(scale), next_(first), end_(end) {}

  /// Goes to the next target; false if there is none.
  SPIKEOMETRIC_HOST_DEVICE bool next() {
    bits_ = philox(counter_, seed_);
    const double gap = mul(log(spikeometric::uniform(bits_[0], bits_[1])), scale_);
    if (!(gap < static_cast<double>(end_ - next_))) return false;
    ++counter_[0];
    target_ = next_ + static_cast<std::uint64_t>(gap);
    next_ = target_ + 1;
    return true;
  }

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t target() const { return target_; }
  SPIKEOMETRIC_HOST_DEVICE const Block& bits() const { return bits_; }

  /// Once there are no more targets: the first counter that was not used.
  Block next_counter() const {
    Block next = counter_;
    ++next[0];
    return next;
  }

 private:
  Block counter_, bits_ = {};
  Seed seed_;
  double scale_;
  std::uint64_t target_ = 0, next_, end_;
};

/// The factor that Scaling applies to weights.
inline double scale_of(Scaling scaling, std::uint64_t neurons, double probability) {
  const auto n = static_cast<double>(neurons);
  const double variance = scaling == Scaling::in_degree ? n * probability : scaling == Scaling::neurons ? n : 1.0;
  return variance > 0.0 ? 1.0 / sqrt(variance) : 1.0;
}

/// Weights as a function of the presynaptic neuron and 64 random bits.
class WeightRule {
 public:
  WeightRule(const Weights& weights, std::uint64_t neurons) : weights_(weights) {
    // The factor corrects rounding: 0.57 of 100 neurons is 56.99999999999999 in double, but must be 57.
    const double inhibitory = static_cast<double>(neurons) * weights.inhibitory_fraction * (1.0 + 0x1p-50);
    excitatory_ = neurons - static_cast<std::uint64_t>(inhibitory);
  }

  SPIKEOMETRIC_HOST_DEVICE bool is_random() const { return weights_.std > 0.0; }

  SPIKEOMETRIC_HOST_DEVICE double operator()(std::uint64_t pre, std::uint32_t low, std::uint32_t high) const {
    const double weight =
        is_random() ? weights_.mean + mul(weights_.std, spikeometric::normal(low, high)) : weights_.mean;
    if (weights_.inhibitory_fraction == 0.0) return weight;
    return pre < excitatory_ ? magnitude(weight) : mul(-weights_.inhibitory_scale, magnitude(weight));
  }

 private:
  Weights weights_;
  std::uint64_t excitatory_;
};

/// The weights of one neuron's synapses in turn, from their own stream.
class WeightDraws {
 public:
  SPIKEOMETRIC_HOST_DEVICE WeightDraws(const WeightRule& rule, std::uint64_t neuron, Seed seed)
      : rule_(rule), bits_(first_counter(neuron, Draw::weights), seed) {}

  /// The sum of the next `times` weights.
  SPIKEOMETRIC_HOST_DEVICE double next(std::uint64_t pre, std::uint64_t times = 1) {
    double sum = one(pre);
    for (; times > 1; --times) sum += one(pre);
    return sum;
  }

 private:
  SPIKEOMETRIC_HOST_DEVICE double one(std::uint64_t pre) {
    if (!rule_.is_random()) return rule_(pre, 0, 0);
    const auto [low, high] = bits_.next();
    return rule_(pre, low, high);
  }

  const WeightRule& rule_;
  spikeometric::detail::BitStream bits_;
};

// --- sources
//
// A source makes the synapses of `neurons` neurons, about `degree` or fewer for each. Each neuron has `parts` parts,
// which are numbered consecutively over all neurons. A part needs a map of `entries` entries:
//
//   count(part, map)       the number of synapses; fills the map, if it has entries, for `synapses` to use
//   synapses(part, map)    iterates in ascending order: for (auto s = ...; s.next();) s.partner(), s.weight();
//                          weight() draws, so call it at most once per synapse

/// Each ordered pair of neurons is connected independently with the same probability. The weight of a synapse is
/// weigh(pre, low, high), where low and high are 64 random bits. A part is a block of targets.
template <class Weigh>
class PairSynapses {
 public:
  PairSynapses(std::uint64_t of, double probability, bool with_autapses, const Weigh& weights, Seed s)
      : neurons(of),
        parts((of + (block_size - 1)) / block_size),
        autapses_(with_autapses),
        weigh_(weights),
        seed_(s),
        scale_(TargetDraws::scale(probability)) {
    const auto n = static_cast<double>(neurons);
    const double expected = probability * n * (autapses_ ? n : n - 1.0);
    degree = (expected + 6.0 * sqrt(expected) + 16.0) / n;  // exceeded once in 10^9 graphs
  }

  class Synapses : TargetDraws {
   public:
    SPIKEOMETRIC_HOST_DEVICE Synapses(const PairSynapses& of, std::uint64_t part)
        : TargetDraws(part / of.parts, part % of.parts, of.neurons, of.scale_, of.seed_),
          of_(of),
          pre_(part / of.parts) {}

    SPIKEOMETRIC_HOST_DEVICE bool next() {
      while (TargetDraws::next())
        if (of_.autapses_ || target() != pre_) return true;
      return false;
    }
    SPIKEOMETRIC_HOST_DEVICE std::uint64_t partner() const { return target(); }
    SPIKEOMETRIC_HOST_DEVICE double weight() const { return of_.weigh_(pre_, bits()[2], bits()[3]); }

   private:
    const PairSynapses& of_;
    std::uint64_t pre_;
  };

  SPIKEOMETRIC_HOST_DEVICE Synapses synapses(std::uint64_t part, SortedMap = {}) const { return {*this, part}; }

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t count(std::uint64_t part, SortedMap) const {
    std::uint64_t size = 0;
    for (Synapses each = synapses(part); each.next();) ++size;
    return size;
  }

  std::uint64_t neurons, parts, entries = 0;
  double degree;

 private:
  bool autapses_;
  Weigh weigh_;
  Seed seed_;
  double scale_;
};

/// Places in a SortedMap for about `count` numbers below `range`.
struct Places {
  Places(std::uint64_t range, std::uint64_t count) : size(std::min(2 * count, range)) {
    if (range > 0) scale = (size << 32) / range;
  }

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t operator()(std::uint64_t number) const { return number * scale >> 32; }

  std::uint64_t size, scale = 0;
};

/// Whether partners are presynaptic or postsynaptic to a neuron.
enum class Partners { pre, post };

/// Synapses between each neuron and the partners that a Choice picks:
///   choose(neuron, map)            fills a map of `entries` entries and returns the number of partners
///   Chosen{choice, neuron, map}    iterates in ascending order: next(), partner(), times(), its synapses
template <class Choice>
struct ChosenSynapses {
  SPIKEOMETRIC_HOST_DEVICE std::uint64_t count(std::uint64_t neuron, SortedMap map) const {
    return choice.choose(neuron, map);
  }

  struct Synapses : Choice::Chosen {
    SPIKEOMETRIC_HOST_DEVICE double weight() {
      return draws.next(of.partners == Partners::pre ? this->partner() : this->neuron, this->times());
    }

    const ChosenSynapses& of;
    WeightDraws draws;
  };

  SPIKEOMETRIC_HOST_DEVICE Synapses synapses(std::uint64_t neuron, SortedMap map) const {
    return {{choice, neuron, map}, *this, WeightDraws(weights, neuron, seed)};
  }

  Choice choice;
  WeightRule weights;
  Seed seed;
  Partners partners;
  std::uint64_t neurons;
  double degree;
  std::uint64_t parts = 1, entries = choice.entries;
};

// --- graphs from sources

/// The parts of a source's synapses, on the host.
template <class Source>
class Parts {
 public:
  explicit Parts(const Source& source) : source_(source), entries_(source.entries) {}

  /// The result is valid until the next call.
  auto operator()(std::uint64_t part) {
    std::fill(entries_.begin(), entries_.end(), SortedMap::vacant);
    SortedMap map{entries_.data(), entries_.size()};
    if (map.size > 0) source_.count(part, map);
    map.size = 0;
    for (const std::uint64_t entry : entries_) {  // closes the gaps, which would cost mispredicted branches
      entries_[map.size] = entry;
      map.size += entry != SortedMap::vacant;
    }
    return source_.synapses(part, map);
  }

 private:
  const Source& source_;
  std::vector<std::uint64_t> entries_;
};

/// Reserves memory and begins the first row. Throws std::bad_alloc for too many synapses.
template <class Weight, class Vertex>
CompressedRows<Weight, Vertex> empty_rows(std::uint64_t neurons, double synapses) {
  const auto room = static_cast<std::size_t>(std::min(synapses, 1e18));
  CompressedRows<Weight, Vertex> rows;
  rows.targets.reserve(room);
  rows.weights.reserve(room);
  rows.offsets.reserve(static_cast<std::size_t>(neurons) + 1);
  rows.offsets.push_back(0);
  return rows;
}

/// A graph from a source that makes the synapses from each neuron.
template <class Weight, class Vertex, class Source>
Graph<Weight, Vertex> connect_rows(const Source& source) {
  auto rows = empty_rows<Weight, Vertex>(source.neurons, source.degree * static_cast<double>(source.neurons));
  Parts<Source> parts(source);
  for (std::uint64_t part = 0; part < source.neurons * source.parts;) {
    for (auto synapses = parts(part); synapses.next();) {
      rows.targets.push_back(static_cast<Vertex>(synapses.partner()));
      rows.weights.push_back(static_cast<Weight>(synapses.weight()));
    }
    if (++part % source.parts == 0) rows.offsets.push_back(rows.targets.size());
  }
  return Graph<Weight, Vertex>{std::move(rows)};
}

/// A graph from a source that makes the synapses onto each neuron, in one part. Makes them twice, first to count the
/// synapses of each row; this saves memory.
template <class Weight, class Vertex, class Source>
Graph<Weight, Vertex> connect_columns(const Source& source) {
  std::vector<std::uint64_t> next(static_cast<std::size_t>(source.neurons) + 1);
  Parts<Source> parts(source);
  for (std::uint64_t post = 0; post < source.neurons; ++post)
    for (auto synapses = parts(post); synapses.next();) ++next[synapses.partner() + 1];
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
  for (std::uint64_t post = 0; post < source.neurons; ++post) {
    for (auto synapses = parts(post); synapses.next();) {
      const auto weight = static_cast<Weight>(synapses.weight());
      edges.push_back({static_cast<Vertex>(synapses.partner()), static_cast<Vertex>(post), weight});
    }
    if (edges.size() > 1000) place_edges();  // in bulk, so that memory accesses overlap
  }
  place_edges();
  return Graph<Weight, Vertex>{std::move(rows)};
}

}  // namespace spikeometric::generate::detail
