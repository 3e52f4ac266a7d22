// SPDX-License-Identifier: BSD-3-Clause
//
// Impulses: events at given times, such as the onsets of a cue or the presses of a lever.
//
//   const std::vector<std::uint64_t> steps{120, 900, 2300};
//   const auto cue = sk::impulses(steps);
//   const auto reward = sk::impulses(steps, {2.0, 0.5, 1.0});               // with amplitudes
//   const auto trials = sk::impulses(std::vector{steps, other_steps});      // a list for each network of a batch
//
// They act through filters and weights; see covariates.hpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/stimulus/detail/for_networks.hpp"
#include "spikeometric/stimulus/terms.hpp"

namespace spikeometric {

/// An event: an amplitude in one step.
struct Impulse {
  std::uint64_t step;
  double amplitude;
};

namespace detail {

/// What a filter makes of the events of one network.
class FilteredImpulses {
 public:
  FilteredImpulses(std::shared_ptr<const std::vector<Impulse>> events, std::vector<std::vector<double>> taps)
      : events_(std::move(events)), taps_(std::move(taps)) {
    for (const auto& each : taps_) longest_ = std::max(longest_, each.size());
  }

  std::size_t size() const { return taps_.size(); }

  /// Computes the values of consecutive steps, values[m], with a stride between steps.
  void fill(std::uint64_t first_step, std::uint64_t steps, double* values, std::size_t stride) const {
    for (std::uint64_t step = first_step; step < first_step + steps; ++step, values += stride) {
      std::fill_n(values, taps_.size(), 0.0);
      auto event = std::upper_bound(events_->begin(), events_->end(), step,
                                    [](std::uint64_t at, const Impulse& other) { return at < other.step; });
      while (event != events_->begin() && step - (--event)->step < longest_)  // lags ascend
        for (std::size_t m = 0; m < taps_.size(); ++m)
          if (const std::uint64_t lag = step - event->step; lag < taps_[m].size())
            values[m] = values[m] + mul(taps_[m][lag], event->amplitude);
    }
  }

 private:
  std::shared_ptr<const std::vector<Impulse>> events_;
  std::vector<std::vector<double>> taps_;
  std::size_t longest_ = 0;
};

}  // namespace detail

/// One channel that is 0 but for the amplitudes of events in their steps. Events of one step add up. All networks share
/// the events, or each network of a batch (each trial of a recording) has its own. They are immutable, and copies share
/// them. Memory: 16 bytes for each event.
class Impulses {
 public:
  static constexpr bool lacks_weights = true;

  /// Events in any order; they are sorted by step. Throws InvalidArgument for an empty list of networks, an amplitude
  /// that is not finite, or a step of 2^48 or more, which no run reaches.
  explicit Impulses(std::vector<Impulse> events) : events_(sorted(std::move(events))) { validate(); }
  explicit Impulses(std::vector<std::vector<Impulse>> one_per_network) : events_(sorted(std::move(one_per_network))) {
    validate();
  }

  static constexpr std::size_t channels() { return 1; }

  /// All steps: there are no other events. Throws OutOfRange if there is no list of events for this network.
  StepRange covered(std::uint64_t network = 0) const {
    static_cast<void>(events_[network]);
    return {};
  }

  /// The values for a network, filtered with the taps of several basis functions. Throws InvalidArgument if there is
  /// neither one list of events nor one for each network.
  detail::FilteredImpulses filtered(const StimulusContext& context,
                                    const std::vector<std::vector<double>>& taps) const {
    return {events_.of(context, "lists of impulses"), taps};
  }

 private:
  static std::vector<Impulse> sorted(std::vector<Impulse> events) {
    std::stable_sort(events.begin(), events.end(), [](const Impulse& a, const Impulse& b) { return a.step < b.step; });
    return events;
  }
  static std::vector<std::vector<Impulse>> sorted(std::vector<std::vector<Impulse>> one_per_network) {
    for (auto& events : one_per_network) events = sorted(std::move(events));
    return one_per_network;
  }

  void validate() const {
    if (events_.empty()) throw InvalidArgument("there are no impulses: the list of networks is empty");
    events_.for_each([](const std::vector<Impulse>& events, const std::string& for_network) {
      for (const auto& [step, amplitude] : events) {
        if (step >= std::uint64_t{1} << 48)
          throw InvalidArgument("step " + std::to_string(static_cast<std::int64_t>(step)) + " of an impulse" +
                                for_network + " must not be negative, and must be below 2^48");
        if (!std::isfinite(amplitude))
          throw InvalidArgument("the amplitude of an impulse must be finite, but is " + detail::to_text(amplitude) +
                                " in step " + std::to_string(step) + for_network);
      }
    });
  }

  detail::ForNetworks<std::vector<Impulse>> events_;
};

namespace detail {

inline std::vector<Impulse> of_amplitude_one(const std::vector<std::uint64_t>& steps) {
  std::vector<Impulse> events;
  events.reserve(steps.size());
  for (const std::uint64_t step : steps) events.push_back({step, 1.0});
  return events;
}

}  // namespace detail

/// Impulses of amplitude 1 in these steps, in every network. Throws as the constructor of Impulses does.
[[nodiscard]] inline Impulses impulses(const std::vector<std::uint64_t>& steps) {
  return Impulses{detail::of_amplitude_one(steps)};
}

/// Impulses with an amplitude for each step. Throws as the constructor of Impulses does, and InvalidArgument if the
/// numbers of steps and amplitudes differ.
[[nodiscard]] inline Impulses impulses(const std::vector<std::uint64_t>& steps, const std::vector<double>& amplitudes) {
  if (steps.size() != amplitudes.size())
    throw InvalidArgument(std::to_string(amplitudes.size()) + " amplitudes do not fit impulses in " +
                          std::to_string(steps.size()) + " steps");
  std::vector<Impulse> events;
  for (std::size_t i = 0; i < steps.size(); ++i) events.push_back({steps[i], amplitudes[i]});
  return Impulses{std::move(events)};
}

/// Impulses of amplitude 1 in the steps of each network of a batch. Throws as the constructor of Impulses does. For
/// amplitudes other than 1, give the constructor a list of Impulse for each network.
[[nodiscard]] inline Impulses impulses(const std::vector<std::vector<std::uint64_t>>& one_per_network) {
  std::vector<std::vector<Impulse>> events;
  events.reserve(one_per_network.size());
  for (const auto& steps : one_per_network) events.push_back(detail::of_amplitude_one(steps));
  return Impulses{std::move(events)};
}

}  // namespace spikeometric
