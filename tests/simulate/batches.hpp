// SPDX-License-Identifier: BSD-3-Clause
//
// Networks and models of the tests of batches.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../against_reference.hpp"
#include "../slow_reference.hpp"
#include "../support.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/nonlinearities/identity.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/samplers/poisson.hpp"
#include "spikeometric/model/samplers/threshold.hpp"
#include "spikeometric/simulate/simulator.hpp"

namespace batches {

using namespace spikeometric;

inline constexpr std::uint32_t first_id = 5;
inline constexpr Seed seed{11};

inline const BernoulliGLM lively{{.theta = 1.0f, .coupling_window = 20, .abs_ref_steps = 2, .rel_ref_steps = 5}};
using CountingModel = Cascade<TimeConstantFilter, NoHistory, ConstantBaseline, RectifiedLinear, PoissonSampler>;
using ActiveModel = Cascade<LeakyFilter, NoHistory, NoisyBaseline, Identity, ThresholdSampler>;
inline const CountingModel counting{{}, {.tau = 3.0f, .T = 12}, {}, {.b = 0.5f}, {.lambda_0 = 0.5f}};
inline const ActiveModel active{{}, {.tau = 4.0f}, {}, {.b = 1.0f, .sigma = 0.5f, .rho = 0.2f}, {}, {.theta = 1.0f}};

inline float flicker(std::uint64_t step, std::uint32_t neuron) {
  return static_cast<float>(slow::mix(step * 1000 + neuron) % 1000) * 0.002f - 1.0f;
}

/// Networks of 1 to `most` neurons, some with delays.
inline std::vector<Graph<>> random_graphs(std::size_t count, int most, std::uint64_t number = 1) {
  support::Numbers numbers{number};
  std::vector<Graph<>> graphs;
  while (graphs.size() < count) {
    const auto neurons = static_cast<std::size_t>(graphs.empty() ? most : numbers.between(1, most));
    const against::NetworkKind kind{.neurons = neurons,
                                    .probability = std::min(1.0, 8.0 / static_cast<double>(neurons)),
                                    .strength = 0.4,
                                    .longest_delay = numbers.one_of<std::size_t>({1, 1, 3, 40}),
                                    .several = numbers.coin(0.3)};
    graphs.push_back(against::graph_of<float, 1, std::uint32_t>(against::random_network(numbers, kind).synapses));
  }
  return graphs;
}

template <class Event>
std::vector<Spike> list(const Events<Event>& events) {
  return {events.begin(), events.end()};
}

}  // namespace batches
