// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/random/binomial.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../statistics.hpp"

using namespace spikeometric;

namespace {

detail::BitStream stream(std::uint32_t node) { return {{{0, node, 0, 216u << 24}}, Seed{42}}; }

long double log_choose(double n, double k) {
  return std::lgamma(static_cast<long double>(n) + 1) - std::lgamma(static_cast<long double>(k) + 1) -
         std::lgamma(static_cast<long double>(n - k) + 1);
}

double exact_binomial(double k, double n, double p) {
  return static_cast<double>(std::exp(log_choose(n, k) + k * std::log(static_cast<long double>(p)) +
                                      (n - k) * std::log1p(-static_cast<long double>(p))));
}

double exact_hypergeometric(double k, double marked, double others, double draws) {
  return static_cast<double>(
      std::exp(log_choose(marked, k) + log_choose(others, draws - k) - log_choose(marked + others, draws)));
}

/// Pearson's statistic of a sample in bins of at least 20 expected counts, in standard deviations.
template <class Probability>
double misfit(const std::vector<std::uint64_t>& sample, std::uint64_t highest, Probability probability) {
  std::vector<double> counts(highest + 1);
  for (const std::uint64_t value : sample) {
    REQUIRE(value <= highest);
    ++counts[value];
  }
  const auto n = static_cast<double>(sample.size());
  double count = 0, expected = 0, statistic = 0, bins = 0, left = n;
  for (std::uint64_t k = 0; k <= highest; ++k) {
    count += counts[k];
    expected += n * probability(static_cast<double>(k));
    if (expected < 20 || left - expected < 20) continue;
    statistic += (count - expected) * (count - expected) / expected;
    left -= expected;
    ++bins;
    count = expected = 0;
  }
  if (expected > 0) {
    expected = std::max(left, 1e-9);
    statistic += (count - expected) * (count - expected) / expected;
    ++bins;
  }
  return bins > 1 ? (statistic - (bins - 1)) / std::sqrt(2 * (bins - 1)) : 0.0;
}

}  // namespace

TEST_CASE("the probabilities of binomial and hypergeometric numbers are those of the factorials") {
  for (const double n : {1.0, 7.0, 40.0, 1000.0})
    for (const double p : {0.001, 0.3, 0.5, 0.97})
      for (double k = 0; k <= n; ++k) {
        const double exact = exact_binomial(k, n, p);
        if (exact > 1e-290)
          CHECK(std::exp(detail::binomial_log_probability(k, n, p)) == Approx(exact).epsilon(1e-11).margin(0));
      }
  for (const double marked : {1.0, 30.0, 200.0})
    for (const double others : {1.0, 25.0, 500.0})
      for (double draws = 1; draws < marked + others; draws += 9)
        for (double k = std::max(0.0, draws - others); k <= std::min(draws, marked); ++k)
          CHECK(std::exp(detail::hypergeometric_log_probability(k, marked, others, draws)) ==
                Approx(exact_hypergeometric(k, marked, others, draws)).epsilon(1e-10).margin(1e-280));
}

TEST_CASE("the hat of the ratio of uniforms covers every binomial and hypergeometric distribution") {
  // An x from the hat becomes k = floor(x) if u^2 <= P(k) / P(mode), where |x - centre| <= width / (2 u). So all of
  // [k, k + 1) must be reachable at u = sqrt(P(k) / P(mode)).
  const auto covered = [](double mean, double variance, double lowest, double highest, const auto& log_probability) {
    const double width = 1.7155277699214135 * std::sqrt(variance + 0.5) + 0.8989161620588988;
    double top = log_probability(lowest);
    for (double k = lowest; k <= highest; ++k) top = std::max(top, log_probability(k));
    double worst = 0;
    for (double k = lowest; k <= highest; ++k) {
      const double u = std::exp(0.5 * (log_probability(k) - top));
      worst = std::max(worst, u * std::max(std::abs(k - mean - 0.5), std::abs(k + 1 - mean - 0.5)) / (width / 2));
    }
    return worst;
  };
  double worst = 0;
  for (double n = 1; n < 300; n = std::ceil(1.2 * n))
    for (const double p : {1e-6, 1e-3, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 0.95, 0.999})
      worst = std::max(worst, covered(n * p, n * p * (1 - p), 0, n,
                                      [&](double k) { return detail::binomial_log_probability(k, n, p); }));
  for (double marked = 1; marked < 100; marked = std::ceil(1.4 * marked))
    for (double others = 1; others < 100; others = std::ceil(1.4 * others))
      for (double draws = 1; draws < marked + others; draws = std::ceil(1.3 * draws)) {
        const double all = marked + others, mean = draws * marked / all;
        worst = std::max(worst, covered(mean, mean * others / all * (all - draws) / std::max(all - 1, 1.0),
                                        std::max(0.0, draws - others), std::min(draws, marked), [&](double k) {
                                          return detail::hypergeometric_log_probability(k, marked, others, draws);
                                        }));
      }
  CHECK(worst <= 1.0);
}

TEST_CASE("binomial numbers have the binomial distribution") {
  struct Case {
    std::uint64_t n;
    double p;
  };
  for (const auto& [n, p] : {Case{1, 0.3}, Case{5, 0.5}, Case{40, 0.02}, Case{300, 0.9}, Case{100'000, 1e-4}}) {
    std::vector<std::uint64_t> sample(40'000);
    for (std::uint32_t i = 0; i < sample.size(); ++i) {
      auto bits = stream(i);
      sample[i] = binomial(n, p, bits);
    }
    CHECK(misfit(sample, std::min<std::uint64_t>(n, 400),
                 [&, n = n, p = p](double k) { return exact_binomial(k, static_cast<double>(n), p); }) < 5);
  }
}

TEST_CASE("hypergeometric numbers have the hypergeometric distribution") {
  struct Case {
    std::uint64_t marked, others, draws;
  };
  for (const auto& [marked, others, draws] :
       {Case{1, 1, 1}, Case{3, 4, 5}, Case{30, 70, 10}, Case{500, 200, 450}, Case{100'000, 900'000, 50}}) {
    std::vector<std::uint64_t> sample(40'000);
    for (std::uint32_t i = 0; i < sample.size(); ++i) {
      auto bits = stream(i);
      sample[i] = hypergeometric(marked, others, draws, bits);
    }
    CHECK(misfit(sample, std::min(marked, draws), [&, marked = marked, others = others, draws = draws](double k) {
            const auto m = static_cast<double>(marked), o = static_cast<double>(others), d = static_cast<double>(draws);
            return d - k > o ? 0.0 : exact_hypergeometric(k, m, o, d);
          }) < 5);
  }
}

TEST_CASE("large binomial and hypergeometric numbers have the right mean and variance") {
  const std::size_t n = 20'000;
  double sum = 0, squares = 0, drawn = 0;
  const double trials = 3e8, p = 0.3, spread = std::sqrt(trials * p * (1 - p));
  for (std::uint32_t i = 0; i < n; ++i) {
    auto bits = stream(i);
    const double z = (static_cast<double>(binomial(300'000'000, p, bits)) - trials * p) / spread;
    sum += z;
    squares += z * z;
    drawn += static_cast<double>(hypergeometric(std::uint64_t{1} << 33, std::uint64_t{3} << 33, 1'000'000'000, bits));
  }
  CHECK(sigmas(sum / n, 0, 1, n) < 5);
  CHECK(sigmas(squares / n, 1, 2, n) < 5);
  const double all = 0x1p35;
  CHECK(sigmas(drawn / n, 2.5e8, 2.5e8 * 0.75 * (all - 1e9) / all, n) < 5);
}

TEST_CASE("binomial and hypergeometric numbers without chance are certain") {
  auto bits = stream(0);
  CHECK(binomial(0, 0.5, bits) == 0);
  CHECK(binomial(10, 0.0, bits) == 0);
  CHECK(binomial(10, -1.0, bits) == 0);
  CHECK(binomial(10, 1.0, bits) == 10);
  CHECK(hypergeometric(0, 5, 3, bits) == 0);
  CHECK(hypergeometric(5, 0, 3, bits) == 3);
  CHECK(hypergeometric(5, 3, 8, bits) == 5);
  CHECK(hypergeometric(5, 3, 0, bits) == 0);
}
