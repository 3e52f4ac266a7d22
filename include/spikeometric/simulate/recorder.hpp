// SPDX-License-Identifier: BSD-3-Clause
//
// Recorders: what happens to spikes as they are made.
//
//   std::uint64_t late = 0;
//   simulator.run(1000, [&](std::uint32_t network, std::uint64_t first_step, const auto& events) {
//     for (const auto& event : events) late += first_step + event.offset >= 500;
//   });
#pragma once

#include <cstdint>
#include <span>

#include "spikeometric/model/event.hpp"

namespace spikeometric {

/// `recorder(network, first_step, events)` is called on the thread that called `run`, one or more steps a call, in step
/// order within a network; `network` is its id. `Event` is EventOf<Model>: BinaryEvent where the sampler is binary,
/// else CountEvent. Event i is spikes of events[i].neuron in step first_step + events[i].offset; events come in order
/// of step and neuron. What a recorder throws ends the run after the steps it was given; a batch can then only be
/// reset or restored, and on a device a single network, too.
template <class R, class Event>
concept Recorder = requires(R& recorder, std::uint32_t network, std::uint64_t step, std::span<const Event> events) {
  recorder(network, step, events);
};

}  // namespace spikeometric
