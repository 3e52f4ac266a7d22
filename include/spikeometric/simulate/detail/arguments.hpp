// SPDX-License-Identifier: BSD-3-Clause
//
// The arguments that most functions begin with: a graph or a batch, a model, a stimulus and a seed, in this order.
#pragma once

#include <cstddef>
#include <type_traits>
#include <vector>

#include "spikeometric/graph/batch.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric::detail {

template <class T>
inline constexpr bool is_graph = false;
template <class Weight, class Vertex>
inline constexpr bool is_graph<Graph<Weight, Vertex>> = true;
template <class T>
inline constexpr bool is_batch = false;
template <class Weight, class Vertex>
inline constexpr bool is_batch<Batch<Weight, Vertex>> = true;
template <class T>
concept GraphOrBatch = is_graph<T> || is_batch<T>;

template <class T>
inline constexpr bool are_models = false;
template <class M>
inline constexpr bool are_models<std::vector<M>> = Model<M>;
template <class T>
concept ModelOrModels = Model<T> || are_models<T>;

/// What may be the recorded spikes of a fit: neither a stimulus nor a network.
template <class T>
concept MaybeSpikes = !Stimulus<T> && !GraphOrBatch<T> && !requires {
  requires T::lacks_weights;
};

/// Stands for the arguments of a wrong call.
template <class... Given>
struct Misuse {};

/// Stands for the result of a wrong call, which does not compile.
template <class T>
[[noreturn]] T& never() {
  throw InvalidState("a call with wrong arguments");
}

/// The first model among the arguments of a wrong call, or else a model that stands for it.
template <class... Given>
struct LikelyModelOf {
  using Type = Cascade<>;
};
template <class First, class... Others>
struct LikelyModelOf<First, Others...> {
  using Type = std::conditional_t<Model<First>, First, typename LikelyModelOf<Others...>::Type>;
};
template <class... Given>
using LikelyModel = typename LikelyModelOf<Given...>::Type;

template <class First, class Second, class Third, class Fourth>
concept GraphModelStimulusSeed = GraphOrBatch<First> &&(Model<Second> || (is_batch<First> && are_models<Second>)) &&
                                 Stimulus<Third>&& std::is_convertible_v<Fourth, Seed>;

/// Refuses wrong arguments with a single message that says what is wrong. `void` stands for a missing argument.
template <class First, class Second, class Third, class Fourth>
struct RefuseArguments {
  static constexpr bool swapped = ModelOrModels<First> && GraphOrBatch<Second>;
  static constexpr bool graph_and_model = GraphOrBatch<First> && ModelOrModels<Second>;
  static constexpr bool seed_for_stimulus = graph_and_model && std::is_same_v<Third, Seed>;

  static_assert(!swapped, "spikeometric: the order of the arguments is graph, model, stimulus, seed");
  static_assert(GraphOrBatch<First> || swapped,
                "spikeometric: the first argument must be a Graph or a Batch; sk::batch(graphs) makes one");
  static_assert(!GraphOrBatch<First> || ModelOrModels<Second>,
                "spikeometric: the second argument must be a model, such as sk::BernoulliGLM or a Cascade");
  static_assert(!seed_for_stimulus,
                "spikeometric: the stimulus is missing before the seed; if there is none, pass sk::no_stimulus");
  static constexpr bool without_weights = requires { requires Third::lacks_weights; };
  static_assert(!graph_and_model || !without_weights,
                "spikeometric: frames and impulses are a stimulus with a filter and weights: "
                "sk::temporal(frames, filter).with_weights(matrix)");
  static_assert(
      !graph_and_model || seed_for_stimulus || without_weights || Stimulus<Third>,
      "spikeometric: the third argument must be a stimulus: sk::no_stimulus, sk::sinusoid(...), or a function "
      "f(std::uint64_t step, std::uint32_t neuron) or f(std::uint64_t step) that is const and returns a float");
  static_assert(!graph_and_model || !Stimulus<Third> || std::is_convertible_v<Fourth, Seed>,
                "spikeometric: after the stimulus comes a seed: sk::Seed{42}");
  static_assert(!GraphOrBatch<First> || is_batch<First> || !are_models<Second>,
                "spikeometric: a vector of models needs a batch of networks");
  static constexpr bool value = true;
};

/// The same for the arguments of a fit: model, stimulus and spikes, where the stimulus may be missing.
template <class First, class Second, class Third, class... More>
struct RefuseModelStimulusSpikes {
  static constexpr bool graph = GraphOrBatch<First> || GraphOrBatch<Second>;
  static constexpr bool ordered = Model<First>;
  static constexpr bool reordered = !ordered && (Model<Second> || Model<Third>);
  static constexpr bool covariates = requires(const Second& second) { second.place(std::size_t{}); };
  static constexpr bool unfiltered = !covariates && requires { requires Second::lacks_weights; };
  static_assert(!graph,
                "spikeometric: a fit takes no graph, it finds one: the arguments are model, stimulus, spikes, "
                "options");
  static_assert(graph || !reordered, "spikeometric: the order of the arguments is model, stimulus, spikes, options");
  static_assert(graph || ordered || reordered,
                "spikeometric: the first argument must be a model, such as sk::BernoulliGLM or a Cascade");
  static_assert(graph || !ordered || !unfiltered,
                "spikeometric: frames and impulses are fitted through a filter: sk::temporal(frames, filter)");
  static_assert(graph || !ordered || unfiltered || std::is_void_v<Third> || Stimulus<Second> || covariates,
                "spikeometric: the second argument must be a stimulus, and the third the recorded spikes");
  static_assert(graph || !ordered || !std::is_void_v<Third>,
                "spikeometric: the recorded spikes are missing after the stimulus");
  static_assert(graph || !ordered || !(Stimulus<Second> || covariates) || sizeof...(More) == 0,
                "spikeometric: the arguments are model, stimulus, spikes, options");
  static constexpr bool value = true;
};

}  // namespace spikeometric::detail
