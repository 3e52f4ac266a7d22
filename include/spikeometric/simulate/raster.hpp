// SPDX-License-Identifier: BSD-3-Clause
//
// A raster plot of part of a recording: the spikes of each neuron, and the mean rate of the population below.
//
//   const sk::Raster picture = sk::raster(spikes, {.steps = 500, .title = "A quiet network"});
//   sk::io::write_svg("raster.svg", picture);
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/simulate/events.hpp"

namespace spikeometric {

/// The part of a recording to show.
struct RasterOptions {
  std::uint64_t first = 0;     ///< first step shown, counted from the recording's first step
  std::uint64_t steps = 1000;  ///< number of steps shown, limited by the recording
  std::string title = {};      ///< by default, a description of what is shown
};

/// The spikes in steps [first_step, first_step + steps) of a recording, and the mean rate of all neurons in bins.
struct Raster {
  std::uint64_t neurons;
  std::uint64_t first_step;
  std::uint64_t steps;
  double dt_ms;
  std::string title;
  std::vector<Spike> spikes;
  std::uint64_t bin_steps;
  std::vector<double> rate_hz;  ///< one value for each bin; the last bin may be shorter
};

/// Makes a raster of part of a recording. O(log(events) + events shown).
template <class Event>
[[nodiscard]] Raster raster(const Events<Event>& events, const RasterOptions& options = {}) {
  const std::uint64_t first = std::min(options.first, events.steps());
  const std::uint64_t steps = std::min(options.steps, events.steps() - first);
  const std::uint64_t bin_steps = std::max<std::uint64_t>(steps / 200, 1);
  Raster picture{
      events.neurons(), events.first_step() + first, steps, events.dt_ms(), options.title, {}, bin_steps, {}};
  picture.rate_hz.assign((steps + bin_steps - 1) / bin_steps, 0.0);

  const auto packed = events.packed();
  auto event = std::lower_bound(packed.begin(), packed.end(), first,
                                [](const Event& e, std::uint64_t offset) { return e.offset < offset; });
  for (; event != packed.end() && event->offset < first + steps; ++event) {
    picture.spikes.push_back({events.first_step() + event->offset, event->neuron, event->count});
    picture.rate_hz[(event->offset - first) / bin_steps] += event->count;
  }
  for (std::size_t bin = 0; bin < picture.rate_hz.size(); ++bin) {
    const std::uint64_t length = std::min(bin_steps, steps - bin * bin_steps);
    picture.rate_hz[bin] *=
        1000.0 / (static_cast<double>(length) * events.dt_ms() * static_cast<double>(events.neurons()));
  }
  return picture;
}

}  // namespace spikeometric
