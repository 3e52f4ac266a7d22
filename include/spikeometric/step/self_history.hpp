// SPDX-License-Identifier: BSD-3-Clause
//
// The self-history H of a step, computed from a ring of lists of recent spikes, indexed by tick.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"

namespace spikeometric::detail {

/// The spikes of the step with tick `tick` - 1 - lag.
template <class Event>
const std::vector<Event>& recent_spikes(const std::vector<std::vector<Event>>& recent, std::uint64_t tick,
                                        std::uint64_t lag) {
  return recent[(tick - 1 - lag) % recent.size()];
}

/// sum[neuron] += h(k) X(t - 1 - k) for k = 0, ..., lags - 1 in this order, where h(k) is taps[neuron * stride + k]. If
/// all neurons have the same taps, the stride is 0. O(spikes of these steps).
template <class Number, class Event>
void add_self_history(const Number* taps, std::size_t lags, std::size_t stride,
                      const std::vector<std::vector<Event>>& recent, std::uint64_t tick, Number* sum) {
  for (std::size_t lag = 0; lag < lags; ++lag)
    for (const Event& spike : recent_spikes(recent, tick, lag))
      sum[spike.neuron] =
          sum[spike.neuron] + mul(taps[spike.neuron * stride + lag], Number(static_cast<float>(spike.count)));
}

}  // namespace spikeometric::detail
