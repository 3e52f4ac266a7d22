// SPDX-License-Identifier: BSD-3-Clause
//
// The Thrust backend: the step as parallel algorithms, on whatever device system Thrust has. With nvcc that is a GPU,
// with another compiler the threads of the machine (OpenMP), or one of them.
//
//   sk::Simulator simulator{graph, model, drive, sk::Seed{1}, sk::ThrustBackend{}};
//
// Needs Thrust 1.17 or newer: the CUDA Toolkit's or Debian's libthrust-dev. THRUST_DEVICE_SYSTEM chooses the system.
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

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/device_engine.hpp"
#include "spikeometric/backend/detail/device_step.hpp"
#include "spikeometric/detail/out_of_device_memory.hpp"
#include "spikeometric/detail/thrust_memory.hpp"

namespace spikeometric {

namespace detail {

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
  void upload(Array<T>& array, std::size_t at, std::span<T> values) {
    upload(array, at, std::span<const T>(values));
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
  DeviceClock now;
  std::uint32_t* counts;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint32_t slot) const { counts[slot] = step.update(slot, now); }
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
    const std::uint64_t* const row = step.row_of(spike.slot);
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
  std::uint32_t tick;  // of the spikes

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
    const std::uint64_t* const row = step.row_of(spike.slot);
    const std::uint64_t first = row[0] + (chunk - (at == 0 ? 0 : ends[at - 1])) * chunk_size;
    const std::uint64_t end = first + chunk_size < row[1] ? first + chunk_size : row[1];
    const std::uint32_t network = step.networks[step.network(spike.slot)].first;
    for (std::uint64_t i = first; i < end; ++i) step.pass(step.synapse(i, network, tick), spike.count);
    atomic_add(step.passed, end - first);
  }
};

/// Evaluates one neuron.
template <class Step>
struct ExplainSlot {
  Step step;
  DeviceClock now;
  DeviceOutcome* outcome;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint32_t slot) const { *outcome = step.explain(slot, now); }
};

/// A step: update all neurons, gather those that spiked, pass their synapses. The host waits for each.
template <class Networks>
class ThrustExecutor {
  using Memory = typename Networks::Memory;
  using Plan = typename Networks::Plan;
  using Step = typename Networks::Step;
  using Event = typename Networks::Event;
  template <class T>
  using Array = typename Memory::template Array<T>;

 public:
  template <class Settings>
  ThrustExecutor(const Memory& memory, const Settings& settings) : memory_(memory), hash_state_(settings.hash_state) {}

  static std::uint64_t piece(const Plan& plan) {
    return std::clamp<std::uint64_t>((std::uint64_t{1} << 22) / std::max<std::uint64_t>(plan.slots, 1), 1, 1024);
  }

  static std::uint64_t bytes(const Plan& plan) {
    return plan.slots * (sizeof(std::uint32_t) + sizeof(DeviceSpike) + sizeof(std::uint64_t)) +
           2 * piece(plan) * sizeof(std::uint64_t) + sizeof(DeviceOutcome) + sizeof(DeviceProbe);
  }

  void allocate(const Networks& networks) {
    const Plan& plan = networks.plan();
    for (const DeviceNetwork& network : networks.networks()) firsts_.push_back(network.first);
    counts_ = memory_.template allocate<std::uint32_t>(plan.slots);
    spikes_ = memory_.template allocate<DeviceSpike>(plan.slots);
    chunk_ends_ = memory_.template allocate<std::uint64_t>(plan.slots);
    passed_ = memory_.template allocate<std::uint64_t>(piece(plan));
    hashes_ = memory_.template allocate<std::uint64_t>(piece(plan));
    outcome_ = memory_.template allocate<DeviceOutcome>(1);
    probe_ = memory_.template allocate<DeviceProbe>(1);
  }

  void queue(Step step, const DeviceClock& clock, std::uint64_t steps, int buffer) {
    memory_.zero(passed_);
    memory_.zero(hashes_);
    step.state_hash = hash_state_ && step.recorded ? hashes_.data() : nullptr;
    DevicePiece<Event>& done = done_[buffer] = {};
    std::vector<DeviceSpike> spikes;  // by the steps of the piece
    std::vector<std::uint64_t> ends;  // of each step
    for (std::uint32_t offset = 0; offset < steps; ++offset) {
      step.passed = passed_.data() + offset;
      if ((done.failure = failure(step)).random_step != DeviceFailure::none) break;  // of the piece before
      const std::uint64_t size = take(step, clock.after(offset));
      if ((done.failure = failure(step)).random_step != DeviceFailure::none) break;
      ++done.completed;
      if (!step.recorded) continue;
      spikes.resize(spikes.size() + size);
      memory_.download(spikes_, 0, std::span(spikes).last(size));
      ends.push_back(spikes.size());
    }
    done.passed.resize(done.completed);
    memory_.download(passed_, 0, std::span(done.passed));
    if (!step.recorded) return;
    std::vector<std::uint64_t> hashes(done.completed);
    memory_.download(hashes_, 0, std::span(hashes));
    done.state_hash = std::accumulate(hashes.begin(), hashes.end(), std::uint64_t{0});
    sort_events(spikes, ends, done);
  }

  /// All is done by the time that `queue` returns.
  DevicePiece<Event> collect(const DeviceClock&, std::uint64_t, int buffer, bool) { return std::move(done_[buffer]); }

  std::uint64_t replay(Step step, const DeviceClock& clock) {
    memory_.zero(passed_);
    step.passed = passed_.data();
    take(step, clock);
    return passed();
  }

  std::uint64_t pass(Step step, std::span<const DeviceSpike> spikes, std::uint32_t tick) {
    memory_.zero(passed_);
    step.passed = passed_.data();
    memory_.upload(spikes_, 0, spikes);
    pass(step, spikes.size(), tick - 1);
    return passed();
  }

  bool follows_ieee_754() {
    DeviceProbe probe;
    memory_.upload(probe_, 0, std::span<const DeviceProbe>(&probe, 1));
    ::thrust::for_each_n(::thrust::device, counting(std::uint32_t{0}), 1, RunProbe{probe_.data()});
    memory_.download(probe_, 0, std::span(&probe, 1));
    return probe.follows;
  }

  DeviceOutcome explain(const Step& step, std::uint32_t slot, const DeviceClock& clock) {
    DeviceOutcome outcome;
    ::thrust::for_each_n(::thrust::device, counting(slot), 1, ExplainSlot<Step>{step, clock, outcome_.data()});
    memory_.download(outcome_, 0, std::span(&outcome, 1));
    return outcome;
  }

 private:
  template <class Integer>
  static auto counting(Integer first) {
    return ::thrust::counting_iterator<Integer>(first);
  }

  /// Returns the number of neurons that spiked: spikes_.
  std::uint64_t take(const Step& step, const DeviceClock& now) {
    std::uint32_t* const counts = counts_.data();
    const auto spikes = ::thrust::device_pointer_cast(spikes_.data());
    ::thrust::for_each_n(::thrust::device, counting(std::uint32_t{0}), step.slots, UpdateSlot<Step>{step, now, counts});
    const auto end =
        ::thrust::copy_if(::thrust::device, counting(std::uint32_t{0}), counting(step.slots),
                          ::thrust::make_transform_output_iterator(spikes, SpikeOf{counts}), HasSpiked{counts});
    const auto size = static_cast<std::uint64_t>(end.base() - spikes);
    pass(step, size, now.tick);
    return size;
  }

  void pass(const Step& step, std::uint64_t spikes, std::uint32_t tick) {
    if (spikes == 0) return;
    const auto first = ::thrust::device_pointer_cast(spikes_.data());
    const auto ends = ::thrust::device_pointer_cast(chunk_ends_.data());
    ::thrust::transform_inclusive_scan(::thrust::device, first, first + static_cast<std::ptrdiff_t>(spikes), ends,
                                       ChunksOf<Step>{step}, ::thrust::plus<std::uint64_t>{});
    const std::uint64_t chunks = ends[static_cast<std::ptrdiff_t>(spikes - 1)];
    ::thrust::for_each_n(::thrust::device, counting(std::uint64_t{0}), chunks,
                         PassChunk<Step>{step, spikes_.data(), chunk_ends_.data(), spikes, tick});
  }

  static DeviceFailure failure(const Step& step) { return *::thrust::device_pointer_cast(step.failure); }

  std::uint64_t passed() {
    std::uint64_t number = 0;
    memory_.download(passed_, 0, std::span(&number, 1));
    return number;
  }

  /// From the order of steps and slots to that of networks, steps and neurons.
  void sort_events(const std::vector<DeviceSpike>& spikes, const std::vector<std::uint64_t>& step_ends,
                   DevicePiece<Event>& done) const {
    const auto for_each = [&](auto&& visit) {
      std::size_t i = 0;
      for (std::uint32_t offset = 0; offset < done.completed; ++offset)
        for (std::size_t network = 0; i < step_ends[offset]; ++i) {
          while (network + 1 < firsts_.size() && firsts_[network + 1] <= spikes[i].slot) ++network;
          visit(network, offset, spikes[i]);
        }
    };
    done.ends.assign(firsts_.size(), 0);
    for_each([&](std::size_t network, std::uint32_t, const DeviceSpike&) { ++done.ends[network]; });
    std::exclusive_scan(done.ends.begin(), done.ends.end(), done.ends.begin(), std::uint64_t{0});
    done.events.resize(spikes.size(), Event{0, 0, 0});
    for_each([&](std::size_t network, std::uint32_t offset, const DeviceSpike& spike) {
      done.events[done.ends[network]++] =
          Event{offset, spike.slot - firsts_[network], static_cast<std::uint32_t>(spike.count)};
    });
  }

  Memory memory_;
  bool hash_state_;
  std::vector<std::uint32_t> firsts_;  // slots of the networks
  Array<std::uint32_t> counts_;
  Array<DeviceSpike> spikes_;
  Array<std::uint64_t> chunk_ends_, passed_, hashes_;
  Array<DeviceOutcome> outcome_;
  Array<DeviceProbe> probe_;
  DevicePiece<Event> done_[2];
};

}  // namespace detail

/// How to run with Thrust. Spikes are those of every other backend. The models' and stimuli's functions are called on
/// the device: with a GPU they must be SPIKEOMETRIC_HOST_DEVICE. Of several GPUs a simulator takes the one that is
/// current (cudaSetDevice) when it is made, and that one must be current whenever it is used.
struct ThrustBackend {
  std::uint32_t first_network = 0;  ///< id of the network, which keys its random numbers; counted on in a batch
  bool hash_state = false;          ///< whether to hash the bits of every g and mu

  template <class Model, class Stimulus, class GraphType>
  using Engine = detail::DeviceEngine<detail::ThrustExecutor, detail::ThrustMemory, Model, Stimulus, GraphType>;
};

}  // namespace spikeometric
