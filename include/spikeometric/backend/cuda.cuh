// SPDX-License-Identifier: BSD-3-Clause
//
// The CUDA backend: simulates a network or a batch on a GPU, with the same spikes as every other backend.
//
//   sk::Simulator fast{graph, model, drive, sk::Seed{1}, sk::CudaBackend<>{.device = 0}};
//   sk::Simulator oracle{graph, model, drive, sk::Seed{1}, sk::CudaBackend<sk::SparseMatvec>{}};
//
// Needs nvcc 12 or newer, a GPU of compute capability 7.0 or higher, and cuSPARSE.
#pragma once

#if !defined(__CUDACC__) && !defined(SPIKEOMETRIC_CUDA_ON_HOST)
#error "spikeometric: <spikeometric/backend/cuda.cuh> needs a CUDA compiler; rename the source file to .cu"
#endif
#include <cstdint>
#include <type_traits>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/cuda_executor.cuh"
#include "spikeometric/backend/detail/cuda_memory.cuh"
#include "spikeometric/backend/detail/engine.hpp"

namespace spikeometric {

/// Settings of a run on a GPU. The spikes do not depend on the strategy, EventDriven or SparseMatvec (cuSPARSE), and
/// are the same as on every other backend. The functions of models and stimuli that a step calls must be
/// SPIKEOMETRIC_HOST_DEVICE. A simulator throws InvalidArgument if the device does not exist, OutOfDeviceMemory before
/// it allocates anything, InexactArithmetic if the device code does not follow IEEE 754, and CudaError if CUDA fails.
template <class Strategy = EventDriven>
struct CudaBackend {
  static_assert(std::is_same_v<Strategy, EventDriven> || std::is_same_v<Strategy, SparseMatvec>,
                "spikeometric: the strategy of a CudaBackend must be EventDriven or SparseMatvec");

  int device = 0;                   ///< device number of CUDA
  std::uint32_t first_network = 0;  ///< id of the first network; ids key the random numbers
  bool hash_state = false;          ///< whether to hash the bits of every g and mu

  template <class Model, class Stimulus, class GraphType>
  using Engine = detail::Engine<detail::CudaExecutor, detail::CudaMemory, Model, Stimulus, GraphType, Strategy>;
};

}  // namespace spikeometric
