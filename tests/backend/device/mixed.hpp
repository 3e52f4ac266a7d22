// SPDX-License-Identifier: BSD-3-Clause
//
// A model of many parts fires on a device as on the CPU.
#pragma once

#include "../device_tests.hpp"

TEST_CASE("a model of many parts, three weights a synapse, and channels fires as on the CPU") {
  using namespace device_tests;
  const auto graph = tangled<double, 3, std::uint16_t>(67, 7);
  check_lively(maker(graph, mixed(67), two_channels()));
  check_moves(maker(trials(graph, 2), mixed(67), two_channels()));
}
