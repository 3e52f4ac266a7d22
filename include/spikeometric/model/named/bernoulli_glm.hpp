// SPDX-License-Identifier: BSD-3-Clause
//
// The Bernoulli GLM with a logistic nonlinearity and a refractory period.
//
//   const sk::BernoulliGLM model{{.theta = 5.0f, .coupling_window = 20}};
#pragma once

#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/model/nonlinearities/logistic.hpp"
#include "spikeometric/model/samplers/bernoulli.hpp"

namespace spikeometric {

/// In every step of dt ms, neuron i spikes at most once, with probability
///
///   mu_i(t) = dt / (1 + exp(-(g_i(t) - theta)))
///   g_i(t)  = r sum_k exp(-coupling_decay dt k) sum_j W_ji X_j(t-1-k)        k < coupling_window
///             + abs_ref_strength                sum_k X_i(t-1-k)             k < A
///             + rel_ref_strength sum_k exp(-refractory_decay dt (k - A)) X_i(t-1-k)     A <= k < A + R
///             + stimulus
///
/// A = abs_ref_steps, R = rel_ref_steps. This is the point-process GLM of Truccolo et al. (2005) and Pillow et al.
/// (2008) in discrete time, as in the simulator Spikeometric (Sønstebø and Lepperød).
template <class Precision>
struct BasicBernoulliGLM : Cascade<BasicExponentialFilter<Precision>, BasicRefractoryFilter<Precision>, NoBaseline,
                                   BasicLogistic<Precision>, BernoulliSampler, DirectStimulus, Precision> {
  static constexpr const char* name = "bernoulli_glm";
  using Member = detail::MemberOf<Precision>;

  /// The parameters of all policies, with their defaults. Times are in ms or steps, decays in 1/ms.
  struct Parameters {
    Member dt = Scale<Precision, BernoulliSampler>{}.dt;                            ///< time step, in (0, 1]
    Member r = Scale<Precision, BernoulliSampler>{}.r;                              ///< scale of the coupling alone
    Member theta = BasicLogistic<Precision>{}.theta;                                ///< input at which mu = dt / 2
    int coupling_window = BasicExponentialFilter<Precision>{}.coupling_window;      ///< steps that a spike acts on
    Member coupling_decay = BasicExponentialFilter<Precision>{}.coupling_decay;     ///< not negative
    int abs_ref_steps = BasicRefractoryFilter<Precision>{}.abs_ref_steps;           ///< A
    Member abs_ref_strength = BasicRefractoryFilter<Precision>{}.abs_ref_strength;  ///< negative to inhibit
    int rel_ref_steps = BasicRefractoryFilter<Precision>{}.rel_ref_steps;           ///< R
    Member rel_ref_strength = BasicRefractoryFilter<Precision>{}.rel_ref_strength;  ///< negative to inhibit
    Member refractory_decay = BasicRefractoryFilter<Precision>{}.refractory_decay;  ///< not negative
  };

  /// Throws InvalidParameter if a parameter is out of bounds.
  explicit BasicBernoulliGLM(const Parameters& p = {})
      : BasicBernoulliGLM::Cascade(
            {p.dt, p.r}, {p.coupling_decay, p.coupling_window},
            {p.abs_ref_steps, p.abs_ref_strength, p.rel_ref_steps, p.rel_ref_strength, p.refractory_decay}, {},
            {p.theta}) {}
};
using BernoulliGLM = BasicBernoulliGLM<detail::Single>;

}  // namespace spikeometric
