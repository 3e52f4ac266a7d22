// SPDX-License-Identifier: BSD-3-Clause
//
// A step on a device: the work for one neuron, and for one synapse of a neuron that spiked. All device backends call
// these functions; they differ in how they distribute the calls.
//
//   const std::uint32_t count = step.update(slot, now);         // for each neuron, in any order
//   const std::uint64_t* const row = step.synapses_of(slot);    // if it spiked, pass its synapses
//   for (std::uint64_t i = row[0]; i < row[1]; ++i) step.pass(step.synapse(network, i, row_of_sums), count);
//
// All slots of a group of 32, and so all threads of a warp, belong to one network.
#pragma once

#include <cfloat>
#include <cstddef>
#include <cstdint>

#if !defined(__CUDA_ARCH__)
#include <atomic>
#endif

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/backend/detail/device_parts.hpp"
#include "spikeometric/backend/detail/executor.hpp"
#include "spikeometric/backend/layout.hpp"
#include "spikeometric/step/clock.hpp"
#include "spikeometric/step/neuron_step.hpp"

namespace spikeometric::detail {

/// Neurons with at least this many synapses are hubs: a few threads would take too long for their rows.
inline constexpr std::uint64_t hub_row = 32768;

/// Where a step failed. Later steps change nothing.
struct DeviceFailure {
  static constexpr std::uint64_t none = ~std::uint64_t{0};

  std::uint64_t random_step = none;
  std::uint64_t slot = none;  // the lowest that failed
};

/// Spikes of one neuron, not yet passed through its synapses.
struct DeviceSpike {
  std::uint32_t slot;
  std::int32_t count;
};

/// Tests whether device code keeps denormal numbers and rounds quotients correctly, which compiler flags often change.
/// The operands are in memory, so that the compiler cannot evaluate the test.
struct DeviceProbe {
  float smallest = FLT_MIN, offset = 1.0f + 0x1p-12f;
  std::uint32_t divisors = 64;
  bool follows = false;

  SPIKEOMETRIC_HOST_DEVICE void run() {
    const float half = mul(smallest, 0.5f);
    follows = half > 0.0f && half + half == smallest;
    for (std::uint32_t i = 1; i <= divisors; ++i) {  // rounding the double quotient to float gives the same
      const auto a = static_cast<float>(i), b = static_cast<float>(divisors - i) + offset;
      follows = follows && a / b == static_cast<float>(static_cast<double>(a) / static_cast<double>(b));
    }
  }
};

// --- memory that several threads change ------------------------------------------------------------------------------

template <class Integer>
SPIKEOMETRIC_HOST_DEVICE inline void atomic_add(Integer* to, Integer value) {
#if defined(__CUDA_ARCH__)
  atomicAdd(reinterpret_cast<unsigned long long*>(to), static_cast<unsigned long long>(value));
#else
  std::atomic_ref<Integer>(*to).fetch_add(value, std::memory_order_relaxed);
#endif
}

SPIKEOMETRIC_HOST_DEVICE inline void atomic_min(std::uint64_t* to, std::uint64_t value) {
#if defined(__CUDA_ARCH__)
  atomicMin(reinterpret_cast<unsigned long long*>(to), static_cast<unsigned long long>(value));
#else
  const std::atomic_ref<std::uint64_t> shared(*to);
  for (std::uint64_t now = shared.load(); value < now && !shared.compare_exchange_weak(now, value);) {
  }
#endif
}

// --- the step --------------------------------------------------------------------------------------------------------

/// Trivially copyable: pointers to device memory owned elsewhere. TableView is the view of the stimulus, or NoTable.
/// `recent` holds the counts of earlier steps: [network][row][neuron], or in a binary model [network][row / 32][neuron]
/// with a bit for each row.
template <class View, bool Binary, std::size_t Channels, class TableView>
struct DeviceStep {
  using Network = View;
  using State = typename View::State;
  static constexpr std::size_t bases = View::bases;

  /// Marks, in a replayed step, a neuron of a network whose history has not yet begun.
  static constexpr std::uint32_t unborn = ~std::uint32_t{0};

  const View* networks;
  const std::uint32_t* network_of;  // [group]
  std::uint32_t slots;
  TableView stimulus;
  bool recorded;               // whether it is a step of `run`, with stimulus
  const std::uint32_t* given;  // the counts of a replayed step; null if they are drawn
  std::uint32_t* recent;
  std::uint32_t recent_rows;

  // For the current piece.
  DeviceFailure* failure;
  std::uint64_t* passed;      // [offset], number of synapses passed by the spikes of the previous step
  std::uint64_t* state_hash;  // [offset], or null

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t index_of(std::uint32_t slot) const { return network_of[slot / group_size]; }
  SPIKEOMETRIC_HOST_DEVICE const View& network(std::uint32_t slot) const { return networks[index_of(slot)]; }

  SPIKEOMETRIC_HOST_DEVICE bool failed_before(const Clock& now) const { return failure->random_step < now.random_step; }

  /// Takes the step of the neuron in a slot and returns its count. Returns 0 if the step fails, if an earlier step
  /// failed, or if the slot has no neuron.
  SPIKEOMETRIC_HOST_DEVICE std::uint32_t update(std::uint32_t slot, const Clock& now) const {
    const View& of = network(slot);
    const std::uint32_t neuron = slot - of.first;
    if (neuron >= of.neurons) return 0;
    if (given != nullptr && given[slot] == unborn) return 0;
    const bool over = failed_before(now);
    float latest[bases];
    State state = of.states[neuron];
    const Outcome outcome = evaluate(slot, now, latest, state);
    if (over) return 0;
    if (of.step.failed(outcome.g, outcome.mu, outcome.count)) {
      atomic_min(&failure->random_step, now.random_step);
      atomic_min(&failure->slot, slot);
      return 0;
    }

    const auto count = static_cast<std::uint32_t>(outcome.count);
    std::int64_t* const arrived = of.sums_row(row_of(now.tick, of.sums_rows)) + neuron * bases;
    for (std::size_t basis = 0; basis < bases; ++basis) arrived[basis] = 0;
    of.states[neuron] = state;
    if (of.past_rows > 0)
      for (std::size_t basis = 0; basis < bases; ++basis)
        of.past_row(row_of(now.tick, of.past_rows))[neuron * bases + basis] = latest[basis];
    remember(of, neuron, now.tick, count);
    if (state_hash != nullptr)
      atomic_add(&state_hash[now.offset],
                 View::Step::hash(of.step.hash_of_step(now.step), neuron, outcome.g, outcome.mu));
    return count;
  }

  /// The outcome of the step for a neuron in state `state`. Changes nothing but `latest` and `state`.
  SPIKEOMETRIC_HOST_DEVICE Outcome evaluate(std::uint32_t slot, const Clock& now, float (&latest)[bases],
                                            State& state) const {
#if defined(__CUDA_ARCH__)
    static_cast<void>(&refuse_parts_of_the_host<typename View::Step::Kernel, bases, RingPast<bases>>);
#endif
    const View& of = network(slot);
    const auto& step = of.step;
    using Kernel = typename View::Step::Kernel;
    const std::uint32_t neuron = slot - of.first;
    const std::int64_t* const arrived = of.sums_row(row_of(now.tick, of.sums_rows)) + neuron * bases;
    for (std::size_t basis = 0; basis < bases; ++basis)
      latest[basis] = step.read(arrived[basis], of.synapses.units[neuron]);

    const std::uint32_t row = of.past_rows > 0 ? row_of(now.tick, of.past_rows) : 0;
    const float x = step.filter(state, latest, of.past_of(neuron, row));
    const float b =
        step.baseline(neuron, now.random_step, Kernel::noisy ? step.noise().half(neuron, now.random_step) : 0);
    Outcome outcome{};
    if constexpr (is_stimulated<TableView>)
      if (recorded) {
        float drive[Channels] = {};
        if (stimulus.add(index_of(slot), neuron, now.offset, now.step, drive))
          outcome.stimulus = step.stimulus(drive, neuron);
      }
    if (given != nullptr) {
      outcome.count = given[slot];
      return outcome;
    }
    outcome.g = step.input(x, self_history(of, neuron, now.tick), b, outcome.stimulus);
    outcome.mu = step.rate(outcome.g, neuron);
    const std::uint32_t first = Kernel::deterministic ? 0 : step.spikes().half(neuron, now.random_step);
    if (step.may_spike(outcome.g, outcome.mu, first, neuron))
      outcome.count = step.count(outcome.g, outcome.mu, neuron, now.random_step, first);
    return outcome;
  }

  /// The outcome of a neuron in the failed step, computed once more for the message.
  SPIKEOMETRIC_HOST_DEVICE Outcome explain(std::uint32_t slot, const Clock& now) const {
    float latest[bases];
    State state = network(slot).states[slot - network(slot).first];
    return evaluate(slot, now, latest, state);
  }

  /// Where the synapses of the neuron in a slot begin, [0], and end, [1].
  SPIKEOMETRIC_HOST_DEVICE const std::uint64_t* synapses_of(std::uint32_t slot) const {
    const View& of = network(slot);
    return of.synapses.offsets + (slot - of.first);
  }

  /// The weights that a synapse adds for each spike, and the sums that it adds them to.
  struct Synapse {
    std::int64_t* to;
    std::int32_t weights[bases];
  };

  /// `row` is the row of the spikes' step in the ring of sums.
  SPIKEOMETRIC_HOST_DEVICE static Synapse synapse(const View& of, std::uint64_t index, std::uint32_t row) {
    const std::uint32_t delay = of.synapses.delays == nullptr ? 1 : of.synapses.delays[index];
    Synapse synapse{of.sums_row(row_after(row, delay, of.sums_rows)) + of.synapses.targets[index] * bases, {}};
    for (std::size_t basis = 0; basis < bases; ++basis)
      synapse.weights[basis] = of.synapses.weights[index * bases + basis];
    return synapse;
  }

  SPIKEOMETRIC_HOST_DEVICE static void pass(const Synapse& synapse, std::int64_t count) {
    for (std::size_t basis = 0; basis < bases; ++basis) atomic_add(synapse.to + basis, count * synapse.weights[basis]);
  }

  /// The count of a neuron in an earlier step.
  SPIKEOMETRIC_HOST_DEVICE std::uint32_t count_at(std::uint32_t slot, std::uint64_t tick) const {
    const View& of = network(slot);
    const std::uint32_t neuron = slot - of.first;
    if (neuron >= of.neurons) return 0;
    const std::uint32_t at = row_of(tick, steps());
    return Binary ? word(of, at, neuron) >> at % 32 & 1u : word(of, at, neuron);
  }

  /// H, added in ascending order of lags.
  SPIKEOMETRIC_HOST_DEVICE float self_history(const View& of, std::uint32_t neuron, std::uint64_t tick) const {
    const float* const taps = of.history + std::size_t{neuron} * of.history_stride();
    float sum = 0.0f;
    std::uint32_t at = row_of(tick - 1, steps());
    for (std::uint32_t lag = 0; lag < of.lags;) {
      const std::uint32_t counts = word(of, at, neuron);
      if constexpr (Binary) {
        const std::uint32_t left = of.lags - lag, end = lag + (at % 32 + 1 < left ? at % 32 + 1 : left);
        if (counts != 0)
          for (std::uint32_t bit = at % 32; lag < end; ++lag, --bit)
            if ((counts >> bit & 1u) != 0) sum = sum + taps[lag];
        lag = end;
        at = (at >= 32 ? at : steps()) / 32 * 32 - 1;
      } else {
        if (counts > 0) sum = sum + mul(taps[lag], static_cast<float>(counts));
        ++lag;
        at = (at > 0 ? at : steps()) - 1;
      }
    }
    return sum;
  }

 private:
  /// The number of steps in `recent`.
  SPIKEOMETRIC_HOST_DEVICE std::uint32_t steps() const { return recent_rows * (Binary ? 32 : 1); }

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t& word(const View& of, std::uint32_t at, std::uint32_t neuron) const {
    return recent[std::size_t{of.first} * recent_rows + std::size_t{at / (Binary ? 32 : 1)} * of.stride + neuron];
  }

  SPIKEOMETRIC_HOST_DEVICE void remember(const View& of, std::uint32_t neuron, std::uint64_t tick,
                                         std::uint32_t count) const {
    const std::uint32_t at = row_of(tick, steps());
    std::uint32_t& counts = word(of, at, neuron);
    if constexpr (Binary) {
      const std::uint32_t before = counts, after = (before & ~(1u << at % 32)) | count << at % 32;
      if (after != before) counts = after;
    } else {
      counts = count;
    }
  }
};

}  // namespace spikeometric::detail
