// SPDX-License-Identifier: BSD-3-Clause
//
// A run of one model, and its tuning: what simulators do, and all of it. Each of the models is compiled on its own.
#pragma once

#include <spikeometric/graph/batch.hpp>
#include <spikeometric/model/event.hpp>
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

/// The lengths of the pieces to run: those asked for, then what is left.
inline std::vector<std::uint64_t> pieces(const Options& options) {
  std::vector<std::uint64_t> result = options.split;
  std::uint64_t left = options.steps;
  for (const std::uint64_t piece : result) {
    if (piece > left)
      throw UsageError("--split",
                       "the pieces are longer than the " + std::to_string(options.steps) + " steps of --steps");
    left -= piece;
  }
  if (left > 0) result.push_back(left);
  return result;
}

/// What a run leaves behind.
struct Outcome {
  std::variant<sk::BatchEvents<sk::BinaryEvent>, sk::BatchEvents<sk::CountEvent>> spikes;
  std::exception_ptr failure;  // that ended it early
  std::uint64_t synapses, synaptic_events, state_hash;
  std::optional<std::uint64_t> device_bytes;
  double seconds, built_s;  // of the steps recorded, and of what came before these and equilibration
};

template <class Model>
struct Simulation {
  /// Takes the steps, in turns short enough to be interrupted between them.
  static Outcome run(const Options& options, sk::Batch<> networks, const Model& model, const sk::StimulusList& stimulus,
                     const sk::InitialState& initial);

  /// By adam or by bracketing.
  static sk::Tuned<Model, sk::StimulusList> tune(const Model& model, const sk::Batch<>& networks,
                                                 const sk::StimulusList& stimulus, const sk::TuneOptions& tuning,
                                                 sk::Seed seed, bool by_gradient);
};

}  // namespace driver
