// SPDX-License-Identifier: BSD-3-Clause
//
// Parameters of a model and a stimulus by name, as unknowns that a search moves.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/model/parameter.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/stimulus/lift.hpp"

namespace spikeometric::detail {

template <class Policy>
inline constexpr bool is_per_neuron = false;
template <class Policy>
inline constexpr bool is_per_neuron<PerNeuron<Policy>> = true;

/// Whether derivatives by this parameter pass: its policy over dual numbers has a dual number there.
template <class Owner>
bool is_differentiable(std::string_view name) {
  bool result = false;
  if constexpr (ListsParameters<LiftedOf<Owner>>)
    std::apply(
        [&](const auto&... entry) {
          const auto look = [&](const auto& each) {
            using Value = std::remove_cvref_t<decltype(std::declval<LiftedOf<Owner>&>().*each.member)>;
            result |= name == each.name && std::is_same_v<Value, Dual>;
          };
          (look(entry), ...);
        },
        LiftedOf<Owner>::parameters());
  return result;
}

/// One parameter of one policy: its values, of one neuron after the other where it is that of single neurons.
struct Knob {
  std::string name;
  Bounds bounds;
  bool per_neuron;
  bool differentiable;
  std::vector<double> values;
};

/// Calls visit(knob, set) for every parameter that is a real number, dt excepted; set(values) sets it.
template <class Policy, class Visit>
void visit_knobs(Policy& policy, const std::string& prefix, Visit&& visit) {
  using Plain = std::remove_const_t<Policy>;
  if constexpr (is_per_neuron<Plain>) {
    using Owner = typename decltype(Plain::policies)::value_type;
    if constexpr (ListsParameters<Owner>)
      std::apply(
          [&](const auto&... entry) {
            const auto each = [&](const auto& one) {
              using Value = std::remove_cvref_t<decltype(policy.policies[0].*one.member)>;
              if constexpr (std::is_floating_point_v<Value>) {
                Knob knob{prefix + one.name, one.bounds, true, is_differentiable<Owner>(one.name), {}};
                for (const Owner& owner : policy.policies)
                  knob.values.push_back(static_cast<double>(owner.*one.member));
                visit(knob, [&](std::span<const double> values) {
                  for (std::size_t i = 0; i < values.size(); ++i)
                    policy.policies[i].*one.member = static_cast<Value>(values[i]);
                });
              }
            };
            (each(entry), ...);
          },
          Owner::parameters());
  } else if constexpr (ListsParameters<Plain>) {
    for_each_parameter(policy, [&](const auto& entry, auto& member) {
      using Value = std::remove_cvref_t<decltype(member)>;
      if constexpr (std::is_floating_point_v<Value>)
        if (std::string_view(entry.name) != "dt")
          visit(Knob{prefix + entry.name,
                     entry.bounds,
                     false,
                     is_differentiable<Plain>(entry.name),
                     {static_cast<double>(member)}},
                [&](std::span<const double> values) { member = static_cast<Value>(values[0]); });
    });
  } else if constexpr (requires { policy.for_each_policy([](auto&) {}); }) {
    policy.for_each_policy([&](auto& part) { visit_knobs(part, prefix, visit); });
  }
}

}  // namespace spikeometric::detail
