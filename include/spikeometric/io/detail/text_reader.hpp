// SPDX-License-Identifier: BSD-3-Clause
//
// Shared parts of the text file readers: numbered lines, numeric fields, and networks with one synapse per line.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/graph.hpp"
#include "spikeometric/graph/names.hpp"
#include "spikeometric/io/detail/edge_collector.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io::detail {

inline constexpr std::string_view blanks = " \t\r";
constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// A text file, read line by line. Memory: one block of the file, or its longest line.
class TextReader {
 public:
  explicit TextReader(const std::string& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_) throw FileError(path, "cannot be opened");
  }

  const std::string& path() const { return path_; }

  /// The last line that was read, and its number (0 before the first line). The text is valid until the next is read.
  std::string_view text() const { return text_; }
  std::uint64_t line() const { return line_; }

  /// Throws FileError for the last line that was read, or for the whole file.
  [[noreturn]] void fail(const std::string& what) const { throw FileError(path_, line_, what); }
  [[noreturn]] void fail_whole(const std::string& what) const { throw FileError(path_, what); }

  /// False at the end of the file.
  bool next_line() {
    std::size_t length = unread().find('\n');
    while (length == std::string_view::npos) {
      const std::size_t searched = unread().size();
      if (!fill()) break;
      length = unread().find('\n', searched);
    }
    if (unread().empty()) return false;
    text_ = unread().substr(0, length);
    first_ += std::min(text_.size() + 1, unread().size());
    if (++line_ == 1 && text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
    return true;
  }

  /// The part of the file that has been read into memory but not yet line by line: the next lines, the last of which
  /// may be incomplete unless ends() is true.
  std::string_view ahead() const { return unread(); }

  /// Makes ahead() longer. False at the end of the file.
  bool look_further() { return fill(); }
  bool ends() const { return ended_; }

  /// Skips lines for which is_none(text) is true. False at the end of the file.
  template <class IsNone>
  bool next_record(IsNone is_none) {
    for (; next_line(); skipped_.push_back(line_))
      if (!is_none(text())) return true;
    return false;
  }

  /// Converts a whole field to a number; `kind` says what the field must be, such as "a number". A plus sign may
  /// precede it. A number too small for a floating-point type, such as 1e-50 for float, becomes 0. A number that is out
  /// of range, infinite or NaN is an error.
  template <class Number>
  Number parsed(std::string_view field, std::string_view name, std::string_view kind) const {
    Number value{};
    const bool plus = field.size() > 1 && field[0] == '+' && field[1] != '-';
    const char *const first = field.data() + plus, *const last = field.data() + field.size();
    if constexpr (std::is_floating_point_v<Number>)  // most weights are counts: a quicker way to the same value
      if (std::uint32_t count = 0; last - first > 0 && last - first < 8) {
        const char* at = first;
        for (; at < last && '0' <= *at && *at <= '9'; ++at) count = 10 * count + static_cast<std::uint32_t>(*at - '0');
        if (at == last) return static_cast<Number>(count);
      }
    const auto [end, error] = std::from_chars(first, last, value);
    const auto refuse = [&](const std::string& what) {
      fail(std::string(name) + " '" + std::string(field) + "' is " + what + context_);
    };
    if constexpr (std::is_floating_point_v<Number>) {
      if (long double wide = 0; error == std::errc::result_out_of_range && end == last) {
        const bool known = std::from_chars(first, end, wide).ec == std::errc{};
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
  /// `records` on have no line: they are mirrored copies of earlier ones. The message calls neurons by their names.
  template <class Weight, class Vertex>
  Graph<Weight, Vertex> graph(spikeometric::detail::EdgeCollector<Weight, Vertex> edges, std::uint64_t neurons,
                              Duplicates duplicates, std::uint64_t first, std::uint64_t records,
                              const NeuronNames& names = {}) const {
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
      throw FileError(path_, line,
                      InvalidSynapse::text(names[synapse.pre], names[synapse.post], synapse.problem) +
                          (duplicates == Duplicates::refuse ? "; repeated synapses can be summed on request" : ""));
    };
    return std::move(edges).graph(neurons, duplicates, refuse);
  }

 protected:
  /// Appends to messages about fields how the file is read.
  void set_context(std::string context) { context_ = std::move(context); }

  /// Appends the next line to the last one, with the line end between them. False at the end of the file.
  bool join_next_line() {
    if (text_.data() != joined_.data()) joined_ = text_;
    if (!next_line()) return false;
    skipped_.push_back(line_);
    text_ = joined_.append(1, '\n').append(text_);
    return true;
  }

 private:
  std::string_view unread() const { return {buffer_.data() + first_, end_ - first_}; }

  /// Reads more of the file behind what is unread. False at the end of the file.
  bool fill() {
    constexpr std::size_t block = std::size_t{1} << 16;
    if (ended_) return false;
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(first_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= std::exchange(first_, 0);
    if (buffer_.size() - end_ < block) buffer_.resize(std::max(2 * buffer_.size(), end_ + block));
    file_.read(buffer_.data() + end_, static_cast<std::streamsize>(buffer_.size() - end_));
    if (file_.bad()) fail_whole(line_ == 0 ? "cannot be read" : "cannot be read to its end");
    end_ += static_cast<std::size_t>(file_.gcount());
    ended_ = file_.eof();
    return file_.gcount() > 0;
  }

  std::string path_, context_, joined_;
  std::ifstream file_;
  std::string buffer_;  // [first_, end_) is unread
  std::size_t first_ = 0, end_ = 0;
  bool ended_ = false;
  std::string_view text_;
  std::uint64_t line_ = 0;
  std::vector<std::uint64_t> skipped_;  // lines that are not the first of a record
};

}  // namespace spikeometric::io::detail
