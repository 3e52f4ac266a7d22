// SPDX-License-Identifier: BSD-3-Clause
//
// Where the arrays live that a model's kernel reads: taps of a filter, parameters of single neurons.
//
//   sk::HostArrays arrays;
//   const auto kernel = model.kernel(arrays);                    // valid as long as `arrays` or a copy of it lives
#pragma once

#include <memory>
#include <span>
#include <vector>

namespace spikeometric {

/// Arrays in the memory of the host. Copies share them. A backend with memory of its own has a class like this one.
class HostArrays {
 public:
  /// Keeps a copy of `values` and says where it is.
  template <class Value>
  const Value* operator()(std::span<const Value> values) {
    const auto copy = std::make_shared<const std::vector<Value>>(values.begin(), values.end());
    kept_.push_back(copy);
    return copy->data();
  }

 private:
  std::vector<std::shared_ptr<const void>> kept_;
};

}  // namespace spikeometric
