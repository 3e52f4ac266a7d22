// SPDX-License-Identifier: BSD-3-Clause
//
// Random delays for the synapses of a graph: how many steps a spike takes to arrive.
//
//   const auto slow = sk::with_delays(graph, {.shortest = 1, .longest = 20}, sk::Seed{3});    // random
//   const auto ring = graph.with_delays([](auto pre, auto post) { return 1 + std::abs(int(pre) - int(post)) / 10; });
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "spikeometric/graph/detail/purpose.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric {

/// A range of delays in steps, including both ends.
struct UniformDelays {
  int shortest = 1;
  int longest = 1;

  static constexpr auto parameters() {
    return std::tuple{parameter("shortest", &UniformDelays::shortest, "steps", Bounds{1, 65535}, "minimum delay"),
                      parameter("longest", &UniformDelays::longest, "steps", Bounds{1, 65535}, "maximum delay")};
  }

  /// Throws InvalidParameter if a parameter is out of bounds, or the longest delay is below the shortest.
  void validate() const {
    validate_parameters(*this);
    if (longest < shortest)
      throw InvalidParameter("longest = " + std::to_string(longest) +
                             " steps must be at least shortest = " + std::to_string(shortest));
  }
};

/// The same synapses with independent delays, uniform on the integers of the range. A delay depends only on seed, pre
/// and post. O(synapses log degree) time. Throws InvalidParameter if the range is invalid, and InvalidSynapse if the
/// graph has two synapses between the same pair of neurons, since they would get the same delay.
template <class Weight, class Vertex>
[[nodiscard]] Graph<Weight, Vertex> with_delays(Graph<Weight, Vertex> graph, UniformDelays range, Seed seed) {
  range.validate();
  const auto values = static_cast<std::uint64_t>(range.longest) - static_cast<std::uint64_t>(range.shortest) + 1;
  return std::move(graph).with_delays([&](std::uint32_t pre, std::uint32_t post) {
    // Generators use 0 or 1 as third word, so delays are independent of their draws with the same seed.
    const Block bits = philox({{post, pre, 2, static_cast<std::uint32_t>(detail::graph_purpose) << 24}}, seed);
    // 48 random bits times the number of values, shifted down: the probabilities of the values are equal to one part in
    // 2^32.
    const std::uint64_t draw = (static_cast<std::uint64_t>(bits[0]) << 16 | bits[1] >> 16) * values >> 48;
    return range.shortest + static_cast<int>(draw);
  });
}

}  // namespace spikeometric
