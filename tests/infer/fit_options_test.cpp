// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/fit_options.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "../../examples/infer/solvers.hpp"
#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;

namespace {

const BernoulliGLM model{{.coupling_window = 5}};

template <class Event = BinaryEvent>
Events<Event> spikes(std::uint64_t neurons, std::uint64_t steps, double dt = 1.0) {
  support::Numbers numbers(neurons + steps);
  Events<Event> events(neurons, dt);
  std::vector<Event> list;
  for (std::uint32_t step = 0; step < steps; ++step)
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron)
      if (numbers.coin(0.2)) list.emplace_back(step, neuron, Event{0, 0, 2}.count);
  events.append(steps, list);
  return events;
}

}  // namespace

TEST_CASE("an empty recording is refused") {
  CHECK_THROWS_WITH(fit(model, Events<>{3, 1.0}), "an empty recording cannot be fitted");
}

TEST_CASE("recordings of different networks are refused") {
  CHECK_THROWS_WITH(
      fit(model, BatchEvents<>{{spikes(3, 100), spikes(4, 100)}}),
      "recordings must be of the same network: one has 3 neurons and dt = 1 ms, another 4 neurons and dt = 1 ms");
}

TEST_CASE("a recording whose dt is not that of the model is refused") {
  CHECK_THROWS_WITH(fit(model, spikes(3, 100, 0.5)), "the recording has dt = 0.5 ms, but the model has dt = 1 ms");
}

TEST_CASE("counts do not fit a binary model") {
  CHECK_THROWS_WITH(fit(model, spikes<CountEvent>(3, 100)), Catch::Contains("must be at most 1 for a binary model"));
  CHECK_NOTHROW(fit(PoissonGLM{{.T = 5}}, spikes<CountEvent>(3, 100)));
}

TEST_CASE("without a penalty, fewer steps than parameters are refused") {
  CHECK_THROWS_WITH(fit(model, spikes(30, 20), {.own_history = false, .history_steps = 0}),
                    Catch::Contains("has 20 observed steps for 30 parameters: a penalty is needed"));
  CHECK_NOTHROW(fit(model, spikes(30, 20), {.penalty = L2{0.1}, .own_history = false, .history_steps = 0}));
}

TEST_CASE("a fit with a random stimulus needs the seed of the run") {
  const auto pulses = poisson_pulses({.strength = 1.0, .mean_interval_steps = 10.0});
  CHECK_THROWS_WITH(fit(model, pulses, spikes(3, 500)), Catch::Contains("needs the seed of the run"));
  CHECK_NOTHROW(fit(model, pulses, spikes(3, 500), {.seed = Seed{0}}));
  CHECK_NOTHROW(fit(model, sinusoid({.period_ms = 9.0}), spikes(3, 500)));
}

TEST_CASE("invalid options are refused with their values") {
  const auto events = spikes(3, 100);
  CHECK_THROWS_WITH(fit(model, events, {.threads = 0}), "threads = 0 must be at least 1");
  CHECK_THROWS_WITH(fit(model, events, {.tolerance = 0.0}), "tolerance = 0 must be positive and finite");
  CHECK_THROWS_WITH(fit(model, events, {.tolerance = std::numeric_limits<double>::infinity()}),
                    "tolerance = inf must be positive and finite");
  CHECK_THROWS_WITH(fit(model, events, {.max_iterations = -1}), "max_iterations = -1 must be at least 1");
  CHECK_THROWS_WITH(fit(model, events, {.signs = {1, -1}}), "signs has 2 elements, but the network has 3 neurons");
  CHECK_THROWS_WITH(fit(model, events, {.history_steps = 100}),
                    "history_steps = 100 must be below the length of the longest recording, 100 steps");
  CHECK_THROWS_WITH(fit(model, spikes(3, 9)),
                    "history_steps = 10, the steps over which a spike acts, must be below the length of the longest "
                    "recording, 9 steps");
  CHECK_THROWS_WITH(fit(model, events, {.steps = {{}, {}}}), "steps are given for 2 recordings, but there are 1");
  CHECK_THROWS_WITH(fit(model, events, {.steps = {std::vector<bool>(99)}}),
                    "steps of recording 0 has 99 elements, but the recording has 100 steps");
  CHECK_THROWS_WITH(fit(model, events, {.steps = {std::vector<bool>(100)}}),
                    "no step counts: steps excludes all after the history");
  CHECK_THROWS_WITH(fit(model, events, {.neurons = {3}}), "neuron 3 cannot be fitted: there are 3 neurons");
  CHECK_THROWS_WITH(fit(model, events, {.neurons = {1, 0, 1}}), "neuron 1 is to be fitted twice");
  CHECK_THROWS_WITH(fit(model, events, {.penalty = L1{1.0}.times({1.0, 2.0})}),
                    "a penalty has factors for 2 neurons, but the network has 3");
  CHECK_THROWS_WITH(fit(BernoulliGLM{{.r = 0.0f}}, events),
                    "r = 0 is invalid: coupling can be fitted only if r is not 0");
}

TEST_CASE("a stimulus that is not finite is refused, with its place") {
  const auto broken = [](std::uint64_t step, std::uint32_t neuron) {
    return step == 7 && neuron == 1 ? std::numeric_limits<float>::infinity() : 0.0f;
  };
  CHECK_THROWS_WITH(fit(model, broken, spikes(3, 100), {}),
                    "the stimulus of neuron 1 in step 7 is inf, but must be finite");
}

TEST_CASE("a stimulus for another network is refused") {
  CHECK_THROWS_AS(fit(model, function([](std::uint64_t) { return 1.0f; }).on(neurons(0, 5)), spikes(3, 100), {}),
                  std::invalid_argument);
}

TEST_CASE("a neuron that does not converge within max_iterations is reported") {
  const auto fitted = fit(model, spikes(5, 300), {.tolerance = 1e-12, .max_iterations = 1});
  CHECK(fitted.neurons[0].status == FitStatus::not_converged);
  CHECK(fitted.neurons[0].iterations == 1);
  CHECK(fitted.neurons[0].violation > 1e-12);
  CHECK_FALSE(fitted.converged());
}

TEST_CASE("the first of several failing neurons is named, on any number of threads") {
  const auto broken = [](std::uint64_t, std::uint32_t neuron) {
    return neuron % 2 == 1 ? std::numeric_limits<float>::infinity() : 0.0f;
  };
  for (const int threads : support::thread_counts())
    for (int again = 0; again < 5; ++again)
      CHECK_THROWS_WITH(fit(model, broken, spikes(12, 100), {.threads = threads}),
                        "the stimulus of neuron 1 in step 0 is inf, but must be finite");
  std::atomic<int> begun{0};
  CHECK_THROWS_AS(detail::on_threads(1000, support::thread_counts().back(),
                                     [&](std::size_t index) {
                                       ++begun;
                                       if (index >= 3) throw std::runtime_error("index");
                                     }),
                  std::runtime_error);
  CHECK(begun < 20);
}

TEST_CASE("searches by gradients may take as many iterations as they need") {
  // Functions that overlap make long valleys.
  const Cascade<RaisedCosine<4>, NoHistory, NoBaseline, Logistic> flexible{
      {}, {.last_peak_ms = 5.0f, .window_steps = 12}, {}, {}, {.theta = 2.0f}};
  const auto fitted = fit(flexible, spikes(3, 500), {.penalty = L1{1e-5}, .solver = Solver::gradient});
  CHECK(fitted.converged());
  CHECK(fitted.neurons[0].iterations > 200);
}

TEST_CASE("a silent recording gains nothing") {
  Events<> silent(2, 1.0);
  silent.append(100, {});
  const auto fitted = fit(model, silent);
  CHECK(fitted.bits_per_spike() == 0.0);
  CHECK(fitted.converged());
}
