// SPDX-License-Identifier: BSD-3-Clause
// A replay gives derivatives by parameters of a stimulus.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "../catch.hpp"
#include "replayed.hpp"
#include "spikeometric/model/filters/stimulus_filter.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"

using namespace spikeometric;
using namespace replayed;

TEST_CASE("derivatives by a parameter of a stimulus are those of its drive") {
  // mu = exp(beta (g + E)) / alpha, so that d mu = mu beta dE.
  const PoissonGLM model{{.alpha = 20.0f, .beta = 0.5f}};
  const auto graph = some_graph(0.2);
  const auto check = [&](const auto& stimulus, const std::string& parameter, auto slope) {
    CAPTURE(parameter);
    Simulator simulator{graph, model, stimulus, Seed{6}};
    simulator.run(15);
    const auto state = simulator.state();
    const auto spikes = simulator.run(60);
    Replay values{graph, model, stimulus, spikes, Seed{6}}, by{graph, model, stimulus, spikes, Seed{6}, parameter};
    values.start(state[0]);
    by.start(state[0]);
    const auto mu = means_of(std::move(values));
    const auto derivatives = derivatives_of(std::move(by));
    double largest = 0.0;
    for (std::uint64_t t = 0; t < mu.size(); ++t)
      for (std::uint32_t i = 0; i < size; ++i) {
        const double expected = mu[t][i] * 0.5 * slope(15 + t, i);
        REQUIRE(derivatives[t][i] == Approx(expected).epsilon(1e-6).margin(1e-12));
        largest = std::max(largest, std::abs(expected));
      }
    CHECK(largest > 0.0);
  };
  constexpr double pi = 3.14159265358979323846;
  const auto sine = [](std::uint64_t t, std::uint32_t) { return std::sin(2.0 * pi * static_cast<double>(t) / 40.0); };
  const auto pulse = [](std::uint64_t t, std::uint32_t i) {
    return double(t >= 3 && (t - 3) % 20 < 4 && i >= 5 && i < 25);
  };
  check(wave, "stimulus.amplitude", sine);
  check(wave, "stimulus.baseline", [](std::uint64_t, std::uint32_t) { return 1.0; });
  check(wave, "stimulus.period_ms", [](std::uint64_t t, std::uint32_t) {
    const auto time = static_cast<double>(t);
    return -1.25 * std::cos(2.0 * pi * time / 40.0) * 2.0 * pi * time / 1600.0;
  });
  check(pulses, "stimulus.strength", pulse);
  check(wave + pulses, "stimulus.strength", pulse);
  check(random_pulses.on(neurons(0, 1)), "b", [](std::uint64_t, std::uint32_t) { return 1.0; });

  using TwoChannels =
      Cascade<TimeConstantFilter, NoHistory, ConstantBaseline, Exponential, PoissonSampler, ChannelWeights<2>>;
  const TwoChannels weighed{{}, {}, {}, {}, {20.0f, 0.5f}, {}, {{2.0f, -3.0f}}};
  const auto stimulus = channels(wave, pulses);
  const auto spikes = Simulator{graph, weighed, stimulus, Seed{6}}.run(60);
  const auto mu = means_of(Replay{graph, weighed, stimulus, spikes, Seed{6}});
  const auto by = derivatives_of(Replay{graph, weighed, stimulus, spikes, Seed{6}, "stimulus.strength"});
  for (std::uint64_t t = 0; t < mu.size(); ++t)
    for (std::uint32_t i = 0; i < size; ++i)
      REQUIRE(by[t][i] == Approx(mu[t][i] * 0.5 * -3.0 * pulse(t, i)).epsilon(1e-6).margin(1e-12));
}

TEST_CASE("derivatives by a parameter that the model or the stimulus does not have are 0") {
  const auto graph = some_graph(1.0);
  const auto spikes = Simulator{graph, lively, wave, Seed{6}}.run(20);
  for (const char* parameter : {"", "tau", "amplitude", "stimulus.theta", "stimulus.", "stimulus"}) {
    CAPTURE(parameter);
    for (const auto& of_step : derivatives_of(Replay{graph, lively, wave, spikes, Seed{6}, parameter}))
      for (const double derivative : of_step) REQUIRE(derivative == 0.0);
  }
}
