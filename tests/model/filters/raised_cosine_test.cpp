// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/filters/raised_cosine.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "../../catch.hpp"
#include "../../message.hpp"
#include "../../support.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/random/hash.hpp"

using namespace spikeometric;

namespace {

/// The formula, with the functions of the standard library.
double raised_cosine(double t, std::size_t j, std::size_t functions, double first, double last, double stretch) {
  const double a =
      static_cast<double>(functions - 1) * std::numbers::pi / 2.0 / std::log((last + stretch) / (first + stretch));
  const double phase =
      a * std::log((t + stretch) / (first + stretch)) - static_cast<double>(j) * std::numbers::pi / 2.0;
  return (1.0 + std::cos(std::clamp(phase, -std::numbers::pi, std::numbers::pi))) / 2.0;
}

template <std::size_t M>
void check_formula(const BasicRaisedCosine<double, M>& basis, double dt) {
  const auto taps = basis.taps(dt);
  for (std::size_t j = 0; j < M; ++j) {
    REQUIRE(taps[j].size() == static_cast<std::size_t>(basis.window_steps));
    for (std::size_t k = 0; k < taps[j].size(); ++k) {
      CAPTURE(M, j, k, dt);
      const double expected =
          raised_cosine(dt * static_cast<double>(k), j, M, basis.first_peak_ms, basis.last_peak_ms, basis.stretch_ms);
      REQUIRE(std::abs(taps[j][k] - expected) <= 1e-14 * static_cast<double>(M));  // phases up to M pi / 2, rounded
    }
  }
}

}  // namespace

TEST_CASE("raised cosines match the formula") {
  check_formula(BasicRaisedCosine<double, 4>{}, 1.0);
  check_formula(BasicRaisedCosine<double, 2>{.first_peak_ms = 1.5, .last_peak_ms = 9.0, .stretch_ms = 0.1}, 0.5);
  check_formula(BasicRaisedCosine<double, 10>{.last_peak_ms = 150.0, .stretch_ms = 20.0, .window_steps = 2000}, 0.1);
}

TEST_CASE("raised cosines match those of another program") {  // Python
  const std::size_t lags[] = {0, 1, 2, 3, 5, 10, 19};
  const double expected[4][7] = {
      {1.0, 0.3752302998318498, 0.015817676985260154, 0.0, 0.0, 0.0, 0.0},
      {0.5, 0.9841823230147398, 0.6247697001681503, 0.25835486692292986, 0.0, 0.0, 0.0},
      {0.0, 0.6247697001681503, 0.9841823230147398, 0.9377300876797996, 0.5, 0.0, 0.0},
      {0.0, 0.015817676985260154, 0.3752302998318498, 0.7416451330770703, 1.0, 0.4883202288252832, 0.0}};
  const auto taps = RaisedCosine<4>{}.taps(1.0f);
  for (std::size_t j = 0; j < 4; ++j)
    for (std::size_t i = 0; i < 7; ++i) {
      CAPTURE(j, lags[i]);
      CHECK(std::abs(static_cast<double>(taps[j][lags[i]]) - expected[j][i]) <= 0x1.1p-25);  // one rounding of up to 1
    }
}

TEST_CASE("each function peaks at 1, and the first and the last have the given peaks") {
  const BasicRaisedCosine<double, 5> basis{
      .first_peak_ms = 2.0, .last_peak_ms = 30.0, .stretch_ms = 3.0, .window_steps = 1000};
  const auto taps = basis.taps(0.1);
  double last_peak = -1.0;
  for (std::size_t j = 0; j < 5; ++j) {
    const auto peak = std::max_element(taps[j].begin(), taps[j].end());
    const double at_ms = 0.1 * static_cast<double>(peak - taps[j].begin());
    CAPTURE(j, at_ms);
    CHECK(*peak <= 1.0);
    CHECK(*peak > 0.999);
    if (j == 0) CHECK(at_ms == Approx(2.0));
    if (j == 4) CHECK(at_ms == Approx(30.0));
    CHECK(at_ms > last_peak);
    last_peak = at_ms;
  }
}

TEST_CASE("functions are 0 beyond two peaks before and after their own, and add up to 2 in between") {
  const BasicRaisedCosine<double, 6> basis{.last_peak_ms = 31.0, .stretch_ms = 1.0, .window_steps = 600};
  const auto taps = basis.taps(0.1);
  const double ratio = std::pow(32.0, 0.2);  // of t + stretch, from peak to peak
  for (std::size_t k = 0; k < 600; ++k) {
    const double position = std::log(0.1 * static_cast<double>(k) + 1.0) / std::log(ratio);  // in peaks
    double sum = 0.0;
    for (std::size_t j = 0; j < 6; ++j) {
      CAPTURE(j, k, position);
      const double away = std::abs(position - static_cast<double>(j));
      if (away > 2.001) CHECK(taps[j][k] == 0.0);
      if (away < 1.999) CHECK(taps[j][k] > 0.0);
      CHECK(taps[j][k] >= 0.0);
      sum += taps[j][k];
    }
    // Here four cosines, a quarter of a turn apart, overlap.
    if (position >= 1.001 && position <= 3.999) CHECK(sum == Approx(2.0).epsilon(1e-12));
  }
}

TEST_CASE("as a filter, raised cosines are a Basis of Fir") {
  const RaisedCosine<3> cosines{.last_peak_ms = 4.0f, .window_steps = 12};
  STATIC_REQUIRE(Filter<RaisedCosine<3>> && Filter<BasicRaisedCosine<double, 4>>);
  STATIC_REQUIRE(RaisedCosine<3>::bases == 3);
  const float dt = GENERATE(0.5f, 1.0f);
  const auto basis = cosines.functions(dt);
  const auto taps = cosines.taps(dt);
  for (std::size_t j = 0; j < 3; ++j) CHECK(basis.functions[j].coefficients == taps[j]);

  HostArrays arrays;
  const auto kernel = cosines.kernel(dt, arrays);
  const auto expected = basis.kernel(dt, arrays);
  CHECK(kernel.memory() == 11);
  CHECK(kernel.memory() == expected.memory());
  support::Numbers numbers{7};
  std::vector<float> sums(3 * 40);
  for (float& sum : sums) sum = static_cast<float>(numbers.real(-1.0, 1.0));
  typename decltype(cosines.kernel(dt, arrays))::State state{}, expected_state{};
  for (std::size_t t = 0; t < 40; ++t) {
    const auto past = [&](std::uint32_t lag, std::size_t m) { return lag <= t ? sums[3 * (t - lag) + m] : 0.0f; };
    const float x = kernel(state, &sums[3 * t], past);
    CHECK(x == expected(expected_state, &sums[3 * t], past));
    double convolution = 0.0;
    for (std::size_t m = 0; m < 3; ++m)
      for (std::size_t k = 0; k < 12 && k <= t; ++k)
        convolution += static_cast<double>(taps[m][k]) * static_cast<double>(sums[3 * (t - k) + m]);
    CHECK(std::abs(static_cast<double>(x) - convolution) <= 36.0 * 36.0 * 0x1p-24);
  }
}

TEST_CASE("invalid raised cosines are refused, naming the parameter") {
  const auto validate = [](RaisedCosine<4> basis) { return [basis] { basis.validate(1.0f); }; };
  CHECK_NOTHROW(validate({})());
  CHECK_NOTHROW(validate({.last_peak_ms = 19.5f})());
  check_message<InvalidParameter>(validate({.first_peak_ms = -1.0f}), {"first_peak_ms = -1 ms", "at least 0"});
  check_message<InvalidParameter>(validate({.first_peak_ms = 6.0f}),
                                  {"last_peak_ms = 5 ms must be above first_peak_ms = 6 ms"});
  check_message<InvalidParameter>(validate({.first_peak_ms = 5.0f}), {"must be above first_peak_ms = 5 ms"});
  check_message<InvalidParameter>(validate({.last_peak_ms = 20.0f}),
                                  {"last_peak_ms = 20 ms must be within window_steps = 20 of dt = 1 ms"});
  check_message<InvalidParameter>(validate({.stretch_ms = 0.0f}), {"stretch_ms = 0 ms", "above 0"});
  check_message<InvalidParameter>(validate({.window_steps = 0}), {"window_steps = 0", "at least 1"});
  check_message<InvalidParameter>(validate({.window_steps = infinite_window}), {"window_steps = inf", "at most"});
  check_message<InvalidParameter>(validate({.stretch_ms = std::numeric_limits<float>::quiet_NaN()}),
                                  {"stretch_ms = nan"});
}

TEST_CASE("raised cosines do not change between versions, compilers and instruction sets") {
  std::uint64_t hash = 0;
  for (const auto& taps : RaisedCosine<5>{.first_peak_ms = 0.3f, .last_peak_ms = 7.0f, .stretch_ms = 0.7f}.taps(0.6f))
    for (const float tap : taps) hash = detail::mix(hash ^ std::bit_cast<std::uint32_t>(tap));
  CHECK(hash == 0x850979884e61429d);
}
