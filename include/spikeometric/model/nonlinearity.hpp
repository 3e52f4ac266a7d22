// SPDX-License-Identifier: BSD-3-Clause
//
// Nonlinearities f: from a neuron's input g to its mean spike count, or probability, in a step.
//
//   const sk::Logistic f{.theta = 5.0f};
//   const double p = f(5.0, 1.0);                                // 1/2: at threshold, in a step of 1 ms
#pragma once

#include <tuple>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/model/parameter.hpp"

namespace spikeometric {

/// f(g) = dt / (1 + exp(-(g - theta))). At most dt, and dt / 2 at g = theta.
template <class Real>
struct BasicLogistic {
  Real theta = Real(5);

  static constexpr auto parameters() {
    return std::tuple{parameter("theta", &BasicLogistic::theta, "1", any_number, "input of half the maximal rate")};
  }

  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g, Input dt) const {
    return dt / (Input(1) + exp(Input(theta - g)));
  }
};
using Logistic = BasicLogistic<float>;

namespace detail {

/// max(x, 0), where NaN stays NaN.
template <class Input>
SPIKEOMETRIC_HOST_DEVICE Input positive_part(const Input& x) {
  return x < Input(0) ? Input(0) : x;
}

}  // namespace detail

/// f(g) = (dt / alpha) exp(beta g): counts per step, dt / alpha of them at g = 0.
template <class Real>
struct BasicExponential {
  Real alpha = Real(16);
  Real beta = Real(1);

  static constexpr auto parameters() {
    using Self = BasicExponential;
    return std::tuple{parameter("alpha", &Self::alpha, "ms", positive, "mean interval between spikes without input"),
                      parameter("beta", &Self::beta, "1", any_number, "gain of the input")};
  }

  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g, Input dt) const {
    return mul(dt / Input(alpha), exp(mul(Input(beta), g)));
  }
};
using Exponential = BasicExponential<float>;

/// f(g) = lambda_0 dt max(g - theta, 0), in counts per step.
template <class Real>
struct BasicRectifiedLinear {
  Real lambda_0 = Real(1);
  Real theta = Real(0);

  static constexpr auto parameters() {
    using Self = BasicRectifiedLinear;
    return std::tuple{parameter("lambda_0", &Self::lambda_0, "1/ms", non_negative, "rate per input above threshold"),
                      parameter("theta", &Self::theta, "1", any_number, "input that must be exceeded")};
  }

  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g, Input dt) const {
    return mul(mul(Input(lambda_0), dt), detail::positive_part(Input(g - theta)));
  }
};
using RectifiedLinear = BasicRectifiedLinear<float>;

/// f(g) = lambda_0 dt log(1 + exp(beta (g - theta))) / beta, in counts per step: a RectifiedLinear with a bend of width
/// 1 / beta. Infinite only where the result is.
template <class Real>
struct BasicSoftplus {
  Real lambda_0 = Real(1);
  Real beta = Real(1);
  Real theta = Real(0);

  static constexpr auto parameters() {
    using Self = BasicSoftplus;
    return std::tuple{parameter("lambda_0", &Self::lambda_0, "1/ms", non_negative, "rate per input far above theta"),
                      parameter("beta", &Self::beta, "1", positive, "sharpness of the bend"),
                      parameter("theta", &Self::theta, "1", any_number, "input at the bend")};
  }

  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g, Input dt) const {
    const Input z = mul(Input(beta), Input(g - theta));
    const Input below = z < Input(0) ? z : Input(-z);  // -|z|, so that exp is at most 1
    return mul(mul(Input(lambda_0), dt), detail::positive_part(z) + log1p(exp(below))) / Input(beta);
  }
};
using Softplus = BasicSoftplus<float>;

/// f(g) = g, whatever the step: for samplers that compare the input itself.
struct Identity {
  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input operator()(Input g) const {
    return g;
  }
};

}  // namespace spikeometric
