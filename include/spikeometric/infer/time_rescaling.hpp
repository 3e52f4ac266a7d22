// SPDX-License-Identifier: BSD-3-Clause
//
// Goodness of fit by time rescaling: if a model is right, the spikes of a neuron form a Poisson process of rate 1 when
// time is measured by the integrated rate.
//
//   const auto check = sk::time_rescaling(fitted.graph, fitted.model, sk::no_stimulus, spikes, sk::Seed{1});
//   std::cout << check[7].statistic << " must be below " << check[7].bound() << '\n';
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/simulate/replay.hpp"

namespace spikeometric {

/// Kolmogorov-Smirnov test: compares the distribution of a neuron's rescaled intervals with the uniform distribution.
struct RescaledIntervals {
  std::vector<double> intervals;  ///< 1 - exp(-interval), ascending: uniform in (0, 1) if the model is right
  double statistic = std::numeric_limits<double>::quiet_NaN();  ///< maximum difference of the cumulative distributions
  double p_value = std::numeric_limits<double>::quiet_NaN();    ///< P(larger statistic); NaN without intervals

  /// The 95 % bound: if the model is right, the statistic is below it with probability 0.95. The probability is higher
  /// if the model was fitted to the same spikes.
  double bound() const;
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

}  // namespace detail

inline double RescaledIntervals::bound() const { return 1.3581 / detail::stephens(intervals.size()); }

/// Time rescaling (Brown, Barbieri, Ventura, Kass and Frank 2002) in discrete steps, after Haslinger, Pipa and Brown
/// (2010). In a binary model, a step with spike probability p has length -log(1 - p), and a spike is placed in it at
/// random as in continuous time; intervals are then exponential for any p. In a Poisson model, a step has length mu,
/// and its spikes are placed in it uniformly.
///
/// Returns the rescaled intervals between the spikes of each neuron. `seed` places spikes within their steps and draws
/// random stimuli and baselines; for random stimuli it must be the seed of the recording. O(steps x neurons). Throws as
/// Replay does.
template <class GraphType, Model ModelType, class StimulusType>
requires detail::GraphModelStimulusSeed<GraphType, ModelType, StimulusType, Seed>
[[nodiscard]] std::vector<RescaledIntervals> time_rescaling(const GraphType& graph, const ModelType& model,
                                                            const StimulusType& stimulus,
                                                            const Events<EventOf<ModelType>>& spikes, Seed seed) {
  using SamplerPolicy = std::remove_const_t<decltype(ModelType::sampler)>;
  static_assert(ModelType::binary || std::is_same_v<SamplerPolicy, PoissonSampler>,
                "spikeometric: time rescaling needs a binary model or a model with PoissonSampler");
  Replay replay{graph, model, stimulus, spikes, seed};
  const Stream stream{seed, spikes.network_id(), detail::rescaling_purpose};
  std::vector<RescaledIntervals> result(spikes.neurons());
  std::vector<double> since(spikes.neurons());  // the rate integrated since the last spike
  std::vector<bool> spiked(spikes.neurons());
  std::vector<std::uint32_t> counts(spikes.neurons());
  std::vector<double> places;
  std::size_t next = 0;
  const auto events = spikes.packed();
  for (std::uint64_t step = 0; replay.steps_left() > 0; ++step) {
    const std::size_t first = next;
    for (; next < events.size() && events[next].offset == step; ++next)
      counts[events[next].neuron] = static_cast<std::uint32_t>(events[next].count);
    replay.advance([&](std::uint32_t neuron, const FloatDual&, const FloatDual& mu) {
      const double mean = SamplerPolicy::mean(Dual(mu)).value;
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
        if (spiked[neuron]) result[neuron].intervals.push_back(-expm1(-interval));
        spiked[neuron] = true;
        since[neuron] = 0.0;
        last = place;
      }
      since[neuron] = ModelType::binary ? 0.0 : length - last;
    });
    for (std::size_t i = first; i < next; ++i) counts[events[i].neuron] = 0;
  }
  for (RescaledIntervals& rescaled : result) detail::compare_with_uniform(rescaled);
  return result;
}

/// Wrong arguments: says at compile time which one is wrong.
template <class First, class Second, class Third, class Fourth, class Fifth>
requires(!detail::ReplayArguments<First, Second, Third, Fourth, Fifth>) std::vector<RescaledIntervals> time_rescaling(
    const First&, const Second&, const Third&, const Fourth&, const Fifth&) {
  static_assert(Replay<detail::Misuse<First, Second, Third, Fourth, Fifth>, void, void>::wrong);
  return {};
}
template <class First, class Second, class Third, class... More>
requires(sizeof...(More) < 2) std::vector<RescaledIntervals> time_rescaling(const First&, const Second&, const Third&,
                                                                            const More&...) {
  static_assert(std::is_void_v<First>,
                "spikeometric: an argument is missing: time_rescaling(graph, model, stimulus, spikes, seed)");
  return {};
}

}  // namespace spikeometric
