// SPDX-License-Identifier: BSD-3-Clause
//
// Fixed-point weights: sums over synapses are integers, so they have no order, and every backend, thread and rank finds
// the same ones.
//
//   sk::FixedPointGraph fixed{std::move(graph)};           // in place, 8 bytes a synapse
//   const double back = fixed.weight(synapse) * fixed.unit();        // within unit() / 2 of the weight given
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/graph.hpp"

namespace spikeometric {

/// A graph whose weights are w 2^k, rounded half to even to 32-bit integers, k being the largest integer that lets the
/// largest weight fit. The error is at most half of unit() = 2^-k, about 2^-31 of the largest weight; weights below
/// half a unit become 0.
///
/// With B the largest sum of |integer weights| onto one neuron, sums of count times weight stay within 2^53 for counts
/// up to count_limit() = min(2^31 - 1, floor(2^53 / B)): exact in 64-bit integers and in double precision alike.
template <class Vertex>
class FixedPointGraph {
 public:
  /// Converts in place where Weight is float. O(synapses). Throws InvalidGraph where B is above 2^53.
  template <class Weight>
  explicit FixedPointGraph(Graph<Weight, Vertex>&& graph) {
    auto [offsets, targets, weights] = std::move(graph).release();
    exponent_ = exponent_for(weights);
    const Power unit_inverse{exponent_};
    std::vector<float>& bits = storage(weights);
    std::vector<std::uint64_t> onto(offsets.size() - 1);
    for (std::size_t e = 0; e < targets.size(); ++e) {
      const auto fixed = static_cast<std::int32_t>(rounded(unit_inverse.times(weights[e])));
      bits[e] = std::bit_cast<float>(fixed);
      onto[targets[e]] += static_cast<std::uint64_t>(std::abs(static_cast<std::int64_t>(fixed)));
    }
    offsets_ = std::move(offsets);
    targets_ = std::move(targets);
    if (&bits != &bits_) bits_ = std::move(bits);
    const auto heaviest = std::max_element(onto.begin(), onto.end());
    largest_sum_ = *heaviest;
    if (largest_sum_ > exact_limit)
      throw InvalidGraph("the weights onto neuron " + std::to_string(heaviest - onto.begin()) +
                         " sum to more than 2^53 units of 2^" + std::to_string(-exponent_) +
                         ": sums over its synapses would not be exact");
  }

  std::uint64_t neurons() const { return offsets_.size() - 1; }
  std::uint64_t synapses() const { return targets_.size(); }
  const std::vector<std::uint64_t>& offsets() const { return offsets_; }
  const std::vector<Vertex>& targets() const { return targets_; }

  /// The integer weight of a synapse, -(2^31 - 1) to 2^31 - 1.
  std::int32_t weight(std::uint64_t synapse) const { return std::bit_cast<std::int32_t>(bits_[synapse]); }

  const float* weight_storage() const { return bits_.data(); }

  int exponent() const { return exponent_; }
  double unit() const { return std::ldexp(1.0, -exponent_); }
  std::uint64_t largest_sum() const { return largest_sum_; }

  std::uint64_t count_limit() const {
    constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
    return largest_sum_ == 0 ? most : std::min(most, exact_limit / largest_sum_);
  }

 private:
  static constexpr std::uint64_t exact_limit = std::uint64_t{1} << 53;

  /// Half to even, for |x| < 2^51.
  static double rounded(double x) { return (x + 0x1.8p52) - 0x1.8p52; }

  /// Multiplication by 2^exponent, in two factors, since 2^exponent alone may be out of range.
  struct Power {
    explicit Power(int exponent)
        : first(std::ldexp(1.0, exponent / 2)), second(std::ldexp(1.0, exponent - exponent / 2)) {}
    double times(double x) const { return x * first * second; }
    double first, second;
  };

  /// Where the integers go: in place of single-precision weights, beside double-precision ones.
  template <class Weight>
  std::vector<float>& storage(std::vector<Weight>& weights) {
    if constexpr (std::is_same_v<Weight, float>) {
      return weights;
    } else {
      bits_.resize(weights.size());
      return bits_;
    }
  }

  template <class Weight>
  static int exponent_for(const std::vector<Weight>& weights) {
    double largest = 0.0;
    for (const Weight weight : weights) largest = std::max(largest, std::abs(static_cast<double>(weight)));
    if (largest == 0.0) return 0;
    int exponent = 0;
    std::frexp(largest, &exponent);
    const int k = 31 - exponent;
    return rounded(Power{k}.times(largest)) <= std::numeric_limits<std::int32_t>::max() ? k : k - 1;
  }

  std::vector<std::uint64_t> offsets_;
  std::vector<Vertex> targets_;
  std::vector<float> bits_;  // integers, in the storage that held the weights
  int exponent_ = 0;
  std::uint64_t largest_sum_ = 0;
};

}  // namespace spikeometric
