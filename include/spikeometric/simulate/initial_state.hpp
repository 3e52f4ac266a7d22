// SPDX-License-Identifier: BSD-3-Clause
//
// What a network starts from, where no history is given.
//
//   sk::Simulator quiet{graph, model, drive, sk::Seed{1}, sk::EigenBackend<>{}, sk::InitialState::silent()};
//   quiet.reset(sk::InitialState::rate_hz(5.0));
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/poisson.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric {

namespace detail {

/// Of the random numbers that a network starts from.
inline constexpr Purpose initial_state_purpose{3};

}  // namespace detail

/// How the neurons were active before the first step.
class InitialState {
 public:
  /// A volley.
  InitialState() = default;

  /// Every neuron spiked in the step before with probability 1/2; in a model of synaptic activation, activations are
  /// uniform in (0, 1). It may throw a network that has a stable state of low rates into one of high rates.
  static InitialState volley() { return {}; }

  /// No spikes, no activation.
  static InitialState silent() { return InitialState(0.0); }

  /// Spikes of this mean rate, independent of each other, in all steps that a finite window, a self-history or a delay
  /// reaches back to, and in as many as an infinite window takes to fall to exp(-5): five time constants. Binary models
  /// have at most one a step. Throws InvalidArgument for a rate that is negative or not finite.
  static InitialState rate_hz(double rate) {
    if (!(rate >= 0.0) || !std::isfinite(rate))
      throw InvalidArgument("an initial rate of " + detail::to_text(rate) +
                            " Hz is invalid: it must be finite and at least 0");
    return InitialState(rate);
  }

  bool is_volley() const { return rate_hz_ < 0.0; }
  bool is_silent() const { return rate_hz_ == 0.0; }
  double rate_hz() const { return std::max(rate_hz_, 0.0); }

 private:
  explicit InitialState(double rate) : rate_hz_(rate) {}

  double rate_hz_ = -1.0;  // negative: a volley
};

namespace detail {

/// past(lag) of a single spike, in the sums of one basis function.
struct OneSpike {
  std::uint64_t ago;
  std::size_t of;

  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint32_t lag, std::size_t basis = 0) const {
    return basis == of && lag == ago ? 1.0f : 0.0f;
  }
};

/// How many steps a spike acts on a filter's output: those of its window, or, without an end, until what is left of the
/// peak is exp(-5); 10^6 at most.
template <std::size_t Bases, class FilterKernel>
std::uint64_t reach_of(const FilterKernel& filter) {
  std::uint64_t reach = filter.memory();
  for (std::size_t m = 0; m < Bases; ++m) {
    typename FilterKernel::State state{};
    double peak = 0.0;
    // A filter may rise late, and swing through 0: none has come to its end before twice its reach.
    for (std::uint64_t lag = 0; lag < std::clamp<std::uint64_t>(2 * reach, 1000, 1'000'000); ++lag) {
      const OneSpike past{lag, m};
      float sums[Bases] = {};
      sums[m] = lag == 0 ? 1.0f : 0.0f;
      double x;
      if constexpr (Bases == 1)
        x = std::abs(static_cast<double>(filter(state, sums[0], past)));
      else
        x = std::abs(static_cast<double>(filter(state, sums, past)));
      peak = std::max(peak, x);
      const double nothing = lag <= filter.memory() ? 1e-9 : 0.006738;  // rounding errors; exp(-5)
      if (x > peak * nothing) reach = std::max(reach, lag + 1);
    }
  }
  return reach;
}

/// The spikes of `steps` steps before the start, oldest first: counts of this mean.
template <class ModelType, bool Binary = ModelType::binary>
std::vector<std::vector<EventOf<ModelType>>> initial_spikes(double mean, std::uint64_t steps, std::uint64_t neurons,
                                                            const Stream& stream) {
  using Event = EventOf<ModelType>;
  std::vector<std::vector<Event>> history(steps);
  for (std::uint64_t lag = 0; lag < steps; ++lag)
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron) {
      const Draws draws{stream, neuron, lag};
      const std::int64_t count = Binary ? bernoulli(static_cast<float>(mean), draws) : poisson(mean, draws);
      if (count > 0) history[steps - 1 - lag].push_back(Event(0, neuron, static_cast<std::uint32_t>(count)));
    }
  return history;
}

}  // namespace detail

}  // namespace spikeometric
