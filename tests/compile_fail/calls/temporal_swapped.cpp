// expect: spikeometric: the arguments of sk::temporal are the stimulus, then the filter
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto stimulus = sk::temporal(sk::RaisedCosine<4>{}, sk::sinusoid({.period_ms = 10}));
  sk::Simulator simulator{sk::Graph{sk::EdgeList{10}}, sk::BernoulliGLM{}, stimulus, sk::Seed{1}};
  simulator.run(10);
}
