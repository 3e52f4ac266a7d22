// expect: spikeometric: a Graph's Vertex must be std::uint16_t or std::uint32_t
#include <spikeometric/spikeometric.hpp>

int main() {
  const spikeometric::EdgeList<float, int> edges{2};
  const spikeometric::Graph graph{edges};
  return static_cast<int>(graph.synapses());
}
