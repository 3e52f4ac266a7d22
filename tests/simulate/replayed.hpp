// SPDX-License-Identifier: BSD-3-Clause
//
// Replays of simulated spikes.
//
//   replayed::check_replay(replayed::some_graph(2.0), replayed::lively, no_stimulus, 100);
#pragma once

#include <Eigen/Core>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../against_reference.hpp"
#include "../catch.hpp"
#include "../slow_reference.hpp"
#include "../support.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/simulate/replay.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/regular.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

namespace replayed {

using namespace spikeometric;

inline constexpr std::uint64_t size = 40, steps = 300;

template <std::size_t Bases = 1, class Number = float>
auto some_graph(double strength, std::size_t longest_delay = 1) {
  support::Numbers numbers{11};
  const auto network = against::random_network(numbers, {.neurons = size,
                                                         .probability = 0.2,
                                                         .strength = strength,
                                                         .longest_delay = longest_delay,
                                                         .bases = Bases,
                                                         .isolated = 0.1,
                                                         .several = longest_delay > 1});
  return against::graph_of<Number, Bases, std::uint32_t>(network.synapses);
}

/// The state hash of a run with the g and mu of a replay.
template <class ReplayType, class EventsType>
std::uint64_t hash_of(ReplayType& replay, const EventsType& spikes) {
  std::uint64_t sum = 0;
  for (std::uint64_t step = spikes.first_step(); replay.steps_left() > 0; ++step) {
    std::uint32_t next = 0;
    replay.advance([&](std::uint32_t neuron, const FloatDual& g, const FloatDual& mu) {
      REQUIRE(neuron == next++);
      sum += slow::hash(
          spikes.network_id(), step, neuron,
          std::bit_cast<std::uint32_t>(g.value) | std::uint64_t{std::bit_cast<std::uint32_t>(mu.value)} << 32);
    });
    REQUIRE(next == spikes.neurons());
  }
  return sum;
}

/// Checks that g and mu of a replay are bit-identical to those of a simulator, from a start without past spikes and
/// from a state in the middle of a run, for any parameter of the derivatives.
template <class GraphType, class Model, class Stimulus>
void check_replay(const GraphType& graph, const Model& model, const Stimulus& stimulus, std::uint64_t events_at_least) {
  Simulator simulator{graph, model, stimulus, Seed{6}, EigenBackend<>{.first_network = 5, .hash_state = true}};
  for (const bool from_state : {false, true}) {
    CAPTURE(from_state);
    if (from_state) {
      for (const std::uint64_t taken : {17, 3}) {
        simulator.equilibrate(taken);
        simulator.run(taken + 1);
      }
    } else {
      simulator.reset(Eigen::MatrixXi::Zero(size, 1));
    }
    const auto state = simulator.state();
    const std::uint64_t hash = simulator.state_hash();
    const auto spikes = simulator.run(steps);
    CHECK(spikes.size() > events_at_least);
    for (const char* parameter : {"", "r", "theta", "stimulus.strength"}) {
      CAPTURE(parameter);
      Replay replay{graph, model, stimulus, spikes, Seed{6}, parameter};
      if (from_state) replay.start(state[0]);
      CHECK(replay.steps_left() == steps);
      CHECK(hash_of(replay, spikes) == simulator.state_hash() - hash);
    }
  }
}

inline const auto pulses =
    regular_pulses({.strength = 1.5f, .start_steps = 3, .period_steps = 20, .pulse_steps = 4}).on(neurons(5, 25));
inline const auto wave = sinusoid({.amplitude = 1.25f, .period_ms = 40.0, .baseline = 0.25f});
inline const auto random_pulses = poisson_pulses({.strength = 2.0f, .mean_interval_steps = 15.0, .pulse_steps = 2});
inline const auto of_neurons = [](std::uint64_t step, std::uint32_t neuron) {
  return static_cast<float>((step * 7 + neuron * 3) % 11) * 0.1f;
};

inline const BernoulliGLM lively{{.theta = 2.5f, .abs_ref_strength = -20.0f, .rel_ref_strength = -5.0f}};

/// mu, [step][neuron].
template <class ReplayType>
std::vector<std::vector<double>> means_of(ReplayType replay) {
  std::vector<std::vector<double>> result;
  while (replay.steps_left() > 0) {
    auto& of_step = result.emplace_back();
    replay.advance([&](std::uint32_t, const FloatDual&, const FloatDual& mu) { of_step.push_back(mu.value); });
  }
  return result;
}

/// Derivatives of every mu by a parameter, [step][neuron].
template <class ReplayType>
std::vector<std::vector<double>> derivatives_of(ReplayType replay) {
  std::vector<std::vector<double>> result;
  while (replay.steps_left() > 0) {
    auto& of_step = result.emplace_back();
    replay.advance([&](std::uint32_t, const FloatDual&, const FloatDual& mu) { of_step.push_back(mu.derivative); });
  }
  return result;
}

}  // namespace replayed
