// SPDX-License-Identifier: BSD-3-Clause
//
// Stimuli E_i(t): input from outside the network. Any function of step and neuron is one.
//
//   const auto pulse = [](std::uint64_t step, std::uint32_t neuron) {
//     return step < 100 && neuron < 10 ? 2.0f : 0.0f;
//   };
//   sk::Simulator driven{graph, model, pulse, sk::Seed{1}};
//   sk::Simulator alone{graph, model, sk::no_stimulus, sk::Seed{1}};
#pragma once

#include <concepts>
#include <cstdint>

#include "spikeometric/arithmetic/exact.hpp"

namespace spikeometric {

/// `stimulus(step, neuron)` is the input, a number, to a neuron in a step of the run. Steps count from 0 over all runs,
/// equilibration left out; neurons count within their network. Called from several threads at once, once per neuron and
/// step in any order, so it must not depend on anything else that changes.
template <class S>
concept Stimulus = requires(const S stimulus, std::uint64_t step, std::uint32_t neuron) {
  { stimulus(step, neuron) } -> std::convertible_to<float>;
};

/// E = 0.
struct NoStimulus {
  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint64_t, std::uint32_t) const { return 0.0f; }
};
inline constexpr NoStimulus no_stimulus{};

}  // namespace spikeometric
