// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/detail/edge_collector.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "../catch.hpp"

using namespace spikeometric;
using Edges = std::vector<Edge<>>;

namespace {

constexpr auto nobody_refuses = [](const InvalidSynapse&, const EdgeList<>&) {};

Graph<> collected(const Edges& edges, std::uint64_t neurons) {
  detail::EdgeCollector<float, std::uint32_t> collector;
  for (const Edge<>& edge : edges) collector.add(edge);
  CHECK(collector.size() == edges.size());
  return std::move(collector).graph(neurons, Duplicates::refuse, nobody_refuses);
}

/// In the order of rows, none of them for neurons 0, 3 and 5.
const Edges ordered{{1, 0, 0.5f}, {1, 2, 1.5f}, {2, 2, -1.0f}, {4, 0, 2.0f}, {4, 1, 3.0f}};

}  // namespace

TEST_CASE("synapses in any order make the graph that a list of them makes") {
  Edges edges = ordered;
  std::mt19937 random(1);
  for (int shuffled = 0; shuffled < 20; ++shuffled) {
    CHECK(collected(edges, 6) == Graph<>{EdgeList<>{6, edges}});
    std::shuffle(edges.begin(), edges.end(), random);
  }
}

TEST_CASE("synapses with delays make the graph that a list of them makes") {
  for (std::size_t late = 0; late < ordered.size(); ++late) {
    Edges edges = ordered;
    edges[late].delay = 7;
    CHECK(collected(edges, 6) == Graph<>{EdgeList<>{6, edges}});
  }
}

TEST_CASE("no synapses make a graph without synapses") {
  CHECK(collected({}, 3) == Graph<>{EdgeList<>{3}});
  CHECK_THROWS_AS(collected({}, 0), InvalidGraph);
}

TEST_CASE("the list has the synapses in the order they came, and goes on growing") {
  detail::EdgeCollector<float, std::uint32_t> collector;
  for (std::size_t i = 0; i < 3; ++i) collector.add(ordered[i]);
  CHECK(collector.edges() == Edges(ordered.begin(), ordered.begin() + 3));
  collector.add(ordered[4]);
  collector.add(ordered[3]);
  CHECK(collector.edges() == Edges{ordered[0], ordered[1], ordered[2], ordered[4], ordered[3]});
}

TEST_CASE("duplicate synapses and ids out of range are refused") {
  Edges repeated = ordered;
  repeated.push_back(ordered.back());
  detail::EdgeCollector<float, std::uint32_t> collector;
  for (const Edge<>& edge : repeated) collector.add(edge);
  std::uint64_t refused = 0;
  CHECK_THROWS_AS(std::move(collector).graph(6, Duplicates::refuse,
                                             [&](const InvalidSynapse& error, const EdgeList<>& list) {
                                               refused = error.pre * 10 + error.post;
                                               CHECK(list.size() == repeated.size());
                                             }),
                  InvalidSynapse);
  CHECK(refused == 41);
  CHECK_THROWS_AS(collected(ordered, 4), InvalidGraph);
  CHECK_THROWS_AS(collected({{0, 9, 1.0f}}, 4), InvalidGraph);
}
