// SPDX-License-Identifier: BSD-3-Clause
//
// What the fit of one neuron costs: its likelihood with the gradient, its Hessian, and all of it; of 50 neurons and
// 100,000 steps.
#include <benchmark/benchmark.h>

#include <spikeometric/spikeometric.hpp>

#include <cstdint>

namespace sk = spikeometric;

namespace {

constexpr std::uint64_t steps = 100'000;
const sk::BernoulliGLM model{{.theta = 4.0f}};

const sk::Events<>& spikes() {
  static const sk::Events<> events = [] {
    sk::Simulator simulator{sk::generate::normal({.neurons = 50, .probability = 0.2, .std = 3.0}, sk::Seed{1}), model,
                            sk::no_stimulus, sk::Seed{2}};
    simulator.equilibrate(100);
    return simulator.run(steps);
  }();
  return events;
}

/// Calls work(likelihood, parameters) of one neuron without coupling.
template <class Work>
void time(benchmark::State& state, Work work) {
  const sk::detail::FitProblem<sk::BernoulliGLM, sk::NoStimulus> problem{spikes(), model, sk::no_stimulus, {}};
  sk::detail::NeuronLikelihood<double> likelihood(problem, 7, {});
  const Eigen::VectorXd parameters = sk::detail::uncoupled<double>(problem, likelihood).parameters;
  for (auto _ : state) work(likelihood, parameters);
  state.counters["s_per_step"] = benchmark::Counter(static_cast<double>(state.iterations() * steps),
                                                    benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void gradient(benchmark::State& state) {
  Eigen::VectorXd slope;
  time(state, [&](auto& likelihood, const auto& parameters) {
    benchmark::DoNotOptimize(likelihood.value_and_gradient(parameters, slope));
  });
}
BENCHMARK(gradient)->Unit(benchmark::kMillisecond);

void hessian(benchmark::State& state) {
  time(state, [&](auto& likelihood, const auto& parameters) {
    benchmark::DoNotOptimize(likelihood.hessian(parameters).data());
  });
}
BENCHMARK(hessian)->Unit(benchmark::kMillisecond);

/// Of all neurons, one after the other.
void whole_fit(benchmark::State& state, const sk::Penalty& penalty) {
  for (auto _ : state) benchmark::DoNotOptimize(sk::fit(model, spikes(), {.penalty = penalty}).weights.data());
  state.counters["s_per_step"] = benchmark::Counter(static_cast<double>(state.iterations() * steps * 50),
                                                    benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(whole_fit, without_penalty, sk::Penalty{})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(whole_fit, L1, sk::L1{1e-4})->Unit(benchmark::kMillisecond);

}  // namespace
