// SPDX-License-Identifier: BSD-3-Clause
//
// Where the driver's networks come from: generators, described as normal,neurons=1000,seed=1, and files.
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
  std::vector<std::string> files = {};  ///< of a folder
};

/// As many networks as told, with seeds that count on.
std::vector<sk::Graph<>> generated(const std::string& text, std::uint32_t networks);

/// The network of a file, or those of a folder.
Networks loaded(const std::string& path, bool transpose);

/// What cannot be the name of a network's file is wrong use, found before the work.
void require_graph_file(const std::string& option, const std::string& path);

/// A .csv file has as many neurons as its largest id says.
void require_all_neurons_kept(const std::string& path, const sk::Graph<>& graph);

sk::Graph<> scaled(sk::Graph<> graph, double factor);

/// SHORTEST:LONGEST[,seed=S]
struct Delays {
  sk::UniformDelays range;
  std::uint64_t seed = 0;
};

Delays delays(const std::string& text);

/// Networks that count on have seeds that count on.
void delay(std::vector<sk::Graph<>>& graphs, const Delays& delays);

std::string help_on_generators();

}  // namespace driver
