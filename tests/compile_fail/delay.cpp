// expect: spikeometric: a delay must be an integer, in steps
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  const auto graph = sk::Graph{sk::EdgeList{2}}.with_delays([](auto, auto) { return 1.5; });
  return static_cast<int>(graph.synapses());
}
