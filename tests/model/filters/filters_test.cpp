// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/biexponential.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/leaky.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "../../catch.hpp"
#include "../../message.hpp"
#include "../../support.hpp"
#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/random/hash.hpp"

using namespace spikeometric;

namespace {

template <class Filter>
auto kernel_of(const Filter& filter, float dt, HostArrays& arrays) {
  return detail::kernel_of(filter, dt, arrays);
}

/// The outputs of the filter for sums, one per step; its states go to `states`.
template <class Filter>
std::vector<float> filtered(const Filter& filter, float dt, const std::vector<float>& sums,
                            std::vector<double>* states = nullptr) {
  HostArrays arrays;
  const auto kernel = kernel_of(filter, dt, arrays);
  typename decltype(kernel_of(filter, dt, arrays))::State state{};
  std::vector<float> result;
  for (std::size_t t = 0; t < sums.size(); ++t) {
    result.push_back(static_cast<float>(kernel(state, sums[t], [&](std::uint32_t lag) {
      REQUIRE((lag >= 1 && lag <= kernel.memory()));
      return lag <= t ? sums[t - lag] : 0.0f;
    })));
    if constexpr (std::is_arithmetic_v<decltype(state)>)
      if (states) states->push_back(state);
  }
  return result;
}

/// The same for several basis functions: sums[t][m].
template <class Filter, std::size_t M>
std::vector<float> filtered(const Filter& filter, float dt, const std::vector<std::array<float, M>>& sums) {
  HostArrays arrays;
  const auto kernel = kernel_of(filter, dt, arrays);
  typename decltype(kernel_of(filter, dt, arrays))::State state{};
  std::vector<float> result;
  for (std::size_t t = 0; t < sums.size(); ++t)
    result.push_back(kernel(state, sums[t].data(), [&](std::uint32_t lag, std::size_t basis) {
      REQUIRE((lag >= 1 && lag <= kernel.memory() && basis < M));
      return lag <= t ? sums[t - lag][basis] : 0.0f;
    }));
  return result;
}

/// x(t) = sum over lags of c(k) s(t - k), and the maximum sum of the sizes of its terms.
struct Convolution {
  double x = 0.0, size = 0.0;

  template <class Tap>
  Convolution(const std::vector<float>& sums, std::size_t t, Tap tap) {
    for (std::size_t k = 0; k <= t; ++k) {
      x += tap(k) * static_cast<double>(sums[t - k]);
      size += std::abs(tap(k) * static_cast<double>(sums[t - k]));
    }
  }
};

std::vector<float> some_sums(std::size_t steps, std::uint64_t seed) {
  support::Numbers numbers{seed};
  std::vector<float> sums(steps);
  for (float& sum : sums) sum = static_cast<float>(numbers.real(-1.0, 2.0));
  return sums;
}

nlohmann::json load(const std::string& name) {
  std::ifstream file(SPIKEOMETRIC_TEST_DATA "/" + name + ".json");
  REQUIRE(file.good());
  return nlohmann::json::parse(file);
}

std::vector<float> impulse(std::size_t steps) {
  std::vector<float> sums(steps);
  sums[0] = 1.0f;
  return sums;
}

}  // namespace

TEST_CASE("the taps of an exponential filter decay with the lag and end with the window") {
  const ExponentialFilter filter{.coupling_decay = 0.2f, .coupling_window = 5};
  const std::vector<float> taps = filter.taps(0.5f, 8);
  REQUIRE(taps.size() == 8);
  for (int k = 0; k < 8; ++k) {
    // One rounding to float of the exponential in double.
    const double expected = k < 5 ? std::exp(-static_cast<double>(0.2f) * 0.5 * k) : 0.0;
    CHECK(std::abs(taps[static_cast<std::size_t>(k)] - expected) <= expected * 0x1.01p-24);
  }
  CHECK(filter.taps(0.5f, 0).empty());
}

TEST_CASE("the taps of a filter in double are in double") {
  const std::vector<double> taps =
      BasicExponentialFilter<double>{.coupling_decay = 0.3, .coupling_window = 50}.taps(0.1, 50);
  for (int k = 0; k < 50; ++k) {
    const double expected = std::exp(-(0.3 * 0.1 * k));
    CHECK(std::abs(taps[static_cast<std::size_t>(k)] - expected) <= expected * 0x1p-51);
  }
}

TEST_CASE("the response of an exponential filter to one spike is its taps") {
  const int window = GENERATE(1, 2, 20, infinite_window);
  const float decay = GENERATE(0.2f, 1e-4f, 3.0f, 0.0f);
  const float dt = GENERATE(1.0f, 0.1f);
  if (window == infinite_window && decay == 0.0f) return;  // refused, see below
  const ExponentialFilter filter{.coupling_decay = decay, .coupling_window = window};
  CAPTURE(window, decay, dt);

  const std::vector<float> response = filtered(filter, dt, impulse(40)), taps = filter.taps(dt, 40);
  for (std::size_t k = 0; k < 40; ++k) {
    // After the window, the double-precision state has only rounding errors.
    CHECK(std::abs(response[k] - taps[k]) <= taps[k] * 0x1p-23f + 1e-14f);
  }
}

TEST_CASE("a filter keeps one sum for each lag of its window, and none for an infinite window") {
  CHECK(ExponentialFilter{.coupling_window = 20}.kernel(1.0f).memory() == 20);
  CHECK(ExponentialFilter{.coupling_window = 1}.kernel(1.0f).memory() == 1);
  CHECK(ExponentialFilter{.coupling_window = infinite_window}.kernel(1.0f).memory() == 0);
}

TEST_CASE("a filter with a window of one step returns the sum") {
  const std::vector<float> sums = {1.0f, -0.25f, 0.0f, 3.5f, 3.5f};
  CHECK(filtered(ExponentialFilter{.coupling_decay = 0.0f, .coupling_window = 1}, 1.0f, sums) == sums);
}

TEST_CASE("rounding errors of the recursion do not outlive the decay") {
  const int window = GENERATE(2, 20, 1000);
  const float decay = GENERATE(0.0f, 1e-6f, 1e-3f, 0.2f);
  const double smallest_input = GENERATE(-1.0, 0.0);
  CAPTURE(window, decay, smallest_input);
  support::Numbers numbers{1};
  std::vector<float> sums(support::slow_build ? 20'000 : 1'000'000);
  for (float& sum : sums) sum = static_cast<float>(numbers.real(smallest_input, 1.0));

  const auto kernel = ExponentialFilter{.coupling_decay = decay, .coupling_window = window}.kernel(1.0f);
  double state = 0.0;
  for (std::size_t t = 0; t < sums.size(); ++t)
    kernel(state, sums[t], [&](std::uint32_t lag) { return lag <= t ? sums[t - lag] : 0.0f; });
  long double expected = 0.0L, size = 0.0L;
  for (std::size_t k = 0; k < static_cast<std::size_t>(window); ++k) {
    const long double tap = std::exp(-static_cast<long double>(decay) * static_cast<long double>(k));
    expected += tap * sums[sums.size() - 1 - k];
    size += tap;
  }
  // A step rounds four times, each by at most 2^-53 of the sum over the window, and 1 - exp(-decay) of the error
  // decays. The factors have an error of 2^-54, which adds as much for entering and for leaving terms.
  const double remembered_steps = std::min(static_cast<double>(sums.size()), decay > 0.0f ? 1.0 / decay + 1.0 : 1e300);
  CHECK(static_cast<double>(std::abs(state - expected) / size) < 6.0 * 0x1p-53 * remembered_steps);
}

TEST_CASE("a filter's state below 2^-100 becomes 0 and stays 0") {
  std::vector<float> sums(1000, 0.0f);
  sums[0] = 1.0f;
  sums[1] = -3.0f;
  sums[320] = 0x1p-99f;   // after the first two have decayed to 1e-27
  sums[600] = -0x1p-98f;  // and to 0
  std::vector<double> states;
  const auto check = [&](const auto& filter, double decay, double scale, std::uint32_t window, double leaving) {
    states.clear();
    const std::vector<float> result = filtered(filter, 1.0f, sums, &states);
    double x = 0.0;
    for (std::size_t t = 0; t < sums.size(); ++t) {
      x = decay * x + scale * static_cast<double>(sums[t]);
      if (window > 0 && t >= window) x = x - leaving * static_cast<double>(sums[t - window]);
      if (std::abs(x) < 0x1p-100) x = 0.0;
      REQUIRE(result[t] == static_cast<float>(x));
    }
    CHECK((states[599] == 0.0 && states[600] != 0.0 && states.back() == 0.0));
  };
  const auto over = [](int steps) { return spikeometric::exp(-(static_cast<double>(0.2f) * steps)); };
  check(ExponentialFilter{.coupling_decay = 0.2f, .coupling_window = infinite_window}, over(1), 1.0, 0, 0.0);
  check(ExponentialFilter{.coupling_decay = 0.2f, .coupling_window = 20}, over(1), 1.0, 20, over(20));
  check(LeakyFilter{.tau = 5.0f}, 1.0 - 1.0 / 5.0, 1.0, 0, 0.0);
}

TEST_CASE("a derivative remains if its value cancels to 0") {
  // x(1) = kept - 1/2 = 0 at tau = 2 ms, where kept = 1 - 1 / tau, and x(t + 1) = kept^t (kept - 1/2).
  const auto kernel = BasicLeakyFilter<Dual>{.tau = {2.0, 1.0}}.kernel(Dual(1.0));
  Dual state;
  const std::array<float, 4> sums{1.0f, -0.5f, 0.0f, 0.0f};
  std::vector<Dual> x;
  for (const float sum : sums) x.push_back(kernel(state, sum, [](std::uint32_t) { return 0.0f; }));
  for (std::size_t t = 0; t < 3; ++t)
    CHECK(x[t + 1] == Dual(0.0, std::ldexp(0.25, -static_cast<int>(t))));  // d kept / d tau = 1 / tau^2
}

TEST_CASE("an invalid exponential filter is refused, naming the parameter") {
  const auto validate = [](ExponentialFilter filter) { return [filter] { filter.validate(1.0f); }; };
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_NOTHROW(validate({.coupling_decay = 0.0f, .coupling_window = 1})());
  CHECK_NOTHROW(validate({.coupling_decay = 0.1f, .coupling_window = infinite_window})());
  check_message<InvalidParameter>(validate({.coupling_window = 0}), {"coupling_window = 0", "at least 1"});
  check_message<InvalidParameter>(validate({.coupling_window = -5}), {"coupling_window = -5", "at least 1"});
  check_message<InvalidParameter>(validate({.coupling_decay = -0.1f}), {"coupling_decay = -0.1", "at least 0"});
  check_message<InvalidParameter>(validate({.coupling_decay = nan}), {"coupling_decay = nan"});
  check_message<InvalidParameter>(validate({.coupling_decay = 0.0f, .coupling_window = infinite_window}),
                                  {"coupling_decay = 0", "coupling_window is inf"});
}

TEST_CASE("the taps of a filter with a time constant are exponential within its window") {
  const float tau = GENERATE(10.0f, 0.7f, 1e4f), dt = GENERATE(1.0f, 0.1f);
  const int window = GENERATE(1, 5, infinite_window);
  const TimeConstantFilter filter{.tau = tau, .T = window};
  const std::vector<float> taps = filter.taps(dt, 30);
  REQUIRE(taps.size() == 30);
  const BasicTimeConstantFilter<double> in_double{.tau = 10.0, .T = 30};
  for (int k = 0; k < 30; ++k) {
    // Quotient and product round exponents, which are below 430 for results in float, by 2^-53 each: one more rounding.
    const double expected = k < window ? std::exp(-static_cast<double>(dt) / static_cast<double>(tau) * k) : 0.0;
    CHECK(std::abs(taps[static_cast<std::size_t>(k)] - expected) <= expected * 0x1.01p-24 + 0x1p-150);
    const double decay = std::exp(-0.1 * k);
    CHECK(std::abs(in_double.taps(1.0, 30)[static_cast<std::size_t>(k)] - decay) <= decay * 0x1p-50);
  }
}

TEST_CASE("the coupling filters of the reference are filters with a time constant") {
  const std::string name =
      GENERATE("poisson_n6iso_p0", "poisson_n6iso_p1", "poisson_n6iso_p2", "poisson_n20strong_p0",
               "poisson_n20strong_p1", "poisson_n20strong_p2", "rectified_lnp_n6iso_p0", "rectified_lnp_n6iso_p1",
               "rectified_lnp_n20strong_p0", "rectified_lnp_n20strong_p1");
  const auto data = load(name);
  const auto expected = data.at("coupling_filter_lag0_first").get<std::vector<double>>();
  const auto& p = data.at("parameters");
  const BasicTimeConstantFilter<double> filter{p.at("tau").get<double>(), p.at("T").get<int>()};
  const TimeConstantFilter rounded{p.at("tau").get<float>(), p.at("T").get<int>()};
  const auto dt = p.at("dt").get<double>();
  const int lags = static_cast<int>(expected.size());
  REQUIRE(lags == filter.T);
  for (std::size_t k = 0; k < expected.size(); ++k) {
    CAPTURE(name, k);
    CHECK(std::abs(filter.taps(dt, lags)[k] - expected[k]) <= 1e-15);
    CHECK(std::abs(static_cast<double>(rounded.taps(static_cast<float>(dt), lags)[k]) - expected[k]) <= 4e-7);
  }
}

TEST_CASE("a filter with a time constant has the recursion of an exponential filter") {
  const int window = GENERATE(1, 2, 20, infinite_window);
  const float tau = GENERATE(10.0f, 0.5f, 3000.0f), dt = GENERATE(1.0f, 0.1f);
  const std::vector<float> sums = some_sums(300, 2);
  const std::vector<float> result = filtered(TimeConstantFilter{tau, window}, dt, sums);
  CAPTURE(window, tau, dt);
  for (std::size_t t = 0; t < sums.size(); ++t) {
    const Convolution expected{sums, t, [&](std::size_t k) {
                                 return k < static_cast<std::size_t>(window)
                                            ? std::exp(-static_cast<double>(dt) / tau * static_cast<double>(k))
                                            : 0.0;
                               }};
    // One rounding to float; the double state has an error of about 2^-53 of the largest sum for each step.
    REQUIRE(std::abs(result[t] - expected.x) <= std::abs(expected.x) * 0x1p-24 + 300.0 * 300.0 * 0x1p-52);
  }
  CHECK(TimeConstantFilter{.T = window}.kernel(dt).memory() ==
        (window == infinite_window ? 0 : static_cast<std::uint32_t>(window)));
}

TEST_CASE("an invalid filter with a time constant is refused, naming the parameter") {
  const auto validate = [](TimeConstantFilter filter) { return [filter] { filter.validate(1.0f); }; };
  CHECK_NOTHROW(validate({.tau = 0.1f, .T = 1})());
  CHECK_NOTHROW(validate({.tau = 1e6f, .T = infinite_window})());
  CHECK_NOTHROW(validate({.tau = 1e30f, .T = 100})());
  check_message<InvalidParameter>(validate({.tau = 0.0f}), {"tau = 0 ms", "above 0"});
  check_message<InvalidParameter>(validate({.tau = std::numeric_limits<float>::infinity()}), {"tau = inf"});
  check_message<InvalidParameter>(validate({.T = 0}), {"T = 0", "at least 1"});
  check_message<InvalidParameter>(validate({.tau = 1e30f, .T = infinite_window}),
                                  {"tau = 1e+30 ms", "nothing decays", "dt = 1 ms"});
}

TEST_CASE("the taps of a leaky filter are dt (1 - dt / tau)^k") {
  const double tau = GENERATE(10.0, 1.0, 300.0), dt = GENERATE(1.0, 0.25);
  const std::vector<double> taps = BasicLeakyFilter<double>{tau}.taps(dt, 50);
  const std::vector<float> rounded =
      LeakyFilter{static_cast<float>(tau)}.taps(static_cast<float>(dt), 50);  // all of these are floats
  REQUIRE(taps.size() == 50);
  REQUIRE(rounded.size() == 50);
  for (int k = 0; k < 50; ++k) {
    const double expected = dt * std::pow(1.0 - dt / tau, k);
    CAPTURE(tau, dt, k);
    CHECK(std::abs(taps[static_cast<std::size_t>(k)] - expected) <= expected * 100.0 * 0x1p-53);
    CHECK(std::abs(static_cast<double>(rounded[static_cast<std::size_t>(k)]) - expected) <= expected * 0x1.01p-24);
  }
}

TEST_CASE("a leaky filter sums as its taps say") {
  const float tau = GENERATE(10.0f, 0.5f, 2000.0f), dt = GENERATE(0.5f, 0.1f);
  const std::vector<float> sums = some_sums(300, 3);
  const std::vector<float> result = filtered(LeakyFilter{tau}, dt, sums);
  const double kept = 1.0 - static_cast<double>(dt) / static_cast<double>(tau);
  for (std::size_t t = 0; t < sums.size(); ++t) {
    const Convolution expected{sums, t, [&](std::size_t k) { return dt * std::pow(kept, static_cast<double>(k)); }};
    CAPTURE(tau, dt, t);
    REQUIRE(std::abs(result[t] - expected.x) <= std::abs(expected.x) * 0x1p-24 + expected.size * 600.0 * 0x1p-53);
  }
  CHECK(LeakyFilter{tau}.kernel(dt).memory() == 0);
}

TEST_CASE("a leaky filter continues from an activation as the reference does") {
  const std::string name = GENERATE("rectified_sam_n6iso_p0", "rectified_sam_n6iso_p1", "rectified_sam_n20strong_p0",
                                    "rectified_sam_n20strong_p1", "threshold_sam_n6iso_p0", "threshold_sam_n6iso_p1",
                                    "threshold_sam_n20strong_p0", "threshold_sam_n20strong_p1");
  const auto data = load(name);
  const auto before = data.at("activation").get<std::vector<double>>();
  const auto spikes = data.at("spikes_for_update").get<std::vector<int>>();
  const auto after = data.at("updated_activation").get<std::vector<double>>();
  const auto tau = data.at("parameters").at("tau").get<double>(), dt = data.at("parameters").at("dt").get<double>();
  const auto kernel = BasicLeakyFilter<double>{tau}.kernel(dt);
  STATIC_REQUIRE(decltype(kernel)::has_activation);
  REQUIRE(!before.empty());
  for (std::size_t j = 0; j < before.size(); ++j) {
    double state = kernel.activated(before[j]);
    CAPTURE(name, j);
    CHECK(kernel(state, 0.0f, detail::PastInput{}) == before[j]);
    kernel(state, static_cast<float>(spikes[j]), detail::PastInput{});
    CHECK(std::abs(state / (1.0 - dt / tau) - after[j]) <= 1e-15 * (1.0 + std::abs(after[j])));
  }
}

TEST_CASE("an invalid leaky filter is refused, naming the parameter") {
  const auto validate = [](float tau, float dt) { return [=] { LeakyFilter{tau}.validate(dt); }; };
  CHECK_NOTHROW(validate(1.0f, 1.0f)());
  CHECK_NOTHROW(validate(1e6f, 0.1f)());
  check_message<InvalidParameter>(validate(1.0f, 2.0f), {"dt = 2 ms must be at most tau = 1 ms"});
  check_message<InvalidParameter>(validate(0.0f, 1.0f), {"tau = 0 ms", "above 0"});
  check_message<InvalidParameter>(validate(-3.0f, 1.0f), {"tau = -3 ms", "above 0"});
  check_message<InvalidParameter>(validate(1e20f, 1.0f), {"tau = 1e+20 ms", "nothing decays", "dt = 1 ms"});
}

namespace {

/// The time constants of a membrane and a synapse, with what follows from them for the potential after a spike, from
/// the textbook's difference of exponentials.
struct Potential {
  double decay, rise;

  double at(double ms) const { return (std::exp(-ms / decay) - std::exp(-ms / rise)) / largest(); }
  double peak_ms() const { return decay * rise / (decay - rise) * std::log(decay / rise); }
  double largest() const { return std::exp(-peak_ms() / decay) - std::exp(-peak_ms() / rise); }
};

}  // namespace

TEST_CASE("the taps of a biexponential filter are a difference of decays with a peak of 1") {
  const auto [decay, rise] = GENERATE(Potential{10.0, 0.5}, Potential{10.0, 2.0}, Potential{3.0, 2.5},
                                      Potential{100.0, 5.0}, Potential{20.0, 0.01});
  const Potential potential{decay, rise};
  const double dt = GENERATE(1.0, 0.1, 0.001);
  CAPTURE(decay, rise, dt);
  const BasicBiexponentialFilter<double> filter{decay, rise};
  const int lags = static_cast<int>(std::min(80.0 * decay / dt, 200'000.0));
  const std::vector<double> taps = filter.taps(dt, lags);
  REQUIRE(taps.size() == static_cast<std::size_t>(lags));
  CHECK(taps[0] == 0.0);
  for (std::size_t k = 0; k < taps.size(); ++k)
    REQUIRE(std::abs(taps[k] - potential.at(dt * static_cast<double>(k))) < 1e-13);

  // At its peak c'' = -1 / (decay rise), since c solves decay rise c'' + (decay + rise) c' + c = 0. A step is within
  // dt / 2 of the peak, and |c''| is largest at 0, where it is (1 / rise^2 - 1 / decay^2) / largest.
  const auto peak = std::max_element(taps.begin(), taps.end());
  const double steepest = (1.0 / (rise * rise) - 1.0 / (decay * decay)) / potential.largest();
  CHECK(*peak <= 1.0 + 1e-13);
  CHECK(*peak >= 1.0 - steepest * dt * dt / 8.0);
  CHECK(std::abs(static_cast<double>(peak - taps.begin()) * dt - potential.peak_ms()) <= dt);
}

TEST_CASE("the area of a biexponential filter is that of its two decays") {
  const double decay = 10.0, rise = 0.5, dt = 0.1;
  double sum = 0.0;
  for (const double tap : BasicBiexponentialFilter<double>{decay, rise}.taps(dt, 5000)) sum += tap;
  const double factor = 1.0 / Potential{decay, rise}.largest();
  CHECK(std::abs(sum - factor * (1.0 / (1.0 - std::exp(-dt / decay)) - 1.0 / (1.0 - std::exp(-dt / rise)))) < 1e-10);
  CHECK(std::abs(sum * dt - factor * (decay - rise)) < 0.01);  // the trapezoidal rule: dt^2 / 12 (c'(0) = factor 1.9)
  // Potjans and Diesmann 2014: a current of 87.8 pA into 250 pF makes a potential of 0.15 mV.
  CHECK(std::abs(factor * 0.15 - 87.8 / 250.0 * rise * decay / (decay - rise)) < 1e-3);
}

TEST_CASE("a biexponential filter with equal time constants is the alpha function, and near them as near to it") {
  const double dt = 0.25, tau = 3.0;
  for (const double off : {0.0, 1e-15, 1e-12, 1e-9, 1e-7, 3e-7, 1e-6, 1e-5}) {
    const std::vector<double> taps = BasicBiexponentialFilter<double>{tau, tau * (1.0 - off)}.taps(dt, 200);
    for (int k = 0; k < 200; ++k) {
      const double t = dt * k / tau;
      CAPTURE(off, k);
      REQUIRE(std::abs(taps[static_cast<std::size_t>(k)] - t * std::exp(1.0 - t)) < 1e-15 + off);
    }
  }
  // The derivative by tau_rise at equality is half that by both, since the filter is symmetric in them.
  const auto derivative = [&](Dual decay, Dual rise) {
    return BasicBiexponentialFilter<Dual>{decay, rise}.taps(Dual(dt), 20)[17].derivative;
  };
  const double t = dt * 17 / tau, by_both = (t - 1.0) * t * std::exp(1.0 - t) / tau;
  CHECK(std::abs(derivative({tau, 1.0}, {tau, 1.0}) - by_both) < 1e-15);
  CHECK(std::abs(derivative({tau, 0.0}, {tau, 1.0}) - by_both / 2) < 1e-15);
}

TEST_CASE("a biexponential filter sums as its taps say, from the step after a spike's arrival on") {
  const auto [decay, rise] = GENERATE(Potential{10.0, 0.5}, Potential{2.0, 0.001}, Potential{300.0, 299.0});
  const Potential potential{decay, static_cast<double>(static_cast<float>(rise))};
  const float dt = GENERATE(1.0f, 0.125f);
  CAPTURE(decay, rise, dt);
  const BiexponentialFilter filter{decay, rise};
  const std::vector<float> sums = some_sums(400, 8), result = filtered(filter, dt, sums);
  CHECK(result[0] == 0.0f);
  for (std::size_t t = 0; t < sums.size(); ++t) {
    const Convolution expected{
        sums, t, [&](std::size_t k) { return potential.at(static_cast<double>(dt) * static_cast<double>(k)); }};
    // One rounding to float. The double states have an error of 2^-53 of their terms in each step; the difference of
    // exponentials of the test loses a factor of decay / (decay - rise).
    REQUIRE(std::abs(result[t] - expected.x) <=
            std::abs(expected.x) * 0x1p-24 + expected.size * 400.0 * 0x1p-50 * decay / (decay - rise));
  }
  CHECK(filter.kernel(dt).memory() == 0);
}

TEST_CASE("the states of a biexponential filter below 2^-100 become 0") {
  const auto kernel = BiexponentialFilter{.tau_decay = 2.0, .tau_rise = 1.0}.kernel(1.0f);
  decltype(kernel)::State state{};
  kernel(state, 1.0f, detail::PastInput{});
  for (int t = 1; t < 68; ++t) kernel(state, 0.0f, detail::PastInput{});
  CHECK(state.of[0] > 0x1p-100);
  for (int t = 68; t < 140; ++t) kernel(state, 0.0f, detail::PastInput{});
  CHECK((state.of[0] == 0.0 && state.of[1] > 0x1p-102));
  while (state.of[1] > 0.0) CHECK((kernel(state, 0.0f, detail::PastInput{}) == 0.0f || state.of[1] >= 0x1p-100));
}

TEST_CASE("an invalid biexponential filter is refused, naming the parameter") {
  const auto validate = [](double decay, double rise) {
    return [=] { BiexponentialFilter{decay, rise}.validate(0.1f); };
  };
  CHECK_NOTHROW(validate(10.0, 0.5)());
  CHECK_NOTHROW(validate(10.0, 10.0)());
  CHECK_NOTHROW(validate(1e5, 1e-30)());
  for (const float tap : BiexponentialFilter{1e5, 1e-30}.taps(0.1f, 5)) CHECK((tap >= 0.0f && tap <= 1.0f));
  check_message<InvalidParameter>(validate(0.5, 10.0), {"tau_rise = 10 ms", "at most tau_decay = 0.5 ms", "shorter"});
  check_message<InvalidParameter>(validate(0.0, 0.5), {"tau_decay = 0 ms", "above 0"});
  check_message<InvalidParameter>(validate(10.0, -0.5), {"tau_rise = -0.5 ms", "above 0"});
  check_message<InvalidParameter>(validate(10.0, std::numeric_limits<double>::quiet_NaN()), {"tau_rise = nan"});
  check_message<InvalidParameter>(validate(1e20, 0.5), {"tau_decay = 1e+20 ms", "nothing decays"});
}

TEST_CASE("a finite response is the sum over its coefficients, in single precision, from lag 0 on") {
  const Fir filter{{0.5f, -1.25f, 0.0f, 3.0f, 0.1f}};
  const std::vector<float> sums = some_sums(40, 4), result = filtered(filter, 1.0f, sums);
  for (std::size_t t = 0; t < sums.size(); ++t) {
    const auto s = [&](std::size_t lag) { return lag <= t ? sums[t - lag] : 0.0f; };
    volatile float x = 0.5f * s(0);  // rounded after every operation
    x = x + -1.25f * s(1);
    x = x + 0.0f * s(2);
    volatile float term = 3.0f * s(3);
    x = x + term;
    term = 0.1f * s(4);
    x = x + term;
    CAPTURE(t);
    REQUIRE(result[t] == x);
  }
  HostArrays arrays;
  CHECK(filter.kernel(1.0f, arrays).memory() == 4);
  CHECK(Fir{{2.0f}}.kernel(1.0f, arrays).memory() == 0);
  CHECK(filtered(Fir{{2.0f}}, 1.0f, {1.0f, -3.0f}) == std::vector<float>{2.0f, -6.0f});
}

TEST_CASE("the taps of a finite response are its coefficients at any dt") {
  const Fir filter{{0.5f, -1.25f, 3.0f}};
  CHECK(filter.taps(0.1f) == std::vector<float>{0.5f, -1.25f, 3.0f});
  CHECK(filter.taps(0.1f, 2) == std::vector<float>{0.5f, -1.25f});
  CHECK(filter.taps(7.0f, 5) == std::vector<float>{0.5f, -1.25f, 3.0f, 0.0f, 0.0f});
  CHECK(BasicFir<double>{{0.1}}.taps(1.0) == std::vector<double>{0.1});
  CHECK(filtered(BasicFir<double>{{0.1, 0.2}}, 1.0f, impulse(3)) == std::vector<float>{0.1f, 0.2f, 0.0f});
}

TEST_CASE("an invalid finite response is refused") {
  CHECK_NOTHROW(Fir{{0.0f}}.validate());
  check_message<InvalidParameter>([] { Fir{}.validate(); }, {"a Fir needs at least one coefficient"});
  check_message<InvalidParameter>(
      [] {
        Fir{{1.0f, std::numeric_limits<float>::quiet_NaN()}}.validate();
      },
      {"coefficient nan at lag 1", "finite"});
  check_message<InvalidParameter>([] { Fir{{-std::numeric_limits<float>::infinity()}}.validate(); },
                                  {"coefficient -inf at lag 0", "finite"});
  check_message<InvalidParameter>([] { Fir{std::vector<float>(1'000'001)}.validate(); }, {"1000001", "1000000"});
}

namespace {

/// The sum of three filters, each with its own sums, in order and in single precision.
template <class Filter>
void check_basis(const Basis<Filter, 3>& basis, float dt) {
  std::vector<std::array<float, 3>> sums(200);
  std::array<std::vector<float>, 3> apart;
  for (std::size_t m = 0; m < 3; ++m) {
    const std::vector<float> of_one = some_sums(sums.size(), m + 5);
    for (std::size_t t = 0; t < sums.size(); ++t) sums[t][m] = of_one[t];
    apart[m] = filtered(basis.functions[m], dt, of_one);
  }
  const std::vector<float> together = filtered(basis, dt, sums);
  for (std::size_t t = 0; t < sums.size(); ++t) REQUIRE(together[t] == (apart[0][t] + apart[1][t]) + apart[2][t]);
}

template <class Kernel>
concept Activated = requires {
  Kernel::has_activation;
};

}  // namespace

TEST_CASE("a basis adds the outputs of its filters, each with its own sums") {
  check_basis(Basis<LeakyFilter, 3>{{{{.tau = 2.0f}, {.tau = 20.0f}, {.tau = 300.0f}}}}, 0.5f);
  check_basis(Basis<BiexponentialFilter, 3>{{{{2.0, 0.5}, {20.0, 20.0}, {300.0, 0.5}}}}, 0.5f);
  check_basis(Basis<ExponentialFilter, 3>{{{{0.2f, 4}, {0.0f, 30}, {1.0f, 1}}}}, 1.0f);
  check_basis(Basis<ExponentialFilter, 3>{{{{0.2f, infinite_window}, {0.1f, 30}, {1.0f, 7}}}}, 1.0f);
  check_basis(Basis<Fir, 3>{{{{{0.5f, 1.0f, -2.0f}}, {{0.1f}}, {{0.0f, 0.0f, 0.0f, 0.7f}}}}}, 1.0f);
}

TEST_CASE("a basis has the number of weights of a synapse, and the memory of its longest filter") {
  using Mixed = Basis<ExponentialFilter, 3>;
  STATIC_REQUIRE(Mixed::bases == 3);
  STATIC_REQUIRE(Filter<Mixed> && Filter<Basis<Fir, 2>> && Filter<Basis<LeakyFilter, 5>>);
  HostArrays arrays;
  CHECK(Mixed{{{{0.2f, 4}, {0.0f, 30}, {1.0f, 1}}}}.kernel(1.0f, arrays).memory() == 30);
  CHECK(Basis<LeakyFilter, 2>{}.kernel(1.0f, arrays).memory() == 0);
}

TEST_CASE("the taps of a basis are those of its filters") {
  const Basis<LeakyFilter, 2> basis{{{{.tau = 2.0f}, {.tau = 20.0f}}}};
  const auto taps = basis.taps(1.0f, 9);
  CHECK(taps[0] == basis.functions[0].taps(1.0f, 9));
  CHECK(taps[1] == basis.functions[1].taps(1.0f, 9));
}

TEST_CASE("a basis starts from activations if its filters do") {
  HostArrays arrays;
  const auto kernel = Basis<LeakyFilter, 2>{{{{.tau = 2.0f}, {.tau = 20.0f}}}}.kernel(1.0f, arrays);
  STATIC_REQUIRE(decltype(kernel)::has_activation);
  STATIC_REQUIRE(!Activated<decltype(Basis<ExponentialFilter, 2>{}.kernel(1.0f, arrays))>);
  constexpr double activation[] = {0.75, -2.0};
  constexpr float none[] = {0.0f, 0.0f}, one[] = {1.0f, 1.0f};
  auto state = kernel.activated(activation);
  CHECK(kernel(state, none, detail::PastInput{}) == -1.25f);
  CHECK(kernel(state, one, detail::PastInput{}) == (0.5f * 0.75f + 1.0f) + (0.95f * -2.0f + 1.0f));
}

TEST_CASE("a basis with an invalid filter is refused, naming the filter") {
  const Basis<LeakyFilter, 2> basis{{{{.tau = 2.0f}, {.tau = 0.5f}}}};
  CHECK_NOTHROW(basis.validate(0.5f));
  check_message<InvalidParameter>([&] { basis.validate(1.0f); }, {"basis function 1: dt = 1 ms", "tau = 0.5 ms"});
  check_message<InvalidParameter>(
      [] {
        Basis<Fir, 2>{{{{{1.0f}}, {}}}}.validate(1.0f);
      },
      {"basis function 1", "at least one coefficient"});
  check_message<InvalidParameter>(
      [] {
        Basis<ExponentialFilter, 2>{{{{-1.0f, 5}, {}}}}.validate(1.0f);
      },
      {"basis function 0", "coupling_decay = -1"});
}

TEST_CASE("filters do not change between versions, compilers and instruction sets") {
  const std::vector<float> sums = some_sums(500, 6);
  std::uint64_t hash = 0;
  const auto add = [&](const std::vector<float>& values) {
    for (const float value : values) hash = detail::mix(hash ^ std::bit_cast<std::uint32_t>(value));
  };
  add(filtered(ExponentialFilter{.coupling_decay = 0.03f, .coupling_window = 37}, 0.7f, sums));
  CHECK(hash == 0x4510ff24b4eaafbe);
  add(filtered(TimeConstantFilter{.tau = 33.0f, .T = 37}, 0.7f, sums));
  add(filtered(LeakyFilter{.tau = 33.0f}, 0.7f, sums));
  add(filtered(Fir{{0.1f, 0.7f, -0.3f}}, 0.7f, sums));
  add(LeakyFilter{.tau = 33.0f}.taps(0.7f, 100));
  CHECK(hash == 0x20e116a08c02c54a);
  add(filtered(BiexponentialFilter{.tau_decay = 33.0, .tau_rise = 1.7}, 0.7f, sums));
  add(BiexponentialFilter{.tau_decay = 33.0, .tau_rise = 33.0}.taps(0.7f, 100));
  CHECK(hash == 0x39ce1bd77addf952);
}

TEST_CASE("a finite window above a million steps, and an infinite window without decay, are refused") {
  check_message<InvalidParameter>([] { ExponentialFilter{.coupling_window = 2'000'000'000}.validate(1.0f); },
                                  {"coupling_window = 2000000000", "1000000", "inf"});
  check_message<InvalidParameter>([] { TimeConstantFilter{.T = 1'000'001}.validate(1.0f); }, {"T = 1000001"});
  CHECK_NOTHROW(ExponentialFilter{.coupling_window = 1'000'000}.validate(1.0f));
  check_message<InvalidParameter>(
      [] { ExponentialFilter{.coupling_decay = 1e-20f, .coupling_window = infinite_window}.validate(1.0f); },
      {"coupling_decay = 1e-20", "must be larger"});
}
