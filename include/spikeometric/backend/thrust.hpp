// SPDX-License-Identifier: BSD-3-Clause
//
// The Thrust backend: a step as parallel algorithms on Thrust's device system. With nvcc this is a GPU; with other
// compilers it is the CPU, with OpenMP threads or a single thread.
//
//   sk::Simulator simulator{graph, model, drive, sk::Seed{1}, sk::ThrustBackend{}};
//
// Needs Thrust 1.17 or newer, from the CUDA Toolkit or Debian's libthrust-dev. THRUST_DEVICE_SYSTEM chooses the system.
#pragma once

#include <cstdint>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/engine.hpp"
#include "spikeometric/backend/detail/thrust_executor.hpp"

namespace spikeometric {

/// Settings of a run with Thrust. The spikes are the same as on every other backend. On a GPU, the functions of models
/// and stimuli must be SPIKEOMETRIC_HOST_DEVICE. A simulator uses the GPU that is current (cudaSetDevice) when it is
/// constructed. The same GPU must be current whenever the simulator is used.
struct ThrustBackend {
  std::uint32_t first_network = 0;  ///< id of the first network; ids key the random numbers
  bool hash_state = false;          ///< whether to hash the bits of every g and mu

  template <class Model, class Stimulus, class GraphType>
  using Engine = detail::Engine<detail::ThrustExecutor, detail::ThrustMemory, Model, Stimulus, GraphType>;
};

}  // namespace spikeometric
