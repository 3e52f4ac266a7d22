// SPDX-License-Identifier: BSD-3-Clause
//
// Reads and writes networks in any supported format. The file extension selects it: .csv, .mtx or .npy.
//
//   const auto graph = sk::io::read_graph("connectome.mtx");
//   sk::io::write_graph("connectome.csv", graph);
//
// In a matrix, row = presynaptic and column = postsynaptic neuron; a .csv file names its columns.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <type_traits>

#include "spikeometric/graph/graph.hpp"
#include "spikeometric/io/csv.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/io/matrix_market.hpp"
#include "spikeometric/io/npy.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io {

/// The extension of a graph file in lower case: ".csv", ".mtx" or ".npy". Empty for any other extension.
inline std::string graph_extension(const std::string& path) {
  std::string extension = detail::in_small_letters(std::filesystem::path(path).extension().string());
  return extension == ".csv" || extension == ".mtx" || extension == ".npy" ? extension : "";
}

namespace detail {

inline std::string required_graph_extension(const std::string& path) {
  if (std::string extension = graph_extension(path); !extension.empty()) return extension;
  throw FileError(path, "has no graph file extension (.csv, .mtx or .npy)");
}

[[noreturn]] inline void fail_for_several_weights(const std::string& path) {
  throw FileError(path, "a matrix file holds one weight per synapse; use a .csv file for several");
}

}  // namespace detail

struct GraphFileOptions {
  /// Swaps presynaptic and postsynaptic neurons, in every format: for matrices with row = postsynaptic.
  bool transpose = false;
  Duplicates duplicates = Duplicates::refuse;
  /// Number of neurons. 0: taken from the file (for .csv, the largest id plus one). A matrix must have this many rows.
  std::uint64_t neurons = 0;
};

/// Reads a network with `read_graph_csv`, `read_graph_matrix_market` or `read_graph_npy`. Throws FileError as they do,
/// for any other extension, for a matrix whose size is not `neurons`, and if Weight is an array but the file is not
/// .csv.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> read_graph(const std::string& path, const GraphFileOptions& options = {}) {
  const std::string extension = detail::required_graph_extension(path);
  if (extension == ".csv") {
    auto graph = read_graph_csv<Weight, Vertex>(path, {.neurons = options.neurons, .duplicates = options.duplicates});
    if (options.transpose) return graph.transposed();
    return graph;
  }
  if constexpr (std::is_arithmetic_v<Weight>) {
    auto graph = extension == ".npy" ? read_graph_npy<Weight, Vertex>(path, {.transpose = options.transpose})
                                     : read_graph_matrix_market<Weight, Vertex>(
                                           path, {.transpose = options.transpose, .duplicates = options.duplicates});
    if (options.neurons > 0 && graph.neurons() != options.neurons)
      throw FileError(path, "holds a matrix of " + std::to_string(graph.neurons()) + " rows, but the graph must have " +
                                std::to_string(options.neurons) + " neurons");
    return graph;
  } else {
    detail::fail_for_several_weights(path);
  }
}

/// Writes a network with `write_csv`, `write_matrix_market` or `write_npy`. Throws FileError as they do, for any other
/// extension, and if Weight is an array but the file is not .csv.
template <class Weight, class Vertex>
void write_graph(const std::string& path, const Graph<Weight, Vertex>& graph) {
  const std::string extension = detail::required_graph_extension(path);
  if (extension == ".csv") return write_csv(path, graph);
  if constexpr (std::is_arithmetic_v<Weight>)
    extension == ".npy" ? write_npy(path, graph) : write_matrix_market(path, graph);
  else
    detail::fail_for_several_weights(path);
}

}  // namespace spikeometric::io
