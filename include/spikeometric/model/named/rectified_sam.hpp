// SPDX-License-Identifier: BSD-3-Clause
//
// The synaptic activation model with a rectified linear rate.
//
//   const sk::RectifiedSAM model{{.lambda_0 = 0.02f, .tau = 20.0f, .b = 0.5f}};
#pragma once

#include "spikeometric/model/baseline.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/samplers/poisson.hpp"

namespace spikeometric {

/// In every step of dt ms, the spike count of neuron i is Poisson with mean
///
///   mu_i(t)  = lambda_0 dt max(g_i(t) - theta, 0)
///   g_i(t)   = r sum_j W_ji s_j(t) + b + stimulus
///   s_j(t+1) = s_j(t) (1 - dt / tau) + dt X_j(t)
///
/// s_j is the activation of the synapses of neuron j. It starts uniform in (0, 1); reset_activation() sets another
/// start. The model is that of the simulator Spikeometric (Sønstebø, Brunborg and Lepperød).
template <class Precision>
struct BasicRectifiedSAM : Cascade<BasicLeakyFilter<Precision>, NoHistory, BasicConstantBaseline<Precision>,
                                   BasicRectifiedLinear<Precision>, PoissonSampler, DirectStimulus, Precision> {
  static constexpr const char* name = "rectified_sam";
  using Member = detail::MemberOf<Precision>;

  /// The parameters of all policies. The defaults give 10 Hz without input.
  struct Parameters {
    Member dt = Member(1);           ///< time step, ms, at most tau
    Member r = Member(1);            ///< scale of the coupling
    Member lambda_0 = Member(0.01);  ///< rate per input above theta, 1/ms
    Member theta = Member(0);        ///< threshold of the input
    Member tau = Member(10);         ///< time constant of synaptic activation, ms
    Member b = Member(1);            ///< baseline input
  };

  /// Throws InvalidParameter if a parameter is out of bounds or dt is above tau.
  explicit BasicRectifiedSAM(const Parameters& p = {})
      : BasicRectifiedSAM::Cascade({p.dt, p.r}, {p.tau}, {}, {p.b}, {p.lambda_0, p.theta}) {}
};
using RectifiedSAM = BasicRectifiedSAM<detail::Single>;

}  // namespace spikeometric
