// SPDX-License-Identifier: BSD-3-Clause
//
// How long a step of a simulator takes. The time of such a benchmark is that of one step.
//
//   void window(benchmark::State& state) { time_steps(state, sk::Simulator{graph, model, sk::no_stimulus, seed}); }
//   BENCHMARK(window)->Apply(timed_by_step);
//
// Counters: `neurons` and `synapses` of all networks; in a step, `rate`, spikes of a neuron, and `events`, synapses
// that spikes pass.
#pragma once

#include <benchmark/benchmark.h>

#include <spikeometric/spikeometric.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

/// 0.3 s of steps.
template <class Simulator>
void time_steps(benchmark::State& state, Simulator simulator) {
  std::uint64_t spikes = 0;
  const auto seconds = [&](std::uint64_t steps) {
    const auto start = std::chrono::steady_clock::now();
    simulator.run(steps, [&](std::uint32_t, std::uint64_t, std::span<const typename Simulator::Event> events) {
      spikes += events.size();
    });
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  simulator.equilibrate(100);
  std::uint64_t piece = 1;  // 10 ms of steps or more
  while (std::min(seconds(piece), seconds(piece)) < 0.01) piece *= 2;

  spikes = 0;
  const std::uint64_t passed = simulator.synaptic_events();
  double steps = 0;
  for (auto _ : state) {
    double taken = 0;
    for (; taken < 0.3; steps += static_cast<double>(piece)) taken += seconds(piece);
    state.SetIterationTime(taken / steps);
  }

  const auto neurons = static_cast<double>(simulator.neurons());
  state.counters["neurons"] = neurons;
  state.counters["synapses"] = static_cast<double>(simulator.synapses());
  state.counters["rate"] = static_cast<double>(spikes) / steps / neurons;
  state.counters["events"] = static_cast<double>(simulator.synaptic_events() - passed) / steps;
}

inline void timed_by_step(benchmark::internal::Benchmark* benchmark) {
  benchmark->Iterations(1)->UseManualTime()->Unit(benchmark::kMicrosecond);
}

/// The model whose neurons spike with this probability in every step: not refractory, and all but deaf to each other.
inline spikeometric::BernoulliGLM firing_with(double probability) {
  const double theta = std::log((1.0 - probability) / probability);
  return spikeometric::BernoulliGLM{
      {.r = 1e-3f, .theta = static_cast<float>(theta), .abs_ref_steps = 0, .rel_ref_steps = 0}};
}
