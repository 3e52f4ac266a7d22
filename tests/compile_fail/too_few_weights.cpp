// expect: spikeometric: a synapse of the graph needs one weight for each of the M basis functions of the model's
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  const sk::Cascade<sk::Basis<sk::ExponentialFilter, 2>> model;
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, model, sk::no_stimulus, sk::Seed{1}};
  return static_cast<int>(simulator.run(10).size());
}
