// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/svg_plot.hpp"

#include <algorithm>
#include <array>
#include <clocale>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <set>
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

using spikeometric::io::evenly_spaced, spikeometric::io::Panels, spikeometric::io::Plot, spikeometric::io::Series,
    spikeometric::io::Style, spikeometric::io::write_svg;

namespace {

/// What a reader takes from a plot.
struct PlotPicture {
  struct Path {
    std::string colour, data;
    bool filled;
    std::vector<std::pair<double, double>> corners;  ///< in the plot's values, by its ticks
  };
  std::vector<Element> elements;
  std::vector<std::string> texts = {};
  std::vector<std::pair<double, double>> across = {}, upwards = {};  ///< value and pixel of ticks
  std::vector<Path> series = {}, legend = {}, bands = {};

  explicit PlotPicture(const Plot& plot) : elements(parsed(svg_of(plot))) {
    for (const Element& element : elements) {
      if (element.name != "text") continue;
      texts.push_back(element.text);
      const bool is_number =
          !element.text.empty() && element.text.find_first_not_of("0123456789.e+-") == element.text.npos;
      if (is_number && element["text-anchor"] == "middle")
        across.emplace_back(std::stod(element.text), element.number("x"));
      if (is_number && element["text-anchor"] == "end")
        upwards.emplace_back(std::stod(element.text), element.number("y") - 4);
    }
    for (const Element& element : elements)
      if (element.name == "path" && element.attributes.count("stroke-width")) {
        Path path{element["stroke"], element["d"], element["fill"] != "none", {}};
        const bool of_legend = path.data.find('m') != path.data.npos || path.data.find("h20") != path.data.npos ||
                               path.data.find('v') != path.data.npos;
        if (!of_legend) path.corners = corners(path.data);
        (of_legend ? legend : series).push_back(path);
      } else if (element.name == "path" && element.attributes.count("fill-opacity") &&
                 element["d"].find('h') == std::string::npos) {
        bands.push_back({element["fill"], element["d"], true, corners(element["d"])});
      }
  }

  bool says(const std::string& words) const { return std::count(texts.begin(), texts.end(), words) == 1; }

  static double value(const std::vector<std::pair<double, double>>& ticks, double at) {
    const auto [low, first] = ticks.front();
    const auto [high, last] = ticks.back();
    return low + (at - first) / (last - first) * (high - low);
  }

  std::vector<std::pair<double, double>> corners(const std::string& data) const {
    std::vector<std::pair<double, double>> result;
    if (across.size() < 2 || upwards.size() < 2) return result;
    std::istringstream stream(data);
    double x = 0, y = 0;
    for (char letter; stream >> letter;) {
      if (letter == 'z') continue;
      if (letter == 'h') {  // a dot
        stream >> letter;
        continue;
      }
      if (letter == 'M' || letter == 'L') stream >> x >> y;
      if (letter == 'H') stream >> x;
      if (letter == 'V') stream >> y;
      result.emplace_back(value(across, x), value(upwards, y));
    }
    return result;
  }
};

/// The largest distance between points that should be the same, in each direction.
std::pair<double, double> apart(const std::vector<std::pair<double, double>>& a,
                                const std::vector<std::pair<double, double>>& b) {
  if (a.size() != b.size())
    throw std::runtime_error(std::to_string(a.size()) + " points instead of " + std::to_string(b.size()));
  std::pair<double, double> worst;
  for (std::size_t i = 0; i < a.size(); ++i)
    worst = {std::max(worst.first, std::abs(a[i].first - b[i].first)),
             std::max(worst.second, std::abs(a[i].second - b[i].second))};
  return worst;
}

}  // namespace

TEST_CASE("a plot says what it shows, and what its axes and series are called") {
  Plot plot{.title = "Response to a pulse", .x_label = "time (ms)", .y_label = "rate (Hz)"};
  plot.series = {{.name = "measured", .style = Style::steps, .x = {0, 1, 2}, .y = {5, 7}},
                 {.x = {0, 2}, .y = {6, 6}},
                 {.name = "expected", .x = {0, 2}, .y = {5, 7}},
                 {.name = "a < b & c", .style = Style::points, .x = {1}, .y = {6}}};
  const PlotPicture picture{plot};
  CHECK(picture.elements.front()["viewBox"] == "0 0 900 420");
  for (const char* words : {"Response to a pulse", "time (ms)", "rate (Hz)", "measured", "expected", "a < b & c"}) {
    INFO(words);
    CHECK(picture.says(words));
  }
  REQUIRE(picture.series.size() == 4);
  REQUIRE(picture.legend.size() == 3);  // those with a name, in their colours
  CHECK(picture.legend[0].colour == picture.series[0].colour);
  CHECK(picture.legend[1].colour == picture.series[2].colour);
  CHECK(picture.legend[2].colour == picture.series[3].colour);
  CHECK(std::set<std::string>{picture.series[0].colour, picture.series[1].colour, picture.series[2].colour,
                              picture.series[3].colour}
            .size() == 4);
}

TEST_CASE("a line and points lie where the ticks say that their values are") {
  const Style style = GENERATE(Style::line, Style::points);
  const auto [x, y] = GENERATE(table<std::vector<double>, std::vector<double>>({
      {{0, 1, 2, 3}, {0, 10, -5, 2.5}},
      {{-1e-3, 2e-3, 1e-3}, {1e6, 1.5e6, 1.25e6}},
      {{100, 50, 250, 300}, {0.31, 0.32, 0.33, 0.34}},
  }));
  const PlotPicture picture{Plot{.series = {{.style = style, .x = x, .y = y}}}};
  REQUIRE(picture.series.size() == 1);
  CHECK_FALSE(picture.series[0].filled);
  REQUIRE(picture.across.size() >= 2);
  REQUIRE(picture.upwards.size() >= 2);
  std::vector<std::pair<double, double>> points;
  for (std::size_t i = 0; i < x.size(); ++i) points.emplace_back(x[i], y[i]);
  const auto [worst_x, worst_y] = apart(picture.series[0].corners, points);
  // Positions of marks and ticks are rounded to a tenth of a pixel; an axis has some 800 of them, or 300.
  const auto span = [](const auto& values) {
    return *std::max_element(values.begin(), values.end()) - *std::min_element(values.begin(), values.end());
  };
  CHECK(worst_x < 0.001 * span(x));
  CHECK(worst_y < 0.002 * span(y));
}

TEST_CASE("steps are levels from edge to edge that stand on zero") {
  const PlotPicture picture{Plot{.series = {{.style = Style::steps, .x = {1, 2, 4, 5, 8}, .y = {20, 30, 30, 25}}}}};
  REQUIRE(picture.series.size() == 1);
  CHECK(picture.series[0].filled);
  const std::vector<std::pair<double, double>> outline{{1, 0},  {1, 20}, {2, 20}, {2, 30},
                                                       {5, 30}, {5, 25}, {8, 25}, {8, 0}};
  const auto [worst_x, worst_y] = apart(picture.series[0].corners, outline);
  CHECK(worst_x < 0.01);
  CHECK(worst_y < 0.1);
  CHECK(picture.upwards.front().first == 0);
}

TEST_CASE("an outline is levels from edge to edge that are not filled, on an axis with 0") {
  const PlotPicture picture{Plot{.series = {{.style = Style::outline, .x = {1, 2, 4, 5, 8}, .y = {20, 30, 30, 25}}}}};
  REQUIRE(picture.series.size() == 1);
  CHECK_FALSE(picture.series[0].filled);
  const auto [worst_x, worst_y] =
      apart(picture.series[0].corners, {{1, 20}, {2, 20}, {2, 30}, {5, 30}, {5, 25}, {8, 25}});
  CHECK(worst_x < 0.01);
  CHECK(worst_y < 0.1);
  CHECK(picture.upwards.front().first == 0);
}

TEST_CASE("a band is an area around its series, wherever it is not NaN") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> band{1, 2, nan, 3, 0.5};
  const PlotPicture line{Plot{.series = {{.x = {0, 1, 2, 3, 4}, .y = {5, 6, 7, 8, 9}, .band = band}}}};
  REQUIRE((line.bands.size() == 1 && line.series.size() == 1));
  CHECK(line.bands[0].colour == line.series[0].colour);
  const auto [line_x, line_y] =
      apart(line.bands[0].corners, {{0, 6}, {1, 8}, {1, 4}, {0, 4}, {3, 11}, {4, 9.5}, {4, 8.5}, {3, 5}});
  CHECK((line_x < 0.01 && line_y < 0.05));

  const PlotPicture levels{
      Plot{.series = {{.style = Style::outline, .x = {0, 1, 2, 3, 4, 5}, .y = {5, 6, 7, 8, 9}, .band = band}}}};
  REQUIRE(levels.bands.size() == 1);
  const auto [levels_x, levels_y] = apart(levels.bands[0].corners, {{0, 6},
                                                                    {1, 6},
                                                                    {1, 8},
                                                                    {2, 8},
                                                                    {2, 4},
                                                                    {1, 4},
                                                                    {0, 4},
                                                                    {3, 11},
                                                                    {4, 11},
                                                                    {4, 9.5},
                                                                    {5, 9.5},
                                                                    {5, 8.5},
                                                                    {4, 8.5},
                                                                    {4, 5},
                                                                    {3, 5}});
  CHECK((levels_x < 0.01 && levels_y < 0.05));
}

TEST_CASE("the band of points is an error bar for each, and axes hold all bands") {
  const Plot plot{.series = {{.style = Style::points, .x = {0, 1, 2}, .y = {5, 6, 7}, .band = {1, 0, 40}}}};
  const PlotPicture picture{plot};
  CHECK(picture.upwards.front().first == -20);
  CHECK(picture.upwards.back().first == 40);
  std::vector<Element> bars;
  for (const Element& element : picture.elements)
    if (element.name == "path" && element["stroke"] == picture.series.at(0).colour &&
        !element.attributes.count("stroke-width"))
      bars.push_back(element);
  REQUIRE(bars.size() == 1);
  const auto [worst_x, worst_y] = apart(picture.corners(bars[0]["d"]), {{0, 6}, {0, 4}, {1, 6}, {2, 47}, {2, -33}});
  CHECK((worst_x < 0.01 && worst_y < 0.2));
}

TEST_CASE("a series may be dashed and have its own colour, and so has its entry in the legend") {
  Plot plot;
  plot.series = {{.name = "a", .x = {0, 1}, .y = {0, 1}, .band = {1, 1}},
                 {.name = "b", .x = {0, 1}, .y = {0, 1}, .dashed = true, .colour = "#12aBcd"}};
  const PlotPicture picture{plot};
  REQUIRE((picture.series.size() == 2 && picture.legend.size() == 2));
  CHECK((picture.series[1].colour == "#12aBcd" && picture.legend[1].colour == "#12aBcd"));
  CHECK(picture.series[0].colour != "#12aBcd");
  std::size_t dashed = 0, in_legend = 0;
  for (const Element& element : picture.elements) {
    dashed += element.attributes.count("stroke-dasharray") && element["stroke"] == "#12aBcd";
    in_legend += element.name == "path" && element.attributes.count("fill-opacity") && element["d"].back() == 'z' &&
                 element["d"].find('h') != std::string::npos;
  }
  CHECK(dashed == 2);
  CHECK(in_legend == 1);
}

TEST_CASE("a plot has the size that it should have") {
  const Plot plot{.title = std::string(200, 'm'), .series = {{.x = {0, 1}, .y = {0, 1}}}, .height = 300, .width = 250};
  const PlotPicture picture{plot};
  CHECK(picture.elements.front()["viewBox"] == "0 0 250 300");
  for (const auto& [value, x] : picture.across) CHECK(x <= 250 - 16);
  for (const Element& element : picture.elements)  // the title fits
    if (element.attributes.count("font-weight")) CHECK(200 * 0.5 * element.number("font-size") < 250);
}

TEST_CASE("numbers across do not overlap, however long they are and however narrow the plot") {
  const int width = GENERATE(200, 300, 460, 900);
  const double first = GENERATE(0.0, 1e5, 123456.789);
  const PlotPicture picture{Plot{.series = {{.x = {first, first + 0.001}, .y = {0, 1}}}, .width = width}};
  std::vector<std::pair<double, double>> places;  // middle and length
  for (const Element& element : picture.elements)
    if (element.name == "text" && element["text-anchor"] == "middle" && element.attributes.count("x") &&
        element.text.find_first_of("0123456789") == 0)
      places.emplace_back(element.number("x"), 7.0 * double(element.text.size()));
  REQUIRE(places.size() >= 1);
  if (width >= 300) CHECK(places.size() >= 2);
  for (std::size_t i = 1; i < places.size(); ++i)
    CHECK(places[i].first - places[i].second / 2 > places[i - 1].first + places[i - 1].second / 2);
}

TEST_CASE("panels are plots in rows and columns, with common axes and one legend") {
  Panels panels{.title = "All of them", .columns = 3};
  for (int i = 0; i < 8; ++i)
    panels.plots.push_back({.title = "panel " + std::to_string(i),
                            .x_label = "time (ms)",
                            .y_label = "rate (Hz)",
                            .series = {{.name = "data", .x = {0, 10}, .y = {0, double(i)}},
                                       {.name = "model", .x = {5}, .y = {0}, .dashed = true}}});
  panels.plots[4].series[1].name = "other model";
  const auto elements = parsed(svg_of(panels));
  const auto count = [&](const std::string& words) {
    return std::count_if(elements.begin(), elements.end(),
                         [&](const Element& element) { return element.name == "text" && element.text == words; });
  };
  for (int i = 0; i < 8; ++i) CHECK(count("panel " + std::to_string(i)) == 1);
  CHECK(count("All of them") == 1);
  CHECK((count("data") == 1 && count("model") == 1 && count("other model") == 1));  // one legend
  CHECK(count("time (ms)") == 3);                                                   // below each column
  CHECK(count("rate (Hz)") == 3);                                                   // left of each row

  // The line of panel i rises from its lower left corner, i / 7 times as high as that of panel 7.
  std::vector<std::array<double, 4>> lines;
  for (const Element& element : elements)
    if (element.attributes.count("stroke-width") && element["d"].find('L') != std::string::npos) {
      std::array<double, 4> ends{};
      char letter;
      std::istringstream(element["d"]) >> letter >> ends[0] >> ends[1] >> letter >> ends[2] >> ends[3];
      lines.push_back(ends);
    }
  REQUIRE(lines.size() == 8);
  for (std::size_t i = 0; i < 8; ++i) {
    const auto [left, bottom, right, top] = lines[i];
    CHECK(left == Approx(lines[i % 3][0]));
    CHECK(bottom == Approx(lines[0][1] + 180.0 * double(i / 3)));
    CHECK(right - left == Approx(lines[0][2] - lines[0][0]).margin(0.15));
    CHECK(std::abs(bottom - top - double(i) / 7 * (lines[7][1] - lines[7][3])) < 0.11);
    if (i % 3 > 0) CHECK(left > lines[i - 1][2] + 10);
  }
  CHECK(lines[7][1] - lines[7][3] > 100);
}

TEST_CASE("panels without common axes have numbers and labels each") {
  Panels panels{.columns = 2, .common_x = false, .common_y = false};
  for (int i = 1; i <= 3; ++i)
    panels.plots.push_back({.x_label = "x", .y_label = "y", .series = {{.x = {0, 10.0 * i}, .y = {0, 300.0 * i}}}});
  const auto elements = parsed(svg_of(panels));
  std::vector<double> rises;
  std::size_t labels = 0;
  for (const Element& element : elements) {
    labels += element.name == "text" && (element.text == "x" || element.text == "y");
    if (!element.attributes.count("stroke-width")) continue;
    char letter;
    double x, bottom, top;
    std::istringstream(element["d"]) >> letter >> x >> bottom >> letter >> x >> top;
    rises.push_back(bottom - top);
  }
  CHECK(labels == 6);
  REQUIRE(rises.size() == 3);
  CHECK((rises[0] == Approx(rises[1]) && rises[1] == Approx(rises[2])));
}

TEST_CASE("the names of panels fit, and a single panel takes the width") {
  Panels panels{.plots = {Plot{.title = std::string(60, 'm'), .series = {{.x = {0, 1}, .y = {0, 1}}}}}, .columns = 9};
  const auto alone = parsed(svg_of(panels));
  panels.plots.resize(9, panels.plots[0]);
  const auto nine = parsed(svg_of(panels));
  const auto size_of = [](const std::vector<Element>& elements) {
    for (const Element& element : elements)
      if (element.text.size() == 60) return element.number("font-size");
    return 0.0;
  };
  CHECK(size_of(alone) == 12);
  CHECK((size_of(nine) > 0.5 && size_of(nine) * 0.55 * 60 < 90));
}

TEST_CASE("axes hold all values, and their ticks are round numbers") {
  support::Numbers numbers(5);
  for (int trial = 0; trial < 200; ++trial) {
    const double middle = numbers.real(-1, 1) * std::pow(10.0, numbers.between(-8, 8));
    const double size = std::abs(middle) * std::pow(10.0, numbers.real(-5, 5));
    Plot plot{.series = {{.style = numbers.one_of<Style>({Style::line, Style::points})}}};
    for (int i = 0; i < 5; ++i) {
      plot.series[0].x.push_back(middle + size * numbers.real(-1, 1));
      plot.series[0].y.push_back(middle + size * numbers.real(-1, 1));
    }
    const PlotPicture picture{plot};
    INFO("around " << middle << ", " << size << " wide");
    for (const auto& ticks : {picture.across, picture.upwards}) {
      REQUIRE(ticks.size() >= 2);
      REQUIRE(ticks.size() <= 11);
      const double step = ticks[1].first - ticks[0].first;
      const double first_digits = step / std::pow(10.0, std::floor(std::log10(step) + 1e-4));
      // The difference of two labels of 12 digits, where these may be 1e5 times as large as it.
      CHECK((std::abs(first_digits - 1) < 1e-4 || std::abs(first_digits - 2) < 1e-4 ||
             std::abs(first_digits - 5) < 1e-4));
      CHECK(std::abs(std::remainder(ticks[0].first, step)) < 1e-4 * step);
    }
    std::istringstream data(picture.series[0].data);
    for (char letter; data >> letter;) {
      if (letter == 'h') data >> letter;
      double x, y;
      if (letter != 'M' && letter != 'L') continue;
      data >> x >> y;
      CHECK((x >= 76 && x <= 884));
      CHECK((y >= 44 && y <= 370));
    }
  }
}

TEST_CASE("a plot of nothing, of one value or of equal values has axes") {
  const auto series = GENERATE(
      std::vector<Series>{}, std::vector<Series>{Series{}}, std::vector<Series>{{.style = Style::steps, .x = {3}}},
      std::vector<Series>{{.x = {3}, .y = {7}}}, std::vector<Series>{{.x = {1, 2, 3}, .y = {0, 0, 0}}},
      std::vector<Series>{{.x = {5, 5}, .y = {-1e300, 1e300}}},
      std::vector<Series>{{.x = {0, 5e-324}, .y = {0.1, 0.1 + 1e-17}}},
      std::vector<Series>{{.x = {-1e300, 1e300}, .y = {1e-310, 2e-310}}});
  const Plot plot{.series = series};
  const PlotPicture picture{plot};
  CHECK(picture.across.size() >= 1);
  CHECK(picture.upwards.size() >= 1);
  CHECK(svg_of(plot).find("nan") == std::string::npos);
  CHECK(svg_of(plot).find("inf") == std::string::npos);
}

TEST_CASE("a legend that is too long for a row takes another, above the data") {
  Plot plot;
  for (int i = 0; i < 12; ++i)
    plot.series.push_back({.name = "the neurons of population " + std::to_string(i), .x = {0, 1}, .y = {0, 1}});
  const PlotPicture picture{plot};
  REQUIRE(picture.legend.size() == 12);
  std::vector<double> rows;
  for (const auto& entry : picture.legend) {
    double x, y;
    std::istringstream(entry.data.substr(1)) >> x >> y;
    CHECK(x + 26 + 8 * 27 < 900);
    rows.push_back(y);
  }
  CHECK(std::is_sorted(rows.begin(), rows.end()));
  CHECK(rows.back() > rows.front());
  double x, highest;
  std::istringstream(picture.series[0].data.substr(picture.series[0].data.find('L') + 1)) >> x >> highest;
  CHECK(highest > rows.back() + 8);
}

TEST_CASE("points of a line that fall on one place are drawn once") {
  std::vector<double> x = evenly_spaced(0.0, 1e-6, 1'000'000), y(x.size(), 1.0);
  CHECK(svg_of(Plot{.series = {{.x = x, .y = y}}}).size() < 200'000);
}

TEST_CASE("evenly spaced values are a start and multiples of a distance") {
  CHECK(evenly_spaced(-1.0, 0.5, 4) == std::vector<double>{-1.0, -0.5, 0.0, 0.5});
  CHECK(evenly_spaced(3.0, 1.0, 0).empty());
}

TEST_CASE("the largest power of ten that a number holds is found by its digits") {
  using spikeometric::io::detail::power_of_ten;
  CHECK(power_of_ten(1.0) == 1.0);
  CHECK(power_of_ten(9.999999999999998) == 1.0);
  CHECK(power_of_ten(10.0) == 10.0);
  CHECK(power_of_ten(0.1) == 0.1);
  CHECK(power_of_ten(0.09999999999999999) == 0.01);
  CHECK(power_of_ten(0.003) == 0.001);
  CHECK(power_of_ten(1e23) == 1e23);
  CHECK(power_of_ten(1.7e308) == 1e308);
  CHECK(power_of_ten(3e-300) == 1e-300);
}

TEST_CASE("an invalid plot is refused, and nothing is written") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const std::tuple<Plot, std::string> refused = GENERATE(table<Plot, std::string>({
      {{.series = {{.name = "rate", .x = {0, 1}, .y = {0, nan}}}},
       "series 'rate' of a plot: y[1] = nan must be finite"},
      {{.series = {{.name = "rate", .x = {0, -inf}, .y = {0, 1}}}}, "x[1] = -inf must be finite"},
      {{.series = {{.x = {0}, .y = {1.1e300}}}},
       "y[0] = 1.1e+300 must be finite, with an absolute value of at most 1e300"},
      {{.series = {{.x = {0, 1}, .y = {0}}}}, "2 values of x and 1 of y; there must be as many x as y"},
      {{.series = {{.style = Style::steps, .x = {0, 1}, .y = {1, 2}}}},
       "2 values of x and 2 of y; there must be one more x than y"},
      {{.series = {{.style = Style::steps}}}, "0 values of x and 0 of y"},
      {{.series = {{.style = Style::steps, .x = {0, 2, 1}, .y = {1, 2}}}}, "the x values of steps must ascend"},
      {{.height = 100}, "plot height = 100 must be 200 to 10000 pixels"},
      {{.width = 10'001}, "plot width = 10001 must be 200 to 10000 pixels"},
      {{.series = {{.style = Style::outline, .x = {0, 1}, .y = {1, 2}}}}, "there must be one more x than y"},
      {{.series = {{.name = "r", .x = {0, 1}, .y = {1, 2}, .band = {1}}}},
       "series 'r' of a plot: 2 values of y and 1 of band; there must be as many"},
      {{.series = {{.x = {0, 1}, .y = {1, 2}, .band = {nan, -0.5}}}}, "band[1] = -0.5 must be 0 to 1e300, or NaN"},
      {{.series = {{.x = {0}, .y = {1}, .band = {inf}}}}, "band[0] = inf must be 0 to 1e300"},
      {{.series = {{.x = {0}, .y = {1}, .colour = "red"}}}, "colour = 'red' must be like #1f4e9c"},
      {{.series = {{.x = {0}, .y = {1}, .colour = "#12345g"}}}, "colour = '#12345g'"},
      {{.height = 100'000}, "plot height = 100000"},
      {{.series = std::vector<Series>(20, {.name = std::string(100, 'm'), .x = {0}, .y = {0}})},
       "no room for the legend"},
  }));
  const TemporaryFile file{".svg"};
  check_message<std::invalid_argument>([&] { write_svg(file.path(), std::get<Plot>(refused)); },
                                       {std::get<std::string>(refused)});
  CHECK_FALSE(std::filesystem::exists(file.path()));
}

TEST_CASE("invalid panels are refused, and nothing is written") {
  const Plot plot{.series = {{.x = {0, 1}, .y = {0, 1}}}};
  const std::tuple<Panels, std::string> refused = GENERATE_COPY(table<Panels, std::string>({
      {Panels{}, "panels need at least one plot"},
      {{.plots = {plot}, .columns = 0}, "columns = 0 must be 1 to 9"},
      {{.plots = {plot}, .columns = 10}, "columns = 10 must be 1 to 9"},
      {{.plots = {plot}, .columns = 7, .common_y = false},
       "columns = 7 must be 1 to 6 if the range of y is not common"},
      {{.plots = {plot}, .panel_height = 100}, "panel_height = 100 must be 120 to 10000 pixels"},
      {{.plots = {plot, Plot{.series = {{.name = "b", .x = {0, 1}, .y = {0}}}}}}, "series 'b' of a plot"},
  }));
  const TemporaryFile file{".svg"};
  check_message<std::invalid_argument>([&] { write_svg(file.path(), std::get<Panels>(refused)); },
                                       {std::get<std::string>(refused)});
  CHECK_FALSE(std::filesystem::exists(file.path()));
}

TEST_CASE("plots are the same bytes with every compiler, in every locale") {
  Plot plot{.title = "t", .x_label = "x", .y_label = "y", .height = 200};
  plot.series = {{.name = "a", .style = Style::steps, .x = {0, 0.1, 0.2, 0.3}, .y = {1, 3, 2}},
                 {.name = "b", .x = {0, 0.15, 0.3}, .y = {1, 2.5, 1.0 / 3}}};
  CHECK(hash_of(svg_of(plot)) == 7033302227794056295u);
  plot.series.push_back({.name = "c",
                         .style = Style::outline,
                         .x = {0, 0.1, 0.2},
                         .y = {1, 1.0 / 3},
                         .band = {0.1, 0.2},
                         .dashed = true,
                         .colour = "#123456"});
  plot.width = 300;
  const std::string one = svg_of(plot), several = svg_of(Panels{.plots = {plot, plot, plot}, .columns = 2});
  CHECK(hash_of(one) == 4689068771631938877u);
  CHECK(hash_of(several) == 4636728230588097974u);
  for (const char* name : {"de_DE.UTF-8", "nb_NO.UTF-8", "fr_FR.UTF-8"}) std::setlocale(LC_NUMERIC, name);
  const std::string foreign = svg_of(plot);
  std::setlocale(LC_NUMERIC, "C");
  CHECK(foreign == one);
}
