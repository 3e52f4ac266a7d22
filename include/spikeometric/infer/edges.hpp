// SPDX-License-Identifier: BSD-3-Clause
//
// Which connections of a fit to believe: a p-value for each, and a list with a bounded rate of false discoveries.
//
//   const auto fitted = sk::fit(sk::recording_family(1.0), spikes, {.threads = 2});
//   const sk::Edges edges = sk::edges(fitted, {.fdr = 0.05});
//   for (const sk::Connection& edge : edges.found)
//     std::cout << edge.pre << " -> " << edge.post << ": " << edge.strength << ", p " << edge.p_value << '\n';
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
#include "spikeometric/infer/detail/edge_tests.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

enum class EdgeTest {
  likelihood_ratio,  ///< of the fit and of one without the connection, for all its weights at once
  wald               ///< weights in units of their errors; too many false discoveries where spikes are few
};

/// How the rate of false discoveries is bounded.
enum class FalseDiscovery {
  benjamini_hochberg,  ///< Benjamini and Hochberg (1995): for independent or positively dependent tests
  benjamini_yekutieli  ///< Benjamini and Yekutieli (2001): for any tests; fewer discoveries
};

/// Options of edges().
struct EdgeOptions {
  double fdr = 0.05;  ///< the expected fraction of false connections among those found
  EdgeTest test = EdgeTest::likelihood_ratio;
  FalseDiscovery method = FalseDiscovery::benjamini_hochberg;
  bool refit_all = false;                     ///< whether all tests use refits, not only those that matter
  std::optional<int> threads = std::nullopt;  ///< default: as in the fit
};

/// A connection that was found.
struct Connection {
  std::uint32_t pre, post;
  double p_value, q_value;  ///< q_value: the smallest fdr at which the connection is found
  double strength;          ///< sum over basis functions of weight x area: the total effect of a spike on g
  double strength_error;    ///< its standard error
  bool refitted;            ///< whether the network without the connection was fitted
};

/// Connections, tested. Pairs are not tested if the presynaptic neuron has no spikes, or if the fit of the postsynaptic
/// neuron is neither converged nor separated. Autapses are own history.
struct Edges {
  std::vector<Connection> found;  ///< in order of p-value
  /// [pre][post]; NaN for pairs that were not tested. Exact only where it matters; see edges().
  Eigen::MatrixXd p_values;
  Eigen::MatrixXd statistics;  ///< [pre][post]: likelihood ratios or Wald statistics, chi-squared without a connection
  double threshold = 0.0;      ///< the largest p-value found
  std::uint64_t tests = 0;     ///< number of tested pairs
  std::uint64_t refitted = 0;  ///< number of fits without a connection
  std::uint64_t not_converged = 0;  ///< number of these that did not converge; their p-values are 1
};

namespace detail {

/// For each p-value, NaN apart, the smallest rate of false discoveries at which it is found.
inline std::vector<double> q_values(const std::vector<double>& p_values, FalseDiscovery method) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p_values.size(); ++i)
    if (!std::isnan(p_values[i])) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  double factor = 1.0;
  if (method == FalseDiscovery::benjamini_yekutieli)
    for (std::size_t i = 2; i <= order.size(); ++i) factor += 1.0 / static_cast<double>(i);
  std::vector<double> result(p_values.size(), std::numeric_limits<double>::quiet_NaN());
  double least = 1.0;
  for (std::size_t rank = order.size(); rank-- > 0;) {
    const auto m = static_cast<double>(order.size());
    least = std::min(least, factor * p_values[order[rank]] * m / static_cast<double>(rank + 1));
    result[order[rank]] = least;
  }
  return result;
}

template <class Real>
Edges tested_edges(const FitView<Real>& fit, const EdgeOptions& options) {
  const FitData<Real>& problem = fit.problem;
  if (!(options.fdr > 0.0 && options.fdr < 1.0))
    throw InvalidArgument("fdr = " + to_text(options.fdr) + " must be above 0 and below 1");
  const FitOptions& of_fit = problem.options;
  const Penalty own = of_fit.own_penalty.value_or(Penalty{});
  if (!of_fit.penalty.differentiable() || !own.differentiable() || !of_fit.stimulus_penalty.differentiable())
    throw InvalidArgument(
        "weights of a fit with an L1 or GroupL1 penalty have no p-values; fit without it or use stability_selection");
  if (!of_fit.signs.empty() || of_fit.own_sign != 0)
    throw InvalidArgument("weights of a fit with signs or own_sign have no p-values; fit without them");
  if (problem.size() > max_newton_size)
    throw InvalidArgument(std::to_string(problem.size()) +
                          " parameters per neuron are too many for edges, which takes at most " +
                          std::to_string(max_newton_size) + "; use stability_selection");
  const int threads = options.threads.value_or(of_fit.threads);
  if (threads < 1) throw InvalidArgument("threads = " + std::to_string(threads) + " must be at least 1");
  const auto size = static_cast<std::uint32_t>(problem.neurons());
  const CovariateVariances<Real> variances = covariate_variances(problem, of_fit);

  std::vector<ConnectionTest> tests(std::size_t{size} * size);  // [post][pre]
  std::vector<double> errors(tests.size(), std::numeric_limits<double>::quiet_NaN());
  /// Calls work(tests of the neuron, index of its first) for each of the given neurons.
  const auto on_neurons = [&](const std::vector<std::uint32_t>& neurons, auto&& work) {
    on_threads(neurons.size(), threads, [&](std::size_t index) {
      const std::uint32_t post = neurons[index];
      ConnectionTests<Real> of(fit, variances, post);
      work(of, post);
    });
  };
  const bool wald = options.test == EdgeTest::wald;
  std::vector<std::uint32_t> posts;
  for (std::uint32_t post = 0; post < size; ++post)
    if (fit.testable(post)) posts.push_back(post);
  on_neurons(posts, [&](ConnectionTests<Real>& of, std::uint32_t post) {
    const Eigen::Map<const VectorOf<Real>> areas(problem.areas.data(),
                                                 static_cast<Eigen::Index>(problem.coupling_bases));
    for (std::uint32_t pre = 0; pre < size; ++pre) {
      if (pre == post) continue;
      const std::size_t at = std::size_t{post} * size + pre;
      tests[at] = of.screened(pre, wald, std::max(0.05, options.fdr));
      errors[at] = std::sqrt(areas.dot(of.covariance(pre) * areas));
    }
  });

  Edges result;
  std::vector<double> p_values(tests.size()), q;
  for (bool again = true; again;) {
    again = false;
    for (std::size_t at = 0; at < tests.size(); ++at) p_values[at] = tests[at].p_value;
    q = q_values(p_values, options.method);
    result.threshold = 0.0;
    for (std::size_t at = 0; at < tests.size(); ++at)
      if (q[at] <= options.fdr) result.threshold = std::max(result.threshold, p_values[at]);
    if (wald) break;
    // A refit only raises p-values of likelihood ratios, so pairs above the threshold stay there. Pairs with Wald's
    // test are far above it.
    constexpr double margin = 100.0;
    std::vector<std::vector<std::uint32_t>> refits(size);
    for (std::size_t at = 0; at < tests.size(); ++at) {
      const ConnectionTest& test = tests[at];
      if (test.exact || std::isnan(test.p_value)) continue;
      const bool matters =
          test.p_value <= result.threshold && (test.sparse || test.p_value >= result.threshold / margin);
      if (options.refit_all || matters) refits[at / size].push_back(static_cast<std::uint32_t>(at % size));
    }
    std::vector<std::uint32_t> affected;
    for (std::uint32_t post = 0; post < size; ++post)
      if (!refits[post].empty()) {
        affected.push_back(post);
        result.refitted += refits[post].size();
      }
    again = !affected.empty();
    on_neurons(affected, [&](ConnectionTests<Real>& of, std::uint32_t post) {
      for (const std::uint32_t pre : refits[post]) tests[std::size_t{post} * size + pre] = of.exact(pre);
    });
  }

  const double unknown = std::numeric_limits<double>::quiet_NaN();
  result.p_values.setConstant(size, size, unknown);
  result.statistics.setConstant(size, size, unknown);
  for (std::uint32_t post = 0; post < size; ++post)
    for (std::uint32_t pre = 0; pre < size; ++pre) {
      const std::size_t at = std::size_t{post} * size + pre;
      result.p_values(pre, post) = tests[at].p_value;
      result.statistics(pre, post) = tests[at].statistic;
      if (std::isnan(tests[at].p_value)) continue;
      ++result.tests;
      result.not_converged += !tests[at].converged;
      if (!(q[at] <= options.fdr)) continue;
      double strength = 0.0;
      for (std::size_t m = 0; m < problem.coupling_bases; ++m)
        strength += problem.areas[m] * fit.weights(pre, post * problem.bases + m);
      result.found.push_back({pre, post, tests[at].p_value, q[at], strength, errors[at], tests[at].exact});
    }
  std::stable_sort(result.found.begin(), result.found.end(),
                   [](const Connection& a, const Connection& b) { return a.p_value < b.p_value; });
  return result;
}

}  // namespace detail

/// Tests each connection of a fit, all its basis functions at once, against a fit without it, and finds those that are
/// there with the given rate of false discoveries.
///
/// A likelihood ratio is exact if the network without the connection was fitted. That is done only where it matters:
/// for connections within a factor of 100 of the threshold, and for those with fewer than five expected spikes or with
/// infinite weights. The others are tested by a single Newton step from the fit, under the constraint, or, if the
/// connection is too weak to be found by any test, by Wald's test. With a ridge (L2, Smooth), likelihoods are
/// penalised: p-values are right if it is weak, like the default for own histories. Stimulus, own history and all other
/// connections are part of both models.
///
/// Time: for each neuron one Hessian and its inverse, a likelihood for each connection that may be found, and
/// some ten for each refit. Throws InvalidArgument for an fdr that is not between 0 and 1, and for a fit with L1 or
/// GroupL1 penalties, with signs or own_sign, or with more than 2000 parameters per neuron.
template <class Family, class StimulusType>
[[nodiscard]] Edges edges(const Fit<Family, StimulusType>& fit, const EdgeOptions& options = {}) {
  return detail::tested_edges(detail::FitView<double>{*fit.data, fit.neurons, fit.weights}, options);
}

}  // namespace spikeometric
