// SPDX-License-Identifier: BSD-3-Clause
//
// The Poisson sampler: any number of spikes per step.
//
//   const std::int64_t count = sk::PoissonSampler{}(2.5f, draws);          // 2.5 on average
//
// It has the mean, variance and log-probability of a count, which tuning and fits need, for mu of any real type,
// including Dual.
//
//   const double log_p = sk::PoissonSampler::log_probability(1, 0.25);
#pragma once

#include <cstdint>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/poisson.hpp"

namespace spikeometric {

/// A Poisson count with mean mu; see `poisson`. A mean of 2^31 or more gives 2^31, which a simulator reports as a
/// Divergence.
struct PoissonSampler {
  static constexpr bool binary = false;

  SPIKEOMETRIC_HOST_DEVICE std::int64_t operator()(float mu, const PrimedDraws& draws) const {
    return poisson(static_cast<double>(mu), draws);
  }

  template <class Real>
  static Real mean(const Real& mu) {
    return mu;
  }
  template <class Real>
  static Real variance(const Real& mu) {
    return mu;
  }
  template <class Real>
  static Real log_probability(std::uint32_t count, const Real& mu) {
    if (count == 0) return Real(-mu);
    return Real(Real(static_cast<double>(count)) * log(mu)) - mu -
           Real(detail::log_factorial(static_cast<double>(count)));
  }
};

}  // namespace spikeometric
