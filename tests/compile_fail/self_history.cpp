// expect: spikeometric: a SelfHistory needs
#include <spikeometric/spikeometric.hpp>

struct OneTap {
  float taps(float) const { return -100.0f; }
};

int main() {
  namespace sk = spikeometric;
  const sk::Cascade<sk::ExponentialFilter, OneTap> model;
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, model, sk::no_stimulus, sk::Seed{1}};
  return static_cast<int>(simulator.run(10).size());
}
