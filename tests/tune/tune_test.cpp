// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/tune/tune.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "reached.hpp"
#include "spikeometric/graph/generate.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"
#include "spikeometric/random/hash.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;
using namespace reached;

// --- reaching rates -------------------------------------------------------------------------------------------------

TEST_CASE("the threshold of a ring reaches a steady rate from any start of the search") {
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

TEST_CASE("theta of a Bernoulli GLM reaches a rate") {
  if constexpr (support::slow_build) return;
  const auto graph = network();
  check_reached(graph, tune(graph, BernoulliGLM{}, Seed{2}, {.parameters = {"theta"}, .rate_hz = 20.0}), 20.0, 0.01,
                10'000);
}

TEST_CASE("r and theta of a Bernoulli GLM together reach a rate", "[long]") {
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

TEST_CASE("the amplitude of a sinusoid brings a Bernoulli GLM to a rate") {
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

TEST_CASE("a Poisson GLM and a rectified SAM reach a rate", "[long]") {
  if constexpr (support::slow_build) return;
  const double tolerance = 0.01;
  const auto weak = network(200, 1.0), graph = network();
  const TuneOptions by_b{.parameters = {"b"}, .rate_hz = 20.0, .tolerance = tolerance};
  check_reached(weak, tune(weak, PoissonGLM{}, Seed{5}, by_b), 20.0, tolerance);
  const TuneOptions by_theta{.parameters = {"theta"}, .rate_hz = 20.0, .tolerance = tolerance};
  check_reached(graph, tune(graph, RectifiedSAM{}, Seed{6}, by_theta), 20.0, tolerance);
  // tau alone: all weights excite, so a longer activation raises the rate.
  const auto excitation = generate::uniform({.neurons = 100, .probability = 0.1, .low = 0.0, .high = 0.1}, Seed{1});
  const TuneOptions by_tau{.parameters = {"tau"}, .rate_hz = 16.0, .tolerance = tolerance};
  const auto remembering = tune(excitation, RectifiedSAM{}, Seed{6}, by_tau);
  check_reached(excitation, remembering, 16.0, tolerance);
  CHECK(remembering.model.filter.tau > 12.0f);
}

TEST_CASE("a threshold SAM, which has no derivatives, reaches a rate by bracketing", "[long]") {
  if constexpr (support::slow_build) return;
  const auto graph = network(200, 0.3);
  const double tolerance = 0.01;
  const TuneOptions tuning{.parameters = {"theta"}, .rate_hz = 10.0, .tolerance = tolerance};
  const auto tuned = tune(graph, ThresholdSAM{}, Seed{7}, tuning);
  check_reached(graph, tuned, 10.0, tolerance);
  CHECK((tuned.model.sampler.theta == tune(graph, ThresholdSAM{}, Seed{7}, tuning, Bracketing{}).model.sampler.theta));
}

TEST_CASE("bracketing reaches the same rate as gradient descent, from either side") {
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

TEST_CASE("a search recovers from a start where no neuron fires, every neuron fires, or the network diverges",
          "[long]") {
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

TEST_CASE("a network with two states reaches the rate of the lower one from silence, but not from the volley",
          "[long]") {
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

// --- results --------------------------------------------------------------------------------------------------------

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

TEST_CASE("parameters that are on target at the start hardly change") {
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
