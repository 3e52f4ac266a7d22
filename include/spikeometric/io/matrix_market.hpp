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
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/detail/edge_collector.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/io/detail/fields.hpp"
#include "spikeometric/io/file.hpp"

namespace spikeometric::io {

namespace detail {

/// What the first line of a file says of its entries.
struct MatrixMarketBanner {
  enum class Field { real, integer, pattern } field;
  enum class Symmetry { general, symmetric, skew_symmetric } symmetry;
};

/// The words of a line, in place of what the vector held.
inline void split_at_blanks(std::string_view line, std::vector<std::string_view>& words) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  words.clear();
  for (std::size_t first = 0, end = 0;; first = end) {
    while (first < line.size() && is_blank(line[first])) ++first;
    if (first == line.size()) return;
    end = first;
    while (end < line.size() && !is_blank(line[end])) ++end;
    words.push_back(line.substr(first, end - first));
  }
}

inline MatrixMarketBanner parsed_banner(std::string line, const std::string& path) {
  const std::string supported =
      "%%MatrixMarket matrix coordinate real|integer|pattern general|symmetric|skew-symmetric";
  for (char& c : line)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  std::vector<std::string_view> words;
  split_at_blanks(line, words);
  if (words.empty() || words[0] != "%%matrixmarket")
    throw FileError(path, 1, "is no MatrixMarket file; the first line must be " + supported);
  if (words.size() != 5)
    throw FileError(path, 1, std::to_string(words.size()) + " words; the first line must be " + supported);
  const auto choice = [&](std::size_t word, const auto& choices) {
    const auto found = std::find(choices.begin(), choices.end(), words[word]);
    if (found == choices.end())
      throw FileError(path, 1, "'" + std::string(words[word]) + "' is not supported; what is: " + supported);
    return found - choices.begin();
  };
  choice(1, std::array{"matrix"});
  choice(2, std::array{"coordinate"});
  const MatrixMarketBanner banner{
      static_cast<MatrixMarketBanner::Field>(choice(3, std::array{"real", "integer", "pattern"})),
      static_cast<MatrixMarketBanner::Symmetry>(choice(4, std::array{"general", "symmetric", "skew-symmetric"}))};
  if (banner.field == MatrixMarketBanner::Field::pattern &&
      banner.symmetry == MatrixMarketBanner::Symmetry::skew_symmetric)
    throw FileError(path, 1, "a pattern cannot be skew-symmetric: it has no signs");
  return banner;
}

/// Reads one file.
template <class Weight, class Vertex>
class MatrixMarketReader {
  static_assert(std::is_floating_point_v<Weight>, "spikeometric: a matrix has weights of float or double");

 public:
  explicit MatrixMarketReader(const std::string& path) : path_(path), file_(path) {
    if (!file_) throw FileError(path, "cannot be opened");
  }

  Graph<Weight, Vertex> read(bool transpose, Duplicates duplicates) {
    if (!next_line()) throw FileError(path_, "is empty; its first line must begin with %%MatrixMarket");
    banner_ = parsed_banner(text_, path_);
    if (!next_record()) throw FileError(path_, line_, "ends before the line of sizes: rows columns entries");
    read_sizes();
    const std::uint64_t first = line_ + 1;
    skipped_.clear();
    spikeometric::detail::EdgeCollector<Weight, Vertex> edges;
    edges.reserve(static_cast<std::size_t>(std::min(entries_, room())));
    while (next_record()) {
      if (edges.size() == entries_) throw FileError(path_, line_, "is one entry more than the " + promised());
      edges.add(entry(transpose));
    }
    if (edges.size() < entries_)
      throw FileError(path_, line_,
                      "is the last line, after " + std::to_string(edges.size()) + " of the " + promised());
    if (banner_.symmetry != MatrixMarketBanner::Symmetry::general) mirror(edges.edges());
    return std::move(edges).graph(
        neurons_, duplicates, [&](const InvalidSynapse& error, const EdgeList<Weight, Vertex>& list) {
          throw FileError(path_, line_of(last_entry(error, list), first, skipped_), error.what());
        });
  }

 private:
  bool next_line() {
    if (!std::getline(file_, text_)) {
      if (file_.bad()) throw FileError(path_, "cannot be read");
      return false;
    }
    ++line_;
    return true;
  }

  /// The next line that is neither blank nor a comment.
  bool next_record() {
    while (next_line()) {
      split_at_blanks(text_, words_);
      if (!words_.empty() && words_.front().front() != '%') return true;
      skipped_.push_back(line_);
    }
    return false;
  }

  void read_sizes() {
    if (words_.size() != 3)
      throw FileError(path_, line_, std::to_string(words_.size()) + " fields, but it must be: rows columns entries");
    const auto size = [&](std::size_t word, const char* name) {
      return parsed<std::uint64_t>(words_[word], name, "a count (0, 1, ...)", path_, line_);
    };
    neurons_ = size(0, "rows");
    const std::uint64_t columns = size(1, "columns");
    entries_ = size(2, "entries");
    sizes_line_ = line_;
    if (neurons_ != columns)
      throw FileError(
          path_, line_,
          "a graph needs a square matrix, not " + std::to_string(neurons_) + " x " + std::to_string(columns));
    try {
      spikeometric::detail::validate_neurons<Vertex>(neurons_);
    } catch (const InvalidGraph& error) {
      throw FileError(path_, line_, error.what());
    }
  }

  /// How many entries the file has bytes for: the shortest is "1 1" and a line end.
  std::uint64_t room() const {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path_, error);
    return error ? 0 : size / 4 + 1;
  }

  std::string promised() const {
    return std::to_string(entries_) + " entries that line " + std::to_string(sizes_line_) + " promises";
  }

  Edge<Weight, Vertex> entry(bool transpose) const {
    const std::size_t fields = banner_.field == MatrixMarketBanner::Field::pattern ? 2 : 3;
    if (words_.size() != fields)
      throw FileError(path_, line_,
                      std::to_string(words_.size()) + " fields, but an entry has " + std::to_string(fields));
    const Vertex row = index(words_[0], "row"), column = index(words_[1], "column");
    if (banner_.symmetry != MatrixMarketBanner::Symmetry::general && row < column)
      throw FileError(path_, line_, "an entry above the diagonal, of which a symmetric file holds the lower half only");
    if (banner_.symmetry == MatrixMarketBanner::Symmetry::skew_symmetric && row == column)
      throw FileError(path_, line_, "an entry on the diagonal, where a skew-symmetric matrix is zero");
    const Weight weight = value();
    return transpose ? Edge<Weight, Vertex>{column, row, weight} : Edge<Weight, Vertex>{row, column, weight};
  }

  Vertex index(std::string_view word, const char* name) const {
    const auto value = parsed<std::uint64_t>(word, name, "an index (1, 2, ...)", path_, line_);
    if (value == 0 || value > neurons_)
      throw FileError(path_, line_,
                      std::string(name) + " " + std::to_string(value) + " is out of range: there are " +
                          std::to_string(neurons_) + ", counted from 1");
    return static_cast<Vertex>(value - 1);
  }

  Weight value() const {
    if (banner_.field == MatrixMarketBanner::Field::pattern) return 1;
    std::string_view word = words_[2];
    if (word.size() > 1 && word[0] == '+' && word[1] != '-') word.remove_prefix(1);
    if (banner_.field == MatrixMarketBanner::Field::integer)
      return static_cast<Weight>(parsed<std::int64_t>(word, "value", "an integer", path_, line_));
    const auto weight = parsed<Weight>(word, "value", "a number", path_, line_);
    if (!std::isfinite(weight)) throw FileError(path_, line_, "value '" + std::string(word) + "' is not finite");
    return weight;
  }

  /// Appends the upper half to the lower one.
  void mirror(std::vector<Edge<Weight, Vertex>>& edges) const {
    const bool skew = banner_.symmetry == MatrixMarketBanner::Symmetry::skew_symmetric;
    for (std::size_t i = 0; i < entries_; ++i) {
      const auto [pre, post, weight, delay] = edges[i];
      if (pre != post) edges.push_back({post, pre, skew ? -weight : weight});
    }
  }

  /// The place among the file's entries of the last one that makes the synapse.
  std::uint64_t last_entry(const InvalidSynapse& synapse, const EdgeList<Weight, Vertex>& list) const {
    const bool mirrored = banner_.symmetry != MatrixMarketBanner::Symmetry::general;
    std::uint64_t place = 0, last = 0;
    for (const auto& [pre, post, weight, delay] : list) {
      if (place == entries_) break;  // what follows is mirrored
      if ((pre == synapse.pre && post == synapse.post) || (mirrored && pre == synapse.post && post == synapse.pre))
        last = place;
      ++place;
    }
    return last;
  }

  std::string path_;
  std::ifstream file_;
  std::string text_;
  std::vector<std::string_view> words_;
  std::vector<std::uint64_t> skipped_;
  std::uint64_t line_ = 0;
  MatrixMarketBanner banner_{};
  std::uint64_t neurons_ = 0, entries_ = 0, sizes_line_ = 0;
};

}  // namespace detail

struct GraphMatrixMarket {
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
Graph<Weight, Vertex> read_graph_matrix_market(const std::string& path, const GraphMatrixMarket& options = {}) {
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
