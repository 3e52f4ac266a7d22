// SPDX-License-Identifier: BSD-3-Clause
//
// The fingerprints of the CUDA backend with all sums by cuSPARSE; backend/fingerprints.sh compares.
#include <spikeometric/backend/cuda.cuh>

#include "cuda/device.hpp"
#include "fingerprints.hpp"

int main(int argc, char** argv) {
  using namespace spikeometric;
  return device_is_there() ? fingerprints::print<CudaBackend<SparseMatvec>>(argc, argv) : 77;
}
