// SPDX-License-Identifier: BSD-3-Clause
//
// Chooses the system of Thrust unless the program defines THRUST_DEVICE_SYSTEM: the GPU with nvcc, otherwise the host,
// with several threads if OpenMP is enabled. Also tells how much memory is free on that system. Must be included before
// any header of Thrust.
//
//   g++ -fopenmp ...                                                        // threads
//   g++ -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP ...                 // one thread
//
// Needs Thrust, from CUDA or Debian's libthrust-dev.
#pragma once

#if !defined(THRUST_DEVICE_SYSTEM) && !defined(__CUDACC__)
#if defined(_OPENMP)
#define THRUST_DEVICE_SYSTEM THRUST_DEVICE_SYSTEM_OMP  // NOLINT(readability-identifier-naming)
#else
#define THRUST_DEVICE_SYSTEM THRUST_DEVICE_SYSTEM_CPP  // NOLINT(readability-identifier-naming)
#endif
#endif

#include <thrust/device_vector.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace spikeometric::detail {

/// Free memory of the GPU, or std::nullopt on the host.
inline std::optional<std::uint64_t> free_thrust_bytes() {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  std::size_t free = 0, total = 0;
  if (const cudaError_t status = cudaMemGetInfo(&free, &total); status != cudaSuccess)
    throw ::thrust::system_error(status, ::thrust::cuda_category(), "cudaMemGetInfo");
  return free;
#else
  return std::nullopt;
#endif
}

}  // namespace spikeometric::detail
