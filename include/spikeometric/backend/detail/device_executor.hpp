// SPDX-License-Identifier: BSD-3-Clause
//
// The common part of executors on a device: counts of recent steps, steps with given spikes, and the results of a
// piece.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/backend/backend.hpp"
#include "spikeometric/backend/detail/device_step.hpp"
#include "spikeometric/backend/detail/executor.hpp"
#include "spikeometric/backend/layout.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::detail {

/// Functors that run once on a device.
struct RunProbe {
  DeviceProbe* probe;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint64_t) const { probe->run(); }
};
template <class Step>
struct ExplainSlot {
  Step step;
  std::uint32_t slot;
  Clock now;
  Outcome* outcome;

  SPIKEOMETRIC_HOST_DEVICE void operator()(std::uint64_t) const { *outcome = step.explain(slot, now); }
};

/// The result of a piece on a device.
template <class Event>
struct DevicePiece {
  std::uint64_t completed = 0;      ///< steps; fewer than queued if one failed
  DeviceFailure failure;            ///< of the step after the completed ones
  std::vector<Event> events;        ///< in order of network, step and neuron
  std::vector<std::uint64_t> ends;  ///< where each network's events end
  std::uint64_t synaptic_events = 0, state_hash = 0;
};

/// Base class of an Executor, which has
///   run_once(work)                 calls work(0) on the device
///   fetch(array, at, to, size)     downloads data of steps already taken
template <class Executor, class ArraysType, class TableType>
class DeviceExecutor {
 protected:
  using Arrays = ArraysType;
  using Table = TableType;
  using Memory = typename Arrays::Memory;
  using View = typename Arrays::View;
  using Event = typename Arrays::Event;
  using Layout = typename Arrays::Layout;
  template <class T>
  using Array = typename Memory::template Array<T>;
  static constexpr bool binary = Arrays::Model::binary;
  static constexpr bool stimulated = is_stimulated<Table>;

 public:
  using Step = DeviceStep<View, binary, Arrays::Model::channels, typename Table::View>;
  static constexpr bool on_device = true;
  static constexpr std::uint32_t more_rows = 1;  // spikes are passed while other neurons still read their sums

  template <class Settings>
  DeviceExecutor(const Memory& memory, const Settings& settings) : memory_(memory), hash_state_(settings.hash_state) {}

  void divide(const Layout& layout) { layout_ = layout; }
  std::size_t networks_at_once() const { return layout_.places.size(); }
  static int threads() { return 1; }

  template <class FixedGraph>
  void prepare(const FixedGraph&) {}

  void clear() {
    memory_.zero(recent_);
    const DeviceFailure none;
    memory_.upload(failure_, 0, &none, 1);
  }

  void keep(std::size_t network, std::uint64_t tick, const std::vector<Event>& spikes) {
    std::vector<std::uint32_t> counts(places()[network].neurons);
    const auto [at, bit] = place(network, tick);
    if (binary) memory_.download(recent_, at, counts.data(), counts.size());
    for (std::uint32_t& count : counts) count &= ~(1u << bit);
    for (const Event& spike : spikes) counts[spike.neuron] |= spike.count << bit;
    memory_.upload(recent_, at, counts.data(), counts.size());
  }

  std::vector<Event> spikes(std::size_t network, std::uint64_t tick) const {
    std::vector<std::uint32_t> counts(places()[network].neurons);
    const auto [at, bit] = place(network, tick);
    memory_.download(recent_, at, counts.data(), counts.size());
    std::vector<Event> result;
    for (std::uint32_t neuron = 0; neuron < counts.size(); ++neuron)
      if (const std::uint32_t count = binary ? counts[neuron] >> bit & 1u : counts[neuron]; count > 0)
        result.push_back(Event(0, neuron, count));
    return result;
  }

  void forget(const Piece&) {}

 protected:
  static std::uint64_t state_bytes(const Layout& layout) {
    return layout.places.size() * sizeof(View) + layout.slots / group_size * sizeof(std::uint32_t) +
           sizeof(DeviceFailure) + sizeof(Outcome) + sizeof(DeviceProbe) +
           layout.slots * (recent_rows(layout) + 1) * sizeof(std::uint32_t);
  }

  void allocate_state(Arrays& arrays, Table* table) {
    arrays_ = &arrays;
    table_ = table;
    std::vector<std::uint32_t> network_of;
    for (std::uint32_t index = 0; index < places().size(); ++index)
      network_of.resize(network_of.size() + places()[index].stride / group_size, index);
    networks_ = memory_.take(HostArray<View>(arrays.views()));
    network_of_ = memory_.take(HostArray<std::uint32_t>(std::move(network_of)));
    recent_ = memory_.template allocate<std::uint32_t>(layout_.slots * recent_rows(layout_));
    given_ = memory_.template allocate<std::uint32_t>(layout_.slots);
    failure_ = memory_.template allocate<DeviceFailure>(1);
    outcome_ = memory_.template allocate<Outcome>(1);
    probe_ = memory_.template allocate<DeviceProbe>(1);
  }

  /// Throws InexactArithmetic if device code was compiled with flags that violate IEEE 754.
  void require_ieee_754() {
    DeviceProbe probe;
    memory_.upload(probe_, 0, &probe, 1);
    self().run_once(RunProbe{probe_.data()});
    memory_.download(probe_, 0, &probe, 1);
    if (!probe.follows)
      throw InexactArithmetic(
          "the device code of this program does not follow IEEE 754, which changes spikes: compile it without "
          "-use_fast_math, --ftz=true and --prec-div=false");
  }

  const std::vector<typename Layout::Place>& places() const { return layout_.places; }
  std::uint32_t slots() const { return static_cast<std::uint32_t>(layout_.slots); }
  std::uint64_t synapses() const {  // of all networks
    std::uint64_t sum = 0;
    for (const GraphSize& graph : layout_.graphs) sum += graph.synapses * layout_.trials;
    return sum;
  }

  DeviceFailure failure() {
    DeviceFailure failure;
    self().fetch(failure_, 0, &failure, 1);
    return failure;
  }

  /// The sum of values[0], ..., values[steps - 1], a value for each step of a piece.
  std::uint64_t total(const Array<std::uint64_t>& values, std::uint64_t steps) {
    std::vector<std::uint64_t> each(steps);
    self().fetch(values, 0, each.data(), each.size());
    return std::accumulate(each.begin(), each.end(), std::uint64_t{0});
  }

  /// The arguments of a step that do not depend on the current piece.
  Step step(bool recorded) {
    Step step{};
    step.networks = networks_.data();
    step.network_of = network_of_.data();
    step.slots = slots();
    if constexpr (stimulated) step.stimulus = table_->view();
    step.recorded = recorded;
    step.recent = recent_.data();
    step.recent_rows = recent_rows(layout_);
    step.failure = failure_.data();
    return step;
  }

  /// The same for a step with given spikes.
  Step step_of(const std::vector<const std::vector<Event>*>& given) {
    std::vector<std::uint32_t> counts(layout_.slots, Step::unborn);
    for (std::size_t index = 0; index < given.size(); ++index) {
      if (given[index] == nullptr) continue;
      std::fill_n(counts.begin() + places()[index].first, places()[index].neurons, 0u);
      for (const Event& spike : *given[index]) counts[places()[index].first + spike.neuron] = spike.count;
    }
    memory_.upload(given_, 0, counts.data(), counts.size());
    Step replayed = step(false);
    replayed.given = given_.data();
    return replayed;
  }

  /// The results of a piece: a DonePiece for each network.
  const std::vector<DonePiece<Event>>& handed_over(const Piece& piece, DevicePiece<Event> done) {
    pieces_.assign(places().size(), {});
    collected_ = std::move(done);
    for (std::size_t index = 0; index < pieces_.size(); ++index) {
      pieces_[index].completed = collected_.completed;
      if (!piece.recorded) continue;
      const std::uint64_t begin = index == 0 ? 0 : collected_.ends[index - 1];
      pieces_[index].events = {collected_.events.data() + begin, collected_.ends[index] - begin};
    }
    pieces_[0].synaptic_events = collected_.synaptic_events;  // of all networks
    pieces_[0].state_hash = collected_.state_hash;
    if (collected_.completed < piece.steps) pieces_[0].error = error(piece, collected_.failure);
    return pieces_;
  }

 private:
  Executor& self() { return static_cast<Executor&>(*this); }

  static std::uint32_t recent_rows(const Layout& layout) {
    return static_cast<std::uint32_t>(binary ? (layout.max_lags + 31) / 32 : layout.max_lags);
  }

  /// Where the counts of a step begin, and the bit of the step in a binary model.
  std::pair<std::size_t, std::uint32_t> place(std::size_t network, std::uint64_t tick) const {
    const auto& of = places()[network];
    const std::uint32_t rows = recent_rows(layout_), at = row_of(tick, binary ? rows * 32 : rows);
    return {std::size_t{of.first} * rows + std::size_t{binary ? at / 32 : at} * of.stride, binary ? at % 32 : 0};
  }

  /// The error of the step after the completed ones.
  std::exception_ptr error(const Piece& piece, const DeviceFailure& failure) try {
    const auto slot = static_cast<std::uint32_t>(failure.slot);
    const auto after = std::upper_bound(places().begin(), places().end(), slot,
                                        [](std::uint32_t at, const auto& of) { return at < of.first; });
    const auto index = static_cast<std::size_t>(after - places().begin() - 1);
    Clock now = piece.clock.next_piece(collected_.completed, piece.recorded);
    if constexpr (stimulated)
      if (piece.recorded) {
        static_cast<void>(table_->make(index, now.step, 1));
        table_->send(memory_, 1);
      }
    const auto& step_of_network = arrays_->view(index).step;
    self().run_once(ExplainSlot<Step>{step(piece.recorded), slot, now, outcome_.data()});
    Outcome outcome;
    memory_.download(outcome_, 0, &outcome, 1);
    return std::make_exception_ptr(Divergence(step_of_network.network, piece.recorded ? now.step : now.random_step,
                                              slot - places()[index].first, step_of_network.failure(outcome)));
  } catch (...) {
    return std::current_exception();
  }

 protected:
  mutable Memory memory_;
  bool hash_state_;
  Layout layout_;
  Arrays* arrays_ = nullptr;
  Table* table_ = nullptr;
  Array<View> networks_;  // views of all networks

 private:
  Array<std::uint32_t> network_of_, recent_, given_;
  Array<DeviceFailure> failure_;
  Array<Outcome> outcome_;
  Array<DeviceProbe> probe_;
  DevicePiece<Event> collected_;
  std::vector<DonePiece<Event>> pieces_;
};

}  // namespace spikeometric::detail
