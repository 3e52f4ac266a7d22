// SPDX-License-Identifier: BSD-3-Clause
//
// Synaptic activations, and weights in double, act on a device as on the CPU.
#pragma once

#include "../device_tests.hpp"

TEST_CASE("a rectified SAM with weights in double fires on a device as it does on the CPU") {
  using namespace device_tests;
  check_lively(maker(tangled<double, 1, std::uint32_t>(300, 1, 0.1), RectifiedSAM{{.lambda_0 = 0.05f}}));
  check_lively(maker(tangled<double, 1, std::uint32_t>(40, 300, 0.1), RectifiedSAM{{.lambda_0 = 0.05f}}),
               Course{0, {700}});
}

TEST_CASE("a network with activations starts from silence, or a rate, as on the CPU") {
  using namespace device_tests;
  for (const auto& initial : {InitialState::silent(), InitialState::rate_hz(80.0)}) {
    CAPTURE(initial.rate_hz());
    check_lively(maker(tangled<double, 1, std::uint32_t>(90, 3, 0.1), RectifiedSAM{{.lambda_0 = 0.05f, .b = 1.0f}}),
                 [&](auto& simulator) {
                   simulator.reset(initial);
                   return Course{0, {300}}(simulator);
                 });
  }
}

TEST_CASE("synaptic activations may be given") {
  using namespace device_tests;
  const Eigen::VectorXd activation = Eigen::VectorXd::LinSpaced(90, -0.5, 1.5);
  const auto graph = tangled<double, 1, std::uint32_t>(90, 3, 0.1);
  const RectifiedSAM model{{.lambda_0 = 0.05f}};
  check_lively(maker(graph, model), [&](auto& simulator) {
    simulator.run(30);
    simulator.reset_activation(activation);
    return Course{0, {300}}(simulator);
  });
  check_lively(maker(trials(graph, 2), model), [&](auto& simulator) {
    simulator.reset_activation(std::vector<Eigen::VectorXd>{activation, 2.0 * activation});
    return Course{2, {300}}(simulator);
  });
  check_moves(maker(graph, model));
}
