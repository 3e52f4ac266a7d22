// SPDX-License-Identifier: BSD-3-Clause
//
// What generators of networks share: draws that any neuron's synapses can be made from alone, sampling in the order of
// targets, and the weights of `Weights`.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/graph/detail/parameters.hpp"
#include "spikeometric/graph/detail/purpose.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/graph/weights.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric::generate::detail {

/// The streams of a neuron: one for its partners, and for its weights where those have one of their own.
enum class Draw : std::uint32_t { partners = 0, weights = 1 };

/// The first counter of a stream; word 0 counts on. `block` is that of 2^16 targets where each has a stream.
SPIKEOMETRIC_HOST_DEVICE inline Block first_counter(std::uint64_t neuron, Draw draw = Draw::partners,
                                                    std::uint64_t block = 0) {
  return {{0, static_cast<std::uint32_t>(neuron), static_cast<std::uint32_t>(draw),
           static_cast<std::uint32_t>(spikeometric::detail::graph_purpose) << 24 | static_cast<std::uint32_t>(block)}};
}

/// One of 0, ..., n - 1, n <= 2^32, from 64 random bits: the upper half of bits n, a product of 128 bits. The
/// probabilities differ from 1 / n by less than one part in 2^32.
SPIKEOMETRIC_HOST_DEVICE inline std::uint64_t below(std::uint64_t n, std::uint32_t low, std::uint32_t high) {
  return (high * n + (low * n >> 32)) >> 32;
}

/// |x|, on a device too.
SPIKEOMETRIC_HOST_DEVICE inline double magnitude(double x) {
#if defined(__CUDA_ARCH__)
  return fabs(x);
#else
  return std::abs(x);
#endif
}

/// The stream of a neuron, 64 random bits after the other: two portions to a Philox block.
class HalfBlocks {
 public:
  struct Bits {
    std::uint32_t low, high;
  };

  SPIKEOMETRIC_HOST_DEVICE HalfBlocks(std::uint64_t neuron, Draw draw, Seed seed)
      : seed_(seed), counter_(first_counter(neuron, draw)) {}

  SPIKEOMETRIC_HOST_DEVICE Bits next() {
    second_ = !second_;
    if (!second_) return {block_[2], block_[3]};
    block_ = philox(counter_, seed_);
    ++counter_[0];
    return {block_[0], block_[1]};
  }

 private:
  Seed seed_;
  Block counter_, block_ = {};
  bool second_ = false;  // whether the second half comes next
};

/// Targets come in blocks of 2^16, each with a stream of its own, so that any part of a graph can be made alone.
inline constexpr std::uint64_t block_size = std::uint64_t{1} << 16;

SPIKEOMETRIC_HOST_DEVICE inline std::uint64_t blocks_of(std::uint64_t neurons) {
  return (neurons + (block_size - 1)) / block_size;
}

/// The targets of `pre` in one block that a coin picks, ascending. Skip sampling (Batagelj and Brandes 2005): the gap
/// to the next target is geometric. One Philox block a synapse: its first two words make the gap, the others are the
/// caller's.
class TargetDraws {
 public:
  /// What logarithms of uniform draws are multiplied by to make gaps, for a coin of the given probability.
  static double scale(double probability) {
    return probability > 0.0 ? 1.0 / log1p(-probability)  // -0 where probability is 1: no gaps
                             : -std::numeric_limits<double>::infinity();
  }

  SPIKEOMETRIC_HOST_DEVICE TargetDraws(std::uint64_t pre, std::uint64_t block, std::uint64_t neurons, double scale,
                                       Seed seed)
      : counter_(first_counter(pre, Draw::partners, block)), seed_(seed), scale_(scale), next_(block * block_size) {
    end_ = neurons - next_ < block_size ? neurons : next_ + block_size;
  }

  /// Whether there is another one.
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

 private:
  Block counter_, bits_ = {};
  Seed seed_;
  double scale_;
  std::uint64_t target_ = 0, next_, end_;
};

/// Calls visit(target, bits) for each target of `pre` that a coin of the given probability picks, ascending.
template <class Visitor>
void sample_targets(std::uint64_t pre, std::uint64_t neurons, double probability, Seed seed, Visitor&& visit) {
  const double scale = TargetDraws::scale(probability);
  for (std::uint64_t block = 0; block < blocks_of(neurons); ++block)
    for (TargetDraws draws(pre, block, neurons, scale, seed); draws.next();) visit(draws.target(), draws.bits());
}

/// Makes room, and begins the first row. An absurd number of synapses is a std::bad_alloc.
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

/// A network in which each ordered pair of neurons is connected with the same probability, independently. The weight of
/// a synapse is weigh(pre, low, high) of 64 random bits, rounded.
template <class Weigh>
struct Pairs {
  std::uint64_t neurons;
  double probability;
  bool autapses;
  Weigh weigh;

  SPIKEOMETRIC_HOST_DEVICE bool may_connect(std::uint64_t pre, std::uint64_t post) const {
    return autapses || pre != post;
  }

  /// The number of synapses is less, but once in 10^9 times.
  double at_most() const {
    const auto n = static_cast<double>(neurons);
    const double expected = probability * n * (autapses ? n : n - 1.0);
    return expected + 6.0 * sqrt(expected) + 16.0;
  }
};

template <class Weight, class Vertex, class Weigh>
Graph<Weight, Vertex> connect(const Pairs<Weigh>& pairs, Seed seed) {
  auto rows = empty_rows<Weight, Vertex>(pairs.neurons, pairs.at_most());
  for (std::uint64_t pre = 0; pre < pairs.neurons; ++pre) {
    sample_targets(pre, pairs.neurons, pairs.probability, seed, [&](std::uint64_t post, const Block& bits) {
      if (!pairs.may_connect(pre, post)) return;
      rows.targets.push_back(static_cast<Vertex>(post));
      rows.weights.push_back(static_cast<Weight>(pairs.weigh(pre, bits[2], bits[3])));
    });
    rows.offsets.push_back(rows.targets.size());
  }
  return Graph<Weight, Vertex>{std::move(rows)};
}

/// What Scaling multiplies weights by.
inline double scale_of(Scaling scaling, std::uint64_t neurons, double probability) {
  const auto n = static_cast<double>(neurons);
  const double variance = scaling == Scaling::in_degree ? n * probability : scaling == Scaling::neurons ? n : 1.0;
  return variance > 0.0 ? 1.0 / sqrt(variance) : 1.0;
}

/// Weights as a function of the presynaptic neuron and 64 random bits. Throws as the generators say.
class WeightRule {
 public:
  WeightRule(const Weights& weights, std::uint64_t neurons) : weights_(weights) {
    validate_finite("mean", weights.mean);
    validate_not_negative("std", weights.std);
    validate_probability("inhibitory_fraction", weights.inhibitory_fraction);
    validate_not_negative("inhibitory_scale", weights.inhibitory_scale);
    // A little more, so that 0.57 of 100 neurons, which is 56.99999999999999 in double, are 57.
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

/// The weights of one neuron's synapses, one after the other, from a stream of their own.
class WeightDraws {
 public:
  SPIKEOMETRIC_HOST_DEVICE WeightDraws(const WeightRule& rule, std::uint64_t neuron, Seed seed)
      : rule_(rule), bits_(neuron, Draw::weights, seed) {}

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
  HalfBlocks bits_;
};

/// A set of numbers below `size`, given back in ascending order: a bit for each number in words of 64, a bit for each
/// word that is not zero in words one level up, and so on. Every call costs O(log64 size) a number; size / 8 bytes.
class SortedSet {
 public:
  explicit SortedSet(std::uint64_t size) {
    do {
      size = (size + 63) / 64;
      levels_.emplace_back(static_cast<std::size_t>(size));
    } while (size > 1);
  }

  /// Whether x was not there yet.
  bool insert(std::uint64_t x) {
    std::uint64_t* word = &levels_[0][x / 64];
    const std::uint64_t before = *word;
    *word |= std::uint64_t{1} << x % 64;
    for (std::size_t level = 1; level < levels_.size() && before == 0; ++level) {
      x /= 64;
      levels_[level][x / 64] |= std::uint64_t{1} << x % 64;
    }
    return *word != before;
  }

  /// Calls visit(x) for all numbers x, ascending, and removes them.
  template <class Visitor>
  void drain(Visitor&& visit) {
    drain(levels_.size() - 1, 0, visit);
  }

 private:
  template <class Visitor>
  void drain(std::size_t level, std::uint64_t place, Visitor& visit) {
    for (std::uint64_t word = std::exchange(levels_[level][place], 0); word != 0; word &= word - 1) {
      const std::uint64_t x = place * 64 + static_cast<std::uint64_t>(std::countr_zero(word));
      if (level == 0)
        visit(x);
      else
        drain(level - 1, x, visit);
    }
  }

  std::vector<std::vector<std::uint64_t>> levels_;  // numbers first
};

}  // namespace spikeometric::generate::detail
