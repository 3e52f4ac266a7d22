// SPDX-License-Identifier: BSD-3-Clause
// Networks whose counts grow beyond all bounds, or whose inputs are NaN.
#include <Eigen/Core>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../model/model_reference.hpp"
#include "spikeometric/backend/fixed_point.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/graph/uniform.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/random/poisson.hpp"

using namespace spikeometric;

TEST_CASE("a network that diverges reports where, and keeps its recorded steps") {
  const auto graph = generate::uniform({.neurons = 100, .probability = 0.3, .low = 0.0, .high = 0.3}, Seed{5});
  const auto start = [&](const auto& model) {
    Simulator simulator{graph, model, no_stimulus, Seed{6}, EigenBackend<>{.first_network = 3}};
    simulator.reset(Eigen::MatrixXi(100, 0));
    return simulator;
  };
  const PoissonGLM model;
  reference::Step seen{100};
  auto watching = start(reference::watched(model, seen));
  std::uint64_t step = 0;
  std::uint32_t neuron = 0;
  try {
    watching.run(10'000);
    FAIL_CHECK("nothing was thrown");
  } catch (const Divergence& error) {
    CHECK(error.network_id == 3);
    step = error.step;
    neuron = error.neuron;
  }
  REQUIRE(step > 50);
  REQUIRE(neuron < 100);
  const auto limit = static_cast<std::int64_t>(detail::FixedPointGraph{Graph{graph}}.count_limit());
  const float mean = seen.mu[neuron];
  const std::int64_t count = poisson(static_cast<double>(mean), Draws{Stream{Seed{6}, 3, Purpose{1}}, neuron, step});
  CHECK(count > limit);

  auto simulator = start(model);
  check_message<Divergence>([&] { simulator.run(10'000); },
                            {"network 3, step " + std::to_string(step) + ", neuron " + std::to_string(neuron) + ":",
                             "count " + std::to_string(count) + ", drawn with mean " + detail::to_text(mean),
                             "between 0 and " + std::to_string(limit)});
  CHECK(simulator.step() == step);
  const auto recorded = simulator.take_recorded();
  CHECK(recorded.steps() == step);
  CHECK(recorded.total() > 200);
  CHECK(start(model).run(step).fingerprint() == recorded.fingerprint());

  // In a batch with a stable network.
  Simulator both{batch(std::vector{Graph{EdgeList{50}}, graph}), model, no_stimulus, Seed{6},
                 EigenBackend<>{.first_network = 2}};
  both.reset(std::vector{Eigen::MatrixXi(50, 0), Eigen::MatrixXi(100, 0)});
  check_message<Divergence>([&] { both.run(10'000); }, {"network 3, step " + std::to_string(step)});
  const auto of_both = both.take_recorded();
  CHECK(of_both[1].fingerprint() == recorded.fingerprint());
  CHECK(of_both[0].steps() >= step);
}

TEST_CASE("a divergence names the origin of a NaN") {
  struct Baseline {
    float operator()(const Draws& draws) const {
      return draws.neuron == 4 && draws.step == 6 ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
    }
  };
  struct Root {  // of a negative number
    float operator()(float g) const { return std::sqrt(1.0f - g); }
  };
  using Drive = float (*)(std::uint64_t step, std::uint32_t neuron);
  const BernoulliGLM lively{{.theta = 2.0f, .coupling_window = 20}};
  const Graph graph = generate::normal({.neurons = 10, .std = 3.0}, Seed{5});
  const Drive pulse = [](std::uint64_t step, std::uint32_t neuron) { return step == 6 && neuron == 4 ? 1e6f : 0.0f; };
  const Drive hole = [](std::uint64_t step, std::uint32_t neuron) {
    return step == 6 && neuron == 4 ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
  };
  Simulator from_stimulus{graph, lively, hole, Seed{1}};
  check_message<Divergence>([&] { from_stimulus.run(20); }, {"step 6, neuron 4: the stimulus is NaN"});
  Simulator from_input{graph, Cascade<ExponentialFilter, NoHistory, Baseline>{}, no_stimulus, Seed{1}};
  check_message<Divergence>([&] { from_input.run(20); }, {"step 6, neuron 4: the input is NaN"});
  const Graph apart{EdgeList{10}};
  Simulator from_mean{apart, Cascade<ExponentialFilter, NoHistory, NoBaseline, Root>{}, pulse, Seed{1}};
  check_message<Divergence>([&] { from_mean.run(20); }, {"step 6, neuron 4: the mean count is NaN"});
}
