// SPDX-License-Identifier: BSD-3-Clause
//
// The arrays of a batch of networks in host or device memory: what a step reads and changes, and how to fill, save and
// restore it.
//
//   const NetworkLayout<Model> layout{sizes, trials, models, 0};     // sizes: a GraphSize for each graph
//   NetworkArrays<HostMemory, Model, Kernel, GraphType> arrays{memory, layout, synapses, ...};
//   arrays.view(network).sums_row(row)[neuron * bases + basis];
//
// Networks are stored one after the other, each with its own rings: [network][row][neuron][basis]. Neuron i of a
// network has slot first + i, where `first` is a multiple of 32. So all slots of a group of 32 belong to one network.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/fixed_point.hpp"
#include "spikeometric/backend/state.hpp"
#include "spikeometric/detail/memory.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/model/arrays.hpp"
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/step/clock.hpp"
#include "spikeometric/step/neuron_step.hpp"

namespace spikeometric::detail {

/// Slots in a group; all belong to one network.
inline constexpr std::uint32_t group_size = 32;

/// The synapses of a graph, row by row.
template <class Vertex>
struct SynapseView {
  const std::uint64_t* offsets;
  const Vertex* targets;        // indices in the network
  const std::int32_t* weights;  // [synapse][basis]
  const Delay* delays;          // null if all are 1
  const double* units;          // for each neuron, of the weights onto it
};

struct GraphSize {
  std::uint64_t neurons, synapses;
  Delay max_delay;

  template <class Weight, class Vertex>
  explicit GraphSize(const Graph<Weight, Vertex>& graph)
      : neurons(graph.neurons()), synapses(graph.synapses()), max_delay(graph.max_delay()) {}
};

/// The synapses of a graph in memory, shared by trials and by simulators with other models.
template <class MemoryType, class Vertex, std::size_t Bases>
class Synapses {
  template <class T>
  using Array = typename MemoryType::template Array<T>;

 public:
  GraphSize size;
  std::vector<std::int16_t> exponents;
  std::int64_t count_limit;

  Synapses(MemoryType& memory, const GraphSize& of, FixedPointGraph<Vertex, Bases>&& graph, std::int64_t limit)
      : size(of), count_limit(limit) {
    std::vector<double> units(graph.neurons());
    for (std::size_t neuron = 0; neuron < units.size(); ++neuron) units[neuron] = graph.unit(neuron);
    auto [offsets, targets, weights, delays, of_neurons] = std::move(graph).release();
    exponents = std::move(of_neurons);
    offsets_ = memory.take(std::move(offsets));
    targets_ = memory.take(std::move(targets));
    weights_ = memory.take(std::move(weights));
    delays_ = memory.take(std::move(delays));
    units_ = memory.take(HostArray<double>(std::move(units)));
  }

  SynapseView<Vertex> view() const {
    return {offsets_.data(), targets_.data(), weights_.data(), delays_.size() > 0 ? delays_.data() : nullptr,
            units_.data()};
  }

  /// sum_j W_ji s_j for each neuron i and basis function, in double, in the order of j and then of delays.
  std::vector<double> weighted_sums(MemoryType& memory, const double* s) const {
    constexpr std::uint64_t chunk = std::uint64_t{1} << 22;  // synapses on the host at a time
    std::vector<std::uint64_t> offsets(size.neurons + 1);
    memory.download(offsets_, 0, offsets.data(), offsets.size());
    std::vector<double> sums(size.neurons * Bases);
    std::vector<Vertex> targets(std::min(chunk, size.synapses));
    std::vector<std::int32_t> weights(targets.size() * Bases);
    std::size_t pre = 0;
    for (std::uint64_t first = 0; first < size.synapses; first += chunk) {
      const std::uint64_t held = std::min(chunk, size.synapses - first);
      memory.download(targets_, first, targets.data(), held);
      memory.download(weights_, first * Bases, weights.data(), held * Bases);
      for (std::uint64_t e = 0; e < held; ++e) {
        while (offsets[pre + 1] <= first + e) ++pre;
        for (std::size_t basis = 0; basis < Bases; ++basis)
          sums[targets[e] * Bases + basis] +=
              mul(std::ldexp(static_cast<double>(weights[e * Bases + basis]), -exponents[targets[e]]), s[pre]);
      }
    }
    return sums;
  }

 private:
  Array<std::uint64_t> offsets_;
  Array<Vertex> targets_;
  Array<std::int32_t> weights_;
  Array<Delay> delays_;
  Array<double> units_;
};

/// Whether the neurons of a model have self-histories of their own.
template <class ModelType>
inline constexpr bool own_history =
    TapsOfNeurons<decltype(std::declval<const ModelType&>().history.taps(std::declval<const ModelType&>().dt()))>;

/// A network as a step sees it. Trivially copyable: pointers to memory of the host or of a device. OwnHistory: whether
/// neurons have self-histories of their own.
template <class StepType, class Number, class Vertex, bool OwnHistory>
struct NetworkView {
  using Step = StepType;
  using State = typename Step::State;
  static constexpr std::size_t bases = Step::bases;

  Step step;
  SynapseView<Vertex> synapses;
  const Number* history;  // h(k) of a neuron is history[neuron * history_stride() + k], k < lags
  std::uint32_t lags;
  std::uint32_t first;  // slot of neuron 0
  std::uint32_t neurons;
  std::uint32_t stride;  // slots of the network
  std::uint32_t sums_rows, past_rows;

  std::int64_t* sums;  // [row][neuron][basis], fixed-point sums over synapses; a row for each step of arrival
  State* states;
  float* past;  // [row][neuron][basis], earlier sums

  SPIKEOMETRIC_HOST_DEVICE std::size_t history_stride() const { return OwnHistory ? lags : 0; }

  SPIKEOMETRIC_HOST_DEVICE std::int64_t* sums_row(std::uint32_t row) const {
    return sums + std::size_t{row} * stride * bases;
  }
  SPIKEOMETRIC_HOST_DEVICE float* past_row(std::uint32_t row) const { return past + std::size_t{row} * stride * bases; }

  /// past(lag) of a neuron in a step that uses `row`.
  SPIKEOMETRIC_HOST_DEVICE RingPast<bases> past_of(std::uint32_t neuron, std::uint32_t row) const {
    return {past, stride * bases, row, past_rows, neuron};
  }
};

/// The kernel of a model, and the taps of its self-history.
struct PlainKernel {
  template <class ModelType, class Arrays>
  auto kernel(const ModelType& model, Arrays& arrays) const {
    return model.kernel(arrays);
  }
  template <class ModelType>
  auto taps(const ModelType& model) const {
    return converted_taps<float>(model.history.taps(model.dt()));
  }
};

/// The sizes and offsets of a batch in memory, computed before anything is allocated.
template <class ModelType>
struct NetworkLayout {
  static constexpr std::size_t bases = ModelType::bases;

  struct Place {
    std::uint32_t first, neurons, stride, sums_rows, past_rows, lags;
    std::uint64_t sums, past;  // offsets in the arrays
  };
  std::vector<Place> places;
  std::uint64_t trials = 1, slots = 0, sums = 0, past = 0, max_lags = 1, model_bytes = 0;
  std::vector<GraphSize> graphs;

  NetworkLayout() = default;

  /// For `trials` networks with each of the graphs. A ring of sums has longest delay + `more` rows. Throws InvalidGraph
  /// if a network has no neurons or the batch has more neurons than 32-bit indices allow, and InvalidParameter if a
  /// model has parameters for another number of neurons.
  NetworkLayout(std::vector<GraphSize> sizes, std::uint64_t trials_of_each, const std::vector<ModelType>& models,
                std::uint32_t more)
      : trials(trials_of_each), graphs(std::move(sizes)) {
    if (graphs.empty() || trials == 0) throw InvalidGraph("a batch needs at least one graph");
    const std::uint64_t size = graphs.size() * trials;
    std::vector<std::uint32_t> memory, lags;
    for (const ModelType& model : models) {
      HostArrays arrays;
      memory.push_back(model.kernel(arrays).filter.memory());
      const auto taps = model.history.taps(model.dt());
      lags.push_back(lags_of(taps));
      max_lags = std::max<std::uint64_t>(max_lags, lags.back());
      model_bytes += arrays.bytes() + (own_history<ModelType> ? taps.size() : 1) * lags.back() * sizeof(float);
    }
    for (std::uint64_t index = 0; index < size; ++index)
      of_network(index, size, [&] {
        const std::size_t model = models.size() == 1 ? 0 : index;
        const auto [neurons, synapses, max_delay] = graphs[index % graphs.size()];
        if (neurons == 0) throw InvalidGraph("a network needs at least one neuron");
        models[model].validate_neurons(neurons);
        const std::uint64_t stride = (neurons + group_size - 1) / group_size * group_size;
        if (slots + stride > std::numeric_limits<std::uint32_t>::max() - 1024)  // for the last block of a kernel
          throw InvalidGraph("the networks up to this one need " + std::to_string(slots + stride) +
                             " neurons in total, more than fit into 32 bits: split the batch");
        const std::uint32_t rows = max_delay + more;
        places.push_back({static_cast<std::uint32_t>(slots), static_cast<std::uint32_t>(neurons),
                          static_cast<std::uint32_t>(stride), rows, memory[model], lags[model], sums, past});
        slots += stride;
        sums += stride * rows * bases;
        past += stride * memory[model] * bases;
      });
  }
};

/// The arrays of a batch. This class changes them between steps; an executor changes them in the steps.
template <class MemoryType, class ModelType, class KernelType, class GraphType, class Number = float>
class NetworkArrays {
  template <class T>
  using Array = typename MemoryType::template Array<T>;
  static constexpr std::size_t bases = ModelType::bases;

 public:
  using Memory = MemoryType;
  using Model = ModelType;
  using Kernel = KernelType;
  using Vertex = typename GraphType::VertexType;
  using Event = EventOf<ModelType>;
  using Step = NeuronStep<Kernel, bases, Number>;
  using View = NetworkView<Step, Number, Vertex, own_history<ModelType>>;
  using State = typename Step::State;
  using Layout = NetworkLayout<ModelType>;
  using GraphSynapses = Synapses<MemoryType, Vertex, bases>;
  using AllSynapses = std::vector<std::shared_ptr<const GraphSynapses>>;

  /// Bytes of memory, without the stimulus and the arrays of an executor.
  static std::uint64_t bytes(const Layout& layout) {
    std::uint64_t synapses = 0;
    for (const GraphSize& graph : layout.graphs) synapses += graph_bytes(graph);
    return synapses + layout.model_bytes + layout.slots * sizeof(State) + layout.sums * sizeof(std::int64_t) +
           layout.past * sizeof(float);
  }

  /// `synapses` has one entry for each graph. `models` has one model for all networks, or one for each network.
  template <class MakeKernel = PlainKernel>
  NetworkArrays(const MemoryType& memory, const Layout& layout, AllSynapses synapses,
                const std::vector<ModelType>& models, Seed seed, std::uint32_t first_network,
                const MakeKernel& make = {})
      : memory_(memory),
        slots_(static_cast<std::uint32_t>(layout.slots)),
        synapses_(std::move(synapses)),
        sums_(memory_.template allocate<std::int64_t>(layout.sums)),
        states_(memory_.take(HostArray<State>(std::vector<State>(layout.slots)))),
        past_(memory_.template allocate<float>(layout.past)),
        arrays_(memory_) {
    struct OfModel {
      Kernel kernel;
      const Number* history;
    };
    std::vector<OfModel> made;
    for (const ModelType& model : models) {
      const std::vector<Number> taps = joined_taps(make.taps(model));
      made.push_back({make.kernel(model, arrays_), arrays_(std::span<const Number>(taps.data(), taps.size()))});
    }
    views_.reserve(layout.places.size());
    for (std::size_t index = 0; index < layout.places.size(); ++index) {
      const auto& place = layout.places[index];
      const OfModel& of = made[models.size() == 1 ? 0 : index];
      const GraphSynapses& graph = synapses_of(index);
      const auto finest = std::max_element(graph.exponents.begin(), graph.exponents.end());
      views_.push_back({Step{of.kernel, seed, first_network + static_cast<std::uint32_t>(index), graph.count_limit,
                             finest != graph.exponents.end() && *finest > 100},
                        graph.view(), of.history, place.lags, place.first, place.neurons, place.stride, place.sums_rows,
                        place.past_rows, sums_.data() + place.sums, states_.data() + place.first,
                        past_.data() + place.past});
    }
  }

  /// A copy in host memory that shares the synapses and has its own state.
  NetworkArrays(const NetworkArrays& other)
      : memory_(other.memory_),
        slots_(other.slots_),
        synapses_(other.synapses_),
        sums_(other.sums_),
        states_(other.states_),
        past_(other.past_),
        arrays_(other.arrays_),
        views_(other.views_) {
    for (View& view : views_) {
      view.sums = sums_.data() + at(other.sums_, view.sums);
      view.states = states_.data() + at(other.states_, view.states);
      view.past = past_.data() + at(other.past_, view.past);
    }
  }
  NetworkArrays(NetworkArrays&&) noexcept = default;
  NetworkArrays& operator=(const NetworkArrays&) = delete;
  NetworkArrays& operator=(NetworkArrays&&) noexcept = default;
  ~NetworkArrays() = default;

  std::size_t networks() const { return views_.size(); }
  std::uint32_t slots() const { return slots_; }

  const View& view(std::size_t network) const { return views_[network]; }
  const std::vector<View>& views() const { return views_; }

  const GraphSynapses& synapses_of(std::size_t network) const { return *synapses_[network % synapses_.size()]; }
  const AllSynapses& synapses() const { return synapses_; }

  /// Sets all sums to 0 and all filters to their initial states.
  void clear() {
    memory_.zero(sums_);
    memory_.zero(past_);
    constexpr std::size_t chunk = 4096;
    const std::vector<State> fresh(std::min<std::size_t>(slots_, chunk));
    for (std::size_t first = 0; first < slots_; first += chunk)
      memory_.upload(states_, first, fresh.data(), std::min<std::size_t>(chunk, slots_ - first));
  }

  /// Sets the filter states of a network from the synaptic activations of the presynaptic neurons. The weighted sums
  /// are computed on the host.
  void activate(std::size_t network, const double* activation) {
    const View& of = views_[network];
    const std::vector<double> x = synapses_of(network).weighted_sums(memory_, activation);
    std::vector<State> states;
    for (std::size_t neuron = 0; neuron < of.neurons; ++neuron)
      if constexpr (bases == 1)
        states.push_back(of.step.kernel.filter.activated(x[neuron]));
      else
        states.push_back(of.step.kernel.filter.activated(x.data() + neuron * bases));
    memory_.upload(states_, of.first, states.data(), states.size());
  }

  /// Sets the rings and filters of a network from `state`; `tick` is the next step.
  void restore(std::size_t network, const NetworkState<ModelType>& state, std::uint64_t tick) {
    const View& of = views_[network];
    const std::size_t row = of.neurons * bases;
    const std::vector<std::int64_t> arriving = in_units(state, synapses_of(network).exponents);
    for (std::size_t i = 0; i * row < arriving.size(); ++i)
      memory_.upload(sums_, at(sums_, of.sums_row(row_of(tick + i, of.sums_rows))), arriving.data() + i * row, row);
    for (std::uint32_t lag = 1; lag <= of.past_rows; ++lag)
      memory_.upload(past_, at(past_, past_at(of, tick, lag)), state.past.data() + (lag - 1) * row, row);
    std::vector<State> states;
    for (const auto& filter : state.filters) states.push_back(lifted_state<State>(filter));
    memory_.upload(states_, of.first, states.data(), states.size());
  }

  /// Saves the rings and filters of a network; `tick` is the next step.
  NetworkState<ModelType> state(std::size_t network, std::uint64_t tick) const {
    const View& of = views_[network];
    const std::size_t row = of.neurons * bases;
    NetworkState<ModelType> state;
    state.exponents = synapses_of(network).exponents;
    state.arriving.resize(row * (synapses_of(network).size.max_delay - 1u));
    for (std::size_t i = 0; i * row < state.arriving.size(); ++i)
      memory_.download(sums_, at(sums_, of.sums_row(row_of(tick + i, of.sums_rows))), state.arriving.data() + i * row,
                       row);
    state.past.resize(row * of.past_rows);
    for (std::uint32_t lag = 1; lag <= of.past_rows; ++lag)
      memory_.download(past_, at(past_, past_at(of, tick, lag)), state.past.data() + (lag - 1) * row, row);
    state.filters.resize(of.neurons);
    memory_.download(states_, of.first, state.filters.data(), state.filters.size());
    return state;
  }

 private:
  static std::uint64_t graph_bytes(const GraphSize& graph) {
    return (graph.neurons + 1) * sizeof(std::uint64_t) + graph.neurons * sizeof(double) +
           graph.synapses * (sizeof(Vertex) + bases * sizeof(std::int32_t) + (graph.max_delay > 1 ? sizeof(Delay) : 0));
  }

  template <class T>
  static std::size_t at(const Array<T>& array, const T* address) {
    return static_cast<std::size_t>(address - array.data());
  }
  static const float* past_at(const View& of, std::uint64_t tick, std::uint32_t lag) {
    return of.past_of(0, row_of(tick, of.past_rows)).address(lag);
  }

  mutable Memory memory_;
  std::uint32_t slots_;
  AllSynapses synapses_;
  Array<std::int64_t> sums_;
  Array<State> states_;
  Array<float> past_;
  KernelArrays<MemoryType> arrays_;  // of the models
  std::vector<View> views_;
};

}  // namespace spikeometric::detail
