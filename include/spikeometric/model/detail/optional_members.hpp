// SPDX-License-Identifier: BSD-3-Clause
//
// Optional members of policies. A policy whose member has such a name but another signature is refused, since the
// member would never be called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>

#include "spikeometric/model/concepts.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric::detail {

// Names_x<Policy>: whether Policy has a member x of any type. If it has, x is ambiguous in Both_x<Policy>, which
// inherits it twice.
#define SPIKEOMETRIC_NAMES(member)                                                            \
  struct Member_##member {                                                                    \
    int member;                                                                               \
  };                                                                                          \
  template <class Policy>                                                                     \
  struct Both_##member : Policy, Member_##member {};                                          \
  template <class Policy>                                                                     \
  concept Names_##member = std::is_class_v<Policy> && !std::is_final_v<Policy> && !requires { \
    &Both_##member<Policy>::member;                                                           \
  };

SPIKEOMETRIC_NAMES(parameters)
SPIKEOMETRIC_NAMES(parts)
SPIKEOMETRIC_NAMES(validate)
SPIKEOMETRIC_NAMES(validate_neurons)
SPIKEOMETRIC_NAMES(kernel)
SPIKEOMETRIC_NAMES(bases)
SPIKEOMETRIC_NAMES(dt_bounds)
SPIKEOMETRIC_NAMES(deterministic)
SPIKEOMETRIC_NAMES(log_probability)

#undef SPIKEOMETRIC_NAMES

template <class Kernel>
concept Activated = requires(const Kernel kernel) {
  kernel.activated(1.0);
}
|| requires(const Kernel kernel, const double* x) { kernel.activated(x); };

/// Refuses a policy that has an optional member with a wrong signature.
template <class Policy>
struct RequireOptionalMembers {
  static_assert(!std::is_final_v<Policy>,
                "spikeometric: a policy must not be final, so that its optional members can be checked");
  static_assert(
      !Names_parameters<Policy> || requires { std::tuple_size<decltype(Policy::parameters())>::value; },
      "spikeometric: `parameters` of a policy must be `static constexpr auto parameters()`, and return a "
      "std::tuple of sk::parameter(...)");
  static_assert(
      !Names_parts<Policy> || requires { std::tuple_size<decltype(Policy::parts())>::value; },
      "spikeometric: `parts` of a policy must be `static constexpr auto parts()`, and return a std::tuple of "
      "sk::part(...)");
  static_assert(
      !Names_validate<Policy> || requires(const Policy policy) { policy.validate(); } ||
          requires(const Policy policy) { policy.validate(1.0f); },
      "spikeometric: `validate` of a policy must be `void validate() const` or `void validate(Real dt) const`");
  static_assert(
      !Names_validate_neurons<Policy> || requires(const Policy policy) { policy.validate_neurons(std::uint64_t{1}); },
      "spikeometric: `validate_neurons` of a policy must be `void validate_neurons(std::uint64_t) const`");
  static_assert(
      !Names_kernel<Policy> || requires(const Policy policy) { policy.kernel(1.0f); } ||
          requires(const Policy policy, HostArrays arrays) { policy.kernel(1.0f, arrays); },
      "spikeometric: `kernel` of a policy must be `auto kernel(Real dt) const` or `template <class Arrays> "
      "auto kernel(Real dt, Arrays& arrays) const`");
  static_assert(
      !Names_bases<Policy> || requires { requires std::is_same_v<decltype(Policy::bases), const std::size_t>; },
      "spikeometric: `bases` of a filter must be `static constexpr std::size_t bases`");
  static_assert(
      !Names_dt_bounds<Policy> || requires { requires std::is_same_v<decltype(Policy::dt_bounds), const Bounds>; },
      "spikeometric: `dt_bounds` of a sampler must be `static constexpr sk::Bounds dt_bounds`");
  static_assert(
      !Names_deterministic<Policy> || requires { std::bool_constant<Policy::deterministic>{}; },
      "spikeometric: `deterministic` of a sampler must be `static constexpr bool deterministic`");
  static_assert(
      !Activated<KernelOf<Policy>> || has_activation<KernelOf<Policy>>,
      "spikeometric: a filter's kernel with `activated` must have `static constexpr bool has_activation = true`");
  static_assert(
      !Names_log_probability<Policy> || Distribution<Policy>,
      "spikeometric: a sampler with `log_probability` must have functions of any Real, static or const: `Real "
      "mean(Real mu)`, `Real variance(Real mu)` and `Real log_probability(std::uint32_t count, Real mu)`");
  static constexpr bool value = true;
};

}  // namespace spikeometric::detail
