// SPDX-License-Identifier: BSD-3-Clause
//
// The code of docs/tuning.md, and tests of what the page says.
#include <spikeometric/io/parameters.hpp>
#include <spikeometric/spikeometric.hpp>

#include <cmath>
#include <filesystem>
#include <iostream>

#include "../catch.hpp"

namespace sk = spikeometric;

namespace {

const sk::Graph<>& graph() {
  static const sk::Graph network = sk::generate::normal({.neurons = 100, .probability = 0.15, .std = 3.0}, sk::Seed{7});
  return network;
}

const sk::BernoulliGLM model;

/// Changes to a new folder and removes it at the end.
struct Elsewhere {
  Elsewhere() {
    std::filesystem::create_directories(folder);
    std::filesystem::current_path(folder);
  }
  ~Elsewhere() {
    std::filesystem::current_path(before);
    std::filesystem::remove_all(folder);
  }
  std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::path folder = std::filesystem::temp_directory_path() / "spikeometric_docs_tuning";
};

}  // namespace

TEST_CASE("a network is tuned, simulated, and its parameters are kept") {
  const Elsewhere elsewhere;
  const sk::Graph<>& graph = ::graph();
  const auto tuned = sk::tune(graph, model, sk::Seed{1}, {.parameters = {"theta"}, .rate_hz = 20.0});
  if (!tuned.reached) std::cerr << tuned.message << '\n';
  sk::Simulator simulator{graph, tuned.model, sk::no_stimulus, sk::Seed{2}};
  simulator.equilibrate(1000);
  CHECK(simulator.run(100'000).mean_rate_hz() == Approx(20.0).epsilon(0.02));

  sk::io::write_parameters("tuned.json", tuned.model);
  const auto again = sk::io::read_parameters<sk::BernoulliGLM>("tuned.json");
  CHECK(static_cast<float>(again.nonlinearity.theta) == static_cast<float>(tuned.model.nonlinearity.theta));
}

TEST_CASE("a network with two states is tuned to the lower one") {
  const auto coupled =
      sk::generate::fixed_in_degree({.neurons = 1000, .degree = 200, .weights = {.mean = 0.1}}, sk::Seed{1});
  const sk::TuneOptions by_b{
      .parameters = {"b"}, .rate_hz = 2.0, .tolerance = 0.03, .initial = sk::InitialState::silent()};
  const auto low = sk::tune(coupled, sk::PoissonGLM{{.alpha = 1000.0, .T = 1}}, sk::Seed{1}, by_b);
  INFO(low.message);
  CHECK(low.reached);
}
