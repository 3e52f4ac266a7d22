// SPDX-License-Identifier: BSD-3-Clause
//
// A sorted map, in memory that the caller provides, for the partners of a neuron.
//
//   SortedMap map{entries, 3 * count};                                  // 2 count + count entries, all `vacant`
//   if (map.insert(place_of(number), number, 1) == nullptr) ++count;    // place_of: monotone, below 2 count
#pragma once

#include <cstdint>

#include "spikeometric/arithmetic/exact.hpp"

namespace spikeometric::generate::detail {

/// A map from 32-bit numbers to 32-bit values: linear probing sort (Gonnet and Munro 1984). Entries are in ascending
/// order, with vacant entries in between. A number has a place that is monotone in it; if smaller numbers occupy this
/// place, the number goes behind them. Expected time O(1) per number if the numbers spread evenly over twice as many
/// places. The last place must be followed by as many entries as there may be numbers.
struct SortedMap {
  /// Marks a free entry: number and value are never both 2^32 - 1.
  static constexpr std::uint64_t vacant = ~std::uint64_t{0};

  SPIKEOMETRIC_HOST_DEVICE static std::uint64_t number(std::uint64_t entry) { return entry >> 32; }
  SPIKEOMETRIC_HOST_DEVICE static std::uint32_t value(std::uint64_t entry) { return static_cast<std::uint32_t>(entry); }
  SPIKEOMETRIC_HOST_DEVICE static std::uint64_t entry(std::uint64_t number, std::uint32_t value) {
    return number << 32 | value;
  }

  std::uint64_t* entries;
  std::uint64_t size;

  /// Inserts the number and returns null; if the number is present, returns its entry instead.
  SPIKEOMETRIC_HOST_DEVICE std::uint64_t* insert(std::uint64_t place, std::uint64_t number, std::uint32_t value) const {
    while (SortedMap::number(entries[place]) < number) ++place;  // vacant entries have the largest number
    if (entries[place] != vacant && SortedMap::number(entries[place]) == number) return &entries[place];
    for (std::uint64_t moved = entry(number, value); moved != vacant; ++place) {
      const std::uint64_t next = entries[place];
      entries[place] = moved;
      moved = next;
    }
    return nullptr;
  }

  /// The first occupied entry from `place` on, or vacant; moves `place` behind it.
  SPIKEOMETRIC_HOST_DEVICE std::uint64_t next(std::uint64_t& place) const {
    while (place < size)
      if (const std::uint64_t entry = entries[place++]; entry != vacant) return entry;
    return vacant;
  }
};

}  // namespace spikeometric::generate::detail
