// SPDX-License-Identifier: BSD-3-Clause
//
// The cascade: a model composed at compile time from a filter, a self-history, a baseline, a nonlinearity and a
// sampler.
//
//   using MyModel =
//       sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::ConstantBaseline, Quadratic, sk::BernoulliSampler>;
//   const MyModel model{{.dt = 0.5f}, {.coupling_window = 50}, {}, {.b = 0.1f}, {.gain = 2.0f}};
#pragma once

#include <tuple>
#include <utility>

#include "spikeometric/model/baseline.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/model/filter.hpp"
#include "spikeometric/model/history.hpp"
#include "spikeometric/model/nonlinearity.hpp"
#include "spikeometric/model/parameter.hpp"
#include "spikeometric/model/sampler.hpp"

namespace spikeometric {

namespace detail {

template <class SamplerPolicy>
inline constexpr Bounds dt_bounds = positive;
template <class SamplerPolicy>
requires requires { SamplerPolicy::dt_bounds; }
inline constexpr Bounds dt_bounds<SamplerPolicy> = SamplerPolicy::dt_bounds;

}  // namespace detail

/// What every model has beside its policies. The sampler may bound dt.
template <class Real, class SamplerPolicy>
struct Scale {
  Real dt = Real(1);
  Real r = Real(1);

  static constexpr auto parameters() {
    return std::tuple{parameter("dt", &Scale::dt, "ms", detail::dt_bounds<SamplerPolicy>, "time step"),
                      parameter("r", &Scale::r, "1", any_number, "scale of the coupling")};
  }
};

namespace detail {

template <class F>
SPIKEOMETRIC_HOST_DEVICE auto rate(const F& f, float g, float dt) {
  if constexpr (requires { f(g, dt); })
    return f(g, dt);
  else
    return f(g);
}

/// One neuron's step, composed from the policies: what every backend executes, on the host or a device.
template <class FilterKernel, class Baseline, class Nonlinearity, class Sampler>
struct CascadeKernel {
  using State = typename FilterKernel::State;
  static constexpr bool binary = Sampler::binary;

  FilterKernel filter;
  Baseline baseline;
  Nonlinearity nonlinearity;
  Sampler sampler;
  float dt;
  float r;

  /// g = ((r x + H) + b) + E, x being the filtered sum over synapses.
  SPIKEOMETRIC_HOST_DEVICE float input(float x, float self_history, float stimulus, const Draws& noise) const {
    return ((mul(r, x) + self_history) + static_cast<float>(baseline(noise))) + stimulus;
  }

  /// mu = f(g)
  SPIKEOMETRIC_HOST_DEVICE float rate(float g) const { return static_cast<float>(detail::rate(nonlinearity, g, dt)); }

  /// False only where sampling is sure to give 0. True for every NaN, so that it is found.
  SPIKEOMETRIC_HOST_DEVICE bool may_spike(float mu, std::uint32_t first) const {
    if constexpr (requires { sampler.may_spike(mu, first); })
      return static_cast<bool>(sampler.may_spike(mu, first) | (mu != mu));
    else
      return true;
  }
};

}  // namespace detail

/// A model: the equations of <spikeometric/model/concepts.hpp>, one policy for each part. Parameters may be changed
/// after construction; a simulator checks them again. `Real` is the type of dt and r.
template <class FilterPolicy, class SelfHistoryPolicy = NoHistory, class BaselinePolicy = NoBaseline,
          class NonlinearityPolicy = Logistic, class SamplerPolicy = BernoulliSampler, class Real = float>
struct Cascade {
  static_assert(Filter<FilterPolicy>,
                "spikeometric: a Filter needs `kernel(dt)`, whose result has a type `State`, `memory()` and "
                "`float operator()(State&, float sum, past) const`; see <spikeometric/model/concepts.hpp>");
  static_assert(SelfHistory<SelfHistoryPolicy>,
                "spikeometric: a SelfHistory needs `std::vector<float> taps(float dt) const`");
  static_assert(Baseline<BaselinePolicy>, "spikeometric: a Baseline needs `float operator()(const Draws&) const`");
  static_assert(Nonlinearity<NonlinearityPolicy>,
                "spikeometric: a Nonlinearity needs `Real operator()(Real g) const` or `(Real g, Real dt) const`");
  static_assert(Sampler<SamplerPolicy>,
                "spikeometric: a Sampler needs `static constexpr bool binary` and an integer "
                "`operator()(float mu, const SpikeDraws&) const`");

  static constexpr bool binary = SamplerPolicy::binary;

  Scale<Real, SamplerPolicy> scale;
  FilterPolicy filter;
  SelfHistoryPolicy history;
  BaselinePolicy baseline;
  NonlinearityPolicy nonlinearity;
  SamplerPolicy sampler;

  /// Throws InvalidParameter where a parameter is out of bounds.
  explicit Cascade(Scale<Real, SamplerPolicy> scale = {}, FilterPolicy filter = {}, SelfHistoryPolicy history = {},
                   BaselinePolicy baseline = {}, NonlinearityPolicy nonlinearity = {}, SamplerPolicy sampler = {})
      : scale(scale),
        filter(std::move(filter)),
        history(std::move(history)),
        baseline(std::move(baseline)),
        nonlinearity(std::move(nonlinearity)),
        sampler(std::move(sampler)) {
    validate();
  }

  Real dt() const { return scale.dt; }

  /// Calls visit(policy) for each part, in the order in which parameters are listed.
  template <class Visitor>
  constexpr void for_each_policy(Visitor&& visit) {
    visit_policies(*this, visit);
  }
  template <class Visitor>
  constexpr void for_each_policy(Visitor&& visit) const {
    visit_policies(*this, visit);
  }

  /// Throws InvalidParameter where a parameter, or a combination of them, is out of bounds.
  void validate() const {
    validate_parameters(*this);
    for_each_policy([](const auto& policy) {
      if constexpr (requires { policy.validate(); }) policy.validate();
    });
  }

  /// The step of one neuron, constants computed.
  auto kernel() const {
    using FilterKernel = decltype(filter.kernel(scale.dt));
    return detail::CascadeKernel<FilterKernel, BaselinePolicy, NonlinearityPolicy, SamplerPolicy>{
        filter.kernel(scale.dt),    baseline, nonlinearity, sampler, static_cast<float>(scale.dt),
        static_cast<float>(scale.r)};
  }

 private:
  template <class Self, class Visitor>
  static constexpr void visit_policies(Self& self, Visitor&& visit) {
    visit(self.scale);
    visit(self.filter);
    visit(self.history);
    visit(self.baseline);
    visit(self.nonlinearity);
    visit(self.sampler);
  }
};

}  // namespace spikeometric
