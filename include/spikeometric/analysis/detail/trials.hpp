// SPDX-License-Identifier: BSD-3-Clause
//
// What analyses of trials share: the recordings, the rows of their results, and counts in bins.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/mask.hpp"
#include "spikeometric/graph/populations.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/simulate/events.hpp"

namespace spikeometric::detail {

/// Throws InvalidArgument if there are no trials, or if they differ in the number of neurons or in dt.
template <class Event>
std::span<const Events<Event>> alike(std::span<const Events<Event>> trials) {
  if (trials.empty()) throw InvalidArgument("there must be at least one trial");
  const auto text = [&](std::size_t trial) {
    return "trial " + std::to_string(trial) + " has " + std::to_string(trials[trial].neurons()) +
           " neurons and dt = " + to_text(trials[trial].dt_ms()) + " ms";
  };
  for (std::size_t trial = 1; trial < trials.size(); ++trial)
    if (trials[trial].neurons() != trials[0].neurons() || trials[trial].dt_ms() != trials[0].dt_ms())
      throw InvalidArgument(text(0) + ", but " + text(trial));
  return trials;
}

/// A recording as the only trial, or the recordings of several trials. Throws InvalidArgument if there are no trials,
/// or if they differ in the number of neurons or in dt.
template <class Event>
std::span<const Events<Event>> trials_of(const Events<Event>& recording) {
  return {&recording, 1};
}
template <class Event>
std::span<const Events<Event>> trials_of(const std::vector<Events<Event>>& trials) {
  return alike(std::span<const Events<Event>>{trials.data(), trials.size()});
}
template <class Event>
std::span<const Events<Event>> trials_of(const BatchEvents<Event>& trials) {
  return trials_of(trials.by_network());
}

/// Events, BatchEvents or a std::vector of Events.
template <class T>
concept RecordingOrTrials = requires(const T& recordings) {
  trials_of(recordings);
};

/// BatchEvents or a std::vector of Events.
template <class T>
concept Trials = RecordingOrTrials<T> && requires(const T& trials) {
  trials[0].neurons();
};

inline void require_bin(std::uint64_t bin_steps) {
  if (bin_steps == 0) throw InvalidArgument("bin_steps = 0 must be at least 1");
}

/// The rows of a result: each is for one neuron, or for several.
struct Rows {
  static constexpr std::uint32_t none = Populations::none;
  std::vector<std::uint32_t> of;     ///< of each neuron, or none
  std::vector<std::uint64_t> sizes;  ///< number of neurons of each row

  /// A row for each neuron of a mask, in ascending order. Throws as Mask::bind.
  static Rows of_each(const Mask& mask, std::uint64_t neurons) {
    Rows rows{std::vector<std::uint32_t>(neurons, none), {}};
    mask.bind(neurons).for_each(0, neurons, [&](std::uint32_t neuron) {
      rows.of[neuron] = static_cast<std::uint32_t>(rows.sizes.size());
      rows.sizes.push_back(1);
    });
    return rows;
  }

  /// One row for all neurons of a mask. Throws InvalidArgument for a mask without neurons, and as Mask::bind.
  static Rows of_all(const Mask& mask, std::uint64_t neurons) {
    const BoundMask bound = mask.bind(neurons);
    if (bound.size() == 0) throw InvalidArgument("a mask without neurons has no rate");
    Rows rows{std::vector<std::uint32_t>(neurons, none), {bound.size()}};
    bound.for_each(0, neurons, [&](std::uint32_t neuron) { rows.of[neuron] = 0; });
    return rows;
  }

  /// A row for each population. Throws InvalidArgument for populations of another number of neurons.
  static Rows of_each(const Populations& populations, std::uint64_t neurons) {
    require_fit(populations, neurons);
    Rows rows{populations.of_neurons(), {}};
    for (std::size_t i = 0; i < populations.size(); ++i) rows.sizes.push_back(populations.size_of(i));
    return rows;
  }
};

/// The spikes of each row in a bin.
class BinCounts {
 public:
  explicit BinCounts(std::size_t rows) : counts_(rows) {}

  void add(std::uint32_t row, std::uint64_t count) {
    if (counts_[row] == 0) touched_.push_back(row);
    counts_[row] += count;
  }

  /// The rows with spikes and their counts, in ascending order of row. The counts are 0 afterwards.
  const std::vector<std::pair<std::uint32_t, double>>& take() {
    std::sort(touched_.begin(), touched_.end());
    taken_.clear();
    for (const std::uint32_t row : touched_)
      taken_.emplace_back(row, static_cast<double>(std::exchange(counts_[row], 0)));
    touched_.clear();
    return taken_;
  }

 private:
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint32_t> touched_;
  std::vector<std::pair<std::uint32_t, double>> taken_;
};

/// Reads a recording in order, from a step on.
template <class Event>
class BinReader {
 public:
  explicit BinReader(const Events<Event>& events, std::uint64_t first = 0)
      : next_(std::partition_point(events.packed().begin(), events.packed().end(),
                                   [&](const Event& event) { return event.offset < first; })),
        end_(events.packed().end()) {}

  /// Adds the spikes before a step to the counts of their rows.
  void read_until(std::uint64_t step, const Rows& rows, BinCounts& counts) {
    for (; next_ != end_ && next_->offset < step; ++next_)
      if (const std::uint32_t row = rows.of[next_->neuron]; row != Rows::none) counts.add(row, next_->count);
  }

 private:
  typename std::span<const Event>::iterator next_, end_;
};

}  // namespace spikeometric::detail
