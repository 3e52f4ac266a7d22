// SPDX-License-Identifier: BSD-3-Clause
//
// Options and results of tuning: target rates, parameters to change, search methods.
//
//   const sk::TuneOptions groups{.parameters = {"theta"},
//                           .groups = {{"excitatory", sk::neurons(0, 500), 10.0},
//                                      {"inhibitory", sk::neurons(500, 1000), 30.0}}};
//
//   const sk::TuneOptions layers{.parameters = {"theta"},
//                                .groups = sk::group_rates(populations, {{"L4E", 4.4}, {"L4I", 5.9}})};
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/graph/mask.hpp"
#include "spikeometric/graph/populations.hpp"
#include "spikeometric/simulate/initial_state.hpp"

namespace spikeometric {

/// A group of neurons, the same in every network, and its target mean rate.
struct GroupRate {
  std::string name;
  Mask neurons;
  double rate_hz = 0.0;
};

/// Groups of the named populations with their target rates in Hz, in the order of the populations. Throws
/// InvalidArgument for an unknown name (the message lists the known ones) and for a name that is given twice.
[[nodiscard]] inline std::vector<GroupRate> group_rates(const Populations& populations,
                                                        const std::vector<std::pair<std::string, double>>& rates_hz) {
  std::vector<GroupRate> groups;
  for (const auto& [population, rate_hz] : populations.in_order(rates_hz))
    groups.push_back({population.name, population.neurons, rate_hz});
  return groups;
}

/// Options of tuning. Exactly one of rate_hz, groups and rates_hz must be set.
struct TuneOptions {
  /// Names of the parameters to change: of the model, or of the stimulus as in "stimulus.amplitude". "model" and
  /// "stimulus" stand for all of their parameters (with Adam, all that have derivatives). Every listed real-valued
  /// parameter except dt can be tuned. A PerNeuron parameter changes by the same amount for all neurons of a target;
  /// with rates_hz, each neuron has its own amount.
  std::vector<std::string> parameters;

  double rate_hz = 0.0;                ///< target mean over all neurons of all networks
  std::vector<GroupRate> groups = {};  ///< targets of disjoint groups
  std::vector<double> rates_hz = {};   ///< targets of single neurons, the same in all networks

  double tolerance = 0.01;                 ///< root mean square of the rates' relative errors, excluding sampling noise
  std::uint64_t equilibrate_steps = 1000;  ///< before each measurement, without stimulus
  std::uint64_t steps = 0;                 ///< measures the first `steps` of runs; 0: the steady state
  std::uint64_t max_steps = 1'000'000;     ///< maximum length of one measurement
  int max_iterations = 200;
  int threads = 1;
  InitialState initial = {};  ///< initial state of every measurement
};

/// Gradient descent on the mean squared logarithm of rate / target, with Adam's moments (Kingma and Ba 2015). The
/// learning rate grows while successive gradients agree. When they change sign, it is halved and the first moment is
/// dropped. Derivatives treat the spikes as given; the effect that a parameter has through the network is learned
/// during the search, as a factor. Parameters are scaled so that a unit changes the rate by about its own size;
/// positive parameters move on a logarithmic axis. No step goes beyond the point at which a rate is predicted to reach
/// its target. If there is a single unknown and its derivative vanishes or misleads, as in a silent network of
/// rectified neurons, Bracketing takes over.
struct Adam {
  double learning_rate = 0.3;  ///< initial learning rate, in these units
  double beta_1 = 0.8;         ///< decay of the mean gradient
  double beta_2 = 0.95;        ///< decay of the mean squared gradient
};

/// Searches for two values of the single unknown whose rates enclose the target, near the start first and then farther
/// and farther away. Then narrows the interval with a line fitted to the measurements. Needs neither a derivative nor a
/// rate that is monotone in the unknown.
struct Bracketing {};

/// A final rate, measured with seeds that the search has not used.
struct ReachedRate {
  std::string name;  ///< name of the group, "all", or the id of the neuron
  double target_hz = 0.0, rate_hz = 0.0, standard_error_hz = 0.0;
};

/// A parameter before and after tuning. For PerNeuron, the value of neuron 0.
struct TunedParameter {
  std::string name;
  double before = 0.0, after = 0.0;
};

/// A measurement during the search.
struct TuningStep {
  std::vector<double> values;  ///< parameter values, in the order of Tuned::parameters
  double rate_hz = 0.0;        ///< mean over targets; infinite if the network diverged
  double error = 0.0;          ///< root mean square of the relative errors of rates
  std::uint64_t steps = 0;     ///< simulated steps
};

/// The result of `tune`: model and stimulus with the values found, and how the search went.
template <class ModelType, class StimulusType>
struct Tuned {
  ModelType model;
  StimulusType stimulus;
  bool reached = false;  ///< whether the final rates are within the tolerance
  std::string message;   ///< how the search ended
  std::vector<ReachedRate> rates;
  std::vector<TunedParameter> parameters;
  std::vector<TuningStep> trajectory;  ///< one for each iteration
};

}  // namespace spikeometric
