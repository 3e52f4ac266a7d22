// SPDX-License-Identifier: BSD-3-Clause
//
// A run from its options to its report.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"

namespace driver {

std::vector<std::string> model_names();

/// The name of the model whose parameters a file has.
std::string model_of(const std::string& path);

/// On models, generators, stimuli and backends.
std::string help();

/// Throws UsageError for wrong use.
void run(const Options& options);

}  // namespace driver
