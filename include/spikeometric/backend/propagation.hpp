// SPDX-License-Identifier: BSD-3-Clause
//
// The sums over synapses, s_i = sum_j W_ji X_j, on the CPU. Two strategies compute the same integers.
//
//   const sk::detail::Propagation<sk::EventDriven, std::uint32_t, 1> propagation{fixed, parts};
//   propagation.add(synapses, part, lists, arriving, scratch);   // arriving[d][i] += s_i over delay d, for i of a part
#pragma once

#include <Eigen/SparseCore>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/fixed_point.hpp"
#include "spikeometric/backend/layout.hpp"
#include "spikeometric/detail/huge_pages.hpp"
#include "spikeometric/detail/threads.hpp"
#include "spikeometric/step/clock.hpp"

namespace spikeometric::detail {

/// A range of postsynaptic neurons, the work of one thread at a time.
struct Part {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
};

/// Prefetches to the second-level cache, since the first level has too few buffers for the rows in flight.
inline void prefetch([[maybe_unused]] const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address, 0, 2);
#endif
}

/// The sums that the spikes of one step add to: a ring of rows, in which row `next` receives synapses of delay 1. It is
/// passed by value, since otherwise the compiler must assume that adding to a sum may change its members.
struct ArrivingSums {
  std::int64_t* sums;
  std::size_t stride;  ///< length of a row: neurons x basis functions
  std::uint32_t rows;
  std::uint32_t next;

  /// The row for synapses of this delay; the index is target x Bases + basis.
  std::int64_t* operator[](std::uint32_t delay) const { return sums + row_after(next, delay - 1, rows) * stride; }
};

template <class Strategy, class Vertex, std::size_t Bases>
class Propagation;

/// Adds the weights of the spikes of a step to the sums of later steps.
template <class Vertex, class Spikes, std::size_t Bases>
void pass_row_by_row(const SynapseView<Vertex>& synapses, const Spikes& spikes, ArrivingSums arriving,
                     std::integral_constant<std::size_t, Bases>) {
  for (const auto& spike : spikes)
    for (std::uint64_t e = synapses.offsets[spike.neuron]; e < synapses.offsets[spike.neuron + std::size_t{1}]; ++e) {
      std::int64_t* const sums =
          arriving[synapses.delays == nullptr ? 1 : synapses.delays[e]] + synapses.targets[e] * Bases;
      for (std::size_t basis = 0; basis < Bases; ++basis)
        sums[basis] += std::int64_t{synapses.weights[e * Bases + basis]} * spike.count;
    }
}

/// Stores where the rows of each part begin: 8 bytes for each neuron and part, if there are several parts.
template <class Vertex, std::size_t Bases>
class Propagation<EventDriven, Vertex, Bases> {
 public:
  struct Scratch {};

  /// If there are several parts, sorts the rows of a graph with delays by part.
  Propagation(FixedPointGraph<Vertex, Bases>& graph, const std::vector<Part>& parts, Threads& threads)
      : parts_(parts.size()), ahead_(rows_ahead(graph)) {
    if (parts_ == 1) return;
    const auto part_of = [&](Vertex target) {
      const auto after = std::upper_bound(parts.begin(), parts.end(), target,
                                          [](Vertex neuron, const Part& part) { return neuron < part.first; });
      return static_cast<std::size_t>(after - parts.begin() - 1);
    };
    if (!graph.delays().empty()) graph.group_rows(parts_, part_of, threads);
    bounds_.reserve(graph.neurons() * parts_ + 1);
    const auto& offsets = graph.offsets();
    for (std::uint64_t pre = 0; pre < graph.neurons(); ++pre) {
      auto edge = graph.targets().begin() + static_cast<std::ptrdiff_t>(offsets[pre]);
      const auto end = graph.targets().begin() + static_cast<std::ptrdiff_t>(offsets[pre + 1]);
      for (std::size_t part = 0; part < parts_; ++part) {
        edge = std::partition_point(edge, end, [&](Vertex target) { return part_of(target) < part; });
        bounds_.push_back(static_cast<std::uint64_t>(edge - graph.targets().begin()));
      }
    }
    bounds_.push_back(graph.synapses());
    use_huge_pages(bounds_.data(), bounds_.size() * sizeof(std::uint64_t));
  }

  Scratch scratch() const { return {}; }

  /// Adds the spikes in spikes_of(list) of all lists. Returns the number of synapses passed.
  template <class Lists, class SpikesOf>
  std::uint64_t add(const SynapseView<Vertex>& synapses, std::size_t part, const Lists& lists, ArrivingSums arriving,
                    Scratch&, const SpikesOf& spikes_of) const {
    return synapses.delays == nullptr ? add<false>(synapses, part, lists, arriving, spikes_of)
                                      : add<true>(synapses, part, lists, arriving, spikes_of);
  }

 private:
  template <bool Delayed, class Lists, class SpikesOf>
  std::uint64_t add(const SynapseView<Vertex>& synapses, std::size_t part, const Lists& lists, ArrivingSums arriving,
                    const SpikesOf& spikes_of) const {
    constexpr std::pair<std::uint64_t, std::uint64_t> nothing{};
    std::uint64_t passed = 0;
    for (const auto& each : lists) {
      const auto* const spikes = spikes_of(each).data();
      const std::size_t size = spikes_of(each).size();
      for (std::size_t k = 0; k < std::min(ahead_, size); ++k) {
        auto [next, last] = row(synapses, spikes[k].neuron, part);
        for (; next < last; next += line) ask<Delayed>(synapses, next, last);
      }
      for (std::size_t k = 0; k < size; ++k) {
        if (k + 2 * ahead_ < size) prefetch(bounds(synapses, spikes[k + 2 * ahead_].neuron, part));
        const auto [first, last] = row(synapses, spikes[k].neuron, part);
        const auto [next, next_last] = k + ahead_ < size ? row(synapses, spikes[k + ahead_].neuron, part) : nothing;
        add_row<Delayed>(synapses, first, last, next, next_last, spikes[k].count, arriving);
        passed += last - first;
      }
    }
    return passed;
  }

  const std::uint64_t* bounds(const SynapseView<Vertex>& synapses, std::uint64_t pre, std::size_t part) const {
    return (parts_ == 1 ? synapses.offsets : bounds_.data()) + pre * parts_ + part;
  }
  std::pair<std::uint64_t, std::uint64_t> row(const SynapseView<Vertex>& synapses, std::uint64_t pre,
                                              std::size_t part) const {
    const std::uint64_t* bound = bounds(synapses, pre, part);
    return {bound[0], bound[1]};
  }

  /// How many rows ahead to prefetch, 1 to 8: about a thousand synapses.
  std::size_t rows_ahead(const FixedPointGraph<Vertex, Bases>& graph) const {
    const std::uint64_t rows = graph.neurons() * parts_;
    return std::clamp<std::uint64_t>(1000 * rows / std::max<std::uint64_t>(graph.synapses(), 1), 1, 8);
  }

  static constexpr std::uint64_t line = 64 / sizeof(float);  // weights in a cache line

  /// Prefetches `line` synapses of a later row, but none after its end.
  template <bool Delayed>
  static void ask(const SynapseView<Vertex>& synapses, std::uint64_t next, std::uint64_t last) {
    prefetch(synapses.targets + next);
    for (std::size_t basis = 0; basis < Bases; ++basis)
      prefetch(synapses.weights + (basis == 0 ? next : std::min(next + basis * line / Bases, last - 1)) * Bases);
    if (Delayed) prefetch(synapses.delays + next);
  }

  /// Adds a row and prefetches a later one, a cache line at a time. This is four times faster if rows are not in cache.
  template <bool Delayed, class Count>
  static void add_row(const SynapseView<Vertex>& synapses, std::uint64_t first, std::uint64_t last, std::uint64_t next,
                      std::uint64_t next_last, Count count, ArrivingSums arriving) {
    const Vertex* const targets = synapses.targets;
    const std::int32_t* const weights = synapses.weights;
    std::int64_t* const without_delay = arriving[1];
    const auto add_synapse = [&](std::uint64_t e) {
      std::int64_t* const sums = (Delayed ? arriving[synapses.delays[e]] : without_delay) + targets[e] * Bases;
      for (std::size_t basis = 0; basis < Bases; ++basis)
        sums[basis] += static_cast<std::int64_t>(weights[e * Bases + basis]) * count;
    };
    const auto ask_next = [&] {
      if (next < next_last) ask<Delayed>(synapses, next, next_last);
      next += line;
    };
    ask_next();
    for (; first + line <= last; first += line) {
      ask_next();
      for (std::uint64_t e = first; e < first + line; ++e) add_synapse(e);
    }
    for (; first < last; ++first) add_synapse(first);
  }

  std::size_t parts_;
  std::size_t ahead_;
  std::vector<std::uint64_t> bounds_;  // where each part of each row begins; empty if there is one part
};

/// Needs 16 bytes more for each synapse and basis function, 8 for each neuron, basis function and delay that occurs,
/// and 8 for each neuron and part. Exact, since all numbers are integers of at most 2^53 in size.
template <class Vertex, std::size_t Bases>
class Propagation<SparseMatvec, Vertex, Bases> {
 public:
  using Scratch = Eigen::VectorXd;  ///< spike counts of all presynaptic neurons

  Propagation(const FixedPointGraph<Vertex, Bases>& from, std::vector<Part> parts, Threads&)
      : neurons_(static_cast<Eigen::Index>(from.neurons())), parts_(std::move(parts)) {
    std::map<Delay, std::uint64_t> synapses;  // by delay
    for (const Delay delay : from.delays()) ++synapses[delay];
    if (from.delays().empty()) synapses[1] = from.synapses();
    std::vector<std::uint64_t> next = from.offsets();  // the first synapse of each row not yet in a term
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

  template <class Lists, class SpikesOf>
  std::uint64_t add(const SynapseView<Vertex>&, std::size_t part, const Lists& lists, ArrivingSums arriving,
                    Scratch& counts, const SpikesOf& spikes_of) const {
    counts.setZero();
    for (const auto& list : lists)
      for (const auto& spike : spikes_of(list)) counts[spike.neuron] = spike.count;
    // Row by row, since Eigen would start its own threads for the whole product.
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

 private:
  using Matrix = Eigen::SparseMatrix<double, Eigen::RowMajor, std::int64_t>;

  struct Term {
    Delay delay;
    std::size_t basis;
    Matrix by_post;  // row = postsynaptic, column = presynaptic neuron
  };

  Eigen::Index neurons_;
  std::vector<Part> parts_;
  std::vector<Term> terms_;
};

}  // namespace spikeometric::detail
