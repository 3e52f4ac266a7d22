// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/edge_list.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"

using spikeometric::Edge, spikeometric::EdgeList, spikeometric::InvalidGraph, spikeometric::InvalidSynapse;

TEST_CASE("an edge list keeps edges in the order they come, duplicates included") {
  EdgeList edges{3};
  static_assert(std::is_same_v<decltype(edges), EdgeList<float, std::uint32_t>>);
  CHECK(edges.size() == 0);
  CHECK(edges.begin() == edges.end());
  edges.reserve(4);
  edges.add(2, 1, -0.25f);
  edges.add(0, 1, 0.5f);
  edges.add(1, 1, 1.0f);
  edges.add(0, 1, 0.5f);
  CHECK(edges.neurons() == 3);
  CHECK(edges.size() == 4);
  const std::vector<Edge<>> expected = {{2, 1, -0.25f}, {0, 1, 0.5f}, {1, 1, 1.0f}, {0, 1, 0.5f}};
  CHECK(std::vector<Edge<>>(edges.begin(), edges.end()) == expected);
}

TEST_CASE("an edge list takes a vector of edges, whose types it follows") {
  const std::vector<Edge<double, std::uint16_t>> expected = {{1, 0, 0.1}, {0, 1, -1e300}};
  const EdgeList edges{2, expected};
  static_assert(std::is_same_v<decltype(edges), const EdgeList<double, std::uint16_t>>);
  CHECK(std::vector<Edge<double, std::uint16_t>>(edges.begin(), edges.end()) == expected);
}

TEST_CASE("an edge list needs neurons") {
  check_message<InvalidGraph>([] { EdgeList<>{0}; }, {"at least one neuron"});
  check_message<InvalidGraph>([] { EdgeList<>{0, {}}; }, {"at least one neuron"});
  CHECK_THROWS_AS(EdgeList<>{0}, std::invalid_argument);
}

TEST_CASE("an edge list refuses more neurons than its vertex type can number") {
  CHECK(EdgeList<float, std::uint16_t>{65536}.neurons() == 65536);
  check_message<InvalidGraph>([] { EdgeList<float, std::uint16_t>{65537}; }, {"65537 neurons", "16 bits"});
  CHECK(EdgeList<>{std::uint64_t{1} << 32}.neurons() == std::uint64_t{1} << 32);
  check_message<InvalidGraph>([] { EdgeList<>{(std::uint64_t{1} << 32) + 1}; }, {"4294967297 neurons", "32 bits"});
  check_message<InvalidGraph>([] { EdgeList<>{~std::uint64_t{0}}; }, {"18446744073709551615 neurons"});
}

TEST_CASE("an edge list takes the last neuron that its vertex type can number") {
  EdgeList<float, std::uint16_t> edges{65536};
  edges.add(65535, 65535, 1.0f);
  CHECK(*edges.begin() == Edge<float, std::uint16_t>{65535, 65535, 1.0f});
}

TEST_CASE("an edge list refuses a neuron that does not exist, and names it") {
  EdgeList edges{3};
  check_message<InvalidGraph>([&] { edges.add(3, 0, 1.0f); }, {"3 -> 0", "out of range", "3 neurons"});
  check_message<InvalidGraph>([&] { edges.add(0, 3, 1.0f); }, {"0 -> 3", "out of range", "3 neurons"});
  // An id is compared before it is narrowed: 2^32 is not neuron 0.
  check_message<InvalidGraph>([&] { edges.add(std::uint64_t{1} << 32, 0, 1.0f); }, {"4294967296 -> 0"});
  check_message<InvalidGraph>([] { EdgeList<>{2, {{0, 1, 1.0f}, {1, 2, 1.0f}}}; }, {"1 -> 2", "2 neurons"});
  CHECK(edges.size() == 0);
}

TEMPLATE_TEST_CASE("an edge list refuses a weight that is not finite, and names it", "", float, double) {
  using Limits = std::numeric_limits<TestType>;
  EdgeList<TestType> edges{3};
  check_message<InvalidGraph>([&] { edges.add(1, 2, Limits::quiet_NaN()); }, {"1 -> 2", "nan"});
  check_message<InvalidGraph>([&] { edges.add(1, 2, Limits::infinity()); }, {"1 -> 2", "weight inf"});
  check_message<InvalidGraph>([&] { edges.add(1, 2, -Limits::infinity()); }, {"1 -> 2", "-inf"});
  check_message<InvalidGraph>([] { EdgeList<TestType>{3, {{0, 2, Limits::infinity()}}}; }, {"0 -> 2", "inf"});
  CHECK(edges.size() == 0);
  for (const TestType extreme : {Limits::max(), Limits::lowest(), Limits::denorm_min(), TestType(0)})
    edges.add(0, 1, extreme);
  CHECK(edges.size() == 4);
}

TEST_CASE("a synapse has a delay of one step unless told otherwise, and may have up to 65535") {
  EdgeList edges{3};
  edges.add(0, 1, 0.5f);
  edges.add(0, 1, 0.5f, 2);
  edges.add(0, 2, 0.5f, 65535);
  const std::vector<Edge<>> expected = {{0, 1, 0.5f, 1}, {0, 1, 0.5f, 2}, {0, 2, 0.5f, 65535}};
  CHECK(std::vector<Edge<>>(edges.begin(), edges.end()) == expected);
  CHECK(Edge<>{0, 1, 0.5f}.delay == 1);
  CHECK_FALSE((Edge<>{0, 1, 0.5f, 1} == Edge<>{0, 1, 0.5f, 2}));
  const EdgeList same{3, expected};
  CHECK(std::vector<Edge<>>(same.begin(), same.end()) == expected);
}

TEST_CASE("an edge list refuses a delay out of range, and names it") {
  EdgeList edges{3};
  for (const std::int64_t delay : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{65536}, std::int64_t{65537},
                                   std::int64_t{1} << 32, std::numeric_limits<std::int64_t>::min()})
    check_message<InvalidSynapse>([&] { edges.add(1, 2, 1.0f, delay); },
                                  {"1 -> 2", "has delay " + std::to_string(delay) + ";", "1 to 65535"});
  check_message<InvalidSynapse>([] { EdgeList<>{3, {{0, 1, 1.0f}, {0, 2, 1.0f, 0}}}; }, {"0 -> 2", "has delay 0"});
  CHECK(edges.size() == 0);
}

TEST_CASE("a refused synapse is named by its numbers, too") {
  EdgeList edges{3};
  try {
    edges.add(1, 7, 1.0f);
    FAIL("nothing was thrown");
  } catch (const InvalidSynapse& error) {
    CHECK((error.pre == 1 && error.post == 7));
  }
}

TEMPLATE_TEST_CASE("a synapse with several weights needs all of them finite", "", float, double) {
  using Weights = std::array<TestType, 3>;
  using Limits = std::numeric_limits<TestType>;
  EdgeList<Weights> edges{3};
  edges.add(0, 1, {1, 2, 3}, 4);
  CHECK(*edges.begin() == Edge<Weights>{0, 1, {1, 2, 3}, 4});
  check_message<InvalidSynapse>([&] { edges.add(1, 2, {Limits::quiet_NaN(), 0, 0}); }, {"1 -> 2", "weight nan"});
  check_message<InvalidSynapse>([&] { edges.add(1, 2, {0, Limits::infinity(), 0}); }, {"1 -> 2", "weight inf"});
  check_message<InvalidSynapse>([&] { edges.add(1, 2, {0, 0, -Limits::infinity()}); }, {"1 -> 2", "weight -inf"});
  check_message<InvalidSynapse>([] { EdgeList<Weights>{3, {{0, 2, {0, 0, Limits::quiet_NaN()}}}}; }, {"0 -> 2", "nan"});
  CHECK(edges.size() == 1);
}
