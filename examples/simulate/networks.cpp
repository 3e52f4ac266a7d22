// SPDX-License-Identifier: BSD-3-Clause
#include "networks.hpp"

#include <spikeometric/graph/generate.hpp>
#include <spikeometric/io/dataset.hpp>
#include <spikeometric/io/graph_file.hpp>

#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace driver {

namespace {

// --- generators: each type of parameters has its fields listed once, for setting them by name and for --help

template <class Visitor>
void visit_fields(sk::generate::Weights& p, Visitor&& visit) {
  visit("mean", p.mean, "weight, or its mean where random; finite");
  visit("std", p.std, "standard deviation of weights; not negative");
  visit("inhibitory_fraction", p.inhibitory_fraction, "of the neurons, the last ones; 0: weights as drawn");
  visit("inhibitory_scale", p.inhibitory_scale, "their weights over those of the others; not negative");
}

template <class Visitor>
void visit_fields(sk::generate::Normal& p, Visitor&& visit) {
  visit("neurons", p.neurons, "how many; required");
  visit("probability", p.probability, "of a pair to be connected; in [0, 1]");
  visit("mean", p.mean, "of weights, before their sign is chosen; finite");
  visit("std", p.std, "of weights, before their sign is chosen; not negative");
  visit("scaling", p.scaling, "what weights are divided by: in_degree, neurons or none");
  visit("autapses", p.autapses, "whether neurons may project to themselves");
}

template <class Visitor>
void visit_fields(sk::generate::Uniform& p, Visitor&& visit) {
  visit("neurons", p.neurons, "how many; required");
  visit("probability", p.probability, "of a pair to be connected; in [0, 1]");
  visit("low", p.low, "least weight; finite");
  visit("high", p.high, "largest weight; low = -high: half of the neurons inhibitory");
  visit("scaling", p.scaling, "what weights are divided by: in_degree, neurons or none");
  visit("autapses", p.autapses, "whether neurons may project to themselves");
}

template <class Visitor>
void visit_fields(sk::generate::ErdosRenyi& p, Visitor&& visit) {
  visit("neurons", p.neurons, "how many; required");
  visit("probability", p.probability, "of a pair to be connected; in [0, 1]");
  visit_fields(p.weights, visit);
  visit("autapses", p.autapses, "whether neurons may project to themselves");
}

template <class Visitor>
void visit_fields(sk::generate::FixedDegree& p, Visitor&& visit) {
  visit("neurons", p.neurons, "how many; required");
  visit("degree", p.degree, "synapses of each neuron");
  visit_fields(p.weights, visit);
  visit("autapses", p.autapses, "whether neurons may be their own partners");
  visit("multapses", p.multapses, "whether partners are drawn with replacement");
}

template <class Visitor>
void visit_fields(sk::generate::SmallWorld& p, Visitor&& visit) {
  visit("neurons", p.neurons, "how many; required");
  visit("degree", p.degree, "synapses of each neuron; even, below neurons");
  visit("rewiring", p.rewiring, "probability of a synapse to go elsewhere; in [0, 1]");
  visit_fields(p.weights, visit);
}

template <class Visitor>
void visit_fields(sk::generate::MexicanHat& p, Visitor&& visit) {
  visit("neurons", p.neurons, "how many; required");
  visit("a", p.a, "height of the second Gaussian; that of the first is 1");
  visit("sigma_1", p.sigma_1, "width of the first Gaussian, in neurons; required");
  visit("sigma_2", p.sigma_2, "width of the second Gaussian, in neurons; required");
  visit("scale", p.scale, "what all weights are multiplied by");
  visit("radius", p.radius, "distance of the farthest partners; 0: the whole ring");
  visit("autapses", p.autapses, "whether neurons project to themselves");
}

template <class Parameters>
struct Generator {
  const char* name;
  const char* meaning;
  sk::Graph<> (*make)(const Parameters&, sk::Seed);

  static constexpr bool is_random = !std::is_same_v<Parameters, sk::generate::MexicanHat>;
};

/// Calls visit(generator) for each.
template <class Visitor>
void for_each_generator(Visitor&& visit) {
  namespace generate = sk::generate;
  visit(Generator<generate::Normal>{"normal", "connected with a probability; |normal| weights, half of them negative",
                                    generate::normal<>});
  visit(Generator<generate::Uniform>{"uniform", "connected with a probability; uniform weights", generate::uniform<>});
  visit(Generator<generate::ErdosRenyi>{"erdos_renyi", "connected with a probability; constant or normal weights",
                                        generate::erdos_renyi<>});
  visit(Generator<generate::FixedDegree>{"fixed_in_degree", "as many synapses onto every neuron",
                                         generate::fixed_in_degree<>});
  visit(Generator<generate::FixedDegree>{"fixed_out_degree", "as many synapses from every neuron",
                                         generate::fixed_out_degree<>});
  visit(Generator<generate::SmallWorld>{"small_world", "to neighbours on a ring, some replaced by any neuron",
                                        generate::small_world<>});
  visit(Generator<generate::MexicanHat>{
      "mexican_hat", "a ring, weights by distance: exp(-d^2/2 sigma_1^2) - a exp(-d^2/2 sigma_2^2)",
      [](const generate::MexicanHat& p, sk::Seed) { return generate::mexican_hat(p); }});
}

constexpr std::pair<const char*, sk::generate::Scaling> scalings[]{{"in_degree", sk::generate::Scaling::in_degree},
                                                                   {"neurons", sk::generate::Scaling::neurons},
                                                                   {"none", sk::generate::Scaling::none}};

template <class Number>
std::string text_of_default(Number value) {
  return text_of(value);
}
std::string text_of_default(bool value) { return value ? "true" : "false"; }
std::string text_of_default(sk::generate::Scaling value) {
  for (const auto& [name, scaling] : scalings)
    if (scaling == value) return name;
  return {};
}

template <class Number>
void assign(Number& value, const Setting& setting) {
  value = number<Number>(setting);
}
void assign(bool& value, const Setting& setting) {
  if (setting.value != "true" && setting.value != "false")
    throw std::invalid_argument(setting.name + "=" + setting.value + " is neither true nor false");
  value = setting.value == "true";
}
void assign(sk::generate::Scaling& value, const Setting& setting) {
  for (const auto& [name, scaling] : scalings)
    if (setting.value == name) {
      value = scaling;
      return;
    }
  throw std::invalid_argument("scaling=" + setting.value + " is none of in_degree, neurons, none");
}

template <class Parameters>
std::vector<sk::Graph<>> generated(const Generator<Parameters>& generator, const std::vector<Setting>& settings,
                                   std::uint32_t networks) {
  Parameters parameters;
  std::uint64_t seed = 0;
  for (const Setting& setting : settings) {
    std::string names;
    bool found = false;
    const auto visit = [&](std::string_view field, auto& value, const char*) {
      enlist(names, field);
      if (setting.name != field) return;
      found = true;
      assign(value, setting);
    };
    visit_fields(parameters, visit);
    if (generator.is_random) visit("seed", seed, "");
    if (!found)
      throw std::invalid_argument(std::string(generator.name) + " has no '" + setting.name + "'; there are " + names);
  }
  if (!generator.is_random && networks > 1)
    throw UsageError("--networks", std::string(generator.name) + " makes the same network every time; see --trials");
  if (seed > std::numeric_limits<std::uint64_t>::max() - (networks - 1))
    throw UsageError("--networks",
                     std::to_string(networks) + " seeds from " + std::to_string(seed) + " on lead beyond 2^64");
  std::vector<sk::Graph<>> graphs;
  for (std::uint32_t i = 0; i < networks; ++i) graphs.push_back(generator.make(parameters, sk::Seed{seed + i}));
  return graphs;
}

}  // namespace

std::vector<sk::Graph<>> generated(const std::string& text, std::uint32_t networks) {
  const Description described = description(text);
  std::vector<sk::Graph<>> graphs;
  std::string names;
  for_each_generator([&](const auto& generator) {
    enlist(names, generator.name);
    if (described.kind == generator.name) graphs = generated(generator, described.settings, networks);
  });
  if (graphs.empty()) throw std::invalid_argument("'" + described.kind + "' is not a generator; there are " + names);
  return graphs;
}

std::string help_on_generators() {
  std::string text;
  for_each_generator([&]<class Parameters>(const Generator<Parameters>& generator) {
    text += "\n" + std::string(generator.name) + ": " + generator.meaning + "\n";
    Parameters defaults;
    const auto visit = [&](const std::string& name, const auto& value, const std::string& meaning) {
      const bool given = !meaning.ends_with("required");
      text += help_line(name, given ? text_of_default(value) : "", "", meaning);
    };
    visit_fields(defaults, visit);
    if (generator.is_random) visit("seed", std::uint64_t{0}, "where its random numbers come from");
  });
  return text;
}

// --- files

void require_graph_file(const std::string& option, const std::string& path) {
  if (sk::io::graph_extension(path).empty())
    throw UsageError(option, path + " has no extension of a graph file: .csv, .mtx or .npy");
}

Networks loaded(const std::string& path, bool transpose) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(path, unknown)) {
    require_graph_file("--graph", path);
    Networks one;
    one.graphs.push_back(sk::io::read_graph(path, {.transpose = transpose}));
    return one;
  }
  const sk::io::Dataset<> dataset{path, {.transpose = transpose}};
  Networks many{{dataset.begin(), dataset.end()}};
  for (std::size_t i = 0; i < dataset.size(); ++i)
    many.files.push_back(std::filesystem::path(dataset.path(i)).filename().string());
  return many;
}

// --- what is done to networks

sk::Graph<> scaled(sk::Graph<> graph, double factor) {
  if (factor == 1.0) return graph;
  auto rows = std::move(graph).release();
  for (float& weight : rows.weights) weight = static_cast<float>(weight * factor);
  return sk::Graph<>{std::move(rows)};
}

Delays delays(const std::string& text) {
  Description described = description(text);
  const auto ends = split(described.kind, ':');
  if (ends.size() != 2) throw std::invalid_argument("'" + described.kind + "' is not SHORTEST:LONGEST");
  Delays result{{number<int>(ends[0]), number<int>(ends[1])}};
  for (const Setting& setting : described.settings) {
    if (setting.name != "seed") throw std::invalid_argument("delays have no '" + setting.name + "'; there is seed");
    assign(result.seed, setting);
  }
  return result;
}

void delay(std::vector<sk::Graph<>>& graphs, const Delays& delays) {
  if (delays.seed > std::numeric_limits<std::uint64_t>::max() - (graphs.size() - 1))
    throw std::invalid_argument(std::to_string(graphs.size()) + " seeds lead beyond 2^64");
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    if (graphs[i].has_delays()) throw std::invalid_argument("the network has delays of its own");
    graphs[i] = sk::with_delays(std::move(graphs[i]), delays.range, sk::Seed{delays.seed + i});
  }
}

void require_all_neurons_kept(const std::string& path, const sk::Graph<>& graph) {
  const std::uint64_t last = graph.neurons() - 1;
  if (sk::io::graph_extension(path) != ".csv" || graph.out_degree(last) > 0) return;
  for (const std::uint32_t target : graph.rows().targets)
    if (target == last) return;
  throw UsageError("--save-graph", path + " would lose neuron " + std::to_string(last) +
                                       ", which has no synapse; .mtx and .npy files keep it");
}

}  // namespace driver
