// SPDX-License-Identifier: BSD-3-Clause
//
// Raster plots and line plots as SVG files, which any browser can show.
//
//   sk::io::write_svg("raster.svg", sk::raster(spikes));
//
//   sk::io::Plot plot{.title = "Response to a pulse", .x_label = "time (ms)", .y_label = "rate (Hz)"};
//   plot.series = {{.name = "measured", .style = sk::io::Style::steps, .x = edges, .y = rates},
//                  {.name = "expected", .x = {0.0, 50.0}, .y = {10.0, 10.0}}};
//   sk::io::write_svg("response.svg", plot);
//
// The bytes of a file do not depend on compiler, library or locale.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spikeometric/io/file.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/simulate/raster.hpp"

namespace spikeometric::io {

/// How a series is drawn.
enum class Style {
  line,   ///< from point to point
  steps,  ///< a histogram: a level from each x to the next, filled down to 0
  points
};

/// A series of a Plot: a curve, a histogram or points.
struct Series {
  std::string name = {};  ///< shown in the legend; empty: drawn, but not in the legend
  Style style = Style::line;
  std::vector<double> x = {};  ///< for Style::steps the edges of the levels, ascending: one more than y
  std::vector<double> y = {};
};

/// Series with common axes.
struct Plot {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  std::vector<Series> series = {};
  int height = 420;  ///< of the picture in pixels, 200 to 10000; the width is 900
};

/// `count` equally spaced numbers: first, first + spacing, first + 2 spacing, ...
inline std::vector<double> evenly_spaced(double first, double spacing, std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = first + static_cast<double>(i) * spacing;
  return values;
}

namespace detail {

/// Twelve significant digits: enough to distinguish steps, too few to show that 0.3 is rounded.
inline std::string label(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::general, 12).ptr};
}

/// A coordinate, rounded to a tenth of a pixel.
inline double tenth(double pixels) { return std::round(pixels * 10.0) / 10.0; }

/// The largest power of ten that is at most x, x > 0. Works on digits, since std::pow differs between libraries.
inline double power_of_ten(double x) {
  char text[32];
  const char* const end = std::to_chars(text, text + sizeof text, x, std::chars_format::scientific).ptr;
  char* const one = std::find(text, text + sizeof text, 'e') - 1;
  *one = '1';
  double power = 0.0;
  std::from_chars(one, end, power);
  return power;
}

/// Text escaped for XML. Control characters are left out, since XML does not allow them.
inline std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '&')
      result += "&amp;";
    else if (static_cast<unsigned char>(c) >= ' ')
      result += c;
  }
  return result;
}

/// Number of letters of a UTF-8 text.
inline double letters(std::string_view text) {
  return static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// A linear axis from `low` to `high` over pixels `first` to `last`.
struct Axis {
  double low, high, first, last;

  double at(double value) const { return tenth(first + (value - low) / (high - low) * (last - first)); }

  /// Multiples of 1, 2 or 5 times a power of ten, at least `finest`, with at most `max_intervals` intervals.
  std::vector<double> ticks(double max_intervals, double finest = 0.0) const {
    const double least = std::max((high - low) / max_intervals, finest);
    const double power = power_of_ten(least);
    const double step = power >= least         ? power
                        : 2.0 * power >= least ? 2.0 * power
                        : 5.0 * power >= least ? 5.0 * power
                                               : 10.0 * power;
    std::vector<double> values;
    const double begin = std::ceil(low / step - 1e-9), end = high + 1e-9 * step;  // tolerates rounded ends
    for (int i = 0; i <= max_intervals + 1.0 && (begin + i) * step <= end; ++i) values.push_back((begin + i) * step);
    return values;
  }
};

/// A white picture, 900 pixels wide, with the elements that rasters and plots share.
class Canvas {
 public:
  static constexpr double left = 76, right = 884;  // the data area
  static constexpr const char* dark = "#222";

  Canvas(const std::string& path, double height, std::string_view title) : svg(path) {
    svg << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 " << height << "\" width=\"900\" height=\""
        << height << "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"" << dark
        << "\">\n<rect width=\"900\" height=\"" << height << "\" fill=\"#fff\"/>\n";
    text((left + right) / 2, 26, "middle", title, " font-size=\"15\" font-weight=\"bold\"");
  }

  void text(double x, double y, std::string_view anchor, std::string_view content, std::string_view more = "") {
    svg << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor << '"' << more << '>'
        << escaped(content) << "</text>\n";
  }

  /// Writes a name that ends at x, so small that it fits at the left of the data area.
  void name(double x, double y, std::string_view content) {
    const double size = tenth(std::min(12.0, 98.0 / letters(content)));  // eight letters of 12 pixels fit
    text(x, tenth(y + size / 3), "end", content, " font-size=\"" + label(size) + '"');
  }

  void line(double x1, double y1, double x2, double y2, std::string_view colour) {
    svg << "<path d=\"M" << x1 << ' ' << y1 << 'L' << x2 << ' ' << y2 << "\" stroke=\"" << colour
        << "\" fill=\"none\"/>\n";
  }

  /// Draws a vertical axis at the left, with horizontal grid lines.
  void upright(const Axis& axis, const std::vector<double>& ticks, std::string_view name) {
    for (const double value : ticks) {
      line(left, axis.at(value), right, axis.at(value), "#ececec");
      text(left - 8, axis.at(value) + 4, "end", label(value));
    }
    text(0, 0, "middle", name, " transform=\"translate(20 " + label((axis.first + axis.last) / 2) + ") rotate(-90)\"");
    line(left, axis.first, left, axis.last, dark);
    line(left, axis.first, right, axis.first, dark);
  }

  /// Draws a horizontal axis with tick marks at each of the heights; labels and name stand below the last.
  void across(const Axis& axis, std::initializer_list<double> heights, std::string_view name) {
    const double lowest = *(heights.end() - 1);
    for (const double value : axis.ticks(10)) {
      for (const double y : heights) line(axis.at(value), y, axis.at(value), y + 5, dark);
      text(axis.at(value), lowest + 19, "middle", label(value));
    }
    text((left + right) / 2, lowest + 40, "middle", name);
  }

  void close() {
    svg << "</svg>\n";
    svg.close();
  }

  TextFile svg;
};

/// Throws InvalidArgument for an invalid plot.
inline void validate(const Plot& plot) {
  if (plot.height < 200 || plot.height > 10'000)
    throw InvalidArgument("plot height = " + std::to_string(plot.height) + " must be 200 to 10000 pixels");
  for (const Series& series : plot.series) {
    const std::string which = "series '" + series.name + "' of a plot: ";
    if (series.x.size() != series.y.size() + (series.style == Style::steps))
      throw InvalidArgument(which + std::to_string(series.x.size()) + " values of x and " +
                            std::to_string(series.y.size()) + " of y; there must be " +
                            (series.style == Style::steps ? "one more x than y" : "as many x as y"));
    const auto require_finite = [&](const char* axis, const std::vector<double>& values) {
      for (std::size_t i = 0; i < values.size(); ++i)
        if (!(std::abs(values[i]) <= 1e300))
          throw InvalidArgument(which + axis + '[' + std::to_string(i) +
                                "] = " + spikeometric::detail::to_text(values[i]) +
                                " must be finite, with an absolute value of at most 1e300");
    };
    require_finite("x", series.x);
    require_finite("y", series.y);
    if (series.style == Style::steps && !std::is_sorted(series.x.begin(), series.x.end()))
      throw InvalidArgument(which + "the x values of steps must ascend");
  }
}

/// The minimum and maximum of some values.
struct Range {
  double low = std::numeric_limits<double>::max();
  double high = std::numeric_limits<double>::lowest();

  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }

  /// The range with a margin at both ends, in proportion to its length; the margin does not cross 0. If there are no
  /// values, or only zeros, the range is 0 to 1.
  Range with_margin(double part) const {
    const double size = std::max(std::abs(low), std::abs(high));
    if (low > high || size < 1e-290) return {0.0, 1.0};
    if (high - low <= 1e-9 * size) return {low - 0.5 * size, high + 0.5 * size};
    const double margin = part * (high - low);
    return {low >= 0.0 ? std::max(low - margin, 0.0) : low - margin,
            high <= 0.0 ? std::min(high + margin, 0.0) : high + margin};
  }
};

/// Colours that colour-blind people can distinguish; they repeat after six series.
inline std::string_view colour_of(std::size_t series) {
  constexpr std::string_view colours[] = {"#1f4e9c", "#d95f02", "#1b9e77", "#cc79a7", "#7a5195", "#666666"};
  return colours[series % std::size(colours)];
}

/// The SVG path of a series with at least one value.
inline std::string path_of(const Series& series, const Axis& x_axis, const Axis& y_axis) {
  const auto number = [](double pixels) { return spikeometric::detail::to_text(pixels); };
  std::string path;
  if (series.style == Style::steps) {
    double level = y_axis.at(0.0);
    path = 'M' + number(x_axis.at(series.x[0])) + ' ' + number(level);
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      const double next = y_axis.at(series.y[i]);
      if (next != level) path += (i > 0 ? 'H' + number(x_axis.at(series.x[i])) : "") + 'V' + number(next);
      level = next;
    }
    return path + 'H' + number(x_axis.at(series.x.back())) + 'V' + number(y_axis.at(0.0));
  }
  std::pair<double, double> last;
  for (std::size_t i = 0; i < series.y.size(); ++i) {
    const std::pair place{x_axis.at(series.x[i]), y_axis.at(series.y[i])};
    if (i > 0 && place == last) continue;
    path += (i == 0 || series.style == Style::points ? 'M' : 'L') + number(place.first) + ' ' + number(place.second);
    if (series.style == Style::points) path += "h0";
    last = place;
  }
  return path;
}

inline void draw(Canvas& canvas, std::size_t series, Style style, std::string_view path) {
  const std::string_view colour = colour_of(series);
  canvas.svg << "<path stroke=\"" << colour
             << (style == Style::points ? "\" stroke-width=\"5\" stroke-linecap"
                                        : "\" stroke-width=\"1.5\" stroke-linejoin")
             << "=\"round\" fill=\"" << (style == Style::steps ? colour : "none")
             << (style == Style::steps ? "\" fill-opacity=\"0.15" : "") << "\" d=\"" << path << "\"/>\n";
}

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
/// picture is higher for more than 22 populations. Without populations, the names of at most 24 neurons take that place.
/// Throws FileError if the file cannot be written completely.
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

/// Draws a plot 900 pixels wide, with the series in order and a legend of their names. The axes cover all values, and
/// also 0 if a series has Style::steps. The file size grows with the number of values; consecutive points of a line, or
/// levels, at the same tenth of a pixel are merged. Throws FileError if the file cannot be written completely, and
/// InvalidArgument for a value that is not finite, for sizes of x and y that do not match, for steps whose x does not
/// ascend, and for a height out of range or too small for the legend.
inline void write_svg(const std::string& path, const Plot& plot) {
  using detail::Canvas, detail::label;
  detail::validate(plot);
  detail::Range x_range, y_range;
  for (const Series& series : plot.series) {
    for (const double x : series.x) x_range.add(x);
    for (const double y : series.y) y_range.add(y);
    if (series.style == Style::steps) y_range.add(0.0);
  }
  const detail::Range across = x_range.with_margin(0.0), upwards = y_range.with_margin(0.05);

  // The legend: entries side by side, with widths estimated from the number of letters.
  struct Entry {
    double x, y;
    std::size_t series;
  };
  std::vector<Entry> legend;
  double next = Canvas::left, row = 50;
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const std::string& name = plot.series[i].name;
    if (name.empty()) continue;
    const double length = 42 + 6.8 * detail::letters(name);
    if (next > Canvas::left && next + length > Canvas::right) {
      next = Canvas::left;
      row += 18;
    }
    legend.push_back({next, row, i});
    next += length;
  }
  const double top = legend.empty() ? 44 : row + 16, bottom = plot.height - 50.0;
  if (bottom - top < 80)
    throw InvalidArgument("plot height = " + std::to_string(plot.height) + " pixels leaves no room for the legend");

  const detail::Axis x_axis{across.low, across.high, Canvas::left, Canvas::right};
  const detail::Axis y_axis{upwards.low, upwards.high, bottom, top};
  Canvas canvas(path, plot.height, plot.title);
  canvas.upright(y_axis, y_axis.ticks(std::max((bottom - top) / 45, 5.0)), plot.y_label);
  canvas.across(x_axis, {bottom}, plot.x_label);
  if (upwards.low < 0.0 && upwards.high > 0.0)
    canvas.line(Canvas::left, y_axis.at(0.0), Canvas::right, y_axis.at(0.0), "#999");
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const Series& series = plot.series[i];
    if (!series.y.empty()) detail::draw(canvas, i, series.style, detail::path_of(series, x_axis, y_axis));
  }
  for (const auto& [x, y, i] : legend) {
    const Style style = plot.series[i].style;
    const std::string place = label(x) + ' ' + label(style == Style::steps ? y + 4 : y);
    detail::draw(canvas, i, style,
                 'M' + place +
                     (style == Style::line    ? "h20"
                      : style == Style::steps ? "v-5h10v-3h10v8"
                                              : "m10 0h0"));
    canvas.text(x + 26, y + 4, "start", plot.series[i].name);
  }
  canvas.close();
}

}  // namespace spikeometric::io
