// SPDX-License-Identifier: BSD-3-Clause
//
// The values of a stimulus for every neuron and step, computed as in a simulator.
//
//   const Played values = played(stimulus, {.dt_ms = 0.5, .neurons = 20}, 0, 100);
//   CHECK(values[7][3] == 1.0f);   // step 7, neuron 3; with several channels, [7][3 * channels + channel]
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "spikeometric/random/hash.hpp"
#include "spikeometric/step/stimulus_table.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

using Played = std::vector<std::vector<float>>;

/// The terms of a stimulus for a network, by default with Seed{}. The step calls functions of (step, neuron).
template <class S>
spikeometric::detail::StimulusTerms<float> terms_for(const S& stimulus, spikeometric::StimulusContext context) {
  context.seed = context.seed.value_or(spikeometric::Seed{});
  spikeometric::detail::StimulusTerms<float> terms{context};
  terms.calls_functions = true;
  spikeometric::detail::lift(stimulus).add_to(terms, 0);
  return terms;
}

/// A driven network: the table of a stimulus, as in a simulator.
template <class S>
class Driven {
  using Lifted = decltype(spikeometric::detail::lift(std::declval<const S&>()));
  using Table =
      typename spikeometric::detail::StimulusTableOf<spikeometric::detail::HostMemory, float,
                                                     decltype(std::declval<const Lifted&>().functions())>::Type;

 public:
  static constexpr std::size_t channels = Lifted::channels;

  /// Computes at most `piece` steps at a time.
  explicit Driven(const S& stimulus, const spikeometric::StimulusContext& context, std::uint64_t piece = 200)
      : table_({terms_for(stimulus, context)}, spikeometric::detail::lift(stimulus).functions(), piece) {
    spikeometric::detail::HostMemory memory;
    table_.allocate(memory);
  }

  spikeometric::detail::ReadySteps make(std::uint64_t first, std::uint64_t steps) {
    REQUIRE(steps <= table_.piece());
    first_ = first;
    return table_.make(0, first, steps);
  }

  /// Adds the input of neurons first, ..., end - 1 in a computed step: drive[neuron * channels + channel].
  bool add(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const {
    return table_.view().template add_block<channels>(
        0, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end - first),
        static_cast<std::uint32_t>(step - first_), step, drive + first * channels);
  }

 private:
  Table table_;
  std::uint64_t first_ = 0;
};

/// The values in one computed step, requested for pieces of neurons of the given size.
template <class S>
std::vector<float> values_in(const Driven<S>& driven, std::uint64_t step, std::uint64_t neurons, std::uint64_t piece) {
  std::vector<float> drive(neurons * Driven<S>::channels);
  for (std::uint64_t first = 0; first < neurons; first += piece) {
    const std::vector<float> before = drive;
    const bool touched = driven.add(step, first, std::min(first + piece, neurons), drive.data());
    if (!touched) REQUIRE(drive == before);
  }
  return drive;
}

template <class S>
Played played(const S& stimulus, const spikeometric::StimulusContext& context, std::uint64_t first_step,
              std::uint64_t steps, std::uint64_t piece = std::numeric_limits<std::uint32_t>::max()) {
  Driven<S> driven{stimulus, context, std::max<std::uint64_t>(steps, 1)};
  const spikeometric::detail::ReadySteps ready = driven.make(first_step, steps);
  if (ready.error) std::rethrow_exception(ready.error);
  Played result;
  for (std::uint64_t step = first_step; step < first_step + steps; ++step)
    result.push_back(values_in(driven, step, context.neurons, piece));
  return result;
}

/// The values of neuron 0.
template <class S>
std::vector<float> series(const S& stimulus, spikeometric::StimulusContext context, std::uint64_t first_step,
                          std::uint64_t steps) {
  context.neurons = 1;
  std::vector<float> result;
  for (const std::vector<float>& drive : played(stimulus, context, first_step, steps)) result.push_back(drive[0]);
  return result;
}

/// The values of neuron 0 for a stimulus that is term `place` of a sum.
template <class S>
std::vector<float> series_of_term(const S& stimulus, spikeometric::StimulusContext context, std::size_t place,
                                  std::uint64_t first_step, std::uint64_t steps) {
  context.neurons = 1;
  spikeometric::detail::StimulusTerms<float> terms{context};
  for (std::size_t i = 0; i < place; ++i) terms.add_nothing();
  stimulus.add_to(terms, 0);
  std::vector<float> result(steps);
  std::vector<std::uint8_t> adds(steps);
  terms.list()[0].make(first_step, steps, result.data(), adds.data());
  return result;
}

inline std::uint64_t hash_of(const std::vector<float>& values) {
  std::uint64_t hash = values.size();
  for (const float value : values) hash = spikeometric::detail::mix(hash ^ std::bit_cast<std::uint32_t>(value));
  return hash;
}
