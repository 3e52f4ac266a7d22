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

/// How to run on the CPU. The strategy, EventDriven or SparseMatvec, makes no difference to the spikes, nor does the
/// number of threads; the ids of networks do. Threads take whole networks of a batch that has as many, else they share
/// the neurons of each. EventDriven moves rows of synapses to pages of 2 MiB when a simulator is made (Linux).
template <class Strategy = EventDriven>
struct EigenBackend {
  static_assert(std::is_same_v<Strategy, EventDriven> || std::is_same_v<Strategy, SparseMatvec>,
                "spikeometric: the strategy of an EigenBackend is EventDriven or SparseMatvec");

  int threads = 1;
  std::uint32_t first_network = 0;  ///< id of the network, which keys its random numbers; counted on in a batch
  bool hash_state = false;          ///< whether to hash the bits of every g and mu, for which all are computed

  template <class Model, class Stimulus, class GraphType>
  using Engine = detail::Engine<detail::HostExecutor, detail::HostMemory, Model, Stimulus, GraphType, Strategy>;
};

}  // namespace spikeometric
