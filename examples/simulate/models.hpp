// SPDX-License-Identifier: BSD-3-Clause
//
// The models that the driver knows. models/ has a file for each.
#pragma once

#include <spikeometric/model/named/bernoulli_glm.hpp>
#include <spikeometric/model/named/poisson_glm.hpp>
#include <spikeometric/model/named/rectified_lnp.hpp>
#include <spikeometric/model/named/rectified_sam.hpp>
#include <spikeometric/model/named/threshold_sam.hpp>

#include <tuple>

namespace driver {

namespace sk = spikeometric;

#if defined(SPIKEOMETRIC_MODELS)
using Models = std::tuple<SPIKEOMETRIC_MODELS>;
#else
using Models = std::tuple<sk::BernoulliGLM, sk::PoissonGLM, sk::RectifiedLNP, sk::RectifiedSAM, sk::ThresholdSAM>;
#endif

/// Calls visit(model) for each model, with its default parameters.
template <class Visitor>
void for_each_model(Visitor&& visit) {
  std::apply([&](const auto&... model) { (visit(model), ...); }, Models{});
}

}  // namespace driver
