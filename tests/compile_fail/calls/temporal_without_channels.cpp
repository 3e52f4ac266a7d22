// expect: spikeometric: the stimulus needs as many channels as the model's stimulus filter
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto stimulus = sk::temporal(sk::sinusoid({.period_ms = 10}), sk::RaisedCosine<4>{});
  sk::Simulator simulator{sk::Graph{sk::EdgeList{10}}, sk::BernoulliGLM{}, stimulus, sk::Seed{1}};
  simulator.run(10);
}
