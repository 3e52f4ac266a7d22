// SPDX-License-Identifier: BSD-3-Clause
//
// Networks from and to files of any format that holds one, told by the extension: .csv, .mtx or .npy.
//
//   const auto graph = sk::io::read_graph("connectome.mtx");
//   sk::io::write_graph("connectome.csv", graph);
//
// Row = presynaptic, column = postsynaptic neuron; a .csv file names them.
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

/// Of a graph file, in small letters: ".csv", ".mtx" or ".npy"; empty for another.
inline std::string graph_extension(const std::string& path) {
  std::string extension = detail::in_small_letters(std::filesystem::path(path).extension().string());
  return extension == ".csv" || extension == ".mtx" || extension == ".npy" ? extension : "";
}

namespace detail {

inline std::string required_graph_extension(const std::string& path) {
  if (std::string extension = graph_extension(path); !extension.empty()) return extension;
  throw FileError(path, "has no extension of a graph file: .csv, .mtx or .npy");
}

[[noreturn]] inline void fail_for_several_weights(const std::string& path) {
  throw FileError(path, "a matrix has one weight a synapse; a .csv file has several");
}

}  // namespace detail

struct GraphFileOptions {
  /// Presynaptic and postsynaptic neuron change places, in a file of any format: for matrices whose rows are
  /// postsynaptic.
  bool transpose = false;
  Duplicates duplicates = Duplicates::refuse;
  /// 0: as many as the file says, which in a .csv file is the largest id plus one. A matrix must have as many rows.
  std::uint64_t neurons = 0;
};

/// Reads a network as `read_graph_csv`, `read_graph_matrix_market` or `read_graph_npy` does. Throws FileError as they
/// do, for another extension, for a matrix of another size than asked for, and where Weight is an array for a file that
/// is not .csv.
template <class Weight = float, class Vertex = std::uint32_t>
Graph<Weight, Vertex> read_graph(const std::string& path, const GraphFileOptions& options = {}) {
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
      throw FileError(path, "holds a matrix of " + std::to_string(graph.neurons()) + " rows, but there are to be " +
                                std::to_string(options.neurons) + " neurons");
    return graph;
  } else {
    detail::fail_for_several_weights(path);
  }
}

/// Writes a network as `write_csv`, `write_matrix_market` or `write_npy` does. Throws FileError as they do, for another
/// extension, and where Weight is an array for a file that is not .csv.
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
