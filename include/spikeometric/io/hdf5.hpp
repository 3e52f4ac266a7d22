// SPDX-License-Identifier: BSD-3-Clause
//
// Reads recorded spikes from HDF5 files: SONATA, NWB, MATLAB 7.3 (.mat), and plain ones.
//
//   const auto recorded = sk::io::hdf5::read_spikes("session.nwb", {.dt_ms = 1.0});        // NWB has seconds
//   const auto trials = sk::io::hdf5::read_spikes("session.nwb", {.dt_ms = 1.0, .trials_of_file = true});
//   const auto cells = sk::io::hdf5::read_spikes("spikes.mat", {.unit = sk::io::TimeUnit::seconds, .dt_ms = 1.0,
//                                                               .object = "spike_times"});  // a cell array
//
// Needs HDF5 1.10 or newer, such as Debian's libhdf5-dev; CMake's target spikeometric::hdf5 brings it. The HDF5 library
// is not to be called from several threads at a time, and so are these functions.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/io/detail/hdf5_file.hpp"
#include "spikeometric/io/detail/spike_collector.hpp"
#include "spikeometric/io/recorded_spikes.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io {

namespace detail {

/// Finds the spikes in a file.
class Hdf5SpikeReader {
 public:
  Hdf5SpikeReader(const std::string& path, const SpikeOptions& options) : options_(options), file_(path) {}

  SpikeTimes read() {
    SpikeTimes result = options_.object.empty() ? read_root() : read_object(file_.open(options_.object));
    if (!options_.columns.trial.empty() && result.trial_names.empty())
      throw InvalidArgument(file_.path() + ": .columns.trial is only for datasets of times, units and trials");
    return result;
  }

 private:
  static constexpr const char* choose = "; set .object to a group or dataset of spike times";

  SpikeTimes read_root() {
    const Hdf5Object root = file_.open("/");
    const auto units = file_.member(root, "units"), spikes = file_.member(root, "spikes");
    if (units && is_nwb(*units)) return read_nwb(*units);
    return spikes && spikes->is_group() && !has_chosen_datasets() ? read_group(*spikes) : read_group(root);
  }

  SpikeTimes read_object(const Hdf5Object& object) {
    return object.is_group() ? read_group(object) : read_dataset(object);
  }

  bool has_chosen_datasets() const { return !options_.columns.time.empty() || !options_.columns.unit.empty(); }

  /// A member of a group that is a dataset.
  std::optional<Hdf5Object> dataset(const Hdf5Object& group, std::string_view name) const {
    if (!group.is_group()) return {};
    auto object = file_.member(group, std::string(name));
    if (object && object->is_dataset()) return object;
    return {};
  }

  /// The member that an option names or, if it is empty, one with a usual name.
  std::optional<Hdf5Object> dataset(const Hdf5Object& group, const std::string& choice,
                                    std::span<const std::string_view> usual) const {
    if (!choice.empty()) {
      if (auto chosen = dataset(group, choice)) return chosen;
      throw FileError(file_.path(), "has no dataset `" + choice + "`; " + file_.contents(group));
    }
    for (const std::string_view name : usual)
      if (auto found = dataset(group, name)) return found;
    return {};
  }

  SpikeTimes read_group(const Hdf5Object& group) {
    if (is_nwb(group)) return read_nwb(group);
    const auto times = dataset(group, options_.columns.time, usual::time);
    const auto units = dataset(group, options_.columns.unit, usual::unit);
    if (times && units && (has_chosen_datasets() || is_times(*times))) return read_columns(group, *times, *units);
    if (has_chosen_datasets())
      throw FileError(file_.path(), std::string("has no dataset of ") + (times ? "units" : "times") + "; " +
                                        file_.contents(group) + "; set .columns = {.time = ..., .unit = ...}");
    return read_members(group);
  }

  /// Whether the elements are numbers that may be times. (MATLAB stores text as numbers.)
  bool is_times(const Hdf5Object& dataset) const {
    const auto of_matlab = file_.attribute(dataset, "MATLAB_class");
    return file_.has_numbers(dataset) && of_matlab != "char" && of_matlab != "logical";
  }

  /// The only member, or one dataset for each unit.
  SpikeTimes read_members(const Hdf5Object& group) {
    std::vector<std::string> datasets, groups, cells;
    bool are_units = true;
    for (const std::string& name : file_.members(group)) {
      if (name.starts_with('#')) continue;  // what cells of MATLAB refer to
      const auto object = file_.member(group, name);
      if (!object) continue;
      (object->is_group() ? groups : datasets).push_back(name);
      if (object->is_group()) continue;
      if (file_.kind(*object) == Hdf5Kind::reference) cells.push_back(name);
      // Variables of MATLAB are of all kinds, so that they are units only if their group is chosen.
      are_units = are_units && is_times(*object) && file_.is_vector(*object) &&
                  !(options_.object.empty() && file_.has_attribute(*object, "MATLAB_class"));
    }
    if (datasets.empty() && groups.size() == 1) return read_group(*file_.member(group, groups[0]));
    if (datasets.size() == 1 && groups.empty()) return read_dataset(*file_.member(group, datasets[0]));
    if (cells.size() == 1) {
      SpikeTimes result = read_dataset(*file_.member(group, cells[0]));
      result.notes.push_back("the cell array " + cells[0] + " is read, the only one");
      return result;
    }
    if (datasets.empty() || !groups.empty() || !are_units)
      throw FileError(file_.path(), "has no spike times that are recognised; " + file_.contents(group) + choose);
    SpikeTimes result = new_times();
    for (const std::size_t i : natural_order(datasets)) {
      result.units.push_back(datasets[i]);
      result.times[0].push_back(times_of(*file_.member(group, datasets[i]), result));
    }
    result.notes.push_back("each dataset in " + group.path + " is read as the times of one unit");
    return result;
  }

  SpikeTimes new_times() const {
    SpikeTimes result;
    result.path = file_.path();
    result.times.emplace_back();
    return result;
  }

  /// The times in a dataset. Notes their precision and unit.
  std::vector<double> times_of(const Hdf5Object& dataset, SpikeTimes& result) const {
    if (file_.has_attribute(dataset, "MATLAB_empty")) return {};
    if (dataset.is_dataset() && !is_times(dataset))
      file_.fail(dataset, "has " + file_.description(dataset) + "; expected a vector of times");
    note_unit(dataset, result);
    return file_.numbers<double>(dataset);
  }

  void note_unit(const Hdf5Object& dataset, SpikeTimes& result) const {
    result.precision = std::max(result.precision, file_.precision(dataset));
    for (const char* name : {"units", "unit"}) {
      const auto text = file_.attribute(dataset, name);
      if (!text || text->empty()) continue;
      const auto unit = unit_in_name(*text);
      if (!unit) file_.fail(dataset, "has times in '" + *text + "', not in seconds, milliseconds or samples");
      if (result.unit && result.unit != unit)
        file_.fail(dataset, "has times in '" + *text + "', but others are in " + name_of(*result.unit));
      result.unit = unit;
    }
  }

  // --- one dataset

  SpikeTimes read_dataset(const Hdf5Object& dataset) {
    if (file_.kind(dataset) == Hdf5Kind::reference) return read_cells(dataset);
    if (!file_.is_vector(dataset)) return read_matrix(dataset);
    SpikeTimes result = new_times();
    result.units.push_back(dataset.path.substr(dataset.path.rfind('/') + 1));
    result.times[0].push_back(times_of(dataset, result));
    return result;
  }

  /// A cell array of MATLAB: one vector of times for each unit.
  SpikeTimes read_cells(const Hdf5Object& cells) {
    SpikeTimes result = new_times();
    for (const Hdf5Object& cell : file_.referenced(cells)) {
      result.units.push_back(std::to_string(result.units.size() + 1));
      result.times[0].push_back(times_of(cell, result));
    }
    return result;
  }

  /// Two rows or two columns: times and units. (MATLAB stores its columns as rows.)
  SpikeTimes read_matrix(const Hdf5Object& dataset) {
    const auto shape = file_.shape(dataset);
    const auto refuse = [&](const std::string& why) { file_.fail(dataset, "has " + file_.description(dataset) + why); };
    if (!is_times(dataset) || shape.size() != 2 || (shape[0] == 2) == (shape[1] == 2))
      refuse("; expected a vector of times, or two columns of times and units");
    const std::vector<double> values = file_.matrix(dataset);
    const std::size_t spikes = values.size() / 2;
    const auto at = [&](std::size_t column, std::size_t i) {
      return shape[0] == 2 ? values[column * spikes + i] : values[2 * i + column];
    };
    const auto is_whole = [&](std::size_t column) {
      for (std::size_t i = 0; i < spikes; ++i)
        if (!whole_number(at(column, i))) return false;
      return true;
    };
    const bool whole[] = {is_whole(0), is_whole(1)};
    std::optional<std::size_t> time;
    if (options_.columns.time == "0" || options_.columns.unit == "1") time = 0;
    if (options_.columns.time == "1" || options_.columns.unit == "0") time = 1;
    if (!time && whole[0] != whole[1]) time = whole[0] ? 1 : 0;
    if (!time || !whole[1 - *time])
      refuse(", of which " + std::string(whole[0] ? "both columns" : "no column") +
             " may be units, which are whole numbers; set .columns = {.time = \"0\", .unit = \"1\"} or the reverse");
    SpikeCollector collected;
    for (std::size_t i = 0; i < spikes; ++i)
      collected.add(at(*time, i), collected.units.key(*whole_number(at(1 - *time, i))));
    SpikeTimes result = collected.finish(file_.path());
    note_unit(dataset, result);
    return result;
  }

  // --- datasets of times, units and perhaps trials

  SpikeTimes read_columns(const Hdf5Object& group, const Hdf5Object& times, const Hdf5Object& units) {
    SpikeCollector spikes;
    const auto labels_of = [&](const Hdf5Object& dataset, Labels& known) {
      std::vector<std::uint32_t> keys = labels(dataset, known);
      if (keys.size() != file_.size(times))
        file_.fail(times, "has " + std::to_string(file_.size(times)) + " elements, but " + dataset.path + " has " +
                              std::to_string(keys.size()));
      return keys;
    };
    const std::vector<std::uint32_t> unit = labels_of(units, spikes.units);
    std::vector<std::uint32_t> trial;
    if (const auto trials = dataset(group, options_.columns.trial, {})) trial = labels_of(*trials, spikes.trials);
    std::size_t i = 0;
    file_.visit<double>(times, [&](double time) {
      spikes.add(time, unit[i], trial.empty() ? 0 : trial[i]);
      ++i;
    });
    SpikeTimes result = spikes.finish(file_.path());
    note_unit(times, result);
    return result;
  }

  /// The keys of the labels in a dataset of whole numbers or texts.
  std::vector<std::uint32_t> labels(const Hdf5Object& dataset, Labels& known) const {
    std::vector<std::uint32_t> keys;
    keys.reserve(file_.size(dataset));
    const auto refuse = [&](const std::string& what) {
      file_.fail(dataset, "element " + std::to_string(keys.size()) + " is " + what);
    };
    const auto text_key = [&](const std::string& text) { keys.push_back(known.key(text, refuse)); };
    if (file_.kind(dataset) == Hdf5Kind::text)
      for (const std::string& text : file_.texts(dataset)) text_key(text);
    else if (file_.is_uint64(dataset))
      file_.visit<std::uint64_t>(dataset, [&](std::uint64_t id) { text_key(std::to_string(id)); });
    else if (file_.kind(dataset) == Hdf5Kind::integer)
      file_.visit<std::int64_t>(dataset, [&](std::int64_t id) { keys.push_back(known.key(id)); });
    else
      file_.visit<double>(dataset, [&](double id) {
        const auto whole = whole_number(id);
        if (!whole) refuse(spikeometric::detail::to_text(id) + ", not a whole number");
        keys.push_back(known.key(*whole));
      });
    return keys;
  }

  // --- NWB: https://nwb-schema.readthedocs.io

  bool is_nwb(const Hdf5Object& group) const {
    return dataset(group, "spike_times") && dataset(group, "spike_times_index");
  }

  /// A table of units: the times of unit i end at element index[i] of all.
  SpikeTimes read_nwb(const Hdf5Object& group) {
    const Hdf5Object times = *dataset(group, "spike_times"), index = *dataset(group, "spike_times_index");
    SpikeTimes result = new_times();
    const std::vector<std::uint64_t> ends = file_.numbers<std::uint64_t>(index);
    const hsize_t spikes = file_.size(times);
    for (std::size_t i = 0; i < ends.size(); ++i)
      if (ends[i] < (i > 0 ? ends[i - 1] : 0) || ends[i] > spikes)
        file_.fail(index, "element " + std::to_string(i) + " is " + std::to_string(ends[i]) +
                              ", but must not be below the one before or above " + std::to_string(spikes));
    const std::uint64_t end = ends.empty() ? 0 : ends.back();
    if (end != spikes)
      file_.fail(index, "ends at " + std::to_string(end) + ", but " + times.path + " has " + std::to_string(spikes) +
                            " elements");

    if (const auto names = dataset(group, options_.columns.unit, std::array<std::string_view, 1>{"id"})) {
      Labels known;
      for (const std::uint32_t key : labels(*names, known)) result.units.push_back(known.names()[key]);
      if (result.units.size() != ends.size())
        file_.fail(*names, "has " + std::to_string(result.units.size()) + " elements, but " + index.path + " has " +
                               std::to_string(ends.size()));
    } else {
      for (std::size_t i = 0; i < ends.size(); ++i) result.units.push_back(std::to_string(i));
    }

    auto& trains = result.times[0];
    for (std::size_t i = 0; i < ends.size(); ++i) {
      trains.emplace_back();
      trains.back().reserve(ends[i] - (i > 0 ? ends[i - 1] : 0));
    }
    std::size_t unit = 0, i = 0;
    file_.visit<double>(times, [&](double time) {
      while (i == ends[unit]) ++unit;
      trains[unit].push_back(time);
      ++i;
    });
    result.precision = file_.precision(times);
    result.unit = TimeUnit::seconds;
    read_trials(result);
    return result;
  }

  void read_trials(SpikeTimes& result) const {
    const auto intervals = file_.member(file_.open("/"), "intervals");
    const auto table = intervals && intervals->is_group() ? file_.member(*intervals, "trials") : std::nullopt;
    if (!table) return;
    const auto start = dataset(*table, "start_time"), stop = dataset(*table, "stop_time");
    if (!start || !stop) return;
    const std::vector<double> from = file_.numbers<double>(*start), to = file_.numbers<double>(*stop);
    if (from.size() != to.size())
      file_.fail(*stop, "has " + std::to_string(to.size()) + " elements, but " + start->path + " has " +
                            std::to_string(from.size()));
    for (std::size_t i = 0; i < from.size(); ++i) result.trials.push_back({1000.0 * from[i], 1000.0 * to[i]});
  }

  const SpikeOptions& options_;
  Hdf5File file_;
};

}  // namespace detail

namespace hdf5 {

/// Reads recorded spikes from an HDF5 file and makes steps of them. What the file is, is found from its content:
///
///   - NWB: the table /units with spike_times, in seconds. Units are called by their id, or by the column of this table
///     that options.columns.unit names. options.trials_of_file cuts out the trials in /intervals/trials.
///   - SONATA: timestamps and node_ids in the only group of /spikes, or in options.object, such as /spikes/V1. The
///     attribute `units` of timestamps says what they count. Nodes without spikes are not in the file.
///   - MATLAB 7.3: a variable, options.object, or the only one. A cell array has a vector of times for each unit, and
///     units are called 1, 2, ...; a numeric matrix has a column of times and one of units; a vector is of one unit.
///   - two datasets of times and units, with usual names or those in options.columns, and perhaps one of trials in
///     options.columns.trial; or a group with one dataset of times for each unit. They are in the root, in its only
///     group, or in options.object. An attribute `units` may say what times count.
///
/// Time and memory as io::read_spikes. Every dataset is read once. HDF5 prints nothing meanwhile.
///
/// Throws InvalidArgument if options.dt_ms is missing, or options.unit where the file does not say it, and as
/// bin_spikes. Throws FileError, with the path of the object, for a file that is not HDF5, for one without spike times
/// that are recognised (the message lists what it holds), for datasets that do not fit together, and as bin_spikes.
[[nodiscard]] inline RecordedSpikes read_spikes(const std::string& path, const SpikeOptions& options) {
  return bin_spikes(detail::Hdf5SpikeReader(path, options).read(), options);
}

}  // namespace hdf5
}  // namespace spikeometric::io
