// SPDX-License-Identifier: BSD-3-Clause
//
// What all neurons of a fit share: the recordings, the filters of the model and its mean as a function of the input.
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/infer/detail/response.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/simulate/events.hpp"

namespace spikeometric::detail {

/// One or several recordings of one network, each with its own past. Step numbers continue from one to the next.
struct SpikeTrains {
  struct Spike {
    std::uint32_t step;
    std::uint32_t neuron;
    std::uint32_t count;
  };
  struct Recording {
    std::uint64_t begin, end;
    std::uint32_t network;
    std::uint64_t first_step;  // on its own clock
  };
  std::uint64_t neurons = 0;
  double dt_ms = 0.0;
  std::vector<Recording> recordings;
  std::vector<Spike> spikes;                  // sorted by step
  std::vector<std::vector<Spike>> by_neuron;  // the same for each neuron

  template <class Event>
  explicit SpikeTrains(const Events<Event>& events) {
    add(events);
  }
  template <class Event>
  explicit SpikeTrains(const BatchEvents<Event>& trials) {
    for (const Events<Event>& events : trials) add(events);
  }

  std::uint64_t steps() const { return recordings.empty() ? 0 : recordings.back().end; }

  /// The spikes of steps first to end - 1.
  static std::span<const Spike> between(const std::vector<Spike>& list, std::uint64_t first, std::uint64_t end) {
    const auto at = [&](std::uint64_t step) {
      return std::lower_bound(list.begin(), list.end(), step,
                              [](const Spike& spike, std::uint64_t bound) { return spike.step < bound; });
    };
    return {at(first), at(end)};
  }

 private:
  template <class Event>
  void add(const Events<Event>& events) {
    if (events.steps() == 0) throw InvalidArgument("an empty recording cannot be fitted");
    if (recordings.empty()) {
      neurons = events.neurons();
      by_neuron.resize(neurons);
      dt_ms = events.dt_ms();
    } else if (events.neurons() != neurons || events.dt_ms() != dt_ms) {
      throw InvalidArgument("recordings must be of the same network: one has " + std::to_string(neurons) +
                            " neurons and dt = " + to_text(dt_ms) + " ms, another " + std::to_string(events.neurons()) +
                            " neurons and dt = " + to_text(events.dt_ms()) + " ms");
    }
    const std::uint64_t begin = steps(), end = begin + events.steps();
    if (end > std::numeric_limits<std::uint32_t>::max())
      throw TooLong("recordings have " + std::to_string(end) + " steps in total, but at most 2^32 - 1 can be fitted");
    for (const auto& event : events.packed()) {
      const Spike spike{static_cast<std::uint32_t>(begin) + event.offset, event.neuron, event.count};
      spikes.push_back(spike);
      by_neuron[event.neuron].push_back(spike);
    }
    recordings.push_back({begin, end, events.network_id(), events.first_step()});
  }
};

/// Which steps count in a likelihood. The first `skipped` steps of a recording do not, since their past is unknown. The
/// others are cut into blocks that are assigned to `folds` folds in turn. Either all folds but `fold` count or, if
/// `held_out`, only that fold.
struct Observed {
  std::uint64_t skipped = 0;
  std::uint64_t folds = 0, fold = 0;
  bool held_out = false;

  static constexpr std::uint64_t blocks_of_a_fold = 5;

  bool operator()(std::uint64_t step, std::uint64_t steps) const {
    if (step < skipped) return false;
    if (folds == 0) return true;
    const std::uint64_t block = step * (folds * blocks_of_a_fold) / steps;
    return (block % folds == fold) == held_out;
  }
};

/// The stimulus as [step][channel], with each channel divided by a unit. Units are powers of 2 that scale the largest
/// absolute value to [1, 2), so that the user's units do not change the search.
struct Covariates {
  std::vector<float> values, units;
};

/// A zero of a nondecreasing function; near 1e6 or -1e6 if it has none.
template <class Function>
double root_of(Function&& function) {
  double low = -1.0, high = 1.0;
  while (function(low) > 0.0 && low > -1e6) low *= 2.0;
  while (function(high) < 0.0 && high < 1e6) high *= 2.0;
  for (int halved = 0; halved < 200 && high - low > 1e-14 * std::max(std::abs(low), std::abs(high)); ++halved) {
    const double middle = 0.5 * (low + high);
    (function(middle) < 0.0 ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

/// What a model expects at several inputs g of one neuron. Each pointer is to an array with one number per input.
template <class Real>
struct Expected {
  Real *rate, *mean, *slope, *variance;  // the slope is the derivative of the mean by g
  Real* log_none;                        // log-probability of no spike; not computed for binary models
};

/// Properties of a fit that follow from the types of model and stimulus.
struct FitShape {
  std::size_t channels, bases;
  /// The coupling has the first basis functions of a synapse; the own history has own_bases from own_first on.
  std::size_t coupling_bases, own_bases, own_first;
  bool binary;
};

/// The filters of a model.
struct FitFilters {
  double dt_ms;
  double scale;                     // r, the scale of the coupling
  std::vector<Response> responses;  // one for each basis function
  std::vector<double> history;      // known taps of the self-history
};

/// Recordings, model and stimulus, prepared for the likelihoods of all neurons. What depends on the types of model and
/// stimulus is virtual, so that a fit is compiled once for all of them. The class is a template over Real so that it is
/// compiled only where it is used.
template <class Real>
class FitData : public FitShape {
 public:
  const SpikeTrains trains;
  const double scale;
  const std::vector<double> history;
  std::vector<double> areas;       // total effect on g of a spike of weight 1, for each basis function
  std::vector<Response> coupling;  // to spikes of other neurons
  std::vector<Response> own;       // to the neuron's own spikes; may be empty

  FitData(SpikeTrains recordings, const FitShape& shape, FitFilters filters, bool own_history,
          std::optional<std::uint64_t> history_steps)
      : FitShape(shape), trains(std::move(recordings)), scale(filters.scale), history(std::move(filters.history)) {
    if (filters.dt_ms != trains.dt_ms)
      throw InvalidArgument("the recording has dt = " + to_text(trains.dt_ms) +
                            " ms, but the model has dt = " + to_text(filters.dt_ms) + " ms");
    if (binary)
      for (const auto& spike : trains.spikes)
        if (spike.count > 1)
          throw InvalidArgument("count " + std::to_string(spike.count) + " of neuron " + std::to_string(spike.neuron) +
                                " in step " + std::to_string(spike.step) + " must be at most 1 for a binary model");
    if (scale == 0.0) throw InvalidParameter("r = 0 is invalid: coupling can be fitted only if r is not 0");
    const auto all = filters.responses.begin();
    for (const Response& response : filters.responses)
      areas.push_back(scale * std::accumulate(response.taps().begin(), response.taps().end(), 0.0));
    coupling.assign(all, all + coupling_bases);
    if (own_history) own.assign(all + own_first, all + own_first + own_bases);
    std::uint64_t shortest = std::numeric_limits<std::uint64_t>::max();
    for (const auto& recording : trains.recordings) shortest = std::min(shortest, recording.end - recording.begin);
    const std::uint64_t acts = std::max(lead() + 1, history.size());
    skipped_ = history_steps ? *history_steps : std::min<std::uint64_t>(acts, shortest / 10);
    if (skipped_ >= shortest)
      throw InvalidArgument("history_steps = " + std::to_string(skipped_) +
                            " must be below the length of the shortest recording, " + std::to_string(shortest) +
                            " steps");
  }

  FitData(const FitData&) = delete;  // likelihoods refer to it
  FitData& operator=(const FitData&) = delete;
  virtual ~FitData() = default;

  /// Evaluates the model at `size` inputs.
  virtual void expect(std::uint32_t neuron, const Real* g, std::size_t size, const Expected<Real>& expected) const = 0;
  /// The log-probability of a count if the rate is mu.
  virtual Real log_probability(std::uint32_t count, Real mu) const = 0;
  /// The stimulus of one neuron in all recordings. Throws InvalidParameter if a value is not finite.
  virtual Covariates stimulus_of(std::uint32_t neuron) const = 0;

  std::uint64_t neurons() const { return trains.neurons; }
  /// Number of all parameters, and of those before the coupling: baseline, stimulus channels, own history.
  std::size_t size() const { return dense() + trains.neurons * coupling.size(); }
  std::size_t dense() const { return 1 + channels + own.size(); }
  /// The lag of the last tap of the longest response.
  std::size_t lead() const {
    std::size_t longest = 0;
    for (const auto* list : {&coupling, &own})
      for (const Response& response : *list) longest = std::max(longest, response.lead());
    return longest;
  }
  /// The steps that count: all steps, or only those that a fold fits or holds out.
  Observed observed(std::uint64_t folds = 0, std::uint64_t fold = 0, bool held_out = false) const {
    return {skipped_, folds, fold, held_out};
  }

  Eigen::Index own_column(std::size_t m) const { return 1 + channels + m; }
  Eigen::Index column(std::uint64_t pre, std::size_t m) const { return dense() + pre * coupling_bases + m; }
  /// The sign of the effect on g of basis function m of the coupling: 1, -1, or 0 if it has both signs or none.
  int sign_of(std::size_t m) const {
    const auto& taps = coupling[m].taps();
    const bool rises = std::any_of(taps.begin(), taps.end(), [](double tap) { return tap > 0.0; });
    const bool falls = std::any_of(taps.begin(), taps.end(), [](double tap) { return tap < 0.0; });
    return rises == falls ? 0 : rises == (scale > 0.0) ? 1 : -1;
  }

  /// The rate at a constant input, and the expected count.
  std::pair<Real, Real> rate_and_mean_of(std::uint32_t neuron, Real g) const {
    Real rate, mean, slope, variance, log_none;
    expect(neuron, &g, 1, {&rate, &mean, &slope, &variance, &log_none});
    return {rate, mean};
  }
  /// The maximum expected count of a binary model.
  Real max_of(std::uint32_t neuron) const { return rate_and_mean_of(neuron, 1e6).second; }
  /// The constant input that gives this expected count without any spikes, or the nearest possible count.
  Real baseline_of(std::uint32_t neuron, Real mean) const {
    return root_of([&](Real g) { return rate_and_mean_of(neuron, g).second - mean; });
  }

 private:
  std::uint64_t skipped_ = 0;
};

}  // namespace spikeometric::detail
