// SPDX-License-Identifier: BSD-3-Clause
// Draws peri-stimulus time histograms of neurons that receive pulses, and of neurons affected only through synapses.
#include <spikeometric/spikeometric.hpp>

#include <cstdint>
#include <iostream>
#include <numeric>
#include <vector>

namespace sk = spikeometric;

int main() {
  constexpr std::uint64_t neurons = 200, stimulated = 50, trials = 100, steps = 2'000;
  const auto graph = sk::generate::normal({.neurons = neurons, .probability = 0.1, .std = 3.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  const sk::RegularPulses pulses{.strength = 3.0, .start_steps = 50, .period_steps = 100, .pulse_steps = 20};
  const auto drive = sk::regular_pulses(pulses).on(sk::neurons(0, stimulated));

  sk::Simulator simulator{sk::trials(graph, trials), model, drive, sk::Seed{1}};
  simulator.equilibrate(100);
  const auto spikes = simulator.run(steps);

  // A pulse begins in the middle of each period of 100 steps.
  const double stretches = static_cast<double>(trials) * static_cast<double>(steps) / 100.0;
  std::vector<double> reached(100), others(100);  // Hz
  for (const auto& trial : spikes.by_network())
    for (const auto [step, neuron, count] : trial)
      if (neuron < stimulated)
        reached[step % 100] += count * 1000.0 / (stimulated * stretches);
      else
        others[step % 100] += count * 1000.0 / ((neurons - stimulated) * stretches);
  const auto mean = [](const std::vector<double>& rate, int first, int end) {
    return std::accumulate(rate.begin() + first, rate.begin() + end, 0.0) / (end - first);
  };

  // In the first step of a pulse as many neurons are refractory as before, so the rate follows f alone.
  const double baseline = mean(reached, 0, 50), g = 0.0, driven = g + pulses.strength;
  const double predicted = baseline * model.nonlinearity(driven, 1.0) / model.nonlinearity(g, 1.0);
  std::cout << "rate during a pulse, relative to the rate before: stimulated neurons "
            << mean(reached, 50, 70) / baseline << ", others " << mean(others, 50, 70) / mean(others, 0, 50)
            << "\nfirst step of a pulse: " << reached[50] << " Hz, predicted " << predicted << " Hz without coupling\n";

  const auto edges = sk::io::evenly_spaced(-50.0, 1.0, 101);
  sk::io::Plot plot{.title = "Pulses of 20 ms to 50 of 200 neurons",
                    .x_label = "time since the pulse began (ms)",
                    .y_label = "rate (Hz)"};
  plot.series = {{.name = "stimulated", .style = sk::io::Style::steps, .x = edges, .y = reached},
                 {.name = "others", .style = sk::io::Style::steps, .x = edges, .y = others},
                 {.name = "baseline", .x = {-50.0, 50.0}, .y = {baseline, baseline}},
                 {.name = "first step, predicted", .style = sk::io::Style::points, .x = {0.5}, .y = {predicted}}};
  sk::io::write_svg("stimulation.svg", plot);
}
