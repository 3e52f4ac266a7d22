// SPDX-License-Identifier: BSD-3-Clause
//
// The executor of the CPU. A network has one or more portions. A step of a portion first adds the weights of the spikes
// of the previous step, and then updates its neurons block by block. Each phase of a step is a loop over a block.
//
// If there are enough networks, each thread takes whole networks; otherwise the threads share the portions of one
// network after the other. Networks take turns of up to 1024 steps, so that the state of a network stays in cache.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/block_filter.hpp"
#include "spikeometric/backend/detail/executor.hpp"
#include "spikeometric/backend/detail/prefilter.hpp"
#include "spikeometric/backend/layout.hpp"
#include "spikeometric/backend/propagation.hpp"
#include "spikeometric/detail/memory.hpp"
#include "spikeometric/detail/threads.hpp"
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/step/clock.hpp"
#include "spikeometric/step/self_history.hpp"

namespace spikeometric::detail {

template <class Strategy, class Arrays, class Table>
class HostExecutor {
  using View = typename Arrays::View;
  using Step = typename Arrays::Step;
  using Kernel = typename Arrays::Kernel;
  using Event = typename Arrays::Event;
  using State = typename Arrays::State;
  using PropagationType = Propagation<Strategy, typename Arrays::Vertex, Step::bases>;
  static constexpr std::size_t bases = Step::bases;
  static constexpr std::size_t channels = Arrays::Model::channels;
  static constexpr bool has_history = !std::is_same_v<decltype(Arrays::Model::history), NoHistory>;
  static constexpr bool stimulated = is_stimulated<Table>;

 public:
  static constexpr bool on_device = false, queues_ahead = false;
  static constexpr std::uint32_t more_rows = 0;  // the spikes of a step are passed in the next step

  static_assert(block_size % (8 * philox_lanes) == 0);  // fill_halves writes whole blocks

  /// Throws InvalidArgument for fewer than one thread.
  template <class Settings>
  HostExecutor(const HostMemory&, const Settings& settings)
      : hash_state_(settings.hash_state), thread_count_(checked(settings.threads)) {}

  /// Runs the networks of another executor and shares its synapses.
  template <class Settings>
  HostExecutor(const HostExecutor& other, const Settings& settings)
      : hash_state_(settings.hash_state),
        thread_count_(other.thread_count_),
        max_parts_(other.max_parts_),
        at_once_(other.at_once_),
        propagations_(other.propagations_) {}

  // A network buffers at most about 32 MB of events, even if all its neurons spike in every step. The networks of a
  // piece together stay below this limit, unless it would allow fewer than four networks for each thread.
  template <class Layout>
  static std::uint64_t piece(const Layout& layout) {
    return std::clamp<std::uint64_t>(buffered / largest(layout), 1, 1024);
  }
  std::size_t networks_at_once() const { return at_once_; }

  int threads() const { return thread_count_; }

  /// Decides how the threads share the networks.
  template <class Layout>
  void divide(const Layout& layout) {
    const auto threads = static_cast<std::uint64_t>(thread_count_);
    const std::uint64_t neurons = largest(layout);
    at_once_ = std::max<std::size_t>(4 * threads, buffered / (piece(layout) * neurons));
    if (layout.places.size() < std::min(threads, blocks(neurons)))
      max_parts_ = threads * std::clamp<std::uint64_t>(neurons / (threads * portion_size), 1, 2);
  }

  /// Reads what it needs from a graph. Called for each graph in order.
  template <class FixedGraph>
  void prepare(FixedGraph& graph) {
    Threads threads(thread_count_);
    propagations_.push_back(std::make_shared<const PropagationType>(graph, partition(graph.neurons()), threads));
  }

  void allocate(Arrays& arrays, Table* table) {
    networks_.clear();
    for (std::size_t index = 0; index < arrays.networks(); ++index)
      networks_.emplace_back(arrays.view(index), static_cast<std::uint32_t>(index),
                             propagations_[index % propagations_.size()].get(), partition(arrays.view(index).neurons));
    attach(arrays, table);
  }

  /// Makes a copied executor use other arrays and another table.
  void attach(Arrays& arrays, Table* table) {
    table_ = table;
    threads_ = std::make_shared<Threads>(thread_count_);
    for (std::size_t index = 0; index < networks_.size(); ++index) networks_[index].view = arrays.view(index);
  }

  /// Removes all past spikes, and the self-history left over from a failed step.
  void clear() {
    for (Network& network : networks_) {
      std::fill(network.self_history.begin(), network.self_history.end(), 0.0f);
      for (Portion& portion : network.portions)
        for (auto& list : portion.recent) list.clear();
    }
  }

  /// Stores the spikes of step `tick` in the portions that own them.
  void keep(std::size_t network, std::uint64_t tick, const std::vector<Event>& spikes) {
    for (Portion& portion : networks_[network].portions) {
      auto& own = portion.recent[tick % portion.recent.size()];
      own.clear();
      for (const Event& spike : spikes)
        if (spike.neuron - portion.range.first < portion.range.size) own.push_back(spike);
    }
  }

  /// Returns the spikes of step `tick`.
  std::vector<Event> spikes(std::size_t network, std::uint64_t tick) const {
    std::vector<Event> result;
    for (const Portion& portion : networks_[network].portions)
      for (const Event& spike : portion.recent[tick % portion.recent.size()])
        result.push_back(Event(0, spike.neuron, spike.count));
    return result;
  }

  /// Takes a step with given spikes; a null pointer skips a network whose history has not begun.
  void replay(const Clock& now, const std::vector<const std::vector<Event>*>& given) {
    for (std::size_t index = 0; index < networks_.size(); ++index) {
      if (given[index] == nullptr) continue;
      Network& network = networks_[index];
      for (std::size_t part = 0; part < network.portions.size(); ++part) {
        propagate(network, part, now.tick);
        update(network, network.portions[part], now, Kind::given);
      }
      keep(index, now.tick, *given[index]);
    }
  }

  void queue(const Piece&) {}

  /// Takes the steps of a piece. The result is valid until the next call.
  const std::vector<DonePiece<Event>>& collect(const Piece& piece) {
    done_.resize(piece.end - piece.first);
    if (max_parts_ == 1 && piece.end - piece.first > 1) {
      threads_->run(piece.end - piece.first, 1, [&](std::size_t index, std::uint64_t) {
        execute(networks_[piece.first + index], piece);
        return true;
      });
    } else {
      for (std::size_t index = piece.first; index < piece.end; ++index) execute(networks_[index], piece);
    }
    for (std::size_t index = piece.first; index < piece.end; ++index)
      done_[index - piece.first] = networks_[index].done();
    return done_;
  }

  /// Frees the memory of events, unless the piece has all networks.
  void forget(const Piece& piece) {
    if (piece.end - piece.first == networks_.size()) return;
    for (std::size_t index = piece.first; index < piece.end; ++index) networks_[index].forget();
  }

 private:
  enum class Kind { given, equilibration, recorded };  // kind of a step; in a `given` one spikes are not drawn

  static constexpr std::uint64_t buffered = std::uint64_t{1} << 22;
  static constexpr std::uint64_t portion_size = 2048;  // minimum size if a thread has several

  struct alignas(64) Portion {
    Part range;
    std::vector<std::vector<Event>> recent;  // its spikes in the latest steps, a ring by tick
    typename PropagationType::Scratch scratch;
    std::vector<Event> events;                                      // of the current piece
    std::vector<std::size_t> ends;                                  // where each step ends in `events`
    std::uint64_t synaptic_events = 0, latest_synaptic_events = 0;  // latest: of a step that may fail elsewhere
    std::uint64_t state_hash = 0, latest_state_hash = 0;
    std::uint64_t begun = 0;  // steps of the piece begun
    std::exception_ptr error;

    /// Adds the synaptic events and the hash of the latest step to those of the piece if `counts`, and sets them to 0.
    void settle(bool counts) {
      if (counts) {
        synaptic_events += latest_synaptic_events;
        state_hash += latest_state_hash;
      }
      latest_synaptic_events = latest_state_hash = 0;
    }
  };

  struct Network {
    View view;
    std::uint32_t index;
    const PropagationType* propagation;  // one of `propagations_`
    std::vector<Portion> portions;
    std::vector<float> self_history;
    std::vector<Event> joined;
    std::uint64_t completed = 0;
    std::exception_ptr error;

    Network(const View& of, std::uint32_t at, const PropagationType* sums, const std::vector<Part>& parts)
        : view(of), index(at), propagation(sums), portions(parts.size()), self_history(of.neurons) {
      for (std::size_t part = 0; part < parts.size(); ++part) {
        portions[part].range = parts[part];
        portions[part].recent.resize(std::max<std::size_t>(view.lags, 1) + 1);
        portions[part].scratch = propagation->scratch();
      }
    }

    DonePiece<Event> done() {
      DonePiece<Event> result{completed, {}, 0, 0, error};
      for (const Portion& portion : portions) {
        result.synaptic_events += portion.synaptic_events;
        result.state_hash += portion.state_hash;
        if (!result.error) result.error = portion.error;
      }
      const auto end = [&](const Portion& portion, std::uint64_t step) {
        return portion.ends.empty() ? 0 : portion.ends[step];
      };
      if (completed == 0) return result;
      if (portions.size() == 1) {
        result.events = {portions[0].events.data(), end(portions[0], completed - 1)};
        return result;
      }
      joined.clear();
      for (std::uint64_t step = 0; step < completed; ++step)
        for (const Portion& portion : portions)
          joined.insert(joined.end(), portion.events.data() + (step > 0 ? end(portion, step - 1) : 0),
                        portion.events.data() + end(portion, step));
      result.events = {joined.data(), joined.size()};
      return result;
    }

    void forget() {
      for (Portion& portion : portions) {
        portion.events = {};
        portion.ends = {};
      }
      joined = {};
    }
  };

  static int checked(int threads) {
    if (threads < 1) throw InvalidArgument("threads = " + std::to_string(threads) + " must be at least 1");
    return threads;
  }

  template <class Layout>
  static std::uint64_t largest(const Layout& layout) {
    std::uint64_t neurons = 1;
    for (const GraphSize& graph : layout.graphs) neurons = std::max(neurons, graph.neurons);
    return neurons;
  }

  static std::uint64_t blocks(std::uint64_t neurons) { return (neurons + block_size - 1) / block_size; }

  /// Ranges of neurons in whole blocks; only the last block may be shorter.
  std::vector<Part> partition(std::uint64_t neurons) const {
    const std::uint64_t parts = std::min(max_parts_, blocks(neurons));
    std::vector<Part> result;
    for (std::uint64_t part = 0; part < parts; ++part) {
      const std::uint64_t first = blocks(neurons) * part / parts * block_size;
      const std::uint64_t last = std::min(blocks(neurons) * (part + 1) / parts * block_size, neurons);
      result.push_back({first, last - first});
    }
    return result;
  }

  /// Takes the steps of a piece for one network, fewer if one fails.
  void execute(Network& network, const Piece& piece) {
    for (Portion& portion : network.portions) {
      portion.events.clear();
      portion.ends.clear();
      portion.error = nullptr;
      portion.synaptic_events = portion.state_hash = portion.begun = 0;
    }
    ReadySteps ready{piece.steps};
    if constexpr (stimulated)
      if (piece.recorded) ready = table_->make(network.index, piece.clock.step, piece.steps);
    const Kind kind = piece.recorded ? Kind::recorded : Kind::equilibration;
    network.completed = threads_->run(network.portions.size(), ready.steps, [&](std::size_t part, std::uint64_t step) {
      return advance(network, part, piece.clock.after(static_cast<std::uint32_t>(step)), kind);
    });
    network.error = network.completed == ready.steps ? ready.error : nullptr;
    for (Portion& portion : network.portions) portion.settle(portion.begun <= network.completed);
  }

  /// Takes a step of a portion. Returns false if it fails.
  bool advance(Network& network, std::size_t part, const Clock& now, Kind kind) {
    Portion& portion = network.portions[part];
    portion.settle(true);
    portion.begun = now.offset + std::uint64_t{1};
    try {
      const std::uint64_t passed = propagate(network, part, now.tick);
      if (kind == Kind::recorded) portion.latest_synaptic_events += passed;
      update(network, portion, now, kind);
      return true;
    } catch (...) {
      portion.error = std::current_exception();
      return false;
    }
  }

  /// Adds the weights of the spikes of the previous step. Returns the number of synapses passed.
  std::uint64_t propagate(Network& network, std::size_t part, std::uint64_t tick) {
    const View& of = network.view;
    const ArrivingSums sums{of.sums, of.stride * bases, of.sums_rows, row_of(tick, of.sums_rows)};
    const auto spikes_of = [&](const Portion& from) -> const std::vector<Event>& {
      return recent_spikes(from.recent, tick, 0);
    };
    return network.propagation->add(of.synapses, part, network.portions, sums, network.portions[part].scratch,
                                    spikes_of);
  }

  /// The neurons of a block in a step.
  struct Block {
    Block(const Part& range, std::uint64_t done)
        : first(static_cast<std::uint32_t>(range.first + done)),
          size(std::min<std::size_t>(block_size, range.size - done)) {
      if constexpr (stimulated) std::fill_n(stimulus, size, 0.0f);
    }

    /// E of neuron i of the block.
    float drive(std::size_t i) const { return stimulated ? stimulus[i] : 0.0f; }

    std::uint32_t first;
    std::size_t size;
    float stimulus[block_size];
    float g[block_size];
    float mu[block_size];
  };

  void update(Network& network, Portion& portion, const Clock& now, Kind kind) {
    std::vector<Event>& spikes = portion.recent[now.tick % portion.recent.size()];
    if (kind != Kind::given)
      add_self_history(network.view.history, network.view.lags, network.view.history_stride(), portion.recent, now.tick,
                       network.self_history.data());
    spikes.clear();
    for (std::uint64_t done = 0; done < portion.range.size; done += block_size) {
      Block block{portion.range, done};
      if constexpr (stimulated)
        if (kind == Kind::recorded) stimulate(network, block, now);
      input(network, block, now);
      if (kind != Kind::given) sample(network, block, now, kind == Kind::recorded, portion, spikes);
    }
    if (kind == Kind::recorded) {
      portion.events.insert(portion.events.end(), spikes.data(), spikes.data() + spikes.size());
      portion.ends.push_back(portion.events.size());
    }
  }

  /// Sets E of a block of neurons if the stimulus touches any of them.
  void stimulate(const Network& network, Block& block, const Clock& now) {
    float drive[block_size * channels] = {};
    if (!table_->view().template add_block<channels>(network.index, block.first, static_cast<std::uint32_t>(block.size),
                                                     now.offset, now.step, drive))
      return;
    const Step step = network.view.step;
    for (std::size_t i = 0; i < block.size; ++i)
      block.stimulus[i] = step.stimulus(drive + i * channels, block.first + i);
  }

  /// Computes g of a block of neurons, and sets its sums and self-history to 0.
  void input(Network& network, Block& block, const Clock& now) {
    const View& of = network.view;
    const Step step = of.step;
    const std::uint32_t first = block.first;
    const std::size_t size = block.size;
    [[maybe_unused]] std::uint16_t halves[block_size];
    [[maybe_unused]] float baselines[block_size];
    if constexpr (Kernel::noisy) {
      step.noise().fill_halves(first, size, now.random_step, halves);
      for (std::size_t i = 0; i < size; ++i)
        baselines[i] = step.baseline(first + static_cast<std::uint32_t>(i), now.random_step, halves[i]);
    }
    const std::uint32_t memory = of.past_rows;
    const std::uint32_t row = memory > 0 ? row_of(now.tick, memory) : 0;
    const RingPast<bases> past = of.past_of(first, row);
    float* const self_history = network.self_history.data();
    std::int64_t* const sums = of.sums_row(row_of(now.tick, of.sums_rows)) + first * bases;
    State* const states = of.states;
    if (size == 0) return;  // never happens, but avoids a warning that `latest` may be uninitialised
    float latest[block_size * bases];
    const double* const units = of.synapses.units + first;
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t k = i * bases; k < (i + 1) * bases; ++k) {
        latest[k] = step.read(sums[k], units[i]);
        sums[k] = 0;
      }
    using Blocks = BlockFilter<decltype(step.kernel.filter)>;
    [[maybe_unused]] typename Blocks::Value filtered[block_size];
    if constexpr (Blocks::exists) Blocks::apply(step.kernel.filter, filtered, states + first, size, latest, past);
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t neuron = first + i;
      float x, b;
      if constexpr (Blocks::exists)
        x = Step::rounded(filtered[i]);
      else
        x = step.filter(states[neuron], latest + i * bases,
                        RingPast<bases>{past.ring, past.stride, row, memory, neuron});
      if constexpr (Kernel::noisy)
        b = baselines[i];
      else
        b = step.baseline(static_cast<std::uint32_t>(neuron), now.random_step, 0);
      float h = 0.0f;
      if constexpr (has_history) h = std::exchange(self_history[neuron], 0.0f);
      block.g[i] = step.input(x, h, b, block.drive(i));
    }
    if (memory > 0) std::copy_n(latest, size * bases, of.past_row(row) + first * bases);
  }

  static void rate(const Network& network, Block& block) {
    const Step step = network.view.step;
    for (std::size_t i = 0; i < block.size; ++i) block.mu[i] = step.rate(block.g[i], block.first + i);
  }

  /// Sets `maybe` for the neurons that may spike, judged by g and the first half of the draws only. Returns whether
  /// they are few; if not, `maybe` is not used.
  static bool leaves_few(const Step& step, const Block& block, const std::uint16_t* halves, std::uint8_t* maybe) {
    using Filter = Prefilter<decltype(step.kernel.nonlinearity), decltype(step.kernel.sampler)>;
    if constexpr (Filter::exists) {
      for (std::size_t i = 0; i < block.size; ++i)
        maybe[i] = Filter::may_spike(step.kernel.nonlinearity, block.g[i], step.kernel.dt, halves[i]);
      std::uint16_t few = 0;  // as narrow as possible, so that a vector register holds many
      for (std::size_t i = 0; i < block.size; ++i) few = static_cast<std::uint16_t>(few + maybe[i]);
      return few <= block.size / 16;
    }
    return false;
  }

  void sample(const Network& network, Block& block, const Clock& now, bool recorded, Portion& portion,
              std::vector<Event>& spikes) {
    std::uint16_t halves[block_size];
    std::uint8_t maybe[block_size] = {};
    const Step step = network.view.step;
    if constexpr (Kernel::deterministic)
      std::fill(halves, halves + block_size, std::uint16_t{0});
    else
      step.spikes().fill_halves(block.first, block.size, now.random_step, halves);
    const bool hashed = recorded && hash_state_;
    const bool rated = hashed || !leaves_few(step, block, halves, maybe);
    if (rated) {
      rate(network, block);
      for (std::size_t i = 0; i < block.size; ++i)
        maybe[i] = step.may_spike(block.g[i], block.mu[i], halves[i], block.first + i);
    }
    if (hashed) {
      const std::uint64_t at = step.hash_of_step(now.step);
      for (std::size_t i = 0; i < block.size; ++i)
        portion.latest_state_hash +=
            Step::hash(at, block.first + static_cast<std::uint32_t>(i), block.g[i], block.mu[i]);
    }
    for (std::size_t group = 0; group < block.size; group += 8) {
      for (std::uint64_t left = flags(maybe + group); left != 0; left &= left - 1) {
        const std::size_t i = group + static_cast<std::size_t>(std::countr_zero(left)) / 8;
        const auto neuron = block.first + static_cast<std::uint32_t>(i);
        const float g = block.g[i], mu = rated ? block.mu[i] : step.rate(g, neuron);
        const std::int64_t count = step.count(g, mu, neuron, now.random_step, halves[i]);
        if (step.failed(g, mu, count))
          throw Divergence(step.network, recorded ? now.step : now.random_step, neuron,
                           step.failure({g, mu, block.drive(i), count}));
        if (count > 0) spikes.push_back(Event(now.offset, neuron, static_cast<std::uint32_t>(count)));
      }
    }
  }

  /// Bit 8 k of the result is of[k], which is 0 or 1.
  static std::uint64_t flags(const std::uint8_t* of) {
    std::uint64_t bits = 0;
    if constexpr (std::endian::native == std::endian::little)
      std::memcpy(&bits, of, sizeof bits);
    else
      for (unsigned k = 0; k < 8; ++k) bits |= std::uint64_t{of[k]} << (8 * k);
    return bits;
  }

  bool hash_state_;
  int thread_count_;
  std::uint64_t max_parts_ = 1;                                       // of a network; if 1, threads take whole networks
  std::size_t at_once_ = 1;                                           // networks in a piece
  std::vector<std::shared_ptr<const PropagationType>> propagations_;  // for each graph
  Table* table_ = nullptr;
  std::vector<Network> networks_;
  std::vector<DonePiece<Event>> done_;
  std::shared_ptr<Threads> threads_;
};

}  // namespace spikeometric::detail
