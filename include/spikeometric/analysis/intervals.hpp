// SPDX-License-Identifier: BSD-3-Clause
//
// Intervals between the spikes of a neuron: their mean and coefficient of variation (CV), a measure of irregularity
// that is 0 for a regular train and 1 for a Poisson process.
//
//   const std::vector<sk::Intervals> each = sk::intervals(spikes);       // one for each neuron; of trials, too
//   std::cout << each[7].mean_ms << " ms, CV " << each[7].cv << '\n';
//   const sk::MeanIntervals l4e = sk::mean_intervals(each, populations["L4E"]);
//   std::cout << l4e.cv << " in " << l4e.neurons << " neurons; " << l4e.excluded << " had too few intervals\n";
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "spikeometric/analysis/detail/trials.hpp"
#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/graph/mask.hpp"
#include "spikeometric/graph/populations.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/simulate/events.hpp"

namespace spikeometric {

/// The intervals between successive spikes of one neuron. Several spikes in one step have intervals of 0.
struct Intervals {
  std::uint64_t count = 0;  ///< number of intervals: one less than the number of spikes, in each trial with spikes
  double mean_ms = std::numeric_limits<double>::quiet_NaN();  ///< NaN without intervals
  /// Standard deviation (over all intervals, not all but one) divided by the mean. NaN without intervals, or if the
  /// mean is 0.
  double cv = std::numeric_limits<double>::quiet_NaN();
};

namespace detail {

template <class Event>
std::vector<Intervals> intervals_of(std::span<const Events<Event>> trials) {
  struct Train {
    std::uint64_t count = 0, trial = 0, latest = 0;
    double mean = 0.0, squares = 0.0;  // of the intervals in steps: mean, sum of squared deviations

    void add(std::uint64_t interval_steps) {
      const double interval = static_cast<double>(interval_steps), deviation = interval - mean;
      ++count;
      mean += deviation / static_cast<double>(count);
      squares += mul(deviation, interval - mean);
    }
  };
  std::vector<Train> trains(trials[0].neurons());
  for (std::uint64_t trial = 1; trial <= trials.size(); ++trial)
    for (const Event& event : trials[trial - 1].packed()) {
      Train& train = trains[event.neuron];
      for (std::uint32_t i = 0; i < event.count; ++i) {
        if (std::exchange(train.trial, trial) == trial) train.add(event.offset - train.latest);
        train.latest = event.offset;
      }
    }

  std::vector<Intervals> result(trains.size());
  for (std::size_t neuron = 0; neuron < trains.size(); ++neuron) {
    const Train& train = trains[neuron];
    if (train.count == 0) continue;
    result[neuron] = {train.count, train.mean * trials[0].dt_ms(),
                      sqrt(train.squares / static_cast<double>(train.count)) / train.mean};
  }
  return result;
}

}  // namespace detail

/// The intervals of each neuron. `recordings` is Events, or the trials of one network as BatchEvents or a std::vector
/// of Events: the intervals of all trials are then taken together, and none extends over two trials. O(events +
/// neurons). The variance is computed by Welford's method (Technometrics 4, 1962), so a regular train has a CV of
/// exactly 0. Throws InvalidArgument for trials that differ in the number of neurons or in dt.
template <detail::RecordingOrTrials Recordings>
[[nodiscard]] std::vector<Intervals> intervals(const Recordings& recordings) {
  return detail::intervals_of(detail::trials_of(recordings));
}

/// Which neurons count in a mean over neurons.
struct MeanIntervalsOptions {
  /// Neurons with fewer intervals are excluded. The CV of n intervals of a Poisson process is too low by about 1.5 / n.
  std::uint64_t min_intervals = 10;
};

/// The means over some neurons. Each neuron has the same weight.
struct MeanIntervals {
  double mean_ms, cv;      ///< NaN if no neuron has enough intervals
  std::uint64_t neurons;   ///< number of neurons in the mean
  std::uint64_t excluded;  ///< number of neurons that have too few intervals, or only intervals of 0
};

/// The mean over the neurons of a mask. `each` has the intervals of each neuron. O(neurons). Throws
/// InvalidArgument for a mask that does not fit the network, and for min_intervals = 0.
[[nodiscard]] inline MeanIntervals mean_intervals(const std::vector<Intervals>& each, const Mask& mask,
                                                  const MeanIntervalsOptions& options = {}) {
  if (options.min_intervals == 0) throw InvalidArgument("min_intervals = 0 must be at least 1");
  MeanIntervals result{0.0, 0.0, 0, 0};
  mask.bind(each.size()).for_each(0, each.size(), [&](std::uint32_t neuron) {
    const Intervals& of = each[neuron];
    if (of.count < options.min_intervals || !(of.mean_ms > 0.0)) {
      ++result.excluded;
      return;
    }
    ++result.neurons;
    result.mean_ms += of.mean_ms;
    result.cv += of.cv;
  });
  result.mean_ms /= static_cast<double>(result.neurons);
  result.cv /= static_cast<double>(result.neurons);
  return result;
}

/// The mean over all neurons. Throws as for a mask.
[[nodiscard]] inline MeanIntervals mean_intervals(const std::vector<Intervals>& each,
                                                  const MeanIntervalsOptions& options = {}) {
  return mean_intervals(each, Mask{}, options);
}

/// The means of each population, in their order. Throws as for a mask.
[[nodiscard]] inline std::vector<MeanIntervals> mean_intervals(const std::vector<Intervals>& each,
                                                               const Populations& populations,
                                                               const MeanIntervalsOptions& options = {}) {
  std::vector<MeanIntervals> result;
  for (const Population& population : populations) result.push_back(mean_intervals(each, population.neurons, options));
  return result;
}

}  // namespace spikeometric
