// SPDX-License-Identifier: BSD-3-Clause
//
// Makes stimuli from descriptions such as regular,strength=2,period_steps=500,mask=0:10.
#pragma once

#include <spikeometric/graph/mask.hpp>
#include <spikeometric/stimulus/list.hpp>
#include <spikeometric/stimulus/poisson.hpp>
#include <spikeometric/stimulus/recorded.hpp>
#include <spikeometric/stimulus/regular.hpp>
#include <spikeometric/stimulus/sinusoid.hpp>

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "networks.hpp"
#include "usage.hpp"

namespace driver {

/// An entry on a stimulus in the report.
struct Told {
  std::string name, value;
  bool is_number = false;
};

/// A stimulus of the command line.
struct GivenStimulus {
  std::variant<sk::RegularPulses, sk::Sinusoid, sk::PoissonPulses, sk::detail::Recording> source = {};
  std::string file = {};  ///< of a recording
  std::optional<sk::Mask> mask = {};
  std::vector<Told> told = {};
};

/// Adds a stimulus to a list. A mask may use the labels.
GivenStimulus add_stimulus(sk::StimulusList& list, const std::string& text, const Labels& labels);

std::string help_on_stimuli();

}  // namespace driver
