// expect: spikeometric: this member belongs to several parts of the model, which have the same type
#include <spikeometric/spikeometric.hpp>

#include <vector>

namespace sk = spikeometric;

/// A nonlinearity, and a sampler.
struct Both {
  static constexpr bool binary = true;
  float gain = 1.0f;
  SPIKEOMETRIC_HOST_DEVICE float operator()(float g) const { return gain * g; }
  SPIKEOMETRIC_HOST_DEVICE int operator()(float mu, const sk::PrimedDraws&) const { return mu > gain; }
};

int main() {
  const sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, Both, Both> model;
  (void)sk::per_neuron(model, &Both::gain, std::vector<float>(10, 1.0f));
}
