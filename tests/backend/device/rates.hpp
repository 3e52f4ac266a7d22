// SPDX-License-Identifier: BSD-3-Clause
//
// Models of rates fire on a device as on the CPU.
#pragma once

#include "../device_tests.hpp"

TEST_CASE("a Poisson GLM fires on a device as it does on the CPU") {
  using namespace device_tests;
  check_lively(maker(network(300, 3), PoissonGLM{{.r = 0.1f, .alpha = 20.0f, .tau = 5.0f, .T = 15}}));
}

TEST_CASE("a rectified LNP model fires on a device as it does on the CPU") {
  using namespace device_tests;
  check_lively(maker(network(300), RectifiedLNP{{.lambda_0 = 0.05f, .T = infinite_window}}));
}
