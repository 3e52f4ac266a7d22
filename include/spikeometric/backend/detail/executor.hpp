// SPDX-License-Identifier: BSD-3-Clause
//
// What an engine and its executor tell each other. An executor knows only how work is shared out:
//
//   on_device                        whether its memory is that of a device; if so,
//   bytes(layout, graphs)            what it takes of it
//   queues_ahead                     whether a piece is queued while the one before is under way
//   more_rows                        rows of a ring of sums beyond the longest delay
//   divide(layout)                   decides how
//   prepare(graph)                   takes what it needs of each FixedPointGraph, before the arrays take it
//   allocate(arrays, table)          a StimulusTable, or null
//   piece(layout), networks_at_once()   the most steps, and networks, of a piece
//   clear()                          no spike in the past
//   keep(network, tick, spikes)      the spikes of a step, and spikes(network, tick)
//   replay(clock, spikes)            takes a step whose spikes are given, a list for each network
//   queue(piece)                     may begin a piece and return before it is done
//   collect(piece)                   waits for it, and returns a DonePiece for each network
//   forget(piece)                    the events collected are no longer needed
//
// A step first passes the spikes of the step before through their synapses, then updates the neurons.
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
  bool recorded;             // steps of `run`: with stimulus and events
  std::uint64_t number = 0;  // of the piece
};

/// What became of a network in a piece.
template <class Event>
struct DonePiece {
  std::uint64_t completed = 0;        ///< steps, fewer than planned where one failed
  std::span<const Event> events;      ///< of these steps, in order of step and neuron
  std::uint64_t synaptic_events = 0;  ///< of these steps, of a recorded piece
  std::uint64_t state_hash = 0;
  std::exception_ptr error;  ///< of the step after these
};

struct NoTable {
  using View = NoTable;
};
template <class Table>
inline constexpr bool is_stimulated = true;
template <>
inline constexpr bool is_stimulated<NoTable> = false;

}  // namespace spikeometric::detail
