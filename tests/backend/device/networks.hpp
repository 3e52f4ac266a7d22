// SPDX-License-Identifier: BSD-3-Clause
//
// Networks of any size, with rows of any length, fire on a device as on the CPU.
#pragma once

#include "../device_tests.hpp"

TEST_CASE("a Bernoulli GLM fires on a device as it does on the CPU") {
  using namespace device_tests;
  for (const int delay : {1, 2, 20}) check_lively(maker(network(300, delay), lively));
}

TEST_CASE("windows and histories of any length are kept") {
  using namespace device_tests;
  constexpr std::array<int, 7> windows = {1, 2, 16, 17, 20, 64, infinite_window}, lags = {65, 0, 1, 31, 32, 33, 64};
  std::vector<BernoulliGLM> models;
  for (std::size_t i = 0; i < windows.size(); ++i)
    models.push_back(BernoulliGLM{{.r = 0.5f,
                                   .theta = 1.0f,
                                   .coupling_window = windows[i],
                                   .abs_ref_steps = lags[i] / 2,
                                   .abs_ref_strength = -1.0f,
                                   .rel_ref_steps = lags[i] - lags[i] / 2,
                                   .rel_ref_strength = 1.0f,
                                   .refractory_decay = 0.01f}});
  const Graph graph = network(60);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    CAPTURE(windows[i], lags[i]);
    check_lively(maker(graph, models[i]));
  }
  check_lively(maker(trials(graph, windows.size()), models));
}

TEST_CASE("rows of any length are passed") {
  using namespace device_tests;
  BernoulliGLM model{{.r = 0.1f, .theta = 1.0f, .coupling_window = 3, .abs_ref_steps = 0, .rel_ref_steps = 1}};
  const Graph graph = rows_of(700, {0, 1, 31, 32, 33, 255, 256, 257, 1000, 127, 128, 129, 2});
  check_lively(maker(graph, model), Course{3, {80}});
  check_same(maker(graph, restless), Course{3, {5}});
}

TEST_CASE("hubs that fire often are passed") {
  using namespace device_tests;
  constexpr std::uint64_t neurons = 33000;
  std::vector<std::uint64_t> rows(neurons);
  rows[0] = 32768;
  rows[1] = 32767;
  rows[300] = 33000;
  rows[32999] = 40000;  // with two delays
  BernoulliGLM model{{.theta = 0.5f, .coupling_window = 2, .abs_ref_steps = 0, .rel_ref_steps = 0}};
  const Graph graph = rows_of(neurons, rows);
  check_lively(maker(graph, model), [](auto& simulator) {
    for (const std::uint64_t steps : {5, 4}) {
      simulator.run(steps);
      simulator.reset();
    }
    return Course{3, {5, 7}}(simulator);
  });
  check_same(maker(trials(graph, 2), restless), Course{1, {3}});
}

TEST_CASE("networks without synapses, and of one neuron, fire") {
  using namespace device_tests;
  BernoulliGLM model{{.theta = 1.0f, .coupling_window = 4, .abs_ref_steps = 1, .rel_ref_steps = 0}};
  check_lively(maker(Graph{EdgeList{50}}, model));
  EdgeList autapse{1};
  autapse.add(0, 0, 1.5f, 3);
  check_same(maker(Graph{autapse}, model), Course{0, {200}});
  check_same(maker(Graph{EdgeList{1}}, model), Course{0, {200}});
  check_same(maker(batch(std::vector{Graph{EdgeList{1}}, Graph{autapse}, Graph{EdgeList{33}}}), model));
}

TEST_CASE("no neuron may fire, or all of them in every step") {
  using namespace device_tests;
  CHECK(total(check_same(maker(network(70, 3), silent))) == 0);
  CHECK(total(check_same(maker(network(70, 3), restless))) == 70 * 150);
}

TEST_CASE("networks of a batch fire as each of them alone") {
  using namespace device_tests;
  std::vector<Graph<>> graphs;
  std::vector<BernoulliGLM> models;
  for (const auto& [neurons, delay, window] :
       {std::tuple{1, 1, 3}, std::tuple{31, 9, 1}, std::tuple{32, 1, 40}, std::tuple{33, 2, infinite_window},
        std::tuple{257, 20, 16}, std::tuple{64, 1, 2}}) {
    graphs.push_back(network(static_cast<std::uint64_t>(neurons), neurons == 1 ? 1 : delay));
    models.push_back(BernoulliGLM{{.theta = 1.5f, .coupling_window = window, .abs_ref_steps = window % 7}});
  }
  const auto networks = batch(graphs);
  check_lively(maker(networks, models));
  check_lively(maker(trials(networks, 3), lively), Course{5, {40, 100}});
  check_moves(maker(networks, models));

  const Lists together = check_same(maker(networks, models));
  for_each_backend([&](auto backend) {
    for (std::size_t i = 0; i < graphs.size(); ++i) {
      backend.first_network = 3 + static_cast<std::uint32_t>(i);
      Simulator alone{graphs[i], models[i], no_stimulus, seed, backend};
      CHECK(difference(Course{}(alone), {together[i]}) == "");
    }
  });
}

TEST_CASE("a batch with more spikes than are fetched at a time loses none") {
  using namespace device_tests;
  if constexpr (support::slow_build) return;
  // Each network takes a multiple of 32 places, so that there are many with few neurons.
  std::vector<Graph<>> graphs = {Graph{EdgeList{4000}}, Graph{EdgeList{97}}, Graph{EdgeList{31}}};
  graphs.resize(133, Graph{EdgeList{1}});
  CHECK(total(check_same(maker(batch(graphs), restless), Course{0, {1024}})) == 4258 * 1024);
}
