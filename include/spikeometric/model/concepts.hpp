// SPDX-License-Identifier: BSD-3-Clause
//
// What the parts of a model must offer. A model is a Cascade of policies; write your own by modelling one of these.
//
//   g_i(t)  = r sum_k c(k) sum_j W_ji X_j(t-1-k) + sum_k h(k) X_i(t-1-k) + b_i(t) + E_i(t)
//             Filter c                             SelfHistory h           Baseline  StimulusFilter
//   mu_i(t) = f(g_i(t))                            Nonlinearity f
//   X_i(t)  ~ P(mu_i(t))                           Sampler P
//
//   struct Quadratic {
//     template <class Real> SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const { return g < 0 ? Real(0) : g * g; }
//   };
//   static_assert(sk::Nonlinearity<Quadratic>);
//
// A step calls kernels. A policy is its own kernel unless it has a member `kernel(dt)`, which returns one with
// constants computed, or `kernel(dt, arrays)`, whose kernel may read arrays: arrays(std::span<const T>) is a pointer to
// a copy in the memory of the backend. Kernels are SPIKEOMETRIC_HOST_DEVICE, trivially copyable, and const. For the
// same spikes everywhere they call exp, log and their like from spikeometric, not from std.
//
// A policy may check itself on construction of a model: validate() or validate(dt), and validate_neurons(n) where its
// arrays fit networks of one size only; each throws InvalidParameter.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/model/arrays.hpp"
#include "spikeometric/parameter/lifted.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric {

namespace detail {

/// past(lag), lag >= 1: a neuron's sum of synaptic input `lag` steps ago; past(lag, basis) where there are several. The
/// archetype of what filters are given.
struct PastInput {
  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint32_t, std::size_t = 0) const { return 0.0f; }
};

template <class Policy, class Real, class Arrays>
auto kernel_of(const Policy& policy, [[maybe_unused]] Real dt, [[maybe_unused]] Arrays& arrays) {
  if constexpr (!std::is_same_v<RoundedOf<Policy>, Policy>)
    return kernel_of(rounded(policy), dt, arrays);
  else if constexpr (requires { policy.kernel(dt, arrays); })
    return policy.kernel(dt, arrays);
  else if constexpr (requires { policy.kernel(dt); })
    return policy.kernel(dt);
  else if constexpr (requires { policy.kernel(static_cast<float>(dt), arrays); })  // dt is a Dual, the policy is not
    return policy.kernel(static_cast<float>(dt), arrays);
  else if constexpr (requires { policy.kernel(static_cast<float>(dt)); })
    return policy.kernel(static_cast<float>(dt));
  else
    return policy;
}

template <class Policy>
using KernelOf = decltype(kernel_of(std::declval<const Policy&>(), 1.0f, std::declval<HostArrays&>()));

template <class FilterPolicy>
inline constexpr std::size_t bases = 1;
template <class FilterPolicy>
requires requires { FilterPolicy::bases; }
inline constexpr std::size_t bases<FilterPolicy> = FilterPolicy::bases;

template <class FilterKernel>
inline constexpr bool has_activation = false;
template <class FilterKernel>
requires requires { FilterKernel::has_activation; }
inline constexpr bool has_activation<FilterKernel> = FilterKernel::has_activation;

/// Whether a filter itself gives 0 for what is below 2^-100 in size.
template <class FilterKernel>
inline constexpr bool gives_normal_or_zero = false;
template <class FilterKernel>
requires requires { FilterKernel::normal_or_zero; }
inline constexpr bool gives_normal_or_zero<FilterKernel> = FilterKernel::normal_or_zero;

template <class Kernel, std::size_t Bases>
concept FilterKernel = requires(const Kernel kernel, typename Kernel::State state, float sum, const float* sums) {
  { kernel.memory() } -> std::convertible_to<std::uint32_t>;
  requires Bases >
  1 || requires {
    { kernel(state, sum, PastInput{}) } -> std::convertible_to<float>;
  };
  requires Bases == 1 || requires {
    { kernel(state, sums, PastInput{}) } -> std::convertible_to<float>;
  };
};

}  // namespace detail

/// Coupling filter, shared by all synapses. Its kernel has
///   State                            one neuron's state, a number or a struct (value-initialised at the start)
///   std::uint32_t memory()           how many past sums are kept
///   float (State&, sum, past)        x(t) from the sum over synapses s(t) and past(lag) = s(t - lag),
///                                    1 <= lag <= memory(); updates the state
/// Optional: `static constexpr std::size_t bases` in the policy, the number of weights of a synapse; where it is above
/// 1 the kernel is given `const float* sums`, one for each, and past(lag, basis). `static constexpr bool has_activation
/// = true` in the kernel, for filters that start from a synaptic activation: `State activated(double x)`, or
/// activated(const double* x) of several bases, makes the next step's x(t) = x + what s(t) adds.
template <class F>
concept Filter = detail::FilterKernel<detail::KernelOf<F>, detail::bases<F>>;

/// Self-history filter: `history.taps(dt)` is a vector h(0), h(1), ..., applied to the neuron's own spikes.
template <class H>
concept SelfHistory = requires(const H history) {
  { history.taps(1.0f)[0] } -> std::convertible_to<float>;
  { history.taps(1.0f).size() } -> std::convertible_to<std::size_t>;
};

/// Baseline: `baseline(draws)` is b_i(t), where `draws` knows neuron and step and gives noise that is its own. A kernel
/// that takes PrimedDraws alone is given draws whose first half was made for many neurons at once.
template <class B>
concept Baseline = requires(const detail::KernelOf<B> baseline, const PrimedDraws draws) {
  { baseline(draws) } -> std::convertible_to<float>;
};

/// Nonlinearity: f(g), f(g, dt) or f(g, dt, std::size_t neuron) is the mean count per step (a probability, before a
/// Bernoulli sampler). A template over the real type, so that derivatives can pass.
template <class F>
concept Nonlinearity = requires(const detail::KernelOf<F> f, float g) {
  { f(g) } -> std::convertible_to<float>;
}
|| requires(const detail::KernelOf<F> f, float g, float dt) {
  { f(g, dt) } -> std::convertible_to<float>;
}
|| requires(const detail::KernelOf<F> f, float g, float dt, std::size_t neuron) {
  { f(g, dt, neuron) } -> std::convertible_to<float>;
};

/// Sampler: `sampler(mu, draws)` is the spike count X. `S::binary` tells whether it is never above 1. Optional in the
/// policy:
///   static constexpr Bounds dt_bounds              the time steps it allows
///   static constexpr bool deterministic = true     draws nothing, so that nothing is drawn for it
/// and, for tuning by gradient and for fits, static functions of any Real, a Dual, too:
///   Real mean(Real mu), variance(Real mu), log_probability(std::uint32_t count, Real mu)     of the count
template <class S>
concept Sampler = requires(const detail::KernelOf<S> sampler, float mu, const PrimedDraws draws) {
  { sampler(mu, draws) } -> std::integral;
  {std::bool_constant<S::binary>{}};
};

/// A sampler that knows the distribution of its counts.
template <class S>
concept Distribution = Sampler<S> && requires(Dual mu) {
  { S::mean(mu) } -> std::same_as<Dual>;
  { S::variance(mu) } -> std::same_as<Dual>;
  { S::log_probability(1u, mu) } -> std::same_as<Dual>;
};

/// Stimulus filter: `filter(channel)` or `filter(channel, neuron)` is E_i(t), channel[0], ..., channel[F::channels - 1]
/// being the stimulus. Zeros give zero.
template <class F>
concept StimulusFilter = requires {
  {std::integral_constant<std::size_t, F::channels>{}};
}
&&(
    requires(const detail::KernelOf<F> filter, const float* channel) {
      { filter(channel) } -> std::convertible_to<float>;
    } ||
    requires(const detail::KernelOf<F> filter, const float* channel, std::size_t neuron) {
      { filter(channel, neuron) } -> std::convertible_to<float>;
    });

/// A model, as a simulator needs it: what every Cascade is.
template <class M>
concept Model = requires(const M model, HostArrays arrays) {
  {std::bool_constant<M::binary>{}};
  {std::integral_constant<std::size_t, M::bases>{}};
  {std::integral_constant<std::size_t, M::channels>{}};
  { model.dt() } -> std::convertible_to<float>;
  model.kernel(arrays);
  model.history.taps(model.dt());
  model.validate();
  model.validate_neurons(std::uint64_t{1});
};

}  // namespace spikeometric
