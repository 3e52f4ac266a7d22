// SPDX-License-Identifier: BSD-3-Clause
//
// The CPU backend.
//
//   sk::Simulator fast{graph, model, drive, sk::Seed{1}, sk::EigenBackend<>{.threads = 8}};
//   sk::Simulator oracle{graph, model, drive, sk::Seed{1}, sk::EigenBackend<sk::SparseMatvec>{}};
#pragma once

#include <cstdint>
#include <type_traits>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/engine.hpp"
#include "spikeometric/backend/detail/host_executor.hpp"

namespace spikeometric {

/// Settings of a run on the CPU. The spikes do not depend on the strategy (EventDriven or SparseMatvec) or the number
/// of threads, but they depend on the network ids. If a batch has at least as many networks as threads, each thread
/// takes whole networks; otherwise the threads share the neurons of each network. On Linux, EventDriven moves the
/// synapses to pages of 2 MiB when a simulator is constructed. A simulator throws InvalidArgument for fewer than one
/// thread.
template <class Strategy = EventDriven>
struct EigenBackend {
  static_assert(std::is_same_v<Strategy, EventDriven> || std::is_same_v<Strategy, SparseMatvec>,
                "spikeometric: the strategy of an EigenBackend must be EventDriven or SparseMatvec");

  int threads = 1;
  std::uint32_t first_network = 0;  ///< id of the first network; ids key the random numbers
  bool hash_state = false;          ///< whether to compute and hash every g and mu

  template <class Model, class Stimulus, class GraphType>
  using Engine = detail::Engine<detail::HostExecutor, detail::HostMemory, Model, Stimulus, GraphType, Strategy>;
};

}  // namespace spikeometric
