// SPDX-License-Identifier: BSD-3-Clause
#include <spikeometric/model/named/poisson_glm.hpp>

#include "inference_definition.hpp"

template struct driver::Inference<spikeometric::PoissonGLM>;
