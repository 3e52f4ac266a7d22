// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/samplers/bernoulli.hpp"
#include "spikeometric/model/samplers/poisson.hpp"
#include "spikeometric/model/samplers/threshold.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "../../catch.hpp"
#include "../../message.hpp"
#include "../../slow_reference.hpp"
#include "../../statistics.hpp"
#include "../../support.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/random/hash.hpp"

using namespace spikeometric;

namespace {

PrimedDraws draws_of(std::uint64_t seed, std::uint32_t network, std::uint32_t neuron, std::uint64_t step) {
  const Stream stream{Seed{seed}, network, Purpose{1}};
  return {{stream, neuron, step}, stream.half(neuron, step)};
}

template <class S>
concept BoundsTheStep = requires {
  S::dt_bounds;
};
template <class S>
concept SaysDeterministic = requires {
  S::deterministic;
};

constexpr float infinity = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("a spike occurs if the draw of 32 bits is below mu 2^32, rounded down") {
  support::Numbers numbers{3};
  constexpr BernoulliSampler sampler;
  std::size_t exact = 0;
  for (int i = 0; i < (support::slow_build ? 20'000 : 400'000); ++i) {
    const std::uint64_t seed = numbers.bits(), step = numbers.below(std::uint64_t{1} << 48);
    const auto network = static_cast<std::uint32_t>(numbers.bits()),
               neuron = static_cast<std::uint32_t>(numbers.bits());
    const PrimedDraws draws = draws_of(seed, network, neuron, step);
    const slow::Bits bits{seed, network, neuron, step, slow::spike};
    const std::uint32_t first = bits.half(0), draw = first << 16 | bits.half(1);
    REQUIRE(draws.first == first);

    // A random mean, and one whose upper 16 bits equal the draw's.
    const auto tie = (static_cast<float>(first) + static_cast<float>(numbers.below(256)) / 256.0f) * 0x1p-16f;
    for (const float mu : {static_cast<float>(numbers.real(0.0, 1.0)), tie}) {
      const bool spike = draw < static_cast<std::uint64_t>(static_cast<double>(mu) * 0x1p32);
      REQUIRE(sampler(mu, draws) == spike);
    }
    if (draw >= 1u << 24) continue;  // below, a float has all bits of the draw
    ++exact;
    REQUIRE(sampler(static_cast<float>(draw) * 0x1p-32f, draws) == 0);
    REQUIRE(sampler(static_cast<float>(draw + 1) * 0x1p-32f, draws) == 1);
  }
  CHECK(exact > 20);
}

TEST_CASE("a mean of at most 0 never fires, and a mean of at least 1 always fires") {
  constexpr BernoulliSampler sampler;
  for (std::uint32_t neuron = 0; neuron < 70'000; ++neuron) {  // some have a first draw of 0, some of 65535
    const PrimedDraws draws = draws_of(1, 0, neuron, 0);
    for (const float never : {0.0f, -0.0f, -1.0f, -infinity, 0x1p-33f, 0x1p-149f}) REQUIRE(sampler(never, draws) == 0);
    for (const float always : {1.0f, 1.5f, 1e30f, infinity}) REQUIRE(sampler(always, draws) == 1);
  }
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

TEST_CASE("Bernoulli spikes have the right frequency, from 1e-5 to 1 - 1e-6") {
  const float mu = GENERATE(1e-5f, 1e-3f, 0.1f, 0.5f, 0.9f, 0.999f, 1.0f - 1e-6f);
  constexpr std::uint32_t n = support::slow_build ? 200'000 : 4'000'000;
  std::uint64_t spikes = 0;
  for (std::uint32_t i = 0; i < n; ++i) spikes += BernoulliSampler{}(mu, draws_of(12, 0, i % 4096, i / 4096));
  const double p = mu;  // the rarer outcome is expected at least 4 times
  CAPTURE(mu);
  CHECK(sigmas(static_cast<double>(spikes), n * p, n * p * (1.0 - p)) < 5);
}

TEST_CASE("a rate gives at most one spike, with probability 1 - exp(-mu)") {
  const double p = GENERATE(1e-5, 1e-3, 0.1, 0.5, 0.9, 0.999, 1.0 - 1e-6);
  const auto mu = static_cast<float>(-std::log1p(-p));
  constexpr std::uint32_t n = support::slow_build ? 200'000 : 4'000'000;
  std::uint64_t spikes = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint32_t spike = BernoulliRateSampler{}(mu, draws_of(13, 0, i % 4096, i / 4096));
    spikes += spike;
    if (spike > 1) FAIL("a count of " << spike);
  }
  const double expected = -std::expm1(-static_cast<double>(mu));
  CAPTURE(p, mu);
  CHECK(sigmas(static_cast<double>(spikes), n * expected, n * expected * (1.0 - expected)) < 5);
}

TEST_CASE("a rate gives a spike if and only if a Poisson count is not 0") {
  std::uint64_t spikes = 0, differ = 0;
  for (std::uint32_t neuron = 0; neuron < 20'000; ++neuron)
    for (const float mu : {1e-4f, 0.01f, 0.4f, 3.0f, 15.0f}) {
      const PrimedDraws draws = draws_of(14, 0, neuron, 0);
      const std::uint32_t spike = BernoulliRateSampler{}(mu, draws);
      spikes += spike;
      differ += spike != static_cast<std::uint32_t>(PoissonSampler{}(mu, draws) > 0);
    }
  CHECK(differ == 0);
  CHECK(spikes > 40'000);
}

TEST_CASE("a rate of at most 0 never fires, and an infinite rate always fires") {
  for (std::uint32_t neuron = 0; neuron < 70'000; ++neuron) {
    const PrimedDraws draws = draws_of(1, 0, neuron, 0);
    for (const float never : {0.0f, -0.0f, -1.0f, -infinity, 0x1p-149f}) {
      REQUIRE(BernoulliRateSampler{}(never, draws) == 0);
      REQUIRE(PoissonSampler{}(never, draws) == 0);
    }
    for (const float always : {50.0f, 1e30f, infinity}) REQUIRE(BernoulliRateSampler{}(always, draws) == 1);
  }
}

TEST_CASE("only a Bernoulli sampler limits the time step, and only a Poisson sampler is not binary") {
  STATIC_REQUIRE(BernoulliSampler::dt_bounds.highest == 1.0);
  STATIC_REQUIRE((!BoundsTheStep<BernoulliRateSampler> && !BoundsTheStep<PoissonSampler>));
  STATIC_REQUIRE((BernoulliRateSampler::binary && ThresholdSampler::binary && !PoissonSampler::binary));
  STATIC_REQUIRE(ThresholdSampler::deterministic);
  STATIC_REQUIRE((!SaysDeterministic<PoissonSampler> && !SaysDeterministic<BernoulliRateSampler>));
}

TEST_CASE("a Poisson sampler returns Poisson counts with its mean") {
  for (std::uint32_t neuron = 0; neuron < 1000; ++neuron)
    for (const float mu : {0.1f, 4.0f, 700.0f}) {
      const PrimedDraws draws = draws_of(16, 0, neuron, 3);
      REQUIRE(PoissonSampler{}(mu, draws) == poisson(static_cast<double>(mu), draws));
    }
  CHECK(PoissonSampler{}(infinity, draws_of(16, 0, 0, 0)) == std::int64_t{1} << 31);
}

TEST_CASE("a threshold sampler fires if the mean exceeds the threshold, for any draws") {
  const ThresholdSampler sampler{.theta = 0.25f};
  for (const std::uint32_t first : {0u, 65535u}) {
    const PrimedDraws draws{{}, first};
    for (const float mu : {0.25f, std::nextafter(0.25f, 0.0f), -1.0f, 0.0f, -infinity}) {
      CHECK(sampler(mu, draws) == 0);
    }
    for (const float mu : {std::nextafter(0.25f, 1.0f), 1.0f, infinity}) {
      CHECK(sampler(mu, draws) == 1);
    }
    CHECK(sampler(std::numeric_limits<float>::quiet_NaN(), draws) == 0);
  }
  CHECK(BasicThresholdSampler<double>{0.1}(0.1f, PrimedDraws{}) == 1);  // the float is above the double
}

TEST_CASE("a threshold must be finite") {
  check_message<InvalidParameter>([] { validate_parameters(ThresholdSampler{infinity}); }, {"theta = inf", "finite"});
  CHECK_NOTHROW(validate_parameters(ThresholdSampler{-3.0f}));
}

// --- distributions of samplers --------------------------------------------------------------------------------------

namespace {

/// Checks that probabilities of counts up to `most` add up to 1, and have the sampler's mean and variance.
template <class SamplerPolicy>
void check_sums(double mu, std::uint32_t most) {
  double total = 0.0, mean = 0.0, squares = 0.0;
  for (std::uint32_t count = 0; count <= most; ++count) {
    const double p = std::exp(SamplerPolicy::log_probability(count, mu)), k = count;
    total += p;
    mean += k * p;
    squares += k * k * p;
  }
  CAPTURE(mu);
  CHECK(total == Approx(1.0).epsilon(1e-12));
  CHECK(SamplerPolicy::mean(mu) == Approx(mean).epsilon(1e-11));
  CHECK(SamplerPolicy::variance(mu) == Approx(squares - mean * mean).epsilon(1e-9));
}

/// Checks that drawn counts have the sampler's mean and variance, and small counts their probabilities.
template <class SamplerPolicy>
void check_draws(float mu) {
  constexpr std::uint32_t n = support::slow_build ? 20'000 : 200'000;
  const auto expected_mean = SamplerPolicy::mean(static_cast<double>(mu));
  const auto expected_variance = SamplerPolicy::variance(static_cast<double>(mu));
  std::vector<std::uint64_t> counts(6);
  double sum = 0.0, squares = 0.0, fourth = 0.0;
  for (std::uint32_t i = 0; i < n; ++i) {
    const auto count = static_cast<std::size_t>(SamplerPolicy{}(mu, draws_of(18, 1, i % 4096, i / 4096)));
    const double deviation = static_cast<double>(count) - expected_mean;
    if (count < counts.size()) ++counts[count];
    sum += static_cast<double>(count);
    squares += deviation * deviation;
    fourth += deviation * deviation * deviation * deviation;
  }
  CAPTURE(mu);
  CHECK(sigmas(sum / n, expected_mean, expected_variance, n) < 5);
  CHECK(sigmas(squares / n, expected_variance, fourth / n - expected_variance * expected_variance, n) < 5);
  for (std::uint32_t count = 0; count < (SamplerPolicy::binary ? 2 : 6); ++count) {
    CAPTURE(count);
    const double p = std::exp(SamplerPolicy::log_probability(count, static_cast<double>(mu)));
    CHECK(sigmas(static_cast<double>(counts[count]), n * p, n * p * (1.0 - p)) < 5);
  }
}

}  // namespace

TEST_CASE("mean and variance are sums over the probabilities of counts") {
  for (const double mu : {1e-6, 0.01, 0.3, 0.5, 0.999}) {
    check_sums<BernoulliSampler>(mu, 1);
    check_sums<BernoulliRateSampler>(mu, 1);
  }
  check_sums<BernoulliRateSampler>(3.0, 1);
  for (const double mu : {1e-6, 0.3, 2.5, 15.0, 100.0}) check_sums<PoissonSampler>(mu, 300);
}

TEST_CASE("drawn counts have the mean, variance and probabilities of the sampler") {
  for (const float mu : {0.01f, 0.4f, 0.9f}) {
    check_draws<BernoulliSampler>(mu);
    check_draws<BernoulliRateSampler>(mu);
    check_draws<PoissonSampler>(mu);
  }
  check_draws<BernoulliRateSampler>(2.5f);
  check_draws<PoissonSampler>(2.5f);
}

TEST_CASE("a probability below 0 or above 1 and a rate below 0 are clamped") {
  CHECK(BernoulliSampler::mean(-0.5) == 0.0);
  CHECK(BernoulliSampler::mean(1.5) == 1.0);
  CHECK(BernoulliSampler::variance(1.5) == 0.0);
  CHECK(BernoulliSampler::log_probability(1, 1.5) == 0.0);
  CHECK(BernoulliSampler::log_probability(0, -0.5) == 0.0);
  CHECK(BernoulliSampler::log_probability(1, 0.0) == -std::numeric_limits<double>::infinity());
  CHECK(BernoulliRateSampler::mean(-0.5) == 0.0);
  CHECK(BernoulliRateSampler::log_probability(1, 0.0) == -std::numeric_limits<double>::infinity());
  CHECK(PoissonSampler::log_probability(0, 0.0) == 0.0);
}

TEST_CASE("the log-probability of a Poisson count includes its factorial") {
  CHECK(PoissonSampler::log_probability(7, 2.5) == Approx(7.0 * std::log(2.5) - 2.5 - std::lgamma(8.0)).epsilon(1e-14));
  const double n = 4'294'967'295.0;
  CHECK(PoissonSampler::log_probability(4'294'967'295u, n) ==
        Approx(n * std::log(n) - n - std::lgamma(n + 1.0)).margin(1e-4));
}

TEST_CASE("means, variances and log-probabilities have derivatives") {
  const Dual mu{0.3, 2.0};
  CHECK(BernoulliSampler::mean(mu) == mu);
  CHECK(BernoulliSampler::variance(mu).derivative == Approx(2.0 * (1.0 - 2.0 * 0.3)));
  CHECK(BernoulliSampler::log_probability(1, mu).derivative == Approx(2.0 / 0.3));
  CHECK(BernoulliSampler::log_probability(0, mu).derivative == Approx(-2.0 / 0.7));
  CHECK(BernoulliRateSampler::mean(mu).derivative == Approx(2.0 * std::exp(-0.3)));
  CHECK(BernoulliRateSampler::log_probability(1, mu).derivative == Approx(2.0 / std::expm1(0.3)));
  CHECK(BernoulliRateSampler::log_probability(0, mu).derivative == Approx(-2.0));
  CHECK(PoissonSampler::variance(mu).derivative == 2.0);
  CHECK(PoissonSampler::log_probability(4, mu).derivative == Approx(2.0 * (4.0 / 0.3 - 1.0)));
  CHECK(BernoulliSampler::mean(Dual{1.5, 2.0}).derivative == 0.0);
}

TEST_CASE("random samplers are a Distribution, and a threshold is not") {
  STATIC_REQUIRE(
      (Distribution<BernoulliSampler> && Distribution<BernoulliRateSampler> && Distribution<PoissonSampler>));
  STATIC_REQUIRE(!Distribution<ThresholdSampler>);
}

TEST_CASE("samples do not change between versions, compilers and instruction sets") {
  std::uint64_t hash = 0, rate_hash = 0, poisson_hash = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const PrimedDraws draws = draws_of(17, 0, i, 0);
    const auto mu = static_cast<float>(i % 1000) * 0.0013f;
    hash = detail::mix(hash ^ BernoulliSampler{}(mu, draws));
    rate_hash = detail::mix(rate_hash ^ BernoulliRateSampler{}(mu, draws));
    poisson_hash = detail::mix(poisson_hash ^ static_cast<std::uint64_t>(PoissonSampler{}(20.0f * mu, draws)));
  }
  CHECK(hash == 0x367c1f65ca5c8e7b);
  CHECK(rate_hash == 0xc0ae7b3fc121258b);
  CHECK(poisson_hash == 0x913314318b9e03bc);
}
