// SPDX-License-Identifier: BSD-3-Clause
//
// Defines what needs simulators of the families that are chosen at run time, for the files that instantiate it.
#pragma once

#include <spikeometric/model/cascade.hpp>
#include <spikeometric/model/filters/basis.hpp>

#include "flexible.hpp"

namespace driver {

template <class Sampler>
struct SimulatedFit {
  sk::Graph<std::array<float, max_coupling_functions>> graph;
  sk::Cascade<sk::Basis<sk::Fir, max_coupling_functions>, sk::PerNeuron<sk::Fir>, sk::PerNeuron<sk::ConstantBaseline>,
              ChosenRate, Sampler>
      model;
  sk::Masked<sk::WeightedCovariates> stimulus;
  std::uint64_t history_steps;

  explicit SimulatedFit(const FlexibleFit& fit)
      : graph(fit.graph),
        model{{.dt = fit.dt_ms}, {fit.coupling}, fit.histories, fit.baselines, fit.rate},
        stimulus(fit.stimulus),
        history_steps(fit.history_steps) {}
};

template <class Sampler>
std::vector<sk::RescaledIntervals> time_rescaling(const FlexibleFit& fit, const Recording& recording) {
  const SimulatedFit<Sampler> played{fit};
  return sk::detail::rescaled(played.graph, played.model, played.stimulus, recording.trials, sk::Seed{},
                              played.history_steps, [](const auto&, const auto&) {});
}

template <class Sampler>
sk::PredictiveCheck predictive_check(const FlexibleFit& fit, const Recording& recording,
                                     const sk::PredictiveCheckOptions& options) {
  return sk::predictive_check(SimulatedFit<Sampler>{fit}, recording.trials, options);
}

}  // namespace driver
