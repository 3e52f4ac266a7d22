// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/graph.hpp"

#include <Eigen/Dense>
#include <Eigen/SparseCore>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"

using spikeometric::CompressedRows, spikeometric::Delay, spikeometric::Duplicates, spikeometric::Edge,
    spikeometric::EdgeList, spikeometric::Graph, spikeometric::InvalidGraph, spikeometric::InvalidSynapse;

namespace {

using FloatNarrow = Graph<float, std::uint16_t>;
using FloatWide = Graph<float, std::uint32_t>;
using DoubleNarrow = Graph<double, std::uint16_t>;
using DoubleWide = Graph<double, std::uint32_t>;

/// Weights by (pre, post), which a map keeps in the order of a graph.
template <class Weight>
using Plain = std::map<std::pair<std::uint64_t, std::uint64_t>, Weight>;

/// Every way to read a graph gives what the plain list says.
template <class Weight, class Vertex>
void check_is(const Graph<Weight, Vertex>& graph, std::uint64_t neurons, const Plain<Weight>& expected) {
  REQUIRE(graph.neurons() == neurons);
  REQUIRE(graph.synapses() == expected.size());

  std::vector<Edge<Weight, Vertex>> by_row, by_edge, plain;
  for (const auto& [pair, weight] : expected)
    plain.push_back({static_cast<Vertex>(pair.first), static_cast<Vertex>(pair.second), weight});
  for (std::uint64_t pre = 0; pre < neurons; ++pre) {
    const auto targets = graph.targets(pre);
    const auto weights = graph.weights(pre);
    REQUIRE(targets.size() == graph.out_degree(pre));
    REQUIRE(weights.size() == graph.out_degree(pre));
    for (std::size_t i = 0; i < targets.size(); ++i)
      by_row.push_back({static_cast<Vertex>(pre), targets[i], weights[i]});
  }
  for (const auto& edge : graph.edges()) by_edge.push_back(edge);
  CHECK(by_row == plain);
  CHECK(by_edge == plain);

  Eigen::Matrix<Weight, Eigen::Dynamic, Eigen::Dynamic> dense = graph.to_dense();
  REQUIRE(static_cast<std::uint64_t>(dense.rows()) == neurons);
  REQUIRE(static_cast<std::uint64_t>(dense.cols()) == neurons);
  for (const auto& [pair, weight] : expected) {
    Weight& entry = dense(static_cast<Eigen::Index>(pair.first), static_cast<Eigen::Index>(pair.second));
    REQUIRE(entry == weight);
    entry = 0;
  }
  CHECK(dense.isZero(0));
}

/// Draws edges among neurons in no order; may repeat.
template <class GraphType>
std::vector<typename GraphType::EdgeType> random_edges(std::uint64_t neurons, std::size_t count,
                                                       std::mt19937_64& random) {
  using Vertex = typename GraphType::VertexType;
  using Weight = typename GraphType::WeightType;
  std::vector<typename GraphType::EdgeType> edges(count);
  for (auto& edge : edges) {
    const auto weight = static_cast<Weight>(static_cast<double>(random() >> 11) * 0x1p-52 - 1);
    edge = {static_cast<Vertex>(random() % neurons), static_cast<Vertex>(random() % neurons), weight};
  }
  return edges;
}

template <class GraphType>
GraphType of_edges(std::uint64_t neurons, std::vector<typename GraphType::EdgeType> edges,
                   Duplicates duplicates = Duplicates::refuse) {
  return GraphType{EdgeList<typename GraphType::WeightType, typename GraphType::VertexType>{neurons, std::move(edges)},
                   duplicates};
}

}  // namespace

TEMPLATE_TEST_CASE("a graph holds the edges it was given, in whatever order they came", "", FloatNarrow, FloatWide,
                   DoubleNarrow, DoubleWide) {
  const std::uint64_t neurons = GENERATE(1, 2, 7, 40, 200);
  const std::size_t count = GENERATE(0, 1, 30, 3000);
  INFO(neurons << " neurons, " << count << " draws of edges");
  std::mt19937_64 random{neurons + 1000 * count};
  Plain<typename TestType::WeightType> expected;
  std::vector<typename TestType::EdgeType> edges;
  for (const auto& edge : random_edges<TestType>(neurons, count, random))
    if (expected.try_emplace({edge.pre, edge.post}, edge.weight).second) edges.push_back(edge);
  const auto graph = of_edges<TestType>(neurons, edges);
  check_is(graph, neurons, expected);
  std::sort(edges.begin(), edges.end(), [](const auto& a, const auto& b) { return a.weight < b.weight; });
  CHECK(of_edges<TestType>(neurons, edges) == graph);
}

TEMPLATE_TEST_CASE("duplicate edges are summed in double, in the order given, and rounded once", "", FloatNarrow,
                   FloatWide, DoubleNarrow, DoubleWide) {
  using Weight = typename TestType::WeightType;
  std::mt19937_64 random{2};
  const std::size_t count = GENERATE(10, 500, 5000);
  const auto edges = random_edges<TestType>(20, count, random);
  Plain<double> sums;
  for (const auto& edge : edges) {
    const auto [place, is_new] = sums.try_emplace({edge.pre, edge.post}, edge.weight);
    if (!is_new) place->second += edge.weight;
  }
  Plain<Weight> expected;
  for (const auto& [pair, sum] : sums) expected[pair] = static_cast<Weight>(sum);
  check_is(of_edges<TestType>(20, edges, Duplicates::sum), 20, expected);
}

TEST_CASE("the order of duplicate edges counts, and single precision does not") {
  const auto sum_of = [](std::vector<float> weights) {
    std::vector<Edge<>> edges;
    for (const float weight : weights) edges.push_back({0, 0, weight});
    return of_edges<FloatWide>(1, edges, Duplicates::sum).weights(0)[0];
  };
  CHECK(sum_of({1e30f, 1.0f, -1e30f}) == 0.0f);
  CHECK(sum_of({1e30f, -1e30f, 1.0f}) == 1.0f);
  CHECK(sum_of({0x1p24f, 1.0f, 1.0f}) == 0x1p24f + 2.0f);  // summed in float, each 1 would be lost
  CHECK(sum_of({0.5f, -0.5f}) == 0.0f);                    // stays a synapse, of weight 0
}

TEST_CASE("a graph refuses a duplicate edge and names it") {
  const std::vector<Edge<>> edges = {{1, 2, 1.0f}, {3, 0, 2.0f}, {1, 0, 1.0f},
                                     {3, 0, 2.0f}, {3, 1, 1.0f}, {3, 0, 5.0f}};
  check_message<InvalidGraph>([&] { of_edges<FloatWide>(4, edges); }, {"3 -> 0", "3 times"});
}

TEST_CASE("a graph refuses a sum of weights that is not finite") {
  const float most = std::numeric_limits<float>::max();
  check_message<InvalidGraph>(
      [&] {
        of_edges<FloatWide>(2, {{1, 0, most}, {1, 0, most}}, Duplicates::sum);
      },
      {"1 -> 0", "inf"});
  const double largest = std::numeric_limits<double>::max();
  check_message<InvalidGraph>(
      [&] {
        of_edges<DoubleWide>(2, {{1, 0, largest}, {1, 0, largest}}, Duplicates::sum);
      },
      {"1 -> 0", "inf"});
}

TEST_CASE("a synapse from a neuron to itself is an ordinary one") {
  check_is(of_edges<FloatWide>(2, {{1, 1, 0.5f}, {1, 0, 2.0f}}), 2, {{{1, 1}, 0.5f}, {{1, 0}, 2.0f}});
}

TEST_CASE("a graph may have no synapses") {
  check_is(of_edges<FloatWide>(3, {}), 3, {});
  check_is(of_edges<FloatNarrow>(1, {}), 1, {});
}

TEST_CASE("the last neuron of 16 bits is an ordinary one") {
  const auto graph = of_edges<FloatNarrow>(65536, {{65535, 65535, 1.0f}, {65535, 0, 2.0f}, {0, 65535, 3.0f}});
  CHECK(graph.neurons() == 65536);
  CHECK(graph.out_degree(65535) == 2);
  CHECK(graph.targets(65535)[1] == 65535);
  CHECK(graph.weights(0)[0] == 3.0f);
}

TEMPLATE_TEST_CASE("a graph goes to a dense matrix, row = presynaptic neuron, and back", "", float, double) {
  using RowMajor = Eigen::Matrix<TestType, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::Matrix<TestType, 3, 3> matrix;
  matrix << 0, TestType(0.1), 0,  //
      0, 2, TestType(-0.3),       //
      4, 0, 0;
  const Graph graph{matrix};
  static_assert(std::is_same_v<decltype(graph), const Graph<TestType>>);
  check_is(graph, 3, {{{0, 1}, TestType(0.1)}, {{1, 1}, 2}, {{1, 2}, TestType(-0.3)}, {{2, 0}, 4}});
  CHECK(graph.to_dense() == matrix);
  CHECK(Graph{RowMajor(matrix)} == graph);
  CHECK(Graph{matrix.array()} == graph);
  CHECK(Graph{2 * matrix - matrix} == graph);
  CHECK((Graph<TestType, std::uint16_t>{matrix}.to_dense() == matrix));
}

TEMPLATE_TEST_CASE("a graph goes to a sparse matrix, row = presynaptic neuron, and back", "",
                   (Eigen::SparseMatrix<float, Eigen::RowMajor>), (Eigen::SparseMatrix<float, Eigen::ColMajor>),
                   (Eigen::SparseMatrix<double, Eigen::RowMajor, std::int64_t>),
                   (Eigen::SparseMatrix<double, Eigen::ColMajor>)) {
  using Weight = typename TestType::Scalar;
  TestType matrix(4, 4);
  matrix.insert(2, 0) = Weight(0.1);
  matrix.insert(0, 3) = 2;
  matrix.insert(2, 2) = 3;
  matrix.insert(3, 1) = 0;  // stored, so a synapse
  const Plain<Weight> expected = {{{2, 0}, Weight(0.1)}, {{0, 3}, 2}, {{2, 2}, 3}, {{3, 1}, 0}};
  REQUIRE_FALSE(matrix.isCompressed());
  check_is(Graph{matrix}, 4, expected);
  matrix.makeCompressed();
  const Graph graph{matrix};
  check_is(graph, 4, expected);

  const auto sparse = graph.to_sparse();
  CHECK(sparse.isCompressed());
  CHECK(sparse.nonZeros() == 4);
  CHECK(sparse.coeff(2, 0) == Weight(0.1));
  CHECK(Graph{sparse} == graph);
  CHECK(Graph{TestType(graph.to_sparse())} == graph);

  const TestType transposed = matrix.transpose();
  CHECK(Graph{matrix.transpose()} == Graph{transposed});
  CHECK(Graph{transposed}.out_degree(0) == 1);
  CHECK(Graph{transposed}.targets(0)[0] == 2);
}

TEST_CASE("random sparse and dense matrices come back as they were") {
  std::mt19937_64 random{3};
  Plain<double> plain;
  for (const auto& edge : random_edges<DoubleWide>(50, 600, random)) plain[{edge.pre, edge.post}] = edge.weight;
  Eigen::SparseMatrix<double> matrix(50, 50);
  for (const auto& [pair, weight] : plain)
    matrix.insert(static_cast<Eigen::Index>(pair.first), static_cast<Eigen::Index>(pair.second)) = weight;
  check_is(Graph{matrix}, 50, plain);
  CHECK(Graph{matrix.toDense()} == Graph{matrix});
  CHECK(Graph{matrix}.to_dense() == matrix.toDense());
}

TEST_CASE("a matrix that is not square, empty or not finite is refused") {
  check_message<InvalidGraph>([] { Graph{Eigen::MatrixXf(2, 3)}; }, {"square", "2 x 3"});
  check_message<InvalidGraph>([] { Graph{Eigen::SparseMatrix<float>(4, 3)}; }, {"square", "4 x 3"});
  check_message<InvalidGraph>([] { Graph{Eigen::MatrixXf(0, 0)}; }, {"at least one neuron"});
  check_message<InvalidGraph>([] { Graph{Eigen::SparseMatrix<double>(0, 0)}; }, {"at least one neuron"});
  check_message<InvalidGraph>([] { Graph<float, std::uint16_t>{Eigen::SparseMatrix<float>(65537, 65537)}; }, {"65537"});

  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(3, 3);
  matrix(1, 2) = std::numeric_limits<double>::quiet_NaN();
  check_message<InvalidGraph>([&] { Graph{matrix}; }, {"1 -> 2", "nan"});
  check_message<InvalidGraph>([&] { Graph{Eigen::SparseMatrix<double>(matrix.sparseView())}; }, {"1 -> 2", "nan"});
  matrix(1, 2) = 1e300;
  check_message<InvalidGraph>([&] { Graph<float>{matrix}; }, {"1 -> 2", "inf"});  // float cannot hold it
}

TEST_CASE("compressed rows become a graph as they are, and come out again") {
  const CompressedRows<float, std::uint32_t> rows = {{0, 2, 2, 3}, {0, 2, 1}, {1.0f, -2.0f, 0.5f}};
  Graph graph{rows};
  static_assert(std::is_same_v<decltype(graph), Graph<float, std::uint32_t>>);
  check_is(graph, 3, {{{0, 0}, 1.0f}, {{0, 2}, -2.0f}, {{2, 1}, 0.5f}});
  CHECK(graph.rows().offsets == rows.offsets);
  const std::uint32_t* const targets = graph.rows().targets.data();
  const CompressedRows<float, std::uint32_t> released = std::move(graph).release();
  CHECK(released.offsets == rows.offsets);
  CHECK(released.targets == rows.targets);
  CHECK(released.weights == rows.weights);
  CHECK(released.targets.data() == targets);  // moved, not copied
}

TEST_CASE("inconsistent compressed rows are refused") {
  using Rows = CompressedRows<float, std::uint32_t>;
  struct Case {
    const char* what;
    Rows rows;
    std::vector<std::string> parts;
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<Case> cases = {
      {"no offsets", {{}, {}, {}}, {"at least one neuron"}},
      {"one offset", {{0}, {}, {}}, {"at least one neuron"}},
      {"a first offset that is not 0", {{1, 2}, {0, 0}, {1, 1}}, {"offsets", "2 targets"}},
      {"a last offset short of the synapses", {{0, 1}, {0, 0}, {1, 1}}, {"offsets", "2 targets"}},
      {"a last offset beyond the synapses", {{0, 3}, {0, 0}, {1, 1}}, {"offsets", "2 targets"}},
      {"offsets that descend", {{0, 2, 1, 2}, {0, 1}, {1, 1}}, {"offsets must ascend"}},
      {"an offset beyond the end between others", {{0, 9, 2}, {0, 1}, {1, 1}}, {"offsets must ascend"}},
      {"fewer weights than targets", {{0, 0, 2}, {0, 1}, {1}}, {"2 targets", "1 weights"}},
      {"more weights than targets", {{0, 0, 1}, {0}, {1, 1}}, {"1 targets", "2 weights"}},
      {"targets that descend", {{0, 0, 2}, {1, 0}, {1, 1}}, {"neuron 1", "0 comes after 1"}},
      {"a target twice", {{0, 0, 2}, {1, 1}, {1, 1}}, {"neuron 1", "1 comes after 1"}},
      {"a target out of range", {{0, 0, 1}, {2}, {1}}, {"1 -> 2", "2 neurons"}},
      {"a weight that is not finite", {{0, 1, 1}, {1}, {nan}}, {"0 -> 1", "nan"}},
  };
  for (const Case& each : cases) {
    INFO(each.what);
    for (const std::string& part : each.parts) check_message<InvalidGraph>([&] { Graph{each.rows}; }, {part});
  }
  CompressedRows<float, std::uint16_t> too_many;
  too_many.offsets.resize(65538);
  check_message<InvalidGraph>([&] { Graph{std::move(too_many)}; }, {"65537 neurons", "16 bits"});
}

TEST_CASE("targets may start anew in each row, and rows may be empty at both ends") {
  const Graph graph{CompressedRows<float, std::uint32_t>{{0, 0, 2, 2, 3, 3}, {3, 4, 0}, {1, 2, 3}}};
  check_is(graph, 5, {{{1, 3}, 1.0f}, {{1, 4}, 2.0f}, {{3, 0}, 3.0f}});
}

TEST_CASE("edges can be walked with an iterator, more than once") {
  const auto graph = of_edges<FloatWide>(4, {{3, 0, 3.0f}, {1, 2, 2.0f}, {1, 0, 1.0f}});
  static_assert(std::input_iterator<FloatWide::EdgeIterator>);
  auto edge = graph.edges().begin();
  CHECK(*edge == Edge<>{1, 0, 1.0f});
  CHECK(*edge++ == Edge<>{1, 0, 1.0f});
  CHECK(*edge == Edge<>{1, 2, 2.0f});
  CHECK(*++edge == Edge<>{3, 0, 3.0f});
  CHECK(++edge == graph.edges().end());
  CHECK(std::distance(graph.edges().begin(), graph.edges().end()) == 3);
}

TEST_CASE("graphs are equal if they have the same neurons, synapses and weights") {
  const auto graph = of_edges<FloatWide>(3, {{0, 1, 1.0f}, {1, 2, 2.0f}});
  CHECK(graph == of_edges<FloatWide>(3, {{1, 2, 2.0f}, {0, 1, 1.0f}}));
  CHECK_FALSE(graph == of_edges<FloatWide>(4, {{0, 1, 1.0f}, {1, 2, 2.0f}}));
  CHECK_FALSE(graph == of_edges<FloatWide>(3, {{0, 1, 1.0f}, {1, 2, 2.5f}}));
  CHECK_FALSE(graph == of_edges<FloatWide>(3, {{0, 1, 1.0f}, {1, 0, 2.0f}}));
  CHECK_FALSE(graph == of_edges<FloatWide>(3, {{0, 1, 1.0f}, {2, 2, 2.0f}}));
  CHECK_FALSE(graph == of_edges<FloatWide>(3, {{0, 1, 1.0f}}));
}

// --- delays, and several weights a synapse --------------------------------------------------------------------------

namespace {

using TwoWeights = Graph<std::array<float, 2>, std::uint32_t>;
using ThreeWeights = Graph<std::array<double, 3>, std::uint16_t>;

/// Weights by (pre, delay, post), which a map keeps in the order of a graph.
template <class Weight>
using Delayed = std::map<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>, Weight>;

template <class Weight, class Vertex>
void check_is(const Graph<Weight, Vertex>& graph, std::uint64_t neurons, const Delayed<Weight>& expected) {
  REQUIRE(graph.neurons() == neurons);
  REQUIRE(graph.synapses() == expected.size());
  std::vector<Edge<Weight, Vertex>> by_row, by_edge, plain;
  Delay longest = 1;
  for (const auto& [place, weight] : expected) {
    const auto& [pre, delay, post] = place;
    plain.push_back({static_cast<Vertex>(pre), static_cast<Vertex>(post), weight, static_cast<Delay>(delay)});
    longest = std::max(longest, plain.back().delay);
  }
  CHECK(graph.max_delay() == longest);
  CHECK(graph.has_delays() == (longest > 1));
  for (std::uint64_t pre = 0; pre < neurons; ++pre) {
    REQUIRE(graph.delays(pre).size() == (longest > 1 ? graph.out_degree(pre) : 0));
    for (std::size_t i = 0; i < graph.out_degree(pre); ++i)
      by_row.push_back({static_cast<Vertex>(pre), graph.targets(pre)[i], graph.weights(pre)[i],
                        longest > 1 ? graph.delays(pre)[i] : Delay{1}});
  }
  for (const auto& edge : graph.edges()) by_edge.push_back(edge);
  CHECK((by_row == plain));
  CHECK((by_edge == plain));
}

template <class Weight>
Weight random_weight(std::mt19937_64& random) {
  const auto one = [&](auto& number) {
    number = static_cast<std::remove_reference_t<decltype(number)>>(static_cast<double>(random() >> 11) * 0x1p-52 - 1);
  };
  Weight weight;
  if constexpr (std::is_arithmetic_v<Weight>)
    one(weight);
  else
    for (auto& number : weight) one(number);
  return weight;
}

/// In no order; may repeat.
template <class GraphType>
std::vector<typename GraphType::EdgeType> delayed_edges(std::uint64_t neurons, std::size_t count, std::uint64_t longest,
                                                        std::mt19937_64& random) {
  using Vertex = typename GraphType::VertexType;
  std::vector<typename GraphType::EdgeType> edges(count);
  for (auto& edge : edges)
    edge = {static_cast<Vertex>(random() % neurons), static_cast<Vertex>(random() % neurons),
            random_weight<typename GraphType::WeightType>(random), static_cast<Delay>(1 + random() % longest)};
  return edges;
}

/// Without repetition, of the given longest delay.
template <class GraphType>
std::pair<GraphType, Delayed<typename GraphType::WeightType>> random_delayed(std::uint64_t neurons, std::size_t count,
                                                                             std::uint64_t longest) {
  std::mt19937_64 random{neurons + 1000 * count + longest};
  Delayed<typename GraphType::WeightType> expected;
  std::vector<typename GraphType::EdgeType> edges;
  for (const auto& edge : delayed_edges<GraphType>(neurons, count, longest, random))
    if (expected.try_emplace({edge.pre, edge.delay, edge.post}, edge.weight).second) edges.push_back(edge);
  return {of_edges<GraphType>(neurons, edges), expected};
}

}  // namespace

TEMPLATE_TEST_CASE("a graph with delays holds the synapses it was given, each row in order of delay and target", "",
                   FloatWide, DoubleNarrow, TwoWeights, ThreeWeights) {
  const std::uint64_t neurons = GENERATE(1, 2, 40);
  const std::size_t count = GENERATE(0, 1, 30, 3000);
  const std::uint64_t longest = GENERATE(1, 2, 20, 65535);
  INFO(neurons << " neurons, " << count << " draws of edges, longest delay " << longest);
  const auto [graph, expected] = random_delayed<TestType>(neurons, count, longest);
  check_is(graph, neurons, expected);
  check_is(TestType{graph.rows()}, neurons, expected);
}

TEST_CASE("two synapses of a pair are duplicates only if their delays are the same") {
  const std::vector<Edge<>> edges = {{0, 1, 1.0f, 3}, {0, 1, 2.0f, 1}, {0, 1, 4.0f, 2}};
  check_is(of_edges<FloatWide>(2, edges), 2, Delayed<float>{{{0, 1, 1}, 2.0f}, {{0, 2, 1}, 4.0f}, {{0, 3, 1}, 1.0f}});
  auto twice = edges;
  twice.push_back({0, 1, 8.0f, 3});
  twice.push_back({0, 0, 8.0f, 3});
  check_message<InvalidSynapse>([&] { of_edges<FloatWide>(2, twice); }, {"0 -> 1", "2 times"});
  check_is(of_edges<FloatWide>(2, twice, Duplicates::sum), 2,
           Delayed<float>{{{0, 1, 1}, 2.0f}, {{0, 2, 1}, 4.0f}, {{0, 3, 0}, 8.0f}, {{0, 3, 1}, 9.0f}});
}

TEMPLATE_TEST_CASE("duplicates with delays are summed weight by weight, in double, in the order given", "", FloatWide,
                   DoubleNarrow, TwoWeights, ThreeWeights) {
  using Weight = typename TestType::WeightType;
  using Traits = spikeometric::detail::WeightTraits<Weight>;
  std::mt19937_64 random{2};
  const std::size_t count = GENERATE(10, 500, 5000);
  const auto edges = delayed_edges<TestType>(10, count, 4, random);
  std::map<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>, std::vector<double>> sums;
  for (const auto& edge : edges) {
    auto& sum = sums.try_emplace({edge.pre, edge.delay, edge.post}, TestType::bases, -0.0).first->second;
    for (std::size_t m = 0; m < TestType::bases; ++m) sum[m] += static_cast<double>(Traits::at(edge.weight, m));
  }
  Delayed<Weight> expected;
  for (const auto& [place, sum] : sums)
    for (std::size_t m = 0; m < TestType::bases; ++m)
      Traits::at(expected[place], m) = static_cast<typename Traits::Scalar>(sum[m]);
  check_is(of_edges<TestType>(10, edges, Duplicates::sum), 10, expected);
}

TEST_CASE("a sum that is not finite in any of its weights is refused") {
  const float most = std::numeric_limits<float>::max();
  check_message<InvalidSynapse>(
      [&] {
        of_edges<TwoWeights>(2, {{1, 0, {0.0f, most}}, {1, 0, {0.0f, most}}}, Duplicates::sum);
      },
      {"1 -> 0", "inf"});
}

TEMPLATE_TEST_CASE("a transposed graph has every synapse turned round, and transposed again it is the graph", "",
                   FloatNarrow, FloatWide, DoubleWide, TwoWeights, ThreeWeights) {
  const std::uint64_t neurons = GENERATE(1, 7, 60);
  const std::size_t count = GENERATE(0, 1, 900);
  const std::uint64_t longest = GENERATE(1, 3, 300);
  const auto [graph, synapses] = random_delayed<TestType>(neurons, count, longest);
  Delayed<typename TestType::WeightType> turned;
  for (const auto& [place, weight] : synapses)
    turned[{std::get<2>(place), std::get<1>(place), std::get<0>(place)}] = weight;
  check_is(graph.transposed(), neurons, turned);
  CHECK(graph.transposed().transposed() == graph);
  if constexpr (TestType::bases == 1)
    if (longest == 1) CHECK(graph.transposed().to_dense() == graph.to_dense().transpose());
}

TEMPLATE_TEST_CASE("a graph may be given other delays, by a function of the two neurons", "", FloatNarrow, DoubleWide,
                   TwoWeights) {
  const auto [graph, synapses] = random_delayed<TestType>(30, 300, 1);
  Delayed<typename TestType::WeightType> expected;
  for (const auto& [place, weight] : synapses) {
    const auto& [pre, delay, post] = place;
    expected[{pre, 1 + (pre * 7 + post * 3) % 11, post}] = weight;
  }
  const auto delay_of = [](auto pre, auto post) {
    static_assert(std::is_same_v<decltype(pre), typename TestType::VertexType>);
    return 1 + (pre * 7 + post * 3) % 11;
  };
  const auto slow = graph.with_delays(delay_of);
  check_is(slow, 30, expected);
  check_is(graph, 30, synapses);
  check_is(TestType{graph}.with_delays(delay_of), 30, expected);
  CHECK(graph.with_delays([&](auto pre, auto post) { return static_cast<std::uint64_t>(delay_of(pre, post)); }) ==
        slow);
  CHECK(slow.with_delays([](auto, auto) { return std::uint8_t{1}; }) == graph);
  CHECK(graph.with_delays([](auto, auto) { return 65535; }).max_delay() == 65535);
}

TEST_CASE("delays out of range are refused, naming synapse and delay") {
  const auto graph = of_edges<FloatWide>(3, {{0, 1, 1.0f}, {1, 2, 1.0f}});
  const auto refused = [&](auto delay) {
    check_message<InvalidSynapse>(
        [&] { graph.with_delays([&](auto pre, auto) { return pre == 1 ? delay : decltype(delay){1}; }); },
        {"1 -> 2", "has delay " + std::to_string(delay) + ";"});
  };
  refused(0);
  refused(-1);
  refused(65536);
  refused(std::uint32_t{0xFFFFFFFF});
  refused(std::int64_t{1} << 32);
  refused(std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("two synapses of a pair that would come to the same delay are refused") {
  const auto graph = of_edges<FloatWide>(3, {{0, 1, 1.0f, 2}, {0, 1, 1.0f, 3}});
  check_message<InvalidSynapse>([&] { graph.with_delays([](auto, auto) { return 4; }); }, {"0 -> 1", "2 times"});
}

TEMPLATE_TEST_CASE("a graph may be given other weights, by a function of the two neurons and the weight", "",
                   FloatNarrow, DoubleWide) {
  using Weight = typename TestType::WeightType;
  using Vertex = typename TestType::VertexType;
  const auto [graph, synapses] = random_delayed<TestType>(30, 300, 4);
  Delayed<Weight> scaled;
  Delayed<std::array<double, 2>> split;
  for (const auto& [place, weight] : synapses) {
    const auto& [pre, delay, post] = place;
    scaled[place] = (pre < post ? 2 : -1) * weight;
    split[place] = {static_cast<double>(weight), static_cast<double>(pre)};
  }
  const auto result = graph.with_weights([](auto pre, auto post, Weight weight) {
    static_assert(std::is_same_v<decltype(pre), Vertex>);
    return (pre < post ? 2 : -1) * weight;
  });
  static_assert(std::is_same_v<decltype(result), const TestType>);
  check_is(result, 30, scaled);
  check_is(graph, 30, synapses);

  const auto two = graph.with_weights([](auto pre, auto, Weight weight) {
    return std::array{static_cast<double>(weight), static_cast<double>(pre)};
  });
  static_assert(std::is_same_v<decltype(two), const Graph<std::array<double, 2>, Vertex>>);
  check_is(two, 30, split);
  const auto one = two.with_weights([](auto, auto, const auto& weights) { return static_cast<Weight>(weights[0]); });
  CHECK(one == graph);
}

TEST_CASE("other weights that are not finite are refused, naming the synapse") {
  const auto graph = of_edges<FloatWide>(3, {{0, 1, 1.0f}, {1, 2, 0.0f}});
  check_message<InvalidSynapse>([&] { graph.with_weights([](auto, auto, float weight) { return 1.0f / weight; }); },
                                {"1 -> 2", "weight inf"});
}

TEST_CASE("a matrix refuses delays, which it would lose") {
  const auto graph = of_edges<FloatWide>(3, {{0, 1, 1.0f, 2}});
  check_message<InvalidGraph>([&] { graph.to_sparse(); }, {"matrix", "delays"});
  check_message<InvalidGraph>([&] { graph.to_dense(); }, {"matrix", "delays"});
  CHECK_NOTHROW(graph.with_delays([](auto, auto) { return 1; }).to_sparse());
}

TEST_CASE("graphs are equal only if their delays are") {
  const auto graph = of_edges<FloatWide>(3, {{0, 1, 1.0f, 2}, {1, 2, 2.0f}});
  CHECK(graph == of_edges<FloatWide>(3, {{1, 2, 2.0f}, {0, 1, 1.0f, 2}}));
  CHECK_FALSE(graph == of_edges<FloatWide>(3, {{0, 1, 1.0f, 3}, {1, 2, 2.0f}}));
  CHECK_FALSE(graph == of_edges<FloatWide>(3, {{0, 1, 1.0f}, {1, 2, 2.0f}}));
  const auto two = of_edges<TwoWeights>(3, {{0, 1, {1.0f, 2.0f}}});
  CHECK_FALSE(two == of_edges<TwoWeights>(3, {{0, 1, {1.0f, 3.0f}}}));
}

TEST_CASE("compressed rows with delays are taken in order of delay and target, and refused in any other") {
  using Rows = CompressedRows<float, std::uint32_t>;
  check_is(Graph{Rows{{0, 3, 3}, {1, 0, 1}, {1.0f, 2.0f, 3.0f}, {1, 2, 2}}}, 2,
           Delayed<float>{{{0, 1, 1}, 1.0f}, {{0, 2, 0}, 2.0f}, {{0, 2, 1}, 3.0f}});
  const Graph ones{Rows{{0, 2, 2}, {0, 1}, {1.0f, 2.0f}, {1, 1}}};
  CHECK_FALSE(ones.has_delays());
  CHECK(ones == Graph{Rows{{0, 2, 2}, {0, 1}, {1.0f, 2.0f}}});

  struct Case {
    const char* what;
    Rows rows;
    std::vector<std::string> parts;
  };
  const std::vector<Case> cases = {
      {"fewer delays than synapses", {{0, 2, 2}, {0, 1}, {1, 1}, {1}}, {"1 delays", "2 synapses"}},
      {"more delays than synapses", {{0, 2, 2}, {0, 1}, {1, 1}, {1, 1, 1}}, {"3 delays", "2 synapses"}},
      {"delays without synapses", {{0, 0, 0}, {}, {}, {1}}, {"1 delays", "0 synapses"}},
      {"a delay of 0", {{0, 2, 2}, {0, 1}, {1, 1}, {0, 1}}, {"0 -> 0", "has delay 0"}},
      {"delays that descend", {{0, 2, 2}, {0, 1}, {1, 1}, {2, 1}}, {"neuron 0", "1 comes after 0", "delay of 1"}},
      {"targets that descend at one delay",
       {{0, 0, 2}, {1, 0}, {1, 1}, {5, 5}},
       {"neuron 1", "0 comes after 1", "delay of 5"}},
      {"a synapse twice", {{0, 0, 2}, {1, 1}, {1, 1}, {5, 5}}, {"neuron 1", "1 comes after 1", "delay of 5"}},
  };
  for (const Case& each : cases) {
    INFO(each.what);
    check_message<InvalidGraph>([&] { Graph{each.rows}; }, {});
    for (const std::string& part : each.parts) check_message<InvalidGraph>([&] { Graph{each.rows}; }, {part});
  }
}

TEST_CASE("a graph tells how many weights a synapse has, and gives its delays away with the rest") {
  STATIC_REQUIRE(FloatWide::bases == 1);
  STATIC_REQUIRE(TwoWeights::bases == 2);
  STATIC_REQUIRE(ThreeWeights::bases == 3);
  auto graph = of_edges<ThreeWeights>(2, {{0, 1, {1.0, 2.0, 3.0}, 9}});
  const auto rows = std::move(graph).release();
  CHECK(rows.delays == std::vector<Delay>{9});
  CHECK(graph.neurons() == 0);
}
