// SPDX-License-Identifier: BSD-3-Clause
//
// Names of neurons: words, or ids of a database such as 720575940628857210.
//
//   const sk::NeuronNames names{{"AVAL", "AVAR", "PVCL"}};
//   const std::string name = names[1];                                      // AVAR
//   const auto kick = sk::regular_pulses({.strength = 5}).on(names.mask({"AVAL", "PVCL"}));
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spikeometric/graph/mask.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

/// The names of the neurons of a network, in order of neuron. Without names, a neuron is called by its number. Names
/// differ from each other.
class NeuronNames {
 public:
  /// No names.
  NeuronNames() = default;

  /// One name for each neuron. O(neurons log neurons). Throws InvalidArgument for an empty name, and for two neurons
  /// with the same name.
  explicit NeuronNames(std::vector<std::string> names) : names_(std::move(names)), sorted_(names_.size()) {
    std::iota(sorted_.begin(), sorted_.end(), std::uint32_t{0});
    std::sort(sorted_.begin(), sorted_.end(), [&](std::uint32_t a, std::uint32_t b) { return names_[a] < names_[b]; });
    for (std::size_t i = 0; i < sorted_.size(); ++i) {
      if (names_[sorted_[i]].empty())
        throw InvalidArgument("neuron " + std::to_string(sorted_[i]) + " has an empty name");
      if (i > 0 && names_[sorted_[i - 1]] == names_[sorted_[i]])
        throw InvalidArgument("two neurons are called " + names_[sorted_[i]]);
    }
  }

  /// Whether neurons have no names.
  bool empty() const { return names_.empty(); }
  const std::vector<std::string>& all() const { return names_; }

  /// The name of a neuron; its number if there are no names. Throws OutOfRange for a neuron that does not exist.
  std::string operator[](std::uint64_t neuron) const {
    if (empty()) return std::to_string(neuron);
    if (neuron >= names_.size())
      throw OutOfRange("neuron " + std::to_string(neuron) + " is out of range: there are " +
                       std::to_string(names_.size()) + " names");
    return names_[neuron];
  }

  /// The neuron of this name; if there are no names, the neuron of this number. O(log neurons). Throws InvalidArgument
  /// for a name that no neuron has.
  std::uint32_t id(std::string_view name) const {
    std::uint32_t number = 0;
    const char* const last = name.data() + name.size();
    if (empty() && std::from_chars(name.data(), last, number) == std::from_chars_result{last, {}}) return number;
    const auto place = std::lower_bound(sorted_.begin(), sorted_.end(), name,
                                        [&](std::uint32_t a, std::string_view b) { return names_[a] < b; });
    if (place != sorted_.end() && names_[*place] == name) return *place;
    throw InvalidArgument(empty()
                              ? "'" + std::string(name) + "' is not the number of a neuron, and neurons have no names"
                              : "no neuron is called " + std::string(name));
  }

  /// These neurons. Throws as id.
  Mask mask(const std::vector<std::string>& names) const {
    std::vector<std::uint32_t> ids;
    ids.reserve(names.size());
    for (const std::string& name : names) ids.push_back(id(name));
    return neurons(std::move(ids));
  }

  friend bool operator==(const NeuronNames& a, const NeuronNames& b) { return a.names_ == b.names_; }

 private:
  std::vector<std::string> names_;
  std::vector<std::uint32_t> sorted_;  // the neurons in order of name
};

}  // namespace spikeometric
