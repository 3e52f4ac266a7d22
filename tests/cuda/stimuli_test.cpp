// SPDX-License-Identifier: BSD-3-Clause
#include "cuda_device.hpp"

#include "../backend/device/stimuli.hpp"
#include "on_host/tests.hpp"

#if defined(SPIKEOMETRIC_CUDA_ON_HOST)

TEST_CASE("memory_estimate is what a simulator with stimuli takes, and no less will do") {
  using namespace device_tests;
  check_memory(three_networks(), ThresholdSAM{}, stimuli());
}

TEST_CASE("memory that a device does not give leaks nothing") {
  using namespace device_tests;
  for_each_backend([&](auto backend) {
    for (int n = 1;; ++n) {
      CAPTURE(n);
      const Host host{{}};
      on_host::fail_next("cudaMalloc", cudaErrorMemoryAllocation, n);
      try {
        Simulator simulator{three_networks(), ThresholdSAM{}, stimuli(), seed, backend};
        CHECK(on_host::failure_pending());
        CHECK(n > 20);
        break;
      } catch (const OutOfDeviceMemory& error) {
        CHECK((error.needed > 0 && error.free > error.needed));  // so the device says
      }
      REQUIRE(on_host::live().total() == 0);
    }
    CHECK(on_host::live().total() == 0);
  });
}

#endif
