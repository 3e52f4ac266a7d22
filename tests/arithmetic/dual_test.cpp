// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/arithmetic/dual.hpp"

#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/random/hash.hpp"

using spikeometric::BasicDual;
using spikeometric::Dual;
using spikeometric::FloatDual;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// df/dx = Im f(x + ih) / h, exact to rounding for a tiny h, of an f that is a template over the real type.
template <class F>
double complex_step(F f, double x) {
  constexpr double h = 1e-100;
  return f(std::complex<double>{x, h}).imag() / h;
}

template <class F>
void check_derivative(F f, double x) {
  const Dual result = f(Dual{x, 1.0});
  const double value = f(std::complex<double>{x}).real(), derivative = complex_step(f, x);
  CAPTURE(x);
  CHECK(result.value == Approx(value).epsilon(1e-14).margin(1e-15));
  CHECK(result.derivative == Approx(derivative).epsilon(1e-13).margin(1e-14));
  const Dual steeper = f(Dual{x, -2.5});
  CHECK(steeper.value == result.value);
  CHECK(steeper.derivative == Approx(-2.5 * result.derivative).epsilon(1e-13));
}

}  // namespace

TEST_CASE("a plain number converts to a dual number with derivative 0") {
  for (const Dual& constant : {Dual{3}, Dual{3u}, Dual{3.0f}, Dual{3.0}, Dual{std::int64_t{3}}}) {
    CHECK(constant.value == 3.0);
    CHECK(constant.derivative == 0.0);
  }
  CHECK(Dual{} == Dual{0.0, 0.0});
  STATIC_REQUIRE(std::is_convertible_v<float, Dual>);
  STATIC_REQUIRE((!std::is_convertible_v<Dual, double> && std::is_constructible_v<double, Dual>));
  CHECK(static_cast<float>(Dual{0.1, 7.0}) == 0.1f);
  CHECK(static_cast<double>(Dual{0.1, 7.0}) == 0.1);
}

TEST_CASE("sums, products and quotients have the derivatives of calculus") {
  support::Numbers numbers{1};
  for (int i = 0; i < 100; ++i) {
    const double c = numbers.real(-3.0, 3.0), x = numbers.real(0.1, 3.0);
    check_derivative([&](auto v) { return v + c; }, x);
    check_derivative([&](auto v) { return c - v; }, x);
    check_derivative([&](auto v) { return -v; }, x);
    check_derivative([&](auto v) { return v * c; }, x);
    check_derivative([&](auto v) { return v * v * v; }, x);
    check_derivative([&](auto v) { return c / v; }, x);
    check_derivative([&](auto v) { return v / (v * v + 0.5); }, x);
  }
  Dual sum{1.0, 2.0};
  sum += Dual{10.0, 20.0};
  CHECK(sum == Dual{11.0, 22.0});
  CHECK(spikeometric::mul(Dual{2.0, 1.0}, Dual{5.0, 3.0}) == Dual{10.0, 11.0});
}

TEST_CASE("types mix as those of plain numbers do") {
  const auto type_of = [](auto x, auto y, auto result) {
    using Result = decltype(result);
    return std::is_same_v<decltype(x + y), Result> && std::is_same_v<decltype(y - x), Result> &&
           std::is_same_v<decltype(x * y), Result> && std::is_same_v<decltype(y / x), Result>;
  };
  CHECK(type_of(FloatDual{}, FloatDual{}, FloatDual{}));
  CHECK(type_of(FloatDual{}, 1.0f, FloatDual{}));
  CHECK(type_of(FloatDual{}, 1, FloatDual{}));
  CHECK(type_of(FloatDual{}, std::uint64_t{1}, FloatDual{}));
  CHECK(type_of(FloatDual{}, 1.0, Dual{}));
  CHECK(type_of(FloatDual{}, Dual{}, Dual{}));
  CHECK(type_of(Dual{}, 1.0f, Dual{}));
  CHECK(type_of(Dual{}, 1, Dual{}));

  // A Dual converts to a FloatDual implicitly, as a double does to a float; the other way needs a cast.
  STATIC_REQUIRE((std::is_convertible_v<Dual, FloatDual> && std::is_convertible_v<double, FloatDual>));
  STATIC_REQUIRE((!std::is_convertible_v<FloatDual, Dual> && std::is_constructible_v<Dual, FloatDual>));
  const FloatDual third = Dual{1.0 / 3.0, 1.0 / 3.0};
  CHECK((third.value == 1.0f / 3.0f && third.derivative == 1.0 / 3.0));
  CHECK(Dual(third) == Dual{static_cast<double>(1.0f / 3.0f), 1.0 / 3.0});
  CHECK(third != Dual{1.0 / 3.0, 1.0 / 3.0});
  CHECK((third > 1.0 / 3.0 && 1.0 / 3.0 < third && third <= 1.0f / 3.0f && third >= 0 && third < 1));
  STATIC_REQUIRE(std::is_same_v<decltype(true ? FloatDual{} : 2.0 * third), FloatDual>);
  STATIC_REQUIRE(std::is_same_v<spikeometric::detail::Wide<FloatDual>, Dual>);
  STATIC_REQUIRE(std::is_same_v<spikeometric::detail::Wide<Dual>, Dual>);
}

namespace {

/// An expression as a policy may have it: a template over the real type, with constants of all types.
template <class Real>
Real of_all_types(Real x, Real y) {
  using spikeometric::cos, spikeometric::exp, spikeometric::expm1, spikeometric::log, spikeometric::log1p,
      spikeometric::mul, spikeometric::sin, spikeometric::sqrt;
  const auto wide = exp(0.3 * x) - 1.0 / (2.0 + y * y);
  const auto narrow =
      log1p(exp(x - 1.5f)) * 3 + sqrt(y * y + 1) - sin(x) / (2 + cos(y)) + expm1(-y) + log(2.5f + x * x);
  const auto chosen = static_cast<Real>(x < y ? wide * narrow : 0.7 * x);
  return chosen / (narrow + 40) - 7u * mul(x, y) + (x > 0 ? x : Real(0));
}

template <class Value>
std::uint64_t bits_of(Value x) {
  return std::bit_cast<std::conditional_t<sizeof(Value) == 4, std::uint32_t, std::uint64_t>>(x);
}

}  // namespace

TEMPLATE_TEST_CASE("values have the bits of the same expression of plain numbers", "", float, double) {
  using Value = TestType;
  support::Numbers numbers{4};
  for (int i = 0; i < 20'000; ++i) {
    const auto x = static_cast<Value>(numbers.real(-6.0, 6.0)), y = static_cast<Value>(numbers.real(-6.0, 6.0));
    const BasicDual<Value> result = of_all_types(BasicDual<Value>{x, 1.0}, BasicDual<Value>{y, -2.0});
    CAPTURE(x, y);
    REQUIRE(bits_of(result.value) == bits_of(of_all_types(x, y)));
    const Dual wide = of_all_types(Dual{static_cast<double>(x), 1.0}, Dual{static_cast<double>(y), -2.0});
    REQUIRE(std::abs(result.derivative - wide.derivative) <= 1e-5 * (1.0 + std::abs(wide.derivative)));
  }
}

TEST_CASE("functions have the library's values and the derivatives of calculus") {
  support::Numbers numbers{2};
  for (int i = 0; i < 200; ++i) {
    const double any = numbers.real(-5.0, 5.0), above = numbers.real(0.01, 9.0);
    check_derivative([](auto v) { return exp(v); }, any);
    check_derivative([](auto v) { return log(v); }, above);
    check_derivative([](auto v) { return sqrt(v); }, above);
    check_derivative([](auto v) { return sin(v); }, any);
    check_derivative([](auto v) { return cos(v); }, any);
    CHECK(exp(Dual{any, 1.0}).value == spikeometric::exp(any));
    CHECK(log(Dual{above, 1.0}).value == spikeometric::log(above));
    CHECK(sin(Dual{any, 1.0}).value == spikeometric::sin(any));
    CHECK(cos(Dual{any, 1.0}).value == spikeometric::cos(any));

    // std::complex has no expm1, log1p and log1p_ratio.
    const Dual less_one = expm1(Dual{any, 2.0}), one_more = log1p(Dual{above - 0.9, 2.0});
    CHECK(less_one.value == spikeometric::expm1(any));
    CHECK(less_one.derivative == Approx(2.0 * std::exp(any)).epsilon(1e-14));
    CHECK(one_more.value == spikeometric::log1p(above - 0.9));
    CHECK(one_more.derivative == Approx(2.0 / (0.1 + above)).epsilon(1e-14));
    const Dual ratio = log1p_ratio(Dual{above - 0.9, 2.0});
    CHECK(ratio.value == spikeometric::log1p_ratio(above - 0.9));
    CHECK(ratio.derivative ==
          Approx(2.0 * (1.0 / (0.1 + above) - std::log1p(above - 0.9) / (above - 0.9)) / (above - 0.9)).epsilon(1e-10));
    CHECK(abs(Dual{any, 3.0}) == (any < 0.0 ? Dual{-any, -3.0} : Dual{any, 3.0}));
  }
}

TEST_CASE("derivatives pass through whole expressions") {
  support::Numbers numbers{3};
  for (int i = 0; i < 100; ++i) {
    const double x = numbers.real(-4.0, 4.0), c = numbers.real(-2.0, 2.0);
    check_derivative([&](auto v) { return 1.0 / (1.0 + exp(c - v)); }, x);
    check_derivative([&](auto v) { return log(1.0 + exp(v * c)) / (2.0 + cos(v)); }, x);
    check_derivative([&](auto v) { return sqrt(2.0 + sin(v * v + c)) * exp(-v * v) - v / (v * v + 1.0); }, x);
  }
}

TEST_CASE("dual numbers are ordered by value, and equal if value and derivative are") {
  const Dual one{1.0, 5.0}, same_value{1.0, -5.0}, two{2.0, 0.0}, none{std::numeric_limits<double>::quiet_NaN()};
  CHECK((one < two && two > one && one <= two && two >= one));
  CHECK_FALSE((one < same_value || one > same_value));
  CHECK((one <= same_value && one >= same_value));
  CHECK((one != same_value && one == Dual{1.0, 5.0}));
  CHECK((one < 1.5 && 0.5 < one));
  CHECK_FALSE((none < one || none > one || none <= one || none >= one));
  CHECK(none != none);
}

TEST_CASE("a quotient whose denominator overflows has derivative 0") {
  const Dual overflown = exp(Dual{800.0, 1.0}), rate = 1.0 / (1.0 + overflown);
  CHECK(overflown.value == infinity);
  CHECK(rate == Dual{0.0, 0.0});
  const Dual nearly = 1.0 / (1.0 + exp(Dual{700.0, 1e9}));  // the derivative alone overflows
  CHECK((nearly.value > 0.0 && nearly.derivative == 0.0));
  CHECK(Dual{3.0, 2.0} / Dual{-infinity} == Dual{-0.0, 0.0});
  CHECK(1.0f / (1.0f + exp(FloatDual{100.0f, 1.0})) == FloatDual{0.0f, 0.0});
}

TEST_CASE("a function of a constant has derivative 0 even where its slope is infinite") {
  CHECK(sqrt(Dual{0.0}) == Dual{0.0, 0.0});
  CHECK(log(Dual{0.0}) == Dual{-infinity, 0.0});
  CHECK(exp(Dual{1000.0}) == Dual{infinity, 0.0});
  CHECK(sqrt(Dual{0.0, 1.0}).derivative == infinity);
  CHECK(sqrt(FloatDual{0.0f}) == FloatDual{0.0f, 0.0});
  CHECK(log1p_ratio(Dual{0.0, 3.0}) == Dual{1.0, -1.5});
}

TEST_CASE("dual numbers do not change between versions, compilers and instruction sets") {
  std::uint64_t hash = 0;
  for (int i = 1; i < 20'000; ++i) {
    const Dual x{0.001 * i, 1.0 + 0.01 * i};
    const Dual y = log1p(exp(sin(x) - cos(2.0 * x))) / (sqrt(x) + abs(x - 7.0)) - expm1(-x) * log(x);
    hash = spikeometric::detail::mix(hash ^ std::bit_cast<std::uint64_t>(y.value));
    hash = spikeometric::detail::mix(hash ^ std::bit_cast<std::uint64_t>(y.derivative));
  }
  CHECK(hash == 0x57003da6a1ca5df);
}
