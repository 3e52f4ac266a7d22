// SPDX-License-Identifier: BSD-3-Clause
//
// How steps are run on a device: in pieces, one queued ahead of the one whose spikes are fetched.
//
// An Executor is what backends with a device differ in. Executor<Networks>, Networks being a DeviceNetworks, has
//   bytes(plan)                            of device memory, besides that of the networks; static, as is
//   piece(plan)                            the most steps of a piece
//   queue(step, clock, steps, buffer)      takes steps, from `clock` on; may return before they are done
//   collect(clock, steps, buffer, recorded)   waits for them, and returns a DevicePiece; what is queued behind goes on
//   replay(step, clock)                    takes a step whose counts are given; returns the synapses passed
//   pass(step, spikes, tick)               lets spikes of step tick - 1 pass their synapses; returns how many
//   explain(step, slot, clock)             the DeviceOutcome of one neuron
//   follows_ieee_754()                     whether device code divides, and keeps denormal numbers, as that says
// and its Memory tells of free_bytes(), nothing where no one knows, and of a `reserve`, bytes that are left free.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/device_networks.hpp"
#include "spikeometric/backend/detail/device_stimulus.hpp"
#include "spikeometric/backend/memory.hpp"
#include "spikeometric/backend/state.hpp"

namespace spikeometric::detail {

/// What became of a piece.
template <class Event>
struct DevicePiece {
  std::uint64_t completed = 0;        ///< steps, fewer than queued where one failed
  DeviceFailure failure;              ///< of the step after these
  std::vector<Event> events;          ///< network by network, each in order of step and neuron
  std::vector<std::uint64_t> ends;    ///< of each network's events
  std::vector<std::uint64_t> passed;  ///< synapses, by the spikes of each step
  std::uint64_t state_hash = 0;
};

/// A stimulus on a device, and what a step calls of it: void where there is none.
template <class Memory, class Stimulus>
struct DeviceStimulusOf {
  using OnDevice = DeviceStimulus<Memory, decltype(bind(std::declval<const Stimulus&>(), StimulusContext{}))>;
  using Kernel = decltype(std::declval<const OnDevice&>().kernel());
};
template <class Memory>
struct DeviceStimulusOf<Memory, NoStimulus> {
  using OnDevice = std::nullopt_t;
  using Kernel = void;
};

/// All networks of a batch advance together, step by step.
template <template <class> class ExecutorOf, class Memory, class Model, class Stimulus, class GraphType>
class DeviceEngine {
  using OnDevice = typename DeviceStimulusOf<Memory, Stimulus>::OnDevice;
  using Networks = DeviceNetworks<Memory, Model, typename DeviceStimulusOf<Memory, Stimulus>::Kernel, GraphType>;
  using Executor = ExecutorOf<Networks>;
  using Plan = typename Networks::Plan;
  using Step = typename Networks::Step;
  using BatchType = Batch<typename GraphType::WeightType, typename GraphType::VertexType>;
  static constexpr bool stimulated = !std::is_same_v<Stimulus, NoStimulus>;

 public:
  using Event = EventOf<Model>;

  /// Of device memory, for `trials` networks with each of the graphs.
  static std::uint64_t bytes(std::span<const GraphType> graphs, std::uint64_t trials, std::span<const Model> models,
                             const Stimulus& stimulus) {
    const Plan plan{graphs, trials, models};
    return bytes_of(plan, bound(graphs, trials, models, stimulus, Seed{}, 0, Executor::piece(plan)));
  }

  /// `models` has one model, or one for each network. Throws OutOfDeviceMemory, and std::runtime_error where device
  /// code was compiled to leave IEEE 754.
  template <class Settings>
  DeviceEngine(BatchType&& batch, std::span<const Model> models, const Stimulus& stimulus, Seed seed,
               const Settings& settings)
      : memory_(settings),
        plan_(batch.graphs(), batch.trials(), models),
        networks_(memory_, plan_, batch, models, seed, settings.first_network),
        stimulus_(bound(batch.graphs(), batch.trials(), models, stimulus, seed, settings.first_network,
                        Executor::piece(plan_))),
        executor_(memory_, settings) {
    require_ids(batch.size(), settings.first_network);
    const std::uint64_t needed = bytes_of(plan_, stimulus_);
    if (const auto free = memory_.free_bytes(); free && needed > *free) throw OutOfDeviceMemory(needed, *free);
    if constexpr (stimulated) stimulus_->allocate(memory_);
    given_ = memory_.template allocate<std::uint32_t>(plan_.slots);
    networks_.allocate(std::move(batch));
    executor_.allocate(networks_);
    if (!executor_.follows_ieee_754())
      throw std::runtime_error(
          "this program's device code rounds more than IEEE 754 lets it, which changes spikes: compile it without "
          "-use_fast_math, --ftz=true and --prec-div=false");
  }

  std::size_t networks() const { return networks_.networks().size(); }
  std::uint64_t neurons(std::size_t network) const { return networks_.networks()[network].neurons; }
  std::uint64_t synapses() const { return networks_.synapses(); }
  Delay max_delay(std::size_t network) const { return networks_.max_delay(network); }
  double unit(std::size_t network) const { return networks_.networks()[network].unit; }
  std::int64_t count_limit(std::size_t network) const { return networks_.networks()[network].count_limit; }

  std::uint64_t step() const { return clock_.step; }
  std::uint64_t synaptic_events() const { return synaptic_events_; }
  std::uint64_t state_hash() const { return state_hash_; }

  /// Throws std::logic_error after a run that ended in an exception.
  void require_sound() const {
    if (failed_) throw std::logic_error(unsound);
  }

  /// Back to the start: `restart` calls reset, activate or restore for each network. Until all have succeeded nothing
  /// runs.
  template <class Restart>
  void reset(Restart&& restart) {
    failed_ = true;
    networks_.clear();
    clock_ = {};
    synaptic_events_ = state_hash_ = latest_passed_ = 0;
    histories_.assign(networks(), {});
    pending_.clear();
    restart();
    replay();
    if (clock_.tick == 0)
      latest_passed_ = executor_.pass(networks_.step(), pending_, clock_.tick);  // none was replayed
    failed_ = false;
  }

  /// A network, with the given spikes before the start: one sorted list a step, oldest first.
  void reset(std::size_t network, std::span<const std::vector<Event>> history) {
    histories_[network].assign(history.begin(), history.end());
  }

  /// A network, with the synapses of each presynaptic neuron active.
  void activate(std::size_t network, std::span<const double> activation) { networks_.activate(network, activation); }

  /// A network, as it was when its state was taken.
  void restore(std::size_t network, const NetworkState<Model>& state) {
    networks_.restore(network, state, clock_.tick);
    const std::vector<DeviceSpike> latest = spikes(network, state, 1);
    pending_.insert(pending_.end(), latest.begin(), latest.end());
    clock_.random_step = state.random_step;
    clock_.step = state.step;
  }

  /// The state of a network. Where it has delays, the device is used.
  NetworkState<Model> state(std::size_t network) const {
    NetworkState<Model> state = networks_.state(network, clock_.tick);
    if (!state.arriving.empty()) {  // which holds those of the latest step, too: without them, for a moment
      failed_ = true;               // unless they come back
      executor_.pass(networks_.step(), spikes(network, state, -1), clock_.tick);
      state = networks_.state(network, clock_.tick);
      executor_.pass(networks_.step(), spikes(network, state, 1), clock_.tick);
      failed_ = false;
    }
    state.random_step = clock_.random_step;
    state.step = clock_.step;
    return state;
  }

  void equilibrate(std::uint64_t steps) {
    advance<false>(steps, [](std::size_t, std::uint64_t, std::uint64_t, std::span<const Event>) {});
  }

  /// Calls sink(network, first_step, steps, events), for each network in order of steps. What a sink throws, as a step
  /// that fails, leaves nothing to go on from.
  template <class Sink>
  void run(std::uint64_t steps, Sink&& sink) {
    advance<true>(steps, sink);
  }

 private:
  using MaybeStimulus = std::conditional_t<stimulated, std::optional<OnDevice>, std::nullopt_t>;

  static MaybeStimulus bound(std::span<const GraphType> graphs, std::uint64_t trials, std::span<const Model> models,
                             const Stimulus& stimulus, Seed seed, std::uint32_t first_network, std::uint64_t piece) {
    if constexpr (stimulated) {
      std::vector<decltype(bind(stimulus, StimulusContext{}))> bounds;
      const std::uint64_t size = graphs.size() * trials;
      for (std::uint64_t index = 0; index < size; ++index)
        of_network(index, size, [&] {
          const auto id = first_network + static_cast<std::uint32_t>(index);
          const std::uint64_t neurons = graphs[index % graphs.size()].neurons();
          bounds.push_back(bind(stimulus, {decimal(models[0].dt()), seed, id, index, size, neurons}));
        });
      return OnDevice{std::move(bounds), piece};
    } else {
      return std::nullopt;
    }
  }

  static std::uint64_t bytes_of(const Plan& plan, const MaybeStimulus& stimulus) {
    std::uint64_t sum = Memory::reserve + plan.bytes() + plan.slots * sizeof(std::uint32_t) + Executor::bytes(plan);
    if constexpr (stimulated) sum += stimulus->bytes();
    return sum;
  }

  /// Takes the steps whose spikes are given. Histories end together.
  void replay() {
    std::size_t longest = 0;
    for (const auto& history : histories_) longest = std::max(longest, history.size());
    for (std::size_t step = 0; step < longest; ++step) {
      std::vector<std::uint32_t> counts(plan_.slots, Step::unborn);
      for (std::size_t index = 0; index < networks(); ++index) {
        const auto& history = histories_[index];
        if (step + history.size() < longest) continue;
        const DeviceNetwork& of = networks_.networks()[index];
        std::fill_n(counts.begin() + of.first, of.neurons, 0u);
        for (const Event& spike : history[step + history.size() - longest])
          counts[of.first + spike.neuron] = spike.count;
      }
      memory_.upload(given_, 0, std::span<const std::uint32_t>(counts));
      Step replayed = networks_.step();
      replayed.given = given_.data();
      latest_passed_ = executor_.replay(replayed, clock_);
      ++clock_.tick;
    }
    histories_.clear();
  }

  /// Spikes of the latest step.
  std::vector<DeviceSpike> spikes(std::size_t network, const NetworkState<Model>& state, std::int32_t sign) const {
    std::vector<DeviceSpike> result;
    for (const Event& spike : state.recent[0])
      result.push_back(
          {networks_.networks()[network].first + spike.neuron, sign * static_cast<std::int32_t>(spike.count)});
    return result;
  }

  template <bool Recorded>
  Step step() {
    Step step = networks_.step();
    step.recorded = Recorded;
    if constexpr (stimulated) step.stimulus = std::as_const(*stimulus_).kernel();
    return step;
  }

  struct Piece {
    DeviceClock clock;
    std::uint64_t steps;
    int buffer;
  };

  template <bool Recorded, class Sink>
  void advance(std::uint64_t steps, Sink&& sink) {
    require_sound();
    if (steps > step_limit - clock_.random_step)
      throw std::out_of_range(std::to_string(steps) + " steps after " + std::to_string(clock_.random_step) +
                              " lead beyond step 2^48");
    failed_ = true;
    DeviceClock ahead = clock_;  // of what is queued; clock_ is that of what is done
    std::exception_ptr error;    // thrown in the step after those queued; they are fetched first
    const auto queue = [&]() -> std::optional<Piece> {
      try {
        std::uint64_t planned = error ? 0 : std::min(steps, Executor::piece(plan_));
        if constexpr (Recorded && stimulated)
          if (planned > 0) {
            planned = stimulus_->prepare(memory_, ahead.step, planned);
            error = stimulus_->error();
          }
        if (planned == 0) return std::nullopt;
        const Piece piece{ahead, planned, buffer_ = 1 - buffer_};
        executor_.queue(step<Recorded>(), piece.clock, planned, piece.buffer);
        ahead = advanced<Recorded>(ahead, planned);
        steps -= planned;
        return piece;
      } catch (...) {
        error = std::current_exception();
        return std::nullopt;
      }
    };
    for (auto piece = queue(); piece;) {
      const auto next = queue();
      DevicePiece<Event> done = executor_.collect(piece->clock, piece->steps, piece->buffer, Recorded);
      if (done.completed > 0) {
        clock_ = advanced<Recorded>(piece->clock, done.completed);
        if constexpr (Recorded) {
          state_hash_ += done.state_hash;
          synaptic_events_ +=
              std::accumulate(done.passed.begin(),
                              done.passed.begin() + static_cast<std::ptrdiff_t>(done.completed - 1), latest_passed_);
          for (std::size_t index = 0; index < networks(); ++index) {
            const std::uint64_t begin = index == 0 ? 0 : done.ends[index - 1];
            sink(index, piece->clock.step, done.completed,
                 std::span<const Event>(done.events).subspan(begin, done.ends[index] - begin));
          }
        }
        latest_passed_ = done.passed[done.completed - 1];
      }
      if (done.completed < piece->steps) fail<Recorded>(done.failure);
      piece = next;
    }
    if (error) std::rethrow_exception(error);
    failed_ = false;
  }

  template <bool Recorded>
  static DeviceClock advanced(const DeviceClock& clock, std::uint64_t steps) {
    return {clock.random_step + steps, clock.step + (Recorded ? steps : 0),
            clock.tick + static_cast<std::uint32_t>(steps), 0};
  }

  /// Throws what ended a run: the step at clock_.
  template <bool Recorded>
  [[noreturn]] void fail(const DeviceFailure& failure) {
    const auto slot = static_cast<std::uint32_t>(failure.slot);
    const auto& networks = networks_.networks();
    const auto after = std::upper_bound(networks.begin(), networks.end(), slot,
                                        [](std::uint32_t at, const DeviceNetwork& of) { return at < of.first; });
    const DeviceNetwork& of = *(after - 1);
    if constexpr (Recorded && stimulated) stimulus_->prepare(memory_, clock_.step, 1);
    const DeviceOutcome outcome = executor_.explain(step<Recorded>(), slot, clock_);
    throw Divergence(of.id, Recorded ? clock_.step : clock_.random_step, slot - of.first,
                     divergence_of(outcome.g, outcome.mu, outcome.stimulus, outcome.count, of.count_limit));
  }

  mutable Memory memory_;
  Plan plan_;
  mutable Networks networks_;
  MaybeStimulus stimulus_;
  mutable Executor executor_;
  typename Memory::template Array<std::uint32_t> given_;
  DeviceClock clock_{};
  int buffer_ = 0;
  std::uint64_t synaptic_events_ = 0, state_hash_ = 0;
  std::uint64_t latest_passed_ = 0;  // synapses, by the spikes of the latest step
  std::vector<std::vector<std::vector<Event>>> histories_;
  std::vector<DeviceSpike> pending_;
  mutable bool failed_ = false;
};

}  // namespace spikeometric::detail
