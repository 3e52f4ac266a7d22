// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/stability.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "recordings.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/infer/recording_family.hpp"
#include "spikeometric/model/filters/fir.hpp"

using namespace spikeometric;
using namespace recordings;

namespace {

/// A neuron that switches between a quiet and a busy state at random, with a refractory period of two steps.
Events<> bursts(std::uint32_t steps) {
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(5);
  bool busy = false;
  std::uint32_t last = 0;
  for (std::uint32_t step = 3; step < steps; ++step) {
    if (numbers.coin(busy ? 0.02 : 0.0008)) busy = !busy;
    if (step > last + 2 && numbers.coin(busy ? 0.25 : 0.001)) {
      spikes.push_back({step, 0});
      last = step;
    }
  }
  return recording(1, steps, spikes);
}

bool contains(const std::vector<std::string>& sentences, const std::string& part) {
  return std::any_of(sentences.begin(), sentences.end(),
                     [&](const std::string& sentence) { return sentence.find(part) != sentence.npos; });
}

}  // namespace

TEST_CASE("a neuron without history is stable at its rate") {
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(1);
  for (std::uint32_t step = 0; step < 5000; ++step)
    if (numbers.coin(0.04)) spikes.push_back({step, 0});
  const BernoulliGLM plain{{.theta = 3.0, .coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const auto fitted = fit(plain, recording(1, 5000, spikes), {.own_history = false});
  const NeuronStability& neuron = fitted.stability.neurons.at(0);
  CHECK(neuron.verdict == Stability::stable);
  CHECK(fitted.stability.network == Stability::stable);
  REQUIRE(neuron.stable_rates.size() == 1);
  CHECK(std::abs(neuron.stable_rates[0] / neuron.recorded_rate - 1.0) < 0.05);  // the width of the grid
  CHECK_FALSE(contains(fitted.warnings(), "in a simulation"));
}

TEST_CASE("a refractory neuron has the mean interval of its renewal process") {
  // Spike probability p from the fourth step after a spike on: intervals of 3 + 1 / p on average.
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(2);
  std::uint32_t since = 10;
  for (std::uint32_t step = 0; step < 20'000; ++step)
    if (++since > 3 && numbers.coin(0.1)) {
      spikes.push_back({step, 0});
      since = 0;
    }
  const Cascade<Fir, Fir, NoBaseline, Logistic> resting{{}, Fir{{1.0}}, Fir{{-50.0, -50.0, -50.0}}, {}, {.theta = 3.0}};
  const auto fitted = fit(resting, recording(1, 20'000, spikes), {.own_history = false});
  const double p = 1.0 / (1.0 + std::exp(3.0 - fitted.neurons[0].baseline));
  // The map adds the mean inhibition of older spikes, which a renewal process does not have: 0 after three steps.
  REQUIRE(fitted.stability.neurons[0].stable_rates.size() == 1);
  CHECK(std::abs(fitted.stability.neurons[0].stable_rates[0] * (3.0 + 1.0 / p) - 1.0) < 0.05);
}

TEST_CASE("a bursting neuron has a second state, which a simulation falls into; with inhibition alone it has none") {
  const std::uint32_t steps = support::slow_build ? 40'000 : 200'000;
  const auto spikes = bursts(steps);
  const auto hz = spikes.mean_rate_hz();
  const auto fitted = fit(recording_family(1.0), spikes);
  CHECK(fitted.stability.neurons[0].verdict != Stability::stable);
  CHECK(fitted.stability.network != Stability::stable);
  CHECK(contains(fitted.warnings({NeuronNames{std::vector<std::string>{"CA1"}}}), ": neuron CA1"));
  Simulator runaway{fitted.graph, fitted.model, no_stimulus, Seed{3}};
  CHECK(runaway.run(steps).mean_rate_hz() > 3.0 * hz);

  const auto bounded = fit(recording_family(1.0), spikes, {.own_sign = -1});
  for (std::size_t m = 0; m < 7; ++m) CHECK(bounded.weight(0, 0, 4 + m) <= 0.0);
  CHECK(bounded.stability.neurons[0].verdict == Stability::stable);
  CHECK(bounded.stability.network == Stability::stable);
  Simulator again{bounded.graph, bounded.model, no_stimulus, Seed{3}};
  const double simulated = again.run(steps).mean_rate_hz();
  CHECK(simulated < 1.5 * hz);
  CHECK(simulated > 0.5 * hz);
}

TEST_CASE("neurons that are silent or not fitted keep their recorded rates, and quiet steps after spikes still count") {
  // Neuron 0 is driven by neuron 1, which is not fitted; neuron 2 is silent; neuron 3 fires every 20 steps.
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(9);
  bool before = false;
  for (std::uint32_t step = 0; step < 8000; ++step) {
    if (numbers.coin(before ? 0.3 : 0.02)) spikes.push_back({step, 0});
    before = numbers.coin(0.05);
    if (before) spikes.push_back({step, 1});
    if (step % 20 == 0) spikes.push_back({step, 3});
  }
  const auto fitted =
      fit(recording_family(1.0), recording(4, 8000, spikes), {.penalty = L2{1e-4}, .neurons = {0, 2, 3}});
  CHECK(fitted.neurons[3].refractory_steps == 19);
  CHECK(std::abs(fitted.stability.neurons[3].recorded_rate - 0.05) < 1e-3);
  CHECK(std::abs(fitted.stability.neurons[1].recorded_rate - 0.05) < 0.02);
  CHECK(fitted.stability.neurons[0].verdict == Stability::stable);
  CHECK(fitted.stability.neurons[3].verdict == Stability::stable);
  CHECK(fitted.stability.network == Stability::stable);
}

TEST_CASE("a network that excites itself strongly has a second state though each neuron alone has none") {
  // Ten neurons, each of which excites all others.
  EdgeList<> edges{10};
  for (std::uint32_t pre = 0; pre < 10; ++pre)
    for (std::uint32_t post = 0; post < 10; ++post)
      if (pre != post) edges.add(pre, post, 0.3f);
  const BernoulliGLM model{{.theta = 5.0, .coupling_window = 20, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  Simulator simulator{Graph<>{edges}, model, no_stimulus, Seed{7}};
  simulator.reset(InitialState::silent());
  const auto spikes = simulator.run(support::slow_build ? 8'000 : 20'000);
  const auto fitted = fit(model, spikes, {.own_history = false});
  for (const NeuronStability& neuron : fitted.stability.neurons) CHECK(neuron.verdict == Stability::stable);
  CHECK(spikes.mean_rate_hz() < 30.0);
  CHECK(fitted.stability.network != Stability::stable);
  CHECK(contains(fitted.warnings(), "the rate of the network may "));
}
