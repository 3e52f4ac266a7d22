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
#include <optional>
#include <string>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/infer/detail/fit_neuron.hpp"
#include "spikeometric/infer/detail/problem.hpp"
#include "spikeometric/infer/detail/regularisation.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/infer/penalty.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/simulate/detail/arguments.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

/// Options of cross-validation.
struct CrossValidationOptions {
  int folds = 5;
  /// Whether folds consist of whole recordings (trials), which are dealt out in turn. Otherwise each recording is cut
  /// into 5 x folds blocks, which are dealt out in turn; spikes in left-out blocks still count as history. Default: if
  /// there are at least as many recordings as folds.
  std::optional<bool> by_recording = std::nullopt;
  /// The penalty whose strength is chosen. The other penalties stay as they are.
  PenaltyPart part = PenaltyPart::coupling;
  /// Descending factors of the penalty. If empty, the penalty is standardized, and `count` factors are evenly spaced on
  /// a logarithmic axis: from one that makes all weights 0 (or, for L2 and Smooth, nearly 0) down to `lowest` times
  /// that. If the best of them is the last, the path goes on to smaller factors, at most twice as far again.
  std::vector<double> factors = {};
  int count = 12;
  double lowest = 1e-3;
  /// Fits only every n-th of the neurons; the others get the median factor of these.
  int every = 1;
};

/// Held-out log-likelihoods for each strength of a penalty, and the strength chosen for each neuron. Weights are not
/// kept: to get the weights of strength i, call `fit` with the penalty factors[i] * shape.
struct RegularisationPath {
  Penalty shape;                 ///< the given penalty, standardized unless factors were given
  std::vector<double> factors;   ///< of the penalty, descending
  std::vector<double> held_out;  ///< log-likelihood per step, summed over the fitted neurons
  std::vector<double> errors;    ///< standard errors, over blocks or trials, of the gain over the strongest penalty
  std::vector<double> weights;   ///< number of nonzero weights, summed over the fitted neurons; mean over folds
  std::size_t extended = 0;      ///< number of factors that were added because the best was the last
  std::vector<double> best_factors, sparsest_factors;  ///< of each neuron
  std::size_t at_end = 0;  ///< number of fitted neurons for which the best factor is the last

  /// The index of the factor that is best for all neurons together.
  std::size_t best_index() const {
    return static_cast<std::size_t>(std::max_element(held_out.begin(), held_out.end()) - held_out.begin());
  }
  /// The penalty with the largest held-out likelihood, for each neuron.
  [[nodiscard]] Penalty best() const { return shape.times(best_factors); }
  /// The one-standard-error rule (Breiman et al. 1984): for each neuron, the strongest penalty with a held-out gain in
  /// log-likelihood, compared to the strongest of all, that is at most one standard error below the largest gain. It
  /// keeps fewer weights than the best strength, and a larger fraction of them is correct.
  [[nodiscard]] Penalty sparsest() const { return shape.times(sparsest_factors); }
};

namespace detail {

/// Log-likelihoods of parts, [part][factor]: their sums over parts, and the standard errors of the gains in these sums
/// over those of the first factor.
template <class Real>
struct Gains {
  VectorOf<Real> sums, errors;

  explicit Gains(const MatrixOf<Real>& log_likelihoods) : sums(log_likelihoods.colwise().sum().transpose()) {
    const auto parts = static_cast<Real>(log_likelihoods.rows());
    errors.setZero(sums.size());
    for (Eigen::Index i = 1; i < sums.size(); ++i) {
      const VectorOf<Real> gain = log_likelihoods.col(i) - log_likelihoods.col(0);
      errors[i] = std::sqrt((gain.array() - gain.mean()).square().sum() * parts / (parts - 1));
    }
  }
  Eigen::Index best() const {
    Eigen::Index index;
    sums.maxCoeff(&index);
    return index;
  }
  Eigen::Index sparsest() const {
    const Eigen::Index most = best();
    Eigen::Index index = 0;
    while (index < most && sums[index] < sums[most] - errors[most]) ++index;
    return index;
  }
};

template <class Real>
RegularisationPath validated(const FitData<Real>& problem, const CrossValidationOptions& validation) {
  require_fit_options(problem);
  FitOptions options = problem.options;
  Penalty& shape = PenalisedPart<Real>::penalty(options, validation.part);
  if (validation.folds < 2)
    throw InvalidArgument("folds = " + std::to_string(validation.folds) + " must be at least 2");
  if (shape.none()) throw InvalidArgument("cross-validation needs a penalty of positive strength, such as L1{1}");
  if (validation.every < 1)
    throw InvalidArgument("every = " + std::to_string(validation.every) + " must be at least 1");
  const bool automatic = validation.factors.empty();
  if (automatic && (validation.count < 2 || !(validation.lowest > 0.0 && validation.lowest < 1.0)))
    throw InvalidArgument("count = " + std::to_string(validation.count) +
                          " must be at least 2, and lowest = " + to_text(validation.lowest) + " above 0 and below 1");
  if (automatic && validation.part != PenaltyPart::stimulus) shape = shape.standardized();
  RegularisationPath path;
  path.shape = shape;
  path.factors = validation.factors;

  const auto every = static_cast<std::uint64_t>(validation.every);
  std::vector<std::uint32_t> chosen_neurons;
  for (const std::vector<std::uint32_t> wanted = problem.wanted_neurons();
       chosen_neurons.size() * every < wanted.size();)
    chosen_neurons.push_back(wanted[chosen_neurons.size() * every]);
  const std::size_t neurons = chosen_neurons.size();  // fitted
  const auto neuron_at = [&](std::size_t index) { return chosen_neurons[index]; };
  const CovariateVariances<Real> variances = covariate_variances(problem, options);
  if (automatic) {
    std::vector<double> strongest(neurons);
    on_threads(neurons, options.threads, [&](std::size_t index) {
      strongest[index] = strongest_factor(problem, options, variances, validation.part, neuron_at(index));
    });
    const double first = *std::max_element(strongest.begin(), strongest.end());
    if (!(first > 0.0)) throw InvalidArgument("factors must be given: no neuron has spikes that could be explained");
    for (int i = 0; i < validation.count; ++i)
      path.factors.push_back(first * std::pow(validation.lowest, static_cast<double>(i) / (validation.count - 1)));
  }
  for (std::size_t i = 0; i < path.factors.size(); ++i)
    if (!(path.factors[i] > 0.0) || (i > 0 && !(path.factors[i] < path.factors[i - 1])))
      throw InvalidArgument("factor " + to_text(path.factors[i]) + " must be positive and below the previous factor");

  const Folds folds = problem.folds_of(
      static_cast<std::uint64_t>(validation.folds),
      validation.by_recording.value_or(problem.recordings_used() >= static_cast<std::uint64_t>(validation.folds)));
  std::vector<HeldOut<Real>> each(neurons);
  MatrixOf<Real> total = MatrixOf<Real>::Zero(static_cast<Eigen::Index>(folds.parts), 0);  // [part][factor], per step
  VectorOf<Real> weights;
  const auto go_on = [&](const std::vector<double>& factors) {
    std::vector<HeldOut<Real>> more(neurons);
    on_threads(neurons, options.threads, [&](std::size_t index) {
      more[index] = held_out(problem, options, variances, folds, validation.part, neuron_at(index), factors);
    });
    const Eigen::Index before = total.cols(), added = static_cast<Eigen::Index>(factors.size());
    total.conservativeResize(Eigen::NoChange, before + added);
    total.rightCols(added).setZero();
    weights.conservativeResize(before + added);
    weights.tail(added).setZero();
    for (std::size_t index = 0; index < neurons; ++index) {
      HeldOut<Real>& all = each[index];
      const HeldOut<Real>& here = more[index];
      if (here.fitted || here.steps.sum() > 0) total.rightCols(added) += here.log_likelihoods / here.steps.sum();
      weights.tail(added) += here.weights;
      all.log_likelihoods.conservativeResize(here.log_likelihoods.rows(), before + added);
      all.log_likelihoods.rightCols(added) = here.log_likelihoods;
      all.fitted = here.fitted;
    }
  };
  go_on(path.factors);
  const auto last_is_best = [&] { return Gains<Real>(total).best() + 1 == total.cols(); };
  for (int times = 0; automatic && times < 2 && last_is_best(); ++times) {
    const double ratio = std::pow(validation.lowest, 1.0 / (validation.count - 1));
    std::vector<double> more;
    more.reserve(static_cast<std::size_t>(validation.count));
    for (int i = 0; i < validation.count - 1; ++i) more.push_back((i == 0 ? path.factors.back() : more.back()) * ratio);
    go_on(more);
    path.factors.insert(path.factors.end(), more.begin(), more.end());
    path.extended += more.size();
  }

  const Gains<Real> gains(total);
  path.held_out.assign(gains.sums.begin(), gains.sums.end());
  path.errors.assign(gains.errors.begin(), gains.errors.end());
  path.weights.assign(weights.begin(), weights.end());
  const auto chosen = [&](auto&& choose) {
    std::vector<double> found;
    for (const HeldOut<Real>& neuron : each)
      if (neuron.fitted)
        found.push_back(path.factors[static_cast<std::size_t>(choose(Gains<Real>(neuron.log_likelihoods)))]);
    std::vector<double> sorted = found, result;
    if (!sorted.empty()) std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end());
    const double median = sorted.empty() ? path.factors.front() : sorted[sorted.size() / 2];
    result.assign(problem.neurons(), median);
    auto next = found.begin();
    for (std::size_t index = 0; index < neurons; ++index)
      if (each[index].fitted) result[neuron_at(index)] = *next++;
    return result;
  };
  path.best_factors = chosen([](const Gains<Real>& of) { return of.best(); });
  path.sparsest_factors = chosen([](const Gains<Real>& of) { return of.sparsest(); });
  for (const HeldOut<Real>& neuron : each)
    path.at_end += neuron.fitted && Gains<Real>(neuron.log_likelihoods).best() + 1 == total.cols();
  return path;
}

}  // namespace detail

/// Fits all folds with all strengths; each fit starts from the previous one. `options` are as for `fit`; the penalty of
/// CrossValidationOptions::part gives the shape, such as L1{1} or GroupL1{1} + L2{0.1}. The gradient tolerance is at
/// least 1e-4: less precise than a fit, but precise enough to choose a strength.
///
/// Throws as `fit` does. Throws InvalidArgument for fewer than two folds, for a penalty of strength 0, for factors that
/// are not positive or not descending, for an invalid `count`, `lowest` or `every`, for folds without steps and,
/// without given factors, if no neuron has spikes that could be explained.
template <Model ModelType, detail::FitStimulus StimulusType, class Recordings>
[[nodiscard]] RegularisationPath cross_validate(const ModelType& model, const StimulusType& stimulus,
                                                const Recordings& recordings, const FitOptions& options,
                                                const CrossValidationOptions& validation = {}) {
  auto lifted = detail::lifted_for_fit(stimulus);
  return detail::validated(detail::FitProblem<ModelType, decltype(lifted)>{recordings, model, lifted, options},
                           validation);
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
requires(!(Model<First> && detail::FitStimulus<Second>)&&!std::is_same_v<Third, FitOptions>) RegularisationPath
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
