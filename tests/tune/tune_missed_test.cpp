// SPDX-License-Identifier: BSD-3-Clause
// What tuning reports if there is no solution.
#include <cmath>
#include <cstdint>
#include <limits>
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
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"
#include "spikeometric/tune/tune.hpp"

using namespace spikeometric;
using namespace reached;

namespace {

/// Checks that the result is not reached and that its message contains `parts`.
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
  // The result has the best values of the trajectory.
  for (const TuningStep& step : driven.trajectory) CHECK(step.rate_hz < driven.rates[0].rate_hz * 1.2);
  CHECK(driven.rates[0].rate_hz > 400.0);
  check_missed(tune(Graph{EdgeList{50}}, PoissonGLM{}, Seed{21}, {.parameters = {"r"}, .rate_hz = 20.0}),
               {"no value of r reaches 20 Hz", "rates from"});
}

TEST_CASE("incompatible rates are not reached") {
  if constexpr (support::slow_build) return;
  const auto tuned =
      tune(Graph{EdgeList{100}}, PoissonGLM{}, Seed{22},
           {.parameters = {"b"}, .groups = {{"a", neurons(0, 50), 10.0}, {"b", neurons(50, 100), 20.0}}});
  check_missed(tuned, {"no better values were found", "rates from"});
  // The best rate lies between the targets.
  CHECK((tuned.rates[0].rate_hz > 11.0 && tuned.rates[0].rate_hz < 19.0));
}

TEST_CASE("a network that diverges below the target rate is reported") {
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

TEST_CASE("a search stays within max_iterations and max_steps") {
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

TEST_CASE("a rate is reported as reached only if max_steps can confirm it") {
  if constexpr (support::slow_build) return;
  int reached = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto tuned =
        tune(Graph{EdgeList{50}}, PoissonGLM{}, Seed{seed}, {.parameters = {"b"}, .rate_hz = 10.0, .max_steps = 2'000});
    reached += tuned.reached;  // 1000 spikes: a standard error of 3 %
    if (tuned.reached) CHECK(tuned.rates[0].standard_error_hz < 0.1);
  }
  CHECK(reached <= 10);
  std::vector<double> rates(50, 10.5);
  const auto model = per_neuron(PoissonGLM{}, &ConstantBaseline::b, std::vector<float>(50, 0.05f));
  const auto many =
      tune(Graph{EdgeList{50}}, model, Seed{1},
           {.parameters = {"b"}, .rates_hz = rates, .tolerance = 0.02, .max_steps = 5'000, .max_iterations = 30});
  CHECK_FALSE(many.reached);  // 50 spikes for each neuron
}

TEST_CASE("parameters that cannot be changed any further end the search with a message") {
  if constexpr (support::slow_build) return;
  RectifiedSAM model;
  model.filter.tau = 1.0f;  // the minimum, dt
  const auto graph = generate::uniform({.neurons = 100, .probability = 0.1, .low = 0.0, .high = 0.1}, Seed{1});
  const auto tuned = tune(graph, model, Seed{25}, {.parameters = {"tau"}, .rate_hz = 5.0, .tolerance = 0.1});
  check_missed(tuned, {"rates from"});
  CHECK(tuned.model.filter.tau >= 1.0f);
}

TEST_CASE("a distant and small solution is found") {
  if constexpr (support::slow_build) return;
  const auto ring = generate::mexican_hat({.neurons = 100, .a = 1.0015, .sigma_1 = 6.98, .sigma_2 = 7});
  const RectifiedLNP model{
      {.dt = 0.1f, .r = 0.0025f, .lambda_0 = 100.0f, .theta = 1e4f, .tau = 10.0f, .T = 20, .b = 0.001f}};
  check_reached(ring, tune(ring, model, Seed{1}, {.parameters = {"theta"}, .rate_hz = 62.5}), 62.5, 0.01, 20'000);
}

TEST_CASE("the rate under a periodic stimulus is the mean over its phases") {
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
