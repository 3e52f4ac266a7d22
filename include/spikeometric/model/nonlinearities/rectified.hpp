// SPDX-License-Identifier: BSD-3-Clause
//
// Rectified linear nonlinearities, with a sharp corner or a smooth bend at the threshold.
//
//   const sk::RectifiedLinear f{.lambda_0 = 1.0, .theta = 0.0};
//   const sk::Softplus smooth{.lambda_0 = 1.0, .beta = 5.0, .theta = 0.0};
#pragma once

#include <tuple>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

namespace detail {

/// max(x, 0); NaN stays NaN.
template <class Input>
SPIKEOMETRIC_HOST_DEVICE Input positive_part(const Input& x) {
  return x < Input(0) ? Input(0) : x;
}

}  // namespace detail

/// f(g) = lambda_0 dt max(g - theta, 0), in counts per step.
template <class Precision>
struct BasicRectifiedLinear {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  Member lambda_0 = Member(1);
  Member theta = Member(0);

  static constexpr auto parameters() {
    using Self = BasicRectifiedLinear;
    return std::tuple{
        parameter("lambda_0", &Self::lambda_0, "1/ms", bounds::non_negative, "rate per unit of input above theta"),
        parameter("theta", &Self::theta, "1", bounds::any_number, "threshold of the input")};
  }

  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g, Input dt) const {
    return mul(mul(Input(Real(lambda_0)), dt), detail::positive_part(Input(g - Real(theta))));
  }
};
using RectifiedLinear = BasicRectifiedLinear<detail::Single>;

/// f(g) = lambda_0 dt log(1 + exp(beta (g - theta))) / beta, in counts per step: a RectifiedLinear with a smooth bend
/// of width 1 / beta. The computation avoids the overflow of exp.
template <class Precision>
struct BasicSoftplus {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  Member lambda_0 = Member(1);
  Member beta = Member(1);
  Member theta = Member(0);

  static constexpr auto parameters() {
    using Self = BasicSoftplus;
    return std::tuple{
        parameter("lambda_0", &Self::lambda_0, "1/ms", bounds::non_negative, "rate per unit of input far above theta"),
        parameter("beta", &Self::beta, "1", bounds::positive, "sharpness of the bend"),
        parameter("theta", &Self::theta, "1", bounds::any_number, "input at the bend")};
  }

  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g, Input dt) const {
    const Input z = mul(Input(Real(beta)), Input(g - Real(theta)));
    const Input below = z < Input(0) ? z : Input(-z);  // -|z|, so that exp is at most 1
    return mul(mul(Input(Real(lambda_0)), dt), detail::positive_part(z) + log1p(exp(below))) / Input(Real(beta));
  }
};
using Softplus = BasicSoftplus<detail::Single>;

}  // namespace spikeometric
