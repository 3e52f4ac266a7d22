// SPDX-License-Identifier: BSD-3-Clause
// The names that programs rely on, as in the design's examples. They stay.
#include <spikeometric/spikeometric.hpp>

#include <string>

#include "../catch.hpp"
#include "../io/temporary_file.hpp"

namespace sk = spikeometric;

namespace {

struct Quadratic {  // a Nonlinearity: input g to mean count per step
  float gain = 2.0f;
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const {
    return g > 0 ? gain * g * g : Real(0);
  }
};

}  // namespace

TEST_CASE("a network of a named model is simulated and drawn") {
  const auto graph = sk::generate::normal({.neurons = 100, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model{{.theta = 5.0f, .coupling_window = 20}};
  const auto drive =
      sk::sinusoid({.amplitude = 1.0f, .period_ms = 100.0f, .duration_steps = 10'000}).on(sk::neurons(0, 25));
  sk::Simulator simulator{graph, model, drive, sk::Seed{42}};
  simulator.equilibrate(100);
  const sk::Events spikes = simulator.run(1000);
  CHECK(spikes.mean_rate_hz() > 0.0);
  CHECK(spikes.fingerprint() != 0);
  const TemporaryFile picture(".svg");
  sk::io::write_svg(picture.path(), sk::raster(spikes));
  CHECK(picture.content().find("<svg") != std::string::npos);
}

TEST_CASE("a model with a nonlinearity of the user's is a Cascade") {
  using MyModel =
      sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::ConstantBaseline, Quadratic, sk::PoissonSampler>;
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 0.1}, sk::Seed{7});
  sk::Simulator simulator{graph, MyModel{{}, {}, {}, {.b = 0.1}}, sk::no_stimulus, sk::Seed{1},
                          sk::EigenBackend<>{.threads = 2}};
  CHECK(simulator.run(1000).total() > 0);
}
