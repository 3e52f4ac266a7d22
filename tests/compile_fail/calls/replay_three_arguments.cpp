// expect: spikeometric: the fourth argument must be the recorded spikes, sk::Events
#include <spikeometric/spikeometric.hpp>
namespace sk = spikeometric;
int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  sk::Replay r{graph, model, sk::no_stimulus};
  return (int)r.steps_left();
}
