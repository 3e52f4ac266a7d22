// SPDX-License-Identifier: BSD-3-Clause
//
// What a step costs: spikes x out-degree + O(neurons), whatever the number of synapses and the length of the filter.
#include "../measure.hpp"

namespace sk = spikeometric;

namespace {

constexpr sk::Seed seed{42};

void step(benchmark::State& state, const sk::generate::Normal& network, const sk::BernoulliGLM& model) {
  time_steps(state, sk::Simulator{sk::generate::normal(network, sk::Seed{1}), model, sk::no_stimulus, seed});
}

/// 10^n.
void synapses(benchmark::State& state) {
  const double neurons = std::round(std::sqrt(std::pow(10.0, static_cast<double>(state.range(0))) / 0.1));
  step(state, {.neurons = static_cast<std::uint64_t>(neurons), .probability = 0.1, .std = 5.0}, sk::BernoulliGLM{});
}
BENCHMARK(synapses)->DenseRange(4, 8)->Apply(timed_by_step);

void window(benchmark::State& state) {
  step(state, {.neurons = 5000, .probability = 0.1, .std = 5.0},
       sk::BernoulliGLM{{.coupling_window = static_cast<int>(state.range(0))}});
}
BENCHMARK(window)->Arg(1)->Arg(5)->Arg(20)->Arg(50)->Arg(100)->Arg(200)->Apply(timed_by_step);

/// Spikes per 1000 neurons and steps.
void rate(benchmark::State& state) {
  step(state, {.neurons = 20'000, .probability = 0.01}, firing_with(static_cast<double>(state.range(0)) / 1000.0));
}
BENCHMARK(rate)->Arg(1)->Arg(3)->Arg(10)->Arg(30)->Arg(100)->Arg(300)->Arg(500)->Apply(timed_by_step);

/// Each with one synapse: spikes per 1000 neurons and steps.
void update(benchmark::State& state) {
  const double probability = std::max(static_cast<double>(state.range(0)) / 1000.0, 1e-9);
  const sk::BernoulliGLM model{{.theta = static_cast<float>(-std::log(probability))}};
  time_steps(state, sk::Simulator{sk::generate::fixed_out_degree({.neurons = 100'000, .degree = 1}, sk::Seed{1}), model,
                                  sk::no_stimulus, seed});
}
BENCHMARK(update)->Arg(0)->Arg(7)->Apply(timed_by_step);

/// A synapse onto each neuron, at low rates: of weight 0, or tenths given. What a filter leaves when its window has
/// passed fades through numbers so small that some processors take long for them, unless a step takes them for 0.
void sparse(benchmark::State& state) {
  const double weight = static_cast<double>(state.range(0)) / 10.0;
  const auto graph =
      sk::generate::fixed_in_degree({.neurons = 5000, .degree = 1, .weights = {.mean = weight}}, sk::Seed{1});
  time_steps(state, sk::Simulator{graph, sk::BernoulliGLM{}, sk::no_stimulus, seed});
}
BENCHMARK(sparse)->Arg(0)->Arg(10)->Apply(timed_by_step);

/// Neurons, of which none spikes: what a step costs beside them.
void small(benchmark::State& state) {
  step(state, {.neurons = static_cast<std::uint64_t>(state.range(0)), .probability = 0.1},
       sk::BernoulliGLM{{.theta = 50.0f}});
}
BENCHMARK(small)->Arg(100)->Arg(200)->Arg(400)->Arg(800)->Arg(1600)->Apply(timed_by_step);

}  // namespace
