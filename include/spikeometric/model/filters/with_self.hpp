// SPDX-License-Identifier: BSD-3-Clause
//
// One filter for synapses between different neurons, and another for autapses (synapses from a neuron to itself).
//
//   using Filter = sk::WithSelf<sk::RaisedCosine<4>, sk::Basis<sk::Fir, 3>>;      // 4 + 3 weights per synapse
//   using Model = sk::Cascade<Filter, sk::NoHistory, sk::PerNeuron<sk::ConstantBaseline>>;
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>

#include "spikeometric/model/concepts.hpp"
#include "spikeometric/model/detail/optional_members.hpp"
#include "spikeometric/parameter/parameter.hpp"

namespace spikeometric {

namespace detail {

/// past(lag, basis) of the basis functions from `first` on.
template <class Past>
struct PastFrom {
  const Past& past;
  std::size_t first;

  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint32_t lag, std::size_t basis = 0) const {
    return past(lag, first + basis);
  }
};

template <class CouplingKernel, std::size_t CouplingBases, class SelfKernel, std::size_t SelfBases>
struct WithSelfKernel {
  struct State {
    typename CouplingKernel::State coupling;
    typename SelfKernel::State self;
  };
  CouplingKernel coupling;
  SelfKernel self;

  SPIKEOMETRIC_HOST_DEVICE std::uint32_t memory() const {
    return coupling.memory() > self.memory() ? coupling.memory() : self.memory();
  }

  template <class Past>
  SPIKEOMETRIC_HOST_DEVICE auto operator()(State& state, const float* sums, const Past& past) const {
    const auto x = filtered<CouplingBases>(coupling, state.coupling, sums, PastFrom<Past>{past, 0});
    const auto y = filtered<SelfBases>(self, state.self, sums + CouplingBases, PastFrom<Past>{past, CouplingBases});
    return x + y;
  }

 private:
  template <std::size_t Bases, class Kernel, class Past>
  SPIKEOMETRIC_HOST_DEVICE static auto filtered(const Kernel& kernel, typename Kernel::State& state, const float* sums,
                                                const Past& past) {
    if constexpr (Bases == 1)
      return kernel(state, sums[0], past);
    else
      return kernel(state, sums, past);
  }
};

}  // namespace detail

/// A Filter that adds two filters. A synapse has the weights of CouplingFilter, followed by those of SelfFilter. By
/// convention, the weights of SelfFilter are 0 for a synapse between different neurons, and the weights of
/// CouplingFilter are 0 for an autapse. So `fit` separates a neuron's own history from the spikes of other neurons. A
/// simulator applies both filters to every synapse.
template <class CouplingFilter, class SelfFilter>
struct WithSelf {
  static_assert(detail::RequireOptionalMembers<CouplingFilter>::value &&
                detail::RequireOptionalMembers<SelfFilter>::value);

  static constexpr std::size_t coupling_bases = detail::bases<CouplingFilter>;
  static constexpr std::size_t self_bases = detail::bases<SelfFilter>;
  static constexpr std::size_t bases = coupling_bases + self_bases;

  CouplingFilter coupling;
  SelfFilter self;

  static constexpr auto parts() {
    return std::tuple{part("coupling", &WithSelf::coupling), part("self", &WithSelf::self)};
  }

  /// Throws InvalidParameter if one of the filters is invalid.
  template <class Real>
  void validate(Real dt) const {
    detail::validate_policy(coupling, dt);
    detail::validate_policy(self, dt);
  }

  template <class Real, class Arrays>
  auto kernel(Real dt, Arrays& arrays) const {
    const auto of_coupling = detail::kernel_of(coupling, dt, arrays);
    const auto of_self = detail::kernel_of(self, dt, arrays);
    return detail::WithSelfKernel<std::remove_const_t<decltype(of_coupling)>, coupling_bases,
                                  std::remove_const_t<decltype(of_self)>, self_bases>{of_coupling, of_self};
  }
};

namespace detail {

template <class CouplingFilter, class SelfFilter, class Number>
struct Lifted<WithSelf<CouplingFilter, SelfFilter>, Number> {
  using Type = WithSelf<LiftedOf<CouplingFilter, Number>, LiftedOf<SelfFilter, Number>>;

  template <class SlopeOf>
  static Type of(const WithSelf<CouplingFilter, SelfFilter>& both, const SlopeOf& slope_of) {
    return {lifted<Number>(both.coupling, slope_of), lifted<Number>(both.self, slope_of)};
  }
};

}  // namespace detail

}  // namespace spikeometric
