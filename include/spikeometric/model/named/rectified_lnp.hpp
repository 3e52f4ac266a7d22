// SPDX-License-Identifier: BSD-3-Clause
//
// The linear-nonlinear-Poisson model with a rectified linear rate.
//
//   const sk::RectifiedLNP model{{.lambda_0 = 0.02f, .theta = 0.5f, .b = 1.0f}};
#pragma once

#include "spikeometric/model/baseline.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/samplers/poisson.hpp"

namespace spikeometric {

/// In every step of dt ms, the spike count of neuron i is Poisson with mean
///
///   mu_i(t) = lambda_0 dt max(g_i(t) - theta, 0)
///   g_i(t)  = r sum_k exp(-dt k / tau) sum_j W_ji X_j(t-1-k) + b + stimulus      k < T
///
/// The LNP cascade (Chichilnisky 2001) with coupling, as in the simulator Spikeometric (Sønstebø, Brunborg and
/// Lepperød). On a Mexican-hat ring it forms grid-like patterns of activity.
template <class Precision>
struct BasicRectifiedLNP : Cascade<BasicTimeConstantFilter<Precision>, NoHistory, BasicConstantBaseline<Precision>,
                                   BasicRectifiedLinear<Precision>, PoissonSampler, DirectStimulus, Precision> {
  static constexpr const char* name = "rectified_lnp";
  using Member = detail::MemberOf<Precision>;

  /// The parameters of all policies. The defaults give 10 Hz without input.
  struct Parameters {
    Member dt = Member(1);           ///< time step, ms
    Member r = Member(1);            ///< scale of the coupling
    Member lambda_0 = Member(0.01);  ///< rate per input above theta, 1/ms
    Member theta = Member(0);        ///< threshold of the input
    Member tau = Member(10);         ///< time constant of the coupling, ms
    int T = 20;                      ///< steps that a spike acts on
    Member b = Member(1);            ///< baseline input
  };

  /// Throws InvalidParameter if a parameter is out of bounds.
  explicit BasicRectifiedLNP(const Parameters& p = {})
      : BasicRectifiedLNP::Cascade({p.dt, p.r}, {p.tau, p.T}, {}, {p.b}, {p.lambda_0, p.theta}) {}
};
using RectifiedLNP = BasicRectifiedLNP<detail::Single>;

}  // namespace spikeometric
