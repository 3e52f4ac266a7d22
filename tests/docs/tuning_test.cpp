// SPDX-License-Identifier: BSD-3-Clause
//
// The code of docs/tuning.md, and tests of what the page says.
#include <spikeometric/io/parameters.hpp>
#include <spikeometric/spikeometric.hpp>

#include <cmath>
#include <filesystem>
#include <iostream>
#include <vector>

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

TEST_CASE("parameters of a stimulus, several, and those of neurons are tuned") {
  const sk::Graph<>& graph = ::graph();
  const auto drive = sk::sinusoid({.amplitude = 1.0, .period_ms = 100.0});
  const auto driven =
      sk::tune(graph, model, drive, sk::Seed{1}, {.parameters = {"stimulus.amplitude"}, .rate_hz = 20.0});
  const auto both = sk::tune(graph, model, sk::Seed{1}, {.parameters = {"theta", "r"}, .rate_hz = 20.0});
  CHECK(driven.reached);
  CHECK(both.reached);

  std::vector<double> rates;
  for (int i = 0; i < 100; ++i) rates.push_back(5.0 + 0.1 * i);
  const auto each = sk::per_neuron(model, &sk::Logistic::theta, std::vector<double>(100, 5.0));
  const auto groups =
      sk::tune(graph, each, sk::Seed{1},
               {.parameters = {"theta"},
                .groups = {{"excitatory", sk::neurons(0, 80), 10.0}, {"inhibitory", sk::neurons(80, 100), 30.0}}});
  const auto single =
      sk::tune(graph, each, sk::Seed{1}, {.parameters = {"theta"}, .rates_hz = rates, .tolerance = 0.05});
  CHECK(groups.reached);
  INFO(single.message);
  CHECK(single.reached);
}

TEST_CASE("a model without derivatives is tuned by bracketing") {
  const auto weak = sk::generate::normal({.neurons = 100, .probability = 0.15, .std = 0.3}, sk::Seed{7});
  const auto sam = sk::tune(weak, sk::ThresholdSAM{}, sk::Seed{1}, {.parameters = {"theta"}, .rate_hz = 10.0});
  INFO(sam.message);
  CHECK(sam.reached);
}
