// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/eigen.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../slow_reference.hpp"
#include "../support.hpp"
#include "spikeometric/graph/generate.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

const BernoulliGLM::Parameters lively = {.theta = 2.0f, .coupling_window = 20, .abs_ref_steps = 2, .rel_ref_steps = 5};

struct Outcome {
  std::vector<Spike> spikes;
  std::uint64_t state_hash;
  bool operator==(const Outcome&) const = default;
};

constexpr auto drive = [](std::uint64_t step, std::uint32_t neuron) {
  return neuron % 7 == step / 10 % 7 ? 1.5f : 0.0f;
};

template <class Graph, class Strategy>
Outcome outcome(const Graph& graph, EigenBackend<Strategy> backend, std::uint64_t steps) {
  backend.hash_state = true;
  Simulator simulator{graph, BernoulliGLM{lively}, drive, Seed{31}, backend};
  simulator.equilibrate(3);
  const Events events = simulator.run(steps);
  return {{events.begin(), events.end()}, simulator.state_hash()};
}

/// A user's nonlinearity, with larger values than the bound of its base class.
struct Flattened : Logistic {
  template <class Input>
  Input operator()(Input g, Input dt) const {
    return dt / (Input(1) + exp(Input((theta - g) * Input(0.25f))));
  }
};

Graph<> network(std::uint64_t neurons) {
  return generate::normal(
      {.neurons = neurons, .probability = std::min(1.0, 30.0 / static_cast<double>(neurons)), .std = 3.0}, Seed{5});
}

}  // namespace

TEST_CASE("any number of threads, and the matrix product, give the events of the slow reference in its order") {
  const std::uint64_t neurons = GENERATE(255, 256, 257, 600, 1300);
  const std::uint64_t steps = support::slow_build ? 8 : 25;
  const Graph graph = network(neurons);
  CAPTURE(neurons);

  slow::Network oracle{slow::bernoulli_glm(lively), graph.to_dense(), 31, 0, drive};
  oracle.start();
  oracle.equilibrate(3);
  oracle.run(steps);
  const Outcome expected{oracle.spikes(), oracle.state_hash()};
  CHECK(expected.spikes.size() > neurons / 8);

  for (const int threads : support::thread_counts()) {
    CAPTURE(threads);
    CHECK((outcome(graph, EigenBackend<>{.threads = threads}, steps) == expected));
    CHECK((outcome(graph, EigenBackend<SparseMatvec>{.threads = threads}, steps) == expected));
  }
}

TEST_CASE("threads and strategies agree over a long run, including the order of events") {
  constexpr std::uint64_t steps = 250;  // more than are handed over at once
  const Graph graph = network(20'000);
  const Outcome expected = outcome(graph, EigenBackend<>{}, steps);
  CHECK(expected.spikes.size() > 1000);
  CHECK(std::is_sorted(expected.spikes.begin(), expected.spikes.end(), [](const Spike& a, const Spike& b) {
    return std::tuple{a.step, a.neuron} < std::tuple{b.step, b.neuron};
  }));
  for (const int threads : support::thread_counts()) {
    if (support::slow_build && threads == 1) continue;
    CAPTURE(threads);
    CHECK((outcome(graph, EigenBackend<>{.threads = threads}, steps) == expected));
    if (!support::slow_build)
      CHECK((outcome(graph, EigenBackend<SparseMatvec>{.threads = threads}, steps) == expected));
  }
}

TEST_CASE("16-bit ids, float weights stored in double, and moved graphs do not change the spikes") {
  const Graph graph = network(250);
  EdgeList<float, std::uint16_t> narrow{250};
  EdgeList<double> wide{250};
  for (const auto [pre, post, weight, delay] : graph.edges()) {
    static_cast<void>(delay);
    narrow.add(pre, post, weight);
    wide.add(pre, post, weight);
  }
  const Outcome expected = outcome(graph, EigenBackend<>{}, 200);
  CHECK((outcome(Graph{narrow}, EigenBackend<>{}, 200) == expected));
  CHECK((outcome(Graph{wide}, EigenBackend<>{}, 200) == expected));

  Graph moved = graph;
  Simulator simulator{std::move(moved), BernoulliGLM{lively}, drive, Seed{31}};
  simulator.equilibrate(3);
  const Events events = simulator.run(200);
  CHECK((std::vector<Spike>(events.begin(), events.end()) == expected.spikes));
}

TEST_CASE("the id of the network changes the spikes, the hash switch does not") {
  const Graph graph = network(100);
  Simulator first{graph, BernoulliGLM{lively}, no_stimulus, Seed{1}};
  Simulator again{graph, BernoulliGLM{lively}, no_stimulus, Seed{1}, EigenBackend<>{.hash_state = true}};
  Simulator other{graph, BernoulliGLM{lively}, no_stimulus, Seed{1}, EigenBackend<>{.first_network = 1}};
  const Events a = first.run(100), b = again.run(100), c = other.run(100);
  CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end()));
  CHECK_FALSE(std::equal(a.begin(), a.end(), c.begin(), c.end()));
  CHECK(first.state_hash() == 0);
  CHECK(again.state_hash() != 0);
  CHECK(c.network_id() == 1);
}

TEST_CASE("a neuron's draw decides the same before and after its rate is computed, whether few or all spike") {
  const float theta = GENERATE(-12.0f, -1.0f, 1.0f, 3.0f, 5.0f, 8.0f), dt = GENERATE(1.0f, 0.2f);
  CAPTURE(theta, dt);
  const auto outcomes = [](const auto& model) {
    std::vector<std::vector<Spike>> found;
    for (const bool hash_state : {true, false}) {  // a hash needs the rates of all
      Simulator simulator{network(700), model, drive, Seed{12}, EigenBackend<>{.hash_state = hash_state}};
      const Events events = simulator.run(200);
      found.emplace_back(events.begin(), events.end());
    }
    CHECK(found[0].size() >= 10);
    CHECK(found[0] == found[1]);
  };
  outcomes(BernoulliGLM{{.dt = dt, .theta = theta, .abs_ref_steps = 0, .rel_ref_steps = 0}});
  outcomes(Cascade<ExponentialFilter, NoHistory, NoBaseline, Flattened>{{.dt = dt}, {}, {}, {}, {{theta}}});
}

TEST_CASE("a NaN input is detected where few neurons spike, whatever the draw") {
  const float dt = GENERATE(1.0f, 0.1f);
  const auto broken = [](std::uint64_t step, std::uint32_t neuron) {
    return step == 7 && neuron == 300 ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
  };
  for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8}) {
    Simulator simulator{network(600), BernoulliGLM{{.dt = dt, .theta = 20.0f}}, broken, Seed{seed}};
    check_message<Divergence>([&] { simulator.run(20); }, {"neuron 300", "step 7", "NaN"});
  }
}

TEST_CASE("synaptic events are the synapses that spikes of the step before have passed") {
  const Graph graph = network(300);
  Simulator simulator{graph, BernoulliGLM{lively}, no_stimulus, Seed{1}};
  Eigen::MatrixXi history = Eigen::MatrixXi::Zero(300, 2);
  history.col(0).setOnes();
  history(17, 1) = history(18, 1) = 1;
  simulator.reset(history);
  CHECK(simulator.synaptic_events() == 0);
  const Events spikes = simulator.run(50);
  std::uint64_t expected = graph.out_degree(17) + graph.out_degree(18);
  for (const Spike spike : spikes)
    if (spike.step < 49) expected += graph.out_degree(spike.neuron);
  CHECK(simulator.synaptic_events() == expected);
  CHECK(simulator.synapses() == graph.synapses());

  simulator.equilibrate(10);
  CHECK(simulator.synaptic_events() == expected);
  simulator.reset();
  CHECK(simulator.synaptic_events() == 0);

  Simulator product{graph, BernoulliGLM{lively}, no_stimulus, Seed{1}, EigenBackend<SparseMatvec>{}};
  product.run(50);
  CHECK(product.synaptic_events() == 50 * graph.synapses());
}

TEST_CASE("an invalid number of threads is refused and named") {
  const Graph graph = network(10);
  for (const int threads : {0, -1, -8})
    check_message<std::invalid_argument>(
        [&] {
          Simulator{graph, BernoulliGLM{}, no_stimulus, Seed{1}, EigenBackend<>{.threads = threads}};
        },
        {"threads = " + std::to_string(threads), "at least 1"});
  CHECK_NOTHROW(Simulator{graph, BernoulliGLM{}, no_stimulus, Seed{1}, EigenBackend<>{.threads = 1000}}.run(10));
}
