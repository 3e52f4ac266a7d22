// SPDX-License-Identifier: BSD-3-Clause
//
// The family of models to fit to recorded spikes if nothing is known about the neurons.
//
//   const auto fitted = sk::fit(sk::recording_family(1.0), spikes, {.threads = 2});      // steps of 1 ms
#pragma once

#include <algorithm>
#include <cmath>

#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/filters/with_self.hpp"
#include "spikeometric/model/nonlinearities/exponential.hpp"
#include "spikeometric/model/samplers/bernoulli.hpp"

namespace spikeometric {

/// The coupled model of Pillow et al. (2008), "Spatio-temporal correlations and visual signalling in a complete
/// neuronal population", in discrete time: at most one spike per step, with probability 1 - exp(-rate dt), where the
/// rate in Hz is exp(g). The coupling of two neurons has four basis functions, the own history of a neuron seven, and
/// its absolute refractory period is its shortest interval.
using RecordingFamily = Cascade<WithSelf<RaisedCosine<4>, RaisedCosine<7>>, AbsoluteRefractory, NoBaseline, Exponential,
                                BernoulliRateSampler>;

/// For steps of dt ms. Up to 1 ms, coupling lasts for 50 ms and own history for 150 ms; with longer steps, as many
/// steps as with those of 1 ms. A fitted baseline is the logarithm of a rate in Hz. Throws InvalidParameter if dt is
/// not positive.
[[nodiscard]] inline RecordingFamily recording_family(double dt_ms) {
  const double unit = std::max(dt_ms, 1.0);
  const auto steps = [&](double units) { return static_cast<int>(std::ceil(units * unit / dt_ms)); };
  return RecordingFamily{
      {.dt = dt_ms},
      {{.last_peak_ms = 15.0 * unit, .stretch_ms = 2.0 * unit, .window_steps = dt_ms > 0.0 ? steps(50.0) : 1},
       {.last_peak_ms = 50.0 * unit, .stretch_ms = 2.0 * unit, .window_steps = dt_ms > 0.0 ? steps(150.0) : 1}},
      {},
      {},
      {.alpha = 1000.0}};
}

}  // namespace spikeometric
