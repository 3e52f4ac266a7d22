// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/stimulus/sinusoid.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "played.hpp"

using namespace spikeometric;

namespace {

constexpr std::uint64_t step_end = std::uint64_t{1} << 48;

/// The maximum error divided by its bound.
double error(const Sinusoid& p, double dt, std::uint64_t first, std::uint64_t steps) {
  const std::vector<float> values = series(sinusoid(p), {.dt_ms = dt}, first, steps);
  double worst = 0;
  for (std::uint64_t i = 0; i < steps; ++i) {
    const std::uint64_t t = first + i;
    const bool on = t >= p.start_steps && t - p.start_steps < p.duration_steps;
    const long double periods = static_cast<long double>(t - p.start_steps) * static_cast<long double>(dt) /
                                static_cast<long double>(p.period_ms);
    const long double angle = 2 * std::numbers::pi_v<long double> * (periods - std::floor(periods));
    const long double expected =
        on ? static_cast<long double>(p.baseline) + static_cast<long double>(p.amplitude) * std::sin(angle) : 0;
    // Two roundings of the number of periods and two of the angle, which is at most 2 pi; then one ulp of the sine and
    // the sum in double, and one rounding to float. The minimum float allows for a product that underflows.
    const double amplitude = std::abs(static_cast<double>(p.amplitude));
    const double allowed =
        amplitude * (2 * std::numbers::pi * static_cast<double>(periods) * 0x1p-52 + 2 * std::numbers::pi * 0x1p-52) +
        (amplitude + std::abs(static_cast<double>(p.baseline))) * 0x1p-51 +
        static_cast<double>(std::abs(expected)) * 0x1.01p-24 + 0x1p-149;
    const double off = static_cast<double>(std::abs(static_cast<long double>(values[i]) - expected));
    worst = std::max(worst, on ? off / allowed : off == 0 ? 0 : 1e9);
  }
  return worst;
}

}  // namespace

TEST_CASE("a sinusoid is baseline + amplitude sin(2 pi t dt / period) while it lasts, and 0 before and after") {
  support::Numbers numbers{1};
  double worst = 0;
  for (int trial = 0; trial < 300; ++trial) {
    const Sinusoid p{.amplitude = static_cast<float>(numbers.real(-5.0, 5.0)),
                     .period_ms = std::exp(numbers.real(-3.0, 9.0)),
                     .start_steps = numbers.below(300),
                     .duration_steps = numbers.coin(0.5) ? numbers.below(300) : forever,
                     .baseline = numbers.coin(0.5) ? static_cast<float>(numbers.real(-5.0, 5.0)) : 0.0f};
    const double dt = numbers.real(0.01, 2.0);
    worst = std::max(worst, error(p, dt, 0, 600));
    const std::uint64_t far = p.start_steps + numbers.below(step_end - 2000);
    worst = std::max(worst, error(p, dt, far, 50));
  }
  CHECK(worst <= 1);
  CHECK(worst > 0.05);  // the bound is not too loose
}

TEST_CASE("a sinusoid has phase 0 at its start, and its maximum a quarter of a period later") {
  const auto drive = sinusoid({.amplitude = 2.0f, .period_ms = 8.0, .start_steps = 5, .baseline = 0.5f});
  const std::vector<float> values = series(drive, {.dt_ms = 1.0}, 5, 8);
  CHECK(values[0] == 0.5f);
  CHECK(values[2] == 2.5f);
  CHECK(values[4] == 0.5f);
  CHECK(values[6] == -1.5f);
}

TEST_CASE("a period of an integer number of steps repeats bit for bit") {
  const auto drive = sinusoid({.amplitude = 0.7f, .period_ms = 32.0, .start_steps = 3});
  const std::vector<float> once = series(drive, {.dt_ms = 0.25}, 3, 128);
  CHECK(series(drive, {.dt_ms = 0.25}, 3 + 128 * 1000, 128) == once);
  CHECK(series(drive, {.dt_ms = 0.25}, 3 + (step_end - 1024) / 128 * 128, 128) == once);
}

TEST_CASE("a sinusoid lasts for duration_steps, for any value") {
  const auto on = [](std::uint64_t start, std::uint64_t duration, std::uint64_t step) {
    const auto drive = sinusoid({.period_ms = 10.0, .start_steps = start, .duration_steps = duration, .baseline = 3});
    return series(drive, {}, step, 1)[0] != 0;
  };
  CHECK_FALSE(on(10, 5, 9));
  CHECK(on(10, 5, 10));
  CHECK(on(10, 5, 14));
  CHECK_FALSE(on(10, 5, 15));
  CHECK_FALSE(on(10, 0, 10));
  CHECK(on(10, forever, step_end - 1));
  CHECK(on(10, forever / 2, step_end - 1));
  CHECK_FALSE(on(forever, forever, step_end - 1));
}

TEST_CASE("a period far below a step gives finite values") {
  for (const double period : {1e-6, 1e-100, 5e-324}) {
    const auto values = series(sinusoid({.period_ms = period, .baseline = 1.0f}), {}, step_end - 100, 100);
    CHECK(std::all_of(values.begin(), values.end(), [](float value) { return value >= 0.0f && value <= 2.0f; }));
  }
  CHECK(series(sinusoid({.period_ms = 1.7e308}), {}, 0, 3) == std::vector<float>{0, 0, 0});
}

TEST_CASE("invalid sinusoids are refused, naming the value") {
  const auto make = [](Sinusoid p) { return [p] { sinusoid(p); }; };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  check_message<InvalidParameter>(make({}), {"period_ms = 0 ms", "above 0"});
  check_message<InvalidParameter>(make({.period_ms = -1.0}), {"period_ms = -1 ms", "above 0"});
  check_message<InvalidParameter>(make({.period_ms = infinity}), {"period_ms = inf"});
  check_message<InvalidParameter>(make({.amplitude = std::numeric_limits<float>::quiet_NaN(), .period_ms = 1.0}),
                                  {"amplitude = nan", "finite"});
  check_message<InvalidParameter>(make({.amplitude = 2e38f, .period_ms = 1.0, .baseline = -2e38f}),
                                  {"amplitude = 2e+38", "baseline = -2e+38", "range of float"});
}

TEST_CASE("a sinusoid is set by name") {
  auto drive = sinusoid({.period_ms = 4.0});
  set_parameter(drive, "amplitude", -2);
  set_parameter(drive, "period_ms", 8.0);
  set_parameter(drive, "start_steps", 1);
  set_parameter(drive, "duration_steps", 3);
  set_parameter(drive, "baseline", 0.25);
  const std::vector<float> values = series(drive, {}, 0, 5);
  CHECK(values[0] == 0.0f);
  CHECK(values[1] == 0.25f);
  CHECK(values[3] == -1.75f);
  CHECK(values[4] == 0.0f);
}

TEST_CASE("a sinusoid does not change") {
  const auto drive = sinusoid({.amplitude = 1.3f, .period_ms = 33.3, .start_steps = 17, .baseline = 0.1f});
  CHECK(hash_of(series(drive, {.dt_ms = 0.1}, 0, 2000)) == 0x10e9b75c086cecac);
  CHECK(hash_of(series(drive, {.dt_ms = 0.1}, std::uint64_t{1} << 40, 2000)) == 0x188ea5366b4ac8d);
}
