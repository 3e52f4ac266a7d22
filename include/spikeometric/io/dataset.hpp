// SPDX-License-Identifier: BSD-3-Clause
//
// A folder of networks, one per .csv, .tsv, .mtx or .npy file.
//
//   const auto networks = sk::io::read_dataset("connectomes/");             // all at once, in name order
//
//   const sk::io::Dataset<> dataset{"connectomes/", {.transpose = true}};   // or one at a time
//   for (const sk::Graph<>& graph : dataset) ...
//
// In a matrix, row = presynaptic and column = postsynaptic neuron; a table names its columns. A table of neurons in the
// folder belongs to each of its networks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/detail/index_iterator.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/graph/network.hpp"
#include "spikeometric/io/graph_file.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io {

/// The networks in a folder: all its files with a graph file extension, sorted by the bytes of their names. Capitals
/// come first, and 10.npy comes before 2.npy. Other files and subfolders are ignored. A table of neurons is no network:
/// it says which neurons the networks have. A Dataset keeps only the paths; each access to a network reads its file.
template <class Weight = float, class Vertex = std::uint32_t>
class Dataset {
 public:
  /// Iterates over the networks; dereferencing reads the file.
  using Iterator = spikeometric::detail::IndexIterator<Dataset>;

  /// Throws FileError if the folder cannot be read, has no graph files, or has several tables of neurons.
  explicit Dataset(const std::string& directory, const NetworkFileOptions& options = {}) : options_(options) {
    detail::GraphFolder folder(directory, options);
    paths_ = std::move(folder.paths);
    options_.nodes = std::move(folder.nodes);
  }

  std::size_t size() const { return paths_.size(); }

  /// Throws OutOfRange for an index that is not below size().
  const std::string& path(std::size_t index) const {
    if (index < size()) return paths_[index];
    throw OutOfRange("network " + std::to_string(index) + " is out of range: this is a dataset of " +
                     std::to_string(size()) + " networks, counted from 0");
  }

  /// Reads the network from its file at every call. Throws FileError as `read_graph` does, and OutOfRange for an index
  /// that is not below size().
  Graph<Weight, Vertex> operator[](std::size_t index) const { return network(index).graph; }

  /// The same with names, populations and notes.
  Network<Weight, Vertex> network(std::size_t index) const {
    return read_network<Weight, Vertex>(path(index), options_);
  }

  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  NetworkFileOptions options_;
  std::vector<std::string> paths_;
};

/// Reads all networks in a folder, sorted by the bytes of their names. Throws FileError as Dataset and `read_graph` do.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] std::vector<Graph<Weight, Vertex>> read_dataset(const std::string& directory,
                                                              const NetworkFileOptions& options = {}) {
  const Dataset<Weight, Vertex> dataset{directory, options};
  return {dataset.begin(), dataset.end()};
}

/// Another name for read_dataset.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] std::vector<Graph<Weight, Vertex>> load_dataset(const std::string& directory,
                                                              const NetworkFileOptions& options = {}) {
  return read_dataset<Weight, Vertex>(directory, options);
}

}  // namespace spikeometric::io
