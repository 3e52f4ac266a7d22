// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/nonlinearity.hpp"

#include <cmath>
#include <limits>

#include "../catch.hpp"
#include "../message.hpp"

using namespace spikeometric;

namespace {

/// A number with its derivative: what a user brings for gradients.
struct Dual {
  double value, slope;
  Dual(double x, double dx = 0.0) : value(x), slope(dx) {}

  friend Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.slope + b.slope}; }
  friend Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.slope - b.slope}; }
  friend Dual operator/(Dual a, Dual b) {
    return {a.value / b.value, (a.slope * b.value - a.value * b.slope) / (b.value * b.value)};
  }
  friend Dual exp(Dual a) { return {std::exp(a.value), a.slope * std::exp(a.value)}; }
};

}  // namespace

TEST_CASE("the logistic is dt / (1 + exp(theta - g))") {
  const float theta = GENERATE(5.0f, 0.0f, -3.5f), dt = GENERATE(1.0f, 0.1f);
  const Logistic f{.theta = theta};
  for (float g = -80.0f; g < 100.0f; g += 0.37f) {
    // theta - g is off by half a unit, which counts as much as it is large; exp by 2, the sum and quotient by 1.
    const double x = static_cast<double>(theta) - static_cast<double>(g), expected = dt / (1.0 + std::exp(x));
    CHECK(std::abs(f(g, dt) - expected) <= expected * (4.0 + std::abs(x)) * 0x1p-23 + 0x1p-149);
    const double in_double = f(static_cast<double>(g), static_cast<double>(dt));
    CHECK(std::abs(in_double - expected) <= expected * (4.0 + std::abs(x)) * 0x1p-52);
  }
}

TEST_CASE("the logistic is dt / 2 at threshold, and 0 and dt far from it") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const Logistic f{.theta = 5.0f};
  CHECK(f(5.0f, 0.5f) == 0.25f);
  CHECK(f(1000.0f, 0.5f) == 0.5f);
  CHECK(f(infinity, 0.5f) == 0.5f);
  CHECK(f(-1000.0f, 0.5f) == 0.0f);
  CHECK(f(-infinity, 0.5f) == 0.0f);
  CHECK(std::isnan(f(std::numeric_limits<float>::quiet_NaN(), 0.5f)));
}

TEST_CASE("derivatives pass through the logistic, with respect to input and threshold") {
  const double g = GENERATE(-3.0, 0.0, 4.2), theta = GENERATE(5.0, -1.0), dt = 0.5;
  const double p = 1.0 / (1.0 + std::exp(theta - g));
  const double slope = dt * p * (1.0 - p);
  CHECK(std::abs(BasicLogistic<double>{theta}(Dual{g, 1.0}, Dual{dt}).slope - slope) < 1e-12 * slope);
  CHECK(std::abs(BasicLogistic<Dual>{Dual{theta, 1.0}}(Dual{g}, Dual{dt}).slope + slope) < 1e-12 * slope);
}

TEST_CASE("a threshold must be finite") {
  check_message<InvalidParameter>([] { validate_parameters(Logistic{std::numeric_limits<float>::quiet_NaN()}); },
                                  {"theta = nan", "finite"});
  CHECK_NOTHROW(validate_parameters(Logistic{-1e30f}));
}
