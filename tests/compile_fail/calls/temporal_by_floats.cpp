// expect: spikeometric: sk::temporal filters by a Filter, such as sk::RaisedCosine<4>
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto stimulus = sk::temporal(sk::sinusoid({.period_ms = 10}), std::vector<float>{0.5f, 0.25f});
  sk::Simulator simulator{sk::Graph{sk::EdgeList{10}}, sk::BernoulliGLM{}, stimulus, sk::Seed{1}};
  simulator.run(10);
}
