// SPDX-License-Identifier: BSD-3-Clause
//
// Recorders process spikes during a run.
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

/// A recorder is called as recorder(network, first_step, events) on the thread that called `run`, for one or more steps
/// at a time, in order of steps within a network. `network` is the network id. `Event` is EventOf<Model>: BinaryEvent
/// for a binary sampler, else CountEvent. events[i] are the spikes of neuron events[i].neuron in step first_step +
/// events[i].offset; events are in order of step and neuron.
///
/// If a recorder throws, the run ends after the steps passed to it. A batch must then be reset or restored before it
/// can run again; so must a single network on a device.
template <class R, class Event>
concept Recorder = requires(R& recorder, std::uint32_t network, std::uint64_t step, std::span<const Event> events) {
  recorder(network, step, events);
};

}  // namespace spikeometric
