// SPDX-License-Identifier: BSD-3-Clause
//
// The synaptic activation model with a threshold.
//
//   const sk::ThresholdSAM model{{.b = 1.0f, .sigma = 0.5f, .rho = 0.04f, .theta = 1.2f}};
#pragma once

#include "spikeometric/model/baseline.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/nonlinearities/identity.hpp"
#include "spikeometric/model/samplers/threshold.hpp"

namespace spikeometric {

/// In every step of dt ms, neuron i spikes if g_i(t) > theta, where
///
///   g_i(t)   = r sum_j W_ji s_j(t) + b (1 + xi_i(t)) + stimulus
///   s_j(t+1) = s_j(t) (1 - dt / tau) + dt X_j(t)
///
/// With probability rho, xi is normal with mean 0 and standard deviation sigma, otherwise 0. This sparse noise in the
/// baseline is the only randomness of the model. s_j is the activation of the synapses of neuron j. It starts uniform
/// in (0, 1); reset_activation() sets another start. The model is that of the simulator Spikeometric (Sønstebø,
/// Brunborg and Lepperød).
template <class Precision>
struct BasicThresholdSAM : Cascade<BasicLeakyFilter<Precision>, NoHistory, BasicNoisyBaseline<Precision>, Identity,
                                   BasicThresholdSampler<Precision>, DirectStimulus, Precision> {
  static constexpr const char* name = "threshold_sam";
  using Member = detail::MemberOf<Precision>;

  /// The parameters of all policies. The defaults give 14 Hz without coupling.
  struct Parameters {
    Member dt = Member(1);       ///< time step, ms, at most tau
    Member r = Member(0.1);      ///< scale of the coupling
    Member b = Member(1);        ///< baseline input
    Member tau = Member(10);     ///< time constant of synaptic activation, ms
    Member sigma = Member(0.5);  ///< standard deviation of noise, relative to b
    Member rho = Member(0.04);   ///< probability of noise in a step
    Member theta = Member(1.2);  ///< threshold of the input
  };

  /// Throws InvalidParameter if a parameter is out of bounds or dt is above tau.
  explicit BasicThresholdSAM(const Parameters& p = {})
      : BasicThresholdSAM::Cascade({p.dt, p.r}, {p.tau}, {}, {p.b, p.sigma, p.rho}, {}, {p.theta}) {}
};
using ThresholdSAM = BasicThresholdSAM<detail::Single>;

}  // namespace spikeometric
