// SPDX-License-Identifier: BSD-3-Clause
//
// The pictures of a fit.
#pragma once

#include <spikeometric/graph/names.hpp>
#include <spikeometric/infer/edges.hpp>
#include <spikeometric/infer/time_rescaling.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "covariates.hpp"
#include "inference.hpp"

namespace driver {

/// What pictures show.
struct Results {
  const FittedModel& fit;
  const Recording& recording;
  const sk::NeuronNames& names;
  const std::vector<std::string>& stimuli;  // names of the inputs
  double dt_ms;
  std::optional<sk::Edges> edges;  // found
  std::vector<sk::RescaledIntervals> checks;
  std::optional<sk::PredictiveCheck> simulated;
  std::uint64_t bin_steps;
};

/// Writes PREFIX_connections.svg, PREFIX_coupling.svg, PREFIX_history.svg, PREFIX_stimulus.svg, PREFIX_ks.svg,
/// PREFIX_psth.svg and PREFIX_check.svg, as far as there is something to show. Returns their paths.
std::vector<std::string> write_pictures(const std::string& prefix, const Results& results);

}  // namespace driver
