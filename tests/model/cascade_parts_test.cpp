// SPDX-License-Identifier: BSD-3-Clause
//
// Cascades of the parts of the library, compared with the slow reference spike by spike.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../against_reference.hpp"
#include "../catch.hpp"
#include "../slow_reference.hpp"
#include "../support.hpp"
#include "cascades.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/nonlinearities/exponential.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;
using namespace cascades;

TEST_CASE("three finite responses, self-history, sparse noise and two channels match the equations bit for bit") {
  using Model = Cascade<Basis<Fir, 3>, Fir, NoisyBaseline, Logistic, BernoulliSampler, ChannelWeights<2>>;
  against::Outcome outcome;
  check_many(31, 40, [&](support::Numbers& numbers, against::NetworkKind kind) {
    kind.bases = 3;
    kind.strength = balanced(kind, 4.0);
    slow::Model slow_model;
    slow_model.r = 0.9f;
    Basis<Fir, 3> filter;
    for (Fir& fir : filter.functions) {
      fir = values(numbers, 1 + numbers.below(30), -1.0, 1.0);
      slow_model.filters.push_back(slow::fir(fir.coefficients));
    }
    slow_model.self_history = values(numbers, 1 + numbers.below(20), -4.0, 1.0);
    Model model{{.r = 0.9f}, filter, {slow_model.self_history}};
    const float b = numbers.one_of<float>({1.0f, -1.0f}), sigma = 0.7f, rho = numbers.one_of<float>({0.0f, 0.1f, 1.0f});
    model.baseline = {.b = b, .sigma = sigma, .rho = rho};
    slow_model.baseline = [=](const slow::Bits& bits) { return slow::noisy_baseline(b, sigma, rho, bits); };
    model.nonlinearity.theta = 1.0f;
    slow_model.rate = [](float g, std::uint32_t) { return 1.0f / (1.0f + spikeometric::exp(1.0f - g)); };
    const std::vector<float> weights = values(numbers, 2, -2.0, 2.0);
    model.stimulus_filter.weights = {weights[0], weights[1]};

    const auto network = against::random_network(numbers, kind);
    against::check<3, false>(
        network, model, slow_model, channels(function(flash), flicker),
        slow::weighed({flash_everywhere, flicker}, [=](std::size_t c, std::uint32_t) { return weights[c]; }),
        against::random_course<Model>(numbers, network), outcome);
  });
  against::check_worth(outcome, 200);
}

TEST_CASE("raised cosines, an exponential, Poisson counts and a sum of stimuli match the equations bit for bit") {
  using Model = Cascade<RaisedCosine<3>, NoHistory, ConstantBaseline, Exponential, PoissonSampler>;
  against::Outcome outcome;
  check_many(32, 40, [&](support::Numbers& numbers, against::NetworkKind kind) {
    kind.bases = 3;
    kind.mean = -0.05 * balanced(kind, 1.0);
    kind.strength = balanced(kind, 0.3);
    const float dt = numbers.one_of<float>({1.0f, 0.5f});
    const RaisedCosine<3> filter{.first_peak_ms = numbers.one_of<float>({0.0f, 1.0f}),
                                 .last_peak_ms = 6.0f,
                                 .stretch_ms = 0.7f,
                                 .window_steps = numbers.between(15, 40)};
    const Model model{{.dt = dt}, filter, {}, {.b = 1.0f}, {.alpha = 8.0f, .beta = 0.8f}};
    slow::Model slow_model;
    slow_model.filters =
        slow::raised_cosines(3, static_cast<float>(filter.first_peak_ms), 6.0f, 0.7f, filter.window_steps, dt);
    slow_model.baseline = [](const slow::Bits&) { return 1.0f; };
    slow_model.rate = [=](float g, std::uint32_t) { return dt / 8.0f * spikeometric::exp(0.8f * g); };
    slow_model.sample = slow::poisson;

    const auto network = against::random_network(numbers, kind);
    const auto n = static_cast<std::uint32_t>(kind.neurons);
    const auto some = [n](std::uint32_t neuron) { return neuron % 3 == 0 || neuron + 1 == n; };
    std::vector<std::uint32_t> ids;
    for (std::uint32_t neuron = 0; neuron < n; ++neuron)
      if (some(neuron)) ids.push_back(neuron);
    const auto stimulus =
        function(flicker) + function(flash).on(neurons(n / 3, n)) + function(flicker).on(neurons(ids));
    const auto slow_stimulus =
        slow::sum({flicker, only(flash_everywhere, [n](auto neuron) { return neuron >= n / 3; }), only(flicker, some)});
    against::check<3, false>(network, model, slow_model, stimulus, slow_stimulus,
                             against::random_course<Model>(numbers, network), outcome);
  });
  against::check_worth(outcome, 200);
  CHECK(outcome.largest_count > 4);
}

TEST_CASE("a time constant, an exponential and Poisson counts match the equations bit for bit") {
  using Model = Cascade<TimeConstantFilter, NoHistory, ConstantBaseline, Exponential, PoissonSampler>;
  against::Outcome outcome;
  check_many(36, 40, [&](support::Numbers& numbers, against::NetworkKind kind) {
    const float dt = numbers.one_of<float>({1.0f, 0.25f}), tau = static_cast<float>(numbers.real(0.5, 10.0));
    const int window = numbers.one_of<int>({1, 15, infinite_window});
    kind.strength = balanced(kind, 0.3);
    kind.mean = -0.5 * kind.strength;
    const Model model{{.dt = dt}, {.tau = tau, .T = window}, {}, {.b = 1.0f}, {.alpha = 8.0f, .beta = 0.8f}};
    slow::Model slow_model;
    slow_model.filters = {
        slow::time_constant(tau, window == infinite_window ? slow::endless : static_cast<std::size_t>(window), dt)};
    slow_model.baseline = [](const slow::Bits&) { return 1.0f; };
    slow_model.rate = [=](float g, std::uint32_t) { return dt / 8.0f * spikeometric::exp(0.8f * g); };
    slow_model.sample = slow::poisson;
    const auto network = against::random_network(numbers, kind);
    against::check<1, false>(network, model, slow_model, flicker, flicker,
                             against::random_course<Model>(numbers, network), outcome);
  });
  against::check_worth(outcome, 200);
}

TEST_CASE("a time constant, rectified linear rates and Poisson counts match the equations bit for bit") {
  using Model = Cascade<TimeConstantFilter, NoHistory, ConstantBaseline, RectifiedLinear, PoissonSampler>;
  against::Outcome outcome;
  check_many(37, 40, [&](support::Numbers& numbers, against::NetworkKind kind) {
    const float tau = static_cast<float>(numbers.real(0.5, 10.0));
    kind.strength = balanced(kind, 0.8 / static_cast<double>(tau));
    const Model model{{.r = -1.5f}, {.tau = tau, .T = 12}, {}, {.b = 0.5f}, {.lambda_0 = 0.6f, .theta = -0.25f}};
    slow::Model slow_model = rectified(slow::time_constant(tau, 12), 0.6f, -0.25f, 0.5f);
    slow_model.r = -1.5f;
    const auto network = against::random_network(numbers, kind);
    against::check<1, false>(network, model, slow_model, no_stimulus, {},
                             against::random_course<Model>(numbers, network), outcome);
  });
  against::check_worth(outcome, 200);
}
