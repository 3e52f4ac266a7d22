// SPDX-License-Identifier: BSD-3-Clause
//
// Tests of the connections onto one neuron.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "spikeometric/infer/detail/fit_data.hpp"
#include "spikeometric/infer/detail/fit_neuron.hpp"
#include "spikeometric/infer/detail/likelihood.hpp"
#include "spikeometric/infer/detail/minimise.hpp"
#include "spikeometric/infer/fit_options.hpp"

namespace spikeometric::detail {

/// P(X > x) for X with a chi-squared distribution: the finite sums for even and odd degrees of freedom (Abramowitz and
/// Stegun 26.4.4 and 26.4.5).
inline double chi_squared_tail(double x, int degrees) {
  if (!(x > 0.0)) return 1.0;
  const double half = 0.5 * x;
  double tail = degrees % 2 == 0 ? std::exp(-half) : std::erfc(std::sqrt(half));
  double term = degrees % 2 == 0 ? half * std::exp(-half) : 2.0 * std::sqrt(half / 3.141592653589793) * std::exp(-half);
  for (int k = degrees % 2 == 0 ? 2 : 1; k < degrees; k += 2) {
    tail += term;
    term *= x / (k + 2);
  }
  return tail;
}

/// The test of one connection.
struct ConnectionTest {
  double p_value = std::numeric_limits<double>::quiet_NaN();
  double statistic = std::numeric_limits<double>::quiet_NaN();
  /// Whether few spikes are expected after those of the presynaptic neuron, or the weight is infinite: only an exact
  /// likelihood ratio can be trusted then.
  bool sparse = false;
  bool exact = false;
  bool converged = true;
};

/// The fit of one neuron, with its information matrix, for tests of single connections.
template <class Real>
class ConnectionTests {
  using Vector = VectorOf<Real>;
  using Matrix = MatrixOf<Real>;

 public:
  ConnectionTests(const FitView<Real>& fit, const CovariateVariances<Real>& variances, std::uint32_t neuron)
      : problem_(fit.problem),
        fit_(fit.neurons[neuron]),
        stimulus_(problem_.stimulus_of(neuron)),
        likelihood_(problem_, neuron, stimulus_->values),
        x_(fit.parameters(neuron, stimulus_->units)),
        penalty_(penalty_for(neuron, variances)),
        function_(likelihood_, penalty_.quadratic) {
    hessian_ = likelihood_.hessian(x_);
    Matrix information = hessian_;
    penalty_.quadratic.add_hessian(information);
    information = (likelihood_.steps() * information).eval();
    information = Matrix(information.template selfadjointView<Eigen::Lower>());
    const Eigen::Index n = information.rows();
    scale_ = information.diagonal().cwiseMax(Real(0)).cwiseSqrt();
    for (Eigen::Index i = 0; i < n; ++i) {
      if (!penalty_.terms.fixed(i) && scale_[i] > Real(0)) continue;
      scale_[i] = 0.0;
      information.row(i).setZero();
      information.col(i).setZero();
      information(i, i) = 1.0;
    }
    const Vector by = scale_.unaryExpr([](Real s) { return s > Real(0) ? Real(1) / s : Real(1); });
    information = (by.asDiagonal() * information * by.asDiagonal()).eval();
    information.diagonal().array() += Real(1e-12);  // for directions without information
    inverse_ = information.llt().solve(Matrix::Identity(n, n));
  }

  /// Without refits: by the quadratic approximation (Wald's test) or, where it may mislead, by the likelihood ratio of
  /// the maximum and the point that one Newton step under the constraint leads to. The latter ratio is at least that of
  /// the constrained maximum.
  ConnectionTest screened(std::uint32_t pre, bool wald, double interesting) {
    ConnectionTest test;
    const Eigen::Index first = problem_.column(pre, 0), size = static_cast<Eigen::Index>(problem_.coupling_bases);
    const int degrees = degrees_of(pre);
    if (degrees == 0) return test;
    const Vector forces = forces_on(pre);
    test.statistic = std::max(x_.segment(first, size).cwiseProduct(scale_.segment(first, size)).dot(forces), Real(0));
    test.sparse = sparse(pre);
    test.p_value = chi_squared_tail(test.statistic, degrees);
    // With exponential and logistic rates, the curvature changes by a factor of up to exp(|change of g|).
    if (!wald && chi_squared_tail(test.statistic * std::exp(2.0 * peak(pre)), degrees) < interesting) {
      test.statistic = statistic_at(constrained_step(pre, forces));
      test.p_value = chi_squared_tail(test.statistic, degrees);
    }
    return test;
  }

  /// The likelihood ratio with the maximum without the connection.
  ConnectionTest exact(std::uint32_t pre) {
    ConnectionTest test = {.sparse = sparse(pre), .exact = true};
    const Eigen::Index first = problem_.column(pre, 0), size = static_cast<Eigen::Index>(problem_.coupling_bases);
    Vector start = constrained_step(pre, forces_on(pre));
    if (!(function_.value(start) < function_.value(with_zeros(x_, first, size)))) start = with_zeros(x_, first, size);
    NeuronPenalty<Real> without = penalty_;
    without.terms.lowest.segment(first, size).setZero();
    without.terms.highest.segment(first, size).setZero();
    Matrix hessian = hessian_;
    FitOptions options = problem_.options;
    options.solver = Solver::newton;
    options.max_iterations.reset();
    const double scale = std::sqrt(likelihood_.spikes()) / likelihood_.steps();
    const Minimum<Real> minimum = minimised(likelihood_, without, options, 1e-5 * scale, start, hessian);
    test.statistic = statistic_at(minimum.x);
    test.converged = minimum.converged;
    test.p_value = minimum.converged ? chi_squared_tail(test.statistic, degrees_of(pre)) : 1.0;
    return test;
  }

  /// The covariance of the weights of a connection, or of the own history. Weights that the spikes do not determine
  /// have infinite variances.
  Matrix covariance(std::uint32_t pre) const {
    const bool own = pre == likelihood_.neuron();
    const Eigen::Index first = own ? problem_.own_column(0) : problem_.column(pre, 0);
    const auto size = static_cast<Eigen::Index>(own ? problem_.own.size() : problem_.coupling_bases);
    Matrix result = Matrix::Zero(size, size);
    for (Eigen::Index i = 0; i < size; ++i)
      for (Eigen::Index j = 0; j < size; ++j) {
        const Real scale = scale_[first + i] * scale_[first + j];
        if (scale > Real(0))
          result(i, j) = inverse_(first + i, first + j) / scale;
        else if (i == j)
          result(i, j) = std::numeric_limits<Real>::infinity();
      }
    return result;
  }

 private:
  NeuronPenalty<Real> penalty_for(std::uint32_t neuron, const CovariateVariances<Real>& variances) {
    const Real information = uncoupled(problem_, likelihood_).information;
    return penalty_of<Real>(problem_, neuron, problem_.options,
                            {variances, information, likelihood_.steps(), stimulus_->units});
  }

  static Vector with_zeros(Vector x, Eigen::Index first, Eigen::Index size) {
    x.segment(first, size).setZero();
    return x;
  }

  /// The number of weights of a connection that the spikes determine.
  int degrees_of(std::uint32_t pre) const {
    const auto part = scale_.segment(problem_.column(pre, 0), static_cast<Eigen::Index>(problem_.coupling_bases));
    return static_cast<int>((part.array() > Real(0)).count());
  }

  /// The inverse of a connection's block of the inverse information, times its scaled weights.
  Vector forces_on(std::uint32_t pre) const {
    const Eigen::Index first = problem_.column(pre, 0), size = static_cast<Eigen::Index>(problem_.coupling_bases);
    const Matrix block = inverse_.block(first, first, size, size);
    return block.ldlt().solve(Vector(x_.segment(first, size).cwiseProduct(scale_.segment(first, size))));
  }

  /// Where one Newton step leads with the weights of a connection at 0.
  Vector constrained_step(std::uint32_t pre, const Vector& forces) const {
    const Eigen::Index first = problem_.column(pre, 0), size = static_cast<Eigen::Index>(problem_.coupling_bases);
    Vector step = inverse_.middleCols(first, size) * forces;
    for (Eigen::Index i = 0; i < step.size(); ++i) step[i] = scale_[i] > Real(0) ? step[i] / scale_[i] : Real(0);
    return with_zeros(x_ - step, first, size);
  }

  /// The likelihood ratio of the fit and of other parameters; with a ridge, of the penalised likelihoods.
  double statistic_at(const Vector& other) {
    if (std::isnan(value_)) value_ = function_.value(x_);
    return std::max(2.0 * likelihood_.steps() * (function_.value(other) - value_), 0.0);
  }

  /// The largest effect of one spike on g.
  double peak(std::uint32_t pre) const {
    double largest = 0.0;
    for (const double each :
         problem_.effect(problem_.coupling, [&](std::size_t m) { return x_[problem_.column(pre, m)]; }))
      largest = std::max(largest, std::abs(each));
    return largest;
  }

  /// Whether fewer than five spikes are expected in the steps on which spikes of `pre` act, or the fit is separated.
  bool sparse(std::uint32_t pre) const {
    constexpr double few = 5.0;
    if (std::find(fit_.separated.begin(), fit_.separated.end(), pre) != fit_.separated.end()) return true;
    double steps = 0.0;  // on which one spike acts
    for (const Response& response : problem_.coupling) {
      double sum = 0.0, most = 0.0;
      for (const double tap : response.taps()) sum += std::abs(tap), most = std::max(most, std::abs(tap));
      if (most > 0.0) steps = std::max(steps, sum / most);
    }
    const auto spikes = static_cast<double>(problem_.trains.by_neuron[pre].size());
    return spikes * steps * likelihood_.spikes() / likelihood_.steps() < few;
  }

  const FitData<Real>& problem_;
  const NeuronFit& fit_;
  std::shared_ptr<const Covariates> stimulus_;
  NeuronLikelihood<Real> likelihood_;
  Vector x_;
  NeuronPenalty<Real> penalty_;
  PenalisedLikelihood<Real> function_;
  Matrix hessian_, inverse_;  // of the likelihood per step; of the scaled information
  Vector scale_;              // square roots of the information about each parameter; 0 if there is none
  double value_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace spikeometric::detail
