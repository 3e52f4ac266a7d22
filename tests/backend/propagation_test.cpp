// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/detail/propagation.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
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
  FixedPointGraph<Vertex> fixed() const {
    EdgeList<float, Vertex> edges{neurons};
    for (std::size_t pre = 0; pre < neurons; ++pre)
      for (std::size_t post = 0; post < neurons; ++post)
        if (weights[pre][post] != 0.0f) edges.add(pre, post, weights[pre][post]);
    return FixedPointGraph<Vertex>{Graph<float, Vertex>{edges}};
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

template <class Strategy, class Vertex, class Event>
void check(std::size_t neurons, double probability, std::size_t part_count, std::uint64_t most) {
  CAPTURE(neurons, probability, part_count, most);
  const Network network{neurons, probability};
  const auto fixed = network.fixed<Vertex>();
  const auto parts = parts_of(neurons, part_count);
  Propagation<Strategy, Vertex> propagation{network.fixed<Vertex>(), parts};

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
    for (std::size_t part = 0; part < part_count; ++part) counted += propagation.add(part, lists, sums.data());
    CHECK(sums == expected);
    CHECK(counted == (std::is_same_v<Strategy, EventDriven> ? passed : fixed.synapses()));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("sums over synapses are the integers of plain loops, added to what is there", "", EventDriven,
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
  Propagation<TestType, std::uint32_t> propagation{network.fixed<std::uint32_t>(), parts};
  const std::vector<std::vector<BinaryEvent>> lists = {{{0u, 5u}, {0u, 39u}}};
  std::vector<std::int64_t> sums(40);
  propagation.add(1, lists, sums.data());
  for (std::uint32_t i = 0; i < 40; ++i) CHECK((sums[i] != 0) == (i - parts[1].first < parts[1].size));
}

TEMPLATE_TEST_CASE("the largest counts and weights that are allowed give exact sums", "", EventDriven, SparseMatvec) {
  // 2^20 times (2^31 - 1) four times over: 2^53 less 2^22.
  EdgeList<double> edges{5};
  for (std::uint32_t pre = 0; pre < 4; ++pre) edges.add(pre, 4, 1.0 - 0x1p-31);
  FixedPointGraph fixed{Graph{edges}};
  REQUIRE(fixed.count_limit() == 1u << 20);
  const std::vector<Part> parts = {{0, 5}};
  Propagation<TestType, std::uint32_t> propagation{std::move(fixed), parts};
  std::vector<std::vector<CountEvent>> lists(1);
  for (std::uint32_t pre = 0; pre < 4; ++pre) lists[0].emplace_back(0u, pre, 1u << 20);
  std::vector<std::int64_t> sums(5);
  propagation.add(0, lists, sums.data());
  CHECK(sums == std::vector<std::int64_t>{0, 0, 0, 0, (std::int64_t{1} << 53) - (1 << 22)});
}
