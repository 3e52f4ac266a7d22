// SPDX-License-Identifier: BSD-3-Clause
//
// Makes stimuli from descriptions such as regular,strength=2,period_steps=500,mask=0:10.
#pragma once

#include <spikeometric/stimulus/list.hpp>

#include <string>
#include <vector>

#include "networks.hpp"
#include "usage.hpp"

namespace driver {

/// An entry on a stimulus in the report.
struct Told {
  std::string name, value;
  bool is_number = false;
};

/// Adds a stimulus to a list, and returns its entries in the report. A mask may use the labels.
std::vector<Told> add_stimulus(sk::StimulusList& list, const std::string& text, const Labels& labels);

std::string help_on_stimuli();

}  // namespace driver
