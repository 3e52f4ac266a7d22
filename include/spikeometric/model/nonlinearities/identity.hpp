// SPDX-License-Identifier: BSD-3-Clause
//
// No nonlinearity, for samplers that compare the input itself.
//
//   const float mu = sk::Identity{}(0.3f);                       // 0.3
#pragma once

#include "spikeometric/arithmetic/exact.hpp"

namespace spikeometric {

/// f(g) = g, whatever the step: for samplers that compare the input itself.
struct Identity {
  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g) const {
    return g;
  }
};

}  // namespace spikeometric
