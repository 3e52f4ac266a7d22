// SPDX-License-Identifier: BSD-3-Clause
#include <spikeometric/model/named/rectified_sam.hpp>

#include "../simulation_definition.hpp"

template struct driver::Simulation<spikeometric::RectifiedSAM>;
template struct driver::ByPopulation<spikeometric::RectifiedSAM>;
