// SPDX-License-Identifier: BSD-3-Clause
//
// A sum of stimuli that is put together at run time, from a command line or a file.
//
//   sk::StimulusList drive;
//   if (pulsed) drive.add(sk::regular_pulses({.strength = 2.0f, .period_steps = 500}).on(sk::neurons(0, 10)));
//   for (const auto& movie : movies) drive.add(sk::recorded(movie));
//   sk::Simulator simulator{graph, model, drive, sk::Seed{1}};
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

namespace detail {

/// Stimuli of any types, bound, added to the same drive in their order. Which type each has is asked once a step and
/// part of a network, never for a neuron.
class BoundList {
 public:
  static constexpr std::size_t channels = 1;

  BoundList() = default;
  BoundList(const BoundList& other) {
    for (const auto& part : other.parts_) parts_.push_back(part->copy());
  }
  BoundList(BoundList&&) noexcept = default;
  BoundList& operator=(BoundList other) noexcept {
    parts_.swap(other.parts_);
    return *this;
  }
  ~BoundList() = default;

  template <class Bound>
  void append(Bound bound) {
    parts_.push_back(std::make_unique<PartOf<Bound>>(std::move(bound)));
  }

  void prepare(std::uint64_t first_step, std::uint64_t steps) {
    for (const auto& part : parts_) part->prepare(first_step, steps);
  }

  bool add(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const {
    bool touched = false;
    for (const auto& part : parts_) touched |= part->add(step, first, end, drive);
    return touched;
  }

  void clear(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const {
    for (const auto& part : parts_) part->clear(step, first, end, drive);
  }

 private:
  struct Part {
    Part() = default;
    Part(const Part&) = default;
    Part& operator=(const Part&) = delete;
    virtual ~Part() = default;
    virtual std::unique_ptr<Part> copy() const = 0;
    virtual void prepare(std::uint64_t first_step, std::uint64_t steps) = 0;
    virtual bool add(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const = 0;
    virtual void clear(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const = 0;
  };

  template <class Bound>
  struct PartOf final : Part {
    explicit PartOf(Bound given) : bound(std::move(given)) {}

    std::unique_ptr<Part> copy() const override { return std::make_unique<PartOf>(*this); }
    void prepare(std::uint64_t first_step, std::uint64_t steps) override { bound.prepare(first_step, steps); }
    bool add(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const override {
      return bound.add(step, first, end, drive);
    }
    void clear(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const override {
      bound.clear(step, first, end, drive);
    }

    Bound bound;
  };

  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace detail

/// Stimuli that add up in the order in which they were added: `list.add(a).add(b)` drives a network as `a + b` does,
/// bit for bit, random numbers included. None at all is no_stimulus. A list is a stimulus for a simulator, not a term
/// of a sum or of channels; its parameters are not listed. A virtual call a step and stimulus is the price of choosing
/// at run time: where the stimuli are known, write `a + b`.
class StimulusList {
 public:
  static constexpr std::size_t channels = 1;

  /// Throws std::invalid_argument where the list would have more than 200 terms.
  template <detail::OneChannel S>
  StimulusList& add(S stimulus) {
    auto part = detail::lift(std::move(stimulus));
    constexpr std::size_t more = decltype(part)::terms;
    if (more > detail::most_terms - size_)
      throw std::invalid_argument("a stimulus of " + std::to_string(size_ + more) + " terms has more than " +
                                  std::to_string(detail::most_terms));
    append_.push_back(
        [part = std::move(part)](detail::BoundList& bound, const StimulusContext& context, std::size_t place) {
          bound.append(part.bind(context, place));
          return place + more;
        });
    size_ += more;
    return *this;
  }

  /// Number of terms; a sum that was added counts with all of its own.
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// For one network, as the given term of a sum. Throws as the `bind` of the stimuli does.
  detail::BoundList bind(const StimulusContext& context, std::size_t place) const {
    detail::BoundList bound;
    for (const auto& append : append_) place = append(bound, context, place);
    return bound;
  }

 private:
  using Append = std::function<std::size_t(detail::BoundList&, const StimulusContext&, std::size_t)>;

  std::vector<Append> append_;  // one for each stimulus: binds it and returns the place of the next
  std::size_t size_ = 0;
};

namespace detail {

template <>
inline constexpr bool is_library_stimulus<StimulusList> = true;

// How many terms it has, which those after it in a sum would need to know, is no constant.
template <>
inline constexpr bool has_channels<StimulusList> = true;

}  // namespace detail
}  // namespace spikeometric
