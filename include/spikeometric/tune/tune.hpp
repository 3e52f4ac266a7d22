// SPDX-License-Identifier: BSD-3-Clause
//
// Tuning: parameters with which a network fires at a given rate.
//
//   const auto tuned = sk::tune(graph, model, sk::Seed{1}, {.parameters = {"theta"}, .rate_hz = 20.0});
//   if (!tuned.reached) std::cerr << tuned.message << '\n';
//   sk::Simulator simulator{graph, tuned.model, sk::no_stimulus, sk::Seed{2}};
//
//   sk::tune(graph, model, drive, sk::Seed{1}, {.parameters = {"r", "stimulus.amplitude"}, .rate_hz = 20.0});
//   sk::tune(graph, sk::ThresholdSAM{}, sk::Seed{1}, {.parameters = {"theta"}, .rate_hz = 20.0}, sk::Bracketing{});
#pragma once

#include <type_traits>
#include <utility>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/simulate/detail/arguments.hpp"
#include "spikeometric/stimulus/stimulus.hpp"
#include "spikeometric/tune/detail/search.hpp"
#include "spikeometric/tune/detail/tuner.hpp"
#include "spikeometric/tune/tuning.hpp"

namespace spikeometric {

namespace detail {

/// By gradient where there is one.
template <class ModelType>
using DefaultMethod = std::conditional_t<Differentiable<ModelType>, Adam, Bracketing>;

}  // namespace detail

/// Looks for values of parameters with which the network, or the networks of a batch, fires at the rates wanted. Rates
/// are those of the steady state, unless TuneOptions::steps says otherwise: they are measured from a fresh start, after
/// `equilibrate_steps`, over as many steps as the error of the rate calls for; those in the result with other seeds
/// than any on the way. The same seed gives the same result. The search runs on the CPU.
///
/// Method is Adam{}, the default where the model has derivatives, or Bracketing{}. Where the rates are not reached the
/// result says so, and has the best values that were found. Throws InvalidParameter for a name that no parameter has
/// (the message lists those there are), or by which no derivative passes; InvalidArgument for a rate that is not
/// above 0, or beyond one spike a step where there cannot be more.
template <detail::GraphOrBatch NetworkType, Model ModelType, Stimulus StimulusType,
          class Method = detail::DefaultMethod<ModelType>>
auto tune(const NetworkType& network, const ModelType& model, const StimulusType& stimulus, Seed seed,
          const TuneOptions& options, const Method& method = {}) {
  static_assert(std::is_same_v<Method, Adam> || std::is_same_v<Method, Bracketing>,
                "spikeometric: a model is tuned by Adam{} or by Bracketing{}");
  static_assert(Differentiable<ModelType> || !std::is_same_v<Method, Adam>,
                "spikeometric: this model has no derivatives, as its spikes are thresholded or its nonlinearity is no "
                "template over the real type: tune it with Bracketing{}");
  if (!(options.tolerance > 0.0 && options.tolerance < 1.0))
    throw InvalidArgument("tolerance = " + detail::to_text(options.tolerance) + " must be above 0 and below 1");
  if (options.max_iterations < 1)
    throw InvalidArgument("max_iterations = " + detail::to_text(options.max_iterations) + " must be at least 1");
  model.validate();
  const auto lifted = detail::lift(stimulus);
  detail::Tuner<NetworkType, ModelType, std::remove_const_t<decltype(lifted)>> tuner(
      network, model, lifted, options, seed, std::is_same_v<Method, Adam>);
  detail::Search search{tuner};
  search.run(method);
  auto [at, driven_by] = tuner.at(search.end());
  return search.result(std::move(at), std::move(driven_by));
}

/// Without a stimulus.
template <detail::GraphOrBatch NetworkType, Model ModelType, class Method = detail::DefaultMethod<ModelType>>
auto tune(const NetworkType& network, const ModelType& model, Seed seed, const TuneOptions& options,
          const Method& method = {}) {
  return tune(network, model, no_stimulus, seed, options, method);
}

/// Wrong arguments fail with a message.
template <class First, class Second, class Third, class Fourth, class Method = Bracketing>
requires(!detail::GraphModelStimulusSeed<First, Second, Third, Fourth>)
auto tune(const First&, const Second&, const Third&, const Fourth&, const TuneOptions&, const Method& = {}) {
  return detail::RefuseArguments<First, Second, Third, Fourth>::value;
}
template <class First, class Second, class Third, class Method = Bracketing>
requires(!detail::GraphModelStimulusSeed<First, Second, NoStimulus, Third>)
auto tune(const First&, const Second&, const Third&, const TuneOptions&, const Method& = {}) {
  using Given = std::conditional_t<Stimulus<Third>, detail::RefuseArguments<First, Second, Third, void>,
                                   detail::RefuseArguments<First, Second, NoStimulus, Third>>;
  return Given::value;
}

}  // namespace spikeometric
