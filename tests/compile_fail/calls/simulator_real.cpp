// expect: spikeometric: after the stimulus comes a seed: sk::Seed{42}
#include <spikeometric/spikeometric.hpp>
namespace sk = spikeometric;
int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  sk::Simulator s{graph, model, sk::no_stimulus, 42};
  s.equilibrate(100);
  auto rec = s.new_recording();
  s.run(100, rec);
  s.run(100, [](auto...) {});
  std::uint64_t n = s.step() + s.neurons() + s.synapses();
  s.reset(sk::InitialState::silent());
  const auto spikes = s.run(100);
  return (int)(n + rec.total() + spikes.total() + s.state_hash());
}
