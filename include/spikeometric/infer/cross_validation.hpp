// SPDX-License-Identifier: BSD-3-Clause
//
// Chooses the strength of a penalty by cross-validation: the strength that maximises the likelihood of held-out parts
// of a recording.
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
#include "spikeometric/simulate/detail/arguments.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

/// Options of cross-validation.
struct CrossValidationOptions {
  /// Number of folds. Each recording is cut into 5 x folds blocks, which are assigned to the folds in turn. A fit sees
  /// all folds but one; spikes in the left-out blocks still count as history.
  int folds = 5;
  /// Descending factors of the penalty. If empty, `count` factors are used, evenly spaced on a logarithmic axis: from
  /// one that makes all couplings 0 (the smallest such factor, unless the penalty has both L1 and GroupL1) down to
  /// `lowest` times that.
  std::vector<double> factors = {};
  int count = 12;
  double lowest = 1e-3;
  /// Fits only neurons 0, every, 2 every, ... This is enough to choose the strength, which all neurons share.
  int every = 1;
};

/// Held-out log-likelihoods for each strength of a penalty. Weights are not kept: to get the weights of strength i,
/// call `fit` with penalty factors[i] * shape.
struct RegularisationPath {
  Penalty shape;                 ///< the given penalty
  std::vector<double> factors;   ///< of the penalty, descending
  std::vector<double> held_out;  ///< log-likelihood per step, summed over fitted neurons; mean over folds
  std::vector<double> errors;    ///< standard errors, over folds, of the difference from the best
  std::vector<double> weights;   ///< number of nonzero weights, mean over folds

  std::size_t best_index() const {
    return static_cast<std::size_t>(std::max_element(held_out.begin(), held_out.end()) - held_out.begin());
  }
  /// The strength with the largest held-out likelihood.
  [[nodiscard]] Penalty best() const { return factors[best_index()] * shape; }
  /// The one-standard-error rule for paired differences: the largest strength whose held-out likelihood is at most one
  /// standard error of the difference below the best. It keeps fewer weights than the best strength, and a larger
  /// fraction of them is correct.
  [[nodiscard]] Penalty sparsest() const {
    const std::size_t best = best_index();
    for (std::size_t i = 0; i < best; ++i)
      if (held_out[best] - held_out[i] <= errors[i]) return factors[i] * shape;
    return factors[best] * shape;
  }
};

namespace detail {

template <class Real>
RegularisationPath validated(const FitData<Real>& problem, const FitOptions& options,
                             const CrossValidationOptions& validation) {
  require_fit_options(problem, options);
  if (validation.folds < 2)
    throw InvalidArgument("folds = " + std::to_string(validation.folds) + " must be at least 2");
  if (options.penalty.none())
    throw InvalidArgument("cross-validation needs a penalty of positive strength, such as L1{1}");
  RegularisationPath path{options.penalty, validation.factors, {}, {}, {}};
  if (validation.every < 1)
    throw InvalidArgument("every = " + std::to_string(validation.every) + " must be at least 1");
  const auto every = static_cast<std::uint64_t>(validation.every);
  const std::uint64_t neurons = (problem.neurons() + every - 1) / every;  // fitted
  const auto neuron_at = [&](std::size_t index) { return static_cast<std::uint32_t>(index * every); };

  if (path.factors.empty()) {
    if (options.penalty.smooth())
      throw InvalidArgument("factors must be given for an L2 penalty, since no strength of it makes all weights 0");
    if (validation.count < 1 || !(validation.lowest > 0.0 && validation.lowest < 1.0))
      throw InvalidArgument("count = " + std::to_string(validation.count) +
                            " must be at least 1, and lowest = " + to_text(validation.lowest) + " above 0 and below 1");
    std::vector<double> largest(neurons);
    on_threads(neurons, options.threads,
               [&](std::size_t index) { largest[index] = silencing_factor(problem, neuron_at(index), options); });
    const double most = *std::max_element(largest.begin(), largest.end());
    if (!(most > 0.0)) throw InvalidArgument("factors must be given: no neuron has spikes that coupling could explain");
    for (int i = 0; i < validation.count; ++i)
      path.factors.push_back(most * std::pow(validation.lowest, validation.count > 1
                                                                    ? static_cast<double>(i) / (validation.count - 1)
                                                                    : 0.0));
  }
  for (std::size_t i = 0; i < path.factors.size(); ++i)
    if (!(path.factors[i] > 0.0) || (i > 0 && !(path.factors[i] < path.factors[i - 1])))
      throw InvalidArgument("factor " + to_text(path.factors[i]) + " must be positive and below the previous factor");

  const auto folds = static_cast<std::size_t>(validation.folds);
  const std::size_t count = path.factors.size();
  // [index]: [fold][factor]
  using Vector = VectorOf<Real>;
  using Matrix = MatrixOf<Real>;
  std::vector<Matrix> held_out(neurons, Matrix::Zero(validation.folds, count));
  std::vector<Vector> weights(neurons, Vector::Zero(count));
  std::vector<double> steps(folds);
  on_threads(neurons, options.threads, [&](std::size_t index) {
    validate_neuron(problem, neuron_at(index), options, path.factors, held_out[index], weights[index],
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

}  // namespace detail

/// Fits all folds with all strengths; each fit starts from the previous one. All neurons share the strength. `options`
/// are as for `fit`; their penalty gives the shape, such as L1{1} or GroupL1{1} + L2{0.1}. Without given factors, the
/// penalty must contain L1 or GroupL1. The gradient tolerance is at least 1e-4: less precise than a fit, but precise
/// enough to choose a strength.
///
/// Throws as `fit` does. Throws InvalidArgument for fewer than two folds, for a penalty of strength 0, for factors that
/// are not positive or not descending, for an invalid `count`, `lowest` or `every`, and for folds without steps.
/// Without given factors, also throws InvalidArgument for a penalty of L2 alone, or if no neuron has spikes that
/// coupling could explain.
template <Model ModelType, Stimulus StimulusType, class Recordings>
[[nodiscard]] RegularisationPath cross_validate(const ModelType& model, const StimulusType& stimulus,
                                                const Recordings& recordings, const FitOptions& options,
                                                const CrossValidationOptions& validation = {}) {
  using Lifted = decltype(detail::lift(stimulus));
  using Problem = detail::FitProblem<ModelType, Lifted>;
  return detail::validated(
      Problem{recordings, model, detail::lift(stimulus), options.seed, options.own_history, options.history_steps},
      options, validation);
}

/// Cross-validation without a stimulus.
template <Model ModelType, detail::MaybeSpikes Recordings>
[[nodiscard]] RegularisationPath cross_validate(const ModelType& model, const Recordings& recordings,
                                                const FitOptions& options,
                                                const CrossValidationOptions& validation = {}) {
  return cross_validate(model, no_stimulus, recordings, options, validation);
}

/// Wrong arguments: says at compile time which one is wrong.
template <class First, class Second, class Third>
requires(!(Model<First> && Stimulus<Second>)&&!std::is_same_v<Third, FitOptions>) RegularisationPath
    cross_validate(const First&, const Second&, const Third&, const FitOptions&, const CrossValidationOptions& = {}) {
  static_assert(detail::RefuseModelStimulusSpikes<First, Second, Third>::value);
  return detail::never<RegularisationPath>();
}
template <class First, class Second>
requires(!Model<First> || !detail::MaybeSpikes<Second>) RegularisationPath
    cross_validate(const First&, const Second&, const FitOptions&, const CrossValidationOptions& = {}) {
  static_assert(detail::RefuseModelStimulusSpikes<First, Second, void>::value);
  return detail::never<RegularisationPath>();
}
template <class First, class Second, class... More>
requires(sizeof...(More) < 2 && !(std::is_same_v<More, FitOptions> || ...)) RegularisationPath
    cross_validate(const First&, const Second&, const More&...) {
  static_assert(std::is_void_v<First>,
                "spikeometric: the options are missing: cross_validate(model, stimulus, spikes, "
                "{.penalty = sk::L1{1}})");
  return detail::never<RegularisationPath>();
}

}  // namespace spikeometric
