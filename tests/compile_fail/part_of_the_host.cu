// expect: parts_of_a_model_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE
#include <spikeometric/backend/cuda.cuh>
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

struct Quadratic {
  template <class Real>
  Real operator()(Real g) const {
    return g < 0 ? Real(0) : g * g;
  }
};
using Model = sk::Cascade<sk::ExponentialFilter, sk::NoHistory, sk::NoBaseline, sk::PerNeuron<Quadratic>>;

int main() {
  sk::Simulator simulator{sk::Graph{sk::EdgeList{1}}, Model{}, sk::no_stimulus, sk::Seed{1}, sk::CudaBackend<>{}};
  return simulator.run(1).total() == 0;
}
