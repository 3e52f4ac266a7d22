// SPDX-License-Identifier: BSD-3-Clause
// Simulates a connectome from a file (by default that of the worm C. elegans), and a sparse random network of ten
// million synapses.
//
//   connectome [FILE]    a .csv file with header pre,post,weight, or a .mtx or .npy matrix
#include <spikeometric/spikeometric.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

namespace sk = spikeometric;

template <class Model>
auto run(const std::string& name, const sk::Graph<>& graph, const Model& model, std::uint64_t steps) {
  sk::Simulator simulator{graph, model, sk::no_stimulus, sk::Seed{42}};
  simulator.equilibrate(100);
  const auto begin = std::chrono::steady_clock::now();
  auto spikes = simulator.run(steps);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  const double model_seconds = static_cast<double>(steps) * model.dt() / 1000.0;
  std::cout << name << ": " << graph.neurons() << " neurons, " << graph.synapses() << " synapses, "
            << spikes.mean_rate_hz() << " Hz; " << wall.count() / model_seconds << " s per second of model time\n";
  return spikes;
}

int main(int argc, char** argv) try {
  const auto source = std::filesystem::path(__FILE__).parent_path().parent_path();
  const std::string path = argc > 1 ? argv[1] : (source / "tests/data/celegans/synapses.csv").string();
  const auto connectome = sk::io::read_graph(path);
  // The weights in the file are numbers of synapses; r scales them to synaptic strengths.
  const auto spikes = run("connectome", connectome, sk::BernoulliGLM{{.r = 0.3}}, 60'000);
  sk::io::write_svg("connectome.svg", sk::raster(spikes, {.steps = 2'000}));

  const auto random = sk::generate::fixed_out_degree(
      {.neurons = 100'000,
       .degree = 100,
       .weights = {.mean = 0.2, .std = 0.1, .inhibitory_fraction = 0.2, .inhibitory_scale = 5.0}},
      sk::Seed{7});
  run("random", random, sk::BernoulliGLM{}, 1'000);
} catch (const std::exception& error) {
  std::cerr << error.what()
            << "\nusage: connectome [FILE]   a .csv file with header pre,post,weight, or a .mtx or .npy matrix\n";
  return 1;
}
