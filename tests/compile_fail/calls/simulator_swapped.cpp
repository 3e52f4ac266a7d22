// expect: spikeometric: the order of the arguments is graph, model, stimulus, seed
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  sk::Simulator simulator{model, graph, sk::no_stimulus, sk::Seed{42}};
  simulator.run(10);
}
