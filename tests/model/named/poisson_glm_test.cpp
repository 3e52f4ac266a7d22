// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/named/poisson_glm.hpp"

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
  const auto name = GENERATE(as<std::string>{}, "poisson_n6iso_p0", "poisson_n6iso_p1", "poisson_n6iso_p2",
                             "poisson_n20strong_p0", "poisson_n20strong_p1", "poisson_n20strong_p2");
  reference::check_step<BasicPoissonGLM>(name);
  reference::check_filters<BasicPoissonGLM>(name);
  reference::check_gradient<BasicPoissonGLM>(name);
}

TEST_CASE("spikes of small networks match the equations bit for bit") {
  const BasicPoissonGLM<float>::Parameters p{
      .dt = 0.5f, .r = 0.7f, .alpha = 4.0f, .beta = 0.5f, .tau = 3.0f, .T = 6, .b = 0.2f};
  slow::Model slow;
  slow.filters = {slow::time_constant(p.tau, 6, p.dt)};
  slow.r = p.r;
  slow.baseline = [=](const slow::Bits&) { return p.b; };
  slow.rate = [=](float g, std::uint32_t) { return p.dt / p.alpha * spikeometric::exp(p.beta * g); };
  slow.sample = slow::poisson;
  reference::check_spikes(BasicPoissonGLM<float>{p}, slow, GENERATE(1, 7, 9, 64, 300), 0.4);
}

TEST_CASE("rates, intervals, count variances and correlations of many networks match those of another simulator",
          "[long]") {
  reference::check_statistics<PoissonGLM>(GENERATE(as<std::string>{}, "stats_poisson_docs", "stats_poisson_strong"));
}

TEST_CASE("without coupling, counts are Poisson with mean dt / alpha exp(beta b), from 0.01 Hz to 1 kHz", "[long]") {
  const auto check = [](const PoissonGLM::Parameters& p, double rate_hz, double spikes, std::uint64_t seed) {
    const double mean = double(p.dt) / double(p.alpha) * std::exp(double(p.beta) * double(p.b));
    CHECK(std::abs(mean * 1000.0 / double(p.dt) - rate_hz) < 0.01 * rate_hz);
    reference::check_uncoupled(PoissonGLM{p}, reference::poisson_of(mean), spikes, seed);
  };
  check({.alpha = 1e5f}, 0.01, 1e3, 1);
  check({.dt = 0.1f, .b = -2.303f}, 1.0, 1e3, 3);
  check({}, 10.0, 1e5, 5);
  check({.beta = -1.0f, .b = -3.0f}, 200.9, 5e5, 7);
  check({.alpha = 1.0f}, 1000.0, 1e6, 9);
  check({.dt = 0.1f, .beta = 2.0f, .b = 2.3026f}, 1000.0, 1e6, 11);
}

TEST_CASE("counts without coupling have the Poisson distribution") {
  const double mean = GENERATE(0.02, 0.7, 3.0, 40.0);
  CAPTURE(mean);
  constexpr std::uint64_t neurons = 1000, steps = support::slow_build ? 50 : 1000;
  Simulator simulator{Graph{EdgeList{neurons}}, PoissonGLM{{.alpha = static_cast<float>(1.0 / mean)}}, no_stimulus,
                      Seed{21}};
  std::map<std::uint32_t, double> found;
  for (const Spike spike : simulator.run(steps)) ++found[spike.count];
  found[0] = double(neurons * steps);
  for (const auto& [count, times] : found)
    if (count > 0) found[0] -= times;
  // Each count that is expected at least 25 times must be within 5.5 sigma of a binomial count. There are up to 70 of
  // them, each beyond with probability 1e-6 or, if 25 are expected, 1e-5.
  for (std::uint32_t count = 0; count < 200; ++count) {
    const double p = std::exp(count * std::log(mean) - mean - std::lgamma(count + 1.0));
    const double expected = p * double(neurons * steps);
    CAPTURE(count, expected, found[count]);
    if (expected >= 25.0)
      CHECK(sigmas(found[count], expected, expected * (1.0 - p)) < 5.5);
    else
      CHECK(found[count] < 70.0);
  }
}

TEST_CASE("the mean rate of a driven neuron follows from the distribution of its input") {
  // X is Poisson with mean m, so exp(a X) has mean exp(m (exp(a) - 1)), and the rate of the neuron is
  //   (dt / alpha) exp(beta b) prod_k exp(m (exp(beta r W c(k)) - 1)).
  const PoissonGLM model{{.r = 0.5f, .alpha = 20.0f, .beta = 0.8f, .tau = 4.0f, .T = 10, .b = 0.5f}};
  const double weight = GENERATE(-2.0, 1.0), m = std::exp(0.8 * 0.5) / 20.0;
  double expected = m;
  for (int k = 0; k < 10; ++k) expected *= std::exp(m * (std::exp(0.8 * 0.5 * weight * std::exp(-k / 4.0)) - 1.0));
  reference::check_driven(model, weight, m, expected, 22);
}

TEST_CASE("with its defaults, a Poisson GLM fires at a moderate rate and does not diverge", "[long]") {
  reference::check_defaults_are_stable<PoissonGLM>();
}

TEST_CASE("every parameter is passed to its part, with the name and unit of the equations") {
  const PoissonGLM::Parameters p{
      .dt = 0.5f, .r = 2.0f, .alpha = 30.0f, .beta = -1.5f, .tau = 4.0f, .T = 7, .b = -0.25f};
  const PoissonGLM model{p};
  CHECK((model.dt() == 0.5f && model.scale.r == 2.0f));
  CHECK((model.nonlinearity.alpha == 30.0f && model.nonlinearity.beta == -1.5f));
  CHECK((model.filter.tau == 4.0f && model.filter.T == 7));
  CHECK(model.baseline.b == -0.25f);
  CHECK(std::string(PoissonGLM::name) == "poisson_glm");
  using Units = std::vector<std::pair<std::string, std::string>>;
  CHECK(reference::units_of(model) ==
        Units{{"dt", "ms"}, {"r", "1"}, {"tau", "ms"}, {"T", "steps"}, {"b", "1"}, {"alpha", "ms"}, {"beta", "1"}});

  PoissonGLM set;
  for (const auto& [name, value] : reference::values_of(model)) set_parameter(set, name, value);
  CHECK(reference::values_of(set) == reference::values_of(model));
  set_parameter(set, "T", std::numeric_limits<double>::infinity());
  CHECK(set.filter.T == infinite_window);
}

TEST_CASE("defaults are as documented") {
  const std::map<std::string, double> expected = {{"dt", 1},   {"r", 1},  {"alpha", 100}, {"beta", 1},
                                                  {"tau", 10}, {"T", 20}, {"b", 0}};
  CHECK(reference::values_of(PoissonGLM{}) == expected);
}

TEST_CASE("an invalid Poisson GLM is refused, naming the value") {
  using P = PoissonGLM::Parameters;
  const auto make = [](const P& p) { return [p] { PoissonGLM{p}; }; };
  constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  check_message<InvalidParameter>(make({.dt = 0.0f}), {"dt = 0", "above 0"});
  check_message<InvalidParameter>(make({.dt = -1.0f}), {"dt = -1", "above 0"});
  check_message<InvalidParameter>(make({.dt = not_a_number}), {"dt = nan"});
  check_message<InvalidParameter>(make({.r = infinity}), {"r = inf", "finite"});
  check_message<InvalidParameter>(make({.alpha = 0.0f}), {"alpha = 0", "above 0"});
  check_message<InvalidParameter>(make({.alpha = -2.0f}), {"alpha = -2 ms", "above 0"});
  check_message<InvalidParameter>(make({.alpha = not_a_number}), {"alpha = nan"});
  check_message<InvalidParameter>(make({.beta = not_a_number}), {"beta = nan", "finite"});
  check_message<InvalidParameter>(make({.tau = 0.0f}), {"tau = 0", "above 0"});
  check_message<InvalidParameter>(make({.tau = -3.0f}), {"tau = -3 ms", "above 0"});
  check_message<InvalidParameter>(make({.tau = infinity}), {"tau = inf", "finite"});
  check_message<InvalidParameter>(make({.T = 0}), {"T = 0", "at least 1"});
  check_message<InvalidParameter>(make({.T = -1}), {"T = -1", "at least 1"});
  check_message<InvalidParameter>(make({.b = -infinity}), {"b = -inf", "finite"});
  check_message<InvalidParameter>(make({.tau = 1e20f, .T = infinite_window}), {"tau = 1e+20", "nothing decays"});
  CHECK_NOTHROW(make({.dt = 5.0f, .tau = 0.1f, .T = 1})());
  CHECK_NOTHROW(make({.tau = 1e6f, .T = infinite_window})());
}
