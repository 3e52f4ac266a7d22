// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/svg.hpp"

#include <algorithm>
#include <array>
#include <clocale>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <limits>
#include <map>
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
#include "temporary_file.hpp"

using spikeometric::BinaryEvent, spikeometric::CountEvent, spikeometric::Events, spikeometric::Raster,
    spikeometric::raster;
using spikeometric::io::evenly_spaced, spikeometric::FileError, spikeometric::io::Plot, spikeometric::io::Series,
    spikeometric::io::Style, spikeometric::io::write_svg;

namespace {

struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;

  const std::string& operator[](const std::string& attribute) const { return attributes.at(attribute); }
  double number(const std::string& attribute) const { return std::stod(attributes.at(attribute)); }
};

std::string unescaped(std::string text) {
  const std::pair<const char*, const char*> entities[] = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}};
  for (std::size_t place = 0; (place = text.find('&', place)) != text.npos; ++place) {
    const auto entity = std::find_if(std::begin(entities), std::end(entities), [&](const auto& each) {
      return text.compare(place, std::string(each.first).size(), each.first) == 0;
    });
    if (entity == std::end(entities)) throw std::runtime_error("a bare & in: " + text);
    text.replace(place, std::string(entity->first).size(), entity->second);
  }
  return text;
}

/// The elements of an XML document in the order they open. Throws where it is not well-formed.
std::vector<Element> parsed(const std::string& xml) {
  std::vector<Element> elements;
  std::vector<std::size_t> open;
  const auto expect = [](bool condition, const std::string& what) {
    if (!condition) throw std::runtime_error("not well-formed: " + what);
  };
  std::size_t at = 0;
  while (at < xml.size()) {
    const std::size_t tag = std::min(xml.find('<', at), xml.size());
    const std::string text = xml.substr(at, tag - at);
    expect(text.find("]]>") == text.npos, "]]> in text");
    if (!open.empty())
      elements[open.back()].text += unescaped(text);
    else
      expect(text.find_first_not_of("\n") == text.npos, "text outside of the root: " + text);
    if (tag == xml.size()) break;
    const std::size_t end = xml.find('>', tag);
    expect(end != xml.npos, "a tag without end");
    std::istringstream content(xml.substr(tag + 1, end - tag - 1));
    at = end + 1;
    std::string name;
    content >> name;
    if (name[0] == '/') {
      expect(!open.empty() && elements[open.back()].name == name.substr(1), "unexpected <" + name);
      open.pop_back();
      continue;
    }
    expect(!open.empty() || elements.empty(), "a second root");
    Element element{name, {}, {}};
    bool closed = false;
    for (std::string key, value; content >> std::ws && std::getline(content, key, '=');) {
      closed = key == "/";
      if (closed) break;
      expect(content.get() == '"' && std::getline(content, value, '"'), "an attribute of <" + name);
      expect(value.find('<') == value.npos, "< in an attribute of <" + name);
      expect(element.attributes.emplace(key, unescaped(value)).second, "two attributes " + key);
    }
    elements.push_back(element);
    if (!closed) open.push_back(elements.size() - 1);
  }
  expect(open.empty(), "an element that is not closed");
  return elements;
}

template <class Drawn>
std::string svg_of(const Drawn& picture) {
  const TemporaryFile file{".svg"};
  write_svg(file.path(), picture);
  return file.content();
}

/// What a reader takes from a picture: its words, and where values lie according to the ticks.
struct Picture {
  std::vector<Element> elements;
  std::vector<std::string> texts = {};
  std::vector<std::pair<double, double>> times = {};    ///< value and pixel of the tick labels across
  std::vector<std::pair<double, double>> neurons = {};  ///< and upwards, of the upper plot
  std::vector<std::string> time_labels = {}, neuron_labels = {};
  std::vector<std::array<double, 3>> marks = {};  ///< x, y and height

  explicit Picture(const Raster& raster) : elements(parsed(svg_of(raster))) {
    for (const Element& element : elements)
      if (element.name == "text") {
        texts.push_back(element.text);
        std::size_t used = 0;
        double value = 0;
        try {
          value = std::stod(element.text, &used);
        } catch (const std::invalid_argument&) {
        }
        if (used == 0 || used != element.text.size()) continue;
        if (element["text-anchor"] == "middle") {
          times.emplace_back(value, element.number("x"));
          time_labels.push_back(element.text);
        } else if (neurons.empty() || element.number("y") < neurons.back().second) {
          neurons.emplace_back(value, element.number("y") - 4);  // the text's foot is four pixels below its middle
          neuron_labels.push_back(element.text);
        }
      } else if (element.name == "path" && element.attributes.count("stroke-width")) {
        std::istringstream data(element["d"]);
        char move, vertical;
        for (double x, y, height; data >> move >> x >> y >> vertical >> height;) {
          if (move != 'M' || vertical != 'v') throw std::runtime_error("not a mark: " + element["d"]);
          marks.push_back({x, y, height});
        }
      }
  }

  bool says(const std::string& words) const {
    return std::any_of(texts.begin(), texts.end(), [&](const auto& text) { return text.find(words) != text.npos; });
  }
};

/// The pixel of a value, by the first and the last tick.
double pixel(const std::vector<std::pair<double, double>>& ticks, double value) {
  const auto [low, first] = ticks.front();
  const auto [high, last] = ticks.back();
  return first + (value - low) / (high - low) * (last - first);
}

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
  std::vector<Path> series = {}, legend = {};

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
      }
  }

  bool says(const std::string& words) const { return std::count(texts.begin(), texts.end(), words) == 1; }

 private:
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

Events<BinaryEvent> recording(std::uint64_t neurons, std::uint64_t steps, double dt_ms, std::uint64_t first_step,
                              std::vector<BinaryEvent> spikes) {
  Events<BinaryEvent> events{neurons, dt_ms, 0, first_step};
  events.append(steps, spikes);
  return events;
}

}  // namespace

TEST_CASE("a raster is a well-formed picture with a title, axes and units") {
  const Picture picture{raster(recording(20, 100, 0.5, 40, {{0, 1}, {3, 19}, {99, 0}}))};
  CHECK(picture.elements.front().name == "svg");
  CHECK(picture.elements.front()["xmlns"] == "http://www.w3.org/2000/svg");
  CHECK(picture.elements.front()["viewBox"] == "0 0 900 520");
  CHECK(picture.says("20 neurons, 20 to 70 ms"));  // the title says what is shown
  CHECK(picture.says("time (ms)"));
  CHECK(picture.says("neuron"));
  CHECK(picture.says("mean rate (Hz)"));
  CHECK(picture.times.size() >= 3);
  CHECK(picture.neurons.size() >= 3);
  CHECK(picture.marks.size() == 3);
}

TEST_CASE("there is one mark for each spike, where the ticks say that its step and neuron are") {
  struct Case {
    std::uint64_t neurons, steps;
    double dt_ms;
    std::uint64_t first_step;
  };
  const auto [neurons, steps, dt_ms, first_step] =
      GENERATE(Case{4, 10, 1.0, 0}, Case{5, 60, 0.1, 1000}, Case{100, 200, 2.0, 7}, Case{300, 400, 1.0, 123456});
  std::vector<BinaryEvent> spikes;
  for (std::uint32_t step = 0; step < steps; ++step)
    if (step % 3 != 1) spikes.emplace_back(step, static_cast<std::uint32_t>(step * 7 % neurons));
  const auto events = recording(neurons, steps, dt_ms, first_step, spikes);
  const Picture picture{raster(events)};
  INFO(neurons << " neurons");
  REQUIRE(picture.marks.size() == spikes.size());
  REQUIRE(picture.times.size() >= 2);
  REQUIRE(picture.neurons.size() >= 2);
  double worst_time = 0, worst_row = 0;
  for (std::size_t i = 0; i < spikes.size(); ++i) {  // steps ascend, and so do marks
    const auto [x, y, height] = picture.marks[i];
    worst_time =
        std::max(worst_time, std::abs(x - pixel(picture.times, (static_cast<double>(events[i].step) + 0.5) * dt_ms)));
    const double low = pixel(picture.neurons, events[i].neuron), high = pixel(picture.neurons, events[i].neuron + 1.0);
    worst_row = std::max({worst_row, high - y, y + height - low});
  }
  CHECK(worst_time < 0.25);  // positions and labels are rounded to a tenth of a pixel
  CHECK(worst_row < 0.25);   // a mark lies between the lines of its neuron and the next
}

TEST_CASE("marks of many neurons keep to the plot, and those that cannot be told apart are drawn once") {
  std::vector<BinaryEvent> spikes;
  for (std::uint32_t step = 0; step < 20; ++step)
    for (std::uint32_t neuron = 0; neuron < 20'000; neuron += 2) spikes.emplace_back(step, neuron);
  const Picture picture{raster(recording(20'000, 20, 1.0, 0, spikes))};
  const double top = pixel(picture.neurons, 20'000), bottom = pixel(picture.neurons, 0);
  CHECK(picture.marks.size() <= 20 * static_cast<std::size_t>(bottom - top + 1));
  CHECK(picture.marks.size() >= 20 * static_cast<std::size_t>(bottom - top - 1));
  double highest = bottom, lowest = top;
  for (const auto& [x, y, height] : picture.marks) {
    highest = std::min(highest, y);
    lowest = std::max(lowest, y + height);
  }
  CHECK(highest >= top - 0.5);
  CHECK(lowest <= bottom + 0.5);
}

TEST_CASE("several spikes of a neuron in a step are one mark") {
  Events<CountEvent> events{3, 1.0};
  events.append(5, std::vector<CountEvent>{{2, 1, 7}});
  CHECK(Picture{raster(events)}.marks.size() == 1);
}

TEST_CASE("an empty recording gives a picture without marks") {
  const std::uint64_t steps = GENERATE(0, 1, 100);
  const Picture picture{raster(recording(1, steps, 1.0, 0, {}))};
  CHECK(picture.marks.empty());
  CHECK(picture.says("time (ms)"));
  CHECK(svg_of(raster(recording(1, steps, 1.0, 0, {}))).find("nan") == std::string::npos);
}

TEST_CASE("a title may have any characters") {
  const std::string title = GENERATE("a < b & \"c\" > 'd'", "&lt; &amp;", "<script>", "a]]>b", "50 µm, 100 %", "%s%n");
  INFO(title);
  const Picture picture{raster(recording(2, 10, 1.0, 0, {}), {.title = title})};
  CHECK(std::count(picture.texts.begin(), picture.texts.end(), title) == 1);
  CHECK_FALSE(picture.says("2 neurons"));
}

TEST_CASE("neurons are counted in whole numbers, however few there are") {
  const std::uint64_t neurons = GENERATE(1, 2, 3, 7);
  for (const auto& [value, y] : Picture{raster(recording(neurons, 10, 1.0, 0, {}))}.neurons)
    CHECK(value == std::floor(value));
}

TEST_CASE("the ticks of different times have different labels, also far from the start") {
  const std::uint64_t first_step = GENERATE(0u, 1'000'000u, 123'456'789u, 4'000'000'000u);
  const Picture picture{raster(recording(5, 1000, 1.0, first_step, {}))};
  const std::set<std::string> labels(picture.time_labels.begin(), picture.time_labels.end());
  INFO("first step " << first_step);
  CHECK(labels.size() == picture.time_labels.size());
  CHECK(picture.says(std::to_string(first_step) + " to " + std::to_string(first_step + 1000) + " ms"));
}

TEST_CASE("the rate is drawn beneath, one level for each bin") {
  std::vector<BinaryEvent> spikes;
  for (std::uint32_t step = 0; step < 50; ++step) spikes.emplace_back(step, step % 4);
  const Raster picture = raster(recording(4, 100, 1.0, 0, spikes));
  const auto elements = parsed(svg_of(picture));
  const auto area = std::find_if(elements.begin(), elements.end(),
                                 [](const Element& element) { return element.attributes.count("fill-opacity") > 0; });
  REQUIRE(area != elements.end());
  std::istringstream data((*area)["d"]);
  char letter;
  double x0, y0, y, x;
  data >> letter >> x0 >> y0;
  std::vector<double> levels;
  while (data >> letter >> y && data >> letter >> x) levels.push_back(y0 - y);
  REQUIRE(levels.size() == picture.rate_hz.size());
  const double highest = *std::max_element(levels.begin(), levels.end());
  CHECK(highest > 50);
  for (std::size_t bin = 0; bin < levels.size(); ++bin)  // 250 Hz up to step 50, then none
    CHECK(levels[bin] == (bin < 50 ? highest : 0));
}

TEST_CASE("populations have bands with a colour and a name each, and their marks are in their bands") {
  std::vector<BinaryEvent> spikes;
  for (std::uint32_t neuron = 0; neuron < 100; ++neuron) spikes.emplace_back(7, neuron);
  spikeometric::Populations populations{100};
  populations.add("L2/3E", spikeometric::neurons(40, 100));
  populations.add("<I>", spikeometric::neurons(0, 30));
  const Raster drawn = raster(recording(100, 20, 1.0, 0, spikes), {.populations = populations, .max_rows = 30});
  const Picture picture{drawn};
  CHECK((picture.says("L2/3E") && picture.says("<I>") && picture.says("100 neurons (30 shown)")));
  CHECK_FALSE(picture.says("neuron "));
  CHECK(picture.marks.size() == 30);

  std::vector<Element> bars, paths;
  for (const Element& element : picture.elements) {
    if (element.name == "rect" && element["width"] == "4") bars.push_back(element);
    if (element.name == "path" && element.attributes.count("stroke-width")) paths.push_back(element);
  }
  REQUIRE((bars.size() == 2 && paths.size() == 2));
  CHECK(bars[0]["fill"] != bars[1]["fill"]);
  CHECK(bars[0].number("y") + bars[0].number("height") == Approx(bars[1].number("y")));  // the first is above
  CHECK(bars[0].number("height") == Approx(2 * bars[1].number("height")).epsilon(0.06));
  for (std::size_t band = 0; band < 2; ++band) {
    CHECK(paths[band]["stroke"] == bars[band]["fill"]);
    std::istringstream data(paths[band]["d"]);
    char move, vertical;
    std::size_t marks = 0;
    for (double x, y, height; data >> move >> x >> y >> vertical >> height; ++marks) {
      CHECK(y >= bars[band].number("y"));
      CHECK(y + height <= bars[band].number("y") + bars[band].number("height") + 0.1);
    }
    CHECK(marks == drawn.bands[band].rows);
  }
}

TEST_CASE("the names of small populations do not overlap, however many there are") {
  const std::uint32_t count = GENERATE(3, 20, 23, 60);
  spikeometric::Populations populations{1000};
  for (std::uint32_t i = 0; i + 1 < count; ++i)
    populations.add("P" + std::to_string(i), spikeometric::neurons(i, i + 1));
  populations.add("P" + std::to_string(count - 1), spikeometric::neurons(count, 1000));
  const Picture picture{raster(recording(1000, 20, 1.0, 0, {}), {.populations = populations})};
  std::vector<double> heights;
  double frame = 0.0;
  for (const Element& element : picture.elements) {
    if (element.name == "text" && element.text[0] == 'P') heights.push_back(element.number("y"));
    if (element.name == "svg") frame = element.number("height");
  }
  REQUIRE(heights.size() == count);
  for (std::size_t i = 1; i < heights.size(); ++i) CHECK(heights[i] >= heights[i - 1] + 12.9);
  CHECK(heights.front() > 40.0);
  CHECK(heights.back() < frame - 150.0);  // above the axis of time
}

TEST_CASE("names stand at the rows of their neurons, at regular distances if neurons are many") {
  const std::uint32_t count = GENERATE(3, 24, 25, 279);
  const std::uint64_t max_rows = GENERATE(0, 12);
  std::vector<std::string> names;
  std::vector<BinaryEvent> spikes;
  for (std::uint32_t neuron = 0; neuron < count; ++neuron) {
    names.push_back("n" + std::to_string(neuron) + (neuron % 2 == 0 ? "" : "-of-a-long-name"));
    spikes.emplace_back(3, neuron);
  }
  const Raster drawn =
      raster(recording(count, 20, 1.0, 0, spikes), {.max_rows = max_rows, .names = spikeometric::NeuronNames{names}});
  const Picture picture{drawn};
  const std::size_t rows = drawn.shown.empty() ? count : drawn.shown.size();
  REQUIRE(picture.marks.size() == std::min<std::size_t>(rows, 316));
  auto marks = picture.marks;
  std::sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a[1] > b[1]; });  // from the bottom
  std::size_t labels = 0;
  for (const Element& element : picture.elements) {
    if (element.name != "text" || element.text[0] != 'n' || element["text-anchor"] != "end") continue;
    const auto neuron = static_cast<std::uint32_t>(std::stoul(element.text.substr(1)));
    std::size_t row = neuron;
    if (!drawn.shown.empty())
      row = static_cast<std::size_t>(std::find(drawn.shown.begin(), drawn.shown.end(), neuron) - drawn.shown.begin());
    const double size = element.number("font-size");
    // A mark fills the upper 85 % of its row, of 316 pixels / rows.
    CHECK(std::abs(element.number("y") - size / 3 - (marks[row][1] + marks[row][2] / 2)) <
          1.6 + 0.08 * 316.0 / double(rows));
    CHECK(size * 0.6 * static_cast<double>(element.text.size()) < 76 - 8);
    ++labels;
  }
  CHECK(labels >= std::min<std::size_t>(rows, 12));
  CHECK(labels <= 24);
  if (rows <= 24) CHECK(labels == rows);
}

TEST_CASE("pictures are the same in every locale") {
  const Raster picture = raster(recording(3, 7, 0.1, 0, {{1, 1}, {5, 2}}));
  const std::string expected = svg_of(picture);
  bool found = false;  // whether the system has a locale with a decimal comma
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "nb_NO.UTF-8", "fr_FR.UTF-8", "German_Germany"})
    found = found || std::setlocale(LC_NUMERIC, name) != nullptr;
  const std::string foreign = svg_of(picture);
  std::setlocale(LC_NUMERIC, "C");
  CHECK(foreign == expected);
  if (!found) WARN("no locale with a decimal comma is installed: nothing was shown");
}

TEST_CASE("a picture that cannot be written is an error that names its file") {
  const Raster picture = raster(recording(2, 10, 1.0, 0, {{1, 1}}));
  const std::string nowhere = TemporaryFile{""}.path() + "/missing/raster.svg";
  check_message<FileError>([&] { write_svg(nowhere, picture); }, {nowhere + ": cannot be opened for writing"});
  if (!std::filesystem::exists("/dev/full")) return;  // accepts nothing; only Linux has it
  check_message<FileError>([&] { write_svg("/dev/full", picture); }, {"/dev/full: cannot be written"});
}

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
      {{.height = 100'000}, "plot height = 100000"},
      {{.series = std::vector<Series>(20, {.name = std::string(100, 'm'), .x = {0}, .y = {0}})},
       "no room for the legend"},
  }));
  const TemporaryFile file{".svg"};
  check_message<std::invalid_argument>([&] { write_svg(file.path(), std::get<Plot>(refused)); },
                                       {std::get<std::string>(refused)});
  CHECK_FALSE(std::filesystem::exists(file.path()));
}

TEST_CASE("a plot is the same bytes with every compiler, in every locale") {
  Plot plot{.title = "t", .x_label = "x", .y_label = "y", .height = 200};
  plot.series = {{.name = "a", .style = Style::steps, .x = {0, 0.1, 0.2, 0.3}, .y = {1, 3, 2}},
                 {.name = "b", .x = {0, 0.15, 0.3}, .y = {1, 2.5, 1.0 / 3}}};
  const std::string expected = svg_of(plot);
  const auto hash = [](const std::string& text) {
    std::uint64_t sum = 0;
    for (const char c : text) sum = spikeometric::detail::mix(sum ^ static_cast<unsigned char>(c));
    return sum;
  };
  INFO(expected);
  CHECK(hash(expected) == 7033302227794056295u);
  for (const char* name : {"de_DE.UTF-8", "nb_NO.UTF-8", "fr_FR.UTF-8"}) std::setlocale(LC_NUMERIC, name);
  const std::string foreign = svg_of(plot);
  std::setlocale(LC_NUMERIC, "C");
  CHECK(foreign == expected);
}
