// expect: spikeometric: a synapse of the graph needs one weight for each of the M basis functions of the model's
#include <array>
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  const sk::Graph graph{sk::EdgeList<std::array<float, 2>>{2}};
  sk::Simulator simulator{graph, sk::BernoulliGLM{}, sk::no_stimulus, sk::Seed{1}};
  return static_cast<int>(simulator.run(10).size());
}
