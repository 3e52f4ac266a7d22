// expect: spikeometric: after the stimulus comes a seed: sk::Seed{42}
#include <spikeometric/spikeometric.hpp>
namespace sk = spikeometric;
int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  const auto tuned = sk::tune(graph, model, 1, {.parameters = {"theta"}, .rate_hz = 20.0});
  if (!tuned.reached) std::puts(tuned.message.c_str());
  for (const auto& r : tuned.rates) std::printf("%g\n", r.rate_hz);
  sk::Simulator simulator{graph, tuned.model, sk::no_stimulus, sk::Seed{2}};
  return (int)simulator.run(10).total();
}
