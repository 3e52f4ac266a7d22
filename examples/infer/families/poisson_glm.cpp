// SPDX-License-Identifier: BSD-3-Clause
#include <spikeometric/model/named/poisson_glm.hpp>

#include "../inference_definition.hpp"

template std::unique_ptr<driver::Family> driver::family_of(const spikeometric::PoissonGLM&);
