// SPDX-License-Identifier: BSD-3-Clause
//
// A graph with the populations and names of its neurons.
//
//   const sk::Network network = builder.build(sk::Seed{7});
//   const auto drive = sk::regular_pulses({.strength = 5}).on(network.populations["L4E"]);
//   sk::Simulator simulator{network.graph, model, drive, sk::Seed{42}};
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spikeometric/graph/graph.hpp"
#include "spikeometric/graph/names.hpp"
#include "spikeometric/graph/populations.hpp"

namespace spikeometric {

/// What a builder makes, and what a reader of connectomes finds.
template <class Weight = float, class Vertex = std::uint32_t>
struct Network {
  Graph<Weight, Vertex> graph;
  Populations populations = Populations{graph.neurons()};
  NeuronNames names = {};
  std::vector<std::string> notes = {};  ///< sentences about choices that were made in reading
};

}  // namespace spikeometric
