// SPDX-License-Identifier: BSD-3-Clause
//
// Stimuli over dual numbers: the same sources, whose values carry their derivative by one of the parameters.
//
//   const auto lifted = sk::lifted_stimulus(drive, [](std::string_view name) { return name == "amplitude" ? 1.0 : 0.0; });
#pragma once

#include <tuple>

#include "spikeometric/model/lift.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

namespace detail {

template <class Source, class Number>
struct Lifted<Masked<Source>, Number> {
  using Type = Masked<LiftedOf<Source, Number>>;

  template <class SlopeOf>
  static Type of(const Masked<Source>& stimulus, const SlopeOf& slope_of) {
    return stimulus.with(lifted<Number>(stimulus.source, slope_of));
  }
};

template <class Number, template <class...> class Composite, class... Parts>
struct LiftedParts {
  using Type = Composite<LiftedOf<Parts, Number>...>;

  template <class SlopeOf>
  static Type of(const Composite<Parts...>& stimulus, const SlopeOf& slope_of) {
    return std::apply([&](const auto&... part) { return Type{std::tuple{lifted<Number>(part, slope_of)...}}; },
                      stimulus.parts());
  }
};
template <class... Terms, class Number>
struct Lifted<Sum<Terms...>, Number> : LiftedParts<Number, Sum, Terms...> {};
template <class... Parts, class Number>
struct Lifted<Channels<Parts...>, Number> : LiftedParts<Number, Channels, Parts...> {};

}  // namespace detail

/// The stimulus over dual numbers, with the values that drive a simulator. slope_of(name) is the derivative of the parameter of that name, of every source that
/// has one. Values of other stimuli, a function's, have derivative 0.
template <Stimulus S, class SlopeOf>
auto lifted_stimulus(const S& stimulus, const SlopeOf& slope_of) {
  return detail::lifted(detail::lift(stimulus), slope_of);
}

}  // namespace spikeometric
