// expect: spikeometric: the stimulus needs as many channels as the model's stimulus filter
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  const auto constant = [](std::uint64_t, std::uint32_t) { return 1.0f; };
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, sk::BernoulliGLM{}, sk::channels(constant, constant),
                          sk::Seed{1}};
  return static_cast<int>(simulator.run(10).size());
}
