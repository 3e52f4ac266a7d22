// expect: spikeometric: a Graph's Weight must hold at least one number
#include <array>
#include <spikeometric/spikeometric.hpp>

int main() {
  const spikeometric::EdgeList<std::array<float, 0>> edges{2};
  const spikeometric::Graph graph{edges};
  return static_cast<int>(graph.synapses());
}
