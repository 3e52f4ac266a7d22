// SPDX-License-Identifier: BSD-3-Clause
//
// What a stimulus is to a simulator: terms, each with a mask, a channel, and values that are made for a piece of the run
// at a time. A stimulus has a member that adds itself to the terms of a network; that is all it takes to combine some:
//
//   template <class Terms>
//   void add_to(Terms& terms, std::uint32_t channel) const {       // a sum
//     first.add_to(terms, channel);
//     second.add_to(terms, channel);
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/model/lift.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/stimulus/mask.hpp"

namespace spikeometric {

/// What a simulator tells a stimulus about a network that it is to drive.
struct StimulusContext {
  double dt_ms = 1.0;
  Seed seed{};
  std::uint32_t network = 0;   ///< its id, which keys random numbers
  std::uint64_t index = 0;     ///< its place in the batch
  std::uint64_t networks = 1;  ///< in the batch
  std::uint64_t neurons = 0;
};

namespace detail {

/// How many terms a stimulus may have, over all its channels: each has a Purpose of its own.
inline constexpr std::size_t max_terms = 200;

/// Of a term, by its place among them: 16 and up.
constexpr Purpose stimulus_purpose(std::size_t place) { return static_cast<Purpose>(16 + place); }

/// How many steps have their values, and what was thrown in the step after these.
struct ReadySteps {
  std::uint64_t steps;
  std::exception_ptr error = nullptr;
};

/// Calls make(step) for step 0, 1, ..., `steps` of them, or until one throws.
template <class Make>
ReadySteps ready_steps(std::uint64_t steps, Make&& make) {
  std::uint64_t step = 0;
  try {
    for (; step < steps; ++step) make(step);
  } catch (...) {
    return {step, std::current_exception()};
  }
  return {steps};
}

/// A series that gives the values of many steps at once.
template <class Series, class Value>
concept FillsSteps = requires(const Series series, std::uint64_t step, Value* values) {
  series.fill(step, step, values);
};

/// Input to the neurons of a mask, of one network.
template <class Value>
struct StimulusTerm {
  BoundMask mask;
  std::uint32_t channel;
  bool each;      ///< whether each neuron from mask.first() to mask.end() has a value, or all share one
  bool function;  ///< whether it is called in the step for each neuron; it has no values then

  /// Makes the values of consecutive steps, [step][neuron - mask.first()] or [step]; adds[step] is 0 where nothing is to
  /// be added, and the values may be anything.
  std::function<ReadySteps(std::uint64_t first_step, std::uint64_t steps, Value* values, std::uint8_t* adds)> make;

  /// Values that a step has.
  std::uint64_t width() const { return function ? 0 : each ? mask.end() - mask.first() : 1; }
};

/// The terms of a stimulus, for one network, in the order in which they add up. Their numbers are of type Value; where
/// that is a dual number, sources are lifted.
template <class Value>
class StimulusTerms {
 public:
  using Slope = std::function<double(std::string_view)>;

  /// Whether functions of (step, neuron) are left to the step, or have their values made, too.
  bool calls_functions = false;

  /// slope_of(name) is the derivative of the sources' parameter of that name.
  explicit StimulusTerms(const StimulusContext& context, Slope slope_of = {})
      : context_(context), slope_of_(std::move(slope_of)), end_(context.neurons) {}

  /// The same for neurons [first, end) alone.
  StimulusTerms(const StimulusContext& context, std::uint64_t first, std::uint64_t end)
      : context_(context), first_(first), end_(end) {}

  const StimulusContext& context() const { return context_; }
  const std::vector<StimulusTerm<Value>>& list() const { return list_; }

  /// Adds a term. A source has series(context, purpose), a value a step that all neurons of the mask share, or
  /// field(context), a value for each; see Masked.
  template <class Source>
  void add(const Source& source, const BoundMask& touched, std::uint32_t channel) {
    const BoundMask mask = touched.within(first_, end_);
    const Purpose purpose = stimulus_purpose(places_++);
    const auto lifted_source = lifted<Value>(source, slope_of_);
    if constexpr (requires { lifted_source.series(context_, purpose); })
      add_series(lifted_source.series(context_, purpose), mask, channel);
    else
      add_field(lifted_source.field(context_), mask, channel);
  }

  /// Adds a term whose function the step calls.
  void add_function(BoundMask mask, std::uint32_t channel) {
    ++places_;
    list_.push_back({std::move(mask), channel, true, true, {}});
  }

  /// Counts a term that adds nothing.
  void add_nothing() { ++places_; }

 private:
  template <class Series>
  void add_series(Series series, const BoundMask& mask, std::uint32_t channel) {
    const auto make = [series = std::move(series)](std::uint64_t first, std::uint64_t steps, Value* values,
                                                   std::uint8_t* adds) {
      return ready_steps(steps, [&](std::uint64_t step) {
        if constexpr (!FillsSteps<Series, Value>)
          values[step] = static_cast<Value>(series(first + step));
        else if (step == 0)
          series.fill(first, steps, values);
        adds[step] = values[step] != Value(0);
      });
    };
    list_.push_back({mask, channel, false, false, make});
  }

  template <class Field>
  void add_field(Field field, const BoundMask& mask, std::uint32_t channel) {
    const auto make = [field = std::move(field), mask](std::uint64_t first, std::uint64_t steps, Value* values,
                                                       std::uint8_t* adds) {
      return ready_steps(steps, [&](std::uint64_t step) {
        adds[step] = field.covers(first + step);
        if (!adds[step]) return;
        Value* const row = values + step * (mask.end() - mask.first());
        mask.for_each(mask.first(), mask.end(), [&](std::uint32_t neuron) {
          row[neuron - mask.first()] = static_cast<Value>(field(first + step, neuron));
        });
      });
    };
    list_.push_back({mask, channel, true, false, make});
  }

  StimulusContext context_;
  Slope slope_of_;
  std::uint64_t first_ = 0, end_;
  std::size_t places_ = 0;
  std::vector<StimulusTerm<Value>> list_;
};

}  // namespace detail

}  // namespace spikeometric
