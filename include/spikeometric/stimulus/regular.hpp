// SPDX-License-Identifier: BSD-3-Clause
//
// Pulses at regular intervals.
//
//   const auto pulses =
//       sk::regular_pulses({.strength = 2.0f, .start_steps = 100, .period_steps = 500, .pulse_steps = 10})
//           .on(sk::neurons({3, 5, 9}));
#pragma once

#include <cstdint>
#include <tuple>

#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

/// `strength` in step t if start_steps <= t < stop_steps and (t - start_steps) mod period_steps < pulse_steps,
/// otherwise 0.
template <class Precision>
struct BasicRegularPulses {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  Member strength = Member(1);
  std::uint64_t start_steps = 0;
  std::uint64_t period_steps = 0;  ///< must be given
  std::uint64_t pulse_steps = 1;   ///< at most period_steps
  std::uint64_t stop_steps = forever;

  static constexpr const char* name = "regular";
  static constexpr auto parameters() {
    using Self = BasicRegularPulses;
    return std::tuple{
        parameter("strength", &Self::strength, "1", bounds::any_number, "input during a pulse"),
        parameter("start_steps", &Self::start_steps, "steps", bounds::non_negative, "first step of the first pulse"),
        parameter("period_steps", &Self::period_steps, "steps", bounds::at_least_one,
                  "interval between the starts of pulses"),
        parameter("pulse_steps", &Self::pulse_steps, "steps", bounds::at_least_one, "duration of a pulse"),
        parameter("stop_steps", &Self::stop_steps, "steps", bounds::non_negative, "step from which on the input is 0")};
  }

  /// Throws InvalidParameter if a parameter is out of bounds, if pulses are longer than the period, or if stop_steps <
  /// start_steps.
  void validate() const {
    validate_parameters(*this);
    if (pulse_steps > period_steps)
      throw InvalidParameter("pulse_steps = " + detail::value_text(pulse_steps) +
                             " steps must be at most period_steps = " + detail::value_text(period_steps));
    detail::validate_times(start_steps, stop_steps);
  }

  struct Series {
    using Value = Real;
    Value strength;
    std::uint64_t start, period, pulse, stop;

    Value operator()(std::uint64_t step) const {
      return step >= start && step < stop && (step - start) % period < pulse ? strength : Value(0);
    }
  };

  Series series(const StimulusContext&, Purpose) const {
    return {strength, start_steps, period_steps, pulse_steps, stop_steps};
  }
};
using RegularPulses = BasicRegularPulses<detail::Single>;

/// Pulses for all neurons, or with `.on` for a mask. Throws the same exceptions as RegularPulses::validate.
[[nodiscard]] inline Masked<RegularPulses> regular_pulses(const RegularPulses& parameters) {
  return Masked{parameters};
}

}  // namespace spikeometric
