// SPDX-License-Identifier: BSD-3-Clause
//
// The exponential nonlinearity.
//
//   const sk::Exponential f{.alpha = 16.0, .beta = 1.0};         // a spike per 16 ms without input
#pragma once

#include <tuple>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

/// f(g) = (dt / alpha) exp(beta g), in counts per step: dt / alpha at g = 0.
template <class Precision>
struct BasicExponential {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  Member alpha = Member(16);
  Member beta = Member(1);

  static constexpr auto parameters() {
    using Self = BasicExponential;
    return std::tuple{
        parameter("alpha", &Self::alpha, "ms", bounds::positive, "mean interval between spikes at zero input"),
        parameter("beta", &Self::beta, "1", bounds::any_number, "gain of the input")};
  }

  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g, Input dt) const {
    return mul(dt / Input(Real(alpha)), exp(mul(Input(Real(beta)), g)));
  }
};
using Exponential = BasicExponential<detail::Single>;

}  // namespace spikeometric
