// SPDX-License-Identifier: BSD-3-Clause
//
// What all pictures share: a white canvas, axes with ticks, and colours.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "spikeometric/io/file.hpp"

namespace spikeometric::io::detail {

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

/// The number of letters of the longest label.
inline double longest_label(const std::vector<double>& ticks) {
  double longest = 0.0;
  for (const double value : ticks) longest = std::max(longest, letters(label(value)));
  return longest;
}

/// At most 10 intervals of a horizontal axis, each at least 40 pixels long, so that labels with some 7 pixels per letter
/// do not overlap.
inline std::vector<double> ticks_with_room(const Axis& axis) {
  const double length = axis.last - axis.first;
  for (double intervals = std::min(length / 40, 10.0);; --intervals) {
    std::vector<double> ticks = axis.ticks(std::max(intervals, 1.0));
    if (intervals <= 2.0 || ticks.size() < 2 ||
        axis.at(ticks[1]) - axis.at(ticks[0]) >= 7.0 * longest_label(ticks) + 10.0)
      return ticks;
  }
}

/// A white picture with the elements that rasters, plots and matrices share.
class Canvas {
 public:
  static constexpr double left = 76, right = 884;  // the data area of a picture 900 pixels wide
  static constexpr double right_margin = 16;
  static constexpr const char* dark = "#222";

  Canvas(const std::string& path, double height, std::string_view title, double width = 900) : svg(path) {
    svg << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << ' ' << height << "\" width=\""
        << width << "\" height=\"" << height << "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"" << dark
        << "\">\n<rect width=\"" << width << "\" height=\"" << height << "\" fill=\"#fff\"/>\n";
    heading((left + width - right_margin) / 2, 26, title, width - 40, 15);
  }

  void text(double x, double y, std::string_view anchor, std::string_view content, std::string_view more = "") {
    svg << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor << '"' << more << '>'
        << escaped(content) << "</text>\n";
  }

  /// Writes a title, smaller than `size` if it would be too wide.
  void heading(double x, double y, std::string_view content, double width, double size) {
    size = tenth(std::min(size, 1.7 * width / letters(content)));
    text(x, y, "middle", content, " font-size=\"" + label(size) + "\" font-weight=\"bold\"");
  }

  /// Writes a name that ends at x, at most 60 pixels long and `max_size` high; `turned`: reading upwards.
  void name(double x, double y, std::string_view content, double max_size = 12, bool turned = false) {
    const double size = tenth(std::min(max_size, 98.0 / letters(content)));  // eight letters of 12 pixels fit
    const std::string font = " font-size=\"" + label(size) + '"';
    if (!turned) return text(x, tenth(y + size / 3), "end", content, font);
    text(0, 0, "end", content,
         font + " transform=\"translate(" + label(tenth(x + size / 3)) + ' ' + label(y) + ") rotate(-90)\"");
  }

  void line(double x1, double y1, double x2, double y2, std::string_view colour) {
    svg << "<path d=\"M" << x1 << ' ' << y1 << 'L' << x2 << ' ' << y2 << "\" stroke=\"" << colour
        << "\" fill=\"none\"/>\n";
  }

  /// Writes the name of a vertical axis with its middle at (x, y), reading upwards.
  void upright_name(double x, double y, std::string_view name) {
    text(0, 0, "middle", name, " transform=\"translate(" + label(x) + ' ' + label(y) + ") rotate(-90)\"");
  }

  /// Draws a vertical axis at the left, with horizontal grid lines. Without `labels`, numbers and name are left out.
  void upright(const Axis& axis, const std::vector<double>& ticks, std::string_view name, double begin = left,
               double end = right, bool labels = true) {
    for (const double value : ticks) {
      line(begin, axis.at(value), end, axis.at(value), "#ececec");
      if (labels) text(begin - 8, axis.at(value) + 4, "end", label(value));
    }
    if (labels) upright_name(begin - 56, (axis.first + axis.last) / 2, name);
    line(begin, axis.first, begin, axis.last, dark);
    line(begin, axis.first, end, axis.first, dark);
  }

  /// Draws a horizontal axis with tick marks at each of the heights; labels and name stand below the last, if wanted.
  void across(const Axis& axis, std::initializer_list<double> heights, std::string_view name, bool labels = true) {
    const double lowest = *(heights.end() - 1);
    for (const double value : ticks_with_room(axis)) {
      for (const double y : heights) line(axis.at(value), y, axis.at(value), y + 5, dark);
      if (labels) text(axis.at(value), lowest + 19, "middle", label(value));
    }
    if (labels) text((axis.first + axis.last) / 2, lowest + 40, "middle", name);
  }

  void close() {
    svg << "</svg>\n";
    svg.close();
  }

  TextFile svg;
};

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

}  // namespace spikeometric::io::detail
