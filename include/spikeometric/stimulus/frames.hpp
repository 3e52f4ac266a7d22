// SPDX-License-Identifier: BSD-3-Clause
//
// Frames: values in time that all neurons share, such as the pixels of a movie.
//
//   const sk::Frames movie{pixels, {.steps_per_frame = 8}};               // Eigen::MatrixXf, channels x frames
//   const sk::Frames trials{std::vector{first, second}};                  // a matrix for each network of a batch
//
// They act through filters and weights; see covariates.hpp.
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/stimulus/detail/for_networks.hpp"
#include "spikeometric/stimulus/terms.hpp"

namespace spikeometric {

/// When frames are shown: frame f from step start_steps + f steps_per_frame on, for steps_per_frame steps.
struct FrameTimes {
  std::uint64_t steps_per_frame = 1;
  std::uint64_t start_steps = 0;

  static constexpr auto parameters() {
    return std::tuple{parameter("steps_per_frame", &FrameTimes::steps_per_frame, "steps", bounds::at_least_one,
                                "duration of a frame"),
                      parameter("start_steps", &FrameTimes::start_steps, "steps", bounds::non_negative,
                                "first step of the first frame")};
  }
};

namespace detail {

/// What a filter makes of the frames of one network. The taps that fall on one frame are summed ahead, in order of
/// lags, for each step of a frame.
class FilteredFrames {
 public:
  FilteredFrames(std::shared_ptr<const Eigen::MatrixXf> frames, const FrameTimes& times,
                 const std::vector<std::vector<double>>& taps)
      : frames_(std::move(frames)), times_(times), functions_(taps.size()) {
    std::uint64_t longest = 1;
    for (const auto& each : taps) longest = std::max<std::uint64_t>(longest, each.size());
    // If a frame outlasts the taps, all its later steps are alike.
    phases_ = std::min(times_.steps_per_frame, longest);
    reach_ = frames_ago(0, longest - 1) + 1;
    sums_.resize(phases_ * reach_ * functions_);
    for (std::uint64_t phase = 0; phase < phases_; ++phase)
      for (std::size_t m = 0; m < functions_; ++m)
        for (std::uint64_t lag = 0; lag < taps[m].size(); ++lag) {
          double& sum = sums_[(phase * reach_ + frames_ago(phase, lag)) * functions_ + m];
          sum = sum + taps[m][lag];
        }
  }

  std::size_t size() const { return static_cast<std::size_t>(frames_->rows()) * functions_; }

  /// Computes the values of consecutive steps, values[channel * M + m], with a stride between steps.
  void fill(std::uint64_t first_step, std::uint64_t steps, double* values, std::size_t stride) const {
    const auto channels = static_cast<std::size_t>(frames_->rows());
    const auto frames = static_cast<std::uint64_t>(frames_->cols());
    std::vector<double> sums(size());  // [m][channel]
    for (std::uint64_t step = first_step; step < first_step + steps; ++step, values += stride) {
      std::fill(sums.begin(), sums.end(), 0.0);
      const std::uint64_t since = step - std::min(step, times_.start_steps);
      const std::uint64_t latest = since / times_.steps_per_frame;
      const std::uint64_t phase = std::min(since % times_.steps_per_frame, phases_ - 1);
      const std::uint64_t end = step < times_.start_steps ? 0 : std::min(reach_, latest + 1);
      for (std::uint64_t ago = latest < frames ? 0 : latest - frames + 1; ago < end; ++ago) {
        const float* const frame = frames_->data() + (latest - ago) * channels;
        for (std::size_t m = 0; m < functions_; ++m) {
          const double tap = sums_[(phase * reach_ + ago) * functions_ + m];
          double* const sum = sums.data() + m * channels;
          for (std::size_t i = 0; i < channels; ++i) sum[i] = sum[i] + mul(tap, static_cast<double>(frame[i]));
        }
      }
      for (std::size_t m = 0; m < functions_; ++m)
        for (std::size_t i = 0; i < channels; ++i) values[i * functions_ + m] = sums[m * channels + i];
    }
  }

 private:
  /// How many frames before the present one the frame of this lag was shown.
  std::uint64_t frames_ago(std::uint64_t phase, std::uint64_t lag) const {
    return lag <= phase ? 0 : 1 + (lag - phase - 1) / times_.steps_per_frame;
  }

  std::shared_ptr<const Eigen::MatrixXf> frames_;
  FrameTimes times_;
  std::size_t functions_;
  std::uint64_t phases_, reach_;
  std::vector<double> sums_;  // of taps, [phase][frames ago][m]
};

}  // namespace detail

/// Values that all neurons share: [channels x frames]. One matrix for all networks, or one for each network of a batch
/// (each trial of a recording); these may have different numbers of frames. The values are 0 before the first frame and
/// after the last. They are immutable, and copies share them.
class Frames {
 public:
  static constexpr bool lacks_weights = true;

  /// O(channels x frames). Throws InvalidArgument if there are no channels, if networks differ in their number, or for
  /// a value that is not finite, naming frame, channel and network. Throws InvalidParameter if a time is out of bounds.
  explicit Frames(Eigen::MatrixXf values, const FrameTimes& times = {})
      : Frames(detail::ForNetworks{std::move(values)}, times) {}
  explicit Frames(std::vector<Eigen::MatrixXf> one_per_network, const FrameTimes& times = {})
      : Frames(detail::ForNetworks{std::move(one_per_network)}, times) {}

  /// Any other Eigen expression of floats.
  template <class Derived>
  explicit Frames(const Eigen::DenseBase<Derived>& values, const FrameTimes& times = {})
      : Frames(Eigen::MatrixXf(values.derived().template cast<float>()), times) {
    static_assert(std::is_same_v<typename Derived::Scalar, float>,
                  "spikeometric: frames must contain floats; use matrix.cast<float>()");
    static_assert(Derived::ColsAtCompileTime != 1,
                  "spikeometric: frames are a matrix [channels x frames]; transpose a series of one channel");
  }

  std::size_t channels() const { return static_cast<std::size_t>(values_.front().rows()); }
  const FrameTimes& times() const { return times_; }

  /// The steps in which this network is shown a frame. Throws OutOfRange if there are no frames for it.
  StepRange covered(std::uint64_t network = 0) const {
    const auto frames = static_cast<std::uint64_t>(values_[network].cols());
    const std::uint64_t end = StepRange{}.end;
    return StepRange::of(times_.start_steps,
                         frames > end / times_.steps_per_frame ? end : frames * times_.steps_per_frame);
  }

  /// The values for a network, filtered with the taps of several basis functions. Throws InvalidArgument if there is
  /// neither one matrix nor one for each network.
  detail::FilteredFrames filtered(const StimulusContext& context, const std::vector<std::vector<double>>& taps) const {
    return {values_.of(context, "matrices of frames"), times_, taps};
  }

 private:
  Frames(detail::ForNetworks<Eigen::MatrixXf> values, const FrameTimes& times)
      : values_(std::move(values)), times_(times) {
    validate_parameters(times_);
    if (values_.empty()) throw InvalidArgument("there are no frames: the list of matrices is empty");
    values_.for_each([&](const Eigen::MatrixXf& matrix, const std::string& for_network) {
      if (matrix.rows() == 0)
        throw InvalidArgument("frames need at least one channel, but the matrix" + for_network + " has no rows");
      if (matrix.rows() != values_.front().rows())
        throw InvalidArgument("the frames" + for_network + " have " + std::to_string(matrix.rows()) +
                              " channels, but those for network 0 have " + std::to_string(channels()));
      detail::require_finite(matrix, [&](Eigen::Index channel, Eigen::Index frame) {
        throw InvalidArgument("frames must be finite, but the value is " + detail::to_text(matrix(channel, frame)) +
                              " in frame " + std::to_string(frame) + ", channel " + std::to_string(channel) +
                              for_network);
      });
    });
  }

  detail::ForNetworks<Eigen::MatrixXf> values_;
  FrameTimes times_;
};

}  // namespace spikeometric
