// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/erdos_renyi.hpp"

#include <cmath>
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
#include "spikeometric/graph/normal.hpp"

using spikeometric::InvalidParameter, spikeometric::InvalidSynapse, spikeometric::Seed;
using spikeometric::generate::erdos_renyi, spikeometric::generate::ErdosRenyi;
using namespace networks;

TEST_CASE("degrees of an Erdos-Renyi network are binomial, with autapses or without") {
  const double p = GENERATE(0.002, 0.1, 0.7);
  const bool autapses = GENERATE(false, true);
  constexpr std::uint64_t neurons = support::slow_build ? 500 : 2000;
  const auto graph = erdos_renyi({.neurons = neurons, .probability = p, .autapses = autapses}, Seed{1});
  INFO("probability " << p);
  check_binomial(out_degrees(graph), as_double(autapses ? neurons : neurons - 1), p);
  check_binomial(in_degrees(graph), as_double(autapses ? neurons : neurons - 1), p);
  if (autapses)
    CHECK(sigmas(as_double(networks::autapses(graph)), as_double(neurons) * p, as_double(neurons) * p * (1 - p)) < 5);
  else
    CHECK(networks::autapses(graph) == 0);
}

TEST_CASE("probability 1 connects all pairs, and probability 0 none") {
  const std::uint64_t neurons = GENERATE(1, 2, 100);
  CHECK(erdos_renyi({.neurons = neurons, .probability = 1}, Seed{2}).synapses() == neurons * (neurons - 1));
  CHECK(erdos_renyi({.neurons = neurons, .probability = 1, .autapses = true}, Seed{2}).synapses() == neurons * neurons);
  CHECK(erdos_renyi({.neurons = neurons, .probability = 0, .autapses = true}, Seed{2}).synapses() == 0);
}

TEST_CASE("pairs are connected independently") {
  constexpr std::uint32_t neurons = support::slow_build ? 500 : 2000;
  const double p = GENERATE(0.05, 0.5);
  const auto graph = erdos_renyi({.neurons = neurons, .probability = p}, Seed{3});
  // Over disjoint pairs of places in the matrix that avoid its diagonal, so that the counts are binomial.
  std::uint64_t rows = 0, columns = 0, mirrored = 0, pairs = 0;
  for (std::uint32_t i = 0; i < neurons; i += 2)
    for (std::uint32_t j = 0; j < neurons; j += 2) {
      if (i == j) continue;
      ++pairs;
      rows += has(graph, i, j) && has(graph, i + 1, j);
      columns += has(graph, i, j) && has(graph, i, j + 1);
      mirrored += i < j && has(graph, i, j) && has(graph, j, i);
    }
  const double both = p * p, n = as_double(pairs);
  CHECK(sigmas(as_double(rows), n * both, n * both * (1 - both)) < 5);
  CHECK(sigmas(as_double(columns), n * both, n * both * (1 - both)) < 5);
  CHECK(sigmas(as_double(mirrored), n / 2 * both, n / 2 * both * (1 - both)) < 5);
}

TEST_CASE("the same pairs are connected as in a normal network of the same seed") {
  const double p = GENERATE(0.01, 0.5);
  const auto graph = erdos_renyi({.neurons = 500, .probability = p}, Seed{4});
  const auto normal = spikeometric::generate::normal({.neurons = 500, .probability = p}, Seed{4});
  CHECK(graph.rows().offsets == normal.rows().offsets);
  CHECK(graph.rows().targets == normal.rows().targets);
}

TEST_CASE("weights are all 1 by default, or the mean where they have no spread") {
  const auto ones = erdos_renyi({.neurons = 100}, Seed{5});
  CHECK(count_if(ones, [](auto, auto, auto weight) { return weight == 1.0f; }) == ones.synapses());
  const auto negative = erdos_renyi({.neurons = 100, .weights = {.mean = -0.1}}, Seed{5});
  CHECK(count_if(negative, [](auto, auto, auto weight) { return weight == -0.1f; }) == ones.synapses());
}

TEST_CASE("weights are normal, of either sign, where no neurons are inhibitory") {
  const auto graph =
      erdos_renyi<double>({.neurons = 1000, .probability = 0.2, .weights = {.mean = -1, .std = 2}}, Seed{6});
  CHECK(kolmogorov_smirnov(weights(graph),
                           [](double w) { return 0.5 * std::erfc(-(w + 1) / 2 / std::numbers::sqrt2); }) < 2.75);
}

TEST_CASE("a Brunel network has a fraction of inhibitory neurons, whose weights are g times as large") {
  const ErdosRenyi brunel{
      .neurons = 1250, .probability = 0.1, .weights = {.mean = 0.1, .inhibitory_fraction = 0.2, .inhibitory_scale = 5}};
  const auto graph = erdos_renyi(brunel, Seed{7});
  CHECK(count_if(graph, [](auto pre, auto, auto w) { return w == (pre < 1000 ? 0.1f : -0.5f); }) == graph.synapses());

  ErdosRenyi spread = brunel;
  spread.weights.std = 0.3;
  const auto folded = erdos_renyi<double>(spread, Seed{7});
  std::vector<double> magnitudes[2];
  for (const auto& edge : folded.edges()) {
    REQUIRE((edge.pre < 1000 ? edge.weight > 0 : edge.weight < 0));
    magnitudes[edge.pre >= 1000].push_back(edge.pre < 1000 ? edge.weight : -edge.weight / 5);
  }
  for (const auto& sample : magnitudes)  // P(|w| < x) = P(w < x) - P(w < -x)
    CHECK(kolmogorov_smirnov(sample, [](double x) {
            const auto below = [](double w) { return 0.5 * std::erfc(-(w - 0.1) / 0.3 / std::numbers::sqrt2); };
            return below(x) - below(-x);
          }) < 2.75);
}

TEST_CASE("networks of more than 2^16 neurons have synapses everywhere") {
  constexpr std::uint64_t neurons = 140'000, border = 65'536;
  constexpr double p = support::slow_build ? 1e-5 : 1e-4;
  const auto graph = erdos_renyi({.neurons = neurons, .probability = p}, Seed{8});
  std::uint64_t count[3] = {};
  for (const auto& edge : graph.edges()) ++count[edge.post / border];
  const double sizes[3] = {as_double(border), as_double(border), as_double(neurons - 2 * border)};
  for (const int block : {0, 1, 2}) {
    const double expected = as_double(neurons) * sizes[block] * p;
    CHECK(sigmas(as_double(count[block]), expected, expected) < 5);
  }
}

TEST_CASE("Erdos-Renyi networks do not change between versions, compilers and instruction sets") {
  CHECK(hash_of(erdos_renyi({.neurons = 1000}, Seed{7})) == 0x756532254d9f9743);
  CHECK(hash_of(erdos_renyi<double>({.neurons = 501,
                                     .probability = 0.3,
                                     .weights = {.mean = 1, .std = 0.5, .inhibitory_fraction = 0.25},
                                     .autapses = true},
                                    Seed{8})) == 0xe1a83bf943a4cf5f);
}

TEST_CASE("an invalid Erdos-Renyi network is refused, and the message names the parameter and its value") {
  const auto refuse = [](const ErdosRenyi& parameters, std::initializer_list<std::string> parts) {
    check_message<InvalidParameter>([&] { erdos_renyi(parameters, Seed{1}); }, parts);
  };
  refuse({.neurons = 0}, {"neurons = 0", "at least 1"});
  refuse({.neurons = (std::uint64_t{1} << 32) + 1}, {"neurons = 4294967297"});
  refuse({.neurons = 5, .probability = 1.5}, {"probability = 1.5", "at least 0 and at most 1"});
  refuse({.neurons = 5, .probability = not_a_number}, {"probability = nan"});
  refuse({.neurons = 5, .weights = {.mean = infinity}}, {"mean = inf"});
  refuse({.neurons = 5, .weights = {.std = -1}}, {"std = -1"});
  refuse({.neurons = 5, .weights = {.inhibitory_fraction = 2}}, {"inhibitory_fraction = 2"});
  refuse({.neurons = 5, .weights = {.inhibitory_scale = -2}}, {"inhibitory_scale = -2"});
  check_message<InvalidSynapse>(
      [] { erdos_renyi({.neurons = 5, .probability = 1, .weights = {.mean = 1e300}}, Seed{1}); }, {"0 -> 1", "inf"});
}
