// expect: spikeometric: frames are a matrix [channels x frames]
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto stimulus =
      sk::temporal(sk::Frames{Eigen::VectorXf::Ones(5)}, sk::LeakyFilter{}).with_weights(Eigen::MatrixXf::Ones(1, 10));
  sk::Simulator simulator{sk::Graph{sk::EdgeList{10}}, sk::BernoulliGLM{}, stimulus, sk::Seed{1}};
  simulator.run(10);
}
