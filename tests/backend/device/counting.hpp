// SPDX-License-Identifier: BSD-3-Clause
//
// Counts, and steps that fail, are on a device as on the CPU.
#pragma once

#include "../device_tests.hpp"

TEST_CASE("counts above one, and histories of counts, are kept") {
  using namespace device_tests;
  const auto graph = tangled<float, 1, std::uint16_t>(70, 4);
  for (const auto& [window, lags] :
       {std::pair{1, 1}, std::pair{16, 31}, std::pair{17, 32}, std::pair{infinite_window, 33}, std::pair{5, 65}}) {
    CAPTURE(window, lags);
    const Lists spikes = check_same(maker(graph, counting(window, static_cast<std::size_t>(lags)), Flash{}));
    CHECK(std::any_of(spikes[0].begin(), spikes[0].end(), [](const Spike& spike) { return spike.count > 1; }));
  }
}

TEST_CASE("a given past of counts is replayed") {
  using namespace device_tests;
  for (const Eigen::Index steps : {0, 1, 2, 50}) {
    CAPTURE(steps);
    check_lively(maker(tangled<float, 1, std::uint16_t>(60, 7), counting(5, 33), Flash{}), [&](auto& simulator) {
      simulator.reset(history(60, steps, 5));
      return Course{0, {200}}(simulator);
    });
  }
}

TEST_CASE("a network of counts starts from silence, or a rate, as on the CPU") {
  using namespace device_tests;
  for (const auto& initial : {InitialState::silent(), InitialState::rate_hz(80.0)}) {
    CAPTURE(initial.rate_hz());
    check_lively(maker(tangled<float, 1, std::uint16_t>(60, 7), counting(5, 33), Flash{}), [&](auto& simulator) {
      simulator.run(10);
      simulator.reset(initial);
      return Course{0, {200}}(simulator);
    });
  }
}

TEST_CASE("a simulation of counts moves between the CPU and a device") {
  using namespace device_tests;
  check_moves(maker(tangled<float, 1, std::uint16_t>(70, 4), counting(17, 33), Flash{}));
  check_moves(maker(trials(tangled<float, 1, std::uint16_t>(31, 1), 2), counting(infinite_window, 1), Flash{}));
}

TEST_CASE("a step that fails ends a run as on the CPU, wherever it is in a piece") {
  using namespace device_tests;
  const auto graph = tangled<float, 1, std::uint16_t>(70, 3);
  for (const std::uint64_t step : {0, 1, 63, 64, 500, 1023, 1024, 1500}) {
    CAPTURE(step);
    check_ends(maker(graph, counting(5, 3), Flash{step, 33, not_a_number}), "neuron 33: the stimulus is NaN");
  }
  for (const std::uint64_t step : {5, 70, 1028, 1029}) {
    CAPTURE(step);
    const auto with = [&](float value) { return maker(graph, counting(5, 3, {step, 7, 7, value}), Flash{}); };
    check_ends(with(not_a_number), "neuron 7: the input is NaN");
    check_ends(with(1e10f), "neuron 7: the mean count is NaN");
    check_ends(with(2e6f), "neuron 7: the count ");  // drawn with a mean that shows what else the neuron gets
  }
  check_ends(maker(graph, counting(5, 3, {3, 7, 7, not_a_number}), Flash{}), "step 3, neuron 7: the input is NaN", 5,
             0);
  check_ends(maker(graph, counting(5, 3, {1500, 7, 7, not_a_number}), Flash{}), "step 1500, neuron 7", 2000, 0);
}

TEST_CASE("of several neurons that fail in a step, the first is named") {
  using namespace device_tests;
  const auto graph = tangled<float, 1, std::uint16_t>(600, 2);
  check_ends(maker(graph, counting(5, 3, {30, 250, 599, not_a_number}), Flash{}), "step 25, neuron 250: ");
  check_ends(maker(graph, counting(5, 3, {30, 250, 599, not_a_number}), Flash{25, 40, not_a_number}),
             "step 25, neuron 40: ");
}

TEST_CASE("in a batch, the network that fails is named") {
  using namespace device_tests;
  std::vector<Graph<float, std::uint16_t>> graphs;
  for (const std::size_t neurons : {40, 300, 1, 33}) graphs.push_back(tangled<float, 1, std::uint16_t>(neurons, 3));
  const auto model = counting(5, 3);
  for (const auto& [failing, step] :
       std::vector<std::pair<std::size_t, std::uint64_t>>{{0, 0}, {1, 0}, {2, 100}, {0, 1023}, {1, 1024}, {3, 1100}}) {
    CAPTURE(failing, step);
    std::vector<Counting> models(graphs.size(), model);
    models[failing] = counting(5, 3, {step + 5, 0, 0, not_a_number});
    check_ends(maker(batch(graphs), models, Flash{}),
               "network " + std::to_string(3 + failing) + ", step " + std::to_string(step) + ", neuron 0: ");
  }
}
