// SPDX-License-Identifier: BSD-3-Clause
//
// The sums over synapses, s_i = sum_j W_ji X_j, on the CPU: two strategies with the same integers as result.
//
//   sk::detail::Propagation<sk::EventDriven, std::uint32_t> propagation{std::move(fixed), parts};
//   propagation.add(part, lists, sums);                        // sums[i] += s_i for the neurons i of a part
#pragma once

#include <Eigen/SparseCore>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/fixed_point.hpp"

namespace spikeometric::detail {

/// A range of postsynaptic neurons, which one thread owns.
struct Part {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
};

inline void prefetch([[maybe_unused]] const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#endif
}

template <class Strategy, class Vertex>
class Propagation;

/// 8 bytes a synapse, and 8 for each neuron and part.
template <class Vertex>
class Propagation<EventDriven, Vertex> {
 public:
  Propagation(FixedPointGraph<Vertex>&& graph, std::span<const Part> parts)
      : graph_(std::move(graph)), parts_(parts.size()) {
    if (parts_ == 1) return;
    bounds_.reserve(graph_.neurons() * parts_ + 1);
    const auto& offsets = graph_.offsets();
    for (std::uint64_t pre = 0; pre < graph_.neurons(); ++pre) {
      auto edge = graph_.targets().begin() + static_cast<std::ptrdiff_t>(offsets[pre]);
      const auto end = graph_.targets().begin() + static_cast<std::ptrdiff_t>(offsets[pre + 1]);
      for (const Part& part : parts) {
        edge = std::lower_bound(edge, end, part.first);
        bounds_.push_back(static_cast<std::uint64_t>(edge - graph_.targets().begin()));
      }
    }
    bounds_.push_back(graph_.synapses());
  }

  /// Returns the number of synapses passed.
  template <class Lists>
  std::uint64_t add(std::size_t part, const Lists& lists, std::int64_t* sums) {
    std::uint64_t passed = 0;
    for (const auto& list : lists) {
      for (auto spike = list.begin(); spike != list.end(); ++spike) {
        const auto [first, last] = row(spike->neuron, part);
        const auto [next, next_last] = row((spike + 1 != list.end() ? spike + 1 : spike)->neuron, part);
        add_row(first, last, next, next_last, spike->count, sums);
        passed += last - first;
      }
    }
    return passed;
  }

 private:
  std::pair<std::uint64_t, std::uint64_t> row(std::uint64_t pre, std::size_t part) const {
    const std::uint64_t* bound = (parts_ == 1 ? graph_.offsets() : bounds_).data() + pre * parts_ + part;
    return {bound[0], bound[1]};
  }

  /// Asks for the next row while it adds this one, a cache line at a time: twice the speed where rows are not in cache.
  template <class Count>
  void add_row(std::uint64_t first, std::uint64_t last, std::uint64_t next, std::uint64_t next_last, Count count,
               std::int64_t* sums) const {
    constexpr std::uint64_t line = 64 / sizeof(float);
    const Vertex* const targets = graph_.targets().data();
    const auto ask = [&] {
      if (next < next_last) {
        prefetch(targets + next);
        prefetch(graph_.weight_storage() + next);
      }
      next += line;
    };
    ask();
    for (; first + line <= last; first += line) {
      ask();
      for (std::uint64_t e = first; e < first + line; ++e)
        sums[targets[e]] += static_cast<std::int64_t>(graph_.weight(e)) * count;
    }
    for (; first < last; ++first) sums[targets[first]] += static_cast<std::int64_t>(graph_.weight(first)) * count;
  }

  FixedPointGraph<Vertex> graph_;
  std::size_t parts_;
  std::vector<std::uint64_t> bounds_;  // of each row's share in each part; the graph's offsets where there is one part
};

/// 16 bytes a synapse, and 8 for each neuron and part. Exact, since all numbers are integers of at most 2^53.
template <class Vertex>
class Propagation<SparseMatvec, Vertex> {
 public:
  Propagation(FixedPointGraph<Vertex>&& graph, std::span<const Part> parts)
      : parts_(parts.begin(), parts.end()),
        counts_(parts.size(), Eigen::VectorXd::Zero(static_cast<Eigen::Index>(graph.neurons()))) {
    const FixedPointGraph<Vertex> from = std::move(graph);
    const auto neurons = static_cast<Eigen::Index>(from.neurons());
    Matrix by_pre(neurons, neurons);
    by_pre.resizeNonZeros(static_cast<Eigen::Index>(from.synapses()));
    std::copy(from.offsets().begin(), from.offsets().end(), by_pre.outerIndexPtr());
    std::copy(from.targets().begin(), from.targets().end(), by_pre.innerIndexPtr());
    for (std::uint64_t edge = 0; edge < from.synapses(); ++edge) by_pre.valuePtr()[edge] = from.weight(edge);
    by_post_ = by_pre.transpose();
  }

  template <class Lists>
  std::uint64_t add(std::size_t part, const Lists& lists, std::int64_t* sums) {
    Eigen::VectorXd& counts = counts_[part];
    counts.setZero();
    for (const auto& list : lists)
      for (const auto& spike : list) counts[spike.neuron] = spike.count;
    // Row by row: Eigen would start threads of its own for the whole product.
    const auto first = static_cast<Eigen::Index>(parts_[part].first);
    const auto end = first + static_cast<Eigen::Index>(parts_[part].size);
    for (Eigen::Index post = first; post < end; ++post)
      sums[post] += static_cast<std::int64_t>(by_post_.row(post).dot(counts));
    return static_cast<std::uint64_t>(by_post_.outerIndexPtr()[end] - by_post_.outerIndexPtr()[first]);
  }

 private:
  using Matrix = Eigen::SparseMatrix<double, Eigen::RowMajor, std::int64_t>;

  std::vector<Part> parts_;
  Matrix by_post_;                       // row = postsynaptic, column = presynaptic neuron
  std::vector<Eigen::VectorXd> counts_;  // of all presynaptic neurons, one vector for each part's thread
};

}  // namespace spikeometric::detail
