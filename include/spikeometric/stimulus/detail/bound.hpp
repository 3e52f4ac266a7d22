// SPDX-License-Identifier: BSD-3-Clause
//
// What a simulator makes of a stimulus: bound to one network, it adds its values to an array of drives.
//
//   auto bound = sk::detail::bind(stimulus, context);    // of one network
//   bound.prepare(first_step, steps);                    // serially, before these steps are taken
//   if (bound.add(step, first, end, drive)) ...          // on any thread: drive[i * channels + c] += value
//   bound.clear(step, first, end, drive);                // zeros wherever add may have added
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

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
inline constexpr std::size_t most_terms = 200;

/// Of a term, by its place among them: 16 and up.
constexpr Purpose stimulus_purpose(std::size_t place) { return static_cast<Purpose>(16 + place); }

// Every Bound has the members of BoundNothing. In `add` and `clear`, neuron i has drive[i * Stride]. Single terms have
// `mask`, `each` and `write` as well, for backends that make their values on the host and add them elsewhere.

/// No stimulus.
struct BoundNothing {
  static constexpr std::size_t channels = 1;

  /// Makes ready for consecutive steps, which need not follow those before. Not while other threads add.
  void prepare(std::uint64_t, std::uint64_t) {}

  /// Adds to the drive of the neurons in [first, end) that are touched in a step made ready; false if none is.
  template <std::size_t Stride = 1, class Drive>
  bool add(std::uint64_t, std::uint64_t, std::uint64_t, Drive*) const {
    return false;
  }

  /// Puts zeros wherever `add` with the same arguments may have added.
  template <std::size_t Stride = 1, class Drive>
  void clear(std::uint64_t, std::uint64_t, std::uint64_t, Drive*) const {}
};

/// The numbers that a series gives: float, unless it says otherwise.
template <class Series>
struct SeriesValue {
  using Type = float;
};
template <class Series>
requires requires { typename Series::Value; }
struct SeriesValue<Series> {
  using Type = typename Series::Value;
};

/// A value a step, shared by the neurons of a mask. `series(step)` is the value, or series.append(first_step, steps,
/// values) appends those of several steps. What these throw, `add` throws in the step that it is about.
template <class Series>
class BoundSeries {
  using Value = typename SeriesValue<Series>::Type;

 public:
  static constexpr std::size_t channels = 1;

  BoundSeries(Series series, BoundMask mask) : series_(std::move(series)), mask_(std::move(mask)) {}

  const BoundMask& mask() const { return mask_; }

  /// The values of the steps made ready; those before the exception, if there was one.
  std::span<const Value> values() const { return values_; }

  /// Whether `write` writes a value for each neuron from mask().first() to mask().end(), or one that they share.
  static constexpr bool each() { return false; }

  /// Writes what a step made ready adds; false if that is nothing. Throws as `add` does.
  bool write(std::uint64_t step, Value* value) const {
    *value = value_of(step);
    return *value != Value(0);
  }

  void prepare(std::uint64_t first_step, std::uint64_t steps) {
    first_step_ = first_step;
    values_.clear();
    error_ = nullptr;
    try {
      if constexpr (requires { std::as_const(series_).append(first_step, steps, values_); }) {
        std::as_const(series_).append(first_step, steps, values_);
      } else {
        for (std::uint64_t i = 0; i < steps; ++i)
          values_.push_back(static_cast<Value>(std::as_const(series_)(first_step + i)));
      }
    } catch (...) {
      error_ = std::current_exception();
    }
  }

  template <std::size_t Stride = 1, class Drive>
  bool add(std::uint64_t step, std::uint64_t first, std::uint64_t end, Drive* drive) const {
    const Value value = value_of(step);
    bool touched = false;
    if (value != Value(0))
      mask_.for_each(first, end, [&](std::uint32_t neuron) {
        drive[neuron * Stride] += value;
        touched = true;
      });
    return touched;
  }

  template <std::size_t Stride = 1, class Drive>
  void clear(std::uint64_t step, std::uint64_t first, std::uint64_t end, Drive* drive) const {
    const std::uint64_t at = step - first_step_;
    if (at < values_.size() && values_[at] != Value(0))
      mask_.for_each(first, end, [&](std::uint32_t neuron) { drive[neuron * Stride] = Drive(0); });
  }

 private:
  Value value_of(std::uint64_t step) const {
    const std::uint64_t at = step - first_step_;
    if (at >= values_.size()) fail(step);
    return values_[at];
  }

  [[noreturn]] void fail(std::uint64_t step) const {
    if (error_) std::rethrow_exception(error_);
    throw std::logic_error("step " + std::to_string(step) + " of a stimulus was not prepared");
  }

  Series series_;
  BoundMask mask_;
  std::uint64_t first_step_ = 0;
  std::vector<Value> values_;
  std::exception_ptr error_;
};

/// A value for each neuron of a mask and step: field(step, neuron), zero in steps that field.covers(step) denies.
template <class Field>
class BoundField {
 public:
  static constexpr std::size_t channels = 1;

  BoundField(Field field, BoundMask mask) : field_(std::move(field)), mask_(std::move(mask)) {}

  const BoundMask& mask() const { return mask_; }
  const Field& field() const { return field_; }

  static constexpr bool each() { return true; }

  /// Leaves the values of neurons outside of the mask as they are.
  bool write(std::uint64_t step, float* values) const {
    if (!field_.covers(step)) return false;
    const std::uint64_t first = mask_.first();
    mask_.for_each(first, mask_.end(), [&](std::uint32_t neuron) { values[neuron - first] = field_(step, neuron); });
    return true;
  }

  void prepare(std::uint64_t, std::uint64_t) {}

  template <std::size_t Stride = 1, class Drive>
  bool add(std::uint64_t step, std::uint64_t first, std::uint64_t end, Drive* drive) const {
    bool touched = false;
    if (field_.covers(step))
      mask_.for_each(first, end, [&](std::uint32_t neuron) {
        drive[neuron * Stride] += field_(step, neuron);
        touched = true;
      });
    return touched;
  }

  template <std::size_t Stride = 1, class Drive>
  void clear(std::uint64_t step, std::uint64_t first, std::uint64_t end, Drive* drive) const {
    if (field_.covers(step))
      mask_.for_each(first, end, [&](std::uint32_t neuron) { drive[neuron * Stride] = Drive(0); });
  }

 private:
  Field field_;
  BoundMask mask_;
};

/// Several, added to the same drive in their order.
template <class... Bounds>
class BoundSum {
 public:
  static constexpr std::size_t channels = 1;

  explicit BoundSum(std::tuple<Bounds...> parts) : parts_(std::move(parts)) {}

  const std::tuple<Bounds...>& parts() const { return parts_; }

  void prepare(std::uint64_t first_step, std::uint64_t steps) {
    std::apply([&](auto&... part) { (part.prepare(first_step, steps), ...); }, parts_);
  }

  template <std::size_t Stride = 1, class Drive>
  bool add(std::uint64_t step, std::uint64_t first, std::uint64_t end, Drive* drive) const {
    bool touched = false;
    std::apply([&](const auto&... part) { ((touched |= part.template add<Stride>(step, first, end, drive)), ...); },
               parts_);
    return touched;
  }

  template <std::size_t Stride = 1, class Drive>
  void clear(std::uint64_t step, std::uint64_t first, std::uint64_t end, Drive* drive) const {
    std::apply([&](const auto&... part) { (part.template clear<Stride>(step, first, end, drive), ...); }, parts_);
  }

 private:
  std::tuple<Bounds...> parts_;
};

/// Several, each with a drive of its own: that of neuron i and channel c is drive[i * channels + c].
template <class... Bounds>
class BoundChannels {
 public:
  static constexpr std::size_t channels = sizeof...(Bounds);

  explicit BoundChannels(std::tuple<Bounds...> parts) : parts_(std::move(parts)) {}

  const std::tuple<Bounds...>& parts() const { return parts_; }

  void prepare(std::uint64_t first_step, std::uint64_t steps) {
    std::apply([&](auto&... part) { (part.prepare(first_step, steps), ...); }, parts_);
  }

  template <class Drive>
  bool add(std::uint64_t step, std::uint64_t first, std::uint64_t end, Drive* drive) const {
    bool touched = false;
    for_each_channel([&](const auto& part, std::size_t channel) {
      touched |= part.template add<channels>(step, first, end, drive + channel);
    });
    return touched;
  }

  template <class Drive>
  void clear(std::uint64_t step, std::uint64_t first, std::uint64_t end, Drive* drive) const {
    for_each_channel([&](const auto& part, std::size_t channel) {
      part.template clear<channels>(step, first, end, drive + channel);
    });
  }

 private:
  template <class Visit>
  void for_each_channel(Visit&& visit) const {
    std::size_t channel = 0;
    std::apply([&](const auto&... part) { (visit(part, channel++), ...); }, parts_);
  }

  std::tuple<Bounds...> parts_;
};

}  // namespace detail

}  // namespace spikeometric
