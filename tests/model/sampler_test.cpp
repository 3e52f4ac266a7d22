// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/sampler.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../slow_reference.hpp"
#include "../statistics.hpp"
#include "../support.hpp"

using namespace spikeometric;

namespace {

SpikeDraws draws_of(std::uint64_t seed, std::uint32_t network, std::uint32_t neuron, std::uint64_t step) {
  const Stream stream{Seed{seed}, network, Purpose::spike};
  return {{stream, neuron, step}, stream.half(neuron, step)};
}

}  // namespace

TEST_CASE("a spike occurs where the draw of 32 bits is below mu 2^32, rounded down") {
  support::Numbers numbers{3};
  constexpr BernoulliSampler sampler;
  std::size_t exact = 0;
  for (int i = 0; i < (support::slow_build ? 20'000 : 400'000); ++i) {
    const std::uint64_t seed = numbers.bits(), step = numbers.below(std::uint64_t{1} << 48);
    const auto network = static_cast<std::uint32_t>(numbers.bits()),
               neuron = static_cast<std::uint32_t>(numbers.bits());
    const SpikeDraws draws = draws_of(seed, network, neuron, step);
    const slow::Bits bits{seed, network, neuron, step, slow::spike};
    const std::uint32_t first = bits.half(0), draw = first << 16 | bits.half(1);
    REQUIRE(draws.first == first);

    // Some mean, and one whose upper 16 bits tie with the draw's.
    const auto tie = (static_cast<float>(first) + static_cast<float>(numbers.below(256)) / 256.0f) * 0x1p-16f;
    for (const float mu : {static_cast<float>(numbers.real(0.0, 1.0)), tie}) {
      const bool spike = draw < static_cast<std::uint64_t>(static_cast<double>(mu) * 0x1p32);
      REQUIRE(sampler(mu, draws) == spike);
      REQUIRE(sampler(mu, draws) <= static_cast<std::uint32_t>(sampler.may_spike(mu, first)));
    }
    if (draw >= 1u << 24) continue;  // below, a float holds all bits of the draw
    ++exact;
    REQUIRE(sampler(static_cast<float>(draw) * 0x1p-32f, draws) == 0);
    REQUIRE(sampler(static_cast<float>(draw + 1) * 0x1p-32f, draws) == 1);
  }
  CHECK(exact > 20);
}

TEST_CASE("a mean of 0, or below, never fires, and a mean of 1, or above, always") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr BernoulliSampler sampler;
  for (std::uint32_t neuron = 0; neuron < 70'000; ++neuron) {  // some have a first draw of 0, some of 65535
    const SpikeDraws draws = draws_of(1, 0, neuron, 0);
    for (const float never : {0.0f, -0.0f, -1.0f, -infinity, 0x1p-33f, 0x1p-149f}) REQUIRE(sampler(never, draws) == 0);
    for (const float always : {1.0f, 1.5f, 1e30f, infinity}) REQUIRE(sampler(always, draws) == 1);
  }
}

TEST_CASE("most neurons are spared the full draw") {
  CHECK(BernoulliSampler::may_spike(0.25f, 16384));
  CHECK_FALSE(BernoulliSampler::may_spike(0.25f, 16385));
  CHECK(BernoulliSampler::may_spike(0.0f, 0));
  CHECK_FALSE(BernoulliSampler::may_spike(0.0f, 1));
  CHECK(BernoulliSampler::may_spike(1.0f, 65535));
}

TEST_CASE("spikes have the given mean and variance, and neurons and steps are uncorrelated") {
  const float mu = GENERATE(0.5f, 0.25f, 0.003f, 0.97f);
  CAPTURE(mu);
  constexpr std::size_t neurons = 1024, steps = support::slow_build ? 256 : 2048;
  std::vector<std::vector<double>> z(steps, std::vector<double>(neurons));  // standardised
  std::vector<double> totals(neurons);
  const double p = mu, variance = p * (1.0 - p), n = neurons, t = steps;
  double total = 0.0;
  for (std::size_t step = 0; step < steps; ++step)
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron) {
      const double x = BernoulliSampler{}(mu, draws_of(11, 2, neuron, step));
      z[step][neuron] = (x - p) / std::sqrt(variance);
      totals[neuron] += x;
      total += x;
    }
  CHECK(sigmas(total, n * t * p, n * t * variance) < 5);

  // ((count - t p) / sd)^2 has mean 1 and, with the excess kurtosis of a binomial count, variance 2 + (1 - 6pq) / tpq.
  double dispersion = 0.0;
  for (const double count : totals) dispersion += (count - t * p) * (count - t * p) / (t * variance);
  CHECK(sigmas(dispersion, n, n * (2.0 + (1.0 - 6.0 * variance) / (t * variance))) < 5);

  // Products of independent standardised numbers have mean 0 and variance 1.
  for (const std::size_t apart : {1u, 2u, 3u, 7u, 8u, 100u}) {
    CAPTURE(apart);
    double across = 0.0, along = 0.0;
    for (std::size_t step = 0; step < steps; ++step)
      for (std::size_t neuron = 0; neuron < neurons; ++neuron) {
        across += z[step][neuron] * z[step][(neuron + apart) % neurons];
        along += z[step][neuron] * z[(step + apart) % steps][neuron];
      }
    CHECK(sigmas(across, 0.0, n * t) < 5);
    CHECK(sigmas(along, 0.0, n * t) < 5);
  }
}
