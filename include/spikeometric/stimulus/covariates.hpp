// SPDX-License-Identifier: BSD-3-Clause
//
// Covariates: what all neurons see, filtered in time, and each neuron weighs. The number of covariates is known only at
// run time. They are what a fit finds weights for; with weights, they are a stimulus.
//
//   const sk::RaisedCosine<4> basis{.last_peak_ms = 100.0, .window_steps = 150};
//   const auto pixels = sk::temporal(sk::Frames{movie, {.steps_per_frame = 8}}, basis);     // 4 for each pixel
//   const auto cue = sk::temporal(sk::impulses(onsets), basis);                             // 4
//   const auto both = sk::channels(pixels, cue);
//   sk::Simulator simulator{graph, model, both.with_weights(weights), sk::Seed{1}};         // covariates x neurons
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/impulse_response.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/stimulus/detail/for_networks.hpp"
#include "spikeometric/stimulus/frames.hpp"
#include "spikeometric/stimulus/impulses.hpp"
#include "spikeometric/stimulus/stimulus.hpp"
#include "spikeometric/stimulus/temporal.hpp"
#include "spikeometric/stimulus/terms.hpp"

namespace spikeometric {

/// What becomes covariates.
template <class S>
concept CovariateSource = std::same_as<S, Frames> || std::same_as<S, Impulses>;

/// The values of the covariates of one network; see StimulusCovariates::values. They do not change, so several threads
/// may read them.
class CovariateValues {
 public:
  using Part = std::variant<detail::FilteredFrames, detail::FilteredImpulses>;

  explicit CovariateValues(std::vector<Part> parts) : parts_(std::move(parts)) {
    for (const Part& part : parts_) size_ += size_of(part);
  }

  /// Number of covariates.
  std::size_t size() const { return size_; }

  /// Computes the values of consecutive steps, [step][covariate], in double or rounded to float. They do not depend on
  /// which steps are computed together.
  void fill(std::uint64_t first_step, std::uint64_t steps, double* values) const {
    for (const Part& part : parts_) {
      std::visit([&](const auto& of) { of.fill(first_step, steps, values, size_); }, part);
      values += size_of(part);
    }
  }
  void fill(std::uint64_t first_step, std::uint64_t steps, float* values) const {
    constexpr std::uint64_t at_once = 64;
    std::vector<double> exact(std::min(at_once, steps) * size_);
    for (std::uint64_t step = 0; step < steps; step += at_once) {
      const std::uint64_t some = std::min(at_once, steps - step);
      fill(first_step + step, some, exact.data());
      for (std::size_t i = 0; i < some * size_; ++i) *values++ = static_cast<float>(exact[i]);
    }
  }

 private:
  static std::size_t size_of(const Part& part) {
    return std::visit([](const auto& of) { return of.size(); }, part);
  }

  std::vector<Part> parts_;
  std::size_t size_ = 0;
};

class WeightedCovariates;

/// Frames or impulses filtered in time, shared by all neurons. A filter with M basis functions c_m makes M covariates
/// of each channel s_j,
///
///   x_(jM+m)(t) = sum over k of c_m(k) s_j(t - k).
///
/// Lag 0 is the same step. Steps before 0 count as 0, as do those without a frame. Sums are in double, in an order that
/// does not depend on the run. Copies share frames and events.
///
/// A step costs O(channels x M x (1 + taps / steps_per_frame)) for frames, and O(M) for impulses and for each event
/// within reach of the filter.
class StimulusCovariates {
 public:
  static constexpr bool lacks_weights = true;

  /// The input in the order of `add`, its channel, and the basis function of a covariate, counted from 0.
  struct Place {
    std::size_t input, channel, function;
    friend bool operator==(const Place&, const Place&) = default;
  };

  /// Throws InvalidParameter if a parameter of the filter is out of bounds.
  template <CovariateSource Source, Filter FilterPolicy>
  StimulusCovariates(Source source, FilterPolicy filter) {
    detail::validate_policy(filter);
    const auto responses = [filter = std::move(filter)](float dt) { return impulse_responses(filter, dt); };
    size_ = source.channels() * detail::bases<FilterPolicy>;
    parts_.push_back({std::move(source), responses, detail::bases<FilterPolicy>, size_});
  }

  /// Appends the covariates of further inputs.
  StimulusCovariates& add(const StimulusCovariates& more) {
    const std::vector<Part> parts = more.parts_;  // which may be those of this object
    parts_.insert(parts_.end(), parts.begin(), parts.end());
    size_ += more.size_;
    return *this;
  }

  /// Number of covariates.
  std::size_t size() const { return size_; }

  /// Throws OutOfRange for a covariate that is not below size().
  Place place(std::size_t covariate) const {
    if (covariate >= size_)
      throw OutOfRange("covariate " + std::to_string(covariate) + " is out of range: there are " +
                       std::to_string(size_) + ", counted from 0");
    std::size_t input = 0;
    for (; covariate >= parts_[input].size; ++input) covariate -= parts_[input].size;
    return {input, covariate / parts_[input].functions, covariate % parts_[input].functions};
  }

  /// c_m(0), c_m(1), ... of the basis function of a covariate. Throws OutOfRange for a covariate that is not below
  /// size(), and InvalidParameter if its filter does not fit the time step.
  std::vector<double> taps(std::size_t covariate, double dt_ms) const {
    const Place at = place(covariate);
    return parts_[at.input].responses(static_cast<float>(dt_ms))[at.function];
  }

  /// The steps for which a network has frames; all steps if there are no frames. Throws OutOfRange for a network
  /// without frames or events.
  StepRange covered(std::uint64_t network = 0) const {
    StepRange all;
    for (const Part& part : parts_) {
      const StepRange range = std::visit([&](const auto& source) { return source.covered(network); }, part.source);
      all = {std::max(all.first, range.first), std::min(all.end, range.end)};
    }
    return all;
  }
  bool covers(std::uint64_t network, std::uint64_t first_step, std::uint64_t steps) const {
    return covered(network).contains(first_step, steps);
  }

  /// The values for a network. `context` has the time step, the index of the network in the batch and the number of
  /// networks; nothing else is used. Throws InvalidParameter if a filter does not fit the time step, and
  /// InvalidArgument if frames or events are given for another number of networks.
  CovariateValues values(const StimulusContext& context) const {
    std::vector<CovariateValues::Part> values;
    for (const Part& part : parts_) {
      const auto taps = part.responses(static_cast<float>(context.dt_ms));
      std::visit([&](const auto& source) { values.emplace_back(source.filtered(context, taps)); }, part.source);
    }
    return CovariateValues{std::move(values)};
  }

  /// A stimulus with one channel,
  ///
  ///   E_i(t) = sum over covariates c, ascending from 0, of weights(c, i) x_c(t),
  ///
  /// from a matrix of floats or doubles [covariates x neurons]. The sum is in double, and rounded to float once. A step
  /// costs O(covariates x neurons). A neuron's spatial and temporal filters of rank R, matrices [channels x R] and [M x
  /// R], have the weights `weights.col(i) = (temporal * spatial.transpose()).reshaped()`.
  ///
  /// Throws InvalidArgument if the matrix does not have size() rows, or for a weight that is not finite. The simulator
  /// throws InvalidArgument for a network with another number of neurons, and as `values` does.
  template <class Derived>
  [[nodiscard]] Masked<WeightedCovariates> with_weights(const Eigen::MatrixBase<Derived>& weights) const;

 private:
  struct Part {
    std::variant<Frames, Impulses> source;
    std::function<std::vector<std::vector<double>>(float dt)> responses;
    std::size_t functions, size;
  };

  std::vector<Part> parts_;
  std::size_t size_ = 0;
};

/// Covariates with weights, as a source of input; see StimulusCovariates::with_weights.
class WeightedCovariates {
  using Weights = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

 public:
  WeightedCovariates(StimulusCovariates covariates, Weights weights)
      : covariates_(std::move(covariates)), weights_(std::make_shared<const Weights>(std::move(weights))) {
    if (static_cast<std::size_t>(weights_->rows()) != covariates_.size())
      throw InvalidArgument("weights of " + std::to_string(weights_->rows()) + " covariates do not fit " +
                            std::to_string(covariates_.size()) + ": they are a matrix [covariates x neurons]");
    detail::require_finite(*weights_, [&](Eigen::Index covariate, Eigen::Index neuron) {
      const auto [input, channel, function] = covariates_.place(static_cast<std::size_t>(covariate));
      throw InvalidArgument("weights must be finite, but that of neuron " + std::to_string(neuron) +
                            " for basis function " + std::to_string(function) + " of channel " +
                            std::to_string(channel) + " of input " + std::to_string(input) + " is " +
                            detail::to_text((*weights_)(covariate, neuron)));
    });
  }

  void validate() const {}

  /// The steps that the covariates cover.
  StepRange covered(std::uint64_t network = 0) const { return covariates_.covered(network); }

  struct Field {
    CovariateValues values;
    std::shared_ptr<const Weights> weights;
    StepRange range;

    StepRange covered() const { return range; }

    /// Like StimulusTerm::make.
    template <class Value>
    void fill(std::uint64_t first_step, std::uint64_t steps, const detail::BoundMask& mask, Value* input,
              std::uint8_t* adds) const {
      const std::uint64_t width = mask.end() - mask.first();
      std::vector<double> row(values.size()), sums(width);
      for (std::uint64_t step = 0; step < steps; ++step) {
        values.fill(first_step + step, 1, row.data());
        std::fill(sums.begin(), sums.end(), 0.0);
        adds[step] = 0;
        for (std::size_t covariate = 0; covariate < row.size(); ++covariate) {
          if (row[covariate] == 0.0) continue;
          adds[step] = 1;
          const double* const weight = weights->row(static_cast<Eigen::Index>(covariate)).data() + mask.first();
          for (std::uint64_t i = 0; i < width; ++i) sums[i] = sums[i] + mul(weight[i], row[covariate]);
        }
        for (const double sum : sums) *input++ = static_cast<Value>(static_cast<float>(sum));
      }
    }
  };

  /// Throws InvalidArgument if the weights are those of another number of neurons, and as StimulusCovariates::values.
  Field field(const StimulusContext& context) const {
    if (static_cast<std::uint64_t>(weights_->cols()) != context.neurons)
      throw InvalidArgument("weights of covariates for " + std::to_string(weights_->cols()) +
                            " neurons do not fit a network of " + std::to_string(context.neurons));
    return {covariates_.values(context), weights_, covered(context.index)};
  }

 private:
  StimulusCovariates covariates_;
  std::shared_ptr<const Weights> weights_;
};

template <class Derived>
Masked<WeightedCovariates> StimulusCovariates::with_weights(const Eigen::MatrixBase<Derived>& weights) const {
  return Masked{WeightedCovariates{*this, weights.template cast<double>()}};
}

/// The covariates of several inputs, in this order.
template <std::same_as<StimulusCovariates>... More>
[[nodiscard]] StimulusCovariates channels(StimulusCovariates first, const More&... more) {
  (first.add(more), ...);
  return first;
}

/// Frames or Impulses, filtered in time; see StimulusCovariates. Throws InvalidParameter if a parameter of the filter
/// is out of bounds.
template <CovariateSource Source, class F>
[[nodiscard]] StimulusCovariates temporal(Source source, F filter) {
  static_assert(detail::RefuseTemporal<NoStimulus, F>::value);
  return {std::move(source), std::move(filter)};
}

/// The same with taps c(0), c(1), ... for any dt. Throws InvalidParameter if there are none or more than 10^6, or if
/// one is not finite.
template <CovariateSource Source>
[[nodiscard]] StimulusCovariates temporal(Source source, std::vector<double> taps) {
  return {std::move(source), BasicFir<double>{std::move(taps)}};
}

}  // namespace spikeometric
