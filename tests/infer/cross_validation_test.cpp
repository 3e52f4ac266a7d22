// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/cross_validation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include "../../examples/infer/solvers.hpp"
#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/infer/score.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

const BernoulliGLM model{{.theta = 3.0f, .coupling_window = 10}};

constexpr std::uint32_t size = support::slow_build ? 8 : 12;
constexpr std::uint64_t steps_of_all = support::slow_build ? 3000 : 8000;

const Graph<>& network() {
  static const Graph graph =
      generate::normal({.neurons = size, .probability = 0.2, .std = support::slow_build ? 4.0 : 2.5}, Seed{1});
  return graph;
}

const Events<>& spikes() {
  static const Events events = [] {
    Simulator simulator{network(), model, no_stimulus, Seed{2}};
    simulator.equilibrate(100);
    return simulator.run(steps_of_all);
  }();
  return events;
}

}  // namespace

TEST_CASE("the strongest of the penalties keeps all couplings at 0, weaker ones ever fewer") {
  const auto path = cross_validate(model, spikes(), {.penalty = L1{1.0}}, {.folds = 4, .count = 8});
  REQUIRE(path.factors.size() == 8);
  REQUIRE(path.held_out.size() == 8);
  CHECK(std::abs(path.factors[7] / path.factors[0] - 1e-3) < 1e-12);
  CHECK(std::abs(path.factors[1] / path.factors[0] - std::pow(1e-3, 1.0 / 7.0)) < 1e-12);
  CHECK(path.weights[0] < 10.0);  // a fold sees another quarter less, and so another strongest slope
  CHECK(std::is_sorted(path.weights.begin(), path.weights.end()));
  CHECK(path.weights[7] > 0.7 * size * size);
  CHECK(path.extended == 0);
  CHECK(path.shape.is_standardized());
  for (std::uint32_t neuron = 0; neuron < size; ++neuron)
    CHECK(path.sparsest().factor(neuron) >= path.best().factor(neuron));
  CHECK(fit(model, spikes(), {.penalty = 1.001 * path.factors[0] * path.shape}).weights.isZero(0.0));
  CHECK_FALSE(fit(model, spikes(), {.penalty = 0.99 * path.factors[0] * path.shape}).weights.isZero(0.0));
}

TEST_CASE("the best strength lies within, and finds connections better than the weakest and the strongest", "[long]") {
  if constexpr (support::slow_build) return;
  const auto path =
      cross_validate(model, spikes(), {.penalty = L1{1.0}, .own_history = false}, {.folds = 5, .count = 12});
  const std::size_t best = path.best_index();
  CHECK(best > 2);
  CHECK(best + 1 < path.factors.size());
  const auto f1 = [&](const Penalty& penalty) {
    const Detection found = detected(fit(model, spikes(), {.penalty = penalty, .own_history = false}), network());
    return 2.0 * static_cast<double>(found.right) / static_cast<double>(2 * found.right + found.wrong + found.missed);
  };
  CHECK(f1(path.sparsest()) > f1(path.factors.back() * path.shape));
  CHECK(f1(path.sparsest()) > f1(path.factors.front() * path.shape));
}

TEST_CASE("held-out steps are scored by the model that was fitted without them") {
  // With the strongest penalty that is a constant rate for each neuron, but for its known self-history; without one.
  const BernoulliGLM plain{{.theta = 3.0f, .coupling_window = 10, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const CrossValidationOptions validation{.folds = 3, .factors = {1000.0}};
  const auto path = cross_validate(plain, spikes(), {.penalty = L1{1.0}, .history_steps = 50}, validation);
  const auto counts = spikes().to_dense();
  const auto fold_of = [](std::uint64_t step) { return step * 15 / steps_of_all % 3; };
  double expected = 0.0;
  for (std::uint32_t neuron = 0; neuron < size; ++neuron) {
    const auto spiked = [&](std::uint64_t step) { return counts(neuron, static_cast<Eigen::Index>(step)) > 0; };
    double log_likelihood = 0.0;
    for (std::uint64_t fold = 0; fold < 3; ++fold) {
      double rate = 0.0, n = 0.0;
      for (std::uint64_t step = 50; step < steps_of_all; ++step)
        if (fold_of(step) != fold) rate += spiked(step), n += 1.0;
      rate /= n;
      for (std::uint64_t step = 50; step < steps_of_all; ++step)
        if (fold_of(step) == fold) log_likelihood += std::log(spiked(step) ? rate : 1.0 - rate);
    }
    expected += log_likelihood / static_cast<double>(steps_of_all - 50);
  }
  CHECK(std::abs(path.held_out.at(0) - expected) < 1e-9);
  CHECK(path.errors.at(0) == 0.0);
}

TEST_CASE("threads make no difference, and groups and L2 have paths, too", "[long]") {
  const auto options = [](const Penalty& penalty, int threads) {
    return FitOptions{.penalty = penalty, .threads = threads};
  };
  const CrossValidationOptions few{.folds = 2, .count = 3, .every = support::slow_build ? 3 : 1};
  const auto one = cross_validate(model, spikes(), options(L1{1.0}, 1), few);
  const auto several = cross_validate(model, spikes(), options(L1{1.0}, support::thread_counts().back()), few);
  CHECK(one.held_out == several.held_out);
  using Flexible = Cascade<RaisedCosine<2>, RefractoryFilter, NoBaseline, Logistic>;
  const Flexible flexible{{}, {.last_peak_ms = 5.0f, .window_steps = 10}, {}, {}, {.theta = 3.0f}};
  const auto groups = cross_validate(flexible, spikes(), {.penalty = GroupL1{1.0} + L2{0.01}}, few);
  CHECK(groups.held_out[1] > groups.held_out[0]);
  CHECK(groups.best().l2() == groups.best().group_l1() * 0.01);
  const auto ridge = cross_validate(model, spikes(), {.penalty = L2{1.0}}, {.folds = 2, .factors = {1.0, 0.01, 1e-4}});
  CHECK(ridge.weights[0] == size * size);
}

TEST_CASE("the one-standard-error rule takes the strongest penalty that gains nearly as much as the best") {
  // Four parts, three strengths: the gains over the first are 1, 1, 3, 3 (mean 2, standard error of the sum sqrt(4/3) x 2)
  // and 2, 2, 2, 2.5.
  Eigen::MatrixXd log_likelihoods(4, 3);
  log_likelihoods << -10, -9, -8, -20, -19, -18, -15, -12, -13, -12, -9, -9.5;
  const detail::Gains<double> gains(log_likelihoods);
  CHECK(gains.sums[2] == Approx(-48.5));
  CHECK(gains.best() == 2);
  const double mean = 8.5 / 4.0;
  const double deviations = 3.0 * (2.0 - mean) * (2.0 - mean) + (2.5 - mean) * (2.5 - mean);
  CHECK(gains.errors[2] == Approx(std::sqrt(deviations * 4.0 / 3.0)));
  CHECK(gains.errors[0] == 0.0);
  CHECK(gains.sparsest() == 1);  // -49 is within the error of 0.5 below -48.5
  log_likelihoods(0, 1) = -9.2;
  CHECK(detail::Gains<double>(log_likelihoods).sparsest() == 2);
}

TEST_CASE("only the chosen neurons are cross-validated") {
  const CrossValidationOptions few{.folds = 2, .factors = {1e-2, 1e-3}};
  const auto chosen = cross_validate(model, spikes(), {.penalty = L1{1.0}, .neurons = {5, 2}}, few);
  const auto all = cross_validate(model, spikes(), {.penalty = L1{1.0}}, few);
  for (const std::uint32_t neuron : {2u, 5u}) CHECK(chosen.best_factors[neuron] == all.best_factors[neuron]);
  CHECK(chosen.held_out[0] > all.held_out[0]);  // a sum over fewer neurons
}

TEST_CASE("some neurons are enough to choose a strength by; the others get their median") {
  const CrossValidationOptions few{.folds = 2, .factors = {1e-2, 1e-3, 1e-4}, .every = 3};
  const auto some = cross_validate(model, spikes(), {.penalty = L1{1.0}}, few);
  const detail::FitProblem<BernoulliGLM, NoStimulus> problem{spikes(), model, no_stimulus, {.penalty = L1{1.0}}};
  double held_out = 0.0;
  for (std::uint32_t neuron = 0; neuron < size; neuron += 3) {
    const auto each = detail::held_out<double>(problem, problem.options, {}, problem.folds_of(2, false),
                                               PenaltyPart::coupling, neuron, few.factors);
    held_out += each.log_likelihoods.col(1).sum() / each.steps.sum();
  }
  CHECK(std::abs(some.held_out[1] - held_out) < 1e-12);
  std::vector<double> chosen;
  for (std::uint32_t neuron = 0; neuron < size; neuron += 3) chosen.push_back(some.best_factors[neuron]);
  std::sort(chosen.begin(), chosen.end());
  for (std::uint32_t neuron = 0; neuron < size; ++neuron)
    if (neuron % 3 != 0) CHECK(some.best_factors[neuron] == chosen[chosen.size() / 2]);
}

TEST_CASE("a fold without steps to fit or to test is refused") {
  Events<> few(2, 1.0);
  few.append(60, {});
  CHECK_THROWS_WITH(cross_validate(model, few, {.penalty = L1{1.0}}, {.folds = 20, .factors = {1.0}}),
                    "folds = 20 is too large for 60 steps: a fold has no steps to fit or to test");
  const auto seldom = spikes();
  for (const double held_out :
       cross_validate(model, seldom, {.penalty = L1{1.0}}, {.folds = 20, .factors = {1e-2}, .every = 5}).held_out)
    CHECK(std::isfinite(held_out));
}

TEST_CASE("a network that is silent, or fires in every step, has no strength to choose") {
  Events<> silent(2, 1.0);
  silent.append(1000, {});
  CHECK_THROWS_WITH(cross_validate(model, silent, {.penalty = L1{1.0}}),
                    "factors must be given: no neuron has spikes that could be explained");
}

TEST_CASE("a neuron with an impossible spike does not count") {
  const BernoulliGLM strict{
      {.coupling_window = 5, .abs_ref_steps = 1, .abs_ref_strength = -1000.0f, .rel_ref_steps = 0}};
  Events<> events(2, 1.0);
  std::vector<BinaryEvent> list;
  for (std::uint32_t step = 0; step < 1000; ++step) {
    if (step % 20 < 2) list.emplace_back(step, 0u, 1u);
    if (step % 7 == 0) list.emplace_back(step, 1u, 1u);
  }
  events.append(1000, list);
  const auto path = cross_validate(strict, events, {.penalty = L1{1.0}}, {.folds = 2, .factors = {1e-2, 1e-3}});
  for (const double held_out : path.held_out) CHECK(std::isfinite(held_out));
}

TEST_CASE("invalid options of cross-validation are refused") {
  CHECK_THROWS_WITH(cross_validate(model, spikes(), {}),
                    "cross-validation needs a penalty of positive strength, such as L1{1}");
  CHECK_THROWS_WITH(cross_validate(model, spikes(), {.penalty = L1{1.0}}, {.folds = 1}),
                    "folds = 1 must be at least 2");
  CHECK_THROWS_WITH(cross_validate(model, spikes(), {.penalty = L1{1.0}}, {.factors = {1.0, 2.0}}),
                    "factor 2 must be positive and below the previous factor");
  CHECK_THROWS_WITH(cross_validate(model, spikes(), {.penalty = L1{1.0}}, {.factors = {0.0}}),
                    "factor 0 must be positive and below the previous factor");
  CHECK_THROWS_AS(cross_validate(model, spikes(), {.penalty = L1{1.0}}, {.count = 0}), std::invalid_argument);
  CHECK_THROWS_WITH(cross_validate(model, spikes(), {.penalty = L1{1.0}}, {.every = 0}),
                    "every = 0 must be at least 1");
}
