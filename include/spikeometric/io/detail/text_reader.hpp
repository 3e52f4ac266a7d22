// SPDX-License-Identifier: BSD-3-Clause
//
// Shared parts of the text file readers: numbered lines, numeric fields, and networks with one synapse per line.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/graph.hpp"
#include "spikeometric/io/detail/edge_collector.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io::detail {

inline constexpr std::string_view blanks = " \t\r";

/// A text file, read line by line.
class TextReader {
 public:
  explicit TextReader(const std::string& path) : path_(path), file_(path) {
    if (!file_) throw FileError(path, "cannot be opened");
  }

  const std::string& path() const { return path_; }

  /// The last line that was read, and its number (0 before the first line).
  std::string_view text() const { return text_; }
  std::uint64_t line() const { return line_; }

  /// Throws FileError for the last line that was read, or for the whole file.
  [[noreturn]] void fail(const std::string& what) const { throw FileError(path_, line_, what); }
  [[noreturn]] void fail_whole(const std::string& what) const { throw FileError(path_, what); }

  bool next_line() {
    if (std::getline(file_, text_)) {
      ++line_;
      return true;
    }
    if (file_.bad()) fail_whole(line_ == 0 ? "cannot be read" : "cannot be read to its end");
    return false;
  }

  /// Skips lines for which is_none(text) is true. False at the end of the file.
  template <class IsNone>
  bool next_record(IsNone is_none) {
    for (; next_line(); skipped_.push_back(line_))
      if (!is_none(text())) return true;
    return false;
  }

  /// Converts a whole field to a number; `kind` says what the field must be, such as "a number". A number too small for
  /// a floating-point type, such as 1e-50 for float, becomes 0. A number that is out of range, infinite or NaN is an
  /// error.
  template <class Number>
  Number parsed(std::string_view field, std::string_view name, std::string_view kind) const {
    Number value{};
    const char* const last = field.data() + field.size();
    const auto [end, error] = std::from_chars(field.data(), last, value);
    const auto refuse = [&](const std::string& what) {
      fail(std::string(name) + " '" + std::string(field) + "' is " + what);
    };
    if constexpr (std::is_floating_point_v<Number>) {
      if (long double wide = 0; error == std::errc::result_out_of_range && end == last) {
        const bool known = std::from_chars(field.data(), end, wide).ec == std::errc{};
        if (known ? std::abs(wide) < 1 : field.find("e-") != field.npos || field.find("E-") != field.npos) return 0;
      }
      if (error == std::errc{} && end == last && !std::isfinite(value)) refuse("not finite");
    }
    if (error == std::errc::result_out_of_range) refuse("out of range");
    if (error != std::errc{} || end != last) refuse("not " + std::string(kind));
    return value;
  }

  /// The graph of synapses that were read from records; the first record is on line `first`. For an invalid synapse,
  /// throws FileError with the line of the last record that repeats it (with the same delay). Edges from index
  /// `records` on have no line: they are mirrored copies of earlier ones.
  template <class Weight, class Vertex>
  Graph<Weight, Vertex> graph(spikeometric::detail::EdgeCollector<Weight, Vertex> edges, std::uint64_t neurons,
                              Duplicates duplicates, std::uint64_t first, std::uint64_t records) const {
    const auto refuse = [&](const InvalidSynapse& synapse, const EdgeList<Weight, Vertex>& list) {
      const bool mirrored = list.size() > records;
      std::uint64_t place = 0, line = first;
      std::vector<Delay> seen;
      for (auto edge = list.begin(); place < records; ++edge, ++place) {
        const bool same = edge->pre == synapse.pre && edge->post == synapse.post;
        if (!same && !(mirrored && edge->pre == synapse.post && edge->post == synapse.pre)) continue;
        if (std::find(seen.begin(), seen.end(), edge->delay) == seen.end())
          seen.push_back(edge->delay);
        else
          line = first + place;
      }
      for (const std::uint64_t blank : skipped_) line += blank >= first && blank <= line;
      throw FileError(path_, line, synapse.what());
    };
    return std::move(edges).graph(neurons, duplicates, refuse);
  }

 private:
  std::string path_, text_;
  std::ifstream file_;
  std::uint64_t line_ = 0;
  std::vector<std::uint64_t> skipped_;
};

}  // namespace spikeometric::io::detail
