// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/simulate/replay.hpp"

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "replayed.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"
#include "spikeometric/model/per_neuron.hpp"

using namespace spikeometric;
using namespace replayed;

TEST_CASE("inputs and means of a replay are bit-identical to the run's, for every named model") {
  check_replay(some_graph(2.0), lively, no_stimulus, 100);
  check_replay(some_graph(0.2), PoissonGLM{{.alpha = 20.0f}}, no_stimulus, 100);
  check_replay(some_graph(0.2), RectifiedLNP{{.lambda_0 = 0.05f, .T = infinite_window}}, no_stimulus, 100);
  check_replay(some_graph(0.2), RectifiedSAM{{.dt = 0.5f, .lambda_0 = 0.1f}}, no_stimulus, 100);
  check_replay(some_graph(1.0), ThresholdSAM{}, no_stimulus, 50);
  check_replay(some_graph<1, double>(2.0), BasicBernoulliGLM<double>{{.theta = 2.3}}, no_stimulus, 100);
}

TEST_CASE("in a replay spikes arrive after the delay of each synapse") {
  check_replay(some_graph(2.0, 40), lively, no_stimulus, 100);
  check_replay(some_graph(0.2, 7), RectifiedSAM{{.lambda_0 = 0.05f}}, no_stimulus, 100);
  check_replay(some_graph<1, double>(0.2, 3), PoissonGLM{{.alpha = 20.0f}}, no_stimulus, 100);
}

TEST_CASE("arguments that do not fit together are refused") {
  const auto graph = some_graph(1.0);
  const Events<BinaryEvent> few{size - 1, 1.0}, fine{size, 0.5}, empty{size, 1.0};
  const auto replay = [&](const auto& spikes, const BernoulliGLM& model = lively) {
    return Replay{graph, model, no_stimulus, spikes, Seed{1}};
  };
  check_message<std::invalid_argument>([&] { replay(few); }, {"39 neurons", "40"});
  check_message<std::invalid_argument>([&] { replay(fine); }, {"0.5 ms", "1 ms"});
  BernoulliGLM broken = lively;
  broken.scale.r = std::numeric_limits<float>::infinity();
  check_message<InvalidParameter>([&] { replay(empty, broken); }, {"r = inf"});
  check_message<InvalidParameter>(
      [&] { Replay(graph, per_neuron(lively, &Logistic::theta, std::vector<float>(3)), no_stimulus, empty, Seed{1}); },
      {"3 neurons", "40"});
  check_message<std::invalid_argument>([&] { Replay(graph, lively, pulses.on(neurons(0, 41)), empty, Seed{1}); },
                                       {"neuron 40"});
}

TEST_CASE("a replay ends with its recording, and takes a state only before the first step") {
  const auto graph = some_graph(1.0);
  Simulator simulator{graph, lively, no_stimulus, Seed{1}};
  const auto state = simulator.state();
  const auto spikes = simulator.run(2);
  Replay replay{graph, lively, no_stimulus, spikes, Seed{1}};
  const auto ignore = [](std::uint32_t, const FloatDual&, const FloatDual&) {};
  auto other = state[0];
  other.filters.pop_back();
  check_message<std::invalid_argument>([&] { replay.start(other); }, {"39 neurons", "40"});
  other = state[0];
  other.past.clear();
  check_message<std::invalid_argument>([&] { replay.start(other); }, {"windows"});
  const auto delayed = some_graph(1.0, 3);
  auto of_delayed = Simulator{delayed, lively, no_stimulus, Seed{1}}.state()[0];
  of_delayed.exponents.clear();
  Replay of_delays{delayed, lively, no_stimulus, spikes, Seed{1}};
  check_message<std::invalid_argument>([&] { of_delays.start(of_delayed); }, {"delays"});
  replay.start(state[0]);
  replay.advance(ignore);
  CHECK(replay.steps_left() == 1);
  check_message<std::logic_error>([&] { replay.start(state[0]); }, {"before the first step"});
  replay.advance(ignore);
  check_message<std::out_of_range>([&] { replay.advance(ignore); }, {"all 2 steps"});
}
