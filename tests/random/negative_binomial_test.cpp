// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/random/negative_binomial.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>
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

/// log P(X = k) from the logarithm of the gamma function, in extended precision, for a dispersion that is not tiny.
long double log_probability(std::int64_t k, double mean, double dispersion) {
  const long double count = static_cast<long double>(k), size = 1.0L / dispersion, m = mean;
  return std::lgamma(count + size) - std::lgamma(size) - std::lgamma(count + 1.0L) - size * std::log1p(m / size) +
         count * std::log(m / (size + m));
}

/// P(X > 0).
long double probability_of_any(double mean, double dispersion) {
  return -std::expm1(-std::log1p(static_cast<long double>(mean) * dispersion) / dispersion);
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

/// How far a sample is from a distribution of counts k >= `first`, in standard deviations. Neighbouring counts with
/// some 50 expected are joined.
template <class Probability>
double misfit(std::vector<std::int64_t> sample, std::int64_t first, Probability probability) {
  std::sort(sample.begin(), sample.end());
  REQUIRE(sample.front() >= first);
  std::vector<double> counts{0.0}, expected{0.0};
  auto next = sample.begin();
  const auto n = static_cast<double>(sample.size());
  double remaining = n;
  for (std::int64_t k = first; remaining > 100.0; ++k) {
    if (expected.back() >= 50.0) {
      counts.push_back(0.0);
      expected.push_back(0.0);
    }
    const double here = n * probability(k);
    expected.back() += here;
    remaining -= here;
    for (; next != sample.end() && *next == k; ++next) counts.back() += 1.0;
  }
  counts.push_back(static_cast<double>(sample.end() - next));
  expected.push_back(remaining);
  REQUIRE(counts.size() > 1);
  return chi_squared_normal(counts, expected);
}

/// The block whose first uniform is (k + 1/2) 2^-53, and whose second is (l + 1/2) 2^-53.
Block block_of(std::uint64_t k, std::uint64_t l) {
  const std::uint64_t first = k << 11, second = l << 11;
  return {{static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(first >> 32),
           static_cast<std::uint32_t>(second), static_cast<std::uint32_t>(second >> 32)}};
}

}  // namespace

TEST_CASE("log-probabilities and their derivatives by the dispersion agree with values in 60 digits") {
  struct Row {
    std::uint32_t count;
    double mean, dispersion, value, slope;
  };
  // By mpmath 1.3: log Gamma(k + 1 / d) - log Gamma(1 / d) - log k! + k log(d m / (1 + d m)) - log(1 + d m) / d.
  const std::vector<Row> table = {
      {0, 1e-09, 0.0, -1.00000000000000006e-9, 5.00000000000000062e-19},
      {0, 2.5, 0.0, -2.5, 3.125},
      {1, 0.3, 0.0, -1.50397280432593602, -0.254999999999999992},
      {3, 0.02, 0.0, -13.5478284855124931, 2.9402},
      {16, 20.0, 0.0, -2.74014372921681691, 0.0},
      {17, 20.0, 0.0, -2.577624799719042, -4.0},
      {100, 130.0, 0.0, -6.98593051000524814, 400.0},
      {1000000, 1000100.0, 0.0, -7.83169356221180779, -495000.0},
      {0, 1e-09, 1e-12, -1.00000000000000006e-9, 5.00000000000000062e-19},
      {0, 2.5, 1e-12, -2.499999999996875, 3.12499999998958333},
      {1, 0.3, 1e-12, -1.50397280432619102, -0.254999999999927992},
      {3, 0.02, 1e-12, -13.5478284855095529, 2.94019999999500119},
      {16, 20.0, 1e-12, -2.74014372921681691, -1.7333333332693333e-10},
      {17, 20.0, 1e-12, -2.577624799723042, -4.00000000002933333},
      {100, 130.0, 1e-12, -6.98593050960524814, 399.999999896983333},
      {1000000, 1000100.0, 1e-12, -7.83169405721156279, -494999.510001318331},
      {0, 1e-09, 0.01, -9.99999999995000062e-10, 4.99999999993333396e-19},
      {0, 2.5, 0.01, -2.4692612590371501, 3.02368687932476624},
      {1, 0.3, 0.01, -1.50651921128558238, -0.254282086362170999},
      {3, 0.02, 0.01, -13.5186734676377708, 2.8910952679056243},
      {16, 20.0, 0.01, -2.74704866768559402, -1.23577101914809201},
      {17, 20.0, 0.01, -2.61843128986350046, -4.10933423753889659},
      {100, 130.0, 0.01, -5.28530923955314824, 68.2090984458413918},
      {1000000, 1000100.0, 0.01, -12.4327478261223911, -50.0782830158189333},
      {0, 1e-09, 0.3, -9.99999999850000062e-10, 4.99999999800000062e-19},
      {0, 2.5, 0.3, -1.8653859597847423, 1.45604843737771242},
      {1, 0.3, 0.3, -1.57740948803716279, -0.235130592224800787},
      {3, 0.02, 0.3, -12.8333470457570671, 1.95978703284478238},
      {16, 20.0, 0.3, -3.2753660152940964, -1.27473930485218277},
      {17, 20.0, 0.3, -3.30089931729926114, -1.3732614723398675},
      {100, 130.0, 0.3, -5.06591027043117926, -1.36329324635270515},
      {1000000, 1000100.0, 0.3, -14.1573911846383519, -1.74927389752885551},
      {0, 1e-09, 7.5, -9.99999996250000081e-10, 4.99999995000000104e-19},
      {0, 2.5, 7.5, -0.397753798846284117, 0.0361562027153695278},
      {1, 0.3, 7.5, -2.5397818001798016, -0.0836615180137553503},
      {3, 0.02, 7.5, -9.05309435255193837, 0.19063896195367716},
      {16, 20.0, 7.5, -5.13352239279510733, -0.103252564927160051},
      {17, 20.0, 7.5, -5.19249275451551566, -0.103471491094310179},
      {100, 130.0, 7.5, -6.96372295874841881, -0.103565449705762824},
      {1000000, 1000100.0, 7.5, -16.1691881230539119, -0.104214788302159971},
      {0, 1e-09, 10000.0, -9.99995000033333146e-10, 4.99993333408332596e-19},
      {0, 2.5, 10000.0, -0.00101266711030503591, 9.12671110145042313e-8},
      {1, 0.3, 10000.0, -9.21147431985084714, -0.0000998966074333983121},
      {3, 0.02, 10000.0, -10.3242956219178406, -0.0000984793786363552817},
      {16, 20.0, 10000.0, -11.983897886782995, -0.0000999131199231568667},
      {17, 20.0, 10000.0, -12.044521258606461, -0.0000999132449217506286},
      {100, 130.0, 10000.0, -13.8164775389930325, -0.0000999133010750286092},
      {1000000, 1000100.0, 10000.0, -23.0268142506859339, -0.0000999136671030653874},
  };
  for (const auto& [count, mean, dispersion, value, slope] : table) {
    const double k = count, factor = 1.0 + dispersion * mean;
    CAPTURE(count, mean, dispersion);
    // Some roundings of the terms, and the remainder of Stirling's series.
    const double terms = std::lgamma(k + 1.0) + k * std::abs(std::log(mean / factor)) + k * std::log1p(k * dispersion);
    const double bound = 4e-16 * (terms + std::abs(value)) + (count > 16 ? 2e-14 : 0.0);
    CHECK(std::abs(detail::negative_binomial_log_probability(count, mean, dispersion) - value) <= bound);

    // The terms of the slope, which cancel if the dispersion is small: sums of j / (1 + d j).
    const auto result = detail::negative_binomial_log_probability(count, mean, Dual{dispersion, 1.0});
    const double sizes = k * k / (1.0 + dispersion * k) + mean * mean / factor + k * mean / factor;
    CHECK(result.value == detail::negative_binomial_log_probability(count, mean, dispersion));
    CHECK(std::abs(result.derivative - slope) <= 1e-15 * sizes + (count > 16 && dispersion > 1e-3 ? 1e-12 : 0.0));
  }
}

TEST_CASE("log-probabilities agree with the gamma function for all counts") {
  for (const double dispersion : {0.003, 0.1, 1.0, 2.7, 60.0, 1e6})
    for (const double mean : {1e-6, 0.2, 5.0, 40.0, 1e4})
      for (std::uint32_t count = 0; count < 1'000'000; count += 1 + count / 8) {
        const long double expected = log_probability(count, mean, dispersion);
        CAPTURE(count, mean, dispersion);
        const double terms = std::lgamma(count + 1.0) + count * std::abs(std::log(mean / (1.0 + dispersion * mean)));
        const long double error =
            std::abs(detail::negative_binomial_log_probability(count, mean, dispersion) - expected);
        REQUIRE(error <= 1e-15 * (terms + count * std::log1p(dispersion * count) + std::abs(expected)) + 2e-14);
      }
}

TEST_CASE("log-probabilities become those of a Poisson count as the dispersion goes to 0") {
  for (const double mean : {1e-3, 0.7, 12.0, 300.0})
    for (const std::uint32_t count : {0u, 1u, 2u, 12u, 30u, 310u}) {
      CAPTURE(mean, count);
      const double k = count;
      const double poisson = static_cast<double>(k * std::log(static_cast<long double>(mean)) - mean -
                                                 std::lgamma(static_cast<long double>(k) + 1.0L));
      const double slope = 0.5 * ((k - mean) * (k - mean) - k);
      const double rounding = 1e-15 * (std::lgamma(k + 1.0) + mean + k * std::abs(std::log(mean)) + k) + 2e-14;
      for (const double dispersion : {0.0, 1e-300, 1e-20, 1e-10}) {
        const double exact = poisson + dispersion * slope;
        CHECK(std::abs(detail::negative_binomial_log_probability(count, mean, dispersion) - exact) <= rounding);
      }
      // The next term of the expansion is at most d^2 (k^3 + mean^3).
      const double near = detail::negative_binomial_log_probability(count, mean, 1e-5);
      CHECK(std::abs(near - (poisson + 1e-5 * slope)) <= 1e-10 * (k * k * k + mean * mean * mean) + rounding);
    }
}

TEST_CASE("log-probabilities have derivatives by the mean") {
  for (const double dispersion : {0.0, 1e-8, 0.4, 3.0})
    for (const double mean : {0.01, 3.0, 50.0})
      for (const std::uint32_t count : {0u, 2u, 40u}) {
        CAPTURE(dispersion, mean, count);
        const double expected = (count - mean) / (mean * (1.0 + dispersion * mean));
        CHECK(detail::negative_binomial_log_probability(count, Dual{mean, 2.0}, dispersion).derivative ==
              Approx(2.0 * expected).epsilon(1e-12));
      }
  CHECK(detail::negative_binomial_log_probability(0, 0.0, 0.5) == 0.0);
  CHECK(detail::negative_binomial_log_probability(1, 0.0, 0.5) == -std::numeric_limits<double>::infinity());
  STATIC_REQUIRE(std::is_same_v<decltype(detail::negative_binomial_log_probability(1, 0.5f, 0.5f)), double>);
  STATIC_REQUIRE(std::is_same_v<decltype(detail::negative_binomial_log_probability(1, FloatDual{}, 0.5f)), Dual>);
}

TEST_CASE("the size of a cluster follows from a uniform with the probabilities of the closed form") {
  for (const double rate : {1e-15, 1e-9, 1e-3, 0.3, 1.0, 4.0, 21.0, 80.0})
    for (const std::uint64_t l :
         {std::uint64_t{0}, std::uint64_t{1} << 45, std::uint64_t{1} << 52, (std::uint64_t{1} << 53) - 1}) {
      const double p = -std::expm1(-rate);
      const long double x = static_cast<long double>(rate) * uniform(block_of(0, l)[2], block_of(0, l)[3]);
      const long double q = -std::expm1(-x), log_q = q < 0.5L ? std::log(q) : std::log1p(-std::exp(-x));
      for (const std::int64_t n : {1, 2, 3, 10, 1000, 1'000'000}) {
        // The number of first uniforms that give more than n, by bisection.
        std::uint64_t low = 0, high = std::uint64_t{1} << 53;
        while (low < high) {
          const std::uint64_t middle = low + (high - low) / 2;
          if (detail::logarithmic(p, rate, block_of(middle, l)) > n)
            low = middle + 1;
          else
            high = middle;
        }
        CAPTURE(rate, l, n);
        const long double expected = std::exp(static_cast<long double>(n) * log_q);
        REQUIRE(std::abs(static_cast<long double>(low) * 0x1p-53L - expected) <=
                0x1p-53L + 4e-16L * expected * (1 - static_cast<long double>(n) * log_q));
      }
    }
  CHECK(detail::logarithmic(1.0, 100.0, block_of(0, (std::uint64_t{1} << 53) - 1)) == limit);
}

TEST_CASE("sizes of clusters follow the logarithmic distribution") {
  const double rate = GENERATE(0.01, 0.5, 3.0);
  const Stream stream{Seed{31}, 0, Purpose{1}};
  const double p = -std::expm1(-rate);
  std::vector<std::int64_t> sample;
  for (std::uint32_t i = 0; i < (support::slow_build ? 50'000 : 1'000'000); ++i)
    sample.push_back(detail::logarithmic(p, rate, stream.block(i, 0)));
  CAPTURE(rate);
  CHECK(misfit(sample, 1, [&](std::int64_t n) { return std::pow(p, n) / (static_cast<double>(n) * rate); }) < 5);
}

TEST_CASE("a number of clusters follows from a uniform with the probabilities of the closed form") {
  // Up to log(1 + d 2^31) / d for a dispersion d above 1, which is less than 21.5.
  for (const double mean : {16.5, 19.0, 21.49}) {
    const long double any = std::expm1(static_cast<long double>(mean));
    long double term = 1.0L, below = 0.0L;  // sum of mean^k / k! for 1 <= k < n
    for (std::int64_t n = 2; n < 60; ++n) {
      term *= mean / static_cast<long double>(n - 1);
      below += term;
      double low = 0.0, high = 1.0;
      for (double middle = 0.5; middle > low && middle < high; middle = low + (high - low) / 2)
        (detail::positive_poisson(mean, middle) >= n ? low : high) = middle;
      CAPTURE(mean, n);
      REQUIRE(std::abs(high - (any - below) / any) <= 1e-14L);
    }
    CHECK(detail::positive_poisson(mean, 0x1p-54) < 100);
    CHECK(detail::positive_poisson(mean, 1.0) == 1);
  }
}

TEST_CASE("gamma variables have mean 1, their variance, and for whole shapes Erlang's distribution") {
  const std::uint32_t n = support::slow_build ? 50'000 : 500'000;
  const Stream stream{Seed{32}, 0, Purpose{1}};
  for (const double variance : {1.0, 0.7, 0.5, 0.2, 0.01, 1e-6, 1e-12, 1e-20}) {
    CAPTURE(variance);
    std::vector<double> sample;
    double sum = 0.0, squares = 0.0, cubes = 0.0;
    for (std::uint32_t i = 0; i < n; ++i) {
      const double x = detail::gamma_by_rejection(variance, Draws{stream, i, 0});
      const double z = (x - 1.0) / std::sqrt(variance);
      sum += z;
      squares += z * z;
      cubes += z * z * z;
      sample.push_back(x);
    }
    if (variance > 1e-15) {  // below, 1 + z sqrt(variance) is rounded to a few values
      // Standardised moments of a gamma variable: skewness 2 sqrt(v), fourth moment 3 + 6 v; of the cube below 15 + 500
      // v.
      CHECK(sigmas(sum, 0.0, n) < 5);
      CHECK(sigmas(squares, n, n * (2.0 + 6.0 * variance)) < 5);
      CHECK(sigmas(cubes, n * 2.0 * std::sqrt(variance), n * (15.0 + 700.0 * variance)) < 5);
    }
    CHECK(std::all_of(sample.begin(), sample.end(), [](double x) { return x > 0.0 && x < 100.0; }));
    for (const int shape : {1, 2, 5})
      if (variance * shape == 1.0)
        CHECK(kolmogorov_smirnov(sample, [&](double x) {
                double term = 1.0, below = 0.0;
                for (int k = 0; k < shape; term *= shape * x / ++k) below += term;
                return 1.0 - std::exp(-shape * x) * below;
              }) < 2.75);
  }
}

TEST_CASE("counts follow the negative binomial distribution at every mean and dispersion") {
  const auto [mean, dispersion] = GENERATE(
      std::pair{0.01, 1.0}, std::pair{0.01, 100.0}, std::pair{0.2, 1e-6}, std::pair{0.2, 0.3}, std::pair{1.0, 1.0},
      std::pair{1.0, 30.0}, std::pair{2.9, 0.01}, std::pair{2.9, 2.0}, std::pair{3.5, 0.01}, std::pair{3.5, 0.25},
      std::pair{19.0, 1.0}, std::pair{19.2, 1.0}, std::pair{19.0, 1.001}, std::pair{40.0, 1e-6}, std::pair{40.0, 0.05},
      std::pair{300.0, 0.5}, std::pair{300.0, 5.0}, std::pair{5e4, 1e-5}, std::pair{1e5, 1e-3});
  const Stream stream{Seed{33}, 0, Purpose{1}};
  const std::uint32_t n = support::slow_build ? 50'000 : 1'000'000;
  const double variance = mean + dispersion * mean * mean;
  // The fourth central moment.
  const double fourth = 3.0 * variance * variance + variance * (1.0 + 6.0 * dispersion * variance);
  std::vector<std::int64_t> sample;
  double sum = 0.0, squares = 0.0;
  for (std::uint32_t i = 0; i < n; ++i) {
    sample.push_back(negative_binomial(mean, dispersion, draws_of(stream, i % 1000, i / 1000)));
    const double deviation = static_cast<double>(sample.back()) - mean;
    sum += deviation;
    squares += deviation * deviation;
  }
  CAPTURE(mean, dispersion);
  CHECK(sigmas(sum, 0.0, n * variance) < 5);
  CHECK(sigmas(squares, n * variance, n * (fourth - variance * variance)) < 5);
  const double lowest = mean > 1e4 ? std::floor(mean - 9.0 * std::sqrt(variance)) : 0.0;
  CHECK(misfit(sample, static_cast<std::int64_t>(lowest), [&, m = mean, d = dispersion](std::int64_t k) {
          return static_cast<double>(std::exp(log_probability(k, m, d)));
        }) < 5);
}

TEST_CASE("many clusters, which occur with a dispersion above 1, add up to the negative binomial distribution") {
  const auto [mean, dispersion] = GENERATE(std::pair{400.0, 1.5}, std::pair{2e4, 1.2});
  const Stream stream{Seed{34}, 0, Purpose{1}};
  const std::uint32_t n = support::slow_build ? 20'000 : 200'000;
  REQUIRE(std::log1p(dispersion * mean) / dispersion > detail::gamma_from_clusters);
  std::vector<std::int64_t> counts;
  for (std::uint32_t i = 0; i < n; ++i) counts.push_back(negative_binomial(mean, dispersion, Draws{stream, i, 0}));
  CAPTURE(mean, dispersion);
  CHECK(misfit(counts, 0, [&, m = mean, d = dispersion](std::int64_t k) {
          return static_cast<double>(std::exp(log_probability(k, m, d)));
        }) < 5);
}

TEST_CASE("the first 64 bits decide whether a negative binomial count is above 0") {
  const Stream stream{Seed{35}, 0, Purpose{1}};
  std::uint64_t wrong = 0, above = 0;
  for (std::uint32_t neuron = 0; neuron < 20'000; ++neuron)
    for (const auto& [mean, dispersion] : {std::pair{1e-3, 1.0}, std::pair{0.3, 0.01}, std::pair{2.0, 4.0}}) {
      const PrimedDraws draws = draws_of(stream, neuron, 0);
      const bool any = negative_binomial(mean, dispersion, draws) > 0;
      const auto threshold = probability_of_any(mean, dispersion) * 0x1p64L;
      const Block bits = draws.block();
      const std::uint64_t draw = std::uint64_t{draws.first} << 48 | std::uint64_t{bits[1] & 0xFFFF} << 32 | bits[0];
      above += any;
      wrong += any != (static_cast<long double>(draw) < threshold);  // rounding decides once in 10^15 draws
    }
  CHECK(wrong == 0);
  CHECK(above > 10'000);
}

TEST_CASE("rare negative binomial counts come as often as they should") {
  const auto [mean, dispersion] =
      GENERATE(std::pair{1e-7, 1.0}, std::pair{1e-6, 100.0}, std::pair{1e-5, 1e4}, std::pair{1e-5, 0.1});
  const Stream stream{Seed{36}, 0, Purpose{1}};
  // Only a first half of 0 can give a count, which it does with probability 2^16 P(X > 0).
  double any = 0.0, several = 0.0;
  constexpr double n = 2e6;
  for (std::uint32_t i = 0; i < 2'000'000; ++i) {
    const std::int64_t count = negative_binomial(mean, dispersion, PrimedDraws{{stream, i, 0}, 0});
    any += count > 0;
    several += count > 1;
  }
  const auto p = static_cast<double>(65536.0L * probability_of_any(mean, dispersion));
  const auto one = static_cast<double>(65536.0L * std::exp(log_probability(1, mean, dispersion)));
  CAPTURE(mean, dispersion);
  CHECK(sigmas(any, n * p, n * p * (1.0 - p)) < 5);
  CHECK(std::abs(several - n * (p - one)) < 5 * std::sqrt(n * (p - one)) + 1);
}

TEST_CASE("a first half above the threshold of the mean gives a count of 0, with any dispersion") {
  const Stream stream{Seed{37}, 0, Purpose{1}};
  std::uint32_t neuron = 0;
  std::uint64_t wrong = 0, counts_at_threshold = 0;
  for (std::uint32_t k = 0; k < 65536; k += support::slow_build ? 97 : 1) {
    const double edge = k * 0x1p-16;
    for (const double dispersion : {1e-15, 1e-9, 0.01, 1.0, 50.0})
      for (const double mean : {edge, std::nextafter(edge, 0.0), std::nextafter(edge, 1.0), edge + 0x1p-17}) {
        const std::uint32_t high = detail::high_threshold(static_cast<float>(mean));
        counts_at_threshold += negative_binomial(mean, dispersion, PrimedDraws{{stream, neuron, 0}, high}) > 0;
        wrong += high < 65535 && negative_binomial(mean, dispersion, PrimedDraws{{stream, ++neuron, 0}, high + 1}) > 0;
      }
  }
  CHECK(wrong == 0);
  CHECK(counts_at_threshold > (support::slow_build ? 2 : 100));
}

TEST_CASE("a dispersion of 0, or a tiny one, gives the counts of poisson") {
  const Stream stream{Seed{38}, 0, Purpose{1}};
  std::uint64_t differ = 0;
  for (std::uint32_t neuron = 0; neuron < 5'000; ++neuron)
    for (const double mean : {1e-3, 0.4, 3.0, 15.0, 20.0, 700.0, 1e9}) {
      const PrimedDraws draws = draws_of(stream, neuron, 1);
      differ += negative_binomial(mean, 0.0, draws) != poisson(mean, draws);
      differ += negative_binomial(mean, 0x1p-54 / mean, draws) != poisson(mean, draws);
    }
  CHECK(differ == 0);
}

TEST_CASE("a mean of 0 or below gives a count of 0, and counts do not exceed 2^31") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Stream stream{Seed{39}, 0, Purpose{1}};
  for (const double dispersion : {0.0, 1e-9, 1.0, 1e9}) {
    for (const std::uint32_t first : {0u, 1u, 65535u}) {
      const PrimedDraws draws{{stream, 3, 4}, first};
      for (const double mean : {0.0, -0.0, -1.0, -1e-300, -infinity, std::numeric_limits<double>::quiet_NaN()})
        CHECK(negative_binomial(mean, dispersion, draws) == 0);
      for (const double mean : {0x1p31, 0x1p31 + 1.0, 1e300, infinity})
        CHECK(negative_binomial(mean, dispersion, draws) == limit);
    }
    CHECK(negative_binomial(1e-300, dispersion, PrimedDraws{{stream, 3, 4}, 0}) == 0);
  }
  // With the largest dispersion, half of the rare clusters are above 2^31.
  std::uint64_t at_limit = 0, other = 0;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    const std::int64_t count = negative_binomial(0x1p31 - 1.0, 1e9, PrimedDraws{{stream, i, 0}, 0});
    at_limit += count == limit;
    other += count < 0 || count > limit;
  }
  CHECK(other == 0);
  CHECK(at_limit > 0);
}

TEST_CASE("the largest means give counts with the right mean and variance") {
  const Stream stream{Seed{40}, 0, Purpose{1}};
  for (const auto& [mean, dispersion] :
       {std::pair{1e8, 1e-9}, std::pair{1e8, 0.01}, std::pair{1e6, 1.0}, std::pair{1e6, 1.5}, std::pair{1e9, 1e-12}}) {
    constexpr std::uint32_t n = 20'000;
    const double variance = mean + dispersion * mean * mean;
    double sum = 0.0, squares = 0.0;
    for (std::uint32_t i = 0; i < n; ++i) {
      const auto count = static_cast<double>(negative_binomial(mean, dispersion, Draws{stream, i, 0}));
      const double z = (count - mean) / std::sqrt(variance);
      sum += z;
      squares += z * z;
    }
    CAPTURE(mean, dispersion);
    CHECK(sigmas(sum, 0.0, n) < 5);
    CHECK(sigmas(squares, n, n * (2.0 + 6.0 * dispersion + 1.0 / variance)) < 5);
  }
}

TEST_CASE("negative binomial counts of neighbouring neurons and of successive steps are independent") {
  const auto [mean, dispersion] = GENERATE(std::pair{0.05, 2.0}, std::pair{1.0, 0.3}, std::pair{40.0, 0.2});
  const Stream stream{Seed{41}, 1, Purpose{1}};
  constexpr std::uint32_t neurons = support::slow_build ? 64 : 256, steps = 512;
  const double variance = mean + dispersion * mean * mean;
  std::vector<std::vector<double>> z(steps, std::vector<double>(neurons));
  for (std::uint32_t step = 0; step < steps; ++step)
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron) {
      const auto count = static_cast<double>(negative_binomial(mean, dispersion, draws_of(stream, neuron, step)));
      z[step][neuron] = (count - mean) / std::sqrt(variance);
    }
  for (const std::uint32_t apart : {1u, 2u, 7u, 8u, 33u}) {
    CAPTURE(mean, dispersion, apart);
    CHECK(dependence_sigmas(z, apart) < 5);
  }
}

TEST_CASE("draws without a precomputed first half give the same negative binomial count") {
  const Stream stream{Seed{42}, 0, Purpose{1}};
  for (std::uint32_t neuron = 0; neuron < 1000; ++neuron)
    for (const double mean : {0.5, 5.0, 500.0})
      REQUIRE(negative_binomial(mean, 0.5, Draws{stream, neuron, 9}) ==
              negative_binomial(mean, 0.5, draws_of(stream, neuron, 9)));
}

TEST_CASE("negative binomial counts do not change between versions, compilers and instruction sets") {
  const Stream stream{Seed{43}, 0, Purpose{1}};
  std::uint64_t hash = 0;
  for (std::uint32_t i = 0; i < 60'000; ++i) {
    const double mean =
        std::bit_cast<double>(0x3e7ad7f29abcaf48 + std::uint64_t{i} * 0x000002f000000000);  // 1e-7 to 1e6
    for (const double dispersion : {1e-6, 0.1, 1.0, 20.0})
      hash =
          detail::mix(hash ^ static_cast<std::uint64_t>(negative_binomial(mean, dispersion, draws_of(stream, i, 0))));
    const double log_p = detail::negative_binomial_log_probability(i % 50, mean, 0.3);
    hash = detail::mix(hash ^ std::bit_cast<std::uint64_t>(log_p));
  }
  CHECK(hash == 0xfc721f4b010c44c9);
  std::vector<std::int64_t> few;
  for (const double mean : {0.5, 2.0, 10.0, 15.0, 17.0, 100.0, 1e4, 1e6})
    for (const double dispersion : {0.2, 3.0}) few.push_back(negative_binomial(mean, dispersion, Draws{stream, 5, 6}));
  CHECK(few == std::vector<std::int64_t>{2, 1, 3, 3, 18, 3, 12, 7, 14, 7, 123, 17, 14715, 7279, 1496180, 366213});
}
