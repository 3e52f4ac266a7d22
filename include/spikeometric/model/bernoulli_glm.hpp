// SPDX-License-Identifier: BSD-3-Clause
//
// The Bernoulli GLM with a logistic nonlinearity and a refractory period.
//
//   const spikeometric::BernoulliGLM model{{.theta = 5.0f, .coupling_window = 20}};
#pragma once

#include "spikeometric/model/cascade.hpp"

namespace spikeometric {

/// In every step of dt ms, neuron i spikes at most once, with probability
///
///   mu_i(t) = dt / (1 + exp(-(g_i(t) - theta)))
///   g_i(t)  = r sum_k exp(-coupling_decay dt k) sum_j W_ji X_j(t-1-k)        k < coupling_window
///             + abs_ref_strength                sum_k X_i(t-1-k)             k < A
///             + rel_ref_strength sum_k exp(-refractory_decay dt (k - A)) X_i(t-1-k)     A <= k < A + R
///             + stimulus
///
/// A = abs_ref_steps, R = rel_ref_steps. The point-process GLM of Truccolo et al. (2005) and Pillow et al. (2008) in
/// discrete time, as in the simulator Spikeometric (Sønstebø and Lepperød).
template <class Real>
struct BasicBernoulliGLM : Cascade<BasicExponentialFilter<Real>, BasicRefractoryFilter<Real>, NoBaseline,
                                   BasicLogistic<Real>, BernoulliSampler, Real> {
  static constexpr const char* name = "bernoulli_glm";

  /// Times in ms where not in steps, decays in 1/ms.
  struct Parameters {
    Real dt = Real(1);                   ///< time step, in (0, 1]
    Real r = Real(1);                    ///< scale of the coupling, not of the refractory period
    Real theta = Real(5);                ///< input at which the probability is dt / 2
    int coupling_window = 20;            ///< lags a spike acts on; infinite_window for all
    Real coupling_decay = Real(0.2f);    ///< not negative
    int abs_ref_steps = 3;               ///< not negative
    Real abs_ref_strength = Real(-100);  ///< negative to inhibit
    int rel_ref_steps = 7;               ///< not negative
    Real rel_ref_strength = Real(-30);   ///< negative to inhibit
    Real refractory_decay = Real(0.5f);  ///< not negative
  };

  /// Throws InvalidParameter where a parameter is out of bounds.
  explicit BasicBernoulliGLM(const Parameters& p = {})
      : BasicBernoulliGLM::Cascade(
            {p.dt, p.r}, {p.coupling_decay, p.coupling_window},
            {p.abs_ref_steps, p.abs_ref_strength, p.rel_ref_steps, p.rel_ref_strength, p.refractory_decay}, {},
            {p.theta}) {}
};
using BernoulliGLM = BasicBernoulliGLM<float>;

}  // namespace spikeometric
