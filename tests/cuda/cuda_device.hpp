// SPDX-License-Identifier: BSD-3-Clause
//
// The backends of CUDA for the tests of devices: on the host, or with nvcc on a GPU.
#pragma once

#include "spikeometric/backend/cuda.cuh"

namespace device_tests {

template <class Check>
void for_each_backend(Check check) {
  check(spikeometric::CudaBackend<>{});
  check(spikeometric::CudaBackend<spikeometric::SparseMatvec>{});
}

#if defined(SPIKEOMETRIC_CUDA_ON_HOST)

/// The most adverse settings: work is done as late as possible and in random order.
inline const on_host::Settings adverse{.order = on_host::Order::shuffled, .seed = 7, .lazy = true};
inline const bool is_adverse = (on_host::reset(adverse), true);

/// The settings during a test.
struct Host {
  explicit Host(on_host::Settings settings) { on_host::reset(settings); }
  Host(const Host&) = delete;
  ~Host() { on_host::reset(adverse); }
};

#endif

}  // namespace device_tests
