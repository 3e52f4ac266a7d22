// SPDX-License-Identifier: BSD-3-Clause
// What tuning refuses.
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "reached.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"
#include "spikeometric/tune/tune.hpp"

using namespace spikeometric;
using namespace reached;

TEST_CASE("an unknown parameter name is refused, and the message lists the known names") {
  const auto graph = network(20);
  const auto drive = sinusoid({.amplitude = 1.0f, .period_ms = 100.0});
  const auto by = [&](std::vector<std::string> names) {
    tune(graph, BernoulliGLM{}, drive, Seed{1}, {.parameters = std::move(names), .rate_hz = 20.0});
  };
  check_message<InvalidParameter>([&] { by({"thet"}); },
                                  {"called thet; known names: r, coupling_decay, abs_ref_strength, rel_ref_strength, "
                                   "refractory_decay, theta, stimulus.amplitude, stimulus.period_ms, "
                                   "stimulus.baseline, model (all of the model)",
                                   "stimulus (all of the stimulus)"});
  for (const char* name : {"dt", "coupling_window", "amplitude", "stimulus.start_steps", ""})
    check_message<InvalidParameter>([&] { by({"theta", name}); }, {"called " + std::string(name) + "; known names: r"});
  check_message<std::invalid_argument>([&] { by({}); }, {"at least one parameter name"});
  check_message<InvalidParameter>(
      [&] { tune(graph, BernoulliGLM{}, Seed{1}, {.parameters = {"stimulus"}, .rate_hz = 20.0}); },
      {"called stimulus; known names"});
  check_message<InvalidParameter>(
      [&] {
        tune(graph, BernoulliGLM{}, drive + drive, Seed{1}, {.parameters = {"stimulus.amplitude"}, .rate_hz = 20.0});
      },
      {"several parameters are called stimulus.amplitude"});
}

TEST_CASE("a parameter without derivative is refused, except by bracketing") {
  const auto graph = network(50);
  const auto pulses = poisson_pulses({.strength = 3.0f, .mean_interval_steps = 50.0, .pulse_steps = 5});
  const TuneOptions tuning{.parameters = {"stimulus.mean_interval_steps"}, .rate_hz = 15.0, .tolerance = 0.1};
  check_message<InvalidParameter>([&] { tune(graph, BernoulliGLM{}, pulses, Seed{1}, tuning); },
                                  {"stimulus.mean_interval_steps has no derivative", "Bracketing{}"});
  if constexpr (support::slow_build) return;
  const auto tuned = tune(graph, BernoulliGLM{}, pulses, Seed{1}, tuning, Bracketing{});
  check_reached(graph, tuned, 15.0, 0.1, 2'000);
}

TEST_CASE("an invalid rate is refused") {
  const auto graph = network(20);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const auto to = [&](double rate_hz) {
    tune(graph, BernoulliGLM{{.dt = 0.5f}}, Seed{1}, {.parameters = {"theta"}, .rate_hz = rate_hz});
  };
  check_message<std::invalid_argument>([&] { to(0.0); }, {"tuning needs a rate"});
  check_message<std::invalid_argument>([&] { to(-3.0); }, {"-3 Hz for all", "above 0"});
  check_message<std::invalid_argument>([&] { to(nan); }, {"nan Hz for all"});
  check_message<std::invalid_argument>([&] { to(infinity); }, {"inf Hz for all"});
  check_message<std::invalid_argument>([&] { to(2001.0); },
                                       {"2001 Hz for all is out of reach", "0.5 ms is a rate of 2000 Hz"});
  const auto groups = [&](std::vector<GroupRate> given) {
    tune(graph, BernoulliGLM{}, Seed{1}, {.parameters = {"theta"}, .groups = std::move(given)});
  };
  check_message<std::invalid_argument>([&] { groups({{"a", neurons(0, 5), 0.0}}); }, {"0 Hz for a", "above 0"});
  check_message<std::invalid_argument>(
      [&] {
        groups({{"a", neurons(0, 5), 5.0}, {"b", neurons(4, 9), 5.0}});
      },
      {"neuron 4 is in two groups, a and b"});
  check_message<std::invalid_argument>([&] { groups({{"a", neurons(3, 3), 5.0}}); }, {"group a has no neurons"});
  check_message<std::invalid_argument>([&] { groups({{"a", neurons(0, 21), 5.0}}); }, {"neuron 20"});
  const auto each = [&](std::vector<double> rates_hz) {
    tune(graph, BernoulliGLM{}, Seed{1}, {.parameters = {"theta"}, .rates_hz = std::move(rates_hz)});
  };
  check_message<std::invalid_argument>([&] { each(std::vector<double>(19, 5.0)); }, {"19 elements", "20 neurons"});
  std::vector<double> rates(20, 5.0);
  rates[7] = -1.0;
  check_message<std::invalid_argument>([&] { each(rates); }, {"-1 Hz for 7"});
  check_message<std::invalid_argument>(
      [&] {
        tune(graph, BernoulliGLM{}, Seed{1},
             {.parameters = {"theta"}, .rate_hz = 5.0, .rates_hz = std::vector<double>(20, 5.0)});
      },
      {"one of rate_hz, groups and rates_hz"});
}

TEST_CASE("invalid settings are refused") {
  const auto graph = network(20);
  const auto with = [&](const TuneOptions& tuning, const auto& method) {
    tune(graph, BernoulliGLM{}, Seed{1}, tuning, method);
  };
  TuneOptions tuning{.parameters = {"theta"}, .rate_hz = 20.0};
  for (const double tolerance : {0.0, -0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    tuning.tolerance = tolerance;
    check_message<std::invalid_argument>([&] { with(tuning, Adam{}); }, {"tolerance = ", "above 0 and below 1"});
  }
  tuning.tolerance = 0.01;
  tuning.max_iterations = 0;
  check_message<std::invalid_argument>([&] { with(tuning, Adam{}); }, {"max_iterations = 0 must be at least 1"});
  tuning.max_iterations = 200;
  tuning.threads = 0;
  check_message<std::invalid_argument>([&] { with(tuning, Adam{}); }, {"threads = 0"});
  tuning.threads = 1;
  check_message<std::invalid_argument>([&] { with(tuning, Adam{.learning_rate = 0.0}); }, {"learning_rate > 0"});
  check_message<std::invalid_argument>([&] { with(tuning, Adam{.beta_1 = 1.0}); }, {"beta_1"});
  tuning.parameters = {"theta", "r"};
  check_message<std::invalid_argument>([&] { with(tuning, Bracketing{}); },
                                       {"one parameter to one target, not 2 to 1"});
  BernoulliGLM broken;
  broken.filter.coupling_decay = -1.0f;
  check_message<InvalidParameter>([&] { tune(graph, broken, Seed{1}, tuning); }, {"coupling_decay = -1"});
}
