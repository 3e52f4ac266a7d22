// expect: spikeometric: a Replay needs a Nonlinearity that is a template over the real type
#include <spikeometric/spikeometric.hpp>

struct Square {
  float operator()(float g) const { return g * g; }
};

int main() {
  namespace sk = spikeometric;
  const sk::Graph graph{sk::EdgeList{2}};
  const sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, Square, sk::PoissonSampler> model;
  const auto spikes = sk::Simulator{graph, model, sk::no_stimulus, sk::Seed{1}}.run(10);
  sk::Replay replay{graph, model, sk::no_stimulus, spikes, sk::Seed{1}};
}
