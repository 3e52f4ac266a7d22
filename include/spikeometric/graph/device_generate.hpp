// SPDX-License-Identifier: BSD-3-Clause
//
// The random networks of generate.hpp, generated on a device with Thrust. The graphs are bit-identical.
//
//   const auto graph = sk::generate::device::normal({.neurons = 1'000'000, .probability = 1e-3}, sk::Seed{7});
//   const auto fixed = sk::generate::device::fixed_in_degree({.neurons = 1'000'000, .degree = 1000}, sk::Seed{7});
//
// Parameters, types, results and exceptions are those of the functions of the same name in sk::generate. The graph is
// in host memory. The device does O(synapses + N) work, in parallel over neurons and blocks of 2^16 targets. It needs
// about 300 MB of memory; fixed_in_degree also needs the size of the graph. Throws OutOfDeviceMemory if a GPU has less
// free memory at the start, and whatever Thrust throws, such as std::bad_alloc if other programs take the memory in the
// meantime.
//
// Needs Thrust, from CUDA or from Debian's libthrust-dev. Code compiled by nvcc runs on a GPU, other code on the host's
// threads (see detail/thrust_system.hpp).
#pragma once

#include <cstdint>

#include "spikeometric/graph/detail/device_rows.hpp"
#include "spikeometric/graph/erdos_renyi.hpp"
#include "spikeometric/graph/fixed_degree.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/graph/small_world.hpp"
#include "spikeometric/graph/uniform.hpp"

namespace spikeometric::generate::detail {

/// Device memory, in bytes, for each chunk of neurons; a single neuron may need more.
inline constexpr std::uint64_t chunk_bytes = std::uint64_t{1} << 28;

}  // namespace spikeometric::generate::detail

namespace spikeometric::generate::device {

template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> normal(const Normal& p, Seed seed, std::uint64_t bytes = detail::chunk_bytes) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed), bytes);
}

template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> uniform(const Uniform& p, Seed seed, std::uint64_t bytes = detail::chunk_bytes) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed), bytes);
}

template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> erdos_renyi(const ErdosRenyi& p, Seed seed,
                                                std::uint64_t bytes = detail::chunk_bytes) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed), bytes);
}

template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> fixed_out_degree(const FixedDegree& p, Seed seed,
                                                     std::uint64_t bytes = detail::chunk_bytes) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed, detail::Partners::post), bytes);
}

template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> fixed_in_degree(const FixedDegree& p, Seed seed,
                                                    std::uint64_t bytes = detail::chunk_bytes) {
  return detail::connect_columns<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed, detail::Partners::pre), bytes);
}

template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> small_world(const SmallWorld& p, Seed seed,
                                                std::uint64_t bytes = detail::chunk_bytes) {
  return detail::connect_rows<Weight, Vertex>(detail::synapses_of<Vertex>(p, seed), bytes);
}

}  // namespace spikeometric::generate::device
