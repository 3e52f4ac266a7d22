// SPDX-License-Identifier: BSD-3-Clause
//
// The options of the command line.
#pragma once

#include <spikeometric/infer/penalty.hpp>
#include <spikeometric/io/network_options.hpp>
#include <spikeometric/io/recorded_spikes.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace driver {

namespace sk = spikeometric;

/// Where recorded spikes and stimuli are.
struct Source {
  std::string spikes, trials;  // files
  std::optional<double> from_ms, to_ms;
  bool trials_of_file = false;
  std::vector<std::string> stimuli, events;  // descriptions such as movie.npy,steps_per_frame=8
};

/// How recordings are read.
struct ReadingOptions {
  sk::io::SpikeOptions times;
  std::optional<double> dt_ms;
  std::optional<std::uint64_t> neurons, steps;  // of a recording in steps
  std::optional<std::uint64_t> network;         // of a batch of several
  std::string clock;                            // of stimuli: trial, recording or, by default, what there is
  bool clip = false, regardless = false;
};

/// A penalty that is not given has no value.
struct Penalties {
  sk::Penalty coupling, stimulus;
  std::optional<sk::Penalty> own;
};

struct Options {
  Source recording, held_out;
  ReadingOptions reading;

  std::string model, coupling, own_history;
  std::vector<std::string> set;
  bool has_own_history = true;

  Penalties penalties;
  bool standardized = false;
  std::string signs;
  std::vector<std::string> fit_units;
  int own_sign = 0;
  std::optional<std::uint64_t> history_steps;
  int folds = 0, strengths = 12, every = 1;
  std::string rule = "best", folds_by, choose = "coupling";

  std::optional<double> fdr;
  std::string edge_test = "lr", edges, truth, out, pictures;
  bool yekutieli = false, check = false, json = false;
  int simulations = 0;
  double bin_ms = 10.0;
  std::uint64_t seed = 0;
  sk::io::NetworkFileOptions files;  // how to read --truth
  int threads = 1;
};

}  // namespace driver
