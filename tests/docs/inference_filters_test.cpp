// SPDX-License-Identifier: BSD-3-Clause
//
// The code of docs/inference.md on filters.
#include <spikeometric/spikeometric.hpp>

#include "../../examples/infer/solvers.hpp"
#include "../catch.hpp"

namespace sk = spikeometric;

TEST_CASE("each connection may have a time course, and each neuron one of its own") {
  const sk::Graph graph = sk::generate::normal({.neurons = 15, .probability = 0.2, .std = 3.0}, sk::Seed{7});
  sk::Simulator simulator{graph, sk::BernoulliGLM{{.theta = 4.0}}, sk::no_stimulus, sk::Seed{42}};
  simulator.equilibrate(100);
  const auto spikes = simulator.run(20'000);
  using Filter = sk::WithSelf<sk::RaisedCosine<3>, sk::Basis<sk::Fir, 2>>;
  using Flexible = sk::Cascade<Filter, sk::NoHistory, sk::NoBaseline, sk::Logistic>;
  const sk::Fir at_once{{1.0, 1.0, 1.0}}, later{{0.0, 0.0, 0.0, 1.0, 1.0, 1.0}};
  const Flexible flexible{{}, Filter{{.last_peak_ms = 8.0, .window_steps = 25}, {{at_once, later}}}};
  const auto fitted = sk::fit(flexible, spikes, {.penalty = sk::GroupL1{1e-3} + sk::L2{1e-4}});
  CHECK(fitted.converged());
  CHECK(fitted.weight(2, 2, 3) < 0.0);  // refractory for three steps
}
