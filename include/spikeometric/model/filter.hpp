// SPDX-License-Identifier: BSD-3-Clause
//
// Coupling filters c(k): how a spike's effect on its targets runs over the lag k.
//
//   const sk::ExponentialFilter fading{.coupling_decay = 0.2f, .coupling_window = 20};
//   const std::vector<float> c = fading.taps(1.0f, 5);           // 1, 0.82, 0.67, 0.55, 0.45
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/model/parameter.hpp"

namespace spikeometric {

namespace detail {

/// Constants of single-precision models are computed in double and rounded once.
template <class Real>
struct Wider {
  using Type = Real;
};
template <>
struct Wider<float> {
  using Type = double;
};
template <class Real>
using Wide = typename Wider<Real>::Type;

}  // namespace detail

/// c(k) = exp(-coupling_decay dt k) for k < coupling_window, else 0. Applied as a recursion,
///   x(t) = exp(-coupling_decay dt) x(t-1) + s(t) - exp(-coupling_decay dt coupling_window) s(t - coupling_window),
/// at a cost that does not depend on the window. The state is double, so that the rounding errors which a slow decay
/// keeps stay near 1e-15 of the largest term for each of the 1 / (coupling_decay dt) steps remembered. Memory:
/// coupling_window floats a neuron where the window is finite.
template <class Real>
struct BasicExponentialFilter {
  Real coupling_decay = Real(0.2f);
  int coupling_window = 20;

  static constexpr auto parameters() {
    using Self = BasicExponentialFilter;
    return std::tuple{
        parameter("coupling_decay", &Self::coupling_decay, "1/ms", non_negative, "decay rate of a spike's effect"),
        parameter("coupling_window", &Self::coupling_window, "steps", at_least_one, "lags a spike acts on; inf: all")};
  }

  /// Throws InvalidParameter where an infinite window never decays: the input would grow without end.
  void validate() const {
    validate_parameters(*this);
    if (coupling_window == infinite_window && !(coupling_decay > Real(0)))
      throw InvalidParameter("coupling_decay = 0 must be positive where coupling_window is inf");
  }

  /// c(0), ..., c(lags - 1).
  std::vector<Real> taps(Real dt, int lags) const {
    std::vector<Real> c(static_cast<std::size_t>(lags), Real(0));
    for (int k = 0; k < lags && k < coupling_window; ++k) c[k] = Real(decay_over(dt, k));
    return c;
  }

  struct Kernel {
    using State = double;
    double decay;    ///< factor per step
    double leaving;  ///< factor over the window
    std::uint32_t window;

    SPIKEOMETRIC_HOST_DEVICE std::uint32_t memory() const { return window; }

    template <class Past>
    SPIKEOMETRIC_HOST_DEVICE float operator()(State& state, float sum, const Past& past) const {
      State x = mul(decay, state) + static_cast<double>(sum);
      if (window > 0) x = x - mul(leaving, static_cast<double>(past(window)));
      state = x;
      return static_cast<float>(x);
    }
  };

  Kernel kernel(Real dt) const {
    if (coupling_window == infinite_window) return {double(decay_over(dt, 1)), 0.0, 0};
    return {double(decay_over(dt, 1)), double(decay_over(dt, coupling_window)),
            static_cast<std::uint32_t>(coupling_window)};
  }

 private:
  detail::Wide<Real> decay_over(Real dt, int steps) const {
    using Wide = detail::Wide<Real>;
    return exp(Wide(-(Wide(coupling_decay) * Wide(dt) * Wide(steps))));
  }
};
using ExponentialFilter = BasicExponentialFilter<float>;

}  // namespace spikeometric
