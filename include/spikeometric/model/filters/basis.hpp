// SPDX-License-Identifier: BSD-3-Clause
//
// Several coupling filters of one type, each with its own weights.
//
//   const sk::Basis<sk::LeakyFilter, 2> fast_and_slow{{{{.tau = 2.0}, {.tau = 20.0}}}};  // two weights per synapse
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "spikeometric/model/concepts.hpp"
#include "spikeometric/model/detail/optional_members.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

namespace detail {

template <class Kernel>
concept HasActivation = requires {
  requires Kernel::has_activation;
};

/// The members of a Basis's kernel that exist only if its functions have activations.
template <class Kernel>
struct ActivationOf {};
template <HasActivation Kernel>
struct ActivationOf<Kernel> {
  static constexpr bool has_activation = true;
};

/// past(lag) of one basis function.
template <class Past>
struct PastOf {
  const Past& past;
  std::size_t basis;

  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint32_t lag) const { return past(lag, basis); }
};

template <class FunctionKernel, std::size_t M>
struct BasisKernel : ActivationOf<FunctionKernel> {
  struct State {
    typename FunctionKernel::State of[M];
  };
  FunctionKernel functions[M];

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t memory() const {
    std::uint32_t most = 0;
    for (std::size_t m = 0; m < M; ++m) most = functions[m].memory() > most ? functions[m].memory() : most;
    return most;
  }

  template <class Past>
  SPIKEOMETRIC_HOST_DEVICE auto operator()(State& state, const float* sums, const Past& past) const {
    auto x = functions[0](state.of[0], sums[0], PastOf<Past>{past, 0});
    for (std::size_t m = 1; m < M; ++m) x = x + functions[m](state.of[m], sums[m], PastOf<Past>{past, m});
    return x;
  }

  SPIKEOMETRIC_HOST_DEVICE State activated(const double* x) const requires HasActivation<FunctionKernel> {
    State state;
    for (std::size_t m = 0; m < M; ++m) state.of[m] = functions[m].activated(x[m]);
    return state;
  }
};

}  // namespace detail

/// M filters of one type, each with its own weights: the coupling of a synapse is the sum over m of W_m c_m(k). The
/// filtered sums are added in order, in single precision. Cost and memory are those of M filters.
template <class FilterPolicy, std::size_t M>
struct Basis {
  static_assert(detail::RequireOptionalMembers<FilterPolicy>::value);
  static_assert(M > 1, "spikeometric: a Basis needs at least two functions; use a single filter by itself");
  static constexpr std::size_t bases = M;

  std::array<FilterPolicy, M> functions;

  static constexpr auto parts() { return std::tuple{part("functions", &Basis::functions)}; }

  /// Throws InvalidParameter, with the function in the message, if one of the filters is invalid.
  template <class Real>
  void validate(Real dt) const {
    for (std::size_t m = 0; m < M; ++m) {
      try {
        detail::validate_policy(functions[m], dt);
      } catch (const InvalidParameter& error) {
        throw InvalidParameter("basis function " + std::to_string(m) + ": " + error.what());
      }
    }
  }

  /// c_m(0), ..., c_m(lags - 1) for each m.
  template <class Real>
  auto taps(Real dt, int lags) const {
    std::array<decltype(functions[0].taps(dt, lags)), M> c;
    for (std::size_t m = 0; m < M; ++m) c[m] = functions[m].taps(dt, lags);
    return c;
  }

  template <class Real, class Arrays>
  auto kernel(Real dt, Arrays& arrays) const {
    return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
      using FunctionKernel = decltype(detail::kernel_of(functions[0], dt, arrays));
      return detail::BasisKernel<FunctionKernel, M>{{}, {detail::kernel_of(functions[Index], dt, arrays)...}};
    }
    (std::make_index_sequence<M>());
  }
};

namespace detail {

template <class FilterPolicy, std::size_t M, class Number>
struct Lifted<Basis<FilterPolicy, M>, Number> {
  using Type = Basis<LiftedOf<FilterPolicy, Number>, M>;

  template <class SlopeOf>
  static Type of(const Basis<FilterPolicy, M>& basis, const SlopeOf& slope_of) {
    Type result;
    for (std::size_t m = 0; m < M; ++m) result.functions[m] = lifted<Number>(basis.functions[m], slope_of);
    return result;
  }
};

}  // namespace detail

}  // namespace spikeometric
