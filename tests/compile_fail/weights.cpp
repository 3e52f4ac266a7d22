// expect: spikeometric: a Graph's Weight must be float, double, or a std::array
#include <array>
#include <spikeometric/spikeometric.hpp>

int main() {
  const spikeometric::EdgeList<std::array<int, 2>> edges{2};
  const spikeometric::Graph graph{edges};
  return static_cast<int>(graph.synapses());
}
