// SPDX-License-Identifier: BSD-3-Clause
//
// The random purpose of graphs.
#pragma once

#include "spikeometric/random/streams.hpp"

namespace spikeometric::detail {

/// The purpose of generators and delays. They number their counters themselves, so no Stream may use this purpose.
inline constexpr Purpose graph_purpose{4};

}  // namespace spikeometric::detail
