// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/propagation.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/model/event.hpp"

using namespace spikeometric;
using detail::Part, detail::Propagation;

namespace {

struct Network {
  std::size_t neurons;
  std::vector<std::vector<float>> weights;  // [pre][post], 0 = none

  Network(std::size_t size, double probability) : neurons(size), weights(size, std::vector<float>(size)) {
    support::Numbers numbers{size};
    for (auto& row : weights)
      for (float& weight : row)
        if (numbers.coin(probability)) weight = static_cast<float>(numbers.real(-1.0, 1.0));
  }

  template <class Vertex>
  detail::FixedPointGraph<Vertex> fixed() const {
    EdgeList<float, Vertex> edges{neurons};
    for (std::size_t pre = 0; pre < neurons; ++pre)
      for (std::size_t post = 0; post < neurons; ++post)
        if (weights[pre][post] != 0.0f) edges.add(pre, post, weights[pre][post]);
    return detail::FixedPointGraph<Vertex>{Graph<float, Vertex>{edges}};
  }
};

std::vector<Part> parts_of(std::size_t neurons, std::size_t count) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t first = neurons * i / count, last = neurons * (i + 1) / count;
    parts.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last - first)});
  }
  return parts;
}

/// A propagation over a graph, and the graph's synapses in memory, as a simulator has them.
template <class Strategy, class Vertex, std::size_t Bases = 1>
struct Over {
  detail::Threads threads{1};
  Propagation<Strategy, Vertex, Bases> propagation;
  detail::HostMemory memory;
  detail::Synapses<detail::HostMemory, Vertex, Bases> synapses;
  typename Propagation<Strategy, Vertex, Bases>::Scratch scratch = propagation.scratch();

  Over(detail::FixedPointGraph<Vertex, Bases> graph, const std::vector<Part>& parts)
      : propagation(graph, parts, threads), synapses(memory, size_of(graph), std::move(graph), 1) {}

  /// Returns the number of synapses passed.
  template <class Lists>
  std::uint64_t add(std::size_t part, const Lists& lists, const detail::ArrivingSums& arriving) {
    return propagation.add(synapses.view(), part, lists, arriving, scratch, std::identity{});
  }

 private:
  static detail::GraphSize size_of(const detail::FixedPointGraph<Vertex, Bases>& graph) {
    detail::GraphSize size{Graph{EdgeList{1}}};
    size.neurons = graph.neurons();
    size.synapses = graph.synapses();
    size.max_delay = graph.max_delay();
    return size;
  }
};

template <class Strategy, class Vertex, class Event>
void check(std::size_t neurons, double probability, std::size_t part_count, std::uint64_t most) {
  CAPTURE(neurons, probability, part_count, most);
  const Network network{neurons, probability};
  const auto fixed = network.fixed<Vertex>();
  const auto parts = parts_of(neurons, part_count);
  Over<Strategy, Vertex> over{network.fixed<Vertex>(), parts};

  support::Numbers numbers{17};
  for (const double active : {0.0, 0.1, 1.0, 0.3}) {
    // The spikes of a step, listed in two pieces.
    std::vector<std::vector<Event>> lists(2);
    std::vector<std::int64_t> expected(neurons, 1000), sums(neurons, 1000);
    std::uint64_t passed = 0;
    for (std::uint32_t pre = 0; pre < neurons; ++pre) {
      if (!numbers.coin(active)) continue;
      const auto count = static_cast<std::uint32_t>(1 + numbers.below(most));
      lists[pre < neurons / 2 ? 0 : 1].emplace_back(0u, pre, count);
      for (std::uint64_t e = fixed.offsets()[pre]; e < fixed.offsets()[pre + 1]; ++e) {
        expected[fixed.targets()[e]] += std::int64_t{fixed.weight(e)} * count;
        ++passed;
      }
    }
    std::uint64_t counted = 0;
    const detail::ArrivingSums arriving{sums.data(), neurons, 1, 0};
    for (std::size_t part = 0; part < part_count; ++part) counted += over.add(part, lists, arriving);
    CHECK(sums == expected);
    CHECK(counted == (std::is_same_v<Strategy, EventDriven> ? passed : fixed.synapses()));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("sums over synapses are the integers of plain loops, added to the sums before", "", EventDriven,
                   SparseMatvec) {
  for (const std::size_t neurons : {1, 2, 40, 200})
    for (const double probability : {0.0, 0.05, 0.5, 1.0})
      for (const std::size_t parts : {1, 2, 3}) {
        if (parts > neurons) continue;
        check<TestType, std::uint32_t, BinaryEvent>(neurons, probability, parts, 1);
        check<TestType, std::uint32_t, CountEvent>(neurons, probability, parts, 100'000);
        check<TestType, std::uint16_t, CountEvent>(neurons, probability, parts, 3);
      }
}

TEMPLATE_TEST_CASE("each part adds to its own neurons only", "", EventDriven, SparseMatvec) {
  const Network network{40, 1.0};
  const auto parts = parts_of(40, 3);
  Over<TestType, std::uint32_t> over{network.fixed<std::uint32_t>(), parts};
  const std::vector<std::vector<BinaryEvent>> lists = {{{0u, 5u}, {0u, 39u}}};
  std::vector<std::int64_t> sums(40);
  over.add(1, lists, {sums.data(), 40, 1, 0});
  for (std::uint32_t i = 0; i < 40; ++i) CHECK((sums[i] != 0) == (i - parts[1].first < parts[1].size));
}

TEMPLATE_TEST_CASE("the largest counts and weights that are allowed give exact sums", "", EventDriven, SparseMatvec) {
  // 2^20 times (2^31 - 1) four times over: 2^53 less 2^22.
  EdgeList<double> edges{5};
  for (std::uint32_t pre = 0; pre < 4; ++pre) edges.add(pre, 4, 1.0 - 0x1p-31);
  detail::FixedPointGraph fixed{Graph{edges}};
  REQUIRE(fixed.count_limit() == 1u << 20);
  const std::vector<Part> parts = {{0, 5}};
  Over<TestType, std::uint32_t> over{std::move(fixed), parts};
  std::vector<std::vector<CountEvent>> lists(1);
  for (std::uint32_t pre = 0; pre < 4; ++pre) lists[0].emplace_back(0u, pre, 1u << 20);
  std::vector<std::int64_t> sums(5);
  over.add(0, lists, {sums.data(), 5, 1, 0});
  CHECK(sums == std::vector<std::int64_t>{0, 0, 0, 0, (std::int64_t{1} << 53) - (1 << 22)});
}

// --- delays and basis functions -------------------------------------------------------------------------------------

namespace {

template <class Number, std::size_t Bases>
using WeightOf = std::conditional_t<Bases == 1, Number, std::array<Number, Bases>>;

/// Pairs of neurons have up to three synapses, of different delays.
template <class Number, class Vertex, std::size_t Bases>
detail::FixedPointGraph<Vertex, Bases> delayed(std::size_t neurons, double probability, std::size_t longest) {
  support::Numbers numbers{neurons + longest + Bases};
  EdgeList<WeightOf<Number, Bases>, Vertex> edges{neurons};
  for (std::size_t pre = 0; pre < neurons; ++pre)
    for (std::size_t post = 0; post < neurons; ++post) {
      if (!numbers.coin(probability)) continue;
      std::set<std::size_t> delays;
      for (int i = numbers.between(1, 3); i > 0; --i) delays.insert(1 + numbers.below(longest));
      for (const std::size_t delay : delays) {
        WeightOf<Number, Bases> weight;
        for (std::size_t m = 0; m < Bases; ++m)
          detail::WeightTraits<WeightOf<Number, Bases>>::at(weight, m) = static_cast<Number>(numbers.real(-1.0, 1.0));
        edges.add(pre, post, weight, static_cast<std::int64_t>(delay));
      }
    }
  return detail::FixedPointGraph<Vertex, Bases>{Graph{edges}};
}

template <class Strategy, class Number, class Vertex, std::size_t Bases>
void check_delayed(std::size_t neurons, double probability, std::size_t longest, std::size_t part_count) {
  CAPTURE(neurons, probability, longest, part_count, Bases);
  const auto fixed = delayed<Number, Vertex, Bases>(neurons, probability, longest);
  const std::size_t rows = fixed.max_delay();
  REQUIRE(rows <= longest);
  const auto parts = parts_of(neurons, part_count);
  Over<Strategy, Vertex, Bases> over{delayed<Number, Vertex, Bases>(neurons, probability, longest), parts};
  support::Numbers numbers{18};
  for (const double active : {0.0, 0.2, 1.0}) {
    std::vector<std::vector<CountEvent>> lists(2);
    const std::size_t next = static_cast<std::size_t>(10.0 * active) % rows;  // the row of delay 1, any of the ring
    std::vector<std::int64_t> expected(rows * neurons * Bases, -7);
    auto sums = expected;
    std::uint64_t passed = 0;
    for (std::uint32_t pre = 0; pre < neurons; ++pre) {
      if (!numbers.coin(active)) continue;
      const auto count = static_cast<std::uint32_t>(1 + numbers.below(1000));
      lists[pre < neurons / 3 ? 0 : 1].emplace_back(0u, pre, count);
      for (std::uint64_t e = fixed.offsets()[pre]; e < fixed.offsets()[pre + 1]; ++e, ++passed)
        for (std::size_t m = 0; m < Bases; ++m)
          expected[((next + (fixed.delays().empty() ? 0 : fixed.delays()[e] - 1u)) % rows * neurons +
                    fixed.targets()[e]) *
                       Bases +
                   m] += std::int64_t{fixed.weight(e, m)} * count;
    }
    const detail::ArrivingSums arriving{sums.data(), neurons * Bases, static_cast<std::uint32_t>(rows),
                                        static_cast<std::uint32_t>(next)};
    std::uint64_t counted = 0;
    for (std::size_t part = 0; part < part_count; ++part) counted += over.add(part, lists, arriving);
    CHECK(sums == expected);
    CHECK(counted == (std::is_same_v<Strategy, EventDriven> ? passed : fixed.synapses()));

    std::vector<std::int64_t> row_by_row(rows * neurons * Bases, -7);
    for (const auto& list : lists)
      detail::pass_row_by_row(over.synapses.view(), list,
                              detail::ArrivingSums{row_by_row.data(), neurons * Bases, static_cast<std::uint32_t>(rows),
                                                   static_cast<std::uint32_t>(next)},
                              std::integral_constant<std::size_t, Bases>{});
    CHECK(row_by_row == expected);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a spike's weights arrive after their delays in the sums of their basis functions", "", EventDriven,
                   SparseMatvec) {
  for (const std::size_t neurons : {1, 2, 40, 150})
    for (const std::size_t longest : {1, 2, 33})
      for (const double probability : {0.0, 0.05, 1.0})
        for (const std::size_t parts : {1, 2, 3}) {
          if (parts > neurons || (support::slow_build && neurons > 100)) continue;
          check_delayed<TestType, float, std::uint32_t, 1>(neurons, probability, longest, parts);
          check_delayed<TestType, double, std::uint16_t, 2>(neurons, probability, longest, parts);
          check_delayed<TestType, float, std::uint32_t, 3>(neurons, probability, longest, parts);
        }
}

TEMPLATE_TEST_CASE("each part adds to its own neurons only, at every delay", "", EventDriven, SparseMatvec) {
  const auto parts = parts_of(40, 3);
  Over<TestType, std::uint32_t, 2> over{delayed<float, std::uint32_t, 2>(40, 1.0, 5), parts};
  const std::vector<std::vector<BinaryEvent>> lists = {{{0u, 5u}, {0u, 39u}}};
  std::vector<std::int64_t> sums(5 * 80);
  over.add(1, lists, {sums.data(), 80, 5, 3});
  std::vector<bool> touched(40);
  for (std::size_t i = 0; i < sums.size(); ++i)
    if (sums[i] != 0) touched[i % 80 / 2] = true;
  for (std::uint32_t i = 0; i < 40; ++i) CHECK(touched[i] == (i - parts[1].first < parts[1].size));
}

TEMPLATE_TEST_CASE("weighted sums are bit-identical to plain loops over presynaptic neurons and then delays", "",
                   EventDriven, SparseMatvec) {
  const auto check_sums = [](auto fixed, std::size_t part_count) {
    using Fixed = decltype(fixed);
    constexpr std::size_t bases = std::is_same_v<Fixed, detail::FixedPointGraph<std::uint16_t, 3>> ? 3 : 1;
    const std::size_t neurons = fixed.neurons();
    support::Numbers numbers{3};
    std::vector<double> s(neurons);
    for (double& value : s) value = numbers.real(-1.0, 1.0) * std::exp(numbers.real(-20.0, 20.0));
    std::vector<double> expected(neurons * bases);
    for (std::size_t post = 0; post < neurons; ++post)
      for (std::size_t m = 0; m < bases; ++m)
        for (std::size_t pre = 0; pre < neurons; ++pre)
          for (std::uint64_t e = fixed.offsets()[pre]; e < fixed.offsets()[pre + 1]; ++e)
            if (fixed.targets()[e] == post)
              expected[post * bases + m] += fixed.weight(e, m) * fixed.unit(post) * s[pre];
    using Vertex = std::remove_cvref_t<decltype(fixed.targets()[0])>;
    Over<TestType, Vertex, bases> over{std::move(fixed), parts_of(neurons, part_count)};
    CHECK(over.synapses.weighted_sums(over.memory, s.data()) == expected);
  };
  for (const std::size_t neurons : {1, 40, 90})
    for (const std::size_t longest : {1, 9})
      for (const std::size_t parts : {1, 3}) {
        if (parts > neurons) continue;
        check_sums(delayed<float, std::uint32_t, 1>(neurons, 0.4, longest), parts);
        check_sums(delayed<double, std::uint16_t, 3>(neurons, 0.4, longest), parts);
      }
}

TEMPLATE_TEST_CASE("the maximum delay works like any other", "", EventDriven, SparseMatvec) {
  EdgeList edges{3};
  edges.add(0, 1, 0.5f, 65535);
  edges.add(0, 1, 1.0f, 1);
  const std::vector<Part> parts = {{0, 3}};
  Over<TestType, std::uint32_t> over{detail::FixedPointGraph{Graph{edges}}, parts};
  std::vector<std::int64_t> sums(65535 * 3), expected(65535 * 3);
  constexpr std::size_t next = 40'000;
  expected[next * 3 + 1] = 1 << 30;
  expected[(next - 1) * 3 + 1] = 1 << 29;
  const std::vector<std::vector<BinaryEvent>> lists = {{{0u, 0u}}};
  CHECK(over.add(0, lists, {sums.data(), 3, 65535, next}) == 2);
  CHECK(sums == expected);
}
