// SPDX-License-Identifier: BSD-3-Clause
//
// Random networks, each a pure function of its parameters and a seed, in O(edges) time and memory.
//
//   const auto graph = sk::generate::normal({.neurons = 1000, .probability = 0.1, .std = 5.0}, sk::Seed{7});
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric::generate {

/// What weights are divided by.
enum class Scaling {
  in_degree,  ///< sqrt(neurons probability): the input's variance does not depend on size or density
  neurons,    ///< sqrt(neurons)
  none
};

struct Normal {
  std::uint64_t neurons = 0;
  double probability = 0.1;  ///< of each ordered pair of neurons to be connected, in [0, 1]
  double mean = 0.0;
  double std = 1.0;  ///< not negative
  Scaling scaling = Scaling::in_degree;
};

namespace detail {

/// Calls visit(target, bits) for each target of `pre` that a coin of the given probability picks, ascending. Targets
/// come in blocks of 2^16, each with a stream of its own, so that any part of a graph can be made alone. Skip sampling
/// (Batagelj and Brandes 2005): the gap to the next target is geometric. One Philox block a synapse: its first two
/// words make the gap, the others are the visitor's.
template <class Visitor>
void sample_targets(std::uint64_t pre, std::uint64_t neurons, double probability, Seed seed, Visitor&& visit) {
  if (probability <= 0.0) return;
  const double scale = 1.0 / log1p(-probability);  // -0 where probability is 1: no gaps
  constexpr std::uint64_t block_size = std::uint64_t{1} << 16;
  for (std::uint64_t block = 0; block * block_size < neurons; ++block) {
    const std::uint64_t end = std::min(neurons - block * block_size, block_size);
    Block counter = {{0, static_cast<std::uint32_t>(pre), 0,
                      static_cast<std::uint32_t>(Purpose::graph) << 24 | static_cast<std::uint32_t>(block)}};
    for (std::uint64_t target = 0;; ++target, ++counter[0]) {
      const Block bits = philox(counter, seed);
      const double gap = log(uniform(bits[0], bits[1])) * scale;
      if (!(gap < static_cast<double>(end - target))) break;
      target += static_cast<std::uint64_t>(gap);
      visit(block * block_size + target, bits);
    }
  }
}

}  // namespace detail

/// Excitatory and inhibitory neurons with normally distributed weights. Each ordered pair of different neurons is
/// connected with the given probability, independently: probability N (N - 1) synapses on average, at most one a pair,
/// no autapses. Weights are |mean + std z|, z standard normal, over the scaling; those of neurons 0 to ceil(N / 2) - 1
/// are positive, the others negative (Dale's law).
///
/// O(synapses + N) time; 8 bytes a synapse. Throws InvalidGraph for no neurons, a probability outside [0, 1], a mean
/// that is not finite, or a std that is negative or not finite.
template <class Weight = float, class Vertex = std::uint32_t>
Graph<Weight, Vertex> normal(const Normal& p, Seed seed) {
  using spikeometric::detail::to_text;
  spikeometric::detail::validate_neurons<Vertex>(p.neurons);
  if (!(p.probability >= 0.0 && p.probability <= 1.0))
    throw InvalidGraph("probability = " + to_text(p.probability) + " must be in [0, 1]");
  if (!std::isfinite(p.mean)) throw InvalidGraph("mean = " + to_text(p.mean) + " must be finite");
  if (!(p.std >= 0.0 && std::isfinite(p.std)))
    throw InvalidGraph("std = " + to_text(p.std) + " must be finite and not negative");

  const auto n = static_cast<double>(p.neurons);
  const double variance = p.scaling == Scaling::in_degree ? n * p.probability : p.scaling == Scaling::neurons ? n : 1.0;
  const double scale = variance > 0.0 ? 1.0 / sqrt(variance) : 1.0;
  const double expected = p.probability * n * (n - 1.0);

  CompressedRows<Weight, Vertex> rows;
  const auto room = static_cast<std::size_t>(std::min(expected + 6.0 * sqrt(expected) + 16.0, 1e18));
  rows.targets.reserve(room);
  rows.weights.reserve(room);
  rows.offsets.reserve(static_cast<std::size_t>(p.neurons) + 1);
  rows.offsets.push_back(0);
  for (std::uint64_t pre = 0; pre < p.neurons; ++pre) {
    const double sign = pre < (p.neurons + 1) / 2 ? scale : -scale;
    detail::sample_targets(pre, p.neurons, p.probability, seed, [&](std::uint64_t post, const Block& bits) {
      if (post == pre) return;
      const double magnitude = std::abs(p.mean + p.std * spikeometric::normal(bits[2], bits[3]));
      rows.targets.push_back(static_cast<Vertex>(post));
      rows.weights.push_back(static_cast<Weight>(sign * magnitude));
    });
    rows.offsets.push_back(rows.targets.size());
  }
  return Graph<Weight, Vertex>{std::move(rows)};
}

}  // namespace spikeometric::generate
