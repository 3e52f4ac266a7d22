// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/generate.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "networks.hpp"

using spikeometric::Graph, spikeometric::InvalidGraph, spikeometric::InvalidParameter, spikeometric::Seed;
using spikeometric::set_parameter;
using namespace spikeometric::generate;
using namespace networks;

namespace {

struct Generator {
  std::string name;
  std::function<Graph<>(std::uint64_t neurons, Seed)> make;
};

/// Every generator that draws who is connected; each pair with probability 0.1, or nearly so.
std::vector<Generator> generators() {
  const auto tenth = [](std::uint64_t neurons) { return (neurons - 1) / 20 * 2; };  // even
  return {
      {"normal", [](std::uint64_t n, Seed s) { return spikeometric::generate::normal({.neurons = n}, s); }},
      {"uniform", [](std::uint64_t n, Seed s) { return spikeometric::generate::uniform({.neurons = n}, s); }},
      {"erdos_renyi", [](std::uint64_t n, Seed s) { return erdos_renyi({.neurons = n}, s); }},
      {"fixed_in_degree",
       [=](std::uint64_t n, Seed s) { return fixed_in_degree({.neurons = n, .degree = tenth(n)}, s); }},
      {"fixed_out_degree",
       [=](std::uint64_t n, Seed s) { return fixed_out_degree({.neurons = n, .degree = tenth(n)}, s); }},
      {"small_world",
       [=](std::uint64_t n, Seed s) { return small_world({.neurons = n, .degree = tenth(n), .rewiring = 1}, s); }},
  };
}

}  // namespace

TEST_CASE("the same seed gives the same network, and another seed one that shares synapses by chance only") {
  for (const Generator& generator : generators()) {
    INFO(generator.name);
    const auto graph = generator.make(301, Seed{1});
    CHECK(generator.make(301, Seed{1}) == graph);
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{2}, 1 + (std::uint64_t{1} << 32)}) {
      const auto other = generator.make(301, Seed{seed});
      CHECK_FALSE(other == graph);
      // A rewired synapse seldom ends at a neighbour, which makes 2% more in common.
      const auto common = count_if(graph, [&](auto pre, auto post, auto) { return has(other, pre, post); });
      CHECK(sigmas(as_double(common), 301.0 * 300.0 * 0.01, 301.0 * 300.0 * 0.01) < 5);
    }
  }
}

TEST_CASE("no generator makes autapses unless asked, and each serves a single neuron") {
  for (const Generator& generator : generators()) {
    INFO(generator.name);
    CHECK(autapses(generator.make(200, Seed{3})) == 0);
    const auto single = generator.make(1, Seed{3});
    CHECK(single.neurons() == 1);
    CHECK(single.synapses() == 0);
  }
  CHECK(mexican_hat({.neurons = 1, .sigma_1 = 1, .sigma_2 = 2}).synapses() == 0);
}

TEST_CASE("no generator makes a network of no neurons, or of more than its ids can number") {
  const auto refuse = [](auto make) {
    check_message<InvalidParameter>([&] { make(0); }, {"neurons = 0 must be at least 1 and at most 4294967296"});
    check_message<InvalidGraph>([&] { make(65'537); }, {"65537 neurons", "16 bits"});
  };
  using Id = std::uint16_t;
  refuse([](std::uint64_t n) { spikeometric::generate::normal<float, Id>({.neurons = n}, Seed{1}); });
  refuse([](std::uint64_t n) { spikeometric::generate::uniform<float, Id>({.neurons = n}, Seed{1}); });
  refuse([](std::uint64_t n) { erdos_renyi<float, Id>({.neurons = n}, Seed{1}); });
  refuse([](std::uint64_t n) { fixed_in_degree<float, Id>({.neurons = n}, Seed{1}); });
  refuse([](std::uint64_t n) { fixed_out_degree<float, Id>({.neurons = n}, Seed{1}); });
  refuse([](std::uint64_t n) { small_world<float, Id>({.neurons = n}, Seed{1}); });
  refuse([](std::uint64_t n) { mexican_hat<float, Id>({.neurons = n, .sigma_1 = 1, .sigma_2 = 2}); });
}

TEST_CASE("generators list all their parameters, each with its bounds") {
  const auto listed = [](const auto& parameters) {
    std::string text;
    spikeometric::for_each_parameter(parameters, [&](const auto& entry, const auto& value) {
      CHECK(std::string(entry.meaning) != "");
      text += entry.name + (" = " + spikeometric::detail::value_text(value)) + " (" + to_text(entry) + ")\n";
    });
    return text;
  };
  const std::string
      neurons = "neurons = 0 (at least 1 and at most 4294967296)\n",
      probability = "probability = 0.1 (at least 0 and at most 1)\n",
      degree = "degree = 10 (at least 0 and at most 4294967295)\n", autapses = "autapses = false (false or true)\n",
      weights =
          "mean = 1 (finite)\nstd = 0 (finite and at least 0)\ninhibitory_fraction = 0 (at least 0 and at "
          "most 1)\ninhibitory_scale = 1 (finite and at least 0)\n";
  CHECK(listed(Normal{}) == neurons + probability + "mean = 0 (finite)\nstd = 1 (finite and at least 0)\n" +
                                "scaling = in_degree (in_degree, neurons or none)\n" + autapses);
  CHECK(listed(Uniform{}) == neurons + probability + "low = -1 (finite)\nhigh = 1 (finite)\n" +
                                 "scaling = none (in_degree, neurons or none)\n" + autapses);
  CHECK(listed(ErdosRenyi{}) == neurons + probability + autapses + weights);
  CHECK(listed(FixedDegree{}) == neurons + degree + autapses + "multapses = false (false or true)\n" + weights);
  CHECK(listed(SmallWorld{}) == neurons + degree + "rewiring = 0.1 (at least 0 and at most 1)\n" + weights);
  CHECK(listed(MexicanHat{}) == neurons + "a = 1 (finite)\nsigma_1 = 0 (finite and above 0)\n" +
                                    "sigma_2 = 0 (finite and above 0)\nscale = 1 (finite)\nradius = 0 (at least 0)\n" +
                                    autapses);
}

TEST_CASE("parameters of generators are set by name, and a wrong value changes nothing") {
  FixedDegree parameters;
  set_parameter(parameters, "neurons", 4294967296.0);
  set_parameter(parameters, "degree", "4294967295");
  set_parameter(parameters, "multapses", "true");
  set_parameter(parameters, "inhibitory_scale", 0.1);
  CHECK(parameters.neurons == 4'294'967'296);
  CHECK(parameters.degree == 4'294'967'295);
  CHECK(parameters.multapses);
  CHECK(parameters.weights.inhibitory_scale == 0.1);

  const auto refuse = [&](const char* name, const char* value, const std::string& message) {
    check_message<InvalidParameter>([&] { set_parameter(parameters, name, value); }, {name + (" = " + message)});
  };
  refuse("neurons", "9.5", "9.5 must be an integer, at least 0 and below 2^64");
  refuse("neurons", "0", "0 must be at least 1 and at most 4294967296");
  refuse("neurons", "4294967297", "4294967297 must be at least 1");
  refuse("degree", "4294967296", "4294967296 must be at least 0 and at most 4294967295");
  refuse("degree", "-1", "-1 must be an integer, at least 0");
  refuse("autapses", "2", "2 must be false or true");
  refuse("inhibitory_fraction", "1.5", "1.5 must be at least 0 and at most 1");
  check_message<InvalidParameter>([&] { set_parameter(parameters, "probability", 0.5); },
                                  {"probability; known names: neurons, degree, autapses, multapses, mean, std, "
                                   "inhibitory_fraction, inhibitory_scale"});
  CHECK(parameters.neurons == 4'294'967'296);
  CHECK(parameters.degree == 4'294'967'295);
  CHECK_FALSE(parameters.autapses);
  CHECK(parameters.weights.inhibitory_fraction == 0);

  Normal scaled;
  set_parameter(scaled, "scaling", "none");
  CHECK(scaled.scaling == Scaling::none);
}
