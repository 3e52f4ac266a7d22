// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/evaluate.hpp"

#include <Eigen/Core>

#include <cmath>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "recordings.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/infer/recording_family.hpp"
#include "spikeometric/simulate/replay.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;
using namespace recordings;

namespace {

const auto graph = network(6, 2.0);

}  // namespace

TEST_CASE("the evaluation of the recording of a fit has the likelihoods of the fit") {
  const auto drive = sinusoid({.amplitude = 1.0, .period_ms = 40.0}).on(neurons(0, 3));
  const auto spikes = simulated(graph, binary_family, 3000, drive);
  const auto fitted = fit(binary_family, drive, spikes, {.own_history = false});
  const Evaluation same = evaluate(fitted, spikes);
  CHECK(std::abs(same.fitted - fitted.log_likelihood()) < 1e-8);
  CHECK(same.spikes == fitted.spikes());
  CHECK(std::abs(same.bits_per_spike() - fitted.bits_per_spike()) < 1e-10);
  for (std::size_t i = 0; i < 6; ++i) {
    const Likelihoods& neuron = same.neurons[i];
    CHECK(std::abs(neuron.fitted - fitted.neurons[i].log_likelihood) < 1e-8);
    CHECK(std::abs(2.0 * (neuron.saturated - neuron.fitted) - fitted.neurons[i].deviance) < 1e-7);
    CHECK(neuron.steps == fitted.neurons[i].steps);
  }
}

TEST_CASE("held-out spikes have the log-probability of the rates that a replay of the fitted model has") {
  const auto fitted = fit(binary_family, simulated(graph, binary_family, 3000), {.own_history = false});
  const auto test = simulated(graph, binary_family, 1000, no_stimulus, Seed{9});
  const Evaluation held_out = evaluate(fitted, test);
  const Eigen::MatrixXf rates = predict(fitted, test);
  REQUIRE(rates.rows() == 6);
  REQUIRE(rates.cols() == 1000);
  const auto counts = test.to_dense();
  Replay replay{fitted.graph, fitted.model, no_stimulus, test, Seed{1}};
  std::vector<double> sums(6), spikes(6);
  float largest = 0.0f;
  for (Eigen::Index step = 0; step < 1000; ++step)
    replay.advance([&](std::uint32_t neuron, const FloatDual&, const FloatDual& mu) {
      largest = std::max(largest, std::abs(mu.value - rates(neuron, step)));
      if (step < 10) return;
      const double p = mu.value;
      sums[neuron] += std::log(counts(neuron, step) > 0 ? p : 1.0 - p);
      spikes[neuron] += counts(neuron, step);
    });
  CHECK(largest < 1e-5f);
  double all = 0.0;
  for (std::size_t i = 0; i < 6; ++i) {
    const Likelihoods& neuron = held_out.neurons[i];
    CHECK(std::abs(neuron.fitted - sums[i]) < 1e-3);
    const double p = spikes[i] / 990.0;
    CHECK(std::abs(neuron.constant - (spikes[i] * std::log(p) + (990.0 - spikes[i]) * std::log(1.0 - p))) < 1e-6);
    CHECK(neuron.saturated == 0.0);
    CHECK(std::abs(neuron.mcfadden() - (1.0 - neuron.fitted / neuron.constant)) < 1e-12);
    CHECK(neuron.deviance_explained() == neuron.mcfadden());  // the saturated likelihood of binary spikes is 1
    all += sums[i];
  }
  CHECK(std::abs(held_out.fitted - all) < 1e-2);
  CHECK(held_out.bits_per_spike() > 0.1);
  CHECK(held_out.deviance_explained() < evaluate(fitted, simulated(graph, binary_family, 3000)).deviance_explained());
}

TEST_CASE("trials are predicted one by one, and a neuron that was not fitted has no rate") {
  Simulator many{trials(graph, 3), binary_family, no_stimulus, Seed{6}};
  const auto spikes = many.run(300);
  const auto fitted = fit(binary_family, spikes, {.own_history = false, .neurons = {1, 4}});
  CHECK(fitted.neurons[0].status == FitStatus::not_fitted);
  CHECK(fitted.converged());
  const std::vector<Eigen::MatrixXf> rates = predict(fitted, spikes);
  REQUIRE(rates.size() == 3);
  for (std::size_t trial = 0; trial < 3; ++trial) {
    REQUIRE(rates[trial].cols() == 300);
    CHECK(rates[trial].row(0).array().isNaN().all());
    CHECK(rates[trial].row(4).allFinite());
    CHECK(rates[trial].row(4) == predict(fitted, spikes[trial]).row(4));
  }
  CHECK(evaluate(fitted, spikes).neurons[0].steps == 0.0);
  CHECK(std::abs(evaluate(fitted, spikes).fitted - fitted.log_likelihood()) < 1e-8);
}

TEST_CASE("the refractory period of the fit holds for other recordings, and spikes in it are counted") {
  std::vector<std::array<std::uint32_t, 2>> spikes, other;
  support::Numbers numbers(3);
  std::uint32_t since = 10;
  for (std::uint32_t step = 0; step < 4000; ++step) {
    ++since;
    if (since > 4 && numbers.coin(0.2)) {
      spikes.push_back({step, 0});
      since = 0;
    }
  }
  other = {{100, 0}, {103, 0}, {200, 0}, {300, 0}};
  const auto fitted = fit(recording_family(1.0), recording(1, 4000, spikes));
  CHECK(fitted.neurons[0].refractory_steps == 4);
  const auto held_out = evaluate(fitted, recording(1, 400, other));
  CHECK(fitted.history_steps < 150);
  CHECK(held_out.refractory_spikes == 0.0);  // of those steps
  other = {{200, 0}, {203, 0}, {300, 0}, {350, 0}};
  const auto counted = evaluate(fitted, recording(1, 400, other));
  CHECK(counted.refractory_spikes == 1.0);
  CHECK(counted.spikes == 3.0);
  CHECK(counted.steps ==
        400.0 - static_cast<double>(fitted.history_steps) - 15.0);  // 201 to 207, 301 to 304, 351 to 354
  const auto rates = predict(fitted, recording(1, 400, other));
  CHECK(rates.block(0, 201, 1, 4).isZero(0.0f));
  CHECK(rates(0, 199) > 0.0f);
}

TEST_CASE("a recording of another network cannot be evaluated") {
  const auto fitted = fit(binary_family, simulated(graph, binary_family, 500), {.own_history = false});
  CHECK_THROWS_WITH(evaluate(fitted, simulated(network(5, 1.0), binary_family, 500)),
                    "a recording of 5 neurons does not fit a network of 6");
}
