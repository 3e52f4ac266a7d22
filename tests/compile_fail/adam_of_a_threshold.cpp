// expect: spikeometric: this model has no derivatives
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  const sk::Graph graph{sk::EdgeList{2}};
  sk::tune(graph, sk::ThresholdSAM{}, sk::Seed{1}, {.parameters = {"theta"}, .rate_hz = 20.0}, sk::Adam{});
}
