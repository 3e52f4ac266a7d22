// SPDX-License-Identifier: BSD-3-Clause
//
// The executor of the CUDA backend. It queues steps on a stream, most of them as captured graphs. At the same time it
// gathers and fetches the events of the previous piece on another stream.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/cuda_kernels.cuh"
#include "spikeometric/backend/detail/cuda_memory.cuh"
#include "spikeometric/backend/detail/cuda_product.cuh"
#include "spikeometric/backend/detail/device_executor.hpp"

namespace spikeometric::detail {

template <class Strategy, class Arrays, class Table>
class CudaExecutor : public DeviceExecutor<CudaExecutor<Strategy, Arrays, Table>, Arrays, Table> {
  using Base = DeviceExecutor<CudaExecutor<Strategy, Arrays, Table>, Arrays, Table>;
  using typename Base::Event;
  using typename Base::Layout;
  using typename Base::Memory;
  template <class T>
  using Array = typename Base::template Array<T>;
  using Base::binary;
  using Base::hash_state_;
  using Base::layout_;
  using Base::memory_;
  static constexpr bool by_product = std::is_same_v<Strategy, SparseMatvec>;
  struct NoProduct {};

 public:
  using typename Base::Step;
  static constexpr bool queues_ahead = true;

  using Base::Base;

  /// The maximum number of steps in a piece: the number whose record takes 64 MB, but at most 1024.
  static std::uint64_t piece(const Layout& layout) {
    return std::clamp<std::uint64_t>((std::uint64_t{1} << 26) / record_bytes(layout), 1, 1024);
  }

  template <class GraphType>
  static std::uint64_t bytes(const Layout& layout, std::span<const GraphType> graphs) {
    std::uint64_t sum = Base::state_bytes(layout) + 2 * piece(layout) * record_bytes(layout) +
                        2 * (2 * piece(layout) + 1) * sizeof(std::uint64_t) +
                        (tiles(layout, piece(layout)) + 1 + layout.places.size()) * sizeof(std::uint64_t) +
                        room(layout) * sizeof(Event) + sizeof(Clock) + hubs(layout, graphs) * sizeof(DeviceSpike) +
                        2 * sizeof(std::uint32_t);
    if constexpr (by_product) sum += Product::bytes(layout, graphs);
    return sum;
  }

  template <class FixedGraph>
  void prepare(const FixedGraph& graph) {
    hubs_ += hubs_of(graph.offsets()) * layout_.trials;
    if constexpr (by_product) product_.prepare(graph);
  }

  void allocate(Arrays& arrays, Table* table) {
    const DeviceScope scope(memory_.device());
    this->allocate_state(arrays, table);
    for (Buffer& buffer : buffers_) {
      buffer.masks = memory_.template allocate<std::uint32_t>(piece(layout_) * groups());
      if constexpr (!binary) buffer.counts = memory_.template allocate<std::uint32_t>(piece(layout_) * layout_.slots);
      buffer.passed = memory_.template allocate<std::uint64_t>(piece(layout_) + 1);
      buffer.hashes = memory_.template allocate<std::uint64_t>(piece(layout_));
      buffer.done = make_event();
    }
    tiles_ = memory_.template allocate<std::uint64_t>(tiles(layout_, piece(layout_)) + 1);
    begins_ = memory_.template allocate<std::uint64_t>(layout_.places.size());
    events_ = memory_.template allocate<Event>(room(layout_));
    base_ = memory_.template allocate<Clock>(1);
    hub_spikes_ = memory_.template allocate<DeviceSpike>(hubs_);
    hub_sizes_ = memory_.template allocate<std::uint32_t>(2);
    fetching_ = make_stream();
    int processors = 0;
    SPIKEOMETRIC_CHECK_CUDA(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, memory_.device()));
    blocks_ = 8 * static_cast<std::uint64_t>(processors);
    load(take_step<Step, true, !by_product>);
    load(pass_hubs<Step>);
    if constexpr (by_product) product_.allocate(memory_, layout_);
    this->require_ieee_754();
  }

  void queue(const Piece& piece) {
    const DeviceScope scope(memory_.device());
    Buffer& buffer = buffers_[piece.number % 2];
    memory_.zero(buffer.hashes);
    Step step = this->step(piece.recorded);
    step.state_hash = hash_state_ && piece.recorded ? buffer.hashes.data() : nullptr;
    const SpikeRecord record =
        piece.recorded ? SpikeRecord{buffer.masks.data(), buffer.counts.data(), nullptr} : SpikeRecord{};
    begin(step, piece.clock, buffer);
    std::uint64_t done = 0;
    if (piece.recorded && piece.steps > graph_steps) {
      if (!buffer.graph) buffer.graph = captured(step, record);
      for (; done + graph_steps < piece.steps; done += graph_steps) {
        launch(set_clock<>, 1, 1, memory_.stream(), base_.data(), piece.clock.after(static_cast<std::uint32_t>(done)));
        SPIKEOMETRIC_CHECK_CUDA(cudaGraphLaunch(buffer.graph.get(), memory_.stream()));
      }
    }
    for (; done < piece.steps; ++done)
      take(step, piece.clock.after(static_cast<std::uint32_t>(done)), nullptr, record, done + 1 < piece.steps);
    SPIKEOMETRIC_CHECK_CUDA(cudaEventRecord(buffer.done.get(), memory_.stream()));
  }

  const std::vector<DonePiece<Event>>& collect(const Piece& piece) {
    const DeviceScope scope(memory_.device());
    Buffer& buffer = buffers_[piece.number % 2];
    SPIKEOMETRIC_CHECK_CUDA(cudaStreamWaitEvent(fetching_.get(), buffer.done.get(), 0));
    DevicePiece<Event> done;
    done.failure = this->failure();
    done.completed = std::min(piece.steps, done.failure.random_step - piece.clock.random_step);
    if (piece.recorded) {
      done.synaptic_events =
          by_product ? done.completed * this->synapses() : this->total(buffer.passed, done.completed);
      if (hash_state_) done.state_hash = this->total(buffer.hashes, done.completed);
      fetch_events(buffer, done);
    }
    return this->handed_over(piece, std::move(done));
  }

  void replay(const Clock& now, const std::vector<const std::vector<Event>*>& given) {
    const DeviceScope scope(memory_.device());
    Step step = this->step_of(given);
    begin(step, now, buffers_[0]);
    take(step, now, nullptr, {}, false);
    SPIKEOMETRIC_CHECK_CUDA(cudaStreamSynchronize(memory_.stream()));
  }

  template <class Work>
  void run_once(const Work& work) {
    launch(detail::run_once<Work>, 1, 1, memory_.stream(), work);
  }

  /// Downloads data on another stream than that of the steps.
  template <class T>
  void fetch(const Array<T>& array, std::size_t at, T* to, std::size_t size) {
    memory_.download(array, at, to, size, fetching_.get());
  }

 private:
  static constexpr std::uint64_t graph_steps = 64;

  using Product = CudaProduct<Memory, Layout, Step>;

  /// The record of a piece. Two pieces are in progress at a time.
  struct Buffer {
    Array<std::uint32_t> masks, counts;
    Array<std::uint64_t> passed, hashes;
    CudaEvent done;
    CudaGraph graph;
  };

  static std::uint64_t record_bytes(const Layout& layout) {
    return layout.slots / group_size * sizeof(std::uint32_t) + (binary ? 0 : layout.slots * sizeof(std::uint32_t));
  }
  static std::uint64_t tiles(const Layout& layout, std::uint64_t steps) {
    return (layout.slots / group_size * steps + tile_words - 1) / tile_words;
  }
  /// The maximum number of events fetched at a time.
  static std::uint64_t room(const Layout& layout) {
    return std::min(layout.slots * piece(layout), std::uint64_t{1} << 22);
  }

  std::uint64_t groups() const { return layout_.slots / group_size; }

  template <class GraphType>
  static std::uint64_t hubs(const Layout& layout, std::span<const GraphType> graphs) {
    std::uint64_t sum = 0;
    for (const GraphType& graph : graphs) sum += hubs_of(graph.rows().offsets) * layout.trials;
    return sum;
  }
  static std::uint64_t hubs_of(const std::vector<std::uint64_t>& offsets) {
    std::uint64_t sum = 0;
    for (std::size_t pre = 0; pre + 1 < offsets.size(); ++pre) sum += offsets[pre + 1] - offsets[pre] >= hub_row;
    return sum;
  }

  std::uint64_t step_blocks() const { return (layout_.slots + block_threads - 1) / block_threads; }

  /// Queues the propagation of the spikes of the step before `now`.
  void begin(Step& step, const Clock& now, Buffer& buffer) {
    memory_.zero(buffer.passed);
    memory_.zero(hub_sizes_);
    step.passed = buffer.passed.data();
    const Clock before{now.tick - 1, now.random_step - 1, now.step - 1, now.offset - 1};
    if constexpr (by_product)
      product_.begin(step, before, step_blocks());
    else
      propagate<false>(step, before, nullptr, {});
  }

  /// Queues a step. If another step of the piece follows (`goes_on`), its spikes are propagated.
  void take(const Step& step, const Clock& now, const Clock* base, const SpikeRecord& record, bool goes_on) {
    if constexpr (by_product)
      product_.take(step, now, base, record, step_blocks());
    else if (goes_on)
      propagate<true>(step, now, base, record);
    else
      launch(take_step<Step, true, false>, step_blocks(), block_threads, memory_.stream(), step, now, base, record,
             HubQueue{});
  }

  template <bool Update>
  void propagate(const Step& step, const Clock& now, const Clock* base, const SpikeRecord& record) {
    const HubQueue hubs{hub_spikes_.data(), hub_sizes_.data()};
    launch(take_step<Step, Update, true>, step_blocks(), block_threads, memory_.stream(), step, now, base, record,
           hubs);
    if (hubs_ > 0) launch(pass_hubs<Step>, blocks_, block_threads, memory_.stream(), step, now, base, hubs);
  }

  /// Captures `graph_steps` steps, whose clocks count from *base_.
  CudaGraph captured(const Step& step, const SpikeRecord& record) {
    cudaGraph_t graph = nullptr;
    SPIKEOMETRIC_CHECK_CUDA(cudaStreamBeginCapture(memory_.stream(), cudaStreamCaptureModeThreadLocal));
    try {
      for (std::uint32_t offset = 0; offset < graph_steps; ++offset)
        take(step, Clock{0, 0, 0, offset}, base_.data(), record, true);
    } catch (...) {  // ends the capture: the stream must be usable after a reset
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
    const std::size_t networks = layout_.places.size();
    const MaskWords words{buffer.masks.data(), this->networks_.data(), static_cast<std::uint32_t>(networks),
                          static_cast<std::uint32_t>(groups()), static_cast<std::uint32_t>(done.completed)};
    using Words = std::remove_const_t<decltype(words)>;
    const std::uint64_t size = tiles(layout_, done.completed);
    std::uint64_t total = 0;
    done.ends.assign(networks, 0);
    if (size > 0) {
      launch(count_spikes<Words>, size, block_threads, fetching_.get(), words, tiles_.data());
      launch(scan_tiles<>, 1, block_threads, fetching_.get(), tiles_.data(), size);
      fetch(tiles_, size, &total, 1);
    }
    if (total == 0) return;
    done.events.resize(total, Event{0, 0, 0});
    for (std::uint64_t begin = 0; begin < total; begin += room(layout_)) {
      launch(gather_events<Event, binary, Words>, size, block_threads, fetching_.get(), words, tiles_.data(),
             buffer.counts.data(), begin, room(layout_), events_.data(), begins_.data());
      fetch(events_, 0, done.events.data() + begin, std::min(room(layout_), total - begin));
    }
    std::vector<std::uint64_t> begins(networks);
    fetch(begins_, 0, begins.data(), begins.size());
    std::copy(begins.begin() + 1, begins.end(), done.ends.begin());
    done.ends.back() = total;
  }

  std::uint64_t hubs_ = 0;    // hubs in all networks
  std::uint64_t blocks_ = 1;  // enough to keep the device busy
  Buffer buffers_[2];
  Array<std::uint64_t> tiles_, begins_;
  Array<Event> events_;
  Array<Clock> base_;
  Array<DeviceSpike> hub_spikes_;
  Array<std::uint32_t> hub_sizes_;
  CudaStream fetching_;
  [[no_unique_address]] std::conditional_t<by_product, Product, NoProduct> product_;
};

}  // namespace spikeometric::detail
