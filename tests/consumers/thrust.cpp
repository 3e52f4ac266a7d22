// SPDX-License-Identifier: BSD-3-Clause
//
// The same spikes over Thrust, on the host.
#include <spikeometric/backend/thrust.hpp>
#include <spikeometric/graph/device_generate.hpp>
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto graph = sk::generate::device::normal({.neurons = 200, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model{{.theta = 5.0f, .coupling_window = 20}};
  sk::Simulator simulator{graph, model, sk::no_stimulus, sk::Seed{42}};
  sk::Simulator over_thrust{graph, model, sk::no_stimulus, sk::Seed{42}, sk::ThrustBackend{}};
  return simulator.run(200).fingerprint() == over_thrust.run(200).fingerprint() ? 0 : 1;
}
