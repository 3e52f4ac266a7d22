// expect: spikeometric: only a model with a LeakyFilter has synaptic activations
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, sk::BernoulliGLM{}, sk::no_stimulus, sk::Seed{1}};
  simulator.reset_activation(Eigen::VectorXd::Zero(2));
}
