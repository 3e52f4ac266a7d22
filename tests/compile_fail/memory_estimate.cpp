// expect: spikeometric: memory_estimate needs a backend that runs on a device
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const sk::Graph graph{sk::EdgeList{1}};
  return sk::memory_estimate(graph, sk::BernoulliGLM{}, sk::no_stimulus, sk::EigenBackend<>{}) == 0;
}
