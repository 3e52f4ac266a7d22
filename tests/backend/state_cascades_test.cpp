// SPDX-License-Identifier: BSD-3-Clause
// Models put together from parts continue from their state.
#include <cstddef>
#include <cstdint>

#include "../against_reference.hpp"
#include "../catch.hpp"
#include "../support.hpp"
#include "spikeometric/backend/state.hpp"
#include "spikeometric/model/baseline.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/samplers/poisson.hpp"
#include "states.hpp"

using namespace spikeometric;
using namespace states;

TEST_CASE("models with two weights a synapse, and with Fir filters and histories, continue from a state") {
  support::Numbers numbers{8};
  const auto longest_delay = GENERATE(as<std::size_t>{}, 1, 20);
  CAPTURE(longest_delay);
  const auto random = [&](std::size_t bases) {
    return against::random_network(numbers, {.neurons = 300,
                                             .probability = 0.05,
                                             .strength = 0.5,
                                             .longest_delay = longest_delay,
                                             .bases = bases,
                                             .several = true})
        .synapses;
  };
  const auto check = [](const auto& graph, const auto& model) {
    check_goes_on(maker(graph, model, flicker), equilibrated);
  };
  SECTION("two exponentials") {
    using Model = Cascade<Basis<ExponentialFilter, 2>, RefractoryFilter>;
    Model model{{}, {}, {}, {}, {.theta = 2.0f}};
    model.filter.functions = {{{.coupling_window = 7}, {.coupling_decay = 0.05f, .coupling_window = 30}}};
    check_goes_on<true>(maker(against::graph_of<float, 2, std::uint32_t>(random(2)), model, flicker), equilibrated);
  }
  SECTION("two Firs, and a history of several lags") {
    using Model = Cascade<Basis<Fir, 2>, Fir>;
    const Model model{{}, {{{{{0.5f, 1.0f, 0.25f}}, {{-0.5f, 0.0f, 0.0f, 1.0f}}}}}, {{-5.0f, 1.0f, 0.5f, -0.25f}}};
    check(against::graph_of<float, 2, std::uint32_t>(random(2)), model);
  }
  SECTION("a Fir, a noisy baseline, counts and their history") {
    using Model = Cascade<Fir, Fir, NoisyBaseline, RectifiedLinear, PoissonSampler>;
    const Model model{
        {}, {{0.5f, 0.25f, 0.125f}}, {{-0.5f, -0.25f}}, {.b = 1.0f, .sigma = 0.5f, .rho = 0.2f}, {.lambda_0 = 0.2f}};
    check(against::graph_of<float, 1, std::uint32_t>(random(1)), model);
  }
  SECTION("narrow ids") { check(against::graph_of<float, 1, std::uint16_t>(random(1)), lively); }
}
