// SPDX-License-Identifier: BSD-3-Clause
// Simulates the brain of a fly: 138,639 neurons and 15 million connections, as spike-response neurons with the
// constants of Shiu et al. (Nature 634, 2024), on one core. Twenty neurons, chosen by name, are driven to fire at about
// 50 Hz.
//   fly_brain                               a network with the size and the long tails of FlyWire's, made at random
//   fly_brain --write DIR                   writes that network as tables with FlyWire's columns, and stops
//   fly_brain CONNECTIONS.csv NEURONS.csv   FlyWire's tables, from https://codex.flywire.ai/api/download
#include <spikeometric/spikeometric.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace sk = spikeometric;

constexpr std::uint32_t neurons = 138'639;
constexpr double connections = 15.1e6;

double normal(const sk::Block& bits) { return sk::normal(bits[0], bits[1]); }

// Lognormal in- and out-degrees with a correlation of 0.7, and lognormal numbers of synapses. A third of the neurons
// inhibit.
sk::Network<> generated() {
  const sk::Stream degrees{sk::Seed{1}, 0, sk::Purpose{216}}, partners{sk::Seed{1}, 0, sk::Purpose{217}};
  std::vector<double> out(neurons), in_up_to(neurons);
  for (std::uint32_t i = 0; i < neurons; ++i) {
    const double z = normal(degrees.block(i, 0));
    out[i] = sk::exp(z);
    in_up_to[i] = sk::exp(0.7 * z + std::sqrt(1.0 - 0.7 * 0.7) * normal(degrees.block(i, 1)));
  }
  const double scale = connections / std::accumulate(out.begin(), out.end(), 0.0);
  std::partial_sum(in_up_to.begin(), in_up_to.end(), in_up_to.begin());

  sk::EdgeList edges{neurons};
  for (std::uint32_t pre = 0; pre < neurons; ++pre)
    for (std::uint64_t k = 0; k < static_cast<std::uint64_t>(scale * out[pre] + 0.5); ++k) {
      const sk::Block bits = partners.block(pre, 2 * k);
      const auto post =
          std::upper_bound(in_up_to.begin(), in_up_to.end() - 1, in_up_to.back() * sk::uniform(bits[0], bits[1]));
      const double synapses = std::ceil(1.3 * sk::exp(1.1 * normal(partners.block(pre, 2 * k + 1))));
      edges.add(pre, static_cast<std::uint64_t>(post - in_up_to.begin()),
                static_cast<float>(pre % 3 == 2 ? -synapses : synapses));
    }
  std::vector<std::string> names;
  for (std::uint64_t i = 0; i < neurons; ++i) names.push_back(std::to_string(720575940600000000 + 7919 * i));
  return {.graph = sk::Graph<>{edges, sk::Duplicates::sum}, .names = sk::NeuronNames{names}};
}

void write(const std::filesystem::path& folder, const sk::Network<>& network) {
  std::filesystem::create_directories(folder);
  std::ofstream table(folder / "connections.csv"), nodes(folder / "neurons.csv");
  table << "pre_root_id,post_root_id,neuropil,syn_count,nt_type\n";
  for (const auto& [pre, post, weight, delay] : network.graph.edges())
    table << network.names.all()[pre] << ',' << network.names.all()[post] << ",ME_R," << std::abs(weight) << ','
          << (pre % 3 == 2 ? "GABA\n" : "ACH\n");
  nodes << "root_id,group,nt_type\n";
  for (std::uint32_t i = 0; i < neurons; ++i)
    nodes << network.names[i] << ",LO.ME," << (i % 3 == 2 ? "GABA\n" : "ACH\n");
  if (!table.flush() || !nodes.flush()) throw std::runtime_error(folder.string() + " cannot be written");
}

int main(int argc, char** argv) try {
  const auto seconds = [start = std::chrono::steady_clock::now()] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  if (argc == 2 || argc > 3) throw std::invalid_argument("two arguments are needed, or none");
  const bool writes = argc == 3 && std::string(argv[1]) == "--write";
  sk::Network<> brain =
      argc == 3 && !writes
          ? sk::io::read_network(argv[1],
                                 {.duplicates = sk::Duplicates::sum, .nodes = argv[2], .inhibitory = {"GABA", "GLUT"}})
          : generated();
  for (const std::string& note : brain.notes) std::cout << note << '\n';
  std::cout << brain.graph.neurons() << " neurons, " << brain.graph.synapses() << " connections in " << seconds()
            << " s\n";
  if (writes) return write(argv[2], brain), 0;

  // A synapse of 0.275 mV, filtered by membrane and synapse, has a potential with a peak of 0.0433 mV. Delay 2 ms.
  const auto graph =
      brain.graph.with_weights([](auto, auto, float count) { return 0.0433f * count; }).with_delays([](auto, auto) {
        return 2;
      });
  const auto model = sk::cascade({.dt = 1.0})
                         .with_filter(sk::BiexponentialFilter{.tau_decay = 20.0, .tau_rise = 5.0})
                         .with_history(sk::RefractoryFilter{2, -1000.0, 100, -7.0, 0.05})
                         .with_baseline(sk::ConstantBaseline{.b = -7.0})  // rest, 7 mV below the threshold
                         .with_nonlinearity(sk::Exponential{.alpha = 1.0, .beta = 2.0})
                         .with_sampler(sk::BernoulliRateSampler{});
  std::vector<std::string> chosen;
  for (std::uint64_t i = 0; i < 20; ++i) chosen.push_back(brain.names[1000 * i]);
  const auto drive = sk::regular_pulses({.strength = 12.0, .period_steps = 10'000, .pulse_steps = 10'000})
                         .on(brain.names.mask(chosen));

  sk::Simulator simulator{graph, model, drive, sk::Seed{2}, sk::EigenBackend<>{}, sk::InitialState::silent()};
  simulator.equilibrate(500);
  const double before = seconds();
  const auto spikes = simulator.run(3'000);
  std::cout << spikes.mean_rate_hz() << " Hz, " << (seconds() - before) / 3.0 << " s per second of model time\n";

  const auto counts = spikes.counts();
  std::cout << counts.size() - std::count(counts.begin(), counts.end(), 0) << " neurons fired\n";
  for (const std::string& name : {chosen[0], chosen[1], brain.names[1], brain.names[2]})
    std::cout << name << ": " << static_cast<double>(counts[brain.names.id(name)]) / 3.0 << " Hz\n";
} catch (const std::exception& error) {
  std::cerr << error.what() << "\nusage: fly_brain [--write DIR | CONNECTIONS.csv NEURONS.csv]\n";
  return 1;
}
