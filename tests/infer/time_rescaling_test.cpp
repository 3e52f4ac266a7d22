// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/time_rescaling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;

namespace {

const Graph<>& network() {
  static const Graph graph = generate::normal({.neurons = 20, .probability = 0.3, .std = 2.0}, Seed{1});
  return graph;
}

constexpr std::uint64_t steps = support::slow_build ? 3000 : 20'000;

template <class Model, class Stimulus>
auto recorded(const Model& model, const Stimulus& stimulus) {
  Simulator simulator{network(), model, stimulus, Seed{2}};
  return simulator.run(steps);
}

/// How many of the neurons are within the bound that 95 of 100 are within.
int within(const std::vector<RescaledIntervals>& neurons) {
  return static_cast<int>(
      std::count_if(neurons.begin(), neurons.end(), [](const auto& each) { return each.statistic < each.bound(); }));
}

/// 20 neurons, of which 19 are expected within: less than 15 with a probability of 3e-4. Over all, the p-values are
/// uniform: the least of 20 is below 1e-4 with a probability of 0.002.
template <class Model, class Stimulus>
void check_right(const Model& model, const Stimulus& stimulus) {
  const auto spikes = recorded(model, stimulus);
  const auto neurons = time_rescaling(network(), model, stimulus, spikes, Seed{2});
  REQUIRE(neurons.size() == 20);
  CHECK(within(neurons) >= 15);
  for (const auto& each : neurons) {
    CHECK(each.p_value > 1e-4);
    CHECK(std::is_sorted(each.intervals.begin(), each.intervals.end()));
    CHECK(each.intervals.front() > 0.0);
    CHECK(each.intervals.back() < 1.0);
  }
}

}  // namespace

TEST_CASE("rescaled by the model that they are of, intervals are uniform: rare spikes and frequent ones, and counts") {
  const auto wave = sinusoid({.amplitude = 1.0f, .period_ms = 40.0});
  check_right(BernoulliGLM{{.theta = 4.0f, .coupling_window = 20}}, no_stimulus);
  check_right(BernoulliGLM{{.theta = 4.0f, .coupling_window = 20}}, wave);
  check_right(BernoulliGLM{{.r = 0.2f, .theta = 0.0f, .abs_ref_steps = 0, .rel_ref_steps = 0}}, no_stimulus);
  check_right(PoissonGLM{{.r = 0.1f, .alpha = 20.0f}}, no_stimulus);
  check_right(PoissonGLM{{.r = 0.005f, .alpha = 0.5f}}, wave);  // two spikes a step
}

TEST_CASE("rescaled by another model they are not") {
  const BernoulliGLM model{{.theta = 3.0f, .coupling_window = 20}};
  const auto spikes = recorded(model, no_stimulus);
  // Without its refractory period.
  const BernoulliGLM hasty{{.theta = 3.0f, .coupling_window = 20, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const auto neurons = time_rescaling(network(), hasty, no_stimulus, spikes, Seed{2});
  CHECK(within(neurons) < 3);
  CHECK(neurons[0].p_value < 1e-6);
}

TEST_CASE("each neuron has an interval less than it has spikes") {
  const PoissonGLM model{{.r = 0.1f, .alpha = 5.0f}};
  const auto spikes = recorded(model, no_stimulus);
  const auto counts = spikes.counts();
  const auto neurons = time_rescaling(network(), model, no_stimulus, spikes, Seed{2});
  for (std::uint32_t neuron = 0; neuron < 20; ++neuron) CHECK(neurons[neuron].intervals.size() + 1 == counts[neuron]);
}

TEST_CASE("a neuron without intervals has no statistic") {
  Events<> silent(20, 1.0);
  silent.append(100, {});
  for (const auto& each : time_rescaling(network(), BernoulliGLM{}, no_stimulus, silent, Seed{1})) {
    CHECK(each.intervals.empty());
    CHECK(std::isnan(each.statistic));
    CHECK(std::isnan(each.p_value));
  }
}

TEST_CASE("the tail of Kolmogorov's distribution is that of tables") {
  CHECK(std::abs(detail::kolmogorov_tail(1.3581) - 0.05) < 1e-5);
  CHECK(std::abs(detail::kolmogorov_tail(1.6276) - 0.01) < 1e-5);
  CHECK(std::abs(detail::kolmogorov_tail(0.8276) - 0.5) < 1e-4);
  CHECK(detail::kolmogorov_tail(0.0) == 1.0);
  CHECK(detail::kolmogorov_tail(10.0) < 1e-80);
}

TEST_CASE("the bound is the statistic of which the p-value is 5 %, of few intervals, too") {
  for (const std::size_t n : {5, 20, 1000}) {
    RescaledIntervals rescaled;
    for (std::size_t i = 0; i < n; ++i)
      rescaled.intervals.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(n));
    // Shifted, until the statistic is the bound.
    const double shift = rescaled.bound() - 0.5 / static_cast<double>(n);
    for (double& value : rescaled.intervals) value = std::min(value + shift, 1.0);
    detail::compare_with_uniform(rescaled);
    CHECK(std::abs(rescaled.statistic - rescaled.bound()) < 1e-12);
    CHECK(std::abs(rescaled.p_value - 0.05) < 1e-5);
  }
}
