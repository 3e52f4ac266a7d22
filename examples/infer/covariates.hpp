// SPDX-License-Identifier: BSD-3-Clause
//
// Basis functions and stimuli that are chosen on the command line.
#pragma once

#include <spikeometric/stimulus/covariates.hpp>

#include <cstddef>
#include <string>
#include <vector>

#include "options.hpp"
#include "spikes.hpp"

namespace driver {

/// The taps of basis functions.
using Functions = std::vector<std::vector<double>>;

/// Defaults of raised cosines.
struct CosineDefaults {
  std::size_t functions;
  double last_peak_ms, stretch_ms, window_ms;
};

/// Basis functions from a text: a number of raised cosines, or "exponential", and settings such as last_peak_ms=15.
/// Throws std::invalid_argument for an invalid text, and for more functions than `max`.
Functions basis_functions(const std::string& text, const CosineDefaults& defaults, std::size_t max, double dt_ms);

/// The stimuli of a recording, and what the inputs are called.
struct Stimuli {
  sk::StimulusCovariates covariates;
  std::vector<std::string> names;
};
Stimuli read_stimuli(const Source& source, const ReadingOptions& options, const Spikes& spikes);

}  // namespace driver
