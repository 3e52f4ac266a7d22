// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/filters/history.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "../../catch.hpp"
#include "../../message.hpp"
#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/nonlinearities/exponential.hpp"
#include "spikeometric/model/nonlinearities/logistic.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"

using namespace spikeometric;

TEST_CASE("taps of a refractory filter are constant for the absolute period, then decay from the relative strength") {
  const int absolute = GENERATE(0, 1, 3), relative = GENERATE(0, 1, 7);
  const float dt = GENERATE(1.0f, 0.25f);
  CAPTURE(absolute, relative, dt);
  const RefractoryFilter filter{absolute, -100.0f, relative, -30.0f, 0.5f};
  const std::vector<float> taps = filter.taps(dt);
  REQUIRE(taps.size() == static_cast<std::size_t>(absolute + relative));
  for (int k = 0; k < absolute + relative; ++k) {
    const double expected = k < absolute ? -100.0 : -30.0 * std::exp(-0.5 * dt * (k - absolute));
    CHECK(std::abs(taps[static_cast<std::size_t>(k)] - expected) <= std::abs(expected) * 0x1.01p-24);
  }
}

TEST_CASE("the relative period begins at its full strength") {
  const std::vector<float> taps = RefractoryFilter{.abs_ref_steps = 2, .rel_ref_strength = -7.3f}.taps(1.0f);
  CHECK(taps[2] == -7.3f);
}

TEST_CASE("an absolute refractory period has the same strong tap in each of its steps, at every dt") {
  STATIC_REQUIRE(SelfHistory<AbsoluteRefractory>);
  CHECK(AbsoluteRefractory{}.taps(1.0f).empty());
  for (const float dt : {1.0f, 0.1f})
    CHECK(AbsoluteRefractory{.steps = 3}.taps(dt) == std::vector<float>{-1000.0f, -1000.0f, -1000.0f});
  CHECK(AbsoluteRefractory{.steps = 1}.taps(Dual{1.0}) == std::vector<Dual>{{-1000.0, 0.0}});
}

TEST_CASE(
    "in an absolute refractory period, the mean count of each nonlinearity rounds to 0 up to the input documented") {
  const float h = AbsoluteRefractory{.steps = 1}.taps(1.0f)[0];
  for (const float theta : {-3.0f, 5.0f}) {
    const float highest = theta + 970.0f;
    CHECK(Logistic{.theta = theta}(highest + h, 1.0f) * 0x1p32f < 1.0f);
    CHECK(RectifiedLinear{.theta = theta}(theta + 999.0f + h, 1.0f) == 0.0f);
  }
  for (const float beta : {0.1f, 1.0f, 3.0f})
    CHECK(Exponential{.beta = beta}(1000.0f - 40.0f / beta + h, 1.0f) < 0x1p-48f);
}

TEST_CASE("NoHistory has no taps") { CHECK(NoHistory{}.taps(1.0f).empty()); }

TEST_CASE("a Fir is a self-history") {
  STATIC_REQUIRE(SelfHistory<Fir> && SelfHistory<BasicFir<double>>);
  CHECK(Fir{{-100.0f, 2.0f, 1.0f}}.taps(0.3f) == std::vector<float>{-100.0f, 2.0f, 1.0f});
}

TEST_CASE("taps of neurons are joined into one array, where zeros follow shorter ones") {
  const std::vector<std::vector<double>> own{{1.0, 2.0}, {}, {3.0, 4.0, 5.0}};
  STATIC_REQUIRE((detail::TapsOfNeurons<decltype(own)> && !detail::TapsOfNeurons<std::vector<double>>));
  CHECK(detail::lags_of(own) == 3);
  CHECK(detail::lags_of(own[0]) == 2);
  CHECK(detail::joined_taps(detail::converted_taps<float>(own)) ==
        std::vector{1.0f, 2.0f, 0.0f, 0.0f, 0.0f, 0.0f, 3.0f, 4.0f, 5.0f});
  CHECK(detail::joined_taps(detail::converted_taps<float>(own[0])) == std::vector{1.0f, 2.0f});
  CHECK(detail::joined_taps(std::vector<std::vector<float>>(3)).empty());
}

TEST_CASE("an invalid absolute refractory period is refused") {
  const auto validate = [](int steps) { return [steps] { validate_parameters(AbsoluteRefractory{steps}); }; };
  CHECK_NOTHROW(validate(0)());
  CHECK_NOTHROW(validate(1'000'000)());
  check_message<InvalidParameter>(validate(-1), {"abs_ref_steps = -1", "at least 0"});
  check_message<InvalidParameter>(validate(1'000'001), {"abs_ref_steps = 1000001", "at most"});
}

TEST_CASE("an invalid refractory filter is refused, naming the parameter") {
  const auto validate = [](RefractoryFilter filter) { return [filter] { validate_parameters(filter); }; };
  CHECK_NOTHROW(validate({})());
  CHECK_NOTHROW(validate({.abs_ref_steps = 0, .rel_ref_steps = 0})());
  CHECK_NOTHROW(validate({.abs_ref_strength = 4.0f, .rel_ref_strength = 2.0f, .refractory_decay = 0.0f})());
  check_message<InvalidParameter>(validate({.abs_ref_steps = -1}), {"abs_ref_steps = -1", "at least 0"});
  check_message<InvalidParameter>(validate({.abs_ref_steps = 1'000'001}), {"abs_ref_steps = 1000001", "at most"});
  check_message<InvalidParameter>(validate({.rel_ref_steps = -7}), {"rel_ref_steps = -7", "at least 0"});
  check_message<InvalidParameter>(validate({.abs_ref_strength = -std::numeric_limits<float>::infinity()}),
                                  {"abs_ref_strength = -inf", "finite"});
  check_message<InvalidParameter>(validate({.rel_ref_strength = std::numeric_limits<float>::quiet_NaN()}),
                                  {"rel_ref_strength = nan", "finite"});
  check_message<InvalidParameter>(validate({.refractory_decay = -0.5f}), {"refractory_decay = -0.5", "at least 0"});
}
