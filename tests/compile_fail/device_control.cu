// expect: success
#include <spikeometric/backend/cuda.cuh>
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

struct Wave {
  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint64_t step, std::uint32_t neuron) const {
    return (step + neuron) % 500 < 20 ? 1.0f : 0.0f;
  }
};

int main() {
  sk::Simulator simulator{sk::Graph{sk::EdgeList{1}}, sk::BernoulliGLM{}, Wave{}, sk::Seed{1}, sk::CudaBackend<>{}};
  return simulator.run(1).total() == 0;
}
