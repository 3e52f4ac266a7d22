// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/svg_matrix.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <clocale>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "pictures.hpp"
#include "temporary_file.hpp"

using spikeometric::io::CellValue, spikeometric::io::MatrixPlot, spikeometric::io::write_svg;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN(), infinite = std::numeric_limits<double>::infinity();

/// What a reader takes from the picture of a matrix: the colours of cells, and the values that the scale gives them.
struct MatrixPicture {
  std::vector<Element> elements;
  double left = 0, top = 0, width = 0, height = 0;        ///< of the first cell
  std::map<std::pair<int, int>, std::string> cells = {};  ///< colours of (row, column), where not white
  struct Interval {
    double low, high;
  };
  std::map<std::string, Interval> scale = {};

  explicit MatrixPicture(const MatrixPlot& plot) : elements(parsed(svg_of(plot))) {
    std::vector<std::pair<double, double>> ticks;  // value and pixel
    std::vector<Element> bars;
    for (const Element& element : elements) {
      if (element.name == "g" && element.attributes.count("transform")) {
        std::string text = element["transform"];
        for (char& c : text)
          if (std::string{"translate()sc"}.find(c) != std::string::npos) c = ' ';
        std::istringstream(text) >> left >> top >> width >> height;
        top -= height / 2;
      } else if (element.name == "path" && element.attributes.count("d") && element.attributes.size() == 2) {
        if (element.attributes.count("stroke")) read_cells(element["stroke"], element["d"]);
      } else if (element.name == "rect" && element["width"] == "18") {
        bars.push_back(element);
      } else if (element.name == "text" && element["text-anchor"] == "start" && element.text != "NaN") {
        ticks.emplace_back(std::stod(element.text), element.number("y") - 4);
      }
    }
    if (ticks.size() < 2) throw std::runtime_error("a scale without ticks");
    const auto value = [&](double y) {
      const auto [a, at_a] = ticks.front();
      const auto [b, at_b] = ticks.back();
      return a + (y - at_a) / (at_b - at_a) * (b - a);
    };
    for (const Element& bar : bars) {
      const double y = bar.number("y");
      scale[bar["fill"]] = {value(y + bar.number("height")), value(y)};
    }
  }

  /// Whether a cell has the colour that the scale has for a value, up to a part of the scale that rounding explains.
  bool shows(int row, int column, double value) const {
    const auto cell = cells.find({row, column});
    if (value == 0) return cell == cells.end();
    if (cell == cells.end()) return false;
    if (std::isnan(value)) return cell->second == "#aaaaaa";
    double limit = 0;
    for (const auto& [colour, interval] : scale) limit = std::max({limit, -interval.low, interval.high});
    value = std::clamp(value, -limit, limit);
    const Interval interval = scale.at(cell->second);
    return interval.low - 0.004 * limit <= value && value <= interval.high + 0.004 * limit;
  }

  long count(const std::string& words) const {
    return std::count_if(elements.begin(), elements.end(),
                         [&](const Element& element) { return element.name == "text" && element.text == words; });
  }

 private:
  void read_cells(const std::string& colour, const std::string& data) {
    std::istringstream stream(data);
    int row = 0, column = 0;
    for (char letter; stream >> letter;) {
      int a, b;
      if (letter == 'M') stream >> column >> row;
      if (letter == 'm') {
        stream >> a >> b;
        column += a;
        row += b;
      }
      if (letter != 'h') continue;
      stream >> a;
      for (int end = column + a; column < end; ++column)
        if (!cells.emplace(std::pair{row, column}, colour).second) throw std::runtime_error("a cell drawn twice");
    }
  }
};

}  // namespace

TEST_CASE("each cell has the colour that the scale has for its value, with row 0 at the top") {
  support::Numbers numbers{3};
  const auto [rows, columns] = GENERATE(table<int, int>({{1, 1}, {4, 4}, {20, 20}, {3, 150}, {100, 7}, {280, 280}}));
  const double size = GENERATE(1.0, 3e-7, 2e5);
  Eigen::MatrixXd values(rows, columns);
  for (double& value : values.reshaped())
    value = numbers.coin(0.3) ? 0 : numbers.coin(0.05) ? missing : size * std::pow(numbers.real(-1, 1), 3);
  values(0, 0) = -size;
  const MatrixPicture picture{MatrixPlot{.title = "t", .values = values}};
  CHECK(picture.scale.size() == 32);
  int wrong = 0;
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) wrong += !picture.shows(row, column, values(row, column));
  CHECK(wrong == 0);
  CHECK(picture.count("NaN") == (values.array().isNaN().any() ? 1 : 0));
  // Cells are whole pixels and lie within the picture.
  CHECK((picture.width >= 2 && picture.height >= 2));
  CHECK((picture.width == std::floor(picture.width) && picture.height == std::floor(picture.height)));
  CHECK(picture.left + columns * picture.width + 80 < picture.elements.front().number("width"));
  CHECK(picture.top + rows * picture.height + 50 < picture.elements.front().number("height"));
}

TEST_CASE("values of opposite sign have opposite hues, and larger ones are darker") {
  using spikeometric::io::detail::ColourScale;
  const auto light = [](int level) {
    const std::string colour = ColourScale::colour(level);
    double sum = 0;
    for (const int at : {1, 3, 5}) sum += std::stoi(colour.substr(std::size_t(at), 2), nullptr, 16);
    return sum;
  };
  const auto red_less_blue = [](int level) {
    const std::string colour = ColourScale::colour(level);
    return std::stoi(colour.substr(1, 2), nullptr, 16) - std::stoi(colour.substr(5, 2), nullptr, 16);
  };
  for (int level = 1; level <= ColourScale::levels; ++level) {
    CHECK(light(level) < light(level - 1));
    CHECK(light(-level) < light(1 - level));
    CHECK(red_less_blue(level) > 20);
    CHECK(red_less_blue(-level) < -20);
  }
}

TEST_CASE("a limit sets the scale, and values beyond it have the colours of its ends, which say so") {
  Eigen::MatrixXd values(2, 2);
  values << 1, -30, infinite, -0.25;
  const MatrixPicture picture{MatrixPlot{.values = values, .limit = 2}};
  double highest = 0;
  for (const auto& [colour, interval] : picture.scale) highest = std::max(highest, interval.high);
  CHECK(highest == Approx(2).epsilon(0.01));
  CHECK((picture.shows(0, 0, 1) && picture.shows(0, 1, -30) && picture.shows(1, 0, infinite) &&
         picture.shows(1, 1, -0.25)));
  const auto triangles = [](const MatrixPicture& of) {
    return std::count_if(of.elements.begin(), of.elements.end(), [](const Element& element) {
      return element.name == "path" && element["d"].find("h18L") != std::string::npos;
    });
  };
  CHECK(triangles(picture) == 2);
  CHECK(triangles(MatrixPicture{MatrixPlot{.values = values.row(0), .limit = 30}}) == 0);
  CHECK(triangles(MatrixPicture{MatrixPlot{.values = values}}) == 2);  // infinity
}

TEST_CASE("a matrix of zeros, of NaN or of tiny values has a scale") {
  const double value = GENERATE(0.0, missing, infinite, 5e-324, 1e300);
  const MatrixPlot plot{.values = Eigen::MatrixXd::Constant(3, 3, value)};
  CHECK(svg_of(plot).find("nan") == std::string::npos);
  CHECK(svg_of(plot).find("inf") == std::string::npos);
  CHECK(MatrixPicture{plot}.cells.size() == (value == 0 ? 0 : 9));
}

TEST_CASE("cells of a large matrix are blocks that show the mean or the extreme of their entries") {
  support::Numbers numbers{9};
  Eigen::MatrixXd values(601, 290);  // blocks of 3 x 2
  for (double& value : values.reshaped())
    value = numbers.coin(0.8) ? 0 : numbers.coin(0.1) ? missing : numbers.real(-1, 1);
  values.block(30, 20, 3, 2).setConstant(missing);
  const CellValue kind = GENERATE(CellValue::mean, CellValue::extreme);
  const MatrixPlot plot{.values = values, .cell_value = kind};
  const MatrixPicture picture{plot};
  CHECK(picture.count(kind == CellValue::mean ? "each cell: mean of 3 x 2 entries"
                                              : "each cell: extreme of 3 x 2 entries") == 1);
  int wrong = 0;
  for (int row = 0; row < 201; ++row)
    for (int column = 0; column < 145; ++column) {
      std::vector<double> entries;
      for (int i = 3 * row; i < std::min(3 * row + 3, 601); ++i)
        for (int j = 2 * column; j < 2 * column + 2; ++j)
          if (!std::isnan(values(i, j))) entries.push_back(values(i, j));
      double shown = missing;
      if (!entries.empty() && kind == CellValue::extreme)
        shown = *std::max_element(entries.begin(), entries.end(),
                                  [](double a, double b) { return std::abs(a) < std::abs(b); });
      if (!entries.empty() && kind == CellValue::mean) {
        shown = 0;
        for (const double entry : entries) shown += entry / double(entries.size());
      }
      wrong += !picture.shows(row, column, shown);
    }
  CHECK(wrong == 0);
  CHECK(picture.shows(10, 10, missing));
}

TEST_CASE("the picture of a large dense matrix is small") {
  support::Numbers numbers{9};
  Eigen::MatrixXd values(3000, 3000);
  for (double& value : values.reshaped()) value = numbers.real(-1, 1);
  CHECK(svg_of(MatrixPlot{.values = values, .cell_value = CellValue::extreme}).size() < 800'000);
}

TEST_CASE("rows and columns have their names, or numbers, beside them") {
  const int size = GENERATE(1, 3, 24, 50, 51, 279, 600);
  const bool named = GENERATE(false, true);
  MatrixPlot plot{.x_label = "to", .y_label = "from", .value_label = "weight"};
  plot.values = Eigen::MatrixXd::Identity(size, size);
  if (named)
    for (int i = 0; i < size; ++i) {
      plot.row_names.push_back("r" + std::to_string(i) + (i % 2 ? "-of-a-long-name" : ""));
      plot.column_names.push_back("c" + std::to_string(i));
    }
  const MatrixPicture picture{plot};
  CHECK((picture.count("to") == 1 && picture.count("from") == 1 && picture.count("weight") == 1));
  const double entry = picture.width / std::ceil(size / 280.0);  // pixels
  std::vector<double> rows, columns;                             // middles of labels
  for (const Element& element : picture.elements) {
    if (element.name != "text" || element["text-anchor"] == "start" || element.text.find(':') != std::string::npos)
      continue;
    const bool row = element["text-anchor"] == "end" && element.number("x") > 0;
    const std::string text = named && !element.text.empty() ? element.text.substr(1) : element.text;
    if (text.empty() || text.find_first_not_of("0123456789") == 0) continue;
    const double place = std::stod(text);
    if (row) {
      const double letter = named ? element.number("font-size") : 12;
      rows.push_back(element.number("y") - letter / 3);
      CHECK(std::abs(rows.back() - (picture.top + (place + 0.5) * entry)) < 0.2);
      CHECK(letter * 0.6 * double(element.text.size()) < 76);
      if (rows.size() > 1) CHECK(rows.back() - rows[rows.size() - 2] >= letter);
    } else {
      double x = 0, y = 0;
      if (named) {
        std::istringstream(element["transform"].substr(10)) >> x >> y;
        x -= element.number("font-size") / 3;
      } else {
        x = element.number("x");
      }
      columns.push_back(x);
      CHECK(std::abs(x - (picture.left + (place + 0.5) * entry)) < 0.2);
    }
  }
  const auto expected = static_cast<std::size_t>(named ? std::min(size, 50) : std::min(size, 3));
  CHECK((rows.size() >= std::min<std::size_t>(expected, 20) && rows.size() <= 56));
  CHECK((columns.size() >= std::min<std::size_t>(expected, 20) && columns.size() <= 56));
  if (named && size <= 50) CHECK(rows.size() == std::size_t(size));
}

TEST_CASE("an invalid matrix is refused, and nothing is written") {
  const std::tuple<MatrixPlot, std::string> refused = GENERATE(table<MatrixPlot, std::string>({
      {MatrixPlot{}, "a matrix without entries cannot be drawn"},
      {{.values = Eigen::MatrixXd(3, 0)}, "a matrix without entries cannot be drawn"},
      {{.values = Eigen::MatrixXd::Zero(2, 3), .row_names = {"a", "b", "c"}},
       "3 row names do not fit a matrix with 2 rows"},
      {{.values = Eigen::MatrixXd::Zero(2, 3), .column_names = {"a"}},
       "1 column names do not fit a matrix with 3 columns"},
      {{.values = Eigen::MatrixXd::Zero(2, 3), .limit = -1}, "limit = -1 of a matrix must be 0 to 1e300"},
      {{.values = Eigen::MatrixXd::Zero(2, 3), .limit = missing}, "limit = nan of a matrix"},
      {{.values = Eigen::MatrixXd::Zero(2, 3), .limit = infinite}, "limit = inf of a matrix"},
  }));
  const TemporaryFile file{".svg"};
  check_message<std::invalid_argument>([&] { write_svg(file.path(), std::get<MatrixPlot>(refused)); },
                                       {std::get<std::string>(refused)});
  CHECK_FALSE(std::filesystem::exists(file.path()));
}

TEST_CASE("the picture of a matrix is the same bytes with every compiler, in every locale") {
  MatrixPlot plot{.title = "t", .x_label = "x", .y_label = "y", .value_label = "v", .row_names = {"a", "b"}};
  plot.values = Eigen::MatrixXd(2, 3);
  plot.values << 0.1, -0.2, 0, missing, 0.37, 1.0 / 3;
  const std::string expected = svg_of(plot);
  INFO(expected);
  CHECK(hash_of(expected) == 2699832620389093238u);
  for (const char* name : {"de_DE.UTF-8", "nb_NO.UTF-8", "fr_FR.UTF-8"}) std::setlocale(LC_NUMERIC, name);
  const std::string foreign = svg_of(plot);
  std::setlocale(LC_NUMERIC, "C");
  CHECK(foreign == expected);
}
