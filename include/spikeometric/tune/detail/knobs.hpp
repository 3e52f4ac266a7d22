// SPDX-License-Identifier: BSD-3-Clause
//
// The parameters of a model and a stimulus by name, for a search to change.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric::detail {

/// Whether Owner has a parameter of this name and of type Number.
template <class Owner, class Number>
bool has_parameter(std::string_view name) {
  bool result = false;
  if constexpr (ListsParameters<Owner>)
    std::apply(
        [&](const auto&... entry) {
          ((result |= name == entry.name &&
                      std::is_same_v<std::remove_cvref_t<decltype(std::declval<Owner&>().*entry.member)>, Number>),
           ...);
        },
        Owner::parameters());
  return result;
}

/// Whether the parameter has derivatives, that is, whether it becomes a dual number when its policy is lifted.
template <class Owner>
bool is_differentiable(std::string_view name) {
  using Over = LiftedOf<Owner>;
  return has_parameter<Over, FloatDual>(name) || has_parameter<Over, Dual>(name);
}

/// One parameter of one policy. `values` has one element or, for a PerNeuron parameter, one for each neuron.
struct Knob {
  std::string name;
  Bounds bounds;
  bool per_neuron;
  bool differentiable;
  bool single;  // single precision
  std::vector<double> values;
  bool of_filter = false;  // the state of a filter depends on earlier steps

  /// The nearest valid value of the parameter. Positive parameters are at least 1e-30.
  double nearest(double value) const {
    const double least =
        bounds.lowest_excluded ? std::max(bounds.lowest, std::min(bounds.lowest + 1e-30, 1e-30)) : bounds.lowest;
    const double wanted = std::clamp(value, std::max(least, -3e38), std::min(bounds.highest, 3e38));
    double result = single ? static_cast<double>(static_cast<float>(wanted)) : wanted;
    const auto next = [&](double towards) {
      return single ? static_cast<double>(std::nextafter(static_cast<float>(result), static_cast<float>(towards)))
                    : std::nextafter(result, towards);
    };
    if (result > bounds.highest) result = next(-3e38);
    if (!bounds.contain(result)) result = next(3e38);
    return result;
  }
};

/// Calls visit(knob, set) for every real-valued parameter except dt. set(values) sets it, unless the policy is const.
/// `lifted`: whether the object that contains the policy has derivatives.
template <class Policy, class Visit>
void visit_knobs(Policy& policy, const std::string& prefix, bool lifted, Visit&& visit) {
  using Plain = std::remove_const_t<Policy>;
  if constexpr (OwnsParameters<Plain>) {
    const auto owners = owners_of(policy);
    using Owner = typename std::remove_cvref_t<decltype(owners)>::value_type;
    if (owners.empty()) return;
    for_each_entry(owners[0], [&](const auto& entry, const auto& first) {
      using Value = std::remove_cvref_t<decltype(first)>;
      if constexpr (std::is_floating_point_v<Value>) {
        if (std::string_view(entry.name) == "dt") return;
        Knob knob{prefix + entry.name,
                  entry.bounds,
                  is_per_neuron<Plain>,
                  lifted && is_differentiable<Owner>(entry.name),
                  has_parameter<RoundedOf<Owner>, float>(entry.name),
                  {}};
        for (const Owner& owner : owners) {
          const auto value = static_cast<double>(owner.*entry.member);
          knob.values.push_back(knob.single ? static_cast<double>(static_cast<float>(value)) : value);
        }
        visit(knob, [&]([[maybe_unused]] std::span<const double> values) {
          if constexpr (!std::is_const_v<Policy>)
            for (std::size_t i = 0; i < values.size(); ++i) owners[i].*entry.member = static_cast<Value>(values[i]);
        });
      }
    });
  } else if constexpr (requires { policy.for_each_policy([](auto&) {}); }) {
    constexpr bool passes = is_library_stimulus<Plain> || !std::is_same_v<LiftedOf<Plain>, Plain>;
    policy.for_each_policy([&](auto& part) { visit_knobs(part, prefix, lifted && passes, visit); });
  }
}

/// Visits the parameters of a model, then those of a stimulus.
template <class ModelType, class StimulusType, class Visit>
void visit_all_knobs(ModelType& model, StimulusType& stimulus, Visit&& visit) {
  model.for_each_policy([&](auto& policy) {
    const bool of_filter = static_cast<const void*>(&policy) == &model.filter;
    visit_knobs(policy, "", true, [&](Knob knob, const auto& set) {
      knob.of_filter = of_filter;
      visit(std::move(knob), set);
    });
  });
  visit_knobs(stimulus, "stimulus.", true, visit);
}

}  // namespace spikeometric::detail
