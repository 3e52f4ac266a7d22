// SPDX-License-Identifier: BSD-3-Clause
//
// The interface between a stimulus and a simulator. A stimulus consists of terms, each with a mask, a channel, and
// values that are computed for one piece of the run at a time. Its member add_to adds its terms to those of a network.
// Nothing else is needed to combine stimuli:
//
//   template <class Terms>
//   void add_to(Terms& terms, std::uint32_t channel) const {       // a sum
//     first.add_to(terms, channel);
//     second.add_to(terms, channel);
//   }
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/mask.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric {

/// Steps first, ..., end - 1 of a run; by default all. For a stimulus, the steps whose values are known: a recording
/// counts as 0 in other steps, so a fit must not extend beyond them.
struct StepRange {
  std::uint64_t first = 0, end = std::numeric_limits<std::uint64_t>::max();

  /// `steps` steps from `first_step` on. A range beyond the largest number ends there.
  static StepRange of(std::uint64_t first_step, std::uint64_t steps) {
    const StepRange all;
    return {first_step, steps < all.end - first_step ? first_step + steps : all.end};
  }

  /// Whether the range contains `steps` steps from `first_step` on.
  bool contains(std::uint64_t first_step, std::uint64_t steps) const {
    return steps == 0 || (first <= first_step && first_step < end && steps <= end - first_step);
  }

  friend bool operator==(const StepRange&, const StepRange&) = default;
};

/// The network that a stimulus drives.
struct StimulusContext {
  double dt_ms = 1.0;
  std::optional<Seed> seed{};
  std::uint32_t network = 0;   ///< its id, which determines random numbers
  std::uint64_t index = 0;     ///< its index in the batch
  std::uint64_t networks = 1;  ///< number of networks in the batch
  std::uint64_t neurons = 0;

  /// Throws InvalidArgument without a seed.
  Seed required_seed() const {
    if (!seed)
      throw InvalidArgument("a random stimulus needs the seed of the run, as in FitOptions{.seed = sk::Seed{1}}");
    return *seed;
  }
  /// Random numbers for a purpose. Throws InvalidArgument without a seed.
  Stream stream(Purpose purpose) const { return {required_seed(), network, purpose}; }
};

namespace detail {

/// Maximum number of terms of a stimulus, over all its channels. Each term has its own Purpose.
inline constexpr std::size_t max_terms = 200;

/// The purpose of the term with index `place`.
constexpr Purpose stimulus_purpose(std::size_t place) { return static_cast<Purpose>(16 + place); }

/// The number of steps with values, and the exception thrown in the step after them.
struct ReadySteps {
  std::uint64_t steps;
  std::exception_ptr error = nullptr;
};

/// Calls make(step) for steps 0 to steps - 1, or until a call throws.
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

/// A series that computes the values of many steps at once.
template <class Series, class Value>
concept FillsSteps = requires(const Series series, std::uint64_t step, Value* values) {
  series.fill(step, step, values);
};

/// Throws InvalidArgument for a stimulus that is not known in all steps of a recording; `what` says which.
inline void require_covered(const StepRange& covered, std::uint64_t first_step, std::uint64_t steps,
                            const std::string& what) {
  if (!covered.contains(first_step, steps))
    throw InvalidArgument("the stimulus has values for steps [" + std::to_string(covered.first) + ", " +
                          std::to_string(covered.end) + "), but " + what + " has steps [" + std::to_string(first_step) +
                          ", " + std::to_string(first_step + steps) + ")");
}

/// A field that computes the values of many steps and neurons at once.
template <class Field, class Value>
concept FillsField = requires(const Field field, std::uint64_t step, const BoundMask mask, Value* values,
                              std::uint8_t* adds) {
  field.fill(step, step, mask, values, adds);
};

/// The steps that a series or a field knows: all, unless it has a member `covered()`.
template <class Values>
StepRange covered_by(const Values& values) {
  if constexpr (requires {
                  { values.covered() } -> std::same_as<StepRange>;
                })
    return values.covered();
  else
    return {};
}

/// Input to the neurons of a mask in one network.
template <class Value>
struct StimulusTerm {
  BoundMask mask;
  std::uint32_t channel;
  bool each;      ///< whether each neuron in [mask.first(), mask.end()) has its own value; otherwise all share one
  bool function;  ///< whether the step calls a function for each neuron; then there are no values

  /// Computes the values of consecutive steps, [step][neuron - mask.first()] or [step]. If adds[step] is 0, the term
  /// adds nothing in that step, and its values are arbitrary.
  std::function<ReadySteps(std::uint64_t first_step, std::uint64_t steps, Value* values, std::uint8_t* adds)> make;

  StepRange covered{};  ///< the steps that a recording has

  /// Number of values per step.
  std::uint64_t width() const { return function ? 0 : each ? mask.end() - mask.first() : 1; }
};

/// The terms of a stimulus for one network, in the order of their addition. Values have type Value; if that is a dual
/// number, sources are lifted.
template <class Value>
class StimulusTerms {
 public:
  using Slope = std::function<double(std::string_view)>;

  /// Whether the step calls functions of (step, neuron). Otherwise their values are computed like those of other terms.
  bool calls_functions = false;

  /// slope_of(name) returns the derivative of the sources' parameter of that name.
  explicit StimulusTerms(const StimulusContext& context, Slope slope_of = {})
      : context_(context), slope_of_(std::move(slope_of)), end_(context.neurons) {}

  /// The same, but only for neurons [first, end).
  StimulusTerms(const StimulusContext& context, std::uint64_t first, std::uint64_t end)
      : context_(context), first_(first), end_(end) {}

  const StimulusContext& context() const { return context_; }
  const std::vector<StimulusTerm<Value>>& list() const { return list_; }

  /// The derivative of the sources' parameter of that name.
  double slope_of(std::string_view name) const { return slope_of_ ? slope_of_(name) : 0.0; }

  /// Throws InvalidArgument as the function of this name, for a term that acts on some neuron.
  void require_covered(std::uint64_t first_step, std::uint64_t steps, const std::string& what) const {
    for (const StimulusTerm<Value>& term : list_)
      if (term.mask.size() > 0) detail::require_covered(term.covered, first_step, steps, what);
  }

  /// Adds a term. A source has series(context, purpose), one value per step for all neurons of the mask, or
  /// field(context), a value for each neuron; see Masked.
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

  /// Adds a term with a function that the step calls.
  void add_function(BoundMask mask, std::uint32_t channel) {
    ++places_;
    list_.push_back({std::move(mask), channel, true, true, {}});
  }

  /// Calls add(), which adds terms to this object, and then replace(term, list) for each of them, which appends the
  /// terms that take its place. They have values also where the step would call a function.
  template <class Add, class Replace>
  void add_replaced(Add&& add, Replace&& replace) {
    const bool before = std::exchange(calls_functions, false);
    const auto size = static_cast<std::ptrdiff_t>(list_.size());
    add();
    calls_functions = before;
    const std::vector<StimulusTerm<Value>> added(std::make_move_iterator(list_.begin() + size),
                                                 std::make_move_iterator(list_.end()));
    list_.erase(list_.begin() + size, list_.end());
    for (const StimulusTerm<Value>& term : added) replace(term, list_);
  }

  /// Adds a term without input. It still counts as a term.
  void add_nothing() { ++places_; }

 private:
  template <class Series>
  void add_series(Series series, const BoundMask& mask, std::uint32_t channel) {
    const StepRange covered = covered_by(series);
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
    list_.push_back({mask, channel, false, false, make, covered});
  }

  template <class Field>
  void add_field(Field field, const BoundMask& mask, std::uint32_t channel) {
    const StepRange covered = covered_by(field);
    const auto make = [field = std::move(field), mask](std::uint64_t first, std::uint64_t steps, Value* values,
                                                       std::uint8_t* adds) {
      if constexpr (FillsField<Field, Value>) {
        field.fill(first, steps, mask, values, adds);
        return ReadySteps{steps};
      } else {
        return ready_steps(steps, [&](std::uint64_t step) {
          adds[step] = field.covers(first + step);
          if (!adds[step]) return;
          Value* const row = values + step * (mask.end() - mask.first());
          mask.for_each(mask.first(), mask.end(), [&](std::uint32_t neuron) {
            row[neuron - mask.first()] = static_cast<Value>(field(first + step, neuron));
          });
        });
      }
    };
    list_.push_back({mask, channel, true, false, make, covered});
  }

  StimulusContext context_;
  Slope slope_of_;
  std::uint64_t first_ = 0, end_;
  std::size_t places_ = 0;
  std::vector<StimulusTerm<Value>> list_;
};

}  // namespace detail

}  // namespace spikeometric
