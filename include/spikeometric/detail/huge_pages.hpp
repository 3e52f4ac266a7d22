// SPDX-License-Identifier: BSD-3-Clause
//
// Large pages for large arrays, if the system has them.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace spikeometric::detail {

/// Asks Linux to move all aligned blocks of 2 MiB in a range to pages of that size at once, even if the system gives
/// such pages only on request. Values and addresses do not change. Random access to rows then needs no page-table walk,
/// and processors prefetch across 4 KiB boundaries. If Linux cannot do this, nothing changes.
inline void use_huge_pages([[maybe_unused]] const void* address, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
#if defined(MADV_COLLAPSE)
  constexpr int collapse = MADV_COLLAPSE;
#else
  constexpr int collapse = 25;  // since Linux 6.1
#endif
  constexpr std::uintptr_t page = std::uintptr_t{1} << 21;
  const auto begin = reinterpret_cast<std::uintptr_t>(address);
  const std::uintptr_t first = (begin + page - 1) / page * page;
  const std::uintptr_t last = (begin + bytes) / page * page;
  if (first >= last) return;
  const int error = errno;
  void* const pages = const_cast<char*>(static_cast<const char*>(address)) + (first - begin);
  if (madvise(pages, last - first, MADV_HUGEPAGE) == 0) madvise(pages, last - first, collapse);
  errno = error;
#endif
}

/// Reserves memory in large pages, before anything is written there.
template <class T>
void reserve_in_huge_pages(std::vector<T>& array, std::size_t size) {
  if (size > array.max_size()) throw std::bad_alloc();
  array.reserve(size);
  use_huge_pages(array.data(), size * sizeof(T));
}

}  // namespace spikeometric::detail
