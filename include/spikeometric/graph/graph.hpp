// SPDX-License-Identifier: BSD-3-Clause
//
// A network: which neurons are connected, with which weights and delays.
//
//   const sk::Graph graph{edges};                          // an EdgeList
//   const sk::Graph other{matrix};                         // an Eigen matrix, dense or sparse
//   for (std::uint32_t target : graph.targets(7)) ...                // postsynaptic neurons of neuron 7
//   for (const auto [pre, post, weight, delay] : graph.edges()) ...
//   const auto weaker = graph.with_weights([](auto pre, auto post, float weight) { return 0.3f * weight; });
#pragma once

#include <Eigen/SparseCore>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <numeric>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/edge_list.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

/// What to do with several synapses of the same pre, post and delay.
enum class Duplicates {
  refuse,  ///< throw InvalidSynapse
  sum      ///< merge them; weights are added in double, in input order, and rounded once
};

/// The arrays of a graph in compressed sparse row (CSR) form. The synapses of presynaptic neuron i have the targets
/// targets[offsets[i]], ..., targets[offsets[i + 1] - 1], and weights and delays at the same indices. They are in
/// ascending order of (delay, target). Empty `delays` mean that every delay is 1.
template <class Weight, class Vertex>
struct CompressedRows {
  std::vector<std::uint64_t> offsets;
  std::vector<Vertex> targets;
  std::vector<Weight> weights;
  std::vector<Delay> delays = {};
};

namespace detail {

/// Marks rows that need no validation.
struct ValidRows {};

}  // namespace detail

/// An immutable directed graph of N neurons, in compressed sparse rows by presynaptic neuron. Rows are sorted by
/// (delay, target). Synapses between the same pair of neurons must have different delays. Autapses are ordinary
/// synapses. As a matrix, a graph is N x N with row = presynaptic and column = postsynaptic neuron.
///
/// Weight is float or double, or a std::array of M of them: one weight for each basis function of the filter.
///
/// Memory: sizeof(Vertex) + sizeof(Weight) bytes per synapse (8 by default), 2 more with delays, and 8 bytes per
/// neuron.
template <class Weight = float, class Vertex = std::uint32_t>
class Graph {
  using Traits = detail::WeightTraits<Weight>;
  static_assert(std::is_same_v<typename Traits::Scalar, float> || std::is_same_v<typename Traits::Scalar, double>,
                "spikeometric: a Graph's Weight must be float, double, or a std::array of one of them");
  static_assert(Traits::bases > 0, "spikeometric: a Graph's Weight must hold at least one number");
  static_assert(std::is_same_v<Vertex, std::uint16_t> || std::is_same_v<Vertex, std::uint32_t>,
                "spikeometric: a Graph's Vertex must be std::uint16_t or std::uint32_t");

 public:
  using WeightType = Weight;
  using VertexType = Vertex;
  using EdgeType = Edge<Weight, Vertex>;
  class EdgeIterator;

  /// Number of weights per synapse: one for each basis function.
  static constexpr std::size_t bases = Traits::bases;

  /// From synapses in any order. O(edges + neurons) time; O(edges log degree) if rows are unsorted. Throws
  /// InvalidSynapse for duplicates if they are refused, and for a sum that is not finite.
  explicit Graph(const EdgeList<Weight, Vertex>& edges, Duplicates duplicates = Duplicates::refuse) {
    const bool delayed = std::any_of(edges.begin(), edges.end(), [](const EdgeType& edge) { return edge.delay != 1; });
    arrange(edges, edges.neurons(), edges.size(), delayed ? edges.size() : 0);
    merge_duplicates(duplicates);
  }

  /// From a sparse matrix: each stored coefficient is a synapse, including zeros. Throws InvalidGraph for a matrix that
  /// is not square, has no rows, or holds a value that is not finite.
  template <class Derived>
  explicit Graph(const Eigen::SparseMatrixBase<Derived>& matrix) : Graph(edges_of(matrix)) {}

  /// From a dense matrix: each nonzero coefficient is a synapse. Throws as for a sparse matrix.
  template <class Derived>
  explicit Graph(const Eigen::DenseBase<Derived>& matrix) : Graph(edges_of(matrix)) {}

  /// From sorted arrays. O(edges). Throws InvalidGraph for arrays that are inconsistent, invalid or not sorted.
  explicit Graph(CompressedRows<Weight, Vertex> rows) : rows_(std::move(rows)) {
    validate();
    drop_delays_of_one();
  }

  /// From arrays that are known to be valid.
  Graph(detail::ValidRows, CompressedRows<Weight, Vertex> rows) : rows_(std::move(rows)) { drop_delays_of_one(); }

  std::uint64_t neurons() const { return rows_.offsets.empty() ? 0 : rows_.offsets.size() - 1; }
  std::uint64_t synapses() const { return rows_.targets.size(); }

  /// The synapses of presynaptic neuron `pre`, which must be below neurons().
  std::uint64_t out_degree(std::uint64_t pre) const { return rows_.offsets[pre + 1] - rows_.offsets[pre]; }
  std::span<const Vertex> targets(std::uint64_t pre) const { return row(rows_.targets, pre); }
  std::span<const Weight> weights(std::uint64_t pre) const { return row(rows_.weights, pre); }

  /// Empty if has_delays() is false; every delay is 1 then.
  std::span<const Delay> delays(std::uint64_t pre) const {
    return has_delays() ? row(rows_.delays, pre) : std::span<const Delay>{};
  }
  bool has_delays() const { return !rows_.delays.empty(); }
  Delay max_delay() const {
    return has_delays() ? *std::max_element(rows_.delays.begin(), rows_.delays.end()) : Delay{1};
  }

  /// All synapses, in order of presynaptic neuron, delay, postsynaptic neuron.
  struct Edges {
    const Graph& graph;
    EdgeIterator begin() const { return {graph, 0}; }
    EdgeIterator end() const { return {graph, graph.synapses()}; }
  };
  Edges edges() const& { return {*this}; }
  void edges() const&& = delete;  // the edges of a temporary graph would dangle

  const CompressedRows<Weight, Vertex>& rows() const { return rows_; }

  /// Moves the arrays out and leaves a graph without neurons.
  CompressedRows<Weight, Vertex> release() && { return std::move(rows_); }

  /// The graph with every synapse reversed. O(edges + neurons); with delays O(edges log degree).
  Graph transposed() const {
    const auto turned = [](const EdgeType& edge) { return EdgeType{edge.post, edge.pre, edge.weight, edge.delay}; };
    Graph result;
    result.arrange(edges(), neurons(), synapses(), rows_.delays.size(), turned);
    return result;
  }

  /// The same synapses with the weights that weight_of(pre, post, weight) returns: numbers, or std::arrays for a filter
  /// with several basis functions. Throws InvalidSynapse for a weight that is not finite.
  template <class WeightOf>
  [[nodiscard]] auto with_weights(WeightOf&& weight_of) const {
    using Other = std::decay_t<decltype(weight_of(Vertex{}, Vertex{}, Weight{}))>;
    CompressedRows<Other, Vertex> rows{rows_.offsets, rows_.targets, {}, rows_.delays};
    rows.weights.reserve(rows_.weights.size());
    for (const auto& [pre, post, weight, delay] : edges()) rows.weights.push_back(weight_of(pre, post, weight));
    return Graph<Other, Vertex>{std::move(rows)};
  }

  /// The same synapses with the delays that delay_of(pre, post) returns, 1 to 65535 steps. Throws InvalidSynapse if a
  /// delay is out of range, or if two synapses of one pair of neurons get the same delay.
  template <class DelayOf>
  Graph with_delays(DelayOf&& delay_of) && {
    rows_.delays.resize(rows_.targets.size());
    for (std::uint64_t pre = 0; pre < neurons(); ++pre)
      for (std::uint64_t e = rows_.offsets[pre]; e < rows_.offsets[pre + 1]; ++e) {
        const auto delay = delay_of(static_cast<Vertex>(pre), rows_.targets[e]);
        static_assert(std::is_integral_v<decltype(delay)>, "spikeometric: a delay must be an integer, in steps");
        detail::validate_synapse(pre, rows_.targets[e], rows_.weights[e], static_cast<std::int64_t>(delay), neurons());
        rows_.delays[e] = static_cast<Delay>(delay);
      }
    sort_rows();
    merge_duplicates(Duplicates::refuse);
    return Graph{std::move(rows_)};
  }
  template <class DelayOf>
  Graph with_delays(DelayOf&& delay_of) const& {
    return Graph{*this}.with_delays(delay_of);
  }

  /// Row = presynaptic. Throws InvalidGraph for a graph with delays, since a matrix cannot hold them.
  Eigen::SparseMatrix<Weight, Eigen::RowMajor, std::int64_t> to_sparse() const requires(bases == 1) {
    if (has_delays()) throw InvalidGraph("a graph with delays cannot be converted to a matrix");
    const auto size = static_cast<Eigen::Index>(neurons());
    Eigen::SparseMatrix<Weight, Eigen::RowMajor, std::int64_t> matrix(size, size);
    matrix.resizeNonZeros(static_cast<Eigen::Index>(synapses()));
    std::copy(rows_.offsets.begin(), rows_.offsets.end(), matrix.outerIndexPtr());
    std::copy(rows_.targets.begin(), rows_.targets.end(), matrix.innerIndexPtr());
    std::copy(rows_.weights.begin(), rows_.weights.end(), matrix.valuePtr());
    return matrix;
  }

  /// Row = presynaptic. Throws as to_sparse. O(neurons^2) memory.
  [[nodiscard]] Eigen::Matrix<Weight, Eigen::Dynamic, Eigen::Dynamic> to_dense() const requires(bases == 1) {
    return to_sparse().toDense();
  }

  friend bool operator==(const Graph& a, const Graph& b) {
    return a.rows_.offsets == b.rows_.offsets && a.rows_.targets == b.rows_.targets &&
           a.rows_.weights == b.rows_.weights && a.rows_.delays == b.rows_.delays;
  }

 private:
  Graph() = default;

  /// Sorts the synapses edge_of(edge) into rows. `edges` may be in any order. `delays` is the number of synapses, or 0
  /// if there are no delays.
  template <class Edges, class EdgeOf = std::identity>
  void arrange(const Edges& edges, std::uint64_t neurons, std::uint64_t synapses, std::uint64_t delays,
               EdgeOf edge_of = {}) {
    std::vector<std::uint64_t> next(neurons + 1);
    for (const EdgeType& edge : edges) ++next[edge_of(edge).pre + std::size_t{1}];
    std::partial_sum(next.begin(), next.end(), next.begin());
    rows_ = {next, std::vector<Vertex>(synapses), std::vector<Weight>(synapses), std::vector<Delay>(delays)};
    for (const EdgeType& edge : edges) place(next[edge_of(edge).pre]++, edge_of(edge));
    sort_rows();
  }

  void drop_delays_of_one() {
    if (std::all_of(rows_.delays.begin(), rows_.delays.end(), [](Delay delay) { return delay == 1; }))
      rows_.delays = {};
  }

  template <class Value>
  std::span<const Value> row(const std::vector<Value>& values, std::uint64_t pre) const {
    return {values.data() + rows_.offsets[pre], static_cast<std::size_t>(out_degree(pre))};
  }

  template <class Derived>
  static EdgeList<Weight, Vertex> square(const Eigen::EigenBase<Derived>& matrix) {
    if (matrix.rows() != matrix.cols())
      throw InvalidGraph("a graph needs a square matrix, but this one is " + std::to_string(matrix.rows()) + " x " +
                         std::to_string(matrix.cols()));
    return EdgeList<Weight, Vertex>{static_cast<std::uint64_t>(matrix.rows())};
  }

  template <class Derived>
  static EdgeList<Weight, Vertex> edges_of(const Eigen::SparseMatrixBase<Derived>& matrix) {
    auto edges = square(matrix);
    const Eigen::Ref<const typename Derived::PlainObject> plain(matrix.derived());
    edges.reserve(static_cast<std::size_t>(plain.nonZeros()));
    for (Eigen::Index outer = 0; outer < plain.outerSize(); ++outer)
      for (typename Eigen::Ref<const typename Derived::PlainObject>::InnerIterator entry(plain, outer); entry; ++entry)
        edges.add(static_cast<std::uint64_t>(entry.row()), static_cast<std::uint64_t>(entry.col()),
                  static_cast<Weight>(entry.value()));
    return edges;
  }

  template <class Derived>
  static EdgeList<Weight, Vertex> edges_of(const Eigen::DenseBase<Derived>& matrix) {
    auto edges = square(matrix.derived());
    const Eigen::Ref<const typename Derived::PlainObject> plain(matrix.derived());
    for (Eigen::Index pre = 0; pre < plain.rows(); ++pre)
      for (Eigen::Index post = 0; post < plain.cols(); ++post)
        if (plain(pre, post) != 0)
          edges.add(static_cast<std::uint64_t>(pre), static_cast<std::uint64_t>(post),
                    static_cast<Weight>(plain(pre, post)));
    return edges;
  }

  Delay delay(std::uint64_t synapse) const { return has_delays() ? rows_.delays[synapse] : Delay{1}; }

  /// The sort key within a row.
  std::pair<Delay, Vertex> key(std::uint64_t synapse) const { return {delay(synapse), rows_.targets[synapse]}; }

  void sort_rows() {
    std::vector<EdgeType> sorted;
    for (std::uint64_t pre = 0; pre < neurons(); ++pre) {
      const std::uint64_t first = rows_.offsets[pre], last = rows_.offsets[pre + 1];
      std::uint64_t ordered = first;
      while (ordered + 1 < last && key(ordered) <= key(ordered + 1)) ++ordered;
      if (ordered + 1 >= last) continue;
      sorted.clear();
      for (std::uint64_t e = first; e < last; ++e)
        sorted.push_back({static_cast<Vertex>(pre), rows_.targets[e], rows_.weights[e], delay(e)});
      std::stable_sort(sorted.begin(), sorted.end(), [](const EdgeType& a, const EdgeType& b) {
        return std::tie(a.delay, a.post) < std::tie(b.delay, b.post);
      });
      for (std::uint64_t e = first; e < last; ++e) place(e, sorted[e - first]);
    }
  }

  void place(std::uint64_t synapse, const EdgeType& edge) {
    rows_.targets[synapse] = edge.post;
    rows_.weights[synapse] = edge.weight;
    if (has_delays()) rows_.delays[synapse] = edge.delay;
  }

  void merge_duplicates(Duplicates duplicates) {
    std::uint64_t kept = 0;
    for (std::uint64_t pre = 0, first = 0; pre < neurons(); ++pre) {
      const std::uint64_t last = rows_.offsets[pre + 1];
      for (std::uint64_t e = first; e < last; ++kept) {
        EdgeType merged{static_cast<Vertex>(pre), rows_.targets[e], rows_.weights[e], delay(e)};
        std::uint64_t same = e + 1;
        while (same < last && key(same) == key(e)) ++same;
        if (same - e > 1 && duplicates == Duplicates::refuse)
          throw InvalidSynapse(pre, merged.post, "occurs " + std::to_string(same - e) + " times");
        for (std::size_t basis = 0; basis < bases; ++basis) {
          double sum = Traits::at(rows_.weights[e], basis);
          for (std::uint64_t each = e + 1; each < same; ++each) sum += Traits::at(rows_.weights[each], basis);
          Traits::at(merged.weight, basis) = static_cast<typename Traits::Scalar>(sum);
        }
        detail::validate_synapse(pre, merged.post, merged.weight, merged.delay, neurons());
        place(kept, merged);
        e = same;
      }
      first = last;
      rows_.offsets[pre + 1] = kept;
    }
    rows_.targets.resize(kept);
    rows_.weights.resize(kept);
    if (has_delays()) rows_.delays.resize(kept);
  }

  void validate() const {
    const auto& [offsets, targets, weights, delays] = rows_;
    if (offsets.empty()) throw InvalidGraph("a graph needs at least one neuron");
    detail::validate_neurons<Vertex>(neurons());
    if (offsets.front() != 0 || offsets.back() != targets.size() || targets.size() != weights.size() ||
        !std::is_sorted(offsets.begin(), offsets.end()))
      throw InvalidGraph("offsets must ascend from 0 to the number of synapses; there are " +
                         std::to_string(targets.size()) + " targets and " + std::to_string(weights.size()) +
                         " weights");
    if (!delays.empty() && delays.size() != targets.size())
      throw InvalidGraph("there must be one delay per synapse, or none: there are " + std::to_string(delays.size()) +
                         " delays and " + std::to_string(targets.size()) + " synapses");
    for (std::uint64_t pre = 0; pre < neurons(); ++pre)
      for (std::uint64_t e = offsets[pre]; e < offsets[pre + 1]; ++e) {
        detail::validate_synapse(pre, targets[e], weights[e], delay(e), neurons());
        if (e > offsets[pre] && key(e - 1) >= key(e))
          throw InvalidGraph("the targets of neuron " + std::to_string(pre) + " must ascend: " +
                             std::to_string(targets[e]) + " comes after " + std::to_string(targets[e - 1]) +
                             (has_delays() ? " at a delay of " + std::to_string(delay(e)) + " steps" : ""));
      }
  }

  CompressedRows<Weight, Vertex> rows_;
};

/// Input iterator over the synapses of a graph; yields Edge by value.
template <class Weight, class Vertex>
class Graph<Weight, Vertex>::EdgeIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Edge<Weight, Vertex>;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = value_type;

  EdgeIterator() = default;
  EdgeIterator(const Graph& graph, std::uint64_t position) : rows_(&graph.rows_), position_(position) { find_row(); }

  value_type operator*() const {
    return {static_cast<Vertex>(pre_), rows_->targets[position_], rows_->weights[position_],
            rows_->delays.empty() ? Delay{1} : rows_->delays[position_]};
  }
  EdgeIterator& operator++() {
    ++position_;
    find_row();
    return *this;
  }
  EdgeIterator operator++(int) {
    EdgeIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const EdgeIterator& a, const EdgeIterator& b) { return a.position_ == b.position_; }

 private:
  void find_row() {
    while (position_ < rows_->targets.size() && position_ >= rows_->offsets[pre_ + 1]) ++pre_;
  }

  const CompressedRows<Weight, Vertex>* rows_ = nullptr;
  std::uint64_t position_ = 0;
  std::uint64_t pre_ = 0;
};

template <class Weight, class Vertex>
Graph(const EdgeList<Weight, Vertex>&, Duplicates = Duplicates::refuse) -> Graph<Weight, Vertex>;
template <class Derived>
Graph(const Eigen::SparseMatrixBase<Derived>&) -> Graph<typename Derived::Scalar>;
template <class Derived>
Graph(const Eigen::DenseBase<Derived>&) -> Graph<typename Derived::Scalar>;

}  // namespace spikeometric
