// SPDX-License-Identifier: BSD-3-Clause
//
// Stimuli in a list act on a device as on the CPU, with two weights a synapse.
#pragma once

#include "../device_tests.hpp"

TEST_CASE("stimuli of every kind, in a list, act as on the CPU, with two weights a synapse") {
  using namespace device_tests;
  check_lively(maker(three_twofold_networks(), twofold(), list_of_stimuli()), Course{13, {70, 1, 1100}});
  check_moves(maker(three_twofold_networks(), twofold(), list_of_stimuli()));
  check_lively(maker(tangled<float, 2, std::uint32_t>(100, 3), twofold(), StimulusList{}));
}

TEST_CASE("stimuli filtered in time and weighted covariates act as on the CPU") {
  using namespace device_tests;
  const std::vector<float> contrast{0.5f, 0.25f, -0.125f};
  const auto flicker = [contrast](std::uint64_t step, std::uint32_t neuron) { return contrast[(step + neuron) % 3]; };
  const auto values = [](Eigen::Index rows, Eigen::Index columns) {
    return Eigen::MatrixXf(Eigen::MatrixXf::NullaryExpr(rows, columns, [](Eigen::Index i, Eigen::Index j) {
      return static_cast<float>((3 * i + 5 * j) % 11) * 0.1f - 0.5f;
    }));
  };
  const auto seen = channels(temporal(Frames{values(3, 90), {.steps_per_frame = 7, .start_steps = 5}},
                                      RaisedCosine<2>{.last_peak_ms = 6.0, .window_steps = 20}),
                             temporal(impulses({3, 80, 81, 600}), {1.0, 0.5, -1.0}));
  const auto list =
      StimulusList{}
          .add(temporal(poisson_pulses({.strength = 0.3f, .mean_interval_steps = 15.5, .pulse_steps = 3}) +
                            sinusoid({.amplitude = 0.2f, .period_ms = 7.3f, .start_steps = 20}),
                        TimeConstantFilter{.tau = 5.0, .T = 30}))
          .add(temporal(function(flicker).on(neurons(7, 90)), {0.5, 0.0, 1.5}))
          .add(seen.with_weights(values(7, 100)));
  check_lively(maker(tangled<float, 2, std::uint32_t>(100, 3), twofold(), list), Course{13, {70, 1, 1100}});
}

TEST_CASE("an exception of a stimulus ends a run after the steps before it") {
  using namespace device_tests;
  const auto graph = tangled<float, 2, std::uint32_t>(70, 3);
  const auto drive = [](std::uint64_t last, std::uint64_t broken) {
    return StimulusList{}.add(function(Flicker{})).add(function([=](std::uint64_t step) {
      if (step >= last) throw std::domain_error("no more");
      return step == broken ? not_a_number : 0.0f;
    }));
  };
  for (const std::uint64_t last : {0, 1, 64, 700, 1023, 1024, 1025}) {
    CAPTURE(last);
    check_ends(maker(graph, twofold(), drive(last, forever)), "no more");
    check_ends(maker(graph, twofold(), drive(last, last + 1)), "no more");
    if (last > 0) check_ends(maker(graph, twofold(), drive(last, last - 1)), "the stimulus is NaN");
  }
}
