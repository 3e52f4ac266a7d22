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
#include <tuple>
#include <utility>
#include <vector>

#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric {

namespace detail {

/// A single term of any type.
class BoundTerm {
 public:
  template <class Bound>
  explicit BoundTerm(Bound bound) : term_(std::make_unique<TermOf<Bound>>(std::move(bound))) {}
  BoundTerm(const BoundTerm& other) : term_(other.term_->copy()) {}
  BoundTerm(BoundTerm&&) noexcept = default;
  BoundTerm& operator=(BoundTerm other) noexcept {
    term_.swap(other.term_);
    return *this;
  }
  ~BoundTerm() = default;

  const BoundMask& mask() const { return term_->mask(); }
  bool each() const { return term_->each(); }
  bool write(std::uint64_t step, float* values) const { return term_->write(step, values); }

  void prepare(std::uint64_t first_step, std::uint64_t steps) { term_->prepare(first_step, steps); }
  bool add(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const {
    return term_->add(step, first, end, drive);
  }
  void clear(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const {
    term_->clear(step, first, end, drive);
  }

 private:
  struct Term {
    Term() = default;
    Term(const Term&) = default;
    Term& operator=(const Term&) = delete;
    virtual ~Term() = default;
    virtual std::unique_ptr<Term> copy() const = 0;
    virtual const BoundMask& mask() const = 0;
    virtual bool each() const = 0;
    virtual bool write(std::uint64_t step, float* values) const = 0;
    virtual void prepare(std::uint64_t first_step, std::uint64_t steps) = 0;
    virtual bool add(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const = 0;
    virtual void clear(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const = 0;
  };

  template <class Bound>
  struct TermOf final : Term {
    explicit TermOf(Bound given) : bound(std::move(given)) {}

    std::unique_ptr<Term> copy() const override { return std::make_unique<TermOf>(*this); }
    const BoundMask& mask() const override { return bound.mask(); }
    bool each() const override { return bound.each(); }
    bool write(std::uint64_t step, float* values) const override { return bound.write(step, values); }
    void prepare(std::uint64_t first_step, std::uint64_t steps) override { bound.prepare(first_step, steps); }
    bool add(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const override {
      return bound.add(step, first, end, drive);
    }
    void clear(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const override {
      bound.clear(step, first, end, drive);
    }

    Bound bound;
  };

  std::unique_ptr<Term> term_;
};

/// Terms of any types, added to the same drive in their order. Which type each has is asked once a step and part of a
/// network, never for a neuron.
class BoundList {
 public:
  static constexpr std::size_t channels = 1;

  template <class Bound>
  void append(Bound term) {
    terms_.emplace_back(std::move(term));
  }
  template <class... Bounds>
  void append(BoundSum<Bounds...> sum) {
    std::apply([&](const auto&... term) { (append(term), ...); }, sum.parts());
  }
  void append(BoundNothing) {}

  const std::vector<BoundTerm>& terms() const { return terms_; }

  void prepare(std::uint64_t first_step, std::uint64_t steps) {
    for (BoundTerm& term : terms_) term.prepare(first_step, steps);
  }

  bool add(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const {
    bool touched = false;
    for (const BoundTerm& term : terms_) touched |= term.add(step, first, end, drive);
    return touched;
  }

  void clear(std::uint64_t step, std::uint64_t first, std::uint64_t end, float* drive) const {
    for (const BoundTerm& term : terms_) term.clear(step, first, end, drive);
  }

 private:
  std::vector<BoundTerm> terms_;
};

}  // namespace detail

/// Stimuli that add up in the order in which they were added: `list.add(a).add(b)` drives a network as `a + b` does,
/// bit for bit, random numbers included. None at all is no_stimulus. A list is a stimulus for a simulator, not a term
/// of a sum or of channels; its parameters are not listed. A virtual call a step and stimulus is the price of choosing
/// at run time: where the stimuli are known, write `a + b`.
///
/// A backend on a device calls all functions of a list on the host, some steps ahead, and sends their values: any
/// function may be in a list there, but one of (step, neuron) is faster in `a + b`, where the device calls it.
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
