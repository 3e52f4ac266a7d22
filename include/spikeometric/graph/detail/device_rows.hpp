// SPDX-License-Identifier: BSD-3-Clause
//
// Builds graphs on Thrust's device system, by rows or by columns of the matrix. It takes a chunk of neurons at a time
// and counts their synapses first, so that the place of each synapse is known when it is made.
//
// Needs Thrust, from CUDA or from Debian's libthrust-dev.
#pragma once

#include "spikeometric/detail/thrust_system.hpp"
#include "spikeometric/parameter/errors.hpp"

#include <thrust/copy.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/memory.h>
#include <thrust/scan.h>
#include <thrust/sort.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "spikeometric/graph/detail/sampling.hpp"
#include "spikeometric/graph/detail/sorted_map.hpp"

namespace spikeometric::generate::detail {

/// Calls functor(0), ..., functor(count - 1) on the device.
template <class Functor>
void for_each_index(std::uint64_t count, Functor functor) {
  thrust::for_each_n(thrust::device, thrust::counting_iterator<std::uint64_t>(0), count, functor);
}

template <class Value>
Value* pointer_to(thrust::device_vector<Value>& values) {
  return thrust::raw_pointer_cast(values.data());
}

/// Throws OutOfDeviceMemory if less memory is free.
inline void require_device_bytes(double bytes) {
  const auto needed = static_cast<std::uint64_t>(std::min(bytes, 1e18));
  if (const auto free = spikeometric::detail::free_thrust_bytes(); free && needed > *free)
    throw OutOfDeviceMemory(needed, *free);
}

/// The parts of the synapses of some neurons, made by a source (see sampling.hpp), in device memory.
template <class Source>
struct Chunk {
  Source source;
  std::uint64_t first, parts;
  std::uint64_t* entries;
  std::uint64_t* offsets;  // index of the first synapse of each part, then the number of all synapses

  SPIKEOMETRIC_HOST_DEVICE SortedMap map(std::uint64_t i) const {
    return {entries + i * source.entries, source.entries};
  }
};

template <class Source>
struct Count {
  Chunk<Source> chunk;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint64_t i) const {
    chunk.offsets[i] = chunk.source.count(chunk.first + i, chunk.map(i));
  }
};

/// Bytes of a chunk for each neuron.
template <class Source>
double neuron_bytes(const Source& source, std::size_t synapse_bytes) {
  return 8.0 * static_cast<double>(source.parts * (source.entries + 1)) +
         source.degree * static_cast<double>(synapse_bytes);
}

/// Calls visit(chunk, number of its synapses) for consecutive chunks of neurons. A chunk takes `bytes` of device
/// memory, or more if a single neuron needs more. This includes the `synapse_bytes` per synapse that `visit` takes.
template <class Source, class Visitor>
void for_each_chunk(const Source& source, std::size_t synapse_bytes, std::uint64_t bytes, Visitor&& visit) {
  const std::uint64_t neurons = source.neurons;
  const double each = neuron_bytes(source, synapse_bytes);
  const auto size =
      static_cast<std::uint64_t>(std::clamp(static_cast<double>(bytes) / each, 1.0, static_cast<double>(neurons)));
  require_device_bytes(each * static_cast<double>(size));
  for (std::uint64_t first = 0; first < neurons; first += size) {
    const std::uint64_t parts = std::min(size, neurons - first) * source.parts;
    thrust::device_vector<std::uint64_t> entries(parts * source.entries, SortedMap::vacant), offsets(parts + 1);
    const Chunk<Source> chunk{source, first * source.parts, parts, pointer_to(entries), pointer_to(offsets)};
    for_each_index(parts, Count<Source>{chunk});
    thrust::exclusive_scan(thrust::device, offsets.begin(), offsets.end(), offsets.begin(), std::uint64_t{0});
    visit(chunk, std::uint64_t{offsets.back()});
  }
}

template <class Source, class Weight, class Vertex>
struct FillRows {
  Chunk<Source> chunk;
  Vertex* targets;
  Weight* weights;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint64_t i) const {
    std::uint64_t place = chunk.offsets[i];
    for (auto synapses = chunk.source.synapses(chunk.first + i, chunk.map(i)); synapses.next(); ++place) {
      targets[place] = static_cast<Vertex>(synapses.partner());
      weights[place] = static_cast<Weight>(synapses.weight());
    }
  }
};

/// A graph from a source that makes the synapses from each neuron.
template <class Weight, class Vertex, class Source>
Graph<Weight, Vertex> connect_rows(const Source& source, std::uint64_t bytes) {
  auto rows = empty_rows<Weight, Vertex>(source.neurons, source.degree * static_cast<double>(source.neurons));
  const auto append = [&](const Chunk<Source>& chunk, std::uint64_t synapses) {
    thrust::device_vector<Vertex> targets(synapses);
    thrust::device_vector<Weight> weights(synapses);
    for_each_index(chunk.parts, FillRows<Source, Weight, Vertex>{chunk, pointer_to(targets), pointer_to(weights)});
    std::vector<std::uint64_t> offsets(chunk.parts + 1);
    thrust::copy_n(thrust::device_pointer_cast(chunk.offsets), offsets.size(), offsets.data());
    const std::uint64_t before = rows.targets.size();
    for (std::size_t end = source.parts; end < offsets.size(); end += source.parts)
      rows.offsets.push_back(before + offsets[end]);
    rows.targets.resize(before + synapses);
    rows.weights.resize(before + synapses);
    thrust::copy(targets.begin(), targets.end(), rows.targets.data() + before);
    thrust::copy(weights.begin(), weights.end(), rows.weights.data() + before);
  };
  for_each_chunk(source, sizeof(Vertex) + sizeof(Weight), bytes, append);
  return Graph<Weight, Vertex>{std::move(rows)};
}

/// A synapse without its presynaptic neuron.
template <class Weight, class Vertex>
struct Arrival {
  Vertex post;
  Weight weight;
};

template <class Source, class Weight, class Vertex>
struct FillColumns {
  Chunk<Source> chunk;
  Vertex* pre;
  Arrival<Weight, Vertex>* arrivals;  // null if only `pre` is needed

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint64_t i) const {
    std::uint64_t place = chunk.offsets[i];
    const std::uint64_t post = chunk.first + i;
    for (auto synapses = chunk.source.synapses(post, chunk.map(i)); synapses.next(); ++place) {
      pre[place] = static_cast<Vertex>(synapses.partner());
      if (arrivals != nullptr) arrivals[place] = {static_cast<Vertex>(post), static_cast<Weight>(synapses.weight())};
    }
  }
};

/// The synapses of a chunk, sorted by `pre`. Between BeginRows and EndRows, synapse i of the chunk has its place in the
/// graph at next[pre[i]] + i. Before and after, next[pre] is the place of the next synapse of that neuron.
template <class Vertex>
struct SortedChunk {
  const Vertex* pre;
  std::uint64_t size;
  std::uint64_t* next;
};

template <class Vertex>
struct BeginRows {
  SortedChunk<Vertex> chunk;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint64_t i) const {
    if (i == 0 || chunk.pre[i - 1] != chunk.pre[i]) chunk.next[chunk.pre[i]] -= i;
  }
};

template <class Vertex>
struct EndRows {
  SortedChunk<Vertex> chunk;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint64_t i) const {
    if (i + 1 == chunk.size || chunk.pre[i + 1] != chunk.pre[i]) chunk.next[chunk.pre[i]] += i + 1;
  }
};

template <class Weight, class Vertex>
struct PlaceArrivals {
  SortedChunk<Vertex> chunk;
  const Arrival<Weight, Vertex>* arrivals;
  Vertex* targets;
  Weight* weights;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint64_t i) const {
    const std::uint64_t place = chunk.next[chunk.pre[i]] + i;
    targets[place] = arrivals[i].post;
    weights[place] = arrivals[i].weight;
  }
};

/// A graph from a source that makes the synapses onto each neuron, in one part. Makes them twice, first to count the
/// synapses of each row. The device holds the whole graph.
template <class Weight, class Vertex, class Source>
Graph<Weight, Vertex> connect_columns(const Source& source, std::uint64_t bytes) {
  const std::size_t synapse_bytes = 2 * (sizeof(Vertex) + sizeof(Arrival<Weight, Vertex>));  // sorting takes a copy
  const double row_bytes = 8.0 + source.degree * static_cast<double>(sizeof(Vertex) + sizeof(Weight));
  require_device_bytes(row_bytes * static_cast<double>(source.neurons) + neuron_bytes(source, synapse_bytes));
  thrust::device_vector<std::uint64_t> next(source.neurons + 1);
  thrust::device_vector<Vertex> targets;
  thrust::device_vector<Weight> weights;
  const auto count = [&](const Chunk<Source>& chunk, std::uint64_t synapses) {
    thrust::device_vector<Vertex> pre(synapses);
    for_each_index(chunk.parts, FillColumns<Source, Weight, Vertex>{chunk, pointer_to(pre), nullptr});
    thrust::sort(thrust::device, pre.begin(), pre.end());
    const SortedChunk<Vertex> sorted{pointer_to(pre), synapses, pointer_to(next)};
    for_each_index(synapses, BeginRows<Vertex>{sorted});
    for_each_index(synapses, EndRows<Vertex>{sorted});
  };
  const auto place = [&](const Chunk<Source>& chunk, std::uint64_t synapses) {
    thrust::device_vector<Vertex> pre(synapses);
    thrust::device_vector<Arrival<Weight, Vertex>> arrivals(synapses);
    for_each_index(chunk.parts, FillColumns<Source, Weight, Vertex>{chunk, pointer_to(pre), pointer_to(arrivals)});
    thrust::stable_sort_by_key(thrust::device, pre.begin(), pre.end(), arrivals.begin());
    const SortedChunk<Vertex> sorted{pointer_to(pre), synapses, pointer_to(next)};
    for_each_index(synapses, BeginRows<Vertex>{sorted});
    for_each_index(synapses, PlaceArrivals<Weight, Vertex>{sorted, pointer_to(arrivals), pointer_to(targets),
                                                           pointer_to(weights)});
    for_each_index(synapses, EndRows<Vertex>{sorted});
  };

  for_each_chunk(source, synapse_bytes, bytes, count);
  thrust::exclusive_scan(thrust::device, next.begin(), next.end(), next.begin(), std::uint64_t{0});
  CompressedRows<Weight, Vertex> rows;
  rows.offsets.resize(next.size());
  thrust::copy(next.begin(), next.end(), rows.offsets.data());
  const std::uint64_t synapses = rows.offsets.back();
  rows.targets.resize(synapses);
  rows.weights.resize(synapses);
  targets.resize(synapses);
  weights.resize(synapses);
  for_each_chunk(source, synapse_bytes, bytes, place);
  thrust::copy(targets.begin(), targets.end(), rows.targets.data());
  thrust::copy(weights.begin(), weights.end(), rows.weights.data());
  return Graph<Weight, Vertex>{std::move(rows)};
}

}  // namespace spikeometric::generate::detail
