// SPDX-License-Identifier: BSD-3-Clause
//
// Compares an inferred network with the true one.
//
//   const sk::Score score = sk::score(fitted, graph);
//   std::cout << score.auc << ' ' << score.average_precision << ' ' << score.correlation << '\n';
//   std::cout << sk::detected(fitted, graph).precision << '\n';   // of the nonzero weights
//   std::cout << sk::detected(sk::edges(fitted), graph).precision << '\n';
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/graph/graph.hpp"
#include "spikeometric/infer/edges.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

/// Scores over all ordered pairs of different neurons. A pair is connected if its true strength is not 0. Pairs are
/// ranked by the absolute value of their estimated strength or, for a fit with standard errors, by how
/// sure it is that they are connected: weights of quiet neurons may be large by chance. Without connected pairs, the
/// first three scores are NaN; without unconnected pairs, auc is NaN.
struct Score {
  double auc = 0.0;                ///< area under the ROC curve: P(connected pair ranks above unconnected pair)
  double average_precision = 0.0;  ///< mean, over connected pairs, of the precision down to their rank
  double r_precision = 0.0;        ///< precision of the first K pairs, where K pairs are connected
  double correlation = 0.0;        ///< Pearson correlation of strengths
  std::uint64_t pairs = 0, connected = 0;
};

/// Connections found, with an absolute estimate above `least`, compared with the true connections.
struct Detection {
  std::uint64_t right = 0, wrong = 0, missed = 0;
  double precision = 0.0, recall = 0.0;  ///< precision is NaN if no connection was found, recall if none exists
};

namespace detail {

/// Pairs (estimate, truth) of the strengths between different neurons.
inline std::vector<std::pair<double, double>> off_diagonal(const Eigen::MatrixXd& estimate,
                                                           const Eigen::MatrixXd& truth) {
  if (estimate.rows() != truth.rows() || estimate.cols() != truth.cols() || truth.rows() != truth.cols())
    throw InvalidArgument("estimate and truth must be square and of the same size: the estimate is " +
                          std::to_string(estimate.rows()) + " x " + std::to_string(estimate.cols()) +
                          ", the truth has " + std::to_string(truth.rows()) + " rows");
  std::vector<std::pair<double, double>> pairs;
  for (Eigen::Index pre = 0; pre < truth.rows(); ++pre)
    for (Eigen::Index post = 0; post < truth.cols(); ++post)
      if (pre != post) {
        for (const double strength : {estimate(pre, post), truth(pre, post)})
          if (std::isnan(strength))
            throw InvalidArgument("the strength from neuron " + std::to_string(pre) + " to neuron " +
                                  std::to_string(post) + " is NaN");
        pairs.emplace_back(estimate(pre, post), truth(pre, post));
      }
  return pairs;
}

/// The weights of a graph as a matrix. Several synapses of a pair are added.
template <class Weight, class Vertex>
Eigen::MatrixXd strengths_of(const Graph<Weight, Vertex>& graph) {
  static_assert(Graph<Weight, Vertex>::bases == 1,
                "spikeometric: this graph has several weights per synapse; pass its strengths as a matrix");
  const auto n = static_cast<Eigen::Index>(graph.neurons());
  Eigen::MatrixXd strengths = Eigen::MatrixXd::Zero(n, n);
  for (const auto& edge : graph.edges()) strengths(edge.pre, edge.post) += static_cast<double>(edge.weight);
  return strengths;
}

}  // namespace detail

/// Compares estimated strengths with true ones, and ranks pairs by `ranks`. Matrices are N x N with row = presynaptic.
/// O(N^2 log N). Throws InvalidArgument for matrices that are not square or not of the same size, and for a strength or
/// rank that is NaN.
[[nodiscard]] inline Score score(const Eigen::MatrixXd& estimate, const Eigen::MatrixXd& ranks,
                                 const Eigen::MatrixXd& truth) {
  auto pairs = detail::off_diagonal(estimate, truth);
  Score score;
  score.pairs = pairs.size();
  double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  const auto n = static_cast<double>(pairs.size());
  for (const auto& [a, b] : pairs) x += a / n, y += b / n;
  for (const auto& [a, b] : pairs) xx += (a - x) * (a - x), yy += (b - y) * (b - y), xy += (a - x) * (b - y);
  score.correlation = xy / std::sqrt(xx * yy);
  pairs = detail::off_diagonal(ranks, truth);
  std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& pair : pairs) score.connected += pair.second != 0.0;
  const auto positives = static_cast<double>(score.connected), negatives = n - positives;
  double right = 0.0, wrong = 0.0;
  for (std::size_t first = 0; first < pairs.size();) {
    double more_right = 0.0, more_wrong = 0.0;
    std::size_t end = first;
    for (; end < pairs.size() && pairs[end].first == pairs[first].first; ++end)
      (pairs[end].second != 0.0 ? more_right : more_wrong) += 1.0;
    // Ties count half.
    score.auc += more_right * (negatives - wrong - 0.5 * more_wrong) / (positives * negatives);
    const double room = std::clamp(positives - right - wrong, 0.0, more_right + more_wrong);
    score.r_precision += more_right * room / (more_right + more_wrong) / positives;
    right += more_right;
    wrong += more_wrong;
    score.average_precision += more_right / positives * right / (right + wrong);
    first = end;
  }
  if (positives == 0.0 || negatives == 0.0) score.auc = std::numeric_limits<double>::quiet_NaN();
  if (positives == 0.0) score.average_precision = score.r_precision = std::numeric_limits<double>::quiet_NaN();
  return score;
}

/// The same, with pairs ranked by the absolute value of their strength.
[[nodiscard]] inline Score score(const Eigen::MatrixXd& estimate, const Eigen::MatrixXd& truth) {
  return score(estimate, estimate.cwiseAbs(), truth);
}

/// Compares a fit with the graph that generated its spikes. Pairs are ranked by Fit::significance if the fit has
/// standard errors.
template <class F, class S, class Weight, class Vertex>
[[nodiscard]] Score score(const Fit<F, S>& fit, const Graph<Weight, Vertex>& truth) {
  return fit.weight_errors.size() > 0 ? score(fit.strengths(), fit.significance(), detail::strengths_of(truth))
                                      : score(fit.strengths(), detail::strengths_of(truth));
}

/// Counts the connections found, with an absolute estimate above `least`. Throws as `score` does.
[[nodiscard]] inline Detection detected(const Eigen::MatrixXd& estimate, const Eigen::MatrixXd& truth,
                                        double least = 0.0) {
  Detection result;
  for (const auto& [strength, there] : detail::off_diagonal(estimate, truth)) {
    const bool found = std::abs(strength) > least;
    result.right += found && there != 0.0;
    result.wrong += found && there == 0.0;
    result.missed += !found && there != 0.0;
  }
  const auto part = [](std::uint64_t right, std::uint64_t other) {
    return static_cast<double>(right) / static_cast<double>(right + other);
  };
  result.precision = part(result.right, result.wrong);
  result.recall = part(result.right, result.missed);
  return result;
}
template <class F, class S, class Weight, class Vertex>
[[nodiscard]] Detection detected(const Fit<F, S>& fit, const Graph<Weight, Vertex>& truth, double least = 0.0) {
  return detected(fit.strengths(), detail::strengths_of(truth), least);
}

/// Counts the edges that were found. Throws InvalidArgument for a graph of another number of neurons.
template <class Weight, class Vertex>
[[nodiscard]] Detection detected(const Edges& edges, const Graph<Weight, Vertex>& truth) {
  Eigen::MatrixXd found = Eigen::MatrixXd::Zero(edges.p_values.rows(), edges.p_values.cols());
  for (const Connection& edge : edges.found) found(edge.pre, edge.post) = 1.0;
  return detected(found, detail::strengths_of(truth));
}

}  // namespace spikeometric
