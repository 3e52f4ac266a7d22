// SPDX-License-Identifier: BSD-3-Clause
//
// The purposes of the random numbers of a step.
//
//   const sk::Stream noise{seed, network, sk::detail::noise_purpose};
#pragma once

#include "spikeometric/random/streams.hpp"

namespace spikeometric::detail {

inline constexpr Purpose spike_purpose{1};  ///< draws of samplers
inline constexpr Purpose noise_purpose{2};  ///< draws of baselines

}  // namespace spikeometric::detail
