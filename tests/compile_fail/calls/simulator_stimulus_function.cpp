// expect: spikeometric: the third argument must be a stimulus
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  const auto of_real_time = [](double, double, double) { return 1.0f; };
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, sk::BernoulliGLM{}, of_real_time, sk::Seed{1}};
  return static_cast<int>(simulator.run(10).size());
}
