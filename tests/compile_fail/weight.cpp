// expect: spikeometric: a Graph's Weight must be float, double
#include <spikeometric/spikeometric.hpp>

int main() {
  const spikeometric::EdgeList<int> edges{2};
  const spikeometric::Graph graph{edges};
  return static_cast<int>(graph.synapses());
}
