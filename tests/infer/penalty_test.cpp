// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/penalty.hpp"

#include <limits>
#include <stdexcept>

#include "../catch.hpp"

using namespace spikeometric;

TEST_CASE("penalties are none by default, add up, and grow by a factor") {
  CHECK(Penalty{}.none());
  CHECK(Penalty{}.smooth());
  const Penalty both = L1{0.5} + L2{0.25} + L1{1.0} + GroupL1{2.0};
  CHECK(both.l1() == 1.5);
  CHECK(both.l2() == 0.25);
  CHECK(both.group_l1() == 2.0);
  CHECK_FALSE(both.none());
  const Penalty half = 0.5 * both;
  CHECK(half.l1() == 0.75);
  CHECK(half.l2() == 0.125);
  CHECK(half.group_l1() == 1.0);
}

TEST_CASE("L2 alone is smooth") {
  CHECK(Penalty(L2{1.0}).smooth());
  CHECK_FALSE(Penalty(L1{1.0}).smooth());
  CHECK_FALSE((GroupL1{1.0} + L2{1.0}).smooth());
}

TEST_CASE("a strength that is negative or not finite is refused, with its value") {
  CHECK_THROWS_WITH(L1{-0.5}, "penalty strength = -0.5 must be finite and at least 0");
  CHECK_THROWS_AS(L2{std::numeric_limits<double>::infinity()}, std::invalid_argument);
  CHECK_THROWS_AS(GroupL1{std::numeric_limits<double>::quiet_NaN()}, std::invalid_argument);
  CHECK_THROWS_AS(-1.0 * L1{1.0}, std::invalid_argument);
}
