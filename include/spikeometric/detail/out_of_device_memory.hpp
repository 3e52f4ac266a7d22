// SPDX-License-Identifier: BSD-3-Clause
//
// The exception of simulators and generators on a device.
#pragma once

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace spikeometric {

namespace detail {

/// Bytes of a GPU for what CUDA takes itself when kernels are loaded and graphs made; it does not tell beforehand.
inline constexpr std::uint64_t cuda_reserve = std::uint64_t{1} << 26;

inline std::string gigabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g GB", static_cast<double>(bytes) * 1e-9);
  return text;
}

}  // namespace detail

/// A device has less memory free than a simulation needs, or the making of a network. It is found before anything is
/// allocated; but where others take memory meanwhile, `needed` is that of the part which there was no room for, and all
/// is given back.
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

}  // namespace spikeometric
