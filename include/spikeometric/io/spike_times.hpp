// SPDX-License-Identifier: BSD-3-Clause
//
// Reads recorded spikes from files of spike times: text (.txt, .csv, .tsv, .dat) and NumPy arrays (.npy).
//
//   const auto recorded = sk::io::read_spikes("spikes.csv", {.unit = sk::io::TimeUnit::seconds, .dt_ms = 1.0});
//   const sk::Events<sk::CountEvent>& spikes = recorded.recording();                // neuron i is recorded.units[i]
//   for (const std::string& note : recorded.notes) std::cerr << note << '\n';
//
//   sk::io::read_spikes("units/", options);                 // a folder: one file per unit, or that of phy or Kilosort
//   sk::io::read_spikes("spikes.csv", {.unit = sk::io::TimeUnit::milliseconds, .dt_ms = 2.0, .units = {"AVAL", "AVAR"},
//                                      .trials = {{0, 400}, {1000, 1400}}});
//
// io/recorded_spikes.hpp has all options and the result; io/hdf5.hpp reads .h5, .nwb and .mat files.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/io/detail/spike_collector.hpp"
#include "spikeometric/io/detail/table_reader.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/io/npy.hpp"
#include "spikeometric/io/recorded_spikes.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io {

namespace detail {

inline std::string stem_of(const std::string& path) { return std::filesystem::path(path).stem().string(); }
inline std::string extension_of(const std::string& path) {
  return in_small_letters(std::filesystem::path(path).extension().string());
}

/// Reads one text file.
class SpikeTextReader {
 public:
  SpikeTextReader(const std::string& path, const SpikeOptions& options, bool is_one_unit)
      : options_(options), is_one_unit_(is_one_unit), file_(path, options.separator) {}

  SpikeTimes read() {
    if (!file_.has_first()) file_.fail_whole("has no spikes");
    find_names();
    return layout() == SpikeLayout::lines ? lines() : columns();
  }

 private:
  using Record = std::vector<std::string>;

  static constexpr const char* choose =
      "; set the columns by name or number, such as .columns = {.time = \"0\", .unit = \"1\"}";

  bool has_names() const { return !file_.names().empty(); }
  bool has_choice() const {
    return !(options_.columns.time.empty() && options_.columns.unit.empty() && options_.columns.trial.empty());
  }

  static bool has_number(const Record& fields) {
    return std::any_of(fields.begin(), fields.end(), [](const std::string& field) { return is_number(field); });
  }

  /// Whether one of the names is that of times.
  bool names_times() const {
    return file_.column(usual::time) || (!options_.columns.time.empty() && file_.column(options_.columns.time));
  }

  /// Takes the names of columns from the first record or, if it does not, from the last comment before it.
  void find_names() {
    const Record first(file_.first().begin(), file_.first().end());
    if (options_.header && *options_.header) return file_.take_header();
    if (options_.header || options_.layout == SpikeLayout::lines) return file_.set_headless();
    const auto& sample = file_.sample();
    const bool before_numbers = sample.size() > 1 && sample[1].size() == first.size() && has_number(sample[1]);
    file_.set_names(first);
    if (!has_number(first) && (names_times() || before_numbers)) return file_.take_header();
    file_.set_names(file_.names_in_comment());
    if (!names_times()) file_.set_names({});
  }

  SpikeLayout layout() const {
    if (options_.layout != SpikeLayout::automatic) return options_.layout;
    if (has_names() || has_choice()) return SpikeLayout::columns;
    const auto& sample = file_.sample();
    std::array<std::size_t, 4> records{};  // with 0, 1, 2, 3 fields
    for (const Record& record : sample)
      if (record.size() < records.size()) ++records[record.size()];
    if (records[1] == sample.size())
      return list_separator() == file_.separator() ? SpikeLayout::columns : SpikeLayout::lines;
    if (sample.size() == 1) return SpikeLayout::lines;
    if (records[2] == sample.size()) return SpikeLayout::columns;
    for (const std::size_t fields : {2, 3})
      if (2 * records[fields] > sample.size())
        file_.fail_whole("has many lines of " + std::to_string(fields) +
                         " fields, which may be one spike or the times of one unit each; set .layout to columns or " +
                         "lines");
    return SpikeLayout::lines;
  }

  // --- one spike per line

  SpikeTimes columns() {
    find_columns();
    std::optional<TimeUnit> said;
    if (has_names()) said = unit_in_name(file_.names()[time_]);
    require_valid(options_, file_.path(), said);
    const auto name_of = [&](std::size_t column, const char* otherwise) {
      return has_names() ? file_.names()[column] : otherwise;
    };
    const std::string time_name = name_of(time_, "time");
    const auto key = [&](Labels& labels, std::size_t column, const char* otherwise) {
      return labels.key(file_.field(column), [&](const std::string& what) {
        file_.fail(name_of(column, otherwise) + " '" + std::string(file_.field(column)) + "' is " + what);
      });
    };
    SpikeCollector spikes;
    if (!unit_) spikes.units.key(stem_of(file_.path()), [](const std::string&) {});
    while (file_.next()) {
      const double time = file_.number<double>(time_, time_name, "a time");
      const std::uint32_t unit = unit_ ? key(spikes.units, *unit_, "unit") : 0;
      spikes.add(time, unit, trial_ ? key(spikes.trials, *trial_, "trial") : 0);
    }
    SpikeTimes result = spikes.finish(file_.path());
    result.unit = said;
    result.notes.insert(result.notes.begin(), notes_.begin(), notes_.end());
    return result;
  }

  void find_columns() {
    const std::size_t columns = file_.columns();
    const auto time = find_column(file_, options_.columns.time, usual::time);
    unit_ = find_column(file_, options_.columns.unit, usual::unit);
    trial_ = find_column(file_, options_.columns.trial, usual::trial);
    if (time) {
      time_ = *time;
      if (!unit_ && !has_names() && columns == 2 && !is_one_unit_) unit_ = 1 - time_;
    } else if (columns == 1) {
      time_ = 0;
    } else if (unit_ && columns == 2) {
      time_ = 1 - *unit_;
    } else if (!has_names() && columns == 2) {
      tell_apart();
    } else {
      file_.fail_whole("has no column called time" + file_.found() + choose);
    }
    if (is_one_unit_ && (unit_ || trial_))
      file_.fail_whole(std::string("has a column of ") + (unit_ ? "units" : "trials") + file_.found() +
                       "; where each file is of one unit, it has only times: read this file alone");
    if (!is_one_unit_ && !unit_ && columns > 1) file_.fail_whole("has no column called unit" + file_.found() + choose);
    if (unit_ == time_ || trial_ == time_ || (unit_ && unit_ == trial_))
      file_.fail_whole("has one column for two of time, unit and trial" + file_.found() + choose);
    if (!trial_) return;
    if (options_.trials.empty()) {
      notes_.push_back("a column of trials is used: the times of each trial count from its own beginning");
    } else if (options_.columns.trial.empty()) {
      trial_.reset();
      notes_.push_back("the column of trials is not used, since windows of trials are given");
    }
  }

  /// Finds out which of two columns has times: units are words, or whole numbers beside times that are not.
  void tell_apart() {
    bool words[2] = {false, false}, whole[2] = {true, true};
    for (const Record& record : file_.sample()) {
      for (const std::size_t column : {0, 1}) {
        double value = 0.5;
        const std::string& field = record[column];
        if (is_number(field))
          std::from_chars(field.data() + (field[0] == '+'), field.data() + field.size(), value);
        else
          words[column] = true;
        whole[column] = whole[column] && whole_number(value);
      }
    }
    if (words[0] == words[1] && (words[0] || whole[0] == whole[1]))
      file_.fail_whole("has two columns " +
                       std::string(words[0]   ? "without times"
                                   : whole[0] ? "of whole numbers, either of which may be the times"
                                              : "of which neither is one of units, since both have decimals") +
                       file_.found() + choose + ", or set .layout to lines if each line has the times of one unit");
    time_ = (words[0] || words[1] ? words[0] : whole[0]) ? 1 : 0;
    unit_ = 1 - time_;
    notes_.push_back("column " + std::to_string(time_) + " is read as times and column " + std::to_string(*unit_) +
                     " as units, since no header names them");
  }

  // --- one unit per line

  /// The separator of the sample, whose records may differ in length.
  char list_separator() const {
    if (options_.separator != 0) return options_.separator;
    char found = file_.separator();
    for (const Record& record : file_.sample()) {
      if (record.size() > 1) return file_.separator();
      for (const char separator : {'\t', ' ', ';'})
        if (record[0].find(separator) != record[0].npos) found = separator == '\t' ? ' ' : separator;
    }
    return found;
  }

  SpikeTimes lines() {
    require_valid(options_, file_.path(), {});
    SpikeTimes result;
    result.path = file_.path();
    auto& times = result.times.emplace_back();
    std::unordered_map<std::string, std::uint64_t> line_of;  // of named units
    std::optional<bool> named;
    bool is_header = options_.header.value_or(false);
    TextReader file(file_.path());
    Splitter splitter{list_separator()};
    Fields fields;
    while (file.next_line()) {
      const std::string_view text = file.text();
      const std::size_t start = text.find_first_not_of(blanks);
      if (start != text.npos && (text[start] == '#' || text[start] == '%')) continue;
      if (start != text.npos && std::exchange(is_header, false)) continue;
      bool open = false;
      if (const char* complaint = splitter.split(text, fields, open)) file.fail(complaint);
      while (!fields.empty() && fields.back().empty()) fields.pop_back();  // lines filled up to the longest
      std::string name;
      std::vector<double> train;
      if (!fields.empty()) {
        const bool has_name = !is_number(fields[0]);
        if (!named) named = has_name;
        if (has_name != *named)
          file.fail(has_name ? "'" + std::string(fields[0]) + "' is not a time, and other lines have no names"
                             : "the line does not begin with the name of a unit, as others do");
        if (has_name) {
          name = fields[0];
          if (name.ends_with(':')) name.pop_back();
          if (const auto [place, is_new] = line_of.emplace(name, file.line()); !is_new)
            file.fail("unit " + name + " is in line " + std::to_string(place->second) + " already");
        }
        train.reserve(fields.size());
        for (std::size_t i = has_name; i < fields.size(); ++i)
          train.push_back(file.parsed<double>(fields[i], "time", "a time"));
      }
      if (fields.empty() && named.value_or(false)) continue;  // between named units
      result.units.push_back(std::move(name));
      times.push_back(std::move(train));
    }
    if (named.value_or(false)) {
      for (std::size_t i = 0; i < times.size() && result.units[i].empty();) {  // empty lines before the first name
        result.units.erase(result.units.begin());
        times.erase(times.begin());
      }
    } else {
      for (std::size_t i = 0; i < times.size(); ++i) result.units[i] = std::to_string(i);
      if (times.size() == 1) result.units[0] = stem_of(file_.path());
    }
    if (is_one_unit_ && times.size() > 1)
      file_.fail_whole("has several columns" + file_.found() +
                       "; where each file is of one unit, it has one time per line: read this file alone");
    if (options_.layout == SpikeLayout::automatic && times.size() > 1)
      result.notes.push_back("each line is read as the times of one unit");
    return result;
  }

  const SpikeOptions& options_;
  bool is_one_unit_;
  TableReader file_;
  std::size_t time_ = 0;
  std::optional<std::size_t> unit_, trial_;
  std::vector<std::string> notes_;
};

// --- NumPy arrays

/// Calls visit(time) for the elements of an array of one dimension (or of one row or column). Returns its precision.
template <class Visit>
double visit_npy_vector(const std::string& path, Visit visit) {
  NpyFile file(path);
  const auto& shape = file.shape();
  if (shape.size() != 1 && !(shape.size() == 2 && (shape[0] == 1 || shape[1] == 1)))
    throw FileError(path, "holds an array of shape " + shape_text(shape) + "; expected one dimension");
  file.visit([&](Eigen::Index row, Eigen::Index column, double value) {
    if (!std::isfinite(value)) file.fail(row, column, value, ", which is not finite");
    visit(value);
  });
  return file.precision();
}

/// The key of a unit whose id is an element of an array.
inline std::uint32_t unit_of_element(SpikeCollector& spikes, const std::string& path, std::size_t row, double value) {
  const auto id = whole_number(value);
  if (!id)
    throw FileError(path, "row " + std::to_string(row) + ": unit " + spikeometric::detail::to_text(value) +
                              " must be a whole number below 2^53");
  return spikes.units.key(*id);
}

/// The times of one file and the units of another.
inline SpikeTimes read_npy_pair(const std::string& times_path, const std::string& units_path,
                                const SpikeOptions& options) {
  require_valid(options, times_path, {});
  SpikeCollector spikes;
  std::vector<std::uint32_t> units;
  visit_npy_vector(units_path,
                   [&](double value) { units.push_back(unit_of_element(spikes, units_path, units.size(), value)); });
  std::size_t row = 0;
  const double precision = visit_npy_vector(times_path, [&](double time) {
    if (row < units.size()) spikes.add(time, units[row]);
    ++row;
  });
  if (row != units.size())
    throw FileError(times_path, "has " + std::to_string(row) + " times, but " + units_path + " has " +
                                    std::to_string(units.size()) + " units");
  SpikeTimes result = spikes.finish(times_path);
  result.precision = precision;
  result.notes.push_back("the units of the spikes are from " + units_path);
  return result;
}

/// An array with columns of times and units, and perhaps of trials.
inline SpikeTimes read_npy_table(const std::string& path, const SpikeOptions& options) {
  require_valid(options, path, {});
  const double precision = NpyFile(path).precision();
  const auto table = read_npy<double>(path);
  const std::string shape = "holds an array of shape " + shape_text({table.rows(), table.cols()});
  const auto chosen = [&](const std::string& choice) -> std::optional<Eigen::Index> {
    if (choice.empty()) return {};
    const auto number = whole_number(std::string_view(choice));
    if (!number || *number >= static_cast<std::uint64_t>(table.cols()))
      throw FileError(path, shape + ", which has no column '" + choice + "'; columns of arrays are numbers, from 0 on");
    return static_cast<Eigen::Index>(*number);
  };
  auto time = chosen(options.columns.time), unit = chosen(options.columns.unit);
  const auto trial = chosen(options.columns.trial);
  if (table.cols() == 2) {
    const auto is_whole = [&](Eigen::Index column) {
      return (table.col(column).array() == table.col(column).array().floor()).all();
    };
    if (time && !unit) unit = 1 - *time;
    if (unit && !time) time = 1 - *unit;
    if (!time && is_whole(0) != is_whole(1)) unit = is_whole(0) ? 0 : 1, time = 1 - *unit;
  }
  if (!time || !unit || time == unit || trial == time || trial == unit)
    throw FileError(path, shape +
                              "; set which columns have times and units, such as .columns = {.time = \"0\", "
                              ".unit = \"1\"}");
  SpikeCollector spikes;
  for (Eigen::Index row = 0; row < table.rows(); ++row) {
    const auto line = static_cast<std::size_t>(row);
    if (!std::isfinite(table(row, *time)))
      throw FileError(path, "row " + std::to_string(row) + ": time " +
                                spikeometric::detail::to_text(table(row, *time)) + " is not finite");
    std::uint32_t trial_key = 0;
    if (trial) {
      const auto id = whole_number(table(row, *trial));
      if (!id) throw FileError(path, "row " + std::to_string(row) + ": the trial must be a whole number");
      trial_key = spikes.trials.key(*id);
    }
    spikes.add(table(row, *time), unit_of_element(spikes, path, line, table(row, *unit)), trial_key);
  }
  SpikeTimes result = spikes.finish(path);
  result.precision = precision;
  return result;
}

// --- files and folders

/// The times of one unit in a text file or an array.
inline SpikeTimes read_unit_file(const std::string& path, const SpikeOptions& options) {
  if (extension_of(path) != ".npy") return SpikeTextReader(path, options, true).read();
  require_valid(options, path, {});
  SpikeTimes result{.units = {stem_of(path)}, .times = {{{}}}, .path = path};
  result.precision = visit_npy_vector(path, [&](double time) { result.times[0][0].push_back(time); });
  return result;
}

/// One file per unit, in natural order of their names. `path` is for messages.
inline SpikeTimes read_unit_files(const std::vector<std::string>& paths, const std::string& path,
                                  const SpikeOptions& options) {
  SpikeTimes result;
  result.path = path;
  result.times.emplace_back();
  std::vector<std::string> names;
  names.reserve(paths.size());
  for (const std::string& each : paths) names.push_back(stem_of(each));
  const std::vector<std::size_t> order = natural_order(names);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::string& each = paths[order[i]];
    if (i > 0 && names[order[i]] == names[order[i - 1]])
      throw FileError(each, "is of unit " + names[order[i]] + ", as is " + paths[order[i - 1]]);
    SpikeTimes one = read_unit_file(each, options);
    if (!one.unit) one.unit = options.unit;
    if (i > 0 && one.unit != result.unit)
      throw FileError(each, "has its times in " + std::string(name_of(*one.unit)) + ", but " + paths[order[i - 1]] +
                                " in " + name_of(*result.unit));
    result.unit = one.unit;
    result.precision = std::max(result.precision, one.precision);
    result.units.push_back(names[order[i]]);
    result.times[0].push_back(std::move(one.times[0][0]));
  }
  return result;
}

inline bool is_hdf5_extension(const std::string& extension) {
  for (const char* known : {".h5", ".hdf5", ".nwb", ".mat"})
    if (extension == known) return true;
  return false;
}

/// Throws FileError for a file of another kind than text.
inline void require_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string start(1024, '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(file.gcount()));
  constexpr std::string_view hdf5_signature = "\x89HDF\r\n\x1a\n";
  for (const std::size_t place : {0, 512})  // files of MATLAB 7.3 begin with a text of 512 bytes
    if (start.size() > place && std::string_view(start).substr(place).starts_with(hdf5_signature))
      throw FileError(path, "is an HDF5 file: include spikeometric/io/hdf5.hpp and call io::hdf5::read_spikes");
  if (start.starts_with("MATLAB 5.0"))
    throw FileError(path, "is a file of MATLAB before version 7.3: save it with -v7.3 and read it with io/hdf5.hpp");
  if (start.starts_with(npy_magic)) throw FileError(path, "is a NumPy array, but is not called .npy");
}

inline SpikeTimes read_spike_folder(const std::string& path, const SpikeOptions& options) {
  std::vector<std::string> files;
  std::string hdf5;
  bool has_times = false;
  std::error_code error;
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
    const std::string name = entry->path().filename().string(), extension = extension_of(name);
    std::error_code unknown;  // a broken link is kept: reading it throws
    if (name.starts_with('.') || entry->is_directory(unknown)) continue;
    has_times = has_times || name == "spike_times.npy";
    for (const char* known : {".txt", ".csv", ".tsv", ".dat", ".npy"})
      if (extension == known) files.push_back(entry->path().string());
    if (is_hdf5_extension(extension)) hdf5 = name;
  }
  if (error) throw FileError(path, "cannot be read as a folder: " + error.message());
  const std::filesystem::path folder(path);
  for (const char* units : {"spike_clusters.npy", "spike_templates.npy"})
    if (std::error_code unknown; has_times && std::filesystem::exists(folder / units, unknown))
      return read_npy_pair((folder / "spike_times.npy").string(), (folder / units).string(), options);
  if (files.empty())
    throw FileError(path, "has no files of spike times (.txt, .csv, .tsv, .dat or .npy)" +
                              (hdf5.empty() ? "" : "; read " + hdf5 + " with io/hdf5.hpp"));
  return read_unit_files(files, path, options);
}

inline SpikeTimes read_spike_file(const std::string& path, const SpikeOptions& options) {
  if (extension_of(path) != ".npy") {
    require_text(path);
    return SpikeTextReader(path, options, false).read();
  }
  const std::filesystem::path units = std::filesystem::path(path).replace_filename("spike_clusters.npy");
  std::error_code unknown;
  if (stem_of(path) == "spike_times" && std::filesystem::exists(units, unknown))
    return read_npy_pair(path, units.string(), options);
  const auto shape = NpyFile(path).shape();
  const bool is_table = shape.size() == 2 && shape[0] != 1 && shape[1] != 1;
  return is_table ? read_npy_table(path, options) : read_unit_file(path, options);
}

}  // namespace detail

/// Reads recorded spikes and makes steps of them. `path` is one of these:
///
///   - a text with a line for each spike: columns of times and units, in either order, and perhaps of trials. A header
///     names them; without one, units are the column of words, or of whole numbers beside times that are not.
///   - a text with a line for each unit: its times, perhaps after its name. Without names, the units are 0, 1, ..., and
///     an empty line is a unit without spikes.
///   - a text with one time per line, or a .npy array of one dimension: one unit, which has the name of the file.
///   - a folder of such files of one unit.
///   - a .npy array with a column of times and one of units.
///   - spike_times.npy of phy or Kilosort, or its folder: units are from spike_clusters.npy beside it.
///
/// Fields are separated by commas, tabs, semicolons or blanks. Lines that begin with # or % are comments. Names of
/// units are words or numbers of any size. Units are in natural order of their names (unit2 before unit10), those of
/// lines in order of lines, and with options.units in that order. Times are in any order. A column of trials means that
/// times count from the beginning of their trial.
///
/// Time and memory: those of bin_spikes, and 8 to 16 bytes a spike while reading.
///
/// Throws InvalidArgument if options.unit or options.dt_ms is missing, and as bin_spikes. Throws FileError as
/// bin_spikes; with the line, for a field that is not a finite time, for a line with another number of fields and for
/// two lines of one unit; and for a file that does not exist, or whose columns cannot be told from each other.
[[nodiscard]] inline RecordedSpikes read_spikes(const std::string& path, const SpikeOptions& options) {
  std::error_code unknown;
  const bool is_folder = std::filesystem::is_directory(path, unknown);
  return bin_spikes(is_folder ? detail::read_spike_folder(path, options) : detail::read_spike_file(path, options),
                    options);
}

/// Reads one file per unit, in natural order of their names. Throws as read_spikes for a folder of these files.
[[nodiscard]] inline RecordedSpikes read_spike_files(const std::vector<std::string>& paths,
                                                     const SpikeOptions& options) {
  if (paths.empty()) throw InvalidArgument("there must be at least one file of spike times");
  return bin_spikes(detail::read_unit_files(paths, paths[0] + " and others", options), options);
}

}  // namespace spikeometric::io
