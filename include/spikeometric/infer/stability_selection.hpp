// SPDX-License-Identifier: BSD-3-Clause
//
// Stability selection: the connections that a fit with an L1 penalty finds again and again in halves of the recordings.
// Such fits have no p-values.
//
//   const auto found = sk::stability_selection(family, spikes, {.penalty = sk::L1{3.0}.standardized(), .threads = 2},
//                                              {.seed = sk::Seed{1}});
//   for (const auto& edge : found.edges) std::cout << edge.pre << " -> " << edge.post << ' ' << edge.frequency << '\n';
//   std::cout << "at most " << found.expected_false << " of them are expected to be false\n";
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/infer/detail/fit_data.hpp"
#include "spikeometric/infer/detail/fit_neuron.hpp"
#include "spikeometric/infer/detail/likelihood.hpp"
#include "spikeometric/infer/detail/problem.hpp"
#include "spikeometric/infer/fit_options.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/simulate/detail/arguments.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

/// Options of stability selection.
struct StabilitySelectionOptions {
  int pairs = 25;          ///< of complementary halves; each half is fitted
  double threshold = 0.8;  ///< the fraction of halves in which a connection must be found; above 1/2
  /// Whether halves consist of whole recordings (trials). Otherwise each recording is cut into 20 blocks. Default: if
  /// there are at least ten recordings.
  std::optional<bool> by_recording = std::nullopt;
  std::optional<Seed> seed = std::nullopt;  ///< draws the halves; required
};

/// A connection that was found in many halves.
struct StableConnection {
  std::uint32_t pre, post;
  double frequency;  ///< the fraction of halves in which its weights were not 0
};

/// The result of stability selection.
struct StabilitySelection {
  std::vector<StableConnection> edges;  ///< in order of frequency, the largest first
  Eigen::MatrixXd frequencies;          ///< [pre][post]; NaN for autapses and for neurons that were not fitted
  double selected = 0.0;                ///< number of connections found in a half, mean over halves
  /// An upper bound of the expected number of false connections, selected^2 / ((2 threshold - 1) pairs of neurons), if
  /// pairs that are not connected are alike (Meinshausen and Buehlmann 2010); in any case, of those that are found more
  /// rarely than the average pair (Shah and Samworth 2013).
  double expected_false = 0.0;
};

namespace detail {

/// The purpose of the draws of halves.
inline constexpr Purpose halves_purpose{6};

/// For each pair of halves, whether each part is in the first.
inline std::vector<std::vector<bool>> halves(std::uint64_t parts, int pairs, Seed seed) {
  const Stream stream{seed, 0, halves_purpose};
  std::vector<std::vector<bool>> result;
  for (int pair = 0; pair < pairs; ++pair) {
    std::vector<std::pair<double, std::uint64_t>> order;
    for (std::uint64_t part = 0; part < parts; ++part) {
      const Block bits = stream.block(static_cast<std::uint32_t>(part), static_cast<std::uint64_t>(pair), 0);
      order.emplace_back(uniform(bits[0], bits[1]), part);
    }
    std::sort(order.begin(), order.end());
    std::vector<bool>& first = result.emplace_back(parts);
    for (std::uint64_t i = 0; i < parts / 2; ++i) first[order[i].second] = true;
  }
  return result;
}

template <class Real>
StabilitySelection selected_stably(const FitData<Real>& problem, const StabilitySelectionOptions& selection) {
  require_fit_options(problem);
  const FitOptions& options = problem.options;
  if (options.penalty.differentiable())
    throw InvalidArgument("stability selection needs an L1 or GroupL1 penalty, such as L1{3}.standardized()");
  if (selection.pairs < 1) throw InvalidArgument("pairs = " + std::to_string(selection.pairs) + " must be at least 1");
  if (!(selection.threshold > 0.5 && selection.threshold <= 1.0))
    throw InvalidArgument("threshold = " + to_text(selection.threshold) + " must be above 0.5 and at most 1");
  if (!selection.seed) throw InvalidArgument("stability selection needs a seed, as in {.seed = sk::Seed{1}}");
  const bool whole = selection.by_recording.value_or(problem.recordings_used() >= 10);
  const Folds folds = problem.folds_of(whole ? 2 : 4, whole);
  if (folds.parts < 2) throw InvalidArgument("stability selection by recordings needs at least two recordings");
  const std::vector<std::vector<bool>> first = halves(folds.parts, selection.pairs, *selection.seed);
  const CovariateVariances<Real> variances = covariate_variances(problem, options);

  const auto size = static_cast<Eigen::Index>(problem.neurons());
  StabilitySelection result;
  result.frequencies.setConstant(size, size, std::numeric_limits<double>::quiet_NaN());
  const std::vector<std::uint32_t> wanted = problem.wanted_neurons();
  on_threads(wanted.size(), options.threads, [&](std::size_t index) {
    const std::uint32_t post = wanted[index];
    const auto stimulus = problem.stimulus_of(post);
    NeuronLikelihood<Real> likelihood(problem, post, stimulus->values);
    VectorOf<Real> found = VectorOf<Real>::Zero(size);
    for (const std::vector<bool>& pair : first)
      for (const bool half : {true, false}) {
        likelihood.observe([&](std::uint64_t step) { return pair[folds.part_of[step]] == half; });
        if (likelihood.steps() == 0.0)
          throw InvalidArgument("neuron " + std::to_string(post) +
                                " has a half without steps: there are too few blocks");
        if (without_fit(problem, likelihood)) continue;
        auto [start, scale, information] = uncoupled(problem, likelihood);
        if (likelihood.impossible(start)) continue;
        const NeuronPenalty<Real> penalty =
            penalty_of<Real>(problem, post, options, {variances, information, likelihood.steps(), stimulus->units});
        MatrixOf<Real> hessian;
        const VectorOf<Real> x = minimised(likelihood, penalty, options, std::max(options.tolerance, 1e-4) * scale,
                                           std::move(start), hessian)
                                     .x;
        for (std::uint64_t pre = 0; pre < problem.neurons(); ++pre)
          found[static_cast<Eigen::Index>(pre)] +=
              !x.segment(problem.column(pre, 0), static_cast<Eigen::Index>(problem.coupling_bases)).isZero(Real(0));
      }
    found /= 2.0 * selection.pairs;
    for (Eigen::Index pre = 0; pre < size; ++pre)
      if (pre != static_cast<Eigen::Index>(post)) result.frequencies(pre, post) = found[pre];
  });
  double pairs = 0.0;
  for (std::uint32_t post = 0; post < problem.neurons(); ++post)
    for (std::uint32_t pre = 0; pre < problem.neurons(); ++pre)
      if (const double frequency = result.frequencies(pre, post); !std::isnan(frequency)) {
        pairs += 1.0;
        result.selected += frequency;
        if (frequency >= selection.threshold) result.edges.push_back({pre, post, frequency});
      }
  std::stable_sort(result.edges.begin(), result.edges.end(),
                   [](const StableConnection& a, const StableConnection& b) { return a.frequency > b.frequency; });
  result.expected_false = result.selected * result.selected / ((2.0 * selection.threshold - 1.0) * pairs);
  return result;
}

}  // namespace detail

/// Fits each of two random halves of the recordings, as often as `selection` says, and finds the connections whose
/// weights are not 0 in most halves. `options` are as for `fit`, with an L1 or GroupL1 penalty; standardized, the same
/// strength suits all neurons. The halves depend on the seed and not on the number of threads. Time: 2 x pairs fits of
/// half the recordings.
///
/// Throws as `fit` does, and InvalidArgument without such a penalty, without a seed, for an invalid number of pairs or
/// threshold, and for halves without steps.
template <Model ModelType, detail::FitStimulus StimulusType, class Recordings>
[[nodiscard]] StabilitySelection stability_selection(const ModelType& model, const StimulusType& stimulus,
                                                     const Recordings& recordings, const FitOptions& options,
                                                     const StabilitySelectionOptions& selection) {
  auto lifted = detail::lifted_for_fit(stimulus);
  return detail::selected_stably(detail::FitProblem<ModelType, decltype(lifted)>{recordings, model, lifted, options},
                                 selection);
}

/// Without a stimulus.
template <Model ModelType, detail::MaybeSpikes Recordings>
[[nodiscard]] StabilitySelection stability_selection(const ModelType& model, const Recordings& recordings,
                                                     const FitOptions& options,
                                                     const StabilitySelectionOptions& selection) {
  return stability_selection(model, no_stimulus, recordings, options, selection);
}

}  // namespace spikeometric
