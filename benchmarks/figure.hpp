// SPDX-License-Identifier: BSD-3-Clause
//
// Microseconds per step against synapses, as an SVG picture with logarithmic axes.
//
//   figure::write("speed.svg", {{"spikeometric", {{1e4, 1.0}, {1e5, 2.3}}}});
#pragma once

#include <spikeometric/io/svg.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace figure {

struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;  // positive
};

namespace svg = spikeometric::io::detail;

/// Whole powers of ten that hold some values, but for a tenth of a decade.
struct Decades {
  svg::Range exponents = {};

  void add(double value) {
    exponents.add(std::floor(std::log10(value) + 0.1));
    exponents.add(std::ceil(std::log10(value) - 0.1));
  }
  svg::Axis axis(double first, double last) const { return {exponents.low, exponents.high, first, last}; }
};

/// 0.1, 1, 1000, 1e4
inline std::string power_of_ten(double exponent) {
  return std::abs(exponent) <= 3 ? svg::label(std::pow(10.0, exponent)) : "1e" + svg::label(exponent);
}

inline void write(const std::string& path, const std::vector<Line>& lines) {
  using svg::Canvas;
  constexpr double height = 480, top = 44, bottom = height - 50, right = Canvas::right - 170;
  Decades synapses, us;
  for (const Line& line : lines)
    for (const auto& [x, y] : line.points) synapses.add(x), us.add(y);
  if (synapses.exponents.low >= synapses.exponents.high) return;

  Canvas canvas(path, height, "Time of a step, one thread");
  const auto across = synapses.axis(Canvas::left, right), upwards = us.axis(bottom, top);
  for (double exponent = across.low; exponent <= across.high; ++exponent) {
    canvas.line(across.at(exponent), bottom, across.at(exponent), top, "#ececec");
    canvas.text(across.at(exponent), bottom + 19, "middle", power_of_ten(exponent));
  }
  for (double exponent = upwards.low; exponent <= upwards.high; ++exponent) {
    canvas.line(Canvas::left, upwards.at(exponent), right, upwards.at(exponent), "#ececec");
    canvas.text(Canvas::left - 8, upwards.at(exponent) + 4, "end", power_of_ten(exponent));
  }
  canvas.line(Canvas::left, bottom, right, bottom, Canvas::dark);
  canvas.line(Canvas::left, bottom, Canvas::left, top, Canvas::dark);
  canvas.text((Canvas::left + right) / 2, bottom + 40, "middle", "synapses");
  canvas.text(0, 0, "middle", "microseconds per step",
              " transform=\"translate(20 " + svg::label((top + bottom) / 2) + ") rotate(-90)\"");

  std::map<double, std::size_t> ends;  // of lines, by height from the bottom
  for (std::size_t i = 0; i < lines.size(); ++i) {
    spikeometric::io::Series places;
    for (const auto& [x, y] : lines[i].points) places.x.push_back(std::log10(x)), places.y.push_back(std::log10(y));
    if (places.x.empty()) continue;
    for (const auto style : {spikeometric::io::Style::line, spikeometric::io::Style::points}) {
      places.style = style;
      svg::draw(canvas, svg::colour_of(i), style, svg::path_of(places, across, upwards));
    }
    ends[bottom - upwards.at(places.y.back())] = i;
  }
  double last = -100;
  for (const auto& [end, i] : ends) {  // each name beside the end of its line, but clear of the one below
    last = std::max(end, last + 15);
    canvas.text(right + 8, bottom - last + 4, "start", lines[i].name,
                " fill=\"" + std::string(svg::colour_of(i)) + '"');
  }
  canvas.close();
}

}  // namespace figure
