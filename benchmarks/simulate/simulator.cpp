// SPDX-License-Identifier: BSD-3-Clause
//
// What a step costs: spikes x out-degree + O(neurons), whatever the number of synapses and the length of the filter.
//
// Counters: `events`, synapses passed a step; `s_per_event`, time over synapses passed and neurons updated together;
// `rate`, spikes per neuron and step.
#include <benchmark/benchmark.h>

#include <spikeometric/spikeometric.hpp>

#include <cmath>
#include <cstdint>

namespace sk = spikeometric;

namespace {

template <class Backend = sk::EigenBackend<>>
void step(benchmark::State& state, const sk::generate::Normal& network, const sk::BernoulliGLM& model,
          Backend backend = {}) {
  sk::Simulator simulator{sk::generate::normal(network, sk::Seed{1}), model, sk::no_stimulus, sk::Seed{42}, backend};
  simulator.equilibrate(100);
  constexpr std::uint64_t steps = 20;
  std::uint64_t spikes = 0;
  for (auto _ : state) spikes += simulator.run(steps).size();

  const auto taken = static_cast<double>(state.iterations()) * steps;
  const auto neurons = static_cast<double>(simulator.neurons());
  const auto events = static_cast<double>(simulator.synaptic_events());
  using benchmark::Counter;
  state.counters["synapses"] = static_cast<double>(simulator.synapses());
  state.counters["rate"] = static_cast<double>(spikes) / taken / neurons;
  state.counters["events"] = events / taken;
  state.counters["s_per_step"] = Counter(taken, Counter::kIsRate | Counter::kInvert);
  state.counters["s_per_event"] = Counter(events + taken * neurons, Counter::kIsRate | Counter::kInvert);
}

void synapses(benchmark::State& state) {
  const auto wanted = static_cast<double>(state.range(0));
  step(state, {.neurons = static_cast<std::uint64_t>(std::sqrt(10.0 * wanted)), .probability = 0.1, .std = 5.0},
       sk::BernoulliGLM{});
}
BENCHMARK(synapses)->RangeMultiplier(10)->Range(10'000, 100'000'000)->Unit(benchmark::kMicrosecond);

void rate(benchmark::State& state) {
  const auto theta = static_cast<float>(state.range(0));
  step(state, {.neurons = 20'000, .probability = 0.01, .std = 1.0},
       sk::BernoulliGLM{{.theta = theta, .abs_ref_steps = 0, .rel_ref_steps = 0}});
}
BENCHMARK(rate)->DenseRange(0, 8, 1)->Unit(benchmark::kMicrosecond);

void window(benchmark::State& state) {
  step(state, {.neurons = 5000, .probability = 0.1, .std = 5.0},
       sk::BernoulliGLM{{.coupling_window = static_cast<int>(state.range(0))}});
}
BENCHMARK(window)->Arg(1)->Arg(5)->Arg(20)->Arg(100)->Arg(200)->Unit(benchmark::kMicrosecond);

void matrix_product(benchmark::State& state) {
  const auto theta = static_cast<float>(state.range(0));
  step(state, {.neurons = 2000, .probability = 0.1, .std = 1.0},
       sk::BernoulliGLM{{.theta = theta, .abs_ref_steps = 0, .rel_ref_steps = 0}},
       sk::EigenBackend<sk::SparseMatvec>{});
}
BENCHMARK(matrix_product)->Arg(0)->Arg(5)->Unit(benchmark::kMicrosecond);

}  // namespace
