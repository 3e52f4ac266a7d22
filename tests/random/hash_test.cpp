// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/random/hash.hpp"

#include <cstdint>
#include <set>

#include "../catch.hpp"

using spikeometric::hash_event, spikeometric::detail::mix;

TEST_CASE("mix is the finaliser of SplitMix64") {
  // The generator adds this to its state and hands out the finalised state; its values for two seeds are published.
  constexpr std::uint64_t golden = 0x9E3779B97F4A7C15;
  static_assert(mix(0) == 0);
  CHECK(mix(golden) == 0xE220A8397B1DCDAF);
  CHECK(mix(2 * golden) == 0x6E789E6AA1B965F4);
  CHECK(mix(3 * golden) == 0x06C45D188009454F);
  CHECK(mix(1234567 + golden) == 6457827717110365317u);
  CHECK(mix(1234567 + 2 * golden) == 3203168211198807973u);
  CHECK(mix(1234567 + 5 * golden) == 16408922859458223821u);
}

TEST_CASE("mix can be undone, so that no two numbers share a hash") {
  const auto undo_shift = [](std::uint64_t z, int shift) {
    std::uint64_t x = z;
    for (int done = shift; done < 64; done += shift) x = z ^ x >> shift;
    return x;
  };
  const auto inverse = [](std::uint64_t odd) {  // Newton's iteration doubles the right bits: 3, 6, ..., 96
    std::uint64_t x = odd;
    for (int i = 0; i < 5; ++i) x *= 2 - odd * x;
    return x;
  };
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t number = i * 0xD1B54A32D192ED03;
    std::uint64_t z = undo_shift(mix(number), 31) * inverse(0x94D049BB133111EB);
    z = undo_shift(undo_shift(z, 27) * inverse(0xBF58476D1CE4E5B9), 30);
    REQUIRE(z == number);
  }
}

TEST_CASE("an event's hash depends on its network, step, neuron and count, and on their order") {
  std::set<std::uint64_t> hashes;
  for (const std::uint32_t network : {0u, 1u, 2u, 0xFFFFFFFFu})
    for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{1} << 32,
                                     (std::uint64_t{1} << 48) - 1, ~std::uint64_t{0}})
      for (const std::uint32_t neuron : {0u, 1u, 2u, 0xFFFFFFFFu})
        for (const std::uint32_t count : {1u, 2u, 0x7FFFFFFFu}) hashes.insert(hash_event(network, step, neuron, count));
  CHECK(hashes.size() == 4 * 6 * 4 * 3);
}

TEST_CASE("the hash of an event does not change between versions") {
  static_assert(hash_event(0, 0, 0, 1) == mix(1));
  CHECK(hash_event(3, 1000, 17, 1) == 0x5b3e9eefd6071996);
  CHECK(hash_event(0xFFFFFFFF, (std::uint64_t{1} << 48) - 1, 0xFFFFFFFF, 0x7FFFFFFF) == 0x7f015c8906271878);
}
