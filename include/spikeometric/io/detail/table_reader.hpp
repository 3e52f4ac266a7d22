// SPDX-License-Identifier: BSD-3-Clause
//
// Tables as text: fields separated by commas, tabs, semicolons or blanks, with quotes, comments and a header.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spikeometric/graph/names.hpp"
#include "spikeometric/io/detail/text_reader.hpp"
#include "spikeometric/io/file.hpp"

namespace spikeometric::io::detail {

using Fields = std::vector<std::string_view>;

/// How a separator is called in messages.
inline std::string name_of_separator(char separator) {
  switch (separator) {
    case ',':
      return "commas";
    case '\t':
      return "tabs";
    case ';':
      return "semicolons";
    case ' ':
      return "blanks";
    default:
      return std::string("'") + separator + "'";
  }
}

/// Small letters and digits of a name, so that "Pre Root-ID" and pre_root_id are the same column.
inline std::string plain(std::string_view name) {
  std::string result;
  for (const char c : in_small_letters(std::string(name)))
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) > 127) result += c;
  return result;
}

/// Whether a field is a number as a program writes it.
inline bool is_number(std::string_view field) {
  if (field.size() > 1 && field[0] == '+') field.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return error != std::errc::invalid_argument && end == field.data() + field.size() && !field.empty();
}

/// Divides records into fields. Blanks around a field do not belong to it. A field in quotes may hold separators, line
/// ends and, doubled, quotes (RFC 4180). If blanks separate, any number of them does.
class Splitter {
 public:
  explicit Splitter(char separator) : separator_(separator) {}

  char separator() const { return separator_; }

  /// Returns a complaint, or nullptr. `open` says whether a quote is not closed. Fields are valid until the next call.
  const char* split(std::string_view line, Fields& fields, bool& open) {
    fields.clear();
    unescaped_.clear();
    open = false;
    const auto skip_blanks = [&](std::size_t& at) {
      while (at < line.size() && is_blank(line[at]) && line[at] != (separator_ == ' ' ? 0 : separator_)) ++at;
    };
    for (std::size_t at = 0;;) {
      skip_blanks(at);
      if (separator_ == ' ' && at == line.size()) return nullptr;
      if (at < line.size() && line[at] == '"') {
        std::size_t end = line.find('"', at + 1);
        bool doubled = false;
        for (; end != line.npos && end + 1 < line.size() && line[end + 1] == '"'; end = line.find('"', end + 2))
          doubled = true;
        if ((open = end == line.npos)) return "a quote is not closed";
        fields.push_back(line.substr(at + 1, end - at - 1));
        if (doubled) fields.back() = without_doubled_quotes(fields.back());
        at = end + 1;
        if (separator_ == ' ') {
          if (at < line.size() && !is_blank(line[at])) return "there is text after a closing quote";
          continue;
        }
        skip_blanks(at);
        if (at < line.size() && line[at] != separator_) return "there is text after a closing quote";
      } else {
        const std::size_t first = at;
        at = std::min(separator_ == ' ' ? line.find_first_of(blanks, at) : line.find(separator_, at), line.size());
        std::size_t end = at;
        while (end > first && is_blank(line[end - 1])) --end;
        fields.push_back(line.substr(first, end - first));
        if (separator_ == ' ') continue;
      }
      if (at++ == line.size()) return nullptr;
    }
  }

 private:
  std::string_view without_doubled_quotes(std::string_view field) {
    std::string& text = unescaped_.emplace_back();
    for (std::size_t i = 0; i < field.size(); ++i) {
      text += field[i];
      i += field[i] == '"';
    }
    return text;
  }

  char separator_;
  std::deque<std::string> unescaped_;
};

/// A file of records of the same number of fields, of which the first may be a header. Lines that are blank or begin
/// with # or % are ignored.
class TableReader : public TextReader {
 public:
  /// Finds the separator from the first records if it is 0, and reads the first record. Throws FileError if there is
  /// none.
  explicit TableReader(const std::string& path, char separator = 0) : TextReader(path), splitter_(separator) {
    look_ahead();
    if (!next_content()) {
      if (line() == 0) fail_whole("is empty");
      return;
    }
    has_first_ = true;
    if (text().starts_with("\xFF\xFE") || text().starts_with("\xFE\xFF"))
      fail("the file is in UTF-16; save it as UTF-8");
    split(text());
    columns_ = fields_.size();
  }

  /// Before the first call of next(): whether there is a record, the first one, and up to 20 records from it on.
  bool has_first() const { return has_first_; }
  const Fields& first() const { return fields_; }
  const std::vector<std::vector<std::string>>& sample() const { return sample_; }
  bool sample_is_all() const { return sample_is_all_; }

  /// The comment lines before the first record, without their first character.
  const std::vector<std::string>& comments() const { return comments_; }

  /// The fields of the last comment before the first record, if they are as many as the columns.
  std::vector<std::string> names_in_comment() const {
    if (comments_.empty()) return {};
    Splitter splitter{separator()};
    Fields fields;
    bool open = false;
    if (splitter.split(comments_.back(), fields, open) || fields.size() != columns_) return {};
    return {fields.begin(), fields.end()};
  }

  /// Takes the first record, or given names, as the names of columns.
  void take_header() {
    names_.assign(fields_.begin(), fields_.end());
    pending_ = false;
    describe();
  }
  void set_names(std::vector<std::string> names) {
    names_ = std::move(names);
    describe();
  }
  void set_headless() { describe(); }
  const std::vector<std::string>& names() const { return names_; }

  std::size_t columns() const { return columns_; }
  char separator() const { return splitter_.separator(); }
  std::uint64_t first_line() const { return pending_ ? line() : line() + 1; }

  /// How the table is read, for messages: "; the table has columns pre, post, separated by commas".
  std::string found() const {
    std::string text = "; found " + std::to_string(columns_) + (columns_ == 1 ? " column" : " columns");
    if (!names_.empty()) {
      text += ':';
      for (std::size_t i = 0; i < std::min<std::size_t>(names_.size(), 12); ++i)
        text += (i > 0 ? ", " : " ") + (names_[i].empty() ? "''" : names_[i]);
      if (names_.size() > 12) text += ", ...";
    }
    if (columns_ > 1) text += ", separated by " + name_of_separator(separator());
    return text + (names_.empty() ? ", without a header" : "");
  }

  /// The column with one of these names, in order of preference. Throws FileError if there are two of the same name.
  std::optional<std::size_t> column(std::span<const std::string_view> choices) const {
    for (const std::string_view choice : choices) {
      std::optional<std::size_t> found;
      for (std::size_t i = 0; i < names_.size(); ++i) {
        if (plain(names_[i]) != plain(choice)) continue;
        if (found) fail("duplicate column `" + names_[i] + "`");
        found = i;
      }
      if (found) return found;
    }
    return {};
  }
  std::optional<std::size_t> column(std::string_view name) const { return column(std::span(&name, 1)); }

  /// A column chosen by its name or, counted from 0, its number.
  std::size_t chosen_column(const std::string& choice) const {
    if (const auto place = column(choice)) return *place;
    std::size_t number = 0;
    const char* const last = choice.data() + choice.size();
    const auto [end, error] = std::from_chars(choice.data(), last, number);
    if (error == std::errc{} && end == last && number < columns_) return number;
    fail("missing column `" + choice + "`" + found());
  }

  /// Reads the next record. False at the end of the file.
  bool next() {
    if (std::exchange(pending_, false)) return true;
    if (!next_content()) return false;
    split(text());
    if (fields_.size() != columns_)
      fail("the line has " + std::to_string(fields_.size()) + " fields, but the " +
           (names_.empty() ? "first has " : "header has ") + std::to_string(columns_) + ", separated by " +
           name_of_separator(separator()));
    return true;
  }

  std::string_view field(std::size_t column) const { return fields_[column]; }
  const Fields& fields() const { return fields_; }

  template <class Number>
  Number number(std::size_t column, std::string_view name, std::string_view kind) const {
    return parsed<Number>(fields_[column], name, kind);
  }

  /// Checks the id of a neuron, unless the number of neurons is 0 (not given).
  void require_below(std::uint64_t neurons, std::string_view name, std::uint64_t id) const {
    if (neurons > 0 && id >= neurons)
      fail(std::string(name) + " " + std::to_string(id) + " is out of range: there are " + std::to_string(neurons) +
           " neurons, counted from 0");
  }

 private:
  /// The first character that is not blank, or 0.
  static char first_of(std::string_view line) {
    for (const char c : line)
      if (!is_blank(c)) return c;
    return 0;
  }
  static bool is_comment(std::string_view line) { return first_of(line) == '#' || first_of(line) == '%'; }

  bool next_content() {
    return next_record([&](std::string_view line) {
      const bool comment = is_comment(line);
      if (comment && !has_first_) comments_.emplace_back(line.substr(line.find_first_not_of(blanks) + 1));
      return comment || first_of(line) == 0;
    });
  }

  void split(std::string_view line) {
    bool open = false;
    const char* complaint = splitter_.split(line, fields_, open);
    while (open && text().size() < (std::size_t{1} << 16) && join_next_line())
      complaint = splitter_.split(text(), fields_, open);
    if (complaint) fail(complaint);
  }

  /// Collects the first records, and finds the separator that divides them alike: into the most fields, and by blanks
  /// only if nothing else does.
  void look_ahead() {
    std::vector<std::string_view> lines;
    std::size_t first = 0;
    for (bool more = true; more && lines.size() <= min_sample;) {
      more = look_further();
      const std::string_view text = ahead();  // in another place than before
      lines.clear();
      for (first = 0; first < text.size() && lines.size() <= max_sample;) {
        std::size_t end = text.find('\n', first);
        if (end == text.npos && !ends()) break;
        end = std::min(end, text.size());
        std::string_view line = text.substr(first, end - first);
        if (first == 0 && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
        if (first_of(line) != 0 && !is_comment(line)) lines.push_back(line);
        first = end + 1;
      }
    }
    sample_is_all_ = ends() && first >= ahead().size() && lines.size() <= max_sample;
    if (lines.size() > max_sample) lines.pop_back();
    if (splitter_.separator() == 0) splitter_ = Splitter{separator_of(lines)};
    Fields fields;
    bool open = false;
    for (const std::string_view line : lines) {
      splitter_.split(line, fields, open);
      sample_.emplace_back(fields.begin(), fields.end());
    }
  }

  static char separator_of(const std::vector<std::string_view>& lines) {
    char best = ',';
    std::array<std::size_t, 3> best_rank{};  // divides alike, not by blanks, number of fields
    for (const char separator : {'\t', ';', ',', ' '}) {
      Splitter splitter{separator};
      Fields fields;
      bool open = false, alike = true;
      std::size_t columns = 0;
      for (const std::string_view line : lines) {
        if (splitter.split(line, fields, open) && !open) alike = false;
        if (open) break;  // the record goes on in the next line
        if (columns == 0) columns = fields.size();
        alike = alike && fields.size() == columns;
      }
      const std::array<std::size_t, 3> rank{alike, separator != ' ', columns};
      if (columns > 1 && rank > best_rank) best_rank = rank, best = separator;
    }
    return best;
  }

  void describe() { set_context(found()); }

  static constexpr std::size_t min_sample = 2, max_sample = 20;

  Splitter splitter_;
  Fields fields_;
  std::vector<std::string> names_, comments_;
  std::vector<std::vector<std::string>> sample_;
  std::size_t columns_ = 0;
  bool sample_is_all_ = false, has_first_ = false, pending_ = true;
};

/// The column that an option chooses by name or number or, if it is empty, one with a usual name.
inline std::optional<std::size_t> find_column(const TableReader& file, const std::string& choice,
                                              std::span<const std::string_view> usual) {
  return choice.empty() ? file.column(usual) : file.chosen_column(choice);
}

/// A name as a field of a table, in quotes if it needs them (RFC 4180).
inline std::string quoted(const std::string& name, char separator) {
  if (name.find_first_of(std::string("\",;\t\r\n") + separator) == name.npos && !is_blank(name.front()) &&
      !is_blank(name.back()) && name.front() != '#' && name.front() != '%')
    return name;
  std::string text = "\"";
  for (const char c : name) text.append(c == '"' ? 2 : 1, c);
  return text + '"';
}

/// The names of all neurons as fields of a table.
inline std::vector<std::string> quoted(const NeuronNames& names, char separator) {
  std::vector<std::string> fields;
  fields.reserve(names.all().size());
  for (const std::string& name : names.all()) fields.push_back(quoted(name, separator));
  return fields;
}

}  // namespace spikeometric::io::detail
