// SPDX-License-Identifier: BSD-3-Clause
//
// How the CPU backend executes the steps of a batch of networks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#if defined(_OPENMP)
#include <omp.h>
#endif

#include "spikeometric/backend/detail/cpu_network.hpp"
#include "spikeometric/backend/fixed_point.hpp"
#include "spikeometric/backend/state.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/batch.hpp"

namespace spikeometric::detail {

/// Threads take whole networks where that keeps as many of them busy, else they divide each network among them.
/// Networks advance by turns, some hundred steps each, so that the state of one stays in cache.
template <class Strategy, class Model, class Stimulus, class GraphType>
class CpuEngine {
  using Vertex = typename GraphType::VertexType;
  using Network = CpuNetwork<Strategy, Model, Stimulus, Vertex>;
  using Synapses = typename Network::Synapses;

 public:
  using Event = EventOf<Model>;

  /// `models` has one model, or one for each network.
  template <class Settings>
  CpuEngine(Batch<typename GraphType::WeightType, Vertex>&& batch, std::span<const Model> models,
            const Stimulus& stimulus, Seed seed, const Settings& settings)
      : threads_(checked(settings.threads)) {
    const std::uint64_t size = batch.size();
    if (size == 0) throw InvalidGraph("a batch needs at least one graph");
    require_ids(size, settings.first_network);
    for (const GraphType& graph : batch.graphs()) largest_ = std::max(largest_, graph.neurons());
    const std::uint64_t parts = std::min<std::uint64_t>(static_cast<std::uint64_t>(threads_), blocks(largest_));
    whole_ = size >= parts;
    for (GraphType& graph : std::move(batch).release())
      of_network(synapses_.size(), size, [&] {
        FixedPointGraph<Vertex, GraphType::bases> fixed{std::move(graph)};
        const std::int64_t limit = count_limit_of<Model>(fixed);
        auto divided = partition(fixed.neurons(), whole_ ? 1 : parts);
        synapses_.push_back(std::make_shared<const Synapses>(std::move(fixed), limit, std::move(divided)));
      });
    make_networks(size, models, stimulus, seed, settings);
  }

  /// Of the same networks as another engine, whose synapses it shares.
  template <class Settings>
  CpuEngine(const CpuEngine& other, std::span<const Model> models, const Stimulus& stimulus, Seed seed,
            const Settings& settings)
      : threads_(other.threads_), synapses_(other.synapses_), largest_(other.largest_), whole_(other.whole_) {
    make_networks(other.networks(), models, stimulus, seed, settings);
  }

  std::size_t networks() const { return networks_.size(); }
  std::uint64_t neurons(std::size_t network) const { return networks_[network].neurons(); }
  std::uint64_t synapses() const {
    return total([](const Network& network) { return network.synapses(); });
  }

  /// The step of `run` that all networks have reached. O(networks).
  std::uint64_t step() const {
    const auto behind = std::min_element(networks_.begin(), networks_.end(),
                                         [](const Network& a, const Network& b) { return a.step() < b.step(); });
    return behind->step();
  }

  Delay max_delay(std::size_t network) const { return networks_[network].max_delay(); }
  double unit(std::size_t network) const { return networks_[network].unit(); }
  std::int64_t count_limit(std::size_t network) const { return networks_[network].count_limit(); }

  std::uint64_t synaptic_events() const {
    return total([](const Network& network) { return network.synaptic_events(); });
  }
  std::uint64_t state_hash() const {
    return total([](const Network& network) { return network.state_hash(); });
  }

  /// Back to the start: `restart` calls reset, activate or restore for each network. Until all have succeeded nothing
  /// runs.
  template <class Restart>
  void reset(Restart&& restart) {
    failed_ = true;
    restart();
    failed_ = false;
  }

  /// A network, with the given spikes before the start: one sorted list a step, oldest first.
  void reset(std::size_t network, std::span<const std::vector<Event>> history) { networks_[network].reset(history); }

  /// A network, with the synapses of each presynaptic neuron active.
  void activate(std::size_t network, std::span<const double> activation) {
    networks_[network].reset({});
    networks_[network].activate(activation);
  }

  /// A network, as it was between two steps. The state fits.
  void restore(std::size_t network, const NetworkState<Model>& state) { networks_[network].restore(state); }
  NetworkState<Model> state(std::size_t network) const { return networks_[network].state(); }

  /// Throws std::logic_error after a step that failed.
  void require_sound() const {
    if (failed_) throw std::logic_error(unsound);
  }

  void equilibrate(std::uint64_t steps) {
    advance<false>(steps, [](std::size_t, std::uint64_t, std::uint64_t, std::span<const Event>) {});
  }

  /// Calls sink(network, first_step, steps, events), for each network in order of steps.
  template <class Sink>
  void run(std::uint64_t steps, Sink&& sink) {
    advance<true>(steps, sink);
  }

 private:
  template <class Settings>
  void make_networks(std::uint64_t size, std::span<const Model> models, const Stimulus& stimulus, Seed seed,
                     const Settings& settings) {
    networks_.reserve(size);
    for (std::uint64_t index = 0; index < size; ++index)
      of_network(index, size, [&] {
        const auto& synapses = synapses_[index % synapses_.size()];
        const Model& model = models[models.size() == 1 ? 0 : index];
        model.validate_neurons(synapses->neurons);
        const auto id = settings.first_network + static_cast<std::uint32_t>(index);
        networks_.emplace_back(synapses, model, stimulus,
                               StimulusContext{decimal(model.dt()), seed, id, index, size, synapses->neurons},
                               settings.hash_state);
      });
  }

  static int checked(int threads) {
    if (threads < 1) throw std::invalid_argument("threads = " + std::to_string(threads) + " must be at least 1");
#if !defined(_OPENMP)
    if (threads > 1)
      throw std::invalid_argument("threads = " + std::to_string(threads) +
                                  " needs a program compiled with OpenMP (-fopenmp)");
#endif
    return threads;
  }

  static std::uint64_t blocks(std::uint64_t neurons) {
    return (neurons + Network::block_size - 1) / Network::block_size;
  }

  /// Ranges of neurons, multiples of the block size but for the last.
  static std::vector<Part> partition(std::uint64_t neurons, std::uint64_t most) {
    const std::uint64_t parts = std::min(most, blocks(neurons));
    std::vector<Part> result;
    for (std::uint64_t part = 0; part < parts; ++part) {
      const std::uint64_t first = blocks(neurons) * part / parts * Network::block_size;
      const std::uint64_t last = std::min(blocks(neurons) * (part + 1) / parts * Network::block_size, neurons);
      result.push_back({first, last - first});
    }
    return result;
  }

  template <class Value>
  std::uint64_t total(Value value) const {
    std::uint64_t sum = 0;
    for (const Network& network : networks_) sum += value(network);
    return sum;
  }

  // A network buffers some 32 MB of events at most, all its neurons spiking in every step; as many networks as stay
  // within that run side by side, or a few for each thread.
  static constexpr std::uint64_t buffered = std::uint64_t{1} << 22;
  std::uint64_t piece() const { return std::clamp<std::uint64_t>(buffered / largest_, 1, 1024); }
  std::size_t group() const {
    return std::max<std::size_t>(4 * static_cast<std::size_t>(threads_), buffered / (piece() * largest_));
  }

  template <bool Recorded, class Sink>
  void advance(std::uint64_t steps, Sink&& sink) {
    require_sound();
    const std::uint64_t taken = networks_[0].random_step();
    if (steps > step_limit - taken)
      throw std::out_of_range(std::to_string(steps) + " steps after " + std::to_string(taken) +
                              " lead beyond step 2^48");
    while (steps > 0) {
      const std::uint64_t planned = std::min(steps, piece());
      std::exception_ptr error;
      for (std::size_t first = 0; first < networks_.size(); first += group()) {
        const std::size_t end = std::min(first + group(), networks_.size());
        execute<Recorded>(first, end, planned);
        for (std::size_t index = first; index < end && !error; ++index) error = networks_[index].error();
        failed_ = error || networks_.size() > 1;  // where a sink throws, what others of a batch did is lost
        for (std::size_t index = first; index < end; ++index) {
          Network& network = networks_[index];
          if (network.completed() > 0)
            sink(index, network.step() - network.completed(), network.completed(), network.events());
          if (networks_.size() > group()) network.forget_events();
        }
      }
      failed_ = static_cast<bool>(error);
      if (error) std::rethrow_exception(error);
      steps -= planned;
    }
  }

  template <bool Recorded>
  void execute(std::size_t first, std::size_t end, std::uint64_t steps) {
#if defined(_OPENMP)
    const int team =
        std::min({threads_, static_cast<int>(end - first), omp_get_thread_limit(), 4 * omp_get_num_procs()});
    if (whole_ && team > 1) {
#pragma omp parallel for num_threads(team) schedule(dynamic)
      for (std::size_t index = first; index < end; ++index) networks_[index].template execute<Recorded>(steps);
      return;
    }
#endif
    for (std::size_t index = first; index < end; ++index) networks_[index].template execute<Recorded>(steps);
  }

  int threads_;
  std::vector<std::shared_ptr<const Synapses>> synapses_;  // of each graph
  std::vector<Network> networks_;
  std::uint64_t largest_ = 1;  // neurons of a network
  bool whole_ = true;          // whether each thread takes whole networks
  bool failed_ = false;
};

}  // namespace spikeometric::detail
