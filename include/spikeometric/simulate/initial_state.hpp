// SPDX-License-Identifier: BSD-3-Clause
//
// The initial state of a network without a given history.
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

/// The purpose of the random numbers of an initial state.
inline constexpr Purpose initial_state_purpose{3};

}  // namespace detail

/// The activity of the neurons before the first step.
class InitialState {
 public:
  /// The same as volley().
  InitialState() = default;

  /// Every neuron spiked in the last step before the start with probability 1/2. In a model with synaptic activations,
  /// the activations are uniform in (0, 1) instead. A network that also has a stable state of low rates may go to a
  /// state of high rates.
  static InitialState volley() { return {}; }

  /// No spikes and no activation.
  static InitialState silent() { return InitialState(0.0); }

  /// Independent spikes with this mean rate in all earlier steps that the coupling window, the self-history and the
  /// delays reach back to. An infinite window counts until it has decayed to exp(-5) of its peak, which is five time
  /// constants. Spike counts are Poisson; binary models have at most one spike in a step. Throws InvalidArgument for a
  /// rate that is negative or not finite.
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

/// past(lag) of a single spike, in the sums of basis function `of`.
struct OneSpike {
  std::uint64_t ago;
  std::size_t of;

  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint32_t lag, std::size_t basis = 0) const {
    return basis == of && lag == ago ? 1.0f : 0.0f;
  }
};

/// The number of steps in which a spike affects a filter's output: its window, or for an infinite one the steps until
/// the output has decayed to exp(-5) of its peak. At most 10^6.
template <std::size_t Bases, class FilterKernel>
std::uint64_t reach_of(const FilterKernel& filter) {
  std::uint64_t reach = filter.memory();
  for (std::size_t m = 0; m < Bases; ++m) {
    typename FilterKernel::State state{};
    double peak = 0.0;
    // A filter may rise late or oscillate through 0, so the search continues to twice the reach found so far.
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

/// Random spikes with this mean count in the `steps` steps before the start, oldest first.
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
