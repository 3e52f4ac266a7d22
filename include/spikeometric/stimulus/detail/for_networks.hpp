// SPDX-License-Identifier: BSD-3-Clause
//
// Data of a stimulus: the same for all networks, or one set for each network of a batch.
#pragma once

#include <Eigen/Core>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/stimulus/terms.hpp"

namespace spikeometric::detail {

/// Immutable; copies share the data.
template <class Value>
class ForNetworks {
 public:
  explicit ForNetworks(Value for_all) : one_per_network_(false) {
    std::vector<Value> one;
    one.push_back(std::move(for_all));
    values_ = std::make_shared<const std::vector<Value>>(std::move(one));
  }
  explicit ForNetworks(std::vector<Value> one_per_network)
      : values_(std::make_shared<const std::vector<Value>>(std::move(one_per_network))), one_per_network_(true) {}

  /// Calls visit(value, text), where the text is " for network 3", or empty if all networks share the value.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t network = 0; network < values_->size(); ++network)
      visit((*values_)[network], one_per_network_ ? " for network " + std::to_string(network) : std::string());
  }

  bool empty() const { return values_->empty(); }
  const Value& front() const { return values_->front(); }

  /// Throws OutOfRange for a network without a value.
  const Value& operator[](std::uint64_t network) const {
    if (one_per_network_) require_network(network, values_->size());
    return (*values_)[one_per_network_ ? network : 0];
  }

  /// Throws InvalidArgument if there is neither one value nor one for each network of the batch.
  std::shared_ptr<const Value> of(const StimulusContext& context, const char* what) const {
    if (one_per_network_ && values_->size() != context.networks)
      throw InvalidArgument(std::to_string(values_->size()) + " " + what + " do not fit a batch of " +
                            std::to_string(context.networks) + " networks");
    return {values_, &(*this)[context.index]};
  }

 private:
  std::shared_ptr<const std::vector<Value>> values_;
  bool one_per_network_;
};

/// Calls refuse(row, column) for the first value, column by column, that is not finite.
template <class Derived, class Refuse>
void require_finite(const Eigen::MatrixBase<Derived>& matrix, Refuse&& refuse) {
  if (matrix.allFinite()) return;
  for (Eigen::Index column = 0; column < matrix.cols(); ++column)
    for (Eigen::Index row = 0; row < matrix.rows(); ++row)
      if (!std::isfinite(matrix(row, column))) refuse(row, column);
}

}  // namespace spikeometric::detail
