// expect: spikeometric: frames and impulses are fitted through a filter: sk::temporal(frames, filter)
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto graph = sk::generate::normal({.neurons = 10, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model;
  sk::Simulator simulator{graph, model, sk::no_stimulus, sk::Seed{1}};
  const auto spikes = simulator.run(10);
  const sk::Frames movie{Eigen::MatrixXf::Zero(4, 10)};
  const auto fitted = sk::fit(model, movie, spikes, {.threads = 2});
  return fitted.graph.neurons() == 10;
}
