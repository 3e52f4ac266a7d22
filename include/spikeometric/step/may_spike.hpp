// SPDX-License-Identifier: BSD-3-Clause
//
// Decides from the first half of a neuron's draws whether it may spike, before anything else is drawn for it.
//
//   const std::uint32_t first = draws.half(neuron, step);
//   if (sk::detail::may_spike(sampler, mu, first, neuron)) count = sampler(mu, {{draws, neuron, step}, first});
#pragma once

#include <cstddef>
#include <cstdint>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/model/samplers/bernoulli.hpp"
#include "spikeometric/model/samplers/negative_binomial.hpp"
#include "spikeometric/model/samplers/poisson.hpp"
#include "spikeometric/model/samplers/threshold.hpp"
#include "spikeometric/random/distributions.hpp"

namespace spikeometric::detail {

/// Whether a sampler returns 0 whenever the first half of its draws is above high_threshold(mu). This holds if it
/// spikes with probability at most mu and compares that half first. It need not hold for derived types.
template <class SamplerKernel>
inline constexpr bool draws_below_mu = false;
template <>
inline constexpr bool draws_below_mu<BernoulliSampler> = true;
template <>
inline constexpr bool draws_below_mu<BernoulliRateSampler> = true;
template <>
inline constexpr bool draws_below_mu<PoissonSampler> = true;
template <class Real>
inline constexpr bool draws_below_mu<BasicNegativeBinomialSampler<Real>> = true;

/// The default: an unknown sampler may always spike.
template <class SamplerKernel>
struct MaySpike {
  SPIKEOMETRIC_HOST_DEVICE static bool of(const SamplerKernel&, float, std::uint32_t, std::size_t) { return true; }
};

template <class SamplerKernel>
requires draws_below_mu<SamplerKernel>
struct MaySpike<SamplerKernel> {
  SPIKEOMETRIC_HOST_DEVICE static bool of(const SamplerKernel&, float mu, std::uint32_t first, std::size_t) {
    return first <= high_threshold(mu);
  }
};

template <class Real>
struct MaySpike<BasicThresholdSampler<Real>> {
  SPIKEOMETRIC_HOST_DEVICE static bool of(const BasicThresholdSampler<Real>& sampler, float mu, std::uint32_t,
                                          std::size_t) {
    return mu > sampler.theta;
  }
};

template <class SamplerKernel>
struct MaySpike<PerNeuronKernel<SamplerKernel>> {
  SPIKEOMETRIC_HOST_DEVICE static bool of(const PerNeuronKernel<SamplerKernel>& sampler, float mu, std::uint32_t first,
                                          std::size_t neuron) {
    return MaySpike<SamplerKernel>::of(sampler.kernels[neuron], mu, first, neuron);
  }
};

/// False only if the sampler is certain to return 0; `first` is the first half of its draws. True for NaN, so that it
/// is detected.
template <class SamplerKernel>
SPIKEOMETRIC_HOST_DEVICE bool may_spike(const SamplerKernel& sampler, float mu, std::uint32_t first,
                                        std::size_t neuron) {
  return static_cast<bool>(MaySpike<SamplerKernel>::of(sampler, mu, first, neuron) | (mu != mu));
}

}  // namespace spikeometric::detail
