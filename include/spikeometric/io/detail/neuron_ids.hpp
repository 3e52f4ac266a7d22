// SPDX-License-Identifier: BSD-3-Clause
//
// The ids of neurons in tables: indices, or names that are mapped to indices.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "spikeometric/graph/names.hpp"
#include "spikeometric/io/network_options.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/hash.hpp"

namespace spikeometric::io::detail {

/// Numbers different 64-bit numbers 0, 1, ... in order of arrival: a hash table with open addresses, which takes 21 to
/// 43 bytes a number.
class NumberKeys {
 public:
  /// The key of a number: `next` if the number is new.
  std::uint64_t key(std::uint64_t number, std::uint64_t next) {
    if (4 * size_ >= 3 * slots_.size()) grow();
    Slot& slot = slot_of(number);
    if (slot.key == none) {
      slot = {number, next};
      ++size_;
    }
    return slot.key;
  }

 private:
  static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();
  struct Slot {
    std::uint64_t number = 0, key = none;
  };

  Slot& slot_of(std::uint64_t number) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = spikeometric::detail::mix(number) & mask;
    while (slots_[i].key != none && slots_[i].number != number) i = (i + 1) & mask;
    return slots_[i];
  }

  void grow() {
    std::vector<Slot> before(std::max<std::size_t>(64, 2 * slots_.size()));
    before.swap(slots_);
    for (const Slot& slot : before)
      if (slot.key != none) slot_of(slot.number) = slot;
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

/// A field of digits as a number of 64 bits, also where it is written as +3 or 3.0.
inline std::optional<std::uint64_t> whole_number(std::string_view field) {
  if (field.size() > 1 && field[0] == '+') field.remove_prefix(1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc{}) return {};
  const std::string_view rest = field.substr(static_cast<std::size_t>(end - field.data()));
  if (!rest.empty() && (rest[0] != '.' || rest.find_first_not_of('0', 1) != rest.npos)) return {};
  return value;
}

/// The ids of one network. Each has a key: the index itself or, as long as it is open what ids are, its place in order
/// of arrival.
class NeuronIds {
 public:
  NeuronIds(Ids ids, std::optional<std::uint64_t> base, std::uint64_t neurons)
      : ids_(ids), base_(base), neurons_(neurons) {}

  /// Names in order of neuron. No others are accepted. Throws as NeuronNames.
  explicit NeuronIds(std::vector<std::string> names) : ids_(Ids::name), neurons_(names.size()), listed_(true) {
    for (const std::string& name : names) words_.emplace(name, words_.size());
    names_ = NeuronNames{std::move(names)};
  }

  /// The key of the neuron that a field names. Calls fail(message), which must throw, if it is not an id.
  template <class Fail>
  std::uint64_t key(std::string_view field, std::string_view column, Fail&& fail) {
    const auto refuse = [&](const std::string& what) {
      fail(std::string(column) + " '" + std::string(field) + "' is " + what);
    };
    if (listed_) {
      const auto found = words_.find(field);
      if (found == words_.end()) refuse("not among the names that the file lists");
      return found->second;
    }
    const auto number = whole_number(field);
    if (!number) {
      if (ids_ == Ids::index) refuse("not a neuron id (0, 1, ...)");
      return key_of_word(field, refuse);
    }
    if (ids_ == Ids::automatic && !words_.empty()) refuse_mixture(refuse);
    if (*number < base()) refuse("out of range: ids count from " + std::to_string(base()));
    smallest_ = std::min(smallest_, *number);
    largest_ = std::max(largest_, *number);
    const std::uint64_t index = *number - base();
    if (neurons_ > 0 && index >= neurons_ && out_of_range_.empty()) {
      out_of_range_ = std::string(column) + " " + std::to_string(*number) + " is out of range: there are " +
                      std::to_string(neurons_) + " neurons, counted from " + std::to_string(base());
      if (ids_ == Ids::index || (ids_ == Ids::automatic && *number < max_index)) fail(out_of_range_);
    }
    if (ids_ == Ids::index) return index;
    const std::uint64_t key = numbers_.key(*number, size());
    if (key == size()) in_order_.push_back({*number, {}});
    return key;
  }

  struct Result {
    std::uint64_t neurons;
    NeuronNames names;
    std::vector<std::uint32_t> places;  // of each key; empty if each key is its own place
  };

  /// Decides what the ids are. Calls fail(message), which must throw, if they do not agree with the options. Appends
  /// what was decided to the notes.
  template <class Fail>
  Result finish(std::vector<std::string>& notes, Fail&& fail) {
    if (listed_) return {neurons_, std::move(names_), {}};
    if (smallest_ > largest_ && in_order_.empty()) {  // there are no ids
      if (neurons_ == 0) fail("has no synapses, so the number of neurons must be given");
      return {neurons_, {}, {}};
    }
    if (ids_ == Ids::index || (ids_ == Ids::automatic && are_indices())) {
      if (!base_ && smallest_ > 0)
        notes.push_back(
            "no neuron has the id 0: if ids count from 1, set the base to 1; as it is, neuron 0 has no synapses");
      return {neurons_ > 0 ? neurons_ : largest_ - base() + 1, {}, indices()};
    }
    Result result{size(), {}, std::vector<std::uint32_t>(size())};
    if (neurons_ > 0 && size() != neurons_)
      fail("has " + std::to_string(size()) + " different names of neurons, but there must be " +
           std::to_string(neurons_) + " neurons; a table of neurons can name those without synapses");
    if (size() > max_index) fail("has " + std::to_string(size()) + " neurons, which are too many for ids of 32 bits");
    std::vector<std::uint32_t> order(size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return in_order_[a] < in_order_[b]; });
    std::vector<std::string> names;
    names.reserve(size());
    for (const std::uint32_t key : order) {
      result.places[key] = static_cast<std::uint32_t>(names.size());
      names.push_back(in_order_[key].text());
    }
    result.places = moving(std::move(result.places));
    if (ids_ == Ids::automatic) notes.push_back(note_on(names));
    result.names = NeuronNames{std::move(names)};
    return result;
  }

 private:
  static constexpr std::uint64_t max_index = std::uint64_t{1} << 32;

  /// A number or a word. Numbers come first, in ascending order; then words, by their bytes.
  struct Id {
    std::uint64_t number;
    std::string word;

    std::string text() const { return word.empty() ? std::to_string(number) : word; }
    friend bool operator<(const Id& a, const Id& b) {
      return a.word.empty() && b.word.empty() ? a.number < b.number : a.word < b.word;
    }
  };

  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::uint64_t base() const { return base_.value_or(0); }
  std::uint64_t size() const { return in_order_.size(); }

  template <class Refuse>
  std::uint64_t key_of_word(std::string_view field, Refuse&& refuse) {
    if (const auto found = words_.find(field); found != words_.end()) return found->second;
    const auto is_digit = [](char c) { return '0' <= c && c <= '9'; };
    double value = 0;
    if (field.empty() || ((is_digit(field[0]) || field[0] == '-' || field[0] == '+' || field[0] == '.') &&
                          std::from_chars(field.data() + (field[0] == '+'), field.data() + field.size(), value).ptr ==
                              field.data() + field.size()))
      refuse("not a neuron id (0, 1, ..., or a name)");
    if (ids_ == Ids::automatic && in_order_.size() > words_.size()) refuse_mixture(refuse);
    words_.emplace(field, size());
    in_order_.push_back({0, std::string(field)});
    return size() - 1;
  }

  template <class Refuse>
  void refuse_mixture(Refuse&& refuse) const {
    refuse("not a neuron id like the others, such as " + in_order_[0].text() + "; if all are names, set ids to name");
  }

  bool are_indices() const {
    if (!words_.empty()) return false;
    return neurons_ > 0 ? out_of_range_.empty() : largest_ - base() < 4 * size() + 16;
  }

  std::vector<std::uint32_t> indices() const {
    std::vector<std::uint32_t> result;
    result.reserve(size());
    for (const Id& id : in_order_) result.push_back(static_cast<std::uint32_t>(id.number - base()));
    return moving(std::move(result));
  }

  /// Empty if each key is its own place.
  static std::vector<std::uint32_t> moving(std::vector<std::uint32_t> places) {
    for (std::size_t key = 0; key < places.size(); ++key)
      if (places[key] != key) return places;
    return {};
  }

  static std::string note_on(const std::vector<std::string>& names) {
    std::string note = "the ids were mapped to indices in sorted order: ";
    for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 3); ++i)
      note += (i > 0 ? ", " : "") + names[i] + " is neuron " + std::to_string(i);
    return note + (names.size() > 3 ? ", ..." : "");
  }

  Ids ids_;
  std::optional<std::uint64_t> base_;
  std::uint64_t neurons_, smallest_ = std::numeric_limits<std::uint64_t>::max(), largest_ = 0;
  bool listed_ = false;
  NeuronNames names_;  // if listed
  NumberKeys numbers_;
  std::unordered_map<std::string, std::uint64_t, TextHash, std::equal_to<>> words_;
  std::vector<Id> in_order_;
  std::string out_of_range_;  // the first such message
};

}  // namespace spikeometric::io::detail
