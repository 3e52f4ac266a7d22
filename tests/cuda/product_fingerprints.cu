// SPDX-License-Identifier: BSD-3-Clause
//
// The fingerprints of the CUDA backend with all sums by cuSPARSE; backend/fingerprints.sh compares.
#include <spikeometric/backend/cuda.cuh>

#include "fingerprints.hpp"

using Tested = fingerprints::Cases<spikeometric::CudaBackend<spikeometric::SparseMatvec>>;

#include "fingerprints_main.hpp"
