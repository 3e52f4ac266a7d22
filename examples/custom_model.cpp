// SPDX-License-Identifier: BSD-3-Clause
// Defines a model with a new nonlinearity and a new sampler, and compares its rates with theory.
#include <spikeometric/spikeometric.hpp>

#include <cmath>
#include <cstdint>
#include <iostream>
#include <tuple>
#include <vector>

namespace sk = spikeometric;

struct Quadratic {  // f(g) = gain dt max(g, 0)^2
  float gain = 0.01f;

  static constexpr auto parameters() {
    return std::tuple{
        sk::parameter("gain", &Quadratic::gain, "1/ms", sk::bounds::non_negative, "rate per squared input")};
  }
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g, Real dt) const {
    return g < Real(0) ? Real(0) : Real(gain) * dt * g * g;
  }
};

struct GeometricSampler {  // P(X >= n) = p^n, p = mu / (1 + mu): mean mu, variance mu (1 + mu)
  static constexpr bool binary = false;

  SPIKEOMETRIC_HOST_DEVICE std::int64_t operator()(float mu, const sk::PrimedDraws& draws) const {
    if (mu > 1000.0f) return std::int64_t{1} << 31;  // too large for a simulator: it throws Divergence
    const double p = static_cast<double>(mu) / (1.0 + static_cast<double>(mu));
    const sk::Block bits = draws.block();
    double u = sk::uniform(bits[0], bits[1]);
    std::int64_t count = 0;
    for (; u < p; ++count) u = u / p;  // now u is uniform in (0, 1) again
    return count;
  }
};

using Bursting = sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::ConstantBaseline, Quadratic, GeometricSampler>;

int main() {
  constexpr std::uint64_t steps = 2'000;
  const auto graph = sk::generate::normal({.neurons = 1000, .probability = 0.1, .std = 0.5}, sk::Seed{7});
  Bursting model{{.dt = 5.0}, {.coupling_decay = 0.05, .coupling_window = 20}, {}, {.b = 2.0}, {.gain = 0.01f}};
  const auto run = [&](double b, double r) {
    model.baseline.b = b;
    model.scale.r = r;
    sk::Simulator simulator{graph, model, sk::no_stimulus, sk::Seed{42}};
    simulator.equilibrate(100);
    return simulator.run(steps);
  };

  const auto spikes = run(2.0, 0.0);  // without coupling, g = b and counts are independent
  const double mu = model.nonlinearity(2.0, 5.0), samples = 1000.0 * steps;
  double squares = 0.0;
  for (const auto [step, neuron, count] : spikes) squares += count * count;
  const double mean = static_cast<double>(spikes.total()) / samples, variance = squares / samples - mean * mean;
  std::cout << spikes.mean_rate_hz() << " Hz, expected " << mu * 200.0 << " +- "
            << 200.0 * std::sqrt(mu * (1.0 + mu) / samples) << "; variance / mean " << variance / mean << ", expected "
            << 1.0 + mu << '\n';

  const auto b = sk::io::evenly_spaced(-0.5, 0.25, 11);
  std::vector<double> expected, alone, coupled;
  for (const double each : b) {
    expected.push_back(200.0 * model.nonlinearity(each, 5.0));
    alone.push_back(run(each, 0.0).mean_rate_hz());
    coupled.push_back(run(each, 1.0).mean_rate_hz());
  }
  sk::io::Plot plot{.title = "A custom model", .x_label = "baseline b", .y_label = "rate (Hz)"};
  plot.series = {{.name = "theory, without coupling", .x = b, .y = expected},
                 {.name = "without coupling", .style = sk::io::Style::points, .x = b, .y = alone},
                 {.name = "with coupling", .style = sk::io::Style::points, .x = b, .y = coupled}};
  sk::io::write_svg("custom_model.svg", plot);
}
