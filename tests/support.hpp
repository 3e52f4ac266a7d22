// SPDX-License-Identifier: BSD-3-Clause
//
// What several tests need.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace support {

// Debug and sanitizer builds are slower by far: tests that repeat themselves do so less often there, and some that take
// long, and run nothing that others do not, are left out.
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool slow_build = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
inline constexpr bool slow_build = true;
#else
inline constexpr bool slow_build = false;
#endif
#else
inline constexpr bool slow_build = false;
#endif

/// The numbers of threads to test with.
inline std::vector<int> thread_counts() {
  if (slow_build) return {1, 3};
  return {1, 2, 3};
}

/// Pseudo-random numbers, the same with every standard library.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }
  std::uint64_t below(std::uint64_t end) { return engine_() % end; }
  int between(int first, int last) {
    return first + static_cast<int>(below(static_cast<std::uint64_t>(last - first + 1)));
  }
  double real(double first, double last) {
    return first + (last - first) * static_cast<double>(engine_() >> 11) * 0x1p-53;
  }
  bool coin(double probability) { return real(0.0, 1.0) < probability; }

  template <class Value>
  Value one_of(const std::vector<Value>& values) {
    return values[below(values.size())];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace support
