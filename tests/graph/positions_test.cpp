// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/positions.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "spikeometric/graph/network_builder.hpp"

using namespace spikeometric;

TEST_CASE("neurons on a line are at equal distances, each in the middle of its part") {
  const Positions line = positions::Line{4, 2.0}.positions();
  CHECK(line.points == std::vector<Point>{{0.25, 0, 0}, {0.75, 0, 0}, {1.25, 0, 0}, {1.75, 0, 0}});
  CHECK(detail::distance(line.points[0], line.points[3], line.period) == 1.5);
}

TEST_CASE("on a ring the shorter way counts, from anywhere") {
  const Positions ring = positions::Line{4, 2.0, true}.positions();
  CHECK(detail::distance(ring.points[0], ring.points[3], ring.period) == 0.5);
  CHECK(detail::distance({0.1, 0, 0}, {1.9, 0, 0}, ring.period) == Approx(0.2));
  CHECK(detail::distance({-7.9, 0, 0}, {1.9, 0, 0}, ring.period) == Approx(0.2));
}

TEST_CASE("a sheet goes row by row, and a periodic one joins both pairs of edges") {
  const Positions sheet = positions::Sheet{2, 3, 2.0, 6.0, true}.positions();
  CHECK(sheet.points ==
        std::vector<Point>{{0.5, 1, 0}, {1.5, 1, 0}, {0.5, 3, 0}, {1.5, 3, 0}, {0.5, 5, 0}, {1.5, 5, 0}});
  CHECK(detail::distance({0, 0, 0}, {1.5, 5, 0}, sheet.period) == Approx(std::sqrt(0.25 + 1)));
}

TEST_CASE("random positions are uniform in their box, and depend on the seed alone") {
  const Positions box = positions::Random{20'000, 1.0, 3.0, 0.0, 4}.positions();
  for (const std::size_t axis : {0, 1}) {
    std::vector<double> x;
    for (const Point& point : box.points) x.push_back(point[axis]);
    CHECK(kolmogorov_smirnov(x, [&](double value) { return value / (axis == 0 ? 1.0 : 3.0); }) < 2.75);
  }
  CHECK(box.points[7][2] == 0.0);
  CHECK(positions::Random{10, 1.0, 3.0, 0.0, 4}.positions().points[9] == box.points[9]);
  CHECK(positions::Random{10, 1.0, 3.0, 0.0, 5}.positions().points[9] != box.points[9]);
}

TEST_CASE("invalid positions are refused") {
  const auto refused = [](auto make, const char* message) { check_message<InvalidArgument>(make, {message}); };
  const auto placed = [](auto rule) { return [=] { NetworkBuilder{}.population("A", rule); }; };
  refused(placed(positions::Line{0, 1.0}), "neurons = 0 must be at least 1");
  refused(placed(positions::Line{3, 0.0}), "length = 0 must be finite and above 0");
  refused(placed(positions::Sheet{0, 3, 1.0, 1.0}), "columns = 0 must be at least 1");
  refused(placed(positions::Sheet{2, 3, 1.0, -1.0}), "height = -1");
  refused(placed(positions::Sheet{1 << 20, 1 << 20}), "1048576 x 1048576 neurons has more than 2^32");
  refused(placed(positions::Random{3, 1.0, -1.0}), "height = -1 must be finite and at least 0");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused([&] { Positions{{{0, 0, 0}, {0, nan, 0}}}.validate(); }, "coordinate nan of position 1");
  refused([] { Positions{{{0, 0, 0}}, {1, -2, 0}}.validate(); }, "a period of -2");
}
