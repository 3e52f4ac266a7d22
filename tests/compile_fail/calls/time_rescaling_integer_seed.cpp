// expect: spikeometric: after the spikes comes a seed: sk::Seed{42}
#include <spikeometric/spikeometric.hpp>
namespace sk = spikeometric;
int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  sk::Simulator s{sk::trials(graph, 2), model, sk::no_stimulus, sk::Seed{1}};
  const auto spikes = s.run(10);
  return (int)sk::time_rescaling(graph, model, sk::no_stimulus, spikes, 5).size();
}
