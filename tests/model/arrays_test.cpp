// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/arrays.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "../catch.hpp"

using namespace spikeometric;

namespace {

struct Pair {
  float a;
  std::uint64_t b;
  bool operator==(const Pair&) const = default;
};

template <class Value>
bool holds(const Value* at, const std::vector<Value>& expected) {
  return std::equal(expected.begin(), expected.end(), at);
}

}  // namespace

TEST_CASE("arrays store copies of values of any type") {
  HostArrays arrays;
  std::vector<float> taps = {1.0f, 0.5f, 0.25f};
  const std::vector<Pair> pairs = {{1.0f, 2}, {3.0f, 4}};
  const float* const kept_taps = arrays(std::span<const float>(taps));
  const Pair* const kept_pairs = arrays(std::span<const Pair>(pairs));
  taps.assign(3, -1.0f);
  CHECK(holds(kept_taps, {1.0f, 0.5f, 0.25f}));
  CHECK(holds(kept_pairs, pairs));
  CHECK(kept_pairs != pairs.data());
  CHECK(arrays.bytes() == 3 * sizeof(float) + 2 * sizeof(Pair));
}

TEST_CASE("the address of an array is stable when others are added, and valid as long as a copy exists") {
  auto arrays = std::make_unique<HostArrays>();
  const std::vector<float> taps = {1.0f, 0.5f, 0.25f};
  const float* const kept = (*arrays)(std::span<const float>(taps));
  HostArrays copy = *arrays;
  for (int i = 0; i < 100; ++i) copy(std::span<const float>(taps));
  arrays.reset();
  const HostArrays moved = std::move(copy);
  CHECK(holds(kept, taps));
}

TEST_CASE("an array may be empty") {
  HostArrays arrays;
  CHECK_NOTHROW(arrays(std::span<const float>{}));
}
