// SPDX-License-Identifier: BSD-3-Clause
//
// Tuning: finds parameters at which a network fires at a given rate.
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

/// The default method: Adam if the model is differentiable, otherwise Bracketing.
template <class ModelType>
using DefaultMethod = std::conditional_t<Differentiable<ModelType>, Adam, Bracketing>;

}  // namespace detail

/// Searches for parameter values at which the network, or the networks of a batch, fire at the target rates. Rates are
/// those of the steady state, unless TuneOptions::steps is set. Each measurement starts afresh, equilibrates for
/// `equilibrate_steps` steps, and takes as many steps as its precision needs. The rates in the result are measured with
/// other seeds than the rates of the search. The same seed gives the same result. The search runs on the CPU.
///
/// `method` is Adam{}, the default if the model is differentiable, or Bracketing{}. If the rates are not reached, the
/// result says so and holds the best values that were found. Throws InvalidParameter for an unknown parameter name (the
/// message lists the known ones), and with Adam for a parameter without derivative. Throws InvalidArgument for a rate
/// that is not above 0 or, in a binary model, is above one spike per step; for invalid options; and for Bracketing with
/// more than one unknown or target.
template <detail::GraphOrBatch NetworkType, Model ModelType, Stimulus StimulusType,
          class Method = detail::DefaultMethod<ModelType>>
[[nodiscard]] auto tune(const NetworkType& network, const ModelType& model, const StimulusType& stimulus, Seed seed,
                        const TuneOptions& options, const Method& method = {}) {
  static_assert(std::is_same_v<Method, Adam> || std::is_same_v<Method, Bracketing>,
                "spikeometric: the method of tuning must be Adam{} or Bracketing{}");
  static_assert(Differentiable<ModelType> || !std::is_same_v<Method, Adam>,
                "spikeometric: this model has no derivatives, because its sampler is not a Distribution or its "
                "nonlinearity is not a template over the real type: tune it with Bracketing{}");
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

/// Tuning without a stimulus.
template <detail::GraphOrBatch NetworkType, Model ModelType, class Method = detail::DefaultMethod<ModelType>>
[[nodiscard]] auto tune(const NetworkType& network, const ModelType& model, Seed seed, const TuneOptions& options,
                        const Method& method = {}) {
  return tune(network, model, no_stimulus, seed, options, method);
}

namespace detail {

/// The result of a wrong call of tune.
template <class First, class Second>
using LikelyTuned = Tuned<LikelyModel<Second, First>, NoStimulus>;

}  // namespace detail

/// Wrong arguments: says at compile time which one is wrong.
template <class First, class Second, class Third, class Fourth, class Method = Bracketing>
requires(!detail::GraphModelStimulusSeed<First, Second, Third, Fourth>) detail::LikelyTuned<First, Second> tune(
    const First&, const Second&, const Third&, const Fourth&, const TuneOptions&, const Method& = {}) {
  static_assert(detail::RefuseArguments<First, Second, Third, Fourth>::value);
  return detail::never<detail::LikelyTuned<First, Second>>();
}
template <class First, class Second, class Third, class Method = Bracketing>
requires(!detail::GraphModelStimulusSeed<First, Second, NoStimulus, Third>) detail::LikelyTuned<First, Second> tune(
    const First&, const Second&, const Third&, const TuneOptions&, const Method& = {}) {
  using Given = std::conditional_t<Stimulus<Third>, detail::RefuseArguments<First, Second, Third, void>,
                                   detail::RefuseArguments<First, Second, NoStimulus, Third>>;
  static_assert(Given::value);
  return detail::never<detail::LikelyTuned<First, Second>>();
}
template <class First, class Second, class Third = Seed>
detail::LikelyTuned<First, Second> tune(const First&, const Second&, const TuneOptions&, const Third& = {}) {
  static_assert(std::is_void_v<First>,
                "spikeometric: the order of the arguments is tune(graph, model, stimulus, seed, options)");
  return detail::never<detail::LikelyTuned<First, Second>>();
}
template <class First, class Second, class Third, class... More>
requires(sizeof...(More) < 2 && !std::is_same_v<Third, TuneOptions> &&
         !(std::is_same_v<More, TuneOptions> ||
           ...)) detail::LikelyTuned<First, Second> tune(const First&, const Second&, const Third&, const More&...) {
  static_assert(std::is_void_v<First>,
                "spikeometric: the options are missing: tune(graph, model, stimulus, seed, "
                "{.parameters = {\"theta\"}, .rate_hz = 20.0})");
  return detail::never<detail::LikelyTuned<First, Second>>();
}

}  // namespace spikeometric
