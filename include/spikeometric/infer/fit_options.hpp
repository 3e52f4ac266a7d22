// SPDX-License-Identifier: BSD-3-Clause
//
// Options of a fit, and the outcome for each neuron.
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
  automatic,  ///< newton for up to 2000 parameters per neuron, otherwise gradient
  newton,     ///< O(parameters^2) memory; proximal Newton for L1 and GroupL1 penalties and for signs
  gradient    ///< L-BFGS, or accelerated proximal gradients for L1, GroupL1 and signs; no standard errors
};

/// Options of a fit.
struct FitOptions {
  Penalty penalty = {};
  /// Whether to fit how a neuron's own spikes act on it through the filter; these weights become autapses. The model's
  /// self-history applies in any case and is not changed.
  bool own_history = true;
  /// Dale's law, one element per presynaptic neuron: positive if all its synapses are excitatory, negative if all are
  /// inhibitory, 0 if unknown. Autapses (own history) are not restricted. Empty: no restrictions.
  std::vector<int> signs = {};
  /// Steps at the beginning of each recording that serve only as history. Default: the number of steps over which a
  /// spike acts, but at most a tenth of the shortest recording.
  std::optional<std::uint64_t> history_steps = std::nullopt;
  /// The seed of the run that recorded the spikes. Required if the stimulus is random, and otherwise unused.
  std::optional<Seed> seed = std::nullopt;
  Solver solver = Solver::automatic;
  double tolerance = 1e-6;                           ///< of the gradient, relative to its size without coupling
  std::optional<int> max_iterations = std::nullopt;  ///< default: 200 for newton, 20,000 for gradient
  int threads = 1;
};

/// How the fit of one neuron ended.
enum class FitStatus {
  converged,
  silent,        ///< no spikes; the fit expects half a spike in total and has no coupling
  always_fires,  ///< as many spikes as a binary model can have; the fit expects half a step's fewer
  separated,     ///< no penalty and complete separation (NeuronFit::separated); the other weights converged
  impossible,    ///< the model's self-history forbids a recorded spike: see NeuronFit::impossible_step
  not_converged  ///< max_iterations reached, or no progress at this precision
};

/// The fit of one neuron.
struct NeuronFit {
  FitStatus status = FitStatus::not_converged;
  /// The fitted baseline and its standard error. All standard errors need Solver::newton, no penalty and no signs;
  /// otherwise they are NaN.
  double baseline = 0.0;
  double baseline_error = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> stimulus_weights, stimulus_weight_errors;
  double log_likelihood = 0.0;       ///< of the observed steps
  double null_log_likelihood = 0.0;  ///< of a constant rate
  double deviance = 0.0;             ///< 2 (log-likelihood of the saturated model - log_likelihood)
  double spikes = 0.0;               ///< in the observed steps
  int iterations = 0;
  double violation = 0.0;  ///< of the optimality conditions, relative to the gradient without coupling
  /// Presynaptic neurons with complete separation: the likelihood has no finite maximum in their weight, because this
  /// neuron never spiked after their spikes or, in a binary model, always did. Contains the neuron itself for its own
  /// history. Such a weight has the value at which the search stopped, and a huge standard error. Separation that
  /// involves several weights at once is found only if standard errors are computed.
  std::vector<std::uint32_t> separated;
  std::optional<std::uint64_t> impossible_step;   ///< counted through all recordings
  std::vector<std::uint32_t> separated_channels;  ///< stimulus channels with complete separation
};

}  // namespace spikeometric
