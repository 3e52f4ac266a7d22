// SPDX-License-Identifier: BSD-3-Clause
#include <spikeometric/model/named/poisson_glm.hpp>

#include "../simulation_definition.hpp"

template struct driver::Simulation<spikeometric::PoissonGLM>;
template struct driver::ByPopulation<spikeometric::PoissonGLM>;
