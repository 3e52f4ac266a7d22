// SPDX-License-Identifier: BSD-3-Clause
//
// The options of the command line.
#pragma once

#include <spikeometric/io/network_options.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spikeometric {
struct NetworkDescription;
}

namespace driver {

/// A backend and its settings.
struct BackendChoice {
  std::string name = "eigen", strategy = "event_driven";
  std::optional<int> threads, device;
};

struct TuningChoice {
  std::vector<std::string> parameters;
  std::optional<double> rate_hz;
  std::string method;  // if empty, the default of the model
  double tolerance = 0.01;
};

struct Options {
  std::string graph, generate, network, delays, model;
  spikeometric::io::NetworkFileOptions files;                           // how to read --graph
  std::shared_ptr<const spikeometric::NetworkDescription> description;  // of --network
  std::vector<std::string> set, stimuli;
  double weight_scale = 1.0;
  std::uint64_t steps = 10'000, equilibrate = 100, seed = 0, trials = 1;
  std::uint32_t first_network = 0, networks = 1;
  std::optional<std::uint32_t> raster_network;
  BackendChoice backend;
  std::vector<std::uint64_t> split;
  std::string initial = "volley", parameters, save_parameters, out, raster, save_graph, save_network;
  TuningChoice tuning;
  bool hash_state = false, json = false, quiet = false;
};

inline const std::string& source(const Options& options) {
  return !options.graph.empty() ? options.graph : !options.network.empty() ? options.network : options.generate;
}

}  // namespace driver
