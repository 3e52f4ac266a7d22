// SPDX-License-Identifier: BSD-3-Clause
//
// The step of one neuron, in phases. They take plain values, own no memory and do not depend on the memory layout. A
// device calls all phases for each neuron, the CPU loops over a block of neurons in each phase, and a replay calls them
// with dual numbers.
//
//   for (std::size_t basis = 0; basis < Bases; ++basis) latest[basis] = step.read(sums[basis], unit);
//   const auto x = step.filter(state, latest, past);
//   const auto g = step.input(x, self_history, step.baseline(neuron, clock.random_step, half), stimulus);
//   const auto mu = step.rate(g, neuron);
//   if (step.may_spike(g, mu, first, neuron)) count = step.count(g, mu, neuron, clock.random_step, first);
//   if (step.failed(g, mu, count)) ...
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/random/hash.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/step/may_spike.hpp"
#include "spikeometric/step/purposes.hpp"

namespace spikeometric::detail {

/// A sum of weights as a double, exactly, for |sum| <= 2^53 or, with Bits = 51, |sum| < 2^51. SIMD units before AVX-512
/// cannot convert 64-bit integers. So the sum, or each half of it, becomes the low bits of a double of known exponent.
template <int Bits>
SPIKEOMETRIC_HOST_DEVICE inline double exact_double(std::int64_t sum) {
  static_assert(Bits == 51 || Bits == 53);
#if defined(__CUDA_ARCH__)
  return static_cast<double>(sum);
#else
  const auto bits = static_cast<std::uint64_t>(sum);
  if constexpr (Bits == 51) return std::bit_cast<double>(bits + 0x4338000000000000u) - 0x1.8p52;  // 2^52 + 2^51 + sum
  const auto low = std::bit_cast<double>((bits & 0xFFFFFFFFu) | 0x4330000000000000u);             // 2^52 + low half
  const auto high = std::bit_cast<double>((bits >> 32) ^ 0x4530000080000000u);  // 2^84 + 2^32 (high half + 2^31)
  return (high - 0x1.00000801p84) + low;
#endif
}

SPIKEOMETRIC_HOST_DEVICE inline std::uint32_t bits_of(float x) {
#if defined(__CUDA_ARCH__)
  return __float_as_uint(x);
#else
  return std::bit_cast<std::uint32_t>(x);
#endif
}

/// The result of a step for one neuron.
struct Outcome {
  float g, mu, stimulus;
  std::int64_t count;
};

/// The step of one neuron. Trivially copyable. `Number` is float or FloatDual.
template <class KernelType, std::size_t Bases, class Number = float>
struct NeuronStep {
  using Kernel = KernelType;
  using State = typename Kernel::State;
  static constexpr std::size_t bases = Bases;

  Kernel kernel;
  Seed seed;
  std::uint32_t network = 0;     // network id
  std::int64_t count_limit = 1;  // the largest count that keeps sums exact; 1 for binary models
  bool has_small_units = false;  // whether a nonzero sum may be below 2^-100 in size

  SPIKEOMETRIC_HOST_DEVICE Stream noise() const { return {seed, network, noise_purpose}; }
  SPIKEOMETRIC_HOST_DEVICE Stream spikes() const { return {seed, network, spike_purpose}; }

  /// The weighted sum s of one basis function, or 0 if |s| < 2^-100. In a binary model, the sum is at most 2^40 units
  /// in size, plus at most 2^50 units from a restored state.
  SPIKEOMETRIC_HOST_DEVICE float read(std::int64_t sum, double unit) const {
    constexpr int bits = Kernel::binary ? 51 : 53;
    const double s = mul(exact_double<bits>(sum), unit);
    return static_cast<float>(has_small_units ? normal_or_zero(s) : s);
  }

  /// x = filter(s), or 0 if |x| < 2^-100; updates the state.
  template <class Past>
  SPIKEOMETRIC_HOST_DEVICE Number filter(State& state, const float* latest, const Past& past) const {
    return rounded([&] {
      if constexpr (Bases == 1)
        return kernel.filter(state, latest[0], past);
      else
        return kernel.filter(state, latest, past);
    }());
  }

  /// Rounds the output x of the filter, as in `filter`.
  template <class Filtered>
  SPIKEOMETRIC_HOST_DEVICE static Number rounded(const Filtered& x) {
    using Filter = decltype(kernel.filter);
    if constexpr (gives_normal_or_zero<Filter>)
      return static_cast<Number>(x);
    else
      return static_cast<Number>(normal_or_zero(x));
  }

  /// b. `half` is the first half of the noise draws; only a noisy baseline uses it.
  SPIKEOMETRIC_HOST_DEVICE Number baseline(std::uint32_t neuron, std::uint64_t random_step, std::uint32_t half) const {
    const Draws draws{noise(), neuron, random_step};
    if constexpr (Kernel::noisy)
      return static_cast<Number>(kernel.baseline(PrimedDraws{draws, half}));
    else
      return static_cast<Number>(kernel.baseline(draws));
  }

  /// E from the channels of a neuron's stimulus.
  SPIKEOMETRIC_HOST_DEVICE Number stimulus(const Number* channel, [[maybe_unused]] std::size_t neuron) const {
    if constexpr (requires { kernel.stimulus_filter(channel, neuron); })
      return static_cast<Number>(kernel.stimulus_filter(channel, neuron));
    else
      return static_cast<Number>(kernel.stimulus_filter(channel));
  }

  /// g = ((r x + H) + b) + E
  SPIKEOMETRIC_HOST_DEVICE Number input(Number x, Number self_history, Number b, Number stimulus) const {
    return ((mul(kernel.r, x) + self_history) + b) + stimulus;
  }

  /// mu = f(g)
  SPIKEOMETRIC_HOST_DEVICE Number rate(Number g, std::size_t neuron) const { return kernel.rate(g, neuron); }

  /// False only if the sampler is certain to return 0. True for NaN, so that it is detected.
  SPIKEOMETRIC_HOST_DEVICE bool may_spike(float g, float mu, std::uint32_t first, std::size_t neuron) const {
    return static_cast<bool>(detail::may_spike(kernel.sampler, mu, first, neuron) | (g != g));
  }

  /// X; 0 if g or mu is NaN.
  SPIKEOMETRIC_HOST_DEVICE std::int64_t count(float g, float mu, std::uint32_t neuron, std::uint64_t random_step,
                                              std::uint32_t first) const {
    if (g != g || mu != mu) return 0;
    return static_cast<std::int64_t>(kernel.sampler(mu, PrimedDraws{{spikes(), neuron, random_step}, first}));
  }

  /// Whether the step fails: g or mu is NaN, or the count is negative or would make sums inexact.
  SPIKEOMETRIC_HOST_DEVICE bool failed(float g, float mu, std::int64_t count) const {
    return g != g || mu != mu || count < 0 || count > count_limit;
  }

  /// The reason why the step fails, for a message.
  std::string failure(const Outcome& of) const {
    if (of.stimulus != of.stimulus) return "the stimulus is NaN";
    if (of.g != of.g) return "the input is NaN";
    if (of.mu != of.mu) return "the mean count is NaN";
    return "the count " + std::to_string(of.count) + ", drawn with mean " + to_text(of.mu) +
           ", must be between 0 and " + std::to_string(count_limit);
  }

  /// A neuron's contribution to the hash of a run is hash(hash_of_step(step), neuron, g, mu). It depends on the bits of
  /// g and mu.
  SPIKEOMETRIC_HOST_DEVICE std::uint64_t hash_of_step(std::uint64_t step) const { return mix(mix(network) ^ step); }
  SPIKEOMETRIC_HOST_DEVICE static std::uint64_t hash(std::uint64_t at, std::uint32_t neuron, float g, float mu) {
    return mix(mix(at ^ neuron) ^ (bits_of(g) | std::uint64_t{bits_of(mu)} << 32));
  }
};

}  // namespace spikeometric::detail
