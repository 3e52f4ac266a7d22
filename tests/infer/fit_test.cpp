// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/fit.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "dense_reference.hpp"
#include "recordings.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/samplers/negative_binomial.hpp"

using namespace spikeometric;
using namespace recordings;

namespace {

dense::Setting dense_setting() {
  dense::Setting setting = dense::bernoulli(3.0);
  setting.coupling.resize(1);
  for (int k = 0; k < 10; ++k) setting.coupling[0].push_back(std::exp(-static_cast<double>(0.2f) * k));
  setting.history = {-100, -100, -100};
  for (int k = 0; k < 7; ++k) setting.history.push_back(-30.0 * std::exp(-0.5 * k));
  setting.observed = [](std::uint64_t step, auto) { return step >= 10; };
  return setting;
}

/// The parameters of a neuron in the order of the dense design.
template <class Fit>
Eigen::VectorXd parameters_of(const Fit& fit, std::uint32_t neuron) {
  std::vector<double> x{fit.neurons[neuron].baseline};
  for (std::uint32_t pre = 0; pre < fit.neurons.size(); ++pre)
    x.push_back(pre == neuron ? 0.0 : fit.weight(pre, neuron));
  return Eigen::Map<const Eigen::VectorXd>(x.data(), static_cast<Eigen::Index>(x.size()));
}

/// After the first ten steps.
template <class Recording>
double spikes_of(const Recording& spikes, std::uint32_t neuron) {
  double sum = 0.0;
  for (const auto [step, who, count] : spikes) sum += who == neuron && step >= 10 ? count : 0;
  return sum;
}

}  // namespace

TEST_CASE("a fit is the maximum of the likelihood, its standard errors those of the inverse Hessian") {
  const std::uint64_t steps = support::slow_build ? 1000 : 4000;
  const auto check = [&](const auto& spikes, const auto& family, const dense::Setting& setting) {
    const auto fitted = fit(family, spikes, {.own_history = false});
    CHECK(fitted.converged());
    for (const std::uint32_t neuron : {0u, 5u}) {
      const dense::Likelihood likelihood(setting, std::vector{spikes}, neuron);
      const Eigen::VectorXd x = parameters_of(fitted, neuron);
      CHECK(likelihood.gradient(x).cwiseAbs().maxCoeff() < 1e-7);
      CHECK(std::abs(fitted.neurons[neuron].log_likelihood + likelihood.value(x) * likelihood.steps()) < 1e-8);
      Eigen::MatrixXd information = likelihood.steps() * likelihood.hessian(x);
      information(neuron + 1, neuron + 1) = 1.0;  // of the neuron itself: nothing is known
      const Eigen::VectorXd errors = information.inverse().diagonal().cwiseSqrt();
      CHECK(std::abs(fitted.neurons[neuron].baseline_error / errors[0] - 1.0) < 1e-6);
      for (std::uint32_t pre = 0; pre < 8; ++pre)
        if (pre == neuron)
          CHECK(std::isnan(fitted.weight_error(pre, neuron)));
        else
          CHECK(std::abs(fitted.weight_error(pre, neuron) / errors[pre + 1] - 1.0) < 1e-6);
      CHECK(fitted.neurons[neuron].spikes == spikes_of(spikes, neuron));
    }
    CHECK(fitted.steps == static_cast<double>(steps - 10));
  };
  SECTION("spikes or none") { check(simulated(network(8, 2.0), binary_family, steps), binary_family, dense_setting()); }
  dense::Setting counts = dense_setting();
  counts.history.clear();
  counts.variance = [](double mean) { return mean; };
  counts.log_probability = [](std::uint32_t count, double mean) {
    return count * std::log(mean) - mean - std::lgamma(count + 1.0);
  };
  SECTION("counts, exponential") {
    counts.mean = [](double g) { return std::exp(g) / 30.0; };
    for (std::size_t k = 0; k < 10; ++k) counts.coupling[0][k] = std::exp(-0.2 * static_cast<double>(k));
    check(simulated(network(8, 1.0), count_family, steps), count_family, counts);
  }
  SECTION("counts, softplus") {
    const Cascade<ExponentialFilter, NoHistory, NoBaseline, Softplus, PoissonSampler> soft{
        {}, {.coupling_decay = 0.2f, .coupling_window = 10}, {}, {}, {.lambda_0 = 0.2f, .theta = 2.0f}};
    counts.mean = [&](double g) { return 0.2 * std::log1p(std::exp(g - 2.0)); };
    check(simulated(network(8, 1.0), soft, steps), soft, counts);
  }
  SECTION("counts with a dispersion, exponential") {
    const auto dispersed = count_family.with_sampler(NegativeBinomialSampler{.dispersion = 1.5});
    counts.mean = [](double g) { return std::exp(g) / 30.0; };
    counts.variance = [](double mean) { return mean + 1.5 * mean * mean; };
    counts.log_probability = [](std::uint32_t count, double mean) {
      const double size = 1.0 / 1.5;
      return std::lgamma(count + size) - std::lgamma(size) - std::lgamma(count + 1.0) +
             size * std::log(size / (size + mean)) + count * std::log(mean / (size + mean));
    };
    for (std::size_t k = 0; k < 10; ++k) counts.coupling[0][k] = std::exp(-0.2 * static_cast<double>(k));
    check(simulated(network(8, 1.0), dispersed, steps), dispersed, counts);
  }
}

TEST_CASE("with a penalty the conditions of a penalised maximum hold") {
  const auto spikes = simulated(network(8, 2.0), binary_family, 3000);
  const double strength = 7e-4;
  const auto fitted = fit(binary_family, spikes, {.penalty = L1{strength}, .own_history = false});
  CHECK(fitted.converged());
  int zeros = 0;
  for (std::uint32_t neuron = 0; neuron < 8; ++neuron) {
    for (std::uint32_t pre = 0; pre < 8; ++pre) zeros += pre != neuron && fitted.weight(pre, neuron) == 0.0;
    if (support::slow_build && neuron % 4 != 1) continue;
    const dense::Likelihood likelihood(dense_setting(), std::vector{spikes}, neuron);
    const Eigen::VectorXd slope = likelihood.gradient(parameters_of(fitted, neuron));
    CHECK(std::abs(slope[0]) < 1e-7);
    for (std::uint32_t pre = 0; pre < 8; ++pre) {
      const double weight = fitted.weight(pre, neuron), at = slope[pre + 1];
      if (pre == neuron) continue;
      CHECK(std::abs(weight == 0.0 ? std::max(std::abs(at) - strength, 0.0) : at + std::copysign(strength, weight)) <
            1e-7);
      CHECK(std::isnan(fitted.weight_error(pre, neuron)));
    }
  }
  CHECK(zeros > 10);
  CHECK(zeros < 50);
  CHECK(fitted.graph.synapses() == 56 - static_cast<std::uint64_t>(zeros));
}

TEST_CASE("trials of a network are fitted together") {
  const auto graph = network(8, 2.0);
  Simulator many{trials(graph, 5), binary_family, no_stimulus, Seed{6}};
  const auto spikes = many.run(1000);
  const auto fitted = fit(binary_family, spikes, {.own_history = false});
  CHECK(fitted.steps == 5 * 990);
  const dense::Likelihood likelihood(dense_setting(), spikes.by_network(), 3);
  CHECK(likelihood.gradient(parameters_of(fitted, 3)).cwiseAbs().maxCoeff() < 1e-7);
}
