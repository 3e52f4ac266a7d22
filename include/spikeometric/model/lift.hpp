// SPDX-License-Identifier: BSD-3-Clause
//
// Models over dual numbers. The values are bit-identical to those in a simulator, and each has a derivative with
// respect to one parameter.
//
//   sk::HostArrays arrays;
//   const auto slope_of = [](std::string_view name) { return name == "theta" ? 1.0 : 0.0; };
//   const auto kernel = sk::detail::lifted_kernel(model, slope_of, arrays);
//   kernel.rate(sk::FloatDual{g}, neuron).derivative;             // d mu / d theta
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/model/filters/with_self.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/parameter/lifted.hpp"

namespace spikeometric {

namespace detail {

template <class Kernel>
concept PassesDerivatives = requires(const Kernel f, FloatDual g) {
  { f(g) } -> std::convertible_to<FloatDual>;
}
|| requires(const Kernel f, FloatDual g) {
  { f(g, g) } -> std::convertible_to<FloatDual>;
}
|| requires(const Kernel f, FloatDual g) {
  { f(g, g, std::size_t{0}) } -> std::convertible_to<FloatDual>;
};

/// A filter's state over dual numbers, with derivative 0. A state is a number, an array of states (Basis and
/// BiexponentialFilter), two states (WithSelf) or empty (Fir). The state of a filter that is not lifted is unchanged.
template <class To, class From>
To lifted_state(const From& from) {
  To state{};
  if constexpr (std::is_same_v<From, To>) {
    state = from;
  } else if constexpr (requires { static_cast<double>(from); }) {
    state = To(static_cast<double>(from));
  } else if constexpr (requires { from.of[0]; }) {
    for (std::size_t m = 0; m < std::size(from.of); ++m)
      state.of[m] = lifted_state<std::remove_cvref_t<decltype(state.of[0])>>(from.of[m]);
  } else if constexpr (requires { from.coupling, from.self; }) {
    state.coupling = lifted_state<decltype(state.coupling)>(from.coupling);
    state.self = lifted_state<decltype(state.self)>(from.self);
  } else {
    static_assert(
        std::is_empty_v<From>,
        "spikeometric: the state of a filter that is a template over the real type must be a number or empty");
  }
  return state;
}

}  // namespace detail

/// A model whose mean counts have derivatives: its nonlinearity is a template over the real type, and its sampler is a
/// Distribution.
template <class M>
concept Differentiable = Model<M> && Distribution<std::remove_const_t<decltype(std::declval<const M&>().sampler)>> &&
    detail::PassesDerivatives<
        detail::KernelOf<detail::LiftedOf<std::remove_const_t<decltype(std::declval<const M&>().nonlinearity)>>>>;

namespace detail {

/// The kernel of a Cascade over dual numbers; see CascadeKernel. Its values are bit-identical to those of
/// Cascade::kernel. slope_of(name) returns the derivative of the parameter of that name; it applies to every policy
/// that has one.
template <class ModelType, class SlopeOf, class Arrays>
auto lifted_kernel(const ModelType& model, const SlopeOf& slope_of, Arrays& arrays) {
  const auto scale = lifted(model.scale, slope_of);
  const auto of = [&](const auto& policy) { return kernel_of(lifted(policy, slope_of), scale.dt, arrays); };
  return cascade_kernel<decltype(model.sampler)>(FloatDual(scale.dt), FloatDual(scale.r), of(model.filter),
                                                 of(model.baseline), of(model.nonlinearity), of(model.sampler),
                                                 of(model.stimulus_filter));
}

/// The taps h(0), h(1), ... of the self-history over dual numbers: with Number = FloatDual the values of a simulator,
/// with Dual in double. For a PerNeuron, a vector of them for each neuron.
template <class Number = FloatDual, class ModelType, class SlopeOf>
auto lifted_history(const ModelType& model, const SlopeOf& slope_of) {
  const auto history = lifted<Number>(model.history, slope_of);
  const Dual dt(lifted<Number>(model.scale, slope_of).dt);
  if constexpr (requires { history.taps(dt); })
    return converted_taps<Number>(history.taps(dt));
  else
    return converted_taps<Number>(history.taps(model.dt()));
}

}  // namespace detail

}  // namespace spikeometric
