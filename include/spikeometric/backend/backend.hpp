// SPDX-License-Identifier: BSD-3-Clause
//
// What the backends have in common: strategies for the sums over synapses, and the error a step may end in.
//
//   try {
//     simulator.run(100'000, spikes);
//   } catch (const sk::Divergence& error) {
//     std::cerr << error.what() << '\n';                         // network 0, step 812, neuron 7: mean count nan
//   }                                                            // `spikes` has the first 812 steps
#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <limits>
#include <string>

#include "spikeometric/graph/graph.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

/// For each spike, add its row of weights into the sums: cost = spikes x out-degree. The default.
struct EventDriven;

/// Sparse matrix times the vector of all counts: cost = synapses, whatever the activity. The plain reference; on the CPU
/// slower than EventDriven even where every neuron spikes.
struct SparseMatvec;

namespace detail {

/// Throws InvalidArgument where networks from this id on have none.
inline void require_ids(std::uint64_t networks, std::uint32_t first_network) {
  if (networks > 0 && networks - 1 > std::numeric_limits<std::uint32_t>::max() - first_network)
    throw InvalidArgument(std::to_string(networks) + " networks from id " + std::to_string(first_network) +
                          " on need ids beyond 2^32");
}

/// Throws the error that is being handled again, its message beginning with the number of the network.
[[noreturn]] inline void rethrow_of_network(std::uint64_t index) {
  const std::string network = "network " + std::to_string(index) + ": ";
  try {
    throw;
  } catch (const InvalidParameter& error) {
    throw InvalidParameter(network + error.what());
  } catch (const InvalidGraph& error) {
    throw InvalidGraph(network + error.what());
  } catch (const InvalidArgument& error) {
    throw InvalidArgument(network + error.what());
  }
}

/// Does the work of a network. What is wrong with it is said of this network, where there are several.
template <class Work>
void of_network(std::uint64_t index, std::uint64_t networks, Work&& work) {
  try {
    work();
  } catch (...) {
    if (networks > 1) rethrow_of_network(index);
    throw;
  }
}

/// Names an Engine, of whatever model.
template <template <class Model, class Stimulus, class GraphType> class Engine>
struct EngineTemplate;

}  // namespace detail

/// Backend: plain settings, `first_network` among them, and `Engine`, what runs; see detail/engine.hpp.
template <class B>
concept Backend = std::copyable<B> && requires(const B backend) {
  { backend.first_network } -> std::convertible_to<std::uint32_t>;
  typename detail::EngineTemplate<B::template Engine>;
};

}  // namespace spikeometric
