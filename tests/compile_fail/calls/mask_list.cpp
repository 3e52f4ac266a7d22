// expect: spikeometric: a mask is a range, .on(sk::neurons(0, 250)), or a list, .on(sk::neurons({3, 5, 9}))
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  const auto drive = sk::sinusoid({.amplitude = 1.0}).on({0, 250});
  sk::Simulator simulator{graph, model, drive, sk::Seed{1}};
  simulator.run(10);
}
