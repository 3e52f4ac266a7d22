// expect: spikeometric: the fifth argument of a Simulator is a backend
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  constexpr int threads = 8;
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, sk::BernoulliGLM{}, sk::no_stimulus, sk::Seed{1}, threads};
  return static_cast<int>(simulator.run(10).size());
}
