// SPDX-License-Identifier: BSD-3-Clause
//
// Writes the network of a driver with the names of its neurons.
#pragma once

#include <spikeometric/graph/names.hpp>
#include <spikeometric/graph/network.hpp>
#include <spikeometric/io/graph_file.hpp>

#include <iostream>
#include <string>

#include "usage.hpp"

namespace driver {

/// Writes a network in the format of the extension. Says on standard error that a matrix file holds no names.
inline void save(const std::string& path, const sk::Graph<>& graph, const sk::NeuronNames& names) {
  const std::string extension = sk::io::graph_extension(path);
  const bool is_matrix = extension == ".mtx" || extension == ".npy";
  if (is_matrix && !names.empty()) std::cerr << path << ": a matrix file holds no names of neurons; a .csv file does\n";
  if (is_matrix || names.empty()) return sk::io::write_graph(path, graph);
  sk::Network<> network{graph};
  network.names = names;
  sk::io::write_network(path, network);
}

}  // namespace driver
