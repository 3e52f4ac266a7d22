// SPDX-License-Identifier: BSD-3-Clause
//
// How the CUDA backend takes steps: queued on a stream, most of them as captured graphs, while the events of the piece
// before are gathered and fetched on another.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/cuda_kernels.cuh"
#include "spikeometric/backend/detail/cuda_memory.cuh"
#include "spikeometric/backend/detail/cuda_product.cuh"
#include "spikeometric/backend/detail/device_engine.hpp"

namespace spikeometric::detail {

template <class Strategy, class Networks>
class CudaExecutor {
  using Memory = typename Networks::Memory;
  using Plan = typename Networks::Plan;
  using Step = typename Networks::Step;
  using Event = typename Networks::Event;
  template <class T>
  using Array = typename Memory::template Array<T>;
  static constexpr bool binary = Networks::Model::binary;
  static constexpr bool by_product = std::is_same_v<Strategy, SparseMatvec>;
  struct NoProduct {};

 public:
  template <class Settings>
  CudaExecutor(const Memory& memory, const Settings& settings) : memory_(memory), hash_state_(settings.hash_state) {}

  /// Steps whose record takes up to 64 MB.
  static std::uint64_t piece(const Plan& plan) {
    return std::clamp<std::uint64_t>((std::uint64_t{1} << 26) / record_bytes(plan), 1, 1024);
  }

  static std::uint64_t bytes(const Plan& plan) {
    std::uint64_t sum = 2 * piece(plan) * (record_bytes(plan) + 2 * sizeof(std::uint64_t)) +
                        (tiles(plan, piece(plan)) + 1 + plan.networks) * sizeof(std::uint64_t) +
                        room(plan) * sizeof(Event) + sizeof(DeviceClock) + sizeof(DeviceOutcome) + sizeof(DeviceProbe) +
                        plan.hubs * sizeof(DeviceSpike) + 2 * sizeof(std::uint32_t);
    if constexpr (by_product) sum += CudaProduct<Networks>::bytes(plan);
    return sum;
  }

  void allocate(Networks& networks) {
    const DeviceScope scope(memory_.device());
    plan_ = networks.plan();
    failure_ = networks.step().failure;
    table_ = networks.step().networks;
    for (Buffer& buffer : buffers_) {
      buffer.masks = memory_.template allocate<std::uint32_t>(piece(*plan_) * groups());
      if constexpr (!binary) buffer.counts = memory_.template allocate<std::uint32_t>(piece(*plan_) * plan_->slots);
      buffer.passed = memory_.template allocate<std::uint64_t>(piece(*plan_));
      buffer.hashes = memory_.template allocate<std::uint64_t>(piece(*plan_));
      buffer.done = make_event();
    }
    tiles_ = memory_.template allocate<std::uint64_t>(tiles(*plan_, piece(*plan_)) + 1);
    begins_ = memory_.template allocate<std::uint64_t>(plan_->networks);
    events_ = memory_.template allocate<Event>(room(*plan_));
    base_ = memory_.template allocate<DeviceClock>(1);
    outcome_ = memory_.template allocate<DeviceOutcome>(1);
    probe_ = memory_.template allocate<DeviceProbe>(1);
    hub_spikes_ = memory_.template allocate<DeviceSpike>(plan_->hubs);
    hub_sizes_ = memory_.template allocate<std::uint32_t>(2);
    fetching_ = make_stream();
    int processors = 0;
    SPIKEOMETRIC_CHECK_CUDA(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, memory_.device()));
    blocks_ = 8 * static_cast<std::uint64_t>(processors);
    load(take_step<Step, !by_product>);
    load(pass_hubs<Step>);
    if constexpr (by_product) product_.allocate(memory_, networks);
  }

  void queue(Step step, const DeviceClock& clock, std::uint64_t steps, int which) {
    const DeviceScope scope(memory_.device());
    Buffer& buffer = buffers_[which];
    memory_.zero(buffer.passed);
    memory_.zero(buffer.hashes);
    memory_.zero(hub_sizes_);
    step.passed = buffer.passed.data();
    step.state_hash = hash_state_ && step.recorded ? buffer.hashes.data() : nullptr;
    const SpikeRecord record =
        step.recorded ? SpikeRecord{buffer.masks.data(), buffer.counts.data(), nullptr} : SpikeRecord{};
    std::uint64_t done = 0;
    if (step.recorded && steps >= graph_steps) {
      if (!buffer.graph) buffer.graph = captured(step, record);
      for (; done + graph_steps <= steps; done += graph_steps) {
        launch(set_clock<>, 1, 1, memory_.stream(), base_.data(), clock.after(static_cast<std::uint32_t>(done)));
        SPIKEOMETRIC_CHECK_CUDA(cudaGraphLaunch(buffer.graph.get(), memory_.stream()));
      }
    }
    for (; done < steps; ++done) take(step, clock.after(static_cast<std::uint32_t>(done)), nullptr, record);
    SPIKEOMETRIC_CHECK_CUDA(cudaEventRecord(buffer.done.get(), memory_.stream()));
  }

  DevicePiece<Event> collect(const DeviceClock& clock, std::uint64_t steps, int which, bool recorded) {
    const DeviceScope scope(memory_.device());
    Buffer& buffer = buffers_[which];
    SPIKEOMETRIC_CHECK_CUDA(cudaStreamWaitEvent(fetching_.get(), buffer.done.get(), 0));
    DevicePiece<Event> done;
    fetch(failure_, std::span(&done.failure, 1));
    done.completed = std::min(steps, done.failure.random_step - clock.random_step);
    done.passed.resize(done.completed);
    fetch(buffer.passed.data(), std::span(done.passed));
    if constexpr (by_product) std::fill(done.passed.begin(), done.passed.end(), plan_->synapses_of_all());
    if (!recorded) return done;
    if (hash_state_) {
      std::vector<std::uint64_t> hashes(done.completed);
      fetch(buffer.hashes.data(), std::span(hashes));
      done.state_hash = std::accumulate(hashes.begin(), hashes.end(), std::uint64_t{0});
    }
    fetch_events(buffer, done);
    return done;
  }

  std::uint64_t replay(Step step, const DeviceClock& clock) {
    const DeviceScope scope(memory_.device());
    memory_.zero(buffers_[0].passed);
    memory_.zero(hub_sizes_);
    step.passed = buffers_[0].passed.data();
    take(step, clock, nullptr, {});
    return passed();
  }

  std::uint64_t pass(Step step, std::span<const DeviceSpike> spikes, std::uint32_t tick) {
    const DeviceScope scope(memory_.device());
    memory_.zero(buffers_[0].passed);
    step.passed = buffers_[0].passed.data();
    Array<DeviceSpike> given = memory_.template allocate<DeviceSpike>(spikes.size());
    memory_.upload(given, 0, spikes);
    launch(pass_spikes<Step>, std::clamp<std::uint64_t>(spikes.size(), 1, blocks_), block_threads, memory_.stream(),
           step, given.data(), static_cast<std::uint32_t>(spikes.size()), tick - 1);
    return passed();
  }

  bool follows_ieee_754() {
    const DeviceScope scope(memory_.device());
    DeviceProbe probe;
    memory_.upload(probe_, 0, std::span<const DeviceProbe>(&probe, 1));
    launch(run_probe<>, 1, 1, memory_.stream(), probe_.data());
    memory_.download(probe_, 0, std::span(&probe, 1));
    return probe.follows;
  }

  DeviceOutcome explain(const Step& step, std::uint32_t slot, const DeviceClock& clock) {
    const DeviceScope scope(memory_.device());
    DeviceOutcome outcome;
    launch(explain_slot<Step>, 1, 1, memory_.stream(), step, slot, clock, outcome_.data());
    memory_.download(outcome_, 0, std::span(&outcome, 1));
    return outcome;
  }

 private:
  static constexpr std::uint64_t graph_steps = 64;

  /// Of the steps of a piece, two of which are under way at any time.
  struct Buffer {
    Array<std::uint32_t> masks, counts;
    Array<std::uint64_t> passed, hashes;
    CudaEvent done;
    CudaGraph graph;
  };

  static std::uint64_t record_bytes(const Plan& plan) {
    return plan.slots / group_size * sizeof(std::uint32_t) + (binary ? 0 : plan.slots * sizeof(std::uint32_t));
  }
  static std::uint64_t tiles(const Plan& plan, std::uint64_t steps) {
    return (plan.slots / group_size * steps + tile_words - 1) / tile_words;
  }
  /// For events on their way to the host.
  static std::uint64_t room(const Plan& plan) { return std::min(plan.slots * piece(plan), std::uint64_t{1} << 22); }

  std::uint64_t groups() const { return plan_->slots / group_size; }

  template <class T>
  void fetch(const T* from, std::span<T> to) {
    memory_.download(from, to, fetching_.get());
  }

  /// Queues a step.
  void take(const Step& step, const DeviceClock& now, const DeviceClock* base, const SpikeRecord& record) {
    const HubQueue hubs{hub_spikes_.data(), hub_sizes_.data()};
    const std::uint64_t blocks = (step.slots + block_threads - 1) / block_threads;
    if constexpr (by_product) {
      product_.take(step, now, base, record, blocks);
    } else {
      launch(take_step<Step, true>, blocks, block_threads, memory_.stream(), step, now, base, record, hubs);
      if (plan_->hubs > 0) launch(pass_hubs<Step>, blocks_, block_threads, memory_.stream(), step, now, base, hubs);
    }
  }

  /// `graph_steps` steps, whose clocks count from *base_.
  CudaGraph captured(const Step& step, const SpikeRecord& record) {
    cudaGraph_t graph = nullptr;
    SPIKEOMETRIC_CHECK_CUDA(cudaStreamBeginCapture(memory_.stream(), cudaStreamCaptureModeThreadLocal));
    try {
      for (std::uint32_t offset = 0; offset < graph_steps; ++offset)
        take(step, DeviceClock{0, 0, 0, offset}, base_.data(), record);
    } catch (...) {  // the stream is to be of use after a reset
      if (cudaStreamEndCapture(memory_.stream(), &graph) == cudaSuccess) static_cast<void>(cudaGraphDestroy(graph));
      static_cast<void>(cudaGetLastError());
      throw;
    }
    SPIKEOMETRIC_CHECK_CUDA(cudaStreamEndCapture(memory_.stream(), &graph));
    cudaGraphExec_t executable = nullptr;
    const cudaError_t status = cudaGraphInstantiate(&executable, graph, 0);
    static_cast<void>(cudaGraphDestroy(graph));
    check_cuda(status, "cudaGraphInstantiate(&executable, graph, 0)", __FILE__, __LINE__);
    return CudaGraph(executable);
  }

  void fetch_events(Buffer& buffer, DevicePiece<Event>& done) {
    const MaskWords words{buffer.masks.data(), table_, static_cast<std::uint32_t>(plan_->networks),
                          static_cast<std::uint32_t>(groups()), static_cast<std::uint32_t>(done.completed)};
    const std::uint64_t size = tiles(*plan_, done.completed);
    std::uint64_t total = 0;
    done.ends.assign(plan_->networks, 0);
    if (size > 0) {
      launch(count_spikes<>, size, block_threads, fetching_.get(), words, tiles_.data());
      launch(scan_tiles<>, 1, block_threads, fetching_.get(), tiles_.data(), size);
      fetch(tiles_.data() + size, std::span(&total, 1));
    }
    if (total == 0) return;
    done.events.resize(total, Event{0, 0, 0});
    for (std::uint64_t begin = 0; begin < total; begin += room(*plan_)) {
      launch(gather_events<Event, binary>, size, block_threads, fetching_.get(), words, tiles_.data(),
             buffer.counts.data(), begin, room(*plan_), events_.data(), begins_.data());
      fetch(events_.data(), std::span(done.events).subspan(begin, std::min(room(*plan_), total - begin)));
    }
    std::vector<std::uint64_t> begins(plan_->networks);
    fetch(begins_.data(), std::span(begins));
    std::copy(begins.begin() + 1, begins.end(), done.ends.begin());
    done.ends.back() = total;
  }

  /// Waits.
  std::uint64_t passed() {
    std::uint64_t number = 0;
    memory_.download(buffers_[0].passed, 0, std::span(&number, 1));
    return by_product ? plan_->synapses_of_all() : number;
  }

  Memory memory_;
  bool hash_state_;
  std::optional<Plan> plan_;
  const DeviceFailure* failure_ = nullptr;
  const DeviceNetwork* table_ = nullptr;
  std::uint64_t blocks_ = 1;  // that keep the device busy
  Buffer buffers_[2];
  Array<std::uint64_t> tiles_, begins_;
  Array<Event> events_;
  Array<DeviceClock> base_;
  Array<DeviceOutcome> outcome_;
  Array<DeviceProbe> probe_;
  Array<DeviceSpike> hub_spikes_;
  Array<std::uint32_t> hub_sizes_;
  CudaStream fetching_;
  [[no_unique_address]] std::conditional_t<by_product, CudaProduct<Networks>, NoProduct> product_;
};

}  // namespace spikeometric::detail
