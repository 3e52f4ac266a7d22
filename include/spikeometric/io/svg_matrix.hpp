// SPDX-License-Identifier: BSD-3-Clause
//
// Matrices as SVG files: a cell for each entry, with a colour for its value: red above 0, blue below, white for 0.
//
//   sk::io::MatrixPlot plot{.title = "Fitted connections", .x_label = "postsynaptic", .y_label = "presynaptic",
//                           .value_label = "weight", .values = fitted.strengths()};      // row = presynaptic
//   plot.row_names = plot.column_names = names.all();
//   sk::io::write_svg("connections.svg", plot);
//
//   plot.values.setZero(n, n);                                                           // the weights of a graph
//   for (const auto& edge : graph.edges()) plot.values(edge.pre, edge.post) += edge.weight;
//
// The bytes of a file do not depend on compiler, library or locale.
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/io/detail/svg_canvas.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io {

/// What a cell shows that stands for several entries of a matrix.
enum class CellValue {
  mean,    ///< of the entries that are not NaN
  extreme  ///< the entry with the largest absolute value
};

/// A matrix with axes. Row 0 is at the top.
struct MatrixPlot {
  std::string title = {};
  std::string x_label = {};                    ///< of the columns
  std::string y_label = {};                    ///< of the rows
  std::string value_label = {};                ///< of the colours
  Eigen::MatrixXd values = {};                 ///< NaN is drawn in grey
  std::vector<std::string> row_names = {};     ///< one for each row; empty: rows are counted from 0
  std::vector<std::string> column_names = {};  ///< likewise
  /// The colours span -limit to limit; values beyond have the colours of the ends. 0: the largest absolute value shown.
  double limit = 0.0;
  CellValue cell_value = CellValue::mean;  ///< for more than 280 rows or columns
};

namespace detail {

/// What is drawn: the matrix, or blocks of it. A block at the end may be smaller.
struct Cells {
  Eigen::MatrixXd values;
  Eigen::Index rows, columns;  // of a block

  static constexpr Eigen::Index max_cells = 280;

  Cells(const Eigen::MatrixXd& matrix, CellValue kind)
      : rows((matrix.rows() + max_cells - 1) / max_cells), columns((matrix.cols() + max_cells - 1) / max_cells) {
    values.resize((matrix.rows() + rows - 1) / rows, (matrix.cols() + columns - 1) / columns);
    for (Eigen::Index column = 0; column < values.cols(); ++column)
      for (Eigen::Index row = 0; row < values.rows(); ++row) {
        const Eigen::Index first_row = row * rows, first_column = column * columns;
        values(row, column) = value_of(matrix.block(first_row, first_column, std::min(rows, matrix.rows() - first_row),
                                                    std::min(columns, matrix.cols() - first_column)),
                                       kind);
      }
  }

 private:
  template <class Block>
  static double value_of(const Block& block, CellValue kind) {
    double sum = 0.0, extreme = 0.0;
    std::size_t count = 0;
    for (Eigen::Index column = 0; column < block.cols(); ++column)
      for (Eigen::Index row = 0; row < block.rows(); ++row) {
        const double value = block(row, column);
        if (std::isnan(value)) continue;
        ++count;
        sum += value;
        if (std::abs(value) > std::abs(extreme)) extreme = value;
      }
    if (count == 0) return std::numeric_limits<double>::quiet_NaN();
    return kind == CellValue::extreme ? extreme : sum / static_cast<double>(count);
  }
};

/// A scale of colours from -limit to limit, in steps: 0 is white, and any other value has a colour.
struct ColourScale {
  static constexpr int levels = 16;  // on each side of 0
  static constexpr int missing = levels + 1;
  double limit;

  /// -levels to levels, or `missing` for NaN.
  int level(double value) const {
    if (std::isnan(value)) return missing;
    if (value == 0.0) return 0;
    const double part = std::min(std::abs(value) / limit, 1.0) * levels;
    const int level = std::max(static_cast<int>(std::ceil(part)), 1);
    return value > 0.0 ? level : -level;
  }

  /// Red and blue of ColorBrewer's scale RdBu, which colour-blind people can distinguish.
  static std::string colour(int level) {
    if (level == missing) return "#aaaaaa";
    if (level == 0) return "#ffffff";
    using Colours = std::array<std::array<int, 3>, 5>;
    constexpr Colours red{{{253, 219, 199}, {244, 165, 130}, {214, 96, 77}, {178, 24, 43}, {103, 0, 31}}};
    constexpr Colours blue{{{209, 229, 240}, {146, 197, 222}, {67, 147, 195}, {33, 102, 172}, {5, 48, 97}}};
    const Colours& colours = level > 0 ? red : blue;
    const int place = 4 * (std::abs(level) - 1), before = std::min(place / (levels - 1), 3);
    std::string text = "#";
    for (std::size_t i = 0; i < 3; ++i) {
      const int from = colours[static_cast<std::size_t>(before)][i],
                to = colours[static_cast<std::size_t>(before) + 1][i];
      const int value = from + (to - from) * (place - before * (levels - 1)) / (levels - 1);
      for (const int digit : {value / 16, value % 16}) text += "0123456789abcdef"[digit];
    }
    return text;
  }
};

/// The rows or columns to label, regularly spaced: with their names, at least 11 pixels apart, or with their numbers.
inline std::vector<double> labelled(const Axis& axis, std::size_t size, bool named, double pixels_of_number) {
  const double length = std::abs(axis.last - axis.first);
  std::vector<double> places = axis.ticks(std::max(length / (named ? 11.0 : pixels_of_number), 1.0), 1.0);
  while (!places.empty() && places.back() >= static_cast<double>(size)) places.pop_back();
  return places;
}

/// The size of letters that fit between the names of two labelled rows or columns.
inline double letter_size(const Axis& axis, const std::vector<double>& places) {
  return places.size() < 2 ? 12.0 : std::min(12.0, 0.95 * (axis.at(places[1]) - axis.at(places[0])));
}

/// Draws the cells, `width` x `height` pixels each, from (left, top) on. Cells of the same colour are one path.
inline void draw_cells(Canvas& canvas, const Cells& cells, const ColourScale& scale, double left, double top,
                       double width, double height) {
  struct Path {
    std::string text;
    Eigen::Index row = -1, column = 0;  // where it ends
  };
  std::array<Path, 2 * ColourScale::levels + 2> paths;
  const Eigen::MatrixXd& values = cells.values;
  for (Eigen::Index row = 0; row < values.rows(); ++row)
    for (Eigen::Index column = 0, end = 0; column < values.cols(); column = end) {
      const int level = scale.level(values(row, column));
      while (end < values.cols() && scale.level(values(row, end)) == level) ++end;
      if (level == 0) continue;
      Path& path = paths[static_cast<std::size_t>(level + ColourScale::levels)];
      path.text += path.row == row ? 'm' + std::to_string(column - path.column) + " 0"
                                   : 'M' + std::to_string(column) + ' ' + std::to_string(row);
      path.text += 'h' + std::to_string(end - column);
      path.row = row;
      path.column = end;
    }
  canvas.svg << "<g fill=\"none\" shape-rendering=\"crispEdges\" transform=\"translate(" << left << ' '
             << top + height / 2 << ") scale(" << width << ' ' << height << ")\">\n";
  for (std::size_t i = 0; i < paths.size(); ++i)
    if (!paths[i].text.empty())
      canvas.svg << "<path stroke=\"" << ColourScale::colour(static_cast<int>(i) - ColourScale::levels) << "\" d=\""
                 << paths[i].text << "\"/>\n";
  canvas.svg << "</g>\n";
}

inline void draw_box(Canvas& canvas, double left, double top, double right, double bottom, std::string_view fill) {
  canvas.svg << "<path fill=\"" << fill << "\" stroke=\"" << Canvas::dark << "\" d=\"M" << left << ' ' << top << 'H'
             << right << 'V' << bottom << 'H' << left << "z\"/>\n";
}

/// Draws the colours beside a matrix, with numbers; with triangles at the ends if values lie beyond, and with the
/// colour of NaN if there is one.
inline void draw_scale(Canvas& canvas, const ColourScale& scale, double left, double top, double bottom, bool beyond,
                       bool missing, const std::vector<double>& ticks, std::string_view name) {
  constexpr double width = 18;
  if (missing) {
    draw_box(canvas, left, bottom - 12, left + width, bottom, ColourScale::colour(ColourScale::missing));
    canvas.text(left + width + 8, bottom - 2, "start", "NaN");
    bottom -= 28;
  }
  if (beyond) {
    for (const auto& [level, base, tip] :
         {std::tuple{ColourScale::levels, top + 10, top}, std::tuple{-ColourScale::levels, bottom - 10, bottom}})
      canvas.svg << "<path fill=\"" << ColourScale::colour(level) << "\" d=\"M" << left << ' ' << base << 'h' << width
                 << 'L' << left + width / 2 << ' ' << tip << "z\"/>\n";
    top += 10;
    bottom -= 10;
  }
  const Axis axis{-scale.limit, scale.limit, bottom, top};
  const auto at = [&](int level) { return axis.at(scale.limit * level / ColourScale::levels); };
  canvas.svg << "<g shape-rendering=\"crispEdges\">\n";
  for (int level = -ColourScale::levels; level <= ColourScale::levels; ++level)
    if (level != 0)
      canvas.svg << "<rect fill=\"" << ColourScale::colour(level) << "\" x=\"" << left << "\" y=\""
                 << at(std::max(level, level + (level < 0))) << "\" width=\"" << width << "\" height=\""
                 << tenth(std::abs(at(level) - at(level > 0 ? level - 1 : level + 1))) << "\"/>\n";
  canvas.svg << "</g>\n";
  draw_box(canvas, left, top, left + width, bottom, "none");
  for (const double value : ticks) {
    canvas.line(left + width, axis.at(value), left + width + 4, axis.at(value), Canvas::dark);
    canvas.text(left + width + 8, axis.at(value) + 4, "start", label(value));
  }
  canvas.upright_name(left + width + 22 + 7 * longest_label(ticks), (top + bottom) / 2, name);
}

/// Throws InvalidArgument for an invalid plot of a matrix.
inline void validate(const MatrixPlot& plot) {
  if (plot.values.size() == 0) throw InvalidArgument("a matrix without entries cannot be drawn");
  if (!(plot.limit >= 0.0) || plot.limit > 1e300)
    throw InvalidArgument("limit = " + spikeometric::detail::to_text(plot.limit) + " of a matrix must be 0 to 1e300");
  for (const auto& [what, names, size] : {std::tuple{"row", &plot.row_names, plot.values.rows()},
                                          std::tuple{"column", &plot.column_names, plot.values.cols()}})
    if (!names->empty() && names->size() != static_cast<std::size_t>(size))
      throw InvalidArgument(std::to_string(names->size()) + ' ' + what + " names do not fit a matrix with " +
                            std::to_string(size) + ' ' + what + 's');
}

}  // namespace detail

/// Draws a matrix. A cell is one entry; with more than 280 rows or columns it is a block of entries, and the picture
/// says so. 0 is white, and every other value has one of 32 colours; infinite values have those of the ends. Names are
/// shown for as many rows and columns as there is room for, regularly spaced. O(entries) time; the file has some 10
/// bytes for each cell that differs from the cell at its left, at most 0.8 MB. Throws FileError if the file cannot be
/// written completely, and InvalidArgument for a matrix without entries, for a limit that is negative or not finite,
/// and for a number of names that does not fit.
inline void write_svg(const std::string& path, const MatrixPlot& plot) {
  using detail::Canvas, detail::ColourScale;
  detail::validate(plot);
  const detail::Cells cells{plot.values, plot.cell_value};
  double largest = 0.0;
  bool missing = false, infinite = false;
  for (const double value : cells.values.reshaped()) {
    missing |= std::isnan(value);
    infinite |= std::isinf(value);
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  const ColourScale scale{plot.limit > 0.0 ? plot.limit : largest > 1e-290 ? largest : 1.0};
  const bool blocks = cells.rows > 1 || cells.columns > 1;

  // Cells are squares of whole pixels, unless the matrix would be narrow or low.
  const auto columns = static_cast<double>(cells.values.cols()), rows = static_cast<double>(cells.values.rows());
  const double cell = std::min(std::floor(560 / std::max(rows, columns)), 100.0);
  const double cell_width = std::max(cell, std::floor(120 / columns));
  const double cell_height = std::max(cell, std::floor(120 / rows));
  const double left = 104, right = left + columns * cell_width;
  const double top = blocks ? 58 : 44, bottom = top + rows * cell_height;
  const double names_height = plot.column_names.empty() ? 0 : 47;
  const detail::Axis x_axis{0.0, columns * static_cast<double>(cells.columns), left, right};
  const detail::Axis y_axis{0.0, rows * static_cast<double>(cells.rows), top, bottom};

  const auto ticks =
      detail::Axis{-scale.limit, scale.limit, bottom, top}.ticks(std::clamp((bottom - top) / 45, 4.0, 8.0));
  const double width = right + 80 + 7 * detail::longest_label(ticks);

  Canvas canvas(path, bottom + 52 + names_height, plot.title, width);
  if (blocks)
    canvas.text((Canvas::left + width - Canvas::right_margin) / 2, 46, "middle",
                std::string("each cell: ") + (plot.cell_value == CellValue::mean ? "mean" : "extreme") + " of " +
                    std::to_string(cells.rows) + " x " + std::to_string(cells.columns) + " entries");
  draw_cells(canvas, cells, scale, left, top, cell_width, cell_height);
  draw_box(canvas, left, top, right, bottom, "none");

  const auto row_places = labelled(y_axis, plot.values.rows(), !plot.row_names.empty(), 45);
  for (const double row : row_places) {
    const double y = y_axis.at(row + 0.5);
    canvas.line(left - 4, y, left, y, Canvas::dark);
    if (plot.row_names.empty())
      canvas.text(left - 8, y + 4, "end", detail::label(row));
    else
      canvas.name(left - 8, y, plot.row_names[static_cast<std::size_t>(row)], letter_size(y_axis, row_places));
  }
  const auto column_places = labelled(x_axis, plot.values.cols(), !plot.column_names.empty(), 60);
  for (const double column : column_places) {
    const double x = x_axis.at(column + 0.5);
    canvas.line(x, bottom, x, bottom + 4, Canvas::dark);
    if (plot.column_names.empty())
      canvas.text(x, bottom + 19, "middle", detail::label(column));
    else
      canvas.name(x, bottom + 8, plot.column_names[static_cast<std::size_t>(column)],
                  letter_size(x_axis, column_places), true);
  }
  canvas.text((left + right) / 2, bottom + 40 + names_height, "middle", plot.x_label);
  canvas.upright_name(20, (top + bottom) / 2, plot.y_label);
  draw_scale(canvas, scale, right + 24, top, bottom, infinite || largest > scale.limit, missing, ticks,
             plot.value_label);
  canvas.close();
}

}  // namespace spikeometric::io
