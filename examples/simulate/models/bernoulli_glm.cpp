// SPDX-License-Identifier: BSD-3-Clause
#include <spikeometric/model/named/bernoulli_glm.hpp>

#include "../simulation_definition.hpp"

template struct driver::Simulation<spikeometric::BernoulliGLM>;
template struct driver::ByPopulation<spikeometric::BernoulliGLM>;
