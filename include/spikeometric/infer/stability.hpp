// SPDX-License-Identifier: BSD-3-Clause
//
// Whether a fitted model stays near the recorded rates when it is simulated, or runs away.
//
//   const auto fitted = sk::fit(sk::recording_family(1.0), spikes);
//   if (fitted.stability.network != sk::Stability::stable) ...               // fitted.warnings() says it in words
#pragma once

#include <vector>

namespace spikeometric {

enum class Stability {
  stable,   ///< the only stable rate is near the recorded one
  fragile,  ///< there is another stable rate, more than three times as high, that a fluctuation may lead to
  unstable  ///< no stable rate is within a factor of three of the recorded one
};

/// One neuron among others that keep their recorded rates.
struct NeuronStability {
  Stability verdict = Stability::stable;
  double recorded_rate = 0.0;        ///< spikes per step
  std::vector<double> stable_rates;  ///< ascending, spikes per step
};

/// The stable rates of a fitted network, according to the quasi-renewal approximation of Gerhard, Deger and Truccolo
/// (2017), "On the stability and dynamics of stochastic spiking neuron models: nonlinear Hawkes process and point
/// process GLMs". A neuron that spiked n steps ago has the input
///
///   g(n) = b + E + h(n - 1) + sum over k >= n of (exp(h(k)) - 1) A + sum over j, k of (exp(c_j(k)) - 1) A_j,
///
/// where h is the effect of its own spikes, c_j that of the spikes of neuron j, and A and A_j are their rates. A rate
/// is stable if a neuron with these inputs has the mean interval 1 / A and falls back to it from slightly higher rates.
/// For counts, g has no term h(n - 1), k begins at 0, and A is the mean count. Exact for exponential rates in the limit
/// of many independent spikes; for other rates, an approximation.
///
/// What helps against runaway: own histories that only inhibit (FitOptions::own_sign = -1), a ridge on them
/// (own_penalty), or a nonlinearity that saturates (Logistic).
struct StabilityCheck {
  /// Of all neurons together: whether the rates of all return to the recorded ones from there, and from the highest.
  Stability network = Stability::stable;
  std::vector<NeuronStability> neurons;
};

}  // namespace spikeometric
