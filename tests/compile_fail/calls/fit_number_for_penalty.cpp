// expect: spikeometric: a penalty must be sk::L1{0.1}, sk::L2{0.1}, sk::GroupL1{0.1} or sk::Smooth{0.1}, not a number
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  sk::Simulator simulator{graph, model, sk::no_stimulus, sk::Seed{1}};
  const auto spikes = simulator.run(10);
  const auto fitted = sk::fit(model, spikes, {.penalty = 0.1});
  return fitted.graph.neurons() == 10;
}
