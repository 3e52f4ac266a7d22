// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/analysis/intervals.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "../support.hpp"

using namespace spikeometric;

namespace {

/// A recording of neurons that spike in the given steps.
Events<CountEvent> recording(const std::vector<std::vector<std::uint32_t>>& trains, std::uint32_t steps,
                             double dt_ms = 1.0) {
  std::vector<std::vector<CountEvent>> by_step(steps);
  for (std::uint32_t neuron = 0; neuron < trains.size(); ++neuron)
    for (const std::uint32_t step : trains[neuron]) {
      auto& events = by_step[step];
      if (!events.empty() && events.back().neuron == neuron)
        ++events.back().count;
      else
        events.emplace_back(0, neuron, 1);
    }
  Events<CountEvent> events{trains.size(), dt_ms, 0, 1000};
  for (const auto& step : by_step) events.append(1, step);
  return events;
}

std::vector<std::uint32_t> every(std::uint32_t period, std::uint32_t end) {
  std::vector<std::uint32_t> steps;
  for (std::uint32_t step = 3; step < end; step += period) steps.push_back(step);
  return steps;
}

bool is_close(double value, double expected) { return std::abs(value - expected) <= 1e-14 * expected; }

}  // namespace

TEST_CASE("a regular train has the mean interval of its period, and a CV of exactly 0") {
  const std::uint32_t period = GENERATE(1, 7, 9973);
  const auto each = intervals(recording({every(period, 100'000)}, 100'000, 0.1));
  REQUIRE(each.size() == 1);
  CHECK(each[0].count == (100'000 - 4) / period);
  CHECK(is_close(each[0].mean_ms, 0.1 * period));
  CHECK(each[0].cv == 0.0);
}

TEST_CASE("mean and CV of a small train are those computed by hand") {
  // Intervals 2, 4, 9: mean 5, variance (9 + 1 + 16) / 3. Intervals 1, 3: mean 2, standard deviation 1.
  const auto each = intervals(recording({{1, 3, 7, 16}, {}, {5, 6, 9}, {8}, {2, 4}}, 20, 0.5));
  REQUIRE(each.size() == 5);
  CHECK((each[0].count == 3 && is_close(each[0].mean_ms, 2.5)));
  CHECK(is_close(each[0].cv, std::sqrt(26.0 / 3.0) / 5.0));
  CHECK((each[2].count == 2 && is_close(each[2].mean_ms, 1.0) && is_close(each[2].cv, 0.5)));
  CHECK((each[4].count == 1 && is_close(each[4].mean_ms, 1.0) && each[4].cv == 0.0));
  for (const std::size_t neuron : {1, 3})
    CHECK((each[neuron].count == 0 && std::isnan(each[neuron].mean_ms) && std::isnan(each[neuron].cv)));
}

TEST_CASE("several spikes in one step have intervals of 0") {
  const auto each = intervals(recording({{4, 4, 6}, {3, 3}}, 10));  // intervals 0, 2; and 0
  CHECK((each[0].count == 2 && each[0].mean_ms == 1.0 && each[0].cv == 1.0));
  CHECK((each[1].count == 1 && each[1].mean_ms == 0.0 && std::isnan(each[1].cv)));
}

TEST_CASE("intervals of trials are taken together, and none extends over two trials") {
  // Neuron 0: 2, 4; none; 9: as by hand above. Neuron 1: none; 1; 3. Neuron 2: one spike in each trial.
  const std::vector trials{recording({{1, 3, 7}, {9}, {4}}, 10, 0.5), recording({{5}, {2, 3}, {0}}, 10, 0.5),
                           recording({{0, 9}, {4, 7}, {9}}, 10, 0.5)};
  const auto each = intervals(trials);
  CHECK((each[0].count == 3 && is_close(each[0].mean_ms, 2.5)));
  CHECK(is_close(each[0].cv, std::sqrt(26.0 / 3.0) / 5.0));
  CHECK((each[1].count == 2 && is_close(each[1].mean_ms, 1.0) && is_close(each[1].cv, 0.5)));
  CHECK((each[2].count == 0 && std::isnan(each[2].cv)));
  CHECK(intervals(BatchEvents{trials})[0].cv == each[0].cv);
  check_message<InvalidArgument>(
      [&] {
        (void)intervals(std::vector{trials[0], recording({{1}}, 10, 0.5)});
      },
      {"trial 1 has 1 neurons"});
}

TEST_CASE("a mean over neurons leaves out those with too few intervals, and counts them") {
  // Neuron 0: CV 0.5, mean 2 steps. Neuron 1: CV 0, mean 5. Neuron 2: one interval. Neuron 3: none.
  const auto each = intervals(recording({{0, 1, 4}, {0, 5, 10}, {0, 7}, {9}}, 20, 0.5));
  const MeanIntervals all = mean_intervals(each, {.min_intervals = 2});
  CHECK((all.neurons == 2 && all.excluded == 2));
  CHECK((is_close(all.cv, 0.25) && is_close(all.mean_ms, 1.75)));
  const MeanIntervals some = mean_intervals(each, neurons({1, 2}), {.min_intervals = 1});
  CHECK((some.neurons == 2 && some.excluded == 0 && some.cv == 0.0 && is_close(some.mean_ms, 3.0)));
  const MeanIntervals none = mean_intervals(each);
  CHECK((none.neurons == 0 && none.excluded == 4 && std::isnan(none.cv) && std::isnan(none.mean_ms)));

  Populations populations{4};
  populations.add("late", neurons(2, 4));
  populations.add("early", neurons(0, 2));
  const auto by_population = mean_intervals(each, populations, {.min_intervals = 2});
  REQUIRE(by_population.size() == 2);
  CHECK((by_population[0].neurons == 0 && by_population[0].excluded == 2));
  CHECK((by_population[1].neurons == 2 && by_population[1].cv == all.cv));
}

TEST_CASE("means over neurons that do not exist, or over neurons without intervals, are refused") {
  const auto each = intervals(recording({{0, 1, 4}, {0, 5, 10}}, 20));
  check_message<InvalidArgument>([&] { (void)mean_intervals(each, neurons(1, 3)); }, {"neuron 2", "2 neurons"});
  check_message<InvalidArgument>([&] { (void)mean_intervals(each, {.min_intervals = 0}); },
                                 {"min_intervals = 0 must be at least 1"});
}

TEST_CASE("spikes with probability p in each step have geometric intervals, with mean 1 / p and CV sqrt(1 - p)") {
  const double p = GENERATE(0.02, 0.3, 0.9);
  support::Numbers numbers{17};
  std::vector<std::vector<std::uint32_t>> trains(20);
  const std::uint32_t steps = 50'000;
  for (auto& train : trains)
    for (std::uint32_t step = 0; step < steps; ++step)
      if (numbers.coin(p)) train.push_back(step);
  const auto each = intervals(recording(trains, steps));

  // Moments of the geometric distribution, in units of its mean; delta method for the variance of a CV of n intervals.
  const double variance = 1 - p, third = (1 - p) * (2 - p), fourth = variance * variance * (9 + p * p / (1 - p));
  const double of_cv = (fourth - variance * variance) / (4 * variance) + variance * variance - third;
  for (const Intervals& of : each) {
    const auto n = static_cast<double>(of.count);
    CHECK(sigmas(of.mean_ms * p, 1.0, variance, n) < 5);
    CHECK(sigmas(of.cv, std::sqrt(1 - p), of_cv, n) < 5);
  }
  const auto n = p * steps * static_cast<double>(trains.size());
  const MeanIntervals mean = mean_intervals(each);
  CHECK(mean.neurons == trains.size());
  CHECK(std::abs(mean.cv - std::sqrt(1 - p)) < 5 * std::sqrt(of_cv / n) + 1.5 / (p * steps));
}
