// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/nonlinearities/exponential.hpp"
#include "spikeometric/model/nonlinearities/identity.hpp"
#include "spikeometric/model/nonlinearities/logistic.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "../../catch.hpp"
#include "../../message.hpp"
#include "../../support.hpp"
#include "spikeometric/random/hash.hpp"

using namespace spikeometric;

namespace {

/// A custom number with a derivative, as a user may write for gradients.
struct Tangent {
  double value, slope;
  Tangent(double x, double dx = 0.0) : value(x), slope(dx) {}

  friend Tangent operator+(Tangent a, Tangent b) { return {a.value + b.value, a.slope + b.slope}; }
  friend Tangent operator-(Tangent a, Tangent b) { return {a.value - b.value, a.slope - b.slope}; }
  friend Tangent operator-(Tangent a) { return {-a.value, -a.slope}; }
  friend Tangent operator*(Tangent a, Tangent b) { return {a.value * b.value, a.slope * b.value + a.value * b.slope}; }
  friend bool operator<(Tangent a, Tangent b) { return a.value < b.value; }
  friend Tangent operator/(Tangent a, Tangent b) {
    return {a.value / b.value, (a.slope * b.value - a.value * b.slope) / (b.value * b.value)};
  }
  friend Tangent exp(Tangent a) { return {std::exp(a.value), a.slope * std::exp(a.value)}; }
  friend Tangent log1p(Tangent a) { return {std::log1p(a.value), a.slope / (1.0 + a.value)}; }
};

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// Whether the error of a number is at most this many units in the last place of a Real.
template <class Real>
bool close(Real value, double expected, double units) {
  const double unit = std::is_same_v<Real, float> ? 0x1p-24 : 0x1p-53;
  return std::abs(static_cast<double>(value) - expected) <=
         std::abs(expected) * units * unit + static_cast<double>(std::numeric_limits<Real>::denorm_min());
}

}  // namespace

TEST_CASE("the logistic is dt / (1 + exp(theta - g))") {
  const float theta = GENERATE(5.0f, 0.0f, -3.5f), dt = GENERATE(1.0f, 0.1f);
  const Logistic f{.theta = theta};
  for (float g = -80.0f; g < 100.0f; g += 0.37f) {
    // theta - g has an error of half a unit, which its size multiplies; exp of 2 units, the sum and quotient of 1.
    const double x = static_cast<double>(theta) - static_cast<double>(g), expected = dt / (1.0 + std::exp(x));
    CHECK(std::abs(f(g, dt) - expected) <= expected * (4.0 + std::abs(x)) * 0x1p-23 + 0x1p-149);
    const double in_double = f(static_cast<double>(g), static_cast<double>(dt));
    CHECK(std::abs(in_double - expected) <= expected * (4.0 + std::abs(x)) * 0x1p-52);
  }
}

TEST_CASE("the logistic is dt / 2 at threshold, and 0 and dt far from it") {
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
  CHECK(std::abs(BasicLogistic<double>{theta}(Tangent{g, 1.0}, Tangent{dt}).slope - slope) < 1e-12 * slope);
  CHECK(std::abs(BasicLogistic<Tangent>{Tangent{theta, 1.0}}(Tangent{g}, Tangent{dt}).slope + slope) < 1e-12 * slope);
}

TEST_CASE("a threshold must be finite") {
  check_message<InvalidParameter>([] { validate_parameters(Logistic{not_a_number}); }, {"theta = nan", "finite"});
  CHECK_NOTHROW(validate_parameters(Logistic{-1e30f}));
}

TEST_CASE("the exponential is (dt / alpha) exp(beta g)") {
  const float alpha = GENERATE(16.0f, 0.3f), beta = GENERATE(1.0f, -0.7f, 10.0f), dt = GENERATE(1.0f, 0.1f);
  const Exponential f{alpha, beta};
  const BasicExponential<double> in_double{alpha, beta};
  for (float g = -80.0f; g < 80.0f; g += 0.37f) {
    const double x = static_cast<double>(beta) * static_cast<double>(g);
    const double expected = static_cast<double>(dt) / static_cast<double>(alpha) * std::exp(x);
    CAPTURE(alpha, beta, dt, g);
    if (std::abs(x) > 87.0) continue;  // beyond the range of normal numbers
    // The size of the exponent multiplies its rounding error; exp has an error of 2 units, quotient and product of 1.
    REQUIRE(close(f(g, dt), expected, 5.0 + std::abs(x)));
    REQUIRE(close(in_double(static_cast<double>(g), static_cast<double>(dt)), expected, 8.0 + 2.0 * std::abs(x)));
  }
}

TEST_CASE("the exponential without input is dt / alpha, and it overflows and underflows as exp does") {
  const Exponential f{.alpha = 4.0f, .beta = 1.0f};
  CHECK(f(0.0f, 0.5f) == 0.125f);
  CHECK(f(-infinity, 1.0f) == 0.0f);
  CHECK(f(1000.0f, 1.0f) == infinity);
  CHECK(std::isnan(f(not_a_number, 1.0f)));
}

TEST_CASE("the rectified linear function is lambda_0 dt max(g - theta, 0)") {
  const float lambda_0 = GENERATE(1.0f, 9.8f, 0.0f), theta = GENERATE(0.0f, -0.002f, 5.0f), dt = GENERATE(1.0f, 0.1f);
  const RectifiedLinear f{lambda_0, theta};
  for (float g = -20.0f; g < 20.0f; g += 0.17f) {
    const double above = static_cast<double>(g) - static_cast<double>(theta);
    const double expected = static_cast<double>(lambda_0) * static_cast<double>(dt) * std::max(above, 0.0);
    CAPTURE(lambda_0, theta, dt, g);
    REQUIRE(close(f(g, dt), expected, 3.5));
    REQUIRE(f(g, dt) >= 0.0f);
    REQUIRE(close(BasicRectifiedLinear<double>{lambda_0, theta}(static_cast<double>(g), static_cast<double>(dt)),
                  expected, 3.5));
  }
  CHECK(f(theta, dt) == 0.0f);
  CHECK(f(-infinity, dt) == 0.0f);
}

TEST_CASE("rectification preserves NaN") {
  CHECK(std::isnan(RectifiedLinear{}(not_a_number, 1.0f)));
  CHECK(std::isnan(RectifiedLinear{}(-not_a_number, 1.0f)));
  CHECK(std::isnan(BasicRectifiedLinear<double>{}(std::numeric_limits<double>::quiet_NaN(), 1.0)));
  CHECK(std::isnan(Softplus{}(not_a_number, 1.0f)));
  CHECK(std::isnan(Softplus{}(-not_a_number, 1.0f)));
  CHECK(std::isnan(Identity{}(not_a_number)));
}

TEST_CASE("the softplus is lambda_0 dt log(1 + exp(beta (g - theta))) / beta") {
  const float lambda_0 = GENERATE(1.0f, 9.8f), theta = GENERATE(0.0f, 5.0f), beta = GENERATE(1.0f, 0.3f, 20.0f);
  const Softplus f{.lambda_0 = lambda_0, .beta = beta, .theta = theta};
  const BasicSoftplus<double> in_double{lambda_0, beta, theta};
  for (float g = -40.0f; g < 60.0f; g += 0.17f) {
    const double z = static_cast<double>(beta) * (static_cast<double>(g) - static_cast<double>(theta));
    // log(1 + e^z), each form in its exact range.
    const double bend = z > 0.0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z));
    const double expected = static_cast<double>(lambda_0) * 0.5 * bend / static_cast<double>(beta);
    CAPTURE(lambda_0, theta, beta, g);
    // z is rounded twice, and its size multiplies the error if the result is exp(z); the rest is at most 9 units.
    REQUIRE(close(f(g, 0.5f), expected, 9.0 + 2.0 * std::abs(z)));
    REQUIRE(close(in_double(static_cast<double>(g), 0.5), expected, 18.0 + 4.0 * std::abs(z)));
  }
}

TEST_CASE("the softplus is rectified linear far from its bend, and infinite only if its result overflows") {
  const Softplus f{.lambda_0 = 2.0f, .beta = 4.0f, .theta = 1.0f};
  const RectifiedLinear line{.lambda_0 = 2.0f, .theta = 1.0f};
  for (const float g : {20.0f, 1e4f, 1e30f, infinity}) CHECK(f(g, 0.5f) == line(g, 0.5f));
  CHECK(f(-1000.0f, 0.5f) == 0.0f);
  CHECK(f(-infinity, 0.5f) == 0.0f);
  CHECK(f(1.0f, 0.5f) == Approx(2.0 * 0.5 * std::log(2.0) / 4.0).epsilon(1e-6));
}

TEST_CASE("the identity returns its input") {
  for (const float g : {-3.5f, 0.0f, 0.1f, 1e30f, infinity}) CHECK(Identity{}(g) == g);
  CHECK(Identity{}(0.1) == 0.1);
  CHECK(Identity{}(Tangent{0.1, 3.0}).slope == 3.0);
}

TEST_CASE("derivatives pass through every nonlinearity, with respect to input, parameters and step") {
  const double g = GENERATE(-1.3, 0.4, 2.0), theta = 0.7, dt = 0.5, lambda = 3.0, beta = 2.0, alpha = 5.0;
  const auto same = [](double slope, double expected) {
    return std::abs(slope - expected) <= 1e-13 * (1.0 + std::abs(expected));
  };
  const Tangent x{g, 1.0}, at{g}, step{dt};
  CAPTURE(g);

  const double power = dt / alpha * std::exp(beta * g);
  CHECK(same(BasicExponential<double>{alpha, beta}(x, step).slope, beta * power));
  CHECK(same(BasicExponential<Tangent>{Tangent{alpha, 1.0}, Tangent{beta}}(at, step).slope, -power / alpha));
  CHECK(same(BasicExponential<Tangent>{Tangent{alpha}, Tangent{beta, 1.0}}(at, step).slope, g * power));
  CHECK(same(BasicExponential<Tangent>{Tangent{alpha}, Tangent{beta}}(at, Tangent{dt, 1.0}).slope, power / dt));

  const bool above = g > theta;
  CHECK(same(BasicRectifiedLinear<double>{lambda, theta}(x, step).slope, above ? lambda * dt : 0.0));
  CHECK(same(BasicRectifiedLinear<Tangent>{Tangent{lambda, 1.0}, Tangent{theta}}(at, step).slope,
             above ? dt * (g - theta) : 0.0));
  CHECK(same(BasicRectifiedLinear<Tangent>{Tangent{lambda}, Tangent{theta, 1.0}}(at, step).slope,
             above ? -lambda * dt : 0.0));

  const double z = beta * (g - theta), bend = std::log1p(std::exp(z)), sigmoid = 1.0 / (1.0 + std::exp(-z));
  CHECK(same(BasicSoftplus<double>{lambda, beta, theta}(x, step).slope, lambda * dt * sigmoid));
  CHECK(same(BasicSoftplus<Tangent>{Tangent{lambda, 1.0}, Tangent{beta}, Tangent{theta}}(at, step).slope,
             dt * bend / beta));
  CHECK(same(BasicSoftplus<Tangent>{Tangent{lambda}, Tangent{beta, 1.0}, Tangent{theta}}(at, step).slope,
             lambda * dt * ((g - theta) * sigmoid / beta - bend / (beta * beta))));
  CHECK(same(BasicSoftplus<Tangent>{Tangent{lambda}, Tangent{beta}, Tangent{theta, 1.0}}(at, step).slope,
             -lambda * dt * sigmoid));
}

TEST_CASE("the softplus has a derivative at the bend") {
  CHECK(BasicSoftplus<double>{2.0, 3.0, 1.0}(Tangent{1.0, 1.0}, Tangent{1.0}).slope == 1.0);
}

TEST_CASE("nonlinearities with invalid parameters are refused, naming the parameter") {
  const auto validate = [](auto f) { return [f] { validate_parameters(f); }; };
  CHECK_NOTHROW(validate(Exponential{16.0f, -2.0f})());
  CHECK_NOTHROW(validate(RectifiedLinear{0.0f, -5.0f})());
  CHECK_NOTHROW(validate(Softplus{0.0f, 0.1f, -5.0f})());
  check_message<InvalidParameter>(validate(Exponential{.alpha = 0.0f}), {"alpha = 0 ms", "above 0"});
  check_message<InvalidParameter>(validate(Exponential{.beta = infinity}), {"beta = inf", "finite"});
  check_message<InvalidParameter>(validate(RectifiedLinear{.lambda_0 = -1.0f}), {"lambda_0 = -1 1/ms", "at least 0"});
  check_message<InvalidParameter>(validate(RectifiedLinear{.theta = not_a_number}), {"theta = nan"});
  check_message<InvalidParameter>(validate(Softplus{.lambda_0 = -1.0f}), {"lambda_0 = -1 1/ms", "at least 0"});
  check_message<InvalidParameter>(validate(Softplus{.beta = 0.0f}), {"beta = 0", "above 0"});
  check_message<InvalidParameter>(validate(Softplus{.theta = infinity}), {"theta = inf"});
}

TEST_CASE("nonlinearities do not change between versions, compilers and instruction sets") {
  std::uint64_t hash = 0;
  const auto add = [&](float value) { hash = detail::mix(hash ^ std::bit_cast<std::uint32_t>(value)); };
  for (float g = -10.0f; g < 10.0f; g += 0.003f) {
    add(Logistic{.theta = 1.3f}(g, 0.7f));
    add(Exponential{.alpha = 13.0f, .beta = 0.7f}(g, 0.7f));
    add(RectifiedLinear{.lambda_0 = 9.8f, .theta = 0.1f}(g, 0.7f));
    add(Softplus{.lambda_0 = 9.8f, .beta = 1.7f, .theta = 0.1f}(g, 0.7f));
  }
  CHECK(hash == 0x1e86dbf68a3d0bf);
}
