// SPDX-License-Identifier: BSD-3-Clause
//
// Impulse responses: what a filter makes of a single spike, in double precision.
//
//   const auto c = sk::impulse_responses(sk::TimeConstantFilter{.tau = 10.0, .T = 50}, 1.0);
//   c[0][3];                                                      // exp(-3 dt / tau); c has one element
//   const auto b = sk::impulse_responses(sk::RaisedCosine<4>{.last_peak_ms = 10.0, .window_steps = 50}, 1.0);
//   b[2][7];                                                      // the third basis function at lag 7
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "spikeometric/arithmetic/dual.hpp"
#include "spikeometric/model/arrays.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/lifted.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

namespace detail {

/// A response is cut where it has decayed to this fraction of its peak.
inline constexpr double least_tap = 1e-13;

/// The outputs of a kernel over dual numbers after one unit of input to one of its basis functions.
template <std::size_t Bases, class Kernel>
std::vector<Dual> response_of_kernel(const Kernel& kernel, std::size_t basis) {
  constexpr std::size_t latest_start = 1000, longest = 1'000'000;
  const std::size_t memory = kernel.memory();
  typename Kernel::State state{};
  std::vector<Dual> taps;
  double peak = 0.0;
  // The only spike was `taps.size()` steps ago.
  const auto past = [&](std::uint32_t lag, std::size_t of = 0) {
    return of == basis && lag == taps.size() ? 1.0f : 0.0f;
  };
  for (bool goes_on = true; goes_on;) {
    std::array<float, Bases> sums{};
    sums[basis] = taps.empty() ? 1.0f : 0.0f;
    if constexpr (Bases == 1)
      taps.push_back(Dual(kernel(state, sums[0], past)));
    else
      taps.push_back(Dual(kernel(state, sums.data(), past)));
    const double size = std::abs(taps.back().value);
    peak = std::max(peak, size);
    goes_on = taps.size() <= (peak > 0.0 ? memory : std::max(memory, latest_start)) || size > least_tap * peak;
    if (taps.size() > longest) throw InvalidParameter("the filter takes more than a million steps to decay");
  }
  // A windowed recursion leaves rounding errors after its window.
  while (taps.size() > std::max<std::size_t>(memory, 1) && std::abs(taps.back().value) <= least_tap * peak)
    taps.pop_back();
  return taps;
}

/// The responses of a filter that has been lifted to dual numbers.
template <class FilterPolicy>
std::vector<std::vector<Dual>> responses_of_lifted(const FilterPolicy& filter, const Dual& dt) {
  if constexpr (requires { filter.functions(dt); }) {  // RaisedCosine
    return responses_of_lifted(filter.functions(dt), dt);
  } else if constexpr (requires { filter.functions[0]; }) {  // Basis
    std::vector<std::vector<Dual>> responses;
    for (const auto& function : filter.functions) responses.push_back(responses_of_lifted(function, dt)[0]);
    return responses;
  } else if constexpr (requires { filter.coefficients; }) {  // Fir
    return {{filter.coefficients.begin(), filter.coefficients.end()}};
  } else {
    HostArrays arrays;
    const auto kernel = kernel_of(filter, dt, arrays);
    std::vector<std::vector<Dual>> responses;
    for (std::size_t m = 0; m < bases<FilterPolicy>; ++m)
      responses.push_back(response_of_kernel<bases<FilterPolicy>>(kernel, m));
    return responses;
  }
}

/// The impulse responses with their derivatives: slope_of(name) returns the derivative of the filter's parameter of
/// that name.
template <class FilterPolicy, class SlopeOf>
std::vector<std::vector<Dual>> lifted_responses(const FilterPolicy& filter, double dt, const SlopeOf& slope_of) {
  return responses_of_lifted(lifted<Dual>(filter, slope_of), Dual(dt));
}

}  // namespace detail

/// c(0), c(1), ... for each basis function of a Filter, with parameters rounded as in a simulator and everything else
/// computed in double: the same bits on every machine. An infinite response, which must begin within a thousand steps,
/// is cut where it has decayed to 1e-13 of its peak. O(taps) for the filters of the library. Throws InvalidParameter if
/// the filter is invalid at this time step, or takes more than a million steps to decay.
template <Filter FilterPolicy, class Real>
[[nodiscard]] std::vector<std::vector<double>> impulse_responses(const FilterPolicy& filter, Real dt) {
  using Time = std::conditional_t<std::is_same_v<detail::RoundedOf<FilterPolicy>, FilterPolicy>, Real, float>;
  detail::validate_policy(filter, static_cast<Time>(dt));
  std::vector<std::vector<double>> responses;
  for (const auto& taps : detail::lifted_responses(filter, static_cast<double>(dt), [](auto) { return 0.0; })) {
    auto& values = responses.emplace_back();
    for (const Dual& tap : taps) values.push_back(tap.value);
  }
  return responses;
}

}  // namespace spikeometric
