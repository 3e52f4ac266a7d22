// SPDX-License-Identifier: BSD-3-Clause
//
// Self-history filters h(k): the effect of a neuron's own spikes on its later input. This header has a refractory
// period and no effect; for arbitrary taps, use Fir of <spikeometric/model/filters/fir.hpp>.
//
//   const sk::RefractoryFilter rest{.abs_ref_steps = 3, .abs_ref_strength = -100.0f};
//   const std::vector<float> h = rest.taps(1.0f);                // -100, -100, -100, -30, -18.2, ...
//   const sk::Fir burst{{-100.0f, 2.0f, 1.0f}};                  // silent for a step, then excited for two
#pragma once

#include <tuple>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

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
        parameter("abs_ref_steps", &Self::abs_ref_steps, "steps", Bounds{0, longest}, "absolute refractory period"),
        parameter("abs_ref_strength", &Self::abs_ref_strength, "1", bounds::any_number,
                  "input during the absolute refractory period"),
        parameter("rel_ref_steps", &Self::rel_ref_steps, "steps", Bounds{0, longest}, "relative refractory period"),
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

 private:
  static constexpr double longest = 1e6;  // a step reads every lag
};
using RefractoryFilter = BasicRefractoryFilter<detail::Single>;

/// A neuron's own spikes have no effect.
struct NoHistory {
  template <class Real>
  std::vector<Real> taps(Real) const {
    return {};
  }
};

}  // namespace spikeometric
