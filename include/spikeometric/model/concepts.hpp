// SPDX-License-Identifier: BSD-3-Clause
//
// What the parts of a model must offer. A model is a Cascade of five policies; write your own by modelling one of
// these.
//
//   g_i(t)  = r sum_k c(k) sum_j W_ji X_j(t-1-k) + sum_k h(k) X_i(t-1-k) + b_i(t) + E_i(t)
//             Filter c                             SelfHistory h           Baseline  stimulus
//   mu_i(t) = f(g_i(t))                            Nonlinearity f
//   X_i(t)  ~ P(mu_i(t))                           Sampler P
//
//   struct Quadratic {
//     template <class Real> SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const { return g > 0 ? g * g : Real(0); }
//   };
//   static_assert(sk::Nonlinearity<Quadratic>);
//
// Everything a step calls is SPIKEOMETRIC_HOST_DEVICE, trivially copyable, and const. For the same spikes everywhere it
// calls exp, log and their like from spikeometric, not from std.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "spikeometric/random/streams.hpp"

namespace spikeometric {

namespace detail {

/// past(lag), lag >= 1: a neuron's sum of synaptic input `lag` steps ago. The archetype of what filters are given.
struct PastInput {
  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint32_t) const { return 0.0f; }
};

}  // namespace detail

/// Coupling filter, shared by all synapses. `filter.kernel(dt)` returns what a step needs, constants computed:
///   typename Kernel::State                 one neuron's state, a number (value-initialised at the start) or empty
///   std::uint32_t kernel.memory()          how many past sums are kept
///   float kernel(state, sum, past) const   x(t) from the sum over synapses s(t) and past(lag) = s(t - lag),
///                                          1 <= lag <= memory(); updates the state
template <class F>
concept Filter = requires(const F filter, decltype(std::declval<const F&>().kernel(1.0f)) kernel,
                          typename decltype(std::declval<const F&>().kernel(1.0f))::State state) {
  { kernel.memory() } -> std::convertible_to<std::uint32_t>;
  { std::as_const(kernel)(state, 1.0f, detail::PastInput{}) } -> std::convertible_to<float>;
};

/// Self-history filter: `history.taps(dt)` is a vector h(0), h(1), ..., applied to the neuron's own spikes.
template <class H>
concept SelfHistory = requires(const H history) {
  { history.taps(1.0f)[0] } -> std::convertible_to<float>;
  { history.taps(1.0f).size() } -> std::convertible_to<std::size_t>;
};

/// Baseline: `baseline(draws)` is b_i(t), where `draws` knows neuron and step and gives noise that is its own.
template <class B>
concept Baseline = requires(const B baseline, const Draws draws) {
  { baseline(draws) } -> std::convertible_to<float>;
};

/// Nonlinearity: f(g) or f(g, dt) is the mean count per step (a probability, before a Bernoulli sampler). A template
/// over the real type, so that derivatives can pass.
template <class F>
concept Nonlinearity = requires(const F f, float g) {
  { f(g) } -> std::convertible_to<float>;
}
|| requires(const F f, float g, float dt) {
  { f(g, dt) } -> std::convertible_to<float>;
};

/// Sampler: `sampler(mu, draws)` is the spike count X. `S::binary` tells whether it is never above 1. Optional:
///   static constexpr Bounds dt_bounds                          the time steps it allows
///   static bool may_spike(float mu, std::uint32_t first)       false only where draws with draws.first == first give
///                                                              0; the simulator then spares most neurons the rest
template <class S>
concept Sampler = requires(const S sampler, float mu, const SpikeDraws draws) {
  { sampler(mu, draws) } -> std::integral;
  {std::bool_constant<S::binary>{}};
};

/// A model, as a simulator needs it: what every Cascade is.
template <class M>
concept Model = requires(const M model) {
  {std::bool_constant<M::binary>{}};
  { model.dt() } -> std::convertible_to<float>;
  model.kernel();
  model.history.taps(model.dt());
  model.validate();
};

}  // namespace spikeometric
