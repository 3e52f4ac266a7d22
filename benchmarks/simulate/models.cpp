// SPDX-License-Identifier: BSD-3-Clause
//
// What a step of each model costs on the same network of 5000 neurons and 2.5 million synapses, what delays, several
// basis functions and stimuli add. `s_per_spike` is the time over the spikes, `s_per_update` that over neurons and
// steps.
#include <benchmark/benchmark.h>

#include <spikeometric/spikeometric.hpp>

#include <array>
#include <cstdint>
#include <utility>

namespace sk = spikeometric;

namespace {

sk::Graph<> network() { return sk::generate::normal({.neurons = 5000, .probability = 0.1, .std = 1.0}, sk::Seed{1}); }

template <class Graph, class Model, class Stimulus>
void step(benchmark::State& state, Graph graph, const Model& model, const Stimulus& stimulus) {
  sk::Simulator simulator{std::move(graph), model, stimulus, sk::Seed{42}};
  simulator.equilibrate(100);
  constexpr std::uint64_t steps = 100;
  std::uint64_t spikes = 0;
  for (auto _ : state) spikes += simulator.run(steps).total();

  const double taken = static_cast<double>(state.iterations()) * steps;
  using benchmark::Counter;
  state.counters["rate"] = static_cast<double>(spikes) / taken / static_cast<double>(simulator.neurons());
  state.counters["s_per_step"] = Counter(taken, Counter::kIsRate | Counter::kInvert);
  state.counters["s_per_spike"] = Counter(static_cast<double>(spikes), Counter::kIsRate | Counter::kInvert);
  state.counters["s_per_update"] =
      Counter(taken * static_cast<double>(simulator.neurons()), Counter::kIsRate | Counter::kInvert);
}

template <class Model>
void model(benchmark::State& state) {
  step(state, network(), Model{}, sk::no_stimulus);
}
BENCHMARK_TEMPLATE(model, sk::BernoulliGLM)->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(model, sk::PoissonGLM)->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(model, sk::RectifiedLNP)->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(model, sk::RectifiedSAM)->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(model, sk::ThresholdSAM)->Unit(benchmark::kMillisecond);

void delays(benchmark::State& state) {
  step(state, sk::with_delays(network(), {.shortest = 1, .longest = static_cast<int>(state.range(0))}, sk::Seed{2}),
       sk::BernoulliGLM{}, sk::no_stimulus);
}
BENCHMARK(delays)->Arg(1)->Arg(2)->Arg(20)->Arg(100)->Unit(benchmark::kMillisecond);

template <std::size_t M>
sk::Graph<std::array<float, M>> spread(const sk::Graph<>& graph) {
  sk::CompressedRows<std::array<float, M>, std::uint32_t> rows{graph.rows().offsets, graph.rows().targets, {}, {}};
  for (const float weight : graph.rows().weights) {
    rows.weights.emplace_back();
    rows.weights.back().fill(weight / static_cast<float>(M));
  }
  return sk::Graph<std::array<float, M>>{std::move(rows)};
}

template <std::size_t M>
void bases(benchmark::State& state) {
  step(state, spread<M>(network()),
       sk::Cascade<sk::Basis<sk::ExponentialFilter, M>, sk::RefractoryFilter, sk::NoBaseline, sk::Logistic>{},
       sk::no_stimulus);
}
BENCHMARK_TEMPLATE(bases, 2)->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(bases, 4)->Unit(benchmark::kMillisecond);

void fir(benchmark::State& state) {
  sk::Fir filter;
  filter.coefficients.assign(static_cast<std::size_t>(state.range(0)), 1.0f / static_cast<float>(state.range(0)));
  step(state, network(), sk::Cascade<sk::Fir, sk::RefractoryFilter, sk::NoBaseline, sk::Logistic>{{}, filter},
       sk::no_stimulus);
}
BENCHMARK(fir)->Arg(1)->Arg(20)->Arg(100)->Unit(benchmark::kMillisecond);

void stimulated(benchmark::State& state) {
  const auto neurons = static_cast<std::uint32_t>(state.range(0));
  step(state, network(), sk::BernoulliGLM{},
       sk::sinusoid({.amplitude = 1.0f, .period_ms = 100.0}).on(sk::neurons(0, neurons)));
}
BENCHMARK(stimulated)->Arg(0)->Arg(50)->Arg(5000)->Unit(benchmark::kMillisecond);

}  // namespace
