// SPDX-License-Identifier: BSD-3-Clause
//
// Runs a simulation of a model on a backend.
#pragma once

#include <spikeometric/simulate/simulator.hpp>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "simulation.hpp"

namespace driver {

inline volatile std::sig_atomic_t interrupted = 0;

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

}  // namespace driver
