// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/detail/prefilter.hpp"

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/model/nonlinearities/exponential.hpp"

using namespace spikeometric;
using detail::log2_bound, detail::Prefilter, detail::within_threshold;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

struct DerivedLogistic : BasicLogistic<float> {};
struct DerivedSampler : BernoulliSampler {};
struct Half {
  template <class Real>
  Real operator()(Real) const {
    return Real(0.5);
  }
};
struct Never {
  std::uint32_t operator()(float, const PrimedDraws&) const { return 0; }
};

template <class Nonlinearity, class Sampler>
constexpr bool exists = Prefilter<Nonlinearity, Sampler>::exists;

/// That f is NaN only where g is not finite, and that every spike and every NaN is let through.
template <class Nonlinearity>
void check(const Nonlinearity& f, float g, float dt) {
  const float mu = f(g, dt);
  const std::uint32_t first = std::min(detail::high_threshold(mu), 65535u);
  const auto lets_through = [&]<class Sampler>(Sampler sampler, std::uint32_t at) {
    return Prefilter<Nonlinearity, Sampler>::may_spike(f, g, dt, at) || !detail::may_spike(sampler, mu, at, 0);
  };
  bool right = !std::isnan(mu) || !std::isfinite(g);
  for (const std::uint32_t at : {0u, first / 2, first, 65535u})
    right = right && lets_through(BernoulliSampler{}, at) && lets_through(BernoulliRateSampler{}, at) &&
            lets_through(PoissonSampler{}, at) && lets_through(BasicNegativeBinomialSampler<float>{}, at);
  if (!right) {
    CAPTURE(f.theta, g, dt, mu);
    FAIL("a spike or a NaN would be lost");
  }
}

}  // namespace

TEST_CASE("a bound of log2 p keeps every draw that p needs, and not many more") {
  for (const double p : {0.0, 1e-40, 1e-9, 1.5e-5, 1.6e-5, 3.1e-5, 1e-3, 0.0071, 0.25, 0.3, 0.7499, 0.9999, 1.0, 3.0}) {
    CAPTURE(p);
    const auto log2_p = static_cast<float>(std::log2(p));
    const std::uint32_t high = detail::high_threshold(static_cast<float>(p));
    std::uint32_t lost = 0, kept = 0;
    for (std::uint32_t first = 0; first < 65536; ++first) {
      const bool within = within_threshold(first, log2_p);
      lost += first <= high && !within;
      lost += first <= high && !within_threshold(first, log2_p - 1e-4f);
      kept += within;
    }
    CHECK(lost == 0);
    CHECK(kept <= 1.09 * 65536 * std::min(p, 1.0) + 1);  // log2(1 + m) - m is at most 0.0861, and 2^0.0861 = 1.0615
  }
  CHECK(within_threshold(65535, not_a_number));
  CHECK(within_threshold(65535, infinity));
  CHECK(within_threshold(0, -infinity));
}

TEST_CASE("a bound of log2 p denies no spike of any p") {
  std::uint32_t wrong = 0;
  const auto look = [&](float p) {
    const std::uint32_t high = std::min(detail::high_threshold(p), 65535u);
    const auto bound = static_cast<float>(std::log2(static_cast<double>(p)));
    for (const float log2_p : {bound, bound - 1e-4f}) wrong += !within_threshold(high, log2_p);
  };
  for (std::uint32_t k = 0; k <= 65536; ++k) {  // where high_threshold steps up
    const float p = static_cast<float>(k) * 0x1p-16f;
    for (const float each : {std::nextafter(p, 0.0f), p, std::nextafter(p, 2.0f)}) look(each);
  }
  for (std::uint32_t bits = 0; bits < 0x40000000; bits += 4099) look(std::bit_cast<float>(bits));
  CHECK(wrong == 0);
}

TEST_CASE("the logarithm of the logistic is below its bound, closely where it is small") {
  const float theta = GENERATE(5.0f, 0.0f, -3.5f), dt = GENERATE(1.0f, 0.5f, 0.1f, 2.0f);
  const BasicLogistic<float> f{.theta = theta};
  for (float z = -100.0f; z < 100.0f; z += 0.0137f) {
    const float g = theta + z, bound = log2_bound(f, g, dt);
    const double exact = std::log2(static_cast<double>(f(g, dt)));
    REQUIRE(exact <= bound + 1e-4);
    if (dt == 1.0f && z < -3.0f && z > -80.0f) REQUIRE(exact >= bound - 0.1);
  }
  CHECK(log2_bound(f, -infinity, dt) == -infinity);
  CHECK(log2_bound(f, theta, dt) <= std::log2(dt) + 0.09f);
  CHECK(std::isnan(log2_bound(f, not_a_number, dt)));

  const BasicLogistic<double> precise{.theta = 1000000.04};
  for (float g = 999'900.0f; g < 1'000'020.0f; g += 0.0625f)
    REQUIRE(std::log2(static_cast<double>(static_cast<float>(precise(g, dt)))) <= log2_bound(precise, g, dt) + 1e-4);
}

TEST_CASE("the logistic's bound holds for any threshold, input and time step, and is close where both are small") {
  support::Numbers numbers{1};
  for (int i = 0; i < 1'000'000; ++i) {
    const auto theta = static_cast<float>(numbers.real(-100.0, 100.0));
    const auto g = theta + static_cast<float>(numbers.real(-110.0, 110.0));
    const auto dt = static_cast<float>(std::exp(numbers.real(-20.0, 8.0)));
    CAPTURE(theta, g, dt);
    const BasicLogistic<float> f{theta};
    const double exact = std::log2(static_cast<double>(f(g, dt)));
    const auto bound = static_cast<double>(log2_bound(f, g, dt));
    if (!(exact <= std::max(bound + 1e-4, -120.0))) FAIL("too low");  // what is less is not told from 2^-120
    if (g < theta - 3.0f && exact > -120.0 && !(exact >= bound - 0.17)) FAIL("far off");
  }
}

TEST_CASE(
    "a finite input has a rate that is a number, and neither a spike nor a NaN is lost, for floats of all sizes") {
  std::vector<float> numbers = {0.0f, -0.0f, FLT_MAX, -FLT_MAX};
  for (int exponent = -149; exponent <= 127; ++exponent)
    for (const float sign : {1.0f, -1.0f})
      for (const float fraction : {1.0f, 1.9f}) numbers.push_back(std::ldexp(sign * fraction, exponent));
  std::vector<float> inputs = numbers;
  inputs.insert(inputs.end(), {infinity, -infinity, not_a_number, -not_a_number});
  const std::size_t stride = support::slow_build ? 61 : 17;  // odd, so that all signs and fractions occur
  for (const float g : inputs)
    for (std::size_t i = 0; i < numbers.size(); i += stride)
      for (std::size_t j = 0; j < numbers.size(); j += 5 * stride)
        if (const float dt = std::abs(numbers[j]); dt > 0.0f) {
          check(BasicLogistic<float>{numbers[i]}, g, dt);
          check(BasicLogistic<double>{static_cast<double>(numbers[i])}, g, dt);
        }
}

TEST_CASE("a finite input has a rate that is a number, and neither a spike nor a NaN is lost, at random") {
  support::Numbers numbers{2};
  const auto any = [&] { return std::bit_cast<float>(static_cast<std::uint32_t>(numbers.bits())); };
  for (int i = 0; i < (support::slow_build ? 50'000 : 1'000'000); ++i) {
    const float theta = any(), g = any(), dt = std::abs(any());
    if (std::isfinite(theta) && std::isfinite(dt) && dt > 0.0f) check(BasicLogistic<float>{theta}, g, dt);
    const auto near = static_cast<float>(numbers.real(-10.0, 10.0));
    check(BasicLogistic<float>{near}, near + static_cast<float>(numbers.real(-20.0, 5.0)),
          static_cast<float>(numbers.real(1e-3, 1.0)));
  }
}

TEST_CASE("most neurons far below threshold are ruled out, and none whose bound is no ordinary number") {
  using Filter = Prefilter<BasicLogistic<float>, BernoulliSampler>;
  const BasicLogistic<float> f{.theta = 5.0f};
  CHECK_FALSE(Filter::may_spike(f, 0.0f, 1.0f, 65535));
  CHECK_FALSE(Filter::may_spike(f, 0.0f, 1.0f, 1000));
  CHECK(Filter::may_spike(f, 0.0f, 1.0f, 400));  // 65536 / (1 + exp(5)) = 439
  for (const float g : {-infinity, not_a_number}) CHECK(Filter::may_spike(f, g, 1.0f, 65535));
}

TEST_CASE("only the library's own nonlinearities and samplers have a prefilter, not what derives from them") {
  STATIC_REQUIRE(
      (exists<BasicLogistic<float>, BernoulliSampler> && exists<BasicLogistic<float>, BernoulliRateSampler>));
  STATIC_REQUIRE((exists<BasicLogistic<float>, PoissonSampler> && exists<BasicLogistic<double>, BernoulliSampler>));
  STATIC_REQUIRE(exists<BasicLogistic<float>, BasicNegativeBinomialSampler<float>>);
  STATIC_REQUIRE((!exists<BasicLogistic<float>, ThresholdSampler> && !exists<Exponential, PoissonSampler>));
  STATIC_REQUIRE((!exists<DerivedLogistic, BernoulliSampler> && !exists<BasicLogistic<float>, DerivedSampler>));
  STATIC_REQUIRE((!exists<Half, BernoulliSampler> && !exists<BasicLogistic<float>, Never>));
  STATIC_REQUIRE((!exists<detail::PerNeuronKernel<BasicLogistic<float>>, BernoulliSampler>));
}
