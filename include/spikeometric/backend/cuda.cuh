// SPDX-License-Identifier: BSD-3-Clause
//
// The CUDA backend: a batch on a GPU, with the spikes of every other backend.
//
//   sk::Simulator fast{graph, model, drive, sk::Seed{1}, sk::CudaBackend<>{.device = 0}};
//   sk::Simulator oracle{graph, model, drive, sk::Seed{1}, sk::CudaBackend<sk::SparseMatvec>{}};
//
// Needs nvcc 12 or newer, a GPU of compute capability 7.0 or higher to run on, and cuSPARSE.
#pragma once

#if !defined(__CUDACC__) && !defined(SPIKEOMETRIC_CUDA_ON_HOST)
#error "spikeometric: <spikeometric/backend/cuda.cuh> needs a CUDA compiler; name the file .cu"
#endif
#include <cstdint>
#include <type_traits>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/cuda_executor.cuh"
#include "spikeometric/backend/detail/cuda_memory.cuh"
#include "spikeometric/backend/detail/engine.hpp"

namespace spikeometric {

/// How to run on a GPU. The strategy, EventDriven or SparseMatvec (cuSPARSE), makes no difference to the spikes, and
/// they are those of every other backend. What a step calls of models and stimuli must be SPIKEOMETRIC_HOST_DEVICE.
/// Throws InvalidArgument for a device that is not there, OutOfDeviceMemory before anything is allocated,
/// InexactArithmetic where nvcc was told to leave IEEE 754, and CudaError where CUDA fails.
template <class Strategy = EventDriven>
struct CudaBackend {
  static_assert(std::is_same_v<Strategy, EventDriven> || std::is_same_v<Strategy, SparseMatvec>,
                "spikeometric: the strategy of a CudaBackend is EventDriven or SparseMatvec");

  int device = 0;                   ///< as CUDA numbers them
  std::uint32_t first_network = 0;  ///< id of the network, which keys its random numbers; counted on in a batch
  bool hash_state = false;          ///< whether to hash the bits of every g and mu

  template <class Model, class Stimulus, class GraphType>
  using Engine = detail::Engine<detail::CudaExecutor, detail::CudaMemory, Model, Stimulus, GraphType, Strategy>;
};

}  // namespace spikeometric
