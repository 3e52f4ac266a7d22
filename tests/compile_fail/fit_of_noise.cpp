// expect: spikeometric: a model that is fitted must have the baseline NoBaseline or ConstantBaseline
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  using Noisy = sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoisyBaseline, sk::Logistic>;
  return static_cast<int>(sk::fit(Noisy{}, sk::Events<>{2, 1.0}).graph.synapses());
}
