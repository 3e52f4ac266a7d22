// SPDX-License-Identifier: BSD-3-Clause
//
// Self-history filters h(k): the effect of a neuron's own spikes on its later input. This header has refractory
// periods and no effect; for arbitrary taps, use Fir of <spikeometric/model/filters/fir.hpp>. With PerNeuron, neurons
// have different self-histories.
//
//   const sk::RefractoryFilter rest{.abs_ref_steps = 3, .abs_ref_strength = -100.0f};
//   const std::vector<float> h = rest.taps(1.0f);                // -100, -100, -100, -30, -18.2, ...
//   const sk::AbsoluteRefractory silence{.steps = 2};            // no spike in the two steps after a spike
//   const sk::Fir burst{{-100.0f, 2.0f, 1.0f}};                  // silent for a step, then excited for two
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

namespace detail {

inline constexpr Bounds lag_bounds{0, 1e6};  // a step reads every lag

}  // namespace detail

/// An absolute and then a relative refractory period:
///   h(k) = abs_ref_strength                                        for k < A,
///   h(k) = rel_ref_strength exp(-refractory_decay dt (k - A))      for A <= k < A + R,
/// A = abs_ref_steps, R = rel_ref_steps. Negative strengths inhibit.
template <class Precision>
struct BasicRefractoryFilter {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  int abs_ref_steps = 3;
  Member abs_ref_strength = Member(-100);
  int rel_ref_steps = 7;
  Member rel_ref_strength = Member(-30);
  Member refractory_decay = Member(0.5);

  static constexpr auto parameters() {
    using Self = BasicRefractoryFilter;
    return std::tuple{
        parameter("abs_ref_steps", &Self::abs_ref_steps, "steps", detail::lag_bounds, "absolute refractory period"),
        parameter("abs_ref_strength", &Self::abs_ref_strength, "1", bounds::any_number,
                  "input during the absolute refractory period"),
        parameter("rel_ref_steps", &Self::rel_ref_steps, "steps", detail::lag_bounds, "relative refractory period"),
        parameter("rel_ref_strength", &Self::rel_ref_strength, "1", bounds::any_number,
                  "input at the start of the relative refractory period"),
        parameter("refractory_decay", &Self::refractory_decay, "1/ms", bounds::non_negative,
                  "decay rate of rel_ref_strength")};
  }

  /// h(0), ..., h(A + R - 1).
  std::vector<Real> taps(Real dt) const {
    using Wide = detail::Wide<Real>;
    std::vector<Real> h(static_cast<std::size_t>(abs_ref_steps), Real(abs_ref_strength));
    h.reserve(h.size() + static_cast<std::size_t>(rel_ref_steps));
    for (int k = 0; k < rel_ref_steps; ++k)
      h.push_back(Real(Wide(Real(rel_ref_strength)) * exp(Wide(-(Wide(Real(refractory_decay)) * Wide(dt) * Wide(k))))));
    return h;
  }
};
using RefractoryFilter = BasicRefractoryFilter<detail::Single>;

/// No spike in the `steps` steps after a spike, so intervals are at least steps + 1:
///   h(k) = -1000 for k < steps.
/// This holds if f(g) rounds to 0 there. Let e be g without h: a Logistic model needs e <= theta + 970, an Exponential
/// model beta (1000 - e) >= 40, and a RectifiedLinear model e <= theta + 999.
struct AbsoluteRefractory {
  static constexpr double strength = -1000.0;

  int steps = 0;

  static constexpr auto parameters() {
    return std::tuple{parameter("abs_ref_steps", &AbsoluteRefractory::steps, "steps", detail::lag_bounds,
                                "absolute refractory period")};
  }

  /// h(0), ..., h(steps - 1).
  template <class Real>
  std::vector<Real> taps(Real) const {
    return std::vector<Real>(static_cast<std::size_t>(steps), Real(strength));
  }
};

/// A neuron's own spikes have no effect.
struct NoHistory {
  template <class Real>
  std::vector<Real> taps(Real) const {
    return {};
  }
};

namespace detail {

/// The taps of a PerNeuron: a vector for each neuron.
template <class Taps>
concept TapsOfNeurons = requires(const Taps& taps) {
  taps[0][0];
};

/// The same taps in numbers of another type.
template <class Number, class Taps>
auto converted_taps(const Taps& taps) {
  const auto converted = [](const auto& each) {
    if constexpr (TapsOfNeurons<Taps>)
      return converted_taps<Number>(each);
    else
      return static_cast<Number>(each);
  };
  std::vector<decltype(converted(taps[0]))> result;
  result.reserve(taps.size());
  for (const auto& each : taps) result.push_back(converted(each));
  return result;
}

/// The number of lags: that of the longest taps.
template <class Taps>
std::uint32_t lags_of(const Taps& taps) {
  if constexpr (TapsOfNeurons<Taps>) {
    std::uint32_t longest = 0;
    for (const auto& own : taps) longest = std::max(longest, lags_of(own));
    return longest;
  } else {
    return static_cast<std::uint32_t>(taps.size());
  }
}

/// The taps in one array: [lag] or, for a PerNeuron, [neuron][lag], where zeros follow shorter taps.
template <class Number>
std::vector<Number> joined_taps(std::vector<Number> taps) {
  return taps;
}
template <class Number>
std::vector<Number> joined_taps(const std::vector<std::vector<Number>>& taps) {
  const std::size_t lags = lags_of(taps);
  std::vector<Number> joined(taps.size() * lags);
  for (std::size_t neuron = 0; neuron < taps.size(); ++neuron)
    std::copy(taps[neuron].begin(), taps[neuron].end(), joined.data() + neuron * lags);
  return joined;
}

}  // namespace detail

}  // namespace spikeometric
