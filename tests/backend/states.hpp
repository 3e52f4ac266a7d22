// SPDX-License-Identifier: BSD-3-Clause
//
// Networks whose states are tested, and their spikes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "spikeometric/graph/delays.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/simulate/events.hpp"

namespace states {

using namespace spikeometric;

inline constexpr Seed seed{17};
inline constexpr std::uint64_t before = 137, after = 263;

inline const BernoulliGLM lively{{.theta = 2.0f, .coupling_window = 20, .abs_ref_steps = 2, .rel_ref_steps = 5}};

/// Delays are 1 to `longest`.
inline Graph<> network(std::uint64_t neurons, int longest, float std = 1.0f) {
  const Graph graph = generate::normal(
      {.neurons = neurons, .probability = std::min(1.0, 20.0 / static_cast<double>(neurons)), .std = std}, Seed{5});
  return longest == 1 ? graph : with_delays(graph, {.shortest = 1, .longest = longest}, Seed{6});
}

/// The spikes of each network.
template <class Event>
std::vector<std::vector<Spike>> lists(const Events<Event>& events) {
  return {{events.begin(), events.end()}};
}
template <class Event>
std::vector<std::vector<Spike>> lists(const BatchEvents<Event>& networks) {
  std::vector<std::vector<Spike>> result;
  for (const Events<Event>& events : networks) result.emplace_back(events.begin(), events.end());
  return result;
}

}  // namespace states
