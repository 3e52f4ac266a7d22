// SPDX-License-Identifier: BSD-3-Clause
//
// How long a synapse takes to generate: twenty million, 1000 to a neuron, with constant and with normal weights.
#include <benchmark/benchmark.h>

#include <spikeometric/graph/generate.hpp>

#include <cstdint>

namespace sk = spikeometric;

namespace {

constexpr std::uint64_t neurons = 20'000, degree = 1000;
constexpr double probability = 0.05;
constexpr sk::generate::Weights constant, spread{.std = 0.2, .inhibitory_fraction = 0.2};

template <class Make>
void generate(benchmark::State& state, Make make) {
  double synapses = 0;
  for (auto _ : state) {
    const sk::Graph<> graph = make(sk::Seed{1});
    benchmark::DoNotOptimize(graph.rows().weights.data());
    synapses += static_cast<double>(graph.synapses());
  }
  using benchmark::Counter;
  state.counters["s_per_synapse"] = Counter(synapses, Counter::kIsRate | Counter::kInvert);
}

void normal(benchmark::State& state) {
  generate(state,
           [](auto seed) { return sk::generate::normal({.neurons = neurons, .probability = probability}, seed); });
}
void uniform(benchmark::State& state) {
  generate(state,
           [](auto seed) { return sk::generate::uniform({.neurons = neurons, .probability = probability}, seed); });
}
void erdos_renyi(benchmark::State& state, const sk::generate::Weights& weights) {
  generate(state, [&](auto seed) {
    return sk::generate::erdos_renyi({.neurons = neurons, .probability = probability, .weights = weights}, seed);
  });
}
void fixed_in_degree(benchmark::State& state, const sk::generate::Weights& weights) {
  generate(state, [&](auto seed) {
    return sk::generate::fixed_in_degree({.neurons = neurons, .degree = degree, .weights = weights}, seed);
  });
}
void fixed_out_degree(benchmark::State& state, const sk::generate::Weights& weights) {
  generate(state, [&](auto seed) {
    return sk::generate::fixed_out_degree({.neurons = neurons, .degree = degree, .weights = weights}, seed);
  });
}
void small_world(benchmark::State& state, const sk::generate::Weights& weights) {
  generate(state, [&](auto seed) {
    return sk::generate::small_world({.neurons = neurons, .degree = degree, .weights = weights}, seed);
  });
}
void mexican_hat(benchmark::State& state) {
  generate(state, [](auto) {
    return sk::generate::mexican_hat(
        {.neurons = neurons, .a = 0.5, .sigma_1 = 100, .sigma_2 = 200, .radius = degree / 2});
  });
}

BENCHMARK(normal)->Unit(benchmark::kMillisecond);
BENCHMARK(uniform)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(erdos_renyi, constant, constant)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(erdos_renyi, normal, spread)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fixed_in_degree, constant, constant)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fixed_in_degree, normal, spread)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fixed_out_degree, constant, constant)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fixed_out_degree, normal, spread)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(small_world, constant, constant)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(small_world, normal, spread)->Unit(benchmark::kMillisecond);
BENCHMARK(mexican_hat)->Unit(benchmark::kMillisecond);

}  // namespace
