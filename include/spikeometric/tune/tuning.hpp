// SPDX-License-Identifier: BSD-3-Clause
//
// What tuning is told, and what it tells: rates to reach, parameters to reach them by, ways to search, the result.
//
//   const sk::TuneOptions groups{.parameters = {"theta"},
//                           .groups = {{"excitatory", sk::neurons(0, 500), 10.0},
//                                      {"inhibitory", sk::neurons(500, 1000), 30.0}}};
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spikeometric/simulate/initial_state.hpp"
#include "spikeometric/stimulus/mask.hpp"

namespace spikeometric {

/// A group of neurons, in every network, and the mean rate that it is to have.
struct GroupRate {
  std::string name;
  Mask neurons;
  double rate_hz = 0.0;
};

/// What to reach, by which parameters. One of rate_hz, groups and rates_hz is given.
struct TuneOptions {
  /// Names of parameters of the model, or of the stimulus as "stimulus.amplitude"; "model" and "stimulus" stand for all
  /// of theirs, or with Adam all by which derivatives pass. Every listed parameter that is a real number can be tuned,
  /// but for dt. What PerNeuron holds moves by a number for each target: together with rates_hz, each neuron has its
  /// own.
  std::vector<std::string> parameters;

  double rate_hz = 0.0;                ///< mean over all neurons of all networks
  std::vector<GroupRate> groups = {};  ///< of groups that have no neuron in common
  std::vector<double> rates_hz = {};   ///< one for each neuron, the same in all networks

  double tolerance = 0.01;                 ///< root mean square of the rates' relative errors, without that of chance
  std::uint64_t equilibrate_steps = 1000;  ///< before a rate is measured, without stimulus
  std::uint64_t steps = 0;                 ///< rates are those of the first so many of a run; 0: of its steady state
  std::uint64_t max_steps = 1'000'000;     ///< of one measurement
  int max_iterations = 200;
  int threads = 1;
  InitialState initial = {};  ///< what every measurement starts from
};

/// Gradient descent on the mean squared logarithm of rates over targets, with the moments of Adam (Kingma and Ba 2015)
/// and a learning rate that grows while gradients agree and is halved, with its first moment dropped, where they turn.
/// Derivatives take the spikes as given: what a parameter does by way of the network is learned from step to step, as a
/// factor. A parameter moves in units that change the rate by about its own size, a positive one on a logarithmic axis;
/// never farther than to where the rate should be at its target. Where the derivative of a single unknown vanishes or
/// misleads, as in a silent network of rectified neurons, Bracketing goes on.
struct Adam {
  double learning_rate = 0.3;  ///< of the first steps, in these units
  double beta_1 = 0.8;         ///< how much is kept of the mean gradient
  double beta_2 = 0.95;        ///< and of its mean square
};

/// Looks for two values of the only unknown between whose rates the target lies, near the start first and then ever
/// farther away, and narrows them down by a line through what has been measured. Needs no derivative, nor a rate that
/// grows or falls throughout.
struct Bracketing {};

/// A rate at the end, over seeds that tuning has not seen.
struct ReachedRate {
  std::string name;  ///< of the group; "all", or the neuron's number
  double target_hz = 0.0, rate_hz = 0.0, standard_error_hz = 0.0;
};

/// A parameter before and after; of PerNeuron, of neuron 0.
struct TunedParameter {
  std::string name;
  double before = 0.0, after = 0.0;
};

/// A measurement on the way.
struct TuningStep {
  std::vector<double> values;  ///< of the tuned parameters, in the order of Tuned::parameters
  double rate_hz = 0.0;        ///< mean over the targets; infinite where the network diverged
  double error = 0.0;          ///< root mean square of the relative errors
  std::uint64_t steps = 0;     ///< that were simulated
};

template <class ModelType, class StimulusType>
struct Tuned {
  ModelType model;
  StimulusType stimulus;
  bool reached = false;  ///< whether the rates at the end are within the tolerance
  std::string message;   ///< how it ended
  std::vector<ReachedRate> rates;
  std::vector<TunedParameter> parameters;
  std::vector<TuningStep> trajectory;  ///< one for each iteration
};

}  // namespace spikeometric
