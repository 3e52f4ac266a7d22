// SPDX-License-Identifier: BSD-3-Clause
#include "covariates.hpp"

#include <spikeometric/io/npy.hpp>
#include <spikeometric/io/spike_times.hpp>
#include <spikeometric/model/filters/basis.hpp>
#include <spikeometric/model/filters/fir.hpp>
#include <spikeometric/model/filters/impulse_response.hpp>
#include <spikeometric/model/filters/raised_cosine.hpp>
#include <spikeometric/stimulus/frames.hpp>
#include <spikeometric/stimulus/impulses.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <optional>
#include <utility>

#include "../simulate/usage.hpp"

namespace driver {

namespace {

constexpr std::size_t max_stimulus_functions = 12;

/// Calls work(std::integral_constant<std::size_t, n>) for this n, from 2 to max_stimulus_functions.
template <std::size_t N = 2, class Work>
auto with_number(std::size_t n, Work&& work) {
  if constexpr (N < max_stimulus_functions)
    if (n > N) return with_number<N + 1>(n, work);
  return work(std::integral_constant<std::size_t, N>());
}

/// A filter without basis functions.
struct NoFunctions {
  static constexpr std::size_t bases = 0;

  struct Kernel {
    struct State {};
    std::uint32_t memory() const { return 0; }
    template <class Sums, class Past>
    float operator()(State&, const Sums&, const Past&) const {
      return 0.0f;
    }
  };
  Kernel kernel(float) const { return {}; }
};

/// The value of a setting that a description has, or another one.
double take_number(Description& described, const char* name, double otherwise) {
  const std::string text = take(described, name);
  return text.empty() ? otherwise : number<double>(Setting{name, text});
}
std::uint64_t take_whole(Description& described, const char* name, std::uint64_t otherwise) {
  const std::string text = take(described, name);
  return text.empty() ? otherwise : number<std::uint64_t>(Setting{name, text});
}

void refuse_others(const Description& described, const char* known) {
  if (!described.settings.empty())
    throw std::invalid_argument("'" + described.settings.front().name + "' is not known here; settings: " + known);
}

int window_steps(double window_ms, double dt_ms) {
  const double steps = std::ceil(window_ms / dt_ms - 1e-6);
  if (!(steps >= 1.0 && steps <= 1e6))
    throw std::invalid_argument("window_ms = " + text_of(window_ms) + " must have 1 to 10^6 steps of " +
                                text_of(dt_ms) + " ms");
  return static_cast<int>(steps);
}

Functions functions_of(Description described, const CosineDefaults& defaults, std::size_t max, double dt_ms) {
  if (described.kind == "exponential") {
    const double tau_ms = take_number(described, "tau_ms", 10.0);
    const double window_ms = take_number(described, "window_ms", 7.0 * tau_ms);
    refuse_others(described, "tau_ms, window_ms");
    if (!(tau_ms > 0.0)) throw std::invalid_argument("tau_ms = " + text_of(tau_ms) + " must be positive");
    std::vector<double> taps;
    for (int k = 0; k < window_steps(window_ms, dt_ms); ++k) taps.push_back(std::exp(-k * dt_ms / tau_ms));
    return {taps};
  }
  const auto functions = described.kind.empty() ? defaults.functions : number<std::size_t>(described.kind);
  if (functions < 1 || functions > max)
    throw std::invalid_argument(std::to_string(functions) + " basis functions: there must be 1 to " +
                                std::to_string(max));
  const double first_peak_ms = take_number(described, "first_peak_ms", 0.0);
  const double last_peak_ms = take_number(described, "last_peak_ms", defaults.last_peak_ms);
  const double stretch_ms = take_number(described, "stretch_ms", defaults.stretch_ms);
  const double window_ms = take_number(described, "window_ms", defaults.window_ms);
  refuse_others(described, "first_peak_ms, last_peak_ms, stretch_ms, window_ms");
  const int steps = window_steps(window_ms, dt_ms);
  Functions taps = with_number(std::max<std::size_t>(functions, 2), [&](auto n) {
    return sk::impulse_responses(sk::RaisedCosine<n>{.first_peak_ms = first_peak_ms,
                                                     .last_peak_ms = last_peak_ms,
                                                     .stretch_ms = stretch_ms,
                                                     .window_steps = steps},
                                 dt_ms);
  });
  taps.resize(functions);  // of a pair, the first decays from first_peak_ms to half at last_peak_ms
  return taps;
}

template <class Input>
sk::StimulusCovariates filtered(Input input, const Functions& taps) {
  if (taps.size() == 1) return sk::temporal(std::move(input), taps[0]);
  return with_number(taps.size(), [&](auto n) {
    sk::Basis<sk::Fir, n> basis;
    for (std::size_t m = 0; m < n; ++m) basis.functions[m] = sk::Fir{taps[m]};
    return sk::temporal(std::move(input), basis);
  });
}

/// The description of a filter within that of a stimulus: filter=FUNCTIONS and the settings of basis_functions.
Functions take_filter(Description& described, const CosineDefaults& defaults, double dt_ms) {
  Description filter{take(described, "filter"), {}};
  for (const char* name : {"first_peak_ms", "last_peak_ms", "stretch_ms", "window_ms", "tau_ms"})
    if (const std::string value = take(described, name); !value.empty()) filter.settings.push_back({name, value});
  return functions_of(std::move(filter), defaults, max_stimulus_functions, dt_ms);
}

/// A table of numbers, which may have a header.
Eigen::MatrixXf read_table(const std::string& path) {
  sk::io::detail::TableReader file(path);
  const auto value_of = [](std::string_view field) -> std::optional<float> {
    float value = 0.0f;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc{} || end != field.data() + field.size()) return {};
    return value;
  };
  if (!std::all_of(file.first().begin(), file.first().end(), [&](auto field) { return value_of(field).has_value(); }))
    file.take_header();
  std::vector<float> values;
  while (file.next())
    for (const std::string_view field : file.fields()) {
      const auto value = value_of(field);
      if (!value) file.fail("'" + std::string(field) + "' is not a number");
      values.push_back(*value);
    }
  const auto columns = static_cast<Eigen::Index>(file.columns());
  return Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
      values.data(), static_cast<Eigen::Index>(values.size()) / columns, columns);
}

/// [channels x frames] of a file that has [frames x channels], or the transpose if only that has so many channels.
Eigen::MatrixXf read_frames(const std::string& path, std::uint64_t channels, bool transpose) {
  Eigen::MatrixXf values =
      std::filesystem::path(path).extension() == ".npy" ? sk::io::read_npy<float>(path) : read_table(path);
  const std::string shape = std::to_string(values.rows()) + " x " + std::to_string(values.cols());
  const auto wanted = static_cast<Eigen::Index>(channels);
  if (!transpose && channels > 0 && values.cols() != wanted && values.rows() == wanted) transpose = true;
  if (!transpose) values.transposeInPlace();
  if (channels > 0 && values.rows() != wanted)
    throw sk::FileError(path,
                        "has " + shape + " values, which are not frames of " + std::to_string(channels) + " channels");
  return values;
}

std::vector<std::string> files_of(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(path, unknown)) return {path};
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(path))
    if (entry.is_regular_file() && !entry.path().filename().string().starts_with('.'))
      files.push_back(entry.path().string());
  std::sort(files.begin(), files.end(), sk::io::detail::natural_less);
  return files;
}

sk::StimulusCovariates read_stimulus(const std::string& text, const Spikes& spikes) {
  Description described = description(text);
  const std::string& path = described.kind;
  const double frame_ms = take_number(described, "frame_ms", 0.0);
  double steps_per_frame = take_number(described, "steps_per_frame", frame_ms > 0.0 ? frame_ms / spikes.dt_ms : 1.0);
  const double start_ms = take_number(described, "start_ms", 0.0);
  const std::uint64_t channels = take_whole(described, "channels", 0);
  const std::string layout = take(described, "rows");
  const Functions taps = take_filter(described, {5, 100.0, 10.0, 200.0}, spikes.dt_ms);
  refuse_others(described, "frame_ms or steps_per_frame, start_ms, channels, rows, filter and those of a filter");
  if (!layout.empty() && layout != "frames" && layout != "channels")
    throw std::invalid_argument("rows=" + layout + " must be frames or channels");
  if (std::abs(steps_per_frame - std::round(steps_per_frame)) > 1e-6 * steps_per_frame || !(steps_per_frame >= 1.0))
    throw std::invalid_argument("a frame has " + text_of(steps_per_frame) + " steps of " + text_of(spikes.dt_ms) +
                                " ms, but must have a whole number of them; bring the frames to the steps first");
  if (!(start_ms >= 0.0)) throw std::invalid_argument("start_ms = " + text_of(start_ms) + " must not be negative");
  const sk::FrameTimes times{.steps_per_frame = static_cast<std::uint64_t>(std::llround(steps_per_frame)),
                             .start_steps = static_cast<std::uint64_t>(std::llround(start_ms / spikes.dt_ms))};
  const std::vector<std::string> files = files_of(path);
  if (files.size() != 1 && files.size() != spikes.trials.size())
    throw sk::FileError(path, "has " + std::to_string(files.size()) + " files, but there are " +
                                  std::to_string(spikes.trials.size()) + " trials; each needs one");
  std::vector<Eigen::MatrixXf> values;
  for (const std::string& file : files) values.push_back(read_frames(file, channels, layout == "channels"));
  for (std::size_t i = 0; i < spikes.trials.size(); ++i) {
    const auto& trial = spikes.trials[i];
    const std::size_t of = files.size() == 1 ? 0 : i;
    const std::uint64_t end = times.start_steps + static_cast<std::uint64_t>(values[of].cols()) * times.steps_per_frame;
    if (trial.first_step() < times.start_steps || trial.first_step() + trial.steps() > end)
      throw sk::FileError(
          files[of], "has " + std::to_string(values[of].cols()) + " frames of " + std::to_string(values[of].rows()) +
                         (values[of].rows() == 1 ? " channel" : " channels") + ", for steps " +
                         std::to_string(times.start_steps) + " to " + std::to_string(end) + ", but " +
                         (spikes.trials.size() > 1 ? "trial " + spikes.trial_names[i] : "the recording") +
                         " has steps " + std::to_string(trial.first_step()) + " to " +
                         std::to_string(trial.first_step() + trial.steps()));
  }
  try {
    return filtered(values.size() == 1 ? sk::Frames{std::move(values[0]), times} : sk::Frames{std::move(values), times},
                    taps);
  } catch (const sk::InvalidArgument& error) {
    throw sk::FileError(path, error.what());
  }
}

/// Events, one input for each kind. They are read like spikes.
std::vector<std::pair<std::string, sk::StimulusCovariates>> read_events(const std::string& text, const Source& source,
                                                                        const ReadingOptions& options,
                                                                        const Spikes& spikes) {
  Description described = description(text);
  const std::string path = described.kind;
  const Functions taps = take_filter(described, {5, 150.0, 10.0, 400.0}, spikes.dt_ms);
  sk::io::SpikeOptions how = options.times;
  how.columns = {take(described, "time"), take(described, "kind"), take(described, "trial")};
  how.object = take(described, "object");
  how.units.clear();
  refuse_others(described, "time, kind, trial (columns), object, filter and those of a filter");
  how.dt_ms = spikes.dt_ms;
  how.trials_of_file = false;
  if (!how.unit)
    throw UsageError("--unit",
                     "the unit of the times in " + path + " is missing: add --unit s, --unit ms or --unit samples");
  const auto& trials = spikes.trials;
  const double from = source.from_ms.value_or(0.0);
  if (!source.trials.empty())
    how.trials = read_trials(source.trials, how);
  else
    how.from_ms = from, how.to_ms = from + static_cast<double>(trials[0].steps()) * spikes.dt_ms;
  const sk::io::RecordedSpikes events = read_times(path, how);
  for (const std::string& note : events.notes) {
    if (note.find("several spikes") != note.npos || note.find("shorter than") != note.npos) continue;
    std::cerr << path << ": " << note << '\n';
  }
  const bool for_each = events.trials.size() > 1 || trials.size() == 1;  // else the same in all trials
  if (for_each && events.trials.size() != trials.size())
    throw sk::FileError(path, "has events of " + std::to_string(events.trials.size()) + " trials, but there are " +
                                  std::to_string(trials.size()));
  if (for_each && trials.size() > 1 && events.trial_names != spikes.trial_names)
    throw sk::FileError(path, "has events of other trials than the spikes");
  std::vector<std::pair<std::string, sk::StimulusCovariates>> result;
  for (std::uint32_t kind = 0; kind < events.units.size(); ++kind) {
    std::vector<std::vector<sk::Impulse>> lists(trials.size());
    for (std::size_t i = 0; i < trials.size(); ++i)
      for (const sk::CountEvent& event : events.trials[for_each ? i : 0].packed())
        if (event.neuron == kind)
          lists[i].push_back({trials[i].first_step() + event.offset, static_cast<double>(event.count)});
    result.emplace_back(
        events.units.size() > 1 ? path + ": " + events.units[kind].name : path,
        filtered(lists.size() == 1 ? sk::Impulses{std::move(lists[0])} : sk::Impulses{std::move(lists)}, taps));
  }
  return result;
}

}  // namespace

Functions basis_functions(const std::string& text, const CosineDefaults& defaults, std::size_t max, double dt_ms) {
  return functions_of(description(text), defaults, max, dt_ms);
}

Stimuli read_stimuli(const Source& source, const ReadingOptions& options, const Spikes& spikes) {
  Stimuli all{sk::temporal(sk::Impulses{std::vector<sk::Impulse>{}}, NoFunctions{}), {}};
  const auto add = [&](const std::string& name, const sk::StimulusCovariates& covariates) {
    if (all.names.empty())
      all.covariates = covariates;
    else
      all.covariates.add(covariates);
    all.names.push_back(name);
  };
  for (const std::string& text : source.stimuli)
    add(description(text).kind, checked("--stimulus", [&] { return read_stimulus(text, spikes); }));
  for (const std::string& text : source.events)
    for (const auto& [name, covariates] :
         checked("--events", [&] { return read_events(text, source, options, spikes); }))
      add(name, covariates);
  return all;
}

}  // namespace driver
