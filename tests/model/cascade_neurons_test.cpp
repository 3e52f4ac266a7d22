// SPDX-License-Identifier: BSD-3-Clause
//
// Cascades with synaptic activation and with per-neuron parameters, compared with the slow reference spike by spike.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../against_reference.hpp"
#include "../catch.hpp"
#include "../slow_reference.hpp"
#include "../support.hpp"
#include "cascades.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/nonlinearities/identity.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;
using namespace cascades;

TEST_CASE("synaptic activation, rectified linear rates and Poisson counts match the equations bit for bit") {
  using Model = Cascade<LeakyFilter, NoHistory, ConstantBaseline, RectifiedLinear, PoissonSampler>;
  against::Outcome outcome;
  check_many(33, 60, [&](support::Numbers& numbers, against::NetworkKind kind) {
    const float dt = numbers.one_of<float>({1.0f, 0.2f}), tau = static_cast<float>(numbers.real(1.0, 20.0));
    kind.strength = balanced(kind, 1.0 / static_cast<double>(tau));
    const Model model{{.dt = dt}, {.tau = tau}, {}, {.b = 1.0f}, {.lambda_0 = 0.5f, .theta = 0.25f}};
    const slow::Model slow_model = rectified(slow::leaky(tau, dt), 0.5f, 0.25f, 1.0f, dt);
    const auto network = against::random_network(numbers, kind);
    against::check<1, false>(network, model, slow_model, function(flash).on(neurons(0, kind.neurons / 2)),
                             only(flash_everywhere, [&](std::uint32_t neuron) { return neuron < kind.neurons / 2; }),
                             against::random_course<Model>(numbers, network), outcome);
  });
  against::check_worth(outcome, 200);
  CHECK(outcome.largest_count > 4);
}

TEST_CASE("synaptic activation, sparse noise and a threshold match the equations bit for bit") {
  using Model = Cascade<LeakyFilter, NoHistory, NoisyBaseline, Identity, ThresholdSampler>;
  against::Outcome outcome;
  check_many(34, 60, [&](support::Numbers& numbers, against::NetworkKind kind) {
    const float tau = static_cast<float>(numbers.real(1.0, 20.0)), theta = static_cast<float>(numbers.real(-0.5, 1.2));
    kind.strength = balanced(kind, 1.0);
    const float b = 1.0f, sigma = 0.8f, rho = numbers.one_of<float>({0.1f, 0.5f});
    const Model model{{}, {.tau = tau}, {}, {.b = b, .sigma = sigma, .rho = rho}, {}, {.theta = theta}};
    slow::Model slow_model;
    slow_model.filters = {slow::leaky(tau)};
    slow_model.baseline = [=](const slow::Bits& bits) { return slow::noisy_baseline(b, sigma, rho, bits); };
    slow_model.rate = [](float g, std::uint32_t) { return g; };
    slow_model.sample = [=](float mu, const slow::Bits&) { return mu > theta; };
    const auto network = against::random_network(numbers, kind);
    against::check<1, false>(network, model, slow_model, no_stimulus, {},
                             against::random_course<Model>(numbers, network), outcome);
  });
  against::check_worth(outcome, 200);
}

TEST_CASE("two synaptic activations with different time constants match the equations bit for bit") {
  using Model = Cascade<Basis<LeakyFilter, 2>, RefractoryFilter>;
  against::Outcome outcome;
  check_many(35, 30, [&](support::Numbers& numbers, against::NetworkKind kind) {
    kind.bases = 2;
    kind.strength = balanced(kind, 1.0);
    const float fast = static_cast<float>(numbers.real(1.0, 5.0)),
                slow_tau = static_cast<float>(numbers.real(5.0, 50.0));
    const Model model{{}, {{{{.tau = fast}, {.tau = slow_tau}}}}, {}, {}, {.theta = 0.5f}};
    slow::Model slow_model = slow::bernoulli_glm({.theta = 0.5f});
    slow_model.filters = {slow::leaky(fast), slow::leaky(slow_tau)};
    const auto network = against::random_network(numbers, kind);
    against::check<2, false>(network, model, slow_model, no_stimulus, {},
                             against::random_course<Model>(numbers, network), outcome);
  });
  against::check_worth(outcome, 200);
}

TEST_CASE("per-neuron thresholds, baselines and receptive fields match the equations bit for bit") {
  using Model = Cascade<ExponentialFilter, RefractoryFilter, PerNeuron<ConstantBaseline>, PerNeuron<Logistic>,
                        BernoulliSampler, PerNeuron<ChannelWeights<2>>>;
  against::Outcome outcome;
  check_many(38, 40, [&](support::Numbers& numbers, against::NetworkKind kind) {
    kind.strength = balanced(kind, 2.0);
    std::vector<float> theta = values(numbers, kind.neurons, -1.0, 3.0), b = values(numbers, kind.neurons, -1.0, 1.0),
                       weights = values(numbers, 2 * kind.neurons, -2.0, 2.0);
    std::vector<ConstantBaseline> baselines;
    std::vector<Logistic> nonlinearities;
    std::vector<ChannelWeights<2>> fields;
    for (std::size_t i = 0; i < kind.neurons; ++i) {
      baselines.push_back({.b = b[i]});
      nonlinearities.push_back({.theta = theta[i]});
      fields.push_back({{weights[2 * i], weights[2 * i + 1]}});
    }
    const Model model{{}, {}, {}, PerNeuron{baselines}, PerNeuron{nonlinearities}, {}, PerNeuron{fields}};
    slow::Model slow_model = slow::bernoulli_glm({});
    slow_model.baseline = [=](const slow::Bits& bits) { return b[bits.neuron]; };
    slow_model.rate = [=](float g, std::uint32_t neuron) {
      return 1.0f / (1.0f + spikeometric::exp(theta[neuron] - g));
    };
    const auto network = against::random_network(numbers, kind);
    against::check<1, false>(
        network, model, slow_model, channels(flicker, function(flash)),
        slow::weighed({flicker, flash_everywhere},
                      [=](std::size_t c, std::uint32_t neuron) { return weights[2 * neuron + c]; }),
        against::random_course<Model>(numbers, network), outcome);
  });
  against::check_worth(outcome, 200);
}

TEST_CASE("per-neuron noise and thresholds match the equations bit for bit") {
  using Model = Cascade<LeakyFilter, NoHistory, PerNeuron<NoisyBaseline>, Identity, PerNeuron<ThresholdSampler>>;
  against::Outcome outcome;
  check_many(39, 40, [&](support::Numbers& numbers, against::NetworkKind kind) {
    kind.strength = balanced(kind, 1.0);
    const std::vector<float> theta = values(numbers, kind.neurons, -0.5, 1.5),
                             b = values(numbers, kind.neurons, 0.0, 1.0),
                             sigma = values(numbers, kind.neurons, 0.0, 2.0),
                             rho = values(numbers, kind.neurons, 0.0, 1.0);
    std::vector<NoisyBaseline> baselines;
    std::vector<ThresholdSampler> samplers;
    for (std::size_t i = 0; i < kind.neurons; ++i) {
      baselines.push_back({.b = b[i], .sigma = sigma[i], .rho = rho[i]});
      samplers.push_back({.theta = theta[i]});
    }
    const Model model{{}, {}, {}, PerNeuron{baselines}, {}, PerNeuron{samplers}};
    slow::Model slow_model;
    slow_model.filters = {slow::leaky(10.0f)};
    slow_model.baseline = [=](const slow::Bits& bits) {
      return slow::noisy_baseline(b[bits.neuron], sigma[bits.neuron], rho[bits.neuron], bits);
    };
    slow_model.rate = [](float g, std::uint32_t) { return g; };
    slow_model.sample = [=](float mu, const slow::Bits& bits) { return mu > theta[bits.neuron]; };
    const auto network = against::random_network(numbers, kind);
    against::check<1, false>(network, model, slow_model, flicker, flicker,
                             against::random_course<Model>(numbers, network), outcome);
  });
  against::check_worth(outcome, 200);
}

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
  SECTION("synaptic activation, rectified, Poisson") {
    const auto network =
        against::random_network(numbers, {.neurons = 300, .probability = 0.05, .strength = 0.1, .mean = -0.02});
    check(against::graph_of<float, 1, std::uint32_t>(network.synapses),
          Cascade<LeakyFilter, NoHistory, ConstantBaseline, RectifiedLinear, PoissonSampler>{
              {}, {}, {}, {.b = 0.5f}, {.lambda_0 = 0.5f}},
          rectified(slow::leaky(10.0f), 0.5f, 0.0f, 0.5f), 3916, 0x9658746e1404d14a, 0xfd2e7879f1baf81b);
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
