// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/penalty.hpp"

#include <limits>
#include <stdexcept>
#include <vector>

#include "../catch.hpp"

using namespace spikeometric;

TEST_CASE("penalties are none by default, add up, and grow by a factor") {
  CHECK(Penalty{}.none());
  CHECK(Penalty{}.differentiable());
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

TEST_CASE("a penalty is differentiable if it has neither L1 nor GroupL1") {
  CHECK(Penalty(L2{1.0}).differentiable());
  CHECK((L2{1.0} + Smooth{0.5}).differentiable());
  CHECK_FALSE(Penalty(L1{1.0}).differentiable());
  CHECK_FALSE((GroupL1{1.0} + L2{1.0}).differentiable());
  CHECK_FALSE(Penalty(Smooth{1.0}).none());
}

TEST_CASE("factors of neurons multiply, and are kept by a common factor") {
  const Penalty each = L1{2.0}.standardized().times({1.0, 3.0});
  CHECK(each.is_standardized());
  CHECK(each.factor(1) == 3.0);
  CHECK((2.0 * each).l1() == 4.0);
  CHECK((2.0 * each).factors() == std::vector{1.0, 3.0});
  CHECK(each.times({2.0, 0.5}).factors() == std::vector{2.0, 1.5});
  CHECK(Penalty(L1{1.0}).factor(7) == 1.0);
  CHECK_THROWS_WITH(each.factor(2), "a penalty of 2 neurons has no factor for neuron 2");
  CHECK_THROWS_WITH(L1{1.0}.times({1.0, -1.0}), "factor = -1 must be finite and at least 0");
  CHECK_THROWS_AS(each + L2{1.0}, InvalidArgument);
  CHECK_THROWS_AS(L1{1.0}.standardized() + L2{1.0}, InvalidArgument);
  CHECK((L1{1.0}.standardized() + L2{1.0}.standardized()).l2() == 1.0);
}

TEST_CASE("a strength that is negative or not finite is refused, with its value") {
  CHECK_THROWS_WITH(L1{-0.5}, "penalty strength = -0.5 must be finite and at least 0");
  CHECK_THROWS_AS(L2{std::numeric_limits<double>::infinity()}, std::invalid_argument);
  CHECK_THROWS_AS(GroupL1{std::numeric_limits<double>::quiet_NaN()}, std::invalid_argument);
  CHECK_THROWS_AS(-1.0 * L1{1.0}, std::invalid_argument);
}
