// SPDX-License-Identifier: BSD-3-Clause
//
// A raster plot of part of a recording: the spikes of each neuron, and the mean rate of the population below.
//
//   const sk::Raster picture = sk::raster(spikes, {.steps = 500, .title = "A quiet network"});
//   sk::io::write_svg("raster.svg", picture);
//
//   sk::raster(spikes, {.populations = network.populations, .max_rows = 1000});   // a sample, by population
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/graph/mask.hpp"
#include "spikeometric/graph/names.hpp"
#include "spikeometric/graph/populations.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/simulate/events.hpp"

namespace spikeometric {

/// The part of a recording to show.
struct RasterOptions {
  std::uint64_t first = 0;     ///< first step shown, counted from the recording's first step
  std::uint64_t steps = 1000;  ///< number of steps shown, limited by the recording
  std::string title = {};      ///< by default, a description of what is shown
  /// Orders the rows by population, the first at the top. Neurons in no population are not shown.
  Populations populations = Populations();
  /// Shows at most this many neurons, spaced regularly, and of each population in proportion to its size, but at least
  /// one. 0: shows all.
  std::uint64_t max_rows = 0;
  /// Labels rows, unless there are populations.
  NeuronNames names = NeuronNames();
};

/// The rows of a population.
struct RasterBand {
  std::string name;
  std::uint64_t neurons;          ///< number of neurons of the population
  std::uint64_t first_row, rows;  ///< first of its rows, and their number
};

/// The spikes in steps [first_step, first_step + steps) of a recording, and the mean rate of all neurons in bins.
struct Raster {
  std::uint64_t neurons;
  std::uint64_t first_step;
  std::uint64_t steps;
  double dt_ms;
  std::string title;
  std::vector<Spike> spikes;  ///< of the neurons that are shown
  std::uint64_t bin_steps;
  std::vector<double> rate_hz;            ///< one value for each bin; the last bin may be shorter
  std::vector<std::uint32_t> shown = {};  ///< the neuron of each row, from the bottom; empty: all, in order
  std::vector<RasterBand> bands = {};     ///< in the order of the populations
  NeuronNames names = NeuronNames();
};

namespace detail {

/// Chooses the rows of a raster.
inline void choose_rows(Raster& picture, const Populations& populations, std::uint64_t max_rows) {
  // Shows `rows` of some neurons.
  const auto sample = [&](const Mask& mask, std::uint64_t size, std::uint64_t rows) {
    std::uint64_t place = 0, row = 0;
    mask.bind(picture.neurons).for_each(0, picture.neurons, [&](std::uint32_t neuron) {
      if (row < rows && place++ == (2 * row + 1) * size / (2 * rows)) {
        picture.shown.push_back(neuron);
        ++row;
      }
    });
  };
  if (populations.empty()) {
    if (max_rows > 0 && max_rows < picture.neurons) sample({}, picture.neurons, max_rows);
    return;
  }
  require_fit(populations, picture.neurons);
  if (max_rows > 0 && max_rows < populations.size())
    throw InvalidArgument("max_rows = " + std::to_string(max_rows) + " must be at least the number of populations, " +
                          std::to_string(populations.size()));
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < populations.size(); ++i) all += populations.size_of(i);
  // One row for each population, and the others in proportion to its other neurons.
  const std::uint64_t others = all - populations.size();
  const std::uint64_t rows = (max_rows == 0 ? all : std::min(all, max_rows)) - populations.size();
  std::uint64_t seen = 0, given = 0;
  for (const Population& population : populations) {
    const std::uint64_t size = populations.size_of(picture.bands.size());
    seen += size - 1;
    const std::uint64_t until = others == 0 ? 0 : (seen * rows + others / 2) / others;
    picture.bands.push_back({population.name, size, 0, 1 + until - given});
    given = until;
  }
  for (std::size_t i = populations.size(); i-- > 0;) {  // from the bottom
    RasterBand& band = picture.bands[i];
    band.first_row = picture.shown.size();
    sample(populations[band.name], band.neurons, band.rows);
  }
}

}  // namespace detail

/// Makes a raster of part of a recording. O(log(events) + events in these steps), and O(neurons) with populations or
/// max_rows. Throws InvalidArgument for populations or names of another number of neurons, and for fewer rows than
/// populations.
template <class Event>
[[nodiscard]] Raster raster(const Events<Event>& events, const RasterOptions& options = {}) {
  const std::uint64_t first = std::min(options.first, events.steps());
  const std::uint64_t steps = std::min(options.steps, events.steps() - first);
  const std::uint64_t bin_steps = std::max<std::uint64_t>(steps / 200, 1);
  Raster picture{
      events.neurons(), events.first_step() + first, steps, events.dt_ms(), options.title, {}, bin_steps, {}};
  detail::require_fit(options.names, picture.neurons);
  picture.names = options.names;
  detail::choose_rows(picture, options.populations, options.max_rows);
  std::vector<bool> shown(picture.shown.empty() ? 0 : events.neurons());
  for (const std::uint32_t neuron : picture.shown) shown[neuron] = true;
  picture.rate_hz.assign((steps + bin_steps - 1) / bin_steps, 0.0);

  const auto packed = events.packed();
  auto event = std::lower_bound(packed.begin(), packed.end(), first,
                                [](const Event& e, std::uint64_t offset) { return e.offset < offset; });
  for (; event != packed.end() && event->offset < first + steps; ++event) {
    if (shown.empty() || shown[event->neuron])
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
