// SPDX-License-Identifier: BSD-3-Clause
//
// The time of a step, and the ring of rows that stores the past: tick t uses row t mod rows.
//
//   const detail::RingPast<1> past{ring, neurons, row_of(clock.tick, memory), memory, neuron};
//   past(3);                                                     // the sum three steps ago
#pragma once

#include <cstddef>
#include <cstdint>

#include "spikeometric/arithmetic/exact.hpp"

namespace spikeometric::detail {

struct Clock {
  std::uint64_t tick = std::uint64_t{1} << 32;  ///< counts steps, also replayed ones; 2^32 leaves room for the past
  std::uint64_t random_step = 0;                ///< steps since the start, equilibration included
  std::uint64_t step = 0;                       ///< steps of `run` since the start
  std::uint32_t offset = 0;                     ///< steps since the piece began

  SPIKEOMETRIC_HOST_DEVICE Clock after(std::uint32_t steps) const {
    return {tick + steps, random_step + steps, step + steps, offset + steps};
  }

  /// The clock at the start of the next piece. `step` does not count the steps of an equilibration.
  Clock next_piece(std::uint64_t steps, bool recorded) const {
    return {tick + steps, random_step + steps, step + (recorded ? steps : 0), 0};
  }
};

/// The row of a tick in a ring of `rows` >= 1 rows.
SPIKEOMETRIC_HOST_DEVICE inline std::uint32_t row_of(std::uint64_t tick, std::uint32_t rows) {
  return static_cast<std::uint32_t>(tick % rows);
}

/// The row that is used `ahead` ticks after `row`; ahead <= rows.
SPIKEOMETRIC_HOST_DEVICE inline std::uint32_t row_after(std::uint32_t row, std::uint32_t ahead, std::uint32_t rows) {
  const std::uint32_t after = row + ahead;
  return after < rows ? after : after - rows;
}

/// past(lag) of one neuron, 1 <= lag <= rows, in a step that uses `row`. Lag `rows` is in `row` itself, which the step
/// overwrites.
template <std::size_t Bases>
struct RingPast {
  const float* ring;
  std::size_t stride;  // of rows: neurons x basis functions
  std::uint32_t row;
  std::uint32_t rows;
  std::size_t neuron;

  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint32_t lag, std::size_t basis = 0) const {
    return address(lag)[basis];
  }

  SPIKEOMETRIC_HOST_DEVICE const float* address(std::uint32_t lag) const {
    return ring + (row >= lag ? row - lag : row + rows - lag) * stride + neuron * Bases;
  }
};

}  // namespace spikeometric::detail
