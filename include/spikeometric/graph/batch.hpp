// SPDX-License-Identifier: BSD-3-Clause
//
// Several networks that are simulated together, isolated from one another.
//
//   sk::Simulator many{sk::batch(std::move(graphs)), model, sk::no_stimulus, sk::Seed{1}};
//   sk::Simulator again{sk::trials(graph, 100), model, sk::no_stimulus, sk::Seed{1}};    // one graph, kept once
//
//   // Of a dataset that is larger than memory, a hundred at a time:
//   sk::for_each_batch(sk::io::Dataset<>{"connectomes/"}, 100, [&](sk::Batch<> networks, std::uint32_t first) {
//     sk::Simulator some{std::move(networks), model, sk::no_stimulus, sk::Seed{1},
//                        sk::EigenBackend<>{.first_network = first}};
//     ...
//   });
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/graph.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

/// Networks 0 to size() - 1, of any sizes. Neuron ids count within each. With T trials of G graphs, network n has graph
/// n % G; the trials share it.
template <class Weight = float, class Vertex = std::uint32_t>
class Batch {
 public:
  using GraphType = Graph<Weight, Vertex>;

  /// Throws InvalidGraph for no graphs, no trials, a graph that has been moved from, or more than 2^32 networks.
  explicit Batch(std::vector<GraphType> graphs, std::uint64_t trials = 1)
      : graphs_(std::move(graphs)), trials_(trials) {
    if (graphs_.empty()) throw InvalidGraph("a batch needs at least one graph");
    if (trials == 0) throw InvalidGraph("a batch needs at least one trial");
    if (trials > (std::uint64_t{1} << 32) / graphs_.size())
      throw InvalidGraph(std::to_string(trials) + " trials of " + std::to_string(graphs_.size()) +
                         " graphs are more than 2^32 networks");
    for (const GraphType& graph : graphs_) detail::validate_neurons<Vertex>(graph.neurons());
  }

  /// Number of networks.
  std::uint64_t size() const { return graphs_.size() * trials_; }
  std::uint64_t trials() const { return trials_; }

  /// Throws OutOfRange.
  const GraphType& operator[](std::uint64_t network) const {
    if (network >= size())
      throw OutOfRange("network " + std::to_string(network) + " of a batch of " + std::to_string(size()) +
                       ", counted from 0");
    return graphs_[network % graphs_.size()];
  }

  const std::vector<GraphType>& graphs() const { return graphs_; }

  /// Gives the graphs away, which leaves a batch of none.
  std::vector<GraphType> release() && { return std::move(graphs_); }

  /// Over all networks.
  std::uint64_t neurons() const {
    return total([](const GraphType& graph) { return graph.neurons(); });
  }
  std::uint64_t synapses() const {
    return total([](const GraphType& graph) { return graph.synapses(); });
  }

 private:
  template <class Value>
  std::uint64_t total(Value value) const {
    std::uint64_t sum = 0;
    for (const GraphType& graph : graphs_) sum += value(graph);
    return sum * trials_;
  }

  std::vector<GraphType> graphs_;
  std::uint64_t trials_;
};

/// Joins networks. Throws as the constructor of Batch.
template <class Weight, class Vertex>
Batch<Weight, Vertex> batch(std::vector<Graph<Weight, Vertex>> graphs) {
  return Batch<Weight, Vertex>{std::move(graphs)};
}

/// The same network, or batch, k times: other random numbers, since each trial has network ids of its own. The graph is
/// kept once. Throws as the constructor of Batch.
template <class Weight, class Vertex>
Batch<Weight, Vertex> trials(Graph<Weight, Vertex> graph, std::uint64_t k) {
  std::vector<Graph<Weight, Vertex>> graphs;
  graphs.push_back(std::move(graph));
  return Batch<Weight, Vertex>{std::move(graphs), k};
}
template <class Weight, class Vertex>
Batch<Weight, Vertex> trials(Batch<Weight, Vertex> networks, std::uint64_t k) {
  if (k > 0 && networks.trials() > std::numeric_limits<std::uint64_t>::max() / k)
    throw InvalidGraph(std::to_string(networks.trials()) + " x " + std::to_string(k) + " trials are too many");
  const std::uint64_t trials = networks.trials() * k;
  return Batch<Weight, Vertex>{std::move(networks).release(), trials};
}

/// Calls visit(batch, first) for consecutive batches of at most `size` networks, `first` being the place of the first
/// of them among all: with it as first network id, a network fires as it would with all in one batch. `networks` is a
/// range of graphs, which are read one by one: a vector, an io::Dataset. Throws InvalidArgument for a size of 0,
/// TooLong for more than 2^32 networks, and what reading and visiting throw.
template <class Networks, class Visitor>
void for_each_batch(const Networks& networks, std::size_t size, Visitor&& visit) {
  using GraphType = std::decay_t<decltype(*networks.begin())>;
  if (size == 0) throw InvalidArgument("a batch of 0 networks is none");
  std::uint64_t first = 0;
  std::vector<GraphType> graphs;
  const auto hand_over = [&] {
    if (graphs.empty()) return;
    const std::uint64_t next = first + graphs.size();
    if (next > std::uint64_t{1} << 32) throw TooLong("more than 2^32 networks have no ids");
    visit(batch(std::exchange(graphs, {})), static_cast<std::uint32_t>(first));
    first = next;
  };
  for (auto network = networks.begin(); network != networks.end(); ++network) {
    graphs.push_back(*network);
    if (graphs.size() == size) hand_over();
  }
  hand_over();
}

}  // namespace spikeometric
