// SPDX-License-Identifier: BSD-3-Clause
//
// The same spikes on a GPU.
#include <spikeometric/backend/cuda.cuh>
#include <spikeometric/spikeometric.hpp>

namespace sk = spikeometric;

int main() {
  const auto graph = sk::generate::normal({.neurons = 200, .probability = 0.1, .std = 5.0}, sk::Seed{7});
  const sk::BernoulliGLM model{{.theta = 5.0f, .coupling_window = 20}};
  sk::Simulator simulator{graph, model, sk::no_stimulus, sk::Seed{42}};
  sk::Simulator on_gpu{graph, model, sk::no_stimulus, sk::Seed{42}, sk::CudaBackend<sk::SparseMatvec>{}};
  return simulator.run(200).fingerprint() == on_gpu.run(200).fingerprint() ? 0 : 1;
}
