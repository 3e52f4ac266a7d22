// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/fixed_point.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "spikeometric/graph/generate.hpp"

using namespace spikeometric;

namespace {

constexpr double largest_integer = 2147483647.0;

/// A chain 0 -> 1 -> 2 ... with these weights.
template <class Weight>
Graph<Weight> chain(const std::vector<Weight>& weights) {
  EdgeList<Weight> edges{weights.size() + 1};
  for (std::size_t i = 0; i < weights.size(); ++i) edges.add(i, i + 1, weights[i]);
  return Graph{edges};
}

/// Many neurons, each with one synapse of the given weight onto neuron 0.
template <class Weight>
Graph<Weight> star(std::size_t neurons, Weight weight) {
  CompressedRows<Weight, std::uint32_t> rows;
  for (std::size_t i = 0; i <= neurons; ++i) rows.offsets.push_back(i);
  rows.targets.assign(neurons, 0);
  rows.weights.assign(neurons, weight);
  return Graph{std::move(rows)};
}

struct Binary {
  static constexpr bool binary = true;
};
struct Counting {
  static constexpr bool binary = false;
};

}  // namespace

TEST_CASE("the exponent is the largest that lets the largest weight fit 31 bits and a sign") {
  const double largest = GENERATE(1.0, 0.75, 1.5, 3e-7, 12345.678, 1.0 - 0x1p-53, 2147483647.0, 2147483647.49,
                                  2147483647.5, 2147483648.0, 1e38, 1e300, 1e-300, 0x1p-1060);
  const double sign = GENERATE(1.0, -1.0);
  CAPTURE(largest, sign);
  const FixedPointGraph fixed{chain<double>({0.3 * largest, sign * largest, 0.0})};
  const int k = fixed.exponent();
  CHECK(std::nearbyint(std::ldexp(largest, k)) <= largest_integer);
  CHECK(std::nearbyint(std::ldexp(largest, k + 1)) > largest_integer);
  CHECK(fixed.weight(1) == sign * std::nearbyint(std::ldexp(largest, k)));
  CHECK(fixed.weight(2) == 0);
  if (largest > 1e-290) CHECK(fixed.unit() == std::ldexp(1.0, -k));
}

TEMPLATE_TEST_CASE("every weight is within half a unit of what was given, rounded half to even", "", float, double) {
  support::Numbers numbers{6};
  std::vector<TestType> weights(2000);
  for (TestType& weight : weights)
    weight = static_cast<TestType>(numbers.real(-1.0, 1.0) * std::exp(numbers.real(-30.0, 3.0)));
  const FixedPointGraph fixed{chain(weights)};
  REQUIRE(fixed.synapses() == weights.size());
  REQUIRE(fixed.neurons() == weights.size() + 1);
  for (std::size_t e = 0; e < weights.size(); ++e) {
    REQUIRE(fixed.weight(e) == std::nearbyint(std::ldexp(static_cast<double>(weights[e]), fixed.exponent())));
    REQUIRE(std::abs(fixed.weight(e) * fixed.unit() - static_cast<double>(weights[e])) <= fixed.unit() / 2);
  }
}

TEST_CASE("ties go to the even integer, and weights below half a unit become 0") {
  // 2^30 is the largest integer, so that the unit is 1.
  const FixedPointGraph fixed{chain<double>({0x1p30, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.4999, 0.5001, 1e-20})};
  REQUIRE(fixed.exponent() == 0);
  const std::vector<std::int32_t> expected = {1 << 30, 0, 2, 2, 0, -2, -2, 0, 1, 0};
  for (std::size_t e = 0; e < expected.size(); ++e) CHECK(fixed.weight(e) == expected[e]);
}

TEST_CASE("single-precision weights are converted in place") {
  Graph graph = chain<float>({0.5f, -0.25f, 0.125f});
  const void* const storage = graph.rows().weights.data();
  const std::uint32_t* const targets = graph.rows().targets.data();
  FixedPointGraph fixed{std::move(graph)};
  CHECK(fixed.targets().data() == targets);
  const auto given = std::move(fixed).release();
  CHECK(given.weights.data() == storage);
  CHECK(given.targets.data() == targets);
}

TEST_CASE("weights in double that are floats become the same integers") {
  const std::vector<float> single = {0.3f, -1.7f, 2e-5f, 0.0f};
  const FixedPointGraph a{chain(single)}, b{chain(std::vector<double>(single.begin(), single.end()))};
  CHECK(a.exponent() == b.exponent());
  for (std::size_t e = 0; e < single.size(); ++e) CHECK(a.weight(e) == b.weight(e));
}

TEST_CASE("pages of another size change nothing of a graph, however large") {
  for (const std::uint64_t neurons :
       {3u, support::slow_build ? 1100u : 1500u}) {  // arrays of some bytes, and of megabytes
    const auto make = [&] {
      return FixedPointGraph{generate::uniform({.neurons = neurons, .probability = 0.9999}, Seed{1})};
    };
    const auto before = make(), after = make();
    const void* const address = after.targets().data();
    after.use_huge_pages();
    CHECK(after.targets().data() == address);
    CHECK(after.offsets() == before.offsets());
    CHECK(after.targets() == before.targets());
    bool same = true;
    for (std::uint64_t e = 0; e < before.synapses(); ++e) same = same && after.weight(e) == before.weight(e);
    CHECK(same);
  }
}

TEST_CASE("the largest sum is that of the absolute weights onto one neuron, and limits counts") {
  EdgeList edges{4};
  edges.add(0, 1, 1.0f);
  edges.add(1, 1, -1.0f);
  edges.add(2, 1, 0.5f);
  edges.add(0, 2, 1.0f);
  const FixedPointGraph fixed{Graph{edges}};
  CHECK(fixed.largest_sum() == 5u << 29);
  CHECK(fixed.count_limit() == (std::uint64_t{1} << 53) / (5u << 29));
}

TEST_CASE("without synapses, or with weights that are all 0, any count of 31 bits is exact") {
  for (const FixedPointGraph<std::uint32_t>& fixed :
       {FixedPointGraph{Graph{EdgeList{5}}}, FixedPointGraph{chain<float>({0, 0})}}) {
    CHECK(fixed.exponent() == 0);
    CHECK(fixed.unit() == 1.0);
    CHECK(fixed.largest_sum() == 0);
    CHECK(fixed.count_limit() == 2147483647);
  }
}

TEST_CASE("sums are refused from the first that might not be exact") {
  // The largest float below 1 becomes 2^31 - 2^7, the largest double 2^31 - 1: 2^22 of either stay within 2^53.
  constexpr std::size_t most = std::size_t{1} << 22;
  const FixedPointGraph single{star(most, 1.0f - 0x1p-24f)};
  CHECK(single.largest_sum() == most * ((std::uint64_t{1} << 31) - 128));
  CHECK(single.count_limit() == 1);
  const FixedPointGraph wide{star(most, 1.0 - 0x1p-31)};
  CHECK(wide.largest_sum() == most * ((std::uint64_t{1} << 31) - 1));

  check_message<InvalidGraph>([&] { FixedPointGraph{star(most + 1, 1.0f - 0x1p-24f)}; }, {"onto neuron 0", "2^53"});
  check_message<InvalidGraph>([&] { FixedPointGraph{star(most + 1, 1.0 - 0x1p-31)}; }, {"onto neuron 0", "2^53"});
}

// --- several weights a synapse, and delays --------------------------------------------------------------------------

TEMPLATE_TEST_CASE("all weights of all synapses share one exponent, and each is rounded by itself", "", float, double) {
  using Weights = std::array<TestType, 3>;
  support::Numbers numbers{7};
  std::vector<Weights> weights(500);
  double largest = 0.0;
  for (Weights& of_one : weights)
    for (TestType& weight : of_one) {
      weight = static_cast<TestType>(numbers.real(-1.0, 1.0) * std::exp(numbers.real(-30.0, 3.0)));
      largest = std::max(largest, std::abs(static_cast<double>(weight)));
    }
  const FixedPointGraph fixed{chain(weights)};
  static_assert(std::is_same_v<decltype(fixed), const FixedPointGraph<std::uint32_t, 3>>);
  CHECK(std::nearbyint(std::ldexp(largest, fixed.exponent())) <= largest_integer);
  CHECK(std::nearbyint(std::ldexp(largest, fixed.exponent() + 1)) > largest_integer);
  for (std::size_t e = 0; e < weights.size(); ++e)
    for (std::size_t m = 0; m < 3; ++m)
      REQUIRE(fixed.weight(e, m) == std::nearbyint(std::ldexp(static_cast<double>(weights[e][m]), fixed.exponent())));
}

TEST_CASE("the exponent is that of the largest weight, whichever basis function it is of") {
  for (std::size_t m = 0; m < 3; ++m) {
    std::vector<std::array<double, 3>> weights(4, {0.1, -0.1, 0.1});
    weights[2][m] = -1.0;
    const FixedPointGraph fixed{chain(weights)};
    CHECK(fixed.exponent() == 30);
    CHECK(fixed.weight(2, m) == -(1 << 30));
  }
  const FixedPointGraph zeros{chain<std::array<float, 2>>({{0, 0}})};
  CHECK(zeros.exponent() == 0);
  CHECK(zeros.count_limit() == 2147483647);
}

TEST_CASE("several single-precision weights are converted in place, too, and delays stay") {
  EdgeList<std::array<float, 2>> edges{2};
  edges.add(0, 1, {1.0f, -0.5f}, 7);
  edges.add(0, 0, {0.25f, 0.0f}, 9);
  Graph graph{edges};
  const void* const storage = graph.rows().weights.data();
  const auto* const delays = graph.rows().delays.data();
  FixedPointGraph fixed{std::move(graph)};
  CHECK(fixed.delays().data() == delays);
  CHECK(fixed.delays() == std::vector<Delay>{7, 9});
  CHECK(fixed.max_delay() == 9);
  CHECK(fixed.weight(0, 1) == -(1 << 29));
  CHECK(fixed.weight(1, 0) == 1 << 28);
  const auto given = std::move(fixed).release();
  CHECK(given.weights.data() == storage);
  CHECK(given.delays.data() == delays);
}

TEST_CASE("the largest sum is that onto one neuron and basis function, over all delays") {
  EdgeList<std::array<float, 2>> edges{4};
  edges.add(0, 1, {1.0f, 0.5f});
  edges.add(0, 1, {-1.0f, 0.5f}, 5);
  edges.add(2, 1, {0.25f, -1.0f}, 2);
  edges.add(3, 2, {1.0f, 1.0f});
  const FixedPointGraph fixed{Graph{edges}};
  CHECK(fixed.largest_sum() == 9u << 28);  // 1 + 1 + 0.25; of the other function 2
  CHECK(fixed.count_limit() == (std::uint64_t{1} << 53) / (9u << 28));
}

TEST_CASE("sums of any basis function are refused from the first that might not be exact, naming the neuron") {
  constexpr std::size_t most = std::size_t{1} << 22;
  const auto star_of_two = [](std::size_t neurons) {
    CompressedRows<std::array<float, 2>, std::uint32_t> rows;
    for (std::size_t i = 0; i <= neurons; ++i) rows.offsets.push_back(i);
    rows.targets.assign(neurons, 3);
    rows.weights.assign(neurons, {0.0f, 1.0f - 0x1p-24f});
    return Graph{std::move(rows)};
  };
  CHECK(FixedPointGraph{star_of_two(most)}.count_limit() == 1);
  check_message<InvalidGraph>([&] { FixedPointGraph{star_of_two(most + 1)}; }, {"onto neuron 3", "2^53"});
}

TEST_CASE("what a graph is made of is handed over, row by row, whatever its weights were") {
  EdgeList<std::array<double, 2>, std::uint16_t> edges{3};
  edges.add(0, 2, {1.0, -0.5}, 4);
  edges.add(2, 0, {0.25, 0.75}, 1);
  edges.add(2, 1, {0.0, -1.0}, 9);
  const FixedPointGraph fixed{Graph{edges}};
  const auto given = FixedPointGraph{Graph{edges}}.release();
  REQUIRE((given.offsets.size() == 4 && given.targets.size() == 3 && given.weights.size() == 6));
  CHECK(std::equal(given.offsets.begin(), given.offsets.end(), fixed.offsets().begin(), fixed.offsets().end()));
  CHECK(std::equal(given.targets.begin(), given.targets.end(), fixed.targets().begin(), fixed.targets().end()));
  CHECK(std::equal(given.delays.begin(), given.delays.end(), fixed.delays().begin(), fixed.delays().end()));
  for (std::size_t e = 0; e < 3; ++e)
    for (std::size_t m = 0; m < 2; ++m) CHECK(given.weights[2 * e + m] == fixed.weight(e, m));
  CHECK(FixedPointGraph{chain<float>({1.0f})}.release().delays.empty());
}

TEST_CASE("the largest count of a model keeps sums exact and in single precision, and is 1 of a binary one") {
  const FixedPointGraph fixed{chain<float>({1.0f, 0.5f})};
  CHECK(detail::count_limit_of<Binary>(fixed) == 1);
  CHECK(detail::count_limit_of<Counting>(fixed) == static_cast<std::int64_t>(fixed.count_limit()));
  const FixedPointGraph heavy{chain<float>({3e38f})};
  CHECK(detail::count_limit_of<Binary>(heavy) == 1);
  check_message<InvalidGraph>([&] { detail::count_limit_of<Counting>(heavy); }, {"sums over synapses may reach",
                                                                                "single precision"});
}

TEST_CASE("rows are regrouped with all that belongs to a synapse, those of a group staying in order") {
  EdgeList<std::array<float, 2>, std::uint16_t> edges{10};
  for (std::uint32_t pre = 0; pre < 10; ++pre)
    for (std::uint32_t post = 0; post < 10; ++post)
      edges.add(pre, post, {static_cast<float>(1 + pre), static_cast<float>(1 + post)}, 1 + (pre * 3 + post * 7) % 5);
  FixedPointGraph fixed{Graph{edges}};
  const double unit = fixed.unit();
  fixed.group_rows([](std::uint16_t target) { return target % 3; });
  REQUIRE(fixed.synapses() == 100);
  for (std::uint32_t pre = 0; pre < 10; ++pre)
    for (std::uint64_t e = fixed.offsets()[pre]; e < fixed.offsets()[pre + 1]; ++e) {
      const std::uint32_t post = fixed.targets()[e];
      CHECK(fixed.delays()[e] == 1 + (pre * 3 + post * 7) % 5);
      CHECK(fixed.weight(e, 0) * unit == 1 + pre);
      CHECK(fixed.weight(e, 1) * unit == 1 + post);
      if (e > fixed.offsets()[pre]) {
        const std::uint32_t before = fixed.targets()[e - 1];
        CHECK(std::tuple(before % 3, fixed.delays()[e - 1], before) < std::tuple(post % 3, fixed.delays()[e], post));
      }
    }
}
