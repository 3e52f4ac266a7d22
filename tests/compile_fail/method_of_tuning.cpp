// expect: spikeometric: the method of tuning must be Adam{} or Bracketing{}
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  const sk::Graph graph{sk::EdgeList{2}};
  sk::tune(graph, sk::BernoulliGLM{}, sk::Seed{1}, {.parameters = {"theta"}, .rate_hz = 20.0}, 0.3);
}
