// SPDX-License-Identifier: BSD-3-Clause
//
// Defines Inference for the files that instantiate it.
#pragma once

#include <spikeometric/random/streams.hpp>
#include <spikeometric/stimulus/stimulus.hpp>

#include "inference.hpp"
#include "solvers.hpp"

namespace driver {

template <class Model>
sk::RegularisationPath Inference<Model>::cross_validate(const Spikes& spikes, const Model& model,
                                                        const sk::FitOptions& options,
                                                        const sk::CrossValidationOptions& validation) {
  return sk::cross_validate(model, spikes, options, validation);
}

template <class Model>
typename Inference<Model>::Fit Inference<Model>::fit(const Spikes& spikes, const Model& model,
                                                     const sk::FitOptions& options) {
  return sk::fit(model, spikes, options);
}

template <class Model>
std::vector<sk::RescaledIntervals> Inference<Model>::time_rescaling(const Fit& fitted, const Spikes& spikes) {
  return sk::time_rescaling(fitted.graph, fitted.model, sk::no_stimulus, spikes, sk::Seed{});
}

}  // namespace driver
