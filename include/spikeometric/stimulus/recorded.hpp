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
#include "spikeometric/stimulus/detail/for_networks.hpp"
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
  explicit RecordedMatrix(detail::ForNetworks<Eigen::MatrixXf> matrices) : matrices_(std::move(matrices)) {
    matrices_.for_each([](const Eigen::MatrixXf& matrix, const std::string& for_network) {
      detail::require_finite(matrix, [&](Eigen::Index neuron, Eigen::Index step) {
        throw InvalidArgument("a recorded stimulus must be finite, but is " + detail::to_text(matrix(neuron, step)) +
                              " for neuron " + std::to_string(neuron) + " in step " + std::to_string(step) +
                              " of the recording" + for_network);
      });
    });
  }

  struct Field {
    std::shared_ptr<const Eigen::MatrixXf> matrix;  // neurons x steps
    std::uint64_t start;

    bool covers(std::uint64_t step) const {
      return step >= start && step - start < static_cast<std::uint64_t>(matrix->cols());
    }
    StepRange covered() const { return StepRange::of(start, static_cast<std::uint64_t>(matrix->cols())); }
    float operator()(std::uint64_t step, std::uint32_t neuron) const {
      return matrix->coeff(static_cast<Eigen::Index>(neuron), static_cast<Eigen::Index>(step - start));
    }
  };

  /// The steps that have values in this network of a batch. Throws OutOfRange if there is no matrix for it.
  StepRange covered(std::uint64_t network = 0) const {
    return StepRange::of(start_steps, static_cast<std::uint64_t>(matrices_[network].cols()));
  }

  /// Throws InvalidArgument if there is neither one matrix nor one for each network of the batch, or if the network has
  /// another number of neurons than its matrix.
  Field field(const StimulusContext& context) const {
    auto matrix = matrices_.of(context, "recorded stimuli");
    if (static_cast<std::uint64_t>(matrix->rows()) != context.neurons)
      throw InvalidArgument("a recorded stimulus of " + std::to_string(matrix->rows()) +
                            " neurons does not fit a network of " + std::to_string(context.neurons));
    return {std::move(matrix), start_steps};
  }

 private:
  detail::ForNetworks<Eigen::MatrixXf> matrices_;
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
    StepRange covered() const { return StepRange::of(start, values->size()); }
  };

  /// The steps that have values, in every network.
  StepRange covered(std::uint64_t = 0) const { return StepRange::of(start_steps, values_->size()); }

  Series series(const StimulusContext&, Purpose) const { return {values_, start_steps}; }

 private:
  std::shared_ptr<const std::vector<float>> values_;
};

/// Input from a matrix [neurons x steps], for every network; 0 outside of its steps. Construction is O(neurons x
/// steps), copies are O(1). Throws InvalidArgument for a value that is not finite. The simulator throws InvalidArgument
/// for a network with another number of neurons.
[[nodiscard]] inline Masked<RecordedMatrix> recorded(Eigen::MatrixXf matrix) {
  return Masked{RecordedMatrix{detail::ForNetworks{std::move(matrix)}}};
}

/// A matrix for each network of a batch, which may have different numbers of neurons and steps.
[[nodiscard]] inline Masked<RecordedMatrix> recorded(std::vector<Eigen::MatrixXf> one_per_network) {
  return Masked{RecordedMatrix{detail::ForNetworks{std::move(one_per_network)}}};
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
