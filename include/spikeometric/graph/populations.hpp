// SPDX-License-Identifier: BSD-3-Clause
//
// Named populations of a network's neurons.
//
//   sk::Populations populations{1000};                    // a network of 1000 neurons
//   populations.add("E", sk::neurons(0, 800));
//   populations.add("I", sk::neurons(800, 1000));
//   const auto drive = sk::sinusoid({.amplitude = 1.0f, .period_ms = 100.0f}).on(populations["E"]);
//   for (const auto& [name, neurons] : populations) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spikeometric/graph/mask.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

namespace detail {

/// The place of a population in a list, or its size.
template <class Named>
std::size_t find_population(std::string_view name, const std::vector<Named>& populations) {
  std::size_t place = 0;
  while (place < populations.size() && populations[place].name != name) ++place;
  return place;
}

/// The place of a population in a list. Throws InvalidArgument, with the known names, for an unknown name.
template <class Named>
std::size_t require_population(std::string_view name, const std::vector<Named>& populations) {
  const std::size_t place = find_population(name, populations);
  if (place < populations.size()) return place;
  std::string known;
  for (const Named& each : populations) known += (known.empty() ? "; known names: " : ", ") + each.name;
  throw InvalidArgument("no population is called " + std::string(name) +
                        (known.empty() ? "; there are no populations" : known));
}

}  // namespace detail

/// Some neurons of a network, with a name.
struct Population {
  std::string name;
  Mask neurons;
};

/// The populations of a network, in the order in which they were added. They are disjoint, but need not include every
/// neuron.
class Populations {
 public:
  /// Marks neurons that are in no population.
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  /// For a network of this many neurons. The default has no neurons and no populations.
  explicit Populations(std::uint64_t neurons = 0) : neurons_(neurons) {}

  /// Adds a population of at least one neuron. O(its neurons + populations) time, 4 bytes per neuron. Throws
  /// InvalidArgument for an empty name, a name that exists, a population without neurons, and a neuron that is out of
  /// range or in another population.
  void add(std::string name, Mask mask) {
    if (name.empty()) throw InvalidArgument("a population needs a name");
    if (detail::find_population(name, all_) < size()) throw InvalidArgument("there are two populations called " + name);
    const std::string text = "population " + name;
    detail::BoundMask neurons{0, 0};
    try {
      neurons = mask.bind(neurons_);
    } catch (const InvalidArgument& error) {
      throw InvalidArgument(text + ": " + error.what());
    }
    if (neurons.size() == 0) throw InvalidArgument(text + " has no neurons");
    if (of_.size() < neurons.end()) of_.resize(neurons.end(), none);
    neurons.for_each(0, neurons_, [&](std::uint32_t neuron) {
      if (of_[neuron] != none)
        throw InvalidArgument("neuron " + std::to_string(neuron) + " is in two populations, " + all_[of_[neuron]].name +
                              " and " + name);
    });
    sizes_.reserve(size() + 1);
    all_.push_back({std::move(name), std::move(mask)});
    sizes_.push_back(neurons.size());
    neurons.for_each(0, neurons_, [&](std::uint32_t neuron) { of_[neuron] = static_cast<std::uint32_t>(size() - 1); });
  }

  /// Number of populations.
  std::size_t size() const { return all_.size(); }
  bool empty() const { return all_.empty(); }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

  /// The neurons of a population. Throws InvalidArgument, with the known names, for an unknown name.
  const Mask& operator[](std::string_view name) const { return all_[index(name)].neurons; }

  /// The place of a population in the order of the list. Throws as operator[].
  std::size_t index(std::string_view name) const { return detail::require_population(name, all_); }

  /// Number of neurons of a population, given by name or by its place in the order. Throws as operator[], and
  /// OutOfRange for a place that does not exist.
  std::uint64_t size_of(std::string_view name) const { return sizes_[index(name)]; }
  std::uint64_t size_of(std::size_t place) const {
    if (place >= size())
      throw OutOfRange("population " + std::to_string(place) + " is out of range: there are " + std::to_string(size()));
    return sizes_[place];
  }

  /// The populations to which a value is given by name, with their values, in the order of the populations. Throws
  /// InvalidArgument for an unknown name, as operator[], and for a name that is given twice.
  template <class Value>
  std::vector<std::pair<Population, Value>> in_order(const std::vector<std::pair<std::string, Value>>& by_name) const {
    std::vector<const Value*> values(size());
    for (const auto& [name, value] : by_name)
      if (std::exchange(values[index(name)], &value) != nullptr)
        throw InvalidArgument("population " + name + " is named twice");
    std::vector<std::pair<Population, Value>> result;
    for (std::size_t i = 0; i < size(); ++i)
      if (values[i] != nullptr) result.emplace_back(all_[i], *values[i]);
    return result;
  }

  /// Number of neurons of the network.
  std::uint64_t neurons() const { return neurons_; }

  /// For each neuron of the network the index of its population, or `none`. O(neurons).
  std::vector<std::uint32_t> of_neurons() const {
    std::vector<std::uint32_t> result = of_;
    result.resize(neurons_, none);
    return result;
  }

 private:
  std::uint64_t neurons_;
  std::vector<Population> all_;
  std::vector<std::uint64_t> sizes_;
  std::vector<std::uint32_t> of_;  // for each neuron up to the last in a population, the index of its population
};

}  // namespace spikeometric
