// SPDX-License-Identifier: BSD-3-Clause
//
// A list of synapses in any order, from which a graph is built.
//
//   sk::EdgeList edges{3};                     // three neurons
//   edges.add(0, 1, 0.5f);                     // from neuron 0 to neuron 1
//   edges.add(1, 2, -0.25f, 5);                // a spike arrives after five steps instead of one
//   const sk::Graph graph{edges};
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

/// Steps from a spike to its arrival, 1 to 65535. With delay d, a spike in step s is part of the input in step s + d.
using Delay = std::uint16_t;

/// A synapse from `pre` to `post`. A weight is one number, or a std::array with one number for each basis function of
/// the model's filter.
template <class Weight = float, class Vertex = std::uint32_t>
struct Edge {
  Vertex pre;
  Vertex post;
  Weight weight;
  Delay delay = 1;

  friend bool operator==(const Edge&, const Edge&) = default;
};

namespace detail {

/// Accesses a weight as an array of `bases` numbers.
template <class Weight>
struct WeightTraits {
  using Scalar = Weight;
  static constexpr std::size_t bases = 1;
  static Scalar& at(Weight& weight, std::size_t) { return weight; }
  static Scalar at(const Weight& weight, std::size_t) { return weight; }
};
template <class Number, std::size_t Bases>
struct WeightTraits<std::array<Number, Bases>> {
  using Scalar = Number;
  static constexpr std::size_t bases = Bases;
  static Scalar& at(std::array<Number, Bases>& weight, std::size_t basis) { return weight[basis]; }
  static Scalar at(const std::array<Number, Bases>& weight, std::size_t basis) { return weight[basis]; }
};

template <class Vertex>
void validate_neurons(std::uint64_t neurons) {
  if (neurons == 0) throw InvalidGraph("a graph needs at least one neuron");
  if (neurons - 1 > std::numeric_limits<Vertex>::max())
    throw InvalidGraph(std::to_string(neurons) + " neurons are too many for ids of " +
                       std::to_string(8 * sizeof(Vertex)) + " bits");
}

template <class Weight>
void validate_synapse(std::uint64_t pre, std::uint64_t post, const Weight& weight, std::int64_t delay,
                      std::uint64_t neurons) {
  if (pre >= neurons || post >= neurons)
    throw InvalidSynapse(pre, post,
                         "is out of range: there are " + std::to_string(neurons) + " neurons, counted from 0");
  for (std::size_t basis = 0; basis < WeightTraits<Weight>::bases; ++basis)
    if (const auto value = WeightTraits<Weight>::at(weight, basis); !std::isfinite(value))
      throw InvalidSynapse(pre, post, "has weight " + to_text(value) + "; weights must be finite");
  if (delay < 1 || delay > std::numeric_limits<Delay>::max())
    throw InvalidSynapse(pre, post, "has delay " + std::to_string(delay) + "; delays must be 1 to 65535 steps");
}

}  // namespace detail

/// Synapses between a fixed number of neurons, in the order in which they were added. Duplicates are allowed.
template <class Weight = float, class Vertex = std::uint32_t>
class EdgeList {
 public:
  using EdgeType = Edge<Weight, Vertex>;

  /// Throws InvalidGraph if there are no neurons, or more than Vertex has ids.
  explicit EdgeList(std::uint64_t neurons) : neurons_(neurons) { detail::validate_neurons<Vertex>(neurons); }

  /// A list of given edges. Throws InvalidGraph as the other constructor and `add` do.
  EdgeList(std::uint64_t neurons, std::vector<EdgeType> edges) : EdgeList(neurons) {
    for (const EdgeType& edge : edges) detail::validate_synapse(edge.pre, edge.post, edge.weight, edge.delay, neurons);
    edges_ = std::move(edges);
  }

  /// Throws InvalidSynapse for a neuron out of range, a weight that is not finite, or a delay out of range.
  void add(std::uint64_t pre, std::uint64_t post, Weight weight, std::int64_t delay = 1) {
    detail::validate_synapse(pre, post, weight, delay, neurons_);
    edges_.push_back({static_cast<Vertex>(pre), static_cast<Vertex>(post), weight, static_cast<Delay>(delay)});
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
