// SPDX-License-Identifier: BSD-3-Clause
//
// A finite impulse response: a coupling filter or self-history with arbitrary taps. A step costs one product per tap.
//
//   const sk::Fir delayed{{0.0f, 0.5f, 1.0f, 0.5f}};
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

/// c(k) = coefficients[k]: any finite impulse response, the same at every dt. It is a SelfHistory, and a Filter that
/// computes
///   x(t) = sum over k, ascending from 0, of c(k) s(t-k)
/// in the real type. Cost and memory: one product and one float per neuron and coefficient.
///
/// With the taps of an exponential filter, rounded to float, x differs from that of the exponential filter by at most
/// about 20 units in the last place of the sum of the absolute values of its terms. The spikes are the same unless a
/// random draw falls between the two rates, which happens about once in 1e7 spikes.
template <class Precision>
struct BasicFir {
  using Real = detail::RealOf<Precision>;
  using Member = detail::MemberOf<Precision>;

  std::vector<Member> coefficients;

  BasicFir() = default;
  BasicFir(std::vector<Member> coefficients) : coefficients(std::move(coefficients)) {}
  template <class Number>
  BasicFir(const std::vector<Number>& values) : coefficients(values.begin(), values.end()) {}

  static constexpr auto parts() { return std::tuple{part("coefficients", &BasicFir::coefficients)}; }

  /// Throws InvalidParameter if there are no coefficients or more than 10^6, or if one is not finite.
  void validate() const {
    if (coefficients.empty()) throw InvalidParameter("a Fir needs at least one coefficient");
    if (coefficients.size() > longest)
      throw InvalidParameter(std::to_string(coefficients.size()) + " coefficients are too many: the maximum is " +
                             std::to_string(longest));
    for (std::size_t k = 0; k < coefficients.size(); ++k)
      if (const auto value = static_cast<double>(coefficients[k]); !std::isfinite(value))
        throw InvalidParameter("coefficient " + detail::to_text(value) + " at lag " + std::to_string(k) +
                               " must be finite");
  }

  /// c(0), ..., c(lags - 1).
  std::vector<Real> taps(Real, int lags) const {
    std::vector<Real> c(coefficients.begin(), coefficients.end());
    c.resize(static_cast<std::size_t>(lags), Real(0));
    return c;
  }

  /// All taps, as required of a SelfHistory.
  std::vector<Real> taps(Real) const { return {coefficients.begin(), coefficients.end()}; }

  struct Kernel {
    struct State {};
    const Real* coefficients;
    std::uint32_t length;

    SPIKEOMETRIC_HOST_DEVICE std::uint32_t memory() const { return length - 1; }

    template <class Past>
    SPIKEOMETRIC_HOST_DEVICE Real operator()(State&, float sum, const Past& past) const {
      Real x = mul(coefficients[0], Real(sum));
      for (std::uint32_t lag = 1; lag < length; ++lag) x = x + mul(coefficients[lag], Real(past(lag)));
      return x;
    }
  };

  template <class Arrays>
  Kernel kernel(Real dt, Arrays& arrays) const {
    const std::vector<Real> c = taps(dt);
    return {arrays(std::span<const Real>(c.data(), c.size())), static_cast<std::uint32_t>(c.size())};
  }

 private:
  static constexpr std::size_t longest = 1'000'000;
};
using Fir = BasicFir<detail::Single>;

namespace detail {

template <class Number>
struct Lifted<BasicFir<Single>, Number> {
  using Type = BasicFir<float>;

  template <class SlopeOf>
  static Type of(const BasicFir<Single>& fir, const SlopeOf&) {
    std::vector<float> rounded(fir.coefficients.size());
    for (std::size_t k = 0; k < rounded.size(); ++k) round_to(rounded[k], fir.coefficients[k], "coefficient");
    return {std::move(rounded)};
  }
};

}  // namespace detail

}  // namespace spikeometric
