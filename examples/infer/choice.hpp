// SPDX-License-Identifier: BSD-3-Clause
//
// The family of models that the options choose.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "inference.hpp"
#include "options.hpp"
#include "spikes.hpp"

namespace driver {

/// A family, and how many basis functions of its own history are chosen: 0 if it always has the same.
struct ChosenFamily {
  std::string name;
  std::unique_ptr<Family> family;
  std::size_t own_functions = 0;
};

/// The names of models that --model may have.
std::vector<std::string> model_names();

/// The model of the options, of the file that simulate wrote with the spikes, or else `recording`.
std::string model_name(const Options& options, const Json& made);

/// The length of a step that a named model has if nothing else says it; 0 for other models.
double dt_of(const Options& options, const std::string& name, const Json& made);

/// Throws UsageError for options that the model does not have.
ChosenFamily family(const Options& options, const std::string& name, double dt_ms, const Json& made);

}  // namespace driver
