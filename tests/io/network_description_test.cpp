// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/network_description.hpp"

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "descriptions.hpp"
#include "spikeometric/graph/network_builder.hpp"
#include "spikeometric/io/npy.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "temporary_file.hpp"

using namespace spikeometric;
using io::read_network_description, io::write_network_description;
using Json = nlohmann::ordered_json;

namespace {

/// A folder for the length of a test.
struct Folder {
  TemporaryFile place{""};
  Folder() { std::filesystem::create_directory(place.path()); }
  ~Folder() { std::filesystem::remove_all(place.path()); }

  std::string operator/(const std::string& name) const { return place.path() + "/" + name; }
};

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Every rule, profile, distribution, way to place neurons and stimulus.
NetworkDescription everything() {
  NetworkDescription all;
  all.dt = 0.1;
  all.seed = Seed{(std::uint64_t{1} << 63) + 7};
  NetworkBuilder& network = all.network;
  network.population("A", 40).population("B", 40);
  network.population("line", positions::Line{.neurons = 30, .length = 2.0, .periodic = true});
  network.population("sheet", positions::Sheet{.columns = 5, .rows = 4, .width = 0.7, .height = 1.0 / 3});
  network.population("box", positions::Random{.neurons = 50, .width = 1.0, .depth = 0.3, .seed = 9});
  network.population("points", Positions{{{0.1, 0.2, 0.3}, {1.0 / 3, -2.0, 1e-9}}, {0.0, 5.0, 0.0}});
  using namespace distribution;
  network.project("A", "B", connect::Pairwise{.probability = 1.0 / 3}, {.weight = 0.1});
  network.project("A", "A", connect::FixedInDegree{.degree = 5, .autapses = true},
                  {.weight = Normal{.mean = 0.3, .std = 0.1}, .delay_ms = 1.5});
  network.project("B", "A", connect::FixedOutDegree{.degree = 7, .multapses = true},
                  {.weight = TruncatedNormal{.mean = -0.3, .std = 0.2}, .delay_ms = Uniform{.low = 0.2, .high = 1.1}});
  network.project("B", "B", connect::FixedTotal{.synapses = 100}, {.weight = LogNormal{.median = -0.2, .sigma = 0.7}});
  network.project("A", "B", connect::OneToOne{}, {.weight = Exponential{.mean = 0.4}});
  network.project("sheet", "A", connect::AllToAll{}, {.weight = Uniform{.low = -1.0, .high = 1e-7}});
  network.project("line", "line", connect::ByDistance{profile::Gaussian{.peak = 0.9, .sigma = 0.3}});
  network.project("sheet", "box", connect::ByDistance{profile::Exponential{.peak = 0.5, .length = 0.2}, true});
  network.project("points", "points", connect::ByDistance{profile::Disc{.probability = 1.0, .radius = 9.0}});
  network.project("points", "A", connect::Listed{{{0, 3, 0.1, 0.7}, {1, 39, -1.0 / 3}, {0, 3, 2.0, 0.2}}});

  all.model = "bernoulli_glm";
  all.parameters = {{"theta", 3.5}, {"coupling_window", std::numeric_limits<double>::infinity()}};
  all.population_parameters = {{"A", "theta", 0.1}, {"sheet", "theta", 1.0 / 3}};
  all.stimuli.push_back({RegularPulses{.strength = 0.1, .period_steps = 500, .pulse_steps = 3}, {"A", "line"}, {}});
  all.stimuli.push_back({Sinusoid{.amplitude = 0.3, .period_ms = 25.0, .baseline = -0.1}, {}, {{3, 4}, {10, 20}}});
  all.stimuli.push_back({PoissonPulses{.mean_interval_steps = 33.3, .stop_steps = 1000}, {"B"}, {{0, 1}}});
  all.simulation = {.steps = 3000, .equilibrate = 10, .seed = 5, .initial = InitialState::rate_hz(2.5)};
  return all;
}

/// The names of the kinds in a description, of each variant.
void collect_kinds(const Json& json, std::set<std::string>& kinds) {
  for (const auto& [name, value] : json.items()) {
    if (name == "kind") kinds.insert(value.get<std::string>());
    if (value.is_structured()) collect_kinds(value, kinds);
  }
}

template <class Variant>
void require_kinds(const std::set<std::string>& kinds) {
  io::detail::KindsOf<Variant>::for_each([&](auto kind) {
    INFO(kind.name);
    CHECK(kinds.count(kind.name) == 1);
  });
}

}  // namespace

TEST_CASE("a description that is written and read gives the same network, bit for bit") {
  const Folder folder;
  NetworkDescription all = everything();
  all.stimuli.push_back({RecordedFile{{7}, folder / "wave.npy"}, {"A"}, {}});
  write_network_description(folder / "all.json", all);
  const NetworkDescription read = read_network_description(folder / "all.json");

  const Network<> network = all.build(), same = read.build(2);
  CHECK(same.graph == network.graph);
  CHECK(network.graph.synapses() > 2000);
  REQUIRE(same.populations.size() == 6);
  CHECK(same.populations.size_of("sheet") == 20);
  CHECK(read.network.populations()[4].positions.points == all.network.populations()[4].positions.points);

  write_network_description(folder / "again.json", read);
  Json json = Json::parse(text_of(folder / "all.json")), again = Json::parse(text_of(folder / "again.json"));
  CHECK(text_of(folder / "all.projection9.csv") ==
        "pre,post,weight,delay_ms\n0,3,0.1,0.7\n1,39,-0.3333333333333333,0\n"
        "0,3,2,0.2\n");
  CHECK(text_of(folder / "again.projection9.csv") == text_of(folder / "all.projection9.csv"));
  CHECK(json["projections"][9]["rule"]["file"] == "all.projection9.csv");
  again["projections"][9]["rule"]["file"] = "all.projection9.csv";
  CHECK(again == json);

  std::set<std::string> kinds;
  collect_kinds(json, kinds);
  kinds.insert("constant");  // which is written as a number
  require_kinds<ConnectionRule>(kinds);
  require_kinds<Profile>(kinds);
  require_kinds<SynapseDistribution::Variant>(kinds);
  require_kinds<io::detail::AnyPositions>(kinds);
  require_kinds<io::detail::AnySource>(kinds);
}

TEST_CASE("a description configures a model and makes its stimuli") {
  const Folder folder;
  NetworkDescription all = everything();
  all.stimuli.push_back({RecordedFile{{7}, folder / "wave.npy"}, {"A"}, {}});
  const Populations populations = all.build().populations;
  const auto model = per_population(all.configured(BernoulliGLM{}), populations, all.population_parameters);
  CHECK(model.nonlinearity.policies[1].theta == 0.1);
  CHECK(model.nonlinearity.policies[41].theta == 3.5);
  CHECK(model.filter.coupling_window == infinite_window);
  CHECK(model.scale.dt == 0.1);

  check_message<FileError>([&] { (void)all.stimulus(populations); }, {"wave.npy: cannot be opened"});
  Eigen::MatrixXf wave(1, 3);
  wave << 0.5f, 0.25f, -1.0f;
  io::write_npy(folder / "wave.npy", wave);
  detail::StimulusTerms<float> terms{{.dt_ms = 0.1, .seed = Seed{1}, .neurons = populations.neurons()}};
  const StimulusList list = all.stimulus(populations);
  list.add_to(terms, 0);
  CHECK(list.size() == 4);
}

TEST_CASE("what may be left out has its default, and a constant may be spelt out") {
  Json json = Json::parse(valid);
  json["projections"][1]["rule"] = {{"kind", "all_to_all"}};
  json["projections"][1]["weight"] = {{"kind", "constant"}, {"value", -0.5}};
  const TemporaryFile file(".json", json.dump());
  const NetworkDescription description = read_network_description(file.path());
  CHECK(description.seed.value == 0);
  CHECK(description.dt == 0.5);
  CHECK(description.simulation.steps == 100);
  CHECK_FALSE(description.simulation.initial.has_value());
  const auto network = description.build();
  CHECK(network.graph.weights(12)[0] == -0.5f);
  CHECK(network.graph.max_delay() == 4);
  const auto& pulses = std::get<RegularPulses>(description.stimuli.at(0).source);
  CHECK((pulses.strength == 1.0 && pulses.period_steps == 100 && pulses.stop_steps == forever));
  std::vector<std::uint32_t> masked;
  description.stimuli[0].mask(network.populations).bind(14).for_each(0, 14, [&](std::uint32_t neuron) {
    masked.push_back(neuron);
  });
  CHECK(masked == std::vector<std::uint32_t>{2, 4, 5, 10, 11, 12, 13});
}

TEST_CASE("a table beside a description lists synapses") {
  const Folder folder;
  Json json = Json::parse(valid);
  json["projections"] = Json::array();
  json["projections"].push_back({{"from", "E"}, {"to", "I"}, {"rule", {{"kind", "listed"}, {"file", "edges.csv"}}}});
  std::ofstream(folder / "net.json") << json.dump();
  std::ofstream(folder / "edges.csv") << "post,pre,weight,note\n3,9,0.25,x\n0,1,-2,y\n";
  const auto graph = read_network_description(folder / "net.json").build().graph;
  REQUIRE(graph.synapses() == 2);
  CHECK((graph.targets(9)[0] == 13 && graph.weights(9)[0] == 0.25f));
  CHECK((graph.targets(1)[0] == 10 && graph.weights(1)[0] == -2.0f));

  const auto refused = [&](const std::string& what) {
    check_message<FileError>([&] { (void)read_network_description(folder / "net.json"); }, {what});
  };
  std::ofstream(folder / "edges.csv") << "pre,post,weight\n0,4,1\n";
  refused("net.json: projections[0].rule: synapse 0 -> 4 is out of range: there are 10 and 4 neurons");
  std::ofstream(folder / "edges.csv") << "pre,post,weight\n0,1,one\n";
  refused("edges.csv:2: weight 'one' is not a number");
  std::ofstream(folder / "edges.csv") << "pre,post\n0,1\n";
  refused("edges.csv:1: missing column `weight`");
  std::filesystem::remove(folder / "edges.csv");
  refused("edges.csv: cannot be opened");
  json["projections"][0]["weight"] = 1.0;
  std::ofstream(folder / "edges.csv") << "pre,post,weight\n";
  std::ofstream(folder / "net.json") << json.dump();
  refused("net.json: projections[0].weight is unknown; known fields: from, to, rule");
}

TEST_CASE("what a file cannot hold is refused by its path") {
  const Folder folder;
  const auto refused = [&](const NetworkDescription& description, const std::string& message) {
    check_message<InvalidArgument>([&] { write_network_description(folder / "f.json", description); }, {message});
    CHECK_FALSE(std::filesystem::exists(folder / "f.json"));
  };
  const auto one = [](ConnectionRule rule, SynapseOptions synapses = {}) {
    NetworkDescription description;
    description.network.population("A", positions::Line{.neurons = 3}).project("A", "A", rule, synapses);
    return description;
  };
  const auto of_place = [](const SynapsePlace& at) { return at.distance; };
  refused(one(connect::AllToAll{}, {.weight = of_place}), "projections[0].weight is a function");
  refused(one(connect::AllToAll{}, {.delay_ms = of_place}), "projections[0].delay_ms is a function");
  refused(one(connect::ByDistance{profile::Function{[](double) { return 0.5; }}}),
          "projections[0].rule.probability is a function, which cannot be written to a file");
  NetworkDescription description;
  description.network.population("caf\xe9", 1);
  refused(description, "UTF-8");
  description = one(connect::AllToAll{});
  description.population_parameters = {{"A", "theta", 1.0}, {"A", "theta", 2.0}};
  refused(description, "parameter theta is given twice");
  description.population_parameters = {{"B", "theta", 1.0}};
  refused(description, "a population that does not exist");
}
