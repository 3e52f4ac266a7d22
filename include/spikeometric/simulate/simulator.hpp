// SPDX-License-Identifier: BSD-3-Clause
//
// The simulator: runs a graph, or a batch of graphs, with a model and a stimulus.
//
//   sk::Simulator simulator{graph, model, sk::no_stimulus, sk::Seed{42}};
//   simulator.equilibrate(100);
//   const sk::Events spikes = simulator.run(10'000);
//
//   sk::Simulator many{sk::batch(graphs), model, sk::no_stimulus, sk::Seed{42}, sk::EigenBackend<>{.threads = 8}};
//   for (const auto& spikes : many.run(10'000).by_network()) ...
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/eigen.hpp"
#include "spikeometric/backend/state.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/simulate/detail/arguments.hpp"
#include "spikeometric/simulate/events.hpp"
#include "spikeometric/simulate/initial_state.hpp"
#include "spikeometric/simulate/recorder.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

namespace detail {

/// The graphs in the first argument of a simulator, and the number of trials of each graph.
template <class Network>
struct NetworkTraits;

template <class Weight, class Vertex>
struct NetworkTraits<Graph<Weight, Vertex>> {
  using GraphType = Graph<Weight, Vertex>;
  static constexpr bool is_batch = false;
  static std::uint64_t trials(const GraphType&) { return 1; }
  static std::vector<GraphType> graphs(GraphType&& graph) {
    std::vector<GraphType> one;
    one.push_back(std::move(graph));
    return one;
  }
};
template <class Weight, class Vertex>
struct NetworkTraits<Batch<Weight, Vertex>> {
  using GraphType = Graph<Weight, Vertex>;
  static constexpr bool is_batch = true;
  static std::uint64_t trials(const Batch<Weight, Vertex>& networks) { return networks.trials(); }
  static std::vector<GraphType> graphs(Batch<Weight, Vertex>&& networks) { return std::move(networks).release(); }
};

/// Access to a simulator's engine, for code that shares its synapses.
struct EngineOf {
  template <class AnySimulator>
  static const auto& get(const AnySimulator& simulator) {
    return simulator.engine_;
  }
};

}  // namespace detail

/// Simulates a network, or a batch of independent networks. The spikes of a network are a pure function of graph,
/// model, stimulus, seed, network id and initial state. They are the same alone or in a batch, with any number of
/// threads and any strategy, and in one run or in several. Network n of a batch has id first_network + n.
///
/// By default a network starts as if every neuron had spiked in the last step before the start with probability 1/2; a
/// model with synaptic activations starts with activations uniform in (0, 1). Another InitialState or a history can be
/// given. There is no automatic equilibration.
///
/// A step costs (spikes x out-degree) + O(neurons).
///
/// Memory: 8 bytes for each synapse, and 2 more if there are delays. For each neuron 38 bytes, 4 for each step of the
/// coupling window, 8 for each step by which the longest delay exceeds 1, and 16 for each thread if several threads
/// share the network. Each further basis function adds 4 bytes for each synapse, and for each neuron as much again as
/// window, delays and filter state take.
template <class NetworkType, class ModelType, class StimulusType, class BackendType = EigenBackend<>>
class Simulator {
  static_assert(detail::RefuseArguments<NetworkType, ModelType, StimulusType, Seed>::value);
  static_assert(Backend<BackendType>, "spikeometric: the fifth argument must be a backend");

  using Traits = detail::NetworkTraits<NetworkType>;
  using GraphType = typename Traits::GraphType;
  using Engine = typename BackendType::template Engine<ModelType, StimulusType, GraphType>;
  static constexpr bool is_batch = Traits::is_batch;
  static_assert(
      GraphType::bases == ModelType::bases,
      "spikeometric: a synapse of the graph needs one weight for each of the M basis functions of the model's "
      "filter: a Graph<std::array<float, M>>");
  static_assert(std::is_same_v<StimulusType, NoStimulus> ||
                    decltype(detail::lift(std::declval<const StimulusType&>()))::channels == ModelType::channels,
                "spikeometric: the stimulus needs as many channels as the model's stimulus filter");

 public:
  using Event = EventOf<ModelType>;

  /// Events for a graph, BatchEvents for a batch.
  using Recording = std::conditional_t<is_batch, BatchEvents<Event>, Events<Event>>;

  /// The past of a network: spike counts, or synaptic activations. For a batch, a vector with one element for each
  /// network.
  using Counts = std::conditional_t<is_batch, std::vector<Eigen::MatrixXi>, Eigen::Ref<const Eigen::MatrixXi>>;
  using Activations = std::conditional_t<is_batch, std::vector<Eigen::VectorXd>, Eigen::Ref<const Eigen::VectorXd>>;

  /// A NetworkState for each network.
  using State = SimulatorState<ModelType>;

  /// A graph given as an rvalue is converted in place; an lvalue is copied. Throws InvalidParameter for a parameter out
  /// of bounds, InvalidGraph if sums over synapses would not be exact, and InvalidArgument for fewer than one thread, a
  /// stimulus that does not fit the network, or an initial rate that is too high (see reset). Throws InexactArithmetic
  /// in a process that flushes denormal numbers to zero.
  Simulator(NetworkType network, ModelType model, StimulusType stimulus, Seed seed, BackendType backend = {},
            InitialState initial = {})
      : Simulator(Models{std::move(model)}, std::move(network), stimulus, seed, backend, initial) {}

  /// The same with a model for each network of the batch. Also throws InvalidArgument if the numbers of models and
  /// networks differ, and InvalidParameter if the time steps of the models differ.
  Simulator(NetworkType network, std::vector<ModelType> models, StimulusType stimulus, Seed seed,
            BackendType backend = {}, InitialState initial = {}) requires detail::NetworkTraits<NetworkType>::is_batch
      // Braces evaluate from left to right, so the size of `network` is read before it is moved from.
      : Simulator{fitting(std::move(models), network), std::move(network), stimulus, seed, backend, initial} {}

  /// A new simulator of the same networks and initial state with another model, stimulus and seed. It behaves like one
  /// constructed from the graph, but shares the synapses of this one, to save memory if there are many sets of
  /// parameters. O(neurons). Only with the CPU backend. Throws the same exceptions as the constructor.
  [[nodiscard]] Simulator with(ModelType model, StimulusType stimulus, Seed seed) const {
    static_assert(
        std::is_constructible_v<Engine, const Engine&, const Models&, const StimulusType&, Seed, const BackendType&>,
        "spikeometric: a simulator on a device cannot share its synapses; construct another one");
    return Simulator(*this, Models{std::move(model)}, stimulus, seed);
  }

  /// Takes steps without stimulus and without recording, so that the network forgets its initial state. Throws the same
  /// exceptions as `run`.
  void equilibrate(std::uint64_t steps) {
    explained([&] { engine_.equilibrate(steps); });
  }

  /// Takes steps and returns their spikes. Throws Divergence if a step fails (g or mu is NaN, or a count makes sums
  /// inexact), whatever the stimulus throws, and OutOfRange beyond 2^48 steps. take_recorded() then returns the
  /// completed steps. In a batch, the other networks may be up to about a thousand steps ahead. Throws TooLong, before
  /// the first step, if there are more than the 2^32 steps that a recording can hold.
  Recording run(std::uint64_t steps) {
    Recording events = new_recording();
    try {
      run(steps, events);
    } catch (...) {
      for (std::size_t index = 0; index < engine_.networks(); ++index)
        if (of(events, index).steps() > 0) {
          recorded_ = std::move(events);
          break;
        }
      throw;
    }
    return events;
  }

  /// Takes steps and appends them to a recording. If an exception ends the run, the recording keeps the completed
  /// steps. Throws InvalidArgument if the recording is of other networks or does not end at step().
  void run(std::uint64_t steps, Recording& events) {
    require_end_at_step(events, steps);
    explained([&] {
      engine_.run(steps, [&](std::size_t index, std::uint64_t, std::uint64_t done, std::span<const Event> piece) {
        of(events, index).append(done, piece);
      });
    });
  }

  /// Takes steps and passes their spikes to a recorder; see <spikeometric/simulate/recorder.hpp>.
  template <class R>
  void run(std::uint64_t steps, R&& recorder) {
    static_assert(Recorder<std::remove_reference_t<R>, Event>,
                  "spikeometric: a Recorder must be callable with (std::uint32_t network, std::uint64_t first_step, "
                  "std::span<const Event> events)");
    explained([&] {
      engine_.run(steps, [&](std::size_t index, std::uint64_t first, std::uint64_t, std::span<const Event> piece) {
        recorder(id(index), first, piece);
      });
    });
  }

  /// Takes steps, and records or passes on the spikes of some neurons; see `only` in
  /// <spikeometric/simulate/recorder.hpp>.
  template <class Target>
  void run(std::uint64_t steps, Only<Target> only) {
    constexpr bool records = std::is_same_v<Target, Recording&>;
    constexpr bool passes_on = Recorder<std::remove_reference_t<Target>, Event>;
    static_assert(records || passes_on,
                  "spikeometric: sk::only(mask, target) needs a recording of this simulator, which is not a temporary, "
                  "or a recorder");
    for (std::size_t index = 0; index < engine_.networks(); ++index) only.neurons.bind(engine_.neurons(index));
    if constexpr (records) require_end_at_step(only.target, steps);
    explained([&] {
      engine_.run(steps, [&](std::size_t index, std::uint64_t first, std::uint64_t done, std::span<const Event> piece) {
        const std::vector<Event> some = only.among(engine_.neurons(index), piece);
        if constexpr (records)
          of(only.target, index).append(done, some);
        else if constexpr (passes_on)
          only.target(id(index), first, std::span<const Event>(some.data(), some.size()));
      });
    });
  }

  /// An empty recording for run(steps, events).
  [[nodiscard]] Recording new_recording() const {
    const std::uint64_t now = step();
    std::vector<Events<Event>> events;
    for (std::size_t index = 0; index < engine_.networks(); ++index)
      events.emplace_back(engine_.neurons(index), detail::decimal(model(index).dt()), id(index), now);
    if constexpr (is_batch)
      return Recording{std::move(events)};
    else
      return std::move(events[0]);
  }

  /// Returns the steps that run(steps) had completed before an exception ended it. The recording is empty if no
  /// exception has ended a run since the start.
  Recording take_recorded() { return std::exchange(recorded_, new_recording()); }

  /// Returns to the start, as if newly constructed.
  void reset() { reset(initial_); }

  /// Returns to the start, with another initial state. Throws InvalidArgument, and changes nothing, if the rate is too
  /// high: above one spike a step in a binary model, else above half the largest count that keeps sums exact.
  void reset(const InitialState& initial) {
    const double mean = initial.rate_hz() * detail::decimal(model().dt()) / 1000.0;
    for (std::size_t index = 0; index < engine_.networks(); ++index) {
      const auto limit = static_cast<double>(engine_.count_limit(index)) / (ModelType::binary ? 1.0 : 2.0);
      if (mean > limit)
        throw InvalidArgument("an initial rate of " + detail::to_text(initial.rate_hz()) + " Hz is " +
                              detail::to_text(mean) + " spikes in a step of " + detail::to_text(model().dt()) +
                              " ms: the limit is " + detail::to_text(limit));
    }
    start_again(initial.is_volley(), [&](std::size_t index) { restart(index, initial, mean); });
  }

  /// Returns to the start, with a given past: spike counts, neurons x steps, oldest step first. There are no earlier
  /// spikes and no activations. A batch takes a vector with a matrix for each network. Throws InvalidArgument, and
  /// changes nothing, for another number of networks or neurons, and for a count that is negative or too large: above 1
  /// in a binary model, else above the largest count that keeps sums exact.
  void reset(const Counts& counts) {
    if constexpr (is_batch) require_one_each(counts.size(), "histories");
    std::vector<std::vector<std::vector<Event>>> histories;
    for (std::size_t index = 0; index < engine_.networks(); ++index)
      histories.push_back(history(index, of(counts, index)));
    start_again(false, [&](std::size_t index) { engine_.reset(index, std::move(histories[index])); });
  }

  /// Returns to the start, with given synaptic activations s_j(0), one for each presynaptic neuron: x_i(0) = sum_j W_ji
  /// s_j(0), added in double in the order of j. A batch takes a vector of activations for each network. Only for models
  /// with a LeakyFilter. Throws InvalidArgument, and changes nothing, for another number of networks or neurons, and
  /// for a value that is not finite.
  void reset_activation(const Activations& activations) {
    static_assert(has_activation, "spikeometric: only a model with a LeakyFilter has synaptic activations");
    if constexpr (is_batch) require_one_each(activations.size(), "vectors of activations");
    for (std::size_t index = 0; index < engine_.networks(); ++index) require_activation(index, of(activations, index));
    start_again(false, [&](std::size_t index) { engine_.activate(index, of(activations, index).data()); });
  }

  /// The state of the simulation: everything that later steps depend on except the arguments of the constructor.
  /// O(neurons x (coupling window + longest delay)). Throws InvalidState after a step that failed.
  [[nodiscard]] State state() const {
    engine_.require_sound();
    State state;
    for (std::size_t index = 0; index < engine_.networks(); ++index) state.push_back(engine_.state(index));
    return state;
  }

  /// Continues from a state, at the step() of that state. With the same graph, model, stimulus, seed and network ids,
  /// the run is bit-identical to that of the simulator that saved the state, on any backend. The state does not contain
  /// these five, so an experiment can continue with others. A stimulus continues from step(). synaptic_events() and
  /// state_hash() restart from 0. Like reset(), this makes a simulator usable again after a step that failed.
  ///
  /// Throws InvalidArgument, and changes nothing, if
  /// - the number of networks, neurons, lags of the self-history, or steps of the coupling window or the longest delay
  ///   differs,
  /// - an arriving sum is not an integer number of units of the weights onto its neuron (see FixedPointGraph),
  /// - the networks are not at the same step, or
  /// - a spike or a number is out of range.
  void restore(const State& state) {
    require_one_each(state.size(), "states");
    for (std::size_t index = 0; index < state.size(); ++index)
      detail::of_network(index, state.size(), [&] {
        detail::require_fits(state[index], model(index), engine_, index);
        if (state[index].step != state[0].step || state[index].random_step != state[0].random_step)
          throw InvalidArgument("step " + steps_of(state[index]) + " must be that of network 0, step " +
                                steps_of(state[0]));
      });
    start_again(false, [&](std::size_t index) { engine_.restore(index, state[index]); });
  }

  /// Number of networks; 1 for a graph.
  std::size_t networks() const { return engine_.networks(); }

  /// Number of neurons, and of synapses, in all networks.
  std::uint64_t neurons() const {
    std::uint64_t sum = 0;
    for (std::size_t index = 0; index < engine_.networks(); ++index) sum += engine_.neurons(index);
    return sum;
  }
  std::uint64_t synapses() const { return engine_.synapses(); }

  /// The model of a network. Throws OutOfRange for an invalid index.
  const ModelType& model(std::size_t index = 0) const {
    detail::require_network(index, engine_.networks());
    return models_[models_.size() == 1 ? 0 : index];
  }
  Seed seed() const { return seed_; }

  /// The id of a network, which keys its random numbers. Throws OutOfRange for an invalid index.
  std::uint32_t network_id(std::size_t index = 0) const {
    detail::require_network(index, engine_.networks());
    return id(index);
  }

  /// The next step of `run`: 0 at the start. Steps of equilibration do not count.
  std::uint64_t step() const { return engine_.step(); }

  /// The number of synapses that spikes have passed in `run` since the start. With SparseMatvec, all synapses count in
  /// every step.
  std::uint64_t synaptic_events() const { return engine_.synaptic_events(); }

  /// A hash of the bits of every g and mu in `run` since the start if the backend has hash_state, else 0. It reveals a
  /// deviation long before spikes differ. The hashes of the networks of a batch add up.
  std::uint64_t state_hash() const { return engine_.state_hash(); }

 private:
  friend detail::EngineOf;
  using Models = std::vector<ModelType>;
  using Kernel = decltype(std::declval<const ModelType&>().kernel(std::declval<HostArrays&>()));
  static constexpr bool has_activation = detail::has_activation<decltype(Kernel::filter)>;

  Simulator(Models models, NetworkType network, const StimulusType& stimulus, Seed seed, const BackendType& backend,
            const InitialState& initial)
      : models_(checked(std::move(models))),
        seed_(seed),
        backend_(backend),
        initial_(initial),
        engine_(of_graphs(std::move(network), models_, stimulus, seed, backend)),
        recorded_(new_recording()) {
    reset();
  }

  static Engine of_graphs(NetworkType network, const Models& models, const StimulusType& stimulus, Seed seed,
                          const BackendType& backend) {
    const std::uint64_t trials = Traits::trials(network);
    return Engine{Traits::graphs(std::move(network)), trials, models, stimulus, seed, backend};
  }

  Simulator(const Simulator& other, Models models, const StimulusType& stimulus, Seed seed)
      : models_(checked(std::move(models))),
        seed_(seed),
        backend_(other.backend_),
        initial_(other.initial_),
        engine_(other.engine_, models_, stimulus, seed, backend_),
        recorded_(new_recording()) {
    reset();
  }

  /// `start(index)` sets the initial state of a network.
  template <class Start>
  void start_again(bool by_volley, Start&& start) {
    engine_.reset([&] {
      for (std::size_t index = 0; index < engine_.networks(); ++index) start(index);
    });
    by_volley_ = by_volley;
    take_recorded();
  }

  /// Sets the initial state of a network; `mean` is the mean count in a step.
  void restart(std::size_t index, const InitialState& initial, double mean) {
    const Stream stream{seed_, id(index), detail::initial_state_purpose};
    const std::uint64_t neurons = engine_.neurons(index);
    if (initial.is_silent()) return;
    if (!initial.is_volley()) {
      HostArrays arrays;
      const std::uint64_t reach = detail::reach_of<ModelType::bases>(model(index).kernel(arrays).filter);
      const std::uint64_t lags = detail::lags_of(model(index).history.taps(model(index).dt()));
      const std::uint64_t steps = std::max<std::uint64_t>({reach + engine_.max_delay(index) - 1, lags, 1});
      engine_.reset(index, detail::initial_spikes<ModelType>(mean, steps, neurons, stream));
    } else if constexpr (has_activation) {
      std::vector<double> activation;
      for (std::uint64_t neuron = 0; neuron < neurons; ++neuron)
        activation.push_back(uniform(stream.block(static_cast<std::uint32_t>(neuron), 0)[0]));
      engine_.activate(index, activation.data());
    } else {
      engine_.reset(index, detail::initial_spikes<ModelType, true>(0.5, 1, neurons, stream));
    }
  }

  /// Calls run(). If it diverges soon after a volley, the message says that the volley may be the cause.
  template <class Run>
  void explained(Run&& run) {
    try {
      run();
    } catch (const Divergence& error) {
      if (!by_volley_ || engine_.random_step() >= 100) throw;
      throw Divergence(error,
                       "; the network started from a volley, which may be the cause: try "
                       "InitialState::silent() or InitialState::rate_hz()");
    }
  }

  std::uint32_t id(std::size_t index) const { return backend_.first_network + static_cast<std::uint32_t>(index); }

  /// Throws unless `steps` more steps can be appended to a recording.
  void require_end_at_step(const Recording& events, std::uint64_t steps) const {
    engine_.require_sound();
    if constexpr (is_batch)
      if (events.size() != engine_.networks())
        throw InvalidArgument("a recording of " + std::to_string(events.size()) + " networks does not fit a batch of " +
                              std::to_string(engine_.networks()));
    const std::uint64_t now = step();
    for (std::size_t index = 0; index < engine_.networks(); ++index) {
      const Events<Event>& each = of(events, index);
      if (each.neurons() != engine_.neurons(index) || each.network_id() != id(index) ||
          each.first_step() + each.steps() != now)
        throw InvalidArgument("step " + std::to_string(now) + " of network " + std::to_string(id(index)) +
                              " cannot be appended to a recording of network " + std::to_string(each.network_id()) +
                              " that ends at step " + std::to_string(each.first_step() + each.steps()));
      each.require_room(steps);
    }
  }

  /// The element of a network: all[index] in a batch, else `all`.
  template <class All>
  static auto& of(All& all, [[maybe_unused]] std::size_t index) {
    if constexpr (is_batch)
      return all[index];
    else
      return all;
  }

  std::vector<std::vector<Event>> history(std::size_t index, const Eigen::Ref<const Eigen::MatrixXi>& counts) const {
    if (counts.rows() != static_cast<Eigen::Index>(engine_.neurons(index)))
      throw InvalidArgument("a history of " + std::to_string(counts.rows()) + " neurons does not fit a network of " +
                            std::to_string(engine_.neurons(index)));
    std::vector<std::vector<Event>> result(static_cast<std::size_t>(counts.cols()));
    for (Eigen::Index step = 0; step < counts.cols(); ++step)
      for (Eigen::Index neuron = 0; neuron < counts.rows(); ++neuron) {
        const int count = counts(neuron, step);
        if (count < 0 || count > engine_.count_limit(index))
          throw InvalidArgument("count " + std::to_string(count) + " of neuron " + std::to_string(neuron) +
                                " in step " + std::to_string(step) + " of the history must be between 0 and " +
                                std::to_string(engine_.count_limit(index)));
        if (count > 0)
          result[static_cast<std::size_t>(step)].push_back(
              Event(0, static_cast<std::uint32_t>(neuron), static_cast<std::uint32_t>(count)));
      }
    return result;
  }

  void require_one_each(std::size_t given, const char* what) const {
    if (given != engine_.networks())
      throw InvalidArgument(std::to_string(given) + " " + what + " do not fit a batch of " +
                            std::to_string(engine_.networks()) + " networks");
  }

  void require_activation(std::size_t index, const Eigen::Ref<const Eigen::VectorXd>& activation) const {
    if (activation.size() != static_cast<Eigen::Index>(engine_.neurons(index)))
      throw InvalidArgument("activations of " + std::to_string(activation.size()) +
                            " neurons do not fit a network of " + std::to_string(engine_.neurons(index)));
    for (Eigen::Index neuron = 0; neuron < activation.size(); ++neuron)
      if (!std::isfinite(activation[neuron]))
        throw InvalidArgument("activation " + detail::to_text(activation[neuron]) + " of neuron " +
                              std::to_string(neuron) + " must be finite");
  }

  static std::string steps_of(const NetworkState<ModelType>& state) {
    return std::to_string(state.step) + " (" + std::to_string(state.random_step) + " with equilibration)";
  }

  static Models fitting(Models models, const NetworkType& network) {
    if (models.size() != network.size())
      throw InvalidArgument(std::to_string(models.size()) + " models do not fit a batch of " +
                            std::to_string(network.size()) + " networks");
    return models;
  }

  static Models checked(Models models) {
    if (!denormals_are_kept())
      throw InexactArithmetic(
          "this process flushes denormal numbers to zero, which changes spikes: clear the FTZ and "
          "DAZ bits, and do not link with -ffast-math");
    for (std::size_t index = 0; index < models.size(); ++index) {
      detail::of_network(index, models.size(), [&] { models[index].validate(); });
      if (models[index].dt() != models[0].dt())
        throw InvalidParameter("dt = " + detail::to_text(models[index].dt()) + " ms of network " +
                               std::to_string(index) + " differs from that of network 0, " +
                               detail::to_text(models[0].dt()) + " ms");
    }
    return models;
  }

  Models models_;  // one for all networks, or one for each network
  Seed seed_;
  BackendType backend_;
  InitialState initial_;
  bool by_volley_ = false;  // whether it started from a volley
  Engine engine_;
  Recording recorded_;
};

/// Wrong arguments select this class. It says at compile time which argument is wrong. It has the members of a
/// simulator, so that their uses cause no further errors.
template <class First, class Second, class Third, class Fourth, class Fifth, class Sixth>
class Simulator<detail::Misuse<First, Second, Third, Fourth, Fifth, Sixth>, void, void, void>
    : public Simulator<Graph<>, Cascade<>, NoStimulus, EigenBackend<>> {
  using Likely = Simulator<Graph<>, Cascade<>, NoStimulus, EigenBackend<>>;
  static constexpr bool four = detail::GraphModelStimulusSeed<First, Second, Third, Fourth>;
  static_assert(detail::RefuseArguments<First, Second, Third, Fourth>::value);
  static_assert(!four || Backend<Fifth>,
                "spikeometric: the fifth argument must be a backend: sk::EigenBackend<>{.threads = 2}");
  static_assert(!four || !Backend<Fifth> || std::is_same_v<Sixth, InitialState>,
                "spikeometric: the sixth argument, and the last, must be an InitialState: sk::InitialState::silent()");

 public:
  template <class... Given>
  explicit Simulator(Given&&...) : Likely(detail::never<Likely>()) {}
};

template <class NetworkType, class ModelType, class StimulusType, class BackendType = EigenBackend<>>
requires(!detail::GraphModelStimulusSeed<NetworkType, ModelType, StimulusType, Seed> || !Backend<BackendType>)
    Simulator(NetworkType, ModelType, StimulusType, Seed, BackendType = {}, InitialState = {})
->Simulator<detail::Misuse<NetworkType, ModelType, StimulusType, Seed, BackendType, InitialState>, void, void, void>;
template <class First, class Second, class Third, class Fourth, class Fifth = EigenBackend<>,
          class Sixth = InitialState, class... More>
Simulator(First, Second, Third, Fourth, Fifth = {}, Sixth = {}, More...) -> Simulator<
    detail::Misuse<First, Second, Third, Fourth, Fifth, std::conditional_t<sizeof...(More) == 0, Sixth, void>>, void,
    void, void>;
template <class First, class Second, class Third>
Simulator(First, Second, Third)
    -> Simulator<detail::Misuse<First, Second, Third, void, EigenBackend<>, InitialState>, void, void, void>;
template <class First, class Second>
Simulator(First, Second)
    -> Simulator<detail::Misuse<First, Second, void, void, EigenBackend<>, InitialState>, void, void, void>;
template <detail::GraphOrBatch First>
Simulator(First) -> Simulator<detail::Misuse<First, void, void, void, EigenBackend<>, InitialState>, void, void, void>;

}  // namespace spikeometric
