// SPDX-License-Identifier: BSD-3-Clause
//
// What a search asks of a tuner: rates, their standard errors and their slopes.
#include "spikeometric/tune/detail/tuner.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/graph/mexican_hat.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/graph/uniform.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/stimulus/regular.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"

using namespace spikeometric;
using detail::MeasuredRates;

namespace {

const Graph<> unconnected{EdgeList{400}};

template <class Model, class Stimulus>
auto tuner_of(const Graph<>& graph, const Model& model, const Stimulus& stimulus, const TuneOptions& tuning) {
  return detail::Tuner<Graph<>, Model, Stimulus>{graph, model, stimulus, tuning, Seed{5}, Differentiable<Model>};
}

/// Checks that standard errors equal the standard deviation between seeds.
template <class Model>
void check_deviation(const Graph<>& graph, const Model& model, double rate_hz, std::uint64_t steps) {
  const TuneOptions tuning{.parameters = {"r"}, .rate_hz = rate_hz};
  const auto tuner = tuner_of(graph, model, no_stimulus, tuning);
  constexpr int seeds = 50;
  double sum = 0.0, squares = 0.0, expected = 0.0;
  for (int seed = 0; seed < seeds; ++seed) {
    const MeasuredRates measured = tuner.measure(std::vector{0.0}, static_cast<std::uint64_t>(seed), steps, false);
    CHECK(measured.steps == steps);
    sum += measured.errors[0];
    squares += measured.errors[0] * measured.errors[0];
    expected += measured.deviations[0] * measured.deviations[0] / seeds;
  }
  const double variance = (squares - sum * sum / seeds) / (seeds - 1);
  INFO(std::sqrt(variance) << " between seeds, " << std::sqrt(expected) << " within");
  CHECK(std::sqrt(variance / expected) == Approx(1.0).margin(0.35));
}

}  // namespace

TEST_CASE("standard errors equal the deviations between seeds, even if activity changes slowly") {
  if constexpr (support::slow_build) return;
  const auto ring = generate::mexican_hat({.neurons = 100, .a = 1.0015, .sigma_1 = 6.98, .sigma_2 = 7});
  check_deviation(
      ring,
      RectifiedLNP{
          {.dt = 0.1f, .r = 0.0025f, .lambda_0 = 100.0f, .theta = 3.5e-4f, .tau = 10.0f, .T = 20, .b = 0.001f}},
      62.5, 5'000);
  const auto network = generate::normal({.neurons = 300, .probability = 0.1, .std = 5.0}, Seed{1});
  check_deviation(network, BernoulliGLM{{.theta = 4.0f}}, 20.0, 1'000);
  check_deviation(network, RectifiedSAM{{.theta = -0.8f}}, 20.0, 2'000);
  check_deviation(unconnected, PoissonGLM{}, 10.0, 400);
}

TEST_CASE("the standard error of a rate with few spikes is at least that of a Poisson count") {
  const TuneOptions tuning{.parameters = {"b"}, .rate_hz = 10.0};
  const MeasuredRates silent =
      tuner_of(unconnected, PoissonGLM{{.b = -30.0f}}, no_stimulus, tuning).measure(std::vector{0.0}, 1, 400, true);
  CHECK(silent.errors[0] == -1.0);
  CHECK(silent.deviations[0] == Approx(1.0 / (400 * 400 * 0.01)));
  // Without spikes, the rate comes from the expected counts.
  CHECK(silent.logarithms[0] == Approx(-30.0).epsilon(1e-6));
  CHECK(silent.slopes[0][0] == Approx(1.0));
  const MeasuredRates dead =
      tuner_of(unconnected, RectifiedLNP{{.b = -1.0f}}, no_stimulus, tuning).measure(std::vector{0.0}, 1, 400, true);
  CHECK(dead.logarithms[0] == -std::numeric_limits<double>::infinity());
  CHECK(dead.slopes[0][0] == 0.0);
}

namespace {

template <class Model, class Stimulus>
double slope_of(const Model& model, const Stimulus& stimulus, const std::string& parameter,
                const Graph<>& graph = unconnected) {
  const TuneOptions tuning{.parameters = {parameter}, .rate_hz = 10.0};
  return tuner_of(graph, model, stimulus, tuning).measure(std::vector{0.0}, 1, 2'000, true).slopes[0][0];
}

}  // namespace

TEST_CASE("without coupling, slopes of the logarithm of a rate match closed forms") {
  const PoissonGLM poisson{{.alpha = 50.0f, .beta = 0.7f, .b = 0.3f}};
  CHECK(slope_of(poisson, no_stimulus, "b") == Approx(0.7));
  CHECK(slope_of(poisson, no_stimulus, "alpha") == Approx(-1.0));  // by its logarithm, since it is positive
  CHECK(slope_of(poisson, no_stimulus, "beta") == Approx(0.3));
  CHECK(slope_of(poisson, no_stimulus, "r") == 0.0);
  const RectifiedLNP rectified{{.theta = 0.5f, .b = 2.0f}};
  CHECK(slope_of(rectified, no_stimulus, "theta") == Approx(-1.0 / 1.5));
  CHECK(slope_of(rectified, no_stimulus, "lambda_0") == Approx(1.0));
  const BernoulliGLM bernoulli{{.theta = 2.0f, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  CHECK(slope_of(bernoulli, no_stimulus, "theta") == Approx(-1.0 / (1.0 + std::exp(-2.0))));
}

TEST_CASE("slopes by the parameters of a stimulus average over all of its phases") {
  // The mean of exp(a sin(x)) over x is the Bessel function I_0(a); its derivative is I_1.
  double i0 = 0.0, i1 = 0.0;
  for (int k = 0; k < 100; ++k) {
    const double sine = std::sin(2.0 * 3.14159265358979323846 * k / 100.0);
    i0 += std::exp(1.5 * sine);
    i1 += sine * std::exp(1.5 * sine);
  }
  const PoissonGLM model;
  const auto wave = sinusoid({.amplitude = 1.5f, .period_ms = 100.0});
  CHECK(slope_of(model, wave, "stimulus.amplitude") == Approx(i1 / i0).epsilon(1e-4));
  CHECK(slope_of(model, wave, "stimulus.baseline") == Approx(1.0));
  const auto pulses = regular_pulses({.strength = 1.0f, .period_steps = 10, .pulse_steps = 2});
  CHECK(slope_of(model, pulses, "stimulus.strength") ==
        Approx(0.2 * std::exp(1.0) / (0.8 + 0.2 * std::exp(1.0))).epsilon(1e-3));
}

TEST_CASE("slopes of large networks, which replay a part of the steps, average over all phases of a stimulus") {
  if constexpr (support::slow_build) return;
  // exp(a sin(x)): the derivative by a of the logarithm of its mean, as above, for a = 1.5.
  const Graph<> large{EdgeList{40'000}};
  const auto wave = sinusoid({.amplitude = 1.5f, .period_ms = 100.0});
  const TuneOptions tuning{.parameters = {"stimulus.amplitude"}, .rate_hz = 10.0};
  const auto tuner = tuner_of(large, PoissonGLM{{.b = -3.0f}}, wave, tuning);
  double mean = 0.0;
  for (const std::uint64_t length : {400, 800, 2000})
    mean += tuner.measure(std::vector{0.0}, length, length, true).slopes[0][0] / 3.0;
  // Three times sixteen windows at random phases, each with a slope between -1 and 1.
  CHECK(mean == Approx(0.596).margin(0.3));
  CHECK(mean > 0.1);
}

TEST_CASE("slopes include a stimulus that is on for only a part of the time") {
  if constexpr (support::slow_build) return;
  const auto wave = sinusoid({.amplitude = 1.5f, .period_ms = 100.0, .duration_steps = 1'000});
  const TuneOptions tuning{.parameters = {"stimulus.amplitude"}, .rate_hz = 10.0, .steps = 10'000};
  const auto measured = tuner_of(Graph<>{EdgeList{1'000}}, PoissonGLM{{.b = -3.0f}}, wave, tuning)
                            .measure(std::vector{0.0}, 1, 10'000, true);
  CHECK(measured.slopes[0][0] > 0.02);
}

TEST_CASE("parameters take values within the range of their type and their bounds") {
  const auto knob = [](Bounds bounds, bool single) { return detail::Knob{"a", bounds, false, true, single, {0.0}}; };
  CHECK(knob({}, true).nearest(0.1) == static_cast<double>(0.1f));
  CHECK(knob({}, false).nearest(0.1) == 0.1);
  CHECK(knob({}, true).nearest(1e300) == static_cast<double>(3e38f));
  const Bounds tenth{.lowest = -0.1, .highest = 0.1};
  CHECK(tenth.contain(knob(tenth, true).nearest(5.0)));
  CHECK(tenth.contain(knob(tenth, true).nearest(-5.0)));
  CHECK(knob(tenth, true).nearest(5.0) > 0.0999999);
  const Bounds above_one{.lowest = 1.0, .lowest_excluded = true};
  CHECK(knob(above_one, true).nearest(0.0) == static_cast<double>(std::nextafter(1.0f, 2.0f)));
  CHECK(knob(bounds::positive, true).nearest(-1.0) > 0.0);
}

TEST_CASE("the error of many rates is as uncertain as sampling noise makes it") {
  MeasuredRates many;
  many.errors.assign(50, 0.05);
  many.deviations.assign(50, 0.05);  // sampling noise of rates on target
  CHECK(many.true_error() < 0.01);
  // 50 such errors have a mean square of 0.0025 +- 0.0005, so a true mean square of 0.0005 is possible.
  CHECK(many.true_error() + many.doubt() > std::sqrt(0.0005));
  CHECK(many.doubt() < 0.05);
  MeasuredRates one;
  one.errors = {-0.03};
  one.deviations = {0.01};
  CHECK(one.true_error() == Approx(0.03));
  CHECK(one.doubt() == Approx(0.01));
}

TEST_CASE("slopes by the time constant of a filter include its whole memory") {
  const auto network = generate::uniform({.neurons = 400, .probability = 0.1, .low = 0.0, .high = 0.2}, Seed{2});
  const RectifiedLNP model{{.r = 0.2f, .tau = 15.0f, .T = 100}};
  const auto mean_rate = [&](float tau) {  // spikes of tau = 15
    Simulator simulator{network, model, no_stimulus, Seed{1}};
    simulator.equilibrate(200);
    const auto state = simulator.state();
    const auto spikes = simulator.run(4'000);
    RectifiedLNP other = model;
    other.filter.tau = tau;
    Replay replay{network, other, no_stimulus, spikes, Seed{1}};
    replay.start(state[0]);
    double sum = 0.0;
    for (int step = 0; replay.steps_left() > 0; ++step)
      replay.advance([&](std::uint32_t, const FloatDual&, const FloatDual& mu) { sum += step < 150 ? 0.0 : mu.value; });
    return sum;
  };
  const double expected = 15.0 * (mean_rate(15.3f) - mean_rate(14.7f)) / 0.6 / mean_rate(15.0f);
  CHECK(slope_of(model, no_stimulus, "tau", network) == Approx(expected).epsilon(0.05));
  CHECK(expected > 0.05);
}

TEST_CASE("unknowns change parameters within their bounds, and positive parameters by factors") {
  const PoissonGLM model{{.alpha = 50.0f, .b = 0.5f}};
  const TuneOptions tuning{.parameters = {"b", "alpha"}, .rate_hz = 10.0};
  const auto tuner = tuner_of(unconnected, model, no_stimulus, tuning);
  REQUIRE(tuner.knobs().size() == 2);
  CHECK((tuner.knobs()[0].name == "b" && tuner.knobs()[1].name == "alpha"));  // in the order of the model
  CHECK((tuner.values(std::vector{0.0, 0.0}) == std::vector<std::vector<double>>{{0.5}, {50.0}}));
  const auto moved = tuner.values(std::vector{-2.0, 1.0});
  CHECK(moved[0][0] == -1.5);
  CHECK(moved[1][0] == Approx(50.0 * std::exp(1.0)));
  const auto far = tuner.values(std::vector{1e300, -1e300});
  CHECK(far[0][0] == Approx(3e38));
  CHECK(far[1][0] > 0.0);
  const auto [there, stimulus] = tuner.at(std::vector{-2.0, 1.0});
  CHECK(there.baseline.b == -1.5f);
  CHECK(there.nonlinearity.alpha == Approx(50.0 * std::exp(1.0)));
  CHECK(there.filter.tau == model.filter.tau);
}

TEST_CASE("per-neuron parameters change with their target, and those of other neurons stay") {
  std::vector<float> baselines;
  for (int i = 0; i < 400; ++i) baselines.push_back(0.01f * static_cast<float>(i));
  const auto model = per_neuron(PoissonGLM{}, &ConstantBaseline::b, baselines);
  const TuneOptions tuning{.parameters = {"b"},
                           .groups = {{"first", neurons(0, 100), 5.0}, {"second", neurons({150, 399}), 9.0}}};
  const auto tuner = tuner_of(unconnected, model, no_stimulus, tuning);
  const auto moved = tuner.values(std::vector{1.0, -2.0});
  REQUIRE(moved[0].size() == 400);
  for (std::size_t i = 0; i < 400; ++i)
    CHECK(moved[0][i] == static_cast<double>(baselines[i] + (i < 100 ? 1.0f : i == 150 || i == 399 ? -2.0f : 0.0f)));
}
