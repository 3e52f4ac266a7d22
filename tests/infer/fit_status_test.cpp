// SPDX-License-Identifier: BSD-3-Clause
// What a fit says of neurons that their spikes do not determine.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "recordings.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/stimulus/recorded.hpp"

using namespace spikeometric;
using namespace recordings;

TEST_CASE("silent neurons and those that always fire are reported, and leave the others alone") {
  std::vector<std::array<std::uint32_t, 2>> spikes, without;
  support::Numbers numbers(3);
  for (std::uint32_t step = 0; step < 2000; ++step)
    for (std::uint32_t neuron = 0; neuron < 4; ++neuron) {
      const bool fires = neuron == 3 || (neuron != 2 && numbers.coin(0.1));
      if (fires) spikes.push_back({step, neuron});
    }
  const BernoulliGLM plain{{.theta = 3.0f, .coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const auto fitted = fit(plain, recording(4, 2000, spikes), {.penalty = L2{1e-3}});
  CHECK(fitted.neurons[0].status == FitStatus::converged);
  CHECK(fitted.neurons[1].status == FitStatus::converged);
  CHECK(fitted.neurons[2].status == FitStatus::silent);
  CHECK(fitted.neurons[3].status == FitStatus::always_fires);
  CHECK(fitted.converged());
  CHECK(fitted.weights.allFinite());
  CHECK(std::isfinite(fitted.log_likelihood()));
  // Half a spike, and half a step without, in 1995 steps; theta is 3.
  CHECK(std::abs(fitted.neurons[2].baseline - (3.0 + std::log(0.5 / 1994.5))) < 1e-9);
  CHECK(std::abs(fitted.neurons[3].baseline - (3.0 + std::log(1994.5 / 0.5))) < 1e-9);
  for (std::uint32_t pre = 0; pre < 4; ++pre) CHECK((fitted.weight(pre, 2) == 0.0 && fitted.weight(pre, 3) == 0.0));
  Simulator again{fitted.graph, fitted.model, no_stimulus, Seed{1}};
  const auto counts = again.run(1000).counts();
  CHECK(counts[2] < 10);
  CHECK(counts[3] > 990);
}

namespace {

/// Neuron 0 never spikes in the five steps after a spike of neuron 1; the third, if there is one, as it likes.
std::vector<std::array<std::uint32_t, 2>> silenced(std::uint32_t neurons, std::uint64_t seed) {
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(seed);
  std::uint32_t since = 100;
  for (std::uint32_t step = 0; step < 3000; ++step, ++since) {
    if (since > 5 && numbers.coin(0.1)) spikes.push_back({step, 0});
    if (numbers.coin(0.05)) {
      spikes.push_back({step, 1});
      since = 0;
    }
    if (neurons > 2 && numbers.coin(0.1)) spikes.push_back({step, 2});
  }
  return spikes;
}

}  // namespace

TEST_CASE("without a penalty, a neuron that never spikes after another is separated from it, and others are not") {
  const auto spikes = silenced(3, 4);
  const BernoulliGLM plain{{.theta = 3.0f, .coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const auto fitted = fit(plain, recording(3, 3000, spikes), {.own_history = false});
  CHECK(fitted.neurons[0].status == FitStatus::separated);
  CHECK(fitted.neurons[0].separated == std::vector<std::uint32_t>{1});
  CHECK(fitted.neurons[1].status == FitStatus::converged);
  CHECK(fitted.neurons[2].status == FitStatus::converged);
  CHECK_FALSE(fitted.converged());
  CHECK(fitted.weights.allFinite());
  CHECK(fitted.weight(1, 0) < -3.0);
  CHECK(fitted.weight_error(1, 0) > 10.0);
  CHECK(fitted.weight_error(2, 0) < 1.0);
  CHECK(fit(plain, recording(3, 3000, spikes), {.penalty = L2{1e-4}, .own_history = false}).converged());
}

TEST_CASE("without a penalty, what a neuron never does after spikes of its own, or under a stimulus, is separated") {
  const BernoulliGLM plain{{.theta = 3.0f, .coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const auto pulses = [](std::uint64_t step, std::uint32_t) { return step % 20 < 5 ? 1.0f : 0.0f; };
  // Neuron 0 rests for six steps after a spike, 1 spikes with the pulses alone, 2 between them alone, 3 as it likes.
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(6);
  std::uint32_t since = 100;
  for (std::uint32_t step = 0; step < 3000; ++step, ++since) {
    const bool pulse = pulses(step, 0) > 0.0f;
    if (since > 6 && numbers.coin(0.1)) {
      spikes.push_back({step, 0});
      since = 0;
    }
    if (pulse && numbers.coin(0.3)) spikes.push_back({step, 1});
    if (!pulse && numbers.coin(0.1)) spikes.push_back({step, 2});
    if (numbers.coin(0.1)) spikes.push_back({step, 3});
  }
  const auto events = recording(4, 3000, spikes);
  const auto fitted = fit(plain, pulses, events, {});
  for (std::uint32_t neuron = 0; neuron < 4; ++neuron) {
    CHECK(fitted.neurons[neuron].status == (neuron < 3 ? FitStatus::separated : FitStatus::converged));
    CHECK(fitted.neurons[neuron].separated ==
          (neuron == 0 ? std::vector<std::uint32_t>{0} : std::vector<std::uint32_t>{}));
    CHECK(fitted.neurons[neuron].separated_channels.size() == (neuron == 1 || neuron == 2));
  }
  const PoissonGLM counts{{.alpha = 30.0f, .tau = 5.0f, .T = 5}};
  const auto counted = fit(counts, pulses, events, {});
  CHECK(counted.neurons[0].separated == std::vector<std::uint32_t>{0});
  CHECK(counted.neurons[1].separated_channels.size() == 1);
  CHECK(counted.neurons[2].separated_channels.size() == 1);
  CHECK(counted.neurons[3].status == FitStatus::converged);
}

TEST_CASE("without a penalty, a neuron that spikes in every step after another is separated, or only after it") {
  const Cascade<Fir, NoHistory, NoBaseline, Logistic> next_step{{}, Fir{{1.0f}}, {}, {}, {.theta = 3.0f}};
  std::vector<std::array<std::uint32_t, 2>> always, only;
  support::Numbers numbers(7);
  bool before = false;
  for (std::uint32_t step = 0; step < 3000; ++step) {
    if (before || numbers.coin(0.05)) always.push_back({step, 0});
    if (before && numbers.coin(0.5)) only.push_back({step, 0});
    before = numbers.coin(0.1);
    for (auto* spikes : {&always, &only})
      if (before) spikes->push_back({step, 1});
  }
  for (const auto* spikes : {&always, &only}) {
    const auto fitted = fit(next_step, recording(2, 3000, *spikes), {.own_history = false});
    CHECK(fitted.neurons[0].status == FitStatus::separated);
    CHECK(fitted.neurons[0].separated == std::vector<std::uint32_t>{1});
    CHECK(fitted.neurons[1].status == FitStatus::converged);
  }
}

TEST_CASE("signs do not hide a separation that they allow, nor does a search that was cut short") {
  const auto events = recording(2, 3000, silenced(2, 8));
  const BernoulliGLM plain{{.theta = 3.0f, .coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const auto inhibiting = fit(plain, events, {.own_history = false, .signs = {1, -1}});
  CHECK(inhibiting.neurons[0].status == FitStatus::separated);
  CHECK(inhibiting.neurons[0].separated == std::vector<std::uint32_t>{1});
  const auto exciting = fit(plain, events, {.own_history = false, .signs = {1, 1}});
  CHECK(exciting.neurons[0].status == FitStatus::converged);
  CHECK(exciting.weight(1, 0) == 0.0);
  const auto short_of = fit(plain, events, {.own_history = false, .max_iterations = 2});
  CHECK(short_of.neurons[0].status == FitStatus::not_converged);
  CHECK(short_of.neurons[0].separated == std::vector<std::uint32_t>{1});
}

TEST_CASE("a neuron that spikes as often as the model can, or oftener, always fires, and does so when simulated") {
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(10);
  for (std::uint32_t step = 0; step < 1000; ++step) {
    if (numbers.coin(0.6)) spikes.push_back({step, 0});
    if (numbers.coin(0.2)) spikes.push_back({step, 1});
    spikes.push_back({step, 2});
  }
  // Steps of half a ms: at most half of them have a spike.
  const BernoulliGLM halves{{.dt = 0.5f, .coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  Events<> events(3, 0.5);
  std::vector<BinaryEvent> list;
  for (const auto& [step, neuron] : spikes) list.emplace_back(step, neuron, 1u);
  events.append(1000, list);
  const auto fitted = fit(halves, events, {.own_history = false});
  CHECK(fitted.neurons[0].status == FitStatus::always_fires);
  CHECK(fitted.neurons[0].baseline < 100.0);
  CHECK(std::isfinite(fitted.log_likelihood() + fitted.bits_per_spike()));

  // A refractory filter that knows nothing of such neurons.
  const BernoulliGLM family;
  const auto known = fit(family, recording(3, 1000, spikes), {.penalty = L2{1e-3}});
  CHECK(known.neurons[2].status == FitStatus::always_fires);
  CHECK(known.neurons[2].log_likelihood > -10.0);
  Simulator again{known.graph, known.model, no_stimulus, Seed{1}};
  again.equilibrate(100);
  CHECK(again.run(1000).counts()[2] > 980);
}

TEST_CASE("a spike where the self-history allows none is named, and other neurons are fitted all the same") {
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(12);
  for (std::uint32_t step = 0; step < 2000; ++step) {
    if (step % 20 == 0 || step == 1501) spikes.push_back({step, 0});
    if (numbers.coin(0.1)) spikes.push_back({step, 1});
  }
  const BernoulliGLM strict{
      {.coupling_window = 5, .abs_ref_steps = 1, .abs_ref_strength = -1000.0f, .rel_ref_steps = 0}};
  auto rested = spikes;  // neuron 1 as well
  std::erase_if(rested, [&](const auto& spike) { return spike[1] == 1 && spike[0] % 2 == 1; });
  const auto fitted = fit(strict, recording(2, 2000, rested), {.penalty = L2{1e-3}});
  CHECK(fitted.neurons[0].status == FitStatus::impossible);
  CHECK(fitted.neurons[0].impossible_step == 1501u);
  CHECK(fitted.neurons[1].status == FitStatus::converged);
  CHECK(std::isfinite(fitted.neurons[1].log_likelihood));
  CHECK_FALSE(fitted.converged());
}

TEST_CASE("where there is nothing to explain the search is over before it begins") {
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(11);
  for (std::uint32_t step = 0; step < 2000; ++step)
    if (numbers.coin(0.1)) spikes.push_back({step, 0});
  const BernoulliGLM plain{{.coupling_window = 5, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  for (const std::uint64_t neurons : {1, 3}) {  // alone, and with silent partners
    const auto fitted = fit(plain, recording(neurons, 2000, spikes), {.own_history = false});
    CHECK(fitted.converged());
    CHECK(fitted.neurons[0].status == FitStatus::converged);
    CHECK(fitted.neurons[0].violation < 1e-6);
  }
}

TEST_CASE("a neuron that is never heard of has no weight, and an error without bound") {
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(5);
  for (std::uint32_t step = 0; step < 1000; ++step)
    if (numbers.coin(0.1)) spikes.push_back({step, 0});
  const auto fitted = fit(binary_family, recording(2, 1000, spikes));
  CHECK(fitted.weight(1, 0) == 0.0);
  CHECK(std::isinf(fitted.weight_error(1, 0)));
  CHECK(fitted.neurons[1].status == FitStatus::silent);
}

TEST_CASE("two stimuli that are nearly the same leave the other weights determined") {
  const auto graph = generate::normal({.neurons = 8, .probability = 0.2, .std = 1.0}, Seed{7});
  const BernoulliGLM family{{.theta = 3.0}};
  std::vector<float> slow(10'000), nearly(10'000);
  for (std::size_t step = 0; step < slow.size(); ++step) {
    const double x = 0.05 * static_cast<double>(step);
    slow[step] = static_cast<float>(std::sin(x));
    nearly[step] = static_cast<float>(std::sin(x) + 3e-6 * std::sin(0.62 * x));
  }
  Simulator simulator{graph, family, recorded(slow), Seed{1}};
  const auto spikes = simulator.run(slow.size());
  const auto fitted = fit(family, channels(recorded(slow), recorded(nearly)), spikes);
  for (std::uint32_t pre = 0; pre < 8; ++pre)
    for (std::uint32_t post = 0; post < 8; ++post) CHECK(std::isfinite(fitted.weight_error(pre, post)));
  for (const NeuronFit& neuron : fitted.neurons) CHECK(neuron.separated.empty());
}
