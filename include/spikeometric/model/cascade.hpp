// SPDX-License-Identifier: BSD-3-Clause
//
// The cascade: a model composed at compile time from a filter, a self-history, a baseline, a nonlinearity, a sampler
// and, for stimuli with several channels, a stimulus filter.
//
//   using MyModel =
//       sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::ConstantBaseline, Quadratic, sk::BernoulliSampler>;
//   const MyModel model{{.dt = 0.5f}, {.coupling_window = 50}, {}, {.b = 0.1f}, {.gain = 2.0f}};
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "spikeometric/model/baseline.hpp"
#include "spikeometric/model/concepts.hpp"
#include "spikeometric/model/detail/optional_members.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/model/filters/stimulus_filter.hpp"
#include "spikeometric/model/nonlinearities/logistic.hpp"
#include "spikeometric/model/samplers/bernoulli.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

namespace detail {

template <class SamplerPolicy>
inline constexpr Bounds dt_bounds = bounds::positive;
template <class SamplerPolicy>
requires std::is_same_v<decltype(SamplerPolicy::dt_bounds), const Bounds>
inline constexpr Bounds dt_bounds<SamplerPolicy> = SamplerPolicy::dt_bounds;

template <class SamplerPolicy>
inline constexpr bool deterministic = false;
template <class SamplerPolicy>
requires requires { std::bool_constant<SamplerPolicy::deterministic>{}; }
inline constexpr bool deterministic<SamplerPolicy> = SamplerPolicy::deterministic;

}  // namespace detail

/// The parameters that every model has in addition to those of its policies. The sampler may limit dt.
template <class Precision, class SamplerPolicy>
struct Scale {
  using Member = detail::MemberOf<Precision>;

  Member dt = Member(1);
  Member r = Member(1);

  static constexpr auto parameters() {
    return std::tuple{parameter("dt", &Scale::dt, "ms", detail::dt_bounds<SamplerPolicy>, "time step"),
                      parameter("r", &Scale::r, "1", bounds::any_number, "scale of the coupling")};
  }
};

namespace detail {

template <RealType Precision, class SamplerPolicy, class Number>
struct Lifted<Scale<Precision, SamplerPolicy>, Number>
    : LiftedFromRounded<Scale<Precision, SamplerPolicy>, Scale<RealOf<Precision>, SamplerPolicy>,
                        Scale<LiftedReal<Precision, Number>, SamplerPolicy>> {};

/// The kernels of the policies and the constants of a step, on the host or a device; see step/neuron_step.hpp.
template <class FilterKernel, class BaselineKernel, class NonlinearityKernel, class SamplerKernel, class StimulusKernel,
          class SamplerPolicy, class Number = float>
struct CascadeKernel {
  using State = typename FilterKernel::State;

  /// Whether the baseline needs PrimedDraws.
  static constexpr bool noisy = !std::is_invocable_v<const BaselineKernel&, const Draws&>;
  /// Whether the sampler needs no draws.
  static constexpr bool deterministic = detail::deterministic<SamplerPolicy>;
  static constexpr bool binary = SamplerPolicy::binary;

  FilterKernel filter;
  BaselineKernel baseline;
  NonlinearityKernel nonlinearity;
  SamplerKernel sampler;
  StimulusKernel stimulus_filter;
  Number dt;
  Number r;

  /// mu = f(g), for any real type, including Dual.
  template <class Input>
  SPIKEOMETRIC_HOST_DEVICE Input rate(Input g, [[maybe_unused]] std::size_t neuron) const {
    if constexpr (requires { nonlinearity(g, Input(dt), neuron); })
      return static_cast<Input>(nonlinearity(g, Input(dt), neuron));
    else if constexpr (requires { nonlinearity(g, Input(dt)); })
      return static_cast<Input>(nonlinearity(g, Input(dt)));
    else
      return static_cast<Input>(nonlinearity(g));
  }
};

/// Deduces the types of the kernels.
template <class SamplerPolicy, class Number, class... Kernels>
auto cascade_kernel(const Number& dt, const Number& r, const Kernels&... kernels) {
  return CascadeKernel<Kernels..., SamplerPolicy, Number>{kernels..., dt, r};
}

}  // namespace detail

/// A model: the equations of <spikeometric/model/concepts.hpp>, with one policy for each part. Parameters may be
/// changed after construction; a simulator checks them again. Parameters are given as doubles and rounded to float when
/// the constants of a step are computed, so 0.2 and 0.2f are equivalent. `Precision` is the precision of dt and r.
template <class FilterPolicy = ExponentialFilter, class SelfHistoryPolicy = NoHistory,
          class BaselinePolicy = NoBaseline, class NonlinearityPolicy = Logistic,
          class SamplerPolicy = BernoulliSampler, class StimulusFilterPolicy = DirectStimulus,
          class Precision = detail::Single>
struct Cascade {
  static_assert(detail::RequireOptionalMembers<FilterPolicy>::value &&
                detail::RequireOptionalMembers<SelfHistoryPolicy>::value &&
                detail::RequireOptionalMembers<BaselinePolicy>::value &&
                detail::RequireOptionalMembers<NonlinearityPolicy>::value &&
                detail::RequireOptionalMembers<SamplerPolicy>::value &&
                detail::RequireOptionalMembers<StimulusFilterPolicy>::value);

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
                "`operator()(float mu, const PrimedDraws&) const`");
  static_assert(StimulusFilter<StimulusFilterPolicy>,
                "spikeometric: a StimulusFilter needs `static constexpr std::size_t channels` and "
                "`float operator()(const float* channel) const`");

  static_assert(
      std::is_trivially_copyable_v<detail::KernelOf<FilterPolicy>> &&
          std::is_trivially_copyable_v<detail::KernelOf<BaselinePolicy>> &&
          std::is_trivially_copyable_v<detail::KernelOf<NonlinearityPolicy>> &&
          std::is_trivially_copyable_v<detail::KernelOf<SamplerPolicy>> &&
          std::is_trivially_copyable_v<detail::KernelOf<StimulusFilterPolicy>>,
      "spikeometric: kernels must be trivially copyable; a kernel gets arrays through `kernel(dt, arrays)`, see "
      "<spikeometric/model/concepts.hpp>");
  static_assert(std::is_copy_assignable_v<detail::KernelOf<FilterPolicy>> &&
                    std::is_copy_assignable_v<detail::KernelOf<BaselinePolicy>> &&
                    std::is_copy_assignable_v<detail::KernelOf<NonlinearityPolicy>> &&
                    std::is_copy_assignable_v<detail::KernelOf<SamplerPolicy>> &&
                    std::is_copy_assignable_v<detail::KernelOf<StimulusFilterPolicy>>,
                "spikeometric: kernels must be copy-assignable; instead of a lambda with captures, write a struct");

  using PrecisionType = Precision;

  static constexpr bool binary = SamplerPolicy::binary;
  static constexpr std::size_t bases = detail::bases<FilterPolicy>;        ///< number of weights of each synapse
  static constexpr std::size_t channels = StimulusFilterPolicy::channels;  ///< number of stimulus channels

  Scale<Precision, SamplerPolicy> scale;
  FilterPolicy filter;
  SelfHistoryPolicy history;
  BaselinePolicy baseline;
  NonlinearityPolicy nonlinearity;
  SamplerPolicy sampler;
  StimulusFilterPolicy stimulus_filter;

  /// Throws InvalidParameter if a parameter is out of bounds.
  explicit Cascade(Scale<Precision, SamplerPolicy> scale = {}, FilterPolicy filter = {}, SelfHistoryPolicy history = {},
                   BaselinePolicy baseline = {}, NonlinearityPolicy nonlinearity = {}, SamplerPolicy sampler = {},
                   StimulusFilterPolicy stimulus_filter = {})
      : Cascade(Unchecked{}, scale, std::move(filter), std::move(history), std::move(baseline), std::move(nonlinearity),
                std::move(sampler), std::move(stimulus_filter)) {
    validate();
  }

  /// @{ The same model with another part. Throws InvalidParameter if the part is invalid or if dt is out of the bounds
  /// of another sampler.
  template <class Policy>
  [[nodiscard]] auto with_filter(Policy part) const {
    return with(part, scale, part, history, baseline, nonlinearity, sampler, stimulus_filter);
  }
  template <class Policy>
  [[nodiscard]] auto with_history(Policy part) const {
    return with(part, scale, filter, part, baseline, nonlinearity, sampler, stimulus_filter);
  }
  template <class Policy>
  [[nodiscard]] auto with_baseline(Policy part) const {
    return with(part, scale, filter, history, part, nonlinearity, sampler, stimulus_filter);
  }
  template <class Policy>
  [[nodiscard]] auto with_nonlinearity(Policy part) const {
    return with(part, scale, filter, history, baseline, part, sampler, stimulus_filter);
  }
  template <class Policy>
  [[nodiscard]] auto with_sampler(Policy part) const {
    return with(part, Scale<Precision, Policy>{scale.dt, scale.r}, filter, history, baseline, nonlinearity, part,
                stimulus_filter);
  }
  template <class Policy>
  [[nodiscard]] auto with_stimulus_filter(Policy part) const {
    return with(part, scale, filter, history, baseline, nonlinearity, sampler, part);
  }
  /// @}

  /// The rounded time step in ms.
  auto dt() const { return detail::rounded(scale).dt; }

  /// Calls visit(policy) for each part, in the order of the constructor's arguments.
  template <class Visitor>
  constexpr void for_each_policy(Visitor&& visit) {
    visit_policies(*this, visit);
  }
  template <class Visitor>
  constexpr void for_each_policy(Visitor&& visit) const {
    visit_policies(*this, visit);
  }

  /// Throws InvalidParameter if a parameter, or a combination of parameters, is out of bounds.
  void validate() const {
    for_each_policy([&](const auto& policy) { detail::validate_policy(policy, dt()); });
  }

  /// Throws InvalidParameter if per-neuron parameters do not fit a network of this size.
  void validate_neurons(std::uint64_t neurons) const {
    for_each_policy([&](const auto& policy) {
      if constexpr (requires { policy.validate_neurons(neurons); }) policy.validate_neurons(neurons);
    });
  }

  /// The kernel of a step, with its constants computed. It is valid as long as `arrays` or a copy of it exists.
  template <class Arrays>
  auto kernel(Arrays& arrays) const {
    const auto exact = detail::rounded(scale);
    const auto of = [&](const auto& policy) { return detail::kernel_of(policy, exact.dt, arrays); };
    return detail::cascade_kernel<SamplerPolicy>(static_cast<float>(exact.dt), static_cast<float>(exact.r), of(filter),
                                                 of(baseline), of(nonlinearity), of(sampler), of(stimulus_filter));
  }

 private:
  template <class, class, class, class, class, class, class>
  friend struct Cascade;
  friend Cascade<> cascade(const Scale<detail::Single, BernoulliSampler>&);

  struct Unchecked {};
  Cascade(Unchecked, Scale<Precision, SamplerPolicy> scale, FilterPolicy filter, SelfHistoryPolicy history,
          BaselinePolicy baseline, NonlinearityPolicy nonlinearity, SamplerPolicy sampler,
          StimulusFilterPolicy stimulus_filter)
      : scale(scale),
        filter(std::move(filter)),
        history(std::move(history)),
        baseline(std::move(baseline)),
        nonlinearity(std::move(nonlinearity)),
        sampler(std::move(sampler)),
        stimulus_filter(std::move(stimulus_filter)) {}

  /// The cascade of these policies, of which `part` is new. If it does not fit, the messages are those of that cascade.
  template <class Policy, class S, class F, class H, class B, class N, class P, class E>
  auto with(const Policy& part, const Scale<S, P>& scale, const F& filter, const H& history, const B& baseline,
            const N& nonlinearity, const P& sampler, const E& stimulus_filter) const {
    using Other = Cascade<F, H, B, N, P, E, S>;
    if constexpr (Filter<F> && SelfHistory<H> && Baseline<B> && Nonlinearity<N> && Sampler<P> && StimulusFilter<E>) {
      if constexpr (std::is_same_v<Policy, P>) detail::validate_policy(scale);  // a sampler bounds dt
      detail::validate_policy(part, dt());
      return Other{
          typename Other::Unchecked{}, scale, filter, history, baseline, nonlinearity, sampler, stimulus_filter};
    } else {
      static_assert(!std::is_void_v<typename Other::PrecisionType>);
      return *this;
    }
  }

  template <class Self, class Visitor>
  static constexpr void visit_policies(Self& self, Visitor&& visit) {
    visit(self.scale);
    visit(self.filter);
    visit(self.history);
    visit(self.baseline);
    visit(self.nonlinearity);
    visit(self.sampler);
    visit(self.stimulus_filter);
  }
};

/// A model whose parts are given by name; a part that is not named has the default of Cascade. The bounds of dt depend
/// on the sampler. Throws InvalidParameter if dt or r is invalid.
///
///   const auto model = sk::cascade({.dt = 5.0})
///                          .with_filter(sk::LeakyFilter{.tau = 20.0})
///                          .with_baseline(sk::ConstantBaseline{.b = 0.5})
///                          .with_nonlinearity(sk::RectifiedLinear{})
///                          .with_sampler(sk::PoissonSampler{});
[[nodiscard]] inline Cascade<> cascade(const Scale<detail::Single, BernoulliSampler>& scale = {}) {
  detail::validate_policy(Scale<detail::Single, void>{scale.dt, scale.r});
  return Cascade<>{Cascade<>::Unchecked{}, scale, {}, {}, {}, {}, {}, {}};
}

}  // namespace spikeometric
