// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/analysis/psth.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "../support.hpp"
#include "recordings.hpp"

using namespace spikeometric;

namespace {

using Recording = Events<CountEvent>;

bool is_close(double value, double expected) {
  return std::abs(value - expected) <= 1e-12 * std::abs(expected) + 1e-12;
}

/// The counts of some neurons in steps [first, first + width), one for each window, and what follows from them.
struct Plain {
  std::vector<double> counts;
  double neurons, seconds;

  Plain(const std::vector<std::pair<const Recording*, std::uint64_t>>& windows, const std::vector<int>& neurons,
        std::uint64_t width)
      : neurons(double(neurons.size())), seconds(double(width) * windows[0].first->dt_ms() / 1000) {
    for (const auto& [recording, first] : windows) {
      const Eigen::MatrixXi dense = recording->to_dense();
      counts.push_back(0);
      for (const int neuron : neurons)
        for (std::uint64_t step = first; step < first + width; ++step)
          counts.back() += dense(neuron, Eigen::Index(step));
    }
  }
  double mean() const {
    double sum = 0;
    for (const double count : counts) sum += count;
    return sum / double(counts.size());
  }
  double rate_hz() const { return mean() / neurons / seconds; }
  double error_hz() const {
    double squares = 0;
    for (const double count : counts) squares += (count - mean()) * (count - mean());
    return std::sqrt(squares / double(counts.size() - 1) / double(counts.size())) / neurons / seconds;
  }
};

}  // namespace

TEST_CASE("a PSTH has the rates, errors and numbers of trials that a plain count has") {
  support::Numbers numbers{3};
  std::vector<Recording> trials;
  for (const std::uint32_t steps : {57, 40, 64, 3, 57})
    trials.push_back(random_recording(numbers, 6, steps, 0.5, 100 * trials.size()));
  Populations populations{6};
  populations.add("late", neurons({3, 5}));
  populations.add("early", neurons(0, 3));

  const std::uint64_t width = GENERATE(4, 7, 64);
  const auto each = psth(trials, {.bin_steps = width});
  const Psth some = psth(trials, neurons({0, 4, 5}), {.bin_steps = width});
  const auto by_population = psth(BatchEvents{trials}, populations, {.bin_steps = width});
  REQUIRE((each.size() == 6 && by_population.size() == 2));

  const auto check = [&](const Psth& psth, const std::vector<int>& neurons) {
    const std::size_t bins = 64 / width;
    REQUIRE((psth.rate_hz.size() == bins && psth.error_hz.size() == bins && psth.trials.size() == bins));
    REQUIRE(psth.edges_ms.size() == bins + 1);
    CHECK(psth.left_out == (width == 64 ? 4 : 1));
    for (std::size_t bin = 0; bin < bins; ++bin) {
      std::vector<std::pair<const Recording*, std::uint64_t>> windows;
      for (const Recording& trial : trials)
        if ((bin + 1) * width <= trial.steps()) windows.emplace_back(&trial, bin * width);
      const Plain plain{windows, neurons, width};
      CHECK(psth.edges_ms[bin] == 0.5 * double(bin * width));
      CHECK(psth.trials[bin] == windows.size());
      CHECK(is_close(psth.rate_hz[bin], plain.rate_hz()));
      if (windows.size() == 1)
        CHECK(std::isnan(psth.error_hz[bin]));
      else
        CHECK(is_close(psth.error_hz[bin], plain.error_hz()));
    }
    CHECK(psth.edges_ms[bins] == 0.5 * double(bins * width));
  };
  for (int neuron = 0; neuron < 6; ++neuron) check(each[std::size_t(neuron)], {neuron});
  check(some, {0, 4, 5});
  check(by_population[0], {3, 5});
  check(by_population[1], {0, 1, 2});
}

TEST_CASE("a PSTH around events has the rates and errors that a plain count has, for events in any order") {
  support::Numbers numbers{5};
  const Recording recording = random_recording(numbers, 4, 200, 2.0, 1000);
  const std::vector<std::uint64_t> events{1150, 1012, 1009, 1150, 999, 1188, 1189, 5, 5000, 1020};
  const std::vector<std::uint64_t> used{1150, 1012, 1150, 1188, 1020};  // 10 steps before and 12 after are recorded
  const PeriEventOptions options{.before_steps = 10, .after_steps = 12, .bin_steps = 2};
  const auto each = psth(recording, events, options);
  const Psth all = psth(recording, events, Mask{}, options);
  Populations populations{4};
  populations.add("two", neurons({1, 3}));
  const auto by_population = psth(recording, events, populations, options);
  REQUIRE((each.size() == 4 && by_population.size() == 1));

  const auto check = [&](const Psth& psth, const std::vector<int>& neurons) {
    REQUIRE((psth.rate_hz.size() == 11 && psth.edges_ms.size() == 12));
    CHECK((psth.edges_ms[0] == -20.0 && psth.edges_ms[5] == 0.0 && psth.edges_ms[11] == 24.0));
    CHECK(psth.left_out == 5);
    for (std::size_t bin = 0; bin < 11; ++bin) {
      std::vector<std::pair<const Recording*, std::uint64_t>> windows;
      for (const std::uint64_t event : used) windows.emplace_back(&recording, event - 1000 - 10 + 2 * bin);
      const Plain plain{windows, neurons, 2};
      CHECK(psth.trials[bin] == 5);
      CHECK(is_close(psth.rate_hz[bin], plain.rate_hz()));
      CHECK(is_close(psth.error_hz[bin], plain.error_hz()));
    }
  };
  for (int neuron = 0; neuron < 4; ++neuron) check(each[std::size_t(neuron)], {neuron});
  check(all, {0, 1, 2, 3});
  check(by_population[0], {1, 3});
}

TEST_CASE("events of one recording and its trials have the same PSTH") {
  support::Numbers numbers{11};
  const Recording recording = random_recording(numbers, 3, 120);
  std::vector<Recording> trials;
  for (const std::uint32_t first : {0, 40, 80}) {
    std::vector<CountEvent> spikes;
    for (const auto [step, neuron, count] : recording)
      if (first <= step && step < first + 40) spikes.emplace_back(std::uint32_t(step) - first, neuron, count);
    trials.emplace_back(3, 1.0, 0, 0, 40, spikes);
  }
  const auto a = psth(recording, {0, 40, 80}, {.after_steps = 40, .bin_steps = 5});
  const auto b = psth(trials, {.bin_steps = 5});
  for (std::size_t neuron = 0; neuron < 3; ++neuron) {
    CHECK(a[neuron].rate_hz == b[neuron].rate_hz);
    CHECK(a[neuron].error_hz == b[neuron].error_hz);
    CHECK(a[neuron].edges_ms == b[neuron].edges_ms);
  }
}

TEST_CASE("the rate of random spikes lies around the true rate, and its error is that of a binomial mean") {
  const double p = 0.1;
  const std::uint32_t trials = 400, bins = 30, width = 20;
  support::Numbers numbers{23};
  std::vector<Events<BinaryEvent>> recordings;
  for (std::uint32_t trial = 0; trial < trials; ++trial) {
    std::vector<BinaryEvent> spikes;
    for (std::uint32_t step = 0; step < bins * width; ++step)
      if (numbers.coin(p)) spikes.emplace_back(step, 0);
    recordings.emplace_back(1, 1.0, 0, 0, bins * width, spikes);
  }
  const Psth psth = spikeometric::psth(recordings, {.bin_steps = width})[0];
  const double variance = p * (1 - p) * width, hz = 1000.0 / width;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    CHECK(sigmas(psth.rate_hz[bin], p * 1000, variance * hz * hz, trials) < 5);
    // The sample variance of n values has variance (kurtosis - 1) v^2 / n, with kurtosis 3 + (1 - 6 p q) / (m p q).
    const double kurtosis = 3 + (1 - 6 * p * (1 - p)) / variance;
    const double sample_variance = std::pow(psth.error_hz[bin] / hz, 2) * trials;
    CHECK(sigmas(sample_variance, variance, (kurtosis - 1) * variance * variance, trials) < 5);
  }
}

TEST_CASE("trials without variance have a standard error of exactly 0, also for large counts") {
  const std::uint32_t count = GENERATE(0u, 1u, 12'345'678u);
  std::vector<Recording> trials;
  for (int i = 0; i < 7; ++i) trials.emplace_back(1, 0.1, 0, 0, 10, std::vector<CountEvent>{{4, 0, count}});
  const Psth psth = spikeometric::psth(trials, Mask{}, {.bin_steps = 5});
  CHECK(psth.error_hz == std::vector<double>{0.0, 0.0});
  CHECK(is_close(psth.rate_hz[0], count * 2000.0));
  CHECK(psth.rate_hz[1] == 0.0);
}

TEST_CASE("bins, events and trials that make no PSTH are refused by name") {
  support::Numbers numbers{1};
  const Recording recording = random_recording(numbers, 4, 50, 1.0, 10);
  const std::vector<Recording> trials{recording, recording};
  const auto refuse = [](auto call, const std::string& message) { check_message<InvalidArgument>(call, {message}); };
  refuse([&] { psth(trials, {}); }, "bin_steps = 0 must be at least 1");
  refuse([&] { psth(trials, {.bin_steps = 51}); }, "bin_steps = 51 exceeds the 50 steps of the longest trial");
  refuse([&] { psth(std::vector<Recording>{}, {.bin_steps = 5}); }, "there must be at least one trial");
  refuse(
      [&] {
        psth(std::vector{recording, random_recording(numbers, 3, 50)}, {.bin_steps = 5});
      },
      "trial 0 has 4 neurons and dt = 1 ms, but trial 1 has 3 neurons and dt = 1 ms");
  refuse(
      [&] {
        psth(std::vector{recording, random_recording(numbers, 4, 50, 0.1)}, {.bin_steps = 5});
      },
      "but trial 1 has 4 neurons and dt = 0.1 ms");
  refuse([&] { psth(trials, neurons({4}), {.bin_steps = 5}); }, "neuron 4 of a mask is out of range");
  refuse([&] { psth(trials, neurons(2, 2), {.bin_steps = 5}); }, "a mask without neurons has no rate");
  refuse([&] { psth(trials, Populations{3}, {.bin_steps = 5}); }, "populations of 3 neurons do not fit");
  refuse([&] { psth(recording, {20}, {.after_steps = 10}); }, "bin_steps = 0 must be at least 1");
  refuse([&] { psth(recording, {20}, {.before_steps = 7, .after_steps = 10, .bin_steps = 5}); },
         "before_steps = 7 must be a multiple of bin_steps = 5");
  refuse([&] { psth(recording, {20}, {.before_steps = 5, .after_steps = 9, .bin_steps = 5}); },
         "after_steps = 9 must be a multiple of bin_steps = 5");
  refuse([&] { psth(recording, {20}, {.bin_steps = 5}); }, "before_steps and after_steps must not both be 0");
  refuse(
      [&] {
        psth(recording, {12, 58}, {.before_steps = 5, .after_steps = 5, .bin_steps = 5});
      },
      "none of 2 events has 5 steps before and 5 after it in the recording of steps 10 to 60");
  refuse([&] { psth(recording, {}, {.after_steps = 5, .bin_steps = 5}); }, "none of 0 events");
}
