// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/mask.hpp"

#include <cstdint>
#include <set>
#include <stdexcept>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"

using namespace spikeometric;

namespace {

using Ids = std::vector<std::uint32_t>;

Ids visited(const Mask& mask, std::uint64_t network, std::uint64_t first, std::uint64_t end) {
  Ids ids;
  mask.bind(network).for_each(first, end, [&](std::uint32_t neuron) { ids.push_back(neuron); });
  return ids;
}

Ids visited(const Mask& mask, std::uint64_t network) { return visited(mask, network, 0, network); }

}  // namespace

TEST_CASE("a default mask has all neurons of any network") {
  const Mask mask;
  CHECK(visited(mask, 3) == Ids{0, 1, 2});
  CHECK(visited(mask, 1) == Ids{0});
  CHECK(mask.bind(std::uint64_t{1} << 32).end() == std::uint64_t{1} << 32);
}

TEST_CASE("a range of neurons excludes its end") {
  CHECK(visited(neurons(2, 5), 10) == Ids{2, 3, 4});
  CHECK(visited(neurons(2, 5), 5) == Ids{2, 3, 4});
  CHECK(visited(neurons(0, 10), 10).size() == 10);
}

TEST_CASE("a list of neurons may have any order, and duplicates are ignored") {
  CHECK(visited(neurons({9, 3, 5, 3, 9}), 10) == Ids{3, 5, 9});
  CHECK(visited(neurons({7}), 10) == Ids{7});
}

TEST_CASE("a boolean mask has the neurons whose element is true") {
  CHECK(visited(std::vector<bool>{true, false, true, true}, 4) == Ids{0, 2, 3});
  CHECK(visited(std::vector<bool>{false, true, true}, 3) == Ids{1, 2});
  CHECK(visited(std::vector<bool>{false, false}, 2).empty());
}

TEST_CASE("an empty mask has no neurons, and fits every network") {
  for (const Mask& mask : {neurons(0, 0), neurons(500, 500), neurons({})}) {
    CHECK(visited(mask, 1).empty());
    CHECK(visited(mask, 100).empty());
  }
}

TEST_CASE("any part of a mask can be visited alone, in ascending order") {
  support::Numbers numbers{1};
  for (int trial = 0; trial < 300; ++trial) {
    const std::uint64_t size = 1 + numbers.below(60);
    std::set<std::uint32_t> expected;
    std::vector<bool> flags(size);
    Ids list;
    const double density = numbers.real(0.0, 1.2);
    for (std::uint32_t neuron = 0; neuron < size; ++neuron)
      if (numbers.coin(density)) {
        expected.insert(neuron);
        flags[neuron] = true;
        list.insert(list.begin() + static_cast<std::ptrdiff_t>(numbers.below(list.size() + 1)), neuron);
      }
    std::vector<Mask> masks{flags, neurons(list)};
    if (expected.size() == size) masks.insert(masks.end(), {Mask{}, neurons(0, size)});
    for (const Mask& mask : masks)
      for (int part = 0; part < 10; ++part) {
        const std::uint64_t first = numbers.below(size + 1), end = first + numbers.below(size + 5 - first);
        const Ids inside{expected.lower_bound(static_cast<std::uint32_t>(first)),
                         expected.lower_bound(static_cast<std::uint32_t>(end))};
        REQUIRE(visited(mask, size, first, end) == inside);
      }
  }
}

TEST_CASE("neurons without gaps are stored as a range, others as ids that copies share") {
  const Mask gapless = neurons({4, 2, 3}), gaps = neurons({2, 4, 9});
  CHECK(gapless.bind(10).is_range());
  CHECK(gapless.bind(10).first() == 2);
  CHECK(gapless.bind(10).end() == 5);
  CHECK(gapless.bind(10).ids().empty());

  const std::vector<Mask> copies{gaps, gaps};
  const detail::BoundMask bound = gaps.bind(10), other = copies[1].bind(20);
  CHECK_FALSE(bound.is_range());
  CHECK(Ids(bound.ids().begin(), bound.ids().end()) == Ids{2, 4, 9});
  CHECK(bound.first() == 2);
  CHECK(bound.end() == 10);
  CHECK(bound.ids().data() == other.ids().data());
}

TEST_CASE("the largest neuron id is valid") {
  const std::uint64_t all = std::uint64_t{1} << 32;
  constexpr std::uint32_t last = 0xFFFFFFFF;
  CHECK(visited(neurons({last}), all, all - 5, all) == Ids{last});
  CHECK(visited(neurons({0, last}), all, 1, all) == Ids{last});
  CHECK(visited(neurons(all - 2, all), all) == Ids{last - 1, last});
}

TEST_CASE("a mask with a neuron out of range is refused, naming the neuron") {
  const auto bind = [](const Mask& mask, std::uint64_t size) { return [=] { mask.bind(size); }; };
  check_message<std::invalid_argument>(bind(neurons(5, 12), 11), {"neuron 11 of a mask", "out of range", "11 neurons"});
  check_message<std::invalid_argument>(bind(neurons({3, 20, 7}), 10), {"neuron 20 of a mask", "10 neurons"});
  check_message<std::invalid_argument>(bind(neurons({7, 8}), 8), {"neuron 8 of a mask", "8 neurons"});
  CHECK_NOTHROW(bind(neurons(5, 12), 12)());
  CHECK_NOTHROW(bind(neurons({3, 20, 7}), 21)());
}

TEST_CASE("a boolean mask for another number of neurons is refused, naming both") {
  const auto bind = [](const std::vector<bool>& flags, std::uint64_t size) { return [=] { Mask{flags}.bind(size); }; };
  check_message<std::invalid_argument>(bind({true, true, false}, 4), {"a mask of 3 neurons", "a network of 4"});
  check_message<std::invalid_argument>(bind({false, false, false}, 2), {"a mask of 3 neurons", "a network of 2"});
  check_message<std::invalid_argument>(bind({}, 2), {"a mask of 0 neurons", "a network of 2"});
}

TEST_CASE("a range that ends before it begins is refused") {
  check_message<std::invalid_argument>([] { neurons(5, 3); }, {"neurons 5 to 3", "end before it begins"});
}
