// SPDX-License-Identifier: BSD-3-Clause
//
// Models whose parameters differ between neurons.
//
//   const std::vector<float> thresholds = ...;                              // one for each neuron
//   const auto model = sk::per_neuron(sk::BernoulliGLM{}, &sk::Logistic::theta, thresholds);
//   model.nonlinearity.policies[7].theta;                                   // thresholds[7]
//
//   const auto layered = sk::per_population(model, &sk::Logistic::theta, populations, {{"L4E", 4.0}, {"L4I", 4.5}});
//   const auto by_name = sk::per_population(model, populations, {{"L4E", "theta", 4.0}, {"L4I", "theta", 4.5}});
//
//   using Mixed = sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::PerNeuron<sk::ConstantBaseline>>;
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "spikeometric/graph/populations.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/model/detail/optional_members.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

namespace detail {

/// The compile-time constants of samplers and stimulus filters.
template <class Policy>
struct ConstantsOf {};
template <Sampler Policy>
struct ConstantsOf<Policy> {
  static constexpr bool binary = Policy::binary;
  static constexpr bool deterministic = detail::deterministic<Policy>;
  static constexpr Bounds dt_bounds = detail::dt_bounds<Policy>;
};
template <StimulusFilter Policy>
struct ConstantsOf<Policy> {
  static constexpr std::size_t channels = Policy::channels;
};

/// A self-history, also one over dual numbers.
template <class Policy, class Real>
concept HasTaps = requires(const Policy& history, Real dt) {
  history.taps(dt);
};

/// One kernel for each neuron. It can take the place of any part's kernel, and calls the kernel of the neuron. (A
/// 64-bit index cannot wrap, which lets gcc vectorise.)
template <class Kernel>
struct PerNeuronKernel {
  static_assert(std::is_trivially_copyable_v<Kernel>,
                "spikeometric: the policy of a PerNeuron, or its kernel, must be trivially copyable");

  const Kernel* kernels;

  /// As a nonlinearity.
  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE auto operator()(Input g, Input dt, std::size_t neuron)
      const requires std::is_invocable_v<const Kernel&, Input, Input> || std::is_invocable_v<const Kernel&, Input> {
    if constexpr (std::is_invocable_v<const Kernel&, Input, Input>)
      return kernels[neuron](g, dt);
    else
      return kernels[neuron](g);
  }

  /// As a baseline. Takes PrimedDraws if its kernels need them.
  template <std::derived_from<Draws> AnyDraws>
  SPIKEOMETRIC_HOST_DEVICE auto operator()(
      const AnyDraws& draws) const requires std::is_invocable_v<const Kernel&, const AnyDraws&> {
    return kernels[draws.neuron](draws);
  }

  /// As a sampler.
  SPIKEOMETRIC_HOST_DEVICE auto operator()(
      float mu, const PrimedDraws& draws) const requires std::is_invocable_v<const Kernel&, float, const PrimedDraws&> {
    return kernels[draws.neuron](mu, draws);
  }

  /// As a stimulus filter.
  template <class Value>
  SPIKEOMETRIC_HOST_DEVICE auto operator()(
      const Value* channel, std::size_t neuron) const requires std::is_invocable_v<const Kernel&, const Value*> {
    return kernels[neuron](channel);
  }
};

}  // namespace detail

/// A self-history, baseline, nonlinearity, sampler or stimulus filter for each neuron, all of type Policy. policies[i]
/// applies to neuron i and, in a batch, to neuron i of each network. A step reads one kernel for each neuron. The taps
/// of self-histories take 4 bytes for each neuron and lag of the longest.
template <class Policy>
struct PerNeuron : detail::ConstantsOf<Policy> {
  static_assert(detail::RequireOptionalMembers<Policy>::value);

  std::vector<Policy> policies;

  PerNeuron() = default;
  explicit PerNeuron(std::vector<Policy> policies) : policies(std::move(policies)) {}

  /// Throws InvalidParameter, with the neuron in the message, if one of the policies is invalid.
  template <class Real>
  void validate(Real dt) const {
    for (std::size_t neuron = 0; neuron < policies.size(); ++neuron) {
      try {
        detail::validate_policy(policies[neuron], dt);
      } catch (const InvalidParameter& error) {
        throw InvalidParameter("neuron " + std::to_string(neuron) + ": " + error.what());
      }
    }
  }

  /// Throws InvalidParameter unless there is one policy for each neuron.
  void validate_neurons(std::uint64_t neurons) const {
    if (policies.size() != neurons)
      throw InvalidParameter("parameters of " + std::to_string(policies.size()) + " neurons do not fit a network of " +
                             std::to_string(neurons));
  }

  /// A self-history has taps and no kernel.
  template <class Real, class Arrays>
  auto kernel(Real dt, Arrays& arrays) const {
    if constexpr (detail::HasTaps<Policy, Real>) {
      return std::monostate{};
    } else {
      using Kernel = decltype(detail::kernel_of(std::declval<const Policy&>(), dt, arrays));
      std::vector<Kernel> kernels;
      kernels.reserve(policies.size());
      for (const Policy& policy : policies) kernels.push_back(detail::kernel_of(policy, dt, arrays));
      return detail::PerNeuronKernel<Kernel>{arrays(std::span<const Kernel>(kernels.data(), kernels.size()))};
    }
  }

  /// h(0), h(1), ... of each neuron, for self-histories.
  template <class Real>
  requires detail::HasTaps<Policy, Real>
  auto taps(Real dt) const {
    std::vector<decltype(policies[0].taps(dt))> result;
    result.reserve(policies.size());
    for (const Policy& policy : policies) result.push_back(policy.taps(dt));
    return result;
  }
};

namespace detail {

template <class Policy, class Number>
struct Lifted<PerNeuron<Policy>, Number> {
  using Type = PerNeuron<LiftedOf<Policy, Number>>;

  template <class SlopeOf>
  static Type of(const PerNeuron<Policy>& policy, const SlopeOf& slope_of) {
    Type result;
    result.policies.reserve(policy.policies.size());
    for (const Policy& each : policy.policies) result.policies.push_back(lifted<Number>(each, slope_of));
    return result;
  }
};

template <class Policy>
inline constexpr bool is_per_neuron = false;
template <class Policy>
inline constexpr bool is_per_neuron<PerNeuron<Policy>> = true;

/// A policy that has parameters itself, not only in its parts.
template <class Policy>
concept OwnsParameters = is_per_neuron<Policy> || ListsParameters<Policy>;

/// The objects that hold the parameters: the policy itself, or one policy for each neuron.
template <class Policy>
auto owners_of(Policy& policy) {
  if constexpr (is_per_neuron<std::remove_const_t<Policy>>)
    return std::span(policy.policies);
  else
    return std::span(&policy, 1);
}

template <class Policy, class Owner>
inline constexpr bool owns = std::is_same_v<Policy, Owner> || std::is_same_v<Policy, PerNeuron<Owner>>;

/// Converts a number, or an array or vector of numbers, to another type.
template <class To, class From>
To converted(const From& from) {
  if constexpr (std::is_arithmetic_v<To>) {
    return static_cast<To>(from);
  } else if constexpr (requires { To(from.begin(), from.end()); }) {
    return To(from.begin(), from.end());
  } else {
    To result{};
    static_assert(std::tuple_size_v<To> == std::tuple_size_v<From>);
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<typename To::value_type>(from[i]);
    return result;
  }
}

/// The policy with a member set for each neuron. A policy without this member is returned unchanged.
template <class Policy, class Owner, class Value, class Values>
auto with_values(const Policy& policy, Value Owner::*member, const Values& values) {
  if constexpr (std::is_same_v<Policy, Owner>) {
    return with_values(PerNeuron<Owner>{std::vector<Owner>(values.size(), policy)}, member, values);
  } else if constexpr (std::is_same_v<Policy, PerNeuron<Owner>>) {
    if (values.size() != policy.policies.size())
      throw InvalidParameter(std::to_string(values.size()) + " values do not fit the parameters of " +
                             std::to_string(policy.policies.size()) + " neurons");
    PerNeuron<Owner> result = policy;
    for (std::size_t neuron = 0; neuron < values.size(); ++neuron)
      result.policies[neuron].*member = converted<Value>(values[neuron]);
    return result;
  } else {
    return policy;
  }
}

/// The model with set(part) in place of its self-history, baseline, nonlinearity, sampler and stimulus filter.
template <class... Parts, class Set>
auto with_parts(const Cascade<Parts...>& model, Set&& set) {
  using Model = Cascade<Parts...>;
  using History = decltype(set(model.history));
  using Baseline = decltype(set(model.baseline));
  using Nonlinearity = decltype(set(model.nonlinearity));
  using Sampler = decltype(set(model.sampler));
  using StimulusFilter = decltype(set(model.stimulus_filter));
  return Cascade<decltype(Model::filter), History, Baseline, Nonlinearity, Sampler, StimulusFilter,
                 typename Model::PrecisionType>{
      {model.scale.dt, model.scale.r}, model.filter,       set(model.history),        set(model.baseline),
      set(model.nonlinearity),         set(model.sampler), set(model.stimulus_filter)};
}

/// Refuses, at compile time, a member that does not belong to exactly one part of the model.
template <class Model, class Owner>
struct RequireOnePart {
  static constexpr int count = owns<decltype(Model::history), Owner> + owns<decltype(Model::baseline), Owner> +
                               owns<decltype(Model::nonlinearity), Owner> + owns<decltype(Model::sampler), Owner> +
                               owns<decltype(Model::stimulus_filter), Owner>;
  static_assert(count > 0,
                "spikeometric: per_neuron and per_population need a member of the model's self-history, baseline, "
                "nonlinearity, sampler or stimulus filter");
  static_assert(count < 2,
                "spikeometric: this member belongs to several parts of the model, which have the same type: give them "
                "different types to set the member of one");
  static constexpr bool value = true;
};

}  // namespace detail

/// The model with values[i] as a parameter of neuron i. `values` is a vector, an array or a span. In the returned
/// Cascade, the self-history, baseline, nonlinearity, sampler or stimulus filter that has the member is PerNeuron;
/// everything else is unchanged. Further calls set further parameters. Throws InvalidParameter if a value is out of
/// bounds, or if the number of values differs from that of an earlier call.
template <class... Parts, class Owner, class Value, class Values>
[[nodiscard]] auto per_neuron(const Cascade<Parts...>& model, Value Owner::*member, const Values& values) {
  static_assert(detail::RequireOnePart<Cascade<Parts...>, Owner>::value);
  return detail::with_parts(model, [&](const auto& policy) { return detail::with_values(policy, member, values); });
}

/// The model with a parameter that differs between populations: `values` are pairs of a population's name and its
/// value. Other neurons keep the value of the model, or their own if the parameter is already per neuron. O(neurons).
/// Throws InvalidArgument for an unknown name (the message lists the known ones) and for a name that is given twice,
/// and otherwise as per_neuron.
template <class... Parts, class Owner, class Value>
[[nodiscard]] auto per_population(const Cascade<Parts...>& model, Value Owner::*member, const Populations& populations,
                                  const std::vector<std::pair<std::string, std::type_identity_t<Value>>>& values) {
  static_assert(detail::RequireOnePart<Cascade<Parts...>, Owner>::value);
  const std::uint64_t neurons = populations.neurons();
  model.validate_neurons(neurons);
  std::vector<Value> of_neurons;
  model.for_each_policy([&](const auto& policy) {
    if constexpr (detail::owns<std::remove_cvref_t<decltype(policy)>, Owner>) {
      if (static_cast<const void*>(&policy) == &model.filter) return;  // a Fir may be both filter and self-history
      const auto owners = detail::owners_of(policy);
      for (std::uint64_t i = 0; i < neurons; ++i)
        of_neurons.push_back(owners[owners.size() == neurons ? i : 0].*member);
    }
  });
  for (const auto& [population, value] : populations.in_order(values))
    population.neurons.bind(neurons).for_each(0, neurons,
                                              [&, &set = value](std::uint32_t neuron) { of_neurons[neuron] = set; });
  return per_neuron(model, member, of_neurons);
}

/// The value of a parameter in a population, both given by name.
struct PopulationParameter {
  std::string population, parameter;
  double value;
};

/// The same for parameters that are known only at run time, such as those from a file. In the returned Cascade, every
/// self-history, baseline, nonlinearity, sampler and stimulus filter that lists parameters is PerNeuron. A value is
/// converted as by set_parameter. O(neurons) for each value. Throws InvalidArgument for an unknown population,
/// InvalidParameter for an unknown parameter or one that cannot differ between neurons (both list the known names), for
/// a value that is invalid or given twice, and otherwise as per_neuron.
template <class... Parts>
[[nodiscard]] auto per_population(const Cascade<Parts...>& model, const Populations& populations,
                                  const std::vector<PopulationParameter>& values) {
  const std::uint64_t neurons = populations.neurons();
  model.validate_neurons(neurons);
  auto result = detail::with_parts(model, [&]<class Policy>(const Policy& policy) {
    if constexpr (detail::ListsParameters<Policy>)
      return PerNeuron<Policy>{std::vector<Policy>(neurons, policy)};
    else
      return policy;
  });
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& [population, name, value] = values[i];
    const detail::BoundMask mask = populations[population].bind(neurons);
    for (std::size_t before = 0; before < i; ++before)
      if (values[before].population == population && values[before].parameter == name)
        throw InvalidParameter(
            std::string(name).append(" of population ").append(population).append(" is given twice"));
    std::string known;
    bool found = false;
    const auto set = [&](auto& policies, const auto& entry) {
      known.append(known.empty() ? "" : ", ").append(entry.name);
      if (values[i].parameter != entry.name) return;
      found = true;
      const auto converted = detail::value_from(entry, values[i].value);
      mask.for_each(0, neurons, [&](std::uint32_t neuron) { detail::set_entry(policies[neuron], entry, converted); });
    };
    try {
      result.for_each_policy([&]<class Policy>(Policy& policy) {
        if constexpr (detail::is_per_neuron<Policy>)
          std::apply([&](const auto&... entry) { (set(policy.policies, entry), ...); },
                     decltype(policy.policies)::value_type::parameters());
      });
      if (!found)
        throw InvalidParameter("no parameter that can differ between populations is called " + name +
                               (known.empty() ? "; this model has none" : "; known names: " + known));
    } catch (const InvalidParameter& error) {
      throw InvalidParameter("population " + population + ": " + error.what());
    }
  }
  return result;
}

}  // namespace spikeometric
