// SPDX-License-Identifier: BSD-3-Clause
//
// Collects synapses from a file for a graph.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "spikeometric/graph/edge_list.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::detail {

/// Collects synapses one at a time. As long as they arrive in row order, they are stored as rows, which become the
/// graph without a copy. This takes at most half the memory of a list.
template <class Weight, class Vertex>
class EdgeCollector {
 public:
  using EdgeType = Edge<Weight, Vertex>;

  void reserve(std::size_t edges) {
    rows_.targets.reserve(edges);
    rows_.weights.reserve(edges);
  }

  void add(const EdgeType& edge) {
    const bool follows = size() == 0 || std::pair(last_.pre, last_.post) < std::pair(edge.pre, edge.post);
    if (in_order_ && (!follows || edge.delay != 1)) edges();
    last_ = edge;
    if (!in_order_) return edges_.push_back(edge);
    rows_.offsets.resize(edge.pre + std::size_t{1}, rows_.targets.size());
    rows_.targets.push_back(edge.post);
    rows_.weights.push_back(edge.weight);
  }

  std::size_t size() const { return in_order_ ? rows_.targets.size() : edges_.size(); }

  /// The synapses as a list in order of arrival. From now on they are stored in this form.
  std::vector<EdgeType>& edges() {
    if (!std::exchange(in_order_, false)) return edges_;
    edges_.reserve(rows_.targets.capacity());
    for (std::size_t pre = 0; pre < rows_.offsets.size(); ++pre) {
      const std::size_t end = pre + 1 < rows_.offsets.size() ? rows_.offsets[pre + 1] : rows_.targets.size();
      for (std::size_t e = rows_.offsets[pre]; e < end; ++e)
        edges_.push_back({static_cast<Vertex>(pre), rows_.targets[e], rows_.weights[e]});
    }
    rows_ = {};
    return edges_;
  }

  /// Throws as the constructors of Graph and EdgeList do. Calls refuse(error, list) before it throws InvalidSynapse.
  template <class Refuse>
  Graph<Weight, Vertex> graph(std::uint64_t neurons, Duplicates duplicates, Refuse&& refuse) && {
    if (in_order_) {
      validate_neurons<Vertex>(neurons);
      rows_.offsets.resize(neurons + 1, rows_.targets.size());
      return Graph<Weight, Vertex>{std::move(rows_)};
    }
    const EdgeList<Weight, Vertex> list{neurons, std::move(edges_)};
    try {
      return Graph<Weight, Vertex>{list, duplicates};
    } catch (const InvalidSynapse& error) {
      refuse(error, list);
      throw;
    }
  }

 private:
  bool in_order_ = true;
  EdgeType last_{};
  CompressedRows<Weight, Vertex> rows_;  // offsets: where each row begins
  std::vector<EdgeType> edges_;
};

}  // namespace spikeometric::detail
