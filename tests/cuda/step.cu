// SPDX-License-Identifier: BSD-3-Clause
//
// The composed step runs on a device: everything that a backend calls per neuron, in one kernel.
#include <spikeometric/model/bernoulli_glm.hpp>
#include <spikeometric/model/per_neuron.hpp>
#include <spikeometric/model/poisson_glm.hpp>
#include <spikeometric/model/raised_cosine.hpp>
#include <spikeometric/model/rectified_lnp.hpp>
#include <spikeometric/model/rectified_sam.hpp>
#include <spikeometric/model/threshold_sam.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace sk = spikeometric;

namespace {

template <class Model>
using KernelOf = decltype(std::declval<const Model&>().kernel(std::declval<sk::HostArrays&>()));

/// Sums of earlier steps, a ring of `memory` rows in which row `tick % memory` is the one to overwrite.
template <std::size_t Bases>
struct Past {
  const float* ring;
  std::uint64_t neurons, tick;
  std::uint32_t memory, neuron;

  __device__ float operator()(std::uint32_t lag, std::size_t basis = 0) const {
    return ring[((tick + memory - lag) % memory * neurons + neuron) * Bases + basis];
  }
};

}  // namespace

template <class Kernel, std::size_t Bases, std::size_t Channels>
__global__ void step(Kernel model, sk::Stream spikes, sk::Stream noise, std::uint64_t now, std::uint32_t neurons,
                     double unit, const std::int64_t* sums, const float* self_history, const float* channels,
                     typename Kernel::State* states, float* ring, std::int64_t* counts) {
  const std::uint32_t neuron = blockIdx.x * blockDim.x + threadIdx.x;
  if (neuron >= neurons) return;
  const std::uint32_t memory = model.filter.memory();
  float latest[Bases];
  for (std::size_t basis = 0; basis < Bases; ++basis)
    latest[basis] = static_cast<float>(sk::mul(static_cast<double>(sums[neuron * Bases + basis]), unit));
  const Past<Bases> past{ring, neurons, now, memory, neuron};
  float x, b;
  if constexpr (Bases == 1)
    x = model.filter(states[neuron], latest[0], past);
  else
    x = model.filter(states[neuron], latest, past);
  if (memory > 0)
    for (std::size_t basis = 0; basis < Bases; ++basis)
      ring[(now % memory * neurons + neuron) * Bases + basis] = latest[basis];
  if constexpr (Kernel::noisy)
    b = model.baseline(sk::PrimedDraws{{noise, neuron, now}, noise.half(neuron, now)});
  else
    b = model.baseline(sk::Draws{noise, neuron, now});
  const float g = model.input(x, self_history[neuron], b, model.stimulus(channels + neuron * Channels, neuron));
  const float mu = model.rate(g, neuron);
  const std::uint32_t first = spikes.half(neuron, now);
  const bool maybe = model.may_spike(mu, first, neuron);
  counts[neuron] = maybe ? model.sampler(mu, sk::PrimedDraws{{spikes, neuron, now}, first}) : 0;
}

#define INSTANTIATE(...)                                                                                        \
  template __global__ void step<KernelOf<__VA_ARGS__>, __VA_ARGS__::bases, __VA_ARGS__::channels>(              \
      KernelOf<__VA_ARGS__>, sk::Stream, sk::Stream, std::uint64_t, std::uint32_t, double, const std::int64_t*, \
      const float*, const float*, KernelOf<__VA_ARGS__>::State*, float*, std::int64_t*)

using Mixed = sk::Cascade<sk::RaisedCosine<3>, sk::RefractoryFilter, sk::PerNeuron<sk::NoisyBaseline>,
                          sk::PerNeuron<sk::Softplus>, sk::BernoulliRateSampler, sk::ChannelWeights<2>>;

INSTANTIATE(sk::BernoulliGLM);
INSTANTIATE(sk::PoissonGLM);
INSTANTIATE(sk::RectifiedLNP);
INSTANTIATE(sk::RectifiedSAM);
INSTANTIATE(sk::ThresholdSAM);
INSTANTIATE(Mixed);
