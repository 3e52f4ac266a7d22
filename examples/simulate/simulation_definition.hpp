// SPDX-License-Identifier: BSD-3-Clause
//
// Defines Simulation and ByPopulation for the files of models/, which instantiate them. SPIKEOMETRIC_WITH_THRUST and
// SPIKEOMETRIC_WITH_CUDA add backends.
#pragma once

#include <spikeometric/model/per_neuron.hpp>
#include <spikeometric/simulate/simulator.hpp>
#include <spikeometric/tune/tune.hpp>
#if defined(SPIKEOMETRIC_WITH_THRUST)
#include <spikeometric/backend/thrust.hpp>
#endif
#if defined(SPIKEOMETRIC_WITH_CUDA)
#include <spikeometric/backend/cuda.cuh>
#endif

#include <utility>

#include "simulated.hpp"
#include "simulation.hpp"

namespace driver {

/// Returns work(backend) for the chosen backend.
template <class Work>
auto with_backend(const BackendChoice& choice, std::uint32_t first_network, bool hash_state, Work&& work) {
  const bool by_product = choice.strategy == "sparse_matvec";
#if defined(SPIKEOMETRIC_WITH_THRUST)
  if (choice.name == "thrust") return work(sk::ThrustBackend{first_network, hash_state});
#endif
#if defined(SPIKEOMETRIC_WITH_CUDA)
  const int device = choice.device.value_or(0);
  if (choice.name == "cuda" && by_product)
    return work(sk::CudaBackend<sk::SparseMatvec>{device, first_network, hash_state});
  if (choice.name == "cuda") return work(sk::CudaBackend<>{device, first_network, hash_state});
#endif
  if (by_product)
    return work(sk::EigenBackend<sk::SparseMatvec>{choice.threads.value_or(1), first_network, hash_state});
  return work(sk::EigenBackend<>{choice.threads.value_or(1), first_network, hash_state});
}

template <class Model>
Outcome Simulation<Model>::run(const Options& options, sk::Batch<> networks, const Model& model,
                               const sk::StimulusList& stimulus, const sk::InitialState& initial) {
  return with_backend(options.backend, options.first_network, options.hash_state, [&](const auto& backend) {
    return simulated(options, std::move(networks), model, stimulus, initial, backend);
  });
}

template <class Model>
sk::Tuned<Model, sk::StimulusList> Simulation<Model>::tune(const Model& model, const sk::Batch<>& networks,
                                                           const sk::StimulusList& stimulus,
                                                           const sk::TuneOptions& tuning, sk::Seed seed,
                                                           bool by_gradient) {
  if constexpr (sk::Differentiable<Model>)
    if (by_gradient) return sk::tune(networks, model, stimulus, seed, tuning, sk::Adam{});
  return sk::tune(networks, model, stimulus, seed, tuning, sk::Bracketing{});
}

template <class Model>
Outcome ByPopulation<Model>::run(const Options& options, sk::Batch<> networks, const Model& model,
                                 const sk::Populations& populations,
                                 const std::vector<sk::PopulationParameter>& parameters,
                                 const sk::StimulusList& stimulus, const sk::InitialState& initial) {
  const auto by_population = [&] {
    try {
      auto result = sk::per_population(model, populations, parameters);
      result.validate();
      return result;
    } catch (const sk::InvalidArgument& error) {
      throw sk::FileError(options.network, error.what());
    }
  }();
  const sk::EigenBackend<> backend{options.backend.threads.value_or(1), options.first_network, options.hash_state};
  return simulated(options, std::move(networks), by_population, stimulus, initial, backend);
}

}  // namespace driver
