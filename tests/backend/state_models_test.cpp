// SPDX-License-Identifier: BSD-3-Clause
// Every named model continues from its state.
#include "../catch.hpp"
#include "spikeometric/backend/state.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"
#include "states.hpp"

using namespace spikeometric;
using namespace states;

TEST_CASE("every named model continues from a state as if never interrupted") {
  const int longest_delay = GENERATE(1, 2, 20);
  CAPTURE(longest_delay);
  const Graph graph = network(600, longest_delay);
  const auto check = [&](const auto& model) { check_goes_on(maker(graph, model, flicker), equilibrated); };
  SECTION("Bernoulli GLM") { check_goes_on<true>(maker(graph, lively, flicker), equilibrated); }
  SECTION("Poisson GLM") { check(PoissonGLM{{.r = 0.1f, .alpha = 20.0f, .tau = 5.0f, .T = 15}}); }
  SECTION("rectified LNP") { check(RectifiedLNP{{.lambda_0 = 0.05f, .T = infinite_window}}); }
  SECTION("rectified SAM") { check(RectifiedSAM{{.lambda_0 = 0.05f}}); }
  SECTION("threshold SAM, with noise") { check(ThresholdSAM{}); }
}
