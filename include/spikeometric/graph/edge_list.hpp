// SPDX-License-Identifier: BSD-3-Clause
//
// A list of synapses in any order: what a graph is built from.
//
//   sk::EdgeList edges{3};           // three neurons
//   edges.add(0, 1, 0.5f);                     // from neuron 0 to neuron 1
//   edges.add(1, 2, -0.25f);
//   const sk::Graph graph{edges};
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"

namespace spikeometric {

/// A network that cannot be: the message names neurons and values.
class InvalidGraph : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// A synapse that cannot be: "synapse 3 -> 5 ...".
class InvalidSynapse : public InvalidGraph {
 public:
  InvalidSynapse(std::uint64_t from, std::uint64_t to, const std::string& what)
      : InvalidGraph("synapse " + std::to_string(from) + " -> " + std::to_string(to) + " " + what),
        pre(from),
        post(to) {}

  std::uint64_t pre, post;
};

/// A synapse from `pre` to `post`.
template <class Weight = float, class Vertex = std::uint32_t>
struct Edge {
  Vertex pre;
  Vertex post;
  Weight weight;

  friend bool operator==(const Edge&, const Edge&) = default;
};

namespace detail {

template <class Vertex>
void validate_neurons(std::uint64_t neurons) {
  if (neurons == 0) throw InvalidGraph("a graph needs at least one neuron");
  if (neurons - 1 > std::numeric_limits<Vertex>::max())
    throw InvalidGraph(std::to_string(neurons) + " neurons do not fit ids of " + std::to_string(8 * sizeof(Vertex)) +
                       " bits");
}

template <class Weight>
void validate_synapse(std::uint64_t pre, std::uint64_t post, Weight weight, std::uint64_t neurons) {
  if (pre >= neurons || post >= neurons)
    throw InvalidSynapse(pre, post,
                         "is out of range: there are " + std::to_string(neurons) + " neurons, counted from 0");
  if (!std::isfinite(weight))
    throw InvalidSynapse(pre, post, "has weight " + to_text(weight) + "; weights must be finite");
}

}  // namespace detail

/// Synapses among a fixed number of neurons, in the order they were added. Duplicates are allowed here.
template <class Weight = float, class Vertex = std::uint32_t>
class EdgeList {
 public:
  using EdgeType = Edge<Weight, Vertex>;

  /// Throws InvalidGraph for no neurons, or for more than Vertex can number.
  explicit EdgeList(std::uint64_t neurons) : neurons_(neurons) { detail::validate_neurons<Vertex>(neurons); }

  /// Takes edges as they are. Throws InvalidGraph as the other constructor and `add` do.
  EdgeList(std::uint64_t neurons, std::vector<EdgeType> edges) : EdgeList(neurons) {
    for (const EdgeType& edge : edges) detail::validate_synapse(edge.pre, edge.post, edge.weight, neurons);
    edges_ = std::move(edges);
  }

  /// Throws InvalidSynapse for a neuron out of range or a weight that is not finite.
  void add(std::uint64_t pre, std::uint64_t post, Weight weight) {
    detail::validate_synapse(pre, post, weight, neurons_);
    edges_.push_back({static_cast<Vertex>(pre), static_cast<Vertex>(post), weight});
  }

  void reserve(std::size_t edges) { edges_.reserve(edges); }

  std::uint64_t neurons() const { return neurons_; }
  std::size_t size() const { return edges_.size(); }
  auto begin() const { return edges_.begin(); }
  auto end() const { return edges_.end(); }

 private:
  std::uint64_t neurons_;
  std::vector<EdgeType> edges_;
};

EdgeList(std::uint64_t)->EdgeList<>;

}  // namespace spikeometric
