// SPDX-License-Identifier: BSD-3-Clause
//
// What a step of each model costs on the same network of 5000 neurons and 2.5 million synapses, what delays, several
// basis functions and stimuli add.
#include <array>

#include "../measure.hpp"

namespace sk = spikeometric;

namespace {

sk::Graph<> network() { return sk::generate::normal({.neurons = 5000, .probability = 0.1, .std = 1.0}, sk::Seed{1}); }

template <class Graph, class Model, class Stimulus>
void step(benchmark::State& state, Graph graph, const Model& model, const Stimulus& stimulus) {
  time_steps(state, sk::Simulator{std::move(graph), model, stimulus, sk::Seed{42}});
}

template <class Model>
void model(benchmark::State& state) {
  step(state, network(), Model{}, sk::no_stimulus);
}
BENCHMARK_TEMPLATE(model, sk::BernoulliGLM)->Name("BernoulliGLM")->Apply(timed_by_step);
BENCHMARK_TEMPLATE(model, sk::PoissonGLM)->Name("PoissonGLM")->Apply(timed_by_step);
BENCHMARK_TEMPLATE(model, sk::RectifiedLNP)->Name("RectifiedLNP")->Apply(timed_by_step);
BENCHMARK_TEMPLATE(model, sk::RectifiedSAM)->Name("RectifiedSAM")->Apply(timed_by_step);
BENCHMARK_TEMPLATE(model, sk::ThresholdSAM)->Name("ThresholdSAM")->Apply(timed_by_step);

void delays(benchmark::State& state) {
  step(state, sk::with_delays(network(), {.shortest = 1, .longest = static_cast<int>(state.range(0))}, sk::Seed{2}),
       sk::BernoulliGLM{}, sk::no_stimulus);
}
BENCHMARK(delays)->Arg(1)->Arg(2)->Arg(20)->Arg(100)->Apply(timed_by_step);

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
BENCHMARK_TEMPLATE(bases, 2)->Name("bases/2")->Apply(timed_by_step);
BENCHMARK_TEMPLATE(bases, 4)->Name("bases/4")->Apply(timed_by_step);

void fir(benchmark::State& state) {
  sk::Fir filter;
  filter.coefficients.assign(static_cast<std::size_t>(state.range(0)), 1.0f / static_cast<float>(state.range(0)));
  step(state, network(), sk::Cascade<sk::Fir, sk::RefractoryFilter, sk::NoBaseline, sk::Logistic>{{}, filter},
       sk::no_stimulus);
}
BENCHMARK(fir)->Arg(1)->Arg(20)->Arg(100)->Apply(timed_by_step);

void stimulated(benchmark::State& state) {
  const auto neurons = static_cast<std::uint32_t>(state.range(0));
  step(state, network(), sk::BernoulliGLM{},
       sk::sinusoid({.amplitude = 1.0f, .period_ms = 100.0}).on(sk::neurons(0, neurons)));
}
BENCHMARK(stimulated)->Arg(0)->Arg(50)->Arg(5000)->Apply(timed_by_step);

}  // namespace
