// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/random/distributions.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

#include "../catch.hpp"
#include "../statistics.hpp"
#include "../support.hpp"
#include "spikeometric/random/hash.hpp"

using spikeometric::bernoulli, spikeometric::Block, spikeometric::Draws, spikeometric::PrimedDraws,
    spikeometric::detail::high_threshold, spikeometric::normal, spikeometric::Purpose, spikeometric::Seed,
    spikeometric::Stream, spikeometric::detail::Threshold, spikeometric::detail::threshold, spikeometric::uniform;

namespace {

constexpr std::uint32_t all_ones = 0xFFFFFFFF;

/// floor(p 2^32) of p clamped to [0, 1]. The product is exact in double.
std::uint64_t limit_of(float p) {
  if (!(p > 0)) return 0;
  return p >= 1 ? std::uint64_t{1} << 32 : static_cast<std::uint64_t>(std::floor(static_cast<double>(p) * 0x1p32));
}

std::uint64_t joined(const Threshold& limit) { return std::uint64_t{limit.high} << 16 | limit.low; }

/// All 32 bits of a spike's draw.
std::uint32_t whole_draw(const Draws& draws) { return draws.half(0) << 16 | draws.half(1); }

Draws draws_of(const Stream& stream, std::uint32_t neuron, std::uint64_t step) { return {stream, neuron, step}; }

constexpr std::uint32_t sample_size = support::slow_build ? 50'000 : 1'000'000;

/// A sample from one draw a block, and the sums of its first four powers.
struct Sample {
  std::vector<double> values;
  double power[5] = {};

  template <class Draw>
  Sample(Seed seed, Draw draw) {
    const Stream stream{seed, 0, Purpose{2}};
    for (std::uint32_t neuron = 0; neuron < sample_size; ++neuron) {
      values.push_back(draw(stream.block(neuron, 0)));
      for (double product = 1; double& sum : power) {
        sum += product;
        product *= values.back();
      }
    }
  }

  double n() const { return power[0]; }
  double moment(int k) const { return power[k] / n(); }
  double lag_product() const {
    double sum = 0;
    for (std::size_t i = 1; i < values.size(); ++i) sum += values[i - 1] * values[i];
    return sum / n();
  }
};

constexpr auto uniform_of_64 = [](const Block& bits) { return uniform(bits[0], bits[1]); };
constexpr auto uniform_of_32 = [](const Block& bits) { return uniform(bits[2]); };

}  // namespace

TEST_CASE("a uniform of 64 bits is the midpoint of its 53-bit cell") {
  CHECK(uniform(0, 0) == 0x1p-54);
  CHECK(uniform(0x7FF, 0) == 0x1p-54);  // eleven bits are not used
  CHECK(uniform(0x800, 0) == 0x1.8p-53);
  CHECK(uniform(0, 0x80000000) == 0.5);  // its midpoint, 1/2 + 2^-54, lies halfway between two doubles
  CHECK(uniform(all_ones, 0x7FFFFFFF) == 0.5 - 0x1p-54);
  CHECK(uniform(all_ones - 0x800, all_ones) == 1 - 0x1p-52);
  CHECK(uniform(all_ones, all_ones) == 1);
}

TEST_CASE("a uniform of 32 bits is the midpoint of its cell") {
  CHECK(uniform(0) == 0x1p-33);
  CHECK(uniform(1) == 0x1.8p-32);
  CHECK(uniform(0x80000000) == 0.5 + 0x1p-33);
  CHECK(uniform(all_ones) == 1 - 0x1p-33);
}

TEST_CASE("uniforms have the mean, variance and distribution of a uniform, and are not correlated") {
  const bool whole = GENERATE(true, false);
  const Sample sample = whole ? Sample{Seed{1}, uniform_of_64} : Sample{Seed{2}, uniform_of_32};
  CHECK(sigmas(sample.moment(1), 1.0 / 2, 1.0 / 12, sample.n()) < 5);
  CHECK(sigmas(sample.moment(2), 1.0 / 3, 4.0 / 45, sample.n()) < 5);  // E u^4 - (E u^2)^2 = 1/5 - 1/9
  // Neighbours share a factor: var(u v) + 2 cov(u v, v w) = 7/144 + 2 / 48.
  CHECK(sigmas(sample.lag_product(), 1.0 / 4, 13.0 / 144, sample.n()) < 5);
  CHECK(kolmogorov_smirnov(sample.values, [](double u) { return u; }) < 2.75);
  std::vector<std::uint64_t> bins(256);
  for (const double u : sample.values) ++bins[static_cast<std::size_t>(u * 256)];
  CHECK(chi_squared_sigmas(bins) < 5);
}

TEST_CASE("a normal is what Box and Muller's formula gives") {
  const Stream stream{Seed{3}, 0, Purpose{2}};
  double worst = 0;
  const auto compare = [&](std::uint32_t first, std::uint32_t second) {
    const long double u = (first + 0.5L) * 0x1p-32L, v = (second + 0.5L) * 0x1p-32L;
    const long double expected = std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi_v<long double> * v);
    worst = std::max(worst, static_cast<double>(std::abs(normal(first, second) - expected)));
  };
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const Block bits = stream.block(i, 0);
    compare(bits[0], bits[1]);
  }
  for (const std::uint32_t first : {0u, 1u, 0x80000000u, all_ones})
    for (const std::uint32_t second : {0u, 0x3FFFFFFFu, 0x40000000u, 0x7FFFFFFFu, 0x80000000u, all_ones})
      compare(first, second);
  // The angle, at most 2 pi, is rounded twice, by at most 2^-51 in all, and the root is at most 6.8.
  CHECK(worst < 8 * 0x1p-51);
}

TEST_CASE("a normal of a whole block is what Box and Muller's formula gives") {
  const Stream stream{Seed{3}, 1, Purpose{2}};
  double worst = 0;
  const auto compare = [&](const Block& bits) {
    const long double u = uniform(bits[0], bits[1]), v = uniform(bits[2], bits[3]);
    const long double expected = std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi_v<long double> * v);
    worst = std::max(worst, static_cast<double>(std::abs(normal(bits) - expected)));
  };
  for (std::uint32_t i = 0; i < 100'000; ++i) compare(stream.block(i, 0));
  for (const std::uint32_t first : {0u, 0x80000000u, all_ones})
    for (const std::uint32_t second : {0u, 0x40000000u, 0x80000000u, all_ones}) compare({{first, first, 0, second}});
  CHECK(worst < 10 * 0x1p-51);  // the root is at most 8.7
  CHECK(normal(Block{{0, 0, 0, 0}}) > 8.6);
  CHECK(normal(Block{{0, 0, 0, 0}}) < 8.7);

  const Sample sample{Seed{6}, [](const Block& bits) { return normal(bits); }};
  CHECK(sigmas(sample.moment(2), 1, 3 - 1, sample.n()) < 5);
  CHECK(sigmas(sample.moment(4), 3, 105 - 9, sample.n()) < 5);
  CHECK(kolmogorov_smirnov(sample.values, [](double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }) < 2.75);
}

TEST_CASE("normals are finite and less than 6.8 in size") {
  for (const std::uint32_t second : {0u, 0x40000000u, 0x80000000u, all_ones}) {
    CHECK(std::abs(normal(0, second)) < 6.8);
    CHECK(std::abs(normal(all_ones, second)) < 1e-4);
  }
  CHECK(normal(0, 0) > 6.76);
  CHECK(normal(0, 0x80000000) < -6.76);
}

TEST_CASE("normals have the moments and distribution of a standard normal, and are not correlated") {
  const Sample sample{Seed{4}, [](const Block& bits) { return normal(bits[0], bits[1]); }};
  // The moments of order 2, 4, 6, 8 are 1, 3, 15, 105: the k-th power has variance E z^2k - (E z^k)^2.
  CHECK(sigmas(sample.moment(1), 0, 1, sample.n()) < 5);
  CHECK(sigmas(sample.moment(2), 1, 3 - 1, sample.n()) < 5);
  CHECK(sigmas(sample.moment(3), 0, 15, sample.n()) < 5);
  CHECK(sigmas(sample.moment(4), 3, 105 - 9, sample.n()) < 5);
  CHECK(sigmas(sample.lag_product(), 0, 1, sample.n()) < 5);
  CHECK(kolmogorov_smirnov(sample.values, [](double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }) < 2.75);

  double beyond_4 = 0;
  for (const double z : sample.values) beyond_4 += std::abs(z) > 4;
  const double tail = sample.n() * std::erfc(4 / std::numbers::sqrt2);
  CHECK(sigmas(beyond_4, tail, tail) < 5);
}

TEST_CASE("normals of the two halves of a block are independent") {
  const Stream stream{Seed{5}, 0, Purpose{4}};
  constexpr std::uint32_t n = sample_size;
  double product = 0, product_of_squares = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    const Block bits = stream.block(i, 0);
    const double a = normal(bits[0], bits[1]), b = normal(bits[2], bits[3]);
    product += a * b;
    product_of_squares += (a * a - 1) * (b * b - 1);
  }
  CHECK(sigmas(product / n, 0, 1, n) < 5);
  CHECK(sigmas(product_of_squares / n, 0, 2 * 2, n) < 5);  // var(z^2) = 2
}

TEST_CASE("a threshold is p 2^32 rounded down, for every kind of float") {
  std::uint64_t wrong = 0, checked = 0;
  const auto check = [&](float p) {
    const Threshold limit = threshold(p);
    wrong += joined(limit) != limit_of(p) || limit.low > 0xFFFF || limit.high != high_threshold(p);
    ++checked;
  };
  const std::uint64_t stride = support::slow_build ? 99'991 : 997;
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += stride)  // infinities, NaNs and negative ones too
    check(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  for (int exponent = -149; exponent <= 127; ++exponent) {
    const float power = std::ldexp(1.0f, exponent);
    check(power);
    check(std::nextafter(power, 0.0f));
    check(std::nextafter(power, 2 * power));
  }
  for (std::uint32_t k = 0; k <= 65536; ++k) {
    const float p = static_cast<float>(k) / 65536;
    check(p);
    check(std::nextafter(p, 2.0f));
    check(std::nextafter(p, -1.0f));
  }
  CHECK(checked > (std::uint64_t{1} << 32) / stride);
  CHECK(wrong == 0);
}

TEST_CASE("thresholds of 0 and below, of 1 and above, and of NaN") {
  constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (const float never : {0.0f, -0.0f, -1.0f, -infinity, nan, -nan, 0x1p-149f, 0x1.fffffep-33f}) {
    INFO("p = " << never);
    CHECK(joined(threshold(never)) == 0);
  }
  for (const float always : {1.0f, 1.0000001f, 3e38f, infinity}) {
    INFO("p = " << always);
    CHECK(threshold(always).high == 65536);
    CHECK(threshold(always).low == 0);
  }
  CHECK(joined(threshold(0x1p-32f)) == 1);
  CHECK(joined(threshold(0.5f)) == std::uint64_t{1} << 31);
  CHECK(joined(threshold(1 - 0x1p-24f)) == (std::uint64_t{1} << 32) - 256);
}

TEST_CASE("a Bernoulli draw compares all 32 bits with p 2^32, also where the upper sixteen tie") {
  const Stream stream{Seed{6}, 2, Purpose{1}};
  std::uint64_t wrong = 0, ties = 0, exact = 0;
  constexpr std::uint32_t neurons = support::slow_build ? 20'000 : 200'000;
  for (std::uint32_t neuron = 0; neuron < neurons; ++neuron) {
    const Draws draws = draws_of(stream, neuron, neuron / 7);
    const std::uint32_t draw = whole_draw(draws);
    const auto here = static_cast<float>(draw * 0x1p-32);
    // Some p anywhere, and the floats next to the draw itself, on both sides.
    for (const float p : {static_cast<float>(draws.half(2)) / 65536, here, std::nextafter(here, 0.0f),
                          std::nextafter(here, 2.0f), static_cast<float>((draw | 0xFFFF) * 0x1p-32)}) {
      wrong += bernoulli(p, draws) != (draw < limit_of(p));
      ties += limit_of(p) >> 16 == draws.half();
      exact += limit_of(p) == draw;
    }
  }
  CHECK(wrong == 0);
  CHECK(ties > 2 * neurons);
  CHECK(exact > neurons / 400);  // where the draw is the threshold itself, it is not below it
}

TEST_CASE("p = 0 never fires and p = 1 always does") {
  const Stream stream{Seed{7}, 0, Purpose{1}};
  std::uint64_t at_0 = 0, at_1 = 0, at_nan = 0;
  for (std::uint32_t neuron = 0; neuron < 300'000; ++neuron) {  // about 4.6 of them draw 0, and as many 65535
    const Draws draws = draws_of(stream, neuron, 0);
    at_0 += bernoulli(0.0f, draws);
    at_1 += bernoulli(1.0f, draws);
    at_nan += bernoulli(std::numeric_limits<float>::quiet_NaN(), draws);
  }
  CHECK(at_0 == 0);
  CHECK(at_1 == 300'000);
  CHECK(at_nan == 0);
  for (const std::uint32_t extreme : {0u, 0xFFFFu}) {
    CHECK_FALSE(bernoulli(0.0f, PrimedDraws{{stream, 0, 0}, extreme}));
    CHECK(bernoulli(1.0f, PrimedDraws{{stream, 0, 0}, extreme}));
  }
}

TEST_CASE("events occur as often as they should, at rare and at frequent p") {
  const float p = GENERATE(1e-7f, 1e-6f, 1e-5f, 1e-4f, 0.01f, 0.3f, 0.5f, 0.999f);
  if (support::slow_build && p < 1e-5f) return;
  const Stream stream{Seed{8}, 0, Purpose{1}};
  std::vector<std::uint16_t> halves(1 << 16);
  const std::uint64_t steps = p < 1e-5f ? 1526 : 16;  // 10^8 draws, so that the rarest still give ten
  std::uint64_t count = 0;
  for (std::uint64_t step = 0; step < steps; ++step) {
    stream.fill_halves(0, halves.size(), step, halves.data());
    for (std::uint32_t neuron = 0; neuron < halves.size(); ++neuron)
      count += bernoulli(p, PrimedDraws{{stream, neuron, step}, halves[neuron]});
  }
  const double n = 65536.0 * static_cast<double>(steps), probability = static_cast<double>(limit_of(p)) * 0x1p-32;
  INFO("p = " << p);
  CHECK(count > 0);
  CHECK(sigmas(static_cast<double>(count), n * probability, n * probability * (1 - probability)) < 5);  // binomial
}

TEST_CASE("events of neighbouring neurons and of successive steps are independent") {
  const float p = GENERATE(0.01f, 0.3f, 0.999f);
  const Stream stream{Seed{9}, 0, Purpose{1}};
  const auto event = [&](std::uint32_t neuron, std::uint64_t step) {
    return bernoulli(p, draws_of(stream, neuron, step));
  };
  std::uint64_t neighbours = 0, successive = 0;
  constexpr std::uint32_t size = support::slow_build ? 400 : 2000;
  for (std::uint32_t neuron = 0; neuron < size; neuron += 2)
    for (std::uint64_t step = 0; step < size; step += 2) {
      const bool here = event(neuron, step);
      neighbours += here && event(neuron + 1, step);
      successive += here && event(neuron, step + 1);
    }
  const double n = size * size / 4.0, both = static_cast<double>(p) * static_cast<double>(p);
  CHECK(sigmas(static_cast<double>(neighbours), n * both, n * both * (1 - both)) < 5);  // disjoint pairs: binomial
  CHECK(sigmas(static_cast<double>(successive), n * both, n * both * (1 - both)) < 5);
}

TEST_CASE("distributions do not change between versions, compilers and instruction sets") {
  const Stream stream{Seed{10}, 0, Purpose{2}};
  std::uint64_t hash = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const Block bits = stream.block(i, 0);
    hash = spikeometric::detail::mix(hash ^ std::bit_cast<std::uint64_t>(uniform(bits[0], bits[1])));
    hash = spikeometric::detail::mix(hash ^ std::bit_cast<std::uint64_t>(normal(bits[2], bits[3])));
    hash = spikeometric::detail::mix(hash ^ bernoulli(0.37f, draws_of(stream, i, 0)));
  }
  CHECK(hash == 0x1b3e322dd15e77e7);
}
