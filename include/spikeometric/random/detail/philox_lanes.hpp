// SPDX-License-Identifier: BSD-3-Clause
//
// Philox of many consecutive counters at once, which is the largest cost of the draws for a block of neurons. Vectors
// and loops give the same bits.
#pragma once

#include <Random123/philox.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

// Of several functions of the same name, the linker keeps one, but these depend on the options of each translation
// unit. So their namespace is named after the instruction set. nvcc uses loops, since its front end may not know
// vectors.
#if !defined(__GNUC__) || !defined(__SSE2__) || defined(__CUDACC__)
#define SPIKEOMETRIC_PHILOX philox_in_loops
#else
#include <immintrin.h>
#if defined(__AVX512F__)
#define SPIKEOMETRIC_PHILOX philox_in_avx512
#elif defined(__AVX2__)
#define SPIKEOMETRIC_PHILOX philox_in_avx2
#else
#define SPIKEOMETRIC_PHILOX philox_in_sse2
#endif
#define SPIKEOMETRIC_PHILOX_IN_VECTORS
#endif

namespace spikeometric::detail {

/// Buffers are filled in multiples of 32 evaluations of Philox.
inline constexpr std::size_t philox_lanes = 32;

using PhiloxCounter = r123::Philox4x32::ctr_type;

/// halves[8 k], ..., halves[8 k + 7] are the words of Philox(first + k), lower half first, for k < 32. The counter
/// first + k adds k to word 0.
inline void philox_halves_in_loops(const PhiloxCounter& first, std::uint64_t key, std::uint16_t* halves) {
  const r123::Philox4x32::key_type words = {{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}};
  std::uint32_t bits[4][philox_lanes];
  for (std::size_t lane = 0; lane < philox_lanes; ++lane) {
    PhiloxCounter counter = first;
    counter[0] += static_cast<std::uint32_t>(lane);
    const PhiloxCounter block = r123::Philox4x32{}(counter, words);
    for (std::size_t word = 0; word < 4; ++word) bits[word][lane] = block[word];
  }
  std::uint32_t joined[4 * philox_lanes];
  for (std::size_t lane = 0; lane < philox_lanes; ++lane)
    for (std::size_t word = 0; word < 4; ++word) joined[4 * lane + word] = bits[word][lane];
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(halves, joined, sizeof joined);
  } else {
    for (std::size_t i = 0; i < 8 * philox_lanes; ++i)
      halves[i] = static_cast<std::uint16_t>(joined[i / 2] >> (i % 2 * 16));
  }
}

inline namespace SPIKEOMETRIC_PHILOX {

#if defined(SPIKEOMETRIC_PHILOX_IN_VECTORS)

/// The same in vectors of 64-bit lanes, with a word of a counter in the low half of each lane. The high halves do not
/// matter: the instruction for products of 32-bit numbers, which compilers do not generate, reads only the low halves.
struct PhiloxVectors {
#if defined(__AVX512F__)
  static constexpr std::size_t bytes = 64;
#elif defined(__AVX2__)
  static constexpr std::size_t bytes = 32;
#else
  static constexpr std::size_t bytes = 16;
#endif
  using Vector [[gnu::vector_size(bytes)]] = unsigned long long;
  static constexpr std::size_t lanes = bytes / 8;
  static constexpr std::size_t chains = 4;  // in parallel, to hide the latency of products

  static Vector product(Vector a, Vector b) {
#if defined(__AVX512F__)
    // Without the mask, which costs nothing, g++ 12 warns of its own header.
    return Vector(_mm512_maskz_mul_epu32(0xFF, __m512i(a), __m512i(b)));
#elif defined(__AVX2__)
    return Vector(_mm256_mul_epu32(__m256i(a), __m256i(b)));
#else
    return Vector(_mm_mul_epu32(__m128i(a), __m128i(b)));
#endif
  }

  static Vector all(std::uint64_t value) { return Vector{} + value; }

  /// a[From], b[From], a[From + 1], b[From + 1], ...
  template <std::size_t From, std::size_t... I>
  static Vector interleaved(Vector a, Vector b, std::index_sequence<I...>) {
#if defined(__clang__)
    return __builtin_shufflevector(a, b, static_cast<int>(From + I / 2 + I % 2 * lanes)...);
#else  // g++ 11 lacks __builtin_shufflevector
    return __builtin_shuffle(a, b, Vector{(From + I / 2 + I % 2 * lanes)...});
#endif
  }

  static void fill(const PhiloxCounter& first, std::uint64_t key, std::uint16_t* halves) {
    Vector c[4][chains], place;
    for (std::size_t lane = 0; lane < lanes; ++lane) place[lane] = lane;
    for (std::size_t chain = 0; chain < chains; ++chain) {
      for (std::size_t word = 0; word < 4; ++word) c[word][chain] = all(first[word]);
      c[0][chain] += place + chain * lanes;
    }
    Vector key_0 = all(key), key_1 = all(key >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
#pragma GCC unroll 4
      for (std::size_t chain = 0; chain < chains; ++chain) {
        const Vector p = product(c[0][chain], all(PHILOX_M4x32_0)), q = product(c[2][chain], all(PHILOX_M4x32_1));
        c[0][chain] = (q >> 32) ^ c[1][chain] ^ key_0;
        c[1][chain] = q;
        c[2][chain] = (p >> 32) ^ c[3][chain] ^ key_1;
        c[3][chain] = p;
      }
      key_0 += PHILOX_W32_0;
      key_1 += PHILOX_W32_1;
    }
#pragma GCC unroll 4
    for (std::size_t chain = 0; chain < chains; ++chain) {
      const Vector low = (c[0][chain] & 0xFFFFFFFFu) | c[1][chain] << 32;
      const Vector high = (c[2][chain] & 0xFFFFFFFFu) | c[3][chain] << 32;
      constexpr auto all_lanes = std::make_index_sequence<lanes>();
      const Vector joined[2] = {interleaved<0>(low, high, all_lanes), interleaved<lanes / 2>(low, high, all_lanes)};
      std::memcpy(halves + chain * lanes * 8, joined, sizeof joined);
    }
  }
};

#endif

/// halves[8 k], ..., halves[8 k + 7] as above for k < evaluations, rounded up to a multiple of 32 evaluations.
inline void philox_halves(PhiloxCounter first, std::uint64_t key, std::size_t evaluations, std::uint16_t* halves) {
#if defined(SPIKEOMETRIC_PHILOX_IN_VECTORS)
  constexpr std::size_t at_once = PhiloxVectors::lanes * PhiloxVectors::chains;
  static_assert(philox_lanes % at_once == 0);
#else
  constexpr std::size_t at_once = philox_lanes;
#endif
  for (std::size_t done = 0; done < evaluations; done += at_once, first[0] += at_once) {
#if defined(SPIKEOMETRIC_PHILOX_IN_VECTORS)
    PhiloxVectors::fill(first, key, halves + 8 * done);
#else
    philox_halves_in_loops(first, key, halves + 8 * done);
#endif
  }
}

}  // namespace SPIKEOMETRIC_PHILOX

}  // namespace spikeometric::detail

#undef SPIKEOMETRIC_PHILOX
#undef SPIKEOMETRIC_PHILOX_IN_VECTORS
