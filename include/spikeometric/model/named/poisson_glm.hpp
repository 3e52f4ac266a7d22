// SPDX-License-Identifier: BSD-3-Clause
//
// The Poisson GLM with an exponential nonlinearity.
//
//   const sk::PoissonGLM model{{.alpha = 50.0f, .tau = 5.0f, .b = -0.5f}};
#pragma once

#include "spikeometric/model/baseline.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/nonlinearities/exponential.hpp"
#include "spikeometric/model/samplers/poisson.hpp"

namespace spikeometric {

/// In every step of dt ms, the spike count of neuron i is Poisson with mean
///
///   mu_i(t) = (dt / alpha) exp(beta g_i(t))
///   g_i(t)  = r sum_k exp(-dt k / tau) sum_j W_ji X_j(t-1-k) + b + stimulus      k < T
///
/// The linear-nonlinear-Poisson cascade with coupling of Paninski (2004) and Pillow et al. (2008), as in the simulator
/// Spikeometric (Sønstebø, Brunborg and Lepperød). Under strong excitation the rates diverge: a count too large for
/// exact sums ends the run with Divergence.
template <class Precision>
struct BasicPoissonGLM : Cascade<BasicTimeConstantFilter<Precision>, NoHistory, BasicConstantBaseline<Precision>,
                                 BasicExponential<Precision>, PoissonSampler, DirectStimulus, Precision> {
  static constexpr const char* name = "poisson_glm";
  using Member = detail::MemberOf<Precision>;

  /// The parameters of all policies. The defaults give 10 Hz without input.
  struct Parameters {
    Member dt = Member(1);       ///< time step, ms
    Member r = Member(1);        ///< scale of the coupling
    Member alpha = Member(100);  ///< mean interval between spikes at g = 0, ms
    Member beta = Member(1);     ///< gain of the input
    Member tau = Member(10);     ///< time constant of the coupling, ms
    int T = 20;                  ///< steps that a spike acts on
    Member b = Member(0);        ///< baseline input
  };

  /// Throws InvalidParameter if a parameter is out of bounds.
  explicit BasicPoissonGLM(const Parameters& p = {})
      : BasicPoissonGLM::Cascade({p.dt, p.r}, {p.tau, p.T}, {}, {p.b}, {p.alpha, p.beta}) {}
};
using PoissonGLM = BasicPoissonGLM<detail::Single>;

}  // namespace spikeometric
