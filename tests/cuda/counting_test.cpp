// SPDX-License-Identifier: BSD-3-Clause
#include "cuda_device.hpp"

#include "../backend/device/counting.hpp"
#include "on_host/tests.hpp"

#if defined(SPIKEOMETRIC_CUDA_ON_HOST)

TEST_CASE("neither the order of threads and blocks nor when work is done makes a difference to counts") {
  using namespace device_tests;
  for_each_order([] {
    check_lively(maker(tangled<float, 1, std::uint16_t>(300, 4), counting(17, 33), Flash{}));
    check_moves(maker(tangled<float, 1, std::uint16_t>(70, 4), counting(17, 33), Flash{}));
  });
}

TEST_CASE("memory_estimate is what a simulator of counts takes, and no less will do") {
  using namespace device_tests;
  check_memory(tangled<float, 1, std::uint16_t>(70, 4), counting(17, 33), Flash{});
}

#endif
