// SPDX-License-Identifier: BSD-3-Clause
//
// The logistic nonlinearity.
//
//   const sk::Logistic f{.theta = 5.0};
//   const double p = f(5.0, 1.0);                                // 1/2: at theta, for dt = 1 ms
#pragma once

#include <tuple>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

/// f(g) = dt / (1 + exp(-(g - theta))): at most dt, and dt / 2 at g = theta.
template <class Precision>
struct BasicLogistic {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  Member theta = Member(5);

  static constexpr auto parameters() {
    return std::tuple{
        parameter("theta", &BasicLogistic::theta, "1", bounds::any_number, "input at half the maximal rate")};
  }

  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g, Input dt) const {
    return dt / (Input(1) + exp(Input(Real(theta) - g)));
  }
};
using Logistic = BasicLogistic<detail::Single>;

}  // namespace spikeometric
