// expect: spikeometric: this model has no likelihood that can be fitted
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  return static_cast<int>(sk::fit(sk::ThresholdSAM{}, sk::Events<>{2, 0.1}).graph.synapses());
}
