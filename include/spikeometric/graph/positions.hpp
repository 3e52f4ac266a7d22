// SPDX-License-Identifier: BSD-3-Clause
//
// Positions of neurons: on a line or ring, on a sheet, in space, or anywhere.
//
//   builder.population("ring", sk::positions::Line{.neurons = 1000, .length = 2.0, .periodic = true});
//   builder.population("sheet", sk::positions::Sheet{.columns = 40, .rows = 20, .width = 2.0, .height = 1.0});
//   builder.population("box", sk::positions::Random{.neurons = 1000, .width = 0.2, .height = 1.5, .seed = 3});
//   builder.population("measured", sk::Positions{{{0.1, 0.2, 0.9}, {0.3, 0.1, 1.2}}});
//   const std::vector<sk::Point> points = sk::positions::Line{.neurons = 4, .length = 2.0}.positions().points;
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/detail/sampling.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"
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

/// The number of neurons that ids of 32 bits allow.
inline constexpr std::uint64_t max_population = std::uint64_t{1} << 32;
inline constexpr Bounds population_bounds{.lowest = 1.0, .highest = 0x1p32};

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

/// Rules that place neurons. A builder checks their parameters.
namespace positions {

/// columns x rows neurons, row by row, each in the middle of its own cell.
struct Sheet {
  std::uint64_t columns = 1;
  std::uint64_t rows = 1;
  double width = 1.0;
  double height = 1.0;
  bool periodic = false;

  static constexpr const char* name = "sheet";
  static constexpr auto parameters() {
    return std::tuple{parameter("columns", &Sheet::columns, "1", detail::population_bounds, "number of columns"),
                      parameter("rows", &Sheet::rows, "1", detail::population_bounds, "number of rows"),
                      parameter("width", &Sheet::width, "1", bounds::positive, "width, in any unit of length"),
                      parameter("height", &Sheet::height, "1", bounds::positive, "height"),
                      parameter("periodic", &Sheet::periodic, "whether opposite edges are joined")};
  }

  /// Throws InvalidParameter if a parameter is out of bounds, or for more than 2^32 neurons.
  void validate() const {
    validate_parameters(*this);
    if (columns > detail::max_population / rows)
      throw InvalidParameter("a sheet of " + detail::to_text(columns) + " x " + detail::to_text(rows) +
                             " neurons has more than 2^32");
  }

  Positions positions() const {
    Positions result;
    if (periodic) result.period = {width, height, 0.0};
    result.points.reserve(columns * rows);
    for (std::uint64_t row = 0; row < rows; ++row)
      for (std::uint64_t column = 0; column < columns; ++column)
        result.points.push_back({(static_cast<double>(column) + 0.5) * width / static_cast<double>(columns),
                                 (static_cast<double>(row) + 0.5) * height / static_cast<double>(rows), 0.0});
    return result;
  }
};

/// Neurons at equal distances on a line or, if periodic, on a ring of this length.
struct Line {
  std::uint64_t neurons = 1;
  double length = 1.0;
  bool periodic = false;

  static constexpr const char* name = "line";
  static constexpr auto parameters() {
    return std::tuple{parameter("neurons", &Line::neurons, "1", detail::population_bounds, "number of neurons"),
                      parameter("length", &Line::length, "1", bounds::positive, "length, in any unit"),
                      parameter("periodic", &Line::periodic, "whether it is a ring")};
  }

  Positions positions() const {
    Positions result = Sheet{.columns = neurons, .width = length}.positions();
    for (Point& point : result.points) point[1] = 0.0;
    if (periodic) result.period = {length, 0.0, 0.0};
    return result;
  }
};

/// Neurons that are uniformly distributed in a box with one corner at the origin. An extent of 0 leaves an axis out.
/// Populations with the same seed have the same positions, so give each its own.
struct Random {
  std::uint64_t neurons = 1;
  double width = 0.0;
  double height = 0.0;
  double depth = 0.0;
  std::uint64_t seed = 0;
  bool periodic = false;

  static constexpr const char* name = "random";
  static constexpr auto parameters() {
    return std::tuple{
        parameter("neurons", &Random::neurons, "1", detail::population_bounds, "number of neurons"),
        parameter("width", &Random::width, "1", bounds::non_negative, "extent along the first axis, in any unit"),
        parameter("height", &Random::height, "1", bounds::non_negative, "extent along the second axis"),
        parameter("depth", &Random::depth, "1", bounds::non_negative, "extent along the third axis"),
        parameter("seed", &Random::seed, "1", bounds::non_negative, "seed of the random positions"),
        parameter("periodic", &Random::periodic, "whether opposite sides are joined")};
  }

  /// Throws InvalidParameter if a parameter is out of bounds, or if all extents are 0.
  void validate() const {
    validate_parameters(*this);
    if (width == 0.0 && height == 0.0 && depth == 0.0)
      throw InvalidParameter("random positions need a width, height or depth above 0");
  }

  Positions positions() const {
    const Point extent{width, height, depth};
    Positions result;
    if (periodic) result.period = extent;
    result.points.resize(neurons);
    for (std::uint64_t neuron = 0; neuron < neurons; ++neuron) {
      detail::BitStream bits(generate::detail::first_counter(neuron, generate::detail::Draw::positions), Seed{seed});
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const auto [low, high] = bits.next();
        result.points[neuron][axis] = mul(extent[axis], uniform(low, high));
      }
    }
    return result;
  }
};

}  // namespace positions

/// One of the rules, or none.
using PositionRule = std::variant<std::monostate, positions::Line, positions::Sheet, positions::Random>;

}  // namespace spikeometric
