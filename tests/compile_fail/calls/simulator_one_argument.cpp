// expect: spikeometric: the second argument must be a model
#include <spikeometric/spikeometric.hpp>
namespace sk = spikeometric;
int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  sk::Simulator s{graph};
  s.run(1);
}
