// SPDX-License-Identifier: BSD-3-Clause
//
// The fits of neurons, one by one.
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
#include "spikeometric/infer/detail/fit_data.hpp"
#include "spikeometric/infer/detail/likelihood.hpp"
#include "spikeometric/infer/detail/minimise.hpp"
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

template <class Real>
void require_fit_options(const FitData<Real>& problem, const FitOptions& options) {
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
template <class Real>
PenaltyTerms<Real> penalty_terms(const FitData<Real>& problem, std::uint32_t neuron, const FitOptions& options,
                                 const Penalty& penalty) {
  PenaltyTerms<Real> terms(problem.size());
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
    const auto size = static_cast<Eigen::Index>(problem.coupling_bases);
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
template <class Real>
Minimum<Real> minimised(NeuronLikelihood<Real>& likelihood, const PenaltyTerms<Real>& terms, const FitOptions& options,
                        const Stopping& stopping, VectorOf<Real> start, MatrixOf<Real>& hessian) {
  if (by_newton(options, likelihood.size()))
    return minimise_by_newton(likelihood, terms, std::move(start), hessian, stopping);
  return terms.smooth() ? minimise_by_lbfgs(likelihood, terms, std::move(start), stopping)
                        : minimise_by_proximal_gradient(likelihood, terms, std::move(start), stopping);
}

/// The status of a neuron without a fit: no spikes, or at least as many as the model can generate on average.
template <class Real>
std::optional<FitStatus> without_fit(const FitData<Real>& problem, const NeuronLikelihood<Real>& likelihood) {
  if (likelihood.spikes() == 0.0) return FitStatus::silent;
  if (problem.binary && likelihood.spikes() >= problem.max_of(likelihood.neuron()) * likelihood.steps())
    return FitStatus::always_fires;
  return std::nullopt;
}

/// The parameters without a fit. The baseline is such that 0.5 spikes are expected in total or, for always_fires, the
/// maximum less half a step's spikes.
template <class Real>
VectorOf<Real> half_a_step(const FitData<Real>& problem, NeuronLikelihood<Real>& likelihood, FitStatus status) {
  const double half = 0.5 / likelihood.steps();
  VectorOf<Real> x;
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
template <class Real>
std::pair<VectorOf<Real>, double> uncoupled(const FitData<Real>& problem, NeuronLikelihood<Real>& likelihood) {
  VectorOf<Real> start, gradient;
  start.setZero(static_cast<Eigen::Index>(problem.size()));
  start[0] = problem.baseline_of(likelihood.neuron(), likelihood.spikes() / likelihood.steps());
  likelihood.value_and_gradient(start, gradient);
  const double chance = std::sqrt(likelihood.spikes()) / likelihood.steps();
  return {std::move(start), std::max(gradient.cwiseAbs().maxCoeff(), chance)};
}

/// Square roots of the diagonal of the inverse information matrix, of which the lower triangle is read. NaN for fixed
/// parameters; infinite for parameters that the information does not determine, alone or together with others.
template <class Real>
VectorOf<Real> standard_errors(MatrixOf<Real> information, const PenaltyTerms<Real>& terms) {
  const Eigen::Index n = information.rows();
  information = MatrixOf<Real>(information.template selfadjointView<Eigen::Lower>());
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
  Eigen::LDLT<MatrixOf<Real>> ldlt(information);
  // For each coordinate: its squared projection onto the directions without information.
  VectorOf<Real> unknown = VectorOf<Real>::Zero(n);
  if (!(ldlt.vectorD().minCoeff() > 1e-10)) {
    // The vectors q are an orthonormal basis of the directions without information. The matrix is symmetric, so they are
    // the last columns of Q in its QR decomposition. The inverse of the matrix plus all q q^T is the pseudo-inverse plus
    // all q q^T.
    Eigen::ColPivHouseholderQR<MatrixOf<Real>> qr;
    qr.setThreshold(Real(1e-11)).compute(information);
    for (Eigen::Index k = qr.rank(); k < n; ++k) {
      VectorOf<Real> q = VectorOf<Real>::Unit(n, k);
      Real scratch;
      for (Eigen::Index j = qr.nonzeroPivots(); j-- > 0;)
        q.tail(n - j).applyHouseholderOnTheLeft(qr.matrixQR().col(j).tail(n - j - 1), qr.hCoeffs()[j], &scratch);
      unknown += q.cwiseAbs2();
      information += q * q.transpose();
    }
    if (qr.rank() < n) ldlt.compute(information);
  }
  VectorOf<Real> variances = VectorOf<Real>::Constant(n, std::numeric_limits<Real>::infinity());
  for (Eigen::Index i = 0; i < n; ++i) {
    if (!seen[i] || unknown[i] > Real(1e-8)) continue;
    VectorOf<Real> x = ldlt.transpositionsP() * VectorOf<Real>::Unit(n, i);
    ldlt.matrixL().solveInPlace(x);
    const Real variance = x.cwiseAbs2().cwiseQuotient(ldlt.vectorD()).sum() - unknown[i];
    if (variance > Real(0)) variances[i] = variance;  // not so for a matrix with a negative eigenvalue
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
template <class Real>
std::vector<bool> separated_by(const FitData<Real>& problem, NeuronLikelihood<Real>& likelihood,
                               const PenaltyTerms<Real>& terms) {
  const Exposures seen = likelihood.exposures();
  std::vector<bool> result(problem.size());
  for (Eigen::Index i = 1; i < problem.column(0, 0); ++i) {
    const double lowest = std::min(seen.least[0][i], seen.least[1][i]);
    const double highest = std::max(seen.most[0][i], seen.most[1][i]);
    const double rounding = 1e-9 * (highest - lowest);
    const bool falls = seen.most[1][i] - (problem.binary ? seen.least[0][i] : lowest) <= rounding;
    const bool rises = (problem.binary ? seen.most[0][i] : highest) - seen.least[1][i] <= rounding;
    result[i] = lowest < highest && (falls || rises);
  }
  for (std::uint32_t pre = 0; pre < problem.neurons(); ++pre)
    for (std::size_t m = 0; m < problem.coupling_bases; ++m) {
      const Eigen::Index i = problem.column(pre, m);
      const int sign = problem.sign_of(m);
      if (sign == 0 || terms.fixed(i)) continue;
      const double all = sign * seen.all[i], with_spikes = sign * seen.with_spikes[i], none = 1e-12 * all;
      const bool falls = with_spikes <= none, rises = problem.binary && all - with_spikes <= none;
      result[i] = all > 0.0 && ((falls && (sign > 0 ? terms.lowest[i] : -terms.highest[i]) < 0.0) ||
                                (rises && (sign > 0 ? terms.highest[i] : -terms.lowest[i]) > 0.0));
    }
  return result;
}

/// Translates separated parameters to presynaptic neurons and stimulus channels.
template <class Real>
void report_separated(const FitData<Real>& problem, std::uint32_t neuron, const std::vector<bool>& separated,
                      NeuronFit& fit) {
  const auto any = [&](Eigen::Index first, std::size_t size) {
    const auto begin = separated.begin() + first;
    return std::find(begin, begin + size, true) != begin + size;
  };
  for (std::size_t channel = 0; channel < problem.channels; ++channel)
    if (separated[1 + channel]) fit.separated_channels.push_back(static_cast<std::uint32_t>(channel));
  for (std::uint32_t pre = 0; pre < problem.neurons(); ++pre)
    if (pre == neuron ? any(problem.own_column(0), problem.own.size())
                      : any(problem.column(pre, 0), problem.coupling_bases))
      fit.separated.push_back(pre);
  const bool some = !fit.separated.empty() || !fit.separated_channels.empty();
  if (some && fit.status == FitStatus::converged) fit.status = FitStatus::separated;
}

/// The log-likelihood of the observed counts at constant input g.
template <class Real>
Real log_likelihood_of(const FitData<Real>& problem, const NeuronLikelihood<Real>& likelihood, Real g) {
  const Real mu = problem.rate_and_mean_of(likelihood.neuron(), g).first;
  Real sum = 0.0, spiking = 0.0;
  likelihood.for_each_count([&](std::uint32_t count) {
    sum += problem.log_probability(count, mu);
    spiking += 1.0;
  });
  return sum + (likelihood.steps() - spiking) * problem.log_probability(0, mu);
}

/// The log-likelihood of the saturated model, which has the best rate for each step.
template <class Real>
Real saturated_log_likelihood(const FitData<Real>& problem, const NeuronLikelihood<Real>& likelihood) {
  Real sum = 0.0;
  if (!problem.binary)  // binary: every count has probability 1
    likelihood.for_each_count(
        [&](std::uint32_t count) { sum += problem.log_probability(count, static_cast<Real>(count)); });
  return sum;
}

/// Finds the parameters and their standard errors.
template <class Real>
void search(const FitData<Real>& problem, NeuronLikelihood<Real>& likelihood, const FitOptions& options,
            FittedNeuron& fitted) {
  NeuronFit& fit = fitted.fit;
  auto [start, scale] = uncoupled(problem, likelihood);
  if ((fit.impossible_step = likelihood.impossible(start))) {
    fit.status = FitStatus::impossible;
    fitted.parameters = std::move(start);
    return;
  }
  const PenaltyTerms<Real> terms = penalty_terms(problem, likelihood.neuron(), options, options.penalty);
  const bool with_errors = options.penalty.none() && options.signs.empty() && by_newton(options, problem.size());
  MatrixOf<Real> hessian, at_start;
  if (with_errors) hessian = at_start = likelihood.hessian(start, likelihood.thinning());
  const Stopping stopping{options.tolerance * scale, max_iterations(options, problem.size())};
  Minimum<Real> minimum = minimised(likelihood, terms, options, stopping, std::move(start), hessian);
  fit.status = minimum.converged ? FitStatus::converged : FitStatus::not_converged;
  fit.iterations = minimum.iterations;
  fit.violation = minimum.violation / scale;
  fitted.parameters = std::move(minimum.x);
  if (!options.penalty.none()) return;
  std::vector<bool> separated = separated_by(problem, likelihood, terms);
  if (with_errors) {
    fitted.errors = standard_errors<Real>(likelihood.steps() * likelihood.hessian(fitted.parameters), terms);
    // Finds separation by several weights together: during the search, the information about a parameter has vanished.
    const VectorOf<Real> before = standard_errors<Real>(likelihood.steps() * at_start, terms);
    for (Eigen::Index i = 0; i < before.size(); ++i)
      if (std::isfinite(before[i]) && fitted.errors[i] > 100.0 * before[i] &&
          std::abs(fitted.parameters[i]) < 3.0 * fitted.errors[i])
        separated[i] = true;
  }
  report_separated(problem, likelihood.neuron(), separated, fit);
}

template <class Real>
FittedNeuron fit_neuron(const FitData<Real>& problem, std::uint32_t neuron, const FitOptions& options) {
  const Covariates stimulus = problem.stimulus_of(neuron);
  NeuronLikelihood<Real> likelihood(problem, neuron, stimulus.values);
  const auto free = static_cast<double>(problem.size() - problem.coupling_bases);
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
  fit.null_log_likelihood = log_likelihood_of(
      problem, likelihood, problem.baseline_of(neuron, problem.binary ? std::min(rate, 1.0 - half) : rate));
  fit.deviance = 2.0 * (saturated_log_likelihood(problem, likelihood) - fit.log_likelihood);
  // Converts weights to the units of the given stimulus.
  for (std::size_t channel = 0; channel < problem.channels; ++channel) {
    fitted.parameters[1 + channel] /= stimulus.units[channel];
    if (fitted.errors.size() > 0) fitted.errors[1 + channel] /= stimulus.units[channel];
  }
  return fitted;
}

/// All neurons of a fit: weights and errors as in Fit.
template <class Real>
struct FittedNetwork {
  MatrixOf<Real> weights, errors;
  VectorOf<Real> least;  // smaller weights onto a neuron do not become synapses
  std::vector<NeuronFit> neurons;
  double steps = 0.0;
};

template <class Real>
FittedNetwork<Real> fit_neurons(const FitData<Real>& problem, const FitOptions& options) {
  require_fit_options(problem, options);
  const std::uint64_t size = problem.neurons();
  const std::size_t bases = problem.bases;
  std::vector<FittedNeuron> neurons(size);
  on_threads(size, options.threads, [&](std::size_t neuron) {
    neurons[neuron] = fit_neuron(problem, static_cast<std::uint32_t>(neuron), options);
  });
  const Real unknown = std::numeric_limits<Real>::quiet_NaN();
  FittedNetwork<Real> network{MatrixOf<Real>::Zero(size, size * bases), {}, VectorOf<Real>(size), {}, 0.0};
  const bool known =
      std::any_of(neurons.begin(), neurons.end(), [](const FittedNeuron& each) { return each.errors.size() > 0; });
  if (known) network.errors.setConstant(size, size * bases, unknown);
  for (std::uint64_t post = 0; post < size; ++post) {
    FittedNeuron fitted = std::move(neurons[post]);
    if (fitted.errors.size() == 0) fitted.errors.setConstant(fitted.parameters.size(), unknown);
    const auto take = [&](std::uint64_t pre, std::size_t m, Eigen::Index column) {
      network.weights(pre, post * bases + m) = fitted.parameters[column];
      if (known) network.errors(pre, post * bases + m) = fitted.errors[column];
    };
    for (std::uint64_t pre = 0; pre < size; ++pre)
      for (std::size_t m = 0; m < problem.coupling_bases && pre != post; ++m) take(pre, m, problem.column(pre, m));
    for (std::size_t m = 0; m < problem.own.size(); ++m) take(post, problem.own_first + m, problem.own_column(m));
    NeuronFit& fit = fitted.fit;
    fit.baseline = fitted.parameters[0];
    fit.baseline_error = fitted.errors[0];
    for (std::size_t channel = 0; channel < problem.channels; ++channel) {
      fit.stimulus_weights.push_back(fitted.parameters[1 + channel]);
      fit.stimulus_weight_errors.push_back(fitted.errors[1 + channel]);
    }
    network.least[post] =
        std::max(1e-6 * network.weights.middleCols(post * bases, bases).cwiseAbs().maxCoeff(), 0x1p-100);
    network.steps = fitted.steps;
    network.neurons.push_back(std::move(fit));
  }
  return network;
}

/// A factor of the penalty that makes all couplings of the neuron 0. It is the smallest such factor if the penalty has
/// only L1 or only GroupL1.
template <class Real>
double silencing_factor(const FitData<Real>& problem, std::uint32_t neuron, const FitOptions& options) {
  const Covariates stimulus = problem.stimulus_of(neuron);
  NeuronLikelihood<Real> likelihood(problem, neuron, stimulus.values);
  if (without_fit(problem, likelihood)) return 0.0;
  auto [start, scale] = uncoupled(problem, likelihood);
  const PenaltyTerms<Real> terms = penalty_terms(problem, neuron, options, options.penalty);
  PenaltyTerms<Real> baseline_alone(start.size());
  const Eigen::Index coupling = start.size() - problem.own_column(0);
  baseline_alone.lowest.tail(coupling).setZero();
  baseline_alone.highest.tail(coupling).setZero();
  const Minimum<Real> minimum = minimise_by_lbfgs(likelihood, baseline_alone, std::move(start),
                                                  {options.tolerance * scale, options.max_iterations.value_or(20'000)});
  VectorOf<Real> gradient;
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
template <class Real>
void validate_neuron(const FitData<Real>& problem, std::uint32_t neuron, const FitOptions& options,
                     const std::vector<double>& factors, MatrixOf<Real>& held_out, VectorOf<Real>& weights,
                     double* steps) {
  const Covariates stimulus = problem.stimulus_of(neuron);
  NeuronLikelihood<Real> seen(problem, neuron, stimulus.values), unseen = seen;
  const bool impossible = !without_fit(problem, seen) && seen.impossible(uncoupled(problem, seen).first);
  MatrixOf<Real> hessian;
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
      const PenaltyTerms<Real> terms = penalty_terms(problem, neuron, options, factors[i] * options.penalty);
      x = minimised(seen, terms, options, stopping, std::move(x), hessian).x;
      held_out(fold, i) = -unseen.value(x) * unseen.steps();
      const auto coupling = x.tail(x.size() - problem.own_column(0));
      weights[i] += static_cast<double>((coupling.array() != 0.0).count());
    }
  }
}

}  // namespace spikeometric::detail
