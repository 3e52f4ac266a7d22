// SPDX-License-Identifier: BSD-3-Clause
//
// Declares the inference functions of the library for one model. Each model is compiled in a file of its own.
#pragma once

#include <spikeometric/infer/cross_validation.hpp>
#include <spikeometric/infer/fit.hpp>
#include <spikeometric/infer/time_rescaling.hpp>
#include <spikeometric/model/event.hpp>
#include <spikeometric/simulate/events.hpp>

#include <vector>

namespace driver {

namespace sk = spikeometric;

template <class Model>
struct Inference {
  using Spikes = sk::Events<sk::EventOf<Model>>;
  using Fit = sk::Fit<Model>;

  static sk::RegularisationPath cross_validate(const Spikes& spikes, const Model& model, const sk::FitOptions& options,
                                               const sk::CrossValidationOptions& validation);
  static Fit fit(const Spikes& spikes, const Model& model, const sk::FitOptions& options);
  static std::vector<sk::RescaledIntervals> time_rescaling(const Fit& fitted, const Spikes& spikes);
};

}  // namespace driver
