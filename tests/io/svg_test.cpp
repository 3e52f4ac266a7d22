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
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "temporary_file.hpp"

using spikeometric::BinaryEvent, spikeometric::CountEvent, spikeometric::Events, spikeometric::Raster,
    spikeometric::raster;
using spikeometric::io::FileError, spikeometric::io::write_svg;

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

std::string svg_of(const Raster& picture) {
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
