// SPDX-License-Identifier: BSD-3-Clause
//
// The analysis of a recording: reads it, fits, tests and writes what the options ask for.
#pragma once

#include "options.hpp"

namespace driver {

/// Throws UsageError for an invalid option.
void analyse(const Options& options);

}  // namespace driver
