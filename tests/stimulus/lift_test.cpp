// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/stimulus/lift.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "played.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/regular.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;

namespace {

constexpr std::uint64_t size = 7, steps = 120;
const StimulusContext context{.dt_ms = 0.5, .seed = Seed{4}, .network = 3, .neurons = size};

/// The values of some steps, [step][neuron * channels + channel], with their derivatives by one parameter.
template <class S>
std::vector<std::vector<FloatDual>> lifted_values(const S& stimulus, std::string_view parameter) {
  auto bound =
      lifted_stimulus(stimulus, [&](std::string_view name) { return name == parameter ? 1.0 : 0.0; }).bind(context, 0);
  bound.prepare(0, steps);
  std::vector<std::vector<FloatDual>> values;
  for (std::uint64_t step = 0; step < steps; ++step)
    bound.add(step, 0, size, values.emplace_back(size * S::channels).data());
  return values;
}

/// That values are those of the stimulus, bit for bit, and their derivatives slope(step, neuron).
template <class S, class Slope>
void check(const S& stimulus, std::string_view parameter, Slope slope) {
  CAPTURE(parameter);
  const auto values = lifted_values(stimulus, parameter);
  const Played expected = played(stimulus, context, 0, steps);
  double largest = 0.0;
  for (std::uint64_t step = 0; step < steps; ++step)
    for (std::size_t i = 0; i < values[step].size(); ++i) {
      CAPTURE(step, i);
      REQUIRE(values[step][i].value == expected[step][i]);
      REQUIRE(values[step][i].derivative == Approx(slope(step, i)).margin(1e-9));
      largest = std::max(largest, std::abs(static_cast<double>(expected[step][i])));
    }
  CHECK(largest > 0.0);
}

const auto nothing = [](std::uint64_t, std::size_t) { return 0.0; };

/// Whether a neuron is given a pulse, by a stimulus of strength not 0.
template <class S>
auto touched(const S& stimulus) {
  return [values = played(stimulus, context, 0, steps)](std::uint64_t step, std::size_t neuron) {
    return static_cast<double>(values[step][neuron] != 0.0f);
  };
}

/// A function with a parameter.
struct Ramp {
  float slope = 0.5f;
  static constexpr auto parameters() { return std::tuple{parameter("slope", &Ramp::slope, "1", any_number, "a step")}; }
  float operator()(std::uint64_t step) const { return slope * static_cast<float>(step); }
};

}  // namespace

TEST_CASE("a sinusoid has derivatives by amplitude, period and baseline while it lasts") {
  constexpr double amplitude = 1.5, period = 17.0, pi = 3.14159265358979323846;
  const auto wave = sinusoid(
      {.amplitude = amplitude, .period_ms = period, .start_steps = 10, .duration_steps = 80, .baseline = 0.25f});
  const auto while_on = [&](auto slope) {
    return [=](std::uint64_t step, std::size_t) {
      return step < 10 || step >= 90 ? 0.0 : slope(static_cast<double>(step - 10) * 0.5);
    };
  };
  check(wave, "amplitude", while_on([&](double t) { return std::sin(2.0 * pi * t / period); }));
  check(wave, "baseline", while_on([&](double) { return 1.0; }));
  check(wave, "period_ms", while_on([&](double t) {
          return -amplitude * std::cos(2.0 * pi * t / period) * 2.0 * pi * t / (period * period);
        }));
  check(wave, "strength", nothing);
}

TEST_CASE("pulses have derivatives by their strength, while there is one and for the neurons that it touches") {
  const auto regular = regular_pulses({.strength = -0.75f, .start_steps = 5, .period_steps = 11, .pulse_steps = 3})
                           .on(neurons({1, 4, 6}));
  const auto random =
      poisson_pulses({.strength = 2.0f, .mean_interval_steps = 9.0, .pulse_steps = 4}).on(neurons(2, 5));
  check(regular, "strength", touched(regular));
  check(random, "strength", touched(random));
  check(random, "mean_interval_steps", nothing);
}

TEST_CASE("what adds up has the derivative of each, and what has a channel keeps it") {
  const auto wave = sinusoid({.amplitude = 0.5f, .period_ms = 20.0, .baseline = 1.0f}).on(neurons(0, 3));
  const auto pulses = regular_pulses({.strength = 2.0f, .period_steps = 7}).on(neurons(2, 7));
  const auto other = regular_pulses({.strength = 3.0f, .period_steps = 5});
  const auto pulsed = touched(pulses), others = touched(other);
  check(wave + pulses + other, "strength",
        [&](std::uint64_t step, std::size_t neuron) { return pulsed(step, neuron) + others(step, neuron); });
  check(channels(wave, pulses + other), "strength", [&](std::uint64_t step, std::size_t i) {
    return i % 2 == 0 ? 0.0 : pulsed(step, i / 2) + others(step, i / 2);
  });
  check(channels(wave, pulses), "baseline",
        [](std::uint64_t, std::size_t i) { return i % 2 == 0 && i / 2 < 3 ? 1.0 : 0.0; });
}

TEST_CASE("recordings and functions have their values, and no derivatives") {
  support::Numbers numbers{1};
  const Eigen::MatrixXf movie =
      Eigen::MatrixXf::NullaryExpr(size, 50, [&] { return static_cast<float>(numbers.real(-1.0, 1.0)); });
  check(recorded(movie).from(20), "start_steps", nothing);
  check(recorded(std::vector<float>{1.0f, 2.0f, -3.0f}), "", nothing);
  check(function(Ramp{}), "slope", nothing);
  const auto each = function([](std::uint64_t step, std::uint32_t neuron) {
    return static_cast<float>(step) * 0.1f - static_cast<float>(neuron);
  });
  check(each + function(Ramp{}) + each, "slope", nothing);
  auto none = lifted_stimulus(no_stimulus, [](std::string_view) { return 1.0; }).bind(context, 0);
  FloatDual drive;
  CHECK_FALSE(none.add(0, 0, 1, &drive));
}

TEST_CASE("a stimulus that is told its parameter's slope is that many times as steep") {
  const auto pulses = regular_pulses({.strength = 2.0f, .period_steps = 1});
  auto bound =
      lifted_stimulus(pulses, [](std::string_view name) { return name == "strength" ? 3.0 : 7.0; }).bind(context, 0);
  bound.prepare(0, 1);
  std::vector<FloatDual> drive(size);
  CHECK(bound.add(0, 0, size, drive.data()));
  CHECK(drive[3] == FloatDual{2.0f, 3.0});
}
