// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/stimulus/impulses.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"

using namespace spikeometric;

namespace {

using Steps = std::vector<std::uint64_t>;

std::vector<double> values_of(const detail::FilteredImpulses& filtered, std::uint64_t first, std::uint64_t steps) {
  std::vector<double> values(steps * filtered.size(), -1.0);
  filtered.fill(first, steps, values.data(), filtered.size());
  return values;
}

}  // namespace

TEST_CASE("an impulse gives the taps of each function from its own step on") {
  const auto events = impulses(Steps{2});
  CHECK(values_of(events.filtered({}, {{0.5, 1.0, 0.25}}), 0, 6) == std::vector<double>{0, 0, 0.5, 1, 0.25, 0});
  CHECK(values_of(events.filtered({}, {{0.5, 1.0, 0.25}, {3.0}}), 2, 4) ==
        std::vector<double>{0.5, 3, 1, 0, 0.25, 0, 0, 0});
}

TEST_CASE("the responses to impulses add up, in order of lags") {
  support::Numbers numbers{1};
  std::vector<double> train(200), amplitudes;
  Steps steps;
  for (int event = 0; event < 40; ++event) {
    steps.push_back(numbers.below(190));
    amplitudes.push_back(numbers.real(-2.0, 2.0));
    while (train[steps.back()] != 0.0) steps.back() = numbers.below(190);
    train[steps.back()] = amplitudes.back();
  }
  std::vector<double> taps(30);
  for (double& tap : taps) tap = numbers.real(-1.0, 1.0);
  const auto filtered = impulses(steps, amplitudes).filtered({}, {taps});
  const auto whole = values_of(filtered, 0, 200);
  for (std::uint64_t t = 0; t < 200; ++t) {
    double sum = 0.0;
    for (std::uint64_t k = 0; k < 30 && k <= t; ++k) sum += taps[k] * train[t - k];
    REQUIRE(whole[t] == sum);  // terms of 0 do not change a sum
    REQUIRE(values_of(filtered, t, 1)[0] == sum);
  }
}

TEST_CASE("impulses may be in any order, and those of one step add up") {
  CHECK(values_of(impulses(Steps{4, 1, 4}).filtered({}, {{1.0}}), 0, 6) == std::vector<double>{0, 1, 0, 0, 2, 0});
  CHECK(values_of(impulses(Steps{4, 1, 4}, {1.0, 7.0, -0.5}).filtered({}, {{2.0}}), 0, 6) ==
        std::vector<double>{0, 14, 0, 0, 1, 0});
  CHECK(values_of(impulses(Steps{}).filtered({}, {{2.0}}), 0, 2) == std::vector<double>{0, 0});
}

TEST_CASE("each network of a batch has its own impulses, or all share them") {
  const auto each = impulses(std::vector{Steps{0}, Steps{}, Steps{1}});
  CHECK(values_of(each.filtered({.index = 0, .networks = 3}, {{1.0}}), 0, 2) == std::vector<double>{1, 0});
  CHECK(values_of(each.filtered({.index = 1, .networks = 3}, {{1.0}}), 0, 2) == std::vector<double>{0, 0});
  CHECK(values_of(each.filtered({.index = 2, .networks = 3}, {{1.0}}), 0, 2) == std::vector<double>{0, 1});
  CHECK(values_of(impulses(Steps{0}).filtered({.index = 2, .networks = 3}, {{1.0}}), 0, 1) == std::vector<double>{1});
  const Impulses scaled{std::vector<std::vector<Impulse>>{{{1, 2.0}, {0, 3.0}}, {}}};
  CHECK(values_of(scaled.filtered({.index = 0, .networks = 2}, {{1.0}}), 0, 2) == std::vector<double>{3, 2});
  check_message<InvalidArgument>([&] { each.filtered({.index = 0, .networks = 2}, {{1.0}}); },
                                 {"3 lists of impulses", "a batch of 2 networks"});
}

TEST_CASE("impulses are known in all steps of their networks") {
  CHECK(impulses(Steps{5}).covered(9) == StepRange{});
  const auto each = impulses(std::vector{Steps{5}, Steps{}});
  CHECK(each.covered(1) == StepRange{});
  check_message<OutOfRange>([&] { each.covered(2); }, {"network 2"});
}

TEST_CASE("invalid impulses are refused, naming step and network") {
  check_message<InvalidArgument>([] { impulses(Steps{3, 4}, {1.0}); }, {"1 amplitudes", "2 steps"});
  check_message<InvalidArgument>([] { impulses(Steps{3, 4}, {1.0, std::nan("")}); }, {"finite", "nan", "step 4"});
  check_message<InvalidArgument>(
      [] {
        impulses(std::vector{Steps{3}, Steps{7, std::uint64_t{1} << 48}});
      },
      {"step 281474976710656", "network 1", "2^48"});
  check_message<InvalidArgument>([] { impulses(Steps{static_cast<std::uint64_t>(-3)}); }, {"step -3", "negative"});
  check_message<InvalidArgument>([] { impulses(std::vector<Steps>{}); }, {"list of networks is empty"});
}
