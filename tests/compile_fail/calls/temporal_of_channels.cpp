// expect: spikeometric: sk::temporal filters a stimulus with one channel
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto stimulus = sk::temporal(sk::channels(sk::no_stimulus, sk::sinusoid({.period_ms = 10})), sk::LeakyFilter{});
  sk::Simulator simulator{sk::Graph{sk::EdgeList{10}}, sk::BernoulliGLM{}, stimulus, sk::Seed{1}};
  simulator.run(10);
}
