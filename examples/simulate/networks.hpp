// SPDX-License-Identifier: BSD-3-Clause
//
// Makes the networks of the driver: by generators, described as normal,neurons=1000,seed=1, or from files.
#pragma once

#include <spikeometric/graph/delays.hpp>
#include <spikeometric/graph/graph.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "usage.hpp"

namespace driver {

struct Networks {
  std::vector<sk::Graph<>> graphs;
  std::vector<std::string> files = {};  ///< names of the files of a folder
};

/// Generates networks with consecutive seeds.
std::vector<sk::Graph<>> generated(const std::string& text, std::uint32_t networks);

/// Reads the network of a file, or those of a folder.
Networks loaded(const std::string& path, bool transpose);

/// Throws UsageError if a path has no graph file extension.
void require_graph_file(const std::string& option, const std::string& path);

/// Throws UsageError if a .csv file would lose the last neuron, because that has no synapse.
void require_all_neurons_kept(const std::string& path, const sk::Graph<>& graph);

sk::Graph<> scaled(sk::Graph<> graph, double factor);

/// SHORTEST:LONGEST[,seed=S]
struct Delays {
  sk::UniformDelays range;
  std::uint64_t seed = 0;
};

Delays delays(const std::string& text);

/// Adds random delays to networks, with consecutive seeds.
void delay(std::vector<sk::Graph<>>& graphs, const Delays& delays);

std::string help_on_generators();

}  // namespace driver
