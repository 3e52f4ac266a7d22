// SPDX-License-Identifier: BSD-3-Clause
//
// The composed step runs on a device: everything that a backend calls per neuron, in one kernel.
#include <spikeometric/model/bernoulli_glm.hpp>
#include <spikeometric/stimulus/stimulus.hpp>

#include <cstdint>

namespace sk = spikeometric;

namespace {

using Kernel = decltype(sk::BernoulliGLM{}.kernel());

/// Sums of earlier steps, a ring of `memory` rows in which row `tick % memory` is the one to overwrite.
struct Past {
  const float* ring;
  std::uint64_t neurons, tick;
  std::uint32_t memory, neuron;

  __device__ float operator()(std::uint32_t lag) const {
    return ring[(tick + memory - lag) % memory * neurons + neuron];
  }
};

}  // namespace

__global__ void step(Kernel model, sk::NoStimulus stimulus, sk::Stream spikes, sk::Stream noise, std::uint64_t now,
                     std::uint32_t neurons, double unit, const std::int64_t* sums, const float* self_history,
                     Kernel::State* states, float* ring, std::uint32_t* counts) {
  const std::uint32_t neuron = blockIdx.x * blockDim.x + threadIdx.x;
  if (neuron >= neurons) return;
  const std::uint32_t memory = model.filter.memory();
  const float sum = static_cast<float>(sk::mul(static_cast<double>(sums[neuron]), unit));
  const float x = model.filter(states[neuron], sum, Past{ring, neurons, now, memory, neuron});
  if (memory > 0) ring[now % memory * neurons + neuron] = sum;
  const float g = model.input(x, self_history[neuron], stimulus(now, neuron), sk::Draws{noise, neuron, now});
  const float mu = model.rate(g);
  const std::uint32_t first = spikes.half(neuron, now);
  counts[neuron] = model.may_spike(mu, first) ? model.sampler(mu, sk::SpikeDraws{{spikes, neuron, now}, first}) : 0;
}
