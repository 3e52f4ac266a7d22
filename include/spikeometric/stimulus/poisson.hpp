// SPDX-License-Identifier: BSD-3-Clause
//
// Pulses at the times of a Poisson process.
//
//   const auto confounder = sk::poisson_pulses({.strength = 1.0f, .mean_interval_steps = 200, .pulse_steps = 5})
//                               .on(sk::neurons(0, 100));
#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

namespace detail {

/// A Poisson process in continuous time, which starts at 0 and is measured in steps. It has random access: time is
/// divided into blocks of L steps, L = 1 if mean < 1, otherwise 8 ceil(min(mean, 2^40)). Exponential intervals have no
/// memory, so each block draws its intervals from its own beginning: in block k, event i = 0, 1, ... lies at
///   e_i = e_(i-1) - mean log(uniform(bits[0], bits[1])),   bits = stream.block(i, k),   e_(-1) = 0,
/// in double from the block's beginning. The first i with e_i >= L ends the block and is not an event. Blocks of 8 to
/// 16 mean intervals make both random access and long runs cheap. If the mean is below 1, a block is one step, in which
/// only the first event matters, so that i never exceeds 32 bits.
class PoissonEvents {
 public:
  PoissonEvents(double mean_interval, Stream stream) : mean_(mean_interval), stream_(stream) {
    if (mean_ < 1.0) return;
    const double bounded = std::min(mean_, 0x1p40);
    const auto whole = static_cast<std::uint64_t>(bounded);
    block_steps_ = 8 * (whole + (static_cast<double>(whole) < bounded));
  }

  std::uint64_t block_steps() const { return block_steps_; }

  /// Calls visit(time) for the events of a block in order, as long as it returns true. The time is in [0,
  /// block_steps()), from the block's beginning.
  template <class Visit>
  void visit_block(std::uint64_t block, Visit&& visit) const {
    const auto end = static_cast<double>(block_steps_);
    double time = 0.0;
    for (std::uint32_t event = 0;; ++event) {
      const Block bits = stream_.block(event, block);
      time = time - mul(mean_, log(uniform(bits[0], bits[1])));
      if (!(time < end) || !visit(time)) return;
    }
  }

  /// Calls visit(step) for the events of a block before step `end`, in ascending order. Several events may be in one
  /// step.
  template <class Visit>
  void visit_steps(std::uint64_t block, std::uint64_t end, Visit&& visit) const {
    const std::uint64_t first = block * block_steps_;
    const std::uint64_t last = std::min(first + block_steps_, end);
    visit_block(block, [&](double time) {
      const std::uint64_t step = first + static_cast<std::uint64_t>(time);
      if (step < last) visit(step);
      return step + 1 < last;
    });
  }

 private:
  double mean_;
  Stream stream_;
  std::uint64_t block_steps_ = 1;
};

}  // namespace detail

/// Events form a Poisson process in continuous time that begins at start_steps, with mean interval mean_interval_steps.
/// An event at time e after the start begins a pulse in step start_steps + floor(e): `strength` for pulse_steps steps,
/// but 0 from stop_steps on. Overlapping pulses do not add up. Each network, and each term of a sum, has its own train,
/// which the neurons of the mask share.
template <class Precision>
struct BasicPoissonPulses {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  Member strength = Member(1);
  double mean_interval_steps = 0.0;  ///< must be given
  std::uint64_t start_steps = 0;
  std::uint64_t stop_steps = forever;
  std::uint64_t pulse_steps = 1;

  static constexpr const char* name = "poisson";
  static constexpr auto parameters() {
    using Self = BasicPoissonPulses;
    return std::tuple{
        parameter("strength", &Self::strength, "1", bounds::any_number, "input during a pulse"),
        parameter("mean_interval_steps", &Self::mean_interval_steps, "steps", bounds::positive,
                  "mean interval of the Poisson process"),
        parameter("start_steps", &Self::start_steps, "steps", bounds::non_negative, "start of the first interval"),
        parameter("stop_steps", &Self::stop_steps, "steps", bounds::non_negative, "step from which on the input is 0"),
        parameter("pulse_steps", &Self::pulse_steps, "steps", bounds::at_least_one, "duration of a pulse")};
  }

  /// Throws InvalidParameter if a parameter is out of bounds, or if stop_steps < start_steps.
  void validate() const {
    validate_parameters(*this);
    detail::validate_times(start_steps, stop_steps);
  }

  struct Series {
    using Value = Real;
    Value strength;
    std::uint64_t start, stop, pulse;
    detail::PoissonEvents events;

    /// O(steps): on average at most 9/8 draws per step plus 40.
    void fill(std::uint64_t first_step, std::uint64_t steps, Value* values) const {
      std::fill_n(values, steps, Value(0));
      const std::uint64_t from = std::max(first_step, start), to = std::min(first_step + steps, stop);
      if (from >= to) return;
      Value* const value = values + (from - first_step);

      // Below, steps count from `start`. Steps before `done` have their values.
      const std::uint64_t first = from - start, end = to - start;
      std::uint64_t done = first;
      const auto begin_pulse = [&](std::uint64_t step) {
        const std::uint64_t over = step + std::min(pulse, end - step);
        for (done = std::max(done, step); done < over; ++done) value[done - first] = strength;
      };

      // The latest event of earlier blocks, unless its pulse certainly ends before `first`.
      const std::uint64_t length = events.block_steps();
      const std::uint64_t earliest = first < pulse ? 0 : first - pulse + 1;
      bool found = false;
      for (std::uint64_t block = first / length; !found && block * length > earliest; --block) {
        std::uint64_t latest = 0;
        events.visit_steps(block - 1, end, [&](std::uint64_t step) {
          latest = step;
          found = true;
        });
        if (found) begin_pulse(latest);
      }
      for (std::uint64_t block = first / length; block * length < end; ++block)
        events.visit_steps(block, end, begin_pulse);
    }
  };

  Series series(const StimulusContext& context, Purpose purpose) const {
    return {strength, start_steps, stop_steps, pulse_steps, {mean_interval_steps, context.stream(purpose)}};
  }
};
using PoissonPulses = BasicPoissonPulses<detail::Single>;

/// Pulses for all neurons, or with `.on` for a mask. Throws the same exceptions as PoissonPulses::validate.
[[nodiscard]] inline Masked<PoissonPulses> poisson_pulses(const PoissonPulses& parameters) {
  return Masked{parameters};
}

}  // namespace spikeometric
