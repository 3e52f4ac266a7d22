// SPDX-License-Identifier: BSD-3-Clause
//
// Parts of recordings: of their steps, of their neurons, as trials, in wider bins, and as binary events.
//
//   const sk::Events evening = sk::part(spikes, {500'000, 900'000});           // steps of the recording's own clock
//   const sk::Events some = sk::select(spikes, sk::neurons({3, 5, 9}));        // as neurons 0, 1, 2
//   const sk::NeuronNames names = sk::select(all_names, sk::neurons({3, 5, 9}), spikes.neurons());
//   const sk::Events<sk::CountEvent> coarse = sk::binned(spikes, 10);          // dt is 10 times as long
//   const sk::Events<sk::BinaryEvent> once = sk::to_binary(counts);            // throws if a count is above 1
//   const sk::BatchEvents trials = sk::trials(spikes, {{100, 500}, {900, 1300}});  // trial 0, trial 1
//
// All of them also take the recordings of a batch, but for `trials`. `whole.append(next)` joins what was cut.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/graph/mask.hpp"
#include "spikeometric/graph/names.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/simulate/events.hpp"

namespace spikeometric {

/// The steps [first, end) of a recording's clock.
struct StepWindow {
  std::uint64_t first, end;
};

namespace detail {

inline std::string to_text(const StepWindow& window) {
  return "[" + std::to_string(window.first) + ", " + std::to_string(window.end) + ")";
}

template <class Event>
Events<Event> cut(const Events<Event>& events, const StepWindow& window, std::uint32_t network,
                  std::uint64_t first_step) {
  const StepWindow all{events.first_step(), events.first_step() + events.steps()};
  if (window.end < window.first) throw InvalidArgument("steps " + to_text(window) + " end before they begin");
  if (window.first < all.first || window.end > all.end)
    throw OutOfRange("steps " + to_text(window) + " are out of range: the recording has steps " + to_text(all));
  const auto packed = events.packed();
  const auto place = [&](std::uint64_t step) {
    return std::partition_point(packed.begin(), packed.end(),
                                [&](const Event& event) { return event.offset < step - all.first; });
  };
  const auto begin = place(window.first);
  std::vector<Event> some(begin, place(window.end));
  for (Event& event : some) event.offset -= static_cast<std::uint32_t>(window.first - all.first);
  return {events.neurons(), events.dt_ms(), network, first_step, window.end - window.first, std::move(some)};
}

/// What change(recording) makes of the recordings of all networks.
template <class Event, class Change>
auto of_each(const BatchEvents<Event>& batch, Change change) {
  std::vector<decltype(change(batch[0]))> networks;
  networks.reserve(batch.size());
  for (const Events<Event>& network : batch) networks.push_back(change(network));
  return BatchEvents{std::move(networks)};
}

inline BoundMask neurons_of(const Mask& mask, std::uint64_t neurons) {
  BoundMask chosen = mask.bind(neurons);
  if (chosen.size() == 0) throw InvalidArgument("the mask has no neurons, but a recording needs at least one");
  return chosen;
}

}  // namespace detail

/// The part of a recording in some steps, on the same clock: its first_step() is window.first. O(log(events) + events
/// of the part). Throws InvalidArgument if window.end < window.first, and OutOfRange if the recording lacks a step.
template <class Event>
[[nodiscard]] Events<Event> part(const Events<Event>& events, const StepWindow& window) {
  return detail::cut(events, window, events.network_id(), window.first);
}

/// The same part of the recording of each network. Throws as for one network.
template <class Event>
[[nodiscard]] BatchEvents<Event> part(const BatchEvents<Event>& batch, const StepWindow& window) {
  return detail::of_each(batch, [&](const Events<Event>& events) { return part(events, window); });
}

/// How a recording is cut into trials.
struct TrialOptions {
  /// Whether the first_step() of a trial is that of its window. By default it is 0: stimuli are aligned to trials.
  bool keep_clock = false;
};

/// Cuts a recording into trials: network i is the part in windows[i]. Windows may differ in length, be in any order and
/// overlap; steps in several windows are then in several trials. O(windows log(events) + events in all windows). Throws
/// InvalidArgument if there are no windows or one has no steps, and OutOfRange if the recording lacks a step of one;
/// the message has the number of the trial.
template <class Event>
[[nodiscard]] BatchEvents<Event> trials(const Events<Event>& events, const std::vector<StepWindow>& windows,
                                        const TrialOptions& options = {}) {
  std::vector<Events<Event>> result;
  result.reserve(windows.size());
  for (const StepWindow& window : windows) {
    const auto trial = static_cast<std::uint32_t>(result.size());
    const std::string name = "trial " + std::to_string(trial) + ": ";
    if (window.end <= window.first)
      throw InvalidArgument(name + "steps " + detail::to_text(window) + " must be at least one");
    try {
      result.push_back(detail::cut(events, window, trial, options.keep_clock ? window.first : 0));
    } catch (const OutOfRange& error) {
      throw OutOfRange(name + error.what());
    }
  }
  if (result.empty()) throw InvalidArgument("there must be at least one trial");
  return BatchEvents{std::move(result)};
}

/// The neurons of a mask in a network of this many neurons, in ascending order: ids(mask, n)[i] is the neuron that
/// `select` makes neuron i. O(neurons of the mask). Throws InvalidArgument for a mask that does not fit the network.
[[nodiscard]] inline std::vector<std::uint32_t> ids(const Mask& mask, std::uint64_t neurons) {
  std::vector<std::uint32_t> result;
  mask.bind(neurons).for_each(0, neurons, [&](std::uint32_t neuron) { result.push_back(neuron); });
  return result;
}

/// The spikes of the neurons of a mask, which become neurons 0, 1, ... in ascending order. O(events), and O(events +
/// neurons) for a mask with gaps. Throws InvalidArgument for a mask that has no neurons or does not fit the network.
template <class Event>
[[nodiscard]] Events<Event> select(const Events<Event>& events, const Mask& mask) {
  const detail::BoundMask chosen = detail::neurons_of(mask, events.neurons());
  std::vector<std::uint32_t> place;  // of each neuron, for a mask with gaps
  constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  if (!chosen.is_range()) {
    place.assign(events.neurons(), none);
    for (std::uint32_t i = 0; i < chosen.ids().size(); ++i) place[chosen.ids()[i]] = i;
  }
  std::vector<Event> some;
  for (const Event& event : events.packed())
    if (place.empty() ? chosen.contains(event.neuron) : place[event.neuron] != none)
      some.emplace_back(event.offset,
                        place.empty() ? event.neuron - static_cast<std::uint32_t>(chosen.first()) : place[event.neuron],
                        event.count);
  return {chosen.size(), events.dt_ms(), events.network_id(), events.first_step(), events.steps(), std::move(some)};
}

/// The same neurons of each network. Throws as for one network.
template <class Event>
[[nodiscard]] BatchEvents<Event> select(const BatchEvents<Event>& batch, const Mask& mask) {
  return detail::of_each(batch, [&](const Events<Event>& events) { return select(events, mask); });
}

/// The names of the neurons that `select` chooses from this many neurons. Where neurons have no names, these are their
/// numbers before. Throws InvalidArgument as for recordings, and for another number of names.
[[nodiscard]] inline NeuronNames select(const NeuronNames& names, const Mask& mask, std::uint64_t neurons) {
  detail::require_fit(names, neurons);
  std::vector<std::string> some;
  detail::neurons_of(mask, neurons).for_each(0, neurons, [&](std::uint32_t i) { some.push_back(names[i]); });
  return NeuronNames{std::move(some)};
}

/// How a recording is binned.
struct BinOptions {
  /// Whether to leave out the steps at the end that do not fill a bin. By default, they are an error.
  bool drop_incomplete = false;
};

/// The counts in bins of `steps` steps each: a recording with dt_ms() times `steps` and first_step() divided by it. O(k
/// log(k)) time for a bin of k events. Throws InvalidArgument for bins of 0 steps, if the recording does not begin with
/// a bin (at a multiple of `steps`) or its last bin is incomplete, and for a count of 2^32 or more.
template <class Event>
[[nodiscard]] Events<CountEvent> binned(const Events<Event>& events, std::uint64_t steps,
                                        const BinOptions& options = {}) {
  const std::string bins = "bins of " + std::to_string(steps) + " steps";
  if (steps == 0) throw InvalidArgument(bins + ": the number must be at least 1");
  if (const std::uint64_t into = events.first_step() % steps; into > 0)
    throw InvalidArgument(bins + " begin at multiples of " + std::to_string(steps) + ", but the recording in step " +
                          std::to_string(events.first_step()) + "; take its part from step " +
                          std::to_string(events.first_step() - into + steps) + " on");
  const std::uint64_t number = events.steps() / steps, end = number * steps;
  if (end < events.steps() && !options.drop_incomplete)
    throw InvalidArgument(bins + " do not divide a recording of " + std::to_string(events.steps()) + " steps: set " +
                          "drop_incomplete to leave out the last " + std::to_string(events.steps() - end));
  std::vector<CountEvent> result;
  const auto packed = events.packed();
  for (auto event = packed.begin(); event != packed.end() && event->offset < end;) {
    const std::uint64_t bin = event->offset / steps;
    const auto first = static_cast<std::ptrdiff_t>(result.size());
    for (; event != packed.end() && event->offset / steps == bin; ++event)
      result.emplace_back(static_cast<std::uint32_t>(bin), event->neuron, event->count);
    std::sort(result.begin() + first, result.end(),
              [](const CountEvent& a, const CountEvent& b) { return a.neuron < b.neuron; });
    auto last = result.begin() + first;
    for (auto next = last + 1; next != result.end(); ++next) {
      if (next->neuron != last->neuron) {
        *++last = *next;
      } else if (next->count > std::numeric_limits<std::uint32_t>::max() - last->count) {
        throw InvalidArgument("neuron " + std::to_string(next->neuron) + " has 2^32 spikes or more in " + bins +
                              " from step " + std::to_string(events.first_step() + bin * steps) + " on");
      } else {
        last->count += next->count;
      }
    }
    result.erase(last + 1, result.end());
  }
  return {events.neurons(),
          events.dt_ms() * static_cast<double>(steps),
          events.network_id(),
          events.first_step() / steps,
          number,
          std::move(result)};
}

/// The recording of each network in bins. Throws as for one network.
template <class Event>
[[nodiscard]] BatchEvents<CountEvent> binned(const BatchEvents<Event>& batch, std::uint64_t steps,
                                             const BinOptions& options = {}) {
  return detail::of_each(batch, [&](const Events<Event>& events) { return binned(events, steps, options); });
}

/// A binary recording, and what it lacks.
template <class Recording>
struct Clipped {
  Recording events;
  std::uint64_t clipped = 0;      ///< number of events (pairs of step and neuron) with more than one spike
  std::uint64_t lost_spikes = 0;  ///< number of spikes that were left out
};

/// Makes every count 1, and tells how many spikes that leaves out. O(events).
[[nodiscard]] inline Clipped<Events<BinaryEvent>> clipped(const Events<CountEvent>& events) {
  std::vector<BinaryEvent> once;
  once.reserve(events.size());
  std::uint64_t several = 0, lost = 0;
  for (const CountEvent& event : events.packed()) {
    once.emplace_back(event.offset, event.neuron);
    if (event.count > 1) ++several, lost += event.count - 1;
  }
  return {{events.neurons(), events.dt_ms(), events.network_id(), events.first_step(), events.steps(), std::move(once)},
          several,
          lost};
}

/// The same for each network; the numbers are sums over networks.
[[nodiscard]] inline Clipped<BatchEvents<BinaryEvent>> clipped(const BatchEvents<CountEvent>& batch) {
  std::uint64_t several = 0, lost = 0;
  BatchEvents<BinaryEvent> events = detail::of_each(batch, [&](const Events<CountEvent>& network) {
    Clipped<Events<BinaryEvent>> one = clipped(network);
    several += one.clipped;
    lost += one.lost_spikes;
    return std::move(one.events);
  });
  return {std::move(events), several, lost};
}

/// The same recording as binary events. O(events). Throws InvalidArgument for a count above 1; the message names the
/// first.
[[nodiscard]] inline Events<BinaryEvent> to_binary(const Events<CountEvent>& events) {
  Clipped<Events<BinaryEvent>> result = clipped(events);
  if (result.clipped == 0) return std::move(result.events);
  const CountEvent first = *std::find_if(events.packed().begin(), events.packed().end(),
                                         [](const CountEvent& event) { return event.count > 1; });
  throw InvalidArgument("network " + std::to_string(events.network_id()) + ", step " +
                        std::to_string(events.first_step() + first.offset) + ", neuron " +
                        std::to_string(first.neuron) + ": a binary recording cannot hold " +
                        std::to_string(first.count) + " spikes (" + std::to_string(result.clipped) +
                        " such events in all); shorten dt, or use `clipped` to count one of them");
}

/// The same for each network.
[[nodiscard]] inline BatchEvents<BinaryEvent> to_binary(const BatchEvents<CountEvent>& batch) {
  return detail::of_each(batch, [](const Events<CountEvent>& events) { return to_binary(events); });
}

}  // namespace spikeometric
