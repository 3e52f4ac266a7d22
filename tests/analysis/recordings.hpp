// SPDX-License-Identifier: BSD-3-Clause
//
// Recordings of independent random spikes.
#pragma once

#include <spikeometric/simulate/events.hpp>

#include <cstdint>
#include <vector>

#include "../support.hpp"

/// Up to two spikes of each neuron in each step, with a probability that differs between neurons and oscillates.
inline spikeometric::Events<spikeometric::CountEvent> random_recording(support::Numbers& numbers, std::uint32_t neurons,
                                                                       std::uint32_t steps, double dt_ms = 1.0,
                                                                       std::uint64_t first_step = 0) {
  std::vector<spikeometric::CountEvent> spikes;
  for (std::uint32_t step = 0; step < steps; ++step)
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron)
      if (numbers.coin(0.05 * (1 + neuron % 4) * (step / 10 % 2 == 0 ? 1.0 : 0.2)))
        spikes.emplace_back(step, neuron, numbers.coin(0.2) ? 2 : 1);
  return {neurons, dt_ms, 0, first_step, steps, spikes};
}
