// SPDX-License-Identifier: BSD-3-Clause
//
// The fit of one neuron.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/infer/detail/minimise.hpp"
#include "spikeometric/infer/detail/problem.hpp"
#include "spikeometric/infer/fit_options.hpp"

namespace spikeometric::detail {

/// Calls work(index) for 0, ..., size - 1 on several threads, and throws what one of them threw.
template <class Work>
void on_threads(std::size_t size, [[maybe_unused]] int threads, Work&& work) {
  std::exception_ptr error;
#if defined(_OPENMP)
#pragma omp parallel for num_threads(threads) schedule(dynamic) if (threads > 1)
#endif
  for (std::size_t index = 0; index < size; ++index) {
    try {
      work(index);
    } catch (...) {
#if defined(_OPENMP)
#pragma omp critical(spikeometric_fit)
#endif
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

struct FittedNeuron {
  NeuronFit fit;
  Eigen::VectorXd parameters, errors;
  double steps = 0.0;
};

template <class Problem>
void require_fit_options(const Problem& problem, const FitOptions& options) {
  if (options.threads < 1)
    throw std::invalid_argument("threads = " + std::to_string(options.threads) + " must be at least 1");
  if (!(options.tolerance > 0.0))
    throw std::invalid_argument("tolerance = " + to_text(options.tolerance) + " must be positive");
  if (!options.signs.empty() && options.signs.size() != problem.neurons())
    throw std::invalid_argument(std::to_string(options.signs.size()) + " signs do not fit a network of " +
                                std::to_string(problem.neurons()));
}

/// What the options mean for the parameters of a neuron.
template <class Problem>
PenaltyTerms<double> penalty_terms(const Problem& problem, std::uint32_t neuron, const FitOptions& options,
                                   const Penalty& penalty) {
  PenaltyTerms<double> terms(static_cast<Eigen::Index>(problem.size()));
  const auto penalise = [&](Eigen::Index first, std::size_t size) {
    for (Eigen::Index i = first; i < first + static_cast<Eigen::Index>(size); ++i) {
      terms.l1[i] = penalty.l1();
      terms.l2[i] = penalty.l2();
    }
    const double strength = penalty.group_l1() * std::sqrt(static_cast<double>(size));
    if (size == 1)
      terms.l1[first] += strength;
    else if (strength > 0.0)
      terms.groups.push_back({first, static_cast<Eigen::Index>(size), strength});
  };
  if (problem.own() > 0) penalise(problem.own_column(0), problem.own());
  for (std::uint64_t pre = 0; pre < problem.neurons(); ++pre) {
    const Eigen::Index first = problem.column(pre, 0);
    const auto size = static_cast<Eigen::Index>(Problem::coupling_bases);
    if (pre == neuron) {
      terms.lowest.segment(first, size).setZero();
      terms.highest.segment(first, size).setZero();
      continue;
    }
    penalise(first, Problem::coupling_bases);
    const int sign = options.signs.empty() ? 0 : options.signs[pre];
    if (sign > 0) terms.lowest.segment(first, size).setZero();
    if (sign < 0) terms.highest.segment(first, size).setZero();
  }
  return terms;
}

inline bool by_newton(const FitOptions& options, std::size_t parameters) {
  return options.solver == Solver::newton || (options.solver == Solver::automatic && parameters <= 2000);
}

/// From `start`; the Hessian is one of near by, or empty.
template <class Likelihood>
Minimum<double> minimised(Likelihood& likelihood, const PenaltyTerms<double>& terms, const FitOptions& options,
                          const Stopping& stopping, Eigen::VectorXd start, Eigen::MatrixXd& hessian) {
  if (by_newton(options, likelihood.size()))
    return minimise_by_newton(likelihood, terms, std::move(start), hessian, stopping);
  return terms.smooth() ? minimise_by_lbfgs(likelihood, terms, std::move(start), stopping)
                        : minimise_by_proximal_gradient(likelihood, terms, std::move(start), stopping);
}

/// A constant rate, which is the best one without coupling; and the size of the gradient there.
template <class Problem, class Likelihood>
std::pair<Eigen::VectorXd, double> uncoupled(const Problem& problem, Likelihood& likelihood) {
  const auto size = static_cast<Eigen::Index>(problem.size());
  Eigen::VectorXd start = Eigen::VectorXd::Zero(size), gradient;
  start[0] = problem.baseline_of(likelihood.neuron(), likelihood.spikes() / likelihood.steps());
  likelihood.value_and_gradient(start, gradient);
  return {std::move(start), gradient.cwiseAbs().maxCoeff()};
}

/// Square roots of the diagonal of the inverse of the information; NaN for what is fixed, infinite where there is none.
template <class Real>
VectorOf<Real> standard_errors(MatrixOf<Real> information, const PenaltyTerms<Real>& terms) {
  const Eigen::Index n = information.rows();
  const Real none = Real(1e-12) * information.diagonal().maxCoeff();
  std::vector<bool> seen(static_cast<std::size_t>(n));
  for (Eigen::Index i = 0; i < n; ++i) {
    seen[static_cast<std::size_t>(i)] = !terms.fixed(i) && information(i, i) > none;
    if (seen[static_cast<std::size_t>(i)]) continue;
    information.row(i).setZero();
    information.col(i).setZero();
    information(i, i) = 1.0;
  }
  const MatrixOf<Real> covariance = information.ldlt().solve(MatrixOf<Real>::Identity(n, n));
  VectorOf<Real> errors(n);
  for (Eigen::Index i = 0; i < n; ++i)
    errors[i] = terms.fixed(i)                      ? std::numeric_limits<Real>::quiet_NaN()
                : seen[static_cast<std::size_t>(i)] ? std::sqrt(std::max(covariance(i, i), Real(0)))
                                                    : std::numeric_limits<Real>::infinity();
  return errors;
}

/// Presynaptic neurons of which the filtered spikes are never negative, are seen, and never when this one spikes.
template <class Problem, class Likelihood>
std::vector<std::uint32_t> separated_by(const Problem& problem, Likelihood& likelihood) {
  std::vector<std::uint32_t> result;
  const auto [with_spikes, all] = likelihood.exposures();
  for (std::uint32_t pre = 0; pre < problem.neurons(); ++pre)
    for (std::size_t m = 0; m < Problem::coupling_bases; ++m) {
      const Eigen::Index i = problem.column(pre, m);
      if (problem.never_negative(m) && all[i] != 0.0 && std::abs(with_spikes[i]) <= 1e-12 * std::abs(all[i])) {
        result.push_back(pre);
        break;
      }
    }
  return result;
}

template <class Problem>
FittedNeuron fit_neuron(const Problem& problem, std::uint32_t neuron, const FitOptions& options) {
  const std::vector<float> stimulus = problem.stimulus_of(neuron);
  auto likelihood = problem.likelihood(neuron, stimulus);
  likelihood.observe(problem.observed());
  const auto size = static_cast<Eigen::Index>(problem.size());
  const auto free = static_cast<double>(size) - static_cast<double>(Problem::coupling_bases);
  if (options.penalty.none() && likelihood.steps() < free)
    throw std::invalid_argument("neuron " + std::to_string(neuron) + " has " + to_text(likelihood.steps()) +
                                " observed steps for " + to_text(free) + " parameters: a penalty is needed");

  FittedNeuron fitted;
  fitted.steps = likelihood.steps();
  fitted.errors = Eigen::VectorXd::Constant(size, std::numeric_limits<double>::quiet_NaN());
  NeuronFit& fit = fitted.fit;
  fit.spikes = likelihood.spikes();
  const bool silent = fit.spikes == 0.0;
  const bool always = Problem::binary && fit.spikes == likelihood.steps();
  if (silent || always) {
    fit.status = silent ? FitStatus::silent : FitStatus::always_fires;
    const double half = 0.5 / likelihood.steps();
    fitted.parameters = Eigen::VectorXd::Zero(size);
    fitted.parameters[0] = problem.baseline_of(neuron, silent ? half : 1.0 - half);
  } else {
    auto [start, scale] = uncoupled(problem, likelihood);
    const PenaltyTerms<double> terms = penalty_terms(problem, neuron, options, options.penalty);
    Eigen::MatrixXd hessian;
    const Stopping stopping{options.tolerance * scale, options.most_iterations};
    Minimum<double> minimum = minimised(likelihood, terms, options, stopping, std::move(start), hessian);
    fit.status = minimum.converged ? FitStatus::converged : FitStatus::not_converged;
    fit.iterations = minimum.iterations;
    fit.violation = minimum.violation / scale;
    fitted.parameters = std::move(minimum.x);
    if (options.penalty.none() && options.signs.empty()) {
      if (by_newton(options, problem.size()))
        fitted.errors = standard_errors<double>(likelihood.steps() * likelihood.hessian(fitted.parameters), terms);
      fit.separated = separated_by(problem, likelihood);
      if (!fit.separated.empty()) fit.status = FitStatus::separated;
    }
  }
  fit.log_likelihood = -likelihood.value(fitted.parameters) * likelihood.steps();
  const double rate = std::clamp(fit.spikes / likelihood.steps(), 0.5 / likelihood.steps(),
                                 always ? 1.0 - 0.5 / likelihood.steps() : std::numeric_limits<double>::infinity());
  fit.null_log_likelihood = problem.log_likelihood_of(neuron, problem.baseline_of(neuron, rate), likelihood);
  fit.deviance = 2.0 * (problem.saturated_log_likelihood(likelihood) - fit.log_likelihood);
  return fitted;
}

/// The least factor of the penalty with which the neuron has no coupling.
template <class Problem>
double silencing_factor(const Problem& problem, std::uint32_t neuron, const FitOptions& options) {
  const std::vector<float> stimulus = problem.stimulus_of(neuron);
  auto likelihood = problem.likelihood(neuron, stimulus);
  likelihood.observe(problem.observed());
  if (likelihood.spikes() == 0.0) return 0.0;
  auto [start, scale] = uncoupled(problem, likelihood);
  const PenaltyTerms<double> terms = penalty_terms(problem, neuron, options, options.penalty);
  PenaltyTerms<double> baseline_alone(start.size());
  const Eigen::Index coupling = start.size() - problem.own_column(0);
  baseline_alone.lowest.tail(coupling).setZero();
  baseline_alone.highest.tail(coupling).setZero();
  const Minimum<double> minimum = minimise_by_lbfgs(likelihood, baseline_alone, std::move(start),
                                                    {options.tolerance * scale, options.most_iterations});
  Eigen::VectorXd gradient;
  likelihood.value_and_gradient(minimum.x, gradient);
  // A slope that a bound holds back does not count.
  for (Eigen::Index i = 0; i < gradient.size(); ++i)
    if ((gradient[i] > 0.0 && terms.lowest[i] == 0.0) || (gradient[i] < 0.0 && terms.highest[i] == 0.0))
      gradient[i] = 0.0;
  double least = 0.0;
  for (Eigen::Index i = 0; i < gradient.size(); ++i)
    if (terms.l1[i] > 0.0) least = std::max(least, std::abs(gradient[i]) / terms.l1[i]);
  for (const auto& group : terms.groups)
    least = std::max(least, gradient.segment(group.first, group.size).norm() / group.strength);
  return least;
}

/// Log-likelihoods of what each fold leaves out, [fold][factor]; weights that are not 0, by factor; and, where asked for,
/// the steps left out.
template <class Problem>
void validate_neuron(const Problem& problem, std::uint32_t neuron, const FitOptions& options,
                     const std::vector<double>& factors, Eigen::MatrixXd& held_out, Eigen::VectorXd& weights,
                     double* steps) {
  const std::vector<float> stimulus = problem.stimulus_of(neuron);
  auto seen = problem.likelihood(neuron, stimulus), unseen = seen;
  Eigen::MatrixXd hessian;
  for (Eigen::Index fold = 0; fold < held_out.rows(); ++fold) {
    Observed observed = problem.observed();
    observed.folds = static_cast<std::uint64_t>(held_out.rows());
    observed.fold = static_cast<std::uint64_t>(fold);
    seen.observe(observed);
    observed.held_out = true;
    unseen.observe(observed);
    if (steps != nullptr) steps[fold] = unseen.steps();
    // Where nothing is seen to happen, or always, half a step makes a rate.
    const double half = 0.5 / seen.steps();
    const double rate = std::max(seen.spikes() / seen.steps(), half);
    if (seen.spikes() == 0.0 || (Problem::binary && seen.spikes() == seen.steps())) {
      const double g = problem.baseline_of(neuron, Problem::binary ? std::min(rate, 1.0 - half) : rate);
      held_out.row(fold).setConstant(problem.log_likelihood_of(neuron, g, unseen));
      continue;
    }
    auto [x, scale] = uncoupled(problem, seen);
    const Stopping stopping{std::max(options.tolerance, 1e-4) * scale, options.most_iterations};
    for (std::size_t i = 0; i < factors.size(); ++i) {
      const PenaltyTerms<double> terms = penalty_terms(problem, neuron, options, factors[i] * options.penalty);
      x = minimised(seen, terms, options, stopping, std::move(x), hessian).x;
      held_out(fold, static_cast<Eigen::Index>(i)) = -unseen.value(x) * unseen.steps();
      const auto coupling = x.tail(x.size() - problem.own_column(0));
      weights[static_cast<Eigen::Index>(i)] += static_cast<double>((coupling.array() != 0.0).count());
    }
  }
}

}  // namespace spikeometric::detail
