// SPDX-License-Identifier: BSD-3-Clause
//
// What a step produces: the spikes of one neuron in one step, packed for storage.
//
//   static_assert(sizeof(spikeometric::EventOf<spikeometric::BernoulliGLM>) == 8);
#pragma once

#include <cstdint>
#include <type_traits>

namespace spikeometric {

/// One spike. `offset` counts steps from a 64-bit first step that is kept beside the events.
struct BinaryEvent {
  std::uint32_t offset;
  std::uint32_t neuron;
  static constexpr std::uint32_t count = 1;

  constexpr BinaryEvent(std::uint32_t offset, std::uint32_t neuron, std::uint32_t = 1)
      : offset(offset), neuron(neuron) {}
};

/// One or more spikes of a neuron in one step.
struct CountEvent {
  std::uint32_t offset;
  std::uint32_t neuron;
  std::uint32_t count;

  constexpr CountEvent(std::uint32_t offset, std::uint32_t neuron, std::uint32_t count)
      : offset(offset), neuron(neuron), count(count) {}
};

/// The event type of a model: 8 bytes where its sampler is binary, else 12.
template <class Model>
using EventOf = std::conditional_t<Model::binary, BinaryEvent, CountEvent>;

}  // namespace spikeometric
