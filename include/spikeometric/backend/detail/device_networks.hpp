// SPDX-License-Identifier: BSD-3-Clause
//
// A batch of networks in the memory of a device: what a step reads and changes, and how it gets there and back.
//
//   const DevicePlan<Model, GraphType> plan{graphs, trials, models};   // sizes, before anything is allocated
//   DeviceNetworks<Memory, ...> networks{memory, plan, ...};
//   auto step = networks.step();                                       // pointers, for kernels
//
// A Memory has
//   Array<T>                      where it is: data(), size(); T is trivially copyable
//   allocate<T>(size)             an Array of zeros
//   upload(array, at, values)     values may change as soon as it returns
//   download(array, at, values)   waits for what was queued before
//   zero(array)
// all of them in the order in which they, and steps, are called. Copies of a Memory are handles of the same.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/device_step.hpp"
#include "spikeometric/backend/fixed_point.hpp"
#include "spikeometric/backend/state.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/model/arrays.hpp"
#include "spikeometric/model/event.hpp"

namespace spikeometric::detail {

/// For a model's kernel: arrays in the memory of a device.
template <class Memory>
class DeviceArrays {
 public:
  explicit DeviceArrays(Memory& memory) : memory_(memory) {}

  template <class Value>
  const Value* operator()(std::span<const Value> values) {
    auto array =
        std::make_shared<typename Memory::template Array<Value>>(memory_.template allocate<Value>(values.size()));
    memory_.upload(*array, 0, values);
    const Value* const data = array->data();
    kept_.push_back(std::move(array));
    return data;
  }

  /// What keeps the arrays.
  std::vector<std::shared_ptr<const void>> release() { return std::move(kept_); }

 private:
  Memory& memory_;
  std::vector<std::shared_ptr<const void>> kept_;
};

/// For a model's kernel: how much memory its arrays take.
class ArrayBytes {
 public:
  template <class Value>
  const Value* operator()(std::span<const Value> values) {
    bytes += values.size_bytes();
    return nullptr;
  }

  std::uint64_t bytes = 0;
};

/// How many rows a ring needs to hold so many steps: a power of two.
inline std::uint32_t ring_rows(std::uint64_t steps) { return std::bit_ceil(static_cast<std::uint32_t>(steps)); }

/// What a batch takes on a device, found before anything is allocated.
template <class Model, class GraphType>
struct DevicePlan {
  using Kernel = decltype(std::declval<const Model&>().kernel(std::declval<HostArrays&>()));
  using Vertex = typename GraphType::VertexType;

  std::uint64_t trials = 1, networks = 0, rows = 0, synapses = 0, slots = 0, hubs = 0;
  std::uint64_t sums_rows = 0, past_rows = 0, recent_rows = 0;  // of rings
  std::uint64_t model_bytes = 0;
  bool has_delays = false;
  std::uint64_t delays = 0;  // that occur

  /// Of `trials` networks with each of the graphs. Throws InvalidGraph for more neurons than a device can number.
  DevicePlan(std::span<const GraphType> graphs, std::uint64_t trials, std::span<const Model> models)
      : trials(trials), networks(graphs.size() * trials) {
    Delay longest = 1;
    std::vector<bool> occurs(std::size_t{std::numeric_limits<Delay>::max()} + 1);
    for (const GraphType& graph : graphs) {
      rows += graph.neurons();
      synapses += graph.synapses();
      slots += slots_of(graph.neurons()) * trials;
      has_delays |= graph.has_delays();
      longest = std::max(longest, graph.max_delay());
      for (const Delay delay : graph.rows().delays) occurs[delay] = true;
      if (!graph.has_delays() && graph.synapses() > 0) occurs[1] = true;
      const auto& offsets = graph.rows().offsets;
      for (std::uint64_t pre = 0; pre < graph.neurons(); ++pre)
        if (offsets[pre + 1] - offsets[pre] >= hub_row) hubs += trials;
    }
    if (slots > std::numeric_limits<std::uint32_t>::max() - 1024)  // room for the last block of a kernel
      throw InvalidGraph(std::to_string(networks) + " networks need " + std::to_string(slots) +
                         " neurons in all, more than the 2^32 that a device can number");
    delays = static_cast<std::uint64_t>(std::count(occurs.begin(), occurs.end(), true));
    std::uint64_t memory = 0, lags = 1;
    for (const Model& model : models) {
      ArrayBytes arrays;
      memory = std::max<std::uint64_t>(memory, model.kernel(arrays).filter.memory());
      const std::uint64_t taps = model.history.taps(model.dt()).size();
      lags = std::max(lags, taps);
      model_bytes += sizeof(DeviceModel<Kernel>) + arrays.bytes + taps * sizeof(float);
    }
    sums_rows = ring_rows(std::uint64_t{longest} + 1);
    past_rows = memory == 0 ? 0 : ring_rows(memory);
    recent_rows = Model::binary ? std::max(ring_rows(lags) / 32, 1u) : ring_rows(lags);
  }

  static std::uint64_t slots_of(std::uint64_t neurons) { return (neurons + group_size - 1) / group_size * group_size; }

  std::uint64_t synapses_of_all() const { return synapses * trials; }

  std::uint64_t synapse_bytes() const {
    return (rows + 1) * sizeof(std::uint64_t) +
           synapses * (sizeof(Vertex) + Model::bases * sizeof(std::int32_t) + (has_delays ? sizeof(Delay) : 0));
  }

  std::uint64_t state_bytes() const {
    return slots * (sums_rows * Model::bases * sizeof(std::int64_t) + sizeof(typename Kernel::State) +
                    past_rows * Model::bases * sizeof(float) + recent_rows * sizeof(std::uint32_t));
  }

  /// Without a stimulus, and without what an executor adds.
  std::uint64_t bytes() const {
    return networks * sizeof(DeviceNetwork) + slots / group_size * sizeof(std::uint32_t) + model_bytes +
           synapse_bytes() + state_bytes() + sizeof(DeviceFailure);
  }
};

/// The memory of a batch on a device. What changes it between steps is done here; steps are an executor's. It knows the
/// stimulus by its kernel alone: nvcc names a member type with the arguments of its class, and cannot name closures.
template <class MemoryType, class ModelType, class StimulusKernel, class GraphType>
class DeviceNetworks {
  template <class T>
  using Array = typename MemoryType::template Array<T>;
  static constexpr std::size_t bases = ModelType::bases;

 public:
  using Memory = MemoryType;
  using Model = ModelType;
  using Vertex = typename GraphType::VertexType;
  using Event = EventOf<Model>;
  using Plan = DevicePlan<Model, GraphType>;
  using Kernel = typename Plan::Kernel;
  using FilterState = typename Kernel::State;
  using Step = DeviceStep<Model, Kernel, StimulusKernel, Vertex>;

  /// Allocates nothing on the device.
  DeviceNetworks(const Memory& memory, const Plan& plan, const Batch<typename GraphType::WeightType, Vertex>& batch,
                 std::span<const Model> models, Seed seed, std::uint32_t first_network)
      : memory_(memory), plan_(plan), seed_(seed), models_(models.begin(), models.end()) {
    std::uint64_t slot = 0;
    std::vector<std::uint64_t> row{0};
    for (const GraphType& graph : batch.graphs()) row.push_back(row.back() + graph.neurons());
    for (std::uint64_t index = 0; index < batch.size(); ++index)
      of_network(index, batch.size(), [&] {
        const std::uint64_t neurons = batch[index].neurons();
        model(index).validate_neurons(neurons);
        const auto id = first_network + static_cast<std::uint32_t>(index);
        networks_.push_back({static_cast<std::uint32_t>(slot), static_cast<std::uint32_t>(neurons), id,
                             row[index % batch.graphs().size()], 1.0, 1});
        slot += Plan::slots_of(neurons);
      });
  }

  const Plan& plan() const { return plan_; }
  std::uint32_t slots() const { return static_cast<std::uint32_t>(plan_.slots); }
  const std::vector<DeviceNetwork>& networks() const { return networks_; }

  /// Over all networks.
  std::uint64_t synapses() const { return plan_.synapses_of_all(); }

  const Model& model(std::size_t network) const { return models_[models_.size() == 1 ? 0 : network]; }

  /// Puts everything on the device. The graphs are converted, and given up, one by one.
  void allocate(Batch<typename GraphType::WeightType, Vertex>&& batch) {
    allocate_synapses(std::move(batch));
    std::vector<std::uint32_t> network_of;
    for (std::uint32_t index = 0; index < networks_.size(); ++index)
      network_of.resize(network_of.size() + Plan::slots_of(networks_[index].neurons) / group_size, index);
    network_table_ = on_device(networks_);
    network_of_ = on_device(network_of);
    DeviceArrays<Memory> arrays{memory_};
    std::vector<DeviceModel<Kernel>> kernels;
    for (const Model& model : models_) {
      std::vector<float> taps;
      for (const auto tap : model.history.taps(model.dt())) taps.push_back(static_cast<float>(tap));
      const float* const history = taps.empty() ? nullptr : arrays(std::span<const float>(taps));
      kernels.push_back({model.kernel(arrays), history, static_cast<std::uint32_t>(taps.size())});
    }
    model_table_ = on_device(kernels);
    model_arrays_ = arrays.release();
    sums_ = memory_.template allocate<std::int64_t>(plan_.slots * plan_.sums_rows * bases);
    states_ = memory_.template allocate<FilterState>(plan_.slots);
    past_ = memory_.template allocate<float>(plan_.slots * plan_.past_rows * bases);
    recent_ = memory_.template allocate<std::uint32_t>(plan_.slots * plan_.recent_rows);
    failure_ = memory_.template allocate<DeviceFailure>(1);
  }

  /// What a step is called with, but for what is of the piece at hand.
  Step step() {
    Step step{};
    step.networks = network_table_.data();
    step.network_of = network_of_.data();
    step.models = model_table_.data();
    step.models_are_shared = models_.size() == 1;
    step.slots = slots();
    step.seed = seed_;
    step.sums = sums_.data();
    step.sums_mask = static_cast<std::uint32_t>(plan_.sums_rows - 1);
    step.states = states_.data();
    step.past = past_.data();
    step.past_mask = static_cast<std::uint32_t>(std::max<std::uint64_t>(plan_.past_rows, 1) - 1);
    step.recent = recent_.data();
    step.recent_mask = static_cast<std::uint32_t>(plan_.recent_rows * (Model::binary ? 32 : 1) - 1);
    step.offsets = offsets_.data();
    step.targets = targets_.data();
    step.weights = weights_.data();
    step.delays = plan_.has_delays ? delays_.data() : nullptr;
    step.failure = failure_.data();
    return step;
  }

  /// Nothing in the past, no failure.
  void clear() {
    memory_.zero(sums_);
    memory_.zero(past_);
    memory_.zero(recent_);
    const std::vector<FilterState> fresh(slots());
    memory_.upload(states_, 0, std::span<const FilterState>(fresh));
    const DeviceFailure none;
    memory_.upload(failure_, 0, std::span<const DeviceFailure>(&none, 1));
  }

  /// Sets the filters' states of a network to what the synaptic activations of the presynaptic neurons amount to, added
  /// up on the host in the order of these and then of delays.
  void activate(std::size_t network, std::span<const double> activation) {
    const DeviceNetwork& of = networks_[network];
    std::vector<double> x(of.neurons * bases);
    std::size_t pre = 0;
    for_each_row(network, [&](std::span<const Vertex> targets, std::span<const std::int32_t> weights, auto) {
      for (std::size_t e = 0; e < targets.size(); ++e)
        for (std::size_t basis = 0; basis < bases; ++basis)
          x[targets[e] * bases + basis] +=
              mul(mul(static_cast<double>(weights[e * bases + basis]), of.unit), activation[pre]);
      ++pre;
    });
    HostArrays arrays;
    const auto filter = model(network).kernel(arrays).filter;
    std::vector<FilterState> states;
    for (std::size_t neuron = 0; neuron < of.neurons; ++neuron)
      if constexpr (bases == 1)
        states.push_back(filter.activated(x[neuron]));
      else
        states.push_back(filter.activated(x.data() + neuron * bases));
    memory_.upload(states_, of.first, std::span<const FilterState>(states));
  }

  /// Puts a network where `state` says, the next step being `tick`; but the spikes of the latest step have yet to pass
  /// synapses.
  void restore(std::size_t network, const NetworkState<Model>& state, std::uint32_t tick) {
    const DeviceNetwork& of = networks_[network];
    const std::size_t row = of.neurons * bases;
    for (std::size_t i = 0; i * row < state.arriving.size(); ++i)
      memory_.upload(sums_, place(tick + i, plan_.sums_rows, of), std::span(state.arriving).subspan(i * row, row));
    memory_.upload(states_, of.first, std::span<const FilterState>(state.filters));
    for (std::size_t i = 0; i * row < state.past.size(); ++i)
      memory_.upload(past_, place(tick - 1 - i, plan_.past_rows, of), std::span(state.past).subspan(i * row, row));
    std::vector<std::uint32_t> recent(std::size_t{of.neurons} * plan_.recent_rows);
    for (std::size_t lag = 0; lag < state.recent.size(); ++lag)
      for (const Event& spike : state.recent[lag]) {
        const auto [at, bit] = place_of_recent(tick - 1 - static_cast<std::uint32_t>(lag));
        recent[at * of.neurons + spike.neuron] |= spike.count << bit;
      }
    for (std::size_t i = 0; i < plan_.recent_rows; ++i)
      memory_.upload(recent_, i * slots() + of.first,
                     std::span<const std::uint32_t>(recent).subspan(i * of.neurons, of.neurons));
  }

  /// The state of a network whose next step is `tick`; but in `arriving` are the spikes of the latest step, too.
  NetworkState<Model> state(std::size_t network, std::uint32_t tick) const {
    const DeviceNetwork& of = networks_[network];
    const std::size_t row = of.neurons * bases;
    NetworkState<Model> state;
    state.unit = of.unit;
    state.arriving.resize(row * (max_delay(network) - 1u));
    for (std::size_t i = 0; i * row < state.arriving.size(); ++i)
      memory_.download(sums_, place(tick + i, plan_.sums_rows, of), std::span(state.arriving).subspan(i * row, row));
    state.filters.resize(of.neurons);
    memory_.download(states_, of.first, std::span(state.filters));
    HostArrays arrays;
    state.past.resize(row * model(network).kernel(arrays).filter.memory());
    for (std::size_t i = 0; i * row < state.past.size(); ++i)
      memory_.download(past_, place(tick - 1 - i, plan_.past_rows, of), std::span(state.past).subspan(i * row, row));
    state.recent.resize(std::max<std::size_t>(model(network).history.taps(model(network).dt()).size(), 1));
    std::vector<std::uint32_t> recent(of.neurons);
    for (std::size_t lag = 0, row_there = plan_.recent_rows; lag < state.recent.size(); ++lag) {
      const auto [at, bit] = place_of_recent(tick - 1 - static_cast<std::uint32_t>(lag));
      if (at != row_there) memory_.download(recent_, at * slots() + of.first, std::span(recent));
      row_there = at;
      for (std::uint32_t neuron = 0; neuron < of.neurons; ++neuron)
        if (const std::uint32_t count = Model::binary ? recent[neuron] >> bit & 1u : recent[neuron]; count > 0)
          state.recent[lag].emplace_back(0u, neuron, count);
    }
    return state;
  }

  /// Calls visit(targets, weights, delays) for each row of a network's synapses, in order; no delays are all 1.
  template <class Visit>
  void for_each_row(std::size_t network, Visit&& visit) const {
    const DeviceNetwork& of = networks_[network];
    std::vector<std::uint64_t> offsets(of.neurons + std::size_t{1});
    memory_.download(offsets_, of.row, std::span(offsets));
    std::vector<Vertex> targets;
    std::vector<std::int32_t> weights;
    std::vector<Delay> delays;
    for (std::size_t first = 0, last; first < of.neurons; first = last) {
      for (last = first + 1; last < of.neurons && offsets[last + 1] - offsets[first] <= chunk;) ++last;
      const auto size = static_cast<std::size_t>(offsets[last] - offsets[first]);
      targets.resize(size);
      weights.resize(size * bases);
      delays.resize(plan_.has_delays ? size : 0);
      memory_.download(targets_, offsets[first], std::span(targets));
      memory_.download(weights_, offsets[first] * bases, std::span(weights));
      memory_.download(delays_, plan_.has_delays ? offsets[first] : 0, std::span(delays));
      for (std::size_t pre = first; pre < last; ++pre) {
        const std::size_t begin = offsets[pre] - offsets[first], length = offsets[pre + 1] - offsets[pre];
        visit(std::span<const Vertex>(targets).subspan(begin, length),
              std::span<const std::int32_t>(weights).subspan(begin * bases, length * bases),
              std::span<const Delay>(delays).subspan(delays.empty() ? 0 : begin, delays.empty() ? 0 : length));
      }
    }
  }

  Delay max_delay(std::size_t network) const { return max_delays_[network % max_delays_.size()]; }

 private:
  template <class T>
  Array<T> on_device(const std::vector<T>& values) {
    Array<T> array = memory_.template allocate<T>(values.size());
    memory_.upload(array, 0, std::span<const T>(values));
    return array;
  }

  /// Of a network's first neuron, in the row of a ring of sums.
  std::size_t place(std::uint64_t tick, std::uint64_t rows, const DeviceNetwork& of) const {
    return ((tick & (rows - 1)) * slots() + of.first) * bases;
  }

  /// The row of `recent` that has the counts of a step, and the bit of binary ones.
  std::pair<std::size_t, std::uint32_t> place_of_recent(std::uint32_t tick) const {
    if constexpr (Model::binary) {
      const std::uint64_t at = tick & (plan_.recent_rows * 32 - 1);
      return {at / 32, static_cast<std::uint32_t>(at % 32)};
    } else {
      return {tick & (plan_.recent_rows - 1), 0};
    }
  }

  void allocate_synapses(Batch<typename GraphType::WeightType, Vertex>&& batch) {
    offsets_ = memory_.template allocate<std::uint64_t>(plan_.rows + 1);
    targets_ = memory_.template allocate<Vertex>(plan_.synapses);
    weights_ = memory_.template allocate<std::int32_t>(plan_.synapses * bases);
    if (plan_.has_delays) delays_ = memory_.template allocate<Delay>(plan_.synapses);
    const std::uint64_t networks = batch.size();
    std::vector<GraphType> graphs = std::move(batch).release();
    std::uint64_t row = 0, synapse = 0;
    for (std::size_t index = 0; index < graphs.size(); ++index)
      of_network(index, networks, [&] {
        const FixedPointGraph<Vertex, bases> fixed{std::move(graphs[index])};
        std::vector<std::uint64_t> offsets = fixed.offsets();
        for (std::uint64_t& offset : offsets) offset += synapse;
        memory_.upload(offsets_, row, std::span<const std::uint64_t>(offsets));
        memory_.upload(targets_, synapse, std::span<const Vertex>(fixed.targets()));
        std::vector<std::int32_t> weights;
        for (std::uint64_t first = 0; first < fixed.synapses(); first += chunk) {
          weights.clear();
          for (std::uint64_t e = first; e < std::min(first + chunk, fixed.synapses()); ++e)
            for (std::size_t basis = 0; basis < bases; ++basis) weights.push_back(fixed.weight(e, basis));
          memory_.upload(weights_, (synapse + first) * bases, std::span<const std::int32_t>(weights));
        }
        if (plan_.has_delays) {
          const std::vector<Delay> ones(fixed.delays().empty() ? fixed.synapses() : 0, Delay{1});
          memory_.upload(delays_, synapse, std::span<const Delay>(fixed.delays().empty() ? ones : fixed.delays()));
        }
        max_delays_.push_back(fixed.max_delay());
        for (std::size_t network = index; network < networks_.size(); network += graphs.size()) {
          networks_[network].unit = fixed.unit();
          networks_[network].count_limit = count_limit_of<Model>(fixed);
        }
        row += fixed.neurons();
        synapse += fixed.synapses();
      });
  }

  static constexpr std::uint64_t chunk = std::uint64_t{1} << 22;  // synapses that the host holds at a time

  mutable Memory memory_;
  Plan plan_;
  Seed seed_;
  std::vector<Model> models_;
  std::vector<DeviceNetwork> networks_;
  std::vector<Delay> max_delays_;  // of graphs

  Array<DeviceNetwork> network_table_;
  Array<std::uint32_t> network_of_;
  Array<DeviceModel<Kernel>> model_table_;
  std::vector<std::shared_ptr<const void>> model_arrays_;
  Array<std::uint64_t> offsets_;
  Array<Vertex> targets_;
  Array<std::int32_t> weights_;
  Array<Delay> delays_;
  Array<std::int64_t> sums_;
  Array<FilterState> states_;
  Array<float> past_;
  Array<std::uint32_t> recent_;
  Array<DeviceFailure> failure_;
};

}  // namespace spikeometric::detail
