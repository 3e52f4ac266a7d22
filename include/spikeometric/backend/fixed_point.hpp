// SPDX-License-Identifier: BSD-3-Clause
//
// Fixed-point weights. Sums over synapses are integers, so they do not depend on the order of addition, and every
// backend, thread and rank computes the same sums.
//
//   sk::detail::FixedPointGraph fixed{std::move(graph)};   // in place, 8 bytes a synapse
//   const double back = fixed.weight(synapse) * fixed.unit(target);  // within unit(target) / 2 of the original weight
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/detail/memory.hpp"
#include "spikeometric/detail/threads.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::detail {

/// A graph whose weights w are stored as w 2^k, rounded half to even to 32-bit integers. Each postsynaptic neuron i has
/// its own k, the largest integer for which all weights onto it fit into 32 bits and B_i is at most 2^40. B_i is the
/// sum of the absolute values of its integer weights, the maximum over basis functions. k = 0 for neurons without
/// weights. So large weights onto one neuron do not affect the precision of the weights onto another. Weights below
/// 2^-100 in size become 0.
///
/// Sums of count times weight are at most 2^53 in size, and thus exact in 64-bit integers and in double precision, for
/// counts up to count_limit() = min(2^31 - 1, min_i floor(2^53 / B_i)), which is at least 8192.
template <class Vertex, std::size_t Bases = 1>
class FixedPointGraph {
  struct Arrays {
    HostArray<std::uint64_t> offsets;
    HostArray<Vertex> targets;
    HostArray<std::int32_t> weights;
    HostArray<Delay> delays;
    std::vector<std::int16_t> exponents;
  };

 public:
  /// Converts weights in single precision in place, on several threads. O(synapses). Throws InvalidGraph for a weight
  /// whose rounding error exceeds both 1e-3 of its size and 1e-3 of the lower quartile of the sizes of the nonzero
  /// weights onto its neuron.
  template <class Weight>
  explicit FixedPointGraph(Graph<Weight, Vertex>&& graph, int thread_count = 1) {
    static_assert(Graph<Weight, Vertex>::bases == Bases);
    using Traits = WeightTraits<Weight>;
    Threads threads(thread_count);
    CompressedRows<Weight, Vertex> rows = std::move(graph).release();
    offsets_ = std::move(rows.offsets);
    targets_ = std::move(rows.targets);
    delays_ = std::move(rows.delays);
    const auto weight_at = [&](std::size_t i) {  // [synapse][basis]
      return static_cast<double>(Traits::at(std::as_const(rows.weights[i / Bases]), i % Bases));
    };
    require_none_vanishes(choose_exponents(weight_at, threads), weight_at);
    const std::size_t portions = portions_for(threads);
    if constexpr (sizeof(Weight) == Bases * sizeof(std::int32_t)) {
      weights_ = HostArray<std::int32_t>::in_place_of(std::move(rows.weights));
      share_weights(threads, portions, [&](std::size_t, std::size_t first, std::size_t end) {
        for (std::size_t i = first; i < end; ++i) {
          float weight;
          std::memcpy(&weight, weights_.data() + i, sizeof weight);
          new (weights_.data() + i) std::int32_t(fixed(weight, exponents_[targets_[i / Bases]]));
        }
      });
    } else {
      weights_ = HostArray<std::int32_t>(std::vector<std::int32_t>(synapses() * Bases));
      share_weights(threads, portions, [&](std::size_t, std::size_t first, std::size_t end) {
        for (std::size_t i = first; i < end; ++i) weights_[i] = fixed(weight_at(i), exponents_[targets_[i / Bases]]);
      });
    }
  }

  std::uint64_t neurons() const { return offsets_.size() - 1; }
  std::uint64_t synapses() const { return targets_.size(); }
  const std::vector<std::uint64_t>& offsets() const { return offsets_; }
  const std::vector<Vertex>& targets() const { return targets_; }

  /// Empty if all delays are 1.
  const std::vector<Delay>& delays() const { return delays_; }
  Delay max_delay() const { return delays_.empty() ? Delay{1} : *std::max_element(delays_.begin(), delays_.end()); }

  /// The integer weight of a synapse, -(2^31 - 1) to 2^31 - 1.
  std::int32_t weight(std::uint64_t synapse, std::size_t basis = 0) const { return weights_[synapse * Bases + basis]; }

  /// k of each neuron; unit(neuron) = 2^-k.
  const std::vector<std::int16_t>& exponents() const { return exponents_; }
  double unit(std::uint64_t neuron) const { return std::ldexp(1.0, -exponents_[neuron]); }

  /// largest_sum() = max_i B_i; largest_input() is the largest sum of the sizes of the weights onto a neuron, max_i B_i
  /// unit(i).
  std::uint64_t largest_sum() const { return largest_sum_; }
  double largest_input() const { return largest_input_; }

  std::uint64_t count_limit() const {
    constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
    return largest_sum_ == 0 ? most : std::min(most, exact_limit / largest_sum_);
  }

  /// Returns the arrays; the graph is then empty.
  Arrays release() && {
    return {HostArray<std::uint64_t>(std::move(offsets_)), HostArray<Vertex>(std::move(targets_)), std::move(weights_),
            HostArray<Delay>(std::move(delays_)), std::move(exponents_)};
  }

  /// Sorts each row by group_of(target), 0 to groups - 1, stably. O(synapses + rows x groups), in parallel.
  template <class GroupOf>
  void group_rows(std::size_t groups, GroupOf&& group_of, Threads& threads) {
    constexpr std::uint64_t rows = 256;
    for_each_portion(threads, (neurons() + rows - 1) / rows, [&](std::size_t portion) {
      std::vector<std::uint64_t> order, next;
      for (std::uint64_t pre = portion * rows; pre < std::min(neurons(), (portion + 1) * rows); ++pre) {
        const std::uint64_t first = offsets_[pre], end = offsets_[pre + 1];
        next.assign(groups + 1, 0);
        for (std::uint64_t e = first; e < end; ++e) ++next[group_of(targets_[e]) + std::size_t{1}];
        for (std::size_t group = 0; group < groups; ++group) next[group + 1] += next[group];
        order.resize(end - first);
        for (std::uint64_t e = first; e < end; ++e) order[next[group_of(targets_[e])]++] = e;
        reorder<1>(targets_.data(), first, order);
        reorder<Bases>(weights_.data(), first, order);
        if (!delays_.empty()) reorder<1>(delays_.data(), first, order);
      }
    });
  }

 private:
  static constexpr std::uint64_t exact_limit = std::uint64_t{1} << 53;

  template <std::size_t Width, class Value>
  static void reorder(Value* values, std::uint64_t first, const std::vector<std::uint64_t>& order) {
    const std::vector<Value> row(values + first * Width, values + (first + order.size()) * Width);
    for (std::size_t i = 0; i < order.size(); ++i)
      std::copy_n(row.data() + (order[i] - first) * Width, Width, values + (first + i) * Width);
  }

  static constexpr double smallest_weight = 0x1p-100;
  static constexpr double max_rounding = 1e-3;  // relative to the weight, and to the lower quartile
  static constexpr std::uint64_t max_sum = std::uint64_t{1} << 40;

  /// x rounded half to even, for |x| < 2^51.
  static double rounded(double x) { return (x + 0x1.8p52) - 0x1.8p52; }

  /// x 2^exponent. It multiplies by two factors, since 2^exponent alone may overflow.
  static double scaled(double x, int exponent) {
    const auto power = [](int n) { return std::bit_cast<double>(static_cast<std::uint64_t>(1023 + n) << 52); };
    return x * power(exponent / 2) * power(exponent - exponent / 2);
  }

  static std::int32_t fixed(double weight, int exponent) {
    return std::abs(weight) < smallest_weight ? 0 : static_cast<std::int32_t>(rounded(scaled(weight, exponent)));
  }

  /// The rounding error of a weight.
  static double lost(double weight, int exponent) {
    return std::abs(scaled(fixed(weight, exponent), -exponent) - weight);
  }

  /// The largest exponent for which a weight of this size fits into 32 bits.
  static int exponent_for(double largest) {
    if (!(largest >= smallest_weight)) return 0;
    int exponent = 0;
    std::frexp(largest, &exponent);
    const int k = 31 - exponent;
    return rounded(scaled(largest, k)) <= std::numeric_limits<std::int32_t>::max() ? k : k - 1;
  }

  /// Portions of work, so few that a thread is worth its start.
  std::size_t portions_for(const Threads& threads) const {
    return std::clamp<std::size_t>(synapses() * Bases >> 14, 1, threads.size());
  }

  /// Calls work(portion, first, end) for the weights first to end - 1 of each portion.
  template <class Work>
  void share_weights(Threads& threads, std::size_t portions, const Work& work) const {
    const std::size_t weights = synapses() * Bases;
    for_each_portion(threads, portions, [&](std::size_t portion) {
      work(portion, weights * portion / portions, weights * (portion + 1) / portions);
    });
  }

  /// Returns 1 for each neuron with weights that may vanish. O(synapses), in at most five passes. Each portion has sums
  /// of its own, which need less memory than the synapses and little time to be added.
  template <class WeightAt>
  std::vector<std::uint8_t> choose_exponents(const WeightAt& weight_at, Threads& threads) {
    struct Sums {  // for each neuron
      std::vector<double> largest;
      std::vector<std::uint64_t> sums;  // [neuron][basis]
      std::vector<std::uint8_t> suspicious;
    };
    const std::size_t size = neurons();
    const std::size_t portions =
        std::clamp<std::size_t>(synapses() / (16 * std::max<std::size_t>(size, 1)), 1, portions_for(threads));
    std::vector<Sums> all(portions);
    share_weights(threads, portions, [&](std::size_t portion, std::size_t first, std::size_t end) {
      all[portion] = {std::vector<double>(size), std::vector<std::uint64_t>(size * Bases),
                      std::vector<std::uint8_t>(size)};
      std::vector<double>& largest = all[portion].largest;
      for (std::size_t i = first; i < end; ++i) {
        double& of_neuron = largest[targets_[i / Bases]];
        of_neuron = std::max(of_neuron, std::abs(weight_at(i)));
      }
    });
    auto& [largest, sums, suspicious] = all[0];
    for (const Sums& each : all)
      for (std::size_t neuron = 0; neuron < size; ++neuron)
        largest[neuron] = std::max(largest[neuron], each.largest[neuron]);
    exponents_.resize(size);
    std::transform(largest.begin(), largest.end(), exponents_.begin(), exponent_for);
    std::vector<std::uint8_t> open(size, 1);
    for (bool any = true; any;) {
      share_weights(threads, portions, [&](std::size_t portion, std::size_t first, std::size_t end) {
        Sums& own = all[portion];
        for (std::size_t i = first; i < end; ++i) {
          const Vertex target = targets_[i / Bases];
          if (open[target] == 0) continue;
          const double weight = weight_at(i);
          const std::int32_t integer = fixed(weight, exponents_[target]);
          own.sums[target * Bases + i % Bases] += static_cast<std::uint64_t>(std::abs(std::int64_t{integer}));
          if (integer >= -500 && integer <= 500 && lost(weight, exponents_[target]) > max_rounding * std::abs(weight))
            own.suspicious[target] = 1;  // larger integers have smaller errors
        }
      });
      for (std::size_t portion = 1; portion < portions; ++portion) {
        for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += std::exchange(all[portion].sums[i], 0);
        for (std::size_t neuron = 0; neuron < size; ++neuron)
          suspicious[neuron] |= std::exchange(all[portion].suspicious[neuron], 0);
      }
      any = false;
      for (std::size_t neuron = 0; neuron < size; ++neuron) {
        if (open[neuron] == 0) continue;
        std::uint64_t* const of_neuron = sums.data() + neuron * Bases;
        const std::uint64_t sum = *std::max_element(of_neuron, of_neuron + Bases);
        open[neuron] = sum > max_sum;
        if (open[neuron] != 0) {  // one less than ceil(log2(sum / 2^40)) may be enough
          exponents_[neuron] = static_cast<std::int16_t>(
              exponents_[neuron] - std::max(static_cast<int>(std::bit_width(sum / max_sum)) - 1, 1));
          std::fill_n(of_neuron, Bases, 0u);
          suspicious[neuron] = 0;
          any = true;
        } else {
          largest_sum_ = std::max(largest_sum_, sum);
          largest_input_ = std::max(largest_input_, scaled(static_cast<double>(sum), -exponents_[neuron]));
        }
      }
    }
    return std::move(suspicious);
  }

  template <class WeightAt>
  void require_none_vanishes(const std::vector<std::uint8_t>& suspicious, const WeightAt& weight_at) const {
    if (std::find(suspicious.begin(), suspicious.end(), 1) == suspicious.end()) return;
    const std::size_t weights = synapses() * Bases;
    std::vector<std::vector<double>> sizes(neurons());  // of the nonzero weights onto suspicious neurons
    for (std::size_t i = 0; i < weights; ++i)
      if (const double size = std::abs(weight_at(i)); suspicious[targets_[i / Bases]] != 0 && size > 0.0)
        sizes[targets_[i / Bases]].push_back(size);
    std::vector<double> quartiles(neurons());
    for (std::uint64_t neuron = 0; neuron < neurons(); ++neuron)
      if (std::vector<double>& all = sizes[neuron]; !all.empty()) {
        const auto quartile = all.begin() + static_cast<std::ptrdiff_t>((all.size() - 1) / 4);
        std::nth_element(all.begin(), quartile, all.end());
        quartiles[neuron] = *quartile;
      }
    for (std::size_t i = 0; i < weights; ++i) {
      const Vertex target = targets_[i / Bases];
      const double weight = weight_at(i);
      if (suspicious[target] != 0 &&
          lost(weight, exponents_[target]) > max_rounding * std::max(std::abs(weight), quartiles[target]))
        refuse(i, weight_at);
    }
  }

  template <class WeightAt>
  [[noreturn]] void refuse(std::size_t small, const WeightAt& weight_at) const {
    const Vertex target = targets_[small / Bases];
    std::size_t large = small;
    for (std::size_t i = 0; i < synapses() * Bases; ++i)
      if (targets_[i / Bases] == target && std::abs(weight_at(i)) > std::abs(weight_at(large))) large = i;
    const auto named = [&](std::size_t i) {
      const auto pre = std::upper_bound(offsets_.begin(), offsets_.end(), i / Bases) - offsets_.begin() - 1;
      return "the weight " + to_text(weight_at(i)) + " from neuron " + std::to_string(pre);
    };
    const std::string text = named(small) + " to neuron " + std::to_string(target) + " would vanish in rounding";
    if (std::abs(weight_at(small)) < smallest_weight)
      throw InvalidGraph(text + ": use 0, or a size of at least 2^-100");
    throw InvalidGraph(
        text + " because of " + named(large) +
        ": the weights onto a neuron may differ in size by at most a factor of 4e6, or less if there are many");
  }

  std::vector<std::uint64_t> offsets_;
  std::vector<Vertex> targets_;
  std::vector<Delay> delays_;
  HostArray<std::int32_t> weights_;      // [synapse][basis], in the memory of 32-bit floats if given
  std::vector<std::int16_t> exponents_;  // of each neuron
  std::uint64_t largest_sum_ = 0;
  double largest_input_ = 0.0;
};

template <class Weight, class Vertex>
FixedPointGraph(Graph<Weight, Vertex>&&, int = 1) -> FixedPointGraph<Vertex, Graph<Weight, Vertex>::bases>;

/// The largest count of a neuron in a step: 1 in a binary model, else the largest that keeps sums exact. Throws
/// InvalidGraph if sums may exceed the maximum of single precision.
template <class Model, class Vertex, std::size_t Bases>
std::int64_t count_limit_of(const FixedPointGraph<Vertex, Bases>& graph) {
  const auto limit = Model::binary ? 1 : static_cast<std::int64_t>(graph.count_limit());
  const double most = graph.largest_input() * static_cast<double>(limit);
  if (most > std::numeric_limits<float>::max())
    throw InvalidGraph("sums over synapses may reach " + to_text(most) +
                       ", more than the maximum of single precision: use smaller weights");
  return limit;
}

}  // namespace spikeometric::detail
