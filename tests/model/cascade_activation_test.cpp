// SPDX-License-Identifier: BSD-3-Clause
//
// Cascades with synaptic activation, compared with the slow reference spike by spike.
#include <cstddef>
#include <cstdint>

#include "../against_reference.hpp"
#include "../catch.hpp"
#include "../slow_reference.hpp"
#include "../support.hpp"
#include "cascades.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/nonlinearities/identity.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
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
