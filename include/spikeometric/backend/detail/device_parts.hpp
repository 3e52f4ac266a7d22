// SPDX-License-Identifier: BSD-3-Clause
//
// Makes nvcc reject a model on a device if one of its parts is a host function. In a __host__ __device__ function, such
// as a step, nvcc only warns of such a call, and in a system header it does not even warn, although the behaviour is
// undefined.
//
//   static_cast<void>(&refuse_parts_of_the_host<Kernel, bases, Past>);       // is compiled, but never called
#pragma once

#if defined(__CUDACC__)
#include <cstddef>

#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/with_self.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric::detail {

/// Calls a part with these arguments, if it accepts them. nvcc prints this name if the part is a host function.
template <class Part, class... Arguments>
__device__ void parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(const Part& part,
                                                                              Arguments&... arguments) {
  if constexpr (requires { part(arguments...); }) part(arguments...);
  if constexpr (requires { part.memory(); }) part.memory();
}

template <class Kernel, class... Arguments>
__device__ void parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(const PerNeuronKernel<Kernel>& part,
                                                                              Arguments&... arguments) {
  parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(*part.kernels, arguments...);
}

template <std::size_t Bases, class Kernel, class State, class Past>
__device__ void refuse_filter_of_the_host(const Kernel& filter, State& state, const float* sums, const Past& past) {
  if constexpr (Bases == 1)
    parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(filter, state, *sums, past);
  else
    parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(filter, state, sums, past);
}

template <class Kernel, std::size_t M, class State, class Past>
__device__ void parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(const BasisKernel<Kernel, M>& part,
                                                                              State& state, const float* sums,
                                                                              const Past& past) {
  refuse_filter_of_the_host<1>(*part.functions, *state.of, sums, PastOf<Past>{past, 0});
}

template <class Coupling, std::size_t CouplingBases, class Self, std::size_t SelfBases, class State, class Past>
__device__ void parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(
    const WithSelfKernel<Coupling, CouplingBases, Self, SelfBases>& part, State& state, const float* sums,
    const Past& past) {
  refuse_filter_of_the_host<CouplingBases>(part.coupling, state.coupling, sums, PastFrom<Past>{past, 0});
  refuse_filter_of_the_host<SelfBases>(part.self, state.self, sums, PastFrom<Past>{past, 0});
}

template <class Kernel, std::size_t Bases, class Past>
__device__ void refuse_parts_of_the_host(const Kernel& model, typename Kernel::State& state, const float* values,
                                         const Past& past, std::size_t neuron, const PrimedDraws& draws) {
  refuse_filter_of_the_host<Bases>(model.filter, state, values, past);
  parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(model.baseline, draws);
  parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(model.stimulus_filter, values);
  parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(model.stimulus_filter, values, neuron);
  parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(model.nonlinearity, *values);
  parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(model.nonlinearity, *values, model.dt);
  parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(model.nonlinearity, *values, model.dt, neuron);
  parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(model.sampler, *values, draws);
}

}  // namespace spikeometric::detail
#endif
