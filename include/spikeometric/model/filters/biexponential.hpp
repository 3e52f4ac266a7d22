// SPDX-License-Identifier: BSD-3-Clause
//
// The biexponential coupling filter: the postsynaptic potential of a current synapse, a difference of two decays. O(1)
// per neuron and step.
//
//   const sk::BiexponentialFilter psp{.tau_decay = 10.0, .tau_rise = 0.5};   // membrane 10 ms, synaptic current 0.5 ms
//   const std::vector<float> c = psp.taps(0.1f, 20);                         // 0, 0.21, 0.38, ..., 1 after 1.6 ms, ...
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

namespace detail {

/// (1 - e^-x) / x for x >= 0, and its limit 1 at x = 0.
template <class Number>
Number mean_decay(const Number& x) {
  if (x < 0x1p-20) return Number(1) - x * (Number(0.5) - x / Number(6));  // the next term is below 2^-64
  return -expm1(-x) / x;
}

}  // namespace detail

/// The potential that a current synapse causes in a leaky membrane, k steps after the arrival of a spike:
///   c(k) = (exp(-k dt / tau_decay) - exp(-k dt / tau_rise)) / p,    p = (1 - q) q^(q / (1 - q)),    q = tau_rise /
///   tau_decay.
/// The maximum p of the difference, at time log(1 / q) tau_rise / (1 - q), makes the peak in continuous time 1, so a
/// weight is the amplitude of a postsynaptic potential. The area is (tau_decay - tau_rise) / p. c(0) = 0, since the
/// arriving current has not charged the membrane yet. For tau_rise = tau_decay = tau it is the limit, the alpha
/// function (t / tau) exp(1 - t / tau). tau_decay is the longer of the time constants of membrane and synapse, tau_rise
/// the shorter.
///
/// Computed by the recursion
///   x(t) = exp(-dt / tau_decay) x(t-1) + c(1) i(t-1),    i(t) = exp(-dt / tau_rise) i(t-1) + s(t),
/// which is exact and has no difference of nearly equal numbers. The states i and x are doubles; below 2^-100 in size
/// they become 0. Memory: 16 bytes per neuron.
template <class Precision>
struct BasicBiexponentialFilter {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  Member tau_decay = Member(10);
  Member tau_rise = Member(0.5);

  static constexpr auto parameters() {
    using Self = BasicBiexponentialFilter;
    return std::tuple{parameter("tau_decay", &Self::tau_decay, "ms", bounds::positive,
                                "time constant of the decay of a spike's effect, such as that of the membrane"),
                      parameter("tau_rise", &Self::tau_rise, "ms", bounds::positive,
                                "time constant of its rise, such as that of the synaptic current; at most tau_decay")};
  }

  /// Throws InvalidParameter if tau_rise is above tau_decay, or if tau_decay is so long that nothing decays within a
  /// step.
  void validate(Real dt) const {
    validate_parameters(*this);
    if (Real(tau_rise) > Real(tau_decay))
      throw InvalidParameter("tau_rise = " + detail::to_text(Real(tau_rise)) + " ms must be at most tau_decay = " +
                             detail::to_text(Real(tau_decay)) + " ms: the shorter time constant is that of the rise");
    detail::validate_fading("tau_decay", Real(tau_decay), dt, double(kernel(dt).decay));
  }

  /// c(0), ..., c(lags - 1).
  std::vector<Real> taps(Real dt, int lags) const {
    std::vector<Real> c;
    for (int k = 0; k < lags; ++k) c.push_back(Real(tap(dt, k)));
    return c;
  }

  struct Kernel {
    struct State {
      detail::Wide<Real> of[2];  ///< the current i and the potential x
    };
    static constexpr bool normal_or_zero = true;
    detail::Wide<Real> decay, rise;  ///< factors per step
    detail::Wide<Real> gain;         ///< potential in the next step of a unit of current

    SPIKEOMETRIC_HOST_DEVICE std::uint32_t memory() const { return 0; }

    template <class Past>
    SPIKEOMETRIC_HOST_DEVICE Real operator()(State& state, float sum, const Past&) const {
      using Wide = detail::Wide<Real>;
      const Wide x = mul(decay, state.of[1]) + mul(gain, state.of[0]);
      state.of[0] = detail::normal_or_zero(Wide(mul(rise, state.of[0]) + static_cast<Wide>(sum)));
      state.of[1] = detail::normal_or_zero(x);
      return static_cast<Real>(state.of[1]);
    }
  };

  Kernel kernel(Real dt) const {
    using Wide = detail::Wide<Real>;
    return {exp(Wide(-(Wide(dt) / Wide(Real(tau_decay))))), exp(Wide(-(Wide(dt) / Wide(Real(tau_rise))))), tap(dt, 1)};
  }

 private:
  /// With a = k dt / tau_rise, c(k) is 1 / p (1 - exp(-a (1 - q))) exp(-k dt / tau_decay), and 1 / p is
  /// exp(q log(1 / q) / (1 - q)) / (1 - q). Both quotients are bounded at q = 1.
  detail::Wide<Real> tap(Real dt, int k) const {
    using Wide = detail::Wide<Real>;
    const Wide decay = Wide(Real(tau_decay)), rise = Wide(Real(tau_rise)), time = Wide(dt) * Wide(k);
    const Wide q = rise / decay, a = time / rise;
    const Wide longest = q / detail::mean_decay(Wide(log(Wide(decay / rise))));
    return Wide(exp(Wide(longest - time / decay))) * (a * detail::mean_decay(Wide(a * (Wide(1) - q))));
  }
};
using BiexponentialFilter = BasicBiexponentialFilter<detail::Single>;

}  // namespace spikeometric
