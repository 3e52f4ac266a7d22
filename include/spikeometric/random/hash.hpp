// SPDX-License-Identifier: BSD-3-Clause
//
// 64-bit hashes, to tell whether two recordings are equal.
//
//   const std::uint64_t h = sk::hash_event(network, step, neuron, count);
#pragma once

#include <cstdint>

#include "spikeometric/arithmetic/exact.hpp"

namespace spikeometric {

namespace detail {

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection in which every output bit depends on every
/// input bit.
SPIKEOMETRIC_HOST_DEVICE constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

}  // namespace detail

/// The contribution of one event to a fingerprint. A fingerprint is the sum over all events, modulo 2^64. So it does
/// not depend on the order of events, and the fingerprints of pieces, networks and ranks add up.
SPIKEOMETRIC_HOST_DEVICE constexpr std::uint64_t hash_event(std::uint32_t network, std::uint64_t step,
                                                            std::uint32_t neuron, std::uint32_t count) {
  using detail::mix;
  return mix(mix(mix(mix(network) ^ step) ^ neuron) ^ count);
}

}  // namespace spikeometric
