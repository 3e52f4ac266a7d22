// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/fixed_degree.hpp"

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
#include "../support.hpp"
#include "networks.hpp"

using spikeometric::EdgeList, spikeometric::Graph, spikeometric::InvalidParameter, spikeometric::InvalidSynapse,
    spikeometric::Seed;
using spikeometric::generate::fixed_in_degree, spikeometric::generate::fixed_out_degree;
using spikeometric::generate::FixedDegree;
using spikeometric::generate::detail::Partners, spikeometric::generate::detail::Parts;
using spikeometric::generate::detail::synapses_of;
using namespace networks;

namespace {

Graph<double> transposed(const Graph<double>& graph) {
  EdgeList<double> edges{graph.neurons()};
  for (const auto& edge : graph.edges()) edges.add(edge.post, edge.pre, edge.weight);
  return Graph<double>{edges};
}

}  // namespace

TEST_CASE("every neuron has exactly as many synapses from it, or onto it, as asked for") {
  const std::uint64_t neurons = GENERATE(1, 2, 3, 4, 5, 64, 65, 66, support::slow_build ? 200 : 1000);
  const bool autapses = GENERATE(false, true);
  const std::uint64_t partners = autapses ? neurons : neurons - 1;
  for (const std::uint64_t degree : {std::uint64_t{0}, std::uint64_t{1}, partners / 3, partners / 2, partners / 2 + 1,
                                     partners - partners / 3, partners - 1, partners}) {
    if (degree > partners) continue;
    INFO(neurons << " neurons, degree " << degree);
    const auto out = fixed_out_degree({.neurons = neurons, .degree = degree, .autapses = autapses}, Seed{1});
    const auto in = fixed_in_degree({.neurons = neurons, .degree = degree, .autapses = autapses}, Seed{1});
    REQUIRE(all_equal(out_degrees(out), degree));
    REQUIRE(all_equal(in_degrees(in), degree));
    if (autapses) continue;
    CHECK(networks::autapses(out) == 0);
    CHECK(networks::autapses(in) == 0);
  }
}

TEST_CASE("a fixed in-degree is a fixed out-degree turned round, for the same seed") {
  const bool autapses = GENERATE(false, true), multapses = GENERATE(false, true);
  const std::uint64_t degree = GENERATE(3, 290);
  const FixedDegree parameters{
      .neurons = 300, .degree = degree, .weights = {.mean = 1, .std = 2}, .autapses = autapses, .multapses = multapses};
  const auto out = fixed_out_degree<double>(parameters, Seed{2});
  CHECK(fixed_in_degree<double>(parameters, Seed{2}) == transposed(out));
}

TEST_CASE("all sets of partners are equally probable") {
  const bool autapses = GENERATE(false, true);
  const std::uint64_t degree = GENERATE(1, 2, 3, 4);
  const std::uint64_t partners = autapses ? 5 : 4;
  if (degree == partners) return;
  std::vector<std::uint64_t> counts(32);
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    const auto graph = fixed_out_degree({.neurons = 5, .degree = degree, .autapses = autapses}, Seed{seed});
    std::size_t set = 0;
    for (const auto partner : graph.targets(2)) set |= std::size_t{1} << partner;
    ++counts[set];
  }
  counts.erase(std::remove(counts.begin(), counts.end(), 0u), counts.end());
  std::size_t sets = 1;  // the binomial coefficient
  for (std::uint64_t k = 0; k < degree; ++k) sets = sets * (partners - k) / (k + 1);
  INFO("degree " << degree << " of " << partners);
  REQUIRE(counts.size() == sets);
  CHECK(chi_squared_sigmas(counts) < 5);
}

TEST_CASE("partners are the first different ones of a sequence of draws, computed plainly") {
  const std::uint64_t degree = GENERATE(1, 20, 149, 150, 280, 299);
  const auto graph = fixed_out_degree({.neurons = 300, .degree = degree}, Seed{3});
  for (std::uint32_t pre = 0; pre < 300; ++pre) {
    const bool excluded = degree > 149;
    std::set<std::uint32_t> drawn;
    for (std::uint32_t draw = 0; drawn.size() < (excluded ? 299 - degree : degree); ++draw) {
      const auto bits = spikeometric::philox({{draw / 2, pre, 0, 4u << 24}}, Seed{3});
      const double u = std::ldexp(bits[draw % 2 * 2 + 1], -32) + std::ldexp(bits[draw % 2 * 2] >> 11 << 11, -64);
      const auto partner = static_cast<std::uint32_t>(u * 299);
      drawn.insert(partner + (partner >= pre));
    }
    std::vector<std::uint32_t> expected;
    for (std::uint32_t post = 0; post < 300; ++post)
      if (post != pre && drawn.contains(post) != excluded) expected.push_back(post);
    const auto targets = graph.targets(pre);
    REQUIRE(std::vector<std::uint32_t>(targets.begin(), targets.end()) == expected);
  }
}

TEST_CASE("the degrees that are not fixed are binomial") {
  const std::uint64_t degree = GENERATE(2, 100, 1400);
  const bool autapses = GENERATE(false, true);
  if (support::slow_build && degree > 100) return;
  const FixedDegree parameters{.neurons = 2000, .degree = degree, .autapses = autapses};
  const double partners = autapses ? 2000 : 1999, p = as_double(degree) / partners;
  INFO("degree " << degree);
  check_binomial(in_degrees(fixed_out_degree(parameters, Seed{4})), partners, p);
  check_binomial(out_degrees(fixed_in_degree(parameters, Seed{5})), partners, p);
  if (autapses) {
    const auto own = networks::autapses(fixed_out_degree(parameters, Seed{6}));
    CHECK(sigmas(as_double(own), 2000 * p, 2000 * p * (1 - p)) < 5);
  }
}

TEST_CASE("neurons choose independently of each other, and two partners as without replacement") {
  constexpr std::uint32_t neurons = 2000;
  const std::uint64_t degree = GENERATE(100, 1500);
  const auto graph = fixed_out_degree({.neurons = neurons, .degree = degree}, Seed{7});
  // Over disjoint pairs of places in the matrix that avoid its diagonal. Those of one row compete, which only makes the
  // variance less than that of the binomial.
  std::uint64_t rows = 0, columns = 0, mirrored = 0, pairs = 0;
  for (std::uint32_t i = 0; i < neurons; i += 2)
    for (std::uint32_t j = 0; j < neurons; j += 2) {
      if (i == j) continue;
      ++pairs;
      rows += has(graph, i, j) && has(graph, i + 1, j);
      columns += has(graph, i, j) && has(graph, i, j + 1);
      mirrored += i < j && has(graph, i, j) && has(graph, j, i);
    }
  const double k = as_double(degree), p = k / 1999, both = p * p, hypergeometric = p * (k - 1) / 1998;
  const double n = as_double(pairs);
  CHECK(sigmas(as_double(rows), n * both, n * both * (1 - both)) < 5);
  CHECK(sigmas(as_double(columns), n * hypergeometric, n * hypergeometric * (1 - hypergeometric)) < 5);
  CHECK(sigmas(as_double(mirrored), n / 2 * both, n / 2 * both * (1 - both)) < 5);
}

TEST_CASE("partners drawn with replacement become one synapse with the sum of the weights") {
  const std::uint64_t degree = GENERATE(1, 30, 500, 3000);
  const bool autapses = GENERATE(false, true);
  constexpr std::uint64_t neurons = 1000;
  const auto graph =
      fixed_out_degree({.neurons = neurons, .degree = degree, .autapses = autapses, .multapses = true}, Seed{8});
  INFO("degree " << degree);
  if (!autapses) CHECK(networks::autapses(graph) == 0);
  std::vector<std::uint64_t> multiplicities(100);
  for (std::uint64_t pre = 0; pre < neurons; ++pre) {
    double sum = 0;
    for (const float weight : graph.weights(pre)) {
      sum += weight;
      ++multiplicities.at(static_cast<std::size_t>(weight));
    }
    REQUIRE(sum == as_double(degree));
  }

  // Balls into cells: each cell is empty with probability q^degree, two are with r^degree.
  const double cells = autapses ? 1000 : 999, k = as_double(degree), n = as_double(neurons);
  const double empty = std::pow(1 - 1 / cells, k), two_empty = std::pow(1 - 2 / cells, k);
  const double variance = cells * (cells - 1) * two_empty + cells * empty - cells * cells * empty * empty;
  CHECK(sigmas(as_double(graph.synapses()), n * cells * (1 - empty), n * variance + 1e-6) < 5);

  // Each multiplicity is binomial. Cells compete for balls: their counts vary no more than independent ones.
  double probability = empty;
  for (int m = 1; m <= std::min<int>(static_cast<int>(degree), 10); ++m) {
    probability *= (k - m + 1) / m / (cells - 1);
    const double expected = n * cells * probability;
    if (expected > 10) CHECK(sigmas(as_double(multiplicities[static_cast<std::size_t>(m)]), expected, expected) < 5);
  }
}

TEST_CASE("weights of multapses are drawn one by one and added") {
  const auto graph = fixed_out_degree<double>(
      {.neurons = 2000, .degree = 50, .weights = {.mean = 0.5, .std = 2}, .autapses = true, .multapses = true},
      Seed{9});
  std::vector<double> sums;
  for (std::uint64_t pre = 0; pre < 2000; ++pre) {
    double sum = 0;
    for (const double weight : graph.weights(pre)) sum += weight;
    sums.push_back((sum - 50 * 0.5) / (2 * std::sqrt(50.0)));
  }
  CHECK(kolmogorov_smirnov(sums, [](double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }) < 2.75);
}

TEST_CASE("weights are normal, and do not depend on the number of the partner") {
  const auto graph =
      fixed_in_degree<double>({.neurons = 500, .degree = 100, .weights = {.mean = -1, .std = 2}}, Seed{10});
  CHECK(kolmogorov_smirnov(weights(graph),
                           [](double w) { return 0.5 * std::erfc(-(w + 1) / 2 / std::numbers::sqrt2); }) < 2.75);
  double with_pre = 0;
  for (const auto& edge : graph.edges()) with_pre += (edge.weight + 1) / 2 * (edge.pre - 249.5);
  CHECK(sigmas(with_pre, 0, 50'000 * 500.0 * 500.0 / 12) < 5);
}

TEST_CASE("the presynaptic neuron decides whether a synapse excites or inhibits") {
  const bool multapses = GENERATE(false, true);
  const FixedDegree parameters{.neurons = 100,
                               .degree = 20,
                               .weights = {.mean = 0.5, .inhibitory_fraction = 0.2, .inhibitory_scale = 4},
                               .multapses = multapses};
  const auto check = [&](const Graph<>& graph) {
    CHECK(count_if(graph, [&](auto pre, auto, auto weight) {
            const float times = pre < 80 ? weight / 0.5f : weight / -2.0f;
            return times == 1 || (multapses && times >= 2 && times == std::floor(times));
          }) == graph.synapses());
    CHECK(count_if(graph, [](auto pre, auto, auto) { return pre >= 80; }) > 0);
  };
  check(fixed_in_degree(parameters, Seed{11}));
  check(fixed_out_degree(parameters, Seed{11}));
}

TEST_CASE("the partners of a neuron can be chosen alone") {
  const std::uint64_t degree = GENERATE(3, 900);
  const bool multapses = GENERATE(false, true);
  const FixedDegree parameters{.neurons = 1000, .degree = degree, .multapses = multapses};
  const auto graph = fixed_out_degree(parameters, Seed{12});
  const auto source = synapses_of<std::uint32_t>(parameters, Seed{12}, Partners::post);
  for (const std::uint64_t neuron : {0, 500, 999}) {
    std::vector<std::uint32_t> partners;
    std::vector<float> times;
    Parts parts(source);
    for (auto chosen = parts(neuron); chosen.next();) {
      partners.push_back(static_cast<std::uint32_t>(chosen.partner()));
      times.push_back(static_cast<float>(chosen.weight()));
    }
    CHECK(std::equal(partners.begin(), partners.end(), graph.targets(neuron).begin(), graph.targets(neuron).end()));
    CHECK(std::equal(times.begin(), times.end(), graph.weights(neuron).begin(), graph.weights(neuron).end()));
  }
}

TEST_CASE("networks of more than 2^16 neurons have partners everywhere") {
  constexpr std::uint64_t neurons = 140'000;
  const auto graph = fixed_in_degree({.neurons = neurons, .degree = 10}, Seed{13});
  CHECK(all_equal(in_degrees(graph), 10));
  std::vector<std::uint64_t> parts(14);
  for (const auto& edge : graph.edges()) ++parts[edge.pre / 10'000];
  CHECK(chi_squared_sigmas(parts) < 5);
}

TEST_CASE("single precision is double precision rounded, whatever the width of ids") {
  const FixedDegree parameters{.neurons = 400, .degree = 30, .weights = {.std = 0.5}, .multapses = true};
  const auto check = [&](const Graph<double>& wide, const Graph<>& usual, const Graph<float, std::uint16_t>& narrow) {
    CHECK(usual.rows().targets == wide.rows().targets);
    CHECK(std::equal(wide.rows().weights.begin(), wide.rows().weights.end(), usual.rows().weights.begin(),
                     [](double a, float b) { return static_cast<float>(a) == b; }));
    CHECK(narrow.rows().weights == usual.rows().weights);
    CHECK(std::equal(usual.rows().targets.begin(), usual.rows().targets.end(), narrow.rows().targets.begin()));
  };
  check(fixed_in_degree<double>(parameters, Seed{14}), fixed_in_degree(parameters, Seed{14}),
        fixed_in_degree<float, std::uint16_t>(parameters, Seed{14}));
  check(fixed_out_degree<double>(parameters, Seed{14}), fixed_out_degree(parameters, Seed{14}),
        fixed_out_degree<float, std::uint16_t>(parameters, Seed{14}));
}

TEST_CASE("networks of fixed degree do not change between versions, compilers and instruction sets") {
  const FixedDegree plain{.neurons = 1000, .degree = 100};
  CHECK(hash_of(fixed_in_degree(plain, Seed{7})) == 0x1c64ca73f7d0296d);
  CHECK(hash_of(fixed_out_degree(plain, Seed{7})) == 0x5792996babdd8780);
  const FixedDegree dense{
      .neurons = 300, .degree = 290, .weights = {.std = 0.5, .inhibitory_fraction = 0.2, .inhibitory_scale = 4}};
  CHECK(hash_of(fixed_in_degree<double>(dense, Seed{8})) == 0xc3ac817f3fe0c8c8);
  CHECK(hash_of(fixed_out_degree<double>(dense, Seed{8})) == 0x60690fa912ba920c);
  const FixedDegree repeated{
      .neurons = 300, .degree = 100, .weights = {.std = 0.5}, .autapses = true, .multapses = true};
  CHECK(hash_of(fixed_in_degree(repeated, Seed{9})) == 0x12f78eb937e4e58b);
  CHECK(hash_of(fixed_out_degree(repeated, Seed{9})) == 0x760f8b5b6f4f406d);
}

TEST_CASE("an invalid network of fixed degree is refused, and the message names the parameter and its value") {
  const auto refuse = [](const FixedDegree& parameters, std::initializer_list<std::string> parts) {
    check_message<InvalidParameter>([&] { fixed_in_degree(parameters, Seed{1}); }, parts);
    check_message<InvalidParameter>([&] { fixed_out_degree(parameters, Seed{1}); }, parts);
  };
  refuse({.neurons = 0}, {"neurons = 0", "at least 1"});
  refuse({.neurons = (std::uint64_t{1} << 32) + 1}, {"neurons = 4294967297"});
  refuse({.neurons = 5, .degree = 5}, {"degree = 5", "at most 4", "5 neurons", "without autapses"});
  refuse({.neurons = 5, .degree = 6, .autapses = true}, {"degree = 6", "at most 5", "with autapses"});
  refuse({.neurons = 1, .degree = 1}, {"degree = 1", "at most 0"});
  refuse({.neurons = 1, .degree = 1, .multapses = true}, {"degree = 1", "at most 0"});
  refuse({.neurons = 5, .degree = std::uint64_t{1} << 32, .multapses = true}, {"degree = 4294967296", "4294967295"});
  refuse({.neurons = 4'294'967'296, .degree = 4'294'967'296}, {"degree = 4294967296"});
  refuse({.neurons = 5, .degree = 2, .weights = {.mean = not_a_number}}, {"mean = nan"});
  refuse({.neurons = 5, .degree = 2, .weights = {.std = -1}}, {"std = -1"});
  refuse({.neurons = 5, .degree = 2, .weights = {.inhibitory_fraction = 2}}, {"inhibitory_fraction = 2"});
  refuse({.neurons = 5, .degree = 2, .weights = {.inhibitory_scale = -2}}, {"inhibitory_scale = -2"});
  check_message<InvalidSynapse>(
      [] { fixed_in_degree({.neurons = 5, .degree = 4, .weights = {.mean = 1e300}}, Seed{1}); }, {"0 -> 1", "inf"});
  check_message<InvalidSynapse>(
      [] { fixed_out_degree({.neurons = 5, .degree = 4, .weights = {.mean = 1e300}}, Seed{1}); }, {"0 -> 1", "inf"});
}
