// SPDX-License-Identifier: BSD-3-Clause
//
// Defines Simulation for the files of models/, which instantiate it. SPIKEOMETRIC_WITH_THRUST and
// SPIKEOMETRIC_WITH_CUDA add backends.
#pragma once

#include <spikeometric/simulate/simulator.hpp>
#include <spikeometric/tune/tune.hpp>
#if defined(SPIKEOMETRIC_WITH_THRUST)
#include <spikeometric/backend/thrust.hpp>
#endif
#if defined(SPIKEOMETRIC_WITH_CUDA)
#include <spikeometric/backend/cuda.cuh>
#endif

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "simulation.hpp"

namespace driver {

inline volatile std::sig_atomic_t interrupted = 0;

/// Returns work(backend) for the chosen backend.
template <class Work>
auto with_backend(const BackendChoice& choice, std::uint32_t first_network, bool hash_state, Work&& work) {
  const bool by_product = choice.strategy == "sparse_matvec";
#if defined(SPIKEOMETRIC_WITH_THRUST)
  if (choice.name == "thrust") return work(sk::ThrustBackend{first_network, hash_state});
#endif
#if defined(SPIKEOMETRIC_WITH_CUDA)
  const int device = choice.device.value_or(0);
  if (choice.name == "cuda" && by_product)
    return work(sk::CudaBackend<sk::SparseMatvec>{device, first_network, hash_state});
  if (choice.name == "cuda") return work(sk::CudaBackend<>{device, first_network, hash_state});
#endif
  if (by_product)
    return work(sk::EigenBackend<sk::SparseMatvec>{choice.threads.value_or(1), first_network, hash_state});
  return work(sk::EigenBackend<>{choice.threads.value_or(1), first_network, hash_state});
}

template <class Model, class Backend>
Outcome simulated(const Options& options, sk::Batch<> networks, const Model& model, const sk::StimulusList& stimulus,
                  const sk::InitialState& initial, const Backend& backend) {
  const double begin = seconds();
  constexpr bool on_device = !requires { backend.threads; };
  std::optional<std::uint64_t> device_bytes;
  auto simulator = [&] {
    try {
      if constexpr (on_device) device_bytes = sk::memory_estimate(networks, model, stimulus, backend);
      return sk::Simulator{std::move(networks), model, stimulus, sk::Seed{options.seed}, backend};
    } catch (const sk::InvalidGraph& error) {
      throw std::runtime_error(source(options) + ": " + error.what());
    } catch (const std::invalid_argument& error) {
      throw UsageError(on_device ? "--backend " + options.backend.name : "--threads", error.what());
    }
  }();
  checked("--initial", [&] { simulator.reset(initial); });
  const double built = seconds();
  auto spikes = simulator.new_recording();
  double start = built;
  std::exception_ptr failure;
  try {
    simulator.equilibrate(options.equilibrate);
    start = seconds();
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { interrupted = 1; });
    const std::uint64_t turn = std::clamp<std::uint64_t>(50'000'000 / simulator.neurons(), 100, 1000);
    for (std::uint64_t left : pieces(options))
      for (std::uint64_t steps = 0; left > 0; left -= steps) {
        if (interrupted) throw std::runtime_error("interrupted after " + std::to_string(spikes.steps()) + " steps");
        simulator.run(steps = std::min(left, turn), spikes);
      }
  } catch (const std::exception&) {
    failure = std::current_exception();  // what was recorded is still written
  }
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
  const double elapsed = seconds() - start;
  return {std::move(spikes), failure, simulator.synapses(), simulator.synaptic_events(), simulator.state_hash(),
          device_bytes,      elapsed, built - begin};
}

template <class Model>
Outcome Simulation<Model>::run(const Options& options, sk::Batch<> networks, const Model& model,
                               const sk::StimulusList& stimulus, const sk::InitialState& initial) {
  return with_backend(options.backend, options.network, options.hash_state, [&](const auto& backend) {
    return simulated(options, std::move(networks), model, stimulus, initial, backend);
  });
}

template <class Model>
sk::Tuned<Model, sk::StimulusList> Simulation<Model>::tune(const Model& model, const sk::Batch<>& networks,
                                                           const sk::StimulusList& stimulus,
                                                           const sk::TuneOptions& tuning, sk::Seed seed,
                                                           bool by_gradient) {
  if constexpr (sk::Differentiable<Model>)
    if (by_gradient) return sk::tune(networks, model, stimulus, seed, tuning, sk::Adam{});
  return sk::tune(networks, model, stimulus, seed, tuning, sk::Bracketing{});
}

}  // namespace driver
