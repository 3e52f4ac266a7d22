// SPDX-License-Identifier: BSD-3-Clause
//
// How far samples lie from what they should be, in standard deviations: CHECK(sigmas(mean, 0.5, 1.0 / 12, n) < 5).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

/// Standard deviations between a value and its expectation.
inline double sigmas(double value, double expected, double variance) {
  return std::abs(value - expected) / std::sqrt(variance);
}

/// Likewise for the average of n independent values of the given variance.
inline double sigmas(double average, double expected, double variance, double n) {
  return sigmas(average, expected, variance / n);
}

/// Pearson's statistic of counts that should be equal. It has mean k - 1 and variance 2 (k - 1) for k counts.
inline double chi_squared_sigmas(const std::vector<std::uint64_t>& counts) {
  const auto freedom = static_cast<double>(counts.size() - 1);
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
  const double expected = total / (freedom + 1);
  double statistic = 0;
  for (const std::uint64_t count : counts)
    statistic += (static_cast<double>(count) - expected) * (static_cast<double>(count) - expected) / expected;
  return sigmas(statistic, freedom, 2 * freedom);
}

/// The largest distance between the empirical distribution of a sample and a cumulative one, times sqrt(n). It exceeds
/// x with probability 2 exp(-2 x^2) (Kolmogorov): 2.75 at 5 sigma.
template <class Cdf>
double kolmogorov_smirnov(std::vector<double> sample, Cdf cdf) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double distance = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double expected = cdf(sample[i]);
    distance = std::max({distance, expected - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - expected});
  }
  return distance * std::sqrt(n);
}

/// How far independent standardised numbers [row][column] are from being uncorrelated with those `apart` columns, or
/// rows, further on, cyclically: the larger of the two in standard deviations. Products have mean 0 and variance 1.
inline double dependence_sigmas(const std::vector<std::vector<double>>& z, std::size_t apart) {
  const std::size_t rows = z.size(), columns = z.at(0).size();
  double across = 0.0, along = 0.0;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column) {
      across += z[row][column] * z[row][(column + apart) % columns];
      along += z[row][column] * z[(row + apart) % rows][column];
    }
  const double n = static_cast<double>(rows) * static_cast<double>(columns);
  return std::max(sigmas(across, 0.0, n), sigmas(along, 0.0, n));
}
