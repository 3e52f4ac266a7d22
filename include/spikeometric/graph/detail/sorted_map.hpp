// SPDX-License-Identifier: BSD-3-Clause
//
// What generators keep a neuron's partners in: a map in memory that is given to them.
//
//   SortedMap map{entries, 3 * count};                                  // 2 count + count entries, all `vacant`
//   if (map.insert(place_of(number), number, 1) == nullptr) ++count;    // place_of: monotone, below 2 count
#pragma once

#include <cstdint>

#include "spikeometric/arithmetic/exact.hpp"

namespace spikeometric::generate::detail {

/// A map from numbers to values, both of 32 bits, in ascending order but for vacant entries between: linear probing
/// sort (Gonnet and Munro 1984). Numbers are put at a place that ascends with them, or behind it, where those are that
/// come before. O(1) expected, if numbers spread evenly over twice as many places as there are of them. Behind the last
/// place as many entries more are needed as there may be numbers.
struct SortedMap {
  /// No entry: number and value are never both 2^32 - 1.
  static constexpr std::uint64_t vacant = ~std::uint64_t{0};

  SPIKEOMETRIC_HOST_DEVICE static std::uint64_t number(std::uint64_t entry) { return entry >> 32; }
  SPIKEOMETRIC_HOST_DEVICE static std::uint32_t value(std::uint64_t entry) { return static_cast<std::uint32_t>(entry); }
  SPIKEOMETRIC_HOST_DEVICE static std::uint64_t entry(std::uint64_t number, std::uint32_t value) {
    return number << 32 | value;
  }

  std::uint64_t* entries;
  std::uint64_t size;

  /// The entry of the number where it is there already; otherwise puts it in and returns null.
  SPIKEOMETRIC_HOST_DEVICE std::uint64_t* insert(std::uint64_t place, std::uint64_t number, std::uint32_t value) const {
    while (SortedMap::number(entries[place]) < number) ++place;  // a vacant entry is not below any
    if (entries[place] != vacant && SortedMap::number(entries[place]) == number) return &entries[place];
    for (std::uint64_t moved = entry(number, value); moved != vacant; ++place) {
      const std::uint64_t next = entries[place];
      entries[place] = moved;
      moved = next;
    }
    return nullptr;
  }

  /// The first entry from `place` on, which goes behind it; vacant where there is none.
  SPIKEOMETRIC_HOST_DEVICE std::uint64_t next(std::uint64_t& place) const {
    while (place < size)
      if (const std::uint64_t entry = entries[place++]; entry != vacant) return entry;
    return vacant;
  }
};

}  // namespace spikeometric::generate::detail
