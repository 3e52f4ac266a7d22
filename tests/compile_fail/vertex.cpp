// expect: spikeometric: a Graph's Vertex is std::uint16_t or std::uint32_t
#include <spikeometric/spikeometric.hpp>

int main() {
  const spikeometric::EdgeList<float, int> edges{2};
  const spikeometric::Graph graph{edges};
  return static_cast<int>(graph.synapses());
}
