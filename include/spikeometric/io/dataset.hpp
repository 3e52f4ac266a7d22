// SPDX-License-Identifier: BSD-3-Clause
//
// A folder of networks, one per .csv, .mtx or .npy file.
//
//   const auto networks = sk::io::read_dataset("connectomes/");             // all at once, in name order
//
//   const sk::io::Dataset<> dataset{"connectomes/", {.transpose = true}};   // or one at a time
//   for (const sk::Graph<>& graph : dataset) ...
//
// In a matrix, row = presynaptic and column = postsynaptic neuron; a .csv file names its columns.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "spikeometric/detail/index_iterator.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/io/graph_file.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io {

/// The networks in a folder: all its files with a graph file extension, sorted by the bytes of their names. Capitals
/// come first, and 10.npy comes before 2.npy. Other files and subfolders are ignored. A Dataset keeps only the paths;
/// each access to a network reads its file.
template <class Weight = float, class Vertex = std::uint32_t>
class Dataset {
 public:
  /// Iterates over the networks; dereferencing reads the file.
  using Iterator = spikeometric::detail::IndexIterator<Dataset>;

  /// Throws FileError if the folder cannot be read or has no graph files.
  explicit Dataset(const std::string& directory, const GraphFileOptions& options = {}) : options_(options) {
    std::error_code error;
    std::filesystem::directory_iterator entry(directory, error);
    for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
      const std::string path = entry->path().string();
      std::error_code unknown;  // a broken link is kept: reading it throws
      if (!graph_extension(path).empty() && !entry->is_directory(unknown)) paths_.push_back(path);
    }
    if (error) throw FileError(directory, "cannot be read as a folder: " + error.message());
    if (paths_.empty()) throw FileError(directory, "has no graph files (.csv, .mtx or .npy)");
    std::sort(paths_.begin(), paths_.end());
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
  Graph<Weight, Vertex> operator[](std::size_t index) const {
    return read_graph<Weight, Vertex>(path(index), options_);
  }

  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  GraphFileOptions options_;
  std::vector<std::string> paths_;
};

/// Reads all networks in a folder, sorted by the bytes of their names. Throws FileError as Dataset and `read_graph` do.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] std::vector<Graph<Weight, Vertex>> read_dataset(const std::string& directory,
                                                              const GraphFileOptions& options = {}) {
  const Dataset<Weight, Vertex> dataset{directory, options};
  return {dataset.begin(), dataset.end()};
}

/// Another name for read_dataset.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] std::vector<Graph<Weight, Vertex>> load_dataset(const std::string& directory,
                                                              const GraphFileOptions& options = {}) {
  return read_dataset<Weight, Vertex>(directory, options);
}

}  // namespace spikeometric::io
