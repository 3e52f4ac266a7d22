// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/named/threshold_sam.hpp"

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
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

/// P(b (1 + xi) > theta)
double spike_probability(const ThresholdSAM::Parameters& p) {
  const double b = p.b, above = double(p.theta) - b, rho = p.rho;
  const double noisy = 0.5 * std::erfc(above / (std::abs(b) * double(p.sigma) * std::sqrt(2.0)));
  return rho * noisy + (1.0 - rho) * (above < 0.0 ? 1.0 : 0.0);
}

}  // namespace

TEST_CASE("inputs, spikes and activations match the reference") {
  const auto name = GENERATE(as<std::string>{}, "threshold_sam_n6iso_p0", "threshold_sam_n6iso_p1",
                             "threshold_sam_n20strong_p0", "threshold_sam_n20strong_p1");
  reference::check_step<BasicThresholdSAM>(name);
  reference::check_activation<BasicThresholdSAM>(name);
}

TEST_CASE(
    "with a threshold of 0, an input that halves in every step fires for a hundred steps, until it is below 2^-100") {
  EdgeList<> edges{2};
  edges.add(0, 1, 1.0f);
  Simulator simulator{Graph{edges}, ThresholdSAM{{.r = 1.0f, .b = 0.0f, .tau = 2.0f, .theta = 0.0f}}, no_stimulus,
                      Seed{1}};
  Eigen::MatrixXi history(2, 1);
  history << 1, 0;
  simulator.reset(history);
  const auto events = simulator.run(300);
  REQUIRE(events.total() == 101);  // 2^0, ..., 2^-100
  CHECK(events.packed().back().offset == 100);
}

TEST_CASE("spikes of small networks match the equations bit for bit") {
  const BasicThresholdSAM<float>::Parameters p{
      .dt = 0.5f, .r = 0.7f, .b = 0.4f, .tau = 3.0f, .sigma = 0.6f, .rho = 0.3f, .theta = 0.45f};
  slow::Model slow;
  slow.filters = {slow::leaky(p.tau, p.dt)};
  slow.r = p.r;
  slow.baseline = [=](const slow::Bits& bits) { return slow::noisy_baseline(p.b, p.sigma, p.rho, bits); };
  slow.rate = [](float g, std::uint32_t) { return g; };
  slow.sample = [=](float mu, const slow::Bits&) { return mu > p.theta; };
  reference::check_spikes(BasicThresholdSAM<float>{p}, slow, GENERATE(1, 7, 9, 64, 300), 0.4);
}

TEST_CASE("without coupling, spikes have the probability that noise exceeds the threshold, from 0.01 Hz to 1 kHz",
          "[long]") {
  const auto check = [](const ThresholdSAM::Parameters& p, double rate_hz, double spikes, std::uint64_t seed) {
    const double probability = spike_probability(p);
    CHECK(std::abs(probability * 1000.0 / double(p.dt) - rate_hz) < 0.01 * rate_hz);
    reference::check_uncoupled(ThresholdSAM{p}, reference::bernoulli_of(probability), spikes, seed);
  };
  check({.rho = 2.9017e-5f}, 0.01, 1e3, 1);                             // noise is rare
  check({.sigma = 0.1f, .rho = 1.0f, .theta = 1.37190f}, 0.1, 2e3, 3);  // or rarely large
  check({}, 13.78, 1e5, 5);
  check({.dt = 0.1f, .rho = 0.5f}, 1723.0, 5e5, 7);
  check({.b = -1.0f, .rho = 0.3f, .theta = -0.6f}, 63.57, 1e5, 9);
  check({.b = 1.4f, .rho = 0.02f}, 992.2, 5e5, 11);
}

TEST_CASE("an input at the threshold never fires, and one above it fires in every step") {
  const auto spikes = [](float theta) {
    Simulator simulator{Graph{EdgeList{300}}, ThresholdSAM{{.b = 1.25f, .rho = 0.0f, .theta = theta}}, no_stimulus,
                        Seed{13}};
    return simulator.run(100).total();
  };
  CHECK(spikes(1.25f) == 0);
  CHECK(spikes(std::nextafter(1.25f, 0.0f)) == 300 * 100);
}

TEST_CASE("a spike makes its target fire while the activation is above threshold") {
  // s = dt (1 - dt / tau)^k after k further steps.
  const ThresholdSAM model{{.dt = 0.5f, .r = 1.0f, .b = 0.0f, .tau = 8.0f, .theta = 0.1f}};
  EdgeList edges{2};
  edges.add(0, 1, 0.7f);
  const auto kick = [](std::uint64_t step, std::uint32_t neuron) { return step == 3 && neuron == 0 ? 1.0f : 0.0f; };
  Simulator simulator{Graph{edges}, model, kick, Seed{1}};
  simulator.reset_activation(Eigen::VectorXd::Zero(2));
  std::vector<Spike> expected = {{3, 0, 1}};
  for (std::uint64_t k = 0; 0.7 * 0.5 * std::pow(1.0 - 0.5 / 8.0, static_cast<double>(k)) > 0.1; ++k)
    expected.push_back({4 + k, 1, 1});
  CHECK(expected.size() == 21);
  const Events spikes = simulator.run(100);
  CHECK(std::vector<Spike>(spikes.begin(), spikes.end()) == expected);
}

TEST_CASE("with its defaults, a threshold SAM fires at a moderate rate and does not diverge", "[long]") {
  reference::check_defaults_are_stable<ThresholdSAM>();
}

TEST_CASE("every parameter is passed to its part, with the name and unit of the equations") {
  const ThresholdSAM model{
      {.dt = 0.5f, .r = 2.0f, .b = -0.25f, .tau = 4.0f, .sigma = 0.75f, .rho = 0.125f, .theta = -1.5f}};
  CHECK((model.dt() == 0.5f && model.scale.r == 2.0f));
  CHECK((model.baseline.b == -0.25f && model.baseline.sigma == 0.75f && model.baseline.rho == 0.125f));
  CHECK(model.filter.tau == 4.0f);
  CHECK(model.sampler.theta == -1.5f);
  CHECK(std::string(ThresholdSAM::name) == "threshold_sam");
  using Units = std::vector<std::pair<std::string, std::string>>;
  CHECK(reference::units_of(model) ==
        Units{{"dt", "ms"}, {"r", "1"}, {"tau", "ms"}, {"b", "1"}, {"sigma", "1"}, {"rho", "1"}, {"theta", "1"}});

  ThresholdSAM set;
  for (const auto& [name, value] : reference::values_of(model)) set_parameter(set, name, value);
  CHECK(reference::values_of(set) == reference::values_of(model));
}

TEST_CASE("defaults are as documented") {
  const std::map<std::string, double> expected = {{"dt", 1},
                                                  {"r", double(0.1f)},
                                                  {"b", 1},
                                                  {"tau", 10},
                                                  {"sigma", 0.5},
                                                  {"rho", double(0.04f)},
                                                  {"theta", double(1.2f)}};
  CHECK(reference::values_of(ThresholdSAM{}) == expected);
}

TEST_CASE("an invalid threshold SAM is refused, naming the value") {
  using P = ThresholdSAM::Parameters;
  const auto make = [](const P& p) { return [p] { ThresholdSAM{p}; }; };
  constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  check_message<InvalidParameter>(make({.dt = -0.5f}), {"dt = -0.5 ms", "above 0"});
  check_message<InvalidParameter>(make({.dt = 10.5f}), {"dt = 10.5 ms", "at most tau = 10 ms"});
  check_message<InvalidParameter>(make({.r = not_a_number}), {"r = nan", "finite"});
  check_message<InvalidParameter>(make({.b = infinity}), {"b = inf", "finite"});
  check_message<InvalidParameter>(make({.tau = 0.0f}), {"tau = 0", "above 0"});
  check_message<InvalidParameter>(make({.tau = -3.0f}), {"tau = -3 ms", "above 0"});
  check_message<InvalidParameter>(make({.tau = 1e20f}), {"tau = 1e+20 ms", "nothing decays"});
  check_message<InvalidParameter>(make({.sigma = -0.1f}), {"sigma = -0.1", "at least 0"});
  check_message<InvalidParameter>(make({.sigma = infinity}), {"sigma = inf", "finite"});
  check_message<InvalidParameter>(make({.rho = -0.1f}), {"rho = -0.1", "at least 0"});
  check_message<InvalidParameter>(make({.rho = 1.1f}), {"rho = 1.1", "at most 1"});
  check_message<InvalidParameter>(make({.rho = not_a_number}), {"rho = nan"});
  check_message<InvalidParameter>(make({.theta = not_a_number}), {"theta = nan", "finite"});
  CHECK_NOTHROW(make({.dt = 10.0f, .sigma = 0.0f, .rho = 1.0f})());
}
