// expect: spikeometric: the options are missing: tune(graph, model, stimulus, seed
#include <spikeometric/spikeometric.hpp>
namespace sk = spikeometric;
int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  return sk::tune(graph, model, sk::Seed{1}).reached;
}
