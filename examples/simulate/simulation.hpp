// SPDX-License-Identifier: BSD-3-Clause
//
// Runs and tunes simulations of one model. Each model is compiled in a file of its own.
#pragma once

#include <spikeometric/graph/batch.hpp>
#include <spikeometric/graph/populations.hpp>
#include <spikeometric/model/event.hpp>
#include <spikeometric/model/per_neuron.hpp>
#include <spikeometric/random/streams.hpp>
#include <spikeometric/simulate/events.hpp>
#include <spikeometric/simulate/initial_state.hpp>
#include <spikeometric/stimulus/list.hpp>
#include <spikeometric/tune/tuning.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "options.hpp"
#include "usage.hpp"

namespace driver {

/// The lengths of the pieces of a run: those of --split, then the remaining steps.
inline std::vector<std::uint64_t> pieces(const Options& options) {
  std::vector<std::uint64_t> result = options.split;
  std::uint64_t left = options.steps;
  for (const std::uint64_t piece : result) {
    if (piece > left)
      throw UsageError("--split",
                       "the pieces have more steps than the " + std::to_string(options.steps) + " of --steps");
    left -= piece;
  }
  if (left > 0) result.push_back(left);
  return result;
}

/// The results of a run.
struct Outcome {
  std::variant<sk::BatchEvents<sk::BinaryEvent>, sk::BatchEvents<sk::CountEvent>> spikes;
  std::exception_ptr failure;  // the exception that ended the run, if any
  std::uint64_t synapses, synaptic_events, state_hash;
  std::optional<std::uint64_t> device_bytes;
  double seconds, built_s;  // time of the recorded steps, and time before equilibration
};

template <class Model>
struct Simulation {
  /// Runs the steps in portions short enough to react to an interrupt between them.
  static Outcome run(const Options& options, sk::Batch<> networks, const Model& model, const sk::StimulusList& stimulus,
                     const sk::InitialState& initial);

  /// Tunes by Adam or by bracketing.
  static sk::Tuned<Model, sk::StimulusList> tune(const Model& model, const sk::Batch<>& networks,
                                                 const sk::StimulusList& stimulus, const sk::TuneOptions& tuning,
                                                 sk::Seed seed, bool by_gradient);
};

/// Simulations of a model with parameters of populations.
template <class Model>
struct ByPopulation {
  /// Runs event-driven on the CPU. Throws FileError for a parameter that cannot differ between populations or has an
  /// invalid value.
  static Outcome run(const Options& options, sk::Batch<> networks, const Model& model,
                     const sk::Populations& populations, const std::vector<sk::PopulationParameter>& parameters,
                     const sk::StimulusList& stimulus, const sk::InitialState& initial);
};

}  // namespace driver
