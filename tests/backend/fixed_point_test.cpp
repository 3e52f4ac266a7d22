// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/fixed_point.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
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

/// A chain 0 -> 1 -> 2 ... with these weights.
template <class Weight>
Graph<Weight> chain(const std::vector<Weight>& weights) {
  EdgeList<Weight> edges{weights.size() + 1};
  for (std::size_t i = 0; i < weights.size(); ++i) edges.add(i, i + 1, weights[i]);
  return Graph{edges};
}

/// A neuron for each weight, with one synapse of this weight onto neuron `onto`.
template <class Weight>
Graph<Weight> star(const std::vector<Weight>& weights, std::uint32_t onto = 0) {
  CompressedRows<Weight, std::uint32_t> rows;
  for (std::size_t i = 0; i <= weights.size(); ++i) rows.offsets.push_back(i);
  rows.targets.assign(weights.size(), onto);
  rows.weights = weights;
  return Graph{std::move(rows)};
}

/// The weights onto a neuron, given and rounded, by basis function.
template <class Weight>
struct Onto {
  static constexpr std::size_t bases = Graph<Weight>::bases;
  std::array<std::vector<double>, bases> given;
  std::array<std::vector<std::int32_t>, bases> rounded;

  /// Whether in units of 2^-k they fit into 31 bits and a sign, and their sizes sum to at most 2^40.
  bool fit(int k) const {
    for (const std::vector<double>& of_basis : given) {
      double sum = 0.0;
      for (const double weight : of_basis) {
        const double size = std::abs(std::nearbyint(std::ldexp(weight, k)));
        if (size > 2147483647.0) return false;
        sum += size;
      }
      if (sum > 0x1p40) return false;
    }
    return true;
  }
};

template <class Weight>
std::vector<Onto<Weight>> weights_onto(const Graph<Weight>& graph,
                                       const detail::FixedPointGraph<std::uint32_t, Graph<Weight>::bases>& fixed) {
  std::vector<Onto<Weight>> result(graph.neurons());
  std::uint64_t e = 0;
  for (const auto& edge : graph.edges()) {
    for (std::size_t m = 0; m < Onto<Weight>::bases; ++m) {
      result[edge.post].given[m].push_back(static_cast<double>(detail::WeightTraits<Weight>::at(edge.weight, m)));
      result[edge.post].rounded[m].push_back(fixed.weight(e, m));
    }
    ++e;
  }
  return result;
}

/// Standard normal (Box and Muller).
double normal(support::Numbers& numbers) {
  return std::sqrt(-2.0 * std::log(1.0 - numbers.real(0.0, 1.0))) *
         std::cos(6.283185307179586 * numbers.real(0.0, 1.0));
}

struct Binary {
  static constexpr bool binary = true;
};
struct Counting {
  static constexpr bool binary = false;
};

}  // namespace

// --- units ----------------------------------------------------------------------------------------------------------

TEST_CASE("a neuron has the finest unit for which the largest weight onto it fits 31 bits and a sign") {
  const double largest = GENERATE(1.0, 0.75, 1.5, 3e-7, 12345.678, 1.0 - 0x1p-53, 2147483647.0, 2147483647.49,
                                  2147483647.5, 2147483648.0, 1e38, 1e300, 1e-29);
  const double sign = GENERATE(1.0, -1.0);
  CAPTURE(largest, sign);
  const detail::FixedPointGraph fixed{star<double>({0.3 * largest, sign * largest, 0.0}, 2)};
  const int k = fixed.exponents()[2];
  CHECK(std::nearbyint(std::ldexp(largest, k)) <= 2147483647.0);
  CHECK(std::nearbyint(std::ldexp(largest, k + 1)) > 2147483647.0);
  CHECK(fixed.weight(1) == sign * std::nearbyint(std::ldexp(largest, k)));
  CHECK(fixed.weight(2) == 0);
  CHECK(fixed.unit(2) == std::ldexp(1.0, -k));
}

TEMPLATE_TEST_CASE("the unit of each neuron is the finest in which weights and their sums fit", "", float, double,
                   (std::array<float, 3>), (std::array<double, 2>)) {
  using Traits = detail::WeightTraits<TestType>;
  using Scalar = typename Traits::Scalar;
  support::Numbers numbers{6};
  constexpr std::uint32_t neurons = 10'000;
  EdgeList<TestType> edges{neurons};
  for (std::uint32_t post = 0; post < 30; ++post) {
    const double probability = std::pow(numbers.real(0.0, 1.0), 3.0), size = std::exp(numbers.real(-30.0, 30.0));
    const bool equal = numbers.coin(0.3), skew = numbers.coin(0.5);
    for (std::uint32_t pre = 0; pre < neurons; ++pre) {
      if (!numbers.coin(probability)) continue;
      TestType weight{};
      for (std::size_t m = 0; m < Traits::bases; ++m)
        Traits::at(weight, m) = static_cast<Scalar>(
            equal ? size : size * (skew ? std::exp(1.5 * normal(numbers)) : numbers.real(-1.0, 1.0)));
      edges.add(pre, post, weight);
    }
  }
  const Graph<TestType> graph{edges};
  const detail::FixedPointGraph fixed{Graph<TestType>(graph)};
  REQUIRE((fixed.synapses() == graph.synapses() && fixed.neurons() == neurons));
  const auto onto = weights_onto(graph, fixed);
  double largest_sum = 0.0, largest_input = 0.0;
  int limited_by_sum = 0;
  for (std::uint32_t post = 0; post < neurons; ++post) {
    CAPTURE(post);
    const int k = fixed.exponents()[post];
    if (onto[post].given[0].empty()) {
      REQUIRE(k == 0);
      continue;
    }
    REQUIRE(onto[post].fit(k));
    REQUIRE(!onto[post].fit(k + 1));
    double sum = 0.0;
    bool weights_fit_finer = true;
    for (std::size_t m = 0; m < Traits::bases; ++m) {
      double of_basis = 0.0;
      for (std::size_t i = 0; i < onto[post].given[m].size(); ++i) {
        const double given = onto[post].given[m][i], rounded = onto[post].rounded[m][i];
        REQUIRE(rounded == std::nearbyint(std::ldexp(given, k)));
        REQUIRE(std::abs(rounded * fixed.unit(post) - given) <= fixed.unit(post) / 2);
        of_basis += std::abs(rounded);
        weights_fit_finer = weights_fit_finer && std::abs(std::nearbyint(std::ldexp(given, k + 1))) <= 2147483647.0;
      }
      sum = std::max(sum, of_basis);
    }
    limited_by_sum += weights_fit_finer;
    largest_sum = std::max(largest_sum, sum);
    largest_input = std::max(largest_input, sum * fixed.unit(post));
  }
  CHECK((limited_by_sum > 5 && limited_by_sum < 25));
  CHECK(static_cast<double>(fixed.largest_sum()) == largest_sum);
  CHECK(fixed.largest_input() == largest_input);
  CHECK(fixed.count_limit() == (std::uint64_t{1} << 53) / fixed.largest_sum());
  CHECK(fixed.count_limit() >= 8192);
}

TEST_CASE("sums up to 2^40 leave the unit to the largest weight, and counts up to 8192") {
  const detail::FixedPointGraph most{star(std::vector<float>(1024, 1.0f))};
  CHECK(most.exponents()[0] == 30);
  CHECK(most.largest_sum() == std::uint64_t{1} << 40);
  CHECK(most.count_limit() == 8192);
  const detail::FixedPointGraph beyond{star(std::vector<float>(1025, 1.0f))};
  CHECK(beyond.exponents()[0] == 29);
  CHECK(beyond.largest_sum() == std::uint64_t{1025} << 29);

  // Of any basis function, and however many.
  const detail::FixedPointGraph second{star(std::vector<std::array<float, 2>>(1025, {0.0f, -1.0f}))};
  CHECK(second.exponents()[0] == 29);
  constexpr std::size_t many = (std::size_t{1} << 22) + 1;
  const detail::FixedPointGraph heavy{star(std::vector<float>(many, 1.0f - 0x1p-24f))};
  CHECK(heavy.exponents()[0] == 17);
  CHECK(heavy.largest_sum() == many << 17);
  CHECK(heavy.count_limit() >= 8192);
}

TEST_CASE("a sum that rounding lifts above 2^40 is in a coarser unit") {
  // In units of 1 the sum is 2^41 - 2, and in units of 2 within 2^40; with 3 more, 2 units of 2, it is 2^40 + 1 there.
  std::vector<double> weights(4092, 0x1p29);
  weights.push_back(2147483646.0);
  const detail::FixedPointGraph without{star(weights)};
  CHECK(without.exponents()[0] == -1);
  CHECK(without.largest_sum() == (std::uint64_t{1} << 40) - 1);
  weights.push_back(3.0);
  const detail::FixedPointGraph with{star(weights)};
  CHECK(with.exponents()[0] == -2);
  CHECK(with.largest_sum() == (std::uint64_t{1} << 39) + 1);
}

TEMPLATE_TEST_CASE("weights onto one neuron do not affect the weights onto others", "", float, double) {
  EdgeList<TestType> alone{4}, both{4};
  for (EdgeList<TestType>* const edges : {&alone, &both}) edges->add(0, 1, TestType(0.5));
  both.add(2, 3, TestType(-1e10));
  const detail::FixedPointGraph fixed{Graph{both}};
  CHECK(fixed.exponents() == std::vector<std::int16_t>{0, 31, 0, -3});
  CHECK(fixed.exponents()[1] == detail::FixedPointGraph{Graph{alone}}.exponents()[1]);
  CHECK(fixed.weight(0) * fixed.unit(1) == 0.5);
  CHECK(fixed.weight(1) * fixed.unit(3) == -1e10);
}

TEST_CASE("ties go to the even integer") {
  // 2^30 is the largest integer, so that the unit is 1.
  std::vector<double> weights = {1500.5, 1501.5, 1502.5, -1500.5, -1501.5, -1502.5, 1500.4999, 1500.5001};
  weights.insert(weights.begin(), 0x1p30);
  const detail::FixedPointGraph fixed{star(weights)};
  REQUIRE(fixed.exponents()[0] == 0);
  const std::vector<std::int32_t> expected = {1 << 30, 1500, 1502, 1502, -1500, -1502, -1502, 1500, 1501};
  for (std::size_t e = 0; e < expected.size(); ++e) CHECK(fixed.weight(e) == expected[e]);
}

// --- weights that vanish --------------------------------------------------------------------------------------------

TEMPLATE_TEST_CASE("a weight that would vanish is refused, and the message names the large weight", "", float, double) {
  check_message<InvalidGraph>(
      [] {
        detail::FixedPointGraph{star<TestType>({0.5, -1e10}, 1)};
      },
      {"the weight 0.5 from neuron 0 to neuron 1", "because of the weight " + detail::to_text(-1e10), "from neuron 1"});
  check_message<InvalidGraph>(
      [] {
        detail::FixedPointGraph{star<TestType>({-1e10, 0, 0.5, -2e10}, 2)};
      },
      {"the weight 0.5 from neuron 2 to neuron 2", "weight " + detail::to_text(-2e10) + " from neuron 3"});
  check_message<InvalidGraph>(
      [] {
        detail::FixedPointGraph{star<TestType>({0.5, -1e10, -1e10})};
      },
      {"0.5 from neuron 0 to neuron 0", detail::to_text(-1e10)});
  check_message<InvalidGraph>(
      [] {
        detail::FixedPointGraph{star<std::array<TestType, 2>>({{0, 0}, {-1e10, 0.5}})};
      },
      {"0.5 from neuron 1 to neuron 0", detail::to_text(-1e10), "from neuron 1"});
}

TEST_CASE("a weight may be rounded by a thousandth of itself, or of the lower quartile") {
  const auto fits = [](const std::vector<double>& weights) {
    try {
      detail::FixedPointGraph{star(weights)};
      return true;
    } catch (const InvalidGraph&) {
      return false;
    }
  };
  // 2^30 is the largest integer, so that the unit is 1.
  CHECK(fits({0x1p30, 300.0}));
  CHECK(fits({0x1p30, 300.3003}));
  CHECK(!fits({0x1p30, 300.3004}));
  CHECK(!fits({0x1p30, -299.6999}));
  CHECK(fits({0x1p30, 500.5}));
  CHECK(!fits({0x1p30, 499.5}));
  CHECK(!fits({0x1p30, 499.5004}));
  CHECK(fits({0x1p30, 499.5006}));

  // The quartile is the 1st of 4, and the 2nd of 5; weights of 0 do not count.
  CHECK(!fits({0.4, 0x1p30, 0x1p20, 0x1p20}));
  CHECK(fits({0.4, 0x1p30, 0x1p20, 400.0, 0x1p20}));
  CHECK(!fits({0.4, 0x1p30, 0x1p20, 399.0, 0x1p20}));
  CHECK(!fits({0.4, 0x1p30, 0x1p20, 0, 0x1p20}));
}

TEST_CASE("weights are refused exactly by the rule, over all basis functions") {
  using Weights = std::array<double, 2>;
  support::Numbers numbers{7};
  int refused = 0;
  for (int i = 0; i < 2'000; ++i) {
    const double sigma = numbers.real(0.0, 9.0);
    std::vector<Weights> weights(static_cast<std::size_t>(numbers.between(1, 12)));
    std::vector<double> sizes;
    double largest = 0.0;
    for (Weights& of_one : weights)
      for (double& weight : of_one) {
        weight = numbers.coin(0.1) ? 0.0 : normal(numbers) * std::exp(sigma * normal(numbers));
        largest = std::max(largest, std::abs(weight));
        if (weight != 0.0) sizes.push_back(std::abs(weight));
      }
    std::sort(sizes.begin(), sizes.end());
    int k = largest > 0.0 ? 31 - std::ilogb(largest) : 0;
    while (std::nearbyint(std::ldexp(largest, k)) > 2147483647.0) --k;
    bool vanishes = false;
    for (const double size : sizes) {
      const double lost = std::abs(std::ldexp(std::nearbyint(std::ldexp(size, k)), -k) - size);
      vanishes = vanishes || (lost > 1e-3 * size && lost > 1e-3 * sizes[(sizes.size() - 1) / 4]);
    }
    CAPTURE(i, sigma, sizes);
    refused += vanishes;
    if (vanishes)
      CHECK_THROWS_AS(detail::FixedPointGraph{star(weights)}, InvalidGraph);
    else
      CHECK_NOTHROW(detail::FixedPointGraph{star(weights)});
  }
  CHECK((refused > 200 && refused < 1'800));
}

TEST_CASE("normal weights, and lognormal weights as broad as any measured, are accepted") {
  support::Numbers numbers{8};
  constexpr std::size_t synapses = support::slow_build ? 50'000 : 1'000'000;
  std::vector<float> normals(synapses), lognormals(synapses);
  for (float& weight : normals) weight = static_cast<float>(normal(numbers));
  for (float& weight : lognormals) weight = static_cast<float>(std::exp(2.0 * normal(numbers)));
  CHECK(detail::FixedPointGraph{star(normals)}.count_limit() >= 8192);
  CHECK(detail::FixedPointGraph{star(lognormals)}.count_limit() >= 8192);
}

TEST_CASE("weights below 2^-100 become 0, and are refused where that matters") {
  const detail::FixedPointGraph least{star<double>({0x1p-100, -0x1p-99})};
  CHECK(least.exponents()[0] == 129);
  CHECK(least.weight(0) == 1 << 29);
  const detail::FixedPointGraph beside{star<double>({0x1.fffp-101, 1, 1, 1, -1})};
  CHECK(beside.exponents()[0] == 30);
  CHECK(beside.weight(0) == 0);
  for (const double weight : {0x1.fffp-101, -1e-40, 1e-300, 0x1p-1074}) {
    check_message<InvalidGraph>(
        [&] {
          detail::FixedPointGraph{star<double>({0, 0, weight}, 1)};
        },
        {"the weight " + detail::to_text(weight) + " from neuron 2 to neuron 1", "2^-100"});
    check_message<InvalidGraph>(
        [&] {
          detail::FixedPointGraph{star<double>({1, weight})};
        },
        {detail::to_text(weight), "2^-100"});
  }
  check_message<InvalidGraph>([&] { detail::FixedPointGraph{star<float>({1e-40f})}; }, {"2^-100"});
}

// --- graphs ---------------------------------------------------------------------------------------------------------

TEST_CASE("single-precision weights are converted in place") {
  Graph graph = chain<float>({0.5f, -0.25f, 0.125f});
  const void* const storage = graph.rows().weights.data();
  const std::uint32_t* const targets = graph.rows().targets.data();
  detail::FixedPointGraph fixed{std::move(graph)};
  CHECK(fixed.targets().data() == targets);
  const auto given = std::move(fixed).release();
  CHECK(given.weights.data() == storage);
  CHECK(given.targets.data() == targets);
}

TEST_CASE("weights in double that are floats become the same integers") {
  const std::vector<float> single = {0.3f, -1.7f, 2e-5f, 0.0f};
  const detail::FixedPointGraph a{chain(single)}, b{chain(std::vector<double>(single.begin(), single.end()))};
  CHECK(a.exponents() == b.exponents());
  for (std::size_t e = 0; e < single.size(); ++e) CHECK(a.weight(e) == b.weight(e));
}

TEMPLATE_TEST_CASE("any number of threads converts a graph to the same integers", "", float, double,
                   (std::array<float, 2>)) {
  // Sizes differ by factors of 1e4 between neurons, and neuron 1 needs several passes.
  CompressedRows<TestType, std::uint32_t> rows;
  constexpr std::uint32_t neurons = 120;
  std::mt19937 random(1);
  for (std::uint32_t pre = 0; pre < 3000; ++pre) {
    rows.offsets.push_back(rows.targets.size());
    for (std::uint32_t post = pre % 3; post < neurons; post += 1 + pre % 5) {
      const auto size =
          static_cast<float>((static_cast<double>(random()) * 0x1p-32 - 0.3) * (post % 7 == 0 ? 1e4 : 1.0));
      rows.targets.push_back(post);
      if constexpr (std::is_floating_point_v<TestType>)
        rows.weights.push_back(post == 1 ? 1.0f : size);
      else
        rows.weights.push_back({post == 1 ? 1.0f : size, post % 2 == 0 ? size : 0.0f});
    }
  }
  rows.offsets.push_back(rows.targets.size());
  const Graph<TestType> graph{std::move(rows)};
  const detail::FixedPointGraph one{Graph<TestType>(graph)};
  for (const int threads : {2, 3}) {
    const detail::FixedPointGraph several{Graph<TestType>(graph), threads};
    CHECK(several.exponents() == one.exponents());
    CHECK(several.largest_sum() == one.largest_sum());
    CHECK(several.largest_input() == one.largest_input());
    bool same = true;
    for (std::uint64_t e = 0; e < one.synapses(); ++e)
      for (std::size_t basis = 0; basis < Graph<TestType>::bases; ++basis)
        same = same && several.weight(e, basis) == one.weight(e, basis);
    CHECK(same);
  }
}

TEST_CASE("a weight that vanishes on any thread is refused") {
  EdgeList edges{300};
  for (std::uint32_t pre = 0; pre < 300; ++pre)
    for (std::uint32_t post = 0; post < 200; ++post) edges.add(pre, post, pre >= 180 && post == 3 ? 1e-6f : 1e6f);
  for (const int threads : {1, 2, 3})
    check_message<InvalidGraph>(
        [&] {
          detail::FixedPointGraph{Graph{edges}, threads};
        },
        {"from neuron 180 to neuron 3", "would vanish"});
}

TEST_CASE("the largest sum is that of the absolute weights onto one neuron, and limits counts") {
  EdgeList edges{4};
  edges.add(0, 1, 1.0f);
  edges.add(1, 1, -1.0f);
  edges.add(2, 1, 0.5f);
  edges.add(0, 2, 1.0f);
  const detail::FixedPointGraph fixed{Graph{edges}};
  CHECK(fixed.largest_sum() == 5u << 29);
  CHECK(fixed.count_limit() == (std::uint64_t{1} << 53) / (5u << 29));
}

TEST_CASE("without synapses, or with weights that are all 0, any count of 31 bits is exact") {
  for (const detail::FixedPointGraph<std::uint32_t>& fixed :
       {detail::FixedPointGraph{Graph{EdgeList{5}}}, detail::FixedPointGraph{chain<float>({0, 0})}}) {
    CHECK(fixed.exponents() == std::vector<std::int16_t>(fixed.neurons()));
    CHECK(fixed.unit(0) == 1.0);
    CHECK(fixed.largest_sum() == 0);
    CHECK(fixed.count_limit() == 2147483647);
  }
}

// --- several weights a synapse, and delays --------------------------------------------------------------------------

TEST_CASE("a neuron has one unit for all its weights, whatever the basis function of the largest") {
  for (std::size_t m = 0; m < 3; ++m) {
    std::vector<std::array<double, 3>> weights(4, {0.1, -0.1, 0.1});
    weights[2][m] = -1.0;
    const detail::FixedPointGraph fixed{star(weights)};
    static_assert(std::is_same_v<decltype(fixed), const detail::FixedPointGraph<std::uint32_t, 3>>);
    CHECK(fixed.exponents() == std::vector<std::int16_t>{30, 0, 0, 0});
    CHECK(fixed.weight(2, m) == -(1 << 30));
  }
  const detail::FixedPointGraph zeros{chain<std::array<float, 2>>({{0, 0}})};
  CHECK(zeros.exponents() == std::vector<std::int16_t>{0, 0});
  CHECK(zeros.count_limit() == 2147483647);
}

TEST_CASE("several single-precision weights are converted in place, too, and delays stay") {
  EdgeList<std::array<float, 2>> edges{2};
  edges.add(0, 1, {1.0f, -0.5f}, 7);
  edges.add(0, 0, {0.25f, 0.0f}, 9);
  Graph graph{edges};
  const void* const storage = graph.rows().weights.data();
  const auto* const delays = graph.rows().delays.data();
  detail::FixedPointGraph fixed{std::move(graph)};
  CHECK(fixed.delays().data() == delays);
  CHECK(fixed.delays() == std::vector<Delay>{7, 9});
  CHECK(fixed.max_delay() == 9);
  CHECK(fixed.weight(0, 1) == -(1 << 29));
  CHECK(fixed.weight(1, 0) == 1 << 30);
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
  const detail::FixedPointGraph fixed{Graph{edges}};
  CHECK(fixed.largest_sum() == 9u << 28);  // 1 + 1 + 0.25; of the other function 2
  CHECK(fixed.count_limit() == (std::uint64_t{1} << 53) / (9u << 28));
}

TEST_CASE("release returns the rows of a graph, whatever the type of its weights") {
  EdgeList<std::array<double, 2>, std::uint16_t> edges{3};
  edges.add(0, 2, {1.0, -0.5}, 4);
  edges.add(2, 0, {0.25, 0.75}, 1);
  edges.add(2, 1, {0.0, -1.0}, 9);
  const detail::FixedPointGraph fixed{Graph{edges}};
  const auto given = detail::FixedPointGraph{Graph{edges}}.release();
  REQUIRE((given.offsets.size() == 4 && given.targets.size() == 3 && given.weights.size() == 6));
  CHECK(std::equal(given.offsets.begin(), given.offsets.end(), fixed.offsets().begin(), fixed.offsets().end()));
  CHECK(std::equal(given.targets.begin(), given.targets.end(), fixed.targets().begin(), fixed.targets().end()));
  CHECK(std::equal(given.delays.begin(), given.delays.end(), fixed.delays().begin(), fixed.delays().end()));
  for (std::size_t e = 0; e < 3; ++e)
    for (std::size_t m = 0; m < 2; ++m) CHECK(given.weights[2 * e + m] == fixed.weight(e, m));
  CHECK(detail::FixedPointGraph{chain<float>({1.0f})}.release().delays.empty());
}

TEST_CASE("the largest count keeps sums exact and in the range of single precision, and is 1 in a binary model") {
  const detail::FixedPointGraph fixed{chain<float>({1.0f, 0.5f})};
  CHECK(detail::count_limit_of<Binary>(fixed) == 1);
  CHECK(detail::count_limit_of<Counting>(fixed) == static_cast<std::int64_t>(fixed.count_limit()));
  const detail::FixedPointGraph heavy{chain<float>({3e38f})};
  CHECK(detail::count_limit_of<Binary>(heavy) == 1);
  check_message<InvalidGraph>([&] { detail::count_limit_of<Counting>(heavy); },
                              {"sums over synapses may reach", "single precision"});
}

TEST_CASE("rows are regrouped where a row, or a group, is empty") {
  EdgeList edges{5};
  for (const std::uint32_t post : {1u, 2u, 4u}) edges.add(3, post, static_cast<float>(post));
  detail::FixedPointGraph fixed{Graph{edges}};
  detail::Threads threads{2};
  fixed.group_rows(
      4, [](std::uint32_t target) { return target == 4 ? 0u : 2u; }, threads);
  CHECK(fixed.targets() == std::vector<std::uint32_t>{4, 1, 2});
}

TEST_CASE("a weight that would vanish is named with its neurons, even if rows before it are empty") {
  EdgeList edges{9};
  edges.add(4, 8, 0.5f);
  edges.add(7, 8, -1e10f);
  edges.add(2, 1, 0.5f);
  check_message<InvalidGraph>(
      [&] { detail::FixedPointGraph{Graph{edges}}; },
      {"the weight 0.5 from neuron 4 to neuron 8 would vanish in rounding because of the weight "
       "-1e+10 from neuron 7: "});
}

TEST_CASE("rows are regrouped stably, with delays and all weights of a synapse") {
  EdgeList<std::array<float, 2>, std::uint16_t> edges{10};
  for (std::uint32_t pre = 0; pre < 10; ++pre)
    for (std::uint32_t post = 0; post < 10; ++post)
      edges.add(pre, post, {static_cast<float>(1 + pre), static_cast<float>(1 + post)}, 1 + (pre * 3 + post * 7) % 5);
  detail::FixedPointGraph fixed{Graph{edges}};
  detail::Threads threads{2};
  fixed.group_rows(
      3, [](std::uint16_t target) { return target % 3; }, threads);
  REQUIRE(fixed.synapses() == 100);
  for (std::uint32_t pre = 0; pre < 10; ++pre)
    for (std::uint64_t e = fixed.offsets()[pre]; e < fixed.offsets()[pre + 1]; ++e) {
      const std::uint32_t post = fixed.targets()[e];
      CHECK(fixed.delays()[e] == 1 + (pre * 3 + post * 7) % 5);
      CHECK(fixed.weight(e, 0) * fixed.unit(post) == 1 + pre);
      CHECK(fixed.weight(e, 1) * fixed.unit(post) == 1 + post);
      if (e > fixed.offsets()[pre]) {
        const std::uint32_t before = fixed.targets()[e - 1];
        CHECK(std::tuple(before % 3, fixed.delays()[e - 1], before) < std::tuple(post % 3, fixed.delays()[e], post));
      }
    }
}
