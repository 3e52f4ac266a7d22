// SPDX-License-Identifier: BSD-3-Clause
//
// Reads and writes networks in any supported format. The file extension selects it: .csv, .tsv, .mtx or .npy.
//
//   const auto graph = sk::io::read_graph("connectome.mtx");
//   sk::io::write_graph("connectome.csv", graph);
//   const auto network = sk::io::read_network("connectome/");   // a table of synapses and one of neurons
//   sk::io::write_network("copy/", network);
//
// In a matrix, row = presynaptic and column = postsynaptic neuron; a table names its columns.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/graph.hpp"
#include "spikeometric/graph/network.hpp"
#include "spikeometric/io/detail/node_table.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/io/matrix_market.hpp"
#include "spikeometric/io/network_options.hpp"
#include "spikeometric/io/npy.hpp"
#include "spikeometric/io/table.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io {

/// The extension of a graph file in lower case: ".csv", ".tsv", ".mtx" or ".npy". Empty for any other extension.
inline std::string graph_extension(const std::string& path) {
  std::string extension = detail::in_small_letters(std::filesystem::path(path).extension().string());
  for (const char* known : {".csv", ".tsv", ".mtx", ".npy"})
    if (extension == known) return extension;
  return "";
}

namespace detail {

inline constexpr const char* graph_extensions = ".csv, .tsv, .mtx or .npy";

inline std::string required_graph_extension(const std::string& path) {
  if (std::string extension = graph_extension(path); !extension.empty()) return extension;
  throw FileError(path, std::string("has no graph file extension (") + graph_extensions + ")");
}

inline bool is_table(const std::string& extension) { return extension == ".csv" || extension == ".tsv"; }

[[noreturn]] inline void fail_for_several_weights(const std::string& path) {
  throw FileError(path, "a matrix file holds one weight per synapse; use a .csv file for several");
}

/// The graph files of a folder, sorted by the bytes of their names, and the table of its neurons.
struct GraphFolder {
  std::vector<std::string> paths;
  std::string nodes;  ///< path of the table of neurons; empty without one

  /// Throws FileError if the folder cannot be read, has no graph files, or has several tables of neurons.
  GraphFolder(const std::string& directory, const NetworkFileOptions& options) : nodes(options.nodes) {
    std::error_code error;
    std::filesystem::directory_iterator entry(directory, error);
    for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
      const std::string path = entry->path().string();
      std::error_code unknown;  // a broken link is kept: reading it throws
      if (!graph_extension(path).empty() && !entry->is_directory(unknown)) paths.push_back(path);
    }
    if (error) throw FileError(directory, "cannot be read as a folder: " + error.message());
    std::sort(paths.begin(), paths.end());
    std::erase_if(paths, [&](const std::string& path) {
      if (!is_table(graph_extension(path)) || !is_node_table(path, options)) return false;
      std::error_code unknown;
      if (!nodes.empty() && !std::filesystem::equivalent(nodes, path, unknown))
        throw FileError(directory, "has two tables of neurons, " + nodes + " and " + path);
      nodes = path;
      return true;
    });
    if (paths.empty())
      throw FileError(directory, std::string("has no graph files (") + graph_extensions + ")" +
                                     (nodes.empty() ? "" : " but a table of neurons"));
  }
};

/// Reads the network of one file.
template <class Weight, class Vertex>
Network<Weight, Vertex> read_network_file(const std::string& path, const NetworkFileOptions& options) {
  const std::string extension = required_graph_extension(path);
  if (is_table(extension)) return read_network_table<Weight, Vertex>(path, options);
  if constexpr (std::is_arithmetic_v<Weight>) {
    Network<Weight, Vertex> network{extension == ".npy" ? read_graph_npy<Weight, Vertex>(path, options)
                                                        : read_graph_matrix_market<Weight, Vertex>(path, options)};
    if (!options.nodes.empty()) {
      NodeTable nodes = read_node_table(options);
      const auto places = rows_of_matrix(nodes, network, options);
      add_nodes(network, nodes, places);
    }
    return network;
  } else {
    fail_for_several_weights(path);
  }
}

}  // namespace detail

/// Reads a network with `read_network_table`, `read_graph_matrix_market` or `read_graph_npy`, or from a folder that has
/// one such file, and perhaps a table of neurons. Throws FileError as they do, for any other extension, for a folder of
/// several networks, for a matrix whose size is not `neurons`, and if Weight is an array but the file is not a table.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Network<Weight, Vertex> read_network(const std::string& path, const NetworkFileOptions& options = {}) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(path, unknown)) return detail::read_network_file<Weight, Vertex>(path, options);
  const detail::GraphFolder folder(path, options);
  if (folder.paths.size() > 1)
    throw FileError(path, "has " + std::to_string(folder.paths.size()) + " networks, such as " + folder.paths[0] +
                              " and " + folder.paths[1] + "; read one of them, or all as a dataset");
  NetworkFileOptions with_nodes = options;
  with_nodes.nodes = folder.nodes;
  return detail::read_network_file<Weight, Vertex>(folder.paths[0], with_nodes);
}

/// Reads the graph of a network. Throws as `read_network`.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> read_graph(const std::string& path, const NetworkFileOptions& options = {}) {
  return read_network<Weight, Vertex>(path, options).graph;
}

/// Writes a graph to a table or a matrix. Throws FileError for any other extension, for what a matrix cannot hold
/// (delays, several weights), and if the file cannot be written completely.
template <class Weight, class Vertex>
void write_graph(const std::string& path, const Graph<Weight, Vertex>& graph) {
  const std::string extension = detail::required_graph_extension(path);
  if (detail::is_table(extension)) return write_network_table(path, graph);
  if constexpr (std::is_arithmetic_v<Weight>)
    extension == ".npy" ? write_npy(path, graph) : write_matrix_market(path, graph);
  else
    detail::fail_for_several_weights(path);
}

/// Writes a network to a table, which holds names but not populations, to a matrix, which holds neither, or to a folder
/// (a path that ends in / or is one) with tables synapses.csv and neurons.csv. Reading it back gives the same network.
/// Throws FileError for what the file cannot hold, for any other extension, and if it cannot be written completely.
template <class Weight, class Vertex>
void write_network(const std::string& path, const Network<Weight, Vertex>& network) {
  std::error_code error;
  if (path.ends_with('/') || std::filesystem::is_directory(path, error)) {
    std::filesystem::create_directories(path, error);
    const std::filesystem::path folder(path);
    if (!std::filesystem::is_directory(folder, error)) throw FileError(path, "cannot be made a folder");
    write_network_table((folder / "synapses.csv").string(), network.graph);
    if (!network.names.empty() || !network.populations.empty())
      detail::write_node_table((folder / "neurons.csv").string(), network);
    return;
  }
  const std::string extension = detail::required_graph_extension(path);
  if (detail::is_table(extension)) return write_network_table(path, network);
  if (!network.names.empty() || !network.populations.empty())
    throw FileError(path, "a matrix file cannot hold names or populations; write a folder, or the graph alone");
  write_graph(path, network.graph);
}

}  // namespace spikeometric::io
