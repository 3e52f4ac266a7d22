// SPDX-License-Identifier: BSD-3-Clause
//
// The fingerprints of the CUDA backend with sums by cuSPARSE; backend/fingerprints.sh compares.
#include <spikeometric/backend/cuda.cuh>

#include "fingerprints.hpp"

#include <cstdio>

int main(int argc, char** argv) {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::puts("skipped: there is no CUDA device");
    return 77;
  }
  return fingerprints::print<spikeometric::CudaBackend<spikeometric::SparseMatvec>>(argc, argv);
}
