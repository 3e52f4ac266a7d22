// SPDX-License-Identifier: BSD-3-Clause
//
// How much memory is free where Thrust runs.
//
// Needs Thrust, of CUDA or of Debian's libthrust-dev.
#pragma once

#include "spikeometric/detail/thrust_system.hpp"

#include <thrust/device_vector.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace spikeometric::detail {

/// Of a GPU.
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
