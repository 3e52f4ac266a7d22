// SPDX-License-Identifier: BSD-3-Clause
//
// Correlations of spike counts, and cross-correlograms of pairs of neurons.
//
//   const Eigen::MatrixXd all = sk::correlations(spikes, {.bin_steps = 20});          // N x N
//   const Eigen::MatrixXd some = sk::correlations(spikes, sk::neurons(0, 80), {.bin_steps = 20});
//   const Eigen::MatrixXd noise = sk::correlations(trials, {.bin_steps = 20, .subtract_psth = true});
//   std::cout << sk::mean_correlation(all, sk::neurons(0, 80)).correlation << '\n';
//
//   const sk::Correlogram pair = sk::correlogram(spikes, 3, 7, {.max_lag_steps = 50});   // of 7, from spikes of 3
//   const std::vector<sk::Correlogram> many = sk::correlograms(spikes, {{3, 7}, {3, 3}}, {.max_lag_steps = 50});
//
// As pictures (<spikeometric/io/svg_matrix.hpp> has the first):
//
//   sk::io::write_svg("correlations.svg", sk::io::MatrixPlot{.title = "Spike-count correlations", .x_label = "neuron",
//                                                            .y_label = "neuron", .values = all});
//   sk::io::write_svg("pair.svg", sk::io::Plot{.title = "3 to 7", .x_label = "lag (ms)", .y_label = "rate (Hz)",
//                                              .series = {{.style = sk::io::Style::steps, .x = pair.edges_ms,
//                                                          .y = pair.rate_hz}}});
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/analysis/detail/trials.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/mask.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/simulate/events.hpp"

namespace spikeometric {

/// What counts are correlated.
struct CorrelationOptions {
  std::uint64_t bin_steps = 0;  ///< width of the bins in which spikes are counted; must be given
  /// Of trials, correlates the deviations from the mean over trials of each bin: the noise correlation. By default,
  /// the deviations from the mean over all bins: the total correlation.
  bool subtract_psth = false;
};

/// The mean over pairs of different neurons. Each pair has the same weight.
struct MeanCorrelation {
  double correlation;      ///< NaN if no pair has a correlation
  std::uint64_t pairs;     ///< number of pairs in the mean
  std::uint64_t left_out;  ///< number of pairs without a correlation (NaN)
};

/// The range of a cross-correlogram.
struct CorrelogramOptions {
  std::uint64_t max_lag_steps = 0;  ///< lags are -max_lag_steps to max_lag_steps; must be given
};

/// How spikes of neuron b follow those of neuron a. A lag is the step of b's spike minus the step of a's spike.
struct Correlogram {
  std::vector<std::int64_t> lag_steps;  ///< ascending
  std::vector<double> edges_ms;         ///< of a histogram: lag - 1/2 and lag + 1/2 steps; one more than there are lags
  std::vector<std::uint64_t> counts;    ///< number of pairs of spikes with this lag
  /// The rate of b at this lag from a spike of a: pairs divided by dt and by the spikes of a for which the recording
  /// contains this lag. NaN if there is none. Without correlation, it is the rate of b at every lag.
  std::vector<double> rate_hz;
};

namespace detail {

/// Sums, over bins, of the products of the counts of pairs of rows, less what their means explain.
class CountProducts {
 public:
  explicit CountProducts(std::size_t rows)
      : sums_(rows),
        squares_(rows),
        products_(Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(rows))) {}

  /// Adds the counts of a bin: (row, count), in ascending order of row.
  void add(const std::vector<std::pair<std::uint32_t, double>>& counts) {
    ++bins_;
    add_products(counts, 1.0);
    for (const auto& [row, count] : counts) {
      if (sums_[row] == 0.0) touched_.push_back(row);
      sums_[row] += count;
      squares_[row] += count * count;
    }
  }

  /// Subtracts the mean of the bins since the last call from the counts of each of them.
  void subtract_mean() {
    std::sort(touched_.begin(), touched_.end());
    std::vector<std::pair<std::uint32_t, double>> sums;
    for (const std::uint32_t row : touched_) sums.emplace_back(row, std::exchange(sums_[row], 0.0));
    add_products(sums, -static_cast<double>(bins_));
    touched_.clear();
    bins_ = 0;
  }

  /// Pearson's correlations. A sum of squared deviations of integers from their means is 0, or at least 1/2 (one of
  /// two bins differs by 1). It has an error below 1/4, since squares are subtracted that sum to at most 2^49.
  Eigen::MatrixXd correlations() && {
    for (const double sum : squares_)
      if (sum > 0x1p49)
        throw InvalidArgument("spike counts are too large for correlations: the sum of squares of a neuron is " +
                              to_short_text(sum) + ", above 2^49");
    const Eigen::VectorXd variances = products_.diagonal().unaryExpr(
        [](double v) { return v < 0.25 ? std::numeric_limits<double>::quiet_NaN() : v; });
    for (Eigen::Index b = 0; b < products_.cols(); ++b)
      for (Eigen::Index a = 0; a <= b; ++a) {
        const double r = products_(a, b) / std::sqrt(variances[a] * variances[b]);
        products_(a, b) = products_(b, a) = r > 1.0 ? 1.0 : r < -1.0 ? -1.0 : r;  // NaN remains
      }
    return std::move(products_);
  }

 private:
  /// Adds the products of all pairs, divided by `divisor`, above the diagonal and on it.
  void add_products(const std::vector<std::pair<std::uint32_t, double>>& values, double divisor) {
    for (const auto& [b, of_b] : values)
      for (const auto& [a, of_a] : values) {
        if (a > b) break;
        products_(a, b) += of_a * of_b / divisor;
      }
  }

  std::uint64_t bins_ = 0;
  std::vector<double> sums_, squares_;
  std::vector<std::uint32_t> touched_;  // rows with a sum above 0
  Eigen::MatrixXd products_;
};

template <class Event>
Eigen::MatrixXd correlations_of(std::span<const Events<Event>> trials, const Rows& rows,
                                const CorrelationOptions& options) {
  require_bin(options.bin_steps);
  if (options.subtract_psth && trials.size() < 2) throw InvalidArgument("subtract_psth needs at least two trials");
  std::vector<BinReader<Event>> readers;
  std::uint64_t bins = 0, longest = 0;
  for (const Events<Event>& trial : trials) {
    readers.emplace_back(trial);
    bins += trial.steps() / options.bin_steps;
    longest = std::max(longest, trial.steps() / options.bin_steps);
  }
  if (bins < 2)
    throw InvalidArgument("correlations need at least two bins: with bin_steps = " + std::to_string(options.bin_steps) +
                          " there is " + (bins == 0 ? "none" : "one"));
  CountProducts products{rows.sizes.size()};
  BinCounts counts{rows.sizes.size()};
  for (std::uint64_t bin = 0; bin < longest; ++bin) {
    const std::uint64_t end = (bin + 1) * options.bin_steps;
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
      if (end > trials[trial].steps()) continue;
      readers[trial].read_until(end, rows, counts);
      products.add(counts.take());
    }
    if (options.subtract_psth) products.subtract_mean();
  }
  if (!options.subtract_psth) products.subtract_mean();
  return std::move(products).correlations();
}

/// The spikes of a neuron in one step.
struct TrainSpike {
  std::uint64_t step;  ///< on a clock on which trials are further apart than the maximum lag
  std::uint64_t count;
  std::uint64_t before, after;  ///< number of steps of the trial before and after this one
};

inline Correlogram correlogram_of(const std::vector<TrainSpike>& a, const std::vector<TrainSpike>& b,
                                  std::uint64_t max_lag, double dt_ms) {
  Correlogram result;
  result.counts.resize(2 * max_lag + 1);
  std::vector<double> spikes(2 * max_lag + 2);  // of a, for which the recording contains a lag: differences
  auto first = b.begin();
  for (const TrainSpike& spike : a) {
    const auto count = static_cast<double>(spike.count);
    spikes[max_lag - std::min(max_lag, spike.before)] += count;
    spikes[max_lag + std::min(max_lag, spike.after) + 1] -= count;
    while (first != b.end() && first->step + max_lag < spike.step) ++first;
    for (auto other = first; other != b.end() && other->step <= spike.step + max_lag; ++other)
      result.counts[other->step + max_lag - spike.step] += spike.count * other->count;
    if (&a == &b) result.counts[max_lag] -= spike.count;
  }
  double followed = 0.0;
  for (std::size_t i = 0; i < result.counts.size(); ++i) {
    const std::int64_t lag = static_cast<std::int64_t>(i) - static_cast<std::int64_t>(max_lag);
    followed += spikes[i];
    result.lag_steps.push_back(lag);
    result.edges_ms.push_back((static_cast<double>(lag) - 0.5) * dt_ms);
    result.rate_hz.push_back(static_cast<double>(result.counts[i]) * 1000.0 / (followed * dt_ms));
  }
  result.edges_ms.push_back((static_cast<double>(max_lag) + 0.5) * dt_ms);
  return result;
}

template <class Event>
std::vector<Correlogram> correlograms_of(std::span<const Events<Event>> trials,
                                         const std::vector<std::pair<std::uint32_t, std::uint32_t>>& pairs,
                                         std::uint64_t max_lag) {
  if (max_lag == 0) throw InvalidArgument("max_lag_steps = 0 must be at least 1");
  std::uint64_t longest = 0;
  for (const Events<Event>& trial : trials) longest = std::max(longest, trial.steps());
  if (max_lag >= longest)
    throw InvalidArgument("max_lag_steps = " + std::to_string(max_lag) + " must be less than the " +
                          std::to_string(longest) + " steps of the longest recording");
  std::vector<std::uint32_t> ids;
  for (const auto& [a, b] : pairs) ids.insert(ids.end(), {a, b});
  const Rows rows = Rows::of_each(neurons(std::move(ids)), trials[0].neurons());
  std::vector<std::vector<TrainSpike>> trains(rows.sizes.size());
  std::uint64_t begin = 0;
  for (const Events<Event>& trial : trials) {
    for (const Event& event : trial.packed())
      if (const std::uint32_t row = rows.of[event.neuron]; row != Rows::none)
        trains[row].push_back({begin + event.offset, event.count, event.offset, trial.steps() - 1 - event.offset});
    begin += trial.steps() + max_lag;
  }
  std::vector<Correlogram> result;
  for (const auto& [a, b] : pairs)
    result.push_back(correlogram_of(trains[rows.of[a]], trains[rows.of[b]], max_lag, trials[0].dt_ms()));
  return result;
}

}  // namespace detail

/// The correlations (Pearson) of the spike counts of the neurons of a mask, in ascending order: n x n for n neurons. A
/// neuron whose count does not vary has NaN, on the diagonal too. `recordings` is Events, or the trials of one network
/// as BatchEvents or a std::vector of Events, each aligned at its first step. Steps at the end that do not fill a bin
/// are left out. With subtract_psth, a bin that only one trial covers contributes nothing.
///
/// Time: O(events + bins + pairs of neurons that spike in the same bin, summed over the bins of all trials + n^2); with
/// subtract_psth, also the pairs that spike in the same bin of any two trials, summed over bins. Memory: 8 n^2 bytes.
/// Throws InvalidArgument for bin_steps = 0, if there are fewer than two bins, for a mask that does not fit the
/// network, for subtract_psth with fewer than two trials, for trials that differ in the number of neurons or in dt, and
/// if the squared counts of a neuron sum to more than 2^49.
template <detail::RecordingOrTrials Recordings>
[[nodiscard]] Eigen::MatrixXd correlations(const Recordings& recordings, const Mask& mask,
                                           const CorrelationOptions& options) {
  const auto trials = detail::trials_of(recordings);
  return detail::correlations_of(trials, detail::Rows::of_each(mask, trials[0].neurons()), options);
}

/// The correlations of all neurons, N x N. Throws as above.
template <detail::RecordingOrTrials Recordings>
[[nodiscard]] Eigen::MatrixXd correlations(const Recordings& recordings, const CorrelationOptions& options) {
  return correlations(recordings, Mask{}, options);
}

/// The mean correlation of the pairs of different neurons of a mask; the mask counts the rows of the matrix. Pairs with
/// NaN are left out, and counted. O(n^2) for n neurons. Throws InvalidArgument for a matrix that is not square, and for
/// a mask that does not fit it.
[[nodiscard]] inline MeanCorrelation mean_correlation(const Eigen::MatrixXd& correlations, const Mask& mask = {}) {
  if (correlations.rows() != correlations.cols())
    throw InvalidArgument("a matrix of correlations must be square, not " + std::to_string(correlations.rows()) +
                          " x " + std::to_string(correlations.cols()));
  const auto size = static_cast<std::uint64_t>(correlations.rows());
  const detail::BoundMask neurons = mask.bind(size);
  MeanCorrelation result{0.0, 0, 0};
  neurons.for_each(0, size, [&](std::uint32_t b) {
    neurons.for_each(0, b, [&](std::uint32_t a) {
      const double r = correlations(a, b);
      if (std::isnan(r)) {
        ++result.left_out;
      } else {
        ++result.pairs;
        result.correlation += r;
      }
    });
  });
  result.correlation /= static_cast<double>(result.pairs);
  return result;
}

/// The cross-correlograms of pairs (a, b), in their order; of a neuron with itself, the auto-correlogram, which does
/// not pair a spike with itself. Spikes of different trials make no pairs. `recordings` is as above. O(events +
/// neurons) and, for each pair, O(spikes of a and b + pairs of spikes up to the maximum lag + lags). Throws
/// InvalidArgument for max_lag_steps = 0 or not less than the number of steps of the longest recording, for a neuron
/// that does not exist, and for trials that differ in the number of neurons or in dt.
template <detail::RecordingOrTrials Recordings>
[[nodiscard]] std::vector<Correlogram> correlograms(const Recordings& recordings,
                                                    const std::vector<std::pair<std::uint32_t, std::uint32_t>>& pairs,
                                                    const CorrelogramOptions& options) {
  return detail::correlograms_of(detail::trials_of(recordings), pairs, options.max_lag_steps);
}

/// The cross-correlogram of one pair. Throws as above.
template <detail::RecordingOrTrials Recordings>
[[nodiscard]] Correlogram correlogram(const Recordings& recordings, std::uint32_t a, std::uint32_t b,
                                      const CorrelogramOptions& options) {
  return correlograms(recordings, {{a, b}}, options)[0];
}

}  // namespace spikeometric
