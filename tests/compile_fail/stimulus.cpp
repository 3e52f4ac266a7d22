// expect: spikeometric: a Stimulus needs
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  const auto of_the_step_alone = [](std::uint64_t step) { return step < 10 ? 1.0f : 0.0f; };
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, sk::BernoulliGLM{}, of_the_step_alone, sk::Seed{1}};
  return static_cast<int>(simulator.run(10).size());
}
