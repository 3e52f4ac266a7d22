// SPDX-License-Identifier: BSD-3-Clause
//
// Stimuli as the driver's options describe them: regular,strength=2,period_steps=500,mask=0:10.
#pragma once

#include <spikeometric/stimulus/list.hpp>

#include <string>
#include <vector>

#include "usage.hpp"

namespace driver {

/// Something that there is to say of a stimulus.
struct Told {
  std::string name, value;
  bool is_number = false;
};

/// Adds a stimulus to a list; returns what there is to say of it.
std::vector<Told> add_stimulus(sk::StimulusList& list, const std::string& text);

std::string help_on_stimuli();

}  // namespace driver
