// SPDX-License-Identifier: BSD-3-Clause
//
// Where Thrust runs, if the program has not said so with THRUST_DEVICE_SYSTEM: on the GPU where nvcc compiles, else on
// the host, on threads (OpenMP) where those are enabled. To be included before any header of Thrust.
//
//   g++ -fopenmp ...                                                        // threads
//   g++ -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP ...                 // one thread
#pragma once

#if !defined(THRUST_DEVICE_SYSTEM) && !defined(__CUDACC__)
#if defined(_OPENMP)
#define THRUST_DEVICE_SYSTEM THRUST_DEVICE_SYSTEM_OMP  // NOLINT(readability-identifier-naming)
#else
#define THRUST_DEVICE_SYSTEM THRUST_DEVICE_SYSTEM_CPP  // NOLINT(readability-identifier-naming)
#endif
#endif
