// expect: spikeometric: a Sampler needs
#include <spikeometric/spikeometric.hpp>

struct DoesNotSayBinary {
  std::uint32_t operator()(float mu, const spikeometric::PrimedDraws& draws) const { return draws.first < mu; }
};

int main() {
  namespace sk = spikeometric;
  const sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, sk::Logistic, DoesNotSayBinary> model;
  sk::Simulator simulator{sk::Graph{sk::EdgeList{2}}, model, sk::no_stimulus, sk::Seed{1}};
  return static_cast<int>(simulator.run(10).size());
}
