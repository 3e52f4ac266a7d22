// SPDX-License-Identifier: BSD-3-Clause
//
// Performs a run, from its options to its report.
#pragma once

#include <spikeometric/simulate/initial_state.hpp>

#include <string>
#include <vector>

#include "options.hpp"

namespace driver {

std::vector<std::string> model_names();

/// The name of the model whose parameters a file contains.
std::string model_of(const std::string& path);

/// Parses an initial state: silent, volley or a rate in Hz.
spikeometric::InitialState initial_state(const std::string& text);

/// The part of --help on models, generators, stimuli and backends.
std::string help();

/// Throws UsageError if an option is invalid.
void run(const Options& options);

}  // namespace driver
