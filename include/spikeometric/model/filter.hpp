// SPDX-License-Identifier: BSD-3-Clause
//
// Coupling filters c(k): how a spike's effect on its targets runs over the lag k. A step of a neuron costs an
// exponential or leaky filter O(1), a Fir its length.
//
//   const sk::ExponentialFilter fading{.coupling_decay = 0.2f, .coupling_window = 20};
//   const std::vector<float> c = fading.taps(1.0f, 5);           // 1, 0.82, 0.67, 0.55, 0.45
//
//   const sk::Fir delayed{{0.0f, 0.5f, 1.0f, 0.5f}};             // any taps
//   const sk::Basis<sk::LeakyFilter, 2> fast_and_slow{{{{.tau = 2.0f}, {.tau = 20.0f}}}};  // two weights a synapse
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/model/parameter.hpp"

namespace spikeometric {

namespace detail {

/// x(t) = decay x(t-1) + s(t) - leaving s(t - window), for window > 0; else x(t) = decay x(t-1) + s(t). What fades below
/// 2^-100 is 0 from then on, so that no state ends below the normal range, where processors are many times slower.
template <class Real>
struct ExponentialKernel {
  using State = Wide<Real>;
  static constexpr bool normal_or_zero = true;
  State decay;    ///< factor per step
  State leaving;  ///< factor over the window
  std::uint32_t window;

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t memory() const { return window; }

  template <class Past>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(State& state, float sum, const Past& past) const {
    State x = mul(decay, state) + static_cast<State>(sum);
    if (window > 0) x = x - mul(leaving, static_cast<State>(past(window)));
    state = detail::normal_or_zero(x);
    return static_cast<Real>(state);
  }
};

/// Whether a filter itself gives 0 for what is below 2^-100 in size.
template <class FilterKernel>
inline constexpr bool gives_normal_or_zero = false;
template <class FilterKernel>
requires requires { FilterKernel::normal_or_zero; }
inline constexpr bool gives_normal_or_zero<FilterKernel> = FilterKernel::normal_or_zero;

/// decay_over(steps) is the factor by which an effect falls.
template <class Real, class Decay>
auto exponential_kernel(int window, Decay decay_over) {
  using Kernel = ExponentialKernel<Real>;
  if (window == infinite_window) return Kernel{decay_over(1), 0.0, 0};
  return Kernel{decay_over(1), decay_over(window), static_cast<std::uint32_t>(window)};
}

/// The first taps of a filter: those of the window, then zeros.
template <class Real, class Decay>
std::vector<Real> exponential_taps(int lags, int window, Decay decay_over) {
  std::vector<Real> c(static_cast<std::size_t>(lags), Real(0));
  for (int k = 0; k < lags && k < window; ++k) c[k] = Real(decay_over(k));
  return c;
}

/// Every neuron keeps a sum for each step of a finite window.
inline void validate_window(const char* name, int window) {
  if (window != infinite_window && window > 1'000'000)
    throw InvalidParameter(std::string(name) + " = " + std::to_string(window) +
                           " steps must be at most 1000000, or inf");
}

/// For filters without an end. Throws InvalidParameter where the time constant is so long that nothing fades.
template <class Real>
void validate_fading(Real tau, Real dt, double decay) {
  if (!(decay < 1.0))
    throw InvalidParameter("tau = " + to_text(tau) + " ms is so long that nothing fades in a step of dt = " +
                           to_text(dt) + " ms, and the filter has no end");
}

}  // namespace detail

/// c(k) = exp(-coupling_decay dt k) for k < coupling_window, else 0. Applied as a recursion,
///   x(t) = exp(-coupling_decay dt) x(t-1) + s(t) - exp(-coupling_decay dt coupling_window) s(t - coupling_window),
/// at a cost that does not depend on the window. The state is double, so that the rounding errors which a slow decay
/// keeps stay near 1e-15 of the largest term for each of the 1 / (coupling_decay dt) steps remembered. Memory:
/// coupling_window floats a neuron where the window is finite.
template <class Real>
struct BasicExponentialFilter {
  Real coupling_decay = Real(0.2f);
  int coupling_window = 20;

  static constexpr auto parameters() {
    using Self = BasicExponentialFilter;
    return std::tuple{
        parameter("coupling_decay", &Self::coupling_decay, "1/ms", non_negative, "decay rate of a spike's effect"),
        parameter("coupling_window", &Self::coupling_window, "steps", at_least_one, "lags a spike acts on; inf: all")};
  }

  /// Throws InvalidParameter where an infinite window never decays: the input would grow without end; and where a
  /// finite one is longer than 10^6 steps.
  void validate(Real dt) const {
    validate_parameters(*this);
    detail::validate_window("coupling_window", coupling_window);
    if (coupling_window == infinite_window && !(double(decay_over(dt)(1)) < 1.0))
      throw InvalidParameter("coupling_decay = " + detail::to_text(coupling_decay) +
                             (coupling_decay > Real(0) ? " fades nothing in a step: it" : "") +
                             " must be positive where coupling_window is inf");
  }

  /// c(0), ..., c(lags - 1).
  std::vector<Real> taps(Real dt, int lags) const {
    return detail::exponential_taps<Real>(lags, coupling_window, decay_over(dt));
  }

  auto kernel(Real dt) const { return detail::exponential_kernel<Real>(coupling_window, decay_over(dt)); }

 private:
  auto decay_over(Real dt) const {
    using Wide = detail::Wide<Real>;
    return [this, dt](int steps) { return exp(Wide(-(Wide(coupling_decay) * Wide(dt) * Wide(steps)))); };
  }
};
using ExponentialFilter = BasicExponentialFilter<float>;

/// c(k) = exp(-dt k / tau) for k < T, else 0: an exponential filter that is told its time constant. The same recursion
/// at the same cost.
template <class Real>
struct BasicTimeConstantFilter {
  Real tau = Real(10);
  int T = 20;

  static constexpr auto parameters() {
    using Self = BasicTimeConstantFilter;
    return std::tuple{parameter("tau", &Self::tau, "ms", positive, "time constant of a spike's effect"),
                      parameter("T", &Self::T, "steps", at_least_one, "lags a spike acts on; inf: all")};
  }

  /// Throws InvalidParameter where an infinite window never decays: the input would grow without end; and where a
  /// finite one is longer than 10^6 steps.
  void validate(Real dt) const {
    validate_parameters(*this);
    detail::validate_window("T", T);
    if (T == infinite_window) detail::validate_fading(tau, dt, double(decay_over(dt)(1)));
  }

  /// c(0), ..., c(lags - 1).
  std::vector<Real> taps(Real dt, int lags) const { return detail::exponential_taps<Real>(lags, T, decay_over(dt)); }

  auto kernel(Real dt) const { return detail::exponential_kernel<Real>(T, decay_over(dt)); }

 private:
  auto decay_over(Real dt) const {
    using Wide = detail::Wide<Real>;
    const Wide rate = Wide(dt) / Wide(tau);
    return [rate](int steps) { return exp(Wide(-(rate * Wide(steps)))); };
  }
};
using TimeConstantFilter = BasicTimeConstantFilter<float>;

/// c(k) = dt (1 - dt / tau)^k for all k: what the synaptic activation s_j(t+1) = s_j(t) (1 - dt / tau) + dt X_j(t) of
/// each presynaptic neuron adds up to. The state is double, and is the activation that the next step begins
/// with; what is below 2^-100 in size is forgotten, and does not add up.
template <class Real>
struct BasicLeakyFilter {
  Real tau = Real(10);

  static constexpr auto parameters() {
    return std::tuple{parameter("tau", &BasicLeakyFilter::tau, "ms", positive, "time constant of synaptic activation")};
  }

  /// Throws InvalidParameter where a step is longer than tau, or so short that nothing leaks in it.
  void validate(Real dt) const {
    validate_parameters(*this);
    if (!(dt <= tau))
      throw InvalidParameter("dt = " + detail::to_text(dt) + " ms must be at most tau = " + detail::to_text(tau) +
                             " ms");
    detail::validate_fading(tau, dt, double(kept(dt)));
  }

  /// c(0), ..., c(lags - 1).
  std::vector<Real> taps(Real dt, int lags) const {
    std::vector<Real> c;
    detail::Wide<Real> tap(dt);
    for (int k = 0; k < lags; ++k, tap = tap * kept(dt)) c.push_back(Real(tap));
    return c;
  }

  struct Kernel {
    using State = detail::Wide<Real>;
    static constexpr bool has_activation = true, normal_or_zero = true;
    State dt;
    State kept;  ///< factor per step

    SPIKEOMETRIC_HOST_DEVICE std::uint32_t memory() const { return 0; }

    template <class Past>
    SPIKEOMETRIC_HOST_DEVICE Real operator()(State& state, float sum, const Past&) const {
      const State x = detail::normal_or_zero(state + mul(dt, static_cast<State>(sum)));
      state = mul(kept, x);
      return static_cast<Real>(x);
    }

    /// The state with which the next x(t) is x, if no spike arrives in that step.
    SPIKEOMETRIC_HOST_DEVICE State activated(double x) const { return x; }
  };

  Kernel kernel(Real dt) const { return {detail::Wide<Real>(dt), kept(dt)}; }

 private:
  detail::Wide<Real> kept(Real dt) const {
    using Wide = detail::Wide<Real>;
    return Wide(1) - Wide(dt) / Wide(tau);
  }
};
using LeakyFilter = BasicLeakyFilter<float>;

/// c(k) = coefficients[k]: any finite response, the same at every dt. A Filter,
///   x(t) = sum over k, ascending from 0, of c(k) s(t-k), in the real type,
/// and a SelfHistory. Cost and memory: as many products and floats a neuron as there are coefficients.
///
/// With the taps of an exponential filter, rounded to float, x differs from that filter's by at most some 20 units in
/// the last place of the sum of its terms' sizes, and spikes are the same unless a draw falls between the two rates:
/// about once in 1e7 spikes.
template <class Real>
struct BasicFir {
  std::vector<Real> coefficients;

  /// Throws InvalidParameter where there is no coefficient, one is not finite, or there are more than 10^6.
  void validate() const {
    if (coefficients.empty()) throw InvalidParameter("coefficients are missing: a Fir needs at least one");
    if (coefficients.size() > longest)
      throw InvalidParameter(std::to_string(coefficients.size()) +
                             " coefficients are too many: a step looks at each; " + std::to_string(longest) +
                             " are allowed");
    for (std::size_t k = 0; k < coefficients.size(); ++k)
      if (const auto value = static_cast<double>(coefficients[k]); !std::isfinite(value))
        throw InvalidParameter("coefficient " + detail::to_text(value) + " of lag " + std::to_string(k) +
                               " must be finite");
  }

  /// c(0), ..., c(lags - 1).
  std::vector<Real> taps(Real, int lags) const {
    std::vector<Real> c = coefficients;
    c.resize(static_cast<std::size_t>(lags), Real(0));
    return c;
  }

  /// All of them, as a SelfHistory gives them.
  std::vector<Real> taps(Real) const { return coefficients; }

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
  Kernel kernel(Real, Arrays& arrays) const {
    return {arrays(std::span<const Real>(coefficients.data(), coefficients.size())),
            static_cast<std::uint32_t>(coefficients.size())};
  }

 private:
  static constexpr std::size_t longest = 1'000'000;
};
using Fir = BasicFir<float>;

namespace detail {

template <class Kernel>
concept HasActivation = requires {
  requires Kernel::has_activation;
};

/// What a Basis's kernel has only where its functions have it.
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

/// M filters of one type, each with weights of its own: a synapse's coupling is sum over m of W_m c_m(k). The filtered
/// sums are added in order, in single precision. Cost and memory are those of M filters.
template <class FilterPolicy, std::size_t M>
struct Basis {
  static_assert(M > 1, "spikeometric: a Basis needs at least two functions; one is a Filter by itself");
  static constexpr std::size_t bases = M;

  std::array<FilterPolicy, M> functions;

  /// Throws InvalidParameter where one of the filters would, and says which.
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

}  // namespace spikeometric
