// SPDX-License-Identifier: BSD-3-Clause
//
// Baselines b_i(t): input that comes neither from spikes nor from the stimulus.
//
//   const sk::ConstantBaseline tonic{.b = 0.5f};
//   const sk::NoisyBaseline jittery{.b = 0.5f, .sigma = 0.3f, .rho = 0.1f};  // noise in one step in ten
#pragma once

#include <tuple>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric {

/// b = 0.
struct NoBaseline {
  SPIKEOMETRIC_HOST_DEVICE float operator()(const Draws&) const { return 0.0f; }
};

/// The same b for every neuron and step.
template <class Precision>
struct BasicConstantBaseline {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  Member b = Member(0);

  static constexpr auto parameters() {
    return std::tuple{parameter("b", &BasicConstantBaseline::b, "1", bounds::any_number, "baseline input")};
  }

  SPIKEOMETRIC_HOST_DEVICE Real operator()(const Draws&) const { return Real(b); }
};
using ConstantBaseline = BasicConstantBaseline<detail::Single>;

/// b (1 + xi). With probability rho, xi is normal with mean 0 and standard deviation sigma, otherwise 0. It is drawn
/// independently for every neuron and step.
template <class Precision>
struct BasicNoisyBaseline {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  Member b = Member(0);
  Member sigma = Member(0);
  Member rho = Member(0);

  static constexpr auto parameters() {
    using Self = BasicNoisyBaseline;
    return std::tuple{
        parameter("b", &Self::b, "1", bounds::any_number, "baseline input without noise"),
        parameter("sigma", &Self::sigma, "1", bounds::non_negative, "standard deviation of noise, relative to b"),
        parameter("rho", &Self::rho, "1", bounds::probability, "probability of noise in each step")};
  }

  SPIKEOMETRIC_HOST_DEVICE Real operator()(const PrimedDraws& draws) const {
    using Wide = detail::Wide<Real>;
    if (!bernoulli(static_cast<float>(rho), draws)) return Real(b);
    const Block bits = draws.block();
    const auto xi = static_cast<Real>(mul(static_cast<Wide>(Real(sigma)), Wide(normal(bits[0], bits[1]))));
    return mul(Real(b), Real(1) + xi);
  }
};
using NoisyBaseline = BasicNoisyBaseline<detail::Single>;

}  // namespace spikeometric
