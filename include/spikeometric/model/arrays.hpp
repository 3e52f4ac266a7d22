// SPDX-License-Identifier: BSD-3-Clause
//
// Where the arrays live that a model's kernel reads: taps of a filter, parameters of single neurons.
//
//   sk::HostArrays arrays;
//   const auto kernel = model.kernel(arrays);                    // valid as long as `arrays` or a copy of it lives
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "spikeometric/detail/memory.hpp"

namespace spikeometric {

namespace detail {

/// Arrays in a memory. Copies share them.
template <class MemoryType>
class KernelArrays {
 public:
  KernelArrays() = default;
  explicit KernelArrays(MemoryType memory) : memory_(std::move(memory)) {}

  /// Keeps a copy of `values` and says where it is.
  template <class Value>
  const Value* operator()(std::span<const Value> values) {
    std::vector<Value> copy(values.data(), values.data() + values.size());
    const auto array =
        std::make_shared<typename MemoryType::template Array<Value>>(memory_.take(HostArray<Value>(std::move(copy))));
    kept_.push_back(array);
    bytes_ += values.size_bytes();
    return array->data();
  }

  /// Of all arrays together.
  std::uint64_t bytes() const { return bytes_; }

 private:
  MemoryType memory_;
  std::vector<std::shared_ptr<const void>> kept_;
  std::uint64_t bytes_ = 0;
};

}  // namespace detail

/// Arrays in the memory of the host. A backend with memory of its own has KernelArrays over that memory.
using HostArrays = detail::KernelArrays<detail::HostMemory>;

}  // namespace spikeometric
