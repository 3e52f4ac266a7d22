// SPDX-License-Identifier: BSD-3-Clause
//
// MatrixMarket files (.mtx): sparse matrices as text, as used by SciPy, Julia and the SuiteSparse collection.
//
//   const auto graph = sk::io::read_graph_matrix_market("connectome.mtx");
//   const auto other = sk::io::read_graph_matrix_market("columns_are_presynaptic.mtx", {.transpose = true});
//   sk::io::write_matrix_market("copy.mtx", graph);
//
// Row = presynaptic, column = postsynaptic neuron. Indices count from 1 in files, from 0 in graphs.
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
#include "spikeometric/io/network_options.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io {

namespace detail {

/// Reads one file.
template <class Weight, class Vertex>
class MatrixMarketReader : private TextReader {
  static_assert(std::is_floating_point_v<Weight>,
                "spikeometric: a graph in a .mtx file must have weights of type float or double");

 public:
  using TextReader::TextReader;

  Graph<Weight, Vertex> read(const NetworkFileOptions& options) {
    read_banner();
    if (!next()) fail("the file ends before its size line: " + size_line());
    read_sizes();
    if (options.neurons > 0 && options.neurons != neurons_)
      fail("holds a matrix of " + std::to_string(neurons_) + " rows, but the graph must have " +
           std::to_string(options.neurons) + " neurons");
    return array_ ? read_array(options.transpose) : read_entries(options.transpose, options.duplicates);
  }

 private:
  Graph<Weight, Vertex> read_entries(bool transpose, Duplicates duplicates) {
    const std::uint64_t first = line() + 1;
    spikeometric::detail::EdgeCollector<Weight, Vertex> edges;
    edges.reserve(static_cast<std::size_t>(std::min(entries_, room())));
    while (next()) {
      if (edges.size() == entries_) fail("this is one entry more than the " + promised());
      edges.add(entry(transpose));
    }
    if (edges.size() < entries_) fail("the file ends after " + std::to_string(edges.size()) + " of the " + promised());
    if (symmetric_) mirror(edges.edges());
    return graph(std::move(edges), neurons_, duplicates, first, entries_);
  }

  /// An array has all values of a matrix or, if it is symmetric, of its lower triangle, column by column.
  Graph<Weight, Vertex> read_array(bool transpose) {
    std::vector<Edge<Weight, Vertex>> edges;
    for (std::uint64_t column = 0, read = 0; column < neurons_; ++column)
      for (std::uint64_t row = symmetric_ ? column + skew_ : 0; row < neurons_; ++row, ++read) {
        if (!next()) fail("the file ends after " + std::to_string(read) + " of the " + promised());
        if (words_.size() != 1) fail("the line has " + std::to_string(words_.size()) + " fields, but must have 1");
        const Weight weight = value(words_[0]);
        if (weight == Weight(0)) continue;
        const auto pre = static_cast<Vertex>(row), post = static_cast<Vertex>(column);
        edges.push_back(transpose ? Edge<Weight, Vertex>{post, pre, weight} : Edge<Weight, Vertex>{pre, post, weight});
      }
    if (next()) fail("this is one value more than the " + promised());
    entries_ = edges.size();
    if (symmetric_) mirror(edges);
    return Graph<Weight, Vertex>{EdgeList<Weight, Vertex>{neurons_, std::move(edges)}};
  }

  void read_banner() {
    const std::string supported =
        "%%MatrixMarket matrix coordinate|array real|integer|pattern general|symmetric|skew-symmetric";
    if (!next_line()) fail_whole("is empty; its first line must begin with %%MatrixMarket");
    const std::string banner = in_small_letters(std::string(text()));
    split(banner);
    if (words_.empty() || words_[0] != "%%matrixmarket")
      fail("this is not a MatrixMarket file; the first line must be " + supported);
    if (words_.size() != 5) fail("the line has " + std::to_string(words_.size()) + " words; it must be " + supported);
    const auto require_one_of = [&](std::string_view word, std::initializer_list<std::string_view> choices) {
      if (std::find(choices.begin(), choices.end(), word) == choices.end())
        fail("'" + std::string(word) + "' is not supported; the first line must be " + supported);
    };
    require_one_of(words_[1], {"matrix"});
    require_one_of(words_[2], {"coordinate", "array"});
    if (words_[3] == "complex" || words_[4] == "hermitian")
      fail("weights must be real numbers, but the matrix is complex; take its real part or its size");
    require_one_of(words_[3], {"real", "double", "integer", "pattern"});
    require_one_of(words_[4], {"general", "symmetric", "skew-symmetric"});
    array_ = words_[2] == "array";
    integer_ = words_[3] == "integer";
    pattern_ = words_[3] == "pattern";
    symmetric_ = words_[4] != "general";
    skew_ = words_[4] == "skew-symmetric";
    if (pattern_ && skew_) fail("a pattern cannot be skew-symmetric, since it has no signs");
    if (pattern_ && array_) fail("an array cannot be a pattern, since it has all values");
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
    for (std::size_t at = 0;;) {
      while (at < line.size() && is_blank(line[at])) ++at;
      if (at == line.size()) return;
      const std::size_t first = at;
      while (at < line.size() && !is_blank(line[at])) ++at;
      words_.push_back(line.substr(first, at - first));
    }
  }

  std::string size_line() const { return array_ ? "rows columns" : "rows columns entries"; }

  void read_sizes() {
    if (words_.size() != (array_ ? 2u : 3u))
      fail("the size line has " + std::to_string(words_.size()) + " fields; it must be: " + size_line());
    const auto size = [&](std::size_t word, const char* name) {
      return parsed<std::uint64_t>(words_[word], name, "a count (0, 1, ...)");
    };
    neurons_ = size(0, "rows");
    const std::uint64_t columns = size(1, "columns");
    if (!array_) entries_ = size(2, "entries");
    sizes_line_ = line();
    if (neurons_ != columns)
      fail("a graph needs a square matrix, but this one is " + std::to_string(neurons_) + " x " +
           std::to_string(columns));
    try {
      spikeometric::detail::validate_neurons<Vertex>(neurons_);
    } catch (const InvalidGraph& error) {
      fail(error.what());
    }
  }

  /// An upper limit of the number of entries, from the file size: the shortest entry is "1 1" and a line end.
  std::uint64_t room() const {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path(), error);
    return error ? 0 : size / 4 + 1;
  }

  std::string promised() const {
    return (array_ ? "values of a matrix of " + std::to_string(neurons_) + " rows"
                   : std::to_string(entries_) + " entries") +
           " declared in line " + std::to_string(sizes_line_);
  }

  Edge<Weight, Vertex> entry(bool transpose) const {
    const std::size_t fields = pattern_ ? 2 : 3;
    if (words_.size() != fields)
      fail("the entry has " + std::to_string(words_.size()) + " fields, but must have " + std::to_string(fields));
    const Vertex row = index(words_[0], "row"), column = index(words_[1], "column");
    if (symmetric_ && row < column)
      fail("the entry is above the diagonal; a symmetric file must hold the lower triangle only");
    if (skew_ && row == column) fail("the entry is on the diagonal, which must be zero in a skew-symmetric matrix");
    const Weight weight = pattern_ ? Weight(1) : value(words_[2]);
    return transpose ? Edge<Weight, Vertex>{column, row, weight} : Edge<Weight, Vertex>{row, column, weight};
  }

  Vertex index(std::string_view word, const char* name) const {
    const auto value = parsed<std::uint64_t>(word, name, "an index (1, 2, ...)");
    if (value == 0 || value > neurons_)
      fail(std::string(name) + " " + std::to_string(value) + " is out of range: it must be 1 to " +
           std::to_string(neurons_));
    return static_cast<Vertex>(value - 1);
  }

  Weight value(std::string_view word) const {
    if (integer_) return static_cast<Weight>(parsed<std::int64_t>(word, "value", "an integer"));
    return parsed<Weight>(word, "value", "a number");
  }

  /// Appends the upper triangle to the lower one.
  void mirror(std::vector<Edge<Weight, Vertex>>& edges) const {
    for (std::size_t i = 0; i < entries_; ++i) {
      const auto [pre, post, weight, delay] = edges[i];
      if (pre != post) edges.push_back({post, pre, skew_ ? -weight : weight});
    }
  }

  std::vector<std::string_view> words_;
  bool array_ = false, integer_ = false, pattern_ = false, symmetric_ = false, skew_ = false;
  std::uint64_t neurons_ = 0, entries_ = 0, sizes_line_ = 0;
};

}  // namespace detail

/// Reads a square matrix in format `coordinate|array real|integer|pattern general|symmetric|skew-symmetric`. Row =
/// presynaptic, column = postsynaptic neuron; `transpose` swaps them. In an array, each nonzero value is a synapse.
/// Entries of a pattern have weight 1. An off-diagonal entry of a symmetric matrix gives two synapses, in a
/// skew-symmetric matrix with opposite signs. An entry that is zero, or too small for the weight type (such as 1e-50
/// for float), gives a synapse of weight 0. O(entries + neurons) time and memory. Throws FileError, with the line, for
/// a file that does not exist or has another format, for a matrix that is complex, not square, has no rows or not as
/// many as `options.neurons`, for more or fewer entries than declared, for an index or a value that is not a number,
/// out of range or not finite, and for duplicates if they are refused.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> read_graph_matrix_market(const std::string& path,
                                                             const NetworkFileOptions& options = {}) {
  return detail::MatrixMarketReader<Weight, Vertex>(path).read(options);
}

/// Writes a network as `coordinate real general`, row = presynaptic, column = postsynaptic neuron. Reading it back
/// gives the same weights. Throws FileError for a graph with delays, which the format cannot hold, and if the file
/// cannot be written completely.
template <class Weight, class Vertex>
requires std::is_floating_point_v<Weight>
void write_matrix_market(const std::string& path, const Graph<Weight, Vertex>& graph) {
  if (graph.has_delays()) throw FileError(path, "a MatrixMarket file cannot hold delays; write a .csv file instead");
  detail::TextFile file(path);
  file << "%%MatrixMarket matrix coordinate real general\n"
       << graph.neurons() << ' ' << graph.neurons() << ' ' << graph.synapses() << '\n';
  for (const auto& [pre, post, weight, delay] : graph.edges())
    file << std::uint64_t{pre} + 1 << ' ' << std::uint64_t{post} + 1 << ' ' << weight << '\n';
  file.close();
}

}  // namespace spikeometric::io
