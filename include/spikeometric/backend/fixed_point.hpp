// SPDX-License-Identifier: BSD-3-Clause
//
// Fixed-point weights: sums over synapses are integers, so they have no order, and every backend, thread and rank finds
// the same ones.
//
//   sk::FixedPointGraph fixed{std::move(graph)};           // in place, 8 bytes a synapse
//   const double back = fixed.weight(synapse) * fixed.unit();        // within unit() / 2 of the weight given
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/detail/huge_pages.hpp"
#include "spikeometric/detail/memory.hpp"
#include "spikeometric/graph/graph.hpp"

namespace spikeometric {

/// A graph whose weights are w 2^k, rounded half to even to 32-bit integers, k being the largest integer that lets the
/// largest weight fit. The error is at most half of unit() = 2^-k, about 2^-31 of the largest weight; weights below
/// half a unit become 0. Where a synapse has several weights, one for each basis function, all share k.
///
/// With B the largest sum of |integer weights| onto one neuron and basis function, sums of count times weight stay
/// within 2^53 for counts up to count_limit() = min(2^31 - 1, floor(2^53 / B)): exact in 64-bit integers and in double
/// precision alike.
template <class Vertex, std::size_t Bases = 1>
class FixedPointGraph {
  struct Arrays {
    detail::HostArray<std::uint64_t> offsets;
    detail::HostArray<Vertex> targets;
    detail::HostArray<std::int32_t> weights;
    detail::HostArray<Delay> delays;
  };

 public:
  /// Converts in place where weights are in single precision. O(synapses). Throws InvalidGraph where B is above 2^53.
  template <class Weight>
  explicit FixedPointGraph(Graph<Weight, Vertex>&& graph) {
    static_assert(Graph<Weight, Vertex>::bases == Bases);
    using Traits = detail::WeightTraits<Weight>;
    CompressedRows<Weight, Vertex> rows = std::move(graph).release();
    offsets_ = std::move(rows.offsets);
    targets_ = std::move(rows.targets);
    delays_ = std::move(rows.delays);
    exponent_ = exponent_for(rows.weights);
    const Power unit_inverse{exponent_};
    std::vector<std::uint64_t> onto(neurons() * Bases);
    const auto convert = [&](std::size_t e, std::size_t basis, double weight) {
      const auto fixed = static_cast<std::int32_t>(rounded(unit_inverse.times(weight)));
      onto[targets_[e] * Bases + basis] += static_cast<std::uint64_t>(std::abs(static_cast<std::int64_t>(fixed)));
      return fixed;
    };
    if constexpr (sizeof(Weight) == Bases * sizeof(std::int32_t)) {
      weights_ = detail::HostArray<std::int32_t>::in_place_of(std::move(rows.weights));
      for (std::size_t i = 0; i < weights_.size(); ++i) {
        float weight;
        std::memcpy(&weight, weights_.data() + i, sizeof weight);
        new (weights_.data() + i) std::int32_t(convert(i / Bases, i % Bases, weight));
      }
    } else {
      std::vector<std::int32_t> integers;
      integers.reserve(synapses() * Bases);
      for (std::size_t e = 0; e < synapses(); ++e)
        for (std::size_t basis = 0; basis < Bases; ++basis)
          integers.push_back(convert(e, basis, static_cast<double>(Traits::at(std::as_const(rows.weights[e]), basis))));
      weights_ = detail::HostArray<std::int32_t>(std::move(integers));
    }
    const auto heaviest = std::max_element(onto.begin(), onto.end());
    largest_sum_ = *heaviest;
    if (largest_sum_ > exact_limit)
      throw InvalidGraph("the weights onto neuron " +
                         std::to_string((heaviest - onto.begin()) / static_cast<std::ptrdiff_t>(Bases)) +
                         " sum to more than 2^53 units of 2^" + std::to_string(-exponent_) +
                         ": sums over its synapses would not be exact");
  }

  std::uint64_t neurons() const { return offsets_.size() - 1; }
  std::uint64_t synapses() const { return targets_.size(); }
  const std::vector<std::uint64_t>& offsets() const { return offsets_; }
  const std::vector<Vertex>& targets() const { return targets_; }

  /// Empty where each is 1.
  const std::vector<Delay>& delays() const { return delays_; }
  Delay max_delay() const { return delays_.empty() ? Delay{1} : *std::max_element(delays_.begin(), delays_.end()); }

  /// The integer weight of a synapse, -(2^31 - 1) to 2^31 - 1.
  std::int32_t weight(std::uint64_t synapse, std::size_t basis = 0) const { return weights_[synapse * Bases + basis]; }

  int exponent() const { return exponent_; }
  double unit() const { return std::ldexp(1.0, -exponent_); }
  std::uint64_t largest_sum() const { return largest_sum_; }

  std::uint64_t count_limit() const {
    constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
    return largest_sum_ == 0 ? most : std::min(most, exact_limit / largest_sum_);
  }

  /// For rows read at random. See detail/huge_pages.hpp.
  void use_huge_pages() const {
    detail::use_huge_pages(std::span(offsets_));
    detail::use_huge_pages(std::span(targets_));
    detail::use_huge_pages(std::span(weights_.data(), weights_.size()));
    detail::use_huge_pages(std::span(delays_));
  }

  /// Hands over what it is made of.
  Arrays release() && {
    return {detail::HostArray<std::uint64_t>(std::move(offsets_)), detail::HostArray<Vertex>(std::move(targets_)),
            std::move(weights_), detail::HostArray<Delay>(std::move(delays_))};
  }

  /// Reorders each row by group_of(target), synapses of a group staying in order. O(synapses log degree).
  template <class GroupOf>
  void group_rows(GroupOf&& group_of) {
    std::vector<std::uint64_t> order;
    for (std::uint64_t pre = 0; pre < neurons(); ++pre) {
      const std::uint64_t first = offsets_[pre];
      order.resize(static_cast<std::size_t>(offsets_[pre + 1] - first));
      std::iota(order.begin(), order.end(), first);
      std::stable_sort(order.begin(), order.end(),
                       [&](std::uint64_t a, std::uint64_t b) { return group_of(targets_[a]) < group_of(targets_[b]); });
      reorder<1>(targets_.data(), first, order);
      reorder<Bases>(weights_.data(), first, order);
      if (!delays_.empty()) reorder<1>(delays_.data(), first, order);
    }
  }

 private:
  static constexpr std::uint64_t exact_limit = std::uint64_t{1} << 53;

  template <std::size_t Width, class Value>
  static void reorder(Value* values, std::uint64_t first, const std::vector<std::uint64_t>& order) {
    std::vector<Value> row;
    row.reserve(order.size() * Width);
    for (const std::uint64_t from : order) row.insert(row.end(), values + from * Width, values + (from + 1) * Width);
    std::copy(row.begin(), row.end(), values + first * Width);
  }

  /// Half to even, for |x| < 2^51.
  static double rounded(double x) { return (x + 0x1.8p52) - 0x1.8p52; }

  /// Multiplication by 2^exponent, in two factors, since 2^exponent alone may be out of range.
  struct Power {
    explicit Power(int exponent)
        : first(std::ldexp(1.0, exponent / 2)), second(std::ldexp(1.0, exponent - exponent / 2)) {}
    double times(double x) const { return x * first * second; }
    double first, second;
  };

  template <class Weight>
  static int exponent_for(const std::vector<Weight>& weights) {
    double largest = 0.0;
    for (const Weight& weight : weights)
      for (std::size_t basis = 0; basis < Bases; ++basis)
        largest = std::max(largest, std::abs(static_cast<double>(detail::WeightTraits<Weight>::at(weight, basis))));
    if (largest == 0.0) return 0;
    int exponent = 0;
    std::frexp(largest, &exponent);
    const int k = 31 - exponent;
    return rounded(Power{k}.times(largest)) <= std::numeric_limits<std::int32_t>::max() ? k : k - 1;
  }

  std::vector<std::uint64_t> offsets_;
  std::vector<Vertex> targets_;
  std::vector<Delay> delays_;
  detail::HostArray<std::int32_t> weights_;  // [synapse][basis], where the given ones were if they are as wide
  int exponent_ = 0;
  std::uint64_t largest_sum_ = 0;
};

template <class Weight, class Vertex>
FixedPointGraph(Graph<Weight, Vertex>&&) -> FixedPointGraph<Vertex, Graph<Weight, Vertex>::bases>;

namespace detail {

/// The largest count of a neuron in a step: 1 for binary models, else what keeps sums exact. Throws InvalidGraph where
/// sums may be more than single precision holds.
template <class Model, class Vertex, std::size_t Bases>
std::int64_t count_limit_of(const FixedPointGraph<Vertex, Bases>& graph) {
  const auto limit = Model::binary ? 1 : static_cast<std::int64_t>(graph.count_limit());
  const double most = static_cast<double>(graph.largest_sum()) * graph.unit() * static_cast<double>(limit);
  if (most > std::numeric_limits<float>::max())
    throw InvalidGraph("sums over synapses may reach " + to_text(most) + ", more than single precision holds");
  return limit;
}

}  // namespace detail

}  // namespace spikeometric
