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
