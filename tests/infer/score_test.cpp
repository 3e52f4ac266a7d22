// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/score.hpp"

#include <Eigen/Core>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"

using namespace spikeometric;

namespace {

/// A network of N neurons: N (N - 1) pairs, row by row.
Eigen::MatrixXd pairs(Eigen::Index neurons, const std::vector<double>& values) {
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Constant(neurons, neurons, 99.0);  // the diagonal does not count
  std::size_t next = 0;
  for (Eigen::Index pre = 0; pre < neurons; ++pre)
    for (Eigen::Index post = 0; post < neurons; ++post)
      if (pre != post) matrix(pre, post) = values.at(next++);
  return matrix;
}

}  // namespace

TEST_CASE("scores of six pairs are those counted by hand") {
  const auto truth = pairs(3, {1.0, 0.0, -2.0, 0.0, 0.5, 0.0});
  const auto estimate = pairs(3, {0.9, 0.1, -1.5, 0.4, 0.2, 0.05});
  const Score result = score(estimate, truth);
  CHECK(result.pairs == 6);
  CHECK(result.connected == 3);
  // By size: 1.5 right, 0.9 right, 0.4 wrong, 0.2 right, 0.1 wrong, 0.05 wrong. Of nine comparisons one is lost.
  CHECK(std::abs(result.auc - 8.0 / 9.0) < 1e-12);
  CHECK(std::abs(result.average_precision - (1.0 + 1.0 + 3.0 / 4.0) / 3.0) < 1e-12);
  CHECK(std::abs(result.r_precision - 2.0 / 3.0) < 1e-12);
}

TEST_CASE("pairs of equal strength count half, and share a precision") {
  const auto truth = pairs(3, {1.0, 0.0, 1.0, 0.0, 0.0, 0.0});
  CHECK(score(pairs(3, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}), truth).auc == 0.5);
  CHECK(std::abs(score(pairs(3, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}), truth).average_precision - 1.0 / 3.0) < 1e-12);
  const Score half = score(pairs(3, {1.0, 0.0, 0.0, 0.0, 0.0, 0.0}), truth);
  CHECK(std::abs(half.auc - 0.75) < 1e-12);
  CHECK(std::abs(half.average_precision - 0.5 * (1.0 + 1.0 / 3.0)) < 1e-12);
  CHECK(std::abs(half.r_precision - 0.5 * (1.0 + 1.0 / 5.0)) < 1e-12);
}

TEST_CASE("a perfect estimate has scores of 1, the opposite order 0, and the scale does not matter") {
  support::Numbers numbers(1);
  std::vector<double> values(90);
  for (double& each : values) each = numbers.coin(0.3) ? numbers.real(-2.0, 2.0) : 0.0;
  const auto truth = pairs(10, values);
  const Score perfect = score(3.0 * truth, truth);
  CHECK(std::abs(perfect.auc - 1.0) < 1e-12);
  CHECK(std::abs(perfect.average_precision - 1.0) < 1e-12);
  CHECK(std::abs(perfect.correlation - 1.0) < 1e-12);
  CHECK(std::abs(score(-truth, truth).correlation + 1.0) < 1e-12);
  Eigen::MatrixXd inverted = truth;
  for (double& each : inverted.reshaped()) each = each == 0.0 ? 1.0 : 0.0;
  CHECK(score(inverted, truth).auc == 0.0);
}

TEST_CASE("the correlation is Pearson's") {
  support::Numbers numbers(2);
  std::vector<double> x(20), y(20);
  for (std::size_t i = 0; i < 20; ++i) {
    x[i] = numbers.real(-1.0, 1.0);
    y[i] = 0.5 * x[i] + numbers.real(-1.0, 1.0);
  }
  const Eigen::Map<const Eigen::ArrayXd> a(x.data(), 20), b(y.data(), 20);
  const double expected = ((a - a.mean()) * (b - b.mean())).sum() /
                          std::sqrt((a - a.mean()).square().sum() * (b - b.mean()).square().sum());
  CHECK(std::abs(score(pairs(5, x), pairs(5, y)).correlation - expected) < 1e-12);
}

TEST_CASE("without connected pairs, or with nothing else, there is no area under a curve") {
  CHECK(std::isnan(score(pairs(2, {1.0, 2.0}), pairs(2, {0.0, 0.0})).auc));
  CHECK(std::isnan(score(pairs(2, {1.0, 2.0}), pairs(2, {0.0, 0.0})).average_precision));
  CHECK(std::isnan(score(pairs(2, {1.0, 2.0}), pairs(2, {1.0, 1.0})).auc));
}

TEST_CASE("connections that were found are right or wrong, others missed") {
  const Detection found =
      detected(pairs(3, {0.9, 0.0, -1.5, 0.4, 0.0, 0.0}), pairs(3, {1.0, 0.0, -2.0, 0.0, 0.5, 0.0}));
  CHECK(found.right == 2);
  CHECK(found.wrong == 1);
  CHECK(found.missed == 1);
  CHECK(std::abs(found.precision - 2.0 / 3.0) < 1e-12);
  CHECK(std::abs(found.recall - 2.0 / 3.0) < 1e-12);
  CHECK(detected(pairs(3, {0.9, 0.0, -1.5, 0.4, 0.0, 0.0}), pairs(3, {1.0, 0.0, -2.0, 0.0, 0.5, 0.0}), 0.5).wrong == 0);
  CHECK(std::isnan(detected(pairs(2, {0.0, 0.0}), pairs(2, {1.0, 0.0})).precision));
}

TEST_CASE("an estimate of another size is refused") {
  CHECK_THROWS_WITH(
      score(Eigen::MatrixXd::Zero(2, 2), Eigen::MatrixXd::Zero(3, 3)),
      "estimate and truth must be square and of the same size: the estimate is 2 x 2, the truth has 3 rows");
  CHECK_THROWS_AS(detected(Eigen::MatrixXd::Zero(3, 2), Eigen::MatrixXd::Zero(3, 3)), std::invalid_argument);
}

TEST_CASE("a strength that is not a number is refused, with its place") {
  const auto truth = pairs(3, {1.0, 0.0, -2.0, 0.0, 0.5, 0.0});
  const auto estimate = pairs(3, {0.9, 0.1, -1.5, std::nan(""), 0.2, 0.05});
  CHECK_THROWS_WITH(score(estimate, truth), "the strength from neuron 1 to neuron 2 is NaN");
  CHECK_THROWS_WITH(detected(estimate, truth), "the strength from neuron 1 to neuron 2 is NaN");
}
