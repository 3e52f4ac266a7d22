// SPDX-License-Identifier: BSD-3-Clause
//
// Fits of one neuron with many strengths of a penalty, and their likelihoods of held-out parts of the recordings.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/infer/detail/fit_data.hpp"
#include "spikeometric/infer/detail/fit_neuron.hpp"
#include "spikeometric/infer/detail/likelihood.hpp"
#include "spikeometric/infer/detail/minimise.hpp"
#include "spikeometric/infer/fit_options.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::detail {

/// The weights whose penalty is chosen.
template <class Real>
struct PenalisedPart {
  PenaltyPart part;
  Eigen::Index first, end;

  PenalisedPart(const FitData<Real>& problem, PenaltyPart part) : part(part) {
    const Eigen::Index size = static_cast<Eigen::Index>(problem.size());
    const bool shared = !problem.options.own_penalty && !problem.refractory;  // own history with the coupling
    const Eigen::Index own = problem.own_column(0), coupling = problem.column(0, 0);
    first = part == PenaltyPart::stimulus ? 1 : part == PenaltyPart::own_history || shared ? own : coupling;
    end = part == PenaltyPart::stimulus ? own : part == PenaltyPart::own_history ? coupling : size;
  }

  /// That part's penalty among the options.
  static Penalty& penalty(FitOptions& options, PenaltyPart part) {
    if (part == PenaltyPart::coupling) return options.penalty;
    if (part == PenaltyPart::stimulus) return options.stimulus_penalty;
    if (!options.own_penalty) options.own_penalty = options.penalty;
    return *options.own_penalty;
  }
};

/// A factor of the penalty of a part that makes all its weights 0 or, for a penalty that makes no weight 0, leaves
/// little of them. It is the smallest factor that makes them 0 if the penalty has only L1 or only GroupL1. 0 for a
/// neuron without a fit.
template <class Real>
double strongest_factor(const FitData<Real>& problem, const FitOptions& options,
                        const CovariateVariances<Real>& variances, PenaltyPart which, std::uint32_t neuron) {
  const auto stimulus = problem.stimulus_of(neuron);
  NeuronLikelihood<Real> likelihood(problem, neuron, stimulus->values);
  if (without_fit(problem, likelihood)) return 0.0;
  auto [start, scale, information] = uncoupled(problem, likelihood);
  const NeuronPenalty<Real> penalty =
      penalty_of<Real>(problem, neuron, options, {variances, information, likelihood.steps(), stimulus->units});
  const PenaltyTerms<Real>& terms = penalty.terms;
  const auto [part, first, end] = PenalisedPart<Real>(problem, which);
  double strongest = 0.0;
  if (terms.l1.segment(first, end - first).isZero(0.0) &&
      std::none_of(terms.groups.begin(), terms.groups.end(), [first = first, end = end](const auto& group) {
        return group.first >= first && group.first < end;
      })) {
    const VectorOf<Real> curvature = likelihood.hessian(start, likelihood.thinning()).diagonal();
    constexpr double overwhelming = 30.0;
    for (Eigen::Index i = first; i < end; ++i)
      if (const Real ridge = penalty.quadratic.ridge[i]; ridge > 0.0)
        strongest = std::max(strongest, overwhelming * curvature[i] / ridge);
    for (const auto& smooth : penalty.quadratic.smooth)
      if (smooth.first >= first && smooth.first < end)
        strongest = std::max(strongest,
                             overwhelming * curvature.segment(smooth.first, smooth.size).maxCoeff() / smooth.strength);
    return strongest;
  }
  NeuronPenalty<Real> others = penalty;  // of the weights that a stronger penalty does not make 0
  others.terms.lowest.segment(first, end - first).setZero();
  others.terms.highest.segment(first, end - first).setZero();
  MatrixOf<Real> hessian;
  const Minimum<Real> minimum =
      minimised(likelihood, others, options, options.tolerance * scale, std::move(start), hessian);
  VectorOf<Real> gradient;
  likelihood.value_and_gradient(minimum.x, gradient);
  for (Eigen::Index i = first; i < end; ++i) {
    // A slope that points out of the bounds does not count.
    if ((gradient[i] > 0.0 && terms.lowest[i] == 0.0) || (gradient[i] < 0.0 && terms.highest[i] == 0.0))
      gradient[i] = 0.0;
    if (terms.l1[i] > 0.0) strongest = std::max(strongest, std::abs(gradient[i]) / terms.l1[i]);
  }
  for (const auto& group : terms.groups)
    if (group.first >= first && group.first < end)
      strongest = std::max(strongest, gradient.segment(group.first, group.size).norm() / group.strength);
  return strongest;
}

/// The held-out log-likelihoods of one neuron.
template <class Real>
struct HeldOut {
  MatrixOf<Real> log_likelihoods;  // [part][factor]
  VectorOf<Real> steps;            // [part]
  VectorOf<Real> weights;          // [factor]: number of nonzero weights, mean over folds
  bool fitted = false;
};

/// Fits with each factor of a part's penalty, descending, without each fold in turn. Throws InvalidArgument for a fold
/// without steps to fit or to test.
template <class Real>
HeldOut<Real> held_out(const FitData<Real>& problem, const FitOptions& options,
                       const CovariateVariances<Real>& variances, const Folds& folds, PenaltyPart which,
                       std::uint32_t neuron, const std::vector<double>& factors) {
  const auto count = static_cast<Eigen::Index>(factors.size()), parts = static_cast<Eigen::Index>(folds.parts);
  HeldOut<Real> result{MatrixOf<Real>::Zero(parts, count), VectorOf<Real>::Zero(parts), VectorOf<Real>::Zero(count)};
  const auto stimulus = problem.stimulus_of(neuron);
  NeuronLikelihood<Real> seen(problem, neuron, stimulus->values), unseen = seen;
  const bool impossible =
      !without_fit(problem, seen) && seen.impossible(uncoupled(problem, seen).parameters).has_value();
  const auto [part, first, end] = PenalisedPart<Real>(problem, which);
  MatrixOf<Real> hessian;
  for (std::uint64_t fold = 0; fold < folds.folds; ++fold) {
    seen.observe([&](std::uint64_t step) { return !folds.contains(fold, step); });
    unseen.observe([&](std::uint64_t step) { return folds.contains(fold, step); });
    if (seen.steps() == 0.0 || unseen.steps() == 0.0)
      throw InvalidArgument("folds = " + std::to_string(folds.folds) + " is too large for " +
                            std::to_string(problem.trains.steps()) + " steps: a fold has no steps to fit or to test");
    if (impossible) continue;  // its likelihood is 0 at every strength
    VectorOf<Real> steps = VectorOf<Real>::Zero(parts);
    const auto test = [&](const VectorOf<Real>& x, Eigen::Index factor) {
      VectorOf<Real> sums = VectorOf<Real>::Zero(parts);
      steps.setZero();
      unseen.add_by_part(x, folds, sums, steps);
      result.log_likelihoods.col(factor) += sums;
    };
    if (const auto known = without_fit(problem, seen)) {
      const VectorOf<Real> x = half_a_step(problem, seen, *known);
      for (Eigen::Index i = 0; i < count; ++i) test(x, i);
    } else {
      result.fitted = true;
      auto [x, scale, information] = uncoupled(problem, seen);
      const double tolerance = std::max(options.tolerance, 1e-4) * scale;
      for (Eigen::Index i = 0; i < count; ++i) {
        FitOptions with = options;
        Penalty& penalty = PenalisedPart<Real>::penalty(with, which);
        penalty = factors[static_cast<std::size_t>(i)] * penalty;
        const NeuronPenalty<Real> terms =
            penalty_of<Real>(problem, neuron, with, {variances, information, seen.steps(), stimulus->units});
        x = minimised(seen, terms, with, tolerance, std::move(x), hessian).x;
        test(x, i);
        result.weights[i] += static_cast<double>((x.segment(first, end - first).array() != 0.0).count());
      }
    }
    result.steps += steps;
  }
  result.weights /= static_cast<Real>(folds.folds);
  return result;
}

}  // namespace spikeometric::detail
