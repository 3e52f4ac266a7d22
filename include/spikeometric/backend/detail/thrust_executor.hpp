// SPDX-License-Identifier: BSD-3-Clause
//
// How the Thrust backend shares out steps: parallel algorithms, one after the other.
//
// Needs Thrust 1.17 or newer.
#pragma once

#include "spikeometric/detail/thrust_system.hpp"

#include <thrust/copy.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/fill.h>
#include <thrust/for_each.h>
#include <thrust/functional.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_output_iterator.h>
#include <thrust/transform_scan.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "spikeometric/backend/detail/device_executor.hpp"
#include "spikeometric/backend/detail/device_step.hpp"
#include "spikeometric/detail/memory.hpp"
#include "spikeometric/detail/out_of_device_memory.hpp"
#include "spikeometric/detail/thrust_memory.hpp"

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
  void upload(Array<T>& array, std::size_t at, std::span<const T> values) {
    const auto* const from = reinterpret_cast<const unsigned char*>(values.data());
    ::thrust::copy(from, from + values.size_bytes(), place(array.bytes_, at * sizeof(T)));
  }
  template <class T>
  Array<T> take(const HostArray<T>& values) {
    Array<T> array = allocate<T>(values.size());
    upload(array, 0, std::span<const T>(values.data(), values.size()));
    return array;
  }

  template <class T>
  void download(const Array<T>& array, std::size_t at, std::span<T> values) {
    const auto from = place(array.bytes_, at * sizeof(T));
    ::thrust::copy(from, from + static_cast<std::ptrdiff_t>(values.size_bytes()),
                   reinterpret_cast<unsigned char*>(values.data()));
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

/// counts[slot] = that of an earlier step.
template <class Step>
struct CountOfSlot {
  Step step;
  std::uint64_t tick;
  std::uint32_t* counts;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint32_t slot) const { counts[slot] = step.count_at(slot, tick); }
};

struct RunProbe {
  DeviceProbe* probe;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint32_t) const { probe->run(); }
};

struct HasSpiked {
  const std::uint32_t* counts;

  SPIKEOMETRIC_HOST_DEVICE bool operator()(std::uint32_t slot) const { return counts[slot] > 0; }
};

struct SpikeOf {
  const std::uint32_t* counts;

  SPIKEOMETRIC_HOST_DEVICE DeviceSpike operator()(std::uint32_t slot) const {
    return {slot, static_cast<std::int32_t>(counts[slot])};
  }
};

/// Rows differ in length, so they are passed in chunks of so many synapses, each by one thread.
inline constexpr std::uint64_t chunk_size = 32;

template <class Step>
struct ChunksOf {
  Step step;

  SPIKEOMETRIC_HOST_DEVICE std::uint64_t operator()(const DeviceSpike& spike) const {
    const std::uint64_t* const row = step.synapses_of(spike.slot);
    return (row[1] - row[0] + chunk_size - 1) / chunk_size;
  }
};

/// Passes a chunk. ends[i] is the number of chunks of spikes 0 to i.
template <class Step>
struct PassChunk {
  Step step;
  const DeviceSpike* spikes;
  const std::uint64_t* ends;
  std::uint64_t size;  // of spikes
  std::uint64_t tick;  // of the spikes

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint64_t chunk) const {
    std::uint64_t at = 0;  // the first spike whose chunks end beyond this one
    for (std::uint64_t high = size - 1; at < high;) {
      const std::uint64_t middle = (at + high) / 2;
      if (ends[middle] > chunk)
        high = middle;
      else
        at = middle + 1;
    }
    const DeviceSpike spike = spikes[at];
    const std::uint64_t* const row = step.synapses_of(spike.slot);
    const std::uint64_t first = row[0] + (chunk - (at == 0 ? 0 : ends[at - 1])) * chunk_size;
    const std::uint64_t end = first + chunk_size < row[1] ? first + chunk_size : row[1];
    const auto& network = step.network(spike.slot);
    const std::uint32_t sums = row_of(tick, network.sums_rows);
    for (std::uint64_t i = first; i < end; ++i) step.pass(step.synapse(network, i, sums), spike.count);
    atomic_add(step.passed, end - first);
  }
};

/// Evaluates one neuron.
template <class Step>
struct ExplainSlot {
  Step step;
  Clock now;
  Outcome* outcome;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint32_t slot) const { *outcome = step.explain(slot, now); }
};

/// A step: pass the synapses of the neurons that spiked, update all, gather those that spike. The host waits for each.
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

  static std::uint64_t piece(const Layout& layout) {
    return std::clamp<std::uint64_t>((std::uint64_t{1} << 22) / std::max<std::uint64_t>(layout.slots, 1), 1, 1024);
  }

  template <class Graphs>
  static std::uint64_t bytes(const Layout& layout, const Graphs&) {
    return Base::state_bytes(layout) +
           layout.slots * (sizeof(std::uint32_t) + sizeof(DeviceSpike) + sizeof(std::uint64_t)) +
           2 * piece(layout) * sizeof(std::uint64_t) + sizeof(Outcome) + sizeof(DeviceProbe);
  }

  void allocate(Arrays& arrays, Table* table) {
    this->allocate_state(arrays, table);
    counts_ = memory_.template allocate<std::uint32_t>(this->slots());
    spikes_ = memory_.template allocate<DeviceSpike>(this->slots());
    chunk_ends_ = memory_.template allocate<std::uint64_t>(this->slots());
    passed_ = memory_.template allocate<std::uint64_t>(piece(this->layout_));
    hashes_ = memory_.template allocate<std::uint64_t>(piece(this->layout_));
    outcome_ = memory_.template allocate<Outcome>(1);
    probe_ = memory_.template allocate<DeviceProbe>(1);
    this->require_ieee_754();
  }

  void queue(const Piece&) {}

  std::span<const DonePiece<Event>> collect(const Piece& piece) {
    memory_.zero(passed_);
    memory_.zero(hashes_);
    Step step = this->step(piece.recorded);
    step.state_hash = hash_state_ && piece.recorded ? hashes_.data() : nullptr;
    DevicePiece<Event> done;
    std::vector<DeviceSpike> spikes;  // by the steps of the piece
    std::vector<std::uint64_t> ends;  // of each step
    std::uint64_t size = latest(step, piece.clock);
    for (std::uint32_t offset = 0; offset < piece.steps; ++offset) {
      step.passed = passed_.data() + offset;
      size = take(step, piece.clock.after(offset), size);
      if ((done.failure = *::thrust::device_pointer_cast(step.failure)).random_step != DeviceFailure::none) break;
      ++done.completed;
      if (!piece.recorded) continue;
      spikes.resize(spikes.size() + size);
      memory_.download(spikes_, 0, std::span(spikes).last(size));
      ends.push_back(spikes.size());
    }
    if (piece.recorded) {
      done.synaptic_events = total(passed_, done.completed);
      done.state_hash = total(hashes_, done.completed);
      sort_events(spikes, ends, done);
    }
    return this->handed_over(piece, std::move(done));
  }

  void replay(const Clock& now, std::span<const std::vector<Event>* const> given) {
    Step step = this->step_of(given);
    step.passed = passed_.data();
    take(step, now, latest(step, now));
  }

  void run_probe(DeviceProbe& probe) {
    memory_.upload(probe_, 0, std::span<const DeviceProbe>(&probe, 1));
    ::thrust::for_each_n(::thrust::device, counting(std::uint32_t{0}), 1, RunProbe{probe_.data()});
    memory_.download(probe_, 0, std::span(&probe, 1));
  }

  Outcome explain(const Step& step, std::uint32_t slot, const Clock& clock) {
    Outcome outcome;
    ::thrust::for_each_n(::thrust::device, counting(slot), 1, ExplainSlot<Step>{step, clock, outcome_.data()});
    memory_.download(outcome_, 0, std::span(&outcome, 1));
    return outcome;
  }

 private:
  template <class Integer>
  static auto counting(Integer first) {
    return ::thrust::counting_iterator<Integer>(first);
  }

  /// Gathers the spikes of the step before: spikes_. Returns their number.
  std::uint64_t latest(const Step& step, const Clock& now) {
    ::thrust::for_each_n(::thrust::device, counting(std::uint32_t{0}), step.slots,
                         CountOfSlot<Step>{step, now.tick - 1, counts_.data()});
    return gather(step);
  }

  std::uint64_t gather(const Step& step) {
    std::uint32_t* const counts = counts_.data();
    const auto spikes = ::thrust::device_pointer_cast(spikes_.data());
    const auto end =
        ::thrust::copy_if(::thrust::device, counting(std::uint32_t{0}), counting(step.slots),
                          ::thrust::make_transform_output_iterator(spikes, SpikeOf{counts}), HasSpiked{counts});
    return static_cast<std::uint64_t>(end.base() - spikes);
  }

  /// A step after one with so many spikes: spikes_, as are then those of this one. Returns their number.
  std::uint64_t take(const Step& step, const Clock& now, std::uint64_t spikes) {
    pass(step, spikes, now.tick - 1);
    ::thrust::for_each_n(::thrust::device, counting(std::uint32_t{0}), step.slots,
                         UpdateSlot<Step>{step, now, counts_.data()});
    return gather(step);
  }

  void pass(const Step& step, std::uint64_t spikes, std::uint64_t tick) {
    if (spikes == 0) return;
    const auto first = ::thrust::device_pointer_cast(spikes_.data());
    const auto ends = ::thrust::device_pointer_cast(chunk_ends_.data());
    ::thrust::transform_inclusive_scan(::thrust::device, first, first + static_cast<std::ptrdiff_t>(spikes), ends,
                                       ChunksOf<Step>{step}, ::thrust::plus<std::uint64_t>{});
    const std::uint64_t chunks = ends[static_cast<std::ptrdiff_t>(spikes - 1)];
    ::thrust::for_each_n(::thrust::device, counting(std::uint64_t{0}), chunks,
                         PassChunk<Step>{step, spikes_.data(), chunk_ends_.data(), spikes, tick});
  }

  std::uint64_t total(const Array<std::uint64_t>& values, std::uint64_t size) {
    std::vector<std::uint64_t> each(size);
    memory_.download(values, 0, std::span(each));
    return std::accumulate(each.begin(), each.end(), std::uint64_t{0});
  }

  /// From the order of steps and slots to that of networks, steps and neurons.
  void sort_events(const std::vector<DeviceSpike>& spikes, const std::vector<std::uint64_t>& step_ends,
                   DevicePiece<Event>& done) const {
    const auto& places = this->places();
    const auto for_each = [&](auto&& visit) {
      std::size_t i = 0;
      for (std::uint32_t offset = 0; offset < done.completed; ++offset)
        for (std::size_t network = 0; i < step_ends[offset]; ++i) {
          while (network + 1 < places.size() && places[network + 1].first <= spikes[i].slot) ++network;
          visit(network, offset, spikes[i]);
        }
    };
    done.ends.assign(places.size(), 0);
    for_each([&](std::size_t network, std::uint32_t, const DeviceSpike&) { ++done.ends[network]; });
    std::exclusive_scan(done.ends.begin(), done.ends.end(), done.ends.begin(), std::uint64_t{0});
    done.events.resize(spikes.size(), Event{0, 0, 0});
    for_each([&](std::size_t network, std::uint32_t offset, const DeviceSpike& spike) {
      done.events[done.ends[network]++] =
          Event{offset, spike.slot - places[network].first, static_cast<std::uint32_t>(spike.count)};
    });
  }

  Array<std::uint32_t> counts_;
  Array<DeviceSpike> spikes_;
  Array<std::uint64_t> chunk_ends_, passed_, hashes_;
  Array<Outcome> outcome_;
  Array<DeviceProbe> probe_;
};

}  // namespace spikeometric::detail
