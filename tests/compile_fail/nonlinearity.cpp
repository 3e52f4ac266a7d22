// expect: spikeometric: a Nonlinearity needs
#include <spikeometric/spikeometric.hpp>

struct NotConst {
  float operator()(float g) { return last = g; }
  float last = 0.0f;
};

int main() {
  namespace sk = spikeometric;
  const sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, NotConst> model;
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, model, sk::no_stimulus, sk::Seed{1}};
  return static_cast<int>(simulator.run(10).size());
}
