// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/detail/response.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/model/filters/biexponential.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"

using namespace spikeometric;
using detail::Response, detail::responses_of;

namespace {

std::vector<double> random_signal(std::size_t size, std::uint64_t seed) {
  support::Numbers numbers(seed);
  std::vector<double> signal(size);
  for (double& each : signal) each = numbers.coin(0.3) ? numbers.real(-1.0, 1.0) : 0.0;
  return signal;
}

template <int Lanes>
void check_passes(const std::vector<double>& taps, std::size_t size) {
  const Response response{taps};
  const std::size_t lead = response.length() - 1;
  const auto signal = random_signal((size + lead) * Lanes, size);
  std::vector<double> forward(size * Lanes), backward(size * Lanes);
  response.forward<Lanes>(signal.data(), forward.data(), size);
  response.backward<Lanes>(signal.data(), backward.data(), size);
  double worst = 0.0;
  for (std::size_t t = 0; t < size; ++t)
    for (std::size_t lane = 0; lane < Lanes; ++lane) {
      double x = 0.0, y = 0.0;
      for (std::size_t k = 0; k <= lead; ++k) {
        x += taps[k] * signal[(t + lead - k) * Lanes + lane];
        y += taps[k] * signal[(t + k) * Lanes + lane];
      }
      worst = std::max({worst, std::abs(forward[t * Lanes + lane] - x), std::abs(backward[t * Lanes + lane] - y)});
    }
  CHECK(worst < 1e-13);
}

}  // namespace

TEST_CASE("signals pass a response forward and backward in time as sums over its lags") {
  std::vector<double> fading, growing, rising, ringing, odd{0.5, -1.0, 0.0, 2.0, 0.25};
  for (int k = 0; k < 60; ++k) rising.push_back(std::exp(-0.1 * k) - std::exp(-0.5 * k));
  for (int k = 0; k < 40; ++k) ringing.push_back(std::exp(-0.1 * k) * std::cos(0.7 * k));
  for (int k = 0; k < 40; ++k) growing.push_back(std::ldexp(1.0, k - 40));  // a recursion would lose all digits
  for (int k = 0; k < 30; ++k) fading.push_back(0.7 * std::exp(-0.15 * k));
  for (const std::size_t size : {1, 2, 3, 29, 30, 31, 200, 3000})
    for (const auto& taps : {std::vector<double>{2.0}, odd, fading, growing, rising, ringing}) {
      check_passes<1>(taps, size);
      check_passes<8>(taps, size);
    }
}

TEST_CASE("zeros behind the last tap are no part of a response") {
  CHECK(Response{{1.0, 0.0, 0.5, 0.0, 0.0}}.length() == 3);
  CHECK(Response{{0.0, 0.0}}.length() == 0);
  std::vector<double> nothing(5, 1.0);
  Response{std::vector<double>(5)}.forward<1>(std::vector<double>(5, 1.0).data(), nothing.data(), 5);
  CHECK(nothing == std::vector<double>(5, 0.0));
}

TEST_CASE("responses are what filters make of one spike, in double") {
  const auto one = responses_of<1>(ExponentialFilter{.coupling_decay = 0.25f, .coupling_window = 12}, 0.5f);
  REQUIRE(one.size() == 1);
  REQUIRE(one[0].length() == 12);
  for (std::size_t k = 0; k < 12; ++k)
    CHECK(std::abs(one[0].taps()[k] - std::exp(-0.125 * static_cast<double>(k))) < 1e-15);

  const auto three = responses_of<3>(RaisedCosine<3>{.last_peak_ms = 5.0f, .window_steps = 14}, 1.0f);
  const auto taps = BasicRaisedCosine<double, 3>{0.0, 5.0, 1.0, 14}.taps(1.0);
  for (std::size_t m = 0; m < 3; ++m)
    for (std::size_t k = 0; k < 14; ++k)
      CHECK(std::abs((k < three[m].length() ? three[m].taps()[k] : 0.0) - taps[m][k]) < 1e-12);
}

TEST_CASE("a response without an end is cut where it has fallen to 1e-13 of its peak") {
  const auto leaky = responses_of<1>(LeakyFilter{.tau = 5.0f}, 0.5f);
  const auto& taps = leaky[0].taps();
  for (std::size_t k = 0; k < taps.size(); ++k)
    CHECK(std::abs(taps[k] - 0.5 * std::pow(0.9, static_cast<double>(k))) < 1e-15);
  CHECK(taps.back() > 0.5e-13);
  CHECK(taps.back() < 0.6e-13);
}

TEST_CASE("a response may begin after its first step") {
  const auto taps = responses_of<1>(BiexponentialFilter{.tau_decay = 5.0, .tau_rise = 2.5}, 0.5f)[0].taps();
  for (std::size_t k = 0; k < taps.size(); ++k) {
    const double fall = std::exp(-0.1 * static_cast<double>(k));
    CHECK(std::abs(taps[k] - 4.0 * (fall - fall * fall)) < 1e-14);  // of peak 4 (1/2 - 1/4)
  }
  CHECK((taps.back() > 1e-13 && taps.back() < 1.2e-13));
}

TEST_CASE("a response of more than a million steps is refused") {
  CHECK_THROWS_WITH(
      responses_of<1>(ExponentialFilter{.coupling_decay = 1e-5f, .coupling_window = infinite_window}, 1.0f),
      "the filter takes more than a million steps to decay");
}
