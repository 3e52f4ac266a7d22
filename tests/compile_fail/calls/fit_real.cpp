// expect: spikeometric: the order of the arguments is model, stimulus, spikes, options
#include <spikeometric/spikeometric.hpp>
namespace sk = spikeometric;
int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  sk::Simulator s{graph, model, sk::no_stimulus, sk::Seed{1}};
  const auto spikes = s.run(1000);
  const auto fitted = sk::fit(spikes, model, {.threads = 2});
  std::printf("%g\n", fitted.bits_per_spike());
  sk::Simulator again{fitted.graph, fitted.model, sk::no_stimulus, sk::Seed{2}};
  for (const auto& n : fitted.neurons) std::printf("%g\n", n.baseline);
  const auto check = sk::time_rescaling(fitted.graph, fitted.model, sk::no_stimulus, spikes, sk::Seed{1});
  return (int)again.run(10).total() + (check[0].statistic < 1);
}
