// SPDX-License-Identifier: BSD-3-Clause
//
// Storage for the arrays that a model's kernel reads: taps of a filter, per-neuron parameters.
//
//   sk::HostArrays arrays;
//   const auto kernel = model.kernel(arrays);                    // valid as long as `arrays` or a copy of it exists
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "spikeometric/detail/memory.hpp"

namespace spikeometric {

namespace detail {

/// Arrays in the memory of a backend. Copies share the arrays.
template <class MemoryType>
class KernelArrays {
 public:
  KernelArrays() = default;
  explicit KernelArrays(MemoryType memory) : memory_(std::move(memory)) {}

  /// Stores a copy of `values` and returns a pointer to it.
  template <class Value>
  const Value* operator()(std::span<const Value> values) {
    std::vector<Value> copy(values.data(), values.data() + values.size());
    const auto array =
        std::make_shared<typename MemoryType::template Array<Value>>(memory_.take(HostArray<Value>(std::move(copy))));
    kept_.push_back(array);
    bytes_ += values.size_bytes();
    return array->data();
  }

  /// Total size of all arrays.
  std::uint64_t bytes() const { return bytes_; }

 private:
  MemoryType memory_;
  std::vector<std::shared_ptr<const void>> kept_;
  std::uint64_t bytes_ = 0;
};

}  // namespace detail

/// Arrays in host memory. A backend with its own memory uses KernelArrays over that memory.
using HostArrays = detail::KernelArrays<detail::HostMemory>;

}  // namespace spikeometric
