// SPDX-License-Identifier: BSD-3-Clause
#include "spikes.hpp"

#include <spikeometric/io/csv.hpp>
#include <spikeometric/io/spike_times.hpp>
#include <spikeometric/simulate/select.hpp>
#ifdef SPIKEOMETRIC_WITH_HDF5
#include <spikeometric/io/hdf5.hpp>
#endif

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <utility>

#include "../simulate/usage.hpp"

namespace driver {

namespace {

using sk::io::detail::TableReader;

/// Throws UsageError if the spikes were made with causes that a fit would take for connections.
void require_known_causes(const Source& source, const ReadingOptions& options, const Json& made) {
  for (const char* cause : {"stimuli", "delays"}) {
    if (!made.contains(cause) || made[cause].empty() || options.regardless) continue;
    if (std::string(cause) == "stimuli" && (!source.stimuli.empty() || !source.events.empty())) continue;
    throw UsageError("--spikes", source.spikes + " was simulated with " + cause +
                                     ", which infer does not know; use --regardless to ignore them");
  }
}

/// The names of the neurons, if the file that simulate wrote with the spikes has them.
sk::NeuronNames names_of(const std::string& spikes, const Json& made) {
  if (!made.contains("names")) return {};
  try {
    return sk::NeuronNames{made["names"].get<std::vector<std::string>>()};
  } catch (const std::exception& error) {
    throw sk::FileError(spikes + ".json", std::string("names: ") + error.what());
  }
}

/// The recordings of several networks: network,step,neuron,count, as simulate writes them.
sk::BatchEvents<sk::CountEvent> read_networks(const std::string& path, const sk::io::EventsCsvOptions& options) {
  TableReader file(path);
  file.take_header();
  const auto network_column = *file.column("network");
  const auto step_column = file.column("step"), neuron_column = file.column("neuron");
  const auto count_column = file.column("count");
  if (!step_column || !neuron_column)
    file.fail("missing column `step` or `neuron`; expected header: network,step,neuron,count");
  std::map<std::uint32_t, std::vector<sk::CountEvent>> networks;
  std::uint64_t steps = options.steps, neurons = std::max<std::uint64_t>(options.neurons, options.names.all().size());
  while (file.next()) {
    const auto network = file.number<std::uint32_t>(network_column, "network", "a network (0, 1, ...)");
    const auto step = file.number<std::uint32_t>(*step_column, "step", "a step (0, 1, ...)");
    if (options.steps > 0 && step >= options.steps)
      file.fail("step " + std::to_string(step) + " is out of range: the recording has " +
                std::to_string(options.steps) + " steps");
    const std::uint32_t neuron = [&] {
      if (options.names.empty()) return file.number<std::uint32_t>(*neuron_column, "neuron", "a neuron (0, 1, ...)");
      try {
        return options.names.id(file.field(*neuron_column));
      } catch (const sk::InvalidArgument& error) {
        file.fail(error.what());
      }
    }();
    file.require_below(options.neurons, "neuron", neuron);
    const auto count = count_column ? file.number<std::uint32_t>(*count_column, "count", "a count (1, 2, ...)") : 1;
    auto& events = networks[network];
    if (count == 0) file.fail("count 0 must be at least 1");
    if (!events.empty() && std::pair(events.back().offset, events.back().neuron) >= std::pair(step, neuron))
      file.fail("events of a network must be sorted by step and neuron, with each pair at most once");
    events.emplace_back(step, neuron, count);
    steps = std::max<std::uint64_t>(steps, step + std::uint64_t{1});
    neurons = std::max<std::uint64_t>(neurons, neuron + std::uint64_t{1});
  }
  if (networks.empty()) file.fail_whole("has no events");
  std::vector<sk::Events<sk::CountEvent>> all;
  all.reserve(networks.size());
  for (auto& [network, events] : networks)
    all.emplace_back(neurons, options.dt_ms, network, 0, steps, std::move(events));
  return sk::BatchEvents{std::move(all)};
}

/// Chooses the trials of one network: simulate numbers trial t of network n by n trials + t, from its first network on.
sk::BatchEvents<sk::CountEvent> of_one_network(sk::BatchEvents<sk::CountEvent> all, const Source& source,
                                               const ReadingOptions& options, const Json& made) {
  const auto trials = made.value("trials", std::uint64_t{0}), networks = made.value("networks", std::uint64_t{0});
  const auto first = made.value("network", std::uint64_t{0});
  if (!options.network && (trials == 0 || networks <= trials)) return all;
  if (!options.network)
    throw UsageError("--spikes", source.spikes + " has " + std::to_string(networks / trials) +
                                     " networks; choose one by --network, counted from 0");
  const std::uint64_t of_each = std::max<std::uint64_t>(trials, 1), from = first + *options.network * of_each;
  std::vector<sk::Events<sk::CountEvent>> some;
  for (const auto& each : all)
    if (each.network_id() >= from && each.network_id() - from < of_each) some.push_back(each);
  if (some.empty())
    throw UsageError("--network", std::to_string(*options.network) + ": " + source.spikes + " has no such network");
  return sk::BatchEvents{std::move(some)};
}

std::vector<sk::io::UnitSummary> summaries(const sk::BatchEvents<sk::CountEvent>& trials, const sk::NeuronNames& names,
                                           double refractory_ms) {
  std::vector<sk::io::UnitSummary> units(trials[0].neurons());
  double seconds = 0.0;
  for (std::uint32_t i = 0; i < units.size(); ++i) units[i].name = names[i];
  for (const auto& trial : trials) {
    seconds += static_cast<double>(trial.steps()) * trial.dt_ms() / 1000.0;
    std::vector<double> last(units.size(), -std::numeric_limits<double>::infinity());
    for (const sk::CountEvent& event : trial.packed()) {
      sk::io::UnitSummary& unit = units[event.neuron];
      unit.spikes += event.count;
      unit.bins_with_several += event.count > 1;
      const double now = event.offset * trial.dt_ms(), interval = now - std::exchange(last[event.neuron], now);
      if (std::isinf(interval)) continue;
      if (!(interval >= unit.shortest_interval_ms)) unit.shortest_interval_ms = interval;
      unit.refractory_violations += interval < refractory_ms;
    }
  }
  for (sk::io::UnitSummary& unit : units) unit.rate_hz = static_cast<double>(unit.spikes) / seconds;
  return units;
}

/// The windows of trials in steps of a recording.
std::vector<sk::StepWindow> in_steps(const std::vector<sk::io::TimeWindow>& windows, double dt_ms) {
  std::vector<sk::StepWindow> result;
  for (const auto& [from, to] : windows) {
    if (!(from >= 0.0) || !(to > from))
      throw std::invalid_argument("the window from " + text_of(from) + " to " + text_of(to) +
                                  " ms must not begin before 0, and must end after it begins");
    result.push_back({static_cast<std::uint64_t>(std::llround(from / dt_ms)),
                      static_cast<std::uint64_t>(std::floor(to / dt_ms + 1e-6))});
  }
  return result;
}

Spikes read_steps(const Source& source, const ReadingOptions& options, double dt_ms) {
  Json made = description_beside(source.spikes);
  require_known_causes(source, options, made);
  if (options.times.unit) throw UsageError("--unit", source.spikes + " has steps, not times");
  if (source.trials_of_file) throw UsageError("--trials-of-file", source.spikes + " lists no trials");
  dt_ms = options.dt_ms.value_or(made.value("dt_ms", dt_ms));
  const auto of_all = made.value("neurons", std::uint64_t{0});  // networks
  const auto networks = std::max<std::uint64_t>(made.value("networks", std::uint64_t{1}), 1);
  if (dt_ms == 0.0)
    throw UsageError("--dt",
                     "the length of a step is missing: " + source.spikes + " has steps; add --dt 1 for steps of 1 ms");
  sk::io::EventsCsvOptions how{.neurons = options.neurons.value_or(of_all % networks == 0 ? of_all / networks : 0),
                               .steps = options.steps.value_or(made.value("steps", std::uint64_t{0})),
                               .dt_ms = dt_ms,
                               .names = names_of(source.spikes, made)};
  if (const std::uint64_t named = how.names.all().size(); named > 0 && options.neurons.value_or(named) != named)
    throw UsageError("--neurons", source.spikes + ".json has the names of " + std::to_string(named) + " neurons");
  TableReader header(source.spikes);
  header.take_header();
  sk::BatchEvents<sk::CountEvent> trials =
      header.column("network")
          ? of_one_network(read_networks(source.spikes, how), source, options, made)
          : sk::BatchEvents{std::vector{sk::io::read_events_csv<sk::CountEvent>(source.spikes, how)}};
  sk::NeuronNames names = how.names;
  if (!options.times.units.empty())
    checked("--units", [&] {
      const sk::Mask chosen = names.mask(options.times.units);
      names = sk::select(names, chosen, trials[0].neurons());
      trials = sk::select(trials, chosen);
    });
  const auto windows = [&]() -> std::vector<sk::io::TimeWindow> {
    if (!source.trials.empty()) return read_trials(source.trials, {.unit = sk::io::TimeUnit::milliseconds});
    if (source.from_ms || source.to_ms)
      return {{source.from_ms.value_or(0.0), source.to_ms.value_or(static_cast<double>(trials.steps()) * dt_ms)}};
    return {};
  }();
  if (!windows.empty()) {
    const std::string option = source.trials.empty() ? "--from" : "--trials";
    if (trials.size() > 1) throw UsageError(option, source.spikes + " has trials already");
    trials = checked(option, [&] {
      return sk::trials(trials[0], in_steps(windows, dt_ms), {.keep_clock = options.clock == "recording"});
    });
  }
  std::vector<std::string> trial_names;
  for (const auto& trial : trials) trial_names.push_back(std::to_string(trial.network_id()));
  auto units = summaries(trials, names, options.times.refractory_ms);
  return {std::move(trials), std::move(names), std::move(units), std::move(trial_names), dt_ms, false, std::move(made)};
}

/// Puts trials on the clock of the recording, given where they begin.
sk::BatchEvents<sk::CountEvent> on_clock(const sk::BatchEvents<sk::CountEvent>& trials,
                                         const std::vector<double>& starts) {
  std::vector<sk::Events<sk::CountEvent>> result;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const auto& trial = trials[i];
    if (starts[i] < 0.0)
      throw UsageError("--clock", "trial " + std::to_string(i) + " begins at " + text_of(starts[i]) +
                                      " ms, before the clock of the recording");
    result.emplace_back(trial.neurons(), trial.dt_ms(), trial.network_id(),
                        static_cast<std::uint64_t>(std::llround(starts[i] / trial.dt_ms())), trial.steps(),
                        std::vector<sk::CountEvent>(trial.packed().begin(), trial.packed().end()));
  }
  return sk::BatchEvents{std::move(result)};
}

Spikes read_spike_times(const Source& source, const ReadingOptions& options) {
  for (const auto& [name, given] :
       {std::pair{"--neurons", options.neurons.has_value()}, std::pair{"--steps", options.steps.has_value()},
        std::pair{"--network", options.network.has_value()}})
    if (given) throw UsageError(name, source.spikes + " has times of spikes, not steps");
  if (!options.dt_ms)
    throw UsageError("--dt",
                     "the length of a step is missing: " + source.spikes + " has times; add --dt 1 for steps of 1 ms");
  sk::io::SpikeOptions how = options.times;
  how.dt_ms = *options.dt_ms;
  how.from_ms = source.from_ms;
  how.to_ms = source.to_ms;
  how.trials_of_file = source.trials_of_file;
  if (!source.trials.empty()) how.trials = read_trials(source.trials, how);
  sk::io::RecordedSpikes recorded = [&] {
    try {
      return read_times(source.spikes, how);
    } catch (const std::invalid_argument& error) {
      const std::string text = error.what();
      if (text.find("the unit of the times is missing") != text.npos)
        throw UsageError("--unit", "the unit of the times in " + source.spikes +
                                       " is missing: add --unit s, --unit ms or --unit samples");
      if (text.find("the sampling rate is missing") != text.npos)
        throw UsageError("--sampling-rate",
                         "is missing: the times are in samples; add --sampling-rate 30000 for 30 kHz");
      throw UsageError("--spikes", text);
    }
  }();
  for (const std::string& note : recorded.notes) std::cerr << source.spikes << ": " << note << '\n';
  const bool is_cut = !how.trials.empty() || how.trials_of_file;
  const bool have_clocks = recorded.trials.size() > 1 && !is_cut;
  if (options.clock == "recording") {
    if (have_clocks || how.trials_of_file)
      throw UsageError("--clock", "the trials of " + source.spikes +
                                      " have no common clock in the file; give their times by --trials");
    std::vector<double> starts;
    for (const auto& window : how.trials) starts.push_back(window.from_ms);
    if (starts.empty()) starts.push_back(how.from_ms.value_or(0.0));
    recorded.trials = on_clock(recorded.trials, starts);
  }
  return {std::move(recorded.trials),
          std::move(recorded.names),
          std::move(recorded.units),
          std::move(recorded.trial_names),
          how.dt_ms,
          have_clocks,
          Json::object()};
}

}  // namespace

double time_ms(const std::string& text) {
  for (const auto& [suffix, ms] :
       {std::pair{"ms", 1.0}, std::pair{"min", 60e3}, std::pair{"s", 1e3}, std::pair{"h", 3600e3}})
    if (text.ends_with(suffix)) return ms * number<double>(text.substr(0, text.size() - std::string(suffix).size()));
  return number<double>(text);
}

bool is_in_steps(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown)) throw sk::FileError(path, "cannot be opened");
  if (!std::filesystem::is_regular_file(path, unknown)) return false;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  bool has_step = false, has_neuron = false;
  for (const std::string& column : split(line, ',')) {
    has_step |= column == "step";
    has_neuron |= column == "neuron";
  }
  return has_step && has_neuron;
}

Json description_beside(const std::string& spikes) {
  const std::string path = spikes + ".json";
  std::ifstream file(path);
  if (!file) return Json::object();
  Json made = Json::parse(file, nullptr, false);
  if (!made.is_object()) throw sk::FileError(path, "does not contain a JSON object");
  return made;
}

Spikes read_recording(const Source& source, const ReadingOptions& options, double dt_ms) {
  Spikes spikes = is_in_steps(source.spikes) ? read_steps(source, options, dt_ms) : read_spike_times(source, options);
  return spikes;
}

namespace {

/// A message of the library, with the options of this program in the place of its members.
std::string in_options(std::string text) {
  for (const auto& [member, option] :
       {std::pair{".columns = {.time = \"0\", .unit = \"1\"}", "--spike-columns time=0,unit=1"},
        std::pair{".columns = {.time = ..., .unit = ...}", "--spike-columns time=NAME,unit=NAME"},
        std::pair{".layout", "--spike-layout"}, std::pair{".trials_of_file = true", "--trials-of-file"},
        std::pair{".trials_of_file", "--trials-of-file"}, std::pair{".columns", "--spike-columns"},
        std::pair{".object", "--object"}, std::pair{".from_ms", "--from"},
        std::pair{".samples_per_second", "--sampling-rate"}, std::pair{".trials", "--trials"},
        std::pair{".unit ", "--unit "}})
    for (std::size_t at = 0; (at = text.find(member, at)) != text.npos; at += std::string(option).size())
      text.replace(at, std::string(member).size(), option);
  return text;
}

sk::io::RecordedSpikes read_with_library(const std::string& path, const sk::io::SpikeOptions& options) {
  const std::string extension = std::filesystem::path(path).extension().string();
  for (const char* hdf5 : {".h5", ".hdf5", ".nwb", ".mat"})
    if (extension == hdf5) {
#ifdef SPIKEOMETRIC_WITH_HDF5
      return sk::io::hdf5::read_spikes(path, options);
#else
      throw sk::FileError(path, "this program was compiled without HDF5 (see SPIKEOMETRIC_ENABLE_HDF5)");
#endif
    }
  return sk::io::read_spikes(path, options);
}

}  // namespace

sk::io::RecordedSpikes read_times(const std::string& path, const sk::io::SpikeOptions& options) {
  try {
    sk::io::RecordedSpikes recorded = read_with_library(path, options);
    for (std::string& note : recorded.notes) note = in_options(std::move(note));
    return recorded;
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(in_options(error.what()));
  } catch (const sk::FileError& error) {
    throw std::runtime_error(in_options(error.what()));
  }
}

std::vector<sk::io::TimeWindow> read_trials(const std::string& path, const sk::io::SpikeOptions& unit) {
  if (!unit.unit)
    throw UsageError("--unit",
                     "the unit of the times in " + path + " is missing: add --unit s, --unit ms or --unit samples");
  const double factor = *unit.unit == sk::io::TimeUnit::milliseconds ? 1.0
                        : *unit.unit == sk::io::TimeUnit::seconds    ? 1000.0
                                                                     : 1000.0 / unit.samples_per_second;
  TableReader file(path);
  file.take_header();
  const auto start = file.column("start"), stop = file.column("stop");
  if (!start || !stop) file.fail("missing column `start` or `stop`" + file.found());
  std::vector<sk::io::TimeWindow> windows;
  while (file.next())
    windows.push_back({factor * file.number<double>(*start, "start", "a time"),
                       factor * file.number<double>(*stop, "stop", "a time")});
  if (windows.empty()) file.fail_whole("has no trials");
  return windows;
}

std::vector<int> read_signs(const std::string& path, const sk::NeuronNames& names, std::uint64_t neurons) {
  TableReader file(path);
  file.take_header();
  const auto neuron = file.column("neuron"), sign = file.column("sign");
  if (!neuron || !sign) file.fail("missing column `neuron` or `sign`" + file.found());
  std::vector<int> signs(neurons, 0);
  while (file.next()) {
    std::uint32_t id = 0;
    try {
      id = names.id(file.field(*neuron));
    } catch (const sk::InvalidArgument& error) {
      file.fail(error.what());
    }
    file.require_below(neurons, "neuron", id);
    const std::string text(file.field(*sign));
    if (text == "excitatory")
      signs[id] = 1;
    else if (text == "inhibitory")
      signs[id] = -1;
    else if (const auto value = file.number<int>(*sign, "sign", "1, 0 or -1"); value >= -1 && value <= 1)
      signs[id] = value;
    else
      file.fail("sign '" + text + "' is not excitatory, inhibitory, 1, 0 or -1");
  }
  return signs;
}

}  // namespace driver
