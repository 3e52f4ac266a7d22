// SPDX-License-Identifier: BSD-3-Clause
//
// A check for the tests of your own nonlinearity: whether it gives the same results everywhere.
//
//   CHECK(sk::check_policy(Quadratic{}) == "");
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>

#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/arrays.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/model/samplers/poisson.hpp"

namespace spikeometric {

/// Computes f(g) of a nonlinearity in single precision, as a step does, and with the library's functions alone, for
/// 2^17 inputs of all magnitudes. Returns an empty text if all results are bit-identical, otherwise a message with the
/// first input for which they differ. In that case the policy calls a function of std or of the C library, or the
/// compiler has fused a product and a sum (see mul). A policy that calls std::exp explicitly does not compile here,
/// since std::exp does not take a FloatDual. Takes about a millisecond for each simple operation of f.
template <Nonlinearity Policy>
[[nodiscard]] std::string check_policy(const Policy& policy, double dt_ms = 1.0) {
  static_assert(
      detail::PassesDerivatives<detail::KernelOf<detail::LiftedOf<Policy>>>,
      "spikeometric: only a nonlinearity that is a template over the real type can be checked: `template <class "
      "Real> Real operator()(Real g) const`");
  const auto model = cascade({.dt = dt_ms}).with_nonlinearity(policy).with_sampler(PoissonSampler{});
  HostArrays arrays;
  const auto kernel = model.kernel(arrays);
  const auto by_library = detail::lifted_kernel(
      model, [](auto) { return 0.0; }, arrays);
  const auto compare = [&](float g) -> std::string {
    const float given = kernel.rate(g, 0), expected = by_library.rate(FloatDual(g), 0).value;
    if (std::bit_cast<std::uint32_t>(given) == std::bit_cast<std::uint32_t>(expected)) return "";
    if (std::isnan(given) && std::isnan(expected)) return "";
    return "f(" + detail::to_text(g) + ") is " + detail::to_text(given) + ", but " + detail::to_text(expected) +
           " with the library's functions: call sk::exp, sk::log and so on, and write sums of products with sk::mul";
  };
  for (std::uint32_t i = 0; i < 1u << 16; ++i) {
    const float of_any_size = std::bit_cast<float>(i << 16 | (i * 0x9e37u & 0xffff));
    for (const float g : {of_any_size, static_cast<float>(i) * 0x1p-10f - 32.0f})
      if (const std::string message = compare(g); !message.empty()) return message;
  }
  return "";
}

}  // namespace spikeometric
