// expect: success
#include <spikeometric/backend/cuda.cuh>
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const float strength = 1.0f;
  const auto wave = [strength] __host__ __device__(std::uint64_t step, std::uint32_t neuron) {
    return (step + neuron) % 500 < 20 ? strength : 0.0f;
  };
  sk::Simulator simulator{sk::Graph{sk::EdgeList{1}}, sk::BernoulliGLM{}, wave, sk::Seed{1}, sk::CudaBackend<>{}};
  return simulator.run(1).total() == 0;
}
