// SPDX-License-Identifier: BSD-3-Clause
//
// Stimuli that act through a filter with memory: the L of a linear-nonlinear-Poisson model.
//
//   const auto flicker = sk::recorded(contrast);                                  // one value per step
//   const auto seen = sk::temporal(flicker, sk::BiexponentialFilter{.tau_decay = 30.0, .tau_rise = 10.0});
//   const auto delayed = sk::temporal(flicker, {0.0, 0.0, 1.0});                  // taps: two steps later
//   sk::Simulator simulator{graph, model, seen, sk::Seed{1}};
//
//   // Four basis functions are four channels, weighted by a model with sk::ChannelWeights<4>:
//   const auto basis = sk::temporal(flicker, sk::RaisedCosine<4>{.last_peak_ms = 100.0, .window_steps = 150});
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/impulse_response.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

namespace detail {

/// The values of a term, convolved with taps. Sums are in double, or over Duals; the order of the products of a value
/// does not depend on the piece that is computed: lags ascend from 0.
template <class Value>
class Convolution {
 public:
  Convolution(StimulusTerm<Value> term, std::vector<Wide<Value>> taps)
      : term_(std::move(term)), taps_(std::move(taps)) {}

  /// Like StimulusTerm::make. Also needs the input of taps - 1 steps before the piece, and memory for a Wide<Value> for
  /// each of its values.
  ReadySteps operator()(std::uint64_t first, std::uint64_t steps, Value* values, std::uint8_t* adds) const {
    if (steps == 0) return {0};
    const std::uint64_t width = term_.width(), begin = first - std::min<std::uint64_t>(first, taps_.size() - 1);
    std::uint64_t left = first + steps - begin;
    const std::uint64_t at_once = std::clamp<std::uint64_t>(max_values / std::max<std::uint64_t>(width, 1), 1, left);
    std::vector<Value> input(at_once * width);
    std::vector<std::uint8_t> given(at_once);
    std::vector<Wide<Value>> sums(steps * width);
    std::fill_n(adds, steps, std::uint8_t{0});
    ReadySteps ready{steps};
    while (left > 0) {  // from the last step to the first, so that lags ascend
      const std::uint64_t count = std::min(at_once, left);
      left -= count;
      ReadySteps made = term_.make(begin + left, count, input.data(), given.data());
      for (std::uint64_t i = made.steps; i-- > 0;)
        if (given[i]) respond(begin + left + i, input.data() + i * width, first, ready.steps, sums.data(), adds);
      if (made.error) {
        const std::uint64_t failed = begin + left + made.steps;
        ready = {failed - std::min(failed, first), std::move(made.error)};
      }
    }
    for (std::uint64_t i = 0; i < ready.steps * width; ++i) values[i] = static_cast<Value>(sums[i]);
    if (!term_.each)
      for (std::uint64_t step = 0; step < ready.steps; ++step) adds[step] = values[step] != Value(0);
    return ready;
  }

 private:
  static constexpr std::uint64_t max_values = 1 << 16;  // of the input, at a time, unless one step has more

  /// Adds the response to the input of one step.
  void respond(std::uint64_t step, const Value* input, std::uint64_t first, std::uint64_t steps, Wide<Value>* sums,
               std::uint8_t* adds) const {
    const std::uint64_t width = term_.width();
    const std::uint64_t from = std::max(step, first), end = std::min(step + taps_.size(), first + steps);
    if (from >= end) return;
    if (term_.each) std::fill(adds + (from - first), adds + (end - first), std::uint8_t{1});
    const Wide<Value>* const taps = taps_.data() + (from - step);
    Wide<Value>* sum = sums + (from - first) * width;
    if (width == 1) {  // a loop that compilers vectorise
      const auto value = static_cast<Wide<Value>>(*input);
      for (std::uint64_t i = 0; i < end - from; ++i) sum[i] = sum[i] + mul(taps[i], value);
    } else {
      for (std::uint64_t i = 0; i < end - from; ++i, sum += width)
        for (std::uint64_t of = 0; of < width; ++of)
          sum[of] = sum[of] + mul(taps[i], static_cast<Wide<Value>>(input[of]));
    }
  }

  StimulusTerm<Value> term_;
  std::vector<Wide<Value>> taps_;
};

}  // namespace detail

/// A stimulus with one channel, filtered in time:
///
///   E(t) = sum over k, ascending from 0, of c(k) s(t - k),      k < taps.
///
/// Lag 0 is the same step: a stimulus acts in its own step, where a spike acts in the next. s is 0 before step 0 of the
/// run, and otherwise what the stimulus is there, whatever the pieces of the run. Taps and sum are in double, and E is
/// rounded to float once; see impulse_responses for the taps of a filter. Each term of a sum is filtered by itself, so
/// temporal(a + b, filter) equals temporal(a, filter) + temporal(b, filter) to the bit. Random stimuli are those that
/// would act without the filter.
///
/// A filter with M basis functions gives M channels, for a model with ChannelWeights<M>; otherwise the result is a
/// stimulus with one channel like any other. Its parameters are those of the stimulus, then those of the filter, and
/// both have derivatives. Its functions are called on the host, several times for each step.
///
/// A step costs O(taps) for each basis function and each term that all neurons share (less where it is 0), and O(taps x
/// neurons) for a recorded matrix or a function of (step, neuron).
template <class StimulusType, class FilterPolicy>
class Temporal {
 public:
  static constexpr std::size_t channels = detail::bases<FilterPolicy>;
  static constexpr std::size_t terms = StimulusType::terms;

  StimulusType stimulus;
  FilterPolicy filter;

  /// Throws InvalidParameter if a parameter of the filter is out of bounds.
  Temporal(StimulusType of, FilterPolicy by) : stimulus(std::move(of)), filter(std::move(by)) {
    detail::validate_policy(filter);
  }

  template <class Visitor>
  constexpr void for_each_policy(Visitor&& visit) {
    visit(stimulus);
    visit(filter);
  }
  template <class Visitor>
  constexpr void for_each_policy(Visitor&& visit) const {
    visit(stimulus);
    visit(filter);
  }

  /// Throws as the stimulus does, and InvalidParameter if the filter does not fit the time step.
  template <class Value>
  void add_to(detail::StimulusTerms<Value>& terms, std::uint32_t channel) const {
    const auto dt = static_cast<float>(terms.context().dt_ms);
    detail::validate_policy(filter, dt);
    std::vector<std::vector<detail::Wide<Value>>> responses;
    const auto slope_of = [&](std::string_view name) { return terms.slope_of(name); };
    for (const auto& taps : detail::lifted_responses(filter, dt, slope_of)) {
      auto& response = responses.emplace_back();
      for (const Dual& tap : taps) response.push_back(static_cast<detail::Wide<Value>>(tap));
    }
    terms.add_replaced([&] { stimulus.add_to(terms, channel); },
                       [&](const detail::StimulusTerm<Value>& term, auto& list) {
                         for (std::size_t m = 0; m < channels; ++m) {
                           auto& filtered = list.emplace_back(term);
                           filtered.channel = term.channel + static_cast<std::uint32_t>(m);
                           filtered.make = detail::Convolution<Value>{term, responses[m]};
                         }
                       });
  }

  std::tuple<> functions() const { return {}; }
};

namespace detail {

template <class S, class F>
struct RefuseTemporal {
  static constexpr bool swapped = Filter<S> && Stimulus<F>;
  static_assert(!swapped, "spikeometric: the arguments of sk::temporal are the stimulus, then the filter");
  static_assert(swapped || Stimulus<S>,
                "spikeometric: sk::temporal filters a stimulus, such as sk::recorded(values) or a function of the "
                "step, or sk::Frames");
  static_assert(swapped || !Stimulus<S> || OneChannel<S>,
                "spikeometric: sk::temporal filters a stimulus with one channel; filter each part of channels or of a "
                "StimulusList before they are put together");
  static_assert(swapped || !Stimulus<S> || !OneChannel<S> || Filter<F>,
                "spikeometric: sk::temporal filters by a Filter, such as sk::RaisedCosine<4>, or by taps in a "
                "std::vector<double>");
  static constexpr bool value = true;
};

}  // namespace detail

/// A stimulus of the library, or a function, filtered in time; see Temporal. Throws InvalidParameter if a parameter of
/// the filter is out of bounds.
template <class S, class F>
[[nodiscard]] auto temporal(S stimulus, [[maybe_unused]] F filter) {
  static_assert(detail::RefuseTemporal<S, F>::value);
  if constexpr (detail::OneChannel<S> && Filter<F>) {
    auto lifted = detail::lift(std::move(stimulus));
    return Temporal<decltype(lifted), F>{std::move(lifted), std::move(filter)};
  } else {
    return no_stimulus;
  }
}

/// The same with taps c(0), c(1), ... of any dt. Throws InvalidParameter if there are none or more than 10^6, or if one
/// is not finite.
template <class S>
[[nodiscard]] auto temporal(S stimulus, std::vector<double> taps) {
  static_assert(detail::RefuseTemporal<S, BasicFir<double>>::value);
  return temporal(std::move(stimulus), BasicFir<double>{std::move(taps)});
}

}  // namespace spikeometric
