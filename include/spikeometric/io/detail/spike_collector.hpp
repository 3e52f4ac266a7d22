// SPDX-License-Identifier: BSD-3-Clause
//
// Collects spikes that a file has in any order of times, units and trials.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "spikeometric/io/detail/neuron_ids.hpp"
#include "spikeometric/io/detail/table_reader.hpp"
#include "spikeometric/io/recorded_spikes.hpp"

namespace spikeometric::io::detail {

/// The usual names of columns and datasets, in order of preference.
namespace usual {

inline constexpr std::array<std::string_view, 17> time{
    "time",    "times",   "spike_time", "spike_times",   "timestamp",      "timestamps",   "t",
    "time_ms", "time_s",  "t_ms",       "spike_time_ms", "spike_times_ms", "spike_time_s", "spike_times_s",
    "sample",  "samples", "seconds"};
inline constexpr std::array<std::string_view, 21> unit{
    "unit",       "units",   "unit_id",  "unit_ids",   "neuron", "neurons",        "neuron_id",
    "neuron_ids", "cluster", "clusters", "cluster_id", "cell",   "cell_id",        "node_id",
    "node_ids",   "gid",     "sender",   "senders",    "gids",   "spike_clusters", "id"};
inline constexpr std::array<std::string_view, 7> trial{"trial",       "trials", "trial_id",  "trial_number",
                                                       "trial_index", "sweep",  "repetition"};

}  // namespace usual

/// The unit of time at the end of a name, such as time_ms or "time [s]".
inline std::optional<TimeUnit> unit_in_name(const std::string& name) {
  std::string text = in_small_letters(name);
  while (!text.empty() && (text.back() < 'a' || text.back() > 'z')) text.pop_back();
  std::size_t first = text.size();
  while (first > 0 && 'a' <= text[first - 1] && text[first - 1] <= 'z') --first;
  const std::string word = text.substr(first);
  for (const char* known : {"ms", "msec", "milliseconds"})
    if (word == known) return TimeUnit::milliseconds;
  for (const char* known : {"s", "sec", "seconds"})
    if (word == known) return TimeUnit::seconds;
  for (const char* known : {"sample", "samples"})
    if (word == known) return TimeUnit::samples;
  return {};
}

/// Orders words by their bytes, but numbers in them by their value: unit2 before unit10.
inline bool natural_less(std::string_view a, std::string_view b) {
  const auto is_digit = [](char c) { return '0' <= c && c <= '9'; };
  const auto number = [&](std::string_view text, std::size_t& at) {
    std::size_t first = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    while (first + 1 < at && text[first] == '0') ++first;
    return text.substr(first, at - first);
  };
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string_view x = number(a, i), y = number(b, j);
      if (x != y) return x.size() != y.size() ? x.size() < y.size() : x < y;
    } else if (a[i] != b[j]) {
      return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
    } else {
      ++i, ++j;
    }
  }
  return std::pair(a.size() - i, a) < std::pair(b.size() - j, b);
}

/// The places of words in natural order.
inline std::vector<std::size_t> natural_order(const std::vector<std::string>& words) {
  std::vector<std::size_t> order(words.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return natural_less(words[a], words[b]); });
  return order;
}

/// A number as a whole number, if it is one that double can hold.
inline std::optional<std::int64_t> whole_number(double value) {
  if (!(std::abs(value) < 0x1p53) || value != std::floor(value)) return {};
  return static_cast<std::int64_t>(value);
}

/// Numbers labels 0, 1, ... in order of arrival. A label is a word or a number, and its name is the text in the file;
/// but 3.0 and 3.0e+00, as programs write whole numbers, are called 3.
class Labels {
 public:
  /// Calls refuse(what), which must throw, for a label that is empty or a number that is not whole.
  template <class Refuse>
  std::uint32_t key(std::string_view label, Refuse&& refuse) {
    if (!names_.empty() && label == names_[latest_]) return latest_;
    if (const auto found = words_.find(label); found != words_.end()) return latest_ = found->second;
    if (label.empty()) refuse("empty");
    if (label.find('.') != label.npos && is_number(label)) {
      double value = 0.0;
      std::from_chars(label.data() + (label[0] == '+'), label.data() + label.size(), value);
      const auto whole = whole_number(value);
      if (!whole) refuse("a number that is not whole, so that it may be a time");
      return key(*whole);
    }
    return add(std::string(label));
  }

  std::uint32_t key(std::int64_t label) {
    const auto number = static_cast<std::uint64_t>(label);
    const std::uint64_t known = numbers_.key(number, keys_of_numbers_.size());
    if (known == keys_of_numbers_.size()) {
      const std::string name = std::to_string(label);
      const auto found = words_.find(name);
      keys_of_numbers_.push_back(found == words_.end() ? add(name) : found->second);
    }
    return latest_ = keys_of_numbers_[known];
  }

  const std::vector<std::string>& names() const { return names_; }

 private:
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::uint32_t add(std::string name) {
    latest_ = static_cast<std::uint32_t>(names_.size());
    words_.emplace(name, latest_);
    names_.push_back(std::move(name));
    return latest_;
  }

  std::uint32_t latest_ = 0;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> words_;
  NumberKeys numbers_;
  std::vector<std::uint32_t> keys_of_numbers_;
};

/// Spikes by trial and unit. Memory: 8 to 16 bytes a spike.
class SpikeCollector {
 public:
  Labels units, trials;

  /// Adds a spike of a unit, and of a trial if there are trials, by their keys.
  void add(double time, std::uint32_t unit, std::uint32_t trial = 0) {
    if (trial >= times_.size()) times_.resize(trial + std::size_t{1});
    if (unit >= times_[trial].size()) times_[trial].resize(units.names().size());
    times_[trial][unit].push_back(time);
  }

  /// All spikes, units and trials in natural order of their names.
  SpikeTimes finish(std::string path) {
    SpikeTimes result;
    result.path = std::move(path);
    const std::vector<std::size_t> order = natural_order(units.names());
    for (const std::size_t unit : order) result.units.push_back(units.names()[unit]);
    std::vector<std::size_t> clocks = natural_order(trials.names());
    for (const std::size_t trial : clocks) result.trial_names.push_back(trials.names()[trial]);
    if (clocks.empty()) clocks.push_back(0);
    times_.resize(clocks.size());
    for (const std::size_t clock : clocks) {
      times_[clock].resize(order.size());
      auto& times = result.times.emplace_back();
      for (const std::size_t unit : order) times.push_back(std::move(times_[clock][unit]));
    }
    note_missing_trials(result);
    note_one_clock(result);
    return result;
  }

 private:
  /// Notes the numbers between the first and the last trial that no spike has.
  static void note_missing_trials(SpikeTimes& result) {
    std::vector<std::string> missing;
    std::optional<std::uint64_t> next;
    for (const std::string& name : result.trial_names) {
      const auto trial = whole_number(name);
      if (!trial) return;
      for (; next && *next < *trial && missing.size() < 6; ++*next) missing.push_back(std::to_string(*next));
      next = *trial + 1;
    }
    if (!missing.empty())
      result.notes.push_back("the table has no spikes of trials " + listed(missing, 5) +
                             ": if they took place, they are missing from the recording");
  }

  /// Notes if each trial begins after the one before ends, as it does where trials do not count their own time.
  static void note_one_clock(SpikeTimes& result) {
    double last = -std::numeric_limits<double>::infinity();
    for (const auto& clock : result.times) {
      const double before = last;
      for (const std::vector<double>& train : clock) {
        if (train.empty()) continue;
        const auto [least, largest] = std::minmax_element(train.begin(), train.end());
        if (*least <= before) return;
        last = std::max(last, *largest);
      }
    }
    if (result.times.size() > 1)
      result.notes.push_back(
          "the times of each trial come after those of the trial before: if they do not count from the beginning of "
          "their trial, set .trials to the windows of the trials");
  }

  std::vector<std::vector<std::vector<double>>> times_;
};

}  // namespace spikeometric::io::detail
