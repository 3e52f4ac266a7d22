// SPDX-License-Identifier: BSD-3-Clause
// Shows with cross-correlograms that a shared stimulus makes unconnected neurons look connected.
#include <spikeometric/spikeometric.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <numeric>
#include <vector>

namespace sk = spikeometric;

constexpr int driven = 50, window = 50;
constexpr std::uint64_t steps = 200'000;

/// Coincident spikes of all pairs of driven neurons without a synapse, for each lag from -window to window.
struct Correlogram {
  std::vector<double> ratio;  ///< coincidences / those expected of independent neurons
  double expected = 0.0;      ///< coincidences of independent neurons at one lag
};
template <class Event>
Correlogram correlogram(const sk::Events<Event>& spikes, const sk::Graph<>& graph) {
  const auto weights = graph.to_dense();
  const auto paired = [&](auto i, auto j) {
    return i < driven && j < driven && i != j && weights(i, j) == 0.0f && weights(j, i) == 0.0f;
  };
  Correlogram result{std::vector<double>(2 * window + 1)};
  const auto events = spikes.packed();
  for (std::size_t a = 0; a < events.size(); ++a)
    for (std::size_t b = a; b < events.size() && events[b].offset <= events[a].offset + window; ++b)
      if (paired(events[a].neuron, events[b].neuron)) {
        ++result.ratio[window + events[b].offset - events[a].offset];
        ++result.ratio[window + events[a].offset - events[b].offset];
      }
  const auto counts = spikes.counts();
  for (int i = 0; i < driven; ++i)
    for (int j = 0; j < driven; ++j)
      if (paired(i, j)) result.expected += static_cast<double>(counts[i]) * static_cast<double>(counts[j]) / steps;
  for (double& each : result.ratio) each /= result.expected;
  return result;
}

int main() {
  const auto graph = sk::generate::normal({.neurons = 100, .probability = 0.1, .std = 1.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  const auto run = [&](const auto& stimulus) {
    sk::Simulator simulator{graph, model, stimulus, sk::Seed{42}};
    simulator.equilibrate(100);
    return correlogram(simulator.run(steps), graph);
  };
  const auto alone = run(sk::no_stimulus);
  const auto confounded = run(sk::poisson_pulses({.strength = 2.0, .mean_interval_steps = 200.0, .pulse_steps = 10})
                                  .on(sk::neurons(0, driven)));

  // Lags -10 to 10. Each pair of spikes counts twice, once in each direction.
  const auto near = [](const Correlogram& of) {
    return std::accumulate(of.ratio.begin() + window - 10, of.ratio.begin() + window + 11, 0.0) / 21.0;
  };
  std::cout << "coincidences of unconnected pairs within 10 ms, relative to chance: " << near(confounded)
            << " with a shared stimulus, " << near(alone) << " without, 1 +- " << 1.0 / std::sqrt(10.5 * alone.expected)
            << " expected\n";

  const auto lags = sk::io::evenly_spaced(-window, 1.0, 2 * window + 1);
  sk::io::Plot plot{
      .title = "Pairs of neurons without a synapse", .x_label = "lag (ms)", .y_label = "coincidences / chance"};
  plot.series = {{.name = "with a shared stimulus", .x = lags, .y = confounded.ratio},
                 {.name = "without stimulus", .x = lags, .y = alone.ratio}};
  sk::io::write_svg("confounder.svg", plot);
}
