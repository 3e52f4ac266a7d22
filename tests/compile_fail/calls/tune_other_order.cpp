// expect: spikeometric: the order of the arguments is tune(graph, model, stimulus, seed, options)
#include <spikeometric/spikeometric.hpp>
namespace sk = spikeometric;
int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  return sk::tune(model, graph, {.parameters = {"theta"}, .rate_hz = 20.0}, sk::Seed{1}).reached;
}
