// SPDX-License-Identifier: BSD-3-Clause
//
// Raised cosines on a logarithmic time axis: a few smooth functions that resolve short lags finely and long lags
// coarsely. They are the usual basis for fitting coupling filters.
//
//   const sk::RaisedCosine<4> basis{.last_peak_ms = 10.0f, .window_steps = 50};
//   const auto b = basis.taps(1.0f);                             // four vectors of 50 taps
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

/// A Filter with M weights per synapse, one for each of the functions
///
///   b_j(t) = (1 + cos(clamp(a log(t + stretch_ms) - phi_j, -pi, pi))) / 2,      t = dt k,  k < window_steps,
///
/// of Pillow et al. (2008), "Spatio-temporal correlations and visual signalling in a complete neuronal population".
/// phi_0 and a are such that b_0 peaks at first_peak_ms and b_(M-1) at last_peak_ms; phi_j = phi_0 + j pi / 2. Between
/// the first and the last peak, the functions add up to a constant. b_j is nonzero from two peaks before its own to two
/// peaks after, unless the window cuts it off. A larger stretch_ms spaces the peaks more evenly. The filter is a Basis
/// of Fir with these taps.
template <class Precision, std::size_t M>
struct BasicRaisedCosine {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  static_assert(M > 1, "spikeometric: RaisedCosine needs at least two functions");
  static constexpr std::size_t bases = M;

  Member first_peak_ms = Member(0);
  Member last_peak_ms = Member(5);
  Member stretch_ms = Member(1);
  int window_steps = 20;

  static constexpr auto parameters() {
    using Self = BasicRaisedCosine;
    return std::tuple{
        parameter("first_peak_ms", &Self::first_peak_ms, "ms", bounds::non_negative,
                  "lag of the first function's peak"),
        parameter("last_peak_ms", &Self::last_peak_ms, "ms", bounds::positive, "lag of the last function's peak"),
        parameter("stretch_ms", &Self::stretch_ms, "ms", bounds::positive,
                  "lag above which the time axis is logarithmic"),
        parameter("window_steps", &Self::window_steps, "steps", Bounds{1, longest}, "duration of a spike's effect")};
  }

  /// Throws InvalidParameter if the peaks are not in order, or if the last peak is beyond the window.
  void validate(Real dt) const {
    validate_parameters(*this);
    const std::string last = "last_peak_ms = " + detail::to_text(Real(last_peak_ms)) + " ms must be ";
    if (!(axis(Real(last_peak_ms)) > axis(Real(first_peak_ms))))
      throw InvalidParameter(last + "above first_peak_ms = " + detail::to_text(Real(first_peak_ms)) + " ms");
    if (!(Real(last_peak_ms) < dt * Real(window_steps)))
      throw InvalidParameter(last + "within window_steps = " + std::to_string(window_steps) +
                             " of dt = " + detail::to_text(dt) + " ms");
  }

  /// b_0, ..., b_(M-1), each with window_steps taps.
  std::array<std::vector<Real>, M> taps(Real dt) const {
    constexpr Wide pi = Wide(3.141592653589793238462643383279502884L);
    const Wide a = Wide(M - 1) * (pi / 2) / (axis(Real(last_peak_ms)) - axis(Real(first_peak_ms)));
    std::array<std::vector<Real>, M> b;
    for (int k = 0; k < window_steps; ++k) {
      const Wide since_first = a * (axis(Wide(dt) * Wide(k)) - axis(Real(first_peak_ms)));
      for (std::size_t j = 0; j < M; ++j) {
        const Wide phase = since_first - Wide(j) * (pi / 2);
        b[j].push_back(phase < pi && -phase < pi ? Real((1 + cos(phase)) / 2) : Real(0));
      }
    }
    return b;
  }

  /// The same taps as filters.
  Basis<BasicFir<Real>, M> functions(Real dt) const {
    Basis<BasicFir<Real>, M> basis;
    const auto b = taps(dt);
    for (std::size_t j = 0; j < M; ++j) basis.functions[j].coefficients = b[j];
    return basis;
  }

  template <class Arrays>
  auto kernel(Real dt, Arrays& arrays) const {
    return functions(dt).kernel(dt, arrays);
  }

 private:
  using Wide = detail::Wide<Real>;
  static constexpr double longest = 1e6;  // a step reads every lag

  template <class Time>
  Wide axis(const Time& t) const {
    return log(Wide(t) + Wide(Real(stretch_ms)));
  }
};
template <std::size_t M>
using RaisedCosine = BasicRaisedCosine<detail::Single, M>;

namespace detail {

template <RealType Precision, std::size_t M, class Number>
struct Lifted<BasicRaisedCosine<Precision, M>, Number>
    : LiftedFromRounded<BasicRaisedCosine<Precision, M>, BasicRaisedCosine<RealOf<Precision>, M>,
                        BasicRaisedCosine<LiftedReal<Precision, Number>, M>> {};

}  // namespace detail

}  // namespace spikeometric
