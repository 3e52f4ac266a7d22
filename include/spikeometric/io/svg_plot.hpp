// SPDX-License-Identifier: BSD-3-Clause
//
// Line plots as SVG files: curves, histograms and points, with error bands; one plot, or several in a grid.
//
//   sk::io::Plot plot{.title = "Response to a pulse", .x_label = "time (ms)", .y_label = "rate (Hz)"};
//   plot.series = {{.name = "measured", .style = sk::io::Style::steps, .x = edges, .y = rates},
//                  {.name = "expected", .x = {0.0, 50.0}, .y = {10.0, 10.0}, .dashed = true}};
//   sk::io::write_svg("response.svg", plot);
//
//   // A filter with the band of two standard errors.
//   sk::io::write_svg("filter.svg", sk::io::Plot{.x_label = "lag (ms)", .y_label = "effect",
//                                                .series = {{.x = lags, .y = filter, .band = two_errors}}});
//
//   // A Kolmogorov-Smirnov plot of the n ascending values of `check`, uniform in (0, 1) if the model is right.
//   const std::size_t n = check.intervals.size();
//   const double bound = check.bound();
//   sk::io::Plot ks{.title = "Neuron 7", .x_label = "uniform quantile", .y_label = "rescaled interval", .height = 480,
//                   .width = 460};
//   ks.series = {{.x = sk::io::evenly_spaced(0.5 / n, 1.0 / n, n), .y = check.intervals},
//                {.x = {0.0, 1.0}, .y = {0.0, 1.0}, .colour = "#666666"},
//                {.x = {0.0, 1.0 - bound}, .y = {bound, 1.0}, .dashed = true, .colour = "#666666"},
//                {.x = {bound, 1.0}, .y = {0.0, 1.0 - bound}, .dashed = true, .colour = "#666666"}};
//
//   sk::io::write_svg("filters.svg", sk::io::Panels{.title = "Filters", .plots = plots, .columns = 4});
//
// The bytes of a file do not depend on compiler, library or locale.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/io/detail/svg_canvas.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io {

/// How a series is drawn.
enum class Style {
  line,    ///< from point to point
  steps,   ///< a histogram: a level from each x to the next, filled down to 0
  points,  ///< with a band: error bars
  outline  ///< a histogram that is not filled, for several in one plot
};

/// A series of a Plot: a curve, a histogram or points.
struct Series {
  std::string name = {};  ///< shown in the legend; empty: drawn, but not in the legend
  Style style = Style::line;
  std::vector<double> x = {};  ///< of a histogram the edges of the levels, ascending: one more than y
  std::vector<double> y = {};
  /// Shades y - band to y + band, as for a standard error. One value for each y, at least 0; NaN: none there.
  std::vector<double> band = {};
  bool dashed = false;
  std::string colour = {};  ///< "#rrggbb"; by default one of six that colour-blind people can distinguish
};

/// Series with common axes.
struct Plot {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  std::vector<Series> series = {};
  int height = 420;  ///< of the picture in pixels, 200 to 10000
  int width = 900;   ///< likewise
};

/// Plots in rows and columns, as many rows as they need, in a picture 900 pixels wide. The legend is common: entries
/// that look alike are shown once.
struct Panels {
  std::string title = {};
  std::vector<Plot> plots = {};  ///< row by row; their own height and width do not matter
  int columns = 3;               ///< 1 to 9; to 6 if the range of y is not common
  int panel_height = 180;        ///< of each row in pixels, 120 to 10000
  /// Whether all plots have the range of x, or of y, that holds all their values. Only the plots at the bottom, or at
  /// the left, then have numbers and a label.
  bool common_x = true, common_y = true;
};

/// `count` equally spaced numbers: first, first + spacing, first + 2 spacing, ...
inline std::vector<double> evenly_spaced(double first, double spacing, std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = first + static_cast<double>(i) * spacing;
  return values;
}

namespace detail {

inline void require_size(const char* what, int size, int lowest, int highest, const char* unit) {
  if (size < lowest || size > highest)
    throw InvalidArgument(what + (" = " + std::to_string(size)) + " must be " + std::to_string(lowest) + " to " +
                          std::to_string(highest) + unit);
}

inline bool is_histogram(const Series& series) {
  return series.style == Style::steps || series.style == Style::outline;
}

/// The half-width of the band at y[i]: 0 where there is none.
inline double band_at(const Series& series, std::size_t i) {
  return series.band.empty() || std::isnan(series.band[i]) ? 0.0 : series.band[i];
}

/// Throws InvalidArgument for an invalid series of a plot.
inline void validate(const Series& series) {
  const std::string which = "series '" + series.name + "' of a plot: ";
  if (series.x.size() != series.y.size() + is_histogram(series))
    throw InvalidArgument(which + std::to_string(series.x.size()) + " values of x and " +
                          std::to_string(series.y.size()) + " of y; there must be " +
                          (is_histogram(series) ? "one more x than y" : "as many x as y"));
  const auto refuse = [&](const char* axis, std::size_t i, double value, const char* rule) {
    throw InvalidArgument(which + axis + '[' + std::to_string(i) + "] = " + spikeometric::detail::to_text(value) +
                          rule);
  };
  const auto require_finite = [&](const char* axis, const std::vector<double>& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!(std::abs(values[i]) <= 1e300))
        refuse(axis, i, values[i], " must be finite, with an absolute value of at most 1e300");
  };
  require_finite("x", series.x);
  require_finite("y", series.y);
  if (is_histogram(series) && !std::is_sorted(series.x.begin(), series.x.end()))
    throw InvalidArgument(which + "the x values of steps must ascend");
  if (!series.band.empty() && series.band.size() != series.y.size())
    throw InvalidArgument(which + std::to_string(series.y.size()) + " values of y and " +
                          std::to_string(series.band.size()) + " of band; there must be as many");
  for (std::size_t i = 0; i < series.band.size(); ++i)
    if (series.band[i] < 0.0 || series.band[i] > 1e300)
      refuse("band", i, series.band[i], " must be 0 to 1e300, or NaN where there is none");
  const auto is_digit = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  const std::string& colour = series.colour;
  if (!colour.empty() &&
      (colour.size() != 7 || colour[0] != '#' || !std::all_of(colour.begin() + 1, colour.end(), is_digit)))
    throw InvalidArgument(which + "colour = '" + colour + "' must be like #1f4e9c");
}

/// The values of plots, and 0 if there are histograms.
struct Ranges {
  Range x = {}, y = {};

  void add(const Plot& plot) {
    for (const Series& series : plot.series) {
      for (const double value : series.x) x.add(value);
      for (std::size_t i = 0; i < series.y.size(); ++i) {
        y.add(series.y[i] - band_at(series, i));
        y.add(series.y[i] + band_at(series, i));
      }
      if (is_histogram(series)) y.add(0.0);
    }
  }
  Axis across(double first, double last) const { return axis(x.with_margin(0.0), first, last); }
  Axis upwards(double first, double last) const { return axis(y.with_margin(0.05), first, last); }

 private:
  static Axis axis(const Range& range, double first, double last) { return {range.low, range.high, first, last}; }
};

inline std::string place(double x, double y) {
  return spikeometric::detail::to_text(x) + ' ' + spikeometric::detail::to_text(y);
}

/// The SVG path of a series with at least one value.
inline std::string path_of(const Series& series, const Axis& x_axis, const Axis& y_axis) {
  const auto number = [](double pixels) { return spikeometric::detail::to_text(pixels); };
  std::string path;
  if (is_histogram(series)) {
    const bool stands = series.style == Style::steps;  // on 0
    double level = y_axis.at(stands ? 0.0 : series.y[0]);
    path = 'M' + place(x_axis.at(series.x[0]), level);
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      const double next = y_axis.at(series.y[i]);
      if (next != level) path += (i > 0 ? 'H' + number(x_axis.at(series.x[i])) : "") + 'V' + number(next);
      level = next;
    }
    return path + 'H' + number(x_axis.at(series.x.back())) + (stands ? 'V' + number(y_axis.at(0.0)) : "");
  }
  std::pair<double, double> last;
  for (std::size_t i = 0; i < series.y.size(); ++i) {
    const std::pair here{x_axis.at(series.x[i]), y_axis.at(series.y[i])};
    if (i > 0 && here == last) continue;
    path += (i == 0 || series.style == Style::points ? 'M' : 'L') + place(here.first, here.second);
    if (series.style == Style::points) path += "h0";
    last = here;
  }
  return path;
}

/// The SVG path of a band: an area for each stretch without NaN, or error bars for points.
inline std::string band_of(const Series& series, const Axis& x_axis, const Axis& y_axis) {
  std::string path, last;
  const auto corner = [&](char letter, std::size_t edge, std::size_t i, double sign) {
    const std::string here = place(x_axis.at(series.x[edge]), y_axis.at(series.y[i] + sign * series.band[i]));
    if (letter == 'M' || here != last) path += letter + here;
    last = here;
  };
  const std::size_t size = series.band.size(), width = is_histogram(series);  // of a level, in edges
  const auto has_band = [&](std::size_t i) { return i < size && !std::isnan(series.band[i]); };
  for (std::size_t first = 0, end = 0; first < size; first = end) {
    end = first + 1;
    if (!has_band(first)) continue;
    corner('M', first, first, 1.0);
    if (series.style == Style::points) {
      corner('L', first, first, -1.0);
      continue;
    }
    while (has_band(end)) ++end;
    for (std::size_t i = first; i < end; ++i) {
      corner('L', i, i, 1.0);
      corner('L', i + width, i, 1.0);
    }
    for (std::size_t i = end; i-- > first;) {
      corner('L', i + width, i, -1.0);
      corner('L', i, i, -1.0);
    }
    path += 'z';
  }
  return path;
}

/// The colour of the i-th series of a plot.
inline std::string_view colour_of(const Series& series, std::size_t i) {
  return series.colour.empty() ? colour_of(i) : std::string_view{series.colour};
}

inline void draw(Canvas& canvas, std::string_view colour, Style style, std::string_view path, bool dashed = false) {
  canvas.svg << "<path stroke=\"" << colour
             << (style == Style::points ? "\" stroke-width=\"5\" stroke-linecap"
                                        : "\" stroke-width=\"1.5\" stroke-linejoin")
             << "=\"round\" fill=\"" << (style == Style::steps ? colour : "none")
             << (style == Style::steps ? "\" fill-opacity=\"0.15" : "") << (dashed ? "\" stroke-dasharray=\"6 4" : "")
             << "\" d=\"" << path << "\"/>\n";
}

inline void draw_band(Canvas& canvas, std::string_view colour, Style style, std::string_view path) {
  const bool bars = style == Style::points;
  canvas.svg << "<path " << (bars ? "stroke" : "fill") << "=\"" << colour
             << (bars ? "\" fill=\"none" : "\" fill-opacity=\"0.2") << "\" d=\"" << path << "\"/>\n";
}

/// Draws the series of a plot between its axes: bands below all lines.
inline void draw_series(Canvas& canvas, const Plot& plot, const Axis& x_axis, const Axis& y_axis) {
  if (y_axis.low < 0.0 && y_axis.high > 0.0)
    canvas.line(x_axis.first, y_axis.at(0.0), x_axis.last, y_axis.at(0.0), "#999");
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const Series& series = plot.series[i];
    if (const std::string band = band_of(series, x_axis, y_axis); !band.empty())
      draw_band(canvas, colour_of(series, i), series.style, band);
  }
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const Series& series = plot.series[i];
    if (!series.y.empty())
      draw(canvas, colour_of(series, i), series.style, path_of(series, x_axis, y_axis), series.dashed);
  }
}

/// A legend: entries side by side, with widths estimated from the number of letters. Entries of several plots that look
/// alike are one.
class Legend {
 public:
  Legend(std::span<const Plot> plots, double right) {
    double next = Canvas::left;
    for (const Plot& plot : plots) {
      const std::size_t of_others = entries_.size();
      for (std::size_t i = 0; i < plot.series.size(); ++i) {
        Entry entry{next, bottom_, &plot.series[i], colour_of(plot.series[i], i)};
        if (entry.series->name.empty() ||
            std::any_of(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(of_others),
                        [&](const Entry& other) { return other.looks_like(entry); }))
          continue;
        const double length = 42 + 6.8 * letters(entry.series->name);
        if (next > Canvas::left && next + length > right) {
          entry.x = next = Canvas::left;
          entry.y = bottom_ += 18;
        }
        entries_.push_back(entry);
        next += length;
      }
    }
  }

  bool empty() const { return entries_.empty(); }
  /// The height of the last row.
  double bottom() const { return bottom_; }

  void draw(Canvas& canvas) const {
    for (const auto& [x, y, series, colour] : entries_) {
      const Style style = series->style;
      const std::string left = label(x) + ' ', at = left + label(style == Style::steps ? y + 4 : y);
      if (!series->band.empty())
        draw_band(canvas, colour, style,
                  style == Style::points ? 'M' + label(x + 10) + ' ' + label(y - 6) + "v12"
                                         : 'M' + left + label(y - 5) + "h20v10h-20z");
      detail::draw(canvas, colour, style,
                   'M' + at +
                       (style == Style::steps    ? "v-5h10v-3h10v8"
                        : style == Style::points ? "m10 0h0"
                                                 : "h20"),
                   series->dashed);
      canvas.text(x + 26, y + 4, "start", series->name);
    }
  }

 private:
  struct Entry {
    double x, y;
    const Series* series;
    std::string_view colour;

    bool looks_like(const Entry& other) const {
      return series->name == other.series->name && series->style == other.series->style &&
             series->dashed == other.series->dashed && series->band.empty() == other.series->band.empty() &&
             colour == other.colour;
    }
  };
  std::vector<Entry> entries_;
  double bottom_ = 50;
};

inline std::vector<double> upright_ticks(const Axis& axis) {
  return axis.ticks(std::max((axis.first - axis.last) / 45, 5.0));
}

}  // namespace detail

/// Draws a plot with the series in order and a legend of their names. The axes cover all values and bands, and also 0
/// if a series has Style::steps or Style::outline. The file size grows with the number of values; consecutive points of
/// a line, or levels, at the same tenth of a pixel are merged. Throws FileError if the file cannot be written
/// completely, and InvalidArgument for a value that is not finite, for sizes of x, y and band that do not match, for
/// steps whose x does not ascend, for a band below 0, for a colour that is not like #1f4e9c, and for a height or width
/// out of range or too small for the legend.
inline void write_svg(const std::string& path, const Plot& plot) {
  using detail::Canvas;
  detail::require_size("plot height", plot.height, 200, 10'000, " pixels");
  detail::require_size("plot width", plot.width, 200, 10'000, " pixels");
  for (const Series& series : plot.series) detail::validate(series);
  const double right = plot.width - Canvas::right_margin;
  const detail::Legend legend{{&plot, 1}, right};
  const double top = legend.empty() ? 44 : legend.bottom() + 16, bottom = plot.height - 50.0;
  if (bottom - top < 80)
    throw InvalidArgument("plot height = " + std::to_string(plot.height) + " pixels leaves no room for the legend");

  detail::Ranges ranges;
  ranges.add(plot);
  const detail::Axis x_axis = ranges.across(Canvas::left, right), y_axis = ranges.upwards(bottom, top);
  Canvas canvas(path, plot.height, plot.title, plot.width);
  canvas.upright(y_axis, detail::upright_ticks(y_axis), plot.y_label, Canvas::left, right);
  canvas.across(x_axis, {bottom}, plot.x_label);
  detail::draw_series(canvas, plot, x_axis, y_axis);
  legend.draw(canvas);
  canvas.close();
}

/// Draws plots in rows and columns, each with its title. Throws as for one plot, and InvalidArgument if there are no
/// plots and for a number of columns or a height out of range.
inline void write_svg(const std::string& path, const Panels& panels) {
  using detail::Canvas;
  if (panels.plots.empty()) throw InvalidArgument("panels need at least one plot");
  detail::require_size("columns", panels.columns, 1, panels.common_y ? 9 : 6,
                       panels.common_y ? "" : " if the range of y is not common");
  detail::require_size("panel_height", panels.panel_height, 120, 10'000, " pixels");
  detail::Ranges all;
  for (const Plot& plot : panels.plots) {
    for (const Series& series : plot.series) detail::validate(series);
    all.add(plot);
  }
  const std::size_t size = panels.plots.size(), columns = std::min(static_cast<std::size_t>(panels.columns), size);
  const std::size_t rows = (size + columns - 1) / columns;
  const detail::Legend legend{panels.plots, Canvas::right};
  const double begin = legend.empty() ? 40 : legend.bottom() + 16;
  // A panel is a title, the data, and the room for numbers and labels where they are not common.
  constexpr double title_height = 22, below = 46;
  const double gap = panels.common_y ? 16 : Canvas::left;
  const double across = (Canvas::right - Canvas::left + gap) / static_cast<double>(columns);
  const double height = panels.panel_height;
  Canvas canvas(path, begin + height * static_cast<double>(rows) + (panels.common_x ? below : 4), panels.title);
  for (std::size_t i = 0; i < size; ++i) {
    const Plot& plot = panels.plots[i];
    const std::size_t row_index = i / columns;
    const auto column = static_cast<double>(i % columns), row = static_cast<double>(row_index);
    const double left = detail::tenth(Canvas::left + column * across), right = detail::tenth(left + across - gap);
    const double top = begin + row * height + title_height;
    const double bottom = begin + (row + 1) * height - (panels.common_x ? 6 : below);
    detail::Ranges own;
    own.add(plot);
    const detail::Axis x_axis = (panels.common_x ? all : own).across(left, right);
    const detail::Axis y_axis = (panels.common_y ? all : own).upwards(bottom, top);
    canvas.heading((left + right) / 2, top - 8, plot.title, right - left, 12);
    canvas.upright(y_axis, detail::upright_ticks(y_axis), plot.y_label, left, right, !panels.common_y || column == 0);
    canvas.across(x_axis, {bottom}, plot.x_label, !panels.common_x || i + columns >= size);
    detail::draw_series(canvas, plot, x_axis, y_axis);
  }
  legend.draw(canvas);
  canvas.close();
}

}  // namespace spikeometric::io
