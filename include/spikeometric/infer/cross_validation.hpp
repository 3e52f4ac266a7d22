// SPDX-License-Identifier: BSD-3-Clause
//
// How strong a penalty should be: the strength under which parts of a recording that a fit has not seen are most
// likely.
//
//   const auto path = sk::cross_validate(model, spikes, {.penalty = sk::L1{1}}, {.folds = 5});
//   const auto fitted = sk::fit(model, spikes, {.penalty = path.best()});
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/infer/detail/fit_neuron.hpp"
#include "spikeometric/infer/detail/problem.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/infer/penalty.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

/// Which strengths are tried, and how.
struct CrossValidationOptions {
  /// A recording is cut into blocks, five for each fold and in turns; a fit sees all folds but one. Spikes of the
  /// blocks left out still count as history.
  int folds = 5;
  /// Factors of the penalty, falling. Empty: `count` of them, evenly spaced in their logarithm, from one that keeps
  /// all couplings at 0 (the least, but for L1 and GroupL1 together), down to `lowest` times that.
  std::vector<double> factors = {};
  int count = 12;
  double lowest = 1e-3;
  /// Only every so-many-th neuron is fitted: as all share the strength, some are enough to choose it by.
  int every = 1;
};

/// Log-likelihoods of what was left out, for each strength of a penalty. Weights are not kept: those of strength i are
/// fit's, with factors[i] * shape.
struct RegularisationPath {
  Penalty shape;                 ///< as it was given
  std::vector<double> factors;   ///< of it, falling
  std::vector<double> held_out;  ///< mean over folds of the log-likelihood of a step, of all fitted neurons together
  std::vector<double> errors;    ///< standard errors over folds, of the difference to the best one
  std::vector<double> weights;   ///< mean over folds of the number of weights that are not 0

  std::size_t best_index() const {
    return static_cast<std::size_t>(std::max_element(held_out.begin(), held_out.end()) - held_out.begin());
  }
  /// The strength under which what was left out is most likely.
  Penalty best() const { return factors[best_index()] * shape; }
  /// The one-standard-error rule, of paired differences: the greatest strength that is worse by less than a standard
  /// error of the difference to the best. Fewer weights, more of them right.
  Penalty sparsest() const {
    const std::size_t best = best_index();
    for (std::size_t i = 0; i < best; ++i)
      if (held_out[best] - held_out[i] <= errors[i]) return factors[i] * shape;
    return factors[best] * shape;
  }
};

/// Fits all folds with all strengths, each starting from the one before. The strength is the same for all neurons.
/// `options` as for `fit`, the penalty giving its shape: L1{1}, or GroupL1{1} + L2{0.1}. To find the factors itself it
/// needs L1 or GroupL1 in it. Precision is less than for a fit, 1e-4 of the gradient, which is enough to choose.
///
/// Throws as `fit`, and InvalidArgument for fewer than two folds, for a penalty of strength 0, and for factors
/// that do not fall or are not positive, folds of no steps, and where no neuron has a spike to find factors by.
template <class ModelType, class StimulusType, class Recordings>
RegularisationPath cross_validate(const ModelType& model, const StimulusType& stimulus, const Recordings& recordings,
                                  const FitOptions& options, const CrossValidationOptions& validation = {}) {
  using Lifted = decltype(detail::lift(stimulus));
  using Problem = detail::FitProblem<ModelType, Lifted>;
  const Problem problem{recordings,           model, detail::lift(stimulus), options.seed, options.own_history,
                        options.history_steps};
  detail::require_fit_options(problem, options);
  if (validation.folds < 2)
    throw InvalidArgument("folds = " + std::to_string(validation.folds) + " must be at least 2");
  if (options.penalty.none()) throw InvalidArgument("a penalty of strength 0 stays 0 whatever the factor");
  RegularisationPath path{options.penalty, validation.factors, {}, {}, {}};
  if (validation.every < 1)
    throw InvalidArgument("every = " + std::to_string(validation.every) + " must be at least 1");
  const auto every = static_cast<std::uint64_t>(validation.every);
  const std::uint64_t neurons = (problem.neurons() + every - 1) / every;  // that are fitted
  const auto neuron_at = [&](std::size_t index) { return static_cast<std::uint32_t>(index * every); };

  if (path.factors.empty()) {
    if (options.penalty.smooth())
      throw InvalidArgument("the factors of an L2 penalty must be given: none is so strong that all weights are 0");
    if (validation.count < 1 || !(validation.lowest > 0.0 && validation.lowest < 1.0))
      throw InvalidArgument("count = " + std::to_string(validation.count) +
                            " and lowest = " + detail::to_text(validation.lowest) + " give no factors");
    std::vector<double> largest(neurons);
    detail::on_threads(neurons, options.threads, [&](std::size_t index) {
      largest[index] = detail::silencing_factor(problem, neuron_at(index), options);
    });
    const double most = *std::max_element(largest.begin(), largest.end());
    if (!(most > 0.0))
      throw InvalidArgument("no neuron has spikes that couplings could explain: there is no strength to choose");
    for (int i = 0; i < validation.count; ++i)
      path.factors.push_back(most * std::pow(validation.lowest, validation.count > 1
                                                                    ? static_cast<double>(i) / (validation.count - 1)
                                                                    : 0.0));
  }
  for (std::size_t i = 0; i < path.factors.size(); ++i)
    if (!(path.factors[i] > 0.0) || (i > 0 && !(path.factors[i] < path.factors[i - 1])))
      throw InvalidArgument("factor " + detail::to_text(path.factors[i]) +
                            " is not positive, or not below the one before it");

  const auto folds = static_cast<std::size_t>(validation.folds);
  const std::size_t count = path.factors.size();
  // [index]: [fold][factor]
  using Vector = typename Problem::Vector;
  using Matrix = typename Problem::Matrix;
  std::vector<Matrix> held_out(neurons, Matrix::Zero(validation.folds, count));
  std::vector<Vector> weights(neurons, Vector::Zero(count));
  std::vector<double> steps(folds);
  detail::on_threads(neurons, options.threads, [&](std::size_t index) {
    detail::validate_neuron(problem, neuron_at(index), options, path.factors, held_out[index], weights[index],
                            index == 0 ? steps.data() : nullptr);
  });
  Matrix sums = Matrix::Zero(validation.folds, count);
  Vector nonzero = Vector::Zero(count);
  for (std::size_t index = 0; index < neurons; ++index) {
    sums += held_out[index];
    nonzero += weights[index];
  }
  for (std::size_t fold = 0; fold < folds; ++fold) sums.row(fold) /= steps[fold];
  const Vector means = sums.colwise().mean();
  path.held_out.assign(means.begin(), means.end());
  const auto best = static_cast<Eigen::Index>(path.best_index());
  for (Eigen::Index i = 0; i < means.size(); ++i) {
    const Vector differences = (sums.col(best) - sums.col(i)).array() - (means[best] - means[i]);
    path.errors.push_back(std::sqrt(differences.squaredNorm() / static_cast<double>(folds * (folds - 1))));
    path.weights.push_back(nonzero[i] / static_cast<double>(folds));
  }
  return path;
}

/// Without a stimulus.
template <class ModelType, class Recordings>
RegularisationPath cross_validate(const ModelType& model, const Recordings& recordings, const FitOptions& options,
                                  const CrossValidationOptions& validation = {}) {
  return cross_validate(model, no_stimulus, recordings, options, validation);
}

}  // namespace spikeometric
