// SPDX-License-Identifier: BSD-3-Clause
//
// The fit of one neuron.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/QR>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/detail/threads.hpp"
#include "spikeometric/infer/detail/minimise.hpp"
#include "spikeometric/infer/detail/problem.hpp"
#include "spikeometric/infer/fit_options.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::detail {

/// Calls work(index) for 0, ..., size - 1 on several threads. After an exception no further work begins. Rethrows the
/// exception with the lowest index, whatever the number of threads.
template <class Work>
void on_threads(std::size_t size, int threads, Work&& work) {
  std::exception_ptr error;
  std::mutex of_error;
  std::atomic<std::size_t> next{0}, failed{size};  // indices are taken in order: those below a failed one are done
  Threads{threads}.run(size, 1, [&](std::size_t, std::uint64_t) {
    const std::size_t index = next++;
    if (index > failed) return true;
    try {
      work(index);
    } catch (...) {
      const std::lock_guard lock{of_error};
      if (index < failed) {
        failed = index;
        error = std::current_exception();
      }
    }
    return true;
  });
  if (error) std::rethrow_exception(error);
}

struct FittedNeuron {
  NeuronFit fit;
  Eigen::VectorXd parameters, errors;  // errors are empty if not computed
  double steps = 0.0;
};

template <class Problem>
void require_fit_options(const Problem& problem, const FitOptions& options) {
  if (options.threads < 1)
    throw InvalidArgument("threads = " + std::to_string(options.threads) + " must be at least 1");
  if (!(options.tolerance > 0.0 && std::isfinite(options.tolerance)))
    throw InvalidArgument("tolerance = " + to_text(options.tolerance) + " must be positive and finite");
  if (options.max_iterations && *options.max_iterations < 1)
    throw InvalidArgument("max_iterations = " + std::to_string(*options.max_iterations) + " must be at least 1");
  if (!options.signs.empty() && options.signs.size() != problem.neurons())
    throw InvalidArgument("signs has " + std::to_string(options.signs.size()) + " elements, but the network has " +
                          std::to_string(problem.neurons()) + " neurons");
}

/// The penalty and the bounds for the parameters of a neuron.
template <class Problem>
PenaltyTerms<double> penalty_terms(const Problem& problem, std::uint32_t neuron, const FitOptions& options,
                                   const Penalty& penalty) {
  PenaltyTerms<double> terms(problem.size());
  const auto penalise = [&](Eigen::Index first, Eigen::Index size) {
    terms.l1.segment(first, size).setConstant(penalty.l1());
    terms.l2.segment(first, size).setConstant(penalty.l2());
    const double strength = penalty.group_l1() * std::sqrt(static_cast<double>(size));
    if (size == 1)
      terms.l1[first] += strength;
    else if (strength > 0.0)
      terms.groups.push_back({first, size, strength});
  };
  if (problem.own.size() > 0) penalise(problem.own_column(0), problem.own.size());
  for (std::uint64_t pre = 0; pre < problem.neurons(); ++pre) {
    const Eigen::Index first = problem.column(pre, 0);
    constexpr Eigen::Index size = Problem::coupling_bases;
    if (pre == neuron) {
      terms.lowest.segment(first, size).setZero();
      terms.highest.segment(first, size).setZero();
      continue;
    }
    penalise(first, size);
    const int sign = options.signs.empty() ? 0 : options.signs[pre];
    if (sign > 0) terms.lowest.segment(first, size).setZero();
    if (sign < 0) terms.highest.segment(first, size).setZero();
  }
  return terms;
}

inline bool by_newton(const FitOptions& options, std::size_t parameters) {
  return options.solver == Solver::newton || (options.solver == Solver::automatic && parameters <= 2000);
}

inline int max_iterations(const FitOptions& options, std::size_t parameters) {
  return options.max_iterations.value_or(by_newton(options, parameters) ? 200 : 20'000);
}

/// Searches from `start`. The Hessian may be empty or computed at a nearby point.
template <class Likelihood>
Minimum<double> minimised(Likelihood& likelihood, const PenaltyTerms<double>& terms, const FitOptions& options,
                          const Stopping& stopping, Eigen::VectorXd start, Eigen::MatrixXd& hessian) {
  if (by_newton(options, likelihood.size()))
    return minimise_by_newton(likelihood, terms, std::move(start), hessian, stopping);
  return terms.smooth() ? minimise_by_lbfgs(likelihood, terms, std::move(start), stopping)
                        : minimise_by_proximal_gradient(likelihood, terms, std::move(start), stopping);
}

/// The status of a neuron without a fit: no spikes, or at least as many as the model can generate on average.
template <class Problem, class Likelihood>
std::optional<FitStatus> without_fit(const Problem& problem, const Likelihood& likelihood) {
  if (likelihood.spikes() == 0.0) return FitStatus::silent;
  if (Problem::binary && likelihood.spikes() >= problem.max_of(likelihood.neuron()) * likelihood.steps())
    return FitStatus::always_fires;
  return std::nullopt;
}

/// The parameters without a fit. The baseline is such that 0.5 spikes are expected in total or, for always_fires, the
/// maximum less half a step's spikes.
template <class Problem, class Likelihood>
typename Problem::Vector half_a_step(const Problem& problem, Likelihood& likelihood, FitStatus status) {
  const double half = 0.5 / likelihood.steps();
  typename Problem::Vector x;
  x.setZero(static_cast<Eigen::Index>(problem.size()));
  if (status == FitStatus::silent) {
    x[0] = problem.baseline_of(likelihood.neuron(), half);
    return x;
  }
  const double wanted = problem.max_of(likelihood.neuron()) * (1.0 - half);
  x[0] = root_of([&](double baseline) {
    x[0] = baseline;  // on top of the known self-history
    return likelihood.mean(x) - wanted;
  });
  return x;
}

/// The start of a search: parameters with only a constant input, which gives the observed rate. Also the size of the
/// gradient there, or that of sampling noise if it is larger.
template <class Problem, class Likelihood>
std::pair<typename Problem::Vector, double> uncoupled(const Problem& problem, Likelihood& likelihood) {
  typename Problem::Vector start, gradient;
  start.setZero(static_cast<Eigen::Index>(problem.size()));
  start[0] = problem.baseline_of(likelihood.neuron(), likelihood.spikes() / likelihood.steps());
  likelihood.value_and_gradient(start, gradient);
  const double chance = std::sqrt(likelihood.spikes()) / likelihood.steps();
  return {std::move(start), std::max(gradient.cwiseAbs().maxCoeff(), chance)};
}

/// Square roots of the diagonal of the inverse information matrix. NaN for fixed parameters; infinite for parameters
/// that the information does not determine, alone or together with others.
template <class Real>
VectorOf<Real> standard_errors(MatrixOf<Real> information, const PenaltyTerms<Real>& terms) {
  const Eigen::Index n = information.rows();
  VectorOf<Real> scale = information.diagonal().cwiseMax(Real(0)).cwiseSqrt();  // makes the result independent of units
  std::vector<bool> seen(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    seen[i] = !terms.fixed(i) && scale[i] > 0.0;
    if (seen[i]) continue;
    scale[i] = 1.0;
    information.row(i).setZero();
    information.col(i).setZero();
    information(i, i) = 1.0;
  }
  information = (scale.cwiseInverse().asDiagonal() * information * scale.cwiseInverse().asDiagonal()).eval();
  VectorOf<Real> variances;
  if (const Eigen::LDLT<MatrixOf<Real>> ldlt(information); ldlt.vectorD().minCoeff() > 1e-10) {
    variances = ldlt.solve(MatrixOf<Real>::Identity(n, n)).diagonal();
  } else {
    Eigen::CompleteOrthogonalDecomposition<MatrixOf<Real>> decomposition;
    decomposition.setThreshold(Real(1e-11)).compute(information);
    const MatrixOf<Real> known =
        decomposition.colsPermutation() * decomposition.matrixZ().topRows(decomposition.rank()).transpose();
    variances.resize(n);
    // One by one: otherwise Eigen would use threads, and their number would change the result.
    for (Eigen::Index i = 0; i < n; ++i)
      variances[i] = Real(1) - known.row(i).squaredNorm() > Real(1e-8)
                         ? std::numeric_limits<Real>::infinity()
                         : std::max<Real>(decomposition.solve(VectorOf<Real>::Unit(n, i))[i], 0);
  }
  VectorOf<Real> errors = variances.cwiseSqrt().cwiseQuotient(scale);
  for (Eigen::Index i = 0; i < n; ++i)
    if (!seen[i])
      errors[i] = terms.fixed(i) ? std::numeric_limits<Real>::quiet_NaN() : std::numeric_limits<Real>::infinity();
  return errors;
}

/// Complete separation: whether the likelihood increases without bound in each parameter, alone or, for stimulus and
/// own history, together with the baseline. In binary models this happens if a threshold of the covariate separates the
/// steps with spikes from the steps without. For counts it happens if all spikes are in steps with the lowest, or all
/// with the highest, value of the covariate.
template <class Problem, class Likelihood>
std::vector<bool> separated_by(const Problem& problem, Likelihood& likelihood, const PenaltyTerms<double>& terms) {
  const Exposures seen = likelihood.exposures();
  std::vector<bool> result(problem.size());
  for (Eigen::Index i = 1; i < problem.column(0, 0); ++i) {
    const double lowest = std::min(seen.least[0][i], seen.least[1][i]);
    const double highest = std::max(seen.most[0][i], seen.most[1][i]);
    const double rounding = 1e-9 * (highest - lowest);
    const bool falls = seen.most[1][i] - (Problem::binary ? seen.least[0][i] : lowest) <= rounding;
    const bool rises = (Problem::binary ? seen.most[0][i] : highest) - seen.least[1][i] <= rounding;
    result[i] = lowest < highest && (falls || rises);
  }
  for (std::uint32_t pre = 0; pre < problem.neurons(); ++pre)
    for (std::size_t m = 0; m < Problem::coupling_bases; ++m) {
      const Eigen::Index i = problem.column(pre, m);
      const int sign = problem.sign_of(m);
      if (sign == 0 || terms.fixed(i)) continue;
      const double all = sign * seen.all[i], with_spikes = sign * seen.with_spikes[i], none = 1e-12 * all;
      const bool falls = with_spikes <= none, rises = Problem::binary && all - with_spikes <= none;
      result[i] = all > 0.0 && ((falls && (sign > 0 ? terms.lowest[i] : -terms.highest[i]) < 0.0) ||
                                (rises && (sign > 0 ? terms.highest[i] : -terms.lowest[i]) > 0.0));
    }
  return result;
}

/// Translates separated parameters to presynaptic neurons and stimulus channels.
template <class Problem>
void report_separated(const Problem& problem, std::uint32_t neuron, const std::vector<bool>& separated,
                      NeuronFit& fit) {
  const auto any = [&](Eigen::Index first, std::size_t size) {
    const auto begin = separated.begin() + first;
    return std::find(begin, begin + size, true) != begin + size;
  };
  for (std::size_t channel = 0; channel < Problem::channels; ++channel)
    if (separated[1 + channel]) fit.separated_channels.push_back(static_cast<std::uint32_t>(channel));
  for (std::uint32_t pre = 0; pre < problem.neurons(); ++pre)
    if (pre == neuron ? any(problem.own_column(0), problem.own.size())
                      : any(problem.column(pre, 0), Problem::coupling_bases))
      fit.separated.push_back(pre);
  const bool some = !fit.separated.empty() || !fit.separated_channels.empty();
  if (some && fit.status == FitStatus::converged) fit.status = FitStatus::separated;
}

/// Finds the parameters and their standard errors.
template <class Problem, class Likelihood>
void search(const Problem& problem, Likelihood& likelihood, const FitOptions& options, FittedNeuron& fitted) {
  NeuronFit& fit = fitted.fit;
  auto [start, scale] = uncoupled(problem, likelihood);
  if ((fit.impossible_step = likelihood.impossible(start))) {
    fit.status = FitStatus::impossible;
    fitted.parameters = std::move(start);
    return;
  }
  const PenaltyTerms<double> terms = penalty_terms(problem, likelihood.neuron(), options, options.penalty);
  const bool with_errors = options.penalty.none() && options.signs.empty() && by_newton(options, problem.size());
  typename Problem::Matrix hessian, at_start;
  if (with_errors) hessian = at_start = likelihood.hessian(start, likelihood.thinning());
  const Stopping stopping{options.tolerance * scale, max_iterations(options, problem.size())};
  Minimum<double> minimum = minimised(likelihood, terms, options, stopping, std::move(start), hessian);
  fit.status = minimum.converged ? FitStatus::converged : FitStatus::not_converged;
  fit.iterations = minimum.iterations;
  fit.violation = minimum.violation / scale;
  fitted.parameters = std::move(minimum.x);
  if (!options.penalty.none()) return;
  std::vector<bool> separated = separated_by(problem, likelihood, terms);
  if (with_errors) {
    fitted.errors = standard_errors<double>(likelihood.steps() * likelihood.hessian(fitted.parameters), terms);
    // Finds separation by several weights together: during the search, the information about a parameter has vanished.
    const typename Problem::Vector before = standard_errors<double>(likelihood.steps() * at_start, terms);
    for (Eigen::Index i = 0; i < before.size(); ++i)
      if (std::isfinite(before[i]) && fitted.errors[i] > 100.0 * before[i] &&
          std::abs(fitted.parameters[i]) < 3.0 * fitted.errors[i])
        separated[i] = true;
  }
  report_separated(problem, likelihood.neuron(), separated, fit);
}

template <class Problem>
FittedNeuron fit_neuron(const Problem& problem, std::uint32_t neuron, const FitOptions& options) {
  const Covariates stimulus = problem.stimulus_of(neuron);
  auto likelihood = problem.likelihood(neuron, stimulus.values);
  const auto free = static_cast<double>(problem.size() - Problem::coupling_bases);
  if (options.penalty.none() && likelihood.steps() < free)
    throw InvalidArgument("neuron " + std::to_string(neuron) + " has " + to_text(likelihood.steps()) +
                          " observed steps for " + to_text(free) + " parameters: a penalty is needed");

  FittedNeuron fitted;
  fitted.steps = likelihood.steps();
  NeuronFit& fit = fitted.fit;
  fit.spikes = likelihood.spikes();
  if (const std::optional<FitStatus> known = without_fit(problem, likelihood)) {
    fit.status = *known;
    fitted.parameters = half_a_step(problem, likelihood, *known);
  } else {
    search(problem, likelihood, options, fitted);
  }
  fit.log_likelihood = -likelihood.value(fitted.parameters) * likelihood.steps();
  const double half = 0.5 / likelihood.steps();
  const double rate = std::max(fit.spikes / likelihood.steps(), half);
  fit.null_log_likelihood = problem.log_likelihood_of(
      neuron, problem.baseline_of(neuron, Problem::binary ? std::min(rate, 1.0 - half) : rate), likelihood);
  fit.deviance = 2.0 * (problem.saturated_log_likelihood(likelihood) - fit.log_likelihood);
  // Converts weights to the units of the given stimulus.
  for (std::size_t channel = 0; channel < Problem::channels; ++channel) {
    fitted.parameters[1 + channel] /= stimulus.units[channel];
    if (fitted.errors.size() > 0) fitted.errors[1 + channel] /= stimulus.units[channel];
  }
  return fitted;
}

/// A factor of the penalty that makes all couplings of the neuron 0. It is the smallest such factor if the penalty has
/// only L1 or only GroupL1.
template <class Problem>
double silencing_factor(const Problem& problem, std::uint32_t neuron, const FitOptions& options) {
  const Covariates stimulus = problem.stimulus_of(neuron);
  auto likelihood = problem.likelihood(neuron, stimulus.values);
  if (without_fit(problem, likelihood)) return 0.0;
  auto [start, scale] = uncoupled(problem, likelihood);
  const PenaltyTerms<double> terms = penalty_terms(problem, neuron, options, options.penalty);
  PenaltyTerms<double> baseline_alone(start.size());
  const Eigen::Index coupling = start.size() - problem.own_column(0);
  baseline_alone.lowest.tail(coupling).setZero();
  baseline_alone.highest.tail(coupling).setZero();
  const Minimum<double> minimum =
      minimise_by_lbfgs(likelihood, baseline_alone, std::move(start),
                        {options.tolerance * scale, options.max_iterations.value_or(20'000)});
  typename Problem::Vector gradient;
  likelihood.value_and_gradient(minimum.x, gradient);
  double least = 0.0;
  for (Eigen::Index i = 0; i < gradient.size(); ++i) {
    // A slope that points out of the bounds does not count.
    if ((gradient[i] > 0.0 && terms.lowest[i] == 0.0) || (gradient[i] < 0.0 && terms.highest[i] == 0.0))
      gradient[i] = 0.0;
    if (terms.l1[i] > 0.0) least = std::max(least, std::abs(gradient[i]) / terms.l1[i]);
  }
  for (const auto& group : terms.groups)
    least = std::max(least, gradient.segment(group.first, group.size).norm() / group.strength);
  return least;
}

/// Computes held-out log-likelihoods, [fold][factor]; adds the numbers of nonzero weights to `weights`, by factor; and
/// writes the numbers of held-out steps to `steps`, unless null.
template <class Problem>
void validate_neuron(const Problem& problem, std::uint32_t neuron, const FitOptions& options,
                     const std::vector<double>& factors, typename Problem::Matrix& held_out,
                     typename Problem::Vector& weights, double* steps) {
  const Covariates stimulus = problem.stimulus_of(neuron);
  auto seen = problem.likelihood(neuron, stimulus.values), unseen = seen;
  const bool impossible = !without_fit(problem, seen) && seen.impossible(uncoupled(problem, seen).first);
  typename Problem::Matrix hessian;
  for (Eigen::Index fold = 0; fold < held_out.rows(); ++fold) {
    const auto folds = static_cast<std::uint64_t>(held_out.rows()), which = static_cast<std::uint64_t>(fold);
    seen.observe(problem.observed(folds, which, false));
    unseen.observe(problem.observed(folds, which, true));
    if (seen.steps() == 0.0 || unseen.steps() == 0.0)
      throw InvalidArgument("folds = " + std::to_string(folds) + " is too large for " +
                            std::to_string(problem.trains.steps()) + " steps: a fold has no steps to fit or to test");
    if (steps != nullptr) steps[fold] = unseen.steps();
    if (impossible) continue;  // its likelihood is 0 at every strength
    if (const auto known = without_fit(problem, seen)) {
      held_out.row(fold).setConstant(-unseen.value(half_a_step(problem, seen, *known)) * unseen.steps());
      continue;
    }
    auto [x, scale] = uncoupled(problem, seen);
    const Stopping stopping{std::max(options.tolerance, 1e-4) * scale, max_iterations(options, problem.size())};
    for (std::size_t i = 0; i < factors.size(); ++i) {
      const PenaltyTerms<double> terms = penalty_terms(problem, neuron, options, factors[i] * options.penalty);
      x = minimised(seen, terms, options, stopping, std::move(x), hessian).x;
      held_out(fold, i) = -unseen.value(x) * unseen.steps();
      const auto coupling = x.tail(x.size() - problem.own_column(0));
      weights[i] += static_cast<double>((coupling.array() != 0.0).count());
    }
  }
}

}  // namespace spikeometric::detail
