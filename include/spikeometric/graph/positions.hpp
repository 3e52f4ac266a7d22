// SPDX-License-Identifier: BSD-3-Clause
//
// Positions of neurons: on a line or ring, on a sheet, in space, or anywhere.
//
//   const auto ring = sk::positions::line(1000, 2.0, true);                    // 1000 neurons on a ring of 2 mm
//   const auto sheet = sk::positions::sheet(40, 20, 2.0, 1.0);
//   const auto column = sk::positions::random(1000, {0.2, 0.2, 1.5}, sk::Seed{3});
//   const sk::Positions measured{{{0.1, 0.2, 0.9}, {0.3, 0.1, 1.2}}};
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/detail/sampling.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/detail/bit_stream.hpp"
#include "spikeometric/random/distributions.hpp"

namespace spikeometric {

using Point = std::array<double, 3>;

/// One point for each neuron, in any unit of length. With period[axis] > 0, space is periodic along this axis.
struct Positions {
  std::vector<Point> points;
  Point period = {0.0, 0.0, 0.0};

  /// Throws InvalidArgument for a coordinate or a period that is not finite, or a negative period.
  void validate() const {
    for (const double length : period)
      if (!(length >= 0.0 && std::isfinite(length)))
        throw InvalidArgument("a period of " + detail::to_text(length) + " must be finite and at least 0");
    for (std::size_t i = 0; i < points.size(); ++i)
      for (const double x : points[i])
        if (!std::isfinite(x))
          throw InvalidArgument("coordinate " + detail::to_text(x) + " of position " + std::to_string(i) +
                                " must be finite");
  }
};

namespace detail {

/// The distance along one axis. O(1), also far outside of one period.
inline double axis_distance(double a, double b, double period) {
  double distance = a < b ? b - a : a - b;
  if (period > 0.0) {
    distance -= mul(period, std::floor(distance / period));
    distance = std::min(distance, period - distance);
  }
  return distance;
}

inline double distance(const Point& a, const Point& b, const Point& period) {
  double sum = 0.0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double along = axis_distance(a[axis], b[axis], period[axis]);
    sum += mul(along, along);
  }
  return sqrt(sum);
}

}  // namespace detail

namespace positions {

/// n neurons on a sheet of columns x rows neurons, row by row, each in the middle of its own cell. Throws
/// InvalidArgument for no neurons, or a width or height that is not positive.
[[nodiscard]] inline Positions sheet(std::uint64_t columns, std::uint64_t rows, double width, double height,
                                     bool periodic = false) {
  if (columns == 0 || rows == 0) throw InvalidArgument("a sheet needs at least one column and one row of neurons");
  if (!(width > 0.0 && height > 0.0))
    throw InvalidArgument("a sheet of " + detail::to_text(width) + " x " + detail::to_text(height) +
                          " must have a positive width and height");
  Positions result;
  if (periodic) result.period = {width, height, 0.0};
  result.points.reserve(columns * rows);
  for (std::uint64_t row = 0; row < rows; ++row)
    for (std::uint64_t column = 0; column < columns; ++column)
      result.points.push_back({(static_cast<double>(column) + 0.5) * width / static_cast<double>(columns),
                               (static_cast<double>(row) + 0.5) * height / static_cast<double>(rows), 0.0});
  return result;
}

/// n neurons at equal distances on a line or, if periodic, on a ring of this length. Throws InvalidArgument for no
/// neurons, or a length that is not positive.
[[nodiscard]] inline Positions line(std::uint64_t neurons, double length, bool periodic = false) {
  if (neurons == 0) throw InvalidArgument("a line needs at least one neuron");
  if (!(length > 0.0)) throw InvalidArgument("length = " + detail::to_text(length) + " of a line must be positive");
  Positions result = sheet(neurons, 1, length, 1.0);
  for (Point& point : result.points) point[1] = 0.0;
  if (periodic) result.period = {length, 0.0, 0.0};
  return result;
}

/// n neurons that are uniformly distributed in a box with one corner at the origin; an extent of 0 leaves an axis out.
/// Throws InvalidArgument for an extent that is negative or not finite.
[[nodiscard]] inline Positions random(std::uint64_t neurons, const Point& extent, Seed seed, bool periodic = false) {
  Positions result;
  for (const double length : extent)
    if (!(length >= 0.0 && std::isfinite(length)))
      throw InvalidArgument("an extent of " + detail::to_text(length) + " must be finite and at least 0");
  if (periodic) result.period = extent;
  result.points.resize(neurons);
  for (std::uint64_t neuron = 0; neuron < neurons; ++neuron) {
    detail::BitStream bits(generate::detail::first_counter(neuron, generate::detail::Draw::positions), seed);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const auto [low, high] = bits.next();
      result.points[neuron][axis] = mul(extent[axis], uniform(low, high));
    }
  }
  return result;
}

}  // namespace positions
}  // namespace spikeometric
