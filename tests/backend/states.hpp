// SPDX-License-Identifier: BSD-3-Clause
//
// Networks whose states are tested, their spikes, and the test that they continue from a state.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "../same_state.hpp"
#include "../support.hpp"
#include "spikeometric/graph/delays.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/simulate/simulator.hpp"

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

inline constexpr auto flicker = [](std::uint64_t step, std::uint32_t neuron) {
  return neuron % 7 == step / 10 % 7 ? 1.5f : 0.0f;
};

inline constexpr auto as_constructed = [](auto&) {};
inline constexpr auto equilibrated = [](auto& simulator) { simulator.equilibrate(13); };

/// make(backend) returns a simulator, and start() starts it. Checks that it has the same state after `taken` steps on
/// any number of threads (and with SparseMatvec if ByProduct), and that another simulator continues correctly from it.
template <bool ByProduct = false, class Make, class Start>
void check_goes_on(Make make, Start start, std::uint64_t taken = before) {
  auto whole = make(EigenBackend<>{.hash_state = true});
  start(whole);
  whole.run(taken);
  const auto state = whole.state();
  const std::uint64_t hash = whole.state_hash(), passed = whole.synaptic_events();
  const auto rest = whole.run(after);
  const auto last = whole.state();
  CHECK(rest.total() > whole.neurons());

  const auto check = [&](auto backend) {
    CAPTURE(backend.threads);
    backend.hash_state = true;
    auto other = make(backend);
    start(other);
    other.run(taken);
    CHECK(same(other.state(), state));

    auto fresh = make(backend);
    fresh.run(5);  // which are forgotten
    fresh.restore(state);
    CHECK((fresh.step() == taken && fresh.state_hash() == 0 && fresh.synaptic_events() == 0));
    CHECK(same(fresh.state(), state));
    auto events = fresh.run(100);
    fresh.run(after - 100, events);
    REQUIRE((lists(events) == lists(rest)));
    CHECK(fresh.state_hash() == whole.state_hash() - hash);
    CHECK(same(fresh.state(), last));
    if constexpr (std::is_same_v<decltype(backend), EigenBackend<>>)
      CHECK(fresh.synaptic_events() == whole.synaptic_events() - passed);
  };
  for (const int threads : support::thread_counts()) {
    check(EigenBackend<>{.threads = threads});
    if constexpr (ByProduct) check(EigenBackend<SparseMatvec>{.threads = threads});
  }
}

template <class Network, class Model, class StimulusType>
auto maker(const Network& network, const Model& model, const StimulusType& stimulus) {
  return [=](auto backend) {
    backend.first_network = 3;
    return Simulator{network, model, stimulus, seed, backend};
  };
}

}  // namespace states
