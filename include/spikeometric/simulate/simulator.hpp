// SPDX-License-Identifier: BSD-3-Clause
//
// The simulator: a graph, a model and a stimulus, stepped through time.
//
//   sk::Simulator simulator{graph, model, sk::no_stimulus, sk::Seed{42}};
//   simulator.equilibrate(100);
//   const sk::Events spikes = simulator.run(10'000);
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/eigen.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/simulate/recorder.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

/// Simulates one network. The spikes are a pure function of graph, model, stimulus, seed, network id and initial state:
/// the same on any number of threads, with any strategy, and in one run or in pieces.
///
/// Unless a history is given, the network starts as if every neuron had spiked in the step before with probability 1/2.
/// Nothing is equilibrated unasked.
///
/// A step costs (spikes x out-degree) + O(neurons). Memory: 8 bytes a synapse; a neuron has 28 bytes, 4 for each
/// step of the coupling window, and 8 for each thread if there are several.
template <class Vertex, class ModelType, class StimulusType, class BackendType = EigenBackend<>>
class Simulator {
  static_assert(Model<ModelType>,
                "spikeometric: the second argument of a Simulator is a model: a BernoulliGLM, a Cascade");
  static_assert(Stimulus<StimulusType>,
                "spikeometric: a Stimulus needs `float operator()(std::uint64_t step, std::uint32_t neuron) const`");
  static_assert(Backend<BackendType>, "spikeometric: the fifth argument of a Simulator is a backend");

 public:
  using Event = EventOf<ModelType>;

  /// A graph given as an rvalue is converted in place; an lvalue is copied. Throws InvalidParameter for a parameter out
  /// of bounds, InvalidGraph where sums over synapses would not be exact, std::invalid_argument for a number of threads
  /// that cannot be, std::runtime_error in a process that flushes denormal numbers to zero.
  template <class Weight>
  Simulator(Graph<Weight, Vertex> graph, ModelType model, StimulusType stimulus, Seed seed, BackendType backend = {})
      : neurons_(graph.neurons()),
        model_(checked(std::move(model))),
        seed_(seed),
        network_(backend.first_network),
        engine_(std::move(graph), model_, std::move(stimulus), seed, backend),
        recorded_(empty()) {
    reset();
  }

  /// Takes steps without stimulus and without recording them, so that the network forgets how it started. Throws as
  /// `run`.
  void equilibrate(std::uint64_t steps) { engine_.equilibrate(steps); }

  /// Takes steps and returns their spikes. Throws Divergence where a step has no outcome, what the stimulus throws, and
  /// std::out_of_range beyond step 2^48; take_recorded() then gives the steps completed. Throws std::length_error, before
  /// the first step, for more steps than a recording spans, 2^32.
  Events<Event> run(std::uint64_t steps) {
    Events<Event> events = empty();
    try {
      run(steps, events);
    } catch (...) {
      if (events.steps() > 0) recorded_ = std::move(events);
      throw;
    }
    return events;
  }

  /// Appends to a recording, which keeps the steps completed where an exception ends the run. Throws
  /// std::invalid_argument where the recording is of another network or does not end at step().
  void run(std::uint64_t steps, Events<Event>& events) {
    if (events.neurons() != neurons_ || events.network() != network_ || events.first_step() + events.steps() != step())
      throw std::invalid_argument("step " + std::to_string(step()) + " of network " + std::to_string(network_) +
                                  " cannot be appended to a recording of network " + std::to_string(events.network()) +
                                  " that ends at step " + std::to_string(events.first_step() + events.steps()));
    events.require_room(steps);
    engine_.run(steps,
                [&](std::uint64_t, std::uint64_t done, std::span<const Event> piece) { events.append(done, piece); });
  }

  /// Hands spikes to a recorder as they are made; see <spikeometric/simulate/recorder.hpp>.
  template <class R>
  void run(std::uint64_t steps, R&& recorder) {
    static_assert(Recorder<std::remove_reference_t<R>, Event>,
                  "spikeometric: a Recorder is called with (std::uint32_t network, std::uint64_t first_step, "
                  "std::span<const Event> events)");
    engine_.run(steps, [&](std::uint64_t first, std::uint64_t, std::span<const Event> piece) {
      recorder(network_, first, piece);
    });
  }

  /// A recording that is empty, and fits run(steps, events).
  Events<Event> empty() const { return {neurons_, detail::decimal(model_.dt()), network_, step()}; }

  /// What run(steps) had recorded when an exception ended it; nothing, if none has since the start.
  Events<Event> take_recorded() { return std::exchange(recorded_, empty()); }

  /// Back to the start, as if newly constructed.
  void reset() {
    std::vector<std::vector<Event>> history(1);
    const Stream stream{seed_, network_, Purpose::initial_state};
    for (std::uint64_t id = 0; id < neurons_; ++id) {
      const auto neuron = static_cast<std::uint32_t>(id);
      if (bernoulli(0.5f, Draws{stream, neuron, 0})) history[0].emplace_back(0u, neuron, 1u);
    }
    restart(history);
  }

  /// Back to the start, with a given past: counts, neurons x steps, oldest first; nothing before that. Throws
  /// std::invalid_argument for another number of neurons and for a count that is negative or too large: above 1 for
  /// binary models, else above what keeps sums exact.
  void reset(const Eigen::Ref<const Eigen::MatrixXi>& counts) {
    if (counts.rows() != static_cast<Eigen::Index>(neurons_))
      throw std::invalid_argument("a history of " + std::to_string(counts.rows()) +
                                  " neurons does not fit a network of " + std::to_string(neurons_));
    std::vector<std::vector<Event>> history(static_cast<std::size_t>(counts.cols()));
    for (Eigen::Index step = 0; step < counts.cols(); ++step)
      for (Eigen::Index neuron = 0; neuron < counts.rows(); ++neuron) {
        const int count = counts(neuron, step);
        if (count < 0 || count > engine_.count_limit())
          throw std::invalid_argument("count " + std::to_string(count) + " of neuron " + std::to_string(neuron) +
                                      " in step " + std::to_string(step) + " of the history is out of range");
        if (count > 0)
          history[static_cast<std::size_t>(step)].emplace_back(0u, static_cast<std::uint32_t>(neuron),
                                                               static_cast<std::uint32_t>(count));
      }
    restart(history);
  }

  std::uint64_t neurons() const { return neurons_; }
  std::uint64_t synapses() const { return engine_.synapses(); }
  const ModelType& model() const { return model_; }
  Seed seed() const { return seed_; }
  std::uint32_t network() const { return network_; }

  /// The step that `run` takes next: 0 at the start. Equilibration does not count.
  std::uint64_t step() const { return engine_.step(); }

  /// Synapses that spikes have passed in `run` since the start; with SparseMatvec, all synapses in every step.
  std::uint64_t synaptic_events() const { return engine_.synaptic_events(); }

  /// A hash of the bits of every g and mu in `run` since the start, if the backend was told to keep one, else 0. It
  /// shows a deviation long before a spike does.
  std::uint64_t state_hash() const { return engine_.state_hash(); }

 private:
  void restart(const std::vector<std::vector<Event>>& history) {
    engine_.reset(history);
    take_recorded();
  }

  static ModelType checked(ModelType model) {
    if (!denormals_are_kept())
      throw std::runtime_error(
          "this process flushes denormal numbers to zero, which changes spikes: clear the FTZ and "
          "DAZ bits, and link nothing with -ffast-math");
    model.validate();
    return model;
  }

  std::uint64_t neurons_;
  ModelType model_;
  Seed seed_;
  std::uint32_t network_;
  typename BackendType::template Engine<ModelType, StimulusType, Vertex> engine_;
  Events<Event> recorded_;
};

}  // namespace spikeometric
