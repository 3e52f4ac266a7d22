// SPDX-License-Identifier: BSD-3-Clause
//
// What a step of many small networks costs, against one of them over and over, and what threads bring: `s_per_update`
// is the time for one neuron and step.
#include <benchmark/benchmark.h>

#include <spikeometric/spikeometric.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace sk = spikeometric;

namespace {

constexpr std::uint64_t steps = 1000;

template <class Simulator>
void run(benchmark::State& state, Simulator simulator) {
  std::uint64_t spikes = 0;
  for (auto _ : state)
    simulator.run(steps, [&](std::uint32_t, std::uint64_t, std::span<const typename Simulator::Event> events) {
      spikes += events.size();
    });
  const double updates = static_cast<double>(state.iterations()) * steps * static_cast<double>(simulator.neurons());
  using benchmark::Counter;
  state.counters["rate"] = static_cast<double>(spikes) / updates;
  state.counters["s_per_update"] = Counter(updates, Counter::kIsRate | Counter::kInvert);
}

std::vector<sk::Graph<>> networks(std::int64_t count, std::int64_t neurons) {
  std::vector<sk::Graph<>> graphs;
  for (std::int64_t i = 0; i < count; ++i)
    graphs.push_back(
        sk::generate::normal({.neurons = static_cast<std::uint64_t>(neurons), .probability = 0.1, .std = 5.0},
                             sk::Seed{static_cast<std::uint64_t>(i)}));
  return graphs;
}

void alone(benchmark::State& state) {
  run(state, sk::Simulator{networks(1, state.range(0))[0], sk::BernoulliGLM{}, sk::no_stimulus, sk::Seed{42}});
}
BENCHMARK(alone)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

/// Networks, neurons of each, threads.
void batch(benchmark::State& state) {
  run(state, sk::Simulator{sk::batch(networks(state.range(0), state.range(1))), sk::BernoulliGLM{}, sk::no_stimulus,
                           sk::Seed{42}, sk::EigenBackend<>{.threads = static_cast<int>(state.range(2))}});
}
BENCHMARK(batch)
    ->Args({1000, 100, 1})
    ->Args({1000, 100, 2})
    ->Args({100, 1000, 1})
    ->Args({100, 1000, 2})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

void trials(benchmark::State& state) {
  run(state, sk::Simulator{sk::trials(networks(1, 100)[0], 1000), sk::BernoulliGLM{}, sk::no_stimulus, sk::Seed{42}});
}
BENCHMARK(trials)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
