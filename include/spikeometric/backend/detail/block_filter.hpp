// SPDX-License-Identifier: BSD-3-Clause
//
// Filters of consecutive neurons at once, lag by lag, where that is faster than neuron by neuron: of a Fir, which has
// no state and is a long sum.
//
//   using BlockFilter = sk::detail::BlockFilter<sk::Fir::Kernel>;
//   if constexpr (BlockFilter::exists) BlockFilter::apply(filter, x, size, sums, row);
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/model/filter.hpp"

namespace spikeometric::detail {

template <class FilterKernel>
inline constexpr bool is_fir = std::is_same_v<FilterKernel, Fir::Kernel>;

/// Of any filter there is none.
template <class FilterKernel>
struct BlockFilter {
  static constexpr bool exists = false;
};

template <class FilterKernel>
requires is_fir<FilterKernel>
struct BlockFilter<FilterKernel> {
  static constexpr bool exists = true;

  /// x(t) of `size` neurons, as the filter gives it, from sums s(t) that lie Stride apart; row(lag) points at the first
  /// neuron's sum `lag` steps ago.
  template <std::size_t Stride = 1, class PastRow>
  static void apply(const FilterKernel& filter, float* x, std::size_t size, const float* sums, const PastRow& row) {
    for (std::size_t i = 0; i < size; ++i) x[i] = mul(filter.coefficients[0], sums[i * Stride]);
    for (std::uint32_t lag = 1; lag < filter.length; ++lag) {
      const float tap = filter.coefficients[lag];
      const float* const past = row(lag);
      for (std::size_t i = 0; i < size; ++i) x[i] = x[i] + mul(tap, past[i * Stride]);
    }
  }
};

template <class FunctionKernel, std::size_t M>
requires is_fir<FunctionKernel>
struct BlockFilter<BasisKernel<FunctionKernel, M>> {
  static constexpr bool exists = true;

  /// M sums of each neuron lie side by side.
  template <class PastRow>
  static void apply(const BasisKernel<FunctionKernel, M>& filter, float* x, std::size_t size, const float* sums,
                    const PastRow& row) {
    using Function = BlockFilter<FunctionKernel>;
    Function::template apply<M>(filter.functions[0], x, size, sums, row);
    float more[256];
    for (std::size_t m = 1; m < M; ++m)
      for (std::size_t first = 0; first < size; first += 256) {
        const std::size_t length = size - first < 256 ? size - first : 256;
        Function::template apply<M>(filter.functions[m], more, length, sums + first * M + m,
                                    [&](std::uint32_t lag) { return row(lag) + first * M + m; });
        for (std::size_t i = 0; i < length; ++i) x[first + i] = x[first + i] + more[i];
      }
  }
};

}  // namespace spikeometric::detail
