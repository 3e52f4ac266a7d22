// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/svg.hpp"

#include <algorithm>
#include <array>
#include <clocale>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "pictures.hpp"
#include "temporary_file.hpp"

using spikeometric::BinaryEvent, spikeometric::CountEvent, spikeometric::Events, spikeometric::Raster,
    spikeometric::raster;
using spikeometric::FileError, spikeometric::io::write_svg;

namespace {

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
