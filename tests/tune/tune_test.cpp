// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/tune/tune.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "spikeometric/graph/generate.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/random/hash.hpp"
#include "spikeometric/stimulus/list.hpp"
#include "spikeometric/stimulus/poisson.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;

namespace {

/// Rates of neurons, Hz, and the standard error of their mean: of many trials with seeds of their own.
struct Steady {
  std::vector<double> rates;
  double mean = 0.0, standard_error = 0.0;
};

template <class Model, class Stimulus>
Steady steady(const Graph<>& graph, const Model& model, const Stimulus& stimulus, std::uint64_t steps,
              std::uint64_t equilibrate = 2'000) {
  constexpr std::uint64_t count = 20;
  Simulator many{trials(graph, count), model, stimulus, Seed{987}};
  many.equilibrate(equilibrate);
  Steady result{std::vector<double>(graph.neurons())};
  double squares = 0.0;
  for (const auto& spikes : many.run(steps).by_network()) {
    const double rate = spikes.mean_rate_hz();
    result.mean += rate / count;
    squares += rate * rate / count;
    const auto counts = spikes.counts();
    for (std::size_t i = 0; i < counts.size(); ++i)
      result.rates[i] += static_cast<double>(counts[i]) * 1000.0 / spikes.dt_ms() / static_cast<double>(steps) / count;
  }
  result.standard_error = std::sqrt(std::max(squares - result.mean * result.mean, 0.0) / (count - 1));
  return result;
}

/// That the steady rate of what was tuned is within the tolerance, and is what the result says.
template <class Result>
void check_reached(const Graph<>& graph, const Result& tuned, double rate_hz, double tolerance = 0.01,
                   std::uint64_t steps = 5'000) {
  INFO(tuned.message);
  CHECK(tuned.reached);
  CHECK(tuned.message.find("reached after") == 0);
  REQUIRE(tuned.rates.size() == 1);
  CHECK(tuned.rates[0].target_hz == Approx(rate_hz));
  CHECK(tuned.rates[0].standard_error_hz > 0.0);
  CHECK(tuned.rates[0].standard_error_hz < tolerance * rate_hz);
  const Steady found = steady(graph, tuned.model, tuned.stimulus, steps);
  INFO(found.mean << " +- " << found.standard_error << " Hz, " << tuned.rates[0].rate_hz << " +- "
                  << tuned.rates[0].standard_error_hz << " Hz said");
  CHECK(std::abs(found.mean - rate_hz) < tolerance * rate_hz + 2.0 * found.standard_error);
  CHECK(std::abs(found.mean - tuned.rates[0].rate_hz) <
        5.0 * std::hypot(found.standard_error, tuned.rates[0].standard_error_hz));
}

template <class Result>
double before(const Result& tuned, std::size_t parameter = 0) {
  return tuned.parameters.at(parameter).before;
}

Graph<> network(std::uint64_t neurons = 200, double std = 3.0) {
  return generate::normal({.neurons = neurons, .probability = 0.15, .std = std}, Seed{1});
}

}  // namespace

// --- what is tuned -------------------------------------------------------------------------------------------------

TEST_CASE("the steady rate of a ring is reached by its threshold, from wherever the search starts") {
  if constexpr (support::slow_build) return;
  const float theta = GENERATE(1e-4f, 1.0f, -1.0f, 0.01f);
  const auto ring = generate::mexican_hat({.neurons = 100, .a = 1.0015, .sigma_1 = 6.98, .sigma_2 = 7});
  const RectifiedLNP model{
      {.dt = 0.1f, .r = 0.0025f, .lambda_0 = 100.0f, .theta = theta, .tau = 10.0f, .T = 20, .b = 0.001f}};
  const auto tuned = tune(ring, model, Seed{1}, {.parameters = {"theta"}, .rate_hz = 62.5});
  CAPTURE(theta);
  check_reached(ring, tuned, 62.5, 0.01, 20'000);
  CHECK(before(tuned) == static_cast<double>(theta));
  CHECK(tuned.model.nonlinearity.theta == Approx(3.53e-4).epsilon(0.05));
  CHECK(tuned.parameters[0].after == static_cast<double>(tuned.model.nonlinearity.theta));
}

TEST_CASE("a Bernoulli GLM reaches a rate by theta") {
  if constexpr (support::slow_build) return;
  const auto graph = network();
  check_reached(graph, tune(graph, BernoulliGLM{}, Seed{2}, {.parameters = {"theta"}, .rate_hz = 20.0}), 20.0, 0.01,
                10'000);
}

TEST_CASE("a Bernoulli GLM reaches a rate by the scale of the coupling and theta together") {
  if constexpr (support::slow_build) return;
  const auto graph = network();
  const double tolerance = 0.01;
  const auto tuned =
      tune(graph, BernoulliGLM{}, Seed{3}, {.parameters = {"theta", "r"}, .rate_hz = 20.0, .tolerance = tolerance});
  check_reached(graph, tuned, 20.0, tolerance);
  REQUIRE(tuned.parameters.size() == 2);
  CHECK((tuned.parameters[0].name == "r" && tuned.parameters[1].name == "theta"));  // in the order of the model
  CHECK(tuned.parameters[0].after > tuned.parameters[0].before);
  CHECK(tuned.parameters[1].after < tuned.parameters[1].before);
}

TEST_CASE("a Bernoulli GLM reaches a rate by the amplitude of a sinusoid") {
  if constexpr (support::slow_build) return;
  const auto graph = network();
  const auto drive = sinusoid({.amplitude = 1.0f, .period_ms = 100.0});
  const double tolerance = 0.01;
  const auto tuned = tune(graph, BernoulliGLM{}, drive, Seed{4},
                          {.parameters = {"stimulus.amplitude"}, .rate_hz = 20.0, .tolerance = tolerance});
  check_reached(graph, tuned, 20.0, tolerance);
  CHECK(tuned.stimulus.source.amplitude > 2.0f);
  CHECK(tuned.stimulus.source.period_ms == 100.0);
  CHECK(tuned.model.nonlinearity.theta == 5.0f);
}

TEST_CASE("a Poisson GLM and a rectified SAM reach a rate") {
  if constexpr (support::slow_build) return;
  const double tolerance = 0.01;
  const auto weak = network(200, 1.0), graph = network();
  const TuneOptions by_b{.parameters = {"b"}, .rate_hz = 20.0, .tolerance = tolerance};
  check_reached(weak, tune(weak, PoissonGLM{}, Seed{5}, by_b), 20.0, tolerance);
  const TuneOptions by_theta{.parameters = {"theta"}, .rate_hz = 20.0, .tolerance = tolerance};
  check_reached(graph, tune(graph, RectifiedSAM{}, Seed{6}, by_theta), 20.0, tolerance);
  // By what its synapses remember: excitation alone, the more the longer.
  const auto excitation = generate::uniform({.neurons = 100, .probability = 0.1, .low = 0.0, .high = 0.1}, Seed{1});
  const TuneOptions by_tau{.parameters = {"tau"}, .rate_hz = 16.0, .tolerance = tolerance};
  const auto remembering = tune(excitation, RectifiedSAM{}, Seed{6}, by_tau);
  check_reached(excitation, remembering, 16.0, tolerance);
  CHECK(remembering.model.filter.tau > 12.0f);
}

TEST_CASE("a threshold SAM, which has no derivatives, reaches a rate by bracketing") {
  if constexpr (support::slow_build) return;
  const auto graph = network(200, 0.3);
  const double tolerance = 0.01;
  const TuneOptions tuning{.parameters = {"theta"}, .rate_hz = 10.0, .tolerance = tolerance};
  const auto tuned = tune(graph, ThresholdSAM{}, Seed{7}, tuning);
  check_reached(graph, tuned, 10.0, tolerance);
  CHECK((tuned.model.sampler.theta == tune(graph, ThresholdSAM{}, Seed{7}, tuning, Bracketing{}).model.sampler.theta));
}

TEST_CASE("bracketing reaches what a gradient reaches, from either side") {
  if constexpr (support::slow_build) return;
  const auto graph = network(100);
  const double tolerance = 0.03;
  for (const float theta : {-20.0f, 4.0f, 30.0f}) {
    CAPTURE(theta);
    const TuneOptions tuning{.parameters = {"theta"}, .rate_hz = 20.0, .tolerance = tolerance};
    const auto tuned = tune(graph, BernoulliGLM{{.theta = theta}}, Seed{8}, tuning, Bracketing{});
    check_reached(graph, tuned, 20.0, tolerance);
  }
}

TEST_CASE("a search that starts where nothing fires, everything does, or the network runs away finds its way back") {
  if constexpr (support::slow_build) return;
  const double tolerance = 0.03;
  const auto check = [&](const auto& model, const char* parameter) {
    const auto weak = network(100, 1.0);
    const TuneOptions tuning{.parameters = {parameter}, .rate_hz = 20.0, .tolerance = tolerance};
    check_reached(weak, tune(weak, model, Seed{9}, tuning), 20.0, tolerance);
  };
  check(BernoulliGLM{{.theta = 60.0f}}, "theta");
  check(BernoulliGLM{{.theta = -60.0f}}, "theta");
  check(PoissonGLM{{.b = -20.0f}}, "b");
  check(PoissonGLM{{.b = 30.0f}}, "b");
  check(RectifiedLNP{{.theta = 5.0f}}, "theta");
}

TEST_CASE("a network with two states reaches the rate of the lower one from silence, but not from the volley") {
  if constexpr (support::slow_build) return;
  const auto graph = generate::fixed_in_degree({.neurons = 1000, .degree = 200, .weights = {.mean = 0.1}}, Seed{1});
  const PoissonGLM model{{.alpha = 1000.0f, .T = 1}};
  TuneOptions tuning{.parameters = {"b"}, .rate_hz = 2.0, .tolerance = 0.03};
  CHECK(!tune(graph, model, Seed{1}, tuning).reached);
  tuning.initial = InitialState::silent();
  const auto tuned = tune(graph, model, Seed{1}, tuning);
  CHECK(tuned.reached);
  CHECK(tuned.model.baseline.b == Approx(0.651).epsilon(0.03));
  Simulator simulator{graph, tuned.model, no_stimulus, Seed{2}, EigenBackend<>{}, InitialState::silent()};
  simulator.equilibrate(1'000);
  CHECK(simulator.run(20'000).mean_rate_hz() == Approx(2.0).epsilon(0.05));
}

TEST_CASE("groups of neurons reach rates of their own by what their neurons have of their own") {
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
  CHECK(policies[180].theta == 5.0f);  // of no group
}

TEST_CASE("every neuron reaches a rate of its own by a baseline of its own") {
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

TEST_CASE("the networks of a batch reach a mean rate together, whatever their sizes") {
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

TEST_CASE("rates of a stimulus that ends are those of the steps given") {
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

TEST_CASE("a stimulus may be put together at run time, or be a function") {
  if constexpr (support::slow_build) return;
  const auto graph = network(100);
  const TuneOptions tuning{.parameters = {"theta"}, .rate_hz = 20.0, .tolerance = 0.05};
  StimulusList list;
  list.add(sinusoid({.amplitude = 1.0f, .period_ms = 50.0}));
  check_reached(graph, tune(graph, BernoulliGLM{}, list, Seed{15}, tuning), 20.0, 0.05, 2'000);
  const auto constant = [](std::uint64_t, std::uint32_t neuron) { return neuron < 50 ? 0.5f : 0.0f; };
  check_reached(graph, tune(graph, BernoulliGLM{}, constant, Seed{15}, tuning), 20.0, 0.05, 2'000);
}

// --- what it says --------------------------------------------------------------------------------------------------

TEST_CASE("the trajectory lists every measurement") {
  const auto graph = network(100);
  const auto tuned =
      tune(graph, BernoulliGLM{}, Seed{16}, {.parameters = {"theta", "r"}, .rate_hz = 20.0, .tolerance = 0.05});
  REQUIRE(tuned.trajectory.size() > 1);
  CHECK(tuned.message == "reached after " + std::to_string(tuned.trajectory.size()) + " measurements");
  CHECK((tuned.trajectory[0].values == std::vector{1.0, 5.0}));
  for (const TuningStep& step : tuned.trajectory) {
    CHECK(step.error == Approx(std::abs(step.rate_hz / 20.0 - 1.0)));
    CHECK(step.steps >= 400);
    CHECK(step.values.size() == 2);
  }
  CHECK(tuned.trajectory.back().error < 0.1);
}

TEST_CASE("parameters that are right from the start hardly change") {
  if constexpr (support::slow_build) return;
  const PoissonGLM model{{.alpha = 50.0f}};
  const auto tuned = tune(Graph{EdgeList{500}}, model, Seed{17}, {.parameters = {"b"}, .rate_hz = 20.0});
  CHECK(tuned.reached);
  CHECK(tuned.model.baseline.b == Approx(0.0).margin(0.02));
}

TEST_CASE("the same seed gives bit-identical results, on any number of threads") {
  const auto networks =
      batch(std::vector<Graph<>>{network(60), network(support::slow_build ? 80 : 300, 4.0), network(100, 1.0)});
  const auto run = [&](std::uint64_t seed, int threads) {
    return tune(networks, BernoulliGLM{}, Seed{seed},
                {.parameters = {"theta", "r"},
                 .rate_hz = 20.0,
                 .tolerance = support::slow_build ? 0.5 : 0.1,
                 .threads = threads});
  };
  const auto one = run(18, 1);
  REQUIRE(one.trajectory.size() > 1);
  for (const int threads : support::thread_counts()) {
    const auto again = run(18, threads);
    CHECK(again.model.nonlinearity.theta == one.model.nonlinearity.theta);
    CHECK(again.model.scale.r == one.model.scale.r);
    CHECK(again.rates[0].rate_hz == one.rates[0].rate_hz);
    CHECK(again.rates[0].standard_error_hz == one.rates[0].standard_error_hz);
    REQUIRE(again.trajectory.size() == one.trajectory.size());
    for (std::size_t i = 0; i < one.trajectory.size(); ++i) {
      CHECK(again.trajectory[i].rate_hz == one.trajectory[i].rate_hz);
      CHECK(again.trajectory[i].values == one.trajectory[i].values);
    }
  }
  CHECK(run(19, 1).model.nonlinearity.theta != one.model.nonlinearity.theta);
}

TEST_CASE("results do not change between compilers and instruction sets") {
  const auto graph = network(100);
  const auto adam =
      tune(graph, BernoulliGLM{}, Seed{20}, {.parameters = {"theta", "r"}, .rate_hz = 20.0, .tolerance = 0.1});
  const auto bracketing =
      tune(graph, BernoulliGLM{}, Seed{20}, {.parameters = {"theta"}, .rate_hz = 20.0, .tolerance = 0.1}, Bracketing{});
  std::uint64_t hash = 0;
  for (const auto& tuned : {adam, bracketing})
    for (const TuningStep& step : tuned.trajectory)
      for (const double value : step.values) hash = detail::mix(hash ^ std::bit_cast<std::uint64_t>(value));
  CHECK(hash == 0xd37aab4b188cfd8c);
}

// --- what cannot be ------------------------------------------------------------------------------------------------

namespace {

/// That the result is not reached, says these things, and has the rate of its model.
template <class Result>
void check_missed(const Result& tuned, const std::vector<std::string>& parts) {
  CHECK_FALSE(tuned.reached);
  for (const std::string& part : parts) {
    INFO("the message is: " << tuned.message << "\nit should say: " << part);
    CHECK(tuned.message.find(part) != std::string::npos);
  }
  CHECK(tuned.message.size() < 200);
}

}  // namespace

TEST_CASE("an impossible rate is reported as out of reach, with the rates seen") {
  if constexpr (support::slow_build) return;
  const auto graph = network(50);
  const auto drive = sinusoid({.amplitude = 1.0f, .period_ms = 100.0});
  const TuneOptions tuning{.parameters = {"stimulus.amplitude"}, .rate_hz = 900.0, .tolerance = 0.05};
  const auto driven = tune(graph, BernoulliGLM{}, drive, Seed{21}, tuning);
  check_missed(driven, {"no value of stimulus.amplitude reaches 900 Hz", "rates from", "Hz were seen"});
  CHECK(driven.trajectory.size() < 100);
  // What it has is the best that it saw.
  for (const TuningStep& step : driven.trajectory) CHECK(step.rate_hz < driven.rates[0].rate_hz * 1.2);
  CHECK(driven.rates[0].rate_hz > 400.0);
  check_missed(tune(Graph{EdgeList{50}}, PoissonGLM{}, Seed{21}, {.parameters = {"r"}, .rate_hz = 20.0}),
               {"no value of r reaches 20 Hz", "rates from"});
}

TEST_CASE("rates that exclude each other are not reached") {
  if constexpr (support::slow_build) return;
  const auto tuned =
      tune(Graph{EdgeList{100}}, PoissonGLM{}, Seed{22},
           {.parameters = {"b"}, .groups = {{"a", neurons(0, 50), 10.0}, {"b", neurons(50, 100), 20.0}}});
  check_missed(tuned, {"no better values were found", "rates from"});
  // The best is between.
  CHECK((tuned.rates[0].rate_hz > 11.0 && tuned.rates[0].rate_hz < 19.0));
}

TEST_CASE("a network that runs away before it has the rate is reported") {
  const auto graph = network(100, 2.0);
  const TuneOptions tuning{.parameters = {"b"}, .rate_hz = 5'000.0, .tolerance = 0.05};
  check_missed(tune(graph, PoissonGLM{}, Seed{23}, tuning), {"the rate jumps from", "to inf Hz, past 5000"});
  const TuneOptions two{.parameters = {"b", "r"}, .rate_hz = 20.0};
  const auto diverging = tune(graph, PoissonGLM{{.b = 30.0f}}, Seed{23}, two);
  check_missed(diverging, {"the network diverges at the start of the search"});
  CHECK(diverging.rates[0].rate_hz == std::numeric_limits<double>::infinity());
  CHECK(diverging.trajectory[0].rate_hz == std::numeric_limits<double>::infinity());
  CHECK(diverging.model.baseline.b == 30.0f);
}

TEST_CASE("iterations and steps are no more than allowed") {
  const auto graph = network(50);
  const TuneOptions few{.parameters = {"theta"}, .rate_hz = 20.0, .max_iterations = 3};
  for (const auto& tuned : {tune(graph, BernoulliGLM{{.theta = 20.0f}}, Seed{24}, few),
                            tune(graph, BernoulliGLM{{.theta = 20.0f}}, Seed{24}, few, Bracketing{})}) {
    check_missed(tuned, {"max_iterations = 3 was not enough: rates from"});
    CHECK(tuned.trajectory.size() == 3);
  }
  if constexpr (support::slow_build) return;
  const auto diverging =
      tune(graph, PoissonGLM{}, Seed{24}, {.parameters = {"b", "r"}, .rate_hz = 5'000.0, .max_iterations = 5});
  check_missed(diverging, {"max_iterations = 5"});
  CHECK(diverging.trajectory.size() == 5);
  const auto blurred = tune(graph, BernoulliGLM{}, Seed{24},
                            {.parameters = {"theta"}, .rate_hz = 20.0, .tolerance = 1e-4, .max_steps = 2'000});
  check_missed(blurred, {"too uncertain after max_steps = 2000", "standard error is 0.", "Hz for all"});
  for (const TuningStep& step : blurred.trajectory) CHECK(step.steps <= 2'000);
}

TEST_CASE("a rate is reported as reached only if the allowed steps can tell") {
  if constexpr (support::slow_build) return;
  int reached = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto tuned =
        tune(Graph{EdgeList{50}}, PoissonGLM{}, Seed{seed}, {.parameters = {"b"}, .rate_hz = 10.0, .max_steps = 2'000});
    reached += tuned.reached;  // 1000 spikes say no more than 3 %
    if (tuned.reached) CHECK(tuned.rates[0].standard_error_hz < 0.1);
  }
  CHECK(reached <= 10);
  std::vector<double> rates(50, 10.5);
  const auto model = per_neuron(PoissonGLM{}, &ConstantBaseline::b, std::vector<float>(50, 0.05f));
  const auto many =
      tune(Graph{EdgeList{50}}, model, Seed{1},
           {.parameters = {"b"}, .rates_hz = rates, .tolerance = 0.02, .max_steps = 5'000, .max_iterations = 30});
  CHECK_FALSE(many.reached);  // 50 spikes of each
}

TEST_CASE("parameters that cannot be changed any further end the search with a message") {
  if constexpr (support::slow_build) return;
  RectifiedSAM model;
  model.filter.tau = 1.0f;  // dt, and no less is allowed
  const auto graph = generate::uniform({.neurons = 100, .probability = 0.1, .low = 0.0, .high = 0.1}, Seed{1});
  const auto tuned = tune(graph, model, Seed{25}, {.parameters = {"tau"}, .rate_hz = 5.0, .tolerance = 0.1});
  check_missed(tuned, {"rates from"});
  CHECK(tuned.model.filter.tau >= 1.0f);
}

TEST_CASE("a solution is found however far away, and small, it is") {
  if constexpr (support::slow_build) return;
  const auto ring = generate::mexican_hat({.neurons = 100, .a = 1.0015, .sigma_1 = 6.98, .sigma_2 = 7});
  const RectifiedLNP model{
      {.dt = 0.1f, .r = 0.0025f, .lambda_0 = 100.0f, .theta = 1e4f, .tau = 10.0f, .T = 20, .b = 0.001f}};
  check_reached(ring, tune(ring, model, Seed{1}, {.parameters = {"theta"}, .rate_hz = 62.5}), 62.5, 0.01, 20'000);
}

TEST_CASE("the rate of a periodic stimulus is that of all of its phases") {
  if constexpr (support::slow_build) return;
  const auto wave = sinusoid({.amplitude = 1.5f, .period_ms = 100.0});
  const double tolerance = 0.01;
  const auto tuned = tune(Graph{EdgeList{1'000}}, PoissonGLM{}, wave, Seed{26},
                          {.parameters = {"b"}, .rate_hz = 20.0, .tolerance = tolerance});
  double i0 = 0.0;  // the mean of exp(1.5 sin(x)) over x
  for (int k = 0; k < 100; ++k) i0 += std::exp(1.5 * std::sin(2.0 * 3.14159265358979323846 * k / 100.0)) / 100.0;
  CHECK(tuned.reached);
  const double rate_hz = 10.0 * std::exp(static_cast<double>(tuned.model.baseline.b)) * i0;
  INFO(rate_hz << " Hz, " << tuned.rates[0].rate_hz << " +- " << tuned.rates[0].standard_error_hz << " Hz said");
  CHECK(std::abs(tuned.rates[0].rate_hz - rate_hz) < 3.0 * tuned.rates[0].standard_error_hz);
  CHECK(rate_hz == Approx(20.0).epsilon(1.5 * tolerance));
}

// --- bad input -----------------------------------------------------------------------------------------------------

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

TEST_CASE("a parameter without derivative is refused, unless tuned by bracketing") {
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
                                       {"2001 Hz for all is out of reach", "0.5 ms is at most 2000 Hz"});
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
                                       {"one unknown and one target, not 2 and 1"});
  BernoulliGLM broken;
  broken.filter.coupling_decay = -1.0f;
  check_message<InvalidParameter>([&] { tune(graph, broken, Seed{1}, tuning); }, {"coupling_decay = -1"});
}
