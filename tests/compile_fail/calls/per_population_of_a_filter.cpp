// expect: spikeometric: per_neuron and per_population need a member of the model's self-history, baseline, nonlinearity,
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  sk::Populations populations{10};
  populations.add("E", sk::neurons(0, 8));
  const sk::BernoulliGLM model;
  (void)sk::per_population(model, &sk::ExponentialFilter::coupling_decay, populations, {{"E", 0.1}});
}
