// SPDX-License-Identifier: BSD-3-Clause
//
// What a kernel is written in: qualifiers, barriers, exchanges in a warp, intrinsics and atomics. One thread runs at
// a time, so that an atomic is a plain operation. Types are exactly those of CUDA, for nvcc takes no others either.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "multiprocessor.hpp"

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))

// --- barriers and warps ----------------------------------------------------------------------------------------------

inline void __syncthreads() { on_host::multiprocessor().wait_for_block(); }

inline void __syncwarp(unsigned mask = 0xffffffff) {
  on_host::multiprocessor().exchange(on_host::Exchange::barrier, mask, 0);
}

inline unsigned __ballot_sync(unsigned mask, int predicate) {
  return static_cast<unsigned>(
      on_host::multiprocessor().exchange(on_host::Exchange::ballot, mask, predicate != 0 ? 1 : 0));
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate == 0) == 0; }

inline unsigned __reduce_add_sync(unsigned mask, unsigned value) {
  return static_cast<unsigned>(on_host::multiprocessor().exchange(on_host::Exchange::sum, mask, value));
}

namespace on_host {

template <class T>
concept Shuffled = std::is_arithmetic_v<T> &&(sizeof(T) == 4 || sizeof(T) == 8);

/// The value of a lane, in groups of `width` lanes of which `first` begins the caller's own.
template <Shuffled T, class Source>
T shuffle(unsigned mask, T value, int width, Source source) {
  const std::uint32_t lane = multiprocessor().lane(), first = lane & ~(static_cast<unsigned>(width) - 1);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = multiprocessor().exchange(Exchange::shuffle, mask, bits, source(lane, first));
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace on_host

template <on_host::Shuffled T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize) {
  return on_host::shuffle(mask, value, width, [&](unsigned, unsigned first) {
    return first + (static_cast<unsigned>(source) & (static_cast<unsigned>(width) - 1));
  });
}
template <on_host::Shuffled T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize) {
  return on_host::shuffle(mask, value, width,
                          [&](unsigned lane, unsigned first) { return lane - first < delta ? lane : lane - delta; });
}
template <on_host::Shuffled T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize) {
  return on_host::shuffle(mask, value, width, [&](unsigned lane, unsigned first) {
    return lane - first + delta < static_cast<unsigned>(width) ? lane + delta : lane;
  });
}
template <on_host::Shuffled T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = warpSize) {
  return on_host::shuffle(mask, value, width, [&](unsigned lane, unsigned first) {
    const unsigned other = lane ^ static_cast<unsigned>(lane_mask);
    return other < first + static_cast<unsigned>(width) ? other : lane;
  });
}

// --- intrinsics ------------------------------------------------------------------------------------------------------

inline int __popc(unsigned x) { return std::popcount(x); }
inline int __popcll(unsigned long long x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }
inline int __clzll(long long x) { return std::countl_zero(static_cast<unsigned long long>(x)); }
inline int __ffs(int x) { return x == 0 ? 0 : std::countr_zero(static_cast<unsigned>(x)) + 1; }
inline int __ffsll(long long x) { return x == 0 ? 0 : std::countr_zero(static_cast<unsigned long long>(x)) + 1; }

template <class T>
T __ldg(const T* address) {
  return *address;
}

inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __threadfence_system() {}

// --- atomics ---------------------------------------------------------------------------------------------------------

namespace on_host {

template <class T, class... Types>
concept OneOf = (std::same_as<T, Types> || ...);

template <class T>
concept Atomic = OneOf<T, int, unsigned, unsigned long long>;

template <class T, class Update>
T replace(T* address, Update update) {
  const T old = *address;
  *address = update(old);
  return old;
}

}  // namespace on_host

template <on_host::OneOf<int, unsigned, unsigned long long, float, double> T>
T atomicAdd(T* address, std::type_identity_t<T> value) {
  return on_host::replace(address, [&](T old) {
    if constexpr (std::is_floating_point_v<T>)
      return old + value;
    else  // wraps around
      return static_cast<T>(static_cast<std::make_unsigned_t<T>>(old) + static_cast<std::make_unsigned_t<T>>(value));
  });
}
template <on_host::OneOf<int, unsigned, unsigned long long, long long> T>
T atomicMin(T* address, std::type_identity_t<T> value) {
  return on_host::replace(address, [&](T old) { return value < old ? value : old; });
}
template <on_host::OneOf<int, unsigned, unsigned long long, long long> T>
T atomicMax(T* address, std::type_identity_t<T> value) {
  return on_host::replace(address, [&](T old) { return value > old ? value : old; });
}
template <on_host::Atomic T>
T atomicOr(T* address, std::type_identity_t<T> value) {
  return on_host::replace(address, [&](T old) { return old | value; });
}
template <on_host::Atomic T>
T atomicAnd(T* address, std::type_identity_t<T> value) {
  return on_host::replace(address, [&](T old) { return old & value; });
}
template <on_host::OneOf<int, unsigned, unsigned long long, float> T>
T atomicExch(T* address, std::type_identity_t<T> value) {
  return on_host::replace(address, [&](T) { return value; });
}
template <on_host::Atomic T>
T atomicCAS(T* address, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
  return on_host::replace(address, [&](T old) { return old == expected ? value : old; });
}
