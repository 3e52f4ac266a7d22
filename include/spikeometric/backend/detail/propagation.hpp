// SPDX-License-Identifier: BSD-3-Clause
//
// The sums over synapses, s_i = sum_j W_ji X_j, on the CPU: two strategies with the same integers as result.
//
//   const sk::detail::Propagation<sk::EventDriven, std::uint32_t, 1> propagation{std::move(fixed), parts};
//   propagation.add(part, lists, arriving, scratch);           // arriving[d][i] += s_i over delay d, i of a part
#pragma once

#include <Eigen/SparseCore>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/fixed_point.hpp"

namespace spikeometric::detail {

/// A range of postsynaptic neurons, which one thread owns.
struct Part {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
};

/// To the second level of cache: more rows are under way there than the first has buffers for.
inline void prefetch([[maybe_unused]] const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address, 0, 2);
#endif
}

/// Sums that the spikes of one step add to: a ring of `depth` rows, one for each step to come, of which row `next` is
/// the one that delay 1 arrives in.
struct ArrivingSums {
  std::int64_t* sums;
  std::size_t stride;  ///< of rows: neurons x basis functions
  std::size_t depth;
  std::size_t next;

  /// Where synapses of this delay add, at target x Bases + basis.
  std::int64_t* operator[](std::size_t delay) const {
    const std::size_t row = next + delay - 1;
    return sums + (row < depth ? row : row - depth) * stride;
  }
};

template <class Strategy, class Vertex, std::size_t Bases>
class Propagation;

/// 8 bytes a synapse (4 more for each further basis function, 2 for delays), and 8 for each neuron and part.
template <class Vertex, std::size_t Bases>
class Propagation<EventDriven, Vertex, Bases> {
 public:
  struct Scratch {};

  Propagation(FixedPointGraph<Vertex, Bases>&& graph, std::span<const Part> parts)
      : graph_(std::move(graph)), parts_(parts.size()), ahead_(rows_ahead()) {
    graph_.use_huge_pages();
    if (parts_ == 1) return;
    const auto part_of = [&](Vertex target) {
      const auto after = std::upper_bound(parts.begin(), parts.end(), target,
                                          [](Vertex neuron, const Part& part) { return neuron < part.first; });
      return after - parts.begin() - 1;
    };
    if (!graph_.delays().empty()) graph_.group_rows(part_of);
    bounds_.reserve(graph_.neurons() * parts_ + 1);
    const auto& offsets = graph_.offsets();
    for (std::uint64_t pre = 0; pre < graph_.neurons(); ++pre) {
      auto edge = graph_.targets().begin() + static_cast<std::ptrdiff_t>(offsets[pre]);
      const auto end = graph_.targets().begin() + static_cast<std::ptrdiff_t>(offsets[pre + 1]);
      for (std::size_t part = 0; part < parts_; ++part) {
        edge = std::partition_point(edge, end,
                                    [&](Vertex target) { return part_of(target) < static_cast<std::ptrdiff_t>(part); });
        bounds_.push_back(static_cast<std::uint64_t>(edge - graph_.targets().begin()));
      }
    }
    bounds_.push_back(graph_.synapses());
    use_huge_pages(bounds_);
  }

  Scratch scratch() const { return {}; }

  /// Returns the number of synapses passed.
  template <class Lists>
  std::uint64_t add(std::size_t part, const Lists& lists, const ArrivingSums& arriving, Scratch&) const {
    return graph_.delays().empty() ? add<false>(part, lists, arriving) : add<true>(part, lists, arriving);
  }

  /// sum_j W_ji s_j for each neuron i and basis function, in double, in the order of j and then of delays.
  std::vector<double> weighted_sums(std::span<const double> s) const {
    const double unit = graph_.unit();
    std::vector<double> sums(s.size() * Bases);
    for (std::size_t pre = 0; pre < s.size(); ++pre)
      for (std::uint64_t e = graph_.offsets()[pre]; e < graph_.offsets()[pre + 1]; ++e)
        for (std::size_t basis = 0; basis < Bases; ++basis)
          sums[graph_.targets()[e] * Bases + basis] +=
              mul(mul(static_cast<double>(graph_.weight(e, basis)), unit), s[pre]);
    return sums;
  }

 private:
  template <bool Delayed, class Lists>
  std::uint64_t add(std::size_t part, const Lists& lists, const ArrivingSums& arriving) const {
    constexpr std::pair<std::uint64_t, std::uint64_t> nothing{};
    std::uint64_t passed = 0;
    for (const auto& list : lists) {
      const std::size_t size = list.size();
      for (std::size_t k = 0; k < std::min(ahead_, size); ++k) {
        auto [next, last] = row(list[k].neuron, part);
        for (; next < last; next += line) ask<Delayed>(next, last);
      }
      for (std::size_t k = 0; k < size; ++k) {
        if (k + 2 * ahead_ < size) prefetch(bounds(list[k + 2 * ahead_].neuron, part));
        const auto [first, last] = row(list[k].neuron, part);
        const auto [next, next_last] = k + ahead_ < size ? row(list[k + ahead_].neuron, part) : nothing;
        add_row<Delayed>(first, last, next, next_last, list[k].count, arriving);
        passed += last - first;
      }
    }
    return passed;
  }

  const std::uint64_t* bounds(std::uint64_t pre, std::size_t part) const {
    return (parts_ == 1 ? graph_.offsets() : bounds_).data() + pre * parts_ + part;
  }
  std::pair<std::uint64_t, std::uint64_t> row(std::uint64_t pre, std::size_t part) const {
    const std::uint64_t* bound = bounds(pre, part);
    return {bound[0], bound[1]};
  }

  /// How far ahead rows are asked for: while some thousand synapses are added, however short the rows of a part.
  std::size_t rows_ahead() const {
    const std::uint64_t rows = graph_.neurons() * parts_;
    return std::clamp<std::uint64_t>(1000 * rows / std::max<std::uint64_t>(graph_.synapses(), 1), 1, 8);
  }

  static constexpr std::uint64_t line = 64 / sizeof(float);  // synapses, of one weight

  /// For so many synapses of a row to come, without reaching beyond it.
  template <bool Delayed>
  void ask(std::uint64_t next, std::uint64_t last) const {
    prefetch(graph_.targets().data() + next);
    for (std::size_t basis = 0; basis < Bases; ++basis)
      prefetch(graph_.weight_storage() + (basis == 0 ? next : std::min(next + basis * line / Bases, last - 1)));
    if (Delayed) prefetch(graph_.delays().data() + next);
  }

  /// Asks for a row to come while it adds this one, a cache line at a time: four times the speed where rows are not in
  /// cache.
  template <bool Delayed, class Count>
  void add_row(std::uint64_t first, std::uint64_t last, std::uint64_t next, std::uint64_t next_last, Count count,
               const ArrivingSums& arriving) const {
    const Vertex* const targets = graph_.targets().data();
    std::int64_t* const without_delay = arriving[1];
    const auto add_synapse = [&](std::uint64_t e) {
      std::int64_t* const sums = (Delayed ? arriving[graph_.delays()[e]] : without_delay) + targets[e] * Bases;
      for (std::size_t basis = 0; basis < Bases; ++basis)
        sums[basis] += static_cast<std::int64_t>(graph_.weight(e, basis)) * count;
    };
    const auto ask_next = [&] {
      if (next < next_last) ask<Delayed>(next, next_last);
      next += line;
    };
    ask_next();
    for (; first + line <= last; first += line) {
      ask_next();
      for (std::uint64_t e = first; e < first + line; ++e) add_synapse(e);
    }
    for (; first < last; ++first) add_synapse(first);
  }

  FixedPointGraph<Vertex, Bases> graph_;
  std::size_t parts_;
  std::size_t ahead_;
  std::vector<std::uint64_t> bounds_;  // of each row's share in each part; the graph's offsets where there is one part
};

/// 16 bytes a synapse and basis function, and 8 for each neuron, part, and delay that occurs. Exact, since all numbers
/// are integers of at most 2^53.
template <class Vertex, std::size_t Bases>
class Propagation<SparseMatvec, Vertex, Bases> {
 public:
  using Scratch = Eigen::VectorXd;  ///< counts of all presynaptic neurons

  Propagation(FixedPointGraph<Vertex, Bases>&& graph, std::span<const Part> parts)
      : neurons_(static_cast<Eigen::Index>(graph.neurons())), unit_(graph.unit()), parts_(parts.begin(), parts.end()) {
    const FixedPointGraph<Vertex, Bases> from = std::move(graph);
    std::map<Delay, std::uint64_t> synapses;  // by delay
    for (const Delay delay : from.delays()) ++synapses[delay];
    if (from.delays().empty()) synapses[1] = from.synapses();
    std::vector<std::uint64_t> next = from.offsets();  // the first synapse of each row that has no term yet
    for (const auto& [delay, number] : synapses) {
      std::vector<Matrix> by_pre(Bases, Matrix(neurons_, neurons_));
      for (Matrix& matrix : by_pre) matrix.reserve(static_cast<Eigen::Index>(number));
      for (Eigen::Index pre = 0; pre < neurons_; ++pre) {
        const auto row = static_cast<std::size_t>(pre);
        for (Matrix& matrix : by_pre) matrix.startVec(pre);
        for (std::uint64_t& e = next[row]; e < from.offsets()[row + 1]; ++e) {
          if (!from.delays().empty() && from.delays()[e] != delay) break;
          for (std::size_t basis = 0; basis < Bases; ++basis)
            by_pre[basis].insertBack(pre, from.targets()[e]) = from.weight(e, basis);
        }
      }
      for (std::size_t basis = 0; basis < Bases; ++basis) {
        by_pre[basis].finalize();
        terms_.push_back({delay, basis, by_pre[basis].transpose()});
      }
    }
  }

  Scratch scratch() const { return Scratch::Zero(neurons_); }

  template <class Lists>
  std::uint64_t add(std::size_t part, const Lists& lists, const ArrivingSums& arriving, Scratch& counts) const {
    counts.setZero();
    for (const auto& list : lists)
      for (const auto& spike : list) counts[spike.neuron] = spike.count;
    // Row by row: Eigen would start threads of its own for the whole product.
    const auto first = static_cast<Eigen::Index>(parts_[part].first);
    const auto end = first + static_cast<Eigen::Index>(parts_[part].size);
    std::int64_t passed = 0;
    for (const auto& [delay, basis, by_post] : terms_) {
      std::int64_t* const sums = arriving[delay] + basis;
      for (Eigen::Index post = first; post < end; ++post)
        sums[static_cast<std::size_t>(post) * Bases] += static_cast<std::int64_t>(by_post.row(post).dot(counts));
      if (basis == 0) passed += by_post.outerIndexPtr()[end] - by_post.outerIndexPtr()[first];
    }
    return static_cast<std::uint64_t>(passed);
  }

  std::vector<double> weighted_sums(std::span<const double> s) const {
    struct Synapse {
      Eigen::Index pre;
      Delay delay;
      double weight;
    };
    std::vector<double> sums(s.size() * Bases);
    std::vector<Synapse> onto;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      onto.clear();
      for (const auto& [delay, basis, by_post] : terms_)
        if (basis == i % Bases)
          for (typename Matrix::InnerIterator entry(by_post, static_cast<Eigen::Index>(i / Bases)); entry; ++entry)
            onto.push_back({entry.col(), delay, entry.value()});
      std::sort(onto.begin(), onto.end(),
                [](const Synapse& a, const Synapse& b) { return std::tie(a.pre, a.delay) < std::tie(b.pre, b.delay); });
      for (const Synapse& synapse : onto)
        sums[i] += mul(mul(synapse.weight, unit_), s[static_cast<std::size_t>(synapse.pre)]);
    }
    return sums;
  }

 private:
  using Matrix = Eigen::SparseMatrix<double, Eigen::RowMajor, std::int64_t>;

  struct Term {
    Delay delay;
    std::size_t basis;
    Matrix by_post;  // row = postsynaptic, column = presynaptic neuron
  };

  Eigen::Index neurons_;
  double unit_;
  std::vector<Part> parts_;
  std::vector<Term> terms_;
};

}  // namespace spikeometric::detail
