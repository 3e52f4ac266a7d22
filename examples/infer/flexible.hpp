// SPDX-License-Identifier: BSD-3-Clause
//
// Families of models for recordings of which nothing is known: basis functions are chosen at run time, and every neuron
// has its own history and an absolute refractory period, which are fitted.
#pragma once

#include <spikeometric/arithmetic/functions.hpp>
#include <spikeometric/graph/graph.hpp>
#include <spikeometric/model/baseline.hpp>
#include <spikeometric/model/filters/fir.hpp>
#include <spikeometric/model/per_neuron.hpp>
#include <spikeometric/parameter/parameter.hpp>
#include <spikeometric/stimulus/covariates.hpp>
#include <spikeometric/stimulus/stimulus.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>
#include <vector>

#include "inference.hpp"

namespace driver {

/// The rate in a step, f(g) = per_ms dt exp(g), or log(1 + exp(g)) if is_softplus is 1. The probability of a spike,
/// 1 - exp(-f(g)), is in the latter case the logistic function of g.
struct ChosenRate {
  double per_ms = 0.001;  // so that g = 0 is 1 Hz
  int is_softplus = 0;

  static constexpr auto parameters() {
    return std::tuple{sk::parameter("per_ms", &ChosenRate::per_ms, "1/ms", sk::bounds::positive, "rate at g = 0"),
                      sk::parameter("is_softplus", &ChosenRate::is_softplus, "1", sk::Bounds{0, 1}, "1: softplus")};
  }

  template <class Real>
  Real operator()(Real g, Real dt) const {
    if (is_softplus == 0) return sk::mul(Real(static_cast<float>(per_ms)) * dt, sk::exp(g));
    const Real below = g < Real(0) ? g : Real(-g);
    return (g < Real(0) ? Real(0) : g) + sk::log1p(sk::exp(below));
  }
};

/// Such a family.
struct FlexibleFamily {
  double dt_ms = 1.0;
  bool binary = true, softplus = false;
  std::vector<std::vector<double>> coupling, own;  // taps of the basis functions
};

/// Makes the family. M is the number of basis functions of coupling.
template <std::size_t M>
std::unique_ptr<Family> flexible(const FlexibleFamily& chosen);

/// A fit of any such family. Missing basis functions are 0, so that simulators are compiled once for all of them.
struct FlexibleFit {
  sk::Graph<std::array<float, max_coupling_functions>> graph;
  double dt_ms;
  std::array<sk::Fir, max_coupling_functions> coupling;
  sk::PerNeuron<sk::Fir> histories;
  sk::PerNeuron<sk::ConstantBaseline> baselines;
  ChosenRate rate;
  sk::Masked<sk::WeightedCovariates> stimulus;
  std::uint64_t history_steps;
};

template <class Sampler>
std::vector<sk::RescaledIntervals> time_rescaling(const FlexibleFit& fit, const Recording& recording);
template <class Sampler>
sk::PredictiveCheck predictive_check(const FlexibleFit& fit, const Recording& recording,
                                     const sk::PredictiveCheckOptions& options);

}  // namespace driver
