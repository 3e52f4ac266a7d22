// SPDX-License-Identifier: BSD-3-Clause
//
// Events: the spikes of one neuron in one step, packed for storage.
//
//   static_assert(sizeof(sk::EventOf<sk::BernoulliGLM>) == 8);
#pragma once

#include <cstdint>

namespace spikeometric {

/// One spike. `offset` counts steps from a 64-bit first step, which is stored with the events.
struct BinaryEvent {
  std::uint32_t offset;
  std::uint32_t neuron;
  static constexpr std::uint32_t count = 1;

  constexpr BinaryEvent(std::uint32_t at, std::uint32_t of, std::uint32_t = 1) : offset(at), neuron(of) {}
};

/// One or more spikes of a neuron in one step.
struct CountEvent {
  std::uint32_t offset;
  std::uint32_t neuron;
  std::uint32_t count;

  constexpr CountEvent(std::uint32_t at, std::uint32_t of, std::uint32_t spikes)
      : offset(at), neuron(of), count(spikes) {}
};

namespace detail {

template <class Model>
struct EventType {
  using Type = CountEvent;
};
template <class Model>
requires(Model::binary) struct EventType<Model> {
  using Type = BinaryEvent;
};

}  // namespace detail

/// The event type of a model: 8 bytes if its sampler is binary, otherwise 12.
template <class Model>
using EventOf = typename detail::EventType<Model>::Type;

}  // namespace spikeometric
