// SPDX-License-Identifier: BSD-3-Clause
//
// Rasters as SVG pictures, which any browser shows.
//
//   sk::io::write_svg("raster.svg", sk::raster(spikes));
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spikeometric/io/file.hpp"
#include "spikeometric/simulate/raster.hpp"

namespace spikeometric::io {

namespace detail {

/// Twelve significant digits: enough to tell steps apart, too few to show how 0.3 is rounded.
inline std::string label(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::general, 12).ptr};
}

/// A coordinate, to a tenth of a pixel.
inline double tenth(double pixels) { return std::round(pixels * 10.0) / 10.0; }

/// Text for XML; control characters, which it has no place for, are left out.
inline std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= ' ') result += c;
    }
  return result;
}

/// A linear axis from `low` to `high` over pixels `first` to `last`.
struct Axis {
  double low, high, first, last;

  double at(double value) const { return tenth(first + (value - low) / (high - low) * (last - first)); }

  /// Multiples of 1, 2 or 5 times a power of ten that is at least `finest`: at most `most` intervals.
  std::vector<double> ticks(double most, double finest = 0.0) const {
    const double least = std::max((high - low) / most, finest);
    double power = std::pow(10.0, std::floor(std::log10(least)));
    while (power * 10.0 <= least) power *= 10.0;
    const double step = power >= least         ? power
                        : 2.0 * power >= least ? 2.0 * power
                        : 5.0 * power >= least ? 5.0 * power
                                               : 10.0 * power;
    std::vector<double> values;
    const double begin = std::ceil(low / step);
    for (int i = 0; i <= most + 1.0 && (begin + i) * step <= high; ++i) values.push_back((begin + i) * step);
    return values;
  }
};

}  // namespace detail

/// A raster of 900 x 520 pixels: a mark for each spike, time in ms across, neurons upwards, and the population's rate
/// in Hz below. Marks that fall on the same tenth of a pixel across and pixel upwards are drawn once, which bounds the
/// size. Throws FileError where the file cannot be written whole.
inline void write_svg(const std::string& path, const Raster& raster) {
  using detail::Axis, detail::label, detail::tenth;
  constexpr double left = 76, right = 884, top = 44, bottom = 360, rate_top = 384, rate_bottom = 470;
  const auto shown_steps = static_cast<double>(std::max<std::uint64_t>(raster.steps, 1));
  const double begin_ms = static_cast<double>(raster.first_step) * raster.dt_ms;
  const double end_ms = begin_ms + shown_steps * raster.dt_ms;
  const auto neurons = static_cast<double>(raster.neurons);
  const double fastest = raster.rate_hz.empty() ? 0.0 : *std::max_element(raster.rate_hz.begin(), raster.rate_hz.end());
  const Axis time{begin_ms, end_ms, left, right};
  const Axis neuron{0.0, neurons, bottom, top};
  const Axis rate{0.0, fastest > 0.0 ? fastest * 1.05 : 1.0, rate_bottom, rate_top};

  detail::TextFile svg(path);
  const auto text = [&](double x, double y, std::string_view anchor, std::string_view content,
                        std::string_view more = "") {
    svg << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor << '"' << more << '>'
        << detail::escaped(content) << "</text>\n";
  };
  const auto line = [&](double x1, double y1, double x2, double y2, std::string_view colour) {
    svg << "<path d=\"M" << x1 << ' ' << y1 << 'L' << x2 << ' ' << y2 << "\" stroke=\"" << colour
        << "\" fill=\"none\"/>\n";
  };
  const auto upright = [&](const Axis& axis, const std::vector<double>& ticks, std::string_view name) {
    for (const double value : ticks) {
      line(left, axis.at(value), right, axis.at(value), "#ececec");
      text(left - 8, axis.at(value) + 4, "end", label(value));
    }
    text(0, 0, "middle", name, " transform=\"translate(20 " + label((axis.first + axis.last) / 2) + ") rotate(-90)\"");
    line(left, axis.first, left, axis.last, "#222");
    line(left, axis.first, right, axis.first, "#222");
  };

  svg << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 520\" width=\"900\" height=\"520\" "
         "font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n<rect width=\"900\" height=\"520\" "
         "fill=\"#fff\"/>\n";
  text((left + right) / 2, 26, "middle",
       raster.title.empty() ? label(neurons) + " neurons, " + label(begin_ms) + " to " + label(end_ms) + " ms"
                            : raster.title,
       " font-size=\"15\" font-weight=\"bold\"");
  upright(neuron, neuron.ticks(6, 1.0), "neuron");
  upright(rate, rate.ticks(3), "mean rate (Hz)");
  for (const double ms : time.ticks(10)) {
    line(time.at(ms), rate_bottom, time.at(ms), rate_bottom + 5, "#222");
    line(time.at(ms), bottom, time.at(ms), bottom + 5, "#222");
    text(time.at(ms), rate_bottom + 19, "middle", label(ms));
  }
  text((left + right) / 2, rate_bottom + 40, "middle", "time (ms)");

  const double height = std::max((bottom - top) / neurons, 1.0);
  std::vector<std::pair<double, double>> marks;
  marks.reserve(raster.spikes.size());
  for (const Spike& spike : raster.spikes) {
    const double row = neuron.at(spike.neuron + 1.0);
    marks.emplace_back(time.at((static_cast<double>(spike.step) + 0.5) * raster.dt_ms),
                       height > 1.0 ? row : std::min(std::floor(row), bottom - 1.0));
  }
  std::sort(marks.begin(), marks.end());
  marks.erase(std::unique(marks.begin(), marks.end()), marks.end());
  svg << "<path stroke=\"#1f4e9c\" stroke-width=\"" << tenth(std::clamp((right - left) / shown_steps, 1.0, 3.0))
      << "\" fill=\"none\" d=\"";
  for (const auto& [x, y] : marks) svg << 'M' << x << ' ' << y << 'v' << tenth(std::max(height * 0.85, 1.0));
  svg << "\"/>\n";

  if (!raster.rate_hz.empty()) {
    svg << "<path fill=\"#1f4e9c\" fill-opacity=\"0.25\" stroke=\"#1f4e9c\" d=\"M" << left << ' ' << rate_bottom;
    for (std::size_t bin = 0; bin < raster.rate_hz.size(); ++bin) {
      const auto last = static_cast<double>(std::min((bin + 1) * raster.bin_steps, raster.steps));
      svg << 'V' << rate.at(raster.rate_hz[bin]) << 'H' << time.at(begin_ms + last * raster.dt_ms);
    }
    svg << 'V' << rate_bottom << "\"/>\n";
  }
  svg << "</svg>\n";
  svg.close();
}

}  // namespace spikeometric::io
