// SPDX-License-Identifier: BSD-3-Clause
//
// Spikes that were recorded as times: how to read them, what a file of them holds, and what becomes of it.
//
//   const sk::io::SpikeOptions options{.unit = sk::io::TimeUnit::seconds, .dt_ms = 1.0};
//   const sk::io::RecordedSpikes recorded = sk::io::read_spikes("spikes.csv", options);   // io/spike_times.hpp
//   for (const std::string& note : recorded.notes) std::cerr << note << '\n';
//   for (const sk::io::UnitSummary& unit : recorded.units) std::cout << unit.name << ' ' << unit.rate_hz << " Hz\n";
//   const sk::Events<sk::BinaryEvent> spikes = sk::to_binary(recorded.recording());       // simulate/select.hpp
//
//   sk::io::bin_spikes({.units = {"A", "B"}, .times = {{{0.1, 0.7}, {0.3}}}}, options);    // times from elsewhere
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/names.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/simulate/events.hpp"

namespace spikeometric::io {

/// What spike times count.
enum class TimeUnit {
  seconds,
  milliseconds,
  samples  ///< of a recording with SpikeOptions::samples_per_second
};

/// A window [from_ms, to_ms) of a recording's time.
struct TimeWindow {
  double from_ms, to_ms;
};

/// What to do with spikes outside of the window, or of all trials.
enum class Outside {
  drop,   ///< leaves them out, counts them and makes a note
  refuse  ///< throws FileError, which names the first
};

/// What the lines of a text file are.
enum class SpikeLayout {
  automatic,  ///< found from the header and the first lines; if both fit, that is an error
  columns,    ///< one spike per line: a column of times and, unless the file is of one unit, one of units
  lines       ///< one unit per line, with all its times; perhaps its name comes first
};

/// Columns of a table, by name or by number, counted from 0; or names of datasets in an HDF5 file. Empty: one with a
/// usual name (time, times, spike_time, ...; unit, neuron, id, cluster, ...; trial, ...), if there is one.
struct SpikeColumns {
  std::string time = {}, unit = {}, trial = {};
};

/// How to read spike times, and how to make steps of them.
struct SpikeOptions {
  /// What times count. Required, unless the file says it, as do NWB files and a column called time_ms.
  std::optional<TimeUnit> unit = {};
  double samples_per_second = 0.0;  ///< required for TimeUnit::samples, and only then
  double dt_ms = 0.0;               ///< length of a step; required

  /// The window [from_ms, to_ms), of each trial if the file has a column of trials. Step 0 begins at from_ms. The
  /// default is from 0, where negative times are an error, to the end of the step of the last spike of all units.
  std::optional<double> from_ms = {}, to_ms = {};
  /// Cuts the recording into trials: trial i has the spikes in trials[i], and its step 0 begins at trials[i].from_ms.
  /// Windows may be in any order and overlap. They replace from_ms and to_ms, and a column of trials.
  std::vector<TimeWindow> trials = {};
  bool trials_of_file = false;  ///< cuts the recording into the trials that the file lists (NWB)
  Outside outside = Outside::drop;

  std::vector<std::string> units = {};  ///< names of the units to keep, in this order; empty: all
  double refractory_ms = 1.0;           ///< shorter intervals are counted: UnitSummary::refractory_violations

  // Text only:
  SpikeLayout layout = SpikeLayout::automatic;
  char separator = 0;               ///< ',', '\t', ';', or ' ' for any number of blanks; 0: found from the lines
  std::optional<bool> header = {};  ///< whether the first line names the columns; by default found from it

  SpikeColumns columns = {};  ///< of tables and of .npy arrays; names of datasets in HDF5 files
  std::string object = {};    ///< HDF5 files only: the group, dataset, or variable of MATLAB to read
};

/// Spike times as a file has them. Every reader makes these, and bin_spikes makes steps of them.
struct SpikeTimes {
  std::vector<std::string> units;  ///< names
  /// times[c][i] are the times of unit i on clock c, in any order. There is one clock or, if each trial counts its own
  /// time, one for each trial.
  std::vector<std::vector<std::vector<double>>> times;
  std::string path = {};                      ///< for messages
  std::vector<std::string> trial_names = {};  ///< of clocks; empty: all times are on one clock
  std::optional<TimeUnit> unit = {};          ///< if the file says it
  double precision = 0x1p-52;                 ///< spacing of the file's numbers, relative to their size
  std::vector<TimeWindow> trials = {};        ///< that the file lists
  std::vector<std::string> notes = {};        ///< on how the file was read
};

/// What there is to know of one unit before its spikes are used.
struct UnitSummary {
  std::string name;
  std::uint64_t spikes = 0;   ///< in the window, or in all trials
  std::uint64_t outside = 0;  ///< left out
  double rate_hz = 0.0;       ///< in the window, or in all trials
  /// The shortest interval between two spikes of a trial, from times, not steps. NaN if there is no interval.
  double shortest_interval_ms = std::numeric_limits<double>::quiet_NaN();
  std::uint64_t refractory_violations = 0;  ///< intervals shorter than SpikeOptions::refractory_ms
  std::uint64_t bins_with_several = 0;      ///< steps with more than one spike
};

/// Recorded spikes in steps. Neuron i is unit i.
struct RecordedSpikes {
  BatchEvents<CountEvent> trials;  ///< network i is trial i, and its first step is 0
  NeuronNames names;
  std::vector<UnitSummary> units;
  std::vector<std::string> trial_names;  ///< as the file has them, or "0", "1", ...
  std::uint64_t outside;                 ///< number of spikes that are left out
  std::vector<std::string> notes;        ///< what a user should know: one sentence each

  /// The recording, if there is one trial. Throws InvalidState if there are several.
  const Events<CountEvent>& recording() const& {
    require_one();
    return trials[0];
  }
  Events<CountEvent> recording() && {
    require_one();
    return std::move(trials)[0];
  }

 private:
  void require_one() const {
    if (trials.size() > 1)
      throw InvalidState("there is not one recording, but " + std::to_string(trials.size()) + " trials");
  }
};

namespace detail {

inline const char* name_of(TimeUnit unit) {
  constexpr const char* names[] = {"seconds", "milliseconds", "samples"};
  return names[static_cast<int>(unit)];
}

/// Throws InvalidArgument unless the options are valid by themselves. `said` is the unit that the file says.
inline void require_valid(const SpikeOptions& options, const std::string& path, std::optional<TimeUnit> said) {
  using spikeometric::detail::to_text;
  const auto refuse = [&](const std::string& what) { throw InvalidArgument((path.empty() ? "" : path + ": ") + what); };
  if (options.dt_ms == 0.0) refuse("the length of a step is missing: set .dt_ms, such as .dt_ms = 1.0");
  if (!(options.dt_ms > 0.0) || !std::isfinite(options.dt_ms))
    refuse("dt_ms = " + to_text(options.dt_ms) + " must be positive and finite");
  if (!options.unit && !said)
    refuse("the unit of the times is missing: set .unit to TimeUnit::seconds, milliseconds or samples");
  if (options.unit && said && options.unit != said)
    refuse(std::string("the times are in ") + name_of(*said) + ", as the file says, but .unit is " +
           name_of(*options.unit));
  const bool needs_rate = (said ? *said : *options.unit) == TimeUnit::samples;
  if (needs_rate && options.samples_per_second == 0.0)
    refuse("the sampling rate is missing: set .samples_per_second, such as .samples_per_second = 30000");
  if (needs_rate && (!(options.samples_per_second > 0.0) || !std::isfinite(options.samples_per_second)))
    refuse("samples_per_second = " + to_text(options.samples_per_second) + " must be positive and finite");
  if (!needs_rate && options.samples_per_second != 0.0)
    refuse("samples_per_second is given, but the times are not in samples");
  if (!(options.refractory_ms >= 0.0))
    refuse("refractory_ms = " + to_text(options.refractory_ms) + " must not be negative");
  const bool has_window = options.from_ms || options.to_ms;
  if (!options.trials.empty() && (has_window || options.trials_of_file))
    refuse(std::string("trials have windows of their own, so that ") +
           (has_window ? "from_ms and to_ms" : "trials_of_file") + " must not be given with .trials");
  if (options.trials_of_file && has_window)
    refuse("trials have windows of their own: from_ms and to_ms must not be given");
  for (const auto& limit : {options.from_ms, options.to_ms})
    if (limit && !std::isfinite(*limit)) refuse("the window must be finite, not " + to_text(*limit) + " ms");
}

/// "1 bin", "3 bins".
inline std::string counted(std::uint64_t number, const std::string& things) {
  return std::to_string(number) + " " + things + (number == 1 ? "" : "s");
}

/// The first few of some words.
inline std::string listed(const std::vector<std::string>& words, std::size_t max) {
  std::string text;
  for (std::size_t i = 0; i < std::min(words.size(), max); ++i) text.append(i > 0 ? ", " : "").append(words[i]);
  return text + (words.size() > max ? ", ..." : "");
}

/// The step of a time: see bin_spikes.
class StepOfTime {
 public:
  /// `largest` is the largest size of a time, and `precision` its relative error.
  StepOfTime(double from_ms, double dt_ms, double largest, double precision)
      : from_(from_ms),
        dt_(dt_ms),
        tolerance_(std::min(0.5, std::max(1e-6, 4.0 * precision * (std::abs(from_ms) + largest) / dt_ms))) {}

  /// As a real number: there may be no such step.
  double operator()(double time_ms) const {
    const double place = (time_ms - from_) / dt_, next = std::ceil(place);
    return next - place <= tolerance_ ? next : std::floor(place);
  }

  double tolerance_ms() const { return tolerance_ * dt_; }

 private:
  double from_, dt_, tolerance_;
};

/// Some of the times of a unit, in ascending order.
struct SpikeTrain {
  const double *next, *end;
};

/// The events of trains in steps 0, 1, ..., in order of step and neuron. O(spikes + (steps + trains x steps / 65536)).
inline std::vector<CountEvent> events_of(std::vector<SpikeTrain> trains, std::uint64_t steps,
                                         const StepOfTime& step_of) {
  constexpr std::uint64_t width = std::uint64_t{1} << 16;  // steps that are sorted at a time
  std::vector<CountEvent> result, some;
  std::vector<std::size_t> place(width + 1);
  std::size_t spikes = 0;
  for (const SpikeTrain& train : trains) spikes += static_cast<std::size_t>(train.end - train.next);
  result.reserve(spikes);
  for (std::uint64_t first = 0; first < steps; first += width) {
    some.clear();
    for (std::uint32_t unit = 0; unit < trains.size(); ++unit) {
      for (SpikeTrain& train = trains[unit]; train.next != train.end; ++train.next) {
        const double step = step_of(*train.next);
        if (step >= static_cast<double>(first + width)) break;
        const auto offset = static_cast<std::uint32_t>(step);
        if (!some.empty() && some.back().neuron == unit && some.back().offset == offset)
          ++some.back().count;
        else
          some.emplace_back(offset, unit, 1);
      }
    }
    if (some.empty()) continue;
    std::fill(place.begin(), place.end(), 0);
    for (const CountEvent& event : some) ++place[event.offset - first + 1];
    std::partial_sum(place.begin(), place.end(), place.begin());
    const std::size_t before = result.size();
    result.resize(before + some.size(), CountEvent{0, 0, 0});
    for (const CountEvent& event : some) result[before + place[event.offset - first]++] = event;
  }
  return result;
}

/// Makes steps of spike times.
class SpikeBinner {
 public:
  SpikeBinner(SpikeTimes times, const SpikeOptions& options) : times_(std::move(times)), options_(options) {}

  RecordedSpikes bin() {
    require_valid(options_, times_.path, times_.unit);
    convert();
    choose_units();
    find_windows();
    std::vector<Events<CountEvent>> trials(windows_.size(), Events<CountEvent>(names_.all().size(), options_.dt_ms));
    std::vector<std::size_t> order(windows_.size());  // of time
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(windows_[a].clock, windows_[a].from_ms) < std::pair(windows_[b].clock, windows_[b].from_ms);
    });
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i == 0 || windows_[order[i]].clock != windows_[order[i - 1]].clock) covered_.assign(chosen_.size(), 0);
      trials[order[i]] = trial(order[i]);
      if (i + 1 == order.size() || windows_[order[i]].clock != windows_[order[i + 1]].clock) count_the_rest(order[i]);
    }
    return finish(std::move(trials));
  }

 private:
  /// The steps of a trial.
  struct Window {
    std::size_t clock;
    double from_ms, to_ms;
    std::uint64_t steps;
  };

  [[noreturn]] void fail(const std::string& what) const {
    if (times_.path.empty()) throw InvalidArgument(what);
    throw FileError(times_.path, what);
  }

  static std::string ms(double value) { return spikeometric::detail::to_short_text(value) + " ms"; }

  bool has_trial_clocks() const { return !times_.trial_names.empty(); }

  /// "unit 7", or "unit 7, trial 3" where trials have clocks.
  std::string unit_text(std::size_t unit, std::size_t clock) const {
    return "unit " + times_.units[unit] + (has_trial_clocks() ? ", trial " + times_.trial_names[clock] : "");
  }

  /// Makes all times milliseconds in ascending order, and finds the last.
  void convert() {
    const TimeUnit unit = times_.unit ? *times_.unit : *options_.unit;
    const double factor = unit == TimeUnit::milliseconds ? 1.0 : 1000.0;
    const double divisor = unit == TimeUnit::samples ? options_.samples_per_second : 1.0;
    std::vector<bool> sorted_units(times_.units.size());
    for (std::size_t clock = 0; clock < times_.times.size(); ++clock) {
      if (times_.times[clock].size() != times_.units.size())
        fail("there are " + std::to_string(times_.times[clock].size()) + " lists of times for " +
             counted(times_.units.size(), "unit"));
      for (std::size_t i = 0; i < times_.units.size(); ++i) {
        std::vector<double>& train = times_.times[clock][i];
        for (double& time : train) {
          const double in_ms = time * factor / divisor;
          if (!std::isfinite(in_ms))
            fail(unit_text(i, clock) + ": time " + spikeometric::detail::to_text(time) + " is not finite");
          time = in_ms;
        }
        if (!std::is_sorted(train.begin(), train.end())) {
          std::sort(train.begin(), train.end());
          sorted_units[i] = true;
        }
        spikes_ += train.size();
        if (train.empty()) continue;
        first_ = std::min(first_, train.front());
        last_ = std::max(last_, train.back());
        if (train.front() < 0.0 && !options_.from_ms && options_.trials.empty() && !options_.trials_of_file)
          fail(unit_text(i, clock) + ": the spike at " + ms(train.front()) +
               " is before 0; set .from_ms to where the recording begins");
      }
    }
    if (spikes_ == 0) fail("there are no spikes");
    if (const auto number = std::count(sorted_units.begin(), sorted_units.end(), true); number > 0)
      times_.notes.push_back("the times of " + counted(static_cast<std::uint64_t>(number), "unit") +
                             " are not in ascending order and were sorted");
  }

  void choose_units() {
    const NeuronNames known = [&] {
      try {
        return NeuronNames{times_.units};
      } catch (const InvalidArgument& error) {
        fail(error.what());
      }
    }();
    if (options_.units.empty()) {
      names_ = known;
      chosen_.resize(times_.units.size());
      std::iota(chosen_.begin(), chosen_.end(), std::uint32_t{0});
      return;
    }
    names_ = NeuronNames{options_.units};
    for (const std::string& name : options_.units) {
      try {
        chosen_.push_back(known.id(name));
      } catch (const InvalidArgument&) {
        fail("there is no unit '" + name + "'; the file has " + counted(times_.units.size(), "unit") + ": " +
             listed(times_.units, 20));
      }
    }
  }

  StepOfTime step_of(double from_ms) const {
    return {from_ms, options_.dt_ms, std::max(std::abs(first_), std::abs(last_)), times_.precision};
  }

  /// Adds a trial: the whole steps in the window.
  void add_window(std::size_t clock, double from_ms, double to_ms) {
    const std::string name = "trial " + std::to_string(windows_.size()) + ": ";
    const std::string text = "the window from " + ms(from_ms) + " to " + ms(to_ms);
    if (!(from_ms < to_ms) || !std::isfinite(from_ms) || !std::isfinite(to_ms))
      throw InvalidArgument(name + text + " must end after it begins, and both must be finite");
    const double steps = step_of(from_ms)(to_ms);
    if (steps < 1.0) throw InvalidArgument(name + text + " is shorter than a step of " + ms(options_.dt_ms));
    require_room(steps, name + text);
    if ((to_ms - from_ms) - steps * options_.dt_ms > step_of(from_ms).tolerance_ms()) ++incomplete_;
    windows_.push_back({clock, from_ms, to_ms, static_cast<std::uint64_t>(steps)});
  }

  void require_room(double steps, const std::string& what) const {
    if (steps > 4294967296.0)
      throw TooLong(what + " has " + spikeometric::detail::to_short_text(steps) + " steps of " + ms(options_.dt_ms) +
                    ", but a recording has at most 2^32; are the unit of the times and dt_ms right?");
  }

  void find_windows() {
    if (options_.trials_of_file && times_.trials.empty()) fail("there are no trials, which .trials_of_file asks for");
    const std::vector<TimeWindow>& given = options_.trials_of_file ? times_.trials : options_.trials;
    if (!given.empty()) {
      if (has_trial_clocks())
        throw InvalidArgument("windows of trials are given, but each trial of the file counts its own time");
      for (const TimeWindow& window : given) add_window(0, window.from_ms, window.to_ms);
    } else {
      const double from = options_.from_ms.value_or(0.0);
      for (std::size_t clock = 0; clock < times_.times.size(); ++clock) {
        if (options_.to_ms) {
          add_window(clock, from, *options_.to_ms);
          continue;
        }
        const double steps = step_of(from)(last_) + 1.0;
        if (steps < 1.0) fail("there are no spikes from " + ms(from) + " on: the last is at " + ms(last_));
        require_room(steps, "the recording up to " + ms(last_));
        windows_.push_back({clock, from, from + steps * options_.dt_ms, static_cast<std::uint64_t>(steps)});
      }
      if (!times_.trials.empty())
        times_.notes.push_back("the file lists " + counted(times_.trials.size(), "trial") +
                               ", which .trials_of_file = true cuts out");
    }
    units_.resize(chosen_.size());
    for (std::size_t i = 0; i < chosen_.size(); ++i) units_[i].name = times_.units[chosen_[i]];
  }

  /// Cuts out a trial. Those of the same clock come in order of time.
  Events<CountEvent> trial(std::size_t index) {
    const Window& window = windows_[index];
    const StepOfTime step = step_of(window.from_ms);
    const auto steps = static_cast<double>(window.steps);
    std::vector<SpikeTrain> trains;
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      const std::vector<double>& train = times_.times[window.clock][chosen_[i]];
      const auto begin = std::partition_point(train.begin(), train.end(), [&](double t) { return step(t) < 0.0; });
      const auto end = std::partition_point(begin, train.end(), [&](double t) { return step(t) < steps; });
      trains.push_back({train.data() + (begin - train.begin()), train.data() + (end - train.begin())});
      cover(i, window, static_cast<std::size_t>(begin - train.begin()), static_cast<std::size_t>(end - train.begin()));
      UnitSummary& unit = units_[i];
      unit.spikes += static_cast<std::uint64_t>(end - begin);
      for (auto spike = begin; spike != end && spike + 1 != end; ++spike) {
        const double interval = *(spike + 1) - *spike;
        if (!(interval >= unit.shortest_interval_ms)) unit.shortest_interval_ms = interval;
        unit.refractory_violations += interval < options_.refractory_ms - step.tolerance_ms();
      }
    }
    std::vector<CountEvent> events = events_of(std::move(trains), window.steps, step);
    for (const CountEvent& event : events) units_[event.neuron].bins_with_several += event.count > 1;
    if (events.empty()) silent_trials_.push_back(trial_name(index));
    seconds_ += steps * options_.dt_ms / 1000.0;
    return {chosen_.size(), options_.dt_ms, static_cast<std::uint32_t>(index), 0, window.steps, std::move(events)};
  }

  /// Counts the spikes before a trial that are in no trial, and those in it that are in another one.
  void cover(std::size_t unit, const Window& window, std::size_t begin, std::size_t end) {
    if (begin > covered_[unit]) leave_out(unit, window, covered_[unit], begin - covered_[unit]);
    in_several_ += std::min(end, covered_[unit]) - std::min(begin, covered_[unit]);
    covered_[unit] = std::max(covered_[unit], end);
  }

  void count_the_rest(std::size_t index) {
    const Window& window = windows_[index];
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      const std::size_t spikes = times_.times[window.clock][chosen_[i]].size();
      if (spikes > covered_[i]) leave_out(i, window, covered_[i], spikes - covered_[i]);
    }
  }

  void leave_out(std::size_t unit, const Window& window, std::size_t first, std::size_t spikes) {
    if (options_.outside == Outside::refuse)
      fail(unit_text(chosen_[unit], window.clock) + ": the spike at " +
           ms(times_.times[window.clock][chosen_[unit]][first]) + " is outside of " +
           (windows_.size() > 1 && !has_trial_clocks()
                ? "all trials"
                : "the window from " + ms(window.from_ms) + " to " + ms(window.to_ms)));
    units_[unit].outside += spikes;
  }

  std::string trial_name(std::size_t index) const {
    return has_trial_clocks() ? times_.trial_names[windows_[index].clock] : std::to_string(index);
  }

  /// Notes how many things there are of how many units, and which unit has most. `verb` is "is" or "has".
  void note_on(std::uint64_t UnitSummary::*number, const std::string& things, const std::string& verb,
               const std::string& what) {
    std::uint64_t all = 0, of = 0;
    const UnitSummary* most = nullptr;
    for (const UnitSummary& unit : units_) {
      all += unit.*number;
      of += unit.*number > 0;
      if (!most || unit.*number > most->*number) most = &unit;
    }
    if (all == 0) return;
    times_.notes.push_back(counted(all, things) + " of " + counted(of, "unit") + " " +
                           (all == 1       ? verb
                            : verb == "is" ? "are"
                                           : "have") +
                           " " + what +
                           (of > 1 ? " (most: unit " + most->name + ", " + counted(most->*number, things) + ")"
                                   : " (unit " + most->name + ")"));
  }

  RecordedSpikes finish(std::vector<Events<CountEvent>> trials) {
    std::vector<std::string> silent, fast;
    std::uint64_t spikes = 0, outside = 0;
    for (UnitSummary& unit : units_) {
      unit.rate_hz = static_cast<double>(unit.spikes) / seconds_;
      spikes += unit.spikes;
      outside += unit.outside;
      if (unit.spikes == 0) silent.push_back(unit.name);
      if (unit.rate_hz > 1000.0) fast.push_back(unit.name);
    }
    const bool cut = windows_.size() > 1 && !has_trial_clocks();
    const std::string where = cut ? "trials" : "window";
    if (spikes == 0)
      fail("there are no spikes of these units in the " + where + ": the spikes of all units are from " + ms(first_) +
           " to " + ms(last_) + "; is the unit of the times right?");
    note_on(&UnitSummary::outside, "spike", "is", "outside of the " + where + " and left out");
    if (in_several_ > 0)
      times_.notes.push_back("windows of trials overlap: " + counted(in_several_, "spike") +
                             " of one trial are also in another");
    if (incomplete_ > 0)
      times_.notes.push_back((cut ? counted(incomplete_, "trial") + " end" : "the window ends") +
                             " with an incomplete step, which is left out");
    note_on(&UnitSummary::bins_with_several, "bin", "has", "several spikes");
    note_on(&UnitSummary::refractory_violations, "interval", "is", "shorter than " + ms(options_.refractory_ms));
    if (!silent.empty())
      times_.notes.push_back(counted(silent.size(), "unit") + " without spikes in the " + where + ": " +
                             listed(silent, 5));
    if (!silent_trials_.empty())
      times_.notes.push_back(counted(silent_trials_.size(), "trial") + " without spikes: " + listed(silent_trials_, 5));
    if (!fast.empty())
      times_.notes.push_back(counted(fast.size(), "unit") + " with a rate above 1000 Hz: " + listed(fast, 5) +
                             "; is the unit of the times right?");
    if (const double spacing = times_.precision * last_; spacing > 0.1 * options_.dt_ms)
      times_.notes.push_back("the file's numbers have a resolution of " + ms(spacing) + " at " + ms(last_) +
                             ": too coarse for steps of " + ms(options_.dt_ms));
    std::vector<std::string> trial_names;
    for (std::size_t i = 0; i < windows_.size(); ++i) trial_names.push_back(trial_name(i));
    return {BatchEvents{std::move(trials)}, std::move(names_), std::move(units_),
            std::move(trial_names),         outside,           std::move(times_.notes)};
  }

  SpikeTimes times_;
  const SpikeOptions& options_;
  std::uint64_t spikes_ = 0, in_several_ = 0, incomplete_ = 0;
  double first_ = std::numeric_limits<double>::infinity(), last_ = -std::numeric_limits<double>::infinity();
  double seconds_ = 0.0;  // of all trials
  NeuronNames names_;
  std::vector<std::uint32_t> chosen_;  // units
  std::vector<UnitSummary> units_;     // that are chosen
  std::vector<Window> windows_;
  std::vector<std::size_t> covered_;  // of each chosen unit, the number of spikes before the end of the trials so far
  std::vector<std::string> silent_trials_;
};

}  // namespace detail

/// Makes steps of spike times. A spike at time t is in step floor((t - from) / dt), where `from` is the beginning of
/// its window. A time that is less than a millionth of a step before the next one, or closer to it than rounding of its
/// numbers explains, counts to the next: 0.3 ms is in step 3 of 0.1 ms, although 0.3 / 0.1 is less than 3 in double
/// precision. A window has the whole steps that fit into it.
///
/// O(spikes + steps + trials x units) time, O(spikes log(spikes)) for times that are not in order; 20 bytes a spike.
///
/// Throws InvalidArgument for a missing unit, dt or sampling rate, for a window that ends before it begins or is
/// shorter than a step, and for options that exclude each other. Throws FileError (InvalidArgument if times.path is
/// empty) if there are no spikes, in the file or in the window; for a time that is not finite, or that is negative
/// without from_ms; for two units of one name; for a unit that does not exist; and for a spike outside of the window or
/// of all trials if options.outside is refuse. Throws TooLong for more than 2^32 steps.
[[nodiscard]] inline RecordedSpikes bin_spikes(SpikeTimes times, const SpikeOptions& options) {
  return detail::SpikeBinner{std::move(times), options}.bin();
}

}  // namespace spikeometric::io
