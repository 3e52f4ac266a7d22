// SPDX-License-Identifier: BSD-3-Clause
//
// MatrixMarket files (.mtx): sparse matrices as text, as SciPy, Julia and the SuiteSparse collection have them.
//
//   const auto graph = sk::io::read_graph_matrix_market("connectome.mtx");
//   const auto other = sk::io::read_graph_matrix_market("columns_are_presynaptic.mtx", {.transpose = true});
//   sk::io::write_matrix_market("copy.mtx", graph);
//
// Row = presynaptic, column = postsynaptic neuron. Files count from 1, graphs from 0.
// Format: https://math.nist.gov/MatrixMarket/formats.html
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/graph.hpp"
#include "spikeometric/io/detail/edge_collector.hpp"
#include "spikeometric/io/detail/text_reader.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io {

namespace detail {

/// Reads one file.
template <class Weight, class Vertex>
class MatrixMarketReader : private TextReader {
  static_assert(std::is_floating_point_v<Weight>, "spikeometric: a matrix has weights of float or double");

 public:
  using TextReader::TextReader;

  Graph<Weight, Vertex> read(bool transpose, Duplicates duplicates) {
    read_banner();
    if (!next()) fail("ends before the line of sizes: rows columns entries");
    read_sizes();
    const std::uint64_t first = line() + 1;
    spikeometric::detail::EdgeCollector<Weight, Vertex> edges;
    edges.reserve(static_cast<std::size_t>(std::min(entries_, room())));
    while (next()) {
      if (edges.size() == entries_) fail("is one entry more than the " + promised());
      edges.add(entry(transpose));
    }
    if (edges.size() < entries_)
      fail("is the last line, after " + std::to_string(edges.size()) + " of the " + promised());
    if (symmetric_) mirror(edges.edges());
    return graph(std::move(edges), neurons_, duplicates, first, entries_);
  }

 private:
  void read_banner() {
    const std::string supported =
        "%%MatrixMarket matrix coordinate real|integer|pattern general|symmetric|skew-symmetric";
    if (!next_line()) fail_whole("is empty; its first line must begin with %%MatrixMarket");
    const std::string banner = in_small_letters(std::string(text()));
    split(banner);
    if (words_.empty() || words_[0] != "%%matrixmarket")
      fail("is no MatrixMarket file; the first line must be " + supported);
    if (words_.size() != 5) fail(std::to_string(words_.size()) + " words; the first line must be " + supported);
    const auto require_one_of = [&](std::string_view word, std::initializer_list<std::string_view> choices) {
      if (std::find(choices.begin(), choices.end(), word) == choices.end())
        fail("'" + std::string(word) + "' is not supported; what is: " + supported);
    };
    require_one_of(words_[1], {"matrix"});
    require_one_of(words_[2], {"coordinate"});
    require_one_of(words_[3], {"real", "integer", "pattern"});
    require_one_of(words_[4], {"general", "symmetric", "skew-symmetric"});
    integer_ = words_[3] == "integer";
    pattern_ = words_[3] == "pattern";
    symmetric_ = words_[4] != "general";
    skew_ = words_[4] == "skew-symmetric";
    if (pattern_ && skew_) fail("a pattern cannot be skew-symmetric: it has no signs");
  }

  /// The next line that is neither blank nor a comment.
  bool next() {
    return next_record([this](std::string_view line) {
      split(line);
      return words_.empty() || words_.front().front() == '%';
    });
  }

  void split(std::string_view line) {
    words_.clear();
    for (std::size_t end = 0, first; (first = line.find_first_not_of(blanks, end)) != line.npos;) {
      end = std::min(line.find_first_of(blanks, first), line.size());
      words_.push_back(line.substr(first, end - first));
    }
  }

  void read_sizes() {
    if (words_.size() != 3) fail(std::to_string(words_.size()) + " fields, but it must be: rows columns entries");
    const auto size = [&](std::size_t word, const char* name) {
      return parsed<std::uint64_t>(words_[word], name, "a count (0, 1, ...)");
    };
    neurons_ = size(0, "rows");
    const std::uint64_t columns = size(1, "columns");
    entries_ = size(2, "entries");
    sizes_line_ = line();
    if (neurons_ != columns)
      fail("a graph needs a square matrix, not " + std::to_string(neurons_) + " x " + std::to_string(columns));
    try {
      spikeometric::detail::validate_neurons<Vertex>(neurons_);
    } catch (const InvalidGraph& error) {
      fail(error.what());
    }
  }

  /// How many entries the file has bytes for: the shortest is "1 1" and a line end.
  std::uint64_t room() const {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path(), error);
    return error ? 0 : size / 4 + 1;
  }

  std::string promised() const {
    return std::to_string(entries_) + " entries that line " + std::to_string(sizes_line_) + " promises";
  }

  Edge<Weight, Vertex> entry(bool transpose) const {
    const std::size_t fields = pattern_ ? 2 : 3;
    if (words_.size() != fields)
      fail(std::to_string(words_.size()) + " fields, but an entry has " + std::to_string(fields));
    const Vertex row = index(words_[0], "row"), column = index(words_[1], "column");
    if (symmetric_ && row < column)
      fail("an entry above the diagonal, of which a symmetric file holds the lower half only");
    if (skew_ && row == column) fail("an entry on the diagonal, where a skew-symmetric matrix is zero");
    const Weight weight = value();
    return transpose ? Edge<Weight, Vertex>{column, row, weight} : Edge<Weight, Vertex>{row, column, weight};
  }

  Vertex index(std::string_view word, const char* name) const {
    const auto value = parsed<std::uint64_t>(word, name, "an index (1, 2, ...)");
    if (value == 0 || value > neurons_)
      fail(std::string(name) + " " + std::to_string(value) + " is out of range: there are " + std::to_string(neurons_) +
           ", counted from 1");
    return static_cast<Vertex>(value - 1);
  }

  Weight value() const {
    if (pattern_) return 1;
    std::string_view word = words_[2];
    if (word.size() > 1 && word[0] == '+' && word[1] != '-') word.remove_prefix(1);
    if (integer_) return static_cast<Weight>(parsed<std::int64_t>(word, "value", "an integer"));
    return parsed<Weight>(word, "value", "a number");
  }

  /// Appends the upper half to the lower one.
  void mirror(std::vector<Edge<Weight, Vertex>>& edges) const {
    for (std::size_t i = 0; i < entries_; ++i) {
      const auto [pre, post, weight, delay] = edges[i];
      if (pre != post) edges.push_back({post, pre, skew_ ? -weight : weight});
    }
  }

  std::vector<std::string_view> words_;
  bool integer_ = false, pattern_ = false, symmetric_ = false, skew_ = false;
  std::uint64_t neurons_ = 0, entries_ = 0, sizes_line_ = 0;
};

}  // namespace detail

struct GraphMatrixMarketOptions {
  bool transpose = false;  ///< row = postsynaptic, column = presynaptic neuron
  Duplicates duplicates = Duplicates::refuse;
};

/// Reads a square matrix of the formats `coordinate real|integer|pattern general|symmetric|skew-symmetric`. Row =
/// presynaptic, column = postsynaptic neuron, unless to be transposed. Entries of a pattern have weight 1; one off the
/// diagonal of a symmetric matrix is two synapses, of a skew-symmetric matrix two of opposite sign. An entry that is
/// zero, or too small for the type of weights, as 1e-50 is for float, is a synapse of weight 0.
///
/// O(entries + neurons) time and memory. Throws FileError, with the line, where the file does not exist, is of another
/// format, not square or without rows, where there are more or fewer entries than it says, where an index or a value is
/// no number, out of range or not finite, and where an entry that is not to be summed comes again.
template <class Weight = float, class Vertex = std::uint32_t>
Graph<Weight, Vertex> read_graph_matrix_market(const std::string& path, const GraphMatrixMarketOptions& options = {}) {
  return detail::MatrixMarketReader<Weight, Vertex>(path).read(options.transpose, options.duplicates);
}

/// Writes a network as `coordinate real general`, row = presynaptic, column = postsynaptic neuron. Weights read back as
/// they were. Throws FileError for a graph with delays, which the format has no place for, and where the file cannot be
/// written whole.
template <class Weight, class Vertex>
requires std::is_floating_point_v<Weight>
void write_matrix_market(const std::string& path, const Graph<Weight, Vertex>& graph) {
  if (graph.has_delays())
    throw FileError(path, "a MatrixMarket file cannot hold the delays of this graph; a .csv file keeps them");
  detail::TextFile file(path);
  file << "%%MatrixMarket matrix coordinate real general\n"
       << graph.neurons() << ' ' << graph.neurons() << ' ' << graph.synapses() << '\n';
  for (const auto& [pre, post, weight, delay] : graph.edges())
    file << std::uint64_t{pre} + 1 << ' ' << std::uint64_t{post} + 1 << ' ' << weight << '\n';
  file.close();
}

}  // namespace spikeometric::io
