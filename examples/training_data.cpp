// SPDX-License-Identifier: BSD-3-Clause
// Simulates a thousand networks at once to make training data: the rates of their neurons, without storing spikes.
#include <spikeometric/spikeometric.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <span>
#include <vector>

namespace sk = spikeometric;

int main() {
  constexpr std::uint64_t networks = 1'000, neurons = 100, steps = 2'000;
  std::vector<sk::Graph<>> graphs;
  for (std::uint64_t i = 0; i < networks; ++i)
    graphs.push_back(sk::generate::normal({.neurons = neurons, .probability = 0.1, .std = 5.0}, sk::Seed{i}));
  const sk::BernoulliGLM model;

  sk::Simulator simulator{sk::batch(graphs), model, sk::no_stimulus, sk::Seed{1}};
  simulator.equilibrate(100);
  Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(networks, neurons);  // Hz
  std::vector<std::uint64_t> fingerprints(networks);
  const auto begin = std::chrono::steady_clock::now();
  simulator.run(steps, [&](std::uint32_t network, std::uint64_t first_step, const auto& events) {
    for (const auto [offset, neuron] : events) {
      rates(network, neuron) += 1000.0 / static_cast<double>(steps);
      fingerprints[network] += sk::hash_event(network, first_step + offset, neuron, 1);
    }
  });
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;

  // A network that is simulated alone has the same spikes, since its id selects its random numbers.
  constexpr std::uint32_t chosen = 617;
  sk::Simulator alone{graphs[chosen], model, sk::no_stimulus, sk::Seed{1}, sk::EigenBackend<>{.first_network = chosen}};
  alone.equilibrate(100);
  const bool same = alone.run(steps).fingerprint() == fingerprints[chosen];

  sk::io::write_npy("training_data.npy", rates);  // networks x neurons; weights: graphs[i].to_dense()
  std::cout << rates.mean() << " Hz; network 617 alone: " << (same ? "the same spikes" : "DIFFERENT SPIKES") << "; "
            << static_cast<double>(networks * neurons * steps) / wall.count() << " neuron-steps per second\n";

  const Eigen::VectorXd mean = rates.rowwise().mean();
  const double least = mean.minCoeff(), width = (mean.maxCoeff() - least) / 30.0;
  std::vector<double> histogram(30);
  for (const double rate : mean)
    ++histogram[std::min<std::size_t>(29, static_cast<std::size_t>((rate - least) / width))];
  sk::io::Plot plot{.title = "A thousand networks of 100 neurons", .x_label = "mean rate (Hz)", .y_label = "networks"};
  plot.series = {{.style = sk::io::Style::steps, .x = sk::io::evenly_spaced(least, width, 31), .y = histogram}};
  sk::io::write_svg("training_data.svg", plot);
  return same ? 0 : 1;
}
