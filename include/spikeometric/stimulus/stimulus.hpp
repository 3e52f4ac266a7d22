// SPDX-License-Identifier: BSD-3-Clause
//
// Stimuli E_i(t): input from outside the network. Any function of step and neuron, or of the step alone, is a stimulus;
// regular.hpp, sinusoid.hpp, poisson.hpp and recorded.hpp define others.
//
//   const auto pulse = [](std::uint64_t step, std::uint32_t neuron) {
//     return step < 100 && neuron < 10 ? 2.0f : 0.0f;
//   };
//   sk::Simulator driven{graph, model, pulse, sk::Seed{1}};
//   sk::Simulator alone{graph, model, sk::no_stimulus, sk::Seed{1}};
//
//   const auto flash = sk::function([](std::uint64_t step) { return step < 5 ? 1.0f : 0.0f; }).on(sk::neurons(0, 250));
//   const auto both = flash + pulse;                     // in this order: (0 + flash) + pulse
//   const auto weighed = sk::channels(flash, pulse);     // two channels, weighted by the model's stimulus filter
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/graph/mask.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/stimulus/terms.hpp"

namespace spikeometric {

/// An infinite time in steps.
inline constexpr std::uint64_t forever = std::numeric_limits<std::uint64_t>::max();

namespace detail {

/// Whether S is a stimulus of the library: add_to adds its terms to those of a network.
template <class S>
inline constexpr bool is_library_stimulus = requires(const S stimulus, StimulusTerms<float>& terms) {
  stimulus.add_to(terms, std::uint32_t{});
};

/// Whether S cannot be a term of another stimulus: channels, or a list, whose number of terms is known only at run
/// time.
template <class S>
inline constexpr bool stands_alone = requires {
  requires S::stands_alone;
};

/// A matrix is called with indices, but is not a function: it has no values in other steps. sk::recorded makes a
/// stimulus of it.
template <class F>
concept IndexedMatrix = requires(const F f) {
  f.rows();
  f.cols();
};

template <class F>
concept FunctionOfNeuron = !IndexedMatrix<F> && requires(const F f, std::uint64_t step, std::uint32_t neuron) {
  { f(step, neuron) } -> std::convertible_to<float>;
};

template <class F>
concept FunctionOfStep = !IndexedMatrix<F> && requires(const F f, std::uint64_t step) {
  { f(step) } -> std::convertible_to<float>;
};

}  // namespace detail

/// A stimulus of the library, or a function that returns the input
///   f(step, neuron)   to a neuron in a step of the run, or
///   f(step)           to every neuron; called once per step and network, some steps ahead.
/// Steps count from 0 over all runs, without equilibration; neurons count within their network. A function is called
/// from several threads at once and in any order, so it must not depend on mutable state. If it throws or returns NaN,
/// the run ends before that step.
///
/// A device backend calls functions of (step, neuron) on the device: they must be SPIKEOMETRIC_HOST_DEVICE and
/// trivially copyable, and must not throw. Functions of the step alone, and all functions in a StimulusList or in a
/// Temporal stimulus, are called on the host.
template <class S>
concept Stimulus =
    detail::is_library_stimulus<std::remove_cv_t<S>> || detail::FunctionOfNeuron<S> || detail::FunctionOfStep<S>;

/// E = 0.
struct NoStimulus {
  static constexpr std::size_t channels = 1;
  static constexpr std::size_t terms = 1;

  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint64_t, std::uint32_t) const { return 0.0f; }

  template <class Terms>
  void add_to(Terms& terms, std::uint32_t) const {
    terms.add_nothing();
  }
  std::tuple<> functions() const { return {}; }
};
inline constexpr NoStimulus no_stimulus{};

/// A source of input with a mask. for_each_parameter and set_parameter access the parameters of the source; the
/// simulator checks them again.
///
/// A Source has `validate()` and either `series(context, purpose)` or `field(context)`. A series s gives one value per
/// step, shared by the neurons of the mask, as s(step) or s.fill(first_step, steps, values). A field f gives each
/// neuron its own value: f(step, neuron) in steps for which f.covers(step) is true, or f.fill(first_step, steps, mask,
/// values, adds) for many neurons and steps. Neurons outside the mask, and steps in which a series is 0, cost nothing.
/// If series or field has a member `covered()`, this is the StepRange of the steps that it knows.
template <class Source>
class Masked {
 public:
  static constexpr std::size_t channels = 1;
  static constexpr std::size_t terms = 1;

  Source source;

  /// A stimulus of all neurons. Throws InvalidParameter if a parameter is out of bounds.
  explicit Masked(Source given) : source(std::move(given)) { detail::validate_policy(source); }

  /// The same source for the neurons of the mask, in each network of a batch.
  [[nodiscard]] Masked on(const Mask& mask) const {
    Masked result = *this;
    result.mask_ = mask;
    result.masks_ = nullptr;
    return result;
  }

  /// The same source for a batch of networks, each with its own mask.
  [[nodiscard]] Masked on(std::vector<Mask> one_per_network) const {
    Masked result = *this;
    result.masks_ = std::make_shared<const std::vector<Mask>>(std::move(one_per_network));
    return result;
  }

  /// Numbers are refused with a message.
  [[nodiscard]] Masked on(detail::NumbersForMask) const { return *this; }
  template <detail::Arithmetic First, detail::Arithmetic Second>
  [[nodiscard]] Masked on(First first, Second second) const {
    return on(detail::NumbersForMask(first, second));
  }

  /// The same recorded source from another step on.
  [[nodiscard]] Masked from(std::uint64_t first_step) const requires requires(Source other) { other.from(first_step); }
  {
    Masked result = *this;
    result.source.from(first_step);
    return result;
  }

  template <class Visitor>
  constexpr void for_each_policy(Visitor&& visit) {
    visit(source);
  }
  template <class Visitor>
  constexpr void for_each_policy(Visitor&& visit) const {
    visit(source);
  }

  /// Adds its term to those of a network. Throws InvalidParameter if a parameter is out of bounds. Throws
  /// InvalidArgument if the mask or the recorded input does not fit the network, or if the number of masks or recorded
  /// matrices does not fit the batch.
  template <class Terms>
  void add_to(Terms& terms, std::uint32_t channel) const {
    detail::validate_policy(source);
    detail::BoundMask mask = mask_of(terms.context()).bind(terms.context().neurons);
    if constexpr (requires { source.called(); })
      if (terms.calls_functions) return terms.add_function(std::move(mask), channel);
    terms.add(source, std::move(mask), channel);
  }

  /// The function of (step, neuron) that a step calls for each neuron, if the source has one.
  auto functions() const {
    if constexpr (requires { source.called(); })
      return std::tuple{source.called()};
    else
      return std::tuple<>{};
  }

 private:
  const Mask& mask_of(const StimulusContext& context) const {
    if (!masks_) return mask_;
    if (masks_->size() != context.networks)
      throw InvalidArgument(std::to_string(masks_->size()) + " masks do not fit a batch of " +
                            std::to_string(context.networks) + " networks");
    return (*masks_)[context.index];
  }

  Mask mask_;
  std::shared_ptr<const std::vector<Mask>> masks_;
};

/// A function as a source. If its type lists parameters, the stimulus has these parameters.
template <class F>
struct Function {
  F f;

  template <class Visitor>
  constexpr void for_each_policy(Visitor&& visit) {
    visit(f);
  }
  template <class Visitor>
  constexpr void for_each_policy(Visitor&& visit) const {
    visit(f);
  }

  void validate() const {
    validate_parameters(f);
    if constexpr (requires { f.validate(); }) f.validate();
  }

  F series(const StimulusContext&, Purpose) const requires(!detail::FunctionOfNeuron<F>) { return f; }

  /// The function itself is the field.
  Function field(const StimulusContext&) const requires detail::FunctionOfNeuron<F> { return *this; }
  bool covers(std::uint64_t) const { return true; }
  float operator()(std::uint64_t step, std::uint32_t neuron) const requires detail::FunctionOfNeuron<F> {
    return static_cast<float>(f(step, neuron));
  }

  F called() const requires detail::FunctionOfNeuron<F> { return f; }
};

/// A stimulus from a function of (step, neuron) or of (step). It can have a mask, and is then called only for the
/// neurons of the mask.
template <class F>
requires detail::FunctionOfNeuron<F> || detail::FunctionOfStep<F>
[[nodiscard]] auto function(F f) { return Masked<Function<F>>{Function<F>{std::move(f)}}; }

namespace detail {

inline void validate_times(std::uint64_t start_steps, std::uint64_t stop_steps) {
  if (stop_steps < start_steps)
    throw InvalidParameter("stop_steps = " + value_text(stop_steps) +
                           " steps must be at least start_steps = " + value_text(start_steps));
}

/// Converts a function to a stimulus of the library. Returns a stimulus of the library unchanged.
template <class S>
auto lift(S stimulus) {
  if constexpr (is_library_stimulus<S>)
    return stimulus;
  else
    return function(std::move(stimulus));
}

/// A tuple of stimuli of any types. Its parameters are those of each part in order.
template <class... Parts>
class Composite {
 public:
  explicit Composite(std::tuple<Parts...> parts) : parts_(std::move(parts)) {}

  const std::tuple<Parts...>& parts() const { return parts_; }

  template <class Visitor>
  constexpr void for_each_policy(Visitor&& visit) {
    std::apply([&](auto&... part) { (visit(part), ...); }, parts_);
  }
  template <class Visitor>
  constexpr void for_each_policy(Visitor&& visit) const {
    std::apply([&](const auto&... part) { (visit(part), ...); }, parts_);
  }

  /// The functions of each part in order.
  auto functions() const {
    return std::apply([](const auto&... part) { return std::tuple_cat(part.functions()...); }, parts_);
  }

 private:
  std::tuple<Parts...> parts_;
};

}  // namespace detail

/// The type of `a + b`: stimuli added as ((0 + first) + second) + third. Sums of sums are flattened. Term i draws its
/// random numbers for Purpose{16 + i}. At most 200 terms.
template <class... Terms>
class Sum : public detail::Composite<Terms...> {
 public:
  static constexpr std::size_t channels = 1;
  static constexpr std::size_t terms = sizeof...(Terms);
  static_assert(terms <= detail::max_terms, "spikeometric: a stimulus may have at most 200 terms");

  explicit Sum(std::tuple<Terms...> parts) : detail::Composite<Terms...>(std::move(parts)) {}

  template <class Added>
  void add_to(Added& added, std::uint32_t channel) const {
    std::apply([&](const auto&... part) { (part.add_to(added, channel), ...); }, this->parts());
  }
};

/// The type of `channels(a, b)`: stimuli side by side, each in its own channel or, if it has several, in as many.
/// Purposes are numbered consecutively over all channels. At most 200 terms in total.
template <class... Parts>
class Channels : public detail::Composite<Parts...> {
 public:
  static constexpr bool stands_alone = true;
  static constexpr std::size_t channels = (Parts::channels + ...);
  static constexpr std::size_t terms = (Parts::terms + ...);
  static_assert(terms <= detail::max_terms, "spikeometric: a stimulus may have at most 200 terms");

  explicit Channels(std::tuple<Parts...> parts) : detail::Composite<Parts...>(std::move(parts)) {}

  template <class Added>
  void add_to(Added& added, std::uint32_t channel) const {
    const auto add = [&](const auto& part) {
      part.add_to(added, channel);
      channel += static_cast<std::uint32_t>(part.channels);
    };
    std::apply([&](const auto&... part) { (add(part), ...); }, this->parts());
  }
};

namespace detail {

template <class S>
inline constexpr bool has_one_channel = true;
template <class S>
requires is_library_stimulus<S>
inline constexpr bool has_one_channel<S> = S::channels == 1;

/// A stimulus that can be a part of another one.
template <class S>
concept StimulusPart = Stimulus<S> && !stands_alone<S>;

template <class S>
concept OneChannel = StimulusPart<S> && has_one_channel<S>;

template <class S>
auto terms_of(S stimulus) {
  return std::tuple{lift(std::move(stimulus))};
}
template <class... Terms>
auto terms_of(Sum<Terms...> sum) {
  return sum.parts();
}

}  // namespace detail

/// The sum of two stimuli, at least one of them from the library. Stimuli with several channels and lists cannot be
/// added.
template <detail::OneChannel A, detail::OneChannel B>
requires(detail::is_library_stimulus<A> || detail::is_library_stimulus<B>) auto operator+(A a, B b) {
  return Sum{std::tuple_cat(detail::terms_of(std::move(a)), detail::terms_of(std::move(b)))};
}

/// A stimulus with the channels of all given stimuli; each has one, or as many as its filter has basis functions (see
/// temporal.hpp).
template <detail::StimulusPart... S>
requires(sizeof...(S) > 0) auto channels(S... stimuli) {
  return Channels{std::tuple{detail::lift(std::move(stimuli))...}};
}

}  // namespace spikeometric
