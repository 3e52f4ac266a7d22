// SPDX-License-Identifier: BSD-3-Clause
//
// A stream of random bits in portions of 64: two per Philox block.
//
//   BitStream bits({{0, neuron, 0, 4u << 24}}, seed);        // word 0 counts the blocks
//   const auto [low, high] = bits.next();
//   BitBuffer buffer;
//   for (const auto [low, high] : buffer.first(1000, {{0, neuron, 0, 4u << 24}}, seed)) ...    // in a third of the time
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/random/detail/philox_lanes.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric::detail {

/// 64 random bits.
struct Bits {
  std::uint32_t low, high;
};

class BitStream {
 public:
  SPIKEOMETRIC_HOST_DEVICE BitStream(const Block& first, Seed seed) : seed_(seed), counter_(first) {}

  SPIKEOMETRIC_HOST_DEVICE Bits next() {
    second_ = !second_;
    if (!second_) return {block_[2], block_[3]};
    block_ = philox(counter_, seed_);
    ++counter_[0];
    return {block_[0], block_[1]};
  }

  /// Leaves out portions of a stream that has not begun.
  void skip(std::size_t portions) {
    counter_[0] += static_cast<std::uint32_t>(portions / 2);
    if (portions % 2 != 0) next();
  }

 private:
  Seed seed_;
  Block counter_, block_ = {};
  bool second_ = false;  // whether the next portion is the second half of block_
};

/// Makes many portions of a stream at once.
class BitBuffer {
 public:
  /// The first `size` portions; they are valid until the next call.
  std::span<const Bits> first(std::size_t size, const Block& first, Seed seed) {
    const std::size_t blocks = (size + 1) / 2, room = (blocks + philox_lanes - 1) / philox_lanes * philox_lanes;
    if (bits_.size() < 2 * room) {
      halves_.resize(8 * room);
      bits_.resize(2 * room);
    }
    philox_halves(first, seed.value, blocks, halves_.data());
    const auto word = [&](std::size_t i) {
      return static_cast<std::uint32_t>(halves_[2 * i]) | static_cast<std::uint32_t>(halves_[2 * i + 1]) << 16;
    };
    for (std::size_t i = 0; i < size; ++i) bits_[i] = {word(2 * i), word(2 * i + 1)};
    return {bits_.data(), size};
  }

 private:
  std::vector<std::uint16_t> halves_;
  std::vector<Bits> bits_;
};

}  // namespace spikeometric::detail
