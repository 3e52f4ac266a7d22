// SPDX-License-Identifier: BSD-3-Clause
//
// How to fit a model to recorded spikes, and how the fit of a neuron went.
//
//   const sk::FitOptions options{.penalty = sk::L1{1e-4}, .own_history = false, .threads = 2};
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "spikeometric/infer/penalty.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric {

enum class Solver {
  automatic,  ///< newton for up to 2000 parameters of a neuron, gradient above
  newton,     ///< O(parameters^2) memory; proximal where the penalty has kinks
  gradient    ///< L-BFGS; accelerated proximal gradients where the penalty has kinks; no standard errors
};

/// How to fit.
struct FitOptions {
  Penalty penalty = {};
  /// Whether a neuron's own spikes act on it through the filter: with weights of their own, which become autapses. What
  /// the model's self-history says holds in any case, as it is.
  bool own_history = true;
  /// Dale's law: positive or negative for neurons whose synapses are all excitatory or all inhibitory, 0 for others.
  /// Autapses, the own history, are free. Empty: no neuron is bound.
  std::vector<int> signs = {};
  /// Steps at the beginning of each recording that only serve as history; by default as many as a spike acts on, up to
  /// a tenth of the recording.
  std::optional<std::uint64_t> history_steps = std::nullopt;
  Seed seed = {};  ///< that random stimuli were drawn with
  Solver solver = Solver::automatic;
  double tolerance = 1e-6;  ///< of the gradient, relative to its size for neurons without coupling
  std::optional<int> max_iterations = std::nullopt;  ///< 200 of Newton's method, 20,000 of gradients
  int threads = 1;
};

/// How the fit of one neuron ended.
enum class FitStatus {
  converged,
  silent,        ///< no spike: the rate is set to half a spike in all steps, and there is no coupling
  always_fires,  ///< of a binary model, as many spikes as it can make: the rate is set to half a step without
  separated,     ///< without a penalty, some weights are infinite: see NeuronFit::separated; else converged
  impossible,    ///< a spike where the model's self-history allows none: see NeuronFit::impossible_step
  not_converged  ///< too many iterations, or no progress at this precision
};

/// The fit of one neuron.
struct NeuronFit {
  FitStatus status = FitStatus::not_converged;
  /// Standard errors are there without penalty and signs, where Newton's method is the solver; else NaN.
  double baseline = 0.0;
  double baseline_error = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> stimulus_weights, stimulus_weight_errors;
  double log_likelihood = 0.0;       ///< of the observed steps
  double null_log_likelihood = 0.0;  ///< of a constant rate
  double deviance = 0.0;             ///< 2 (log-likelihood of the best rate for each step - log_likelihood)
  double spikes = 0.0;               ///< in the observed steps
  int iterations = 0;
  double violation = 0.0;  ///< of the conditions of a minimum, relative to the gradient without coupling
  /// Presynaptic neurons after whose spikes this one never spiked or, of a binary model, always, so that the likelihood
  /// grows for ever with the weight; the neuron itself for its own history. Weights are where the search stopped, and
  /// their standard errors huge. Combinations of weights are found where standard errors are.
  std::vector<std::uint32_t> separated;
  std::optional<std::uint64_t> impossible_step;   ///< counted on from one recording to the next
  std::vector<std::uint32_t> separated_channels;  ///< of the stimulus, likewise
};

}  // namespace spikeometric
