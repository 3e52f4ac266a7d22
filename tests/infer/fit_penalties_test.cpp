// SPDX-License-Identifier: BSD-3-Clause
// Fits with separate penalties, with smoothness, and with penalties in units of the score.
#include <Eigen/Dense>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "dense_reference.hpp"
#include "recordings.hpp"
#include "spikeometric/infer/cross_validation.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/filters/with_self.hpp"

using namespace spikeometric;
using namespace recordings;

namespace {

using Filter = WithSelf<RaisedCosine<3>, RaisedCosine<4>>;
using Flexible = Cascade<Filter, NoHistory, NoBaseline, Logistic>;
const Flexible flexible{
    {}, {{.last_peak_ms = 6.0, .window_steps = 15}, {.last_peak_ms = 8.0, .window_steps = 20}}, {}, {}, {.theta = 3.0}};

/// The gradient of the mean negative log-likelihood of a neuron at a fit, in the order of the dense design.
template <class Fit>
Eigen::VectorXd slope_at(const Fit& fitted, const Events<>& spikes, std::uint32_t neuron, Eigen::VectorXd& x,
                         Eigen::MatrixXd* hessian = nullptr) {
  dense::Setting setting = dense::bernoulli(3.0);
  for (const auto& each : flexible.filter.coupling.taps(1.0f)) setting.coupling.emplace_back(each.begin(), each.end());
  for (const auto& each : flexible.filter.self.taps(1.0f)) setting.own.emplace_back(each.begin(), each.end());
  setting.observed = [&](std::uint64_t step, auto) { return step >= fitted.history_steps; };
  const dense::Likelihood likelihood(setting, std::vector{spikes}, neuron);
  std::vector<double> values{fitted.neurons[neuron].baseline};
  for (std::size_t m = 0; m < 4; ++m) values.push_back(fitted.weight(neuron, neuron, 3 + m));
  for (std::uint32_t pre = 0; pre < spikes.neurons(); ++pre)
    for (std::size_t m = 0; m < 3; ++m) values.push_back(pre == neuron ? 0.0 : fitted.weight(pre, neuron, m));
  x = Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
  if (hessian != nullptr) *hessian = likelihood.steps() * likelihood.hessian(x);
  return likelihood.gradient(x);
}

void add_smoothness(Eigen::VectorXd& slope, const Eigen::VectorXd& x, Eigen::Index first, Eigen::Index size,
                    double strength) {
  for (Eigen::Index i = first + 1; i + 1 < first + size; ++i) {
    const double difference = x[i - 1] - 2.0 * x[i] + x[i + 1];
    slope[i - 1] += strength * difference;
    slope[i] -= 2.0 * strength * difference;
    slope[i + 1] += strength * difference;
  }
}

}  // namespace

TEST_CASE("coupling and own history have penalties of their own, and filters may be smooth") {
  const auto spikes = simulated(network(4, 2.0), binary_family, support::slow_build ? 1500 : 4000);
  for (const Solver solver : {Solver::newton, Solver::gradient}) {
    const auto fitted = fit(flexible, spikes,
                            {.penalty = L2{2e-4} + Smooth{1e-3},
                             .own_penalty = L2{5e-4} + Smooth{2e-3},
                             .solver = solver,
                             .tolerance = 1e-8});
    CHECK(fitted.converged());
    for (const std::uint32_t neuron : {0u, 3u}) {
      Eigen::VectorXd x;
      Eigen::VectorXd slope = slope_at(fitted, spikes, neuron, x);
      slope.segment(1, 4) += 5e-4 * x.segment(1, 4);
      add_smoothness(slope, x, 1, 4, 2e-3);
      slope.tail(12) += 2e-4 * x.tail(12);
      for (Eigen::Index pre = 0; pre < 4; ++pre) add_smoothness(slope, x, 5 + 3 * pre, 3, 1e-3);
      slope.segment(5 + 3 * neuron, 3).setZero();
      CHECK(slope.cwiseAbs().maxCoeff() < 1e-7);
    }
  }
}

TEST_CASE("with a ridge, standard errors are the standard deviations of the posterior distribution") {
  const auto spikes = simulated(network(4, 2.0), binary_family, 2000);
  const auto fitted = fit(flexible, spikes, {.penalty = L2{1e-3}});
  Eigen::VectorXd x;
  Eigen::MatrixXd information;
  slope_at(fitted, spikes, 2, x, &information);
  const double steps = fitted.neurons[2].steps;
  information.diagonal().tail(16).array() += 1e-3 * steps;
  information.diagonal().segment(5 + 6, 3).setOnes();  // the neuron itself
  const Eigen::VectorXd errors = information.inverse().diagonal().cwiseSqrt();
  CHECK(std::abs(fitted.neurons[2].baseline_error / errors[0] - 1.0) < 1e-5);
  for (Eigen::Index m = 0; m < 4; ++m)
    CHECK(std::abs(fitted.weight_error(2, 2, 3 + static_cast<std::size_t>(m)) / errors[1 + m] - 1.0) < 1e-5);
  for (Eigen::Index m = 0; m < 3; ++m)
    CHECK(std::abs(fitted.weight_error(1, 2, static_cast<std::size_t>(m)) / errors[8 + m] - 1.0) < 1e-5);
}

TEST_CASE("a standardized L1 penalty lets false connections through equally often, in quiet and in busy neurons") {
  // Independent neurons of 2 to 80 spikes per 1000 steps. A weight enters if its score is above z standard deviations.
  std::vector<std::array<std::uint32_t, 2>> spikes;
  support::Numbers numbers(6);
  constexpr std::uint32_t size = support::slow_build ? 8 : 24;
  constexpr std::uint32_t steps = support::slow_build ? 10'000 : 40'000;
  for (std::uint32_t step = 0; step < steps; ++step)
    for (std::uint32_t neuron = 0; neuron < size; ++neuron)
      if (numbers.coin(neuron < size / 2 ? 0.002 : 0.08)) spikes.push_back({step, neuron});
  const BernoulliGLM plain{{.theta = 3.0, .coupling_window = 20, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const auto fitted = fit(plain, recording(size, steps, spikes),
                          {.penalty = L1{1.5}.standardized(), .own_history = false, .threads = 2});
  double found[2] = {0.0, 0.0}, pairs = 0.0;
  for (std::uint32_t pre = 0; pre < size; ++pre)
    for (std::uint32_t post = 0; post < size; ++post)
      if (pre != post) {
        found[post < size / 2 ? 0 : 1] += fitted.weight(pre, post) != 0.0;
        pairs += 0.5;
      }
  // P(|z| > 1.5) = 0.1336; for sparse counts the score is not normal, so twice the binomial deviation is not enough.
  const double expected = 0.1336, deviation = std::sqrt(expected * (1.0 - expected) / pairs);
  for (const double n : found) CHECK(std::abs(n / pairs - expected) < 5.0 * deviation);
}

TEST_CASE("a path of L2 or of smoothness finds its range, and goes on if the best strength is the last") {
  const auto spikes = simulated(network(4, 2.0), binary_family, 3000);
  const auto ridge = cross_validate(flexible, spikes, {.penalty = L2{1.0}}, {.folds = 2, .count = 4, .lowest = 0.1});
  CHECK(ridge.extended > 0);
  CHECK(ridge.factors.size() == 4 + ridge.extended);
  CHECK(ridge.held_out.size() == ridge.factors.size());
  CHECK(ridge.best_index() > 0);
  for (std::size_t i = 1; i < ridge.factors.size(); ++i)
    CHECK(std::abs(ridge.factors[i] / ridge.factors[i - 1] - std::pow(0.1, 1.0 / 3.0)) < 1e-9);
  const auto smooth = cross_validate(flexible, spikes, {.penalty = L2{1e-5}, .own_penalty = Smooth{1.0} + L2{1e-4}},
                                     {.folds = 2, .part = PenaltyPart::own_history, .count = 3});
  CHECK(smooth.best_factors.size() == 4);
  CHECK_NOTHROW(fit(flexible, spikes, {.penalty = L2{1e-5}, .own_penalty = smooth.best()}));
}

TEST_CASE("an own history that may only inhibit has no positive weights, and one that may only excite no negative") {
  const auto spikes = simulated(network(4, 2.0), binary_family, 3000);
  for (const int sign : {-1, 1}) {
    const auto bound = fit(flexible, spikes, {.own_sign = sign});
    bool any = false;
    for (std::uint32_t neuron = 0; neuron < 4; ++neuron)
      for (std::size_t m = 3; m < 7; ++m) {
        CHECK(bound.weight(neuron, neuron, m) * sign >= 0.0);
        any |= bound.weight(neuron, neuron, m) != 0.0;
      }
    if (sign < 0) CHECK(any);  // these neurons rest after a spike
    CHECK(bound.weight_errors.size() == 0);
  }
}
