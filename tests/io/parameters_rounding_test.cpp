// SPDX-License-Identifier: BSD-3-Clause
// A parameter has the same effect however it is given.
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/io/parameters.hpp"
#include "spikeometric/model/baseline.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/samplers/poisson.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "temporary_file.hpp"

using namespace spikeometric;
using io::read_parameters, io::write_parameters;

TEST_CASE("a parameter given as float, as double, by name or in a file is the same for a simulator") {
  const Graph graph = generate::normal({.neurons = 20, .probability = 0.3, .std = 0.01}, Seed{1});
  const auto check = [](const auto& graph, auto model) {
    const auto hash = [&](const auto& each) {
      Simulator simulator{
          graph, each, no_stimulus, Seed{2}, EigenBackend<>{.hash_state = true}, InitialState::silent()};
      simulator.run(5);
      return simulator.state_hash();
    };
    std::vector<std::string> names;
    for_each_parameter(model, [&](const auto& entry, const auto& value) {
      if constexpr (std::is_floating_point_v<std::remove_cvref_t<decltype(value)>>) names.push_back(entry.name);
    });
    REQUIRE(!names.empty());
    for (const std::string& name : names) {
      CAPTURE(name);
      const double value = name == "tau" ? 3.2 : 0.2;
      auto by_double = model, by_float = model;
      set_parameter(by_double, name, value);
      set_parameter(by_float, name, static_cast<double>(static_cast<float>(value)));
      const TemporaryFile file(".json");
      write_parameters(file.path(), by_float);
      CHECK(nlohmann::json::parse(file.content())["parameters"][name] == value);
      const auto expected = hash(by_float);
      CHECK(hash(by_double) == expected);
      CHECK(hash(read_parameters(file.path(), model)) == expected);
    }
  };
  check(graph, BernoulliGLM{});
  check(graph, PoissonGLM{{.b = 0.3}});  // otherwise beta acts on 0
  check(graph, RectifiedLNP{});
  check(graph, RectifiedSAM{});
  check(graph, ThresholdSAM{});
  check(graph.with_weights([](auto, auto, float weight) {
    return std::array{weight, 0.5f * weight};
  }),
        cascade()
            .with_filter(RaisedCosine<2>{.first_peak_ms = 0.0, .last_peak_ms = 1.0})
            .with_history(RefractoryFilter{})
            .with_baseline(NoisyBaseline{.b = 1.0, .sigma = 0.5, .rho = 0.5})
            .with_nonlinearity(Softplus{})
            .with_sampler(PoissonSampler{}));
}
