// SPDX-License-Identifier: BSD-3-Clause
//
// The kernels of the CUDA backend.
//
//   take_step       takes a step of all neurons: updates them, records the spikes and passes their synapses. It reads
//                   the sums of its own step and adds only to those of later steps, so a step needs only one launch.
//   pass_hubs       passes rows that are too long for one block
//   count_spikes, scan_tiles, gather_events     turn one bit for each neuron and step into events, after a piece
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "spikeometric/backend/detail/device_step.hpp"

namespace spikeometric::detail {

inline constexpr unsigned block_threads = 256;
inline constexpr unsigned warp_threads = 32;
static_assert(group_size == warp_threads);

/// A block passes rows of at least this many synapses, a warp passes shorter ones. All blocks of a separate kernel pass
/// the rows of hubs.
inline constexpr std::uint64_t block_row = 256;

/// The spikes of the steps of a piece.
struct SpikeRecord {
  std::uint32_t* masks;   // [offset][group], a bit for each slot; null if nothing is recorded
  std::uint32_t* counts;  // [offset][slot], valid where the bit is set; null for binary models
  double* all_counts;     // [slot], counts of the latest step for a matrix product; or null
};

/// The spikes of hubs in one step.
struct HubQueue {
  DeviceSpike* spikes;
  std::uint32_t* sizes;  // [tick % 2]
};

__device__ inline unsigned lane() { return threadIdx.x % warp_threads; }

/// The time in a kernel: `now` or, in a captured graph, whose arguments are fixed, `now.offset` steps after *base.
__device__ inline Clock clock_from(const Clock* base, const Clock& now) {
  return base == nullptr ? now : base->after(now.offset);
}

template <class Unused = void>
__global__ void set_clock(Clock* base, Clock now) {
  *base = now;
}

template <class Work>
__global__ void run_once(Work work) {
  work(0);
}

/// Passes the synapses first, first + stride, ... below `end`, several at a time, so that their loads overlap.
template <class Step>
__device__ void pass_row(const Step& step, std::uint64_t first, std::uint64_t end, std::uint64_t stride,
                         const typename Step::Network& network, std::int64_t count, std::uint64_t tick) {
  constexpr unsigned together = 4;
  const std::uint32_t row = row_of(tick, network.sums_rows);
  for (; first < end; first += together * stride) {
    typename Step::Synapse synapses[together];
    for (unsigned i = 0; i < together; ++i)
      if (first + i * stride < end) synapses[i] = step.synapse(network, first + i * stride, row);
    for (unsigned i = 0; i < together; ++i)
      if (first + i * stride < end) step.pass(synapses[i], count);
  }
}

/// Takes a step. Each thread updates a neuron; then the threads of a block share the synapses of the neurons that
/// spiked. Without Update, the step has already been taken, and its spikes are only recorded or passed.
template <class Step, bool Update, bool Propagate>
__global__ void __launch_bounds__(block_threads)
    take_step(Step step, Clock now, const Clock* base, SpikeRecord record, HubQueue hubs) {
  struct Row {
    std::uint64_t first, end;
    std::uint32_t slot;
    std::int32_t count;
  };
  __shared__ Row rows[block_threads];
  __shared__ std::uint32_t size;
  __shared__ unsigned long long passed;

  now = clock_from(base, now);
  if (threadIdx.x == 0) {
    size = 0;
    passed = 0;
  }
  __syncthreads();

  const std::uint32_t slot = blockIdx.x * block_threads + threadIdx.x;
  std::uint32_t count = 0;
  if (slot < step.slots && (Update || !step.failed_before(now)))
    count = Update ? step.update(slot, now) : step.count_at(slot, now.tick);
  const unsigned mask = __ballot_sync(~0u, count > 0);
  if (record.masks != nullptr && slot < step.slots) {
    const std::size_t groups = step.slots / group_size;
    if (lane() == 0) record.masks[now.offset * groups + slot / group_size] = mask;
    if (record.counts != nullptr && count > 0) record.counts[now.offset * std::size_t{step.slots} + slot] = count;
  }
  if (record.all_counts != nullptr && slot < step.slots) record.all_counts[slot] = count;
  if constexpr (Propagate) {
    if (count > 0) {
      const std::uint64_t* const row = step.synapses_of(slot);
      const auto spikes = static_cast<std::int32_t>(count);
      atomicAdd(&passed, static_cast<unsigned long long>(row[1] - row[0]));
      if (row[1] - row[0] >= hub_row)
        hubs.spikes[atomicAdd(&hubs.sizes[now.tick % 2], 1u)] = {slot, spikes};
      else
        rows[atomicAdd(&size, 1u)] = {row[0], row[1], slot, spikes};
    }
    __syncthreads();
    for (std::uint32_t i = 0; i < size; ++i)
      if (const Row row = rows[i]; row.end - row.first >= block_row)
        pass_row(step, row.first + threadIdx.x, row.end, block_threads, step.network(row.slot), row.count, now.tick);
    for (std::uint32_t i = threadIdx.x / warp_threads; i < size; i += block_threads / warp_threads)
      if (const Row row = rows[i]; row.end - row.first < block_row)
        pass_row(step, row.first + lane(), row.end, warp_threads, step.network(row.slot), row.count, now.tick);
    if (threadIdx.x == 0 && passed > 0)  // counts for the next step
      atomic_add(&step.passed[now.offset + 1u], static_cast<std::uint64_t>(passed));
  }
}

/// Passes the rows of a step's hubs one after the other. All blocks share each row.
template <class Step>
__global__ void __launch_bounds__(block_threads) pass_hubs(Step step, Clock now, const Clock* base, HubQueue hubs) {
  now = clock_from(base, now);
  if (step.failed_before(now)) return;
  if (blockIdx.x == 0 && threadIdx.x == 0) hubs.sizes[(now.tick + 1) % 2] = 0;
  const std::uint32_t size = hubs.sizes[now.tick % 2];
  for (std::uint32_t i = 0; i < size; ++i) {
    const DeviceSpike spike = hubs.spikes[i];
    const std::uint64_t* const row = step.synapses_of(spike.slot);
    pass_row(step, row[0] + blockIdx.x * block_threads + threadIdx.x, row[1], std::uint64_t{gridDim.x} * block_threads,
             step.network(spike.slot), spike.count, now.tick);
  }
}

// --- events ----------------------------------------------------------------------------------------------------------

/// The masks of a piece in the order of its events: by network, then step, then group.
template <class Network>
struct MaskWords {
  const std::uint32_t* masks;
  const Network* networks;
  std::uint32_t networks_size;
  std::uint32_t groups;  // in all networks
  std::uint32_t steps;

  struct Place {
    std::uint32_t network, offset, group;
    bool first;  // whether it is the first of its network
  };

  __host__ __device__ std::uint64_t size() const { return std::uint64_t{groups} * steps; }

  __device__ Place place(std::uint64_t word) const {
    std::uint32_t network = 0;  // the last network that begins at or before this word
    for (std::uint32_t end = networks_size; end - network > 1;) {
      const std::uint32_t middle = network + (end - network) / 2;
      if (std::uint64_t{networks[middle].first / group_size} * steps <= word)
        network = middle;
      else
        end = middle;
    }
    const std::uint32_t before = networks[network].first / group_size;
    const std::uint32_t own = (networks[network].neurons + group_size - 1) / group_size;
    const std::uint64_t at = word - std::uint64_t{before} * steps;
    return {network, static_cast<std::uint32_t>(at / own), before + static_cast<std::uint32_t>(at % own), at == 0};
  }

  __device__ std::uint32_t operator[](const Place& at) const {
    return masks[std::size_t{at.offset} * groups + at.group];
  }
};

/// Words for each thread and for each block.
inline constexpr std::uint32_t thread_words = 4;
inline constexpr std::uint32_t tile_words = block_threads * thread_words;

/// The sum of the values of the earlier threads of the block; `total` is the sum over all threads. All threads must
/// call it.
template <unsigned Threads>
__device__ std::uint64_t exclusive_sum(std::uint64_t value, std::uint64_t& total) {
  __shared__ std::uint64_t warps[Threads / warp_threads];
  std::uint64_t sum = value;
  for (unsigned distance = 1; distance < warp_threads; distance *= 2) {
    const std::uint64_t other = __shfl_up_sync(~0u, sum, distance);
    if (lane() >= distance) sum += other;
  }
  __syncthreads();
  if (lane() == warp_threads - 1) warps[threadIdx.x / warp_threads] = sum;
  __syncthreads();
  std::uint64_t before = 0;
  total = 0;
  for (unsigned warp = 0; warp < Threads / warp_threads; ++warp) {
    if (warp < threadIdx.x / warp_threads) before += warps[warp];
    total += warps[warp];
  }
  return before + sum - value;
}

/// The number of spiking neurons in the words of this thread.
template <class Words>
__device__ std::uint32_t count_words(const Words& words, std::uint64_t first) {
  std::uint32_t spikes = 0;
  for (std::uint32_t i = 0; i < thread_words; ++i)
    if (first + i < words.size()) spikes += static_cast<std::uint32_t>(__popc(words[words.place(first + i)]));
  return spikes;
}

__device__ inline std::uint64_t first_word() {
  return std::uint64_t{blockIdx.x} * tile_words + threadIdx.x * thread_words;
}

/// tiles[i] = the number of spiking neurons in tile i.
template <class Words>
__global__ void __launch_bounds__(block_threads) count_spikes(Words words, std::uint64_t* tiles) {
  std::uint64_t total = 0;
  exclusive_sum<block_threads>(count_words(words, first_word()), total);
  if (threadIdx.x == 0) tiles[blockIdx.x] = total;
}

/// tiles[i] = the sum of tiles 0 to i - 1, for i <= size. Runs in one block.
template <class Unused = void>
__global__ void __launch_bounds__(block_threads) scan_tiles(std::uint64_t* tiles, std::uint64_t size) {
  std::uint64_t before = 0;
  for (std::uint64_t first = 0; first < size; first += block_threads) {
    const std::uint64_t at = first + threadIdx.x;
    std::uint64_t total = 0;
    const std::uint64_t sum = before + exclusive_sum<block_threads>(at < size ? tiles[at] : 0, total);
    if (at < size) tiles[at] = sum;
    before += total;
  }
  if (threadIdx.x == 0) tiles[size] = before;
}

/// Writes events begin, ..., begin + room - 1 and, for each network, the number of events before its first one.
template <class Event, bool Binary, class Words>
__global__ void __launch_bounds__(block_threads)
    gather_events(Words words, const std::uint64_t* tiles, const std::uint32_t* counts, std::uint64_t begin,
                  std::uint64_t room, Event* events, std::uint64_t* network_begins) {
  const std::uint64_t first = first_word();
  std::uint64_t total = 0;
  std::uint64_t next = tiles[blockIdx.x] + exclusive_sum<block_threads>(count_words(words, first), total);
  for (std::uint64_t word = first; word < first + thread_words && word < words.size(); ++word) {
    const typename Words::Place at = words.place(word);
    if (at.first) network_begins[at.network] = next;
    for (std::uint32_t mask = words[at]; mask != 0; mask &= mask - 1, ++next) {
      if (next - begin >= room) continue;  // belongs to another launch
      const std::uint32_t slot = at.group * group_size + static_cast<std::uint32_t>(__ffs(static_cast<int>(mask))) - 1;
      Event& event = events[next - begin];
      event.offset = at.offset;
      event.neuron = slot - words.networks[at.network].first;
      if constexpr (!Binary) event.count = counts[std::size_t{at.offset} * words.groups * group_size + slot];
    }
  }
}

}  // namespace spikeometric::detail
