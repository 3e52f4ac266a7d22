// SPDX-License-Identifier: BSD-3-Clause
//
// Decides from the input g and the first half of the draws which neurons may spike. For most neurons this takes fewer
// instructions than mu = f(g), which is then computed only for the others.
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

/// An upper bound of log2 f(g), up to an error of 1e-4; NaN if g is NaN. It uses 1 / (1 + exp(-z)) <= min(exp(z), 1).
/// For dt = 2^n (1 + m) it uses two bounds of log2(dt): log2(e) (dt - 1), which is tight near 1, and n + m + 0.0861,
/// which follows from the bits of dt.
template <std::floating_point Real>
inline float log2_bound(const BasicLogistic<Real>& f, float g, float dt) {
  constexpr float log2_e = 1.442695041f;
  const auto z = static_cast<float>(g - f.theta);
  const auto bits = static_cast<float>(functions::bit_cast<std::int32_t>(dt));
  const float tangent = mul(log2_e, dt - 1.0f), chord = mul(bits, 0x1p-23f) - 126.9139f;
  return mul(log2_e, functions::select(z > 0.0f, 0.0f, z)) + functions::select(tangent < chord, tangent, chord);
}

/// False only if `first` is above high_threshold(p) for every p with log2_p >= log2 p - 1e-4. True for NaN. It takes a
/// few instructions, since the bits of a float x > 0, as an integer, are at most 2^23 (log2 x + 127). The margin 2e-4
/// covers the error of the bound and rounding.
inline bool within_threshold(std::uint32_t first, float log2_p) {
  log2_p = functions::select(log2_p < 0.0f, log2_p, 0.0f);
  log2_p = functions::select(log2_p > -120.0f, log2_p, -120.0f);
  const auto at_most = static_cast<std::int32_t>(mul(log2_p + (127.0f + 16.0f + 2e-4f), 0x1p23f));
  return functions::bit_cast<std::int32_t>(static_cast<float>(static_cast<std::int32_t>(first))) <= at_most;
}

/// Exists for some nonlinearities and samplers of the library, but not for types derived from them, which may behave
/// differently.
template <class NonlinearityKernel, class SamplerKernel>
struct Prefilter {
  static constexpr bool exists = false;
};

template <std::floating_point Real, class SamplerKernel>
requires draws_below_mu<SamplerKernel>
struct Prefilter<BasicLogistic<Real>, SamplerKernel> {
  static constexpr bool exists = true;

  /// False only if mu = f(g) is not NaN and sampling is certain to give 0; `first` is the first half of the draws. True
  /// if the bound is NaN or infinite.
  static bool may_spike(const BasicLogistic<Real>& f, float g, float dt, std::uint32_t first) {
    const float bound = log2_bound(f, g, dt);
    return static_cast<bool>(within_threshold(first, bound) | (bound < -FLT_MAX));
  }
};

}  // namespace spikeometric::detail
