// expect: spikeometric: a StimulusFilter needs
#include <spikeometric/spikeometric.hpp>

struct DoesNotSayHowManyChannels {
  float operator()(const float* channel) const { return channel[0]; }
};

int main() {
  namespace sk = spikeometric;
  using Model = sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, sk::Logistic, sk::BernoulliSampler,
                            DoesNotSayHowManyChannels>;
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, Model{}, sk::no_stimulus, sk::Seed{1}};
  return static_cast<int>(simulator.run(10).size());
}
