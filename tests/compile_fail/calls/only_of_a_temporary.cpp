// expect: spikeometric: sk::only(mask, target) needs a recording of this simulator, which is not a temporary,
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, sk::BernoulliGLM{}, sk::no_stimulus, sk::Seed{1}};
  simulator.run(10, sk::only(sk::neurons(0, 1), simulator.new_recording()));
}
