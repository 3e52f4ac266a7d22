// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/named/rectified_lnp.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../../catch.hpp"
#include "../../message.hpp"
#include "../model_reference.hpp"

using namespace spikeometric;

TEST_CASE("inputs, rates, filters and derivatives match the reference") {
  const auto name = GENERATE(as<std::string>{}, "rectified_lnp_n6iso_p0", "rectified_lnp_n6iso_p1",
                             "rectified_lnp_n20strong_p0", "rectified_lnp_n20strong_p1");
  reference::check_step<BasicRectifiedLNP>(name);
  reference::check_filters<BasicRectifiedLNP>(name);
  reference::check_gradient<BasicRectifiedLNP>(name);
}

TEST_CASE("spikes of small networks match the equations bit for bit") {
  const BasicRectifiedLNP<float>::Parameters p{
      .dt = 0.5f, .r = 0.7f, .lambda_0 = 0.3f, .theta = 0.1f, .tau = 3.0f, .T = 6, .b = 0.4f};
  slow::Model slow;
  slow.filters = {slow::time_constant(p.tau, 6, p.dt)};
  slow.r = p.r;
  slow.baseline = [=](const slow::Bits&) { return p.b; };
  slow.rate = [=](float g, std::uint32_t) { return reference::rectified(g, p.lambda_0, p.theta, p.dt); };
  slow.sample = slow::poisson;
  reference::check_spikes(BasicRectifiedLNP<float>{p}, slow, GENERATE(1, 7, 9, 64, 300), 0.4);
}

TEST_CASE("rates, intervals, count variances and correlations of many networks match those of another simulator") {
  reference::check_statistics<RectifiedLNP>("stats_rectified_lnp_docs");
}

TEST_CASE("without coupling, counts are Poisson with mean lambda_0 dt (b - theta), from 0.01 Hz to 1 kHz") {
  const auto check = [](const RectifiedLNP::Parameters& p, double rate_hz, double spikes, std::uint64_t seed) {
    const double mean = double(p.lambda_0) * double(p.dt) * (double(p.b) - double(p.theta));
    CHECK(std::abs(mean * 1000.0 / double(p.dt) - rate_hz) < 0.01 * rate_hz);
    reference::check_uncoupled(RectifiedLNP{p}, reference::poisson_of(mean), spikes, seed);
  };
  check({.lambda_0 = 1e-5f}, 0.01, 1e3, 1);
  check({.dt = 0.1f, .theta = 0.9f}, 1.0, 1e3, 3);
  check({}, 10.0, 1e5, 5);
  check({.lambda_0 = 2.0f, .theta = -0.25f, .b = -0.15f}, 200.0, 5e5, 7);
  check({.lambda_0 = 1.0f}, 1000.0, 1e6, 9);
  check({.dt = 0.1f, .lambda_0 = 0.5f, .b = 2.0f}, 1000.0, 1e6, 11);
}

TEST_CASE("a neuron with an input at or below the threshold never fires") {
  const float b = GENERATE(0.5f, 0.499f, -100.0f);
  Simulator simulator{Graph{EdgeList{1000}}, RectifiedLNP{{.lambda_0 = 1e6f, .theta = 0.5f, .b = b}}, no_stimulus,
                      Seed{13}};
  CHECK(simulator.run(100).empty());
}

TEST_CASE("the rate of a driven neuron is that of its mean input, since the rate is linear above threshold") {
  const RectifiedLNP model{{.dt = 0.5f, .r = 0.5f, .lambda_0 = 0.05f, .theta = 0.2f, .tau = 4.0f, .T = 10, .b = 1.2f}};
  const double m = 0.05 * 0.5 * (1.2 - 0.2);
  double input = 0.0;
  for (int k = 0; k < 10; ++k) input += 0.5 * 1.5 * m * std::exp(-0.5 * k / 4.0);
  reference::check_driven(model, 1.5, m, m + 0.05 * 0.5 * input, 22);
}

TEST_CASE("with its defaults, a rectified LNP model fires at a moderate rate and does not diverge") {
  reference::check_defaults_are_stable<RectifiedLNP>();
}

TEST_CASE("every parameter is passed to its part, with the name and unit of the equations") {
  const RectifiedLNP model{{.dt = 0.5f, .r = 2.0f, .lambda_0 = 3.0f, .theta = -1.5f, .tau = 4.0f, .T = 7, .b = -0.25f}};
  CHECK((model.dt() == 0.5f && model.scale.r == 2.0f));
  CHECK((model.nonlinearity.lambda_0 == 3.0f && model.nonlinearity.theta == -1.5f));
  CHECK((model.filter.tau == 4.0f && model.filter.T == 7));
  CHECK(model.baseline.b == -0.25f);
  CHECK(std::string(RectifiedLNP::name) == "rectified_lnp");
  using Units = std::vector<std::pair<std::string, std::string>>;
  CHECK(
      reference::units_of(model) ==
      Units{{"dt", "ms"}, {"r", "1"}, {"tau", "ms"}, {"T", "steps"}, {"b", "1"}, {"lambda_0", "1/ms"}, {"theta", "1"}});

  RectifiedLNP set;
  for (const auto& [name, value] : reference::values_of(model)) set_parameter(set, name, value);
  CHECK(reference::values_of(set) == reference::values_of(model));
  set_parameter(set, "T", std::numeric_limits<double>::infinity());
  CHECK(set.filter.T == infinite_window);
}

TEST_CASE("defaults are as documented") {
  const std::map<std::string, double> expected = {
      {"dt", 1}, {"r", 1}, {"lambda_0", double(0.01f)}, {"theta", 0}, {"tau", 10}, {"T", 20}, {"b", 1}};
  CHECK(reference::values_of(RectifiedLNP{}) == expected);
}

TEST_CASE("an invalid rectified LNP model is refused, naming the value") {
  using P = RectifiedLNP::Parameters;
  const auto make = [](const P& p) { return [p] { RectifiedLNP{p}; }; };
  constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  check_message<InvalidParameter>(make({.dt = 0.0f}), {"dt = 0", "above 0"});
  check_message<InvalidParameter>(make({.dt = -1.0f}), {"dt = -1", "above 0"});
  check_message<InvalidParameter>(make({.r = not_a_number}), {"r = nan", "finite"});
  check_message<InvalidParameter>(make({.lambda_0 = -0.5f}), {"lambda_0 = -0.5 1/ms", "at least 0"});
  check_message<InvalidParameter>(make({.lambda_0 = infinity}), {"lambda_0 = inf", "finite"});
  check_message<InvalidParameter>(make({.theta = not_a_number}), {"theta = nan", "finite"});
  check_message<InvalidParameter>(make({.tau = 0.0f}), {"tau = 0", "above 0"});
  check_message<InvalidParameter>(make({.tau = -3.0f}), {"tau = -3 ms", "above 0"});
  check_message<InvalidParameter>(make({.tau = not_a_number}), {"tau = nan"});
  check_message<InvalidParameter>(make({.T = 0}), {"T = 0", "at least 1"});
  check_message<InvalidParameter>(make({.b = -infinity}), {"b = -inf", "finite"});
  CHECK_NOTHROW(make({.dt = 5.0f, .lambda_0 = 0.0f, .tau = 0.1f, .T = 1})());
}
