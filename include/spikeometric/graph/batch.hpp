// SPDX-License-Identifier: BSD-3-Clause
//
// Several networks, simulated together but not connected to each other.
//
//   sk::Simulator many{sk::batch(std::move(graphs)), model, sk::no_stimulus, sk::Seed{1}};
//   sk::Simulator again{sk::trials(graph, 100), model, sk::no_stimulus, sk::Seed{1}};    // one copy of the graph
//
//   // A dataset larger than memory, a hundred networks at a time:
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

/// Networks 0 to size() - 1, of any sizes. Neuron ids count from 0 within each network. A batch of G graphs and T
/// trials has G T networks: network n uses graph n % G, and the trials share the graphs.
template <class Weight = float, class Vertex = std::uint32_t>
class Batch {
 public:
  using GraphType = Graph<Weight, Vertex>;

  /// Throws InvalidGraph for no graphs, no trials, a moved-from graph, or more than 2^32 networks.
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

  /// Throws OutOfRange for a network that is not below size().
  const GraphType& operator[](std::uint64_t network) const {
    detail::require_network(network, size());
    return graphs_[network % graphs_.size()];
  }

  const std::vector<GraphType>& graphs() const { return graphs_; }

  /// Moves the graphs out and leaves the batch empty.
  std::vector<GraphType> release() && { return std::move(graphs_); }

  /// Totals over all networks.
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

/// A batch of these networks. Throws as the constructor of Batch does.
template <class Weight, class Vertex>
[[nodiscard]] Batch<Weight, Vertex> batch(std::vector<Graph<Weight, Vertex>> graphs) {
  return Batch<Weight, Vertex>{std::move(graphs)};
}

/// k trials of a network or of a batch. Each trial draws its own random numbers, since its networks have their own ids.
/// The graphs are stored once. Throws as the constructor of Batch does.
template <class Weight, class Vertex>
[[nodiscard]] Batch<Weight, Vertex> trials(Graph<Weight, Vertex> graph, std::uint64_t k) {
  std::vector<Graph<Weight, Vertex>> graphs;
  graphs.push_back(std::move(graph));
  return Batch<Weight, Vertex>{std::move(graphs), k};
}
template <class Weight, class Vertex>
[[nodiscard]] Batch<Weight, Vertex> trials(Batch<Weight, Vertex> networks, std::uint64_t k) {
  if (k > 0 && networks.trials() > std::numeric_limits<std::uint64_t>::max() / k)
    throw InvalidGraph(std::to_string(networks.trials()) + " x " + std::to_string(k) +
                       " trials are too many: there must be fewer than 2^64");
  const std::uint64_t trials = networks.trials() * k;
  return Batch<Weight, Vertex>{std::move(networks).release(), trials};
}

/// Calls visit(batch, first) for consecutive batches of at most `size` networks. `first` is the index of the batch's
/// first network in the whole sequence. Give it to the backend as `first_network`: every network then has the same
/// spikes as in one batch of all networks. `networks` is a range of graphs, which are read one at a time: a vector or
/// an io::Dataset. Throws InvalidArgument for a size of 0, TooLong for more than 2^32 networks, and whatever reading
/// and visiting throw.
template <class Networks, class Visitor>
void for_each_batch(const Networks& networks, std::size_t size, Visitor&& visit) {
  using GraphType = std::decay_t<decltype(*networks.begin())>;
  if (size == 0) throw InvalidArgument("batch size = 0 must be at least 1");
  std::uint64_t first = 0;
  std::vector<GraphType> graphs;
  const auto hand_over = [&] {
    if (graphs.empty()) return;
    const std::uint64_t next = first + graphs.size();
    if (next > std::uint64_t{1} << 32) throw TooLong("there are more than 2^32 networks, and network ids have 32 bits");
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
