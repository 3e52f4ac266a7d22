// expect: spikeometric: sk::temporal filters a stimulus, such as sk::recorded(values)
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto stimulus = sk::temporal(Eigen::MatrixXf::Ones(10, 5).eval(), sk::LeakyFilter{});
  sk::Simulator simulator{sk::Graph{sk::EdgeList{10}}, sk::BernoulliGLM{}, stimulus, sk::Seed{1}};
  simulator.run(10);
}
