// SPDX-License-Identifier: BSD-3-Clause
//
// Peri-stimulus time histograms (PSTH): the rate as a function of the time in a trial, or around given events.
//
//   const sk::BatchEvents trials = many.run(2'000);                                // or a std::vector of sk::Events
//   const std::vector<sk::Psth> each = sk::psth(trials, {.bin_steps = 10});        // one for each neuron
//   const sk::Psth all = sk::psth(trials, sk::neurons(0, 80), {.bin_steps = 10});  // the mean rate of these neurons
//   const std::vector<sk::Psth> by_population = sk::psth(trials, populations, {.bin_steps = 10});
//
//   const sk::Psth around = sk::psth(spikes, event_steps, sk::neurons({7}),        // events in one recording
//                                    {.before_steps = 100, .after_steps = 400, .bin_steps = 10});
//
// As a picture, with the standard error as a band:
//
//   sk::io::Plot plot{.title = "Response to a flash", .x_label = "time (ms)", .y_label = "rate (Hz)"};
//   plot.series = {{.name = "neuron 7", .style = sk::io::Style::outline, .x = each[7].edges_ms, .y = each[7].rate_hz,
//                   .band = each[7].error_hz}};
//   sk::io::write_svg("psth.svg", plot);
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/analysis/detail/trials.hpp"
#include "spikeometric/graph/mask.hpp"
#include "spikeometric/graph/populations.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/simulate/events.hpp"

namespace spikeometric {

/// The bins of a PSTH of trials.
struct PsthOptions {
  std::uint64_t bin_steps = 0;  ///< width of a bin; must be given
};

/// The bins of a PSTH around events, in the steps [event - before_steps, event + after_steps). Both are multiples of
/// the width of a bin, so that the event begins a bin.
struct PeriEventOptions {
  std::uint64_t before_steps = 0;
  std::uint64_t after_steps = 0;
  std::uint64_t bin_steps = 0;  ///< width of a bin; must be given
};

/// The rate of a neuron, or the mean rate of several, in bins of time; averaged over trials. Time 0 is the first step
/// of a trial, or the event. Memory: 32 bytes for each bin.
struct Psth {
  std::vector<double> edges_ms;       ///< of the bins: one more than there are bins
  std::vector<double> rate_hz;        ///< mean over the trials that cover the bin
  std::vector<double> error_hz;       ///< standard error of that mean; NaN if one trial covers the bin
  std::vector<std::uint64_t> trials;  ///< number of trials that cover the bin
  std::uint64_t left_out = 0;         ///< number of trials that cover no bin, or of events too close to an end
};

namespace detail {

/// Averages over windows of recordings.
class PsthSums {
 public:
  PsthSums(const Rows& rows, std::uint64_t bins, std::uint64_t bin_steps)
      : rows_(rows), bin_steps_(bin_steps), counts_(rows.sizes.size()), trials_(bins), result_(rows.sizes.size()) {
    for (Psth& psth : result_) psth.rate_hz.resize(bins), psth.error_hz.resize(bins);
  }

  /// Adds the bins that begin at step `first`, counted from the start of the recording.
  template <class Event>
  void add(const Events<Event>& events, std::uint64_t first, std::uint64_t bins) {
    BinReader reader{events, first};
    for (std::uint64_t bin = 0; bin < bins; ++bin) {
      ++trials_[bin];
      reader.read_until(first + (bin + 1) * bin_steps_, rows_, counts_);
      for (const auto& [row, count] : counts_.take()) {
        result_[row].rate_hz[bin] += count;
        result_[row].error_hz[bin] += count * count;
      }
    }
  }

  std::vector<Psth> finish(double dt_ms, std::uint64_t before_steps, std::uint64_t left_out) {
    std::vector<double> edges_ms;
    for (std::uint64_t bin = 0; bin <= trials_.size(); ++bin)
      edges_ms.push_back((static_cast<double>(bin * bin_steps_) - static_cast<double>(before_steps)) * dt_ms);
    for (std::size_t row = 0; row < result_.size(); ++row) {
      Psth& psth = result_[row];
      const double hz = 1000.0 / (static_cast<double>(bin_steps_ * rows_.sizes[row]) * dt_ms);  // of a spike in a bin
      for (std::size_t bin = 0; bin < trials_.size(); ++bin) {
        const auto n = static_cast<double>(trials_[bin]);
        const double sum = psth.rate_hz[bin], squares = psth.error_hz[bin];
        psth.rate_hz[bin] = sum / n * hz;
        psth.error_hz[bin] = n > 1.0 ? std::sqrt(std::max(n * squares - sum * sum, 0.0) / (n - 1.0)) / n * hz
                                     : std::numeric_limits<double>::quiet_NaN();
      }
      psth.edges_ms = edges_ms;
      psth.trials = trials_;
      psth.left_out = left_out;
    }
    return std::move(result_);
  }

 private:
  const Rows& rows_;
  std::uint64_t bin_steps_;
  BinCounts counts_;
  std::vector<std::uint64_t> trials_;
  std::vector<Psth> result_;  // until finish: sums of counts, and of their squares
};

template <class Event>
std::vector<Psth> psth_of(std::span<const Events<Event>> trials, const Rows& rows, const PsthOptions& options) {
  require_bin(options.bin_steps);
  std::uint64_t longest = 0, left_out = 0;
  for (const Events<Event>& trial : trials) {
    longest = std::max(longest, trial.steps());
    left_out += trial.steps() < options.bin_steps;
  }
  if (longest < options.bin_steps)
    throw InvalidArgument("bin_steps = " + std::to_string(options.bin_steps) + " exceeds the " +
                          std::to_string(longest) + " steps of the longest trial");
  PsthSums sums{rows, longest / options.bin_steps, options.bin_steps};
  for (const Events<Event>& trial : trials) sums.add(trial, 0, trial.steps() / options.bin_steps);
  return sums.finish(trials[0].dt_ms(), 0, left_out);
}

template <class Event>
std::vector<Psth> psth_of(const Events<Event>& events, const std::vector<std::uint64_t>& event_steps, const Rows& rows,
                          const PeriEventOptions& options) {
  require_bin(options.bin_steps);
  const std::uint64_t before = options.before_steps, after = options.after_steps;
  for (const auto& [name, steps] : {std::pair{"before_steps", before}, std::pair{"after_steps", after}})
    if (steps % options.bin_steps != 0)
      throw InvalidArgument(std::string(name) + " = " + std::to_string(steps) +
                            " must be a multiple of bin_steps = " + std::to_string(options.bin_steps));
  if (before == 0 && after == 0) throw InvalidArgument("before_steps and after_steps must not both be 0");
  std::vector<std::uint64_t> windows;  // their first steps
  for (const std::uint64_t step : event_steps) {
    if (step < events.first_step()) continue;
    const std::uint64_t offset = step - events.first_step();
    if (before <= offset && offset <= events.steps() && after <= events.steps() - offset)
      windows.push_back(offset - before);
  }
  if (windows.empty())
    throw InvalidArgument("none of " + std::to_string(event_steps.size()) + " events has " + std::to_string(before) +
                          " steps before and " + std::to_string(after) + " after it in the recording of steps " +
                          std::to_string(events.first_step()) + " to " +
                          std::to_string(events.first_step() + events.steps()));
  const std::uint64_t bins = before / options.bin_steps + after / options.bin_steps;
  PsthSums sums{rows, bins, options.bin_steps};
  for (const std::uint64_t first : windows) sums.add(events, first, bins);
  return sums.finish(events.dt_ms(), before, event_steps.size() - windows.size());
}

}  // namespace detail

/// The PSTH of each neuron. `trials` is BatchEvents or a std::vector of Events of the same network, each aligned at its
/// first step. Trials may differ in length: there are as many bins as fit into the longest, and a trial counts in the
/// bins that it covers completely; its last steps, if they do not fill a bin, are left out. O(events + trials x bins +
/// neurons x bins). Throws InvalidArgument for bin_steps = 0, for bins longer than every trial, and for trials that
/// differ in the number of neurons or in dt.
template <detail::Trials Trials>
[[nodiscard]] std::vector<Psth> psth(const Trials& trials, const PsthOptions& options) {
  const auto all = detail::trials_of(trials);
  return detail::psth_of(all, detail::Rows::of_each(Mask{}, all[0].neurons()), options);
}

/// The PSTH of the mean rate of the neurons of a mask; the standard error is that of this mean over trials. Throws as
/// above, and for a mask that does not fit the network or has no neurons.
template <detail::Trials Trials>
[[nodiscard]] Psth psth(const Trials& trials, const Mask& mask, const PsthOptions& options) {
  const auto all = detail::trials_of(trials);
  return detail::psth_of(all, detail::Rows::of_all(mask, all[0].neurons()), options)[0];
}

/// The PSTH of the mean rate of each population, in their order. Throws as above, and for populations of another number
/// of neurons.
template <detail::Trials Trials>
[[nodiscard]] std::vector<Psth> psth(const Trials& trials, const Populations& populations, const PsthOptions& options) {
  const auto all = detail::trials_of(trials);
  return detail::psth_of(all, detail::Rows::of_each(populations, all[0].neurons()), options);
}

/// The PSTH of each neuron around events of one recording: its mean over events. `event_steps` are steps of the
/// recording's clock, as in Spike::step, in any order; a step that is there twice counts twice. An event is left out,
/// and counted in `left_out`, if the recording does not contain its whole window. O(events log(spikes) + spikes in the
/// windows + events x bins + neurons x bins). Throws InvalidArgument for bin_steps = 0, for before_steps or after_steps
/// that are not a multiple of it or both 0, and if no event is left.
template <class Event>
[[nodiscard]] std::vector<Psth> psth(const Events<Event>& recording, const std::vector<std::uint64_t>& event_steps,
                                     const PeriEventOptions& options) {
  return detail::psth_of(recording, event_steps, detail::Rows::of_each(Mask{}, recording.neurons()), options);
}

/// Around events, the mean rate of the neurons of a mask. Throws as above, and for a mask that does not fit the network
/// or has no neurons.
template <class Event>
[[nodiscard]] Psth psth(const Events<Event>& recording, const std::vector<std::uint64_t>& event_steps, const Mask& mask,
                        const PeriEventOptions& options) {
  return detail::psth_of(recording, event_steps, detail::Rows::of_all(mask, recording.neurons()), options)[0];
}

/// Around events, the mean rate of each population, in their order. Throws as above, and for populations of another
/// number of neurons.
template <class Event>
[[nodiscard]] std::vector<Psth> psth(const Events<Event>& recording, const std::vector<std::uint64_t>& event_steps,
                                     const Populations& populations, const PeriEventOptions& options) {
  return detail::psth_of(recording, event_steps, detail::Rows::of_each(populations, recording.neurons()), options);
}

}  // namespace spikeometric
