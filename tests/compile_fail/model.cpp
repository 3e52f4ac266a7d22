// expect: spikeometric: the second argument of a Simulator is a model
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, 3.0f, sk::no_stimulus, sk::Seed{1}};
  return 0;
}
