// SPDX-License-Identifier: BSD-3-Clause
// What a fit gives with other solvers and with signs, and the numbers that it reports.
#include <Eigen/Dense>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "recordings.hpp"
#include "spikeometric/infer/fit.hpp"

using namespace spikeometric;
using namespace recordings;

TEST_CASE("threads and solvers make no difference to what is found") {
  const auto spikes =
      simulated(network(support::slow_build ? 5 : 9, 1.0), count_family, support::slow_build ? 2000 : 3000);
  for (const Penalty& penalty : {Penalty{}, Penalty(L1{1e-3}), L1{5e-4} + L2{1e-2}}) {
    const auto one = fit(count_family, spikes, {.penalty = penalty, .tolerance = 1e-9});
    const auto threads =
        fit(count_family, spikes, {.penalty = penalty, .tolerance = 1e-9, .threads = support::thread_counts().back()});
    CHECK(one.weights == threads.weights);
    const auto gradients =
        fit(count_family, spikes, {.penalty = penalty, .solver = Solver::gradient, .tolerance = 1e-7});
    CHECK(gradients.converged());
    CHECK((one.weights - gradients.weights).cwiseAbs().maxCoeff() < 1e-4);
    CHECK(std::abs(one.log_likelihood() - gradients.log_likelihood()) < 1e-3);
  }
}

TEST_CASE("signs bind the synapses of a neuron") {
  constexpr std::uint32_t size = support::slow_build ? 7 : 10;
  const auto graph = network(size, 2.0);
  const auto spikes = simulated(graph, binary_family, 5000);
  std::vector<int> signs(size, 0);
  for (std::size_t i = 0; i < 4; ++i) signs[i] = 1;
  for (std::size_t i = 5; i + 1 < size; ++i) signs[i] = -1;
  for (const Penalty& penalty : {Penalty{}, Penalty(L1{1e-3})}) {
    const auto free = fit(binary_family, spikes, {.penalty = penalty});
    const auto bound = fit(binary_family, spikes, {.penalty = penalty, .signs = signs});
    CHECK(bound.converged());
    bool differs = false;
    for (std::uint32_t pre = 0; pre < size; ++pre)
      for (std::uint32_t post = 0; post < size; ++post) {
        if (pre == post) continue;
        CHECK(bound.weight(pre, post) * signs[pre] >= 0.0);
        differs |= free.weight(pre, post) * signs[pre] < 0.0;
      }
    CHECK(differs);
    CHECK(bound.log_likelihood() < free.log_likelihood());
    CHECK(std::isnan(bound.weight_error(0, 1)));
  }
}

TEST_CASE("strengths are what a spike does over all time") {
  const auto spikes = simulated(network(5, 1.0), count_family, 2000);
  const auto fitted = fit(count_family, spikes);
  double area = 0.0;
  for (int k = 0; k < 10; ++k) area += std::exp(-k / 5.0);
  CHECK(std::abs(fitted.areas.at(0) - area) < 1e-6);
  CHECK(std::abs(fitted.strengths()(2, 3) - fitted.weight(2, 3) * area) < 1e-6);
}

TEST_CASE("a constant rate is worth no bits, and the deviance is twice what is lacking to the best of all rates") {
  const Graph<> nobody{EdgeList<>{3}};
  const PoissonGLM alone{{.alpha = 5.0f}};
  const auto counts = simulated(nobody, alone, 3000);
  const auto fitted = fit(alone, counts, {.penalty = L1{10.0}});
  CHECK(fitted.weights.isZero(0.0));
  CHECK(std::abs(fitted.bits_per_spike()) < 1e-9);
  const auto dense = counts.to_dense();
  for (std::uint32_t neuron = 0; neuron < 3; ++neuron) {
    const double mean = dense.row(neuron).tail(2980).cast<double>().mean();
    double deviance = 0.0;
    for (Eigen::Index step = 20; step < 3000; ++step) {
      const double x = dense(neuron, step);
      deviance += 2.0 * ((x > 0.0 ? x * std::log(x / mean) : 0.0) - (x - mean));
    }
    CHECK(std::abs(fitted.neurons[neuron].deviance / deviance - 1.0) < 1e-9);
    CHECK(std::abs(fitted.neurons[neuron].baseline - std::log(5.0 * mean)) < 1e-6);
  }
}

TEST_CASE("errors of what the information determines are finite beside what it does not, however badly it does") {
  // Coordinates 0 and 1 are told apart by nothing, 2 and 3 by a ten-millionth of the information, 4 has none, 5 stands
  // alone. The inverse of {{1, c}, {c, 1}} has 1 / (1 - c^2) on its diagonal.
  const double c = 1.0 - 1e-7, infinity = std::numeric_limits<double>::infinity();
  Eigen::MatrixXd information = Eigen::MatrixXd::Zero(6, 6);
  information.block<2, 2>(0, 0) << 9.0, 6.0, 6.0, 4.0;
  information.block<2, 2>(2, 2) << 1.0, c, c, 1.0;
  information(5, 5) = 25.0;
  const detail::PenaltyTerms<double> terms(6);
  const Eigen::VectorXd errors = detail::standard_errors<double>(information, terms);
  const double expected = std::sqrt(1.0 / (1.0 - c * c));
  CHECK((errors[0] == infinity && errors[1] == infinity && errors[4] == infinity));
  CHECK(errors[2] == Approx(expected).epsilon(1e-8));
  CHECK(errors[3] == Approx(expected).epsilon(1e-8));
  CHECK(errors[5] == Approx(0.2).epsilon(1e-12));
}
