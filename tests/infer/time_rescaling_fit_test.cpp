// SPDX-License-Identifier: BSD-3-Clause
// Time rescaling of fits.
#include <Eigen/Core>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "recordings.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/infer/recording_family.hpp"
#include "spikeometric/infer/time_rescaling.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/simulate/select.hpp"
#include "spikeometric/stimulus/covariates.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"
#include "spikeometric/stimulus/temporal.hpp"

using namespace spikeometric;
using namespace recordings;

namespace {

const auto graph = network(6, 2.0);

template <class Stimulus>
auto recorded_trials(const Stimulus& stimulus, std::size_t number, std::uint64_t steps, Seed seed = Seed{2}) {
  Simulator simulator{trials(graph, number), binary_family, stimulus, seed};
  simulator.equilibrate(50);
  return simulator.run(steps);
}

bool same(const std::vector<RescaledIntervals>& a, const std::vector<RescaledIntervals>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].in_order != b[i].in_order || a[i].trial_ends != b[i].trial_ends || a[i].intervals != b[i].intervals)
      return false;
  return a.size() == b.size();
}

}  // namespace

TEST_CASE("the rescaled intervals of a fit are those of its graph, model and stimulus") {
  const auto drive = sinusoid({.amplitude = 1.0, .period_ms = 40.0}).on(neurons(0, 3));
  const auto spikes = recorded_trials(drive, 4, 800);
  const auto fitted = fit(binary_family, drive, spikes, {.own_history = false, .history_steps = 0});
  const auto check = time_rescaling(fitted, spikes, Seed{5});
  CHECK(same(check, time_rescaling(fitted.graph, fitted.model, drive, spikes, Seed{5})));
  CHECK(same(check, time_rescaling(fitted, drive, spikes, Seed{5})));
  CHECK_FALSE(same(check, time_rescaling(fitted, spikes)));
  CHECK_FALSE(same(check, time_rescaling(fitted, sinusoid({.amplitude = 1.0, .period_ms = 90.0}), spikes, Seed{5})));
  for (const auto& each : time_rescaling(fitted, recorded_trials(drive, 4, 800, Seed{8}))) {
    CHECK(each.intervals.size() > 50);
    CHECK(each.p_value > 1e-4);
    CHECK(each.successive.p_value > 1e-4);
  }
}

TEST_CASE("the history steps of each recording have no intervals, nor has a neuron that was not fitted") {
  const auto spikes = recorded_trials(no_stimulus, 3, 500);
  const auto fitted = fit(binary_family, spikes, {.own_history = false, .history_steps = 100, .neurons = {1, 4}});
  const auto check = time_rescaling(fitted, spikes);
  CHECK(check[0].intervals.empty());
  CHECK(std::isnan(check[0].p_value));
  for (const std::size_t neuron : {1, 4}) {
    std::size_t begin = 0;
    const auto all = time_rescaling(fitted.graph, fitted.model, no_stimulus, spikes, Seed{})[neuron];
    for (std::size_t trial = 0; trial < 3; ++trial) {
      const std::uint64_t later = part(spikes[trial], {100, 500}).counts()[neuron];
      REQUIRE(later >= 2);
      const std::size_t end = check[neuron].trial_ends[trial];
      CHECK(end - begin == later - 1);
      for (std::size_t i = 1; i <= end - begin; ++i)  // the last intervals of the trial
        CHECK(check[neuron].in_order[end - i] == all.in_order[all.trial_ends[trial] - i]);
      begin = end;
    }
  }
}

TEST_CASE("a random stimulus has by default the seed of the fit") {
  const auto pulses = poisson_pulses({.strength = 2.0f, .mean_interval_steps = 50.0f, .pulse_steps = 10});
  const auto spikes = recorded_trials(pulses, 3, 600);
  const auto fitted = fit(binary_family, pulses, spikes, {.own_history = false, .seed = Seed{2}});
  CHECK(same(time_rescaling(fitted, spikes), time_rescaling(fitted, spikes, Seed{2})));
}

TEST_CASE("other trials are checked with their own covariates") {
  const RaisedCosine<2> basis{.last_peak_ms = 6.0, .window_steps = 15};
  support::Numbers numbers(3);
  const auto movie = [&] {
    Eigen::MatrixXf frames(1, 500);
    for (float& value : frames.reshaped()) value = numbers.coin(0.5) ? 1.0f : -1.0f;
    return temporal(Frames{frames, {.steps_per_frame = 2}}, basis);
  };
  const auto first = movie(), second = movie();
  const Eigen::MatrixXd weights = Eigen::MatrixXd::Constant(2, 6, 0.8);
  const auto spikes = simulated(graph, binary_family, 1000, first.with_weights(weights));
  const auto others = simulated(graph, binary_family, 1000, second.with_weights(weights), Seed{9});
  const auto fitted = fit(binary_family, first, spikes, {.own_history = false, .history_steps = 0});
  const auto check = time_rescaling(fitted, second, others);
  Eigen::MatrixXd found(2, 6);
  for (std::size_t neuron = 0; neuron < 6; ++neuron)
    for (std::size_t i = 0; i < 2; ++i)
      found(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(neuron)) =
          fitted.neurons[neuron].stimulus_weights[i];
  CHECK(same(check, time_rescaling(fitted, second.with_weights(found), others)));
  CHECK(same(check, time_rescaling(fitted.graph, fitted.model, second.with_weights(found), others, Seed{})));
  CHECK(same(time_rescaling(fitted, spikes), time_rescaling(fitted, first, spikes)));
  CHECK_THROWS_WITH(time_rescaling(fitted, simulated(graph, binary_family, 1200)),
                    "the stimulus has values for steps [0, 1000), but recording 0 has steps [0, 1200)");
}

TEST_CASE("recorded stimuli must cover every trial") {
  const auto values = recorded(Eigen::MatrixXf{Eigen::MatrixXf::Random(6, 400)});
  const auto spikes = recorded_trials(values, 2, 400);
  const auto fitted = fit(binary_family, values, spikes, {.own_history = false});
  CHECK_THROWS_WITH(time_rescaling(fitted, recorded_trials(values, 2, 500)),
                    "the stimulus has values for steps [0, 400), but recording 0 has steps [0, 500)");
}

TEST_CASE("a fit of the recording family is checked with its refractory periods, and with recordings of counts") {
  std::vector<CountEvent> spikes;
  support::Numbers numbers(3);
  std::uint32_t since = 10;
  for (std::uint32_t step = 0; step < 6000; ++step)
    if (++since > 4 && numbers.coin(0.2)) {
      spikes.emplace_back(step, 0u, 1u);
      since = 0;
    }
  const Events<CountEvent> counts{1, 1.0, 0, 0, 6000, spikes};
  const auto fitted = fit(recording_family(1.0), counts);
  REQUIRE(fitted.neurons[0].refractory_steps == 4);
  const auto check = time_rescaling(fitted, counts);
  CHECK(check[0].p_value > 1e-3);  // its own spikes: the statistic is smaller than by chance
  CHECK(check[0].intervals.front() > 0.0);
  CHECK(check[0].intervals.back() < 1.0);
  CHECK(same(check, time_rescaling(fitted, to_binary(counts))));
  const Events<CountEvent> twice{1, 1.0, 0, 0, 6000, {{700, 0, 2}}};
  CHECK_THROWS_AS(time_rescaling(fitted, twice), InvalidArgument);
}
