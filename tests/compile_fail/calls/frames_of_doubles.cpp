// expect: spikeometric: frames must contain floats
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto stimulus = sk::temporal(sk::Frames{Eigen::MatrixXd::Ones(2, 5)}, sk::LeakyFilter{})
                            .with_weights(Eigen::MatrixXf::Ones(2, 10));
  sk::Simulator simulator{sk::Graph{sk::EdgeList{10}}, sk::BernoulliGLM{}, stimulus, sk::Seed{1}};
  simulator.run(10);
}
