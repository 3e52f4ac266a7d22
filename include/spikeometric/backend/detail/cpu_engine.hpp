// SPDX-License-Identifier: BSD-3-Clause
//
// How the CPU backend executes steps.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <limits>
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
#include "spikeometric/backend/detail/propagation.hpp"
#include "spikeometric/backend/fixed_point.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/random/distributions.hpp"
#include "spikeometric/random/hash.hpp"
#include "spikeometric/random/streams.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric::detail {

/// A sum of weights as a double, exactly, for |sum| <= 2^53: its halves as the low bits of two numbers of known exponent,
/// since SIMD units before AVX-512 cannot convert 64-bit integers.
inline double exact_double(std::int64_t sum) {
  const auto bits = static_cast<std::uint64_t>(sum);
  const auto low = std::bit_cast<double>((bits & 0xFFFFFFFFu) | 0x4330000000000000u);  // 2^52 + low half
  const auto high = std::bit_cast<double>(((bits ^ 0x8000000000000000u) >> 32) |
                                          0x4530000000000000u);  // 2^84 + 2^32 (high half + 2^31)
  return (high - 0x1.00000801p84) + low;
}

/// past(lag) of one neuron in a ring of `memory` rows of sums, where the row of lag `memory` is the one to overwrite.
struct PastSums {
  const float* ring;
  std::size_t stride;
  std::uint32_t row;
  std::uint32_t memory;
  std::size_t neuron;

  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint32_t lag) const {
    return ring[(row >= lag ? row - lag : row + memory - lag) * stride + neuron];
  }
};

/// One network on the CPU. A step: every thread sums, for the neurons it owns, the weights of the spikes of the step
/// before, and then updates these neurons, block by block; one barrier.
template <class Strategy, class Model, class Stimulus, class Vertex>
class CpuEngine {
 public:
  using Event = EventOf<Model>;

  template <class Weight, class Settings>
  CpuEngine(Graph<Weight, Vertex>&& graph, const Model& model, Stimulus stimulus, Seed seed, const Settings& settings)
      : neurons_(graph.neurons()),
        synapses_(graph.synapses()),
        model_(model.kernel()),
        stimulus_(std::move(stimulus)),
        seed_(seed),
        network_(settings.first_network),
        hash_state_(settings.hash_state),
        parts_(partition(neurons_, settings.threads)),
        workers_(parts_.size()),
        propagation_(fixed(std::move(graph)), parts_) {
    for (const auto tap : model.history.taps(model.dt())) history_taps_.push_back(static_cast<float>(tap));
    sums_.resize(neurons_);
    states_.resize(neurons_);
    self_history_.resize(neurons_);
    ring_.resize(neurons_ * model_.filter.memory());
    for (Worker& worker : workers_) worker.recent.resize(std::max<std::size_t>(history_taps_.size(), 1) + 1);
  }

  std::uint64_t step() const { return step_; }
  std::uint64_t synapses() const { return synapses_; }

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
    std::fill(ring_.begin(), ring_.end(), 0.0f);
    for (Worker& worker : workers_) {
      for (auto& list : worker.recent) list.clear();
      worker.synaptic_events = worker.state_hash = 0;
    }
    random_step_ = step_ = tick_ = 0;
    failed_ = false;
    for (const std::vector<Event>& spikes : history) replay(spikes);
  }

  void equilibrate(std::uint64_t steps) {
    advance<false>(steps, [](std::uint64_t, std::uint64_t, std::span<const Event>) {});
  }

  template <class Sink>
  void run(std::uint64_t steps, Sink&& sink) {
    advance<true>(steps, sink);
  }

 private:
  using Kernel = decltype(std::declval<const Model&>().kernel());
  using State = typename Kernel::State;
  static constexpr std::size_t block_size = 256;

  struct alignas(64) Worker {
    std::vector<std::vector<Event>> recent;  // own spikes of the latest steps, a ring by tick
    std::vector<std::span<const Event>> arriving;
    std::vector<Event> events;      // of the piece at hand
    std::vector<std::size_t> ends;  // of each step in `events`
    std::uint64_t synaptic_events = 0;
    std::uint64_t state_hash = 0;
    std::exception_ptr error;
  };

  /// Ranges of neurons, multiples of the block size but for the last.
  static std::vector<Part> partition(std::uint64_t neurons, int threads) {
    validate_neurons<Vertex>(neurons);
    if (threads < 1) throw std::invalid_argument("threads = " + std::to_string(threads) + " must be at least 1");
#if !defined(_OPENMP)
    if (threads > 1)
      throw std::invalid_argument("threads = " + std::to_string(threads) +
                                  " needs a program compiled with OpenMP (-fopenmp)");
#endif
    const std::uint64_t blocks = (neurons + block_size - 1) / block_size;
    const auto parts = std::min<std::uint64_t>(static_cast<std::uint64_t>(threads), blocks);
    std::vector<Part> result;
    for (std::uint64_t part = 0; part < parts; ++part) {
      const std::uint64_t first = blocks * part / parts * block_size;
      const std::uint64_t last = std::min(blocks * (part + 1) / parts * block_size, neurons);
      result.push_back({first, last - first});
    }
    return result;
  }

  template <class Weight>
  FixedPointGraph<Vertex> fixed(Graph<Weight, Vertex>&& graph) {
    FixedPointGraph<Vertex> result{std::move(graph)};
    unit_ = result.unit();
    if constexpr (!Model::binary) count_limit_ = static_cast<std::int64_t>(result.count_limit());
    const double largest = static_cast<double>(result.largest_sum()) * unit_ * static_cast<double>(count_limit_);
    if (largest > std::numeric_limits<float>::max())
      throw InvalidGraph("sums over synapses may reach " + to_text(largest) + ", more than single precision holds");
    return result;
  }

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

  /// A piece of a run: as many steps as keep the buffered events within some 32 MB even if all neurons spike.
  std::uint64_t piece() const { return std::clamp<std::uint64_t>((std::uint64_t{1} << 22) / neurons_, 1, 1024); }

  template <bool Recorded, class Sink>
  void advance(std::uint64_t steps, Sink&& sink) {
    if (failed_) throw std::logic_error("a step has failed; reset() starts the simulation anew");
    if (steps > step_limit - random_step_)
      throw std::out_of_range(std::to_string(steps) + " steps after " + std::to_string(random_step_) +
                              " lead beyond step 2^48");
    while (steps > 0) {
      const std::uint64_t planned = std::min(steps, piece());
      const std::uint64_t done = execute<Recorded>(planned);
      const std::uint64_t first = step_;
      tick_ += done;
      random_step_ += done;
      if constexpr (Recorded) step_ += done;
      failed_ = done < planned;
      if (done > 0) sink(first, done, events_until(done));
      if (failed_) rethrow();
      steps -= done;
    }
  }

  /// Runs a piece, or the part of it before an error. Returns the number of steps completed.
  template <bool Recorded>
  std::uint64_t execute(std::uint64_t steps) {
    std::atomic<std::uint64_t> error_step{steps};
    for (Worker& worker : workers_) {
      worker.events.clear();
      worker.ends.clear();
      worker.error = nullptr;
    }
#if defined(_OPENMP)
    // Fewer threads than parts are enough: each then takes several.
    const int team = std::min({static_cast<int>(parts_.size()), omp_get_thread_limit(), 4 * omp_get_num_procs()});
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
        const Clock clock{tick_ + step, random_step_ + step, step_ + step, static_cast<std::uint32_t>(step)};
        for (std::size_t part = thread; part < parts_.size(); part += threads) {
          try {
            propagate<Recorded>(part, clock.tick);
            update<Recorded>(part, clock);
          } catch (...) {
            workers_[part].error = std::current_exception();
            error_step = std::min(error_step.load(), step);
          }
        }
#if defined(_OPENMP)
#pragma omp barrier
#endif
      }
    }
    return error_step;
  }

  /// Sums over the synapses of the spikes of the step before.
  template <bool Recorded>
  void propagate(std::size_t part, std::uint64_t tick) {
    Worker& worker = workers_[part];
    worker.arriving.clear();
    for (const Worker& from : workers_) worker.arriving.push_back(recent(from, tick, 0));
    const std::uint64_t passed = propagation_.add(part, worker.arriving, sums_.data());
    if constexpr (Recorded) worker.synaptic_events += passed;
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

  template <bool Recorded>
  void update(std::size_t part, const Clock& clock) {
    Worker& worker = workers_[part];
    std::vector<Event>& spikes = worker.recent[clock.tick % worker.recent.size()];
    add_self_history(worker, clock.tick);
    spikes.clear();
    const Part range = parts_[part];
    for (std::uint64_t done = 0; done < range.size; done += block_size) {
      const auto first = static_cast<std::uint32_t>(range.first + done);
      const std::size_t size = std::min<std::size_t>(block_size, range.size - done);
      float g[block_size], mu[block_size];
      input<Recorded>(first, size, clock, g);
      const Kernel model = model_;
      for (std::size_t i = 0; i < size; ++i) mu[i] = model.rate(g[i]);
      if (Recorded && hash_state_) worker.state_hash += hash_of(first, size, clock.step, g, mu);
      sample<Recorded>(first, size, clock, mu, spikes);
    }
    if constexpr (Recorded) {
      worker.events.insert(worker.events.end(), spikes.begin(), spikes.end());
      worker.ends.push_back(worker.events.size());
    }
  }

  /// g of a block of neurons. Takes the sums and the self-history, and leaves zeros.
  template <bool Stimulated>
  void input(std::uint32_t first, std::size_t size, const Clock& clock, float* g) {
    float drive[block_size] = {};
    if constexpr (Stimulated && !std::is_same_v<Stimulus, NoStimulus>)
      for (std::size_t i = 0; i < size; ++i)
        drive[i] = static_cast<float>(stimulus_(clock.step, first + static_cast<std::uint32_t>(i)));

    const Kernel model = model_;
    const Stream noise = stream(Purpose::noise);
    const double unit = unit_;
    const std::uint32_t memory = model.filter.memory();
    const auto row = memory > 0 ? static_cast<std::uint32_t>(clock.tick % memory) : 0;
    const std::size_t stride = neurons_;
    float* const ring = ring_.data();
    float* const self_history = self_history_.data();
    std::int64_t* const sums = sums_.data();
    State* const states = states_.data();
    float latest[block_size];
    for (std::size_t i = 0; i < size; ++i) {
      latest[i] = static_cast<float>(mul(exact_double(sums[first + i]), unit));
      sums[first + i] = 0;
    }
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t neuron = first + i;
      const float x = model.filter(states[neuron], latest[i], PastSums{ring, stride, row, memory, neuron});
      g[i] = model.input(x, self_history[neuron], drive[i],
                         Draws{noise, static_cast<std::uint32_t>(neuron), clock.random_step});
      self_history[neuron] = 0.0f;
    }
    if (memory > 0) std::copy_n(latest, size, ring + row * stride + first);
  }

  template <bool Recorded>
  void sample(std::uint32_t first, std::size_t size, const Clock& clock, const float* mu, std::vector<Event>& spikes) {
    std::uint16_t halves[block_size];
    std::uint8_t maybe[block_size] = {};
    const Kernel model = model_;
    const Stream draws = stream(Purpose::spike);
    draws.fill_halves(first, size, clock.random_step, halves);
    for (std::size_t i = 0; i < size; ++i) maybe[i] = model.may_spike(mu[i], halves[i]);
    for (std::size_t group = 0; group < size; group += 8) {
      std::uint64_t any;
      std::memcpy(&any, maybe + group, sizeof any);
      if (any == 0) continue;
      for (std::size_t i = group; i < group + 8; ++i) {
        if (!maybe[i]) continue;
        const auto neuron = first + static_cast<std::uint32_t>(i);
        const std::uint64_t step = Recorded ? clock.step : clock.random_step;
        if (mu[i] != mu[i]) throw Divergence(network_, step, neuron, "the mean count is nan");
        const std::int64_t count = model.sampler(mu[i], SpikeDraws{{draws, neuron, clock.random_step}, halves[i]});
        if (count < 0 || count > count_limit_)
          throw Divergence(network_, step, neuron,
                           "the count " + std::to_string(count) + ", drawn with mean " + to_text(mu[i]) +
                               ", is not in 0 to " + std::to_string(count_limit_));
        if (count > 0) spikes.emplace_back(clock.offset, neuron, static_cast<std::uint32_t>(count));
      }
    }
  }

  std::uint64_t hash_of(std::uint32_t first, std::size_t size, std::uint64_t step, const float* g,
                        const float* mu) const {
    const std::uint64_t at = mix(mix(network_) ^ step);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint64_t bits = std::bit_cast<std::uint32_t>(g[i]) | std::uint64_t{std::bit_cast<std::uint32_t>(mu[i])}
                                                                          << 32;
      sum += mix(mix(at ^ (first + i)) ^ bits);
    }
    return sum;
  }

  /// A step whose spikes are given.
  void replay(std::span<const Event> spikes) {
    const Clock clock{tick_, 0, 0, 0};
    for (std::size_t part = 0; part < parts_.size(); ++part) {
      const Part range = parts_[part];
      propagate<false>(part, tick_);
      add_self_history(workers_[part], tick_);
      float g[block_size];
      for (std::uint64_t done = 0; done < range.size; done += block_size)
        input<false>(static_cast<std::uint32_t>(range.first + done),
                     std::min<std::size_t>(block_size, range.size - done), clock, g);
    }
    for (std::size_t part = 0; part < parts_.size(); ++part) {
      const Part range = parts_[part];
      auto& own = workers_[part].recent[tick_ % workers_[part].recent.size()];
      own.clear();
      for (const Event& spike : spikes)
        if (spike.neuron - range.first < range.size) own.push_back(spike);
    }
    ++tick_;
  }

  /// The events of the first `steps` steps of the piece, in order of step and neuron.
  std::span<const Event> events_until(std::uint64_t steps) {
    const auto end = [&](const Worker& worker, std::uint64_t step) {
      return worker.ends.empty() ? 0 : worker.ends[step];
    };
    if (workers_.size() == 1) return {workers_[0].events.data(), end(workers_[0], steps - 1)};
    joined_.clear();
    for (std::uint64_t step = 0; step < steps; ++step)
      for (const Worker& worker : workers_)
        joined_.insert(joined_.end(), worker.events.begin() + (step > 0 ? end(worker, step - 1) : 0),
                       worker.events.begin() + end(worker, step));
    return joined_;
  }

  [[noreturn]] void rethrow() const {
    for (const Worker& worker : workers_)
      if (worker.error) std::rethrow_exception(worker.error);
    std::terminate();
  }

  std::uint64_t neurons_;
  std::uint64_t synapses_;
  Kernel model_;
  std::vector<float> history_taps_;
  Stimulus stimulus_;
  Seed seed_;
  std::uint32_t network_;
  bool hash_state_;
  double unit_ = 1.0;
  std::int64_t count_limit_ = 1;
  std::vector<Part> parts_;
  std::vector<Worker> workers_;
  Propagation<Strategy, Vertex> propagation_;

  std::vector<std::int64_t> sums_;
  std::vector<State> states_;
  std::vector<float> self_history_;
  std::vector<float> ring_;  // the latest sums, one row a step
  std::vector<Event> joined_;
  std::uint64_t tick_ = 0;
  std::uint64_t random_step_ = 0;
  std::uint64_t step_ = 0;
  bool failed_ = false;
};

}  // namespace spikeometric::detail
