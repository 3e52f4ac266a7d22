// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/detail/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "../support.hpp"
#include "networks.hpp"

using spikeometric::InvalidParameter, spikeometric::Seed;
using spikeometric::generate::Weights;
using spikeometric::generate::detail::below, spikeometric::generate::detail::first_counter;
using spikeometric::generate::detail::SortedMap;
using spikeometric::generate::detail::WeightDraws, spikeometric::generate::detail::WeightRule;
using namespace networks;

namespace {

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

/// The upper half of a product of 128 bits, by long multiplication in digits of 16 bits.
std::uint64_t upper_half(std::uint64_t a, std::uint64_t b) {
  std::uint64_t digits[9] = {};
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) {
      std::uint64_t carry = (a >> 16 * i & 0xFFFF) * (b >> 16 * j & 0xFFFF);
      for (int k = i + j; carry != 0; ++k) {
        carry += digits[k];
        digits[k] = carry & 0xFFFF;
        carry >>= 16;
      }
    }
  return digits[4] | digits[5] << 16 | digits[6] << 32 | digits[7] << 48;
}

}  // namespace

TEST_CASE("a number below n is the upper half of the product of n and 64 random bits") {
  support::Numbers numbers{1};
  for (const std::uint64_t n : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{1000},
                                std::uint64_t{0xFFFFFFFF}, std::uint64_t{1} << 32}) {
    CHECK(below(n, 0, 0) == 0);
    CHECK(below(n, 0xFFFFFFFF, 0xFFFFFFFF) == n - 1);
    for (int i = 0; i < 1000; ++i) {
      const std::uint64_t bits = numbers.bits();
      REQUIRE(below(n, static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32)) ==
              upper_half(n, bits));
    }
  }
}

TEST_CASE("all numbers below n are equally probable") {
  const std::uint64_t n = GENERATE(2, 3, 7, 100, 1000);
  std::vector<std::uint64_t> counts(n);
  auto counter = first_counter(5);
  for (; counter[0] < 100'000; ++counter[0]) {
    const auto bits = spikeometric::philox(counter, Seed{1});
    ++counts[below(n, bits[0], bits[1])];
    ++counts[below(n, bits[2], bits[3])];
  }
  CHECK(chi_squared_sigmas(counts) < 5);
}

TEST_CASE("the inhibitory neurons are the last ones, from ceil(neurons (1 - fraction)) on") {
  struct Case {
    std::uint64_t neurons;
    double fraction;
    std::uint64_t excitatory;
  };
  // 0.57 * 100 is 56.99999999999999 in double, and 1 - 0.7 is 0.30000000000000004.
  const auto [neurons, fraction, excitatory] =
      GENERATE(Case{100, 0.57, 43}, Case{10, 0.7, 3}, Case{10, 0.2, 8}, Case{12, 0.2, 10}, Case{10, 0.99, 1},
               Case{10, 1.0, 0}, Case{10, 1e-9, 10}, Case{1, 0.5, 1}, Case{3, 0.5, 2},
               Case{4'294'967'296, 0.5, 2'147'483'648}, Case{4'294'967'296, 1.0, 0});
  INFO(neurons << " neurons, " << fraction);
  const WeightRule rule({.mean = -2.0, .inhibitory_fraction = fraction, .inhibitory_scale = 1.5}, neurons);
  if (excitatory > 0) {
    CHECK(rule(0, 0, 0) == 2.0);
    CHECK(rule(excitatory - 1, 0, 0) == 2.0);
  }
  if (excitatory < neurons) {
    CHECK(rule(excitatory, 0, 0) == -3.0);
    CHECK(rule(neurons - 1, 0, 0) == -3.0);
  }
}

TEST_CASE("weights are normal as drawn, or folded and signed by their neuron") {
  const WeightRule plain({.mean = -1.0, .std = 2.0}, 10);
  const WeightRule dale({.mean = -1.0, .std = 2.0, .inhibitory_fraction = 0.5, .inhibitory_scale = 4.0}, 10);
  std::vector<double> weights;
  auto counter = first_counter(5);
  for (; counter[0] < 100'000; ++counter[0]) {
    const auto bits = spikeometric::philox(counter, Seed{2});
    const double weight = plain(5, bits[0], bits[1]);
    REQUIRE(plain(0, bits[0], bits[1]) == weight);
    REQUIRE(dale(4, bits[0], bits[1]) == std::abs(weight));
    REQUIRE(dale(5, bits[0], bits[1]) == -4.0 * std::abs(weight));
    weights.push_back(weight);
  }
  CHECK(kolmogorov_smirnov(weights, [](double w) { return normal_cdf((w + 1.0) / 2.0); }) < 2.75);
}

TEST_CASE("the weights of a neuron are independent normals, and depend neither on its partners nor on other neurons") {
  const WeightRule rule({.mean = 0.0, .std = 1.0}, 10);
  constexpr std::uint32_t count = 100'000;
  std::vector<double> weights;
  double with_next = 0, with_other = 0, with_partner = 0, with_square = 0;
  WeightDraws draws(rule, 3, Seed{3}), others(rule, 4, Seed{3});
  for (std::uint32_t i = 0; i < count; ++i) {
    const double weight = draws.next(0);
    auto counter = first_counter(3);
    counter[0] = i / 2;
    const auto partner_bits = spikeometric::philox(counter, Seed{3});
    with_partner += weight * std::cos(2 * std::numbers::pi * spikeometric::uniform(partner_bits[i % 2 * 2 + 1]));
    with_other += weight * others.next(0);
    if (i > 0) with_next += weight * weights.back();
    if (i > 0) with_square += (weight * weight - 1) * (weights.back() * weights.back() - 1);
    weights.push_back(weight);
  }
  CHECK(kolmogorov_smirnov(weights, normal_cdf) < 2.75);
  CHECK(sigmas(with_next, 0, count) < 5);
  CHECK(sigmas(with_square, 0, 4.0 * count) < 5);  // the square of a normal has variance 2
  CHECK(sigmas(with_other, 0, count) < 5);
  CHECK(sigmas(with_partner, 0, count / 2.0) < 5);
}

TEST_CASE("several weights at once are the sum of the next ones") {
  const double std = GENERATE(0.0, 2.0);
  const WeightRule rule({.mean = 0.25, .std = std}, 10);
  WeightDraws one_by_one(rule, 7, Seed{4}), at_once(rule, 7, Seed{4});
  for (const std::uint64_t times : {1, 3, 2, 1, 4}) {
    double sum = 0;
    for (std::uint64_t i = 0; i < times; ++i) sum += one_by_one.next(0);
    CHECK(at_once.next(0, times) == sum);
  }
}

TEST_CASE("invalid weights are refused, and the message names the parameter and its value") {
  const auto refuse = [](const Weights& weights, std::initializer_list<std::string> parts) {
    check_message<InvalidParameter>([&] { spikeometric::validate_parameters(weights); }, parts);
  };
  refuse({.mean = infinity}, {"mean = inf"});
  refuse({.mean = not_a_number}, {"mean = nan"});
  refuse({.std = -0.5}, {"std = -0.5"});
  refuse({.std = not_a_number}, {"std = nan"});
  refuse({.std = infinity}, {"std = inf"});
  refuse({.inhibitory_fraction = -0.5}, {"inhibitory_fraction = -0.5", "at least 0 and at most 1"});
  refuse({.inhibitory_fraction = 1.5}, {"inhibitory_fraction = 1.5", "at least 0 and at most 1"});
  refuse({.inhibitory_fraction = not_a_number}, {"inhibitory_fraction = nan"});
  refuse({.inhibitory_scale = -1}, {"inhibitory_scale = -1"});
  refuse({.inhibitory_scale = infinity}, {"inhibitory_scale = inf"});
  refuse({.inhibitory_scale = not_a_number}, {"inhibitory_scale = nan"});
}

TEST_CASE("a sorted map holds each number once, in order, wherever numbers crowd") {
  const std::uint64_t places = GENERATE(1, 2, 10, 100, 400);
  constexpr std::uint64_t count = 200, last = 0xFFFFFFFF;
  support::Numbers numbers{places};
  std::vector<std::uint64_t> entries(places + count, SortedMap::vacant);
  const SortedMap map{entries.data(), entries.size()};
  std::map<std::uint64_t, std::uint32_t> expected;
  while (expected.size() < count) {
    const std::uint64_t number = numbers.coin(0.3) ? last - numbers.below(300) : numbers.below(last);
    const auto value = static_cast<std::uint32_t>(expected.size());
    const bool is_new = expected.emplace(number, value).second;
    const std::uint64_t* there = map.insert(number * places >> 32, number, value);
    REQUIRE((there == nullptr) == is_new);
    if (!is_new) REQUIRE(*there == SortedMap::entry(number, expected[number]));
  }
  std::vector<std::uint64_t> in_order, visited;
  for (const auto& [number, value] : expected) in_order.push_back(SortedMap::entry(number, value));
  for (std::uint64_t place = 0, entry; (entry = map.next(place)) != SortedMap::vacant;) visited.push_back(entry);
  CHECK(visited == in_order);
  entries.erase(std::remove(entries.begin(), entries.end(), SortedMap::vacant), entries.end());
  CHECK(entries == in_order);
}
