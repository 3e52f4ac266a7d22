// expect: spikeometric: frames and impulses are a stimulus with a filter and weights
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto stimulus = sk::temporal(sk::Frames{Eigen::MatrixXf::Ones(2, 5)}, sk::LeakyFilter{});
  sk::Simulator simulator{sk::Graph{sk::EdgeList{10}}, sk::BernoulliGLM{}, stimulus, sk::Seed{1}};
  simulator.run(10);
}
