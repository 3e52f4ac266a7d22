// SPDX-License-Identifier: BSD-3-Clause
//
// A folder of networks, each a .csv, .mtx or .npy file.
//
//   const auto networks = sk::io::read_dataset("connectomes/");             // all at once, in name order
//
//   const sk::io::Dataset<> dataset{"connectomes/", {.transpose = true}};   // or one at a time
//   for (const sk::Graph<>& graph : dataset) ...
//
// Row = presynaptic, column = postsynaptic neuron; a .csv file names them.
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

/// The networks of a folder: its files with the extension of a graph, in the order of the bytes of their names, so that
/// capitals come first and 10.npy comes before 2.npy. Other files, and folders within, are passed over. Holds the names
/// only: a file is read when its network is asked for.
template <class Weight = float, class Vertex = std::uint32_t>
class Dataset {
 public:
  /// Of networks, each read when it is dereferenced.
  using Iterator = spikeometric::detail::IndexIterator<Dataset>;

  /// Throws FileError where the folder cannot be read or has no such file.
  explicit Dataset(const std::string& directory, const GraphFileOptions& options = {}) : options_(options) {
    std::error_code error;
    std::filesystem::directory_iterator entry(directory, error);
    for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
      const std::string path = entry->path().string();
      std::error_code unknown;  // a link that leads nowhere stays, to be missed when it is read
      if (!graph_extension(path).empty() && !entry->is_directory(unknown)) paths_.push_back(path);
    }
    if (error) throw FileError(directory, "cannot be read as a folder: " + error.message());
    if (paths_.empty()) throw FileError(directory, "has no graph files: .csv, .mtx or .npy");
    std::sort(paths_.begin(), paths_.end());
  }

  std::size_t size() const { return paths_.size(); }

  /// Throws OutOfRange.
  const std::string& path(std::size_t index) const {
    if (index < size()) return paths_[index];
    throw OutOfRange("network " + std::to_string(index) + " of a dataset of " + std::to_string(size()) +
                     ", counted from 0");
  }

  /// Reads a network, each time anew. Throws FileError as `read_graph`, and OutOfRange.
  Graph<Weight, Vertex> operator[](std::size_t index) const {
    return read_graph<Weight, Vertex>(path(index), options_);
  }

  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  GraphFileOptions options_;
  std::vector<std::string> paths_;
};

/// Reads all networks of a folder, in the order of the bytes of their names. Throws FileError as Dataset and
/// `read_graph`.
template <class Weight = float, class Vertex = std::uint32_t>
std::vector<Graph<Weight, Vertex>> read_dataset(const std::string& directory, const GraphFileOptions& options = {}) {
  const Dataset<Weight, Vertex> dataset{directory, options};
  return {dataset.begin(), dataset.end()};
}

/// The same under another name.
template <class Weight = float, class Vertex = std::uint32_t>
std::vector<Graph<Weight, Vertex>> load_dataset(const std::string& directory, const GraphFileOptions& options = {}) {
  return read_dataset<Weight, Vertex>(directory, options);
}

}  // namespace spikeometric::io
