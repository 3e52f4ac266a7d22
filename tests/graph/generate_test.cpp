// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/generate.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "networks.hpp"

using spikeometric::Graph, spikeometric::InvalidGraph, spikeometric::Seed;
using namespace spikeometric::generate;
using namespace networks;

namespace {

struct Generator {
  std::string name;
  std::function<Graph<>(std::uint64_t neurons, Seed)> make;
};

/// Every generator that draws who is connected; each pair with probability 0.1, or nearly so.
std::vector<Generator> generators() {
  const auto tenth = [](std::uint64_t neurons) { return (neurons - 1) / 20 * 2; };  // even
  return {
      {"normal", [](std::uint64_t n, Seed s) { return spikeometric::generate::normal({.neurons = n}, s); }},
      {"uniform", [](std::uint64_t n, Seed s) { return spikeometric::generate::uniform({.neurons = n}, s); }},
      {"erdos_renyi", [](std::uint64_t n, Seed s) { return erdos_renyi({.neurons = n}, s); }},
      {"fixed_in_degree",
       [=](std::uint64_t n, Seed s) { return fixed_in_degree({.neurons = n, .degree = tenth(n)}, s); }},
      {"fixed_out_degree",
       [=](std::uint64_t n, Seed s) { return fixed_out_degree({.neurons = n, .degree = tenth(n)}, s); }},
      {"small_world",
       [=](std::uint64_t n, Seed s) { return small_world({.neurons = n, .degree = tenth(n), .rewiring = 1}, s); }},
  };
}

}  // namespace

TEST_CASE("the same seed gives the same network, and another seed one that shares synapses by chance only") {
  for (const Generator& generator : generators()) {
    INFO(generator.name);
    const auto graph = generator.make(301, Seed{1});
    CHECK(generator.make(301, Seed{1}) == graph);
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{2}, 1 + (std::uint64_t{1} << 32)}) {
      const auto other = generator.make(301, Seed{seed});
      CHECK_FALSE(other == graph);
      // A rewired synapse seldom ends at a neighbour, which makes 2% more in common.
      const auto common = count_if(graph, [&](auto pre, auto post, auto) { return has(other, pre, post); });
      CHECK(sigmas(as_double(common), 301.0 * 300.0 * 0.01, 301.0 * 300.0 * 0.01) < 5);
    }
  }
}

TEST_CASE("no generator makes autapses unless asked, and each serves a single neuron") {
  for (const Generator& generator : generators()) {
    INFO(generator.name);
    CHECK(autapses(generator.make(200, Seed{3})) == 0);
    const auto single = generator.make(1, Seed{3});
    CHECK(single.neurons() == 1);
    CHECK(single.synapses() == 0);
  }
  CHECK(mexican_hat({.neurons = 1, .sigma_1 = 1, .sigma_2 = 2}).synapses() == 0);
}

TEST_CASE("no generator makes a network of no neurons, or of more than its ids can number") {
  const auto refuse = [](auto make) {
    check_message<InvalidGraph>([&] { make(0); }, {"at least one neuron"});
    check_message<InvalidGraph>([&] { make(65'537); }, {"65537 neurons", "16 bits"});
  };
  using Id = std::uint16_t;
  refuse([](std::uint64_t n) { spikeometric::generate::normal<float, Id>({.neurons = n}, Seed{1}); });
  refuse([](std::uint64_t n) { spikeometric::generate::uniform<float, Id>({.neurons = n}, Seed{1}); });
  refuse([](std::uint64_t n) { erdos_renyi<float, Id>({.neurons = n}, Seed{1}); });
  refuse([](std::uint64_t n) { fixed_in_degree<float, Id>({.neurons = n}, Seed{1}); });
  refuse([](std::uint64_t n) { fixed_out_degree<float, Id>({.neurons = n}, Seed{1}); });
  refuse([](std::uint64_t n) { small_world<float, Id>({.neurons = n}, Seed{1}); });
  refuse([](std::uint64_t n) { mexican_hat<float, Id>({.neurons = n, .sigma_1 = 1, .sigma_2 = 2}); });
}
