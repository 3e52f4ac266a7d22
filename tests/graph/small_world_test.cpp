// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/small_world.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <numbers>
#include <set>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "networks.hpp"

using spikeometric::InvalidParameter, spikeometric::InvalidSynapse, spikeometric::Seed;
using spikeometric::generate::small_world, spikeometric::generate::SmallWorld;
using namespace networks;

namespace {

/// How far the target lies along the ring, 1 to neurons - 1.
template <class EdgeType>
std::uint64_t offset_of(const EdgeType& edge, std::uint64_t neurons) {
  return (edge.post + neurons - edge.pre) % neurons;
}

/// Whether a neuron had this target before any rewiring.
bool is_neighbour(std::uint64_t offset, std::uint64_t neurons, std::uint64_t degree) {
  return offset <= degree / 2 || offset >= neurons - degree / 2;
}

}  // namespace

TEST_CASE("without rewiring every neuron projects to its nearest neighbours") {
  const std::uint64_t neurons = GENERATE(1, 2, 3, 4, 5, 8, 64, 65);
  for (std::uint64_t degree = 0; degree < neurons; degree += 2) {
    const auto graph = small_world({.neurons = neurons, .degree = degree, .rewiring = 0}, Seed{1});
    REQUIRE(all_equal(out_degrees(graph), degree));
    REQUIRE(all_equal(in_degrees(graph), degree));
    for (const auto& edge : graph.edges()) {
      const std::uint64_t offset = offset_of(edge, neurons);
      REQUIRE((offset != 0 && is_neighbour(offset, neurons, degree)));
      REQUIRE(edge.weight == 1.0f);
    }
  }
}

TEST_CASE("rewired or not, every neuron has `degree` targets other than itself") {
  const double rewiring = GENERATE(0.01, 0.5, 1.0);
  for (const std::uint64_t neurons : {5u, 6u, 101u, 1000u})
    for (const std::uint64_t degree : {std::uint64_t{2}, std::uint64_t{4}, (neurons - 1) / 2 * 2}) {
      const auto graph = small_world({.neurons = neurons, .degree = degree, .rewiring = rewiring}, Seed{2});
      REQUIRE(graph.synapses() == neurons * degree);
      REQUIRE(all_equal(out_degrees(graph), degree));
      REQUIRE(autapses(graph) == 0);
    }
}

TEST_CASE("synapses are rewired with the given probability, to any other neuron alike") {
  struct Case {
    std::uint64_t neurons, degree;
    double rewiring;
  };
  const auto [neurons, degree, rewiring] = GENERATE(Case{4000, 10, 0.1}, Case{4000, 20, 1.0}, Case{4001, 6, 0.01},
                                                    Case{1000, 900, 0.3}, Case{1000, 998, 0.001}, Case{1001, 500, 1.0});
  const auto graph = small_world({.neurons = neurons, .degree = degree, .rewiring = rewiring}, Seed{3});
  INFO(neurons << " neurons, degree " << degree << ", rewiring " << rewiring);
  std::vector<std::uint64_t> far_in(neurons), by_offset(neurons - 1 - degree);
  std::uint64_t far = 0;
  for (const auto& edge : graph.edges()) {
    const std::uint64_t offset = offset_of(edge, neurons);
    if (is_neighbour(offset, neurons, degree)) continue;
    ++far;
    ++far_in[edge.post];
    ++by_offset[offset - degree / 2 - 1];
  }
  // A rewired synapse goes to one of F neurons, which are at first the far ones. It takes a far one unless earlier
  // synapses did: as balls thrown into F cells, each with probability `rewiring`, count the cells that are not empty.
  const double cells = as_double(neurons - 1 - degree), k = as_double(degree), n = as_double(neurons);
  const double empty = std::pow(1 - rewiring / cells, k), two_empty = std::pow(1 - 2 * rewiring / cells, k);
  const double variance = cells * (cells - 1) * two_empty + cells * empty - cells * cells * empty * empty;
  CHECK(sigmas(as_double(far), n * cells * (1 - empty), n * variance) < 5);
  check_binomial(far_in, cells, 1 - empty);  // those of different neurons are independent
  if (by_offset.size() > 1 && empty > 0.9) CHECK(chi_squared_sigmas(by_offset) < 5);
}

TEST_CASE("rewiring is that of one synapse after the other, computed plainly") {
  const std::uint64_t degree = GENERATE(4, 30, 48, 50);
  const double rewiring = GENERATE(0.2, 1.0);
  const std::uint32_t neurons = 51;
  const auto graph = small_world({.neurons = neurons, .degree = degree, .rewiring = rewiring}, Seed{4});
  for (std::uint32_t pre = 0; pre < neurons; ++pre) {
    std::set<std::uint32_t> targets;
    std::vector<std::uint32_t> others;
    for (std::uint32_t i = 1; i < neurons; ++i) {
      if (is_neighbour(i, neurons, degree))
        targets.insert((pre + i) % neurons);
      else
        others.push_back((pre + i) % neurons);
    }
    for (std::uint32_t k = 0; k < degree; ++k) {
      const std::uint32_t distance = k / 2 + 1;
      const std::uint32_t target = (k % 2 == 0 ? pre + distance : pre + neurons - distance) % neurons;
      const auto bits = spikeometric::philox({{k, pre, 0, 4u << 24}}, Seed{4});
      if (std::ldexp(bits[1], -32) + std::ldexp(bits[0], -64) > rewiring || others.empty()) continue;
      const double u = std::ldexp(bits[3], -32) + std::ldexp(bits[2] >> 11 << 11, -64);
      const auto choice = static_cast<std::size_t>(u * static_cast<double>(others.size()));
      REQUIRE(targets.erase(target) == 1);
      REQUIRE(targets.insert(others[choice]).second);
      others[choice] = target;
    }
    const auto row = graph.targets(pre);
    REQUIRE(std::vector<std::uint32_t>(row.begin(), row.end()) ==
            std::vector<std::uint32_t>(targets.begin(), targets.end()));
  }
}

TEST_CASE("where every other neuron is a target already, synapses stay") {
  const auto graph = small_world({.neurons = 7, .degree = 6, .rewiring = 1}, Seed{5});
  CHECK(graph.synapses() == 42);
  CHECK(all_equal(in_degrees(graph), 6));
}

TEST_CASE("neurons rewire independently of each other") {
  constexpr std::uint64_t neurons = 3000, degree = 100;
  const auto graph = small_world({.neurons = neurons, .degree = degree, .rewiring = 0.5}, Seed{6});
  // Does neuron i keep its synapse to i + d, and neuron i + 1 its synapse to i + 1 + d?
  double both = 0, kept = 0, pairs = 0;
  for (std::uint64_t pre = 0; pre < neurons; pre += 2)
    for (std::uint64_t d = 1; d <= degree / 2; ++d, ++pairs) {
      const bool first = has(graph, pre, (pre + d) % neurons), second = has(graph, pre + 1, (pre + 1 + d) % neurons);
      both += first && second;
      kept += first + second;
    }
  const double p = kept / pairs / 2;
  CHECK(sigmas(both / pairs, p * p, p * p * (1 - p * p), pairs) < 5);
  const double cells = neurons - 1 - degree, far = cells * (1 - std::pow(1 - 0.5 / cells, degree));  // see above
  CHECK(sigmas(p, 1 - far / degree, 0.25, 2 * pairs) < 5);
}

TEST_CASE("a small world's weights are normal, or signed by their neuron") {
  const auto graph = small_world<double>(
      {.neurons = 1000, .degree = 100, .rewiring = 0.3, .weights = {.mean = -1, .std = 2}}, Seed{7});
  CHECK(kolmogorov_smirnov(weights(graph),
                           [](double w) { return 0.5 * std::erfc(-(w + 1) / 2 / std::numbers::sqrt2); }) < 2.75);
  const auto dale = small_world(
      {.neurons = 100, .degree = 10, .weights = {.mean = 0.5, .inhibitory_fraction = 0.2, .inhibitory_scale = 4}},
      Seed{7});
  CHECK(count_if(dale, [](auto pre, auto, auto w) { return w == (pre < 80 ? 0.5f : -2.0f); }) == 1000);
}

TEST_CASE("networks of more than 2^16 neurons are rings too, and rewired to everywhere") {
  constexpr std::uint64_t neurons = 140'000;
  const auto graph = small_world({.neurons = neurons, .degree = 10, .rewiring = 0.5}, Seed{8});
  std::vector<std::uint64_t> parts(14);
  for (const auto& edge : graph.edges())
    if (!is_neighbour(offset_of(edge, neurons), neurons, 10)) ++parts[edge.post / 10'000];
  CHECK(chi_squared_sigmas(parts) < 5);
}

TEST_CASE("small worlds do not change between versions, compilers and instruction sets") {
  CHECK(hash_of(small_world({.neurons = 1000}, Seed{7})) == 0x15178a576a18e85f);
  CHECK(hash_of(small_world<double>({.neurons = 301,
                                     .degree = 200,
                                     .rewiring = 0.7,
                                     .weights = {.std = 0.5, .inhibitory_fraction = 0.2, .inhibitory_scale = 4}},
                                    Seed{8})) == 0xf0f814e1af6c83dc);
}

TEST_CASE("an invalid small world is refused, and the message names the parameter and its value") {
  const auto refuse = [](const SmallWorld& parameters, std::initializer_list<std::string> parts) {
    check_message<InvalidParameter>([&] { small_world(parameters, Seed{1}); }, parts);
  };
  refuse({.neurons = 0, .degree = 0}, {"neurons = 0", "at least 1"});
  refuse({.neurons = (std::uint64_t{1} << 32) + 1}, {"neurons = 4294967297"});
  refuse({.neurons = 10, .degree = 3}, {"degree = 3", "even"});
  refuse({.neurons = 10, .degree = 10}, {"degree = 10", "below neurons = 10"});
  refuse({.neurons = 4, .degree = 6}, {"degree = 6", "4"});
  refuse({.neurons = 10, .degree = 2, .rewiring = -0.1}, {"rewiring = -0.1", "at least 0 and at most 1"});
  refuse({.neurons = 10, .degree = 2, .rewiring = 1.1}, {"rewiring = 1.1"});
  refuse({.neurons = 10, .degree = 2, .rewiring = not_a_number}, {"rewiring = nan"});
  refuse({.neurons = 10, .degree = 2, .weights = {.mean = not_a_number}}, {"mean = nan"});
  refuse({.neurons = 10, .degree = 2, .weights = {.std = -1}}, {"std = -1"});
  refuse({.neurons = 10, .degree = 2, .weights = {.inhibitory_fraction = 2}}, {"inhibitory_fraction = 2"});
  refuse({.neurons = 10, .degree = 2, .weights = {.inhibitory_scale = -2}}, {"inhibitory_scale = -2"});
  check_message<InvalidSynapse>(
      [] { small_world({.neurons = 10, .degree = 2, .rewiring = 0, .weights = {.mean = 1e300}}, Seed{1}); },
      {"0 -> 1", "inf"});
}
