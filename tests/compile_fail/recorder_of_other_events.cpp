// expect: spikeometric: a Recorder must be callable with
#include <spikeometric/spikeometric.hpp>

int main() {
  namespace sk = spikeometric;
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, sk::BernoulliGLM{}, sk::no_stimulus, sk::Seed{1}};
  sk::Events<sk::CountEvent> counts{2, 1.0};
  simulator.run(10, counts);
}
