// expect: spikeometric: a Filter needs
#include <spikeometric/spikeometric.hpp>

struct NoKernel {
  float coupling_decay = 0.2f;
};

int main() {
  namespace sk = spikeometric;
  const sk::Cascade<NoKernel> model;
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, model, sk::no_stimulus, sk::Seed{1}};
  return static_cast<int>(simulator.run(10).size());
}
