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
  automatic,  ///< newton or gradient, whichever is expected to take less time; gradient above 2000 parameters
  newton,     ///< O(parameters^2) memory; proximal Newton for L1 and GroupL1 penalties and for signs
  gradient    ///< L-BFGS, or accelerated proximal gradients for L1, GroupL1 and signs
};

/// The weights that a penalty is for.
enum class PenaltyPart { coupling, own_history, stimulus };

/// Options of a fit.
struct FitOptions {
  /// On the weights of connections, and on those of the own history unless own_penalty is given.
  Penalty penalty = {};
  /// On the weights of the own history. Default: `penalty`. For a family with AbsoluteRefractory, the default is a
  /// normal prior with a standard deviation of 10, which only stops weights from running to infinity.
  std::optional<Penalty> own_penalty = std::nullopt;
  /// On the weights of the stimulus. GroupL1 takes the basis functions of a channel together.
  Penalty stimulus_penalty = {};
  /// Whether to fit how a neuron's own spikes act on it through the filter; these weights become autapses. The model's
  /// self-history applies in any case and is not changed.
  bool own_history = true;
  /// Dale's law, one element per presynaptic neuron: positive if all its synapses are excitatory, negative if all are
  /// inhibitory, 0 if unknown. Autapses (own history) are not restricted. Empty: no restrictions.
  std::vector<int> signs = {};
  /// -1: own histories only inhibit (weights of basis functions that are positive are at most 0), which keeps neurons
  /// from running away when the fit is simulated; 1: they only excite; 0: no restriction.
  int own_sign = 0;
  /// Steps at the beginning of each recording that serve only as history. Recordings that are no longer than that are
  /// left out (Fit::left_out). Default: the number of steps over which a spike acts, or a filter in time of the
  /// stimulus reaches back, up to a rest of 0.1 % of its effect.
  std::optional<std::uint64_t> history_steps = std::nullopt;
  /// Which steps count in the likelihood, [recording][step]; those after history_steps by default. Spikes in other
  /// steps still serve as history.
  std::vector<std::vector<bool>> steps = {};
  /// The postsynaptic neurons that are fitted. The others have the status not_fitted, and no weights. Default: all.
  std::vector<std::uint32_t> neurons = {};
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
  silent,         ///< no spikes; the fit expects half a spike in total and has no coupling
  always_fires,   ///< as many spikes as a binary model can have; the fit expects half a step's fewer
  separated,      ///< no penalty and complete separation (NeuronFit::separated); the other weights converged
  impossible,     ///< the model's self-history forbids a recorded spike: see NeuronFit::impossible_step
  misfit,         ///< the fit explains the spikes worse than a constant rate: see NeuronFit::unlikely_spikes
  not_converged,  ///< max_iterations reached, or no progress at this precision
  not_fitted      ///< not among FitOptions::neurons
};

/// The fit of one neuron.
struct NeuronFit {
  FitStatus status = FitStatus::not_converged;
  /// The fitted baseline and its standard error. Standard errors need a penalty without L1 and GroupL1, and no signs;
  /// otherwise they are NaN. With a penalty, they are the standard deviations of the posterior distribution.
  double baseline = 0.0;
  double baseline_error = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> stimulus_weights, stimulus_weight_errors;
  double stimulus_drive = 0.0;       ///< log of the mean over steps of exp(E), E being the stimulus times its weights
  double log_likelihood = 0.0;       ///< of the observed steps
  double null_log_likelihood = 0.0;  ///< of a constant rate
  double deviance = 0.0;             ///< 2 (log-likelihood of the saturated model - log_likelihood)
  double steps = 0.0;                ///< observed steps
  double spikes = 0.0;               ///< in the observed steps
  /// Steps after a spike that are left out of the likelihood because no spike was ever recorded so soon after another.
  /// Only for a family with AbsoluteRefractory.
  std::uint32_t refractory_steps = 0;
  /// Spikes with a log-probability below -20 in a model with a fixed self-history: it does not fit these spikes.
  std::uint64_t unlikely_spikes = 0;
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
