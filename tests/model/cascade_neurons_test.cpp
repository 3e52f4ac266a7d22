// SPDX-License-Identifier: BSD-3-Clause
//
// Cascades with per-neuron parameters, compared with the slow reference spike by spike.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../against_reference.hpp"
#include "../catch.hpp"
#include "../slow_reference.hpp"
#include "../support.hpp"
#include "cascades.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/nonlinearities/identity.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/model/samplers/poisson.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;
using namespace cascades;

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

TEST_CASE("per-neuron refractory periods of different lengths match the equations bit for bit") {
  using Model = Cascade<ExponentialFilter, PerNeuron<RefractoryFilter>>;
  against::Outcome outcome;
  check_many(40, 30, [&](support::Numbers& numbers, against::NetworkKind kind) {
    kind.strength = balanced(kind, 2.0);
    std::vector<RefractoryFilter> histories;
    slow::Model slow_model = slow::bernoulli_glm({.theta = 1.0});
    for (std::size_t i = 0; i < kind.neurons; ++i) {
      const BernoulliGLM::Parameters own{.abs_ref_steps = numbers.between(0, 3),
                                         .abs_ref_strength = numbers.real(-9.0, 1.0),
                                         .rel_ref_steps = numbers.one_of<int>({0, 2, 40}),
                                         .rel_ref_strength = numbers.real(-3.0, 1.0)};
      histories.push_back({own.abs_ref_steps, own.abs_ref_strength, own.rel_ref_steps, own.rel_ref_strength});
      slow_model.own_histories.push_back(slow::bernoulli_glm(own).self_history);
    }
    const Model model{{}, {}, PerNeuron{histories}, {}, {.theta = 1.0}};
    const auto network = against::random_network(numbers, kind);
    against::check<1, false>(network, model, slow_model, flicker, flicker,
                             against::random_course<Model>(numbers, network), outcome);
  });
  against::check_worth(outcome, 200);
}

TEST_CASE("per-neuron taps match the equations bit for bit, with counts above one") {
  using Model = Cascade<TimeConstantFilter, PerNeuron<Fir>, ConstantBaseline, RectifiedLinear, PoissonSampler>;
  against::Outcome outcome;
  check_many(41, 30, [&](support::Numbers& numbers, against::NetworkKind kind) {
    kind.strength = balanced(kind, 0.5);
    std::vector<Fir> histories;
    slow::Model slow_model = rectified(slow::time_constant(5.0f, 20), 1.0f, 0.0f, 1.0f);
    for (std::size_t i = 0; i < kind.neurons; ++i) {
      slow_model.own_histories.push_back(values(numbers, numbers.one_of<std::size_t>({1, 2, 35}), -0.5, 0.1));
      histories.emplace_back(slow_model.own_histories.back());
    }
    const Model model{{}, {.tau = 5.0, .T = 20}, PerNeuron{histories}, {.b = 1.0}, {.lambda_0 = 1.0, .theta = 0.0}};
    const auto network = against::random_network(numbers, kind);
    against::check<1, false>(network, model, slow_model, flicker, flicker,
                             against::random_course<Model>(numbers, network), outcome);
  });
  against::check_worth(outcome, 200);
  CHECK(outcome.largest_count > 2);
}
