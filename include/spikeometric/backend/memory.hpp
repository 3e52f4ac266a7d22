// SPDX-License-Identifier: BSD-3-Clause
//
// How much memory a simulation takes on a device, before it is begun.
//
//   const std::uint64_t bytes = sk::memory_estimate(graph, model, sk::no_stimulus, sk::CudaBackend<>{});
//
//   try {
//     sk::Simulator simulator{std::move(graphs), model, drive, sk::Seed{1}, sk::CudaBackend<>{}};
//   } catch (const sk::OutOfDeviceMemory& error) {
//     std::cerr << error.what() << '\n';              // 8.61 GB of device memory are needed, and 4.20 GB are free
//   }
#pragma once

#include <cstdint>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <string>

#include "spikeometric/graph/batch.hpp"
#include "spikeometric/graph/graph.hpp"

namespace spikeometric {

namespace detail {

inline std::string gigabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g GB", static_cast<double>(bytes) * 1e-9);
  return text;
}

}  // namespace detail

/// A device has less memory free than a simulation needs. Nothing was allocated.
class OutOfDeviceMemory : public std::runtime_error {
 public:
  OutOfDeviceMemory(std::uint64_t needed, std::uint64_t free)
      : std::runtime_error(detail::gigabytes(needed) + " of device memory are needed (" + std::to_string(needed) +
                           " bytes), and " + detail::gigabytes(free) + " are free (" + std::to_string(free) +
                           " bytes)"),
        needed(needed),
        free(free) {}

  std::uint64_t needed, free;  ///< bytes
};

/// Bytes that a simulator of these allocates on its device, for all of its life; what the device's runtime takes for
/// itself comes on top. Throws as the constructor of the simulator does, but needs no device. O(synapses).
template <class Weight, class Vertex, class Model, class Stimulus, class BackendType>
std::uint64_t memory_estimate(const Batch<Weight, Vertex>& networks, const Model& model, const Stimulus& stimulus,
                              const BackendType&) {
  using Engine = typename BackendType::template Engine<Model, Stimulus, Graph<Weight, Vertex>>;
  static_assert(
      requires { &Engine::bytes; }, "spikeometric: memory_estimate needs a backend whose memory is that of a device");
  return Engine::bytes(networks.graphs(), networks.trials(), std::span<const Model>(&model, 1), stimulus);
}

/// The same for one network.
template <class Weight, class Vertex, class Model, class Stimulus, class BackendType>
std::uint64_t memory_estimate(const Graph<Weight, Vertex>& graph, const Model& model, const Stimulus& stimulus,
                              const BackendType&) {
  using GraphType = Graph<Weight, Vertex>;
  using Engine = typename BackendType::template Engine<Model, Stimulus, GraphType>;
  return Engine::bytes(std::span<const GraphType>(&graph, 1), 1, std::span<const Model>(&model, 1), stimulus);
}

}  // namespace spikeometric
