// SPDX-License-Identifier: BSD-3-Clause
//
// Baselines b_i(t): input that comes from neither spikes nor stimulus.
//
//   const sk::ConstantBaseline tonic{.b = 0.5f};
#pragma once

#include <tuple>

#include "spikeometric/model/parameter.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric {

/// b = 0.
struct NoBaseline {
  SPIKEOMETRIC_HOST_DEVICE float operator()(const Draws&) const { return 0.0f; }
};

/// The same b for every neuron and step.
template <class Real>
struct BasicConstantBaseline {
  Real b = Real(0);

  static constexpr auto parameters() {
    return std::tuple{parameter("b", &BasicConstantBaseline::b, "1", any_number, "baseline input")};
  }

  SPIKEOMETRIC_HOST_DEVICE Real operator()(const Draws&) const { return b; }
};
using ConstantBaseline = BasicConstantBaseline<float>;

}  // namespace spikeometric
