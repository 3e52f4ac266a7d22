// SPDX-License-Identifier: BSD-3-Clause
//
// The leaky coupling filter: sums synaptic activations. O(1) per neuron and step.
//
//   const sk::LeakyFilter activation{.tau = 10.0};
//   const std::vector<float> c = activation.taps(1.0f, 3);       // 1, 0.9, 0.81
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

/// c(k) = dt (1 - dt / tau)^k for all k: x is the weighted sum of the synaptic activations s_j(t+1) = s_j(t) (1 - dt /
/// tau) + dt X_j(t) of all presynaptic neurons. The state, a double, is the summed activation at the start of the next
/// step. An activation below 2^-100 in size becomes 0.
template <class Precision>
struct BasicLeakyFilter {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  Member tau = Member(10);

  static constexpr auto parameters() {
    return std::tuple{
        parameter("tau", &BasicLeakyFilter::tau, "ms", bounds::positive, "time constant of synaptic activation")};
  }

  /// Throws InvalidParameter if dt is longer than tau, or so short that nothing decays within a step.
  void validate(Real dt) const {
    validate_parameters(*this);
    if (!(dt <= Real(tau)))
      throw InvalidParameter("dt = " + detail::to_text(dt) + " ms must be at most tau = " + detail::to_text(Real(tau)) +
                             " ms");
    detail::validate_fading("tau", Real(tau), dt, double(kept(dt)));
  }

  /// c(0), ..., c(lags - 1).
  std::vector<Real> taps(Real dt, int lags) const {
    std::vector<Real> c;
    detail::Wide<Real> tap(dt);
    for (int k = 0; k < lags; ++k, tap = tap * kept(dt)) c.push_back(Real(tap));
    return c;
  }

  struct Kernel {
    using State = detail::Wide<Real>;
    static constexpr bool has_activation = true, normal_or_zero = true;
    State dt;
    State kept;  ///< factor per step

    SPIKEOMETRIC_HOST_DEVICE std::uint32_t memory() const { return 0; }

    template <class Past>
    SPIKEOMETRIC_HOST_DEVICE Real operator()(State& state, float sum, const Past&) const {
      const State x = detail::normal_or_zero(state + mul(dt, static_cast<State>(sum)));
      state = mul(kept, x);
      return static_cast<Real>(x);
    }

    /// The state for which the next x(t) is x if no spike arrives in that step.
    SPIKEOMETRIC_HOST_DEVICE State activated(double x) const { return x; }
  };

  Kernel kernel(Real dt) const { return {detail::Wide<Real>(dt), kept(dt)}; }

 private:
  detail::Wide<Real> kept(Real dt) const {
    using Wide = detail::Wide<Real>;
    return Wide(1) - Wide(dt) / Wide(Real(tau));
  }
};
using LeakyFilter = BasicLeakyFilter<detail::Single>;

}  // namespace spikeometric
