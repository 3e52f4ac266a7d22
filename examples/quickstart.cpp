// SPDX-License-Identifier: BSD-3-Clause
// Simulates a thousand neurons for ten seconds. Change a parameter, and look at raster.svg.
#include <spikeometric/spikeometric.hpp>

#include <iostream>

namespace sk = spikeometric;

int main() {
  const auto graph = sk::generate::normal({.neurons = 1000, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model{{.theta = 5.0, .coupling_window = 20}};
  const auto drive =
      sk::sinusoid({.amplitude = 1.0, .period_ms = 100.0, .duration_steps = 10'000}).on(sk::neurons(0, 250));

  sk::Simulator simulator{graph, model, drive, sk::Seed{42}};
  simulator.equilibrate(100);
  const sk::Events spikes = simulator.run(10'000);

  std::cout << spikes.mean_rate_hz() << " Hz, fingerprint " << std::hex << spikes.fingerprint() << '\n';
  sk::io::write_svg("raster.svg", sk::raster(spikes));
}
