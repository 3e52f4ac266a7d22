// SPDX-License-Identifier: BSD-3-Clause
//
// The identity, for samplers that compare the input itself with a threshold.
//
//   const float mu = sk::Identity{}(0.3f);                       // 0.3
#pragma once

#include "spikeometric/arithmetic/exact.hpp"

namespace spikeometric {

/// f(g) = g for every dt, for samplers that compare the input itself with a threshold.
struct Identity {
  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g) const {
    return g;
  }
};

}  // namespace spikeometric
