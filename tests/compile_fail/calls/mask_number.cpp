// expect: spikeometric: a mask
#include <spikeometric/spikeometric.hpp>
namespace sk = spikeometric;
int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  sk::Simulator s{graph, model, sk::sinusoid({.period_ms = 10}).on(250), sk::Seed{1}};
  s.run(1);
}
