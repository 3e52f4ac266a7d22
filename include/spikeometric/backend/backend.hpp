// SPDX-License-Identifier: BSD-3-Clause
//
// What all backends share: strategies for the sums over synapses, and the Backend concept.
//
//   sk::Simulator oracle{graph, model, drive, sk::Seed{1}, sk::EigenBackend<sk::SparseMatvec>{}};
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

/// For each spike, adds its neuron's row of weights to the sums. Cost: spikes x out-degree. The default.
struct EventDriven;

/// Multiplies a sparse matrix by the vector of all counts. Cost: all synapses in every step, at any activity. It is a
/// simple reference for EventDriven. On the CPU it is slower than EventDriven even if every neuron spikes.
struct SparseMatvec;

namespace detail {

/// Throws InvalidArgument if the ids of the networks exceed 32 bits.
inline void require_ids(std::uint64_t networks, std::uint32_t first_network) {
  if (networks > 0 && networks - 1 > std::numeric_limits<std::uint32_t>::max() - first_network)
    throw InvalidArgument(std::to_string(networks) + " networks starting at id " + std::to_string(first_network) +
                          " need ids above 2^32 - 1: use a smaller first_network");
}

/// Rethrows the current exception with the number of the network at the start of its message.
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

/// Calls work() for a network. If there are several networks, error messages start with the number of this one.
template <class Work>
void of_network(std::uint64_t index, std::uint64_t networks, Work&& work) {
  try {
    work();
  } catch (...) {
    if (networks > 1) rethrow_of_network(index);
    throw;
  }
}

/// Names an Engine template without its model, stimulus and graph.
template <template <class Model, class Stimulus, class GraphType> class Engine>
struct EngineTemplate;

}  // namespace detail

/// Backend: plain settings, including `first_network`, and the template `Engine` that runs the simulation; see
/// detail/engine.hpp.
template <class B>
concept Backend = std::copyable<B> && requires(const B backend) {
  { backend.first_network } -> std::convertible_to<std::uint32_t>;
  typename detail::EngineTemplate<B::template Engine>;
};

}  // namespace spikeometric
