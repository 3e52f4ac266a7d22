// SPDX-License-Identifier: BSD-3-Clause
//
// Reads recorded spikes and what belongs to them: files of spike times, and those that simulate writes.
#pragma once

#include <spikeometric/graph/names.hpp>
#include <spikeometric/io/recorded_spikes.hpp>
#include <spikeometric/model/event.hpp>
#include <spikeometric/simulate/events.hpp>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "options.hpp"

namespace driver {

using Json = nlohmann::ordered_json;

/// A time such as 1500, 1500ms, 1.5s, 2min or 1h, in ms. Throws std::invalid_argument for another text.
double time_ms(const std::string& text);

/// Recorded spikes in steps.
struct Spikes {
  sk::BatchEvents<sk::CountEvent> trials;
  sk::NeuronNames names;  // empty if they are numbers
  std::vector<sk::io::UnitSummary> units;
  std::vector<std::string> trial_names;
  double dt_ms;
  bool have_clocks = false;  // whether each trial counts its own time in the file
  Json made;                 // what simulate wrote beside them; an empty object if there is nothing
};

/// Whether the file is a recording in steps, as simulate writes it, rather than in times.
bool is_in_steps(const std::string& path);

/// The description that simulate wrote beside its spikes; an empty object if there is none.
Json description_beside(const std::string& spikes);

/// Reads a recording. `dt_ms` is that of a given model, if neither the file nor an option says it; 0: none.
/// Writes notes to standard error. Throws UsageError for what an option must say.
Spikes read_recording(const Source& source, const ReadingOptions& options, double dt_ms);

/// Reads spike times, of HDF5 files too if the program is compiled with it.
sk::io::RecordedSpikes read_times(const std::string& path, const sk::io::SpikeOptions& options);

/// The windows of trials in a table with columns start and stop.
std::vector<sk::io::TimeWindow> read_trials(const std::string& path, const sk::io::SpikeOptions& unit);

/// The sign of each neuron in a table with columns neuron and sign. A neuron that is not in it has sign 0.
std::vector<int> read_signs(const std::string& path, const sk::NeuronNames& names, std::uint64_t neurons);

}  // namespace driver
