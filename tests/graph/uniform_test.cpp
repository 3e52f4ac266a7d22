// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/uniform.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "networks.hpp"

using spikeometric::InvalidParameter, spikeometric::InvalidSynapse, spikeometric::Seed;
using spikeometric::generate::Scaling, spikeometric::generate::uniform, spikeometric::generate::Uniform;
using namespace networks;

TEST_CASE("a uniform network has as many synapses as its probability says") {
  const double p = GENERATE(1e-5, 0.03, 0.3, 0.9);
  const bool autapses = GENERATE(false, true);
  const std::uint64_t neurons = p < 0.1 ? 4000 : 1000;
  const auto graph = uniform({.neurons = neurons, .probability = p, .autapses = autapses}, Seed{1});
  const double pairs = as_double(neurons * (autapses ? neurons : neurons - 1));
  INFO("probability " << p);
  CHECK(sigmas(as_double(graph.synapses()), pairs * p, pairs * p * (1 - p)) < 5);
  if (!autapses) CHECK(networks::autapses(graph) == 0);
}

TEST_CASE("probability 1 connects all pairs, and probability 0 none") {
  CHECK(uniform({.neurons = 50, .probability = 1}, Seed{2}).synapses() == 50 * 49);
  CHECK(uniform({.neurons = 50, .probability = 1, .autapses = true}, Seed{2}).synapses() == 50 * 50);
  CHECK(uniform({.neurons = 50, .probability = 0, .autapses = true}, Seed{2}).synapses() == 0);
}

TEST_CASE("weights are uniform between the bounds") {
  struct Case {
    double low, high;
  };
  const auto [low, high] = GENERATE(Case{0, 1}, Case{-3, 1}, Case{2, 5}, Case{-5, -4.5}, Case{-0.1, 0.2});
  const auto graph = uniform<double>({.neurons = 700, .probability = 0.5, .low = low, .high = high}, Seed{3});
  const auto all = weights(graph);
  INFO("from " << low << " to " << high);
  const double first = low, width = high - low;
  const auto [smallest, largest] = std::minmax_element(all.begin(), all.end());
  CHECK(*smallest >= low);
  CHECK(*smallest < low + 1e-4 * width);  // of 245,000 one is, but for a probability of 1e-10
  CHECK(*largest <= high);
  CHECK(*largest > high - 1e-4 * width);
  CHECK(kolmogorov_smirnov(all, [=](double w) { return (w - first) / width; }) < 2.75);
  // Each half of the neurons: where the range is not symmetric there is no Dale's law.
  for (const bool half : {false, true}) {
    double sum = 0, n = 0;
    for (const auto& edge : graph.edges())
      if (half == (edge.pre >= 350)) {
        sum += edge.weight;
        ++n;
      }
    CHECK(sigmas(sum / n, low + width / 2, width * width / 12, n) < 5);
  }
}

TEST_CASE("where the bounds are symmetric, neurons in the first half excite and those in the second half inhibit") {
  const std::uint64_t neurons = GENERATE(1, 2, 3, 10, 11, 1000);
  const auto graph = uniform<double>({.neurons = neurons, .probability = 0.5, .low = -2, .high = 2}, Seed{4});
  const std::uint64_t excitatory = neurons / 2 + neurons % 2;
  CHECK(count_if(graph, [&](auto pre, auto, auto w) { return w > 0 ? pre >= excitatory : pre < excitatory; }) == 0);
  auto magnitudes = weights(graph);
  for (double& weight : magnitudes) weight = std::abs(weight);
  if (neurons == 1000) CHECK(kolmogorov_smirnov(magnitudes, [](double w) { return w / 2; }) < 2.75);
}

TEST_CASE("bounds that are equal give all synapses that weight") {
  const auto graph = uniform({.neurons = 20, .probability = 1, .low = 0.1, .high = 0.1}, Seed{5});
  CHECK(count_if(graph, [](auto, auto, auto weight) { return weight == 0.1f; }) == 20 * 19);
}

TEST_CASE("a weight does not depend on the gap before its synapse") {
  const double p = 0.05;
  const auto graph = uniform<double>({.neurons = 3000, .probability = p, .low = 0, .high = 1}, Seed{6});
  double sum = 0, n = 0;
  for (std::uint64_t pre = 0; pre < graph.neurons(); ++pre)
    for (std::size_t i = 1; i < graph.out_degree(pre); ++i, ++n)
      sum += (graph.weights(pre)[i] - 0.5) * (graph.targets(pre)[i] - graph.targets(pre)[i - 1] - 1 / p);
  CHECK(sigmas(sum / n, 0, (1 - p) / (p * p) / 12, n) < 5);  // the gap is geometric
}

TEST_CASE("uniform weights are divided by nothing, unless it is asked for") {
  Uniform parameters{.neurons = 400, .probability = 0.25, .low = -1, .high = 3};
  const auto plain = uniform<double>(parameters, Seed{7});
  const auto check = [&](Scaling scaling, double divisor) {
    parameters.scaling = scaling;
    const auto graph = uniform<double>(parameters, Seed{7});
    REQUIRE(graph.rows().targets == plain.rows().targets);
    double worst = 0;
    for (std::size_t i = 0; i < plain.synapses(); ++i)
      worst = std::max(worst, std::abs(graph.rows().weights[i] * divisor - plain.rows().weights[i]));
    CHECK(worst < 3 * 0x1p-52);
  };
  check(Scaling::none, 1);
  check(Scaling::neurons, 20);
  check(Scaling::in_degree, 10);
}

TEST_CASE("uniform networks do not change between versions, compilers and instruction sets") {
  CHECK(hash_of(uniform({.neurons = 1000, .probability = 0.1}, Seed{7})) == 0xecfbad197c1efe97);
  CHECK(hash_of(uniform<double>({.neurons = 501, .probability = 0.3, .low = 0.5, .high = 2}, Seed{8})) ==
        0x9a4685a6a75d3ce1);
}

TEST_CASE("an invalid uniform network is refused, and the message names the parameter and its value") {
  const auto refuse = [](const Uniform& parameters, std::initializer_list<std::string> parts) {
    check_message<InvalidParameter>([&] { uniform(parameters, Seed{1}); }, parts);
  };
  refuse({.neurons = 0}, {"neurons = 0", "at least 1"});
  refuse({.neurons = (std::uint64_t{1} << 32) + 1}, {"neurons = 4294967297"});
  refuse({.neurons = 5, .probability = -0.25}, {"probability = -0.25", "at least 0 and at most 1"});
  refuse({.neurons = 5, .probability = not_a_number}, {"probability = nan"});
  refuse({.neurons = 5, .low = 2, .high = 1.5}, {"low = 2", "high = 1.5"});
  refuse({.neurons = 5, .low = not_a_number}, {"low = nan"});
  refuse({.neurons = 5, .low = -infinity}, {"low = -inf"});
  refuse({.neurons = 5, .high = not_a_number}, {"high = nan"});
  refuse({.neurons = 5, .high = infinity}, {"high = inf"});
  check_message<InvalidSynapse>([] { uniform({.neurons = 5, .probability = 1, .low = 1e300, .high = 2e300}, Seed{1}); },
                                {"0 -> 1", "inf"});  // beyond float
  CHECK_THROWS_AS(uniform<double>({.neurons = 5, .probability = 1, .low = -1.7e308, .high = 1.6e308}, Seed{1}),
                  InvalidSynapse);  // the width is beyond double
}
