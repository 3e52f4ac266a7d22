// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/normal.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <numbers>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "../support.hpp"
#include "networks.hpp"

using spikeometric::Edge, spikeometric::Graph, spikeometric::InvalidGraph, spikeometric::InvalidParameter,
    spikeometric::InvalidSynapse, spikeometric::Seed;
using spikeometric::generate::normal, spikeometric::generate::Normal, spikeometric::generate::Scaling;
using namespace networks;

TEST_CASE("a normal network has as many synapses as its probability says") {
  const double p = GENERATE(1e-5, 1e-3, 0.03, 0.3, 0.9, 0.9999);
  const std::uint64_t neurons = p < 0.1 ? 4000 : 1000;
  const auto graph = normal({.neurons = neurons, .probability = p}, Seed{1});
  const double pairs = as_double(neurons * (neurons - 1));
  INFO("probability " << p);
  CHECK(sigmas(as_double(graph.synapses()), pairs * p, pairs * p * (1 - p)) < 5);  // binomial
  CHECK(autapses(graph) == 0);
}

TEST_CASE("probability 1 connects every pair once, and probability 0 none") {
  const std::uint64_t neurons = GENERATE(1, 2, 3, 100);
  const auto complete = normal({.neurons = neurons, .probability = 1}, Seed{2});
  REQUIRE(complete.synapses() == neurons * (neurons - 1));
  for (std::uint32_t pre = 0; pre < neurons; ++pre)
    for (std::uint32_t i = 0; i + 1 < neurons; ++i) REQUIRE(complete.targets(pre)[i] == i + (i >= pre));
  const double p = GENERATE(0.0, 1e-300, 5e-324);
  const auto empty = normal({.neurons = neurons, .probability = p}, Seed{2});
  CHECK(empty.neurons() == neurons);
  CHECK(empty.synapses() == 0);
}

TEST_CASE("autapses are as probable as other synapses, where they are wanted, and change no other synapse") {
  const double p = GENERATE(0.02, 0.6, 1.0);
  const std::uint64_t neurons = support::slow_build ? 300 : 1000;
  const auto without = normal({.neurons = neurons, .probability = p}, Seed{16});
  const auto with = normal({.neurons = neurons, .probability = p, .autapses = true}, Seed{16});
  CHECK(sigmas(as_double(autapses(with)), as_double(neurons) * p, as_double(neurons) * p * (1 - p) + 1e-9) < 5);
  std::vector<Edge<>> rest;
  for (const auto& edge : with.edges())
    if (edge.pre != edge.post) rest.push_back(edge);
  const std::vector<Edge<>> edges(without.edges().begin(), without.edges().end());
  CHECK(rest == edges);
}

TEST_CASE("the coin tossed for each pair is that of geometric skips, computed plainly") {
  const double p = GENERATE(0.003, 0.2, 1.0);
  const std::uint64_t neurons = 300;
  std::vector<Edge<double>> expected;
  for (std::uint32_t pre = 0; pre < neurons; ++pre) {
    std::uint64_t target = 0;
    for (std::uint32_t draw = 0;; ++draw, ++target) {
      const auto bits = spikeometric::philox({{draw, pre, 0, 4u << 24}}, Seed{77});
      const double u = spikeometric::uniform(bits[0], bits[1]);
      target += p < 1 ? static_cast<std::uint64_t>(std::floor(std::log(u) / std::log1p(-p))) : 0;
      if (target >= neurons) break;
      const double magnitude = std::abs(0.5 + 2 * spikeometric::normal(bits[2], bits[3]));
      if (target != pre)
        expected.push_back({pre, static_cast<std::uint32_t>(target), pre < 150 ? magnitude : -magnitude});
    }
  }
  const auto graph =
      normal<double>({.neurons = neurons, .probability = p, .mean = 0.5, .std = 2, .scaling = Scaling::none}, Seed{77});
  const std::vector<Edge<double>> edges(graph.edges().begin(), graph.edges().end());
  CHECK(edges == expected);
}

TEST_CASE("neurons in the first half excite and those in the second half inhibit") {
  const std::uint64_t neurons = GENERATE(1, 2, 3, 10, 11, 1000, 1001);
  const double mean = GENERATE(0.0, 3.0, -3.0);
  const auto graph = normal({.neurons = neurons, .probability = 0.9, .mean = mean}, Seed{3});
  const std::uint64_t excitatory = neurons / 2 + neurons % 2;
  INFO(neurons << " neurons");
  CHECK(count_if(graph,
                 [&](auto pre, auto, auto weight) { return weight > 0 ? pre >= excitatory : pre < excitatory; }) == 0);
}

TEST_CASE("weights are folded normals") {
  struct Case {
    double mean, std;
  };
  const auto [mean, std] = GENERATE(Case{0, 1}, Case{0, 5}, Case{2, 1}, Case{-2, 1}, Case{0.1, 3});
  const std::uint64_t neurons = support::slow_build ? 500 : 2000;
  const auto graph =
      normal({.neurons = neurons, .probability = 0.25, .mean = mean, .std = std, .scaling = Scaling::none}, Seed{4});
  const double n = as_double(graph.synapses());
  double sum[2] = {}, squares[2] = {}, count[2] = {};
  for (const auto& edge : graph.edges()) {
    const bool excites = edge.pre < neurons / 2;
    const double magnitude = std::abs(edge.weight);
    sum[excites] += magnitude;
    squares[excites] += magnitude * magnitude;
    ++count[excites];
  }
  // Of |x|, x normal (Leone, Nelson and Nottingham 1961); E x^2 and E x^4 are those of the normal.
  const double folded = std * std::sqrt(2 / std::numbers::pi) * std::exp(-mean * mean / (2 * std * std)) +
                        mean * std::erf(mean / (std * std::numbers::sqrt2));
  const double square = mean * mean + std * std, fourth_less_square = 2 * std * std * (std * std + 2 * mean * mean);
  INFO("mean " << mean << ", std " << std);
  CHECK(n > 0.22 * as_double(neurons * neurons));
  for (const int half : {0, 1}) {
    CHECK(sigmas(sum[half] / count[half], folded, square - folded * folded, count[half]) < 5);
    CHECK(sigmas(squares[half] / count[half], square, fourth_less_square, count[half]) < 5);
  }
}

TEST_CASE("weights of no spread are all the mean") {
  const auto graph =
      normal({.neurons = 10, .probability = 1, .mean = -1.5, .std = 0, .scaling = Scaling::none}, Seed{5});
  CHECK(count_if(graph, [](auto pre, auto, auto weight) { return weight == (pre < 5 ? 1.5f : -1.5f); }) == 90);
}

TEST_CASE("scaling divides weights by the root of neurons times probability, of neurons, or not at all") {
  Normal parameters{.neurons = 400, .probability = 0.2, .mean = 1, .std = 3};
  const auto of = [&](Scaling scaling) {
    parameters.scaling = scaling;
    return normal<double>(parameters, Seed{6});
  };
  const auto plain = of(Scaling::none), by_neurons = of(Scaling::neurons), by_in_degree = of(Scaling::in_degree);
  CHECK(normal<double>({.neurons = 400, .probability = 0.2, .mean = 1, .std = 3}, Seed{6}) == by_in_degree);
  REQUIRE(plain.rows().targets == by_neurons.rows().targets);
  REQUIRE(plain.rows().targets == by_in_degree.rows().targets);
  double worst = 0;
  for (std::size_t i = 0; i < plain.synapses(); ++i) {
    const double weight = plain.rows().weights[i];
    worst = std::max(worst, std::abs(by_neurons.rows().weights[i] * 20 / weight - 1));
    worst = std::max(worst, std::abs(by_in_degree.rows().weights[i] * std::sqrt(80.0) / weight - 1));
  }
  CHECK(worst < 4 * 0x1p-52);  // a root, a division and two products, rounded
}

TEST_CASE("a network of single precision is that of double precision rounded, whatever the width of ids") {
  const Normal parameters{.neurons = 500, .probability = 0.1, .std = 5};
  const auto wide = normal<double>(parameters, Seed{7});
  const auto usual = normal(parameters, Seed{7});
  const auto narrow = normal<float, std::uint16_t>(parameters, Seed{7});
  CHECK(usual.rows().targets == wide.rows().targets);
  CHECK(std::equal(usual.rows().targets.begin(), usual.rows().targets.end(), narrow.rows().targets.begin()));
  CHECK(usual.rows().weights == narrow.rows().weights);
  CHECK(std::equal(usual.rows().weights.begin(), usual.rows().weights.end(), wide.rows().weights.begin(),
                   [](float a, double b) { return a == static_cast<float>(b); }));
}

TEST_CASE("in- and out-degrees are binomial") {
  const double p = GENERATE(0.002, 0.1, 0.7);
  const std::uint64_t neurons = support::slow_build ? 600 : 3000;
  const auto graph = normal({.neurons = neurons, .probability = p}, Seed{8});
  INFO("probability " << p);
  check_binomial(out_degrees(graph), as_double(neurons - 1), p);
  check_binomial(in_degrees(graph), as_double(neurons - 1), p);
}

TEST_CASE("synapses are independent of each other") {
  constexpr std::uint32_t neurons = support::slow_build ? 500 : 2000;
  const double p = GENERATE(0.05, 0.5);
  const auto graph = normal({.neurons = neurons, .probability = p}, Seed{9});
  // Over disjoint pairs of places in the matrix that avoid its diagonal, so that the counts are binomial.
  std::uint64_t rows = 0, columns = 0, mirrored = 0, pairs = 0, mirrored_pairs = 0;
  for (std::uint32_t i = 0; i < neurons; i += 2)
    for (std::uint32_t j = 0; j < neurons; j += 2) {
      if (i == j) continue;
      ++pairs;
      rows += has(graph, i, j) && has(graph, i + 1, j);
      columns += has(graph, i, j) && has(graph, i, j + 1);
      if (i < j) {
        ++mirrored_pairs;
        mirrored += has(graph, i, j) && has(graph, j, i);
      }
    }
  const double both = p * p, n = as_double(pairs), m = as_double(mirrored_pairs);
  CHECK(sigmas(as_double(rows), n * both, n * both * (1 - both)) < 5);
  CHECK(sigmas(as_double(columns), n * both, n * both * (1 - both)) < 5);
  CHECK(sigmas(as_double(mirrored), m * both, m * both * (1 - both)) < 5);
}

TEST_CASE("a weight depends neither on the gap before its synapse nor on the weight before") {
  const double p = 0.05;
  const auto graph = normal<double>(
      {.neurons = support::slow_build ? 1000u : 4000u, .probability = p, .scaling = Scaling::none}, Seed{10});
  const double mean = std::sqrt(2 / std::numbers::pi), variance = 1 - mean * mean;
  double with_gap = 0, with_weight = 0, n = 0;
  for (std::uint64_t pre = 0; pre < graph.neurons(); ++pre)
    for (std::size_t i = 1; i < graph.out_degree(pre); ++i, ++n) {
      const double weight = std::abs(graph.weights(pre)[i]) - mean;
      with_gap += weight * (graph.targets(pre)[i] - graph.targets(pre)[i - 1] - 1 / p);
      with_weight += weight * (std::abs(graph.weights(pre)[i - 1]) - mean);
    }
  // The gap is geometric: variance (1 - p) / p^2. (Rows end, which makes it a little less.)
  CHECK(sigmas(with_gap / n, 0, variance * (1 - p) / (p * p), n) < 5);
  CHECK(sigmas(with_weight / n, 0, variance * variance, n) < 5);
}

TEST_CASE("networks of more than 2^16 neurons have synapses on both sides of the border, independently") {
  constexpr std::uint64_t neurons = 70'000, border = 65'536;
  constexpr double p = 1e-4;
  const auto graph = normal({.neurons = neurons, .probability = p}, Seed{11});
  std::uint64_t count[2][2] = {}, shifted = 0, next_to_border = 0;
  for (const auto& edge : graph.edges()) {
    const std::uint64_t pre = edge.pre, post = edge.post;
    ++count[pre >= border][post >= border];
    shifted += post >= border && has(graph, pre, post - border);
    next_to_border += post + 100 >= border && post < border + 100;
  }
  const double sizes[2] = {as_double(border), as_double(neurons - border)};
  for (const int from : {0, 1})
    for (const int to : {0, 1}) {
      const double pairs = sizes[from] * (sizes[to] - (from == to));
      INFO("from block " << from << " to block " << to);
      CHECK(sigmas(as_double(count[from][to]), pairs * p, pairs * p * (1 - p)) < 5);
    }
  // Did both blocks use the same draws, the second would repeat the first.
  const double both = as_double(neurons) * sizes[1] * p * p;
  CHECK(as_double(shifted) < both + 5 * std::sqrt(both));
  const double near = as_double(neurons) * 200 * p;
  CHECK(sigmas(as_double(next_to_border), near, near) < 5);

  std::uint64_t complete_row = 0;
  const auto all = spikeometric::generate::detail::synapses_of<std::uint32_t>(
      Normal{.neurons = neurons, .probability = 1, .autapses = true}, Seed{11});
  for (std::uint64_t part = 3 * all.parts; part < 4 * all.parts; ++part)
    for (auto synapses = all.synapses(part); synapses.next();) complete_row += synapses.partner() == complete_row;
  CHECK(complete_row == neurons);
}

TEST_CASE("16-bit ids serve up to 65536 neurons") {
  const auto graph = normal<float, std::uint16_t>({.neurons = 65'536, .probability = 1e-4}, Seed{12});
  const double pairs = 65'536.0 * 65'535.0;
  CHECK(sigmas(as_double(graph.synapses()), pairs * 1e-4, pairs * 1e-4) < 5);
  CHECK(count_if(graph, [](auto, auto post, auto) { return post >= 65'000; }) > 0);
  check_message<InvalidGraph>([] { normal<float, std::uint16_t>({.neurons = 65'537, .probability = 0}, Seed{12}); },
                              {"65537 neurons", "16 bits"});
}

TEST_CASE("a network is the corner of every larger one of the same seed, but for signs and scale") {
  constexpr std::uint64_t small = 1000;
  const auto of = [](std::uint64_t neurons) {
    return normal({.neurons = neurons, .probability = 0.01, .std = 2, .scaling = Scaling::none}, Seed{13});
  };
  const auto corner_of = [](const Graph<>& graph) {
    std::vector<Edge<>> edges;
    for (const auto& edge : graph.edges())
      if (edge.pre < small && edge.post < small) edges.push_back({edge.pre, edge.post, std::abs(edge.weight)});
    return edges;
  };
  CHECK(corner_of(of(small)) == corner_of(of(2500)));
}

TEST_CASE("the same seed gives the same network, and another seed another") {
  const Normal parameters{.neurons = 300, .probability = 0.1};
  const auto graph = normal(parameters, Seed{14});
  CHECK(normal(parameters, Seed{14}) == graph);
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{15}, 14 + (std::uint64_t{1} << 32)}) {
    const auto other = normal(parameters, Seed{seed});
    CHECK_FALSE(other == graph);
    const auto common = count_if(graph, [&](auto pre, auto post, auto) { return has(other, pre, post); });
    const double pairs = 300.0 * 299.0;
    CHECK(sigmas(as_double(common), pairs * 0.01, pairs * 0.01 * 0.99) < 5);  // p^2 of all pairs
  }
}

TEST_CASE("generated networks do not change between versions, compilers and instruction sets") {
  CHECK(hash_of(normal({.neurons = 1000, .probability = 0.1, .std = 5}, Seed{7})) == 0x168eeda7fe7bbcf1);
  CHECK(hash_of(normal<double>({.neurons = 501, .probability = 0.3, .mean = 1}, Seed{8})) == 0x3f115c156e6ba715);
  CHECK(hash_of(normal({.neurons = 70'000, .probability = 1e-5, .scaling = Scaling::neurons}, Seed{9})) ==
        0x42aa755172baf5b3);
}

TEST_CASE("a network that cannot be generated is refused, and the message names the parameter and its value") {
  const auto refuse = [](Normal parameters, std::initializer_list<std::string> parts) {
    check_message<InvalidParameter>([&] { normal(parameters, Seed{1}); }, parts);
  };
  refuse({.neurons = 0}, {"neurons = 0", "at least 1"});
  refuse({.neurons = (std::uint64_t{1} << 32) + 1}, {"neurons = 4294967297"});
  refuse({.neurons = 5, .probability = -0.25}, {"probability", "-0.25"});
  refuse({.neurons = 5, .probability = 1.5}, {"probability", "1.5", "at least 0 and at most 1"});
  refuse({.neurons = 5, .probability = not_a_number}, {"probability", "nan"});
  refuse({.neurons = 5, .mean = not_a_number}, {"mean", "nan"});
  refuse({.neurons = 5, .mean = -infinity}, {"mean", "-inf"});
  refuse({.neurons = 5, .std = -1}, {"std", "-1"});
  refuse({.neurons = 5, .std = not_a_number}, {"std", "nan"});
  refuse({.neurons = 5, .std = infinity}, {"std", "inf"});
  check_message<InvalidSynapse>([] { normal({.neurons = 5, .probability = 1, .std = 1e300}, Seed{1}); },
                                {"0 -> 1", "inf"});  // beyond what float can hold
}

TEST_CASE("the message shows enough digits of a value close to the bound") {
  check_message<InvalidParameter>([] { normal({.neurons = 5, .probability = 1 + 1e-9}, Seed{1}); }, {"1.000000001"});
  check_message<InvalidParameter>([] { normal({.neurons = 5, .std = -1e-9}, Seed{1}); }, {"-1e-09"});
}
