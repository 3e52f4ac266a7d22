// SPDX-License-Identifier: BSD-3-Clause
//
// What the random numbers of graphs are for.
#pragma once

#include "spikeometric/random/streams.hpp"

namespace spikeometric::detail {

/// Of generators and delays. They number their counters themselves, so no Stream may be made for it.
inline constexpr Purpose graph_purpose{4};

}  // namespace spikeometric::detail
