// SPDX-License-Identifier: BSD-3-Clause
//
// The executor of the Thrust backend: each step is a sequence of parallel algorithms.
//
// Needs Thrust 1.17 or newer.
#pragma once

#include "spikeometric/detail/thrust_system.hpp"
#include "spikeometric/parameter/errors.hpp"

#include <thrust/copy.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/fill.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "spikeometric/backend/detail/device_executor.hpp"
#include "spikeometric/backend/detail/device_step.hpp"
#include "spikeometric/detail/memory.hpp"

namespace spikeometric::detail {

/// Memory of Thrust's device system.
class ThrustMemory {
 public:
  static constexpr std::uint64_t reserve = THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA ? cuda_reserve : 0;

  template <class Settings>
  explicit ThrustMemory(const Settings&) {}

  template <class T>
  class Array {
   public:
    Array() = default;
    explicit Array(std::size_t size) : bytes_(size * sizeof(T)) {}

    T* data() { return reinterpret_cast<T*>(::thrust::raw_pointer_cast(bytes_.data())); }
    const T* data() const { return reinterpret_cast<const T*>(::thrust::raw_pointer_cast(bytes_.data())); }
    std::size_t size() const { return bytes_.size() / sizeof(T); }

   private:
    friend ThrustMemory;
    ::thrust::device_vector<unsigned char> bytes_;
  };

  template <class T>
  Array<T> allocate(std::size_t size) try {
    return Array<T>(size);
  } catch (const std::bad_alloc&) {
    if (const auto free = free_bytes()) throw OutOfDeviceMemory(size * sizeof(T), *free);
    throw;
  }

  template <class T>
  void upload(Array<T>& array, std::size_t at, const T* from, std::size_t size) {
    const auto* const bytes = reinterpret_cast<const unsigned char*>(from);
    ::thrust::copy(bytes, bytes + size * sizeof(T), place(array.bytes_, at * sizeof(T)));
  }
  template <class T>
  Array<T> take(const HostArray<T>& values) {
    Array<T> array = allocate<T>(values.size());
    upload(array, 0, values.data(), values.size());
    return array;
  }

  template <class T>
  void download(const Array<T>& array, std::size_t at, T* to, std::size_t size) {
    const auto from = place(array.bytes_, at * sizeof(T));
    ::thrust::copy(from, from + static_cast<std::ptrdiff_t>(size * sizeof(T)), reinterpret_cast<unsigned char*>(to));
  }

  template <class T>
  void zero(Array<T>& array) {
    ::thrust::fill(array.bytes_.begin(), array.bytes_.end(), static_cast<unsigned char>(0));
  }

  std::optional<std::uint64_t> free_bytes() const { return free_thrust_bytes(); }

 private:
  template <class Bytes>
  static auto place(Bytes& bytes, std::size_t at) {
    return bytes.begin() + static_cast<std::ptrdiff_t>(at);
  }
};

/// counts[slot] = the count of a step.
template <class Step>
struct UpdateSlot {
  Step step;
  Clock now;
  std::uint32_t* counts;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint32_t slot) const { counts[slot] = step.update(slot, now); }
};

/// Passes the synapses of a neuron for its spikes in an earlier step. Several threads share a row on a GPU.
template <class Step>
struct PassRow {
  static constexpr std::uint64_t threads = THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA ? 32 : 1;

  Step step;
  std::uint64_t tick;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint64_t thread) const {
    const auto slot = static_cast<std::uint32_t>(thread / threads);
    const std::uint32_t count = step.count_at(slot, tick);
    if (count == 0) return;
    const auto& network = step.network(slot);
    const std::uint32_t sums = row_of(tick, network.sums_rows);
    const std::uint64_t* const row = step.synapses_of(slot);
    for (std::uint64_t i = row[0] + thread % threads; i < row[1]; i += threads)
      step.pass(step.synapse(network, i, sums), count);
    if (thread % threads == 0) atomic_add(step.passed, row[1] - row[0]);
  }
};

/// A step passes the synapses of the neurons that spiked and updates all neurons. Counts are fetched after each piece.
template <class Arrays, class Table>
class ThrustExecutor : public DeviceExecutor<ThrustExecutor<Arrays, Table>, Arrays, Table> {
  using Base = DeviceExecutor<ThrustExecutor<Arrays, Table>, Arrays, Table>;
  using typename Base::Event;
  using typename Base::Layout;
  template <class T>
  using Array = typename Base::template Array<T>;
  using Base::hash_state_;
  using Base::memory_;

 public:
  using typename Base::Step;
  static constexpr bool queues_ahead = false;

  using Base::Base;

  /// The maximum number of steps in a piece: the number whose counts take 16 MB, but at most 1024.
  static std::uint64_t piece(const Layout& layout) {
    return std::clamp<std::uint64_t>((std::uint64_t{1} << 22) / std::max<std::uint64_t>(layout.slots, 1), 1, 1024);
  }

  template <class Graphs>
  static std::uint64_t bytes(const Layout& layout, const Graphs&) {
    return Base::state_bytes(layout) +
           piece(layout) * (layout.slots * sizeof(std::uint32_t) + 2 * sizeof(std::uint64_t));
  }

  void allocate(Arrays& arrays, Table* table) {
    this->allocate_state(arrays, table);
    counts_ = memory_.template allocate<std::uint32_t>(piece(this->layout_) * this->slots());
    passed_ = memory_.template allocate<std::uint64_t>(piece(this->layout_));
    hashes_ = memory_.template allocate<std::uint64_t>(piece(this->layout_));
    this->require_ieee_754();
  }

  void queue(const Piece&) {}

  const std::vector<DonePiece<Event>>& collect(const Piece& piece) {
    memory_.zero(passed_);
    memory_.zero(hashes_);
    Step step = this->step(piece.recorded);
    step.state_hash = hash_state_ && piece.recorded ? hashes_.data() : nullptr;
    DevicePiece<Event> done;
    for (std::uint32_t offset = 0; offset < piece.steps; ++offset) {
      step.passed = passed_.data() + offset;
      take(step, piece.clock.after(offset), counts_.data() + std::size_t{offset} * this->slots());
      if ((done.failure = this->failure()).random_step != DeviceFailure::none) break;
      ++done.completed;
    }
    if (piece.recorded) {
      done.synaptic_events = this->total(passed_, done.completed);
      done.state_hash = this->total(hashes_, done.completed);
      gather_events(done);
    }
    return this->handed_over(piece, std::move(done));
  }

  void replay(const Clock& now, const std::vector<const std::vector<Event>*>& given) {
    Step step = this->step_of(given);
    step.passed = passed_.data();
    take(step, now, counts_.data());
  }

  template <class Work>
  void run_once(const Work& work) {
    for_each(1, work);
  }

  template <class T>
  void fetch(const Array<T>& array, std::size_t at, T* to, std::size_t size) {
    memory_.download(array, at, to, size);
  }

 private:
  template <class Functor>
  static void for_each(std::uint64_t size, const Functor& functor) {
    ::thrust::for_each_n(::thrust::device, ::thrust::counting_iterator<std::uint64_t>(0), size, functor);
  }

  void take(const Step& step, const Clock& now, std::uint32_t* counts) {
    for_each(step.slots * PassRow<Step>::threads, PassRow<Step>{step, now.tick - 1});
    for_each(step.slots, UpdateSlot<Step>{step, now, counts});
  }

  /// Gathers the events in order of network, step and neuron.
  void gather_events(DevicePiece<Event>& done) {
    std::vector<std::uint32_t> counts(done.completed * this->slots());
    memory_.download(counts_, 0, counts.data(), counts.size());
    for (const auto& network : this->places()) {
      for (std::uint32_t offset = 0; offset < done.completed; ++offset) {
        const std::uint32_t* const of_step = counts.data() + std::size_t{offset} * this->slots() + network.first;
        for (std::uint32_t neuron = 0; neuron < network.neurons; ++neuron)
          if (of_step[neuron] > 0) done.events.push_back(Event(offset, neuron, of_step[neuron]));
      }
      done.ends.push_back(done.events.size());
    }
  }

  Array<std::uint32_t> counts_;  // [offset][slot]
  Array<std::uint64_t> passed_, hashes_;
};

}  // namespace spikeometric::detail
