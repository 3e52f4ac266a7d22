// SPDX-License-Identifier: BSD-3-Clause
// Simulates a ring of neurons on which inhibition is strongest at a distance: activity forms bumps, as in models of
// grid cells.
#include <spikeometric/spikeometric.hpp>

#include <algorithm>
#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <vector>

namespace sk = spikeometric;

constexpr std::size_t neurons = 100;
using Modes = std::array<double, neurons / 2 + 1>;  // one number for each k = 0, 1, ...: k waves around the ring

std::complex<double> wave(std::size_t k, std::size_t neuron) {
  const double angle = 6.283185307179586 * static_cast<double>(k * neuron % neurons) / neurons;
  return {sk::cos(angle), sk::sin(angle)};
}

std::size_t strongest(const Modes& modes) {
  return static_cast<std::size_t>(std::max_element(modes.begin() + 1, modes.end()) - modes.begin());
}

int main() {
  const auto ring = sk::generate::mexican_hat({.neurons = neurons, .a = 1.0015, .sigma_1 = 6.98, .sigma_2 = 7.0});
  Modes gain{};  // the eigenvalues of the weights
  for (std::size_t k = 0; k < gain.size(); ++k)
    for (std::size_t i = 0; i < ring.out_degree(0); ++i)
      gain[k] += ring.weights(0)[i] * wave(k, ring.targets(0)[i]).real();

  const sk::RectifiedLNP model{
      {.dt = 0.1, .r = 0.2, .lambda_0 = 100.0, .theta = 1e-4, .tau = 10.0, .T = 200, .b = 0.002}};
  sk::Simulator simulator{ring, model, sk::no_stimulus, sk::Seed{42}};
  simulator.equilibrate(2'000);

  const auto spikes = simulator.run(100'000);

  std::vector<std::array<std::complex<double>, neurons / 2 + 1>> windows(200);  // windows of 500 steps, 50 ms
  for (const auto [step, neuron, count] : spikes)
    for (std::size_t k = 0; k <= neurons / 2; ++k)
      windows[step / 500][k] += static_cast<double>(count) * wave(k, neuron);
  Modes power{};  // relative to that of independent neurons
  for (const auto& window : windows)
    for (std::size_t k = 0; k <= neurons / 2; ++k)
      power[k] += std::norm(window[k]) / static_cast<double>(spikes.total());

  std::cout << spikes.mean_rate_hz() << " Hz in " << strongest(power) << " bumps, " << strongest(gain)
            << " expected; their power is " << power[strongest(power)] << " times that of independent neurons\n";
  sk::io::write_svg("ring.svg", sk::raster(spikes, {.steps = 10'000, .title = "Bumps of activity on a ring"}));
}
