// SPDX-License-Identifier: BSD-3-Clause
//
// What io/network_description.hpp refuses in a file.
#include <nlohmann/json.hpp>
#include <string>

#include "../catch.hpp"
#include "../message.hpp"
#include "descriptions.hpp"
#include "spikeometric/io/network_description.hpp"
#include "temporary_file.hpp"

using namespace spikeometric;
using io::read_network_description;
using Json = nlohmann::ordered_json;

namespace {

/// Reads the valid description with a change: the value at a JSON pointer, or without it if the text is empty. Its
/// error is one line with the message.
void refuse(const std::string& pointer, const std::string& value, const std::string& message) {
  Json json = Json::parse(valid);
  json["projections"][1]["from"] = "E";
  json["projections"][1]["to"] = "E";
  const Json::json_pointer place(pointer);
  if (value.empty())
    json[place.parent_pointer()].erase(place.back());
  else
    json[place] = Json::parse(value);
  const TemporaryFile file(".json", json.dump());
  INFO(pointer << " " << value);
  try {
    (void)read_network_description(file.path());
    FAIL_CHECK("nothing was thrown");
  } catch (const FileError& error) {
    CHECK(error.what() == file.path() + ": " + message);
  }
}

}  // namespace

TEST_CASE("an invalid description is refused, naming the field and what is allowed") {
  const std::string e = "; known names: E, I";
  refuse("/format", R"("sonata")", R"(format = "sonata" must be "spikeometric network")");
  refuse("/format", "", "format is missing");
  refuse("/version", "2",
         "version = 2 of the format \"spikeometric network\" is newer than this library, which reads version 1");
  refuse("/version", "0", "version = 0 must be at least 1");
  refuse("/dt", "", "dt is missing");
  refuse("/dt", "0", "dt = 0 must be finite and above 0");
  refuse("/dt", R"("1 ms")", R"(dt = "1 ms" is not a number)");
  refuse("/seed", "-1", "seed = -1 must be at least 0");
  refuse("/seed", "1.5", "seed = 1.5 is not an integer");
  refuse("/colour", "1",
         "colour is unknown; known fields: format, version, dt, seed, populations, projections, model, stimuli, "
         "simulation");

  refuse("/populations", "", "populations must have at least one element");
  refuse("/populations", "{}", "populations = {} must be an array, [...]");
  refuse("/populations", "[]", "populations must have at least one element");
  refuse("/populations/0", "3", "populations[0] = 3 must be an object, {...}");
  refuse("/populations/0/name", "", "populations[0].name is missing");
  refuse("/populations/0/name", "3", "populations[0].name = 3 must be text in quotes");
  refuse("/populations/0/name", R"("")", "populations[0]: a population needs a name");
  refuse("/populations/1/name", R"("E")", "populations[1]: there are two populations called E");
  refuse("/populations/0/neurons", "0", "populations[0].neurons = 0 must be at least 1 and at most 4294967296");
  refuse("/populations/0/neurons", "4294967296", "populations[1]: with population I, there are more than 2^32 neurons");
  refuse("/populations/0/neurons", "", "populations[0] must have a field neurons or a field positions, and not both");
  refuse("/populations/1/neurons", "4", "populations[1] must have a field neurons or a field positions, and not both");
  refuse("/populations/0/size", "4",
         "populations[0].size is unknown; known fields: name, neurons, positions, parameters");
  refuse("/populations/0/parameters/theta", R"("high")", R"(populations[0].parameters.theta = "high" is not a number)");
  refuse("/populations/0/parameters/dt", "1",
         "populations[0].parameters.dt is unknown; the description itself has a field dt");
  refuse("/populations/1/positions/kind", R"("torus")",
         R"(populations[1].positions.kind = "torus" is unknown; known kinds: line, sheet, random, points)");
  refuse("/populations/1/positions/length", "0", "populations[1].positions.length = 0 must be finite and above 0");
  refuse("/populations/1/positions/periodic", "1", "populations[1].positions.periodic = 1 is not true or false");
  refuse("/populations/1/positions", R"({"kind": "points", "points": [[0, 0, 0], [0, 1]]})",
         "populations[1].positions.points[1] = [0,1] must be an array of three numbers");
  refuse("/populations/1/positions", R"({"kind": "points", "points": []})",
         "populations[1]: population I has no neurons");

  refuse("/projections/0/from", R"("L4E")", "projections[0].from = \"L4E\" is not a population" + e);
  refuse("/projections/2/to", "", "projections[2].to is missing");
  refuse("/projections/2/rule", R"("all")", R"(projections[2].rule = "all" must be an object, {...})");
  refuse("/projections/2/rule/kind", R"("in_degree")",
         "projections[2].rule.kind = \"in_degree\" is unknown; known kinds: pairwise, fixed_in_degree, "
         "fixed_out_degree, fixed_total, one_to_one, all_to_all, by_distance, listed");
  refuse("/projections/2/rule/degree", "", "projections[2].rule.degree is missing");
  refuse("/projections/2/rule/degree", "11",
         "projections[2].rule.degree = 11 must be at most 9, the number of sources without autapses");
  refuse("/projections/2/rule/degree", "-3",
         "projections[2].rule.degree = -3 must be at least 0 and at most 4294967295");
  refuse("/projections/2/rule/degree", "2.5", "projections[2].rule.degree = 2.5 is not an integer");
  refuse("/projections/2/rule/probability", "0.5",
         "projections[2].rule.probability is unknown; known fields: kind, degree, autapses, multapses");
  refuse("/projections/0/rule/probability", "1.5",
         "projections[0].rule.probability = 1.5 must be at least 0 and at most 1");
  refuse("/projections/0/rule", R"({"kind": "one_to_one"})",
         "projections[0].rule: one-to-one needs populations of the same size, not 10 and 4 neurons");
  refuse("/projections/0/rule", R"({"kind": "by_distance", "probability": {"kind": "disc", "probability": 2}})",
         "projections[0].rule.probability.probability = 2 must be at least 0 and at most 1");
  refuse("/projections/0/rule",
         R"({"kind": "by_distance", "probability": {"kind": "gaussian", "peak": 1, "sigma": 0.1}})",
         "projections[0].rule: distances need positions, but population E has none");
  refuse("/projections/0/weight", "", "projections[0].weight is missing");
  refuse("/projections/0/weight", R"("big")", R"(projections[0].weight = "big" must be a number or a distribution)");
  refuse("/projections/2/weight/kind", R"("gamma")",
         "projections[2].weight.kind = \"gamma\" is unknown; known kinds: constant, normal, truncated_normal, "
         "lognormal, uniform, exponential");
  refuse("/projections/2/weight/std", "-1", "projections[2].weight.std = -1 must be finite and at least 0");
  refuse("/projections/2/weight", R"({"kind": "truncated_normal", "mean": 0, "std": 1})",
         "projections[2].weight.mean = 0 has no sign that truncated normal values could keep");
  refuse("/projections/2/delay_ms/low", "3", "projections[2].delay_ms.low = 3 must be at most high = 2");
  refuse("/projections/2/delay_ms", "-1", "projections[2].delay_ms: the distribution has no values above 0 ms");

  refuse("/model/name", "", "model.name is missing");
  refuse("/model/parameters", "[]", "model.parameters = [] must be an object, {...}");
  refuse("/model/parameters/theta", "null", "model.parameters.theta = null is not a number");
  refuse("/stimuli/0/kind", R"("noise")",
         R"(stimuli[0].kind = "noise" is unknown; known kinds: regular, sinusoid, poisson, recorded)");
  refuse("/stimuli/0/period_steps", "", "stimuli[0].period_steps is missing");
  refuse("/stimuli/0/period_steps", "0", "stimuli[0].period_steps = 0 must be at least 1");
  refuse("/stimuli/0/pulse_steps", "200", "stimuli[0].pulse_steps = 200 steps must be at most period_steps = 100");
  refuse("/stimuli/0/populations/0", R"("X")", "stimuli[0].populations[0] = \"X\" is not a population" + e);
  refuse("/stimuli/0/neurons/0", "14", "stimuli[0].neurons[0] = 14 must be at least 0 and at most 13");
  refuse("/stimuli/0/neurons/1", "[6, 4]", "stimuli[0].neurons[1] = [6,4] must end after it begins");
  refuse("/simulation/steps", "-5", "simulation.steps = -5 must be at least 0");
  refuse("/simulation/steps", R"("inf")", R"(simulation.steps = "inf" is not an integer)");
  refuse("/simulation/initial", R"("loud")",
         R"(simulation.initial = "loud" must be "silent", "volley" or a rate in Hz)");
}

TEST_CASE("a file that is no JSON, or has a field twice, is refused") {
  const auto refused = [](const std::string& text, const std::string& message) {
    const TemporaryFile file(".json", text);
    check_message<FileError>([&] { (void)read_network_description(file.path()); }, {message});
  };
  refused("{\"format\": ", "parse error at line 1");
  refused("[]", "the content is not a JSON object");
  refused(R"({"dt": 1, "populations": [{"name": "E", "name": "I"}]})", "the field name occurs twice in one object");
}
