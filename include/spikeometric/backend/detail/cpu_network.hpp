// SPDX-License-Identifier: BSD-3-Clause
//
// How the CPU backend executes the steps of one network.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(_OPENMP)
#include <omp.h>
#endif

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/block_filter.hpp"
#include "spikeometric/backend/detail/prefilter.hpp"
#include "spikeometric/backend/detail/propagation.hpp"
#include "spikeometric/backend/state.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/arrays.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/hash.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/step/may_spike.hpp"
#include "spikeometric/step/purposes.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric::detail {

/// A sum of weights as a double, exactly, for |sum| <= 2^53: its halves as the low bits of two numbers of known
/// exponent, since SIMD units before AVX-512 cannot convert 64-bit integers.
inline double exact_double(std::int64_t sum) {
  const auto bits = static_cast<std::uint64_t>(sum);
  const auto low = std::bit_cast<double>((bits & 0xFFFFFFFFu) | 0x4330000000000000u);  // 2^52 + low half
  const auto high = std::bit_cast<double>(((bits ^ 0x8000000000000000u) >> 32) |
                                          0x4530000000000000u);  // 2^84 + 2^32 (high half + 2^31)
  return (high - 0x1.00000801p84) + low;
}

/// past(lag) of one neuron in a ring of `memory` rows of sums, where the row of lag `memory` is the one to overwrite.
template <std::size_t Bases>
struct PastSums {
  const float* ring;
  std::size_t stride;
  std::uint32_t row;
  std::uint32_t memory;
  std::size_t neuron;

  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint32_t lag, std::size_t basis = 0) const {
    return address(lag)[basis];
  }

  SPIKEOMETRIC_HOST_DEVICE const float* address(std::uint32_t lag) const {
    return ring + (row >= lag ? row - lag : row + memory - lag) * stride + neuron * Bases;
  }
};

/// What the neurons of a network share, and trials of a network, too.
template <class Strategy, class Vertex, std::size_t Bases>
struct CpuSynapses {
  std::vector<Part> parts;
  std::uint64_t neurons;
  std::uint64_t synapses;
  Delay max_delay;
  double unit;
  std::int64_t count_limit;
  Propagation<Strategy, Vertex, Bases> propagation;

  CpuSynapses(FixedPointGraph<Vertex, Bases>&& graph, std::int64_t limit, std::vector<Part> divided)
      : parts(std::move(divided)),
        neurons(graph.neurons()),
        synapses(graph.synapses()),
        max_delay(graph.max_delay()),
        unit(graph.unit()),
        count_limit(limit),
        propagation(std::move(graph), parts) {}
};

/// One network on the CPU. A step: every thread sums, for the neurons it owns, the weights of the spikes of the step
/// before, and then updates these neurons, block by block; one barrier.
template <class Strategy, class Model, class Stimulus, class Vertex>
class CpuNetwork {
 public:
  using Event = EventOf<Model>;
  using Synapses = CpuSynapses<Strategy, Vertex, Model::bases>;

  /// Parts of a network are multiples of this many neurons, but for the last.
  static constexpr std::size_t block_size = 256;
  static_assert(block_size % (8 * philox_lanes) == 0);  // as many halves are filled in

  CpuNetwork(std::shared_ptr<const Synapses> synapses, const Model& model, const Stimulus& stimulus,
             const StimulusContext& context, bool hash_state)
      : synapses_(std::move(synapses)),
        neurons_(synapses_->neurons),
        model_(model.kernel(arrays_)),
        stimulus_(detail::bind(stimulus, context)),
        seed_(context.seed),
        network_(context.network),
        hash_state_(hash_state),
        unit_(synapses_->unit),
        count_limit_(synapses_->count_limit),
        workers_(synapses_->parts.size()) {
    for (const auto tap : model.history.taps(model.dt())) history_taps_.push_back(static_cast<float>(tap));
    sums_.resize(neurons_ * bases * synapses_->max_delay);
    states_.resize(neurons_);
    self_history_.resize(neurons_);
    if constexpr (stimulated) drive_.resize(neurons_ * channels);
    ring_.resize(neurons_ * bases * model_.filter.memory());
    for (Worker& worker : workers_) {
      worker.recent.resize(std::max<std::size_t>(history_taps_.size(), 1) + 1);
      worker.scratch = synapses_->propagation.scratch();
    }
  }

  std::uint64_t neurons() const { return neurons_; }
  std::uint64_t synapses() const { return synapses_->synapses; }
  std::uint32_t id() const { return network_; }

  /// Steps of `run` since the start.
  std::uint64_t step() const { return step_; }
  /// Steps since the start.
  std::uint64_t random_step() const { return random_step_; }

  Delay max_delay() const { return synapses_->max_delay; }
  double unit() const { return unit_; }

  /// The largest count of a neuron in a step that keeps sums exact; 1 for binary models.
  std::int64_t count_limit() const { return count_limit_; }

  /// Passed in `run`, since the start.
  std::uint64_t synaptic_events() const {
    return total([](const Worker& worker) { return worker.synaptic_events; });
  }

  /// The sum, over neurons and steps of `run`, of a hash of the bits of g and mu; 0 unless the backend was told to
  /// hash.
  std::uint64_t state_hash() const {
    return total([](const Worker& worker) { return worker.state_hash; });
  }

  /// Clocks to zero, nothing in the past but the given spikes: one sorted list a step, oldest first.
  void reset(std::span<const std::vector<Event>> history) {
    std::fill(sums_.begin(), sums_.end(), 0);
    std::fill(states_.begin(), states_.end(), State{});
    std::fill(self_history_.begin(), self_history_.end(), 0.0f);
    std::fill(drive_.begin(), drive_.end(), 0.0f);
    std::fill(ring_.begin(), ring_.end(), 0.0f);
    for (Worker& worker : workers_) {
      for (auto& list : worker.recent) list.clear();
      settle(worker, false);
      worker.synaptic_events = worker.state_hash = 0;
      worker.error = nullptr;
    }
    random_step_ = step_ = tick_ = 0;
    for (const std::vector<Event>& spikes : history) replay(spikes);
  }

  /// Sets the filters' states to what the synaptic activations of the presynaptic neurons amount to.
  void activate(std::span<const double> activation) {
    const std::vector<double> x = synapses_->propagation.weighted_sums(activation);
    for (std::size_t neuron = 0; neuron < neurons_; ++neuron) {
      if constexpr (bases == 1)
        states_[neuron] = model_.filter.activated(x[neuron]);
      else
        states_[neuron] = model_.filter.activated(x.data() + neuron * bases);
    }
  }

  /// What the steps to come depend on, in an order that no ring has a part in.
  NetworkState<Model> state() const {
    NetworkState<Model> state;
    state.random_step = random_step_;
    state.step = step_;
    for (std::size_t lag = 0; lag + 1 < workers_[0].recent.size(); ++lag) {
      std::vector<Event>& spikes = state.recent.emplace_back();
      for (const Worker& worker : workers_)
        for (const Event& spike : recent(worker, tick_, lag)) spikes.emplace_back(0u, spike.neuron, spike.count);
    }
    const std::size_t row = neurons_ * bases;
    const std::size_t depth = synapses_->max_delay;
    for (std::size_t ahead = 0; ahead + 1 < depth; ++ahead) {
      const std::int64_t* const sums = sums_.data() + (tick_ + ahead) % depth * row;
      state.arriving.insert(state.arriving.end(), sums, sums + row);
    }
    state.unit = unit_;
    state.filters = states_;
    const std::uint32_t memory = model_.filter.memory();
    for (std::uint32_t lag = 1; lag <= memory; ++lag) {
      const auto next = static_cast<std::uint32_t>(tick_ % memory);
      const float* const sums = PastSums<bases>{ring_.data(), row, next, memory, 0}.address(lag);
      state.past.insert(state.past.end(), sums, sums + row);
    }
    return state;
  }

  /// Goes on from there, at tick 0: what comes first in a ring is the next step's, what was latest is at the end.
  void restore(const NetworkState<Model>& state) {
    reset({});
    random_step_ = state.random_step;
    step_ = state.step;
    for (std::size_t lag = 0; lag < state.recent.size(); ++lag) keep(state.recent[lag], state.recent.size() - lag);
    std::copy(state.arriving.begin(), state.arriving.end(), sums_.begin());
    states_ = state.filters;
    const std::size_t row = neurons_ * bases;
    for (std::size_t done = 0; done < state.past.size(); done += row)
      std::copy_n(state.past.data() + done, row, ring_.data() + (ring_.size() - row - done));
  }

  /// Takes up to `steps` steps, fewer where one fails: error() then tells why. Returns the number of steps completed.
  template <bool Recorded>
  std::uint64_t execute(std::uint64_t steps) {
    for (Worker& worker : workers_) {
      worker.events.clear();
      worker.ends.clear();
      worker.error = nullptr;
    }
    if constexpr (Recorded && stimulated) try {
        stimulus_.prepare(step_, steps);
      } catch (...) {
        workers_[0].error = std::current_exception();
        return completed_ = 0;
      }
    completed_ = workers_.size() == 1 ? execute_alone<Recorded>(steps) : execute_together<Recorded>(steps);
    for (Worker& worker : workers_) settle(worker, completed_ == steps);
    tick_ += completed_;
    random_step_ += completed_;
    if constexpr (Recorded) step_ += completed_;
    return completed_;
  }

  /// What ended the latest execute(), if anything did.
  std::exception_ptr error() const {
    for (const Worker& worker : workers_)
      if (worker.error) return worker.error;
    return nullptr;
  }

  /// Gives back the memory of events().
  void forget_events() {
    for (Worker& worker : workers_) {
      worker.events = {};
      worker.ends = {};
    }
    joined_ = {};
  }

  /// Steps that the latest execute() completed, and their events in order of step and neuron.
  std::uint64_t completed() const { return completed_; }
  std::span<const Event> events() {
    if (completed_ == 0) return {};
    const auto end = [&](const Worker& worker, std::uint64_t step) {
      return worker.ends.empty() ? 0 : worker.ends[step];
    };
    if (workers_.size() == 1) return {workers_[0].events.data(), end(workers_[0], completed_ - 1)};
    joined_.clear();
    for (std::uint64_t step = 0; step < completed_; ++step)
      for (const Worker& worker : workers_)
        joined_.insert(joined_.end(), worker.events.begin() + (step > 0 ? end(worker, step - 1) : 0),
                       worker.events.begin() + end(worker, step));
    return joined_;
  }

 private:
  using Kernel = decltype(std::declval<const Model&>().kernel(std::declval<HostArrays&>()));
  using State = typename Kernel::State;
  using BoundStimulus = decltype(detail::bind(std::declval<const Stimulus&>(), StimulusContext{}));
  static constexpr std::size_t bases = Model::bases;
  static constexpr std::size_t channels = Model::channels;
  static constexpr bool stimulated = !std::is_same_v<Stimulus, NoStimulus>;

  struct alignas(64) Worker {
    std::vector<std::vector<Event>> recent;  // own spikes of the latest steps, a ring by tick
    std::vector<std::span<const Event>> arriving;
    typename decltype(Synapses::propagation)::Scratch scratch;
    std::vector<Event> events;                                      // of the piece at hand
    std::vector<std::size_t> ends;                                  // of each step in `events`
    std::uint64_t synaptic_events = 0, latest_synaptic_events = 0;  // the latest: of a step that another part may fail
    std::uint64_t state_hash = 0, latest_state_hash = 0;
    std::exception_ptr error;
  };

  template <class Value>
  std::uint64_t total(Value value) const {
    std::uint64_t sum = 0;
    for (const Worker& worker : workers_) sum += value(worker);
    return sum;
  }

  Stream stream(Purpose purpose) const { return {seed_, network_, purpose}; }

  struct Clock {
    std::uint64_t tick;         // steps since the start, replayed ones included
    std::uint64_t random_step;  // steps since the start
    std::uint64_t step;         // steps of `run` since the start
    std::uint32_t offset;       // steps since the piece began
  };
  Clock clock(std::uint64_t offset) const {
    return {tick_ + offset, random_step_ + offset, step_ + offset, static_cast<std::uint32_t>(offset)};
  }

  template <bool Recorded>
  std::uint64_t execute_alone(std::uint64_t steps) {
    for (std::uint64_t step = 0; step < steps; ++step)
      if (!advance<Recorded>(0, clock(step))) return step;
    return steps;
  }

  template <bool Recorded>
  std::uint64_t execute_together(std::uint64_t steps) {
    std::atomic<std::uint64_t> error_step{steps};
#if defined(_OPENMP)
    // Fewer threads than parts are enough: each then takes several.
    const int team = std::min({static_cast<int>(workers_.size()), omp_get_thread_limit(), 4 * omp_get_num_procs()});
#pragma omp parallel num_threads(team) if (team > 1)
#endif
    {
#if defined(_OPENMP)
      const auto thread = static_cast<std::size_t>(omp_get_thread_num());
      const auto threads = static_cast<std::size_t>(omp_get_num_threads());
#else
      constexpr std::size_t thread = 0, threads = 1;
#endif
      // Past the barrier every thread knows of an error in this step; one in the next may already be there.
      for (std::uint64_t step = 0; step < steps && step <= error_step.load(); ++step) {
        for (std::size_t part = thread; part < workers_.size(); part += threads)
          if (!advance<Recorded>(part, clock(step))) error_step = std::min(error_step.load(), step);
#if defined(_OPENMP)
#pragma omp barrier
#endif
      }
    }
    return error_step;
  }

  /// Counts the latest step of a part if it has not failed.
  static void settle(Worker& worker, bool counts) {
    if (counts) {
      worker.synaptic_events += worker.latest_synaptic_events;
      worker.state_hash += worker.latest_state_hash;
    }
    worker.latest_synaptic_events = worker.latest_state_hash = 0;
  }

  /// A step of a part; false where it fails.
  template <bool Recorded>
  bool advance(std::size_t part, const Clock& now) {
    settle(workers_[part], true);
    try {
      propagate<Recorded>(part, now.tick);
      update<Recorded>(part, now);
      return true;
    } catch (...) {
      workers_[part].error = std::current_exception();
      return false;
    }
  }

  /// The sums of step `tick` and of those to come: row tick % max_delay is the first.
  ArrivingSums sums_from(std::uint64_t tick) {
    const std::size_t depth = synapses_->max_delay;
    return {sums_.data(), neurons_ * bases, depth, tick % depth};
  }

  /// Sums over the synapses of the spikes of the step before.
  template <bool Recorded>
  void propagate(std::size_t part, std::uint64_t tick) {
    Worker& worker = workers_[part];
    worker.arriving.clear();
    for (const Worker& from : workers_) worker.arriving.push_back(recent(from, tick, 0));
    const std::uint64_t passed = synapses_->propagation.add(part, worker.arriving, sums_from(tick), worker.scratch);
    if constexpr (Recorded) worker.latest_synaptic_events += passed;
  }

  /// The spikes of step tick - 1 - lag.
  static const std::vector<Event>& recent(const Worker& worker, std::uint64_t tick, std::uint64_t lag) {
    const std::uint64_t depth = worker.recent.size();
    return worker.recent[(tick + depth - 1 - lag) % depth];
  }

  void add_self_history(const Worker& worker, std::uint64_t tick) {
    for (std::size_t lag = 0; lag < history_taps_.size(); ++lag)
      for (const Event& spike : recent(worker, tick, lag))
        self_history_[spike.neuron] += mul(history_taps_[lag], static_cast<float>(spike.count));
  }

  /// The neurons of a block in a step.
  struct Block {
    Block(const Part& range, std::uint64_t done)
        : first(static_cast<std::uint32_t>(range.first + done)),
          size(std::min<std::size_t>(block_size, range.size - done)) {}

    std::uint32_t first;
    std::size_t size;
    float stimulus[block_size] = {};
    float g[block_size];
    float mu[block_size];
  };

  template <bool Recorded>
  void update(std::size_t part, const Clock& now) {
    Worker& worker = workers_[part];
    std::vector<Event>& spikes = worker.recent[now.tick % worker.recent.size()];
    add_self_history(worker, now.tick);
    spikes.clear();
    const Part range = synapses_->parts[part];
    for (std::uint64_t done = 0; done < range.size; done += block_size) {
      Block block{range, done};
      if constexpr (Recorded && stimulated) stimulate(block, now);
      input(block, now);
      sample<Recorded>(block, now, worker, spikes);
    }
    if constexpr (Recorded) {
      worker.events.insert(worker.events.end(), spikes.begin(), spikes.end());
      worker.ends.push_back(worker.events.size());
    }
  }

  /// E of a block of neurons, where the stimulus touches any.
  void stimulate(Block& block, const Clock& now) {
    const std::uint64_t end = block.first + block.size;
    if (!stimulus_.add(now.step, block.first, end, drive_.data())) return;
    const Kernel model = model_;
    for (std::size_t i = 0; i < block.size; ++i) {
      const std::size_t neuron = block.first + i;
      block.stimulus[i] = model.stimulus(drive_.data() + neuron * channels, neuron);
    }
    stimulus_.clear(now.step, block.first, end, drive_.data());
  }

  /// g of a block of neurons. Takes the sums and the self-history, and leaves zeros.
  void input(Block& block, const Clock& now) {
    const Kernel model = model_;
    const std::uint32_t first = block.first;
    const std::size_t size = block.size;
    const Stream noise = stream(noise_purpose);
    [[maybe_unused]] float baselines[block_size];
    if constexpr (Kernel::noisy) {
      std::uint16_t halves[block_size];
      noise.fill_halves(first, size, now.random_step, halves);
      for (std::size_t i = 0; i < size; ++i) {
        const PrimedDraws draws{{noise, first + static_cast<std::uint32_t>(i), now.random_step}, halves[i]};
        baselines[i] = static_cast<float>(model.baseline(draws));
      }
    }
    const double unit = unit_;
    const std::uint32_t memory = model.filter.memory();
    const auto row = memory > 0 ? static_cast<std::uint32_t>(now.tick % memory) : 0;
    const std::size_t stride = neurons_ * bases;
    float* const ring = ring_.data();
    float* const self_history = self_history_.data();
    std::int64_t* const sums = sums_from(now.tick)[1] + first * bases;
    State* const states = states_.data();
    if (size == 0) return;  // never; but else compilers warn that `latest` may not be filled
    float latest[block_size * bases];
    for (std::size_t i = 0; i < size * bases; ++i) {
      latest[i] = static_cast<float>(mul(exact_double(sums[i]), unit));
      sums[i] = 0;
    }
    const auto past_row = [=](std::uint32_t lag) {
      return PastSums<bases>{ring, stride, row, memory, first}.address(lag);
    };
    using BlockFilter = detail::BlockFilter<decltype(Kernel::filter)>;
    [[maybe_unused]] float filtered[block_size];
    if constexpr (BlockFilter::exists) BlockFilter::apply(model.filter, filtered, size, latest, past_row);
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t neuron = first + i;
      float x, b;
      if constexpr (BlockFilter::exists)
        x = filtered[i];
      else if constexpr (bases == 1)
        x = model.filter(states[neuron], latest[i], PastSums<bases>{ring, stride, row, memory, neuron});
      else
        x = model.filter(states[neuron], latest + i * bases, PastSums<bases>{ring, stride, row, memory, neuron});
      if constexpr (Kernel::noisy)
        b = baselines[i];
      else
        b = static_cast<float>(model.baseline(Draws{noise, static_cast<std::uint32_t>(neuron), now.random_step}));
      block.g[i] = model.input(x, self_history[neuron], b, block.stimulus[i]);
      self_history[neuron] = 0.0f;
    }
    if (memory > 0) std::copy_n(latest, size * bases, ring + row * stride + first * bases);
  }

  void rate(Block& block) {
    const Kernel model = model_;
    for (std::size_t i = 0; i < block.size; ++i) block.mu[i] = model.rate(block.g[i], block.first + i);
  }

  /// Whether g alone, and the first bits of the draws, leave few neurons that may spike: `maybe`.
  bool leaves_few(const Block& block, const std::uint16_t* halves, std::uint8_t* maybe) const {
    using Prefilter = detail::Prefilter<decltype(Kernel::nonlinearity), decltype(Kernel::sampler)>;
    if constexpr (Prefilter::exists) {
      const Kernel model = model_;
      for (std::size_t i = 0; i < block.size; ++i)
        maybe[i] = Prefilter::may_spike(model.nonlinearity, block.g[i], model.dt, halves[i]);
      std::uint16_t few = 0;  // not wider than it must be: so many more bytes are added at a time
      for (std::size_t i = 0; i < block.size; ++i) few = static_cast<std::uint16_t>(few + maybe[i]);
      return few <= block.size / 16;
    }
    return false;
  }

  template <bool Recorded>
  void sample(Block& block, const Clock& now, Worker& worker, std::vector<Event>& spikes) {
    std::uint16_t halves[block_size];
    std::uint8_t maybe[block_size] = {};
    const Kernel model = model_;
    const Stream draws = stream(spike_purpose);
    if constexpr (Kernel::deterministic)
      std::fill(halves, halves + block_size, std::uint16_t{0});
    else
      draws.fill_halves(block.first, block.size, now.random_step, halves);
    const bool hashed = Recorded && hash_state_;
    const bool rated = hashed || !leaves_few(block, halves, maybe);
    if (rated) {
      rate(block);
      for (std::size_t i = 0; i < block.size; ++i)
        maybe[i] = may_spike(model.sampler, block.mu[i], halves[i], block.first + i) | (block.g[i] != block.g[i]);
    }
    if (hashed) worker.latest_state_hash += hash_of(block, now.step);
    for (std::size_t group = 0; group < block.size; group += 8) {
      for (std::uint64_t left = bits_of(maybe + group); left != 0; left &= left - 1) {
        const std::size_t i = group + static_cast<std::size_t>(std::countr_zero(left)) / 8;
        const auto neuron = block.first + static_cast<std::uint32_t>(i);
        const float mu = rated ? block.mu[i] : model.rate(block.g[i], neuron);
        const std::uint64_t step = Recorded ? now.step : now.random_step;
        const bool nan = block.g[i] != block.g[i] || mu != mu;
        const std::int64_t count =
            nan ? 0 : model.sampler(mu, PrimedDraws{{draws, neuron, now.random_step}, halves[i]});
        if (nan || count < 0 || count > count_limit_)
          throw Divergence(network_, step, neuron,
                           divergence_of(block.g[i], mu, block.stimulus[i], count, count_limit_));
        if (count > 0) spikes.emplace_back(now.offset, neuron, static_cast<std::uint32_t>(count));
      }
    }
  }

  /// Bit 8 k of the result is that of flags[k], which is 0 or 1.
  static std::uint64_t bits_of(const std::uint8_t* flags) {
    std::uint64_t bits = 0;
    if constexpr (std::endian::native == std::endian::little)
      std::memcpy(&bits, flags, sizeof bits);
    else
      for (unsigned k = 0; k < 8; ++k) bits |= std::uint64_t{flags[k]} << (8 * k);
    return bits;
  }

  std::uint64_t hash_of(const Block& block, std::uint64_t step) const {
    const std::uint64_t at = mix(mix(network_) ^ step);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < block.size; ++i) {
      const std::uint64_t bits =
          std::bit_cast<std::uint32_t>(block.g[i]) | std::uint64_t{std::bit_cast<std::uint32_t>(block.mu[i])} << 32;
      sum += mix(mix(at ^ (block.first + i)) ^ bits);
    }
    return sum;
  }

  /// A step whose spikes are given.
  void replay(std::span<const Event> spikes) {
    const Clock now{tick_, 0, 0, 0};
    for (std::size_t part = 0; part < workers_.size(); ++part) {
      const Part range = synapses_->parts[part];
      propagate<false>(part, tick_);
      add_self_history(workers_[part], tick_);
      for (std::uint64_t done = 0; done < range.size; done += block_size) {
        Block block{range, done};
        input(block, now);
      }
    }
    keep(spikes, tick_);
    ++tick_;
  }

  /// Hands each part its own of the spikes of step `tick`.
  void keep(std::span<const Event> spikes, std::uint64_t tick) {
    for (std::size_t part = 0; part < workers_.size(); ++part) {
      const Part range = synapses_->parts[part];
      auto& own = workers_[part].recent[tick % workers_[part].recent.size()];
      own.clear();
      for (const Event& spike : spikes)
        if (spike.neuron - range.first < range.size) own.push_back(spike);
    }
  }

  std::shared_ptr<const Synapses> synapses_;
  std::uint64_t neurons_;
  HostArrays arrays_;
  Kernel model_;
  std::vector<float> history_taps_;
  BoundStimulus stimulus_;
  Seed seed_;
  std::uint32_t network_;
  bool hash_state_;
  double unit_;
  std::int64_t count_limit_;
  std::vector<Worker> workers_;

  std::vector<std::int64_t> sums_;  // of the steps to come, one row a step, as many as the longest delay
  std::vector<State> states_;
  std::vector<float> self_history_;
  std::vector<float> drive_;  // the stimulus of the step at hand
  std::vector<float> ring_;   // the latest sums, one row a step
  std::vector<Event> joined_;
  std::uint64_t tick_ = 0;
  std::uint64_t random_step_ = 0;
  std::uint64_t step_ = 0;
  std::uint64_t completed_ = 0;
};

}  // namespace spikeometric::detail
