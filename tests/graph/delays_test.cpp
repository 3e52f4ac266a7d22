// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/delays.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "spikeometric/graph/generate.hpp"
#include "spikeometric/random/hash.hpp"

using namespace spikeometric;

namespace {

template <class Weight = float, class Vertex = std::uint32_t>
Graph<Weight, Vertex> all_to_all(std::uint64_t neurons) {
  EdgeList<Weight, Vertex> edges{neurons};
  for (std::uint64_t pre = 0; pre < neurons; ++pre)
    for (std::uint64_t post = 0; post < neurons; ++post) edges.add(pre, post, Weight{});
  return Graph{edges};
}

/// Delays of all_to_all(neurons): [pre][post].
std::vector<std::vector<double>> delays_of(std::uint64_t neurons, UniformDelays range, std::uint64_t seed) {
  std::vector<std::vector<double>> delays(neurons, std::vector<double>(neurons));
  const Graph graph = with_delays(all_to_all(neurons), range, Seed{seed});
  for (const auto& edge : graph.edges()) delays[edge.pre][edge.post] = edge.delay;
  return delays;
}

}  // namespace

TEST_CASE("all delays of the range come equally often, and no others") {
  const UniformDelays range =
      GENERATE(UniformDelays{1, 2}, UniformDelays{5, 11}, UniformDelays{1, 100}, UniformDelays{65436, 65535});
  CAPTURE(range.shortest, range.longest);
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(range.longest - range.shortest + 1));
  const Graph graph = with_delays(all_to_all(300), range, Seed{4});
  for (const auto& edge : graph.edges()) {
    REQUIRE((edge.delay >= range.shortest && edge.delay <= range.longest));
    ++counts[static_cast<std::size_t>(edge.delay - range.shortest)];
  }
  // Five standard deviations above the mean; the statistic is near normal from some ten counts on, and of one degree of
  // freedom it exceeds 1 + 5 sqrt(2) with probability 0.005.
  CHECK(chi_squared_sigmas(counts) < 5);
}

TEST_CASE("delays of pairs that share a neuron, of a pair and its reverse, and of two seeds are uncorrelated") {
  constexpr std::size_t n = 300, values = 50;
  const auto a = delays_of(n, {1, values}, 4), b = delays_of(n, {1, values}, 5);
  // A product of two independent uniform integers, centred, has mean 0 and the product of variances (values^2 - 1) /
  // 12.
  constexpr double mean = (values + 1) / 2.0, variance = (values * values - 1) / 12.0;
  double along = 0, across = 0, reverse = 0, seeds = 0;
  for (std::size_t i = 0; i + 1 < n; ++i)
    for (std::size_t j = 0; j < i; ++j) {
      along += (a[i][j] - mean) * (a[i][j + 1] - mean);
      across += (a[i][j] - mean) * (a[i + 1][j] - mean);
      reverse += (a[i][j] - mean) * (a[j][i] - mean);
      seeds += (a[i][j] - mean) * (b[i][j] - mean);
    }
  const double pairs = (n - 1) * (n - 2) / 2.0;
  for (const double sum : {along, across, reverse, seeds})
    CHECK(sigmas(sum / pairs, 0, variance * variance, pairs) < 5);
}

TEST_CASE("delays are independent of the weights that a generator draws with the same seed") {
  const std::uint64_t neurons = 200;
  const generate::Weights normal{.mean = 0.0, .std = 1.0};
  const auto graph =
      GENERATE_COPY(generate::fixed_out_degree({.neurons = neurons, .degree = 199, .weights = normal}, Seed{5}),
                    generate::fixed_in_degree({.neurons = neurons, .degree = 199, .weights = normal}, Seed{5}),
                    generate::erdos_renyi({.neurons = neurons, .probability = 1.0, .weights = normal}, Seed{5}));
  const auto delayed = with_delays(graph, {1, 101}, Seed{5});
  std::vector<std::vector<double>> delays(neurons, std::vector<double>(neurons));
  for (const auto& edge : delayed.edges()) delays[edge.pre][edge.post] = edge.delay - 51;  // variance (101^2 - 1) / 12
  // |w| of the k-th weight that a neuron draws, against the delay to every other neuron.
  constexpr double mean = 0.7978845608, variance = 1 - mean * mean;
  for (const bool turned : {false, true}) {
    const auto rows = turned ? graph.transposed() : graph;
    double worst = 0;
    for (std::size_t k = 0; k < 100; ++k)
      for (const std::size_t other : {k / 2, k, (k + 1) / 2}) {
        double sum = 0, pairs = 0;
        for (std::uint64_t i = 0; i < neurons; ++i, ++pairs)
          sum += (std::abs(static_cast<double>(rows.weights(i)[k])) - mean) * delays[i][other];
        worst = std::max(worst, sigmas(sum / pairs, 0, variance * 850, pairs));
      }
    CHECK(worst < 6);  // of 600 tests in all, of sums of 200 terms
  }
}

TEST_CASE("a delay is a function of seed and pair, whatever else the graph holds") {
  const UniformDelays range{2, 60};
  const auto all = delays_of(70, range, 9);
  EdgeList<double, std::uint16_t> some{64};
  for (std::uint64_t pre = 64; pre-- > 0;)
    for (std::uint64_t post = pre % 3; post < 64; post += 1 + pre % 5) some.add(pre, post, 1.5);
  const Graph before{some};
  const auto delayed = with_delays(before, range, Seed{9});
  CHECK(delayed.synapses() == before.synapses());
  for (const auto& edge : delayed.edges()) {
    REQUIRE(edge.delay == all[edge.pre][edge.post]);
    REQUIRE(edge.weight == 1.5);
  }
  CHECK(delayed.with_delays([](auto, auto) { return 1; }) == before);
}

TEST_CASE("synapses keep all their weights") {
  EdgeList<std::array<float, 2>> edges{20};
  for (std::uint32_t i = 0; i < 20; ++i) edges.add(i, i * 7 % 20, {static_cast<float>(i), -1.0f});
  const auto delayed = with_delays(Graph{edges}, {1, 9}, Seed{1});
  CHECK(delayed.max_delay() > 5);
  for (std::uint32_t i = 0; i < 20; ++i) CHECK(delayed.weights(i)[0] == std::array{static_cast<float>(i), -1.0f});
}

TEST_CASE("a range of one delay gives that, and none at all if it is one step") {
  const auto graph = all_to_all(9);
  CHECK(with_delays(graph, {}, Seed{1}) == graph);
  CHECK_FALSE(with_delays(graph, {1, 1}, Seed{1}).has_delays());
  const Graph longest = with_delays(graph, {65535, 65535}, Seed{1});
  for (const auto& edge : longest.edges()) CHECK(edge.delay == 65535);
}

TEST_CASE("delays do not change between versions") {
  std::uint64_t hash = 0;
  const Graph graph = with_delays(all_to_all(50), {1, 1000}, Seed{0x123456789ABCDEF0});
  for (const auto& edge : graph.edges())
    hash = detail::mix(detail::mix(detail::mix(hash ^ edge.pre) ^ edge.post) ^ edge.delay);
  CHECK(hash == 0x9b085b9d63ec5200);
}

TEST_CASE("a range that is empty or goes beyond 1 to 65535 is refused") {
  const auto graph = all_to_all(2);
  const auto refuse = [&](UniformDelays range, const std::string& message) {
    check_message<InvalidParameter>([&] { with_delays(graph, range, Seed{1}); }, {message});
  };
  refuse({0, 5}, "shortest = 0 steps must be at least 1 and at most 65535");
  refuse({-3, 5}, "shortest = -3 steps");
  refuse({7, 6}, "longest = 6 steps must be at least shortest = 7");
  refuse({1, 65536}, "longest = 65536 steps must be at least 1 and at most 65535");
}

TEST_CASE("a pair with two synapses cannot be given one delay for both") {
  EdgeList edges{2};
  edges.add(0, 1, 1.0f, 1);
  edges.add(0, 1, 1.0f, 2);
  check_message<InvalidSynapse>([&] { with_delays(Graph{edges}, {1, 9}, Seed{1}); }, {"0 -> 1", "2 times"});
}
