// SPDX-License-Identifier: BSD-3-Clause
//
// Raster plots as SVG files, which any browser can show. Line plots are in <spikeometric/io/svg_plot.hpp>, which this
// header includes, and matrices in <spikeometric/io/svg_matrix.hpp>.
//
//   sk::io::write_svg("raster.svg", sk::raster(spikes));
//
// The bytes of a file do not depend on compiler, library or locale.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spikeometric/io/detail/svg_canvas.hpp"
#include "spikeometric/io/svg_plot.hpp"
#include "spikeometric/simulate/raster.hpp"

namespace spikeometric::io {

namespace detail {

/// Marks the bands of a raster at the left, each with its colour and name. The names do not overlap.
inline void draw_bands(Canvas& canvas, const std::vector<RasterBand>& bands, const Axis& rows) {
  constexpr double spacing = 13, text_end = Canvas::left - 16;
  const auto middle = [&](const RasterBand& band) {
    return rows.at(static_cast<double>(band.first_row) + static_cast<double>(band.rows) / 2);
  };
  std::vector<double> heights;
  heights.reserve(bands.size());
  for (const RasterBand& band : bands)
    heights.push_back(heights.empty() ? middle(band) : std::max(middle(band), heights.back() + spacing));
  double next = rows.first + spacing;
  for (std::size_t i = bands.size(); i-- > 0;) next = heights[i] = std::min(heights[i], next - spacing);

  for (std::size_t i = 0; i < bands.size(); ++i) {
    const RasterBand& band = bands[i];
    const double low = rows.at(static_cast<double>(band.first_row));
    const double high = rows.at(static_cast<double>(band.first_row + band.rows));
    canvas.line(Canvas::left, low, Canvas::right, low, "#ececec");
    canvas.line(Canvas::left - 6, middle(band), Canvas::left - 13, tenth(heights[i]), colour_of(i));
    canvas.svg << "<rect x=\"" << Canvas::left - 6 << "\" y=\"" << high << "\" width=\"4\" height=\""
               << tenth(low - high) << "\" fill=\"" << colour_of(i) << "\"/>\n";
    canvas.name(text_end, heights[i], band.name);
  }
  canvas.line(Canvas::left, rows.last, Canvas::right, rows.last, "#ececec");
  canvas.line(Canvas::left, rows.first, Canvas::right, rows.first, Canvas::dark);
}

/// Names at most 24 rows of a raster at the left, regularly spaced.
inline void draw_names(Canvas& canvas, const Raster& raster, const Axis& rows) {
  for (const double row : rows.ticks(24, 1.0)) {
    if (row >= rows.high) continue;
    const auto place = static_cast<std::size_t>(row);
    canvas.name(Canvas::left - 8, rows.at(row + 0.5), raster.names[raster.shown.empty() ? place : raster.shown[place]]);
  }
  canvas.line(Canvas::left, rows.first, Canvas::left, rows.last, Canvas::dark);
  canvas.line(Canvas::left, rows.first, Canvas::right, rows.first, Canvas::dark);
}

}  // namespace detail

/// Draws a raster plot of 900 x 520 pixels: a mark for each spike, time in ms on the horizontal axis, neurons on the
/// vertical axis, and the population rate in Hz below. Marks at the same position (to a tenth of a pixel horizontally,
/// a pixel vertically) are drawn once, which bounds the file size. If the raster has populations, their names take the
/// place of the numbers of neurons, and each has a colour; adjacent colours differ for colour-blind people, too. The
/// picture is higher for more than 22 populations. Without populations, the names of at most 24 neurons take that
/// place. Throws FileError if the file cannot be written completely.
inline void write_svg(const std::string& path, const Raster& raster) {
  using detail::Axis, detail::label, detail::tenth;
  constexpr double left = detail::Canvas::left, right = detail::Canvas::right, top = 44;
  const double bottom = std::max(360.0, top + 14.0 * static_cast<double>(raster.bands.size()));
  const double rate_top = bottom + 24, rate_bottom = bottom + 110;
  const auto shown_steps = static_cast<double>(std::max<std::uint64_t>(raster.steps, 1));
  const double begin_ms = static_cast<double>(raster.first_step) * raster.dt_ms;
  const double end_ms = begin_ms + shown_steps * raster.dt_ms;
  const auto neurons = static_cast<double>(raster.neurons);
  const double rows = raster.shown.empty() ? neurons : static_cast<double>(raster.shown.size());
  const double fastest = raster.rate_hz.empty() ? 0.0 : *std::max_element(raster.rate_hz.begin(), raster.rate_hz.end());
  const Axis time{begin_ms, end_ms, left, right};
  const Axis neuron{0.0, neurons, bottom, top};
  const Axis row{0.0, rows, bottom, top};
  const Axis rate{0.0, fastest > 0.0 ? fastest * 1.05 : 1.0, rate_bottom, rate_top};

  const std::string sample = rows == neurons ? "" : " (" + label(rows) + " shown)";
  detail::Canvas canvas(path, rate_bottom + 50,
                        raster.title.empty() ? label(neurons) + " neurons" + sample + ", " + label(begin_ms) + " to " +
                                                   label(end_ms) + " ms"
                                             : raster.title);
  if (!raster.bands.empty())
    detail::draw_bands(canvas, raster.bands, row);
  else if (!raster.names.empty())
    detail::draw_names(canvas, raster, row);
  else
    canvas.upright(neuron, neuron.ticks(6, 1.0), "neuron");
  canvas.upright(rate, rate.ticks(3), "mean rate (Hz)");
  canvas.across(time, {bottom, rate_bottom}, "time (ms)");

  std::vector<std::uint32_t> row_of(raster.shown.empty() ? 0 : raster.neurons);
  for (std::uint32_t place = 0; place < raster.shown.size(); ++place) row_of[raster.shown[place]] = place;
  std::vector<std::uint32_t> band_of(raster.bands.empty() ? 0 : raster.shown.size());  // of a row
  for (std::uint32_t band = 0; band < raster.bands.size(); ++band)
    std::fill_n(band_of.begin() + static_cast<std::ptrdiff_t>(raster.bands[band].first_row), raster.bands[band].rows,
                band);

  const double height = std::max((bottom - top) / rows, 1.0);
  const double smallest = raster.bands.empty() ? 1.0 : 1.6;  // of a mark: a sample is sparse, and colours need area
  std::vector<std::vector<std::pair<double, double>>> marks(std::max<std::size_t>(raster.bands.size(), 1));
  for (const Spike& spike : raster.spikes) {
    const std::uint32_t place = row_of.empty() ? spike.neuron : row_of[spike.neuron];
    const double y = row.at(place + 1.0);
    marks[band_of.empty() ? 0 : band_of[place]].emplace_back(
        time.at((static_cast<double>(spike.step) + 0.5) * raster.dt_ms),
        height > 1.0 ? y : std::min(std::floor(y), bottom - 1.0));
  }
  for (std::size_t band = 0; band < marks.size(); ++band) {
    std::sort(marks[band].begin(), marks[band].end());
    marks[band].erase(std::unique(marks[band].begin(), marks[band].end()), marks[band].end());
    canvas.svg << "<path stroke=\"" << detail::colour_of(band) << "\" stroke-width=\""
               << tenth(std::clamp((right - left) / shown_steps, smallest, 3.0)) << "\" fill=\"none\" d=\"";
    for (const auto& [x, y] : marks[band])
      canvas.svg << 'M' << x << ' ' << y << 'v' << tenth(std::max(height * 0.85, smallest));
    canvas.svg << "\"/>\n";
  }

  if (!raster.rate_hz.empty()) {
    const std::string_view colour = raster.bands.empty() ? detail::colour_of(0) : detail::Canvas::dark;
    canvas.svg << "<path fill=\"" << colour << "\" fill-opacity=\"0.25\" stroke=\"" << colour << "\" d=\"M" << left
               << ' ' << rate_bottom;
    for (std::size_t bin = 0; bin < raster.rate_hz.size(); ++bin) {
      const auto last = static_cast<double>(std::min((bin + 1) * raster.bin_steps, raster.steps));
      canvas.svg << 'V' << rate.at(raster.rate_hz[bin]) << 'H' << time.at(begin_ms + last * raster.dt_ms);
    }
    canvas.svg << 'V' << rate_bottom << "\"/>\n";
  }
  canvas.close();
}

}  // namespace spikeometric::io
