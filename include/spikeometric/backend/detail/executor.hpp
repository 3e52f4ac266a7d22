// SPDX-License-Identifier: BSD-3-Clause
//
// The interface between an engine and its executor. An executor divides the work of the steps:
//
//   on_device                        whether its memory is on a device
//   bytes(layout, graphs)            bytes that it needs there; only if on_device
//   queues_ahead                     whether a piece can be queued while another is running
//   more_rows                        rows of a ring of sums in addition to the longest delay
//   threads()                        threads on the host, for the conversion of graphs
//   divide(layout)                   decides how to divide the work
//   prepare(graph)                   reads what it needs from each FixedPointGraph before the arrays take it over
//   allocate(arrays, table)          `table` is a StimulusTable, or null
//   piece(layout), networks_at_once()   the maximum number of steps, and of networks, in a piece
//   clear()                          forgets all past spikes
//   keep(network, tick, spikes)      stores the spikes of a step
//   spikes(network, tick)            returns them
//   replay(clock, spikes)            takes a step with given spikes, a list for each network
//   queue(piece)                     may start a piece and return before it is done
//   collect(piece)                   waits for the piece and returns a DonePiece for each network
//   forget(piece)                    the collected events are no longer needed
//
// A step first passes the spikes of the previous step through their synapses, then updates the neurons.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>

#include "spikeometric/step/clock.hpp"

namespace spikeometric::detail {

/// Consecutive steps of networks first, ..., end - 1.
struct Piece {
  Clock clock;  // of the first step
  std::uint64_t steps;
  std::size_t first, end;
  bool recorded;             // whether these are steps of `run`, with stimulus and events
  std::uint64_t number = 0;  // index of the piece
};

/// The result of a piece for one network.
template <class Event>
struct DonePiece {
  std::uint64_t completed = 0;        ///< steps; fewer than planned if one failed
  std::span<const Event> events;      ///< of the completed steps, in order of step and neuron
  std::uint64_t synaptic_events = 0;  ///< of the completed steps, if the piece is recorded
  std::uint64_t state_hash = 0;
  std::exception_ptr error;  ///< of the step after the completed ones
};

struct NoTable {
  using View = NoTable;
};
template <class Table>
inline constexpr bool is_stimulated = true;
template <>
inline constexpr bool is_stimulated<NoTable> = false;

}  // namespace spikeometric::detail
