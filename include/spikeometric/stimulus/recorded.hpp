// SPDX-License-Identifier: BSD-3-Clause
//
// Recorded or precomputed input.
//
//   const auto movie = sk::recorded(matrix);                          // Eigen::MatrixXf, neurons x steps
//   const auto later = sk::recorded(matrix).from(500);                // its first column in step 500
//   const auto each = sk::recorded(std::vector{matrix, other});       // a batch: one matrix for each network
//   const auto wave = sk::recorded(series).on(sk::neurons(0, 250));   // std::vector<float> or Eigen vector: shared
#pragma once

#include <Eigen/Core>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

namespace detail {

/// Recorded input with a first step.
struct Recording {
  std::uint64_t start_steps = 0;

  static constexpr const char* name = "recorded";
  static constexpr auto parameters() {
    return std::tuple{parameter("start_steps", &Recording::start_steps, "steps", bounds::non_negative,
                                "step of the first recorded value")};
  }

  void from(std::uint64_t first_step) { start_steps = first_step; }

  void validate() const { validate_parameters(*this); }
};

}  // namespace detail

/// A value for each neuron in the steps from start_steps on, and 0 before and after. Matrices have one column per step.
/// They are immutable, and copies share them.
class RecordedMatrix : public detail::Recording {
 public:
  /// One matrix for all networks, or one for each network of a batch. Throws InvalidArgument for a value that is not
  /// finite.
  RecordedMatrix(std::vector<Eigen::MatrixXf> matrices, bool one_per_network) : one_per_network_(one_per_network) {
    for (std::size_t network = 0; network < matrices.size(); ++network) {
      const Eigen::MatrixXf& matrix = matrices[network];
      if (matrix.allFinite()) continue;
      for (Eigen::Index step = 0; step < matrix.cols(); ++step)
        for (Eigen::Index neuron = 0; neuron < matrix.rows(); ++neuron)
          if (!std::isfinite(matrix(neuron, step)))
            throw InvalidArgument("a recorded stimulus must be finite, but is " +
                                  detail::to_text(matrix(neuron, step)) + " for neuron " + std::to_string(neuron) +
                                  " in step " + std::to_string(step) + " of the recording" +
                                  (one_per_network ? " for network " + std::to_string(network) : ""));
    }
    matrices_ = std::make_shared<const std::vector<Eigen::MatrixXf>>(std::move(matrices));
  }

  struct Field {
    std::shared_ptr<const Eigen::MatrixXf> matrix;  // neurons x steps
    std::uint64_t start;

    bool covers(std::uint64_t step) const {
      return step >= start && step - start < static_cast<std::uint64_t>(matrix->cols());
    }
    float operator()(std::uint64_t step, std::uint32_t neuron) const {
      return matrix->coeff(static_cast<Eigen::Index>(neuron), static_cast<Eigen::Index>(step - start));
    }
  };

  /// Throws InvalidArgument if there is neither one matrix nor one for each network of the batch, or if the network has
  /// another number of neurons than its matrix.
  Field field(const StimulusContext& context) const {
    if (one_per_network_ && matrices_->size() != context.networks)
      throw InvalidArgument(std::to_string(matrices_->size()) + " recorded stimuli do not fit a batch of " +
                            std::to_string(context.networks) + " networks");
    const Eigen::MatrixXf& matrix = (*matrices_)[one_per_network_ ? context.index : 0];
    if (static_cast<std::uint64_t>(matrix.rows()) != context.neurons)
      throw InvalidArgument("a recorded stimulus of " + std::to_string(matrix.rows()) +
                            " neurons does not fit a network of " + std::to_string(context.neurons));
    return {{matrices_, &matrix}, start_steps};
  }

 private:
  bool one_per_network_;
  std::shared_ptr<const std::vector<Eigen::MatrixXf>> matrices_;
};

/// One value for all neurons of the mask in the steps from start_steps on, and 0 before and after.
class RecordedSeries : public detail::Recording {
 public:
  /// Throws InvalidArgument for a value that is not finite.
  explicit RecordedSeries(std::vector<float> values) {
    for (std::size_t step = 0; step < values.size(); ++step)
      if (!std::isfinite(values[step]))
        throw InvalidArgument("a recorded stimulus must be finite, but is " + detail::to_text(values[step]) +
                              " in step " + std::to_string(step) + " of the recording");
    values_ = std::make_shared<const std::vector<float>>(std::move(values));
  }

  struct Series {
    std::shared_ptr<const std::vector<float>> values;
    std::uint64_t start;

    float operator()(std::uint64_t step) const {
      return step >= start && step - start < values->size() ? (*values)[step - start] : 0.0f;
    }
  };

  Series series(const StimulusContext&, Purpose) const { return {values_, start_steps}; }

 private:
  std::shared_ptr<const std::vector<float>> values_;
};

/// Input from a matrix [neurons x steps], for every network; 0 outside of its steps. Construction is O(neurons x
/// steps), copies are O(1). Throws InvalidArgument for a value that is not finite. The simulator throws InvalidArgument
/// for a network with another number of neurons.
[[nodiscard]] inline Masked<RecordedMatrix> recorded(Eigen::MatrixXf matrix) {
  std::vector<Eigen::MatrixXf> one;
  one.push_back(std::move(matrix));
  return Masked{RecordedMatrix{std::move(one), false}};
}

/// A matrix for each network of a batch, which may have different numbers of neurons and steps.
[[nodiscard]] inline Masked<RecordedMatrix> recorded(std::vector<Eigen::MatrixXf> one_per_network) {
  return Masked{RecordedMatrix{std::move(one_per_network), true}};
}

/// One value per step for all neurons of a mask; 0 outside. Throws InvalidArgument for a value that is not finite.
[[nodiscard]] inline Masked<RecordedSeries> recorded(std::vector<float> values) {
  return Masked{RecordedSeries{std::move(values)}};
}

/// Any other Eigen expression of floats: a series if its type is a row or column vector, otherwise a matrix.
template <class Derived>
[[nodiscard]] auto recorded(const Eigen::DenseBase<Derived>& values) {
  static_assert(std::is_same_v<typename Derived::Scalar, float>,
                "spikeometric: a recorded stimulus must contain floats; use matrix.cast<float>()");
  if constexpr (Derived::IsVectorAtCompileTime) {
    std::vector<float> series(static_cast<std::size_t>(values.size()));
    for (Eigen::Index step = 0; step < values.size(); ++step) series[static_cast<std::size_t>(step)] = values(step);
    return recorded(std::move(series));
  } else {
    return recorded(Eigen::MatrixXf(values.derived()));
  }
}

}  // namespace spikeometric
