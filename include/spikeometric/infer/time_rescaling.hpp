// SPDX-License-Identifier: BSD-3-Clause
//
// Goodness of fit by time rescaling: if a model is right, the spikes of a neuron form a Poisson process of rate 1 when
// time is measured by the integrated rate.
//
//   const auto check = sk::time_rescaling(fitted.graph, fitted.model, sk::no_stimulus, spikes, sk::Seed{1});
//   std::cout << check[7].statistic << " must be below " << check[7].bound() << '\n';
//   std::cout << "successive intervals: correlation " << check[7].successive.correlation << ", p "
//             << check[7].successive.p_value << '\n';
//
//   sk::time_rescaling(fitted, trials);                                 // of a fit, with its stimulus
//   sk::time_rescaling(fitted, other_stimulus, trials, sk::Seed{1});    // with the stimulus of these trials
//
// A Kolmogorov-Smirnov plot with its 95 % band (<spikeometric/io/svg_plot.hpp>):
//
//   const double bound = check[7].bound();
//   sk::io::Plot plot{.title = "Neuron 7", .x_label = "model quantile", .y_label = "rescaled interval", .height = 480,
//                     .width = 460};
//   plot.series = {{.x = {0.0, 1.0}, .y = {0.0, 1.0}, .band = {bound, bound}, .dashed = true, .colour = "#666666"},
//                  {.x = check[7].model_quantiles(), .y = check[7].intervals}};
//   sk::io::write_svg("ks.svg", plot);
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/backend/backend.hpp"
#include "spikeometric/infer/detail/problem.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/simulate/replay.hpp"
#include "spikeometric/simulate/select.hpp"
#include "spikeometric/stimulus/covariates.hpp"
#include "spikeometric/stimulus/stimulus.hpp"
#include "spikeometric/stimulus/terms.hpp"

namespace spikeometric {

/// Tests whether successive rescaled intervals of a neuron are independent: their correlation (Pearson) after each, u,
/// is transformed to the normal deviate z with Phi(z) = u. Pairs are of the same trial.
struct SuccessiveIntervals {
  double correlation = std::numeric_limits<double>::quiet_NaN();     ///< NaN if there are fewer than two pairs
  double standard_error = std::numeric_limits<double>::quiet_NaN();  ///< of independent intervals: 1 / sqrt(pairs)
  double p_value = std::numeric_limits<double>::quiet_NaN();         ///< P(larger absolute correlation), two-sided
  std::uint64_t pairs = 0;
};

/// The rescaled intervals of a neuron, uniform in (0, 1) and independent if the model is right, and two tests. The
/// Kolmogorov-Smirnov test compares their distribution with the uniform one.
struct RescaledIntervals {
  std::vector<double> intervals;        ///< 1 - exp(-interval), ascending
  std::vector<double> in_order;         ///< the same in order of time, trial after trial
  std::vector<std::size_t> trial_ends;  ///< for each trial, the number of intervals in it and in those before
  double statistic = std::numeric_limits<double>::quiet_NaN();  ///< maximum difference of the cumulative distributions
  double p_value = std::numeric_limits<double>::quiet_NaN();    ///< P(larger statistic); NaN without intervals
  SuccessiveIntervals successive;

  /// The 95 % bound: if the model is right, the statistic is below it with probability 0.95. The probability is higher
  /// if the model was fitted to the same spikes.
  double bound() const;

  /// (i + 1/2) / n for i < n: the quantiles of the uniform distribution to which the n `intervals` correspond.
  std::vector<double> model_quantiles() const;
};

namespace detail {

/// The purpose of the random positions of spikes within their steps.
inline constexpr Purpose rescaling_purpose{5};

/// P(K > x) for K with Kolmogorov's distribution.
inline double kolmogorov_tail(double x) {
  if (x < 0.2) return 1.0;
  double sum = 0.0;
  for (int k = 1; k <= 100; ++k) {
    const double term = std::exp(-2.0 * k * k * x * x);
    sum += k % 2 == 1 ? term : -term;
    if (term < 1e-17) break;
  }
  return std::clamp(2.0 * sum, 0.0, 1.0);
}

/// The factor by which the statistic of n intervals is multiplied to follow Kolmogorov's distribution (Stephens 1970).
inline double stephens(std::size_t n) {
  const double root = std::sqrt(static_cast<double>(n));
  return root + 0.12 + 0.11 / root;
}

/// Sorts the intervals and compares them with the uniform distribution.
inline void compare_with_uniform(RescaledIntervals& rescaled) {
  auto& values = rescaled.intervals;
  if (values.empty()) return;
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i)
    largest = std::max({largest, static_cast<double>(i + 1) / n - values[i], values[i] - static_cast<double>(i) / n});
  rescaled.statistic = largest;
  rescaled.p_value = kolmogorov_tail(stephens(values.size()) * largest);
}

/// z with Phi(z) = u, with an error below 1e-7: formula 26.2.23 of Abramowitz and Stegun (1964), and a step of Halley's
/// method. u is clamped to [2^-53, 1 - 2^-53], so that |z| < 8.3.
inline double normal_deviate(double u) {
  u = std::clamp(u, 0x1p-53, 1.0 - 0x1p-53);
  const double tail = std::min(u, 1.0 - u), t = std::sqrt(-2.0 * std::log(tail));
  const double z =
      (2.515517 + (0.802853 + 0.010328 * t) * t) / (1.0 + (1.432788 + (0.189269 + 0.001308 * t) * t) * t) - t;
  const double error = (0.5 * std::erfc(-z * 0.7071067811865476) - tail) * 2.5066282746310002 * std::exp(0.5 * z * z);
  const double lower = z - error / (1.0 + 0.5 * z * error);
  return u < 0.5 ? lower : -lower;
}

/// The test of independence of intervals in order, trial after trial.
inline SuccessiveIntervals successive_of(const std::vector<double>& in_order,
                                         const std::vector<std::size_t>& trial_ends) {
  std::vector<double> deviates;
  deviates.reserve(in_order.size());
  for (const double u : in_order) deviates.push_back(normal_deviate(u));
  SuccessiveIntervals result;
  double first = 0.0, second = 0.0;  // means over pairs
  const auto for_each_pair = [&](auto&& visit) {
    std::size_t begin = 0;
    for (const std::size_t end : trial_ends) {
      for (std::size_t i = begin + 1; i < end; ++i) visit(deviates[i - 1], deviates[i]);
      begin = end;
    }
  };
  for_each_pair([&](double a, double b) {
    ++result.pairs;
    first += a;
    second += b;
  });
  const auto n = static_cast<double>(result.pairs);
  first /= n;
  second /= n;
  if (result.pairs < 2) return result;
  double products = 0.0, squares_of_first = 0.0, squares_of_second = 0.0;
  for_each_pair([&](double a, double b) {
    products += (a - first) * (b - second);
    squares_of_first += (a - first) * (a - first);
    squares_of_second += (b - second) * (b - second);
  });
  result.correlation = products / std::sqrt(squares_of_first * squares_of_second);
  result.standard_error = 1.0 / std::sqrt(n);
  result.p_value = std::erfc(std::abs(result.correlation) * std::sqrt(0.5 * n));
  return result;
}

template <class T>
inline constexpr bool are_trials = false;
template <class Event>
inline constexpr bool are_trials<BatchEvents<Event>> = true;

/// Events or BatchEvents.
template <class T>
concept RecordingOrTrialsOfOne = is_recording<T> || are_trials<T>;

/// Recordings with the events of a model. Throws InvalidArgument for a count above 1 if these are binary.
template <class Event, class Recordings>
decltype(auto) with_events(const Recordings& recordings) {
  if constexpr (std::is_same_v<Recordings, Events<Event>> || std::is_same_v<Recordings, BatchEvents<Event>>)
    return (recordings);
  else if constexpr (std::is_same_v<Event, BinaryEvent>)
    return to_binary(recordings);
  else
    return binned(recordings, 1);
}

template <class Event>
std::span<const Events<Event>> as_span(const Events<Event>& recording) {
  return {&recording, 1};
}
template <class Event>
std::span<const Events<Event>> as_span(const BatchEvents<Event>& trials) {
  return {trials.by_network().data(), trials.size()};
}

/// Adds the intervals of a trial to those of each neuron, without those that begin before step `first_step` of it.
template <class GraphType, class ModelType, class StimulusType>
void rescale(const GraphType& graph, const ModelType& model, const StimulusType& stimulus,
             const Events<EventOf<ModelType>>& trial, const StimulusContext& context, std::uint64_t first_step,
             std::vector<RescaledIntervals>& result) {
  using SamplerPolicy = std::remove_const_t<decltype(ModelType::sampler)>;
  static_assert(Distribution<SamplerPolicy> && (ModelType::binary || std::is_same_v<SamplerPolicy, PoissonSampler>),
                "spikeometric: time rescaling needs PoissonSampler, or a binary sampler with mean, variance and "
                "log_probability");
  const auto sampler = rounded(model.sampler);
  Replay replay{graph, model, stimulus, trial, context};
  const Stream stream = context.stream(rescaling_purpose);
  std::vector<double> since(trial.neurons());  // the rate integrated since the last spike
  std::vector<bool> spiked(trial.neurons());
  std::vector<std::uint32_t> counts(trial.neurons());
  std::vector<double> places;
  std::size_t next = 0;
  const auto events = trial.packed();
  for (std::uint64_t step = 0; replay.steps_left() > 0; ++step) {
    const std::size_t first = next;
    for (; next < events.size() && events[next].offset == step; ++next)
      counts[events[next].neuron] = static_cast<std::uint32_t>(events[next].count);
    replay.advance([&](std::uint32_t neuron, const FloatDual&, const FloatDual& mu) {
      if (step < first_step) return;
      const double mean = sampler.mean(Dual(mu)).value;
      const double length = ModelType::binary ? -log1p(-mean) : mean;
      const std::uint32_t count = counts[neuron];
      if (count == 0) {
        since[neuron] += length;
        return;
      }
      places.clear();
      for (std::uint32_t i = 0; i < count; ++i) {
        const Block bits = stream.block(neuron, step, i / 2 % 128);
        const double u = i % 2 == 0 ? uniform(bits[0], bits[1]) : uniform(bits[2], bits[3]);
        places.push_back(ModelType::binary ? -log1p(-(u * mean)) : u * mean);
      }
      std::sort(places.begin(), places.end());
      double last = 0.0;
      for (const double place : places) {
        const double interval = since[neuron] + (place - last);
        if (spiked[neuron]) result[neuron].in_order.push_back(-expm1(-interval));
        spiked[neuron] = true;
        since[neuron] = 0.0;
        last = place;
      }
      since[neuron] = ModelType::binary ? 0.0 : length - last;
    });
    for (std::size_t i = first; i < next; ++i) counts[events[i].neuron] = 0;
  }
  for (RescaledIntervals& each : result) each.trial_ends.push_back(each.in_order.size());
}

/// The intervals of all trials. `before(context, trial)` is called before each of them.
template <class GraphType, class ModelType, class StimulusType, class Recordings, class Before>
std::vector<RescaledIntervals> rescaled(const GraphType& graph, const ModelType& model, const StimulusType& stimulus,
                                        const Recordings& recordings, Seed seed, std::uint64_t first_step,
                                        Before&& before) {
  const auto& converted = with_events<EventOf<ModelType>>(recordings);
  const auto trials = as_span(converted);
  std::vector<RescaledIntervals> result(graph.neurons());
  for (std::size_t index = 0; index < trials.size(); ++index) {
    const StimulusContext context{decimal(model.dt()), seed,           trials[index].network_id(), index,
                                  trials.size(),       graph.neurons()};
    before(context, trials[index]);
    of_network(index, trials.size(),
               [&] { rescale(graph, model, stimulus, trials[index], context, first_step, result); });
  }
  for (RescaledIntervals& each : result) {
    each.intervals = each.in_order;
    compare_with_uniform(each);
    each.successive = successive_of(each.in_order, each.trial_ends);
  }
  return result;
}

template <class First, class Second, class Third, class Fourth, class Fifth>
concept RescalingArguments = GraphModelStimulusSeed<First, Second, Third, Fifth> && !is_batch<First> && Model<Second> &&
                             RecordingOrTrialsOfOne<Fourth>;

template <class T>
inline constexpr bool is_fit = false;
template <class Family, class StimulusType>
inline constexpr bool is_fit<Fit<Family, StimulusType>> = true;

}  // namespace detail

inline double RescaledIntervals::bound() const { return 1.3581 / detail::stephens(intervals.size()); }

inline std::vector<double> RescaledIntervals::model_quantiles() const {
  std::vector<double> result(intervals.size());
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = (static_cast<double>(i) + 0.5) / static_cast<double>(result.size());
  return result;
}

/// Time rescaling (Brown, Barbieri, Ventura, Kass and Frank 2002) in discrete steps, after Haslinger, Pipa and Brown
/// (2010). In a binary model, a step with spike probability p has length -log(1 - p), and a spike is placed in it at
/// random as in continuous time; intervals are then exponential for any p. Steps with p = 0 (refractory ones) have no
/// length, and those with p = 1 an infinite one. In a Poisson model, a step has length mu, and its spikes are placed in
/// it uniformly.
///
/// Returns the rescaled intervals between the spikes of each neuron. `recordings` is Events, or the trials of one
/// network as BatchEvents; no interval extends over two trials. Counts are accepted for a binary model if none is above
/// 1. `seed` and the network id of a recording place spikes within their steps, and they draw random stimuli and
/// baselines; for random stimuli, the seed must be that of the recording.
///
/// O((steps x neurons + synapses) x trials). Memory: 16 bytes for each interval. Throws as Replay does, and
/// InvalidArgument for a count above 1 in a binary model.
template <class GraphType, Model ModelType, class StimulusType, class Recordings>
requires detail::RescalingArguments<GraphType, ModelType, StimulusType, Recordings, Seed>
[[nodiscard]] std::vector<RescaledIntervals> time_rescaling(const GraphType& graph, const ModelType& model,
                                                            const StimulusType& stimulus, const Recordings& recordings,
                                                            Seed seed) {
  return detail::rescaled(graph, model, stimulus, recordings, seed, 0, [](const auto&, const auto&) {});
}

/// The same for a fit, given the stimulus of the recordings. As in the fit, the first history_steps of each recording
/// only serve as history. A neuron that was not fitted has no intervals. `seed` is by default that of the fit. Also
/// throws InvalidArgument for a stimulus that does not cover a recording.
template <class Family, class FitStimulus, detail::FitStimulus StimulusType, detail::RecordingOrTrialsOfOne Recordings>
[[nodiscard]] std::vector<RescaledIntervals> time_rescaling(const Fit<Family, FitStimulus>& fit,
                                                            const StimulusType& stimulus, const Recordings& recordings,
                                                            std::optional<Seed> seed = std::nullopt) {
  const auto drive = detail::driving(fit.neurons, stimulus);
  static_assert(detail::weighted_channels<std::remove_const_t<decltype(drive)>> ==
                    detail::weighted_channels<std::remove_const_t<decltype(fit.stimulus)>>,
                "spikeometric: the stimulus must have as many channels as that of the fit");
  auto result = detail::rescaled(
      fit.graph, fit.model, drive, recordings, seed.value_or(fit.data->options.seed.value_or(Seed{})),
      fit.history_steps, [&](const StimulusContext& context, const auto& trial) {
        detail::StimulusTerms<float> terms{context};
        drive.add_to(terms, 0);
        terms.require_covered(trial.first_step(), trial.steps(), "recording " + std::to_string(context.index));
      });
  for (std::size_t i = 0; i < result.size(); ++i)
    if (fit.neurons[i].status == FitStatus::not_fitted) result[i] = {};
  return result;
}

/// The same with the stimulus of the fit.
template <class Family, class FitStimulus, detail::RecordingOrTrialsOfOne Recordings>
[[nodiscard]] std::vector<RescaledIntervals> time_rescaling(const Fit<Family, FitStimulus>& fit,
                                                            const Recordings& recordings,
                                                            std::optional<Seed> seed = std::nullopt) {
  return time_rescaling(fit, fit.stimulus, recordings, seed);
}

/// Wrong arguments: says at compile time which one is wrong.
template <class First, class Second, class Third, class Fourth, class Fifth>
requires(!detail::RescalingArguments<First, Second, Third, Fourth, Fifth>)
    std::vector<RescaledIntervals> time_rescaling(const First&, const Second&, const Third&, const Fourth&,
                                                  const Fifth&) {
  using Recording = std::conditional_t<detail::are_trials<Fourth>, Events<>, Fourth>;
  static_assert(Replay<detail::Misuse<First, Second, Third, Recording, Fifth>, void, void>::wrong);
  return {};
}
template <class First, class Second, class Third, class... More>
requires(sizeof...(More) < 2 &&
         !detail::is_fit<First>) std::vector<RescaledIntervals> time_rescaling(const First&, const Second&,
                                                                               const Third&, const More&...) {
  static_assert(std::is_void_v<First>,
                "spikeometric: an argument is missing: time_rescaling(graph, model, stimulus, spikes, seed)");
  return {};
}

}  // namespace spikeometric
