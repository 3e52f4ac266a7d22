// SPDX-License-Identifier: BSD-3-Clause
//
// The code of docs/tuning.md on parameters and methods.
#include <spikeometric/spikeometric.hpp>

#include <vector>

#include "../catch.hpp"

namespace sk = spikeometric;

TEST_CASE("parameters of a stimulus, several, and those of neurons are tuned") {
  const sk::BernoulliGLM model;
  const sk::Graph graph = sk::generate::normal({.neurons = 100, .probability = 0.15, .std = 3.0}, sk::Seed{7});
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
