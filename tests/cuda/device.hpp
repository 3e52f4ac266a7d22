// SPDX-License-Identifier: BSD-3-Clause
//
// For programs that need a device: where there is none they say so, and end with the status of a test that is skipped.
//
//   int main() { return device_is_there() ? run() : 77; }
#pragma once

#if defined(__CUDACC__) || defined(SPIKEOMETRIC_CUDA_ON_HOST)
#include <cuda_runtime.h>

#include <cstdio>

inline bool device_is_there() {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) == cudaSuccess && devices > 0) return true;
  std::puts("skipped: there is no CUDA device");
  return false;
}
#else  // Thrust runs on the host
inline bool device_is_there() { return true; }
#endif
