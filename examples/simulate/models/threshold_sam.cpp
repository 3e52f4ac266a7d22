// SPDX-License-Identifier: BSD-3-Clause
#include <spikeometric/model/named/threshold_sam.hpp>

#include "../simulation_definition.hpp"

template struct driver::Simulation<spikeometric::ThresholdSAM>;
template struct driver::ByPopulation<spikeometric::ThresholdSAM>;
