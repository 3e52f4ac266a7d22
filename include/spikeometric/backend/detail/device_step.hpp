// SPDX-License-Identifier: BSD-3-Clause
//
// A step as a device takes it: what is done for one neuron, and for one synapse of a neuron that spiked. Every device
// backend calls these functions; they differ in how they share them out.
//
//   const std::uint32_t count = step.update(slot, now);         // of each neuron, in any order
//   const std::uint64_t* const row = step.row_of(slot);         // then for each of its synapses, if it spiked
//   for (std::uint64_t i = row[0]; i < row[1]; ++i) step.pass(step.synapse(i, network, now.tick), count);
//
// All networks of a batch lie side by side: neuron i of network n has the slot networks[n].first + i. A network begins
// at a multiple of 32, so that slots of one group of 32 belong to one network. Rings have 2^k rows: what is of step
// `tick` lies in row tick mod 2^k.
#pragma once

#include <bit>
#include <cfloat>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#if !defined(__CUDA_ARCH__)
#include <atomic>
#endif

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/backend/detail/device_parts.hpp"
#include "spikeometric/graph/edge_list.hpp"
#include "spikeometric/random/hash.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/step/may_spike.hpp"
#include "spikeometric/step/purposes.hpp"

namespace spikeometric::detail {

/// Slots of a group, which belong to one network.
inline constexpr std::uint32_t group_size = 32;

/// Neurons with as many synapses are hubs: too many for a few threads that others wait for.
inline constexpr std::uint64_t hub_row = 32768;

/// What a device knows of a network.
struct DeviceNetwork {
  std::uint32_t first;  // slot of neuron 0
  std::uint32_t neurons;
  std::uint32_t id;   // keys random numbers
  std::uint64_t row;  // of neuron 0, among the rows of synapses
  double unit;        // of fixed-point weights
  std::int64_t count_limit;
};

/// What a device knows of a model.
template <class Kernel>
struct DeviceModel {
  Kernel kernel;
  const float* history;  // h(0), ..., h(lags - 1)
  std::uint32_t lags;
};

/// When a step takes place.
struct DeviceClock {
  std::uint64_t random_step;  // steps since the start
  std::uint64_t step;         // steps of `run` since the start
  std::uint32_t tick;         // steps since the start, replayed ones included, modulo 2^32
  std::uint32_t offset;       // steps since the piece began

  SPIKEOMETRIC_HOST_DEVICE DeviceClock after(std::uint32_t steps) const {
    return {random_step + steps, step + steps, tick + steps, offset + steps};
  }
};

/// Where a step failed. No later step changes anything.
struct DeviceFailure {
  static constexpr std::uint64_t none = ~std::uint64_t{0};

  std::uint64_t random_step = none;
  std::uint64_t slot = none;  // the lowest
};

/// Spikes of one neuron that are to pass its synapses.
struct DeviceSpike {
  std::uint32_t slot;
  std::int32_t count;
};

/// What a step finds out about a neuron.
struct DeviceOutcome {
  float g, mu, stimulus;
  std::int64_t count;
};

/// What compilers for a device are easily told to leave IEEE 754 in, tried out on numbers that they do not know.
struct DeviceProbe {
  float smallest = FLT_MIN, offset = 1.0f + 0x1p-12f;
  std::uint32_t divisors = 64;
  bool follows = false;

  SPIKEOMETRIC_HOST_DEVICE void run() {
    const float half = mul(smallest, 0.5f);
    follows = half > 0.0f && half + half == smallest;
    for (std::uint32_t i = 1; i <= divisors; ++i) {  // a quotient rounded twice, from double, is the same
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

SPIKEOMETRIC_HOST_DEVICE inline std::uint32_t bits_of(float x) {
#if defined(__CUDA_ARCH__)
  return __float_as_uint(x);
#else
  return std::bit_cast<std::uint32_t>(x);
#endif
}

// --- the step --------------------------------------------------------------------------------------------------------

/// past(lag) of one neuron.
template <std::size_t Bases>
struct DevicePast {
  const float* ring;
  std::size_t stride;  // of rows
  std::uint32_t tick;
  std::uint32_t mask;
  std::size_t at;  // of the neuron in a row

  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint32_t lag, std::size_t basis = 0) const {
    return ring[((tick - lag) & mask) * stride + at + basis];
  }
};

/// Trivially copyable: pointers to memory of the device, owned elsewhere. StimulusKernel is void where there is none.
template <class Model, class Kernel, class StimulusKernel, class Vertex>
struct DeviceStep {
  using State = typename Kernel::State;
  static constexpr std::size_t bases = Model::bases;
  static constexpr std::size_t channels = Model::channels;
  static constexpr bool stimulated = !std::is_void_v<StimulusKernel>;
  struct NoKernel {};

  /// The count of a neuron, in a replayed step, that has no past at that time.
  static constexpr std::uint32_t unborn = ~std::uint32_t{0};

  const DeviceNetwork* networks;
  const std::uint32_t* network_of;  // by group
  const DeviceModel<Kernel>* models;
  bool models_are_shared;
  std::uint32_t slots;
  Seed seed;
  std::conditional_t<stimulated, StimulusKernel, NoKernel> stimulus;
  bool recorded;               // a step of `run`: with stimulus
  const std::uint32_t* given;  // the counts of a replayed step; null where they are drawn

  // State of neurons.
  std::int64_t* sums;       // [row][slot][basis], fixed-point sums over synapses by the step they arrive in
  std::uint32_t sums_mask;  // number of rows - 1
  State* states;            // [slot]
  float* past;              // [row][slot][basis], earlier sums
  std::uint32_t past_mask;
  std::uint32_t* recent;  // counts of earlier steps: [row][slot], or of binary models [row / 32][slot], a bit each
  std::uint32_t recent_mask;

  // Synapses, row by row.
  const std::uint64_t* offsets;
  const Vertex* targets;        // within the network
  const std::int32_t* weights;  // [synapse][basis]
  const Delay* delays;          // null where all are 1

  // Of the piece at hand.
  DeviceFailure* failure;
  std::uint64_t* passed;      // [offset], synapses that spikes of the step have passed
  std::uint64_t* state_hash;  // [offset], or null

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t network(std::uint32_t slot) const { return network_of[slot / group_size]; }

  SPIKEOMETRIC_HOST_DEVICE bool failed_before(const DeviceClock& now) const {
    return failure->random_step < now.random_step;
  }

  /// Takes the step of the neuron in a slot and returns its count: 0 where it fails, where there is no neuron, and
  /// after a step that failed.
  SPIKEOMETRIC_HOST_DEVICE std::uint32_t update(std::uint32_t slot, const DeviceClock& now) const {
    const std::uint32_t index = network(slot);
    const DeviceNetwork& of = networks[index];
    const std::uint32_t neuron = slot - of.first;
    if (neuron >= of.neurons) return 0;
    if (given != nullptr && given[slot] == unborn) return 0;
    const bool over = failed_before(now);
    float latest[bases];
    State state = states[slot];
    const DeviceOutcome outcome = evaluate(slot, now, latest, state);
    if (over) return 0;
    if (failed(outcome, of)) {
      atomic_min(&failure->random_step, now.random_step);
      atomic_min(&failure->slot, slot);
      return 0;
    }

    const auto count = static_cast<std::uint32_t>(outcome.count);
    std::int64_t* const arrived = sums_at(now.tick, slot);
    for (std::size_t basis = 0; basis < bases; ++basis) arrived[basis] = 0;
    states[slot] = state;
    if (models[models_are_shared ? 0 : index].kernel.filter.memory() > 0)
      for (std::size_t basis = 0; basis < bases; ++basis)
        past[((now.tick & past_mask) * std::size_t{slots} + slot) * bases + basis] = latest[basis];
    remember(slot, now.tick, count);
    if (state_hash != nullptr) {
      const std::uint64_t bits = bits_of(outcome.g) | std::uint64_t{bits_of(outcome.mu)} << 32;
      atomic_add(&state_hash[now.offset], mix(mix(mix(mix(of.id) ^ now.step) ^ neuron) ^ bits));
    }
    return count;
  }

  /// What the step makes of a neuron whose state is `state`, without changing anything else.
  SPIKEOMETRIC_HOST_DEVICE DeviceOutcome evaluate(std::uint32_t slot, const DeviceClock& now, float (&latest)[bases],
                                                  State& state) const {
#if defined(__CUDA_ARCH__)
    static_cast<void>(&refuse_parts_of_the_host<Kernel, bases, DevicePast<bases>>);
#endif
    const std::uint32_t index = network(slot);
    const DeviceNetwork& of = networks[index];
    const std::uint32_t neuron = slot - of.first;
    const DeviceModel<Kernel>& model = models[models_are_shared ? 0 : index];
    const Kernel& kernel = model.kernel;
    const std::int64_t* const arrived = sums_at(now.tick, slot);
    for (std::size_t basis = 0; basis < bases; ++basis)
      latest[basis] = static_cast<float>(mul(static_cast<double>(arrived[basis]), of.unit));

    const DevicePast<bases> earlier{past, std::size_t{slots} * bases, now.tick, past_mask, slot * bases};
    float x, b, stimulus_input = 0.0f;
    if constexpr (bases == 1)
      x = kernel.filter(state, latest[0], earlier);
    else
      x = kernel.filter(state, latest, earlier);
    const Stream noise{seed, of.id, noise_purpose};
    if constexpr (Kernel::noisy)
      b = static_cast<float>(
          kernel.baseline(PrimedDraws{{noise, neuron, now.random_step}, noise.half(neuron, now.random_step)}));
    else
      b = static_cast<float>(kernel.baseline(Draws{noise, neuron, now.random_step}));
    if constexpr (stimulated)
      if (recorded) {
        float drive[channels] = {};
        if (stimulus.add(index, neuron, now.offset, now.step, drive)) stimulus_input = kernel.stimulus(drive, neuron);
      }

    DeviceOutcome outcome{kernel.input(x, self_history(model, slot, now.tick), b, stimulus_input), 0.0f, stimulus_input,
                          0};
    outcome.mu = kernel.rate(outcome.g, neuron);
    if (given != nullptr) {
      outcome.count = given[slot];
      outcome.g = outcome.mu = 0.0f;
      return outcome;
    }
    const Stream draws{seed, of.id, spike_purpose};
    std::uint32_t first = 0;
    if constexpr (!Kernel::deterministic) first = draws.half(neuron, now.random_step);
    if (outcome.g == outcome.g && outcome.mu == outcome.mu && may_spike(kernel.sampler, outcome.mu, first, neuron))
      outcome.count = kernel.sampler(outcome.mu, PrimedDraws{{draws, neuron, now.random_step}, first});
    return outcome;
  }

  /// What became of a neuron in the step that failed.
  SPIKEOMETRIC_HOST_DEVICE DeviceOutcome explain(std::uint32_t slot, const DeviceClock& now) const {
    float latest[bases];
    State state = states[slot];
    return evaluate(slot, now, latest, state);
  }

  SPIKEOMETRIC_HOST_DEVICE static bool failed(const DeviceOutcome& outcome, const DeviceNetwork& of) {
    return outcome.g != outcome.g || outcome.mu != outcome.mu || outcome.count < 0 || outcome.count > of.count_limit;
  }

  /// Where the synapses of the neuron in a slot begin, and at [1], where they end.
  SPIKEOMETRIC_HOST_DEVICE const std::uint64_t* row_of(std::uint32_t slot) const {
    const DeviceNetwork& of = networks[network(slot)];
    return offsets + of.row + (slot - of.first);
  }

  /// What a synapse adds for each spike, and where.
  struct Synapse {
    std::int64_t* to;
    std::int32_t weights[bases];
  };

  /// For spikes of a step, of a neuron whose network begins at slot `network`.
  SPIKEOMETRIC_HOST_DEVICE Synapse synapse(std::uint64_t index, std::uint32_t network, std::uint32_t tick) const {
    const std::uint32_t delay = delays == nullptr ? 1 : delays[index];
    Synapse synapse{sums_at(tick + delay, network + static_cast<std::uint32_t>(targets[index])), {}};
    for (std::size_t basis = 0; basis < bases; ++basis) synapse.weights[basis] = weights[index * bases + basis];
    return synapse;
  }

  SPIKEOMETRIC_HOST_DEVICE static void pass(const Synapse& synapse, std::int64_t count) {
    for (std::size_t basis = 0; basis < bases; ++basis) atomic_add(synapse.to + basis, count * synapse.weights[basis]);
  }

  SPIKEOMETRIC_HOST_DEVICE std::int64_t* sums_at(std::uint32_t tick, std::uint32_t slot) const {
    return sums + ((tick & sums_mask) * std::size_t{slots} + slot) * bases;
  }

  /// H, lags ascending.
  SPIKEOMETRIC_HOST_DEVICE float self_history(const DeviceModel<Kernel>& model, std::uint32_t slot,
                                              std::uint32_t tick) const {
    float sum = 0.0f;
    for (std::uint32_t lag = 0; lag < model.lags;) {
      const std::uint32_t at = (tick - 1 - lag) & recent_mask;
      if constexpr (Model::binary) {
        const std::uint32_t word = recent[at / 32 * std::size_t{slots} + slot];
        const std::uint32_t left = model.lags - lag;
        const std::uint32_t end = lag + (at % 32 + 1 < left ? at % 32 + 1 : left);
        if (word != 0)
          for (std::uint32_t bit = at % 32; lag < end; ++lag, --bit)
            if ((word >> bit & 1u) != 0) sum = sum + model.history[lag];
        lag = end;
      } else {
        const std::uint32_t count = recent[at * std::size_t{slots} + slot];
        if (count > 0) sum = sum + mul(model.history[lag], static_cast<float>(count));
        ++lag;
      }
    }
    return sum;
  }

  SPIKEOMETRIC_HOST_DEVICE void remember(std::uint32_t slot, std::uint32_t tick, std::uint32_t count) const {
    const std::uint32_t at = tick & recent_mask;
    if constexpr (Model::binary) {
      std::uint32_t& word = recent[at / 32 * std::size_t{slots} + slot];
      const std::uint32_t before = word, after = (before & ~(1u << at % 32)) | count << at % 32;
      if (after != before) word = after;
    } else {
      recent[at * std::size_t{slots} + slot] = count;
    }
  }
};

}  // namespace spikeometric::detail
