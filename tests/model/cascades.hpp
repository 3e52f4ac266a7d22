// SPDX-License-Identifier: BSD-3-Clause
//
// Shared parts of the tests that compare cascades with the slow reference.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "../against_reference.hpp"
#include "../catch.hpp"
#include "../slow_reference.hpp"
#include "../support.hpp"

namespace cascades {

// Stimuli that depend on step and neuron, or on the step alone.

inline float flicker(std::uint64_t step, std::uint32_t neuron) {
  return static_cast<float>(slow::mix(step * 1000 + neuron) % 1000) * 0.002f - 1.0f;
}
inline float flash(std::uint64_t step) { return step % 10 < 3 ? 0.8f : 0.0f; }
inline float flash_everywhere(std::uint64_t step, std::uint32_t) { return flash(step); }

inline slow::Stimulus only(slow::Stimulus stimulus, std::function<bool(std::uint32_t)> touched) {
  return [=](std::uint64_t step, std::uint32_t neuron) { return touched(neuron) ? stimulus(step, neuron) : 0.0f; };
}

inline slow::Model rectified(slow::Filter filter, float lambda_0, float theta, float b, float dt = 1.0f) {
  slow::Model model;
  model.filters = {std::move(filter)};
  model.baseline = [=](const slow::Bits&) { return b; };
  model.rate = [=](float g, std::uint32_t) { return lambda_0 * dt * std::max(g - theta, 0.0f); };
  model.sample = slow::poisson;
  return model;
}

/// Checks models on random networks; check_one(numbers, kind) checks one.
template <class CheckOne>
void check_many(std::uint64_t seed, int cases, CheckOne check_one) {
  support::Numbers numbers{seed};
  for (int i = 0; i < (support::slow_build ? cases / 6 + 2 : cases); ++i) {
    auto kind = against::random_kind(numbers, i);
    kind.wide = false;
    CAPTURE(i, kind.longest_delay);
    check_one(numbers, kind);
  }
}

/// A strength of weights at which activity neither dies out nor diverges.
inline double balanced(const against::NetworkKind& kind, double gain) {
  return gain / std::sqrt(1.0 + kind.probability * static_cast<double>(kind.neurons) * (kind.several ? 2.0 : 1.0));
}

inline std::vector<float> values(support::Numbers& numbers, std::size_t count, double first, double last) {
  std::vector<float> result(count);
  for (float& value : result) value = static_cast<float>(numbers.real(first, last));
  return result;
}

}  // namespace cascades
