// SPDX-License-Identifier: BSD-3-Clause
//
// What a stimulus gives to every neuron, step by step, as a simulator would ask for it.
//
//   const Played values = played(stimulus, {.dt_ms = 0.5, .neurons = 20}, 0, 100);
//   CHECK(values[7][3] == 1.0f);   // step 7, neuron 3; with several channels, [7][3 * channels + channel]
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "spikeometric/random/hash.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

using Played = std::vector<std::vector<float>>;

/// The values in one step that is made ready. Neurons are asked for in pieces of the given size.
template <class Bound>
std::vector<float> values_in(const Bound& bound, std::uint64_t step, std::uint64_t neurons, std::uint64_t piece) {
  std::vector<float> drive(neurons * Bound::channels), untouched = drive;
  for (std::uint64_t first = 0; first < neurons; first += piece) {
    const std::vector<float> before = drive;
    const bool touched = bound.add(step, first, std::min(first + piece, neurons), drive.data());
    if (!touched) REQUIRE(drive == before);
  }
  std::vector<float> cleared = drive;
  for (std::uint64_t first = 0; first < neurons; first += piece)
    bound.clear(step, first, std::min(first + piece, neurons), cleared.data());
  REQUIRE(cleared == untouched);
  return drive;
}

template <class S>
Played played(const S& stimulus, const spikeometric::StimulusContext& context, std::uint64_t first_step,
              std::uint64_t steps, std::uint64_t piece = std::numeric_limits<std::uint32_t>::max()) {
  auto bound = spikeometric::detail::bind(stimulus, context);
  bound.prepare(first_step, steps);
  Played result;
  for (std::uint64_t step = first_step; step < first_step + steps; ++step)
    result.push_back(values_in(bound, step, context.neurons, piece));
  return result;
}

/// The values of neuron 0.
template <class S>
std::vector<float> series(const S& stimulus, spikeometric::StimulusContext context, std::uint64_t first_step,
                          std::uint64_t steps) {
  context.neurons = 1;
  auto bound = spikeometric::detail::bind(stimulus, context);
  bound.prepare(first_step, steps);
  std::vector<float> result(steps);
  for (std::uint64_t i = 0; i < steps; ++i) bound.add(first_step + i, 0, 1, &result[i]);
  return result;
}

inline std::uint64_t hash_of(const std::vector<float>& values) {
  std::uint64_t hash = values.size();
  for (const float value : values) hash = spikeometric::mix(hash ^ std::bit_cast<std::uint32_t>(value));
  return hash;
}
