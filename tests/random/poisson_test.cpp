// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/random/poisson.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../statistics.hpp"
#include "../support.hpp"
#include "spikeometric/random/hash.hpp"

using namespace spikeometric;

namespace {

constexpr std::int64_t limit = std::int64_t{1} << 31;

PrimedDraws draws_of(const Stream& stream, std::uint32_t neuron, std::uint64_t step) {
  return {{stream, neuron, step}, stream.half(neuron, step)};
}

/// log P(X = k) from the logarithm of the gamma function, in extended precision.
long double log_probability(std::int64_t k, double mean) {
  return static_cast<long double>(k) * std::log(static_cast<long double>(mean)) - static_cast<long double>(mean) -
         std::lgamma(static_cast<long double>(k + 1));
}

/// P(X >= k), for k above the mean, or means of at most about 100: a sum without cancellation.
long double upper_tail(std::int64_t k, double mean) {
  long double term = std::exp(log_probability(k, mean)), sum = 0.0L;
  for (; term > 1e-25L * sum; term *= static_cast<long double>(mean) / static_cast<long double>(++k)) sum += term;
  return sum;
}

/// Pearson's statistic of counts, as a standard normal number (Wilson and Hilferty 1931). Expected counts are at least
/// 20.
double chi_squared_normal(const std::vector<double>& counts, const std::vector<double>& expected) {
  double statistic = 0.0;
  for (std::size_t i = 0; i < counts.size(); ++i)
    statistic += (counts[i] - expected[i]) * (counts[i] - expected[i]) / expected[i];
  const double freedom = static_cast<double>(counts.size()) - 1.0, spread = 2.0 / (9.0 * freedom);
  return (std::cbrt(statistic / freedom) - (1.0 - spread)) / std::sqrt(spread);
}

/// How far n counts are from a Poisson distribution, in standard deviations.
double misfit(std::vector<std::int64_t> sample, double mean) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  std::vector<double> counts{0.0}, expected{0.0};
  auto next = sample.begin();
  // Bins of neighbouring counts with some 50 expected, from 9 standard deviations below the mean on.
  const std::int64_t first = static_cast<std::int64_t>(std::max(0.0, std::floor(mean - 9.0 * std::sqrt(mean))));
  REQUIRE(sample.front() >= first);
  double remaining = n;
  for (std::int64_t k = first; remaining > 100.0; ++k) {
    if (expected.back() >= 50.0) {
      counts.push_back(0.0);
      expected.push_back(0.0);
    }
    const double here = n * static_cast<double>(std::exp(log_probability(k, mean)));
    expected.back() += here;
    remaining -= here;
    for (; next != sample.end() && *next == k; ++next) counts.back() += 1.0;
  }
  counts.push_back(static_cast<double>(sample.end() - next));
  expected.push_back(remaining);
  REQUIRE(counts.size() > 1);
  return chi_squared_normal(counts, expected);
}

}  // namespace

TEST_CASE("log k! agrees with the gamma function") {
  CHECK(detail::log_factorial(0.0) == 0.0);
  CHECK(detail::log_factorial(1.0) == 0.0);
  for (std::int64_t k = 2; k < (std::int64_t{1} << 33); k = k < 1000 ? k + 1 : k + k / 50) {
    const long double expected = std::lgamma(static_cast<long double>(k + 1));
    CAPTURE(k);
    REQUIRE(std::abs(detail::log_factorial(static_cast<double>(k)) - expected) <= 1e-15L * expected);
  }
  CHECK(detail::log_factorial(10.0) == Approx(15.104412573075516).epsilon(1e-15));  // log(3628800)
}

TEST_CASE("the logarithm of a Poisson probability is accurate where its terms are large") {
  for (double mean = 1e-7; mean < 3e9; mean *= 1.37)
    for (double z = -8.0; z <= 8.0; z += 0.5) {
      const double k = std::floor(mean + z * std::sqrt(mean));
      if (k < 0.0) continue;
      CAPTURE(mean, k);
      const long double expected = log_probability(static_cast<std::int64_t>(k), mean);
      // A few roundings of z^2 / 2 <= 32 and of sqrt(mean) z. The gamma function in extended precision loses 2^-63 of
      // its own terms.
      const double size = 40.0 + 10.0 * std::sqrt(mean) + std::abs(std::log(mean));
      const long double reference_error = 0x1p-62L * (std::abs(std::lgamma(static_cast<long double>(k) + 1.0L)) + 1.0L);
      REQUIRE(std::abs(detail::poisson_log_probability(k, mean) - expected) <= size * 0x1p-51 + reference_error);
    }
}

TEST_CASE("a count is above 0 with probability 1 - exp(-mean), to 64 bits") {
  const Stream stream{Seed{11}, 3, Purpose{1}};
  support::Numbers numbers{1};
  std::uint64_t wrong = 0, ties = 0, decided_late = 0;
  for (std::uint32_t neuron = 0; neuron < 200'000; ++neuron) {
    const PrimedDraws draws = draws_of(stream, neuron, 5);
    const Block bits = draws.block();
    const std::uint64_t draw = std::uint64_t{draws.first} << 48 | std::uint64_t{bits[1] & 0xFFFF} << 32 | bits[0];
    const double here = static_cast<double>(draw) * 0x1p-64;
    for (const double p : {numbers.real(0.0, 1.0), here, std::nextafter(here, 0.0), std::nextafter(here, 1.0),
                           (draws.first + numbers.real(0.0, 1.0)) * 0x1p-16}) {
      const auto threshold = static_cast<std::uint64_t>(std::min(p, 1.0 - 0x1p-53) * 0x1p64);  // exact, rounded down
      wrong += detail::occurs(p, draws) != (draw < threshold);
      ties += threshold >> 48 == draws.first;
      decided_late += threshold >> 16 == draw >> 16;
    }
    wrong += detail::occurs(0.0, draws) || !detail::occurs(1.0, draws) || detail::occurs(0x1p-65, draws);
  }
  CHECK(wrong == 0);
  CHECK(ties > 700'000);
  CHECK(decided_late > 100'000);
}

TEST_CASE("a count above 0 follows from a uniform with the probabilities of the closed form") {
  for (const double mean : {1e-12, 1e-9, 1e-7, 1e-5, 1e-3, 0.1, 0.33999, 0.34, 1.0, 3.0, 9.0, 15.99}) {
    const long double any = -std::expm1(-static_cast<long double>(mean));
    for (std::int64_t k = 2; k < 60; ++k) {
      // The largest u that gives k or more, by bisection: the probability of that.
      double low = 0.0, high = 1.0;
      for (double middle = 0.5; middle > low && middle < high; middle = low + (high - low) / 2)
        (detail::positive_poisson(mean, middle) >= k ? low : high) = middle;
      const long double expected = upper_tail(k, mean) / any;
      CAPTURE(mean, k);
      // Two roundings, or for more than two the cancellation of terms that are as large as the probability of two.
      const long double size = k == 2 ? expected : upper_tail(2, mean) / any;
      REQUIRE(std::abs(high - expected) <= 1e-15L * size);
    }
  }
}

TEST_CASE("the least uniform does not give more than its probability allows") {
  for (double mean = 1e-9; mean < 16.0; mean *= 1.1) {
    const std::int64_t most = detail::positive_poisson(mean, 0x1p-54);
    CAPTURE(mean, most);
    CHECK(upper_tail(most, mean) > 1e-18L * -std::expm1(-static_cast<long double>(mean)));
    CHECK(detail::positive_poisson(mean, 1.0) == 1);
  }
  CHECK(detail::positive_poisson(std::numeric_limits<double>::denorm_min(), 0x1p-54) == 1);
}

TEST_CASE("counts follow the Poisson distribution at every mean") {
  const double mean = GENERATE(0.01, 0.1, 0.339, 0.341, 0.9999, 1.0, 2.5, 7.0, 12.0, 15.9, 15.999999, 16.0, 16.5, 17.3,
                               20.0, 26.0, 50.0, 123.4, 1e3, 1e4, 123456.7, 1e6);
  const Stream stream{Seed{12}, 0, Purpose{1}};
  const std::uint32_t n = support::slow_build ? 50'000 : 1'000'000;
  std::vector<std::int64_t> sample;
  double sum = 0.0, squares = 0.0;
  for (std::uint32_t i = 0; i < n; ++i) {
    sample.push_back(poisson(mean, draws_of(stream, i % 1000, i / 1000)));
    const double deviation = static_cast<double>(sample.back()) - mean;
    sum += deviation;
    squares += deviation * deviation;
  }
  CAPTURE(mean);
  // Mean 0 and variance `mean` of the deviation; its fourth moment is mean + 3 mean^2.
  CHECK(sigmas(sum, 0.0, n * mean) < 5);
  CHECK(sigmas(squares, n * mean, n * (mean + 2.0 * mean * mean)) < 5);
  CHECK(misfit(sample, mean) < 5);
}

TEST_CASE("the hat of the rejection lies above the probabilities, and its squeezes are valid bounds") {
  for (double mean = 10.0; mean < 0x1p31; mean *= mean < 1000.0 ? 1.01 : 2.0) {
    const detail::PoissonHat hat{mean};
    double highest = 0.0, lowest_inside = 1.0, highest_outside = 0.0;
    std::int64_t count = -1;
    double probability = 0.0;
    constexpr int points = support::slow_build ? 2'000 : 20'000;
    for (int i = 0; i < points; ++i) {
      const double u = (i + 0.5) / points - 0.5, edge = 0.5 - std::abs(u);
      const double transformed = (2.0 * hat.a / edge + hat.b) * u + mean + 0.43;
      if (transformed < 0.0) continue;
      if (const auto here = static_cast<std::int64_t>(transformed); here != count) {
        count = here;
        probability = static_cast<double>(std::exp(log_probability(count, mean)));
      }
      const double accepted = probability * (hat.a / (edge * edge) + hat.b) / hat.inverse_alpha;
      highest = std::max(highest, accepted);
      if (edge >= 0.07) lowest_inside = std::min(lowest_inside, accepted);
      if (edge < 0.013) highest_outside = std::max(highest_outside, accepted / edge);
    }
    CAPTURE(mean);
    CHECK(highest <= 1.0);
    CHECK(lowest_inside >= hat.inner);
    CHECK(highest_outside <= 1.0);
  }
}

TEST_CASE("rejection gives the same distribution as addition where both can be used") {
  const double mean = GENERATE(10.0, 11.3, 15.0);
  const Stream stream{Seed{13}, 0, Purpose{1}};
  std::vector<std::int64_t> sample;
  for (std::uint32_t i = 0; i < (support::slow_build ? 50'000 : 1'000'000); ++i)
    sample.push_back(detail::poisson_by_rejection(mean, Draws{stream, i, 0}));
  CHECK(misfit(sample, mean) < 5);
}

TEST_CASE("rare counts come as often as they should") {
  const double mean = GENERATE(1e-7, 1e-6, 1e-5);
  const Stream stream{Seed{14}, 0, Purpose{1}};
  // Only a first half of 0 can give a count, which it does with probability 2^16 (1 - exp(-mean)).
  std::uint64_t count = 0;
  constexpr double n = 1e6;
  for (std::uint32_t i = 0; i < 1'000'000; ++i)
    count += static_cast<std::uint64_t>(poisson(mean, PrimedDraws{{stream, i, 0}, 0}) > 0);
  const double p = 65536.0 * -std::expm1(-mean);
  CHECK(sigmas(static_cast<double>(count), n * p, n * p * (1.0 - p)) < 5);
}

TEST_CASE("rare counts come as often as they should from all draws") {
  const double mean = GENERATE(1e-6, 1e-4);
  const Stream stream{Seed{15}, 0, Purpose{1}};
  std::vector<std::uint16_t> halves(1 << 16);
  const std::uint64_t steps = support::slow_build ? 100 : 800;
  double sum = 0.0;
  for (std::uint64_t step = 0; step < steps; ++step) {
    stream.fill_halves(0, halves.size(), step, halves.data());
    for (std::uint32_t neuron = 0; neuron < halves.size(); ++neuron)
      if (halves[neuron] <= detail::high_threshold(static_cast<float>(mean)))
        sum += static_cast<double>(poisson(mean, PrimedDraws{{stream, neuron, step}, halves[neuron]}));
  }
  const double expected = mean * 65536.0 * static_cast<double>(steps);
  CHECK(sum > 0.0);
  CHECK(sigmas(sum, expected, expected) < 5);
}

TEST_CASE("a first half above the threshold of the mean gives a count of 0") {
  const Stream stream{Seed{16}, 0, Purpose{1}};
  std::uint32_t neuron = 0;
  std::uint64_t wrong = 0, counts_at_threshold = 0;
  for (std::uint32_t k = 0; k < 65536; ++k) {
    const double edge = k * 0x1p-16;
    for (const double mean : {edge, std::nextafter(edge, 0.0), std::nextafter(edge, 1.0), edge * (1.0 - 0x1p-25),
                              edge + 0x1p-17, static_cast<double>(std::nextafter(static_cast<float>(edge), 0.0f))}) {
      const std::uint32_t high = detail::high_threshold(static_cast<float>(mean));
      counts_at_threshold += poisson(mean, PrimedDraws{{stream, neuron, 0}, high}) > 0;
      wrong += high < 65535 && poisson(mean, PrimedDraws{{stream, ++neuron, 0}, high + 1}) > 0;
    }
  }
  CHECK(wrong == 0);
  CHECK(counts_at_threshold > 100);

  // No probability is above its mean, in double.
  for (double mean = 1e-300; mean < 1.0; mean *= 1.0 + 1e-3) wrong += !(detail::probability_of_any(mean) <= mean);
  CHECK(wrong == 0);
}

TEST_CASE("a mean of 0 or below gives a count of 0, a mean of 2^31 or more the largest count") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Stream stream{Seed{17}, 0, Purpose{1}};
  for (const std::uint32_t first : {0u, 1u, 65535u}) {
    const PrimedDraws draws{{stream, 3, 4}, first};
    for (const double mean : {0.0, -0.0, -1.0, -1e-300, -infinity, std::numeric_limits<double>::quiet_NaN()})
      CHECK(poisson(mean, draws) == 0);
    for (const double mean : {0x1p31, 0x1p31 + 1.0, 1e300, infinity}) CHECK(poisson(mean, draws) == limit);
  }
  CHECK(poisson(1e-300, PrimedDraws{{stream, 3, 4}, 0}) == 0);
}

TEST_CASE("the largest means give counts within their standard deviations") {
  const Stream stream{Seed{18}, 0, Purpose{1}};
  for (const double mean : {1e8, 1e9, 0x1p31 - 1.0}) {
    constexpr std::uint32_t n = 20'000;
    double sum = 0.0, squares = 0.0, worst = 0.0;
    for (std::uint32_t i = 0; i < n; ++i) {
      const double z = (static_cast<double>(poisson(mean, Draws{stream, i, 0})) - mean) / std::sqrt(mean);
      sum += z;
      squares += z * z;
      worst = std::max(worst, std::abs(z));
    }
    CAPTURE(mean);
    CHECK(sigmas(sum, 0.0, n) < 5);
    CHECK(sigmas(squares, n, 2.0 * n) < 5);
    CHECK(worst < 6.5);  // beyond, 20,000 normal numbers lie with probability 2e-6
  }
}

TEST_CASE("every attempt of the rejection has draws of its own") {
  // If every attempt used the same draw, the quarter that is rejected first would be rejected in all attempts.
  const Stream stream{Seed{19}, 0, Purpose{1}};
  std::uint64_t at_mean = 0;
  constexpr std::uint32_t n = 100'000;
  for (std::uint32_t i = 0; i < n; ++i) at_mean += detail::poisson_by_rejection(1e4, Draws{stream, i, 0}) == 10'000;
  const double expected = n * static_cast<double>(std::exp(log_probability(10'000, 1e4)));
  CHECK(sigmas(static_cast<double>(at_mean), expected, expected) < 5);
}

TEST_CASE("counts of neighbouring neurons and of successive steps are independent") {
  const double mean = GENERATE(0.05, 1.0, 6.0, 40.0);
  const Stream stream{Seed{20}, 1, Purpose{1}};
  constexpr std::uint32_t neurons = support::slow_build ? 64 : 256, steps = 512;
  std::vector<std::vector<double>> z(steps, std::vector<double>(neurons));
  for (std::uint32_t step = 0; step < steps; ++step)
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron)
      z[step][neuron] = (static_cast<double>(poisson(mean, draws_of(stream, neuron, step))) - mean) / std::sqrt(mean);
  for (const std::uint32_t apart : {1u, 2u, 7u, 8u, 33u}) {
    CAPTURE(mean, apart);
    CHECK(dependence_sigmas(z, apart) < 5);
  }
}

TEST_CASE("draws without a precomputed first half give the same count") {
  const Stream stream{Seed{21}, 0, Purpose{1}};
  for (std::uint32_t neuron = 0; neuron < 1000; ++neuron)
    for (const double mean : {0.5, 5.0, 500.0})
      REQUIRE(poisson(mean, Draws{stream, neuron, 9}) == poisson(mean, draws_of(stream, neuron, 9)));
}

TEST_CASE("counts do not change between versions, compilers and instruction sets") {
  const Stream stream{Seed{22}, 0, Purpose{1}};
  std::uint64_t hash = 0;
  for (std::uint32_t i = 0; i < 60'000; ++i) {
    const double mean =
        std::bit_cast<double>(0x3e7ad7f29abcaf48 + std::uint64_t{i} * 0x000002f000000000);  // 1e-7 to 1e6
    hash = detail::mix(hash ^ static_cast<std::uint64_t>(poisson(mean, draws_of(stream, i, 0))));
    hash = detail::mix(hash ^ std::bit_cast<std::uint64_t>(detail::poisson_log_probability(i % 50, mean)));
  }
  CHECK(hash == 0xeaa06a9dea0c0eb2);
  std::vector<std::int64_t> few;
  for (const double mean : {0.5, 2.0, 10.0, 15.0, 17.0, 100.0, 1e4, 1e6})
    few.push_back(poisson(mean, Draws{stream, 5, 6}));
  CHECK(few == std::vector<std::int64_t>{0, 2, 10, 15, 18, 102, 10022, 1000219});
}
