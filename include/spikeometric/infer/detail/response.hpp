// SPDX-License-Identifier: BSD-3-Clause
//
// Impulse responses of filters, and filtering of signals forward and backward in time.
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/model/filters/impulse_response.hpp"

namespace spikeometric::detail {

/// The impulse response c(0), ..., c(length - 1) of one filter. If c(k + 1) = first c(k) + second c(k - 1) throughout,
/// as for one or two decays, it filters by a recursion whose cost does not depend on the length; otherwise by a sum
/// over lags.
class Response {
 public:
  explicit Response(std::vector<double> taps) : taps_(std::move(taps)) {
    const auto last = std::find_if(taps_.rbegin(), taps_.rend(), [](double tap) { return tap != 0.0; });
    taps_.erase(last.base(), taps_.end());
    if (taps_.size() < 8) return;
    const auto& c = taps_;
    if (c[0] != 0.0 && recurs(c[1] / c[0], 0.0)) return;
    const double determinant = c[1] * c[1] - c[0] * c[2];
    if (determinant != 0.0)
      recurs((c[1] * c[2] - c[0] * c[3]) / determinant, (c[1] * c[3] - c[2] * c[2]) / determinant);
  }

  /// Whether it filters by a recursion.
  bool recursive() const { return recursive_; }
  std::size_t length() const { return taps_.size(); }
  /// The lag of the last tap.
  std::size_t lead() const { return taps_.empty() ? 0 : taps_.size() - 1; }
  const std::vector<double>& taps() const { return taps_; }

  /// x(t) = sum over k of c(k) s(t - k) for 0 <= t < size, for `Lanes` interleaved signals. s begins length() - 1 steps
  /// before x.
  template <int Lanes>
  void forward(const double* s, double* x, std::size_t size) const {
    if (recursive_)
      recur<Lanes>(s, x, size, 1);
    else
      add_up(s, x, size * Lanes, [&](std::size_t k) { return (length() - 1 - k) * Lanes; });
  }

  /// y(t) = sum over k of c(k) r(t + k) for 0 <= t < size. r extends length() - 1 steps beyond y.
  template <int Lanes>
  void backward(const double* r, double* y, std::size_t size) const {
    if (recursive_)
      recur<Lanes>(r + (size + length() - 2) * Lanes, y + (size - 1) * Lanes, size, -1);
    else
      add_up(r, y, size * Lanes, [](std::size_t k) { return k * Lanes; });
  }

 private:
  /// Whether the response has this recursion, which is then used. Its errors must not grow: both of its roots are
  /// within the unit circle, and (1 - root)(1 - other root), of which the errors are a multiple, is not tiny.
  bool recurs(double first, double second) {
    if (!(std::abs(second) < 1.0 && 1.0 - second - std::abs(first) >= (second == 0.0 ? 0.0 : 1e-5))) return false;
    for (std::size_t k = 1; k < taps_.size(); ++k) {
      const double before = k > 1 ? taps_[k - 2] : 0.0;
      if (k == 1 && second != 0.0) continue;  // the first two taps are free
      if (!(std::abs(taps_[k] - first * taps_[k - 1] - second * before) <=
            1e-12 * (std::abs(taps_[k - 1]) + std::abs(second * before))))
        return false;
    }
    const double latest = taps_.back(), earlier = taps_[taps_.size() - 2];
    recursive_ = true;
    first_ = first;
    second_ = second;
    entering_ = taps_[1] - first * taps_[0];
    leaving_ = first * latest + second * earlier;
    left_ = second * latest;
    return true;
  }

  template <class Shift>
  void add_up(const double* input, double* output, std::size_t size, Shift shift) const {
    std::fill_n(output, size, 0.0);
    for (std::size_t k = 0; k < length(); ++k) {
      const double tap = taps_[k];
      const double* const shifted = input + shift(k);
      for (std::size_t i = 0; i < size; ++i) output[i] += tap * shifted[i];
    }
  }

  /// Cuts a single signal into eight lanes, so that their recursions run in parallel.
  template <int Lanes>
  void recur(const double* input, double* output, std::size_t size, std::ptrdiff_t direction) const {
    if (const std::size_t piece = size / 8; Lanes == 1 && piece > 4 * length()) {
      const std::ptrdiff_t lane = direction * static_cast<std::ptrdiff_t>(piece);
      recur<8>(input, output, piece, direction, lane);
      recur<1>(input + 8 * lane, output + 8 * lane, size - 8 * piece, direction, lane);
    } else {
      recur<Lanes>(input, output, size, Lanes * direction, std::integral_constant<std::ptrdiff_t, 1>{});
    }
  }

  /// `step` and `lane` are the strides between steps and between signals.
  template <int Lanes, class Distance>
  void recur(const double* input, double* output, std::size_t size, std::ptrdiff_t step, Distance lane) const {
    if (second_ != 0.0)
      recur<Lanes, true>(input, output, size, step, lane);
    else
      recur<Lanes, false>(input, output, size, step, lane);
  }

  template <int Lanes, bool SecondOrder, class Distance>
  void recur(const double* input, double* output, std::size_t size, std::ptrdiff_t step, Distance lane) const {
    using Row = Eigen::Array<double, Lanes, 1>;
    const auto row = [=](std::ptrdiff_t i) {
      Row result;
      for (int l = 0; l < Lanes; ++l) result[l] = input[i * step + l * lane];
      return result;
    };
    const auto lead = static_cast<std::ptrdiff_t>(length() - 1), end = static_cast<std::ptrdiff_t>(size);
    Row x = Row::Zero(), previous = Row::Zero();
    const auto advance = [&](const Row& fresh) {
      if constexpr (SecondOrder) {
        const Row next = first_ * x + (second_ * previous + fresh);
        previous = x;
        x = next;
      } else {
        x = first_ * x + fresh;
      }
    };
    for (std::ptrdiff_t i = 0; i < lead; ++i) {
      Row fresh = taps_[0] * row(i);
      if (SecondOrder && i > 0) fresh += entering_ * row(i - 1);
      advance(fresh);
    }
    for (std::ptrdiff_t i = 0; i < end; ++i) {
      Row fresh = taps_[0] * row(i + lead);
      if constexpr (SecondOrder) fresh += entering_ * row(i + lead - 1);
      if (i > 0) fresh -= leaving_ * row(i - 1);
      if (SecondOrder && i > 1) fresh -= left_ * row(i - 2);
      advance(fresh);
      for (int l = 0; l < Lanes; ++l) output[i * step + l * lane] = x[l];
    }
  }

  std::vector<double> taps_;
  bool recursive_ = false;
  double first_ = 0.0, second_ = 0.0;
  double entering_ = 0.0;              // of the signal one step ago
  double leaving_ = 0.0, left_ = 0.0;  // subtracted when a signal has left the window one or two steps ago
};

/// The impulse responses of a filter's basis functions; see impulse_responses. Taps of at most 1e-13 of the peak are 0.
template <std::size_t Bases, class FilterPolicy, class Real>
std::vector<Response> responses_of(const FilterPolicy& filter, Real dt) {
  std::vector<Response> responses;
  responses.reserve(Bases);
  for (std::vector<double>& taps : impulse_responses(filter, dt)) {
    double peak = 0.0;
    for (const double tap : taps) peak = std::max(peak, std::abs(tap));
    for (double& tap : taps)
      if (std::abs(tap) <= least_tap * peak) tap = 0.0;
    responses.emplace_back(std::move(taps));
  }
  return responses;
}

}  // namespace spikeometric::detail
