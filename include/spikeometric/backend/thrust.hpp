// SPDX-License-Identifier: BSD-3-Clause
//
// The Thrust backend: the step as parallel algorithms, on whatever device system Thrust has. With nvcc that is a GPU,
// with another compiler the threads of the machine (OpenMP), or one of them.
//
//   sk::Simulator simulator{graph, model, drive, sk::Seed{1}, sk::ThrustBackend{}};
//
// Needs Thrust 1.17 or newer: the CUDA Toolkit's or Debian's libthrust-dev. THRUST_DEVICE_SYSTEM chooses the system.
#pragma once

#include <cstdint>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/engine.hpp"
#include "spikeometric/backend/detail/thrust_executor.hpp"

namespace spikeometric {

/// How to run with Thrust. Spikes are those of every other backend. The models' and stimuli's functions are called on
/// the device: with a GPU they must be SPIKEOMETRIC_HOST_DEVICE. Of several GPUs a simulator takes the one that is
/// current (cudaSetDevice) when it is made, and that one must be current whenever it is used.
struct ThrustBackend {
  std::uint32_t first_network = 0;  ///< id of the network, which keys its random numbers; counted on in a batch
  bool hash_state = false;          ///< whether to hash the bits of every g and mu

  template <class Model, class Stimulus, class GraphType>
  using Engine = detail::Engine<detail::ThrustExecutor, detail::ThrustMemory, Model, Stimulus, GraphType>;
};

}  // namespace spikeometric
