// SPDX-License-Identifier: BSD-3-Clause
//
// Filters a block of consecutive neurons at once, if that is faster than neuron by neuron: a Fir lag by lag, a Basis
// function by function.
//
//   using Blocks = sk::detail::BlockFilter<sk::detail::KernelOf<sk::Fir>>;
//   if constexpr (Blocks::exists) Blocks::apply(filter, x, states, size, sums, past);
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/step/clock.hpp"

namespace spikeometric::detail {

/// The largest number of neurons that a thread of the CPU updates at a time.
inline constexpr std::size_t block_size = 256;

template <class FilterKernel>
inline constexpr bool is_fir = std::is_same_v<FilterKernel, KernelOf<Fir>>;

/// Computes x(t) of `size` neurons for one of Stride basis functions, bit-identical to the filter applied neuron by
/// neuron. The sums s(t) of neighbouring neurons are Stride apart; `past` belongs to the first neuron.
template <class FilterKernel>
struct BlockFilter {
  using Value = float;
  static constexpr bool exists = false;

  template <std::size_t Stride, class Number>
  static void apply(const FilterKernel& filter, Number* x, typename FilterKernel::State* states, std::size_t size,
                    const float* sums, const RingPast<Stride>& past, std::size_t basis) {
    for (std::size_t i = 0; i < size; ++i) {
      const RingPast<Stride> of_neuron{past.ring, past.stride, past.row, past.rows, past.neuron + i};
      x[i] = filter(states[i], sums[i * Stride], PastOf<RingPast<Stride>>{of_neuron, basis});
    }
  }
};

template <class FilterKernel>
requires is_fir<FilterKernel>
struct BlockFilter<FilterKernel> {
  using Value = float;
  static constexpr bool exists = true;

  template <std::size_t Stride>
  static void apply(const FilterKernel& filter, float* x, typename FilterKernel::State*, std::size_t size,
                    const float* sums, const RingPast<Stride>& past, std::size_t basis = 0) {
    for (std::size_t i = 0; i < size; ++i) x[i] = mul(filter.coefficients[0], sums[i * Stride]);
    for (std::uint32_t lag = 1; lag < filter.length; ++lag) {
      const float tap = filter.coefficients[lag];
      const float* const row = past.address(lag) + basis;
      for (std::size_t i = 0; i < size; ++i) x[i] = x[i] + mul(tap, row[i * Stride]);
    }
  }
};

template <class FunctionKernel, std::size_t M>
struct BlockFilter<BasisKernel<FunctionKernel, M>> {
  using Kernel = BasisKernel<FunctionKernel, M>;
  using Value = std::remove_cvref_t<
      std::invoke_result_t<const FunctionKernel&, typename FunctionKernel::State&, float, PastOf<RingPast<M>>>>;
  static constexpr bool exists = true;

  /// Copies the states of each function to contiguous memory and back.
  static void apply(const Kernel& filter, Value* x, typename Kernel::State* states, std::size_t size, const float* sums,
                    const RingPast<M>& past) {
    typename FunctionKernel::State own[block_size];
    Value more[block_size];
    for (std::size_t m = 0; m < M; ++m) {
      for (std::size_t i = 0; i < size; ++i) own[i] = states[i].of[m];
      BlockFilter<FunctionKernel>::apply(filter.functions[m], m == 0 ? x : more, own, size, sums + m, past, m);
      for (std::size_t i = 0; i < size; ++i) states[i].of[m] = own[i];
      if (m > 0)
        for (std::size_t i = 0; i < size; ++i) x[i] = x[i] + more[i];
    }
  }
};

}  // namespace spikeometric::detail
