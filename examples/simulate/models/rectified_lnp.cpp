// SPDX-License-Identifier: BSD-3-Clause
#include <spikeometric/model/named/rectified_lnp.hpp>

#include "../simulation_definition.hpp"

template struct driver::Simulation<spikeometric::RectifiedLNP>;
template struct driver::ByPopulation<spikeometric::RectifiedLNP>;
