// SPDX-License-Identifier: BSD-3-Clause
#include "cuda_device.hpp"

#include "../backend/device/mixed.hpp"
#include "on_host/tests.hpp"

#if defined(SPIKEOMETRIC_CUDA_ON_HOST)

TEST_CASE("neither the order of threads and blocks nor when work is done makes a difference to many parts") {
  using namespace device_tests;
  for_each_order([] { check_lively(maker(tangled<double, 3, std::uint16_t>(67, 7), mixed(67), two_channels())); });
}

TEST_CASE("memory_estimate is what a simulator of many parts takes, and no less will do") {
  using namespace device_tests;
  check_memory(tangled<double, 3, std::uint16_t>(67, 7), mixed(67), two_channels());
}

#endif
