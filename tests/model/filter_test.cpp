// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/filter.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"

using namespace spikeometric;

namespace {

/// The filter fed with sums, one a step; the results, and in `states` the states.
template <class Filter>
std::vector<float> filtered(const Filter& filter, float dt, const std::vector<float>& sums,
                            std::vector<double>* states = nullptr) {
  const auto kernel = filter.kernel(dt);
  typename decltype(filter.kernel(dt))::State state{};
  std::vector<float> result;
  for (std::size_t t = 0; t < sums.size(); ++t) {
    result.push_back(kernel(state, sums[t], [&](std::uint32_t lag) {
      REQUIRE((lag >= 1 && lag <= kernel.memory()));
      return lag <= t ? sums[t - lag] : 0.0f;
    }));
    if (states) states->push_back(state);
  }
  return result;
}

std::vector<float> impulse(std::size_t steps) {
  std::vector<float> sums(steps);
  sums[0] = 1.0f;
  return sums;
}

}  // namespace

TEST_CASE("the taps of an exponential filter decay with the lag and end with the window") {
  const ExponentialFilter filter{.coupling_decay = 0.2f, .coupling_window = 5};
  const std::vector<float> taps = filter.taps(0.5f, 8);
  REQUIRE(taps.size() == 8);
  for (int k = 0; k < 8; ++k) {
    // One rounding to float of the exponential in double.
    const double expected = k < 5 ? std::exp(-static_cast<double>(0.2f) * 0.5 * k) : 0.0;
    CHECK(std::abs(taps[static_cast<std::size_t>(k)] - expected) <= expected * 0x1.01p-24);
  }
  CHECK(filter.taps(0.5f, 0).empty());
}

TEST_CASE("the taps of a filter in double are in double") {
  const std::vector<double> taps =
      BasicExponentialFilter<double>{.coupling_decay = 0.3, .coupling_window = 50}.taps(0.1, 50);
  for (int k = 0; k < 50; ++k) {
    const double expected = std::exp(-(0.3 * 0.1 * k));
    CHECK(std::abs(taps[static_cast<std::size_t>(k)] - expected) <= expected * 0x1p-51);
  }
}

TEST_CASE("the response of an exponential filter to one spike is its taps") {
  const int window = GENERATE(1, 2, 20, infinite_window);
  const float decay = GENERATE(0.2f, 1e-4f, 3.0f, 0.0f);
  const float dt = GENERATE(1.0f, 0.1f);
  if (window == infinite_window && decay == 0.0f) return;  // refused, see below
  const ExponentialFilter filter{.coupling_decay = decay, .coupling_window = window};
  CAPTURE(window, decay, dt);

  const std::vector<float> response = filtered(filter, dt, impulse(40)), taps = filter.taps(dt, 40);
  for (std::size_t k = 0; k < 40; ++k) {
    // Where the window has passed, the double-precision state keeps no more than its rounding errors.
    CHECK(std::abs(response[k] - taps[k]) <= taps[k] * 0x1p-23f + 1e-14f);
  }
}

TEST_CASE("a filter remembers as many sums as its window has lags, an infinite one none") {
  CHECK(ExponentialFilter{.coupling_window = 20}.kernel(1.0f).memory() == 20);
  CHECK(ExponentialFilter{.coupling_window = 1}.kernel(1.0f).memory() == 1);
  CHECK(ExponentialFilter{.coupling_window = infinite_window}.kernel(1.0f).memory() == 0);
}

TEST_CASE("a window of one step passes the sum on") {
  const std::vector<float> sums = {1.0f, -0.25f, 0.0f, 3.5f, 3.5f};
  CHECK(filtered(ExponentialFilter{.coupling_decay = 0.0f, .coupling_window = 1}, 1.0f, sums) == sums);
}

TEST_CASE("rounding errors of the recursion do not outlive the decay") {
  const int window = GENERATE(2, 20, 1000);
  const float decay = GENERATE(0.0f, 1e-6f, 1e-3f, 0.2f);
  const double smallest_input = GENERATE(-1.0, 0.0);
  CAPTURE(window, decay, smallest_input);
  support::Numbers numbers{1};
  std::vector<float> sums(support::slow_build ? 20'000 : 1'000'000);
  for (float& sum : sums) sum = static_cast<float>(numbers.real(smallest_input, 1.0));

  const auto kernel = ExponentialFilter{.coupling_decay = decay, .coupling_window = window}.kernel(1.0f);
  double state = 0.0;
  for (std::size_t t = 0; t < sums.size(); ++t)
    kernel(state, sums[t], [&](std::uint32_t lag) { return lag <= t ? sums[t - lag] : 0.0f; });
  long double expected = 0.0L, size = 0.0L;
  for (std::size_t k = 0; k < static_cast<std::size_t>(window); ++k) {
    const long double tap = std::exp(-static_cast<long double>(decay) * static_cast<long double>(k));
    expected += tap * sums[sums.size() - 1 - k];
    size += tap;
  }
  // A step rounds four times, each by at most 2^-53 of the sum over the window, and forgets 1 - exp(-decay) of that.
  // The factors are off by 2^-54: another such share for what enters, and one for what leaves.
  const double remembered_steps = std::min(static_cast<double>(sums.size()), decay > 0.0f ? 1.0 / decay + 1.0 : 1e300);
  CHECK(static_cast<double>(std::abs(state - expected) / size) < 6.0 * 0x1p-53 * remembered_steps);
}

TEST_CASE("an exponential filter that cannot be is refused by name") {
  const auto validate = [](ExponentialFilter filter) { return [filter] { filter.validate(); }; };
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_NOTHROW(validate({.coupling_decay = 0.0f, .coupling_window = 1})());
  CHECK_NOTHROW(validate({.coupling_decay = 0.1f, .coupling_window = infinite_window})());
  check_message<InvalidParameter>(validate({.coupling_window = 0}), {"coupling_window = 0", "at least 1"});
  check_message<InvalidParameter>(validate({.coupling_window = -5}), {"coupling_window = -5", "at least 1"});
  check_message<InvalidParameter>(validate({.coupling_decay = -0.1f}), {"coupling_decay = -0.1", "at least 0"});
  check_message<InvalidParameter>(validate({.coupling_decay = nan}), {"coupling_decay = nan"});
  check_message<InvalidParameter>(validate({.coupling_decay = 0.0f, .coupling_window = infinite_window}),
                                  {"coupling_decay = 0", "coupling_window is inf"});
}
