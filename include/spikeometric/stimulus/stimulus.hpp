// SPDX-License-Identifier: BSD-3-Clause
//
// Stimuli E_i(t): input from outside the network. Any function of step and neuron is one, or of the step alone;
// regular.hpp, sinusoid.hpp, poisson.hpp and recorded.hpp have more.
//
//   const auto pulse = [](std::uint64_t step, std::uint32_t neuron) {
//     return step < 100 && neuron < 10 ? 2.0f : 0.0f;
//   };
//   sk::Simulator driven{graph, model, pulse, sk::Seed{1}};
//   sk::Simulator alone{graph, model, sk::no_stimulus, sk::Seed{1}};
//
//   const auto flash = sk::function([](std::uint64_t step) { return step < 5 ? 1.0f : 0.0f; }).on(sk::neurons(0, 250));
//   const auto both = flash + pulse;                     // in this order: (0 + flash) + pulse
//   const auto weighed = sk::channels(flash, pulse);     // two channels, weighed by the model's stimulus filter
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/stimulus/mask.hpp"
#include "spikeometric/stimulus/terms.hpp"

namespace spikeometric {

/// A time without an end, in steps.
inline constexpr std::uint64_t forever = std::numeric_limits<std::uint64_t>::max();

namespace detail {

/// Whether it adds itself to the terms of a network.
template <class S>
inline constexpr bool is_library_stimulus = requires(const S stimulus, StimulusTerms<float>& terms) {
  stimulus.add_to(terms, std::uint32_t{});
};

/// Whether it cannot be a term: a stimulus of channels, and a list, whose number of terms is no constant.
template <class S>
inline constexpr bool stands_alone = requires {
  requires S::stands_alone;
};

template <class F>
concept FunctionOfNeuron = requires(const F f, std::uint64_t step, std::uint32_t neuron) {
  { f(step, neuron) } -> std::convertible_to<float>;
};

template <class F>
concept FunctionOfStep = requires(const F f, std::uint64_t step) {
  { f(step) } -> std::convertible_to<float>;
};

}  // namespace detail

/// A stimulus of the library, or a function that gives a number: the input
///   f(step, neuron)   to a neuron in a step of the run, or
///   f(step)           to every neuron; called once a step and network, some steps ahead.
/// Steps count from 0 over all runs, equilibration left out; neurons count within their network. A function is called
/// from several threads at once and in any order, so it must not depend on anything else that changes. What it throws
/// ends the run in that step; so does NaN.
///
/// A backend on a device calls functions of (step, neuron) there: they must be SPIKEOMETRIC_HOST_DEVICE, trivially
/// copyable, and throw nothing. Functions of the step alone are called on the host, and so are those in a StimulusList.
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

/// A source of input, and the neurons it goes to. Its parameters are those of the source: what for_each_parameter
/// visits and set_parameter sets, checked again by the simulator.
///
/// A Source has `validate()` and either `series(context, purpose)`, whose result s gives a value a step that all these
/// neurons share, s(step) or s.fill(first_step, steps, values), or `field(context)`, whose result f gives a value for
/// each, f(step, neuron), in steps that f.covers(step) allows. It costs nothing for other neurons, and a series nothing
/// in steps where it is 0.
template <class Source>
class Masked {
 public:
  static constexpr std::size_t channels = 1;
  static constexpr std::size_t terms = 1;

  Source source;

  /// For all neurons. Throws InvalidParameter where a parameter is out of bounds.
  explicit Masked(Source given) : source(std::move(given)) { detail::validate_policy(source); }

  /// The same for other neurons: those of the mask, in each network of a batch.
  Masked on(const Mask& mask) const {
    Masked result = *this;
    result.mask_ = mask;
    result.masks_ = nullptr;
    return result;
  }

  /// The same for a batch of networks, each with its own mask.
  Masked on(std::vector<Mask> one_per_network) const {
    Masked result = *this;
    result.masks_ = std::make_shared<const std::vector<Mask>>(std::move(one_per_network));
    return result;
  }

  template <class Number>
  Masked on(std::initializer_list<Number>) const {
    static_assert(std::is_void_v<Number>, "spikeometric: a mask is a range, .on(sk::neurons(0, 250)), or a list, "
                  ".on(sk::neurons({3, 5, 9}))");
    return *this;
  }

  /// The same from another step on, where the source is a recorded one.
  Masked from(std::uint64_t first_step) const requires requires(Source other) { other.from(first_step); }
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

  /// Adds itself to the terms of a network. Throws InvalidParameter where a parameter is out of bounds, and
  /// InvalidArgument where the network does not fit the mask or what was recorded, or the batch their number.
  template <class Terms>
  void add_to(Terms& terms, std::uint32_t channel) const {
    detail::validate_policy(source);
    detail::BoundMask mask = mask_of(terms.context()).bind(terms.context().neurons);
    if constexpr (requires { source.called(); })
      if (terms.calls_functions) return terms.add_function(std::move(mask), channel);
    terms.add(source, std::move(mask), channel);
  }

  /// What a step calls for each neuron: the source's function, if it is one.
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

/// A function as a source. If its type lists parameters, they are those of the stimulus.
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

  /// As a field.
  Function field(const StimulusContext&) const requires detail::FunctionOfNeuron<F> { return *this; }
  bool covers(std::uint64_t) const { return true; }
  float operator()(std::uint64_t step, std::uint32_t neuron) const requires detail::FunctionOfNeuron<F> {
    return static_cast<float>(f(step, neuron));
  }

  F called() const requires detail::FunctionOfNeuron<F> { return f; }
};

/// A function of (step, neuron) or of (step) that may be given a mask. It is called for the neurons of its mask only.
template <class F>
requires detail::FunctionOfNeuron<F> || detail::FunctionOfStep<F>
auto function(F f) { return Masked<Function<F>>{Function<F>{std::move(f)}}; }

namespace detail {

inline void validate_times(std::uint64_t start_steps, std::uint64_t stop_steps) {
  if (stop_steps < start_steps)
    throw InvalidParameter("stop_steps = " + value_text(stop_steps) +
                           " steps must be at least start_steps = " + value_text(start_steps));
}

/// A stimulus as one of the library.
template <class S>
auto lift(S stimulus) {
  if constexpr (is_library_stimulus<S>)
    return stimulus;
  else
    return function(std::move(stimulus));
}

/// Stimuli of any types; their parameters are those of each in turn.
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

  /// Of each part in turn.
  auto functions() const {
    return std::apply([](const auto&... part) { return std::tuple_cat(part.functions()...); }, parts_);
  }

 private:
  std::tuple<Parts...> parts_;
};

}  // namespace detail

/// Stimuli that add up, ((0 + first) + second) + third: what `a + b` makes. In a sum of sums the parentheses do not
/// count. Term i draws its random numbers for Purpose{16 + i}. At most 200 terms.
template <class... Terms>
class Sum : public detail::Composite<Terms...> {
 public:
  static constexpr std::size_t channels = 1;
  static constexpr std::size_t terms = sizeof...(Terms);
  static_assert(terms <= detail::max_terms, "spikeometric: a stimulus may have 200 terms at most");

  explicit Sum(std::tuple<Terms...> parts) : detail::Composite<Terms...>(std::move(parts)) {}

  template <class Added>
  void add_to(Added& added, std::uint32_t channel) const {
    std::apply([&](const auto&... part) { (part.add_to(added, channel), ...); }, this->parts());
  }
};

/// Stimuli beside each other, a channel each: what `channels(a, b)` makes. Purposes count on from channel to channel.
/// At most 200 terms in all.
template <class... Parts>
class Channels : public detail::Composite<Parts...> {
 public:
  static constexpr bool stands_alone = true;
  static constexpr std::size_t channels = sizeof...(Parts);
  static constexpr std::size_t terms = (Parts::terms + ...);
  static_assert(terms <= detail::max_terms, "spikeometric: a stimulus may have 200 terms at most");

  explicit Channels(std::tuple<Parts...> parts) : detail::Composite<Parts...>(std::move(parts)) {}

  template <class Added>
  void add_to(Added& added, std::uint32_t channel) const {
    std::apply([&](const auto&... part) { (part.add_to(added, channel++), ...); }, this->parts());
  }
};

namespace detail {

template <class S>
concept OneChannel = Stimulus<S> && !stands_alone<S>;

template <class S>
auto terms_of(S stimulus) {
  return std::tuple{lift(std::move(stimulus))};
}
template <class... Terms>
auto terms_of(Sum<Terms...> sum) {
  return sum.parts();
}

}  // namespace detail

/// The sum of two stimuli, of which one at least is from the library. Those with channels have no sum.
template <detail::OneChannel A, detail::OneChannel B>
requires(detail::is_library_stimulus<A> || detail::is_library_stimulus<B>) auto operator+(A a, B b) {
  return Sum{std::tuple_cat(detail::terms_of(std::move(a)), detail::terms_of(std::move(b)))};
}

/// A stimulus with a channel for each of those given.
template <detail::OneChannel... S>
requires(sizeof...(S) > 0) auto channels(S... stimuli) {
  return Channels{std::tuple{detail::lift(std::move(stimuli))...}};
}

}  // namespace spikeometric
