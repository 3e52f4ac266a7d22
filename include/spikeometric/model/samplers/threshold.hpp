// SPDX-License-Identifier: BSD-3-Clause
//
// The threshold sampler: a spike if the input exceeds a threshold.
//
//   const std::uint32_t spike = sk::ThresholdSampler{.theta = 0.5}(0.6f, draws);      // 1
#pragma once

#include <cstdint>
#include <tuple>

#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/random/distributions.hpp"

namespace spikeometric {

/// One spike if mu > theta, otherwise none. Uses no random numbers.
template <class Precision>
struct BasicThresholdSampler {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  static constexpr bool binary = true;
  static constexpr bool deterministic = true;

  Member theta = Member(0);

  static constexpr auto parameters() {
    return std::tuple{
        parameter("theta", &BasicThresholdSampler::theta, "1", bounds::any_number, "threshold that mu must exceed")};
  }

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t operator()(float mu, const PrimedDraws&) const { return mu > Real(theta); }
};
using ThresholdSampler = BasicThresholdSampler<detail::Single>;

}  // namespace spikeometric
