// SPDX-License-Identifier: BSD-3-Clause
// The spikes of known cascades, compared with the slow reference and with what they have always been.
#include <cstdint>

#include "../against_reference.hpp"
#include "../catch.hpp"
#include "../slow_reference.hpp"
#include "../support.hpp"
#include "cascades.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/biexponential.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/nonlinearities/identity.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/samplers/negative_binomial.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;
using namespace cascades;

TEST_CASE("the spikes of known cascades do not change") {
  support::Numbers numbers{40};
  const auto check = [](const auto& graph, const auto& model, const slow::Model& slow_model, std::uint64_t total,
                        std::uint64_t fingerprint, std::uint64_t state_hash) {
    Simulator simulator{graph, model, no_stimulus, Seed{42}, EigenBackend<>{.hash_state = true}};
    simulator.equilibrate(20);
    const auto spikes = simulator.run(100);
    CHECK(spikes.total() == total);
    CHECK(spikes.fingerprint() == fingerprint);
    CHECK(simulator.state_hash() == state_hash);

    slow::Network oracle{slow_model, against::synapses_of(graph), 42};
    oracle.start();
    oracle.equilibrate(20);
    oracle.run(100);
    CHECK(oracle.fingerprint() == spikes.fingerprint());
    CHECK(oracle.state_hash() == simulator.state_hash());
  };

  SECTION("raised cosines over delays, Bernoulli") {
    const auto network = against::random_network(
        numbers,
        {.neurons = 300, .probability = 0.05, .strength = 1.0, .longest_delay = 20, .bases = 3, .several = true});
    slow::Model slow_model = slow::bernoulli_glm({.theta = 2.0f});
    slow_model.filters = slow::raised_cosines(3, 0.0f, 8.0f, 1.0f, 30);
    check(against::graph_of<float, 3, std::uint32_t>(network.synapses),
          Cascade<RaisedCosine<3>, RefractoryFilter>{
              {}, {.last_peak_ms = 8.0f, .window_steps = 30}, {}, {}, {.theta = 2.0f}},
          slow_model, 1733, 0x3c0afd3e6d66da6c, 0x8414516575413d8e);
  }
  SECTION("postsynaptic potentials over delays, Poisson") {
    const auto network = against::random_network(
        numbers, {.neurons = 300, .probability = 0.05, .strength = 0.3, .mean = -0.1, .longest_delay = 3});
    check(against::graph_of<float, 1, std::uint32_t>(network.synapses),
          Cascade<BiexponentialFilter, NoHistory, ConstantBaseline, RectifiedLinear, PoissonSampler>{
              {.dt = 0.1}, {}, {}, {.b = 0.5}, {.lambda_0 = 5.0}},
          rectified(slow::biexponential(10.0f, 0.5f, 0.1f), 5.0f, 0.0f, 0.5f, 0.1f), 40341, 0xb30772bd1eab65fa,
          0xd8b32c00f70b8294);
  }
  SECTION("synaptic activation, rectified, Poisson") {
    const auto network =
        against::random_network(numbers, {.neurons = 300, .probability = 0.05, .strength = 0.1, .mean = -0.02});
    check(against::graph_of<float, 1, std::uint32_t>(network.synapses),
          Cascade<LeakyFilter, NoHistory, ConstantBaseline, RectifiedLinear, PoissonSampler>{
              {}, {}, {}, {.b = 0.5f}, {.lambda_0 = 0.5f}},
          rectified(slow::leaky(10.0f), 0.5f, 0.0f, 0.5f), 3916, 0x9658746e1404d14a, 0xfd2e7879f1baf81b);
  }
  SECTION("synaptic activation, rectified, negative binomial") {
    const auto network =
        against::random_network(numbers, {.neurons = 300, .probability = 0.05, .strength = 0.1, .mean = -0.02});
    slow::Model slow_model = rectified(slow::leaky(10.0f), 0.5f, 0.0f, 0.5f);
    slow_model.sample = [](float mu, const slow::Bits& bits) {
      const Stream stream{Seed{bits.seed}, bits.network, static_cast<Purpose>(bits.purpose)};
      return negative_binomial(static_cast<double>(mu), 1.5, Draws{stream, bits.neuron, bits.step});
    };
    check(against::graph_of<float, 1, std::uint32_t>(network.synapses),
          Cascade<LeakyFilter, NoHistory, ConstantBaseline, RectifiedLinear, NegativeBinomialSampler>{
              {}, {}, {}, {.b = 0.5}, {.lambda_0 = 0.5}, {.dispersion = 1.5}},
          slow_model, 3972, 0x988687b60864e6f2, 0x3a3967ceea1af562);
  }
  SECTION("synaptic activation, sparse noise, threshold") {
    const auto network = against::random_network(
        numbers, {.neurons = 300, .probability = 0.05, .strength = 0.3, .mean = -0.1, .longest_delay = 3});
    slow::Model slow_model;
    slow_model.filters = {slow::leaky(10.0f)};
    slow_model.baseline = [](const slow::Bits& bits) { return slow::noisy_baseline(1.0f, 0.5f, 0.3f, bits); };
    slow_model.rate = [](float g, std::uint32_t) { return g; };
    slow_model.sample = [](float mu, const slow::Bits&) { return mu > 1.0f; };
    check(against::graph_of<float, 1, std::uint32_t>(network.synapses),
          Cascade<LeakyFilter, NoHistory, NoisyBaseline, Identity, ThresholdSampler>{
              {}, {}, {}, {.b = 1.0f, .sigma = 0.5f, .rho = 0.3f}, {}, {.theta = 1.0f}},
          slow_model, 5316, 0xd10339e51af64dd, 0x3a96e8e8a5320132);
  }
}
