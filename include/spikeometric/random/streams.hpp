// SPDX-License-Identifier: BSD-3-Clause
//
// Counter-based streams of random bits: Philox4x32-10 (Random123) as a pure function of seed, network, purpose, neuron
// and step. There is no generator state, so draws can be made in any order, on any thread or device.
//
//   const sk::Stream stream{sk::Seed{42}, 0, sk::Purpose{216}};
//   const std::uint32_t bits = stream.half(neuron, step);        // 16 bits of one neuron in one step
//   const sk::Block more = stream.block(neuron, step, 3);            // 128 bits: the fourth block
#pragma once

#include <Random123/philox.h>

#include <cstddef>
#include <cstdint>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/random/detail/philox_lanes.hpp"

namespace spikeometric {

/// Determines all random numbers of a simulation or a generated graph.
struct Seed {
  std::uint64_t value = 0;
};

/// A number that says what a draw is for. Draws for different purposes are independent. The library uses purposes up to
/// 215, defined in the headers that draw; tests/random/purposes_test.cpp checks that they all differ. 216 to 255 are
/// free for other uses.
enum class Purpose : std::uint8_t {};

/// 128 random bits: four 32-bit words, [0] to [3].
using Block = r123::Philox4x32::ctr_type;

/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011): for each 64-bit key a bijection of 128-bit counters.
SPIKEOMETRIC_HOST_DEVICE inline Block philox(const Block& counter, Seed key) {
  const r123::Philox4x32::key_type words = {
      {static_cast<std::uint32_t>(key.value), static_cast<std::uint32_t>(key.value >> 32)}};
  return r123::Philox4x32{}(counter, words);
}

namespace detail {

/// Steps must be below this number, since counters hold 48 bits of the step.
inline constexpr std::uint64_t step_limit = std::uint64_t{1} << 48;

}  // namespace detail

/// The random bits of one network for one purpose. `neuron` is the index in the network. `step` must be below 2^48.
/// `slot`, 0 to 127, numbers the halves of one neuron in one step, and separately its blocks.
struct Stream {
  Seed seed;
  std::uint32_t network = 0;
  Purpose purpose{};

  /// 16 random bits, 0 to 65535. Eight neurons share one evaluation of Philox. Comparing 16 bits decides most steps of
  /// a neuron, which takes half the time of drawing 32 bits at once and gives the same distribution.
  SPIKEOMETRIC_HOST_DEVICE std::uint32_t half(std::uint32_t neuron, std::uint64_t step, std::uint32_t slot = 0) const {
    const Block bits = philox(counter(neuron / 8, step, slot), seed);
    // Not bits[neuron % 8 / 2]: a GPU cannot keep an array in registers if an index is known only at run time.
    const std::uint32_t low = neuron % 4 < 2 ? bits[0] : bits[1], high = neuron % 4 < 2 ? bits[2] : bits[3];
    return (neuron % 8 < 4 ? low : high) >> (neuron % 2 * 16) & 0xFFFFu;
  }

  /// 128 random bits.
  SPIKEOMETRIC_HOST_DEVICE Block block(std::uint32_t neuron, std::uint64_t step, std::uint32_t slot = 0) const {
    return philox(counter(neuron, step, slot | 0x80u), seed);
  }

  /// halves[i] = half(first + i, step) for i < count. `first` must be a multiple of 8. `halves` must have room for
  /// `count` rounded up to a multiple of 256.
  void fill_halves(std::uint32_t first, std::size_t count, std::uint64_t step, std::uint16_t* halves) const {
    detail::philox_halves(counter(first / 8, step, 0), seed.value, (count + 7) / 8, halves);
  }

 private:
  SPIKEOMETRIC_HOST_DEVICE Block counter(std::uint32_t index, std::uint64_t step, std::uint32_t slot) const {
    const auto tag = static_cast<std::uint32_t>(purpose) << 24 | slot << 16 | static_cast<std::uint32_t>(step >> 32);
    return {{index, static_cast<std::uint32_t>(step), network, tag}};
  }
};

/// The random bits of one neuron in one step.
struct Draws {
  Stream stream;
  std::uint32_t neuron = 0;
  std::uint64_t step = 0;

  /// 16 bits, 0 to 65535; slot 0 to 127.
  SPIKEOMETRIC_HOST_DEVICE std::uint32_t half(std::uint32_t slot = 0) const { return stream.half(neuron, step, slot); }

  /// 128 bits; slot 0 to 127.
  SPIKEOMETRIC_HOST_DEVICE Block block(std::uint32_t slot = 0) const { return stream.block(neuron, step, slot); }
};

/// Draws with `first` = half(0), which the simulator has already computed for many neurons at once. Samplers use it.
struct PrimedDraws : Draws {
  std::uint32_t first = 0;
};

}  // namespace spikeometric
