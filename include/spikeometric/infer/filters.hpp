// SPDX-License-Identifier: BSD-3-Clause
//
// The time courses that a fit has found, with their errors: how a spike acts on a neuron, and how a stimulus does.
//
//   const std::vector<sk::FittedFilter> onto = sk::incoming_filters(fitted, 5);   // [pre]; onto[5] is its own history
//   for (std::size_t k = 0; k < onto[3].values.size(); ++k)
//     std::cout << onto[3].values[k] << " +- " << onto[3].errors[k] << '\n';       // the effect on g, k steps later
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "spikeometric/infer/detail/edge_tests.hpp"
#include "spikeometric/infer/detail/fit_data.hpp"
#include "spikeometric/infer/detail/response.hpp"
#include "spikeometric/infer/fit.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

/// The effect of one spike on the input g of a neuron: values[k] in the step k + 1 after it.
struct FittedFilter {
  std::vector<double> values;
  std::vector<double> errors;  ///< standard errors; NaN if the fit has none
  Eigen::MatrixXd covariance;  ///< of the weights of the connection, M x M
};

namespace detail {

template <class Real>
std::vector<FittedFilter> filters_onto(const FitView<Real>& fit, std::uint32_t post) {
  const FitData<Real>& problem = fit.problem;
  const bool known = fit.testable(post) && has_errors(problem, problem.options);
  std::optional<ConnectionTests<Real>> tests;
  if (known) tests.emplace(fit, covariate_variances(problem, problem.options), post);
  std::vector<FittedFilter> result;
  for (std::uint32_t pre = 0; pre < problem.neurons(); ++pre) {
    FittedFilter& filter = result.emplace_back();
    const std::vector<Response>& responses = pre == post ? problem.own : problem.coupling;
    const auto bases = static_cast<Eigen::Index>(responses.size());
    filter.covariance = MatrixOf<Real>::Constant(bases, bases, std::numeric_limits<Real>::quiet_NaN());
    if (known && bases > 0) filter.covariance = tests->covariance(pre);
    std::size_t longest = 0;
    for (const Response& response : responses) longest = std::max(longest, response.length());
    VectorOf<Real> taps(bases), weights(bases);
    for (std::size_t m = 0; m < responses.size(); ++m)
      weights[static_cast<Eigen::Index>(m)] =
          fit.weights(pre, post * problem.bases + (pre == post ? problem.own_first : 0) + m);
    for (std::size_t k = 0; k < longest; ++k) {
      for (std::size_t m = 0; m < responses.size(); ++m)
        taps[static_cast<Eigen::Index>(m)] =
            k < responses[m].length() ? problem.scale * responses[m].taps()[k] : Real(0);
      filter.values.push_back(taps.dot(weights));
      filter.errors.push_back(std::sqrt(taps.dot(filter.covariance * taps)));
    }
  }
  return result;
}

}  // namespace detail

/// The filters of all connections onto a neuron, by presynaptic neuron; in the neuron's own place that of its own
/// history, without a fixed self-history of the family and without its absolute refractory period. Errors follow from
/// the information matrix at the fit, which is computed anew: as long as a Hessian and its inverse take. They are NaN
/// for a fit that has no standard errors. Throws OutOfRange for a neuron that does not exist.
template <class Family, class StimulusType>
[[nodiscard]] std::vector<FittedFilter> incoming_filters(const Fit<Family, StimulusType>& fit, std::uint32_t post) {
  if (post >= fit.neurons.size())
    throw OutOfRange("neuron " + std::to_string(post) + " is out of range: there are " +
                     std::to_string(fit.neurons.size()) + " neurons");
  return detail::filters_onto(detail::FitView<double>{*fit.data, fit.neurons, fit.weights}, post);
}

}  // namespace spikeometric
