// SPDX-License-Identifier: BSD-3-Clause
//
// The exponential nonlinearity.
//
//   const sk::Exponential f{.alpha = 16.0, .beta = 1.0};         // a spike every 16 ms without input
#pragma once

#include <tuple>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

/// f(g) = (dt / alpha) exp(beta g): counts per step, dt / alpha of them at g = 0.
template <class Real>
struct BasicExponential {
  Real alpha = Real(16);
  Real beta = Real(1);

  static constexpr auto parameters() {
    using Self = BasicExponential;
    return std::tuple{
        parameter("alpha", &Self::alpha, "ms", bounds::positive, "mean interval between spikes without input"),
        parameter("beta", &Self::beta, "1", bounds::any_number, "gain of the input")};
  }

  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g, Input dt) const {
    return mul(dt / Input(alpha), exp(mul(Input(beta), g)));
  }
};
using Exponential = BasicExponential<float>;

}  // namespace spikeometric
