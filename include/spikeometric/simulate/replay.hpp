// SPDX-License-Identifier: BSD-3-Clause
//
// Replays recorded spikes: computes the input g and the mean count mu of every neuron in every step, given all earlier
// spikes, and their derivatives with respect to a parameter.
//
//   sk::Replay replay{graph, model, sk::no_stimulus, spikes, sk::Seed{1}, "theta"};
//   while (replay.steps_left() > 0)
//     replay.advance([&](std::uint32_t neuron, const sk::FloatDual& g, const sk::FloatDual& mu) { ... });
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/backend/fixed_point.hpp"
#include "spikeometric/backend/layout.hpp"
#include "spikeometric/backend/propagation.hpp"
#include "spikeometric/backend/state.hpp"
#include "spikeometric/detail/memory.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/model/arrays.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/simulate/detail/arguments.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/step/clock.hpp"
#include "spikeometric/step/neuron_step.hpp"
#include "spikeometric/step/self_history.hpp"
#include "spikeometric/step/stimulus_table.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

namespace detail {

/// The derivatives of all parameters with respect to `parameter`: 1 for itself, otherwise 0. `prefix` is "stimulus."
/// for the parameters of a stimulus and empty for those of a model; `parameter` is a full name, including its prefix.
struct SlopeByName {
  std::string_view name;  // empty: no parameter

  SlopeByName() = default;
  SlopeByName(std::string_view parameter, std::string_view prefix) {
    constexpr std::string_view of_stimulus = "stimulus.";
    if (parameter.starts_with(of_stimulus) == (prefix == of_stimulus)) name = parameter.substr(prefix.size());
  }
  double operator()(std::string_view parameter) const { return !name.empty() && parameter == name ? 1.0 : 0.0; }
};

/// The kernel of a model, and the taps of its self-history, over dual numbers.
struct LiftedKernel {
  SlopeByName slope;

  template <class ModelType, class Arrays>
  auto kernel(const ModelType& model, Arrays& arrays) const {
    return lifted_kernel(model, slope, arrays);
  }
  template <class ModelType>
  auto taps(const ModelType& model) const {
    return lifted_history(model, slope);
  }
};

}  // namespace detail

/// Goes through a recording step by step and computes g and mu of every neuron from the earlier spikes. It uses the
/// phases of a simulator's step and the same fixed-point sums, so g and mu are bit-identical to those of the run that
/// produced the spikes. Derivatives, in double, are with respect to one parameter, with the spikes held fixed.
///
/// Unless `start` is called, there are no spikes before the recording. The recording must outlive the replay. Memory: 8
/// bytes for each synapse. A step costs (spikes x out-degree) + O(neurons + spikes x lags of the self-history).
template <class GraphType, class ModelType, class StimulusType>
class Replay {
  static_assert(detail::PassesDerivatives<detail::KernelOf<detail::LiftedOf<decltype(ModelType::nonlinearity)>>>,
                "spikeometric: a Replay needs a Nonlinearity that is a template over the real type: "
                "`template <class Real> Real operator()(Real g) const`");
  static_assert(GraphType::bases == ModelType::bases,
                "spikeometric: a synapse of the graph needs one weight for each basis function of the model's filter");

  static constexpr std::size_t bases = ModelType::bases;
  static constexpr std::size_t channels = ModelType::channels;
  using Kernel = decltype(detail::lifted_kernel(std::declval<const ModelType&>(), detail::SlopeByName{},
                                                std::declval<HostArrays&>()));
  using Arrays = detail::NetworkArrays<detail::HostMemory, ModelType, Kernel, GraphType, FloatDual>;
  using Vertex = typename GraphType::VertexType;

 public:
  using Event = EventOf<ModelType>;
  using Synapses = typename Arrays::GraphSynapses;

  /// `parameter` is the name of a parameter of the model, or "stimulus." followed by the name of a parameter of the
  /// stimulus. If there is no such parameter, all derivatives are 0. O(synapses). Throws InvalidParameter if a
  /// parameter of the model is out of bounds, InvalidGraph if sums over synapses would not be exact, and
  /// InvalidArgument if the recording has another number of neurons or another time step, or the stimulus does not fit
  /// the network.
  Replay(const GraphType& graph, const ModelType& model, const StimulusType& stimulus, const Events<Event>& spikes,
         Seed seed, std::string_view parameter = "")
      : Replay(graph, model, stimulus, spikes,
               StimulusContext{detail::decimal(model.dt()), seed, spikes.network_id(), 0, 1, graph.neurons()},
               parameter) {}

  /// A temporary recording does not compile: the recording must outlive the replay.
  Replay(const GraphType&, const ModelType&, const StimulusType&, Events<Event>&&, Seed,
         std::string_view = "") = delete;
  Replay(const GraphType&, const ModelType&, const StimulusType&, Events<Event>&&, const StimulusContext&,
         std::string_view = "") = delete;
  Replay(std::shared_ptr<const Synapses>, const ModelType&, const StimulusType&, Events<Event>&&,
         const StimulusContext&, std::string_view = "") = delete;

  /// The same for one network of a batch. `context` holds its id and its index in the batch.
  Replay(const GraphType& graph, const ModelType& model, const StimulusType& stimulus, const Events<Event>& spikes,
         const StimulusContext& context, std::string_view parameter = "")
      : Replay(synapses_of(graph), model, stimulus, spikes, context, parameter) {}

  /// The same, sharing the synapses of a simulator. O(neurons).
  Replay(std::shared_ptr<const Synapses> synapses, const ModelType& model, const StimulusType& stimulus,
         const Events<Event>& spikes, const StimulusContext& context, std::string_view parameter = "")
      : spikes_(&spikes),
        arrays_(memory_, layout(synapses->size, model, spikes), {synapses}, std::vector<ModelType>{model},
                context.required_seed(), context.network, detail::LiftedKernel{{parameter, ""}}),
        table_(table(stimulus, context, parameter)),
        recent_(std::max<std::size_t>(arrays_.view(0).lags, 1)),
        self_history_(spikes.neurons()) {
    table_.allocate(memory_);
  }

  /// Starts from the state of the simulator at the start of the recording. The state is treated as independent of the
  /// parameter. Throws InvalidArgument if the state does not fit the network and the model, and InvalidState after the
  /// first step.
  void start(const NetworkState<ModelType>& state) {
    if (clock_.step > 0) throw InvalidState("start() must be called before the first step of a replay");
    const auto& of = arrays_.view(0);
    const std::size_t row = of.neurons * bases;
    if (state.filters.size() != of.neurons || state.recent.size() != recent_.size() ||
        state.past.size() != of.past_rows * row || state.arriving.size() != (of.sums_rows - 1) * row ||
        (!state.arriving.empty() && state.exponents.size() != of.neurons))
      throw InvalidArgument("a state of " + std::to_string(state.filters.size()) +
                            " neurons does not fit a network of " + std::to_string(of.neurons) +
                            " neurons with its delays and the windows of its model");
    arrays_.restore(0, state, clock_.tick);
    clock_.random_step = state.random_step;
    for (std::size_t lag = 0; lag < recent_.size(); ++lag)
      recent_[(clock_.tick - 1 - lag) % recent_.size()] = state.recent[lag];
  }

  Replay(Replay&&) noexcept = default;  // a copy's table would point into the original
  Replay& operator=(Replay&&) noexcept = default;

  std::uint64_t steps_left() const { return spikes_->steps() - clock_.step; }

  /// Calls visit(neuron, g, mu) for every neuron, in ascending order, in the next step of the recording. Throws
  /// OutOfRange after the last step, and whatever the stimulus throws.
  template <class Visit>
  void advance(Visit&& visit) {
    if (steps_left() == 0)
      throw OutOfRange("all " + std::to_string(spikes_->steps()) + " steps of the recording have been replayed");
    make_stimulus();
    const auto& of = arrays_.view(0);
    const auto& step = of.step;
    const std::uint32_t sums_row = detail::row_of(clock_.tick, of.sums_rows);
    const std::uint32_t past_row = of.past_rows > 0 ? detail::row_of(clock_.tick, of.past_rows) : 0;
    detail::pass_row_by_row(of.synapses, detail::recent_spikes(recent_, clock_.tick, 0),
                            detail::ArrivingSums{of.sums, of.stride * bases, of.sums_rows, sums_row},
                            std::integral_constant<std::size_t, bases>{});
    detail::add_self_history(of.history, of.lags, of.history_stride(), recent_, clock_.tick, self_history_.data());
    for (std::uint32_t neuron = 0; neuron < of.neurons; ++neuron) {
      float latest[bases];
      std::int64_t* const sums = of.sums_row(sums_row) + neuron * bases;
      for (std::size_t basis = 0; basis < bases; ++basis)
        latest[basis] = step.read(std::exchange(sums[basis], 0), of.synapses.units[neuron]);
      const FloatDual x = step.filter(of.states[neuron], latest, of.past_of(neuron, past_row));
      const std::uint32_t half = Kernel::noisy ? step.noise().half(neuron, clock_.random_step) : 0;
      FloatDual drive[channels] = {}, e;
      if (table_.view().add(0, neuron, clock_.offset, 0, drive)) e = step.stimulus(drive, neuron);
      const FloatDual g = step.input(x, std::exchange(self_history_[neuron], FloatDual{}),
                                     step.baseline(neuron, clock_.random_step, half), e);
      if (of.past_rows > 0) std::copy_n(latest, bases, of.past_row(past_row) + neuron * bases);
      visit(neuron, g, step.rate(g, neuron));
    }
    keep_spikes();
    clock_ = clock_.after(1);
  }

 private:
  static std::shared_ptr<const Synapses> synapses_of(const GraphType& graph) {
    detail::HostMemory memory;
    detail::FixedPointGraph<Vertex, bases> fixed{GraphType(graph)};
    const std::int64_t limit = detail::count_limit_of<ModelType>(fixed);
    return std::make_shared<const Synapses>(memory, detail::GraphSize(graph), std::move(fixed), limit);
  }

  static typename Arrays::Layout layout(const detail::GraphSize& graph, const ModelType& model,
                                        const Events<Event>& spikes) {
    if (spikes.neurons() != graph.neurons)
      throw InvalidArgument("a recording of " + std::to_string(spikes.neurons()) +
                            " neurons does not fit a network of " + std::to_string(graph.neurons));
    if (spikes.dt_ms() != detail::decimal(model.dt()))
      throw InvalidArgument("a recording in steps of " + detail::to_text(spikes.dt_ms()) +
                            " ms does not fit a model in steps of " + detail::to_text(model.dt()) + " ms");
    model.validate();
    return {{graph}, 1, {model}, 0};
  }

  /// The table contains the values of functions, too; they are computed some steps ahead.
  static detail::StimulusTable<detail::HostMemory, FloatDual> table(const StimulusType& stimulus,
                                                                    const StimulusContext& context,
                                                                    std::string_view parameter) {
    std::vector<detail::StimulusTerms<FloatDual>> terms;
    terms.emplace_back(context, detail::SlopeByName{parameter, "stimulus."});
    detail::lift(stimulus).add_to(terms[0], 0);
    return {std::move(terms), {}, 256};
  }

  /// Computes the stimulus of the next steps if all computed ones have been used.
  void make_stimulus() {
    if (clock_.offset < made_) return;
    clock_.offset = 0;
    const std::uint64_t first = spikes_->first_step() + clock_.step;
    detail::ReadySteps ready = table_.make(0, first, std::min(table_.piece(), steps_left()));
    made_ = ready.steps;
    if (made_ == 0) std::rethrow_exception(ready.error);
  }

  void keep_spikes() {
    std::vector<Event>& spikes = recent_[clock_.tick % recent_.size()];
    spikes.clear();
    const std::span<const Event> all = spikes_->packed();
    for (; next_ < all.size() && all[next_].offset == clock_.step; ++next_) spikes.push_back(all[next_]);
  }

  detail::HostMemory memory_;
  const Events<Event>* spikes_;
  Arrays arrays_;
  detail::StimulusTable<detail::HostMemory, FloatDual> table_;
  std::vector<std::vector<Event>> recent_;  // spikes of the latest steps, a ring by tick
  std::vector<FloatDual> self_history_;
  detail::Clock clock_;     // `step` counts steps of the recording, `offset` those of the stimulus values
  std::uint64_t made_ = 0;  // steps whose stimulus is computed
  std::size_t next_ = 0;    // the first event not yet kept
};

namespace detail {

template <class T>
inline constexpr bool is_recording = false;
template <class Event>
inline constexpr bool is_recording<Events<Event>> = true;
template <class T>
inline constexpr bool are_synapses = false;
template <class Synapses>
inline constexpr bool are_synapses<std::shared_ptr<Synapses>> = true;

template <class First, class Second, class Third, class Fourth, class Fifth>
concept ReplayArguments = ((GraphModelStimulusSeed<First, Second, Third, Seed> && !is_batch<First> && Model<Second>) ||
                           are_synapses<First>)&&is_recording<Fourth> &&
                          (std::is_convertible_v<Fifth, Seed> || std::is_same_v<Fifth, StimulusContext>);

}  // namespace detail

/// Wrong arguments select this class. It says at compile time which argument is wrong. It has the members of a replay, so
/// that their uses cause no further errors.
template <class First, class Second, class Third, class Fourth, class Fifth>
class Replay<detail::Misuse<First, Second, Third, Fourth, Fifth>, void, void>
    : public Replay<Graph<>, Cascade<>, NoStimulus> {
  using Likely = Replay<Graph<>, Cascade<>, NoStimulus>;
  static constexpr bool three = detail::GraphModelStimulusSeed<First, Second, Third, Seed>;
  static constexpr bool batch = detail::is_batch<First>;
  static_assert(detail::RefuseArguments<First, Second, Third, Seed>::value);
  static_assert(!three || !batch, "spikeometric: a replay is of one network: pass one graph of the batch");
  static_assert(!three || batch || !std::is_same_v<Fourth, Seed>,
                "spikeometric: the order of the arguments is graph, model, stimulus, spikes, seed");
  static_assert(!three || batch || std::is_same_v<Fourth, Seed> || detail::is_recording<Fourth>,
                "spikeometric: the fourth argument must be the recorded spikes, sk::Events");
  static_assert(!three || batch || !detail::is_recording<Fourth>,
                "spikeometric: after the spikes comes a seed: sk::Seed{42}");

 public:
  static constexpr bool wrong = true;

  template <class... Given>
  explicit Replay(Given&&...) : Likely(std::move(detail::never<Likely>())) {}
};

template <class First, class Second, class Third, class Fourth, class Fifth>
requires(!detail::ReplayArguments<First, Second, Third, Fourth, Fifth>)
    Replay(const First&, const Second&, const Third&, const Fourth&, const Fifth&, std::string_view = "")
->Replay<detail::Misuse<First, Second, Third, Fourth, Fifth>, void, void>;
template <class First, class Second, class Third, class Fourth>
Replay(const First&, const Second&, const Third&, const Fourth&)
    -> Replay<detail::Misuse<First, Second, Third, Fourth, void>, void, void>;
template <class First, class Second, class Third>
Replay(const First&, const Second&, const Third&)
    -> Replay<detail::Misuse<First, Second, Third, void, void>, void, void>;

}  // namespace spikeometric
