// SPDX-License-Identifier: BSD-3-Clause
//
// Recorders process spikes during a run.
//
//   std::uint64_t late = 0;
//   simulator.run(1000, [&](std::uint32_t network, std::uint64_t first_step, const auto& events) {
//     for (const auto& event : events) late += first_step + event.offset >= 500;
//   });
//
//   sk::Events some = simulator.new_recording();
//   simulator.run(1000, sk::only(populations["L4E"], some));                       // keeps the spikes of L4E
//   simulator.run(1000, sk::only(sk::neurons(0, 100), recorder));                  // passes them to a recorder
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "spikeometric/graph/mask.hpp"
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

/// What a simulator does with the spikes of some neurons: `target` is a recorder, or a recording to which steps are
/// appended. The same neurons are chosen in each network of a batch. See `only`.
template <class Target>
struct Only {
  Mask neurons;
  Target target;  ///< a reference if it was given as an lvalue

  /// The events of the chosen neurons, for a network of this many neurons. O(events), and O(events log neurons) for a
  /// mask with gaps. Throws InvalidArgument if the mask does not fit the network.
  template <class Event>
  std::vector<Event> among(std::uint64_t network_neurons, std::span<const Event> events) const {
    const detail::BoundMask chosen = neurons.bind(network_neurons);
    std::vector<Event> result;
    for (const Event& event : events)
      if (chosen.contains(event.neuron)) result.push_back(event);
    return result;
  }
};

/// Passes on only the spikes of some neurons: simulator.run(n, sk::only(mask, target)). `target` is a recorder, which
/// is called for the same steps as without `only`, or a recording of the simulator, whose other neurons stay silent.
/// Note that its mean_rate_hz() is over all neurons, and mean_rate_hz(mask) over the chosen ones. The run throws
/// InvalidArgument, before the first step, if the mask does not fit a network.
template <class Target>
[[nodiscard]] Only<Target> only(Mask neurons, Target&& target) {
  return {std::move(neurons), std::forward<Target>(target)};
}

}  // namespace spikeometric
