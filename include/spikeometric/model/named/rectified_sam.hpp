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
/// s_j is the activation of the synapses of neuron j; it starts uniform in (0, 1), and reset_activation() gives another
/// start. As in the simulator Spikeometric (Sønstebø, Brunborg and Lepperød).
template <class Real>
struct BasicRectifiedSAM : Cascade<BasicLeakyFilter<Real>, NoHistory, BasicConstantBaseline<Real>,
                                   BasicRectifiedLinear<Real>, PoissonSampler, DirectStimulus, Real> {
  static constexpr const char* name = "rectified_sam";

  /// The policies' parameters under one roof, with defaults that give 10 Hz without input.
  struct Parameters {
    Real dt = Real(1);            ///< time step, ms, at most tau
    Real r = Real(1);             ///< scale of the coupling
    Real lambda_0 = Real(0.01f);  ///< rate per input above theta, 1/ms
    Real theta = Real(0);         ///< input that must be exceeded
    Real tau = Real(10);          ///< time constant of synaptic activation, ms
    Real b = Real(1);             ///< baseline input
  };

  /// Throws InvalidParameter where a parameter is out of bounds, or dt above tau.
  explicit BasicRectifiedSAM(const Parameters& p = {})
      : BasicRectifiedSAM::Cascade({p.dt, p.r}, {p.tau}, {}, {p.b}, {p.lambda_0, p.theta}) {}
};
using RectifiedSAM = BasicRectifiedSAM<float>;

}  // namespace spikeometric
