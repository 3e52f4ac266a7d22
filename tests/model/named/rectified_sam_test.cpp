// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/named/rectified_sam.hpp"

#include <Eigen/Core>

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

TEST_CASE("inputs, rates, activations and derivatives match the reference") {
  const auto name = GENERATE(as<std::string>{}, "rectified_sam_n6iso_p0", "rectified_sam_n6iso_p1",
                             "rectified_sam_n20strong_p0", "rectified_sam_n20strong_p1");
  reference::check_step<BasicRectifiedSAM>(name);
  reference::check_activation<BasicRectifiedSAM>(name);
  reference::check_gradient<BasicRectifiedSAM>(name);
}

TEST_CASE("spikes of small networks match the equations bit for bit") {
  const BasicRectifiedSAM<float>::Parameters p{
      .dt = 0.5f, .r = 0.7f, .lambda_0 = 0.3f, .theta = 0.1f, .tau = 3.0f, .b = 0.4f};
  slow::Model slow;
  slow.filters = {slow::leaky(p.tau, p.dt)};
  slow.r = p.r;
  slow.baseline = [=](const slow::Bits&) { return p.b; };
  slow.rate = [=](float g, std::uint32_t) { return reference::rectified(g, p.lambda_0, p.theta, p.dt); };
  slow.sample = slow::poisson;
  reference::check_spikes(BasicRectifiedSAM<float>{p}, slow, GENERATE(1, 7, 9, 64, 300), 0.4);
}

TEST_CASE("rates, intervals, count variances and correlations of many networks match those of another simulator") {
  reference::check_statistics<RectifiedSAM>("stats_rectified_sam_strong");
}

TEST_CASE("without coupling, counts are Poisson with mean lambda_0 dt (b - theta), from 0.01 Hz to 1 kHz") {
  const auto check = [](const RectifiedSAM::Parameters& p, double rate_hz, double spikes, std::uint64_t seed) {
    const double mean = double(p.lambda_0) * double(p.dt) * (double(p.b) - double(p.theta));
    CHECK(std::abs(mean * 1000.0 / double(p.dt) - rate_hz) < 0.01 * rate_hz);
    reference::check_uncoupled(RectifiedSAM{p}, reference::poisson_of(mean), spikes, seed);
  };
  check({.lambda_0 = 1e-5f}, 0.01, 1e3, 1);
  check({}, 10.0, 1e5, 3);
  check({.lambda_0 = 2.0f, .theta = -0.25f, .b = -0.15f}, 200.0, 5e5, 5);
  check({.dt = 0.1f, .lambda_0 = 0.5f, .b = 2.0f}, 1000.0, 1e6, 7);
}

TEST_CASE("initial activations are uniform in (0, 1)") {
  // Each neuron drives only itself, so its input is its activation.
  constexpr std::uint64_t neurons = 20'000;
  EdgeList edges{neurons};
  for (std::uint32_t i = 0; i < neurons; ++i) edges.add(i, i, 1.0f);
  reference::Step seen{neurons};
  Simulator simulator{Graph{edges}, reference::watched(RectifiedSAM{{.b = 0.0f}}, seen), no_stimulus, Seed{14}};
  simulator.run(1);
  const std::vector<double> s(seen.g.begin(), seen.g.end());
  CHECK(kolmogorov_smirnov(s, [](double x) { return x < 0.0 ? 0.0 : x > 1.0 ? 1.0 : x; }) < 2.75);
  double products = 0.0;
  for (std::size_t i = 1; i < neurons; ++i) products += (s[i] - 0.5) * (s[i - 1] - 0.5);
  CHECK(sigmas(products, 0.0, (neurons - 1) / 144.0) < 5);
  simulator.reset();
  simulator.run(1);
  CHECK(std::vector<double>(seen.g.begin(), seen.g.end()) == s);
}

TEST_CASE("the rate of a driven neuron is that of its mean input, since the rate is linear above threshold") {
  // A neuron with m spikes per step has a mean activation of m tau.
  const RectifiedSAM model{{.dt = 0.5f, .r = 0.5f, .lambda_0 = 0.05f, .theta = 0.2f, .tau = 4.0f, .b = 1.2f}};
  const double m = 0.05 * 0.5 * (1.2 - 0.2);
  reference::check_driven(model, 2.5, m, m + 0.05 * 0.5 * 0.5 * 2.5 * (4.0 * m), 22);
}

TEST_CASE("with its defaults, a rectified SAM fires at a moderate rate and does not diverge") {
  reference::check_defaults_are_stable<RectifiedSAM>();
}

TEST_CASE("every parameter is passed to its part, with the name and unit of the equations") {
  const RectifiedSAM model{{.dt = 0.5f, .r = 2.0f, .lambda_0 = 3.0f, .theta = -1.5f, .tau = 4.0f, .b = -0.25f}};
  CHECK((model.dt() == 0.5f && model.scale.r == 2.0f));
  CHECK((model.nonlinearity.lambda_0 == 3.0f && model.nonlinearity.theta == -1.5f));
  CHECK(model.filter.tau == 4.0f);
  CHECK(model.baseline.b == -0.25f);
  CHECK(std::string(RectifiedSAM::name) == "rectified_sam");
  using Units = std::vector<std::pair<std::string, std::string>>;
  CHECK(reference::units_of(model) ==
        Units{{"dt", "ms"}, {"r", "1"}, {"tau", "ms"}, {"b", "1"}, {"lambda_0", "1/ms"}, {"theta", "1"}});

  RectifiedSAM set;
  for (const auto& [name, value] : reference::values_of(model)) set_parameter(set, name, value);
  CHECK(reference::values_of(set) == reference::values_of(model));
}

TEST_CASE("defaults are as documented") {
  const std::map<std::string, double> expected = {{"dt", 1},    {"r", 1},    {"lambda_0", double(0.01f)},
                                                  {"theta", 0}, {"tau", 10}, {"b", 1}};
  CHECK(reference::values_of(RectifiedSAM{}) == expected);
}

TEST_CASE("an invalid rectified SAM is refused, naming the value") {
  using P = RectifiedSAM::Parameters;
  const auto make = [](const P& p) { return [p] { RectifiedSAM{p}; }; };
  constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  check_message<InvalidParameter>(make({.dt = 0.0f}), {"dt = 0", "above 0"});
  check_message<InvalidParameter>(make({.dt = 10.5f}), {"dt = 10.5 ms", "at most tau = 10 ms"});
  check_message<InvalidParameter>(make({.dt = not_a_number}), {"dt = nan"});
  check_message<InvalidParameter>(make({.r = infinity}), {"r = inf", "finite"});
  check_message<InvalidParameter>(make({.lambda_0 = -0.5f}), {"lambda_0 = -0.5 1/ms", "at least 0"});
  check_message<InvalidParameter>(make({.theta = infinity}), {"theta = inf", "finite"});
  check_message<InvalidParameter>(make({.tau = 0.0f}), {"tau = 0", "above 0"});
  check_message<InvalidParameter>(make({.tau = -3.0f}), {"tau = -3 ms", "above 0"});
  check_message<InvalidParameter>(make({.tau = not_a_number}), {"tau = nan"});
  check_message<InvalidParameter>(make({.tau = 1e20f}), {"tau = 1e+20 ms", "nothing decays"});
  check_message<InvalidParameter>(make({.b = not_a_number}), {"b = nan", "finite"});
  CHECK_NOTHROW(make({.dt = 10.0f, .lambda_0 = 0.0f})());

  // The simulator detects a later change that makes the step too long.
  RectifiedSAM model;
  set_parameter(model, "tau", 0.5);
  check_message<InvalidParameter>([&] { Simulator(Graph{EdgeList{3}}, model, no_stimulus, Seed{1}); },
                                  {"dt = 1 ms", "tau = 0.5 ms"});
}
