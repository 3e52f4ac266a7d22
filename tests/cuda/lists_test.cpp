// SPDX-License-Identifier: BSD-3-Clause
#include "cuda_device.hpp"

#include "../backend/device/lists.hpp"
#include "on_host/tests.hpp"

#if defined(SPIKEOMETRIC_CUDA_ON_HOST)

TEST_CASE("neither the order of threads and blocks nor when work is done makes a difference to lists of stimuli") {
  using namespace device_tests;
  for_each_order([] {
    check_lively(maker(three_twofold_networks(), twofold(), list_of_stimuli()), Course{3, {70, 1030}});
  });
}

TEST_CASE("memory_estimate is what a simulator with a list of stimuli takes, and no less will do") {
  using namespace device_tests;
  check_memory(three_twofold_networks(), twofold(), list_of_stimuli());
}

#endif
