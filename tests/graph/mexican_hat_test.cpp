// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/mexican_hat.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "../catch.hpp"
#include "../message.hpp"
#include "networks.hpp"

using spikeometric::InvalidParameter, spikeometric::InvalidSynapse;
using spikeometric::generate::mexican_hat, spikeometric::generate::MexicanHat;
using namespace networks;

namespace {

std::uint64_t ring_distance(std::uint64_t i, std::uint64_t j, std::uint64_t neurons) {
  std::uint64_t clockwise = 0, anticlockwise = 0;
  for (std::uint64_t k = i; k != j; k = (k + 1) % neurons) ++clockwise;
  for (std::uint64_t k = j; k != i; k = (k + 1) % neurons) ++anticlockwise;
  return std::min(clockwise, anticlockwise);
}

}  // namespace

TEST_CASE("weights are the difference of two Gaussians of the distance on the ring") {
  const auto graph =
      mexican_hat<double>({.neurons = 10, .a = 0.6, .sigma_1 = 1.5, .sigma_2 = 3, .scale = 2.5, .autapses = true});
  REQUIRE(graph.synapses() == 100);
  // 2.5 (exp(-d^2 / 4.5) - 0.6 exp(-d^2 / 18)) for d = 0, ..., 5, from Python.
  const double expected[] = {
      1.0, 0.5829043039318721, -0.17332537810724344, -0.5714577814774184, -0.5452546837994052, -0.36436351281726226};
  for (const auto& edge : graph.edges())
    REQUIRE(std::abs(edge.weight - expected[ring_distance(edge.pre, edge.post, 10)]) < 1e-15);
}

TEST_CASE("all pairs within the radius are connected, and no others") {
  const std::uint64_t neurons = GENERATE(1, 2, 3, 4, 5, 10, 11);
  const std::uint64_t radius = GENERATE(0, 1, 2, 3, 4, 5, 6, 100);
  const bool autapses = GENERATE(false, true);
  const MexicanHat parameters{
      .neurons = neurons, .a = 0.4, .sigma_1 = 2, .sigma_2 = 5, .radius = radius, .autapses = autapses};
  const auto graph = mexican_hat<double>(parameters);
  INFO(neurons << " neurons, radius " << radius);
  std::uint64_t synapses = 0;
  for (std::uint64_t i = 0; i < neurons; ++i)
    for (std::uint64_t j = 0; j < neurons; ++j) {
      const std::uint64_t d = ring_distance(i, j, neurons);
      const bool connected = (d > 0 || autapses) && (radius == 0 || d <= radius);
      REQUIRE(has(graph, i, j) == connected);
      synapses += connected;
    }
  CHECK(graph.synapses() == synapses);
  if (radius > 0 && 2 * radius < neurons) CHECK(graph.synapses() == neurons * (2 * radius + autapses));
  if (radius == 0) CHECK(graph.synapses() == neurons * (neurons - 1 + autapses));
  for (const auto& edge : graph.edges()) {
    const double d = as_double(ring_distance(edge.pre, edge.post, neurons));
    REQUIRE(edge.weight == Approx(std::exp(-d * d / 8) - 0.4 * std::exp(-d * d / 50)).epsilon(1e-14));
  }
}

TEST_CASE("single precision is double precision rounded once, whatever the width of ids") {
  const MexicanHat parameters{.neurons = 200, .a = 0.5, .sigma_1 = 10, .sigma_2 = 20, .scale = 0.3};
  const auto wide = mexican_hat<double>(parameters);
  const auto usual = mexican_hat(parameters);
  const auto narrow = mexican_hat<float, std::uint16_t>(parameters);
  CHECK(usual.rows().targets == wide.rows().targets);
  CHECK(std::equal(wide.rows().weights.begin(), wide.rows().weights.end(), usual.rows().weights.begin(),
                   [](double a, float b) { return static_cast<float>(a) == b; }));
  CHECK(narrow.rows().weights == usual.rows().weights);
}

TEST_CASE("weights that round to zero are left out") {
  // At distance 0 the Gaussians cancel.
  CHECK(mexican_hat({.neurons = 9, .a = 1, .sigma_1 = 1, .sigma_2 = 2, .autapses = true}).synapses() == 9 * 8);
  // Everywhere they do.
  CHECK(mexican_hat({.neurons = 9, .a = 1, .sigma_1 = 2, .sigma_2 = 2, .autapses = true}).synapses() == 0);
  CHECK(mexican_hat({.neurons = 9, .a = 0.5, .sigma_1 = 1, .sigma_2 = 2, .scale = 0, .autapses = true}).synapses() ==
        0);
  // exp(-d^2 / 2) is below half of the smallest float, 2^-150, from d = sqrt(300 ln 2) = 14.42 on.
  const auto vanishing = mexican_hat({.neurons = 100, .a = 0, .sigma_1 = 1, .sigma_2 = 1});
  CHECK(vanishing.synapses() == 100 * 28);
  CHECK(all_equal(in_degrees(vanishing), 28));
  // A sigma so small that the quotient overflows: only the neuron itself is near.
  CHECK(mexican_hat({.neurons = 9, .a = 0.5, .sigma_1 = 1e-310, .sigma_2 = 1e-320, .autapses = true}).synapses() == 9);
}

TEST_CASE("large rings take time and memory for the synapses that they have") {
  const std::uint64_t neurons = 300'000;
  const auto graph = mexican_hat({.neurons = neurons, .a = 0.5, .sigma_1 = 2, .sigma_2 = 3, .radius = 4});
  CHECK(graph.synapses() == neurons * 8);
  CHECK(all_equal(in_degrees(graph), 8));
  CHECK(all_equal(out_degrees(graph), 8));
  CHECK(has(graph, 0, neurons - 4));
  CHECK(has(graph, neurons - 1, 3));
  CHECK(graph.weights(0)[4] == graph.weights(150'000).front());  // both at distance 4
  CHECK(mexican_hat({.neurons = neurons, .a = 0.5, .sigma_1 = 0.2, .sigma_2 = 0.3}).synapses() == neurons * 8);
}

TEST_CASE("Mexican hats do not change between versions, compilers and instruction sets") {
  CHECK(hash_of(mexican_hat({.neurons = 300, .a = 1.0015, .sigma_1 = 6.98, .sigma_2 = 7})) == 0xf7cfed1f5083ab95);
  CHECK(hash_of(mexican_hat<double>(
            {.neurons = 301, .a = 0.5, .sigma_1 = 10, .sigma_2 = 30, .scale = -0.7, .radius = 60, .autapses = true})) ==
        0x29a5ec9358afbc51);
}

TEST_CASE("an invalid Mexican hat is refused, and the message names the parameter and its value") {
  const auto refuse = [](const MexicanHat& parameters, std::initializer_list<std::string> parts) {
    check_message<InvalidParameter>([&] { mexican_hat(parameters); }, parts);
  };
  refuse({.neurons = 0, .sigma_1 = 1, .sigma_2 = 1}, {"neurons = 0", "at least 1"});
  refuse({.neurons = (std::uint64_t{1} << 32) + 1, .sigma_1 = 1, .sigma_2 = 1}, {"neurons = 4294967297"});
  refuse({.neurons = 5, .a = not_a_number, .sigma_1 = 1, .sigma_2 = 1}, {"a = nan"});
  refuse({.neurons = 5, .a = infinity, .sigma_1 = 1, .sigma_2 = 1}, {"a = inf"});
  refuse({.neurons = 5, .sigma_2 = 1}, {"sigma_1 = 0", "above 0"});
  refuse({.neurons = 5, .sigma_1 = 1}, {"sigma_2 = 0", "above 0"});
  refuse({.neurons = 5, .sigma_1 = -1, .sigma_2 = 1}, {"sigma_1 = -1"});
  refuse({.neurons = 5, .sigma_1 = not_a_number, .sigma_2 = 1}, {"sigma_1 = nan"});
  refuse({.neurons = 5, .sigma_1 = 1, .sigma_2 = infinity}, {"sigma_2 = inf"});
  refuse({.neurons = 5, .sigma_1 = 1, .sigma_2 = 2, .scale = not_a_number}, {"scale = nan"});
  refuse({.neurons = 5, .sigma_1 = 1, .sigma_2 = 2, .scale = infinity}, {"scale = inf"});
  check_message<InvalidSynapse>([] { mexican_hat({.neurons = 5, .sigma_1 = 1, .sigma_2 = 2, .scale = 1e300}); },
                                {"0 -> 1", "inf"});
}
