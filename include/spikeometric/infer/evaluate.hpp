// SPDX-License-Identifier: BSD-3-Clause
//
// How well a fit explains recordings, above all such that it was not fitted to, and the rates that it predicts.
//
//   const auto fitted = sk::fit(family, training, {.threads = 2});
//   const sk::Evaluation held_out = sk::evaluate(fitted, test);
//   std::cout << held_out.bits_per_spike() << " bits per spike, pseudo-R2 " << held_out.deviance_explained() << '\n';
//   const Eigen::MatrixXf rates = sk::predict(fitted, test);                // [neuron][step], spikes per step
//
//   sk::evaluate(fitted, other_stimulus, test);                             // the stimulus of that recording
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/infer/detail/fit_data.hpp"
#include "spikeometric/infer/detail/fit_neuron.hpp"
#include "spikeometric/infer/detail/likelihood.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/simulate/detail/arguments.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

/// Options of evaluate and predict.
struct EvaluateOptions {
  std::optional<Seed> seed = std::nullopt;    ///< of the run that recorded the spikes; required for a random stimulus
  std::vector<std::vector<bool>> steps = {};  ///< which steps count, [recording][step]; default: all after the history
  std::optional<int> threads = std::nullopt;  ///< default: as in the fit
};

/// The likelihood of recorded spikes of one neuron, or of several, under a fit. The steps that the fit excludes as
/// refractory count in none of the likelihoods, so families with and without absolute refractoriness are compared on
/// different steps.
struct Likelihoods {
  double steps = 0.0, spikes = 0.0;  ///< that count
  double fitted = 0.0;               ///< log-likelihood under the fit
  double constant = 0.0;             ///< under the constant rate that is best for these spikes
  double saturated = 0.0;            ///< under the best rate for each step
  /// Spikes so soon after another of the same neuron that the fit excludes them. They and the steps around them do not
  /// count in the likelihoods. Only for a family with AbsoluteRefractory.
  double refractory_spikes = 0.0;

  /// Log-likelihood gained over a constant rate, in bits per spike; NaN without spikes.
  double bits_per_spike() const { return (fitted - constant) / spikes / 0.6931471805599453; }
  /// 1 - fitted / constant (McFadden 1974).
  double mcfadden() const { return 1.0 - fitted / constant; }
  /// The fraction of the deviance of a constant rate that the fit explains: 1 - (saturated - fitted) / (saturated -
  /// constant) (Cameron and Windmeijer 1997).
  double deviance_explained() const { return 1.0 - (saturated - fitted) / (saturated - constant); }

  Likelihoods& operator+=(const Likelihoods& other) {
    steps += other.steps;
    spikes += other.spikes;
    fitted += other.fitted;
    constant += other.constant;
    saturated += other.saturated;
    refractory_spikes += other.refractory_spikes;
    return *this;
  }
};

/// The likelihoods of all fitted neurons together, and of each. Those of neurons that were not fitted are 0.
struct Evaluation : Likelihoods {
  std::vector<Likelihoods> neurons;
};

namespace detail {

/// `fit.problem` has the recordings that are evaluated, and the options of the fit.
template <class Real>
Evaluation evaluated(const FitView<Real>& fit) {
  const FitData<Real>& problem = fit.problem;
  Evaluation result;
  result.neurons.resize(problem.neurons());
  on_threads(problem.neurons(), problem.options.threads, [&](std::size_t index) {
    const auto neuron = static_cast<std::uint32_t>(index);
    if (fit.neurons[neuron].status == FitStatus::not_fitted) return;
    const auto stimulus = problem.stimulus_of(neuron);
    NeuronLikelihood<Real> likelihood(problem, neuron, stimulus->values);
    Likelihoods& here = result.neurons[neuron];
    here.steps = likelihood.steps();
    here.spikes = likelihood.spikes();
    here.fitted = -likelihood.value(fit.parameters(neuron, stimulus->units)) * here.steps;
    here.constant = null_log_likelihood(problem, likelihood);
    here.saturated = saturated_log_likelihood(problem, likelihood);
    here.refractory_spikes = problem.refractory_spikes(neuron);
  });
  for (const Likelihoods& neuron : result.neurons) result += neuron;
  return result;
}

/// The expected counts, [neuron][step] of all recordings.
template <class Real>
Eigen::MatrixXf predicted(const FitView<Real>& fit) {
  const FitData<Real>& problem = fit.problem;
  Eigen::MatrixXf result(static_cast<Eigen::Index>(problem.neurons()),
                         static_cast<Eigen::Index>(problem.trains.steps()));
  on_threads(problem.neurons(), problem.options.threads, [&](std::size_t index) {
    const auto neuron = static_cast<std::uint32_t>(index);
    const auto row = static_cast<Eigen::Index>(index);
    if (fit.neurons[neuron].status == FitStatus::not_fitted) {
      result.row(row).setConstant(std::numeric_limits<float>::quiet_NaN());
      return;
    }
    const auto stimulus = problem.stimulus_of(neuron);
    NeuronLikelihood<Real> likelihood(problem, neuron, stimulus->values);
    likelihood.predict_all(fit.parameters(neuron, stimulus->units), [&](std::uint64_t step, Real mean) {
      result(row, static_cast<Eigen::Index>(step)) = static_cast<float>(mean);
    });
    const std::vector<std::uint8_t> refractory = problem.in_refractoriness(neuron);
    for (std::size_t step = 0; step < refractory.size(); ++step)
      if (refractory[step] != 0) result(row, static_cast<Eigen::Index>(step)) = 0.0f;
  });
  return result;
}

/// Calls work(a FitView of these recordings).
template <class Family, class FitStimulus, class StimulusType, class Recordings, class Work>
auto with_recordings(const Fit<Family, FitStimulus>& fit, const StimulusType& stimulus, const Recordings& recordings,
                     const EvaluateOptions& given, Work&& work) {
  const auto lifted = lifted_for_fit(stimulus);
  using Problem = FitProblem<Family, std::remove_const_t<decltype(lifted)>>;
  static_assert(Problem::channel_count == FitProblem<Family, FitStimulus>::channel_count,
                "spikeometric: the stimulus must have as many channels as that of the fit");
  FitOptions options = fit.data->options;
  options.history_steps = fit.history_steps;
  options.steps = given.steps;
  options.seed = given.seed;
  options.threads = given.threads.value_or(options.threads);
  Problem problem{recordings, fit.family, lifted, options};
  if (problem.channels() != fit.data->channels())
    throw InvalidArgument("a stimulus of " + std::to_string(problem.channels()) +
                          " channels or covariates does not fit one of " + std::to_string(fit.data->channels()));
  if (problem.neurons() != fit.neurons.size())
    throw InvalidArgument("a recording of " + std::to_string(problem.neurons()) +
                          " neurons does not fit a network of " + std::to_string(fit.neurons.size()));
  std::vector<std::uint32_t> refractory_steps;
  for (const NeuronFit& neuron : fit.neurons) refractory_steps.push_back(neuron.refractory_steps);
  problem.set_refractoriness(std::move(refractory_steps));
  return work(FitView<double>{problem, fit.neurons, fit.weights});
}

}  // namespace detail

/// The likelihood of recordings under a fit: one recording, or the recordings of a batch of trials. The first
/// history_steps of each do not count, as in the fit. `stimulus` is that of these recordings; the model's weights apply
/// to it. O(spikes + steps x filter length) per neuron. Throws as fit does, and
/// InvalidArgument for a recording of another number of neurons.
template <class Family, class FitStimulus, detail::FitStimulus StimulusType, detail::MaybeSpikes Recordings>
[[nodiscard]] Evaluation evaluate(const Fit<Family, FitStimulus>& fit, const StimulusType& stimulus,
                                  const Recordings& recordings, const EvaluateOptions& options = {}) {
  return detail::with_recordings(fit, stimulus, recordings, options,
                                 [](const auto& on) { return detail::evaluated(on); });
}

/// The same with the stimulus of the fit.
template <class Family, class FitStimulus, detail::MaybeSpikes Recordings>
[[nodiscard]] Evaluation evaluate(const Fit<Family, FitStimulus>& fit, const Recordings& recordings,
                                  const EvaluateOptions& options = {}) {
  return evaluate(fit, fit.given_stimulus, recordings, options);
}

/// The expected count of every neuron in every step of a recording, given all earlier spikes: neurons x steps. Before
/// the first step there were no spikes. Rows of neurons that were not fitted are NaN. 4 bytes for each entry. Costs and
/// throws as evaluate.
template <class Family, class FitStimulus, detail::FitStimulus StimulusType, class Event>
[[nodiscard]] Eigen::MatrixXf predict(const Fit<Family, FitStimulus>& fit, const StimulusType& stimulus,
                                      const Events<Event>& recording, const EvaluateOptions& options = {}) {
  return detail::with_recordings(fit, stimulus, recording, options,
                                 [](const auto& on) { return detail::predicted(on); });
}

/// For each of several trials.
template <class Family, class FitStimulus, detail::FitStimulus StimulusType, class Event>
[[nodiscard]] std::vector<Eigen::MatrixXf> predict(const Fit<Family, FitStimulus>& fit, const StimulusType& stimulus,
                                                   const BatchEvents<Event>& trials,
                                                   const EvaluateOptions& options = {}) {
  return detail::with_recordings(fit, stimulus, trials, options, [](const auto& on) {
    const Eigen::MatrixXf all = detail::predicted(on);
    std::vector<Eigen::MatrixXf> each;
    for (const auto& recording : on.problem.trains.recordings)
      each.push_back(all.middleCols(static_cast<Eigen::Index>(recording.begin),
                                    static_cast<Eigen::Index>(recording.end - recording.begin)));
    return each;
  });
}

/// The same with the stimulus of the fit.
template <class Family, class FitStimulus, detail::MaybeSpikes Recordings>
[[nodiscard]] auto predict(const Fit<Family, FitStimulus>& fit, const Recordings& recordings,
                           const EvaluateOptions& options = {}) {
  return predict(fit, fit.given_stimulus, recordings, options);
}

}  // namespace spikeometric
