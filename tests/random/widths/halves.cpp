// SPDX-License-Identifier: BSD-3-Clause
//
// Compiled for each width of vectors, into one program.
#include "halves.hpp"

#include "spikeometric/random/detail/philox_lanes.hpp"

void HALVES(const Counter& first, std::uint64_t key, std::size_t evaluations, std::uint16_t* halves) {
  spikeometric::detail::philox_halves(first, key, evaluations, halves);
}
