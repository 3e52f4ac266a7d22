// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/stimulus/terms.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "played.hpp"
#include "spikeometric/stimulus/list.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/recorded.hpp"
#include "spikeometric/stimulus/regular.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;

namespace {

constexpr std::uint64_t size = 7, steps = 120;
const StimulusContext context{.dt_ms = 0.5, .seed = Seed{4}, .network = 3, .neurons = size};

/// The values of some steps, [step][neuron * channels + channel], and their derivatives for slope_of(name).
template <class S, class Slope>
std::vector<std::vector<FloatDual>> lifted_values(const S& stimulus, Slope slope_of) {
  std::vector<detail::StimulusTerms<FloatDual>> terms;
  terms.emplace_back(context, slope_of);
  stimulus.add_to(terms[0], 0);
  detail::StimulusTable<detail::HostMemory, FloatDual> table{std::move(terms), {}, steps};
  detail::HostMemory memory;
  table.allocate(memory);
  REQUIRE(table.make(0, 0, steps).steps == steps);
  std::vector<std::vector<FloatDual>> values;
  for (std::uint32_t step = 0; step < steps; ++step)
    table.view().template add_block<S::channels>(0, 0, size, step, step,
                                                 values.emplace_back(size * S::channels).data());
  return values;
}

const auto nothing = [](std::uint64_t, std::size_t) { return 0.0; };

Approx expected_slope(double slope) { return Approx(slope).margin(1e-9); }
Approx expected_slope(const Approx& slope) { return slope; }

/// Checks that values are bit-identical to those of the stimulus, and that derivatives equal slope(step, neuron).
template <class S, class Slope>
void check(const S& stimulus, std::string_view parameter, Slope slope) {
  CAPTURE(parameter);
  const auto values = lifted_values(stimulus, [&](std::string_view name) { return name == parameter ? 1.0 : 0.0; });
  const Played expected = played(stimulus, context, 0, steps);
  double largest = 0.0;
  for (std::uint64_t step = 0; step < steps; ++step)
    for (std::size_t i = 0; i < values[step].size(); ++i) {
      CAPTURE(step, i);
      REQUIRE(std::bit_cast<std::uint32_t>(values[step][i].value) == std::bit_cast<std::uint32_t>(expected[step][i]));
      REQUIRE(values[step][i].derivative == expected_slope(slope(step, i)));
      largest = std::max(largest, std::abs(static_cast<double>(expected[step][i])));
    }
  CHECK(largest > 0.0);
}

/// 1 if a neuron gets a pulse, otherwise 0. The strength of the stimulus must not be 0.
template <class S>
auto touched(const S& stimulus) {
  return [values = played(stimulus, context, 0, steps)](std::uint64_t step, std::size_t neuron) {
    return static_cast<double>(values[step][neuron] != 0.0f);
  };
}

/// A function with a parameter.
struct Ramp {
  float slope = 0.5f;
  static constexpr auto parameters() {
    return std::tuple{parameter("slope", &Ramp::slope, "1", bounds::any_number, "a step")};
  }
  float operator()(std::uint64_t step) const { return slope * static_cast<float>(step); }
};

/// The values of a term, and whether they are added.
struct Made {
  detail::ReadySteps ready;
  std::vector<float> values;
  std::vector<std::uint8_t> adds;
};
Made made_by(const detail::StimulusTerm<float>& term, std::uint64_t first, std::uint64_t count) {
  Made made{{0}, std::vector<float>(count * term.width(), -1.0f), std::vector<std::uint8_t>(count, 9)};
  made.ready = term.make(first, count, made.values.data(), made.adds.data());
  return made;
}

/// Has a value for each neuron in steps that are not divisible by 3, and throws in step `last`.
struct Field {
  std::uint64_t last = forever;
  bool covers(std::uint64_t step) const { return step == last ? throw std::domain_error("the end") : step % 3 != 0; }
  float operator()(std::uint64_t step, std::uint32_t neuron) const { return static_cast<float>(10 * step + neuron); }
};
struct Source {
  Field of;
  void validate() const {}
  Field field(const StimulusContext&) const { return of; }
};

/// Computes all values at once.
struct Filled {
  void validate() const {}
  struct Series {
    void fill(std::uint64_t first, std::uint64_t count, float* values) const {
      for (std::uint64_t i = 0; i < count; ++i) values[i] = static_cast<float>(first + i) - 4.0f;
    }
  };
  Series series(const StimulusContext&, Purpose) const { return {}; }
};

float ramp(std::uint64_t step, std::uint32_t neuron) { return static_cast<float>(step * neuron); }

}  // namespace

// --- terms ---------------------------------------------------------------------------------------------------------

TEST_CASE("a stimulus has its terms in order, each with its mask and channel") {
  const auto pulses = regular_pulses({.period_steps = 1});
  const auto terms = terms_for(
      channels(pulses.on(neurons({1, 4})) + Masked{Source{}} + no_stimulus, pulses.on(neurons(2, 5))), context);
  REQUIRE(terms.list().size() == 3);
  const auto &first = terms.list()[0], &second = terms.list()[1], &third = terms.list()[2];
  CHECK((first.channel == 0 && second.channel == 0 && third.channel == 1));
  CHECK((first.mask.ids().size() == 2 && first.mask.first() == 1 && first.mask.end() == 5));
  CHECK((third.mask.is_range() && third.mask.first() == 2 && third.mask.end() == 5));
  CHECK((!first.each && second.each && !third.each));
  CHECK((first.width() == 1 && second.width() == size && third.width() == 1));
  CHECK(terms_for(no_stimulus, context).list().empty());
}

TEST_CASE("functions of step and neuron are called by the step, or their values are computed ahead") {
  const auto sum = function(ramp).on(neurons(2, 5)) + regular_pulses({.period_steps = 1});
  const auto called = terms_for(sum, context);
  REQUIRE(called.list().size() == 2);
  CHECK((called.list()[0].function && called.list()[0].width() == 0 && !called.list()[1].function));

  detail::StimulusTerms<float> made{context};
  sum.add_to(made, 0);
  CHECK((!made.list()[0].function && made.list()[0].each && made.list()[0].width() == 3));
  CHECK(made_by(made.list()[0], 10, 2).values == std::vector<float>{20, 30, 40, 22, 33, 44});
}

TEST_CASE("a term reports the steps in which it adds input") {
  const auto of = [](const auto& stimulus) { return terms_for(stimulus, context).list()[0]; };
  CHECK(made_by(of(regular_pulses({.start_steps = 2, .period_steps = 3})), 0, 6).adds ==
        std::vector<std::uint8_t>{0, 0, 1, 0, 0, 1});
  const Made filled = made_by(of(Masked{Filled{}}), 3, 3);
  CHECK(filled.values == std::vector<float>{-1, 0, 1});
  CHECK(filled.adds == std::vector<std::uint8_t>{1, 0, 1});
  const Made field = made_by(of(Masked{Source{}}.on(neurons({1, 3}))), 2, 3);
  CHECK(field.adds == std::vector<std::uint8_t>{1, 0, 1});
  CHECK((field.values[0] == 21 && field.values[2] == 23 && field.values[6] == 41 && field.values[8] == 43));
}

TEST_CASE("an exception from a term ends its values, and is stored") {
  const auto check_ends = [](const auto& stimulus, std::uint64_t first, std::uint64_t ready) {
    const Made made = made_by(terms_for(stimulus, context).list()[0], first, 10);
    CHECK(made.ready.steps == ready);
    REQUIRE(made.ready.error);
    check_message<std::domain_error>([&] { std::rethrow_exception(made.ready.error); }, {"the end"});
  };
  const auto series = [](std::uint64_t step) { return step < 8 ? 1.0f : throw std::domain_error("the end"); };
  check_ends(series, 3, 5);
  check_ends(series, 8, 0);
  check_ends(Masked{Source{{8}}}, 3, 5);
}

TEST_CASE("a part of the neurons gets the same values as in the whole network") {
  const Eigen::MatrixXf movie = Eigen::MatrixXf::NullaryExpr(
      size, 50, [](Eigen::Index i, Eigen::Index t) { return static_cast<float>(10 * t + i + 1); });
  const auto all = recorded(movie).on(neurons({0, 2, 5, 6})) + function(ramp).on(neurons(1, 4)) +
                   poisson_pulses({.mean_interval_steps = 3.0}).on(neurons({0, 3}));
  const Played whole = played(all, context, 0, 50);
  for (std::uint64_t first = 0; first < size; ++first)
    for (std::uint64_t end = first + 1; end <= size; ++end) {
      CAPTURE(first, end);
      std::vector<detail::StimulusTerms<float>> terms;
      terms.emplace_back(context, first, end);
      all.add_to(terms[0], 0);
      detail::StimulusTable<detail::HostMemory, float> table{std::move(terms), {}, 50};
      detail::HostMemory memory;
      table.allocate(memory);
      table.make(0, 0, 50);
      for (std::uint32_t step = 0; step < 50; ++step) {
        std::vector<float> drive(size), expected(size);
        table.view().add_block<1>(0, 0, size, step, step, drive.data());
        std::copy(whole[step].begin() + static_cast<std::ptrdiff_t>(first),
                  whole[step].begin() + static_cast<std::ptrdiff_t>(end),
                  expected.begin() + static_cast<std::ptrdiff_t>(first));
        REQUIRE(drive == expected);
      }
    }
}

// --- over dual numbers ---------------------------------------------------------------------------------------------

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

TEST_CASE("pulses have derivatives by their strength, during pulses and for neurons of the mask") {
  const auto regular = regular_pulses({.strength = -0.75f, .start_steps = 5, .period_steps = 11, .pulse_steps = 3})
                           .on(neurons({1, 4, 6}));
  const auto random =
      poisson_pulses({.strength = 2.0f, .mean_interval_steps = 9.0, .pulse_steps = 4}).on(neurons(2, 5));
  check(regular, "strength", touched(regular));
  check(random, "strength", touched(random));
  check(random, "mean_interval_steps", nothing);
}

TEST_CASE("sums have the derivatives of all terms, and derivatives stay in their channel") {
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

TEST_CASE("recordings and functions have derivatives of 0") {
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
  check(StimulusList{}.add(recorded(movie)).add(each), "start_steps", nothing);
}

TEST_CASE("the derivative of a stimulus is proportional to the slope of its parameter") {
  const auto pulses = regular_pulses({.strength = 2.0f, .period_steps = 1});
  const auto values = lifted_values(pulses, [](std::string_view name) { return name == "strength" ? 3.0 : 7.0; });
  CHECK(values[0][3] == FloatDual{2.0f, 3.0});
}

TEST_CASE("derivatives match central differences of the values, in a list too") {
  const auto wave = sinusoid({.amplitude = 1.5f, .period_ms = 60.0, .start_steps = 10, .baseline = 0.25f});
  const auto random = poisson_pulses({.strength = 2.0f, .mean_interval_steps = 9.0, .pulse_steps = 4});
  const auto differs = [](const auto& stimulus, const char* name, double value, double h) {
    CAPTURE(name);
    const auto at = [&](double changed) {
      auto other = stimulus;
      set_parameter(other, name, changed);
      return played(StimulusList{}.add(other), context, 0, steps);
    };
    const Played above = at(value + h), below = at(value - h);
    check(StimulusList{}.add(stimulus), name, [&](std::uint64_t step, std::size_t i) {
      const double difference = (static_cast<double>(above[step][i]) - static_cast<double>(below[step][i])) / (2.0 * h);
      return Approx(difference).epsilon(1e-3).margin(1e-3);
    });
  };
  differs(wave, "amplitude", 1.5, 0.25);
  differs(wave, "baseline", 0.25, 0.25);
  differs(wave, "period_ms", 60.0, 0.05);
  differs(random, "strength", 2.0, 0.25);
}
