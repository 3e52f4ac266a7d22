// SPDX-License-Identifier: BSD-3-Clause
//
// The network description of --network, and the one that --save-network writes.
#pragma once

#include <spikeometric/graph/populations.hpp>
#include <spikeometric/model/per_neuron.hpp>
#include <spikeometric/stimulus/list.hpp>

#include <string>
#include <utility>
#include <vector>

#include "networks.hpp"
#include "options.hpp"
#include "stimuli.hpp"

namespace driver {

/// The options that the command line gives, so that a description does not.
struct Given {
  bool model, steps, equilibrate, seed, initial;
};

/// Reads --network, and takes all other options from it that it has.
void take_description(Options& options, const Given& given);

/// The parameters of the model in the description, with dt.
std::vector<std::pair<std::string, double>> described_parameters(const Options& options);

const std::vector<sk::PopulationParameter>& population_parameters(const Options& options);

/// Builds the network of the description, with steps of dt ms.
Networks described_network(const Options& options, double dt);

/// Adds the stimuli of the description to a list, and returns their entries in the report.
std::vector<std::vector<Told>> add_described_stimuli(sk::StimulusList& list, const Options& options,
                                                     const sk::Populations& populations);

/// Writes --save-network: the network, the stimuli of the command line, and the parameters of the model. A network that
/// is no description becomes one population with a list of synapses.
void save_description(const Options& options, const sk::Graph<>& graph, const std::vector<GivenStimulus>& stimuli,
                      const std::vector<std::pair<std::string, double>>& parameters);

}  // namespace driver
