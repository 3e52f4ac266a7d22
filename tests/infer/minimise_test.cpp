// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/infer/detail/minimise.hpp"

#include <Eigen/Dense>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "../catch.hpp"
#include "../support.hpp"

using namespace spikeometric;
using Terms = detail::PenaltyTerms<double>;
using Minimum = detail::Minimum<double>;

namespace {

/// The mean over rows of log(1 + exp(-y a^T x)): logistic regression.
struct LogisticRegression final : detail::Objective<double> {
  Eigen::MatrixXd rows;
  Eigen::VectorXd signs;
  int hessians = 0;
  std::size_t roughness = 1;
  std::size_t thinning() override { return roughness; }

  explicit LogisticRegression(std::uint64_t seed, Eigen::Index n = 200, Eigen::Index p = 12) : rows(n, p), signs(n) {
    support::Numbers numbers(seed);
    for (Eigen::Index i = 0; i < n; ++i) {
      for (Eigen::Index j = 0; j < p; ++j)
        rows(i, j) = j == 0 ? 1.0 : numbers.real(-1.0, 1.0) * static_cast<double>(j % 3 + 1);
      const double g = rows(i, 0) - 1.5 * rows(i, 1) + rows(i, 4);
      signs[i] = numbers.coin(1.0 / (1.0 + std::exp(-g))) ? 1.0 : -1.0;
    }
  }

  double value_and_gradient(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) override {
    const Eigen::ArrayXd margin = (rows * x).array() * signs.array();
    const Eigen::ArrayXd wrong = 1.0 / (1.0 + margin.exp());
    gradient = -rows.transpose() * (wrong * signs.array()).matrix() / static_cast<double>(rows.rows());
    return ((-margin).exp() + 1.0).log().mean();
  }
  /// Of every thinning-th row.
  Eigen::MatrixXd hessian(const Eigen::VectorXd& x, std::size_t thinning) override {
    ++hessians;
    if (thinning > 1) {
      LogisticRegression thinned = *this;
      thinned.rows = rows(Eigen::seq(0, Eigen::last, static_cast<Eigen::Index>(thinning)), Eigen::all);
      return thinned.hessian(x, 1);
    }
    const Eigen::ArrayXd p = 1.0 / (1.0 + (-(rows * x)).array().exp());
    return rows.transpose() * (p * (1.0 - p)).matrix().asDiagonal() * rows / static_cast<double>(rows.rows());
  }
};

constexpr detail::Stopping stopping{1e-9, 20'000};

Minimum newton(LogisticRegression& function, const Terms& terms) {
  Eigen::MatrixXd hessian;
  return detail::minimise_by_newton(function, terms, Eigen::VectorXd::Zero(terms.l1.size()).eval(), hessian, stopping);
}
Minimum proximal(LogisticRegression& function, const Terms& terms) {
  return detail::minimise_by_proximal_gradient(function, terms, Eigen::VectorXd::Zero(terms.l1.size()).eval(),
                                               stopping);
}

/// By the plainest of methods: steps along the gradient, shorter than they might be, and shrinking.
Eigen::VectorXd plain(LogisticRegression& function, const Terms& terms) {
  Eigen::VectorXd x = Eigen::VectorXd::Zero(terms.l1.size()), gradient;
  constexpr double curvature = support::slow_build ? 2.0 : 20.0;  // of this function about 1
  for (int i = 0; i < (support::slow_build ? 4'000 : 40'000); ++i) {
    function.value_and_gradient(x, gradient);
    x -= gradient / curvature;
    for (Eigen::Index j = 0; j < x.size(); ++j) {
      const double kept = std::max(std::abs(x[j]) - terms.l1[j] / curvature, 0.0);
      x[j] = std::min(std::max(std::copysign(kept, x[j]), terms.lowest[j]), terms.highest[j]);
    }
    for (const auto& group : terms.groups) {
      const double norm = x.segment(group.first, group.size).norm();
      if (norm > 0.0) x.segment(group.first, group.size) *= std::max(1.0 - group.strength / curvature / norm, 0.0);
    }
  }
  return x;
}

Terms some_terms(const std::string& kind) {
  Terms terms(12);
  if (kind == "L1") terms.l1.tail(11).setConstant(0.02);
  if (kind == "groups" || kind == "groups and L1")
    terms.groups = {{1, 2, 0.03}, {3, 3, 0.04}, {6, 3, 0.1}, {9, 3, 0.04}};
  if (kind == "groups and L1") terms.l1.tail(11).setConstant(0.01);
  if (kind == "bounds") {
    terms.lowest[1] = 0.0;
    terms.lowest[4] = 0.0;
    terms.highest[5] = 0.0;
    terms.lowest[7] = terms.highest[7] = 0.0;
  }
  return terms;
}

}  // namespace

TEST_CASE("all methods find the minimum that plain descent finds") {
  for (const std::string kind : {"nothing", "L1", "groups", "groups and L1", "bounds"}) {
    CAPTURE(kind);
    LogisticRegression function(1);
    const Terms terms = some_terms(kind);
    const Eigen::VectorXd expected = plain(function, terms);
    const auto check = [&](const Minimum& minimum) {
      CHECK(minimum.converged);
      CHECK(minimum.violation <= stopping.tolerance);
      CHECK((minimum.x - expected).cwiseAbs().maxCoeff() < 1e-6);
      Eigen::VectorXd gradient;
      CHECK(minimum.value == function.value_and_gradient(minimum.x, gradient));
      CHECK(terms.violation(minimum.x, gradient) == minimum.violation);
    };
    check(newton(function, terms));
    check(proximal(function, terms));
    if (terms.smooth()) check(detail::minimise_by_lbfgs(function, terms, Eigen::VectorXd::Zero(12).eval(), stopping));
    if (kind == "L1") CHECK((expected.array() == 0.0).count() > 3);
    if (kind == "groups") CHECK(expected.segment(6, 3).isZero(0.0));
    if (kind == "bounds") CHECK((expected[1] == 0.0 && expected[7] == 0.0));
  }
}

TEST_CASE("a coordinate that is fixed stays 0, and the others find their minimum") {
  LogisticRegression function(2);
  Terms terms(12);
  terms.lowest[4] = terms.highest[4] = 0.0;
  CHECK(terms.smooth());
  const auto minimum = newton(function, terms);
  CHECK(minimum.x[4] == 0.0);
  CHECK((minimum.x - plain(function, terms)).cwiseAbs().maxCoeff() < 1e-6);
}

TEST_CASE("a Hessian of near by is used as long as it serves, and handed on") {
  LogisticRegression function(3);
  const Terms terms = some_terms("L1");
  Eigen::MatrixXd hessian;
  auto minimum = detail::minimise_by_newton(function, terms, Eigen::VectorXd::Zero(12).eval(), hessian, stopping);
  const int needed = function.hessians;
  CHECK(needed < minimum.iterations);
  REQUIRE(hessian.size() > 0);
  Terms weaker = terms;
  weaker.l1 *= 0.95;
  minimum = detail::minimise_by_newton(function, weaker, minimum.x, hessian, {1e-6, 100});
  CHECK(minimum.converged);
  CHECK(function.hessians == needed);
}

TEST_CASE("rough Hessians lead to the same minimum") {
  for (const std::string kind : {"nothing", "L1", "groups", "bounds"}) {
    constexpr Eigen::Index rows = support::slow_build ? 800 : 2000;
    LogisticRegression exact(5, rows), rough(5, rows);
    rough.roughness = support::slow_build ? 16 : 40;
    const Terms terms = some_terms(kind);
    const auto minimum = newton(rough, terms);
    CHECK(minimum.converged);
    CHECK((minimum.x - newton(exact, terms).x).cwiseAbs().maxCoeff() < 1e-7);
  }
}

TEST_CASE("a search that may not go on says that it has not converged") {
  LogisticRegression function(4);
  const Terms terms = some_terms("L1");
  Eigen::MatrixXd hessian;
  const auto minimum =
      detail::minimise_by_newton(function, terms, Eigen::VectorXd::Zero(12).eval(), hessian, {1e-12, 1});
  CHECK_FALSE(minimum.converged);
  CHECK(minimum.iterations == 1);
}

TEST_CASE("the violation is the largest entry of the smallest subgradient that points inside the bounds") {
  Terms terms(6);
  terms.l1 << 0.0, 1.0, 1.0, 1.0, 0.0, 0.0;
  terms.lowest[4] = 0.0;
  terms.highest[5] = 0.0;
  Eigen::VectorXd x(6), gradient(6);
  x << 1.0, 0.5, 0.0, 0.0, 0.0, 0.0;
  gradient << 0.0, -1.0, 0.9, -1.25, 3.0, -3.0;
  CHECK(terms.violation(x, gradient) == 0.25);  // of the fourth, 1.25 - 1
  gradient[3] = 1.0;
  CHECK(terms.violation(x, gradient) == 0.0);
  gradient[4] = -0.5;  // it may rise
  CHECK(terms.violation(x, gradient) == 0.5);
}

TEST_CASE("a coordinate's unit makes no difference to a step, nor one of which nothing is known") {
  LogisticRegression function(6);
  for (const std::string kind : {"nothing", "L1"}) {
    const Terms terms = some_terms(kind);
    LogisticRegression scaled = function;
    scaled.rows.col(0) *= 0x1p40;  // no penalty is on it
    Eigen::VectorXd x = Eigen::VectorXd::Zero(12), gradient, steep;
    function.value_and_gradient(x, gradient);
    scaled.value_and_gradient(x, steep);
    Eigen::MatrixXd hessian = LogisticRegression(function).hessian(x, 1), large = scaled.hessian(x, 1);
    hessian.row(3).setZero(), hessian.col(3).setZero(), gradient[3] = 0.0;
    large.row(3).setZero(), large.col(3).setZero(), steep[3] = 0.0;
    const Eigen::VectorXd step = detail::quadratic_step(hessian, gradient, x, terms, 1e-12);
    Eigen::VectorXd other = detail::quadratic_step(large, steep, x, terms, 1e-12);
    other[0] *= 0x1p40;
    CHECK((step - other).cwiseAbs().maxCoeff() < 1e-9);
    CHECK(step.cwiseAbs().maxCoeff() > 0.1);
    CHECK(step[3] == 0.0);
  }
}
