// expect: spikeometric: only a model with a LeakyFilter has synaptic activations
#include <spikeometric/spikeometric.hpp>
#include <vector>

int main() {
  namespace sk = spikeometric;
  sk::Simulator many{sk::trials(sk::Graph{sk::EdgeList{2}}, 2), sk::BernoulliGLM{}, sk::no_stimulus, sk::Seed{1}};
  many.reset_activation(std::vector<Eigen::VectorXd>(2, Eigen::VectorXd::Zero(2)));
}
