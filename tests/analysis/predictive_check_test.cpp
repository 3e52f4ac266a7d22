// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/analysis/predictive_check.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "../catch.hpp"
#include "../infer/recordings.hpp"
#include "../support.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/graph/edge_list.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/infer/recording_family.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/simulate/select.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;

namespace {

/// What a check needs of a fit.
template <class GraphType, class ModelType, class StimulusType = NoStimulus>
struct Known {
  GraphType graph;
  ModelType model;
  StimulusType stimulus;
  std::uint64_t history_steps;
};
template <class GraphType, class ModelType, class StimulusType>
Known(GraphType, ModelType, StimulusType, int) -> Known<GraphType, ModelType, StimulusType>;

Graph<> alone(std::uint64_t neurons) { return Graph<>{EdgeList<>{neurons}}; }

/// A neuron that spikes in steps with input, and in no other.
const BernoulliGLM follows{{.theta = 200.0f, .abs_ref_steps = 0, .rel_ref_steps = 0}};
constexpr float enough = 400.0f;

BernoulliGLM constant(double p) {
  return BernoulliGLM{{.theta = std::log(1.0 / p - 1.0), .abs_ref_steps = 0, .rel_ref_steps = 0}};
}

std::size_t below(const std::vector<double>& p_values, double threshold) {
  return static_cast<std::size_t>(
      std::count_if(p_values.begin(), p_values.end(), [&](double p) { return p <= threshold; }));
}

bool same(const PredictedValues& a, const PredictedValues& b) {
  const auto equal = [](const std::vector<double>& x, const std::vector<double>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                      [](double s, double t) { return s == t || (std::isnan(s) && std::isnan(t)); });
  };
  return equal(a.data, b.data) && equal(a.mean, b.mean) && equal(a.deviation, b.deviation) && equal(a.low, b.low) &&
         equal(a.high, b.high) && equal(a.p_value, b.p_value) && a.simulations == b.simulations;
}

bool same(const PredictiveCheck& a, const PredictiveCheck& b) {
  bool psths = a.psths_hz.size() == b.psths_hz.size();
  for (std::size_t i = 0; psths && i < a.psths_hz.size(); ++i) psths = same(a.psths_hz[i], b.psths_hz[i]);
  return psths && same(a.rates_hz, b.rates_hz) && same(a.cv, b.cv) && same(a.correlations, b.correlations) &&
         a.pairs == b.pairs && a.psth_edges_ms == b.psth_edges_ms && a.simulations == b.simulations &&
         a.diverged == b.diverged;
}

/// Checks that all simulations have the spikes of the recording.
void check_equal(const PredictiveCheck& check) {
  const auto equal = [](const PredictedValues& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!(values.deviation[i] < 1e-9 && values.low[i] == values.data[i] && values.high[i] == values.data[i]))
        return false;
    return true;
  };
  CHECK(equal(check.rates_hz));
  for (const PredictedValues& psth : check.psths_hz) CHECK(equal(psth));
}

}  // namespace

TEST_CASE("under the model of the recording, p-values are uniform") {
  // Neurons without coupling: the p-values of different neurons, of different bins and, nearly, of different pairs are
  // independent, and each is at most 0.05 with probability 0.05: 9 or more of 40 with 2e-4, 41 of 400 with 1e-5, 75 of
  // 780 with 1e-7.
  const Known fitted{alone(40), constant(0.05), no_stimulus, 5};
  Simulator simulator{trials(fitted.graph, 5), fitted.model, no_stimulus, Seed{1}};
  const auto spikes = simulator.run(500);
  const auto check =
      predictive_check(fitted, spikes, {.simulations = 99, .seed = Seed{1}, .bin_steps = 50, .threads = 2});
  CHECK(check.simulations == 99);
  CHECK(check.diverged == 0);
  REQUIRE(check.rates_hz.size() == 40);
  CHECK(below(check.rates_hz.p_value, 0.05) < 9);
  CHECK(below(check.cv.p_value, 0.05) < 9);
  CHECK(below(check.correlations.p_value, 0.05) < 75);
  REQUIRE(check.psths_hz.size() == 40);
  std::size_t bins = 0;
  for (const PredictedValues& psth : check.psths_hz) {
    REQUIRE(psth.size() == 10);
    bins += below(psth.p_value, 0.05);
  }
  CHECK(bins < 41);
  CHECK(below(check.rates_hz.p_value, 0.5) > 8);  // of Binomial(40, 1/2): as few with 1e-4
  // The mean over 99 simulations of 2500 steps, and the standard deviation: relative errors below 5 / sqrt(2 x 98).
  const double of_rate = std::sqrt(0.05 * 0.95 * 2500.0) / 2.5;
  for (std::size_t i = 0; i < 40; ++i) {
    CHECK(std::abs(check.rates_hz.mean[i] - 50.0) < 5.0 * of_rate / std::sqrt(99.0));
    CHECK(std::abs(check.rates_hz.deviation[i] / of_rate - 1.0) < 0.36);
    // Quantiles 0.025 and 0.975 of a normal variable; their errors are about 2.7 / sqrt(99) deviations.
    CHECK(std::abs((check.rates_hz.low[i] - 50.0) / of_rate + 1.96) < 1.35);
    CHECK(std::abs((check.rates_hz.high[i] - 50.0) / of_rate - 1.96) < 1.35);
  }
  CHECK(check.psth_edges_ms.front() == 0.0);
  CHECK(check.psth_edges_ms.back() == 500.0);
  CHECK(check.pairs.size() == 780);
}

TEST_CASE("another rate, bursts, correlations and a response are found, each by its statistic") {
  // The model: neurons with a rate of 0.05 per step. Neuron 0 has twice the rate, neuron 1 has bursts of three spikes,
  // neurons 2 and 3 spike together, neuron 4 spikes only in the first half of each trial, neurons 5 and 6 are right.
  support::Numbers numbers(6);
  std::vector<Events<>> recordings;
  for (std::uint32_t trial = 0; trial < 10; ++trial) {
    std::vector<BinaryEvent> spikes;
    std::uint32_t burst = 0;
    for (std::uint32_t step = 0; step < 600; ++step) {
      const bool together = numbers.coin(0.05);
      if (burst == 0 && numbers.coin(0.05 / 3)) burst = 3;
      const bool spiked[] = {numbers.coin(0.1),  burst > 0,         together, together, step < 300 && numbers.coin(0.1),
                             numbers.coin(0.05), numbers.coin(0.05)};
      burst -= burst > 0;
      for (std::uint32_t neuron = 0; neuron < 7; ++neuron)
        if (spiked[neuron]) spikes.emplace_back(step, neuron);
    }
    recordings.emplace_back(7, 1.0, trial, 0, 600, spikes);
  }
  const Known fitted{alone(7), constant(0.05), no_stimulus, 0};
  const auto check = predictive_check(fitted, recordings, {.simulations = 199, .seed = Seed{3}, .bin_steps = 60});
  constexpr double least = 1.0 / 200.0;
  CHECK(check.rates_hz.p_value[0] == least);
  CHECK(check.rates_hz.data[0] > check.rates_hz.high[0]);
  CHECK(check.cv.p_value[1] == least);
  for (std::size_t i = 0; i < check.pairs.size(); ++i) {
    const bool together = check.pairs[i] == std::pair{2u, 3u};
    CHECK((check.correlations.p_value[i] == least) == together);
    if (together) CHECK(check.correlations.data[i] == Approx(1.0));
  }
  for (const double p : check.psths_hz[4].p_value) CHECK(p < 0.1);  // 60 spikes or none, where 30 +- 5.3 are expected
  CHECK(check.psths_hz[4].data.back() == 0.0);
  // The others are right: one of 20 p-values is below 0.001 with probability 0.02, with these seeds none.
  for (const std::size_t neuron : {1, 2, 3, 4, 5, 6}) CHECK(check.rates_hz.p_value[neuron] > least);
  for (const std::size_t neuron : {0, 2, 3, 5, 6}) CHECK(check.cv.p_value[neuron] > least);
}

TEST_CASE("the numbers are those of a plain loop over simulations") {
  const auto drive = sinusoid({.amplitude = 2.0f, .period_ms = 60.0});
  const Known fitted{generate::normal({.neurons = 5, .probability = 0.5, .std = 3.0}, Seed{1}),
                     BernoulliGLM{{.theta = 3.0f, .coupling_window = 10}}, drive, 12};
  Simulator source{fitted.graph, fitted.model, drive, Seed{2}};
  const auto whole = source.run(1000);
  // Trials of different lengths, which keep their clocks.
  const auto recordings = trials(whole, {{100, 400}, {450, 700}, {0, 260}}, {.keep_clock = true});
  const auto check =
      predictive_check(fitted, recordings, {.simulations = 7, .seed = Seed{4}, .bin_steps = 20, .interval = 0.5});

  std::vector<Eigen::VectorXd> rates, cvs, correlations_of_2_4, psths_of_3;
  std::vector<double> noise_of_2_4;
  const auto add = [&](const auto& some) {
    Eigen::VectorXd rate = Eigen::VectorXd::Zero(5), cv(5);
    for (const auto& trial : some)
      for (std::size_t i = 0; i < 5; ++i)
        rate[static_cast<Eigen::Index>(i)] += static_cast<double>(trial.counts()[i]) / 0.81;
    for (std::size_t i = 0; i < 5; ++i) cv[static_cast<Eigen::Index>(i)] = intervals(some)[i].cv;
    rates.push_back(rate);
    cvs.push_back(cv);
    correlations_of_2_4.push_back(Eigen::VectorXd::Constant(1, correlations(some, {.bin_steps = 20})(2, 4)));
    noise_of_2_4.push_back(correlations(some, {.bin_steps = 20, .subtract_psth = true})(2, 4));
    const auto psth_of_3 = psth(some, {.bin_steps = 20})[3].rate_hz;
    psths_of_3.push_back(Eigen::Map<const Eigen::VectorXd>(psth_of_3.data(), 15));
  };
  for (std::uint64_t i = 1; i <= 7; ++i) {
    std::vector<Events<>> some;
    for (std::uint64_t trial = 0; trial < 3; ++trial) {
      const Seed seed{detail::mix(detail::mix(detail::mix(4) ^ i) ^ (trial + 1))};
      Simulator simulator{fitted.graph, fitted.model, drive, seed, EigenBackend<>{}, InitialState::silent()};
      simulator.equilibrate(12);
      auto state = simulator.state();
      state[0].step = recordings[trial].first_step();
      state[0].random_step = std::max<std::uint64_t>(12, state[0].step);
      simulator.restore(state);
      some.push_back(simulator.run(recordings[trial].steps()));
    }
    add(some);
  }
  add(recordings);  // the last

  const auto check_values = [](const PredictedValues& values, const std::vector<Eigen::VectorXd>& all) {
    REQUIRE(values.size() == static_cast<std::size_t>(all[0].size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      Eigen::VectorXd of(7);
      for (Eigen::Index j = 0; j < 7; ++j) of[j] = all[static_cast<std::size_t>(j)][static_cast<Eigen::Index>(i)];
      const double data = all[7][static_cast<Eigen::Index>(i)], mean = of.mean();
      REQUIRE(of.allFinite());
      CHECK(std::abs(values.data[i] - data) <= 1e-12 * std::abs(data));
      CHECK(std::abs(values.mean[i] - mean) < 1e-10);
      CHECK(std::abs(values.deviation[i] - std::sqrt((of.array() - mean).square().sum() / 6.0)) < 1e-10);
      const double centre = (of.sum() + data) / 8.0;
      int extreme = 1;
      for (const double value : of) extreme += std::abs(value - centre) > std::abs(data - centre) - 1e-9;
      CHECK(values.p_value[i] == extreme / 8.0);
      std::sort(of.begin(), of.end());
      CHECK(std::abs(values.low[i] - 0.5 * (of[1] + of[2])) < 1e-10);  // a quarter of six intervals
      CHECK(std::abs(values.high[i] - 0.5 * (of[4] + of[5])) < 1e-10);
      CHECK(values.simulations[i] == 7);
    }
  };
  check_values(check.rates_hz, rates);
  check_values(check.cv, cvs);
  REQUIRE(check.pairs[8] == std::pair{2u, 4u});
  CHECK(check.correlations.data[8] == correlations_of_2_4[7][0]);
  double mean = 0.0;
  for (std::size_t i = 0; i < 7; ++i) mean += correlations_of_2_4[i][0] / 7.0;
  CHECK(std::abs(check.correlations.mean[8] - mean) < 1e-12);
  check_values(check.psths_hz[3], psths_of_3);

  const auto noise = predictive_check(
      fitted, recordings, {.simulations = 7, .seed = Seed{4}, .bin_steps = 20, .subtract_psth = true, .interval = 0.5});
  CHECK(noise.correlations.data[8] == noise_of_2_4[7]);
  double of_noise = 0.0;
  for (std::size_t i = 0; i < 7; ++i) of_noise += noise_of_2_4[i] / 7.0;
  CHECK(std::abs(noise.correlations.mean[8] - of_noise) < 1e-12);
}

TEST_CASE("results do not depend on the number of threads") {
  const Known fitted{generate::normal({.neurons = 8, .probability = 0.3, .std = 2.0}, Seed{1}),
                     BernoulliGLM{{.theta = 3.0f}}, no_stimulus, 20};
  Simulator simulator{trials(fitted.graph, 3), fitted.model, no_stimulus, Seed{1}};
  const auto spikes = simulator.run(300);
  const auto one = predictive_check(fitted, spikes, {.simulations = 10, .seed = Seed{1}, .bin_steps = 10});
  for (const int threads : support::thread_counts())
    CHECK(same(one, predictive_check(fitted, spikes,
                                     {.simulations = 10, .seed = Seed{1}, .bin_steps = 10, .threads = threads})));
  CHECK_FALSE(same(one, predictive_check(fitted, spikes, {.simulations = 10, .seed = Seed{2}, .bin_steps = 10})));
}

TEST_CASE("simulations have the stimulus of the recording: its trials, clocks, network ids and seed") {
  const auto graph = alone(4);
  SECTION("random pulses") {
    const auto pulses = poisson_pulses({.strength = enough, .mean_interval_steps = 30.0f, .pulse_steps = 3});
    const Known fitted{graph, follows, pulses, 10};
    Simulator simulator{trials(graph, 3), follows, pulses, Seed{7}, EigenBackend<>{.first_network = 5}};
    const auto spikes = simulator.run(200);
    REQUIRE(spikes[0].counts()[0] > 0);
    check_equal(predictive_check(fitted, spikes, {.simulations = 3, .stimulus_seed = Seed{7}, .bin_steps = 1}));
    const auto other = predictive_check(fitted, spikes, {.simulations = 3, .stimulus_seed = Seed{8}, .bin_steps = 1});
    CHECK(other.psths_hz[0].mean != other.psths_hz[0].data);
    CHECK_THROWS_AS(predictive_check(fitted, spikes, {.simulations = 3, .bin_steps = 1}), InvalidArgument);
  }
  SECTION("a matrix for each trial") {
    support::Numbers numbers(2);
    std::vector<Eigen::MatrixXf> matrices(2, Eigen::MatrixXf::Zero(4, 100));
    for (Eigen::MatrixXf& matrix : matrices)
      for (float& value : matrix.reshaped()) value = numbers.coin(0.2) ? enough : 0.0f;
    const Known fitted{graph, follows, recorded(matrices), 10};
    Simulator simulator{trials(graph, 2), follows, recorded(matrices), Seed{7}};
    const auto spikes = simulator.run(100);
    check_equal(predictive_check(fitted, spikes, {.simulations = 3, .bin_steps = 1}));
    std::swap(matrices[0], matrices[1]);
    const auto swapped = predictive_check(fitted, recorded(matrices), spikes, {.simulations = 3, .bin_steps = 1});
    CHECK(swapped.rates_hz.mean == swapped.rates_hz.data);  // over both trials
    const Known shorter{graph, follows, recorded(Eigen::MatrixXf{matrices[0].leftCols(90)}), 10};
    CHECK_THROWS_WITH(predictive_check(shorter, spikes, {.simulations = 3, .bin_steps = 1}),
                      "the stimulus has values for steps [0, 90), but trial 0 has steps [0, 100)");
  }
  SECTION("functions of step and neuron") {
    const auto drive = [](std::uint64_t step, std::uint32_t neuron) {
      return step % (5 + neuron) == 0 ? enough : 0.0f;
    };
    const Known fitted{graph, follows, function(drive), 10};
    Simulator simulator{graph, follows, drive, Seed{7}};
    const auto whole = simulator.run(1000);
    const auto spikes = trials(whole, {{3, 100}, {777, 900}, {500, 520}}, {.keep_clock = true});
    check_equal(predictive_check(fitted, spikes, {.simulations = 3, .bin_steps = 1}));
    check_equal(predictive_check(fitted, drive, spikes, {.simulations = 3, .bin_steps = 1}));
    const auto single = predictive_check(fitted, part(whole, {333, 888}), {.simulations = 3, .bin_steps = 1});
    check_equal(single);
    CHECK(single.psths_hz.empty());
    CHECK(single.psth_edges_ms.empty());
  }
}

TEST_CASE("a trial starts from the initial state, after the steps of equilibration") {
  // Neuron 0 excites itself: once it spikes, it spikes in every step.
  EdgeList<> edges{1};
  edges.add(0, 0, enough);
  const Known fitted{Graph<>{edges},
                     BernoulliGLM{{.theta = 200.0f, .coupling_window = 1, .abs_ref_steps = 0, .rel_ref_steps = 0}},
                     no_stimulus, 5};
  const std::vector silent{Events<>{1, 1.0, 0, 0, 50, {}}, Events<>{1, 1.0, 1, 0, 50, {}}};
  const PredictiveCheckOptions quiet{.simulations = 40, .bin_steps = 10};
  const auto check = predictive_check(fitted, silent, quiet);
  CHECK(check.rates_hz.high[0] == 0.0);
  CHECK(check.rates_hz.p_value[0] == 1.0);
  PredictiveCheckOptions volley = quiet;
  volley.initial = InitialState::volley();  // half of the trials
  const auto loud = predictive_check(fitted, silent, volley);
  CHECK(loud.rates_hz.high[0] == 1000.0);
  CHECK(loud.rates_hz.low[0] == 0.0);
  // In the first step after a spike in step -1, but not after one of equilibration, a neuron is refractory.
  const Known refractory{
      alone(1), BernoulliGLM{{.theta = -900.0f, .abs_ref_steps = 9, .abs_ref_strength = -2000.0f, .rel_ref_steps = 0}},
      no_stimulus, 3};
  for (const std::uint64_t steps : {0, 3, 14}) {  // it spikes in the first step of equilibration, and every 10 steps
    PredictiveCheckOptions options = quiet;
    options.equilibration_steps = steps;
    options.bin_steps = 1;
    const auto psth = predictive_check(refractory, silent, options).psths_hz[0].mean;
    for (std::size_t step = 0; step < 50; ++step) CHECK(psth[step] == ((step + steps) % 10 == 0 ? 1000.0 : 0.0));
  }
}

TEST_CASE("simulations that diverge are counted and left out") {
  EdgeList<> edges{2};
  edges.add(0, 0, 6.0f);  // most spikes lead to divergence; half of the simulations have none
  const Known fitted{Graph<>{edges}, PoissonGLM{{.alpha = 300.0f, .tau = 2.0f, .T = 4}}, no_stimulus, 0};
  const Events<CountEvent> spikes{2, 1.0, 0, 0, 200, {{5, 0, 1}, {90, 1, 1}, {150, 0, 1}, {170, 1, 2}}};
  const auto check = predictive_check(fitted, spikes, {.simulations = 50, .seed = Seed{1}, .bin_steps = 10});
  int diverged = 0;
  for (std::uint64_t i = 1; i <= 50; ++i) {
    Simulator simulator{fitted.graph,     fitted.model,
                        no_stimulus,      Seed{detail::mix(detail::mix(detail::mix(1) ^ i) ^ 1)},
                        EigenBackend<>{}, InitialState::silent()};
    try {
      simulator.run(200);
    } catch (const Divergence&) {
      ++diverged;
    }
  }
  CHECK(check.diverged == diverged);
  CHECK(check.diverged > 0);
  CHECK(check.simulations == 50 - diverged);
  CHECK(check.simulations > 0);
  CHECK(check.rates_hz.simulations[0] == check.simulations);
  CHECK(check.cv.simulations[1] < check.simulations);  // some have no interval

  edges.add(1, 1, 6.0f);
  const Known always{Graph<>{edges}, PoissonGLM{{.alpha = 1.0f, .tau = 2.0f, .T = 4}}, no_stimulus, 20};
  const auto none = predictive_check(always, spikes, {.simulations = 3, .bin_steps = 10});
  CHECK(none.diverged == 3);
  CHECK(none.simulations == 0);
  CHECK(none.rates_hz.data[0] == 10.0);
  for (const auto* values : {&none.rates_hz.mean, &none.rates_hz.deviation, &none.rates_hz.low, &none.rates_hz.p_value})
    CHECK(std::isnan((*values)[0]));
}

TEST_CASE("values that are not defined are left out of pictures") {
  PredictedValues values{.data = {1.0, NAN, 3.0},
                         .mean = {1.5, 2.0, NAN},
                         .deviation = {0.5, 0.1, NAN},
                         .low = {1.0, 2.0, NAN},
                         .high = {2.0, 2.0, NAN},
                         .p_value = {0.5, NAN, NAN},
                         .simulations = {4, 4, 0}};
  const PredictedValues some = values.defined();
  CHECK(some.data == std::vector{1.0});
  CHECK(some.mean == std::vector{1.5});
  CHECK(some.high == std::vector{2.0});
  CHECK(some.simulations == std::vector{4});
  CHECK(some.band() == std::vector{1.0});
  CHECK(some.band(1.0) == std::vector{0.5});
}

TEST_CASE("a fit is checked against its recording, and with the recording family") {
  const auto drive = sinusoid({.amplitude = 1.0, .period_ms = 40.0});
  const auto graph = recordings::network(5, 2.0);
  Simulator simulator{trials(graph, 4), recordings::binary_family, drive, Seed{2}};
  const auto spikes = simulator.run(1000);
  const auto fitted = fit(recordings::binary_family, drive, spikes, {.own_history = false});
  const auto check = predictive_check(fitted, spikes, {.simulations = 19, .seed = Seed{1}, .bin_steps = 10});
  CHECK(check.diverged == 0);
  // Rates of a fit to the same recording differ less than by chance: of five, two at the least p-value of 1/20 have a
  // probability below 0.03.
  CHECK(below(check.rates_hz.p_value, 0.05) < 2);
  const auto of_counts =
      predictive_check(fitted, binned(spikes, 1), {.simulations = 19, .seed = Seed{1}, .bin_steps = 10});
  CHECK(same(check, of_counts));
  const auto flexible = fit(recording_family(1.0), spikes);
  CHECK(predictive_check(flexible, spikes, {.simulations = 2, .bin_steps = 10}).rates_hz.size() == 5);
}

TEST_CASE("invalid options and recordings are refused by name") {
  const Known fitted{alone(2), constant(0.1), no_stimulus, 0};
  const Events<> spikes{2, 1.0, 0, 0, 100, {{3, 1}}};
  CHECK_THROWS_WITH(predictive_check(fitted, spikes, {.simulations = 0, .bin_steps = 10}),
                    "simulations = 0 must be at least 1");
  CHECK_THROWS_WITH(predictive_check(fitted, spikes, {.bin_steps = 10, .interval = 1.0}),
                    "interval = 1 must be above 0 and below 1");
  CHECK_THROWS_WITH(predictive_check(fitted, spikes, {.bin_steps = 10, .threads = 0}),
                    "threads = 0 must be at least 1");
  CHECK_THROWS_WITH(predictive_check(fitted, spikes), "bin_steps = 0 must be at least 1");
  CHECK_THROWS_WITH(predictive_check(fitted, Events<>{3, 1.0, 0, 0, 100, {}}, {.bin_steps = 10}),
                    "a recording of 3 neurons does not fit a network of 2");
  CHECK_THROWS_WITH(predictive_check(fitted, Events<>{2, 0.5, 0, 0, 100, {}}, {.bin_steps = 10}),
                    "a recording in steps of 0.5 ms does not fit a model in steps of 1 ms");
}
