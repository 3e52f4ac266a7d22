// SPDX-License-Identifier: BSD-3-Clause
//
// What is to be fitted.
//
//   const auto spikes = recordings::simulated(recordings::network(8, 2.0), recordings::binary_family, 3000);
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "../../examples/infer/solvers.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace recordings {

using namespace spikeometric;

inline const BernoulliGLM binary_family{{.theta = 3.0f, .coupling_window = 10}};
inline const PoissonGLM count_family{{.alpha = 30.0f, .tau = 5.0f, .T = 10}};

inline Graph<> network(std::uint64_t neurons, double std, std::uint64_t seed = 1) {
  return generate::normal({.neurons = neurons, .probability = 0.3, .std = std}, Seed{seed});
}

template <class Model, class Stimulus = NoStimulus>
auto simulated(const Graph<>& graph, const Model& model, std::uint64_t steps, const Stimulus& stimulus = {},
               Seed seed = Seed{2}) {
  Simulator simulator{graph, model, stimulus, seed};
  simulator.equilibrate(100);
  return simulator.run(steps);
}

/// A recording of these spikes: (step, neuron), in order.
inline Events<> recording(std::uint64_t neurons, std::uint64_t steps,
                          const std::vector<std::array<std::uint32_t, 2>>& spikes) {
  Events<> events(neurons, 1.0);
  std::vector<BinaryEvent> list;
  for (const auto& [step, neuron] : spikes) list.emplace_back(step, neuron, 1u);
  events.append(steps, list);
  return events;
}

}  // namespace recordings
