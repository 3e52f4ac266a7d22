// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/random/streams.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../statistics.hpp"
#include "../support.hpp"
#include "spikeometric/random/hash.hpp"

using spikeometric::Block, spikeometric::Draws, spikeometric::philox, spikeometric::Purpose, spikeometric::Seed,
    spikeometric::detail::step_limit, spikeometric::Stream;

namespace {

using Words = std::array<std::uint32_t, 4>;

Words words_of(const Block& block) { return {block[0], block[1], block[2], block[3]}; }

/// The block that eight neurons share, assembled from their halves.
Words words_of_halves(const Stream& stream, std::uint32_t eighth, std::uint64_t step, std::uint32_t slot) {
  Words words{};
  for (std::uint32_t i = 0; i < 8; ++i) words[i / 2] |= stream.half(8 * eighth + i, step, slot) << (i % 2 * 16);
  return words;
}

constexpr std::uint64_t large = std::uint64_t{1} << 32;

}  // namespace

TEST_CASE("philox gives the values that its authors publish") {
  // The vectors for philox4x32, 10 rounds, in the kat_vectors file of Random123.
  CHECK(words_of(philox({{0, 0, 0, 0}}, Seed{0})) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(words_of(philox({{~0u, ~0u, ~0u, ~0u}}, Seed{~std::uint64_t{0}})) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(words_of(philox({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, Seed{0x299f31d0a4093822})) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a counter is made of neuron, step, network, purpose and slot") {
  const Stream stream{Seed{0x0123456789abcdef}, 7, Purpose{2}};
  const std::uint64_t step = 0xabcd12345678;
  CHECK(words_of_halves(stream, 5, step, 0x7f) == words_of(philox({{5, 0x12345678, 7, 0x027fabcd}}, stream.seed)));
  CHECK(words_of(stream.block(5, step, 0x7f)) == words_of(philox({{5, 0x12345678, 7, 0x02ffabcd}}, stream.seed)));
}

TEST_CASE("halves and blocks of all neurons, steps, slots, networks and purposes have different counters") {
  // Philox is a bijection for each seed: different values come from different counters, whatever their layout.
  std::vector<Words> all;
  for (const int purpose : {1, 2, 3, 4, 16, 17, 255})
    for (const std::uint32_t network : {0u, 1u, 0x10000u, 0xFFFFFFFFu})
      for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0x10000}, large - 1, large,
                                       large << 8, step_limit / 2, step_limit - 1})
        for (const std::uint32_t slot : {0u, 1u, 2u, 64u, 127u}) {
          const Stream stream{Seed{1}, network, static_cast<Purpose>(purpose)};
          for (const std::uint32_t eighth : {0u, 1u, 8u, 0x1FFFFFFFu})
            all.push_back(words_of_halves(stream, eighth, step, slot));
          for (const std::uint32_t neuron : {0u, 1u, 7u, 8u, 0x1FFFFFFFu, 0xFFFFFFFFu})
            all.push_back(words_of(stream.block(neuron, step, slot)));
        }
  CHECK(all.size() == 7 * 4 * 8 * 5 * 10);
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("all 64 bits of a seed are used") {
  std::vector<Words> all;
  all.push_back(words_of(Stream{Seed{0}}.block(0, 0)));
  for (int bit = 0; bit < 64; ++bit) all.push_back(words_of(Stream{Seed{std::uint64_t{1} << bit}}.block(0, 0)));
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("draws return the halves and blocks of their neuron and step") {
  const Stream stream{Seed{3}, 4, Purpose{16}};
  const Draws draws{stream, 1001, large + 5};
  CHECK(draws.half() == stream.half(1001, large + 5, 0));
  CHECK(draws.half(127) == stream.half(1001, large + 5, 127));
  CHECK(words_of(draws.block()) == words_of(stream.block(1001, large + 5, 0)));
  CHECK(words_of(draws.block(127)) == words_of(stream.block(1001, large + 5, 127)));
}

TEST_CASE("fill_halves gives the halves drawn one by one") {
  const Stream stream{Seed{0xfedcba9876543210}, 2, Purpose{1}};
  constexpr std::uint16_t untouched = 0xA5A5;
  constexpr std::size_t longest = 2 * 256 + 17;
  const std::uint64_t step = GENERATE(std::uint64_t{0}, large - 1, large, step_limit - 1);
  const std::uint32_t first = GENERATE(0u, 8u, 16u, 120u, 65528u, 0xFFFFF000u);
  std::vector<std::uint16_t> expected(longest);
  for (std::uint32_t i = 0; i < longest; ++i) expected[i] = static_cast<std::uint16_t>(stream.half(first + i, step));

  for (std::size_t count = 0; count <= longest; count += count < 20 ? 1 : 37) {
    const std::size_t room = (count + 255) / 256 * 256;
    std::vector<std::uint16_t> halves(room + 1, untouched);
    stream.fill_halves(first, count, step, halves.data());
    INFO("count " << count);
    REQUIRE(std::equal(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(count), halves.begin()));
    REQUIRE(halves[room] == untouched);
  }
}

TEST_CASE("draws that differ in one thing are independent") {
  if constexpr (support::slow_build) return;
  const Stream stream{Seed{42}, 0, Purpose{1}};
  using Draw = std::function<std::uint32_t(std::uint32_t, std::uint64_t)>;
  const std::vector<std::pair<std::string, Draw>> others = {
      {"the next neuron", [=](auto neuron, auto step) { return stream.half(neuron + 1, step); }},
      {"the neuron after that", [=](auto neuron, auto step) { return stream.half(neuron + 2, step); }},
      {"the same lane of the next eight", [=](auto neuron, auto step) { return stream.half(neuron + 8, step); }},
      {"the next step", [=](auto neuron, auto step) { return stream.half(neuron, step + 1); }},
      {"2^32 steps later", [=](auto neuron, auto step) { return stream.half(neuron, step + large); }},
      {"2^47 steps later", [=](auto neuron, auto step) { return stream.half(neuron, step + (large << 15)); }},
      {"the next slot", [=](auto neuron, auto step) { return stream.half(neuron, step, 1); }},
      {"the next network",
       [](auto neuron, auto step) {
         return Stream{Seed{42}, 1, Purpose{1}}.half(neuron, step);
       }},
      {"another purpose",
       [](auto neuron, auto step) {
         return Stream{Seed{42}, 0, Purpose{2}}.half(neuron, step);
       }},
      {"the next seed",
       [](auto neuron, auto step) {
         return Stream{Seed{43}, 0, Purpose{1}}.half(neuron, step);
       }},
      {"a seed of other high bits",
       [](auto neuron, auto step) {
         return Stream{Seed{42 + large}, 0, Purpose{1}}.half(neuron, step);
       }},
      {"the low bits of a block", [=](auto neuron, auto step) { return stream.block(neuron, step)[0] & 0xFFFF; }},
      {"the high bits of a block", [=](auto neuron, auto step) { return stream.block(neuron, step)[3] >> 16; }},
  };
  for (const auto& [what, other] : others) {
    INFO(what);
    constexpr double n = 1e6, variance = (65536.0 * 65536.0 - 1) / 12;
    double sum = 0;
    std::uint64_t equal = 0;
    std::vector<std::uint64_t> joint(256);
    for (std::uint32_t neuron = 0; neuron < 1000; ++neuron)
      for (std::uint64_t step = 0; step < 1000; ++step) {
        const std::uint32_t a = stream.half(neuron, step), b = other(neuron, step);
        sum += (a - 32767.5) * (b - 32767.5);
        equal += a == b;
        ++joint[a >> 12 << 4 | b >> 12];
      }
    CHECK(sigmas(sum / n / variance, 0, 1, n) < 5);  // the product of two independent standard variables has variance 1
    CHECK(sigmas(static_cast<double>(equal), n / 65536, n / 65536) < 5);  // nearly Poisson
    CHECK(chi_squared_sigmas(joint) < 5);
  }
}

TEST_CASE("halves are uniform, in their upper and in their lower bits") {
  const Stream stream{Seed{7}, 1, Purpose{1}};
  std::vector<std::uint64_t> upper(256), lower(256), lanes(8);
  double sum = 0, square = 0;
  std::vector<std::uint16_t> halves(1024);
  constexpr std::uint64_t steps = 1024;
  constexpr double n = 1024.0 * steps, range = 65536;
  for (std::uint64_t step = 0; step < steps; ++step) {
    stream.fill_halves(0, halves.size(), step, halves.data());
    for (std::size_t i = 0; i < halves.size(); ++i) {
      const std::uint32_t half = halves[i];
      ++upper[half >> 8];
      ++lower[half & 255];
      lanes[i % 8] += half < 32768;
      const double x = (half + 0.5) / range - 0.5;
      sum += x;
      square += x * x;
    }
  }
  CHECK(chi_squared_sigmas(upper) < 5);
  CHECK(chi_squared_sigmas(lower) < 5);
  for (const std::uint64_t low : lanes)
    CHECK(sigmas(static_cast<double>(low), n / 16, n / 32) < 5);  // binomial, p = 1/2
  CHECK(sigmas(sum / n, 0, 1.0 / 12, n) < 5);
  CHECK(sigmas(square / n, 1.0 / 12, 1.0 / 180, n) < 5);  // E x^4 - (E x^2)^2 = 1/80 - 1/144
}

TEST_CASE("every bit of a block is a fair coin") {
  const Stream stream{Seed{8}, 1, Purpose{3}};
  std::array<std::uint64_t, 128> ones{};
  constexpr std::uint32_t n = 100'000;
  for (std::uint32_t neuron = 0; neuron < n; ++neuron) {
    const Block bits = stream.block(neuron, 5);
    for (std::size_t bit = 0; bit < 128; ++bit) ones[bit] += bits[bit / 32] >> (bit % 32) & 1;
  }
  for (const std::uint64_t count : ones) CHECK(sigmas(static_cast<double>(count), n / 2.0, n / 4.0) < 5);
}

TEST_CASE("streams do not change between versions") {
  std::uint64_t hash = 0;
  for (const Purpose purpose : {Purpose{1}, Purpose{2}, Purpose{3}, Purpose{4}, Purpose{16}})
    for (const std::uint32_t network : {0u, 3u})
      for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{99}, large + 1, step_limit - 1})
        for (std::uint32_t neuron = 0; neuron < 100; ++neuron) {
          const Stream stream{Seed{2024}, network, purpose};
          for (const std::uint32_t slot : {0u, 1u, 127u}) {
            hash = spikeometric::detail::mix(hash ^ stream.half(neuron, step, slot));
            for (const std::uint32_t word : words_of(stream.block(neuron, step, slot)))
              hash = spikeometric::detail::mix(hash ^ word);
          }
        }
  CHECK(hash == 0x4044e3ccfe095335);
}
