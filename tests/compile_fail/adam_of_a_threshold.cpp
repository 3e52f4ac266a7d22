// expect: spikeometric: this model has no derivatives
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  const sk::Graph graph{sk::EdgeList{2}};
  sk::tune(sk::ThresholdSAM{}, graph, {.parameters = {"theta"}, .rate_hz = 20.0}, sk::Seed{1}, sk::Adam{});
}
