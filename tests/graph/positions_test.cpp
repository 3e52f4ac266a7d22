// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/positions.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"

using namespace spikeometric;

TEST_CASE("neurons on a line are at equal distances, each in the middle of its part") {
  const Positions line = positions::line(4, 2.0);
  CHECK(line.points == std::vector<Point>{{0.25, 0, 0}, {0.75, 0, 0}, {1.25, 0, 0}, {1.75, 0, 0}});
  CHECK(detail::distance(line.points[0], line.points[3], line.period) == 1.5);
}

TEST_CASE("on a ring the shorter way counts, from anywhere") {
  const Positions ring = positions::line(4, 2.0, true);
  CHECK(detail::distance(ring.points[0], ring.points[3], ring.period) == 0.5);
  CHECK(detail::distance({0.1, 0, 0}, {1.9, 0, 0}, ring.period) == Approx(0.2));
  CHECK(detail::distance({-7.9, 0, 0}, {1.9, 0, 0}, ring.period) == Approx(0.2));
}

TEST_CASE("a sheet goes row by row, and a periodic one joins both pairs of edges") {
  const Positions sheet = positions::sheet(2, 3, 2.0, 6.0, true);
  CHECK(sheet.points ==
        std::vector<Point>{{0.5, 1, 0}, {1.5, 1, 0}, {0.5, 3, 0}, {1.5, 3, 0}, {0.5, 5, 0}, {1.5, 5, 0}});
  CHECK(detail::distance({0, 0, 0}, {1.5, 5, 0}, sheet.period) == Approx(std::sqrt(0.25 + 1)));
}

TEST_CASE("random positions are uniform in their box, and depend on the seed alone") {
  const Positions box = positions::random(20'000, {1.0, 3.0, 0.0}, Seed{4});
  for (const std::size_t axis : {0, 1}) {
    std::vector<double> x;
    for (const Point& point : box.points) x.push_back(point[axis]);
    CHECK(kolmogorov_smirnov(x, [&](double value) { return value / (axis == 0 ? 1.0 : 3.0); }) < 2.75);
  }
  CHECK(box.points[7][2] == 0.0);
  CHECK(positions::random(10, {1.0, 3.0, 0.0}, Seed{4}).points[9] == box.points[9]);
  CHECK(positions::random(10, {1.0, 3.0, 0.0}, Seed{5}).points[9] != box.points[9]);
}

TEST_CASE("invalid positions are refused") {
  const auto refused = [](auto make, const char* message) { check_message<InvalidArgument>(make, {message}); };
  refused([] { (void)positions::line(0, 1.0); }, "at least one neuron");
  refused([] { (void)positions::line(3, 0.0); }, "length = 0 of a line must be positive");
  refused([] { (void)positions::sheet(0, 3, 1.0, 1.0); }, "at least one column");
  refused([] { (void)positions::sheet(2, 3, 1.0, -1.0); }, "1 x -1");
  refused([] { (void)positions::random(3, {1.0, -1.0, 0.0}, Seed{1}); }, "an extent of -1");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused([&] { Positions{{{0, 0, 0}, {0, nan, 0}}}.validate(); }, "coordinate nan of position 1");
  refused([] { Positions{{{0, 0, 0}}, {1, -2, 0}}.validate(); }, "a period of -2");
}
