// SPDX-License-Identifier: BSD-3-Clause
//
// The engine runs a simulation on every backend. It keeps the clock, cuts runs into pieces, sets initial and saved
// states, and handles steps that fail. An executor divides the work of the steps; see executor.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/executor.hpp"
#include "spikeometric/backend/layout.hpp"
#include "spikeometric/backend/memory.hpp"
#include "spikeometric/backend/state.hpp"
#include "spikeometric/detail/memory.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/step/stimulus_table.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric::detail {

/// The type of the stimulus table; NoTable without a stimulus.
template <class MemoryType, class Stimulus>
struct TableFor {
  using Type =
      typename StimulusTableOf<MemoryType, float, decltype(lift(std::declval<const Stimulus&>()).functions())>::Type;
};
template <class MemoryType>
struct TableFor<MemoryType, NoStimulus> {
  using Type = NoTable;
};

/// The engine of a backend. Its executor is ExecutorOf<Strategy, Arrays, Table>, or ExecutorOf<Arrays, Table> without a
/// strategy.
template <template <class...> class ExecutorOf, class MemoryType, class Model, class Stimulus, class GraphType,
          class... Strategy>
class Engine {
  using Kernel = decltype(std::declval<const Model&>().kernel(std::declval<HostArrays&>()));
  using Arrays = NetworkArrays<MemoryType, Model, Kernel, GraphType>;
  using Table = typename TableFor<MemoryType, Stimulus>::Type;
  using Executor = ExecutorOf<Strategy..., Arrays, Table>;
  using Layout = typename Arrays::Layout;
  using GraphSynapses = typename Arrays::GraphSynapses;
  static constexpr bool stimulated = is_stimulated<Table>;

 public:
  using Event = EventOf<Model>;

  /// Bytes of device memory for `trials` networks with each of the graphs.
  static std::uint64_t bytes(std::span<const GraphType> graphs, std::uint64_t trials, const std::vector<Model>& models,
                             const Stimulus& stimulus) requires Executor::on_device {
    const Layout layout{{graphs.begin(), graphs.end()}, trials, models, Executor::more_rows};
    return bytes_of(layout, graphs, table_of(layout, models, stimulus, Seed{}, 0).get());
  }

  /// Runs `trials` networks with each of the graphs. The graphs are converted and freed one by one. `models` has one
  /// model for all networks, or one for each network. Throws OutOfDeviceMemory before anything is allocated on a
  /// device.
  template <class Settings>
  Engine(std::vector<GraphType> graphs, std::uint64_t trials, const std::vector<Model>& models,
         const Stimulus& stimulus, Seed seed, const Settings& settings)
      : memory_(settings), executor_(memory_, settings) {
    const Layout layout{{graphs.begin(), graphs.end()}, trials, models, Executor::more_rows};
    require_ids(layout.places.size(), settings.first_network);
    executor_.divide(layout);
    table_ = table_of(layout, models, stimulus, seed, settings.first_network);
    if constexpr (Executor::on_device)
      if (const auto free = memory_.free_bytes())
        if (const auto needed = bytes_of(layout, graphs, table_.get()); needed > *free)
          throw OutOfDeviceMemory(needed, *free);
    typename Arrays::AllSynapses synapses;
    for (GraphType& graph : graphs)
      of_network(synapses.size(), layout.places.size(), [&] {
        FixedPointGraph<typename GraphType::VertexType, GraphType::bases> fixed{std::move(graph), executor_.threads()};
        const std::int64_t limit = count_limit_of<Model>(fixed);
        executor_.prepare(fixed);
        synapses.push_back(
            std::make_shared<const GraphSynapses>(memory_, layout.graphs[synapses.size()], std::move(fixed), limit));
      });
    allocate(layout, std::move(synapses), models, seed, settings.first_network);
  }

  /// Runs the networks of another engine with other models, stimulus and seed, and shares its synapses.
  template <class Settings>
  Engine(const Engine& other, const std::vector<Model>& models, const Stimulus& stimulus, Seed seed,
         const Settings& settings) requires(!Executor::on_device)
      : memory_(other.memory_), executor_(other.executor_, settings) {
    std::vector<GraphSize> sizes;
    for (const auto& synapses : other.arrays_->synapses()) sizes.push_back(synapses->size);
    const std::uint64_t trials = other.networks() / sizes.size();
    const Layout layout{std::move(sizes), trials, models, Executor::more_rows};
    table_ = table_of(layout, models, stimulus, seed, settings.first_network);
    allocate(layout, other.arrays_->synapses(), models, seed, settings.first_network);
  }

  /// Copies the state and shares the synapses.
  Engine(const Engine& other)
      : memory_(other.memory_),
        executor_(other.executor_),
        arrays_(std::make_unique<Arrays>(*other.arrays_)),
        piece_(other.piece_),
        clock_(other.clock_),
        synaptic_events_(other.synaptic_events_),
        state_hash_(other.state_hash_),
        failed_(other.failed_) {
    static_assert(!Executor::on_device, "spikeometric: a simulator on a device cannot be copied; use restore(state())");
    if constexpr (stimulated) {
      table_ = std::make_unique<Table>(*other.table_);
      table_->allocate(memory_);
    }
    executor_.attach(*arrays_, table_.get());
  }
  Engine(Engine&&) noexcept = default;
  Engine& operator=(const Engine& other) { return *this = Engine(other); }
  Engine& operator=(Engine&&) noexcept = default;
  ~Engine() = default;

  std::size_t networks() const { return arrays_->networks(); }
  std::uint64_t neurons(std::size_t network) const { return arrays_->view(network).neurons; }
  /// The number of synapses in all networks.
  std::uint64_t synapses() const {
    std::uint64_t sum = 0;
    for (std::size_t network = 0; network < networks(); ++network) sum += arrays_->synapses_of(network).size.synapses;
    return sum;
  }
  Delay max_delay(std::size_t network) const { return arrays_->synapses_of(network).size.max_delay; }
  const std::vector<std::int16_t>& exponents(std::size_t network) const {
    return arrays_->synapses_of(network).exponents;
  }
  std::int64_t count_limit(std::size_t network) const { return arrays_->synapses_of(network).count_limit; }

  std::shared_ptr<const GraphSynapses> shared_synapses(std::size_t network) const {
    return arrays_->synapses()[network % arrays_->synapses().size()];
  }

  /// Steps of `run` that all networks have completed.
  std::uint64_t step() const { return clock_.step; }
  std::uint64_t random_step() const { return clock_.random_step; }
  std::uint64_t synaptic_events() const { return synaptic_events_; }
  std::uint64_t state_hash() const { return state_hash_; }

  /// Throws InvalidState after a step that failed.
  void require_sound() const {
    if (failed_) throw InvalidState("a step has failed: call reset() or restore() first");
  }

  /// Returns to the start. `restart` calls reset, activate or restore for each network. If one throws, the engine
  /// cannot run until the next reset.
  template <class Restart>
  void reset(Restart&& restart) {
    failed_ = true;
    arrays_->clear();
    executor_.clear();
    clock_ = {};
    synaptic_events_ = state_hash_ = 0;
    histories_.clear();
    histories_.resize(networks());
    restart();
    replay();
    failed_ = false;
  }

  /// Sets the spikes of a network before the start: a sorted list for each step, oldest first.
  void reset(std::size_t network, std::vector<std::vector<Event>> history) { histories_[network] = std::move(history); }

  /// Sets the synaptic activations of a network, one for each presynaptic neuron.
  void activate(std::size_t network, const double* activation) { arrays_->activate(network, activation); }

  /// Sets the state of a network. The state must fit, and all networks must be at the same step.
  void restore(std::size_t network, const NetworkState<Model>& state) {
    clock_.random_step = state.random_step;
    clock_.step = state.step;
    arrays_->restore(network, state, clock_.tick);
    for (std::size_t lag = 0; lag < state.recent.size(); ++lag) executor_.keep(network, before(lag), state.recent[lag]);
  }

  NetworkState<Model> state(std::size_t network) const {
    NetworkState<Model> state = arrays_->state(network, clock_.tick);
    state.random_step = clock_.random_step;
    state.step = clock_.step;
    for (std::size_t lag = 0; lag < std::max<std::size_t>(arrays_->view(network).lags, 1); ++lag)
      state.recent.push_back(executor_.spikes(network, before(lag)));
    return state;
  }

  /// Takes steps without stimulus and records nothing.
  void equilibrate(std::uint64_t steps) { advance(steps, nullptr); }

  /// Called with (network, first_step, steps, events) for each network, in order of steps. If it throws, a batch, and
  /// any engine on a device, is in the same state as after a step that failed.
  using Sink = std::function<void(std::size_t, std::uint64_t, std::uint64_t, std::span<const Event>)>;
  void run(std::uint64_t steps, const Sink& sink) { advance(steps, &sink); }

 private:
  static std::unique_ptr<Table> table_of(const Layout& layout, const std::vector<Model>& models,
                                         const Stimulus& stimulus, Seed seed, std::uint32_t first_network) {
    if constexpr (stimulated) {
      const auto lifted_stimulus = lift(stimulus);
      std::vector<StimulusTerms<float>> networks;
      const std::uint64_t size = layout.places.size();
      for (std::uint64_t index = 0; index < size; ++index)
        of_network(index, size, [&] {
          const auto id = first_network + static_cast<std::uint32_t>(index);
          networks.emplace_back(
              StimulusContext{decimal(models[0].dt()), seed, id, index, size, layout.places[index].neurons});
          networks.back().calls_functions = true;
          lifted_stimulus.add_to(networks.back(), 0);
        });
      return std::make_unique<Table>(std::move(networks), lifted_stimulus.functions(), Executor::piece(layout));
    } else {
      return nullptr;
    }
  }

  static std::uint64_t bytes_of(const Layout& layout, std::span<const GraphType> graphs,
                                [[maybe_unused]] const Table* table) {
    std::uint64_t sum = MemoryType::reserve + Arrays::bytes(layout) + Executor::bytes(layout, graphs);
    if constexpr (stimulated) sum += table->bytes();
    return sum;
  }

  void allocate(const Layout& layout, typename Arrays::AllSynapses synapses, const std::vector<Model>& models,
                Seed seed, std::uint32_t first_network) {
    if constexpr (stimulated) table_->allocate(memory_);
    arrays_ = std::make_unique<Arrays>(memory_, layout, std::move(synapses), models, seed, first_network);
    executor_.allocate(*arrays_, table_.get());
    piece_ = Executor::piece(layout);
  }

  /// The tick `lag` steps before the latest step.
  std::uint64_t before(std::uint64_t lag) const { return clock_.tick - 1 - lag; }

  /// Takes the steps with given spikes. Histories of different lengths end at the same step.
  void replay() {
    std::size_t longest = 0;
    for (const auto& history : histories_) longest = std::max(longest, history.size());
    std::vector<const std::vector<Event>*> given(networks());
    for (std::size_t step = 0; step < longest; ++step) {
      for (std::size_t index = 0; index < networks(); ++index) {
        const auto& history = histories_[index];
        given[index] = step + history.size() < longest ? nullptr : &history[step + history.size() - longest];
      }
      executor_.replay(clock_, given);
      ++clock_.tick;
    }
    histories_.clear();
  }

  /// Takes steps. Nothing is recorded if `sink` is null.
  void advance(std::uint64_t steps, const Sink* sink) {
    const bool recorded = sink != nullptr;
    require_sound();
    if (steps > step_limit - clock_.random_step)
      throw OutOfRange(std::to_string(steps) + " steps after " + std::to_string(clock_.random_step) +
                       " would exceed the limit of 2^48 steps");
    failed_ = Executor::on_device || networks() > 1;  // if a sink throws, steps of other networks are lost
    Piece ahead{clock_, 0, 0, 0, recorded};           // the latest piece queued
    std::exception_ptr error;                         // of the step after those queued
    const auto queue = [&]() -> std::optional<Piece> {
      if (ahead.end == networks() || ahead.steps == 0) {  // all networks are queued for these steps
        if (steps == 0 || error) return std::nullopt;
        ahead.clock = ahead.clock.next_piece(ahead.steps, recorded);
        ahead.steps = planned(ahead.clock, steps, recorded, error);
        ahead.end = 0;
        if (ahead.steps == 0) return std::nullopt;
        steps -= ahead.steps;
      }
      ahead.first = ahead.end;
      ahead.end = std::min(ahead.first + executor_.networks_at_once(), networks());
      ++ahead.number;
      executor_.queue(ahead);
      return ahead;
    };
    std::uint64_t completed = 0;  // by all networks
    std::exception_ptr failure;
    for (std::optional<Piece> piece = queue(); piece;) {
      std::optional<Piece> next;
      if constexpr (Executor::queues_ahead) next = queue();
      const std::vector<DonePiece<Event>>& done = executor_.collect(*piece);
      if (piece->first == 0) completed = piece->steps;
      for (const DonePiece<Event>& network : done) {
        completed = std::min(completed, network.completed);
        if (recorded) {
          synaptic_events_ += network.synaptic_events;
          state_hash_ += network.state_hash;
        }
        if (!failure) failure = network.error;
      }
      if (failure) failed_ = true;
      const bool all = piece->end == networks();
      if (all) clock_ = piece->clock.next_piece(completed, recorded);
      for (std::size_t i = 0; i < done.size(); ++i)
        if (recorded && done[i].completed > 0)
          (*sink)(piece->first + i, piece->clock.step, done[i].completed, done[i].events);
      executor_.forget(*piece);
      if (failure && all) std::rethrow_exception(failure);
      piece = Executor::queues_ahead ? next : queue();
    }
    failed_ = static_cast<bool>(error);
    if (error) std::rethrow_exception(error);
  }

  /// The number of steps of a piece that starts at `clock`. On a device this computes the stimulus of these steps;
  /// `error` is what it threw in the step after them, in the first network that threw. On the CPU the executor computes
  /// the stimulus.
  std::uint64_t planned(const Clock& clock, std::uint64_t steps, bool recorded, std::exception_ptr& error) try {
    steps = std::min(steps, piece_);
    if constexpr (stimulated)
      if (recorded) {
        steps = std::min(steps, table_->piece());
        if constexpr (Executor::on_device) {
          for (std::size_t network = 0; network < networks(); ++network) {
            ReadySteps ready = table_->make(network, clock.step, steps);
            if (ready.error) {
              steps = ready.steps;
              error = std::move(ready.error);
            }
          }
          table_->send(memory_, steps);
        }
      }
    return steps;
  } catch (...) {
    error = std::current_exception();
    return 0;
  }

  MemoryType memory_;
  Executor executor_;
  std::unique_ptr<Table> table_;
  std::unique_ptr<Arrays> arrays_;
  std::uint64_t piece_ = 1;  // maximum number of steps
  Clock clock_;
  std::uint64_t synaptic_events_ = 0, state_hash_ = 0;
  std::vector<std::vector<std::vector<Event>>> histories_;
  bool failed_ = false;
};

}  // namespace spikeometric::detail
