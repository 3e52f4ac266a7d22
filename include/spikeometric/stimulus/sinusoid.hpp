// SPDX-License-Identifier: BSD-3-Clause
//
// A sinusoidal input.
//
//   const auto drive = sk::sinusoid({.amplitude = 1.0f, .period_ms = 100.0, .duration_steps = 10'000})
//                          .on(sk::neurons(0, 250));
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <tuple>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

/// baseline + amplitude sin(2 pi (t - start_steps) dt / period_ms) in the `duration_steps` steps from `start_steps` on,
/// otherwise 0. The number of periods is computed in double; only its fractional part is converted to an angle. The
/// result is rounded to float once. The error of the phase is at most 2^-52 of the number of periods passed.
template <class Precision>
struct BasicSinusoid {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  Member amplitude = Member(1);
  detail::Wide<Real> period_ms = 0.0;  ///< must be given
  std::uint64_t start_steps = 0;
  std::uint64_t duration_steps = forever;
  Member baseline = Member(0);

  static constexpr const char* name = "sinusoid";
  static constexpr auto parameters() {
    using Self = BasicSinusoid;
    return std::tuple{
        parameter("amplitude", &Self::amplitude, "1", bounds::any_number, "maximum deviation from baseline"),
        parameter("period_ms", &Self::period_ms, "ms", bounds::positive, "duration of a cycle"),
        parameter("start_steps", &Self::start_steps, "steps", bounds::non_negative, "first step; the phase is 0 there"),
        parameter("duration_steps", &Self::duration_steps, "steps", bounds::non_negative, "duration of the stimulus"),
        parameter("baseline", &Self::baseline, "1", bounds::any_number, "constant added to the sinusoid")};
  }

  /// Throws InvalidParameter if a parameter is out of bounds, or if |amplitude| + |baseline| exceeds the range of
  /// float.
  void validate() const {
    validate_parameters(*this);
    if (std::abs(static_cast<double>(amplitude)) + std::abs(static_cast<double>(baseline)) >
        std::numeric_limits<float>::max())
      throw InvalidParameter("amplitude = " + detail::value_text(amplitude) + " and baseline = " +
                             detail::value_text(baseline) + " must have a sum within the range of float");
  }

  struct Series {
    using Wide = detail::Wide<Real>;
    using Value = Real;
    Wide amplitude, period, baseline;
    double dt;
    std::uint64_t start, duration;

    Value operator()(std::uint64_t step) const {
      if (step < start || step - start >= duration) return Value(0);
      const Wide periods = Wide(mul(static_cast<double>(step - start), dt)) / period;
      const auto whole = static_cast<double>(periods);
      // From 2^52 on a double has no fraction, and it may exceed 64-bit integers.
      const Wide phase =
          whole < 0x1p52 ? periods - Wide(static_cast<double>(static_cast<std::uint64_t>(whole))) : Wide(0);
      return static_cast<Value>(baseline + mul(amplitude, sin(mul(Wide(6.283185307179586), phase))));
    }
  };

  Series series(const StimulusContext& context, Purpose) const {
    using Wide = detail::Wide<Real>;
    return {static_cast<Wide>(amplitude),
            period_ms,
            static_cast<Wide>(baseline),
            context.dt_ms,
            start_steps,
            duration_steps};
  }
};
using Sinusoid = BasicSinusoid<detail::Single>;

/// A sinusoid for all neurons, or with `.on` for a mask. Throws the same exceptions as Sinusoid::validate.
[[nodiscard]] inline Masked<Sinusoid> sinusoid(const Sinusoid& parameters) { return Masked{parameters}; }

}  // namespace spikeometric
