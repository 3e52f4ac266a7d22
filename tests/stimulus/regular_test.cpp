// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/stimulus/regular.hpp"

#include <cstdint>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "played.hpp"

using namespace spikeometric;

namespace {

/// Draws all pulses, one after the other.
std::vector<float> painted(const RegularPulses& p, std::uint64_t steps) {
  std::vector<float> values(steps);
  for (std::uint64_t pulse = p.start_steps; pulse < steps && pulse < p.stop_steps; pulse += p.period_steps)
    for (std::uint64_t t = pulse; t < pulse + p.pulse_steps && t < p.stop_steps && t < steps; ++t)
      values[t] = static_cast<float>(p.strength);
  return values;
}

}  // namespace

TEST_CASE("pulses have regular intervals, from the start to the stop") {
  const auto pulses =
      regular_pulses({.strength = 2.5f, .start_steps = 2, .period_steps = 5, .pulse_steps = 2, .stop_steps = 13});
  CHECK(series(pulses, {}, 0, 20) ==
        std::vector<float>{0, 0, 2.5, 2.5, 0, 0, 0, 2.5, 2.5, 0, 0, 0, 2.5, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("regular pulses match those drawn one by one, in pieces of any size") {
  support::Numbers numbers{1};
  for (int trial = 0; trial < 500; ++trial) {
    RegularPulses p{.strength = static_cast<float>(numbers.real(-3.0, 3.0)),
                    .start_steps = numbers.below(40),
                    .period_steps = 1 + numbers.below(30)};
    p.pulse_steps = 1 + numbers.below(p.period_steps);
    if (numbers.coin(0.5)) p.stop_steps = p.start_steps + numbers.below(150);
    const std::vector<float> expected = painted(p, 200);
    REQUIRE(series(regular_pulses(p), {}, 0, 200) == expected);
    const std::uint64_t first = numbers.below(200), steps = numbers.below(201 - first);
    const auto begin = expected.begin() + static_cast<std::ptrdiff_t>(first);
    REQUIRE(series(regular_pulses(p), {}, first, steps) ==
            std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(steps)));
  }
}

TEST_CASE("a pulse as long as the period never ends") {
  const auto on = regular_pulses({.start_steps = 3, .period_steps = 7, .pulse_steps = 7});
  CHECK(series(on, {}, 0, 3) == std::vector<float>(3, 0.0f));
  CHECK(series(on, {}, 3, 100) == std::vector<float>(100, 1.0f));
}

TEST_CASE("regular pulses are right up to the last step, and times of any length do not overflow") {
  constexpr std::uint64_t last = (std::uint64_t{1} << 48) - 1;  // divisible by 3
  CHECK(series(regular_pulses({.period_steps = 3}), {}, last - 2, 3) == std::vector<float>{0, 0, 1});
  CHECK(series(regular_pulses({.start_steps = last, .period_steps = forever}), {}, last - 1, 2) ==
        std::vector<float>{0, 1});
  CHECK(series(regular_pulses({.start_steps = forever, .period_steps = forever}), {}, last - 1, 2) ==
        std::vector<float>{0, 0});
  CHECK(series(regular_pulses({.start_steps = 1, .period_steps = forever, .pulse_steps = forever}), {}, 0, 3) ==
        std::vector<float>{0, 1, 1});
}

TEST_CASE("invalid regular pulses are refused, naming the value") {
  const auto make = [](RegularPulses p) { return [p] { regular_pulses(p); }; };
  check_message<InvalidParameter>(make({}), {"period_steps = 0 steps", "at least 1"});
  check_message<InvalidParameter>(make({.period_steps = 5, .pulse_steps = 0}), {"pulse_steps = 0 steps", "at least 1"});
  check_message<InvalidParameter>(make({.period_steps = 5, .pulse_steps = 6}),
                                  {"pulse_steps = 6 steps", "at most period_steps = 5"});
  check_message<InvalidParameter>(make({.period_steps = 5, .pulse_steps = forever}), {"pulse_steps = inf"});
  check_message<InvalidParameter>(make({.start_steps = 9, .period_steps = 5, .stop_steps = 8}),
                                  {"stop_steps = 8 steps", "at least start_steps = 9"});
  check_message<InvalidParameter>(make({.strength = std::numeric_limits<float>::infinity(), .period_steps = 5}),
                                  {"strength = inf", "finite"});
  CHECK_NOTHROW(make({.start_steps = 9, .period_steps = 5, .pulse_steps = 5, .stop_steps = 9})());
}

TEST_CASE("regular pulses are set by name, and checked again before they are used") {
  auto pulses = regular_pulses({.period_steps = 10, .pulse_steps = 4});
  set_parameter(pulses, "strength", -1.5);
  set_parameter(pulses, "start_steps", 1);
  CHECK(series(pulses, {}, 0, 7) == std::vector<float>{0, -1.5, -1.5, -1.5, -1.5, 0, 0});
  set_parameter(pulses, "period_steps", 3);
  check_message<InvalidParameter>([&] { series(pulses, {}, 0, 7); }, {"pulse_steps = 4", "period_steps = 3"});
}

TEST_CASE("a negative number of steps is refused, although its type is unsigned") {
  const int period = -5;
  check_message<InvalidParameter>([&] { regular_pulses({.period_steps = static_cast<std::uint64_t>(period)}); },
                                  {"period_steps = -5 steps", "must not be negative"});
}
