// SPDX-License-Identifier: BSD-3-Clause
//
// Stimuli of every kind, added up, act on a device as on the CPU.
#pragma once

#include "../device_tests.hpp"

TEST_CASE("stimuli of every kind, added up, act as on the CPU, with a noisy threshold model") {
  using namespace device_tests;
  check_lively(maker(three_networks(), ThresholdSAM{}, stimuli()), Course{13, {70, 1, 1100}});
}
