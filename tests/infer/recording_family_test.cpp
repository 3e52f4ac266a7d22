// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/recording_family.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "recordings.hpp"
#include "spikeometric/infer/fit.hpp"

using namespace spikeometric;
using namespace recordings;

namespace {

/// Two neurons like cells of a retina: absolute refractory periods of 1 and 3 steps, then relative ones, and short
/// bursts; the second follows the first.
Events<> cells(std::uint32_t steps) {
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(8);
  std::uint32_t since[2] = {50, 50};
  for (std::uint32_t step = 0; step < steps; ++step) {
    const std::uint32_t before = since[0];
    for (std::uint32_t neuron = 0; neuron < 2; ++neuron) {
      const std::uint32_t rest = neuron == 0 ? 1 : 3, n = ++since[neuron];
      double p = n <= rest ? 0.0 : n < rest + 4 ? 0.15 : 0.02;
      if (neuron == 1 && before < 3) p *= 3.0;
      if (numbers.coin(p)) {
        spikes.push_back({step, neuron});
        since[neuron] = 0;
      }
    }
  }
  return recording(2, steps, spikes);
}

}  // namespace

TEST_CASE("the family of a simulation does not fit a recording, and the fit says so with the spikes and the neurons") {
  const auto spikes = cells(8000);
  const auto misfit = fit(BernoulliGLM{}, spikes);  // three steps of absolute refractoriness, seven of relative
  CHECK(misfit.bits_per_spike() < 0.0);
  CHECK_FALSE(misfit.converged());
  CHECK(misfit.neurons[0].status == FitStatus::misfit);
  // Spikes within three steps of the one before have at most exp(-100) times the odds.
  std::uint64_t close[2] = {0, 0}, latest[2] = {0, 0};
  for (const auto [step, neuron, count] : spikes) {
    if (step >= misfit.history_steps && latest[neuron] > 0 && step - latest[neuron] <= 3) ++close[neuron];
    latest[neuron] = step;
  }
  CHECK(misfit.neurons[0].unlikely_spikes >= close[0]);
  CHECK(close[0] > 50);
  CHECK(close[1] == 0);
  const auto warnings = misfit.warnings(NeuronNames{std::vector<std::string>{"ON", "OFF"}});
  const auto said = [&](const std::string& part) {
    return std::any_of(warnings.begin(), warnings.end(),
                       [&](const std::string& warning) { return warning.find(part) != warning.npos; });
  };
  CHECK(said("ON"));
  CHECK(said("have a log-probability below -20 under the model's fixed self-history"));
  CHECK(said("the fit explains the spikes worse than a constant rate"));
}

TEST_CASE("the recording family finds the refractory period of each neuron and its later history") {
  const auto spikes = cells(support::slow_build ? 6'000 : 30'000);
  const auto fitted = fit(recording_family(1.0), spikes);
  CHECK(fitted.converged());
  CHECK(fitted.bits_per_spike() > 0.15);
  CHECK(fitted.neurons[0].refractory_steps == 1);
  CHECK(fitted.neurons[1].refractory_steps == 3);
  for (const NeuronFit& neuron : fitted.neurons) CHECK(neuron.unlikely_spikes == 0);
  for (std::uint64_t neuron : {0, 1})
    for (std::size_t m = 4; m < 11; ++m) CHECK(std::abs(fitted.weight(neuron, neuron, m)) < 15.0);
  CHECK(fitted.strengths()(0, 1) > 0.0);
  // The fitted model has the refractory periods, and the rates.
  Simulator again{fitted.graph, fitted.model, no_stimulus, Seed{3}};
  const auto simulated = again.run(spikes.steps());
  std::uint64_t latest[2] = {0, 0}, shortest[2] = {1000, 1000};
  for (const auto [step, neuron, count] : simulated) {
    if (latest[neuron] > 0) shortest[neuron] = std::min(shortest[neuron], step - latest[neuron]);
    latest[neuron] = step;
  }
  CHECK(shortest[0] == 2);
  CHECK(shortest[1] == 4);
  const auto recorded_counts = spikes.counts(), counts = simulated.counts();
  for (std::size_t i = 0; i < 2; ++i)  // bursts: counts vary more than those of a Poisson process
    CHECK(std::abs(static_cast<double>(counts[i]) / static_cast<double>(recorded_counts[i]) - 1.0) <
          10.0 / std::sqrt(static_cast<double>(recorded_counts[i])));
}

TEST_CASE("a long interval by chance is no refractory period") {
  std::vector<std::array<std::uint32_t, 2>> few;
  for (const std::uint32_t step : {300u, 1800u, 2500u, 4100u, 6000u}) few.push_back({step, 0});
  const auto fitted = fit(recording_family(1.0), recording(1, 8000, few));
  CHECK(fitted.neurons[0].refractory_steps == 0);  // 5 spikes in 8000 steps: 0.3 are expected within the 150 steps
  CHECK(fitted.converged());
  std::vector<std::array<std::uint32_t, 2>> regular;
  for (std::uint32_t step = 0; step < 8000; step += 20) regular.push_back({step, 0});
  CHECK(fit(recording_family(1.0), recording(1, 8000, regular)).neurons[0].refractory_steps == 19);
}

TEST_CASE("windows last as long in ms up to steps of 1 ms, and then as many steps") {
  for (const double dt : {0.1, 0.5, 1.0}) {
    const RecordingFamily family = recording_family(dt);
    CHECK(family.scale.dt == dt);
    CHECK(family.filter.coupling.window_steps == static_cast<int>(std::lround(50.0 / dt)));
    CHECK(family.filter.self.window_steps == static_cast<int>(std::lround(150.0 / dt)));
    CHECK(family.filter.self.last_peak_ms == 50.0);
  }
  const RecordingFamily slow = recording_family(20.0);
  CHECK(slow.filter.coupling.window_steps == 50);
  CHECK(slow.filter.coupling.last_peak_ms == 300.0);
  auto given = recording_family(1.0);
  given.history.steps = 2;
  CHECK_THROWS_WITH(fit(given, cells(1000)),
                    "abs_ref_steps = 2 must be 0 in a fit, which finds the refractory period of each neuron");
  CHECK_THROWS_AS(recording_family(0.0), InvalidParameter);
  CHECK_THROWS_AS(recording_family(-1.0), InvalidParameter);
}
