// SPDX-License-Identifier: BSD-3-Clause
// Simulates a network on a GPU: prints its memory and speed, and checks that its spikes are those of the CPU. Exit
// status 77: there is no GPU.
#include <spikeometric/backend/cuda.cuh>
#include <spikeometric/backend/memory.hpp>
#include <spikeometric/spikeometric.hpp>

#include <chrono>
#include <iostream>

namespace sk = spikeometric;

struct Wave {  // a travelling pulse; evaluated on the GPU
  float strength;

  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint64_t step, std::uint32_t neuron) const {
    return (step + neuron) % 500 < 20 ? strength : 0.0f;
  }
};

template <class Simulator>
sk::Events<> timed(const char* where, Simulator& simulator, std::uint64_t steps) {
  const auto start = std::chrono::steady_clock::now();
  auto spikes = simulator.run(steps);
  const std::chrono::duration<double, std::micro> elapsed = std::chrono::steady_clock::now() - start;
  std::cout << where << elapsed.count() / static_cast<double>(steps) << " microseconds per step, fingerprint "
            << std::hex << spikes.fingerprint() << std::dec << '\n';
  return spikes;
}

int main() try {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::cerr << "there is no GPU that CUDA can use; see nvidia-smi\n";
    return 77;
  }

  const auto graph = sk::generate::normal({.neurons = 5000, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model{{.theta = 5.0, .coupling_window = 20}};
  const Wave wave{2.0f};
  const sk::CudaBackend<> backend{.device = 0};
  std::cout << static_cast<double>(sk::memory_estimate(graph, model, wave, backend)) * 1e-6
            << " MB of device memory are needed\n";

  sk::Simulator cpu{graph, model, wave, sk::Seed{42}};
  sk::Simulator gpu{graph, model, wave, sk::Seed{42}, backend};
  cpu.equilibrate(100);
  gpu.restore(cpu.state());  // continues from the state of the CPU

  const auto expected = timed("CPU: ", cpu, 1'000);
  const auto spikes = timed("GPU: ", gpu, 1'000);
  timed("GPU: ", gpu, 10'000);
  std::cout << spikes.mean_rate_hz() << " Hz\n";
  if (spikes.fingerprint() == expected.fingerprint()) return 0;
  std::cerr << "the spikes differ\n";
  return 1;
} catch (const std::exception& error) {  // OutOfDeviceMemory tells how much is needed and free
  std::cerr << error.what() << '\n';
  return 1;
}
