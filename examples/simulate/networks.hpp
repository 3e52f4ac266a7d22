// SPDX-License-Identifier: BSD-3-Clause
//
// Makes the networks of the driver: by generators, described as normal,neurons=1000,seed=1, or from files.
#pragma once

#include <spikeometric/graph/delays.hpp>
#include <spikeometric/graph/graph.hpp>
#include <spikeometric/graph/names.hpp>
#include <spikeometric/graph/populations.hpp>
#include <spikeometric/io/network_options.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "usage.hpp"

namespace spikeometric {
class NetworkBuilder;
struct BuildOptions;
}  // namespace spikeometric

namespace driver {

/// How the neurons of a network are called.
struct Labels {
  sk::NeuronNames names = {};
  sk::Populations populations{};
};

struct Networks {
  std::vector<sk::Graph<>> graphs;
  std::vector<std::string> files = {};  ///< names of the files of a folder
  std::vector<Labels> labels = {};      ///< of the networks; empty if they were generated
};

/// The labels that all networks have, if they have the same names.
Labels common_labels(const Networks& networks);

/// Generates networks with consecutive seeds.
std::vector<sk::Graph<>> generated(const std::string& text, std::uint32_t networks);

/// Builds one network of populations.
Networks built(const sk::NetworkBuilder& builder, sk::Seed seed, const sk::BuildOptions& options);

/// Reads the network of a file, or those of a folder. Prints what the reader decided to standard error.
Networks loaded(const std::string& path, const sk::io::NetworkFileOptions& options);

/// Throws UsageError if a path has no graph file extension.
void require_graph_file(const std::string& option, const std::string& path);

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
