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
void require_fit_options(const FitData<Real>& problem) {
  const FitOptions& options = problem.options;
  if (options.threads < 1)
    throw InvalidArgument("threads = " + std::to_string(options.threads) + " must be at least 1");
  if (!(options.tolerance > 0.0 && std::isfinite(options.tolerance)))
    throw InvalidArgument("tolerance = " + to_text(options.tolerance) + " must be positive and finite");
  if (options.max_iterations && *options.max_iterations < 1)
    throw InvalidArgument("max_iterations = " + std::to_string(*options.max_iterations) + " must be at least 1");
  if (!options.signs.empty() && options.signs.size() != problem.neurons())
    throw InvalidArgument("signs has " + std::to_string(options.signs.size()) + " elements, but the network has " +
                          std::to_string(problem.neurons()) + " neurons");
  for (const std::uint32_t neuron : options.neurons) {
    if (neuron >= problem.neurons())
      throw InvalidArgument("neuron " + std::to_string(neuron) + " cannot be fitted: there are " +
                            std::to_string(problem.neurons()) + " neurons");
    if (std::count(options.neurons.begin(), options.neurons.end(), neuron) > 1)
      throw InvalidArgument("neuron " + std::to_string(neuron) + " is to be fitted twice");
  }
  for (const Penalty* penalty :
       {&options.penalty, options.own_penalty ? &*options.own_penalty : nullptr, &options.stimulus_penalty})
    if (penalty != nullptr && !penalty->factors().empty() && penalty->factors().size() != problem.neurons())
      throw InvalidArgument("a penalty has factors for " + std::to_string(penalty->factors().size()) +
                            " neurons, but the network has " + std::to_string(problem.neurons()));
  if (options.stimulus_penalty.is_standardized()) throw InvalidArgument("stimulus_penalty cannot be standardized");
}

/// The variances over steps of the covariates with which penalties are standardized: [pre][m] for the coupling, and
/// [neuron][m] for the own history. Empty if no penalty is standardized.
template <class Real>
struct CovariateVariances {
  MatrixOf<Real> coupling, own;
};

template <class Real>
CovariateVariances<Real> covariate_variances(const FitData<Real>& problem, const FitOptions& options) {
  CovariateVariances<Real> variances;
  const auto compute = [&](const std::vector<Response>& responses, MatrixOf<Real>& result) {
    result.setZero(problem.neurons(), responses.size());
    on_threads(problem.neurons(), problem.options.threads, [&](std::size_t neuron) {
      std::vector<double> signal, filtered;
      for (std::size_t m = 0; m < responses.size(); ++m) {
        double sum = 0.0, squares = 0.0, steps = 0.0;
        const std::size_t before = responses[m].lead();
        for (const auto& [begin, end, network, first_step] : problem.trains.recordings) {
          const std::uint64_t first = begin + std::min(problem.history_steps(), end - begin), size = end - first;
          signal.assign(before + size, 0.0);
          filtered.resize(size);
          for (const auto& spike : SpikeTrains::between(problem.trains.by_neuron[neuron], begin, end))
            if (const std::uint64_t at = spike.step + 1 + before; at >= first && at < end + before)
              signal[at - first] += spike.count;
          responses[m].template forward<1>(signal.data(), filtered.data(), size);
          for (std::uint64_t i = 0; i < size; ++i) {
            if (!problem.counts(first + i)) continue;
            sum += filtered[i];
            squares += filtered[i] * filtered[i];
            steps += 1.0;
          }
        }
        const double variance = (squares - sum * sum / steps) / steps * problem.scale * problem.scale;
        result(static_cast<Eigen::Index>(neuron), static_cast<Eigen::Index>(m)) = std::max(variance, 0.0);
      }
    });
  };
  if (options.penalty.is_standardized()) compute(problem.coupling, variances.coupling);
  if (options.own_penalty.value_or(options.penalty).is_standardized()) compute(problem.own, variances.own);
  return variances;
}

/// Quadratic penalties: a ridge for each parameter, and smoothness of consecutive parameters.
template <class Real>
struct QuadraticPenalty {
  struct Smoothness {
    Eigen::Index first, size;
    Real strength;
  };
  VectorOf<Real> ridge;
  std::vector<Smoothness> smooth;

  bool none() const { return smooth.empty() && ridge.isZero(Real(0)); }

  Real value(const VectorOf<Real>& x) const {
    Real sum = (ridge.array() * x.array().square()).sum();
    for_each_difference(
        x, [&](Eigen::Index, Real strength, Real difference) { sum += strength * difference * difference; });
    return Real(0.5) * sum;
  }
  void add_gradient(const VectorOf<Real>& x, VectorOf<Real>& gradient) const {
    gradient += ridge.cwiseProduct(x);
    for_each_difference(x, [&](Eigen::Index i, Real strength, Real difference) {
      gradient[i - 1] += strength * difference;
      gradient[i] -= 2 * strength * difference;
      gradient[i + 1] += strength * difference;
    });
  }
  void add_hessian(MatrixOf<Real>& hessian, Real factor = 1) const {
    hessian.diagonal() += factor * ridge;
    for (const Smoothness& part : smooth)
      for (Eigen::Index i = part.first + 1; i + 1 < part.first + part.size; ++i) {
        const Eigen::Matrix<Real, 3, 1> difference(1, -2, 1);
        hessian.template block<3, 3>(i - 1, i - 1) += factor * part.strength * difference * difference.transpose();
      }
  }

 private:
  template <class Visit>
  void for_each_difference(const VectorOf<Real>& x, Visit&& visit) const {
    for (const Smoothness& part : smooth)
      for (Eigen::Index i = part.first + 1; i + 1 < part.first + part.size; ++i)
        visit(i, part.strength, x[i - 1] - 2 * x[i] + x[i + 1]);
  }
};

/// The penalties and the bounds for the parameters of a neuron.
template <class Real>
struct NeuronPenalty {
  QuadraticPenalty<Real> quadratic;
  PenaltyTerms<Real> terms;

  explicit NeuronPenalty(Eigen::Index size) : quadratic{VectorOf<Real>::Zero(size), {}}, terms(size) {}

  /// Whether a parameter cannot run to infinity.
  bool holds(Eigen::Index i) const {
    return quadratic.ridge[i] > 0.0 || terms.l1[i] > 0.0 ||
           std::any_of(terms.groups.begin(), terms.groups.end(),
                       [&](const auto& group) { return i >= group.first && i < group.first + group.size; });
  }
};

/// With more parameters per neuron, a Hessian takes too much memory.
inline constexpr std::size_t max_newton_size = 2000;

/// The standard deviation of the prior of own-history weights that stops them from running to infinity.
inline constexpr double weak_prior_deviation = 10.0;

/// What is known before the penalty of a neuron: the information of a step about its input, at a constant rate; the
/// number of observed steps; and the units of the stimulus channels.
template <class Real>
struct PenaltyScales {
  const CovariateVariances<Real>& variances;
  Real information, steps;
  const std::vector<float>& units;
};

/// `options` has the penalties.
template <class Real>
NeuronPenalty<Real> penalty_of(const FitData<Real>& problem, std::uint32_t neuron, const FitOptions& options,
                               const PenaltyScales<Real>& scales) {
  const CovariateVariances<Real>& variances = scales.variances;
  NeuronPenalty<Real> result(problem.size());
  QuadraticPenalty<Real>& quadratic = result.quadratic;
  PenaltyTerms<Real>& terms = result.terms;
  /// `unit` is the unit of L2 and Smooth, `units(i)` that of L1 of the weight first + i.
  const auto penalise = [&](const Penalty& penalty, Eigen::Index first, Eigen::Index size, Real unit, auto&& units) {
    const Real by = penalty.factor(neuron);
    Real squares = 0.0;
    for (Eigen::Index i = 0; i < size; ++i) {
      terms.l1[first + i] = by * penalty.l1() * units(i);
      quadratic.ridge[first + i] = by * penalty.l2() * unit;
      squares += units(i) * units(i);
    }
    if (penalty.smooth() > 0.0 && size > 2) quadratic.smooth.push_back({first, size, by * penalty.smooth() * unit});
    const Real strength = by * penalty.group_l1() * std::sqrt(squares);
    if (size == 1)
      terms.l1[first] += strength;
    else if (strength > 0.0)
      terms.groups.push_back({first, size, strength});
  };
  const auto score = [&](Real variance) { return std::sqrt(scales.information * variance / scales.steps); };
  const auto plain = [](Eigen::Index) { return Real(1); };

  const Penalty& coupling = options.penalty;
  const Penalty own = options.own_penalty  ? *options.own_penalty
                      : problem.refractory ? L2{1.0 / (weak_prior_deviation * weak_prior_deviation * scales.steps)}
                                           : coupling;
  if (const auto size = static_cast<Eigen::Index>(problem.own.size()); size > 0) {
    const Eigen::Index first = problem.own_column(0);
    if (own.is_standardized())
      penalise(own, first, size, scales.information * variances.own.row(neuron).mean(),
               [&](Eigen::Index m) { return score(variances.own(neuron, m)); });
    else
      penalise(own, first, size, 1.0, plain);
    if (options.own_sign != 0)
      for (Eigen::Index m = 0; m < size; ++m) {
        const int sign = problem.sign_of(problem.own[static_cast<std::size_t>(m)]) * options.own_sign;
        if (sign > 0) terms.lowest[first + m] = 0.0;
        if (sign < 0) terms.highest[first + m] = 0.0;
      }
  }
  const Real unit = coupling.is_standardized() ? scales.information * variances.coupling.mean() : Real(1);
  for (std::uint64_t pre = 0; pre < problem.neurons(); ++pre) {
    const Eigen::Index first = problem.column(pre, 0);
    const auto size = static_cast<Eigen::Index>(problem.coupling_bases);
    if (pre == neuron) {
      terms.lowest.segment(first, size).setZero();
      terms.highest.segment(first, size).setZero();
      continue;
    }
    if (coupling.is_standardized())
      penalise(coupling, first, size, unit,
               [&](Eigen::Index m) { return score(variances.coupling(static_cast<Eigen::Index>(pre), m)); });
    else
      penalise(coupling, first, size, unit, plain);
    const int sign = options.signs.empty() ? 0 : options.signs[pre];
    if (sign > 0) terms.lowest.segment(first, size).setZero();
    if (sign < 0) terms.highest.segment(first, size).setZero();
  }
  Eigen::Index first = 1;
  for (const std::size_t group : problem.channel_groups) {
    const auto size = static_cast<Eigen::Index>(group);
    const Real by = Real(1) / static_cast<Real>(scales.units[static_cast<std::size_t>(first - 1)]);
    penalise(options.stimulus_penalty, first, size, by * by, [&](Eigen::Index) { return by; });
    first += size;
  }
  return result;
}

/// The likelihood of a neuron with quadratic penalties.
template <class Real>
class PenalisedLikelihood final : public Objective<Real> {
 public:
  PenalisedLikelihood(NeuronLikelihood<Real>& likelihood, const QuadraticPenalty<Real>& penalty)
      : likelihood_(likelihood), penalty_(penalty) {}

  Real value(const VectorOf<Real>& x) { return likelihood_.value(x) + penalty_.value(x); }
  Real value_and_gradient(const VectorOf<Real>& x, VectorOf<Real>& gradient) override {
    const Real value = likelihood_.value_and_gradient(x, gradient);
    penalty_.add_gradient(x, gradient);
    return value + penalty_.value(x);
  }
  MatrixOf<Real> hessian(const VectorOf<Real>& x, std::size_t thinning) override {
    MatrixOf<Real> result = likelihood_.hessian(x, thinning);
    penalty_.add_hessian(result);
    return result;
  }
  std::size_t thinning() override { return likelihood_.thinning(); }

  /// Makes a preconditioner of blocks: the Hessian between baseline, stimulus and own history, and for each connection
  /// that of its basis functions if spikes were far apart and the rate constant.
  void make_preconditioner(const FitData<Real>& problem, const VectorOf<Real>& x) {
    constexpr Real tiny = 1e-6;
    MatrixOf<Real> dense = likelihood_.dense_hessian(x, likelihood_.thinning());
    const Real information = dense(0, 0);
    const auto bases = static_cast<Eigen::Index>(problem.coupling_bases);
    MatrixOf<Real> products(bases, bases);
    QuadraticPenalty<Real> of_dense{penalty_.ridge.head(dense.rows()), {}};
    for (const auto& part : penalty_.smooth)
      if (part.first < dense.rows()) of_dense.smooth.push_back(part);
    of_dense.add_hessian(dense);
    dense.diagonal() *= Real(1) + tiny;
    dense.diagonal().array() += std::numeric_limits<Real>::min();
    dense_.compute(dense);
    for (Eigen::Index m = 0; m < bases; ++m)
      for (Eigen::Index other = 0; other < bases; ++other) {
        const auto& a = problem.coupling[static_cast<std::size_t>(m)].taps();
        const auto& b = problem.coupling[static_cast<std::size_t>(other)].taps();
        products(m, other) =
            std::inner_product(a.begin(), a.begin() + std::min(a.size(), b.size()), b.begin(), Real(0));
      }
    Real smoothness = 0;  // of the connections, which are alike
    for (const auto& part : penalty_.smooth)
      if (part.first >= dense.rows()) smoothness = part.strength;
    connections_.clear();
    for (std::uint64_t pre = 0; pre < problem.neurons(); ++pre) {
      const auto spikes = static_cast<Real>(std::max<std::size_t>(problem.trains.by_neuron[pre].size(), 1));
      const Real scale =
          information * spikes / static_cast<Real>(problem.trains.steps()) * problem.scale * problem.scale;
      MatrixOf<Real> block = scale * products;
      QuadraticPenalty<Real> of_block{penalty_.ridge.segment(problem.column(pre, 0), bases), {}};
      if (smoothness > 0) of_block.smooth.push_back({0, bases, smoothness});
      of_block.add_hessian(block);
      block.diagonal() *= Real(1) + tiny;
      connections_.emplace_back(block);
    }
  }

  /// Standard errors if the preconditioner were exact; they are too small where parameters are correlated.
  VectorOf<Real> rough_errors(Real steps) {
    VectorOf<Real> variances(dense_.rows() + static_cast<Eigen::Index>(connections_.size()) *
                                                 (connections_.empty() ? 0 : connections_[0].rows()));
    const auto diagonal = [&](const Eigen::LLT<MatrixOf<Real>>& block, Eigen::Index first) {
      const Eigen::Index size = block.rows();
      variances.segment(first, size) = block.solve(MatrixOf<Real>::Identity(size, size)).diagonal();
    };
    diagonal(dense_, 0);
    for (std::size_t pre = 0; pre < connections_.size(); ++pre)
      diagonal(connections_[pre], dense_.rows() + static_cast<Eigen::Index>(pre) * connections_[pre].rows());
    return (variances / steps).cwiseSqrt();
  }

  VectorOf<Real> preconditioned(const VectorOf<Real>& gradient) override {
    if (connections_.empty()) return gradient;
    VectorOf<Real> result(gradient.size());
    const Eigen::Index dense = dense_.rows(), bases = connections_[0].rows();
    result.head(dense) = dense_.solve(gradient.head(dense));
    for (std::size_t pre = 0; pre < connections_.size(); ++pre) {
      const Eigen::Index first = dense + static_cast<Eigen::Index>(pre) * bases;
      result.segment(first, bases) = connections_[pre].solve(gradient.segment(first, bases));
    }
    return result;
  }

 private:
  NeuronLikelihood<Real>& likelihood_;
  const QuadraticPenalty<Real>& penalty_;
  Eigen::LLT<MatrixOf<Real>> dense_;
  std::vector<Eigen::LLT<MatrixOf<Real>>> connections_;
};

/// Rough costs of a likelihood, in operations per step: of its gradient and of its Hessian.
template <class Real>
std::pair<double, double> costs_of(const FitData<Real>& problem) {
  const auto dense = static_cast<double>(problem.dense()), neurons = static_cast<double>(problem.neurons());
  const auto bases = static_cast<double>(problem.coupling.size());
  const double spikes = static_cast<double>(problem.trains.spikes.size()) / static_cast<double>(problem.trains.steps());
  const double rate = 20.0 + 4.0 * dense;
  double window = 0.0;
  bool recursive = true;
  for (const Response& response : problem.coupling) {
    window = std::max(window, static_cast<double>(response.length()));
    recursive = recursive && response.recursive();
  }
  if (recursive) return {rate + bases * (16.0 + 8.0 * spikes), rate + neurons * bases * (8.0 + bases * (8.0 + spikes))};
  const double active = -std::expm1(-spikes / std::max(neurons, 1.0) * (window + 64.0));  // fraction of the neurons
  const double columns = dense + neurons * bases * active;
  return {rate + 2.0 * spikes * window, rate + 0.5 * columns * columns};
}

/// Whether Newton's method is expected to take less time than gradients, given the numbers of iterations that they
/// usually take.
template <class Real>
bool by_newton(const FitData<Real>& problem, const FitOptions& options, bool smooth) {
  if (options.solver != Solver::automatic) return options.solver == Solver::newton;
  const auto [gradient, hessian] = costs_of(problem);
  return problem.size() <= max_newton_size && 12.0 * gradient + 4.0 * hessian < (smooth ? 70.0 : 400.0) * gradient;
}

inline int max_iterations(const FitOptions& options, bool newton) {
  return options.max_iterations.value_or(newton ? 200 : 20'000);
}

/// Searches from `start` until the violation is below the tolerance. The Hessian of the likelihood may be empty or
/// computed at a nearby point.
template <class Real>
Minimum<Real> minimised(NeuronLikelihood<Real>& likelihood, const NeuronPenalty<Real>& penalty,
                        const FitOptions& options, double tolerance, VectorOf<Real> start, MatrixOf<Real>& hessian) {
  PenalisedLikelihood<Real> function(likelihood, penalty.quadratic);
  const bool newton = by_newton(likelihood.problem(), options, penalty.terms.smooth());
  const Stopping stopping{tolerance, max_iterations(options, newton)};
  if (newton) {
    if (hessian.size() > 0) penalty.quadratic.add_hessian(hessian);
    Minimum<Real> minimum = minimise_by_newton(function, penalty.terms, std::move(start), hessian, stopping);
    if (hessian.size() > 0) penalty.quadratic.add_hessian(hessian, -1);
    return minimum;
  }
  if (!penalty.terms.smooth())
    return minimise_by_proximal_gradient(function, penalty.terms, std::move(start), stopping);
  function.make_preconditioner(likelihood.problem(), start);
  return minimise_by_lbfgs(function, penalty.terms, std::move(start), stopping);
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

/// The start of a search: parameters with only a constant input, which gives the observed rate.
template <class Real>
struct Uncoupled {
  VectorOf<Real> parameters;
  double scale;      // the size of the gradient, or that of sampling noise if it is larger
  Real information;  // of the input per step
};

template <class Real>
Uncoupled<Real> uncoupled(const FitData<Real>& problem, NeuronLikelihood<Real>& likelihood) {
  VectorOf<Real> start, gradient;
  start.setZero(static_cast<Eigen::Index>(problem.size()));
  start[0] = problem.baseline_of(likelihood.neuron(), likelihood.spikes() / likelihood.steps());
  likelihood.value_and_gradient(start, gradient);
  const double chance = std::sqrt(likelihood.spikes()) / likelihood.steps();
  const Real information = problem.information_of(likelihood.neuron(), start[0]);
  return {std::move(start), std::max(gradient.cwiseAbs().maxCoeff(), chance), information};
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
    // The vectors q are an orthonormal basis of the directions without information. The matrix is symmetric, so they
    // are the last columns of Q in its QR decomposition. The inverse of the matrix plus all q q^T is the pseudo-inverse
    // plus all q q^T.
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
/// with the highest, value of the covariate. It does not happen to parameters with a penalty.
template <class Real>
std::vector<bool> separated_by(const FitData<Real>& problem, NeuronLikelihood<Real>& likelihood,
                               const NeuronPenalty<Real>& penalty) {
  const PenaltyTerms<Real>& terms = penalty.terms;
  std::vector<bool> result(problem.size());
  bool any = false;
  for (Eigen::Index i = 1; i < terms.l1.size(); ++i) any |= !terms.fixed(i) && !penalty.holds(i);
  if (!any) return result;
  const Exposures seen = likelihood.exposures();
  for (Eigen::Index i = 1; i < problem.column(0, 0); ++i) {
    if (penalty.holds(i)) continue;
    const double lowest = std::min(seen.least[0][i], seen.least[1][i]);
    const double highest = std::max(seen.most[0][i], seen.most[1][i]);
    const double rounding = 1e-9 * (highest - lowest);
    const bool falls = seen.most[1][i] - (problem.binary ? seen.least[0][i] : lowest) <= rounding;
    const bool rises = (problem.binary ? seen.most[0][i] : highest) - seen.least[1][i] <= rounding;
    result[i] = lowest < highest && ((falls && terms.lowest[i] < 0.0) || (rises && terms.highest[i] > 0.0));
  }
  for (std::uint32_t pre = 0; pre < problem.neurons(); ++pre)
    for (std::size_t m = 0; m < problem.coupling_bases; ++m) {
      const Eigen::Index i = problem.column(pre, m);
      const int sign = problem.sign_of(problem.coupling[m]);
      if (sign == 0 || terms.fixed(i) || penalty.holds(i)) continue;
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
  for (std::size_t channel = 0; channel < problem.channels(); ++channel)
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

/// That of the best constant rate; a rate of 0 or 1 is moved by half a spike.
template <class Real>
Real null_log_likelihood(const FitData<Real>& problem, const NeuronLikelihood<Real>& likelihood) {
  const double half = 0.5 / likelihood.steps(), rate = std::max(likelihood.spikes() / likelihood.steps(), half);
  return log_likelihood_of(
      problem, likelihood,
      problem.baseline_of(likelihood.neuron(), problem.binary ? std::min(rate, 1.0 - half) : rate));
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

/// Whether the weights of a fit have standard errors.
template <class Real>
bool has_errors(const FitData<Real>& problem, const FitOptions& options) {
  return options.penalty.differentiable() && options.own_penalty.value_or(Penalty{}).differentiable() &&
         options.stimulus_penalty.differentiable() && options.signs.empty() && options.own_sign == 0 &&
         problem.size() <= max_newton_size;
}

/// Finds the parameters and their standard errors.
template <class Real>
void search(const FitData<Real>& problem, const CovariateVariances<Real>& variances, NeuronLikelihood<Real>& likelihood,
            const std::vector<float>& units, FittedNeuron& fitted) {
  const FitOptions& options = problem.options;
  NeuronFit& fit = fitted.fit;
  auto [start, scale, information] = uncoupled(problem, likelihood);
  if ((fit.impossible_step = likelihood.impossible(start))) {
    fit.status = FitStatus::impossible;
    fitted.parameters = std::move(start);
    return;
  }
  const NeuronPenalty<Real> penalty =
      penalty_of<Real>(problem, likelihood.neuron(), options, {variances, information, likelihood.steps(), units});
  const bool with_errors = has_errors(problem, options) && options.solver != Solver::gradient;
  const VectorOf<Real> uncoupled = start;
  MatrixOf<Real> hessian;
  Minimum<Real> minimum = minimised(likelihood, penalty, options, options.tolerance * scale, std::move(start), hessian);
  fit.status = minimum.converged ? FitStatus::converged : FitStatus::not_converged;
  fit.iterations = minimum.iterations;
  fit.violation = minimum.violation / scale;
  fitted.parameters = std::move(minimum.x);
  if (!problem.history.empty()) fit.unlikely_spikes = likelihood.unlikely(fitted.parameters, -20.0);
  std::vector<bool> separated = separated_by(problem, likelihood, penalty);
  if (with_errors) {
    hessian = likelihood.hessian(fitted.parameters);
    penalty.quadratic.add_hessian(hessian);
    fitted.errors = standard_errors<Real>(likelihood.steps() * hessian, penalty.terms);
    // Finds separation by several weights together: during the search, the information about a parameter has vanished.
    const auto vanished = [&](const VectorOf<Real>& before) {
      std::vector<bool> result(separated.size());
      for (Eigen::Index i = 0; i < before.size(); ++i)
        result[i] = !penalty.holds(i) && std::isfinite(before[i]) && fitted.errors[i] > 100.0 * before[i] &&
                    std::abs(fitted.parameters[i]) < 3.0 * fitted.errors[i];
      return result;
    };
    PenalisedLikelihood<Real> function(likelihood, penalty.quadratic);
    function.make_preconditioner(problem, uncoupled);
    std::vector<bool> found = vanished(function.rough_errors(likelihood.steps()));
    if (std::find(found.begin(), found.end(), true) != found.end()) {
      found = vanished(standard_errors<Real>(likelihood.steps() * likelihood.hessian(uncoupled, likelihood.thinning()),
                                             penalty.terms));
      for (std::size_t i = 0; i < found.size(); ++i) separated[i] = separated[i] || found[i];
    }
  }
  report_separated(problem, likelihood.neuron(), separated, fit);
}

template <class Real>
FittedNeuron fit_neuron(const FitData<Real>& problem, const CovariateVariances<Real>& variances, std::uint32_t neuron) {
  const auto stimulus = problem.stimulus_of(neuron);
  NeuronLikelihood<Real> likelihood(problem, neuron, stimulus->values);
  const auto free = static_cast<double>(problem.size() - problem.coupling_bases);
  if (problem.options.penalty.none() && likelihood.steps() < free)
    throw InvalidArgument("neuron " + std::to_string(neuron) + " has " + to_text(likelihood.steps()) +
                          " observed steps for " + to_text(free) + " parameters: a penalty is needed");

  FittedNeuron fitted;
  NeuronFit& fit = fitted.fit;
  fit.steps = likelihood.steps();
  fit.spikes = likelihood.spikes();
  fit.refractory_steps = problem.refractory_steps(neuron);
  if (const std::optional<FitStatus> known = without_fit(problem, likelihood)) {
    fit.status = *known;
    fitted.parameters = half_a_step(problem, likelihood, *known);
  } else {
    search(problem, variances, likelihood, stimulus->units, fitted);
  }
  fit.log_likelihood = -likelihood.value(fitted.parameters) * likelihood.steps();
  fit.null_log_likelihood = null_log_likelihood(problem, likelihood);
  fit.deviance = 2.0 * (saturated_log_likelihood(problem, likelihood) - fit.log_likelihood);
  const double rounding = 1e-6 * std::abs(fit.null_log_likelihood);
  if (fit.status == FitStatus::converged && fit.log_likelihood < fit.null_log_likelihood - rounding)
    fit.status = FitStatus::misfit;
  if (problem.channels() > 0) {
    const auto channels = static_cast<Eigen::Index>(problem.channels());
    const Eigen::Map<const Eigen::MatrixXf> values(stimulus->values.data(), channels,
                                                   static_cast<Eigen::Index>(problem.trains.steps()));
    double sum = 0.0;
    for (Eigen::Index step = 0; step < values.cols(); ++step)
      sum += std::exp(values.col(step).template cast<double>().dot(fitted.parameters.segment(1, channels)));
    fit.stimulus_drive = std::log(sum / static_cast<double>(values.cols()));
  }
  // Converts weights to the units of the given stimulus.
  for (std::size_t channel = 0; channel < problem.channels(); ++channel) {
    fitted.parameters[1 + channel] /= stimulus->units[channel];
    if (fitted.errors.size() > 0) fitted.errors[1 + channel] /= stimulus->units[channel];
  }
  return fitted;
}

/// All neurons of a fit: weights and errors as in Fit.
template <class Real>
struct FittedNetwork {
  MatrixOf<Real> weights, errors;
  VectorOf<Real> least;  // smaller weights onto a neuron do not become synapses
  std::vector<NeuronFit> neurons;
};

/// A fit without the types of model and stimulus.
template <class Real>
struct FitView {
  const FitData<Real>& problem;
  const std::vector<NeuronFit>& neurons;
  const MatrixOf<Real>& weights;  // as in Fit

  /// Whether the maximum of a neuron's likelihood was found.
  bool testable(std::uint32_t post) const {
    const FitStatus status = neurons[post].status;
    return status == FitStatus::converged || status == FitStatus::separated;
  }

  /// The parameters of a neuron in the order of NeuronLikelihood, for covariates in these units.
  VectorOf<Real> parameters(std::uint32_t post, const std::vector<float>& units) const {
    VectorOf<Real> x = VectorOf<Real>::Zero(static_cast<Eigen::Index>(problem.size()));
    x[0] = neurons[post].baseline;
    for (std::size_t channel = 0; channel < problem.channels(); ++channel)
      x[1 + channel] = neurons[post].stimulus_weights[channel] * static_cast<Real>(units[channel]);
    for (std::size_t m = 0; m < problem.own.size(); ++m)
      x[problem.own_column(m)] = weights(post, post * problem.bases + problem.own_first + m);
    for (std::uint32_t pre = 0; pre < problem.neurons(); ++pre)
      for (std::size_t m = 0; m < problem.coupling_bases && pre != post; ++m)
        x[problem.column(pre, m)] = weights(pre, post * problem.bases + m);
    return x;
  }
};

template <class Real>
FittedNetwork<Real> fit_neurons(const FitData<Real>& problem) {
  require_fit_options(problem);
  const std::uint64_t size = problem.neurons();
  const std::size_t bases = problem.bases;
  const CovariateVariances<Real> variances = covariate_variances(problem, problem.options);
  std::vector<FittedNeuron> neurons(size);
  for (FittedNeuron& neuron : neurons) {
    neuron.fit.status = FitStatus::not_fitted;
    neuron.parameters.setZero(static_cast<Eigen::Index>(problem.size()));
  }
  const std::vector<std::uint32_t> wanted = problem.wanted_neurons();
  on_threads(wanted.size(), problem.options.threads,
             [&](std::size_t index) { neurons[wanted[index]] = fit_neuron(problem, variances, wanted[index]); });
  const Real unknown = std::numeric_limits<Real>::quiet_NaN();
  FittedNetwork<Real> network{MatrixOf<Real>::Zero(size, size * bases), {}, VectorOf<Real>(size), {}};
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
    for (std::size_t channel = 0; channel < problem.channels(); ++channel) {
      fit.stimulus_weights.push_back(fitted.parameters[1 + channel]);
      fit.stimulus_weight_errors.push_back(fitted.errors[1 + channel]);
    }
    network.least[post] =
        std::max(1e-6 * network.weights.middleCols(post * bases, bases).cwiseAbs().maxCoeff(), 0x1p-100);
    network.neurons.push_back(std::move(fit));
  }
  return network;
}

}  // namespace spikeometric::detail
