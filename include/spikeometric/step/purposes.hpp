// SPDX-License-Identifier: BSD-3-Clause
//
// What the random numbers of a step are for.
//
//   const sk::Stream noise{seed, network, sk::detail::noise_purpose};
#pragma once

#include "spikeometric/random/streams.hpp"

namespace spikeometric::detail {

inline constexpr Purpose spike_purpose{1};  ///< what samplers draw
inline constexpr Purpose noise_purpose{2};  ///< what baselines draw

}  // namespace spikeometric::detail
