// SPDX-License-Identifier: BSD-3-Clause
//
// Exponential coupling filters with a finite or infinite window: O(1) per neuron and step for any window.
//
//   const sk::ExponentialFilter fading{.coupling_decay = 0.2, .coupling_window = 20};
//   const std::vector<float> c = fading.taps(1.0f, 5);           // 1, 0.82, 0.67, 0.55, 0.45
//   const sk::TimeConstantFilter slow{.tau = 10.0, .T = 50};     // c(k) = exp(-dt k / tau)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

namespace detail {

/// x(t) = decay x(t-1) + s(t) - leaving s(t - window), without the last term if window = 0, which stands for infinity.
/// A state below 2^-100 in size becomes 0, since many processors are much slower with denormal numbers.
template <class Real>
struct ExponentialKernel {
  using State = Wide<Real>;
  static constexpr bool normal_or_zero = true;
  State decay;    ///< factor per step
  State leaving;  ///< decay over the whole window
  std::uint32_t window;

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t memory() const { return window; }

  template <class Past>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(State& state, float sum, const Past& past) const {
    State x = mul(decay, state) + static_cast<State>(sum);
    if (window > 0) x = x - mul(leaving, static_cast<State>(past(window)));
    state = detail::normal_or_zero(x);
    return static_cast<Real>(state);
  }
};

/// decay_over(steps) returns the decay factor over that many steps.
template <class Real, class Decay>
auto exponential_kernel(int window, Decay decay_over) {
  using Kernel = ExponentialKernel<Real>;
  if (window == infinite_window) return Kernel{decay_over(1), 0.0, 0};
  return Kernel{decay_over(1), decay_over(window), static_cast<std::uint32_t>(window)};
}

/// The first `lags` taps of a filter: those of the window, then zeros.
template <class Real, class Decay>
std::vector<Real> exponential_taps(int lags, int window, Decay decay_over) {
  std::vector<Real> c(static_cast<std::size_t>(lags), Real(0));
  for (int k = 0; k < lags && k < window; ++k) c[k] = Real(decay_over(k));
  return c;
}

/// Limits finite windows, since every neuron keeps a sum for each step of its window.
inline void validate_window(const char* name, int window) {
  if (window != infinite_window && window > 1'000'000)
    throw InvalidParameter(std::string(name) + " = " + std::to_string(window) +
                           " steps must be at most 1000000, or inf");
}

/// Throws InvalidParameter if a time constant is so long that an infinite filter does not decay within a step.
template <class Real>
void validate_fading(const char* name, Real tau, Real dt, double decay) {
  if (!(decay < 1.0))
    throw InvalidParameter(std::string(name) + " = " + to_text(tau) +
                           " ms is too long for an infinite filter: nothing decays within dt = " + to_text(dt) + " ms");
}

}  // namespace detail

/// c(k) = exp(-coupling_decay dt k) for k < coupling_window, otherwise 0. Computed by the recursion
///   x(t) = exp(-coupling_decay dt) x(t-1) + s(t) - exp(-coupling_decay dt coupling_window) s(t - coupling_window),
/// whose cost does not depend on the window. The state is a double. Rounding errors accumulate over about
/// 1 / (coupling_decay dt) steps, by less than 1e-15 of the largest term in each. Memory: coupling_window floats per
/// neuron if the window is finite.
template <class Precision>
struct BasicExponentialFilter {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  Member coupling_decay = Member(0.2);
  int coupling_window = 20;

  static constexpr auto parameters() {
    using Self = BasicExponentialFilter;
    return std::tuple{parameter("coupling_decay", &Self::coupling_decay, "1/ms", bounds::non_negative,
                                "decay rate of a spike's effect"),
                      parameter("coupling_window", &Self::coupling_window, "steps", bounds::at_least_one,
                                "duration of a spike's effect; inf: no cut-off")};
  }

  /// Throws InvalidParameter if the window is infinite without decay, since the input would grow without limit, or if a
  /// finite window is longer than 10^6 steps.
  void validate(Real dt) const {
    validate_parameters(*this);
    detail::validate_window("coupling_window", coupling_window);
    if (coupling_window == infinite_window && !(double(decay_over(dt)(1)) < 1.0))
      throw InvalidParameter(
          "coupling_decay = " + detail::to_text(Real(coupling_decay)) +
          (Real(coupling_decay) > Real(0) ? " gives no decay within a step: it must be larger" : " must be positive") +
          " if coupling_window is inf");
  }

  /// c(0), ..., c(lags - 1).
  std::vector<Real> taps(Real dt, int lags) const {
    return detail::exponential_taps<Real>(lags, coupling_window, decay_over(dt));
  }

  auto kernel(Real dt) const { return detail::exponential_kernel<Real>(coupling_window, decay_over(dt)); }

 private:
  auto decay_over(Real dt) const {
    using Wide = detail::Wide<Real>;
    return [this, dt](int steps) { return exp(Wide(-(Wide(Real(coupling_decay)) * Wide(dt) * Wide(steps)))); };
  }
};
using ExponentialFilter = BasicExponentialFilter<detail::Single>;

/// c(k) = exp(-dt k / tau) for k < T, otherwise 0: an exponential filter with a time constant as its parameter. It has
/// the same recursion and cost.
template <class Precision>
struct BasicTimeConstantFilter {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  Member tau = Member(10);
  int T = 20;

  static constexpr auto parameters() {
    using Self = BasicTimeConstantFilter;
    return std::tuple{
        parameter("tau", &Self::tau, "ms", bounds::positive, "time constant of a spike's effect"),
        parameter("T", &Self::T, "steps", bounds::at_least_one, "duration of a spike's effect; inf: no cut-off")};
  }

  /// Throws InvalidParameter if the window is infinite without decay, since the input would grow without limit, or if a
  /// finite window is longer than 10^6 steps.
  void validate(Real dt) const {
    validate_parameters(*this);
    detail::validate_window("T", T);
    if (T == infinite_window) detail::validate_fading("tau", Real(tau), dt, double(decay_over(dt)(1)));
  }

  /// c(0), ..., c(lags - 1).
  std::vector<Real> taps(Real dt, int lags) const { return detail::exponential_taps<Real>(lags, T, decay_over(dt)); }

  auto kernel(Real dt) const { return detail::exponential_kernel<Real>(T, decay_over(dt)); }

 private:
  auto decay_over(Real dt) const {
    using Wide = detail::Wide<Real>;
    const Wide rate = Wide(dt) / Wide(Real(tau));
    return [rate](int steps) { return exp(Wide(-(rate * Wide(steps)))); };
  }
};
using TimeConstantFilter = BasicTimeConstantFilter<detail::Single>;

}  // namespace spikeometric
