// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/arithmetic/functions.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <thread>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"

namespace {

// Each function for any Real, as an argument of the checks below.
constexpr auto own_exp = [](auto x) { return spikeometric::exp(x); };
constexpr auto own_log = [](auto x) { return spikeometric::log(x); };
constexpr auto own_expm1 = [](auto x) { return spikeometric::expm1(x); };
constexpr auto own_log1p = [](auto x) { return spikeometric::log1p(x); };
constexpr auto own_log1p_ratio = [](auto x) { return spikeometric::log1p_ratio(x); };
constexpr auto own_sin = [](auto x) { return spikeometric::sin(x); };
constexpr auto own_cos = [](auto x) { return spikeometric::cos(x); };

// The functions of libm: in the next wider format they are the reference.
constexpr auto libm_exp = [](auto x) { return std::exp(x); };
constexpr auto libm_log = [](auto x) { return std::log(x); };
constexpr auto libm_expm1 = [](auto x) { return std::expm1(x); };
constexpr auto libm_log1p = [](auto x) { return std::log1p(x); };
constexpr auto libm_log1p_ratio = [](auto x) { return x == 0 ? decltype(x)(1) : std::log1p(x) / x; };
constexpr auto libm_sin = [](auto x) { return std::sin(x); };
constexpr auto libm_cos = [](auto x) { return std::cos(x); };

// Debug and sanitizer builds are much slower, so they test a sample of the arguments.
constexpr std::uint64_t stride = support::slow_build ? 499 : 1;

std::uint64_t mix(std::uint64_t x) {  // the SplitMix64 finaliser
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// The largest error seen and where it occurred.
struct Worst {
  double ulps = 0, argument = 0;
  void add(double other_ulps, double other_argument) {
    if (!(other_ulps <= ulps)) *this = {other_ulps, other_argument};
  }
};

/// The worst of error(x, f(x)) for x = argument(i), i < count, over all processors, in blocks: f is vectorised.
template <class Argument, class Function, class Error>
Worst worst_of(std::uint64_t count, Argument argument, Function f, Error error) {
  constexpr std::uint64_t block = 512;
  const std::uint64_t threads = std::max(1u, std::thread::hardware_concurrency());
  const auto work = [=](std::uint64_t thread, Worst& result) {
    std::array<decltype(argument(0)), block> x, y;
    Worst worst;
    for (std::uint64_t first = thread * block; first < count / stride; first += threads * block) {
      const std::uint64_t size = std::min(block, count / stride - first);
      for (std::uint64_t i = 0; i < size; ++i) x[i] = argument((first + i) * stride);
      for (std::uint64_t i = 0; i < size; ++i) y[i] = f(x[i]);
      for (std::uint64_t i = 0; i < size; ++i) worst.add(error(x[i], y[i]), static_cast<double>(x[i]));
    }
    result = worst;
  };
  std::vector<Worst> results(threads);
  std::vector<std::thread> running;
  for (std::uint64_t thread = 0; thread < threads; ++thread)
    running.emplace_back(work, thread, std::ref(results[thread]));
  for (std::thread& thread : running) thread.join();
  return *std::max_element(results.begin(), results.end(), [](Worst a, Worst b) { return a.ulps < b.ulps; });
}

int exponent_of(double x) { return static_cast<int>(std::bit_cast<std::uint64_t>(x) >> 52 & 0x7ff) - 1023; }

/// The distance of a result from the exact value, in ulp of the exact value. An infinite result counts as the first
/// number out of range.
double ulps(float result, double exact) {
  if (std::isnan(exact) || std::isnan(result)) return std::isnan(exact) && std::isnan(result) ? 0 : INFINITY;
  if (std::isinf(result) && std::abs(exact) >= 0x1p128 && std::signbit(result) == std::signbit(exact)) return 0;
  const double value = std::isinf(result) ? std::copysign(0x1p128, result) : result;
  const int ulp_exponent = std::max(exponent_of(exact), -126) - 23;
  const double per_ulp = std::bit_cast<double>(static_cast<std::uint64_t>(1023 - ulp_exponent) << 52);
  return std::abs(value - exact) * per_ulp;
}
double ulps(double result, long double exact) {
  if (std::isnan(exact) || std::isnan(result)) return std::isnan(exact) && std::isnan(result) ? 0 : INFINITY;
  if (std::isinf(result) && std::abs(exact) >= 0x1p1024L && std::signbit(result) == std::signbit(exact)) return 0;
  const long double value = std::isinf(result) ? std::copysign(0x1p1024L, result) : result;
  const int ulp_exponent = std::max(exponent_of(static_cast<double>(exact)), -1022) - 52;
  return static_cast<double>(std::ldexp(std::abs(value - exact), -ulp_exponent));
}

constexpr std::uint64_t number_of_floats = std::uint64_t{1} << 32;
float float_of_bits(std::uint64_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits)); }

/// The worst error over every float from `first` away from zero to `last`, or every `step`-th; both of one sign.
template <class Own, class Libm>
Worst worst_of_floats(float first, float last, Own own, Libm libm, std::uint64_t step = 1) {
  const auto lowest = std::bit_cast<std::uint32_t>(first), highest = std::bit_cast<std::uint32_t>(last);
  return worst_of((highest - lowest) / step + 1, [=](std::uint64_t i) { return float_of_bits(lowest + step * i); }, own,
                  [=](float x, float y) { return ulps(y, libm(static_cast<double>(x))); });
}

/// The worst error over 2^24 doubles with pseudo-random significands, both signs, and all exponents from
/// `first_exponent` on in turn. Doubles outside [lowest, highest] are skipped.
template <class Own, class Libm>
Worst worst_of_doubles(double lowest, double highest, int first_exponent, Own own, Libm libm) {
  static_assert(std::numeric_limits<long double>::digits >= 64, "the reference has to be wider than double");
  const auto first = static_cast<std::uint64_t>(first_exponent + 1023);
  const auto exponents = static_cast<std::uint64_t>(exponent_of(std::max(-lowest, highest)) + 1024) - first;
  const auto argument = [=](std::uint64_t i) {
    const std::uint64_t random = mix(i * 0x9e3779b97f4a7c15);
    return std::bit_cast<double>(random << 63 | (first + i % exponents) << 52 | random >> 12);
  };
  return worst_of(std::uint64_t{1} << 24, argument, own, [=](double x, double y) {
    return x >= lowest && x <= highest ? ulps(y, libm(static_cast<long double>(x))) : 0.0;
  });
}

/// A hash over the bits of f at 2^20 arguments: half of all magnitudes, half between -32 and 32. Computed by array, so
/// that the compiler vectorises where it can.
template <class Real, class Function>
std::uint64_t fingerprint(Function f) {
  using Bits = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;
  constexpr std::size_t size = 1024;
  std::array<Real, size> x, y;
  std::uint64_t hash = 0;
  for (std::uint64_t block = 0; block < 1024; ++block) {
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint64_t random = mix((block * size + i + 1) * 0x9e3779b97f4a7c15);
      const auto small = static_cast<Real>(static_cast<std::int32_t>(random >> 32)) * static_cast<Real>(0x1p-26);
      x[i] = i % 2 == 0 ? std::bit_cast<Real>(static_cast<Bits>(random)) : small;
    }
    for (std::size_t i = 0; i < size; ++i) y[i] = f(x[i]);
    for (const Real value : y) hash = mix(hash ^ (std::isnan(value) ? Bits{1} : std::bit_cast<Bits>(value)));
  }
  return hash;
}

template <class Real>
bool is_minus_zero(Real x) {
  return x == 0 && std::signbit(x);
}

void check_within(double bound, Worst worst) {
  INFO("worst at argument " << worst.argument);
  CHECK(worst.ulps <= bound);
}

}  // namespace

constexpr float largest = std::numeric_limits<float>::max();
constexpr double inf = std::numeric_limits<double>::infinity();

TEST_CASE("exp stays within 1 ulp over every float", "[long]") {
  check_within(0.94, worst_of_floats(0x1p-26f, 89.0f, own_exp, libm_exp));
  check_within(0.94, worst_of_floats(-0x1p-26f, -104.0f, own_exp, libm_exp));
  const auto is_wrong = [](float x, float y) {
    const bool above = x > 89.0f, below = x < -104.0f, tiny = std::abs(x) < 0x1p-26f;
    return (above && y != inf) || (below && y != 0.0f) || (tiny && y != 1.0f) || (x != x && y == y) ? inf : 0;
  };
  check_within(0, worst_of(
                      number_of_floats / 7, [](std::uint64_t i) { return float_of_bits(7 * i); }, own_exp, is_wrong));
}

TEST_CASE("log stays within 1 ulp over every positive float", "[long]") {
  check_within(0.91, worst_of_floats(0.0f, largest, own_log, libm_log));
}

TEST_CASE("log of negative floats and of NaN is NaN", "[long]") {
  const auto is_wrong = [](float x, float y) { return !(x >= 0.0f) && y == y ? inf : 0; };
  constexpr std::uint64_t first_nan = 0x7f800001;  // followed by the negative numbers
  const auto argument = [](std::uint64_t i) { return float_of_bits(first_nan + 7 * i); };
  check_within(0, worst_of((number_of_floats - first_nan) / 7, argument, own_log, is_wrong));
}

TEST_CASE("expm1 stays within 1.34 ulp over the floats", "[long]") {
  check_within(1.34, worst_of_floats(0.0f, largest, own_expm1, libm_expm1, 7));
  check_within(1.34, worst_of_floats(-0.0f, -largest, own_expm1, libm_expm1, 7));
}

TEST_CASE("log1p stays within 1 ulp over the floats from -1", "[long]") {
  check_within(0.89, worst_of_floats(0.0f, largest, own_log1p, libm_log1p, 7));
  check_within(0.89, worst_of_floats(-0.0f, -1.0f, own_log1p, libm_log1p, 7));
}

TEST_CASE("log1p_ratio stays within 1.6 ulp over the floats from -1", "[long]") {
  check_within(1.6, worst_of_floats(0.0f, largest, own_log1p_ratio, libm_log1p_ratio, 7));
  check_within(1.6, worst_of_floats(-0.0f, -1.0f, own_log1p_ratio, libm_log1p_ratio, 7));
}

TEST_CASE("sin and cos stay within 0.5001 ulp over the floats up to 2^23", "[long]") {
  for (const float sign : {1.0f, -1.0f}) {
    check_within(0.5001, worst_of_floats(sign * 0.0f, sign * 0x1p23f, own_sin, libm_sin, 13));
    check_within(0.5001, worst_of_floats(sign * 0.0f, sign * 0x1p23f, own_cos, libm_cos, 13));
  }
}

TEST_CASE("exp stays within 1 ulp over the range of double", "[long]") {
  check_within(0.95, worst_of_doubles(-750, 715, -60, own_exp, libm_exp));
  check_within(0.95, worst_of_doubles(-32, 32, -3, own_exp, libm_exp));
}

TEST_CASE("log stays within 1 ulp over the range of double", "[long]") {
  check_within(0.93, worst_of_doubles(0, inf, -1023, own_log, libm_log));
  check_within(0.93, worst_of_doubles(0.25, 4, -2, own_log, libm_log));
}

TEST_CASE("expm1 stays within 1.34 ulp over the range of double", "[long]") {
  check_within(1.34, worst_of_doubles(-750, 715, -1023, own_expm1, libm_expm1));
  check_within(1.34, worst_of_doubles(-64, 64, -5, own_expm1, libm_expm1));
}

TEST_CASE("log1p stays within 1 ulp over the range of double", "[long]") {
  check_within(0.93, worst_of_doubles(-1, inf, -1023, own_log1p, libm_log1p));
  check_within(0.93, worst_of_doubles(-1, 4, -5, own_log1p, libm_log1p));
}

TEST_CASE("log1p_ratio stays within 1.6 ulp over the range of double", "[long]") {
  check_within(1.6, worst_of_doubles(-1, inf, -1023, own_log1p_ratio, libm_log1p_ratio));
  check_within(1.6, worst_of_doubles(-1, 4, -5, own_log1p_ratio, libm_log1p_ratio));
}

TEST_CASE("log1p_ratio and its slope agree with values in 60 digits") {
  struct Row {
    double x, value, slope;
  };
  const std::vector<Row> table = {// by mpmath 1.3
                                  {0.0, 1.0, -0.5},
                                  {5e-324, 1.0, -0.5},
                                  {1e-300, 1.0, -0.5},
                                  {1e-16, 0.99999999999999995, -0.49999999999999993333},
                                  {1e-08, 0.99999999500000003333, -0.49999999333333340833},
                                  {0.001, 0.9995003330835331668, -0.49933408253416581038},
                                  {0.1, 0.953101798043248598, -0.44010888952339509232},
                                  {0.4, 0.84118059155303231922, -0.31723719316829509447},
                                  {0.42, 0.83489731336468896367, -0.31112371726669739157},
                                  {1.0, 0.69314718055994530942, -0.19314718055994530942},
                                  {10.0, 0.23978952727983705441, -0.014888043637074614532},
                                  {1e5, 0.00011512935464920228753, -1.0512945464820229753e-9},
                                  {-1e-09, 1.0000000005000000003, -0.50000000066666666742},
                                  {-0.1, 1.0536051565782630155, -0.57505954532848099305},
                                  {-0.28, 1.1732288106144145098, -0.77021456526598003564},
                                  {-0.3, 1.1889164797957745875, -0.79884982925217990045},
                                  {-0.9, 2.5584278811044953881, -8.268413465439451832}};
  for (const auto& [x, value, slope] : table) {
    CAPTURE(x);
    CHECK(std::abs(spikeometric::log1p_ratio(x) - value) <= 3e-16 * value);
    CHECK(std::abs(spikeometric::detail::functions::slope_of_logarithm_ratio(x) - slope) <= -3e-15 * slope);
  }
}

TEST_CASE("sin and cos stay within 0.82 ulp over the doubles up to 2^23", "[long]") {
  check_within(0.82, worst_of_doubles(-0x1p23, 0x1p23, -1023, own_sin, libm_sin));
  check_within(0.82, worst_of_doubles(-0x1p23, 0x1p23, -5, own_sin, libm_sin));
  check_within(0.82, worst_of_doubles(-0x1p23, 0x1p23, -1023, own_cos, libm_cos));
  check_within(0.82, worst_of_doubles(-0x1p23, 0x1p23, -5, own_cos, libm_cos));
}

TEST_CASE("sin and cos keep their accuracy next to multiples of pi/2", "[long]") {
  const auto next_to_multiple = [](std::uint64_t i) {
    const auto multiple = static_cast<double>(static_cast<long double>(i + 1) * 1.57079632679489661923132169164L);
    return i % 2 == 0 ? multiple : -std::nextafter(multiple, 0.0);
  };
  const auto sine_error = [](double x, double y) { return ulps(y, std::sin(static_cast<long double>(x))); };
  const auto cosine_error = [](double x, double y) { return ulps(y, std::cos(static_cast<long double>(x))); };
  constexpr std::uint64_t up_to_2_to_23 = 5340353;
  check_within(0.82, worst_of(up_to_2_to_23, next_to_multiple, own_sin, sine_error));
  check_within(0.82, worst_of(up_to_2_to_23, next_to_multiple, own_cos, cosine_error));
}

TEST_CASE("between 2^23 and 2^45 sin and cos belong to an angle within an ulp", "[long]") {
  const auto angle = [](std::uint64_t i) {
    return std::ldexp(1.0 + 0x1p-17 * static_cast<double>(i / 22), 23 + static_cast<int>(i % 22));
  };
  const auto ulp = [](double x) { return std::nextafter(x, inf) - x; };
  const auto sine_error = [=](double x, double y) {
    return static_cast<double>(std::abs(y - std::sin(static_cast<long double>(x)))) / ulp(x);
  };
  const auto cosine_error = [=](double x, double y) {
    return static_cast<double>(std::abs(y - std::cos(static_cast<long double>(x)))) / ulp(x);
  };
  check_within(1, worst_of(22u << 17, angle, own_sin, sine_error));
  check_within(1, worst_of(22u << 17, angle, own_cos, cosine_error));
}

TEMPLATE_TEST_CASE("infinity, zero and NaN give what they give in IEEE 754", "", float, double) {
  using Real = TestType;
  const auto infinity = std::numeric_limits<Real>::infinity(), not_a_number = std::numeric_limits<Real>::quiet_NaN(),
             zero = Real(0);

  CHECK(spikeometric::exp(infinity) == infinity);
  CHECK((spikeometric::exp(-infinity) == 0 && !std::signbit(spikeometric::exp(-infinity))));
  CHECK((spikeometric::exp(zero) == 1 && spikeometric::exp(-zero) == 1));
  CHECK(std::isnan(spikeometric::exp(not_a_number)));
  CHECK(std::isnan(spikeometric::exp(-not_a_number)));

  CHECK(spikeometric::log(infinity) == infinity);
  CHECK((spikeometric::log(zero) == -infinity && spikeometric::log(-zero) == -infinity));
  CHECK((spikeometric::log(Real(1)) == 0 && !std::signbit(spikeometric::log(Real(1)))));
  CHECK(std::isnan(spikeometric::log(Real(-1))));
  CHECK(std::isnan(spikeometric::log(-infinity)));
  CHECK(std::isnan(spikeometric::log(-std::numeric_limits<Real>::denorm_min())));
  CHECK(std::isnan(spikeometric::log(not_a_number)));

  CHECK(spikeometric::expm1(infinity) == infinity);
  CHECK(spikeometric::expm1(-infinity) == -1);
  CHECK((spikeometric::expm1(zero) == 0 && !std::signbit(spikeometric::expm1(zero))));
  CHECK(is_minus_zero(spikeometric::expm1(-zero)));
  CHECK(std::isnan(spikeometric::expm1(not_a_number)));

  CHECK(spikeometric::log1p(infinity) == infinity);
  CHECK(spikeometric::log1p(Real(-1)) == -infinity);
  CHECK((spikeometric::log1p(zero) == 0 && !std::signbit(spikeometric::log1p(zero))));
  CHECK(is_minus_zero(spikeometric::log1p(-zero)));
  CHECK(std::isnan(spikeometric::log1p(std::nextafter(Real(-1), Real(-2)))));
  CHECK(std::isnan(spikeometric::log1p(-infinity)));
  CHECK(std::isnan(spikeometric::log1p(not_a_number)));

  CHECK((spikeometric::log1p_ratio(zero) == 1 && spikeometric::log1p_ratio(-zero) == 1));
  CHECK(spikeometric::log1p_ratio(Real(-1)) == infinity);
  CHECK(std::isnan(spikeometric::log1p_ratio(Real(-2))));
  CHECK(std::isnan(spikeometric::log1p_ratio(infinity)));
  CHECK(std::isnan(spikeometric::log1p_ratio(not_a_number)));

  CHECK((spikeometric::sin(zero) == 0 && !std::signbit(spikeometric::sin(zero))));
  CHECK(is_minus_zero(spikeometric::sin(-zero)));
  CHECK((spikeometric::cos(zero) == 1 && spikeometric::cos(-zero) == 1));
  for (const Real beyond : {infinity, -infinity, not_a_number, Real(0x1p46), std::numeric_limits<Real>::max()}) {
    CHECK(std::isnan(spikeometric::sin(beyond)));
    CHECK(std::isnan(spikeometric::cos(beyond)));
  }
}

TEMPLATE_TEST_CASE("numbers below the normal range come out and go in", "", float, double) {
  using Real = TestType;
  constexpr Real smallest = std::numeric_limits<Real>::denorm_min(), normal = std::numeric_limits<Real>::min();
  const Real low = spikeometric::log(normal / 2), lowest = spikeometric::log(smallest);
  CHECK((spikeometric::exp(low) > 0 && spikeometric::exp(low) < normal));
  CHECK(low == static_cast<Real>(std::log(static_cast<long double>(normal / 2))));
  CHECK(lowest == static_cast<Real>(std::log(static_cast<long double>(smallest))));
  CHECK(spikeometric::expm1(smallest) == smallest);
  CHECK(spikeometric::log1p(-smallest) == -smallest);
  CHECK((spikeometric::log1p_ratio(smallest) == 1 && spikeometric::log1p_ratio(-smallest) == 1));
  CHECK(spikeometric::sin(smallest) == smallest);
}

TEST_CASE("exp(-100) is the denormal float next to it") { CHECK(spikeometric::exp(-100.0f) == 0x1.aap-145f); }

TEST_CASE("every build, instruction set and machine computes the same bits") {
  CHECK(fingerprint<float>(own_exp) == 0xbc43c0dd797d5b75);
  CHECK(fingerprint<float>(own_log) == 0xaefe323fe998b143);
  CHECK(fingerprint<float>(own_expm1) == 0x74bf624d056e11a2);
  CHECK(fingerprint<float>(own_log1p) == 0xb67dbebeddc73d21);
  CHECK(fingerprint<float>(own_log1p_ratio) == 0xb4b684c74c421398);
  CHECK(fingerprint<float>(own_sin) == 0xabcd1fde98a7c306);
  CHECK(fingerprint<float>(own_cos) == 0x08408de1ed6d6870);
  CHECK(fingerprint<double>(own_exp) == 0x74f50749f1ae763a);
  CHECK(fingerprint<double>(own_log) == 0x3633e09a9b9e60ec);
  CHECK(fingerprint<double>(own_expm1) == 0xf89a3bdbdaa85d1f);
  CHECK(fingerprint<double>(own_log1p) == 0x5d39a5556f06d244);
  CHECK(fingerprint<double>(own_log1p_ratio) == 0xb3151a83cbd9e17a);
  CHECK(fingerprint<double>(own_sin) == 0xd8148270c7699164);
  CHECK(fingerprint<double>(own_cos) == 0x7c0f37d2e8b1f10c);
}
