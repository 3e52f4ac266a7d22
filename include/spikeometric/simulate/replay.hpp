// SPDX-License-Identifier: BSD-3-Clause
//
// What a model expects of steps whose spikes are known: the input g and the mean mu of every neuron, given all spikes
// before, and their derivatives by a parameter.
//
//   sk::Replay replay{graph, model, sk::no_stimulus, sk::Seed{1}, spikes, "theta"};
//   while (replay.steps_left() > 0)
//     replay.advance([&](std::uint32_t neuron, const sk::Dual& g, const sk::Dual& mu) { ... });
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/backend/state.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/model/arrays.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/step/purposes.hpp"
#include "spikeometric/stimulus/lift.hpp"

namespace spikeometric {

/// Goes through a recording step by step, and computes g and mu of every neuron from the spikes before, by the same
/// policies as a simulator, in single precision. The derivative is that by one parameter, the spikes taken as given.
///
/// Before the recording nothing has happened, unless `start` is given a state. The graph and the recording must outlive
/// it. A step costs (spikes x out-degree) + O(neurons x lags of spikes).
template <class GraphType, class ModelType, class StimulusType>
class Replay {
  static_assert(detail::PassesDerivatives<detail::KernelOf<detail::LiftedOf<decltype(ModelType::nonlinearity)>>>,
                "spikeometric: a derivative passes only through a Nonlinearity that is a template over the real type: "
                "`template <class Real> Real operator()(Real g) const`");
  static_assert(GraphType::bases == ModelType::bases,
                "spikeometric: a synapse of the graph needs one weight for each basis function of the model's filter");

 public:
  using Event = EventOf<ModelType>;

  /// `parameter` is a name of the model's, or one of the stimulus's behind "stimulus."; where no policy has it, all
  /// derivatives are 0. Throws InvalidParameter where the model is out of bounds, std::invalid_argument where the
  /// recording is of another number of neurons or time step, or the stimulus does not fit.
  Replay(const GraphType& graph, const ModelType& model, const StimulusType& stimulus, Seed seed,
         const Events<Event>& spikes, std::string_view parameter = "")
      : Replay(graph, model, stimulus,
               StimulusContext{detail::decimal(model.dt()), seed, spikes.network(), 0, 1, graph.neurons()}, spikes,
               parameter) {}

  /// The same for a network of a batch.
  Replay(const GraphType& graph, const ModelType& model, const StimulusType& stimulus, const StimulusContext& context,
         const Events<Event>& spikes, std::string_view parameter = "")
      : graph_(&checked(graph, model, spikes)),
        spikes_(&spikes),
        kernel_(lifted_kernel(model, slope(parameter, ""), arrays_)),
        history_(lifted_history(model, slope(parameter, ""))),
        stimulus_(lifted_stimulus(stimulus, slope(parameter, "stimulus.")).bind(context, 0)),
        noise_{context.seed, context.network, detail::noise_purpose},
        neurons_(graph.neurons()),
        sums_(graph.max_delay(), std::vector<double>(neurons_ * bases)),
        past_(kernel_.filter.memory(), std::vector<float>(neurons_ * bases)),
        states_(neurons_),
        recent_(std::max<std::size_t>(history_.size(), 1)),
        self_history_(neurons_),
        drive_(neurons_ * channels) {}

  /// Goes on from the state that the simulator was in when the recording began, before the first step. It does not
  /// depend on the parameter. Throws std::invalid_argument for a state of another network or model, std::logic_error
  /// after the first step.
  void start(const NetworkState<ModelType>& state) {
    if (offset_ > 0) throw std::logic_error("a replay can only be given a state before its first step");
    if (state.filters.size() != neurons_ || state.recent.size() != recent_.size() ||
        state.past.size() != past_.size() * neurons_ * bases ||
        state.arriving.size() != (sums_.size() - 1) * neurons_ * bases)
      throw std::invalid_argument("a state of " + std::to_string(state.filters.size()) +
                                  " neurons does not fit a network of " + std::to_string(neurons_) +
                                  ", its delays, or the windows of its model");
    random_step_ = state.random_step;
    for (std::size_t lag = 0; lag < recent_.size(); ++lag) recent_[recent_.size() - 1 - lag] = state.recent[lag];
    const std::size_t row = neurons_ * bases;
    for (std::size_t i = 0; i < state.arriving.size(); ++i)
      sums_[i / row][i % row] = mul(static_cast<double>(state.arriving[i]), state.unit);
    for (std::size_t lag = 0; lag < past_.size(); ++lag)
      std::copy_n(state.past.begin() + static_cast<std::ptrdiff_t>(lag * row), row,
                  past_[past_.size() - 1 - lag].begin());
    std::transform(state.filters.begin(), state.filters.end(), states_.begin(),
                   [](const auto& from) { return detail::lifted_state<State>(from); });
  }

  std::uint64_t steps_left() const { return spikes_->steps() - offset_; }

  /// Calls visit(neuron, g, mu) for every neuron in the next step of the recording, in ascending order. Throws
  /// std::out_of_range after the last one, and what the stimulus throws.
  template <class Visit>
  void advance(Visit&& visit) {
    if (steps_left() == 0)
      throw std::out_of_range("the " + std::to_string(spikes_->steps()) + " steps of the recording are over");
    pass_latest();
    add_self_history();
    const bool stimulated = stimulate();
    std::vector<double>& arrived = sums_[tick_ % sums_.size()];
    const std::size_t memory = past_.size();
    std::vector<float> latest(arrived.begin(), arrived.end());
    std::vector<const float*> rows;
    for (std::size_t lag = 1; lag <= memory; ++lag) rows.push_back(past_[(tick_ + memory - lag) % memory].data());
    for (std::uint32_t neuron = 0; neuron < neurons_; ++neuron) {
      const Past past{rows.data(), neuron * bases};
      FloatDual x;
      if constexpr (bases == 1)
        x = kernel_.filter(states_[neuron], latest[neuron], past);
      else
        x = kernel_.filter(states_[neuron], latest.data() + neuron * bases, past);
      const FloatDual e = stimulated ? kernel_.stimulus(drive_.data() + neuron * channels, neuron) : FloatDual{};
      const FloatDual g = kernel_.input(x, self_history_[neuron], baseline(neuron), e);
      visit(neuron, Dual(g), Dual(kernel_.rate(g, neuron)));
    }
    if (memory > 0) past_[tick_ % memory] = std::move(latest);
    std::fill(arrived.begin(), arrived.end(), 0.0);
    std::fill(self_history_.begin(), self_history_.end(), FloatDual{});
    if (stimulated) std::fill(drive_.begin(), drive_.end(), FloatDual{});
    keep_spikes();
    ++tick_;
    ++random_step_;
    ++offset_;
  }

 private:
  static constexpr std::size_t bases = ModelType::bases;
  static constexpr std::size_t channels = ModelType::channels;

  /// Past sums of one neuron.
  struct Past {
    const float* const* rows;  // that of lag 1 first
    std::size_t first;

    SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint32_t lag, std::size_t basis = 0) const {
      return rows[lag - 1][first + basis];
    }
  };

  static const GraphType& checked(const GraphType& graph, const ModelType& model, const Events<Event>& spikes) {
    if (spikes.neurons() != graph.neurons())
      throw std::invalid_argument("a recording of " + std::to_string(spikes.neurons()) +
                                  " neurons does not fit a network of " + std::to_string(graph.neurons()));
    if (spikes.dt_ms() != detail::decimal(model.dt()))
      throw std::invalid_argument("a recording in steps of " + detail::to_text(spikes.dt_ms()) +
                                  " ms does not fit a model in steps of " + detail::to_text(model.dt()) + " ms");
    model.validate();
    model.validate_neurons(graph.neurons());
    return graph;
  }

  struct Slope {
    std::string_view name;  // empty: of nothing
    double operator()(std::string_view parameter) const { return !name.empty() && parameter == name ? 1.0 : 0.0; }
  };
  /// By a parameter behind the prefix.
  static Slope slope(std::string_view parameter, std::string_view prefix) {
    constexpr std::string_view of_stimulus = "stimulus.";
    if (parameter.starts_with(of_stimulus) != (prefix == of_stimulus)) return {};
    return {parameter.substr(prefix.size())};
  }

  using Kernel = decltype(lifted_kernel(std::declval<const ModelType&>(), Slope{}, std::declval<HostArrays&>()));
  using State = typename Kernel::State;
  using BoundStimulus =
      decltype(lifted_stimulus(std::declval<const StimulusType&>(), Slope{}).bind(StimulusContext{}, 0));

  const std::vector<Event>& recent(std::size_t lag) const {
    return recent_[(tick_ + 2 * recent_.size() - 1 - lag) % recent_.size()];
  }

  /// The spikes of the step before, through their synapses.
  void pass_latest() {
    for (const Event& spike : recent(0)) {
      const auto targets = graph_->targets(spike.neuron);
      const auto weights = graph_->weights(spike.neuron);
      const auto delays = graph_->delays(spike.neuron);
      for (std::size_t e = 0; e < targets.size(); ++e) {
        const std::size_t delay = delays.empty() ? 1 : delays[e];
        double* const sums = sums_[(tick_ + delay - 1) % sums_.size()].data() + targets[e] * bases;
        for (std::size_t basis = 0; basis < bases; ++basis)
          sums[basis] +=
              mul(static_cast<double>(detail::WeightTraits<typename GraphType::WeightType>::at(weights[e], basis)),
                  static_cast<double>(spike.count));
      }
    }
  }

  void add_self_history() {
    for (std::size_t lag = 0; lag < history_.size(); ++lag)
      for (const Event& spike : recent(lag))
        self_history_[spike.neuron] += history_[lag] * static_cast<float>(spike.count);
  }

  bool stimulate() {
    constexpr std::uint64_t piece = 256;
    const std::uint64_t step = spikes_->first_step() + offset_;
    if (offset_ % piece == 0) stimulus_.prepare(step, std::min(piece, steps_left()));
    if constexpr (requires { stimulus_.add(step, 0, neurons_, drive_.data()); }) {
      return stimulus_.add(step, 0, neurons_, drive_.data());
    } else {  // a StimulusList
      std::vector<float> values(drive_.size());
      const bool touched = stimulus_.add(step, 0, neurons_, values.data());
      std::copy(values.begin(), values.end(), drive_.begin());
      return touched;
    }
  }

  FloatDual baseline(std::uint32_t neuron) const {
    const Draws draws{noise_, neuron, random_step_};
    if constexpr (Kernel::noisy)
      return kernel_.baseline(PrimedDraws{draws, draws.half()});
    else
      return kernel_.baseline(draws);
  }

  void keep_spikes() {
    std::vector<Event>& spikes = recent_[tick_ % recent_.size()];
    spikes.clear();
    const std::span<const Event> all = spikes_->packed();
    for (; next_ < all.size() && all[next_].offset == offset_; ++next_) spikes.push_back(all[next_]);
  }

  const GraphType* graph_;
  const Events<Event>* spikes_;
  HostArrays arrays_;
  Kernel kernel_;
  std::vector<FloatDual> history_;
  BoundStimulus stimulus_;
  Stream noise_;
  std::size_t neurons_;
  std::vector<std::vector<double>> sums_;  // of the steps to come, a ring by tick
  std::vector<std::vector<float>> past_;   // of the latest steps, a ring by tick
  std::vector<State> states_;
  std::vector<std::vector<Event>> recent_;  // spikes of the latest steps, a ring by tick
  std::vector<FloatDual> self_history_;
  std::vector<FloatDual> drive_;
  std::uint64_t tick_ = 0;
  std::uint64_t random_step_ = 0;
  std::uint64_t offset_ = 0;  // steps of the recording taken
  std::size_t next_ = 0;      // the first event not yet kept
};

}  // namespace spikeometric
