// expect: spikeometric: after the stimulus comes a seed: sk::Seed{42}
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  sk::Simulator simulator{graph, model, sk::no_stimulus, 42};
  simulator.run(10);
}
