// expect: spikeometric: a fit takes no graph
#include <spikeometric/spikeometric.hpp>
namespace sk = spikeometric;
int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  sk::Simulator s{graph, model, sk::no_stimulus, sk::Seed{1}};
  const auto spikes = s.run(10);
  return sk::fit(graph, model, sk::no_stimulus, spikes, {.threads = 2}).converged();
}
