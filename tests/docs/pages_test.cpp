// SPDX-License-Identifier: BSD-3-Clause
//
// The pages under docs: their code is compiled, their tables are those of the library, their links lead somewhere.
#include <spikeometric/spikeometric.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "../catch.hpp"

namespace sk = spikeometric;

namespace {

const std::filesystem::path root = std::filesystem::path(SPIKEOMETRIC_TEST_DATA) / "../..";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> files(const std::filesystem::path& folder, const std::string& extension) {
  std::vector<std::filesystem::path> result;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == extension) result.push_back(entry.path());
  std::sort(result.begin(), result.end());
  return result;
}

/// Lines as they read, whatever their indentation; none that are blank.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    const auto first = line.find_first_not_of(" \t\r");
    if (first != line.npos) result.push_back(line.substr(first, line.find_last_not_of(" \t\r") - first + 1));
  }
  return result;
}

/// What stands between ```cpp and ```.
std::vector<std::string> code_blocks(const std::string& page) {
  std::vector<std::string> result;
  const std::string opening = "```cpp\n", closing = "\n```";
  for (std::size_t at = 0; (at = page.find(opening, at)) != page.npos;) {
    const std::size_t first = at + opening.size(), end = page.find(closing, first);
    if (end == page.npos) throw std::runtime_error("a code block without end");
    result.push_back(page.substr(first, end - first));
    at = end + closing.size();
  }
  return result;
}

/// A page without its code.
std::string prose(const std::string& page) {
  return std::regex_replace(std::regex_replace(page, std::regex("```[^]*?```"), ""), std::regex("`[^`]*`"), "");
}

/// The table of a model's or stimulus's parameters, a row each.
template <class Owner>
std::string table_of(const Owner& owner) {
  std::string table = "| parameter | default | unit | values | meaning |\n|---|---|---|---|---|\n";
  sk::for_each_parameter(owner, [&](const auto& entry, const auto& value) {
    const bool given = !entry.bounds.contain(value);
    table += '|' + std::string(" `") + entry.name + "` | " + (given ? "none" : sk::detail::value_text(value)) + " | " +
             (entry.unit == std::string_view("1") ? "" : entry.unit + std::string(" ")) + "| " + sk::to_text(entry) +
             " | " + entry.meaning + " |\n";
  });
  return table;
}

void check_table(const std::string& page, const std::string& table) {
  INFO("docs/" << page << " should have\n" << table);
  CHECK(text_of(root / "docs" / page).find('\n' + table + '\n') != std::string::npos);
}

template <class Model>
void check_model() {
  check_table("models/" + std::string(Model::name) + ".md", table_of(Model{}));
}

}  // namespace

TEST_CASE("the code on every page is that of a program which is compiled and tested") {
  std::vector<std::vector<std::string>> sources;
  for (const char* folder : {"docs", "examples", "tests/docs"})
    for (const char* extension : {".cpp", ".cu"})
      for (const auto& path : files(root / folder, extension)) sources.push_back(lines_of(text_of(path)));
  std::size_t blocks = 0;
  for (const auto& page : files(root / "docs", ".md"))
    for (const std::string& block : code_blocks(text_of(page))) {
      const auto lines = lines_of(block);
      INFO(page.string() << "\n" << block);
      CHECK_FALSE(lines.empty());
      CHECK(std::any_of(sources.begin(), sources.end(), [&](const auto& source) {
        return std::search(source.begin(), source.end(), lines.begin(), lines.end()) != source.end();
      }));
      ++blocks;
    }
  CHECK(blocks >= 20);
}

TEST_CASE("every link and picture of a page is there, and every picture is on a page") {
  std::set<std::string> shown;
  for (const auto& page : files(root / "docs", ".md")) {
    const std::string text = prose(text_of(page));
    const std::regex link("\\]\\(([^)#]+)(#[^)]*)?\\)");
    for (std::sregex_iterator match(text.begin(), text.end(), link), end; match != end; ++match) {
      const std::string target = (*match)[1];
      if (target.starts_with("https://")) continue;
      INFO(page.string() << " links to " << target);
      CHECK(std::filesystem::exists(page.parent_path() / target));
      if (target.ends_with(".svg")) shown.insert(std::filesystem::path(target).filename().string());
    }
  }
  for (const auto& picture : files(root / "docs" / "pictures", ".svg")) {
    INFO(picture.string());
    CHECK(shown.count(picture.filename().string()) == 1);
    CHECK(std::filesystem::file_size(picture) < 150'000);
  }
}

TEST_CASE("the index leads to every page") {
  const std::string index = text_of(root / "docs" / "README.md");
  for (const auto& page : files(root / "docs", ".md")) {
    const std::string name = std::filesystem::relative(page, root / "docs").generic_string();
    INFO(name);
    CHECK((name == "README.md" || index.find('(' + name + ')') != index.npos));
  }
}

TEST_CASE("the parameters of every model's page are those of the library") {
  check_model<sk::BernoulliGLM>();
  check_model<sk::PoissonGLM>();
  check_model<sk::RectifiedLNP>();
  check_model<sk::RectifiedSAM>();
  check_model<sk::ThresholdSAM>();
}

TEST_CASE("the parameters of every stimulus's page are those of the library") {
  check_table("stimuli/regular.md", table_of(sk::RegularPulses{}));
  check_table("stimuli/sinusoid.md", table_of(sk::Sinusoid{}));
  check_table("stimuli/poisson.md", table_of(sk::PoissonPulses{}));
}

TEST_CASE("without coupling and stimulus, models fire at the rates of their pages") {
  const auto rate_hz = [](const auto& model) {
    sk::Simulator simulator{sk::Graph{sk::EdgeList{1000}}, model, sk::no_stimulus, sk::Seed{1}};
    simulator.equilibrate(100);
    return simulator.run(2'000).mean_rate_hz();
  };
  // 20,000 spikes: a standard deviation of less than 1 %. A neuron's intervals are as regular as a Poisson process or
  // more.
  CHECK(rate_hz(sk::BernoulliGLM{}) == Approx(6.3).epsilon(0.03));
  CHECK(rate_hz(sk::PoissonGLM{}) == Approx(10).epsilon(0.03));
  CHECK(rate_hz(sk::RectifiedLNP{}) == Approx(10).epsilon(0.03));
  CHECK(rate_hz(sk::RectifiedSAM{}) == Approx(10).epsilon(0.03));
  CHECK(rate_hz(sk::ThresholdSAM{}) == Approx(14).epsilon(0.03));
}
