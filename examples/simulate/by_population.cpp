// SPDX-License-Identifier: BSD-3-Clause
//
// Simulations of models whose parameters differ between populations.
#include <spikeometric/model/per_neuron.hpp>

#include "models.hpp"
#include "simulated.hpp"

namespace driver {

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

template struct ByPopulation<sk::BernoulliGLM>;
template struct ByPopulation<sk::PoissonGLM>;
template struct ByPopulation<sk::RectifiedLNP>;
template struct ByPopulation<sk::RectifiedSAM>;
template struct ByPopulation<sk::ThresholdSAM>;

}  // namespace driver
