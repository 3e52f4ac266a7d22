// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"

using namespace spikeometric;

namespace {

constexpr Block stream{{0, 17, 1, 4u << 24}};

std::vector<double> sample(const SynapseDistribution& of, std::size_t size = 100'000) {
  std::vector<double> values(size);
  const auto nowhere = [](std::size_t i) { return SynapsePlace{i, 2 * i, 0.5}; };
  detail::ValueDraws{}(of, {}, stream, Seed{5}, nowhere, values);
  return values;
}

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

constexpr double limit = 2.75;  // 5 sigma

}  // namespace

TEST_CASE("each distribution has its distribution function") {
  CHECK(kolmogorov_smirnov(sample(distribution::Normal{-1, 2}), [](double x) { return normal_cdf((x + 1) / 2); }) <
        limit);
  CHECK(kolmogorov_smirnov(sample(distribution::Uniform{-1, 3}), [](double x) { return (x + 1) / 4; }) < limit);
  CHECK(kolmogorov_smirnov(sample(distribution::Exponential{3}), [](double x) { return 1 - std::exp(-x / 3); }) <
        limit);
  CHECK(kolmogorov_smirnov(sample(distribution::LogNormal{2, 0.7}),
                           [](double x) { return normal_cdf(std::log(x / 2) / 0.7); }) < limit);
  const double below = normal_cdf(-0.5);  // the part of a normal distribution with mean 1 and std 2 that is negative
  CHECK(kolmogorov_smirnov(sample(distribution::TruncatedNormal{1, 2}),
                           [&](double x) { return (normal_cdf((x - 1) / 2) - below) / (1 - below); }) < limit);
}

TEST_CASE("a negative mean, median or value makes every value negative") {
  for (const SynapseDistribution& of :
       {SynapseDistribution(-1.0), SynapseDistribution(distribution::TruncatedNormal{-0.1, 2}),
        SynapseDistribution(distribution::LogNormal{-2, 1}), SynapseDistribution(distribution::Exponential{-3})}) {
    const auto values = sample(of, 10'000);
    CHECK(std::all_of(values.begin(), values.end(), [](double value) { return value < 0; }));
  }
}

TEST_CASE("distributions without spread are constant, and a number is one") {
  for (const SynapseDistribution& of :
       {SynapseDistribution(0.3), SynapseDistribution(distribution::Normal{0.3, 0}),
        SynapseDistribution(distribution::TruncatedNormal{0.3, 0}),
        SynapseDistribution(distribution::LogNormal{0.3, 0}), SynapseDistribution(distribution::Uniform{0.3, 0.3})})
    CHECK(sample(of, 5) == std::vector<double>(5, 0.3));
}

TEST_CASE("a function sees the place of each synapse") {
  const SynapseDistribution of = [](const SynapsePlace& at) {
    return static_cast<double>(at.pre) + 10 * static_cast<double>(at.post) + at.distance;
  };
  CHECK(sample(of, 3) == std::vector<double>{0.5, 21.5, 42.5});
}

TEST_CASE("values depend on their index, not on how many are drawn") {
  for (const SynapseDistribution& of :
       {SynapseDistribution(distribution::Normal{}), SynapseDistribution(distribution::Exponential{})}) {
    const auto all = sample(of, 1000);
    for (const std::size_t some : {1, 2, 63, 64, 65, 999}) {
      const auto part = sample(of, some);
      CHECK(std::equal(part.begin(), part.end(), all.begin()));
    }
  }
}

TEST_CASE("invalid distributions are refused by name and value") {
  const auto refused = [](const SynapseDistribution& of, const char* message) {
    check_message<InvalidArgument>([&] { of.validate(); }, {message});
  };
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  refused(nan, "value = nan must be finite");
  refused(distribution::Normal{0, -1}, "std = -1 must be finite and at least 0");
  refused(distribution::TruncatedNormal{0, 1}, "mean = 0 has no sign");
  refused(distribution::LogNormal{1, -0.5}, "sigma = -0.5 must be finite and at least 0");
  refused(distribution::Uniform{2, 1}, "low = 2 must be at most high = 1");
  refused(distribution::Exponential{nan}, "mean = nan must be finite");
  refused(distribution::Function{}, "the function of a distribution is empty");
}
