// SPDX-License-Identifier: BSD-3-Clause
//
// Concepts of the parts of a model. A model is a Cascade of policies; a custom policy must satisfy one of these
// concepts.
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
// A step calls kernels. A policy is its own kernel unless it has a member `kernel(dt)`, which returns a kernel with its
// constants computed, or `kernel(dt, arrays)`, which returns a kernel that may read arrays: arrays(std::span<const T>)
// returns a pointer to a copy in the memory of the backend. Kernels are SPIKEOMETRIC_HOST_DEVICE, trivially copyable,
// and const. To give the same spikes everywhere, they call exp, log etc. from spikeometric, not from std.
//
// A policy may have its own checks, which a model calls on construction: validate() or validate(dt), and
// validate_neurons(n) if its arrays fit networks of only one size. Each throws InvalidParameter.
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

/// The archetype of the past input of a filter: past(lag), lag >= 1, is a neuron's sum over synapses `lag` steps ago;
/// past(lag, basis) if there are several basis functions.
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
  else if constexpr (requires { policy.kernel(static_cast<float>(dt), arrays); })  // only dt is a Dual
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
requires requires { requires !std::is_member_pointer_v<decltype(&FilterPolicy::bases)>; }
inline constexpr std::size_t bases<FilterPolicy> = FilterPolicy::bases;

template <class FilterKernel>
inline constexpr bool has_activation = false;
template <class FilterKernel>
requires requires { FilterKernel::has_activation; }
inline constexpr bool has_activation<FilterKernel> = FilterKernel::has_activation;

/// Whether every output of a filter is 0 or at least 2^-100 in size.
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
///   State                            a neuron's state, a number or a struct (value-initialised at the start)
///   std::uint32_t memory()           number of past sums to keep
///   float (State&, sum, past)        x(t) from the sum over synapses s(t) and past(lag) = s(t - lag),
///                                    1 <= lag <= memory(); updates the state
/// Optional: `static constexpr std::size_t bases` in the policy, the number of weights of a synapse. If it is above 1,
/// the kernel gets `const float* sums`, one for each basis function, and past(lag, basis). `static constexpr bool
/// has_activation = true` in the kernel, for filters that can start from a synaptic activation x: `State
/// activated(double x)`, or activated(const double* x) for several basis functions, returns the state for which the
/// next x(t) is x plus the contribution of s(t).
template <class F>
concept Filter = detail::FilterKernel<detail::KernelOf<F>, detail::bases<F>>;

/// Self-history filter: `history.taps(dt)` returns a vector h(0), h(1), ..., which is applied to the neuron's own
/// spikes. If neurons differ, as with PerNeuron, it returns one such vector for each neuron.
template <class H>
concept SelfHistory = requires(const H history) {
  { history.taps(1.0f)[0] } -> std::convertible_to<float>;
  { history.taps(1.0f).size() } -> std::convertible_to<std::size_t>;
}
|| requires(const H history) {
  { history.taps(1.0f)[0][0] } -> std::convertible_to<float>;
  { history.taps(1.0f)[0].size() } -> std::convertible_to<std::size_t>;
  history.validate_neurons(history.taps(1.0f).size());
};

/// Baseline: `baseline(draws)` returns b_i(t). `draws` holds the neuron and the step, and gives random numbers that no
/// other part uses. A kernel that accepts only PrimedDraws gets draws whose first half was computed for many neurons at
/// once.
template <class B>
concept Baseline = requires(const detail::KernelOf<B> baseline, const PrimedDraws draws) {
  { baseline(draws) } -> std::convertible_to<float>;
};

/// Nonlinearity: f(g), f(g, dt) or f(g, dt, std::size_t neuron) returns the mean count per step (for a Bernoulli
/// sampler, a probability). Derivatives need a template over the real type.
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

/// Sampler: `sampler(mu, draws)` returns the spike count X. `S::binary` is true if X is at most 1. Optional in the
/// policy:
///   static constexpr Bounds dt_bounds              the valid time steps
///   static constexpr bool deterministic = true     uses no random numbers, so none are drawn
/// and, for tuning by gradient and for fits, functions of any Real, including Dual, which are static or const:
///   Real mean(Real mu), variance(Real mu), log_probability(std::uint32_t count, Real mu)     of the count
template <class S>
concept Sampler = requires(const detail::KernelOf<S> sampler, float mu, const PrimedDraws draws) {
  { sampler(mu, draws) } -> std::integral;
  {std::bool_constant<S::binary>{}};
};

/// A sampler with mean, variance and log-probability of its counts.
template <class S>
concept Distribution = Sampler<S> && requires(const S sampler, Dual mu) {
  { sampler.mean(mu) } -> std::same_as<Dual>;
  { sampler.variance(mu) } -> std::same_as<Dual>;
  { sampler.log_probability(1u, mu) } -> std::same_as<Dual>;
};

/// Stimulus filter: `filter(channel)` or `filter(channel, neuron)` returns E_i(t) for the stimulus channel[0], ...,
/// channel[F::channels - 1]. It must return 0 if all channels are 0.
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

/// The requirements of a simulator on a model. Every Cascade satisfies them.
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
