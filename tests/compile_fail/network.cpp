// expect: spikeometric: the first argument of a Simulator is a Graph or a Batch
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  const sk::EdgeList edges{2};
  sk::Simulator simulator{edges, sk::BernoulliGLM{}, sk::no_stimulus, sk::Seed{1}};
  return static_cast<int>(simulator.run(10).size());
}
