// SPDX-License-Identifier: BSD-3-Clause
// Tuning of groups of neurons, of batches, and with stimuli.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "reached.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/stimulus/list.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"
#include "spikeometric/tune/tune.hpp"

using namespace spikeometric;
using namespace reached;

TEST_CASE("groups of neurons reach different rates with per-neuron parameters") {
  if constexpr (support::slow_build) return;
  const auto graph = network();
  const double tolerance = 0.03;
  const auto model = per_neuron(BernoulliGLM{}, &Logistic::theta, std::vector<float>(200, 5.0f));
  const auto tuned = tune(graph, model, Seed{10},
                          {.parameters = {"theta"},
                           .groups = {{"excitatory", neurons(0, 100), 10.0}, {"inhibitory", neurons(100, 180), 30.0}},
                           .tolerance = tolerance});
  INFO(tuned.message);
  CHECK(tuned.reached);
  REQUIRE(tuned.rates.size() == 2);
  CHECK((tuned.rates[0].name == "excitatory" && tuned.rates[1].name == "inhibitory"));
  const Steady found = steady(graph, tuned.model, no_stimulus, 10'000);
  double excitatory = 0.0, inhibitory = 0.0;
  for (std::size_t i = 0; i < 180; ++i) (i < 100 ? excitatory : inhibitory) += found.rates[i];
  CHECK(excitatory / 100 == Approx(10.0).epsilon(2.0 * tolerance));
  CHECK(inhibitory / 80 == Approx(30.0).epsilon(2.0 * tolerance));
  const auto& policies = tuned.model.nonlinearity.policies;
  CHECK((policies[0].theta == policies[99].theta && policies[100].theta == policies[179].theta));
  CHECK(policies[0].theta != policies[100].theta);
  CHECK(policies[180].theta == 5.0f);  // in no group
}

TEST_CASE("coupled populations reach different rates, each with a parameter of its own") {
  if constexpr (support::slow_build) return;
  // Excitatory neurons drive both populations, and inhibitory neurons restrain them.
  Populations populations{300};
  populations.add("I", neurons(200, 260));
  populations.add("E", neurons(0, 200));
  const auto graph = network(300, 0.0).with_weights([](auto pre, auto, float) {
    return pre < 200 ? 0.2f : pre < 260 ? -0.5f : 0.0f;
  });
  const double tolerance = 0.02;
  const auto model = per_population(BernoulliGLM{}, &Logistic::theta, populations, {{"E", 4.0}, {"I", 6.0}});
  const auto tuned = tune(
      graph, model, Seed{16},
      {.parameters = {"theta"}, .groups = group_rates(populations, {{"E", 8.0}, {"I", 25.0}}), .tolerance = tolerance});
  INFO(tuned.message);
  CHECK(tuned.reached);
  REQUIRE(tuned.rates.size() == 2);
  CHECK((tuned.rates[0].name == "I" && tuned.rates[0].target_hz == Approx(25.0)));
  CHECK((tuned.rates[1].name == "E" && tuned.rates[1].target_hz == Approx(8.0)));
  const Steady found = steady(graph, tuned.model, no_stimulus, 10'000);
  double excitatory = 0.0, inhibitory = 0.0;
  for (std::size_t i = 0; i < 260; ++i) (i < 200 ? excitatory : inhibitory) += found.rates[i];
  CHECK(excitatory / 200 == Approx(8.0).epsilon(2.0 * tolerance));
  CHECK(inhibitory / 60 == Approx(25.0).epsilon(2.0 * tolerance));
  const auto& policies = tuned.model.nonlinearity.policies;
  for (std::size_t i = 0; i < 300; ++i) CHECK(policies[i].theta == policies[i < 200 ? 0 : i < 260 ? 200 : 260].theta);
  CHECK(policies[260].theta == BernoulliGLM{}.nonlinearity.theta);
  // The populations are coupled: one group's change of theta alone changes the other's rate.
  const auto loose = per_population(tuned.model, &Logistic::theta, populations, {{"I", policies[200].theta + 2.0}});
  const Steady without = steady(graph, loose, no_stimulus, 5'000);
  double disinhibited = 0.0;
  for (std::size_t i = 0; i < 200; ++i) disinhibited += without.rates[i];
  CHECK(disinhibited / 200 > 1.2 * 8.0);
}

TEST_CASE("groups of populations are in their order, and only of those that are named") {
  Populations populations{10};
  populations.add("E", neurons(0, 6));
  populations.add("I", neurons(6, 9));
  populations.add("X", neurons(9, 10));
  const auto groups = group_rates(populations, {{"X", 3.0}, {"E", 4.4}});
  REQUIRE(groups.size() == 2);
  CHECK((groups[0].name == "E" && groups[0].rate_hz == 4.4 && groups[0].neurons.bind(10).size() == 6));
  CHECK((groups[1].name == "X" && groups[1].rate_hz == 3.0 && groups[1].neurons.bind(10).contains(9)));
  check_message<InvalidArgument>(
      [&] {
        (void)group_rates(populations, {{"L4", 1.0}});
      },
      {"no population is called L4; known names: E, I, X"});
  check_message<InvalidArgument>(
      [&] {
        (void)group_rates(populations, {{"E", 1.0}, {"E", 2.0}});
      },
      {"population E is named twice"});
}

TEST_CASE("every neuron reaches its own rate with its own baseline") {
  if constexpr (support::slow_build) return;
  const auto graph = network(50, 1.0);
  std::vector<double> rates_hz;
  for (int i = 0; i < 50; ++i) rates_hz.push_back(5.0 + 0.5 * i);
  const auto model = per_neuron(PoissonGLM{}, &ConstantBaseline::b, std::vector<float>(50, 0.0f));
  const auto tuned = tune(graph, model, Seed{11}, {.parameters = {"b"}, .rates_hz = rates_hz, .tolerance = 0.05});
  INFO(tuned.message);
  CHECK(tuned.reached);
  REQUIRE(tuned.rates.size() == 50);
  CHECK((tuned.rates[7].name == "7" && tuned.rates[7].target_hz == Approx(8.5)));
  const Steady found = steady(graph, tuned.model, no_stimulus, 20'000);
  double squares = 0.0;
  for (std::size_t i = 0; i < 50; ++i) {
    squares += std::pow(found.rates[i] / rates_hz[i] - 1.0, 2) / 50.0;
    CHECK(found.rates[i] == Approx(rates_hz[i]).epsilon(0.2));
  }
  CHECK(std::sqrt(squares) < 0.05);
}

TEST_CASE("networks of different sizes in a batch reach a common mean rate") {
  if constexpr (support::slow_build) return;
  const double tolerance = 0.03;
  const std::vector<Graph<>> graphs{network(60), network(150, 4.0), network(100, 1.0)};
  const auto tuned =
      tune(batch(graphs), BernoulliGLM{}, Seed{12}, {.parameters = {"theta"}, .rate_hz = 15.0, .tolerance = tolerance});
  INFO(tuned.message);
  CHECK(tuned.reached);
  double rate = 0.0;
  for (const auto& graph : graphs)
    rate += steady(graph, tuned.model, no_stimulus, 5'000).mean * static_cast<double>(graph.neurons()) / 310.0;
  CHECK(rate == Approx(15.0).epsilon(1.5 * tolerance));
}

TEST_CASE("with a stimulus that ends, rates are those of the given number of steps") {
  if constexpr (support::slow_build) return;
  const auto graph = network(100);
  const double tolerance = 0.03;
  const auto drive = sinusoid({.amplitude = 1.0f, .period_ms = 100.0, .duration_steps = 500}).on(neurons(0, 50));
  const auto tuned =
      tune(graph, BernoulliGLM{}, drive, Seed{13},
           {.parameters = {"stimulus.baseline"}, .rate_hz = 15.0, .tolerance = tolerance, .steps = 1'000});
  INFO(tuned.message);
  CHECK(tuned.reached);
  double rate = 0.0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Simulator simulator{trials(graph, 5), tuned.model, tuned.stimulus, Seed{1000 + seed}};
    simulator.equilibrate(1'000);
    rate += simulator.run(1'000).mean_rate_hz() / 20.0;
  }
  CHECK(rate == Approx(15.0).epsilon(1.5 * tolerance));
  CHECK(tuned.stimulus.source.baseline > 0.5f);
  for (const TuningStep& step : tuned.trajectory) CHECK(step.steps % 1'000 == 0);
}

TEST_CASE("the names model and stimulus stand for all parameters with derivatives") {
  if constexpr (support::slow_build) return;
  const auto graph = network(100);
  const auto drive = poisson_pulses({.strength = 1.0f, .mean_interval_steps = 20.0, .pulse_steps = 3}) +
                     function([](std::uint64_t) { return 0.1f; });
  const auto names = [&](const std::string& which, const auto& method) {
    std::string list;
    const auto tuned = tune(graph, BernoulliGLM{}, drive, Seed{14},
                            {.parameters = {which}, .rate_hz = 20.0, .tolerance = 0.1}, method);
    for (const TunedParameter& parameter : tuned.parameters) list += parameter.name + " ";
    CHECK(tuned.reached);
    return list;
  };
  CHECK(names("model", Adam{}) == "r coupling_decay abs_ref_strength rel_ref_strength refractory_decay theta ");
  CHECK(names("stimulus", Adam{}) == "stimulus.strength ");
}

TEST_CASE("a stimulus may be a list assembled at run time, or a function") {
  if constexpr (support::slow_build) return;
  const auto graph = network(100);
  const TuneOptions tuning{.parameters = {"theta"}, .rate_hz = 20.0, .tolerance = 0.05};
  StimulusList list;
  list.add(sinusoid({.amplitude = 1.0f, .period_ms = 50.0}));
  check_reached(graph, tune(graph, BernoulliGLM{}, list, Seed{15}, tuning), 20.0, 0.05, 2'000);
  const auto constant = [](std::uint64_t, std::uint32_t neuron) { return neuron < 50 ? 0.5f : 0.0f; };
  check_reached(graph, tune(graph, BernoulliGLM{}, constant, Seed{15}, tuning), 20.0, 0.05, 2'000);
}
