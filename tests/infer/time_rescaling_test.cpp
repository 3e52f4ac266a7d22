// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/time_rescaling.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/graph/edge_list.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/simulate/select.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
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

/// Neurons that spike with the same probability in every step.
BernoulliGLM constant(double p) {
  return BernoulliGLM{{.theta = std::log(1.0 / p - 1.0), .abs_ref_steps = 0, .rel_ref_steps = 0}};
}

const Graph<>& pair() {
  static const Graph graph{EdgeList<>{2}};
  return graph;
}

/// Trials of two neurons, each with a spike in a step with its probability.
BatchEvents<> coins(std::size_t trials, std::uint32_t steps, double first, double second, std::uint64_t seed) {
  support::Numbers numbers(seed);
  std::vector<Events<>> result;
  for (std::uint32_t trial = 0; trial < trials; ++trial) {
    std::vector<BinaryEvent> spikes;
    for (std::uint32_t step = 0; step < steps; ++step)
      for (std::uint32_t neuron = 0; neuron < 2; ++neuron)
        if (numbers.coin(neuron == 0 ? first : second)) spikes.emplace_back(step, neuron);
    result.emplace_back(2, 1.0, trial, 0, steps, spikes);
  }
  return BatchEvents{std::move(result)};
}

/// A trial of two neurons, in which neuron 0 spikes with these intervals and neuron 1 is silent.
Events<> with_intervals(const std::vector<std::uint32_t>& intervals, std::uint32_t network = 0) {
  std::uint32_t step = 3;
  std::vector<BinaryEvent> spikes{{step, 0}};
  for (const std::uint32_t interval : intervals) spikes.emplace_back(step += interval, 0u);
  return {2, 1.0, network, 0, step + 1, spikes};
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

TEST_CASE("intervals of trials are pooled: at a constant rate they are uniform and independent") {
  // The 1 - 1e-4 quantile of Kolmogorov's distribution is 2.23, and a normal deviate is below 3.9 in size. Two neurons.
  const auto trials = coins(60, 400, 0.05, 0.6, 5);
  for (const auto& [first, second] : {std::pair{0.05, 0.6}, std::pair{0.06, 0.5}}) {
    std::vector<RescaledIntervals> each;
    for (const double p : {first, second})
      each.push_back(time_rescaling(pair(), constant(p), no_stimulus, trials, Seed{1})[each.size()]);
    for (const auto& neuron : each) {
      CHECK(neuron.successive.standard_error == 1.0 / std::sqrt(static_cast<double>(neuron.successive.pairs)));
      CHECK(std::abs(neuron.successive.correlation) < 3.9 * neuron.successive.standard_error);
      CHECK(neuron.successive.p_value > 1e-4);
      if (first == 0.05) {
        CHECK(neuron.statistic < 2.23 / detail::stephens(neuron.intervals.size()));
      } else {  // the model has another rate
        CHECK(neuron.statistic > 1.3 * neuron.bound());
        CHECK(neuron.p_value < 1e-3);
      }
    }
  }
}

TEST_CASE("trials give the same intervals one by one, and the tests are those of plain loops") {
  const PoissonGLM model{{.r = 0.1f, .alpha = 33.0f}};
  const auto drive = poisson_pulses({.strength = 1.0f, .mean_interval_steps = 60.0f, .pulse_steps = 20});
  Simulator simulator{trials(network(), 6), model, drive, Seed{2}, EigenBackend<>{.first_network = 3}};
  simulator.run(40);
  const auto recorded = simulator.run(500);  // from step 40 on
  const auto pooled = time_rescaling(network(), model, drive, recorded, Seed{2});
  std::vector<std::vector<double>> all(20), deviates(20);
  std::vector<std::vector<std::size_t>> ends(20);
  for (std::size_t trial = 0; trial < 6; ++trial) {
    const auto single = time_rescaling(network(), model, drive, recorded[trial], Seed{2});
    for (std::size_t neuron = 0; neuron < 20; ++neuron) {
      const auto& some = single[neuron].in_order;
      all[neuron].insert(all[neuron].end(), some.begin(), some.end());
      ends[neuron].push_back(all[neuron].size());
    }
  }
  for (std::size_t neuron = 0; neuron < 20; ++neuron) {
    const auto& check = pooled[neuron];
    CHECK(check.in_order == all[neuron]);
    CHECK(check.trial_ends == ends[neuron]);
    auto sorted = all[neuron];
    std::sort(sorted.begin(), sorted.end());
    CHECK(check.intervals == sorted);
    const auto n = static_cast<double>(sorted.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      CHECK(check.model_quantiles()[i] == (static_cast<double>(i) + 0.5) / n);
      // The empirical distribution jumps at sorted[i].
      for (const std::size_t below : {i, i + 1})
        largest = std::max(largest, std::abs(static_cast<double>(below) / n - sorted[i]));
    }
    CHECK(std::abs(check.statistic - largest) < 1e-12);

    Eigen::Index pairs = 0;
    Eigen::MatrixX2d values(static_cast<Eigen::Index>(sorted.size()), 2);
    for (std::size_t trial = 0; trial < 6; ++trial)
      for (std::size_t i = trial == 0 ? 0 : ends[neuron][trial - 1]; i + 1 < ends[neuron][trial]; ++i) {
        for (const std::size_t which : {0, 1}) {
          double low = -9.0, high = 9.0;  // bisection
          for (int halved = 0; halved < 60; ++halved) {
            const double middle = 0.5 * (low + high);
            (0.5 * std::erfc(-middle / std::sqrt(2.0)) < all[neuron][i + which] ? low : high) = middle;
          }
          values(pairs, static_cast<Eigen::Index>(which)) = low;
        }
        ++pairs;
      }
    REQUIRE(check.successive.pairs == static_cast<std::uint64_t>(pairs));
    const Eigen::MatrixX2d centred = values.topRows(pairs).rowwise() - values.topRows(pairs).colwise().mean();
    const double r = centred.col(0).dot(centred.col(1)) / centred.col(0).norm() / centred.col(1).norm();
    CHECK(std::abs(check.successive.correlation - r) < 1e-6);
    CHECK(std::abs(check.successive.p_value -
                   std::erfc(std::abs(r) * std::sqrt(static_cast<double>(pairs)) / std::sqrt(2.0))) < 1e-5);
  }
  CHECK(within(pooled) >= 15);  // as above
  // Each trial has its own pulses: with those of another seed, the model is wrong.
  CHECK(time_rescaling(network(), model, drive, recorded, Seed{3})[0].in_order != pooled[0].in_order);
}

TEST_CASE("each trial has its own matrix of a recorded stimulus") {
  const BernoulliGLM model{{.theta = 2.0f}};
  const std::vector<Eigen::MatrixXf> matrices{Eigen::MatrixXf::Constant(20, 300, 1.0f),
                                              Eigen::MatrixXf::Constant(20, 300, -1.0f)};
  Simulator simulator{trials(network(), 2), model, recorded(matrices), Seed{2}};
  const auto spikes = simulator.run(300);
  const auto pooled = time_rescaling(network(), model, recorded(matrices), spikes, Seed{2});
  for (std::size_t trial = 0; trial < 2; ++trial) {
    const auto single = time_rescaling(network(), model, recorded(matrices[trial]), spikes[trial], Seed{2});
    const auto begin = pooled[4].in_order.begin() + (trial == 0 ? 0 : pooled[4].trial_ends[0]);
    CHECK(single[4].in_order == std::vector<double>(begin, begin + single[4].in_order.size()));
  }
}

TEST_CASE("intervals that alternate between long and short have a negative correlation") {
  std::vector<std::uint32_t> intervals;
  support::Numbers numbers(4);
  for (int i = 0; i < 100; ++i)
    intervals.push_back((i % 2 == 0 ? 4 : 40) + static_cast<std::uint32_t>(numbers.below(4)));
  const auto check = time_rescaling(pair(), constant(1.0 / 24), no_stimulus, with_intervals(intervals), Seed{1});
  CHECK(check[0].successive.pairs == 99);
  CHECK(check[0].successive.correlation < -0.9);
  CHECK(check[0].successive.p_value < 1e-12);
  CHECK(check[1].successive.pairs == 0);
  CHECK(std::isnan(check[1].successive.correlation));
  CHECK(std::isnan(check[1].successive.p_value));

  // The same intervals, two in a trial: the only pair is long after short.
  std::vector<Events<>> trials;
  for (std::uint32_t trial = 0; trial < 50; ++trial)
    trials.push_back(with_intervals({intervals[2 * trial], intervals[2 * trial + 1]}, trial));
  const auto pooled = time_rescaling(pair(), constant(1.0 / 24), no_stimulus, BatchEvents{trials}, Seed{1});
  CHECK(pooled[0].intervals.size() == 100);
  CHECK(pooled[0].successive.pairs == 50);
  CHECK(pooled[0].successive.p_value > 1e-4);  // in each place of the pair, intervals are independent
}

TEST_CASE("steps in which a spike is impossible or certain count correctly") {
  // After a spike, four steps with probability 0; then probability 1.
  const BernoulliGLM clock{{.theta = -900.0f, .abs_ref_steps = 4, .abs_ref_strength = -2000.0f, .rel_ref_steps = 0}};
  Simulator simulator{pair(), clock, no_stimulus, Seed{1}};
  const auto spikes = simulator.run(10'000);
  REQUIRE(spikes.total() >= 2 * 1999);
  for (const auto& each : time_rescaling(pair(), clock, no_stimulus, spikes, Seed{1})) {
    CHECK(each.intervals.front() > 0.0);
    CHECK(each.intervals.back() < 1.0);
    CHECK(each.statistic < 2.23 / detail::stephens(each.intervals.size()));  // with 1 - 1e-4, as above
    CHECK(std::abs(each.successive.correlation) < 3.9 * each.successive.standard_error);
  }
  // Impossible spikes have intervals of 0; certain spikes that are missing make an interval infinite.
  const auto check = time_rescaling(pair(), clock, no_stimulus, with_intervals({2, 3, 6, 5}), Seed{1});
  CHECK(check[0].in_order[0] == 0.0);
  CHECK(check[0].in_order[1] == 0.0);
  CHECK(check[0].in_order[2] == 1.0);
  CHECK(check[0].in_order[3] > 0.0);
  CHECK(check[0].in_order[3] < 1.0);
  CHECK(std::isfinite(check[0].successive.correlation));

  // The steps of a refractory period have no length.
  const BernoulliGLM refractory{{.theta = 2.0f, .abs_ref_steps = 4, .abs_ref_strength = -1000.0f, .rel_ref_steps = 0}};
  const BernoulliGLM without{{.theta = 2.0f, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  // The places of spikes within their steps are the same in both.
  const double p = 1.0 / (1.0 + std::exp(2.0)), length = -std::log1p(-p);
  const auto spaced = time_rescaling(pair(), refractory, no_stimulus, with_intervals({9, 20}), Seed{1})[0].in_order;
  const auto plain = time_rescaling(pair(), without, no_stimulus, with_intervals({9, 20}), Seed{1})[0].in_order;
  for (std::size_t i = 0; i < 2; ++i)
    CHECK(std::abs(std::log1p(-spaced[i]) - std::log1p(-plain[i]) - 4.0 * length) < 1e-5);
}

TEST_CASE("recordings of counts are checked by a binary model if no count is above 1, and others by any") {
  const auto binary = coins(3, 300, 0.1, 0.2, 7);
  const auto counts = binned(binary, 1);
  const auto model = constant(0.15);
  const auto expected = time_rescaling(pair(), model, no_stimulus, binary, Seed{1});
  CHECK(time_rescaling(pair(), model, no_stimulus, counts, Seed{1})[1].in_order == expected[1].in_order);
  CHECK(time_rescaling(pair(), model, no_stimulus, counts[2], Seed{1})[0].in_order ==
        time_rescaling(pair(), model, no_stimulus, binary[2], Seed{1})[0].in_order);
  const PoissonGLM poisson{{.alpha = 10.0f}};
  CHECK(time_rescaling(pair(), poisson, no_stimulus, counts, Seed{1})[1].in_order ==
        time_rescaling(pair(), poisson, no_stimulus, binary, Seed{1})[1].in_order);
  const Events<CountEvent> twice{2, 1.0, 5, 100, 10, {{3, 1, 2}}};
  CHECK_THROWS_WITH(time_rescaling(pair(), model, no_stimulus, twice, Seed{1}),
                    "network 5, step 103, neuron 1: a binary recording cannot hold 2 spikes (1 such events in all); "
                    "shorten dt, or use `clipped` to count one of them");
}

TEST_CASE("a trial that does not fit the network is named") {
  const BatchEvents trials{std::vector{with_intervals({3}), Events<>(3, 1.0)}};
  CHECK_THROWS_WITH(time_rescaling(pair(), constant(0.1), no_stimulus, trials, Seed{1}),
                    "network 1: a recording of 3 neurons does not fit a network of 2");
}

TEST_CASE("normal deviates are those of tables, and finite at 0 and 1") {
  CHECK(std::abs(detail::normal_deviate(0.5)) < 1e-7);
  CHECK(std::abs(detail::normal_deviate(0.975) - 1.959963984540054) < 1e-7);
  CHECK(std::abs(detail::normal_deviate(0.01) + 2.3263478740408408) < 1e-7);
  CHECK(std::abs(detail::normal_deviate(1e-9) + 5.997807015008182) < 1e-7);
  CHECK(std::abs(detail::normal_deviate(0.0) + 8.2095361516013) < 1e-6);
  CHECK(std::abs(detail::normal_deviate(1.0) - 8.2095361516013) < 1e-6);
  for (double u = 0.001; u < 1.0; u += 0.001)
    CHECK(std::abs(0.5 * std::erfc(-detail::normal_deviate(u) / std::sqrt(2.0)) - u) < 1e-8);
}
