// SPDX-License-Identifier: BSD-3-Clause
//
// The pages under docs: their code is compiled, their tables agree with the library, and their links exist.
#include <spikeometric/spikeometric.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
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

/// The lines without indentation and without blank lines.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    const auto first = line.find_first_not_of(" \t\r");
    if (first != line.npos) result.push_back(line.substr(first, line.find_last_not_of(" \t\r") - first + 1));
  }
  return result;
}

/// The text between ```cpp and ```.
std::vector<std::string> code_blocks(const std::string& page) {
  std::vector<std::string> result;
  const std::string opening = "```cpp\n", closing = "\n```";
  for (std::size_t at = 0; (at = page.find(opening, at)) != page.npos;) {
    const std::size_t first = at + opening.size(), end = page.find(closing, first);
    if (end == page.npos) throw std::runtime_error("missing end of a code block");
    result.push_back(page.substr(first, end - first));
    at = end + closing.size();
  }
  return result;
}

/// A page without its code.
std::string prose(const std::string& page) {
  return std::regex_replace(std::regex_replace(page, std::regex("```[^]*?```"), ""), std::regex("`[^`]*`"), "");
}

/// The anchors of the headings of a page, as GitHub makes them.
std::set<std::string> anchors_of(const std::string& page) {
  std::set<std::string> anchors;
  for (const std::string& line : lines_of(page)) {
    const std::size_t first = line.find_first_not_of('#');
    if (first == 0 || first == line.npos || line[first] != ' ') continue;
    std::string anchor = "#";
    for (const char c : line.substr(first + 1))
      if (c == ' ')
        anchor += '-';
      else if (c == '-' || c == '_' || std::isalnum(static_cast<unsigned char>(c)))
        anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    anchors.insert(anchor);
  }
  return anchors;
}

/// A row of the table of a model's or stimulus's parameters.
struct Row {
  std::string name, text;
};

template <class Owner>
std::vector<Row> rows_of(const Owner& owner) {
  std::vector<Row> rows;
  sk::for_each_parameter(owner, [&](const auto& entry, const auto& value) {
    const bool required = !entry.bounds.contain(value);
    rows.push_back({entry.name, '|' + std::string(" `") + entry.name + "` | " +
                                    (required ? "required" : sk::detail::value_text(value)) + " | " +
                                    (entry.unit == std::string_view("1") ? "" : entry.unit + std::string(" ")) + "| " +
                                    sk::to_text(entry) + " | " + entry.meaning + " |\n"});
  });
  return rows;
}

void check_table(const std::string& page, const std::vector<Row>& rows) {
  std::string table = "| parameter | default | unit | values | meaning |\n|---|---|---|---|---|\n";
  for (const Row& row : rows) table += row.text;
  INFO("docs/" << page << " should have\n" << table);
  CHECK(text_of(root / "docs" / page).find('\n' + table + '\n') != std::string::npos);
}

/// The table of the kinds of a variant that have a name, with their fields.
template <class... Kinds>
std::string table_of_kinds(const std::variant<Kinds...>&) {
  std::string table = "| kind | field | values | meaning |\n|---|---|---|---|\n";
  const auto add = [&]<class Kind>(std::type_identity<Kind>) {
    if constexpr (requires { Kind::name; }) {
      std::string kind = '`' + std::string(Kind::name) + "` ";
      const auto add_field = [&](const auto& entry) {
        table += "| " + kind + "| `" + entry.name + "` | " + sk::to_text(entry) + " | " + entry.meaning + " |\n";
        kind.clear();
      };
      std::apply([&](const auto&... entry) { (add_field(entry), ...); }, Kind::parameters());
      if (!kind.empty()) table += "| " + kind + "| | | |\n";
    }
  };
  (add(std::type_identity<Kinds>{}), ...);
  return table;
}

/// The members of the Parameters of a named model, in the order of its header.
std::vector<std::string> members_of(const std::string& model) {
  const std::string header = text_of(root / "include/spikeometric/model/named" / (model + ".hpp"));
  const std::size_t first = header.find("struct Parameters {");
  const std::string members = header.substr(first, header.find("\n  };", first) - first);
  std::vector<std::string> names;
  const std::regex member("\n    \\w+ (\\w+) = ");
  for (std::sregex_iterator match(members.begin(), members.end(), member), end; match != end; ++match)
    names.push_back((*match)[1]);
  return names;
}

std::size_t index_of(const std::string& name, const std::vector<std::string>& names) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

/// `values` are those that a designated initialiser has given to the members, one after another.
template <class Model>
void check_model(const Model& model, const std::vector<double>& values) {
  const std::string name = Model::name;
  const std::vector<std::string> members = members_of(name);
  std::vector<Row> rows = rows_of(Model{});
  INFO(name);
  REQUIRE(rows.size() == members.size());
  REQUIRE(values.size() == members.size());
  sk::for_each_parameter(model, [&](const auto& entry, const auto& value) {
    const std::size_t index = index_of(entry.name, members);
    INFO(entry.name);
    REQUIRE(index < members.size());
    CHECK(static_cast<float>(value) == static_cast<float>(values[index]));
  });
  std::sort(rows.begin(), rows.end(),
            [&](const Row& a, const Row& b) { return index_of(a.name, members) < index_of(b.name, members); });
  check_table("models/" + name + ".md", rows);
}

}  // namespace

TEST_CASE("the code on every page is part of a program that is compiled and tested") {
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

TEST_CASE("every link and picture of a page exists, and every picture is on a page") {
  std::set<std::string> shown;
  auto pages = files(root / "docs", ".md");
  pages.push_back(root / "README.md");
  for (const auto& page : pages) {
    const std::string text = prose(text_of(page));
    const std::regex link("\\]\\(([^)#]*)(#[^)]*)?\\)");
    for (std::sregex_iterator match(text.begin(), text.end(), link), end; match != end; ++match) {
      const std::string name = (*match)[1], anchor = (*match)[2];
      if (name.starts_with("https://")) continue;
      const auto target = name.empty() ? page : page.parent_path() / name;
      INFO(page.string() << " links to " << name << anchor);
      REQUIRE(std::filesystem::exists(target));
      if (!anchor.empty()) CHECK(anchors_of(text_of(target)).count(anchor) == 1);
      if (name.ends_with(".svg")) shown.insert(target.filename().string());
    }
  }
  for (const auto& picture : files(root / "docs" / "pictures", ".svg")) {
    INFO(picture.string());
    CHECK(shown.count(picture.filename().string()) == 1);
    CHECK(std::filesystem::file_size(picture) < 150'000);
  }
}

TEST_CASE("the index links to every page") {
  const std::string index = text_of(root / "docs" / "README.md");
  for (const auto& page : files(root / "docs", ".md")) {
    const std::string name = std::filesystem::relative(page, root / "docs").generic_string();
    INFO(name);
    CHECK((name == "README.md" || index.find('(' + name + ')') != index.npos));
  }
}

TEST_CASE("every model's page lists its parameters in the order of a designated initialiser") {
  check_model(sk::BernoulliGLM{{.dt = 0.5,
                                .r = 0.9,
                                .theta = 4,
                                .coupling_window = 10,
                                .coupling_decay = 0.1,
                                .abs_ref_steps = 2,
                                .abs_ref_strength = -50,
                                .rel_ref_steps = 5,
                                .rel_ref_strength = -20,
                                .refractory_decay = 0.3}},
              {0.5, 0.9, 4, 10, 0.1, 2, -50, 5, -20, 0.3});
  check_model(sk::PoissonGLM{{.dt = 0.5, .r = 0.9, .alpha = 50, .beta = 0.8, .tau = 5, .T = 30, .b = -1}},
              {0.5, 0.9, 50, 0.8, 5, 30, -1});
  check_model(sk::RectifiedLNP{{.dt = 0.5, .r = 0.9, .lambda_0 = 0.02, .theta = 1, .tau = 5, .T = 30, .b = 2}},
              {0.5, 0.9, 0.02, 1, 5, 30, 2});
  check_model(sk::RectifiedSAM{{.dt = 0.5, .r = 0.9, .lambda_0 = 0.02, .theta = 1, .tau = 5, .b = 2}},
              {0.5, 0.9, 0.02, 1, 5, 2});
  check_model(sk::ThresholdSAM{{.dt = 0.5, .r = 0.9, .b = 2, .tau = 5, .sigma = 0.4, .rho = 0.1, .theta = 1}},
              {0.5, 0.9, 2, 5, 0.4, 0.1, 1});
}

TEST_CASE("the parameters on every stimulus's page are those of the library") {
  check_table("stimuli/regular.md", rows_of(sk::RegularPulses{}));
  check_table("stimuli/sinusoid.md", rows_of(sk::Sinusoid{}));
  check_table("stimuli/poisson.md", rows_of(sk::PoissonPulses{}));
}

TEST_CASE("the fields of a description on its page are those of the library") {
  const std::string page = text_of(root / "docs" / "networks.md");
  for (const std::string& table :
       {table_of_kinds(sk::ConnectionRule{}), table_of_kinds(sk::Profile{}),
        table_of_kinds(sk::SynapseDistribution{0.0}.which()), table_of_kinds(sk::PositionRule{})}) {
    INFO("docs/networks.md should have\n" << table);
    CHECK(page.find('\n' + table + '\n') != std::string::npos);
  }
  const std::string example = text_of(root / "examples" / "networks" / "balanced.json");
  CHECK(page.find("```json\n" + example + "```\n") != std::string::npos);
}

TEST_CASE("without coupling and stimulus, models fire at the rates on their pages") {
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
