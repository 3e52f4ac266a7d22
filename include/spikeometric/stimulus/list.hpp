// SPDX-License-Identifier: BSD-3-Clause
//
// A sum of stimuli that is assembled at run time, for example from a command line or a file.
//
//   sk::StimulusList drive;
//   if (pulsed) drive.add(sk::regular_pulses({.strength = 2.0f, .period_steps = 500}).on(sk::neurons(0, 10)));
//   for (const auto& movie : movies) drive.add(sk::recorded(movie));
//   sk::Simulator simulator{graph, model, drive, sk::Seed{1}};
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

namespace detail {

template <class Value>
using AddTo = std::function<void(StimulusTerms<Value>&, std::uint32_t)>;

}  // namespace detail

/// A sum of stimuli in the order of `add`: the input of `list.add(a).add(b)` is bit-identical to that of `a + b`,
/// including random numbers. An empty list equals no_stimulus. A list is a stimulus for a simulator, but cannot be a
/// term of a sum or of channels, and its parameters are not listed.
///
/// All functions of a list are called on the host, some steps ahead; a device backend copies their values. So a list
/// may contain any function even with such a backend. Functions of (step, neuron) are faster in `a + b`, where the step
/// calls them.
class StimulusList {
 public:
  static constexpr bool stands_alone = true;
  static constexpr std::size_t channels = 1;

  /// Throws InvalidArgument if the list would have more than 200 terms.
  template <detail::OneChannel S>
  StimulusList& add(S stimulus) {
    constexpr std::size_t more = decltype(detail::lift(std::move(stimulus)))::terms;
    if (more > detail::max_terms - size_)
      throw InvalidArgument("a stimulus with " + std::to_string(size_ + more) + " terms exceeds the maximum of " +
                            std::to_string(detail::max_terms));
    const auto add = [part = detail::lift(std::move(stimulus))](auto& terms, std::uint32_t channel) {
      part.add_to(terms, channel);
    };
    parts_.push_back({add, add});
    size_ += more;
    return *this;
  }

  /// Number of terms, counting each term of a sum.
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  template <class Value>
  void add_to(detail::StimulusTerms<Value>& terms, std::uint32_t channel) const {
    const bool before = std::exchange(terms.calls_functions, false);
    for (const Part& part : parts_) std::get<detail::AddTo<Value>>(part)(terms, channel);
    terms.calls_functions = before;
  }
  std::tuple<> functions() const { return {}; }

 private:
  using Part = std::tuple<detail::AddTo<float>, detail::AddTo<FloatDual>>;

  std::vector<Part> parts_;
  std::size_t size_ = 0;
};

}  // namespace spikeometric
