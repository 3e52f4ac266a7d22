// SPDX-License-Identifier: BSD-3-Clause
//
// Estimates how much memory a simulation needs on a device.
//
//   const std::uint64_t bytes = sk::memory_estimate(graph, model, sk::no_stimulus, sk::CudaBackend<>{});
//
//   try {
//     sk::Simulator simulator{std::move(graphs), model, drive, sk::Seed{1}, sk::CudaBackend<>{}};
//   } catch (const sk::OutOfDeviceMemory& error) {
//     std::cerr << error.what() << '\n';              // 8.61 GB of device memory are needed ...
//   }
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spikeometric/graph/batch.hpp"
#include "spikeometric/graph/graph.hpp"

namespace spikeometric {

namespace detail {

template <class BackendType, class Model, class Stimulus, class GraphType>
std::uint64_t device_bytes(std::span<const GraphType> graphs, std::uint64_t trials, const std::vector<Model>& models,
                           const Stimulus& stimulus) {
  using Engine = typename BackendType::template Engine<Model, Stimulus, GraphType>;
  constexpr bool on_device = requires { Engine::bytes(graphs, trials, models, stimulus); };
  static_assert(on_device, "spikeometric: memory_estimate needs a backend that runs on a device");
  for (const Model& model : models) model.validate();
  if constexpr (on_device) return Engine::bytes(graphs, trials, models, stimulus);
}

}  // namespace detail

/// Bytes of device memory that a simulator with these arguments needs. This includes its own arrays, on a GPU 64 MB for
/// CUDA itself, and with cuSPARSE a workspace of 8 bytes for each neuron, delay and basis function. While a state is
/// saved or restored, 8 bytes for each spike of its latest step are needed in addition. Throws the same exceptions as
/// the constructor of the simulator. Does not need a device. O(synapses).
template <class Weight, class Vertex, class Model, class Stimulus, class BackendType>
std::uint64_t memory_estimate(const Graph<Weight, Vertex>& graph, const Model& model, const Stimulus& stimulus,
                              const BackendType&) {
  return detail::device_bytes<BackendType>(std::span<const Graph<Weight, Vertex>>(&graph, 1), 1,
                                           std::vector<Model>{model}, stimulus);
}

/// The same for a batch, with one model for all networks or a vector with a model for each network.
template <class Weight, class Vertex, class Model, class Stimulus, class BackendType>
std::uint64_t memory_estimate(const Batch<Weight, Vertex>& networks, const Model& model, const Stimulus& stimulus,
                              const BackendType& backend) {
  return memory_estimate(networks, std::vector<Model>{model}, stimulus, backend);
}
template <class Weight, class Vertex, class Model, class Stimulus, class BackendType>
std::uint64_t memory_estimate(const Batch<Weight, Vertex>& networks, const std::vector<Model>& models,
                              const Stimulus& stimulus, const BackendType&) {
  return detail::device_bytes<BackendType>(std::span<const Graph<Weight, Vertex>>(networks.graphs()), networks.trials(),
                                           models, stimulus);
}

}  // namespace spikeometric
