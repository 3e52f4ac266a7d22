// SPDX-License-Identifier: BSD-3-Clause
//
// Bernoulli samplers: at most one spike per step.
//
//   const std::uint32_t spike = sk::BernoulliSampler{}(0.25f, draws);      // 1 with probability 1/4
//
// These samplers have the mean, variance and log-probability of a count, which tuning and fits need, for mu of any real
// type, including Dual.
//
//   const double log_p = sk::BernoulliSampler::log_probability(1, 0.25);
#pragma once

#include <cstdint>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/poisson.hpp"

namespace spikeometric {

namespace detail {

/// The log-probability of a spike (count > 0) or of no spike (count = 0), if a spike has probability p.
template <class Real>
Real bernoulli_log_probability(std::uint32_t count, const Real& p) {
  return count > 0 ? Real(log(p)) : Real(log1p(-p));
}

}  // namespace detail

/// One spike with probability mu, clamped to [0, 1] and with a resolution of 2^-32; otherwise none.
struct BernoulliSampler {
  static constexpr bool binary = true;
  static constexpr Bounds dt_bounds = bounds::up_to_one;

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t operator()(float mu, const PrimedDraws& draws) const {
    return bernoulli(mu, draws);
  }

  template <class Real>
  static Real mean(const Real& mu) {
    return mu < Real(0) ? Real(0) : mu > Real(1) ? Real(1) : mu;
  }
  template <class Real>
  static Real variance(const Real& mu) {
    return mean(mu) * (Real(1) - mean(mu));
  }
  template <class Real>
  static Real log_probability(std::uint32_t count, const Real& mu) {
    return detail::bernoulli_log_probability(count, mean(mu));
  }
};

/// One spike with probability 1 - exp(-mu), with a resolution of 2^-64; otherwise none. This is the probability that a
/// Poisson process with mean mu per step has at least one event in a step. Valid for every mu and time step.
struct BernoulliRateSampler {
  static constexpr bool binary = true;

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t operator()(float mu, const PrimedDraws& draws) const {
    return mu > 0.0f && detail::occurs(detail::probability_of_any(static_cast<double>(mu)), draws);
  }

  template <class Real>
  static Real mean(const Real& mu) {
    return mu < Real(0) ? Real(0) : Real(-expm1(-mu));
  }
  template <class Real>
  static Real variance(const Real& mu) {
    return mean(mu) * (Real(1) - mean(mu));
  }
  template <class Real>
  static Real log_probability(std::uint32_t count, const Real& mu) {
    return count > 0 ? Real(log(mean(mu))) : Real(-mu);
  }
};

}  // namespace spikeometric
