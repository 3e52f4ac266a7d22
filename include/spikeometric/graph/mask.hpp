// SPDX-License-Identifier: BSD-3-Clause
//
// Masks: some neurons of a network, such as those that receive a stimulus.
//
//   stimulus.on(sk::neurons(0, 250));                          // neurons 0 to 249
//   stimulus.on(sk::neurons({3, 5, 9}));
//   stimulus.on(std::vector<bool>{true, false, true, true});   // one entry for each neuron of the network
//   stimulus.on(std::vector<sk::Mask>{sk::neurons(0, 10), sk::neurons({7})});  // a batch: one mask for each network
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

namespace detail {

/// Neurons of one network: a range or, if they have gaps, ascending ids.
class BoundMask {
 public:
  BoundMask(std::uint64_t first, std::uint64_t end) : first_(first), end_(end) {}

  /// From ascending ids. Ids without gaps are stored as a range.
  explicit BoundMask(std::vector<std::uint32_t> ids) {
    if (ids.empty()) return;
    first_ = ids.front();
    end_ = ids.back() + std::uint64_t{1};
    if (end_ - first_ != ids.size()) ids_ = std::make_shared<const std::vector<std::uint32_t>>(std::move(ids));
  }

  bool is_range() const { return ids_ == nullptr; }

  bool contains(std::uint64_t neuron) const {
    return first_ <= neuron && neuron < end_ && (is_range() || std::binary_search(ids_->begin(), ids_->end(), neuron));
  }

  /// Number of neurons.
  std::uint64_t size() const { return is_range() ? end_ - first_ : ids_->size(); }

  /// All neurons of the mask are in [first(), end()).
  std::uint64_t first() const { return first_; }
  std::uint64_t end() const { return end_; }

  /// Empty for a range.
  std::span<const std::uint32_t> ids() const {
    return is_range() ? std::span<const std::uint32_t>{} : std::span<const std::uint32_t>{ids_->data(), ids_->size()};
  }

  /// The part of the mask in [first, end).
  BoundMask within(std::uint64_t first, std::uint64_t end) const {
    if (first <= first_ && end_ <= end) return *this;
    if (is_range()) {
      const std::uint64_t from = std::max(first_, first);
      return {from, std::max(from, std::min(end_, end))};
    }
    std::vector<std::uint32_t> ids;
    for_each(first, end, [&](std::uint32_t neuron) { ids.push_back(neuron); });
    return BoundMask{std::move(ids)};
  }

  /// Calls visit(neuron) for the neurons of the mask in [first, end), in ascending order. O(log(mask) + visits).
  template <class Visit>
  void for_each(std::uint64_t first, std::uint64_t end, Visit&& visit) const {
    if (is_range()) {
      const std::uint64_t last = std::min(end, end_);
      for (std::uint64_t neuron = std::max(first, first_); neuron < last; ++neuron)
        visit(static_cast<std::uint32_t>(neuron));
    } else {
      for (auto id = std::lower_bound(ids_->begin(), ids_->end(), first); id != ids_->end() && *id < end; ++id)
        visit(*id);
    }
  }

 private:
  std::uint64_t first_ = 0, end_ = 0;
  std::shared_ptr<const std::vector<std::uint32_t>> ids_;
};

}  // namespace detail

/// A set of neurons, counted within their network. The default is all neurons of any network. Memory: 4 bytes per
/// neuron of the mask, which copies share, or none for a range.
class Mask {
 public:
  Mask() = default;

  /// The neurons i with touched[i]. The mask fits only networks with touched.size() neurons.
  Mask(const std::vector<bool>& touched) : length_(touched.size()) {
    std::vector<std::uint32_t> ids;
    for (std::size_t neuron = 0; neuron < touched.size(); ++neuron)
      if (touched[neuron]) ids.push_back(static_cast<std::uint32_t>(neuron));
    touched_.emplace(std::move(ids));
  }

  friend Mask neurons(std::uint64_t first, std::uint64_t end);
  friend Mask neurons(std::vector<std::uint32_t> ids);

  /// The mask for a network of this many neurons. Throws InvalidArgument if a neuron of the mask is out of range, or if
  /// the mask was made for another number of neurons.
  detail::BoundMask bind(std::uint64_t neurons) const {
    if (!touched_) return {0, neurons};
    if (length_ && *length_ != neurons)
      throw InvalidArgument("a mask of " + std::to_string(*length_) + " neurons does not fit a network of " +
                            std::to_string(neurons));
    if (touched_->first() < touched_->end() && touched_->end() > neurons)
      throw InvalidArgument("neuron " + std::to_string(touched_->end() - 1) + " of a mask is out of range: there are " +
                            std::to_string(neurons) + " neurons, counted from 0");
    return *touched_;
  }

 private:
  explicit Mask(detail::BoundMask touched) : touched_(std::move(touched)) {}

  std::optional<detail::BoundMask> touched_;  // empty: all neurons
  std::optional<std::uint64_t> length_;
};

namespace detail {

template <class Number>
concept Arithmetic = std::is_arithmetic_v<Number>;

/// Stands for numbers where a mask is needed, and refuses them.
struct NumbersForMask {
  template <Arithmetic First, Arithmetic... More>
  NumbersForMask(First, More...) {
    static_assert(std::is_void_v<First>,
                  "spikeometric: a mask is a range, .on(sk::neurons(0, 250)), or a list, .on(sk::neurons({3, 5, 9}))");
  }
};

}  // namespace detail

/// Neurons first, ..., end - 1; none if first = end. Throws InvalidArgument if end < first.
[[nodiscard]] inline Mask neurons(std::uint64_t first, std::uint64_t end) {
  if (end < first)
    throw InvalidArgument("neurons " + std::to_string(first) + " to " + std::to_string(end) +
                          ": a range must not end before it begins");
  return Mask{detail::BoundMask{first, end}};
}

/// These neurons, in any order. Duplicates are ignored.
[[nodiscard]] inline Mask neurons(std::vector<std::uint32_t> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return Mask{detail::BoundMask{std::move(ids)}};
}

}  // namespace spikeometric
