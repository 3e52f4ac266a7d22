// SPDX-License-Identifier: BSD-3-Clause
#include "networks.hpp"

#include <spikeometric/graph/generate.hpp>
#include <spikeometric/graph/network_builder.hpp>
#include <spikeometric/io/dataset.hpp>
#include <spikeometric/io/graph_file.hpp>

#include <filesystem>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <type_traits>
#include <utility>

namespace driver {

namespace {

// --- generators

template <class Parameters>
struct Generator {
  const char* name;
  const char* meaning;
  sk::Graph<> (*make)(const Parameters&, sk::Seed);

  static constexpr bool is_random = !std::is_same_v<Parameters, sk::generate::MexicanHat>;
};

/// Calls visit(generator) for each generator.
template <class Visitor>
void for_each_generator(Visitor&& visit) {
  namespace generate = sk::generate;
  visit(Generator<generate::Normal>{"normal", "random connections, normal weights; half of the neurons are inhibitory",
                                    generate::normal<>});
  visit(Generator<generate::Uniform>{"uniform", "random connections, uniform weights", generate::uniform<>});
  visit(Generator<generate::ErdosRenyi>{"erdos_renyi", "random connections, constant or normal weights",
                                        generate::erdos_renyi<>});
  visit(Generator<generate::FixedDegree>{"fixed_in_degree", "the same number of incoming synapses for every neuron",
                                         generate::fixed_in_degree<>});
  visit(Generator<generate::FixedDegree>{"fixed_out_degree", "the same number of outgoing synapses for every neuron",
                                         generate::fixed_out_degree<>});
  visit(Generator<generate::SmallWorld>{
      "small_world", "synapses to neighbours on a ring, some of them rewired at random", generate::small_world<>});
  visit(Generator<generate::MexicanHat>{
      "mexican_hat", "a ring; weight at distance d: exp(-d^2/(2 sigma_1^2)) - a exp(-d^2/(2 sigma_2^2))",
      [](const generate::MexicanHat& p, sk::Seed) { return generate::mexican_hat(p); }});
}

std::uint64_t taken_seed(Description& described) {
  const std::string text = take(described, "seed");
  return text.empty() ? 0 : number<std::uint64_t>(Setting{"seed", text});
}

/// Consecutive seeds, from the seed of a description on.
std::vector<sk::Seed> taken_seeds(Description& described, bool is_random, std::uint32_t networks) {
  if (!is_random && networks > 1)
    throw UsageError("--networks", described.kind + " makes the same network every time; use --trials instead");
  const std::uint64_t seed = is_random ? taken_seed(described) : 0;
  if (seed > std::numeric_limits<std::uint64_t>::max() - (networks - 1))
    throw UsageError("--networks",
                     std::to_string(networks) + " seeds from " + std::to_string(seed) + " on would exceed 2^64 - 1");
  std::vector<sk::Seed> seeds;
  for (std::uint32_t i = 0; i < networks; ++i) seeds.push_back(sk::Seed{seed + i});
  return seeds;
}

}  // namespace

std::vector<sk::Graph<>> generated(const std::string& text, std::uint32_t networks) {
  Description described = description(text);
  std::vector<sk::Graph<>> graphs;
  std::string names;
  for_each_generator([&]<class Parameters>(const Generator<Parameters>& generator) {
    enlist(names, generator.name);
    if (described.kind != generator.name) return;
    const auto seeds = taken_seeds(described, generator.is_random, networks);
    Parameters parameters;
    set_parameters(parameters, described, generator.is_random ? ", seed" : "");
    for (const sk::Seed seed : seeds) graphs.push_back(generator.make(parameters, seed));
  });
  if (graphs.empty()) throw std::invalid_argument("'" + described.kind + "' is not a generator; known names: " + names);
  return graphs;
}

std::string help_on_generators() {
  std::string text;
  const auto add = [&](const std::string& name, const std::string& meaning, bool is_random,
                       const std::string& parameters) {
    text += "\n" + name + ": " + meaning + "\n" + parameters;
    if (is_random) text += help_line("seed", "0", "", "seed of the random numbers");
  };
  for_each_generator([&]<class Parameters>(const Generator<Parameters>& generator) {
    add(generator.name, generator.meaning, generator.is_random, help_on_parameters(Parameters{}));
  });
  return text;
}

// --- files

void require_graph_file(const std::string& option, const std::string& path) {
  if (sk::io::graph_extension(path).empty())
    throw UsageError(option, path + " has no graph file extension (.csv, .tsv, .mtx or .npy)");
}

namespace {

void add(Networks& networks, const std::string& path, sk::Network<> network) {
  for (const std::string& note : network.notes) std::cerr << path << ": " << note << '\n';
  networks.graphs.push_back(std::move(network.graph));
  networks.labels.push_back({std::move(network.names), std::move(network.populations)});
}

}  // namespace

Networks built(const sk::NetworkBuilder& builder, sk::Seed seed, const sk::BuildOptions& options) {
  Networks networks;
  add(networks, "", builder.build(seed, options));
  return networks;
}

Networks loaded(const std::string& path, const sk::io::NetworkFileOptions& options) {
  Networks networks;
  std::error_code unknown;
  if (!std::filesystem::is_directory(path, unknown)) {
    require_graph_file("--graph", path);
    add(networks, path, sk::io::read_network(path, options));
    return networks;
  }
  const sk::io::Dataset<> dataset{path, options};
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    add(networks, dataset.path(i), dataset.network(i));
    networks.files.push_back(std::filesystem::path(dataset.path(i)).filename().string());
  }
  return networks;
}

Labels common_labels(const Networks& networks) {
  if (networks.labels.empty()) return {};
  for (const Labels& labels : networks.labels)
    if (!(labels.names == networks.labels[0].names)) return {};
  return networks.labels[0];
}

// --- changes to networks

sk::Graph<> scaled(sk::Graph<> graph, double factor) {
  if (factor == 1.0) return graph;
  auto rows = std::move(graph).release();
  for (float& weight : rows.weights) weight = static_cast<float>(weight * factor);
  return sk::Graph<>{std::move(rows)};
}

Delays delays(const std::string& text) {
  Description described = description(text);
  const auto ends = split(described.kind, ':');
  if (ends.size() != 2) throw std::invalid_argument("'" + described.kind + "' must be SHORTEST:LONGEST");
  Delays result{{number<int>(ends[0]), number<int>(ends[1])}};
  result.seed = taken_seed(described);
  for (const Setting& setting : described.settings)
    throw std::invalid_argument("delays have no setting '" + setting.name + "'; the only one is seed");
  return result;
}

void delay(std::vector<sk::Graph<>>& graphs, const Delays& delays) {
  if (delays.seed > std::numeric_limits<std::uint64_t>::max() - (graphs.size() - 1))
    throw std::invalid_argument(std::to_string(graphs.size()) + " seeds from " + std::to_string(delays.seed) +
                                " on would exceed 2^64 - 1");
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    if (graphs[i].has_delays()) throw std::invalid_argument("the network already has delays");
    graphs[i] = sk::with_delays(std::move(graphs[i]), delays.range, sk::Seed{delays.seed + i});
  }
}

}  // namespace driver
