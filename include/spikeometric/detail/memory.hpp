// SPDX-License-Identifier: BSD-3-Clause
//
// The memory that holds the arrays of a simulation, on the host or on a device.
//
//   HostMemory memory;
//   HostMemory::Array<double> sums = memory.allocate<double>(1000);     // zeros
//   memory.upload(sums, 10, values.data(), values.size());              // sums[10], sums[11], ... = values
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "spikeometric/detail/huge_pages.hpp"

namespace spikeometric::detail {

/// Bytes of GPU memory that CUDA allocates to load kernels and create graphs. CUDA cannot tell this size in advance.
inline constexpr std::uint64_t cuda_reserve = std::uint64_t{1} << 26;

/// An array on the host that owns its memory. A moved-from array may only be assigned to or destroyed.
template <class T>
class HostArray {
 public:
  HostArray() = default;
  explicit HostArray(std::vector<T> values) { hold(std::move(values)); }

  HostArray(const HostArray& other) {
    std::vector<T> values;
    reserve_in_huge_pages(values, other.size());
    values.assign(other.begin(), other.end());
    hold(std::move(values));
  }
  HostArray(HostArray&&) noexcept = default;
  HostArray& operator=(const HostArray& other) { return *this = HostArray(other); }
  HostArray& operator=(HostArray&&) noexcept = default;
  ~HostArray() = default;

  /// Reuses the memory of a vector for as many elements as fit. The elements of the vector are lost; the new ones are
  /// not initialised.
  template <class From>
  static HostArray in_place_of(std::vector<From> from) {
    static_assert(sizeof(From) % sizeof(T) == 0 && alignof(From) >= alignof(T));
    HostArray array;
    array.hold(std::move(from));
    return array;
  }

  /// Moves the array to large pages, which speeds up random access. See detail/huge_pages.hpp.
  void use_huge_pages() const { detail::use_huge_pages(data_, size_ * sizeof(T)); }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

 private:
  template <class From>
  void hold(std::vector<From> values) {
    auto* const owner = new std::vector<From>(std::move(values));
    owner_ = {owner, [](void* of) { delete static_cast<std::vector<From>*>(of); }};
    data_ = reinterpret_cast<T*>(owner->data());
    size_ = owner->size() * sizeof(From) / sizeof(T);
  }

  std::unique_ptr<void, void (*)(void*)> owner_{nullptr, nullptr};
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Memory: the memory of an engine's arrays. Its operations take effect in the order of the calls. T is trivially
/// copyable. Copies of a Memory refer to the same memory.
///   Array<T>                      an array with data(), its address in a step, and size(); empty by default
///   allocate<T>(size)             an Array of zeros
///   take(HostArray<T>)            an Array of these values
///   upload(array, at, from, size)     the caller may change the values once this returns
///   download(array, at, to, size)     waits for all earlier operations
///   zero(array)
///   free_bytes()                  std::nullopt if unknown
///   reserve                       bytes that must stay free
template <class M>
concept Memory = requires(M memory, typename M::template Array<float> array, float* to, const float* from,
                          HostArray<float> values) {
  array = memory.template allocate<float>(std::size_t{1});
  array = memory.take(std::move(values));
  memory.upload(array, std::size_t{0}, from, std::size_t{1});
  memory.download(array, std::size_t{0}, to, std::size_t{1});
  memory.zero(array);
  std::optional<std::uint64_t>{memory.free_bytes()};
  {std::integral_constant<std::uint64_t, M::reserve>{}};
};

/// The memory of the host, in large pages if the system has them.
class HostMemory {
 public:
  static constexpr std::uint64_t reserve = 0;

  HostMemory() = default;
  template <class Settings>
  explicit HostMemory(const Settings&) {}

  template <class T>
  using Array = HostArray<T>;

  template <class T>
  Array<T> allocate(std::size_t size) {
    std::vector<T> zeros;
    reserve_in_huge_pages(zeros, size);
    zeros.resize(size);
    return Array<T>(std::move(zeros));
  }
  template <class T>
  Array<T> take(Array<T> values) {
    values.use_huge_pages();
    return values;
  }
  template <class T>
  void upload(Array<T>& array, std::size_t at, const T* from, std::size_t size) {
    if (size > 0) std::memcpy(array.data() + at, from, size * sizeof(T));
  }
  template <class T>
  void download(const Array<T>& array, std::size_t at, T* to, std::size_t size) const {
    if (size > 0) std::memcpy(to, array.data() + at, size * sizeof(T));
  }
  template <class T>
  void zero(Array<T>& array) {
    if (array.size() > 0) std::memset(static_cast<void*>(array.data()), 0, array.size() * sizeof(T));
  }
  std::optional<std::uint64_t> free_bytes() const { return std::nullopt; }
};

static_assert(Memory<HostMemory>);

}  // namespace spikeometric::detail
