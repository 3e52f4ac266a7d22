// SPDX-License-Identifier: BSD-3-Clause
//
// Tuning: parameters with which a network fires at a given rate.
//
//   const auto tuned = sk::tune(model, graph, {.parameters = {"theta"}, .rate_hz = 20.0}, sk::Seed{1});
//   if (!tuned.reached) std::cerr << tuned.message << '\n';
//   sk::Simulator simulator{graph, tuned.model, sk::no_stimulus, sk::Seed{2}};
//
//   sk::tune(model, graph, drive, {.parameters = {"r", "stimulus.amplitude"}, .rate_hz = 20.0}, sk::Seed{1});
//   sk::tune(sk::ThresholdSAM{}, graph, {.parameters = {"theta"}, .rate_hz = 20.0}, sk::Seed{1}, sk::Bracketing{});
#pragma once

#include <cstdint>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/stimulus.hpp"
#include "spikeometric/tune/detail/search.hpp"
#include "spikeometric/tune/detail/targets.hpp"
#include "spikeometric/tune/detail/tuner.hpp"
#include "spikeometric/tune/tuning.hpp"

namespace spikeometric {

namespace detail {

template <class NetworkType>
std::vector<std::uint64_t> sizes_of(const NetworkType& network) {
  std::vector<std::uint64_t> sizes;
  if constexpr (NetworkTraits<NetworkType>::is_batch)
    for (std::uint64_t index = 0; index < network.size(); ++index) sizes.push_back(network[index].neurons());
  else
    sizes.push_back(network.neurons());
  return sizes;
}

/// By gradient where there is one.
template <class ModelType>
using DefaultMethod = std::conditional_t<Differentiable<ModelType>, Adam, Bracketing>;

}  // namespace detail

/// Looks for values of parameters with which the network, or the networks of a batch, fires at the rates wanted. Rates
/// are those of the steady state, unless Tuning::steps says otherwise: they are measured from a fresh start, after
/// `equilibrate_steps`, over as many steps as the error of the rate calls for; those in the result with other seeds
/// than any on the way. The same seed gives the same result. The search runs on the CPU.
///
/// Method is Adam{}, the default where the model has derivatives, or Bracketing{}. Where the rates are not reached the
/// result says so, and has the best values that were found. Throws InvalidParameter for a name that no parameter has
/// (the message lists those there are), or by which no derivative passes; std::invalid_argument for a rate that is not
/// above 0, or beyond one spike a step where there cannot be more.
template <class ModelType, class NetworkType, class StimulusType, class Method = detail::DefaultMethod<ModelType>>
auto tune(const ModelType& model, const NetworkType& network, const StimulusType& stimulus, const Tuning& tuning,
          Seed seed, const Method& method = {}) {
  static_assert(std::is_same_v<Method, Adam> || std::is_same_v<Method, Bracketing>,
                "spikeometric: a model is tuned by Adam{} or by Bracketing{}");
  static_assert(Differentiable<ModelType> || !std::is_same_v<Method, Adam>,
                "spikeometric: this model has no derivatives, as its spikes are thresholded or its nonlinearity is no "
                "template over the real type: tune it with Bracketing{}");
  if (!(tuning.tolerance > 0.0 && tuning.tolerance < 1.0))
    throw std::invalid_argument("tolerance = " + detail::to_text(tuning.tolerance) + " must be above 0 and below 1");
  if (tuning.most_iterations < 1)
    throw std::invalid_argument("most_iterations = " + detail::to_text(tuning.most_iterations) + " must be at least 1");
  model.validate();
  const auto lifted = detail::lift(stimulus);
  using Lifted = std::remove_const_t<decltype(lifted)>;
  const double dt_ms = detail::decimal(model.dt());
  detail::Tuner<NetworkType, ModelType, Lifted> tuner(
      network, model, lifted, tuning, detail::RateTargets{tuning, detail::sizes_of(network), dt_ms, ModelType::binary},
      seed, std::is_same_v<Method, Adam>);
  detail::Search search{tuner};
  search.run(method);
  return search.template result<ModelType, Lifted>();
}

/// Without a stimulus.
template <class ModelType, class NetworkType, class Method = detail::DefaultMethod<ModelType>>
auto tune(const ModelType& model, const NetworkType& network, const Tuning& tuning, Seed seed,
          const Method& method = {}) {
  return tune(model, network, no_stimulus, tuning, seed, method);
}

}  // namespace spikeometric
