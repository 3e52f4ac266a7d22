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
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/infer/detail/response.hpp"
#include "spikeometric/infer/fit_options.hpp"
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

/// The steps of all recordings in parts, for cross-validation: part p is in fold p % folds.
struct Folds {
  std::uint64_t folds = 0, parts = 0;
  std::vector<std::uint32_t> part_of;  // of each step

  bool contains(std::uint64_t fold, std::uint64_t step) const { return part_of[step] % folds == fold; }
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

/// The length of a response up to a rest of 0.1 % of the sum of its absolute taps.
inline std::uint64_t effective_length(const std::vector<double>& taps) {
  double rest = 0.0;
  for (const double tap : taps) rest += std::abs(tap);
  const double negligible = 1e-3 * rest;
  std::uint64_t steps = 0;
  for (; steps < taps.size() && rest > negligible; ++steps) rest -= std::abs(taps[steps]);
  return steps;
}

/// Properties of a fit that follow from the types of model and stimulus.
struct FitShape {
  std::vector<std::size_t> channel_groups;  // numbers of stimulus channels that are basis functions of one filter
  std::size_t bases;
  /// The coupling has the first basis functions of a synapse; the own history has own_bases from own_first on.
  std::size_t coupling_bases, own_bases, own_first;
  bool binary;
  bool refractory;  // whether absolute refractoriness is found for each neuron
};

/// The filters of a model.
struct FitFilters {
  double dt_ms;
  double scale;                     // r, the scale of the coupling
  std::vector<Response> responses;  // one for each basis function
  std::vector<double> history;      // known taps of the self-history
  std::uint64_t stimulus_reach;     // the number of steps before, whose stimulus acts
};

/// Recordings, model and stimulus, prepared for the likelihoods of all neurons. What depends on the types of model and
/// stimulus is virtual, so that a fit is compiled once for all of them. The class is a template over Real so that it is
/// compiled only where it is used.
template <class Real>
class FitData : public FitShape {
 public:
  const FitOptions options;
  const SpikeTrains trains;
  const double scale;
  const std::vector<double> history;
  std::vector<double> areas;       // total effect on g of a spike of weight 1, for each basis function
  std::vector<Response> coupling;  // to spikes of other neurons
  std::vector<Response> own;       // to the neuron's own spikes; may be empty

  FitData(SpikeTrains recordings, const FitShape& shape, FitFilters filters, const FitOptions& given)
      : FitShape(shape),
        options(given),
        trains(std::move(recordings)),
        scale(filters.scale),
        history(std::move(filters.history)),
        channels_(std::accumulate(channel_groups.begin(), channel_groups.end(), std::size_t{0})),
        stimulus_reach_(filters.stimulus_reach) {
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
    if (options.own_history) own.assign(all + own_first, all + own_first + own_bases);
    count_steps();
    find_refractoriness();
  }

  FitData(const FitData&) = delete;  // likelihoods refer to it
  FitData& operator=(const FitData&) = delete;
  virtual ~FitData() = default;

  /// Evaluates the model at `size` inputs.
  virtual void expect(std::uint32_t neuron, const Real* g, std::size_t size, const Expected<Real>& expected) const = 0;
  /// The log-probability of a count if the rate is mu.
  virtual Real log_probability(std::uint32_t count, Real mu) const = 0;
  /// The stimulus of one neuron in all recordings. Throws InvalidParameter if a value is not finite.
  virtual std::shared_ptr<const Covariates> stimulus_of(std::uint32_t neuron) const = 0;

  std::uint64_t neurons() const { return trains.neurons; }
  /// The neurons that are fitted.
  std::vector<std::uint32_t> wanted_neurons() const {
    std::vector<std::uint32_t> wanted = options.neurons;
    if (wanted.empty()) {
      wanted.resize(neurons());
      std::iota(wanted.begin(), wanted.end(), std::uint32_t{0});
    }
    return wanted;
  }
  /// Number of stimulus channels.
  std::size_t channels() const { return channels_; }
  /// Number of all parameters, and of those before the coupling: baseline, stimulus channels, own history.
  std::size_t size() const { return dense() + trains.neurons * coupling.size(); }
  std::size_t dense() const { return 1 + channels() + own.size(); }
  /// The lag of the last tap of the longest response.
  std::size_t lead() const {
    std::size_t longest = 0;
    for (const auto* list : {&coupling, &own})
      for (const Response& response : *list) longest = std::max(longest, response.lead());
    return longest;
  }
  /// Whether a step counts, apart from the refractoriness of a neuron.
  bool counts(std::uint64_t step) const { return counted_[step] != 0; }
  /// For each step, 1 if it counts in the likelihood of a neuron and otherwise 0.
  std::vector<std::uint8_t> observed(std::uint32_t neuron) const {
    std::vector<std::uint8_t> result = counted_;
    if (refractory_steps(neuron) == 0) return result;
    const std::vector<std::uint8_t> refractory = in_refractoriness(neuron);
    for (std::size_t step = 0; step < result.size(); ++step)
      if (refractory[step] != 0) result[step] = 0;
    return result;
  }

  /// For each step, 1 if it is in a neuron's refractory period after a spike and otherwise 0.
  std::vector<std::uint8_t> in_refractoriness(std::uint32_t neuron) const {
    std::vector<std::uint8_t> result(trains.steps());
    for (const auto& [begin, end, network, first_step] : trains.recordings)
      for (const auto& spike : SpikeTrains::between(trains.by_neuron[neuron], begin, end))
        std::fill_n(result.begin() + spike.step + 1,
                    std::min<std::uint64_t>(refractory_steps(neuron), end - spike.step - 1), std::uint8_t{1});
    return result;
  }
  /// The number of its spikes there, among the steps that count.
  double refractory_spikes(std::uint32_t neuron) const {
    if (refractory_steps(neuron) == 0) return 0.0;
    const std::vector<std::uint8_t> refractory = in_refractoriness(neuron);
    double sum = 0.0;
    for (const auto& spike : trains.by_neuron[neuron])
      if (refractory[spike.step] != 0 && counted_[spike.step] != 0) sum += spike.count;
    return sum;
  }
  /// Sets the refractory steps of each neuron, which another recording has shown.
  void set_refractoriness(std::vector<std::uint32_t> steps) {
    if (refractory) refractory_steps_ = std::move(steps);
  }

  /// Whole recordings, dealt out to the folds in turn, or blocks into which each recording is cut.
  Folds folds_of(std::uint64_t folds, bool by_recording) const {
    constexpr std::uint64_t blocks_of_a_fold = 5;
    Folds result{folds, by_recording ? recordings_used() : folds * blocks_of_a_fold, {}};
    result.part_of.reserve(trains.steps());
    std::uint64_t used = 0;
    for (std::size_t i = 0; i < trains.recordings.size(); ++i) {
      const std::uint64_t steps = trains.recordings[i].end - trains.recordings[i].begin;
      for (std::uint64_t step = 0; step < steps; ++step)
        result.part_of.push_back(static_cast<std::uint32_t>(by_recording ? used : step * result.parts / steps));
      used += !is_left_out(i);
    }
    return result;
  }

  /// The number of steps that count.
  double steps() const { return static_cast<double>(std::count(counted_.begin(), counted_.end(), std::uint8_t{1})); }
  std::uint64_t history_steps() const { return history_steps_; }
  /// The recordings without steps that count, in ascending order.
  const std::vector<std::uint32_t>& left_out() const { return left_out_; }
  std::uint64_t recordings_used() const { return trains.recordings.size() - left_out_.size(); }
  /// The number of steps after a spike in which the neuron never spiked.
  std::uint32_t refractory_steps(std::uint32_t neuron) const { return refractory ? refractory_steps_[neuron] : 0; }

  Eigen::Index own_column(std::size_t m) const { return 1 + channels() + m; }
  Eigen::Index column(std::uint64_t pre, std::size_t m) const { return dense() + pre * coupling_bases + m; }
  /// The effect of one spike on g by lag, given the weight of each basis function.
  template <class WeightOf>
  std::vector<double> effect(const std::vector<Response>& responses, WeightOf&& weight_of) const {
    std::vector<double> sum;
    for (std::size_t m = 0; m < responses.size(); ++m) {
      const std::vector<double>& taps = responses[m].taps();
      const double weight = scale * weight_of(m);
      sum.resize(std::max(sum.size(), taps.size()));
      for (std::size_t k = 0; k < taps.size(); ++k) sum[k] += weight * taps[k];
    }
    return sum;
  }
  /// The sign of the effect on g of a basis function: 1, -1, or 0 if it has both signs or none.
  int sign_of(const Response& response) const {
    const auto& taps = response.taps();
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
  /// The expected information of one step about a constant input.
  Real information_of(std::uint32_t neuron, Real g) const {
    Real rate, mean, slope, variance, log_none;
    expect(neuron, &g, 1, {&rate, &mean, &slope, &variance, &log_none});
    return variance > Real(0) ? slope * slope / variance : Real(0);
  }
  /// The maximum expected count of a binary model.
  Real max_of(std::uint32_t neuron) const { return rate_and_mean_of(neuron, 1e6).second; }
  /// The constant input that gives this expected count without any spikes, or the nearest possible count.
  Real baseline_of(std::uint32_t neuron, Real mean) const {
    return root_of([&](Real g) { return rate_and_mean_of(neuron, g).second - mean; });
  }

 private:
  bool is_left_out(std::size_t recording) const {
    return std::binary_search(left_out_.begin(), left_out_.end(), static_cast<std::uint32_t>(recording));
  }

  /// The number of steps over which a spike acts, up to a rest of 0.1 % of its effect, or a stimulus.
  std::uint64_t reach() const {
    std::uint64_t longest = std::max<std::uint64_t>(history.size(), stimulus_reach_);
    for (const auto* list : {&coupling, &own})
      for (const Response& response : *list) longest = std::max(longest, effective_length(response.taps()));
    return longest;
  }

  void count_steps() {
    const auto& list = trains.recordings;
    if (!options.steps.empty() && options.steps.size() != list.size())
      throw InvalidArgument("steps are given for " + std::to_string(options.steps.size()) +
                            " recordings, but there are " + std::to_string(list.size()));
    history_steps_ = options.history_steps.value_or(reach());
    counted_.assign(trains.steps(), 0);
    std::uint64_t longest = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::uint64_t size = list[i].end - list[i].begin;
      longest = std::max(longest, size);
      if (!options.steps.empty() && options.steps[i].size() != size)
        throw InvalidArgument("steps of recording " + std::to_string(i) + " has " +
                              std::to_string(options.steps[i].size()) + " elements, but the recording has " +
                              std::to_string(size) + " steps");
      bool any = false;
      for (std::uint64_t step = history_steps_; step < size; ++step) {
        const bool counts = options.steps.empty() || options.steps[i][step];
        counted_[list[i].begin + step] = counts;
        any |= counts;
      }
      if (!any) left_out_.push_back(static_cast<std::uint32_t>(i));
    }
    if (recordings_used() > 0) return;
    if (longest > history_steps_) throw InvalidArgument("no step counts: steps excludes all after the history");
    throw InvalidArgument("history_steps = " + std::to_string(history_steps_) +
                          (options.history_steps ? "" : ", the steps over which a spike acts,") +
                          " must be below the length of the longest recording, " + std::to_string(longest) + " steps");
  }

  /// A neuron has absolute refractoriness up to its shortest interval if at least three spikes would be expected there
  /// at its mean rate. It ends with the own history, which describes what comes later, or else with the coupling.
  void find_refractoriness() {
    if (!refractory) return;
    std::uint64_t longest = 0;
    for (const Response& response : own.empty() ? coupling : own)
      longest = std::max<std::uint64_t>(longest, response.length());
    for (const auto& spikes : trains.by_neuron) {
      std::uint64_t shortest = longest + 1;
      auto recording = trains.recordings.begin();
      for (std::size_t i = 0; i < spikes.size(); ++i) {
        if (spikes[i].count > 1) shortest = 1;
        while (spikes[i].step >= recording->end) ++recording;
        if (i > 0 && spikes[i - 1].step >= recording->begin)
          shortest = std::min<std::uint64_t>(shortest, spikes[i].step - spikes[i - 1].step);
      }
      const auto n = static_cast<double>(spikes.size()), silent = static_cast<double>(shortest - 1);
      const bool evident = n * n / static_cast<double>(trains.steps()) * silent >= 3.0;
      refractory_steps_.push_back(evident ? static_cast<std::uint32_t>(shortest - 1) : 0);
    }
  }

  std::size_t channels_;
  std::uint64_t stimulus_reach_, history_steps_ = 0;
  std::vector<std::uint8_t> counted_;  // for each step; also the neuron's absolute refractoriness is left out
  std::vector<std::uint32_t> left_out_, refractory_steps_;
};

}  // namespace spikeometric::detail
