// expect: spikeometric: a Baseline needs
#include <spikeometric/spikeometric.hpp>

struct OfTheNeuron {
  float operator()(unsigned neuron) const { return neuron == 0 ? 1.0f : 0.0f; }
};

int main() {
  namespace sk = spikeometric;
  const sk::Cascade<sk::ExponentialFilter, sk::NoHistory, OfTheNeuron> model;
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, model, sk::no_stimulus, sk::Seed{1}};
  return static_cast<int>(simulator.run(10).size());
}
