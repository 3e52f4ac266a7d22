// SPDX-License-Identifier: BSD-3-Clause
//
// Recordings of the spikes of a network or of a batch.
//
//   const sk::Events spikes = simulator.run(10'000);
//   std::cout << spikes.mean_rate_hz() << " Hz\n";
//   for (const auto [step, neuron, count] : spikes) ...
//
//   const double l4e_hz = spikes.mean_rate_hz(populations["L4E"]);
//   const std::vector<double> each_hz = spikes.rates_hz(populations);           // in the order of the populations
//
//   for (const auto& spikes : many.run(10'000).by_network()) ...               // a batch
//   whole.append(next);                                                        // a recording that begins where it ends
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/detail/index_iterator.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/mask.hpp"
#include "spikeometric/graph/names.hpp"
#include "spikeometric/graph/populations.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/hash.hpp"

namespace spikeometric {

namespace detail {

/// Throws InvalidArgument for populations of another number of neurons.
inline void require_fit(const Populations& populations, std::uint64_t neurons) {
  if (populations.neurons() != neurons)
    throw InvalidArgument("populations of " + std::to_string(populations.neurons()) +
                          " neurons do not fit a recording of " + std::to_string(neurons));
}

/// Throws InvalidArgument for names of another number of neurons.
inline void require_fit(const NeuronNames& names, std::uint64_t neurons) {
  if (!names.empty() && names.all().size() != neurons)
    throw InvalidArgument(std::to_string(names.all().size()) + " names do not fit a recording of " +
                          std::to_string(neurons) + " neurons");
}

inline double rate_hz(std::uint64_t spikes, double neuron_seconds) {
  return neuron_seconds > 0.0 ? static_cast<double>(spikes) / neuron_seconds : 0.0;
}

}  // namespace detail

/// The spikes of one neuron in one step.
struct Spike {
  std::uint64_t step;
  std::uint32_t neuron;
  std::uint32_t count;

  friend bool operator==(const Spike&, const Spike&) = default;
};

/// The spikes of one network in the steps [first_step, first_step + steps), in order of step and neuron. `Event` is
/// BinaryEvent (8 bytes) or CountEvent (12 bytes). A recording has at most 2^32 steps.
template <class Event = BinaryEvent>
class Events {
 public:
  /// Iterates over Spikes, by value.
  using Iterator = detail::IndexIterator<Events>;

  /// An empty recording. Throws InvalidArgument if there are no neurons or dt is not positive.
  Events(std::uint64_t neurons, double dt_ms, std::uint32_t network = 0, std::uint64_t first_step = 0)
      : neurons_(neurons), dt_ms_(dt_ms), network_(network), first_step_(first_step) {
    if (neurons == 0) throw InvalidArgument("a recording needs at least one neuron");
    if (!(dt_ms > 0.0)) throw InvalidArgument("dt = " + detail::to_text(dt_ms) + " ms must be positive");
  }

  /// A recording of `steps` steps, which takes over `events`: they are as for append. Throws as the above and append.
  Events(std::uint64_t neurons, double dt_ms, std::uint32_t network, std::uint64_t first_step, std::uint64_t steps,
         std::vector<Event> events)
      : Events(neurons, dt_ms, network, first_step) {
    require_within(steps, events);
    steps_ = steps;
    events_ = std::move(events);
  }

  /// Throws TooLong if `steps` more steps would exceed the 2^32 steps of a recording.
  void require_room(std::uint64_t steps) const {
    constexpr std::uint64_t most = std::uint64_t{1} << 32;
    if (steps > most - steps_)
      throw TooLong("a recording of " + std::to_string(steps_) + " steps cannot take " + std::to_string(steps) +
                    " more: the maximum is 2^32 steps");
  }

  /// Appends `steps` steps with `events`, which must be in order of step and neuron and have offsets from the first of
  /// these steps. Throws TooLong if the recording would have more than 2^32 steps, and OutOfRange for an event outside
  /// these steps or with a neuron that does not exist; the recording is then unchanged.
  void append(std::uint64_t steps, std::span<const Event> events) {
    require_within(steps, events);
    const auto shift = static_cast<std::uint32_t>(steps_);
    const std::size_t before = events_.size();
    events_.insert(events_.end(), events.data(), events.data() + events.size());
    for (std::size_t i = before; i < events_.size(); ++i) events_[i].offset += shift;
    steps_ += steps;
  }

  /// Appends the recording of the next steps of this network. O(its events). Throws InvalidArgument if it is of another
  /// network, number of neurons or dt, or if it does not begin where this one ends; and TooLong as above.
  void append(const Events& next) {
    require_follows(next);
    append(next.steps_, next.events_);
  }

  std::uint64_t neurons() const { return neurons_; }
  std::uint64_t steps() const { return steps_; }
  std::uint64_t first_step() const { return first_step_; }
  double dt_ms() const { return dt_ms_; }
  std::uint32_t network_id() const { return network_; }

  /// Number of events, that is of pairs (step, neuron) with at least one spike.
  std::size_t size() const { return events_.size(); }
  bool empty() const { return events_.empty(); }
  Spike operator[](std::size_t i) const { return unpacked(events_[i]); }
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

  /// The events as stored; event i is in step first_step() + offset.
  std::span<const Event> packed() const& { return {events_.data(), events_.size()}; }
  void packed() const&& = delete;  // a span of a temporary's events would dangle

  /// Number of spikes.
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const Event& event : events_) sum += event.count;
    return sum;
  }

  /// Number of spikes of the neurons of a mask. O(events), and O(events log neurons) for a mask with gaps. Throws
  /// InvalidArgument for a mask that does not fit the network.
  std::uint64_t total(const Mask& mask) const {
    const detail::BoundMask neurons = mask.bind(neurons_);
    std::uint64_t sum = 0;
    for (const Event& event : events_) sum += neurons.contains(event.neuron) ? event.count : 0;
    return sum;
  }

  /// Number of spikes of each neuron.
  std::vector<std::uint64_t> counts() const {
    std::vector<std::uint64_t> result(neurons_);
    for (const Event& event : events_) result[event.neuron] += event.count;
    return result;
  }

  /// Number of spikes of each population, in their order. O(events + neurons). Throws InvalidArgument for populations
  /// of another number of neurons.
  std::vector<std::uint64_t> totals(const Populations& populations) const {
    detail::require_fit(populations, neurons_);
    const std::vector<std::uint32_t> place = populations.of_neurons();
    std::vector<std::uint64_t> result(populations.size());
    for (const Event& event : events_)
      if (place[event.neuron] != Populations::none) result[place[event.neuron]] += event.count;
    return result;
  }

  /// Mean firing rate: spikes per neuron and second of model time. 0 for a recording without steps.
  double mean_rate_hz() const { return detail::rate_hz(total(), neuron_seconds(neurons_)); }

  /// Mean firing rate of the neurons of a mask; 0 also if it has none. Costs and throws as total(mask).
  double mean_rate_hz(const Mask& mask) const {
    return detail::rate_hz(total(mask), neuron_seconds(mask.bind(neurons_).size()));
  }

  /// Mean firing rate of each population, in their order. Costs and throws as totals(populations).
  std::vector<double> rates_hz(const Populations& populations) const {
    std::vector<double> rates;
    for (const std::uint64_t spikes : totals(populations))
      rates.push_back(detail::rate_hz(spikes, neuron_seconds(populations.size_of(rates.size()))));
    return rates;
  }

  /// Spike counts, neurons x steps. Needs 4 bytes for each entry.
  [[nodiscard]] Eigen::MatrixXi to_dense() const {
    Eigen::MatrixXi dense =
        Eigen::MatrixXi::Zero(static_cast<Eigen::Index>(neurons_), static_cast<Eigen::Index>(steps_));
    for (const Event& event : events_) dense(event.neuron, event.offset) = static_cast<int>(event.count);
    return dense;
  }

  /// A 64-bit hash. Recordings with equal fingerprints are equal, except for an unlikely collision. The fingerprints of
  /// pieces of a run, or of several networks, add up (modulo 2^64).
  std::uint64_t fingerprint() const {
    std::uint64_t sum = 0;
    for (const Event& event : events_)
      sum += hash_event(network_, first_step_ + event.offset, event.neuron, event.count);
    return sum;
  }

 private:
  template <class>
  friend class BatchEvents;

  /// Model time in seconds, times a number of neurons.
  double neuron_seconds(std::uint64_t neurons) const {
    return static_cast<double>(neurons) * static_cast<double>(steps_) * dt_ms_ / 1000.0;
  }

  void require_within(std::uint64_t steps, std::span<const Event> events) const {
    require_room(steps);
    for (const Event& event : events)
      if (event.offset >= steps || event.neuron >= neurons_)
        throw OutOfRange("an event of step " + std::to_string(event.offset) + ", neuron " +
                         std::to_string(event.neuron) + " is out of range for " + std::to_string(steps) + " steps of " +
                         std::to_string(neurons_) + " neurons");
  }

  void require_follows(const Events& next) const {
    if (next.network_ != network_ || next.neurons_ != neurons_ || next.dt_ms_ != dt_ms_)
      throw InvalidArgument("a recording of " + next.source() + " cannot continue one of " + source());
    const std::uint64_t end = first_step_ + steps_, first = next.first_step_;
    const auto range = [](std::uint64_t from, std::uint64_t to) {
      return "steps [" + std::to_string(from) + ", " + std::to_string(to) + ")";
    };
    if (first != end)
      throw InvalidArgument(
          "a recording of " + range(first, first + next.steps_) + " cannot continue one of " + range(first_step_, end) +
          (first > end ? ": " + range(end, first) + " are missing" : ": it must begin in step " + std::to_string(end)));
    require_room(next.steps_);
  }

  /// What was recorded, for messages.
  std::string source() const {
    return "network " + std::to_string(network_) + " with " + std::to_string(neurons_) +
           " neurons and dt = " + detail::to_text(dt_ms_) + " ms";
  }

  Spike unpacked(const Event& event) const { return {first_step_ + event.offset, event.neuron, event.count}; }

  std::uint64_t neurons_;
  double dt_ms_;
  std::uint32_t network_;
  std::uint64_t first_step_;
  std::uint64_t steps_ = 0;
  std::vector<Event> events_;
};

/// The spikes of the networks of a batch.
template <class Event = BinaryEvent>
class BatchEvents {
 public:
  /// Throws InvalidArgument if there are no networks.
  explicit BatchEvents(std::vector<Events<Event>> networks) : networks_(std::move(networks)) {
    if (networks_.empty()) throw InvalidArgument("a recording of a batch needs at least one network");
  }

  /// Appends the recordings of the next steps of all networks. Throws as for one network, and InvalidArgument for
  /// another number of networks; the recordings are then unchanged.
  void append(const BatchEvents& next) {
    if (next.size() != size())
      throw InvalidArgument("a recording of " + std::to_string(next.size()) + " networks cannot continue one of " +
                            std::to_string(size()));
    for (std::size_t i = 0; i < size(); ++i) networks_[i].require_follows(next.networks_[i]);
    for (std::size_t i = 0; i < size(); ++i) networks_[i].append(next.networks_[i]);
  }

  /// Number of networks.
  std::size_t size() const { return networks_.size(); }
  auto begin() const { return networks_.begin(); }
  auto end() const { return networks_.end(); }

  /// The recording of a network. Throws OutOfRange for an invalid index.
  const Events<Event>& operator[](std::size_t index) const& { return networks_[valid(index)]; }
  Events<Event>& operator[](std::size_t index) & { return networks_[valid(index)]; }
  Events<Event> operator[](std::size_t index) && { return std::move(networks_[valid(index)]); }

  const std::vector<Events<Event>>& by_network() const& { return networks_; }
  std::vector<Events<Event>> by_network() && { return std::move(networks_); }

  /// The number of steps that all networks have completed: the minimum over networks.
  std::uint64_t steps() const {
    std::uint64_t least = networks_[0].steps();
    for (const auto& network : networks_) least = std::min(least, network.steps());
    return least;
  }

  /// Number of spikes in all networks.
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const auto& network : networks_) sum += network.total();
    return sum;
  }

  /// Mean firing rate over all networks: spikes per neuron and second of model time. 0 for a recording without steps.
  double mean_rate_hz() const { return mean_rate_hz(Mask{}); }

  /// Mean firing rate of the neurons of a mask, the same in every network. Throws as for one network.
  double mean_rate_hz(const Mask& mask) const {
    std::uint64_t spikes = 0;
    double neuron_seconds = 0.0;
    for (const auto& network : networks_) {
      spikes += network.total(mask);
      neuron_seconds += network.neuron_seconds(mask.bind(network.neurons()).size());
    }
    return detail::rate_hz(spikes, neuron_seconds);
  }

  /// Mean firing rate of each population, in their order, over all networks. Throws as for one network.
  std::vector<double> rates_hz(const Populations& populations) const {
    std::vector<std::uint64_t> spikes(populations.size());
    double neuron_seconds = 0.0;  // of one neuron
    for (const auto& network : networks_) {
      const std::vector<std::uint64_t> of_one = network.totals(populations);
      for (std::size_t i = 0; i < spikes.size(); ++i) spikes[i] += of_one[i];
      neuron_seconds += network.neuron_seconds(1);
    }
    std::vector<double> rates;
    for (std::size_t i = 0; i < spikes.size(); ++i)
      rates.push_back(detail::rate_hz(spikes[i], neuron_seconds * static_cast<double>(populations.size_of(i))));
    return rates;
  }

  /// The sum of the networks' fingerprints, modulo 2^64.
  std::uint64_t fingerprint() const {
    std::uint64_t sum = 0;
    for (const auto& network : networks_) sum += network.fingerprint();
    return sum;
  }

 private:
  std::size_t valid(std::size_t index) const {
    detail::require_network(index, networks_.size());
    return index;
  }

  std::vector<Events<Event>> networks_;
};

}  // namespace spikeometric
