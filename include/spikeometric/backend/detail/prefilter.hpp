// SPDX-License-Identifier: BSD-3-Clause
//
// Which neurons may spike, from their input alone: for most of them that takes fewer instructions than mu = f(g), which
// only the rest then needs.
//
//   using Prefilter = sk::detail::Prefilter<sk::Logistic, sk::BernoulliSampler>;
//   if constexpr (Prefilter::exists) maybe = Prefilter::may_spike(nonlinearity, g, dt, first);
#pragma once

#include <cfloat>
#include <concepts>
#include <cstdint>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/model/nonlinearities/logistic.hpp"
#include "spikeometric/step/may_spike.hpp"

namespace spikeometric::detail {

/// An upper bound of log2 f(g), or up to 1e-4 below one; NaN where g is. Since 1 / (1 + exp(-z)) <= min(exp(z), 1). For
/// dt = 2^n (1 + m), log2(dt) is at most log2(e) (dt - 1), closely at 1, and at most n + m + 0.0861, which its bits
/// tell.
template <std::floating_point Real>
inline float log2_bound(const BasicLogistic<Real>& f, float g, float dt) {
  constexpr float log2_e = 1.442695041f;
  const auto z = static_cast<float>(g - f.theta);
  const auto bits = static_cast<float>(functions::bit_cast<std::int32_t>(dt));
  const float tangent = mul(log2_e, dt - 1.0f), chord = mul(bits, 0x1p-23f) - 126.9139f;
  return mul(log2_e, functions::select(z > 0.0f, 0.0f, z)) + functions::select(tangent < chord, tangent, chord);
}

/// False only where `first` is above high_threshold(p), in a few instructions, log2_p being at least log2 p - 1e-4: the
/// bits of a float x > 0, as an integer, are at most 2^23 (log2 x + 127). 2e-4 is for the bound and for rounding. True
/// for NaN.
inline bool within_threshold(std::uint32_t first, float log2_p) {
  log2_p = functions::select(log2_p < 0.0f, log2_p, 0.0f);
  log2_p = functions::select(log2_p > -120.0f, log2_p, -120.0f);
  const auto at_most = static_cast<std::int32_t>(mul(log2_p + (127.0f + 16.0f + 2e-4f), 0x1p23f));
  return functions::bit_cast<std::int32_t>(static_cast<float>(static_cast<std::int32_t>(first))) <= at_most;
}

/// Exists for some nonlinearities and samplers of the library, not for types derived from them, which may differ.
template <class NonlinearityKernel, class SamplerKernel>
struct Prefilter {
  static constexpr bool exists = false;
};

template <std::floating_point Real, class SamplerKernel>
requires draws_below_mu<SamplerKernel>
struct Prefilter<BasicLogistic<Real>, SamplerKernel> {
  static constexpr bool exists = true;

  /// False only where mu = f(g) is no NaN and sampling is sure to give 0, `first` being the first half of the draws.
  /// True wherever the bound is NaN or infinite.
  static bool may_spike(const BasicLogistic<Real>& f, float g, float dt, std::uint32_t first) {
    const float bound = log2_bound(f, g, dt);
    return static_cast<bool>(within_threshold(first, bound) | (bound < -FLT_MAX));
  }
};

}  // namespace spikeometric::detail
