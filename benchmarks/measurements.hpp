// SPDX-License-Identifier: BSD-3-Clause
//
// What run.sh wrote, read for the report. What was not measured is not a number.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using Json = nlohmann::ordered_json;
inline constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

inline double median(std::vector<double> values) {
  if (values.empty()) return not_measured;
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

/// The median of a benchmark.
struct Row {
  std::string program, family;    // simulate_simulator, window
  std::vector<std::string> args;  // 20
  double us;                      // a step takes, or what else is measured
  Json fields;

  double operator[](const char* field) const { return fields.at(field).get<double>(); }
  double ns_per_update() const { return us * 1000 / (*this)["neurons"]; }
  std::string name() const {
    std::string text = family;
    for (const std::string& each : args) text += ' ' + each;
    return text;
  }
};

/// A network of neurons, each pair of which is connected with this probability.
struct Network {
  int neurons;
  double probability;
  auto operator<=>(const Network&) const = default;
};

/// What one program took in turns with others.
struct Turns {
  std::vector<double> us, rate;  // of a step; spikes of a neuron in it
};

struct Measurements {
  std::vector<Row> rows;
  std::map<Network, std::map<std::string, Turns>> turns;  // by program
  std::map<std::string, std::vector<double>> compile_ms;  // by source
  Json build, context, driver, peers;
  double load = not_measured;  // at the start

  std::vector<Row> family(const std::string& name) const {
    return chosen([&](const Row& row) { return row.family == name; });
  }
  std::vector<Row> program(const std::string& name) const {
    return chosen([&](const Row& row) { return row.program == name; });
  }

  /// How often a benchmark was repeated.
  int rounds() const {
    int most = 0;
    for (const Row& row : rows) most = std::max(most, row.fields.at("repetitions").get<int>());
    return most;
  }
  double us(const Network& network, const std::string& program) const {
    return median_turn(network, program, &Turns::us);
  }
  double rate(const Network& network, const std::string& program) const {
    return median_turn(network, program, &Turns::rate);
  }
  double compile_s(const std::string& source) const {
    return compile_ms.contains(source) ? median(compile_ms.at(source)) / 1000 : not_measured;
  }

 private:
  double median_turn(const Network& network, const std::string& program, std::vector<double> Turns::*of) const {
    const auto found = turns.find(network);
    return found != turns.end() && found->second.contains(program) ? median(found->second.at(program).*of)
                                                                   : not_measured;
  }
  template <class Condition>
  std::vector<Row> chosen(Condition condition) const {
    std::vector<Row> result;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(result), condition);
    return result;
  }
};

/// Empty where there is no such file. Where a number is none, Google Benchmark writes NaN, which JSON has no word for.
inline Json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) return Json::object();
  std::string text{std::istreambuf_iterator<char>(file), {}};
  for (std::size_t at; (at = text.find(": NaN")) != text.npos;) text.replace(at, 5, ": null");
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    throw std::runtime_error(path.string() + ": " + error.what());
  }
}

/// The medians that a program of Google Benchmark wrote, in the order that the program has them in.
inline std::vector<Row> read_rows(const std::string& program, const Json& benchmarks) {
  const std::map<std::string, double> units{{"ns", 1e-3}, {"us", 1.0}, {"ms", 1e3}, {"s", 1e6}};
  std::vector<Row> rows;
  for (const Json& each : benchmarks) {
    const bool once = each.at("repetitions") == 1 && !each.value("error_occurred", false);
    if (!once && each.value("aggregate_name", "") != "median") continue;
    Row row{program, {}, {}, each.at("real_time").get<double>() * units.at(each.at("time_unit")), each};
    std::istringstream name(each.at("run_name").get<std::string>());
    std::getline(name, row.family, '/');
    for (std::string part; std::getline(name, part, '/');)
      if (part.find(':') == part.npos && !part.ends_with("_time")) row.args.push_back(part);
    rows.push_back(std::move(row));
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    const auto place = [](const Row& row) { return std::pair(row["family_index"], row["per_family_instance_index"]); };
    return place(a) < place(b);
  });
  return rows;
}

/// Calls take(words...) with the words of each line, one of each of these types. Nothing where there is no such file.
template <class... Words, class Take>
void read_lines(const std::filesystem::path& path, Take take) {
  std::ifstream file(path);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    std::istringstream text(line);
    std::tuple<Words...> words;
    const bool read = std::apply([&](auto&... word) { return static_cast<bool>((text >> ... >> word)); }, words);
    if (!read || !(text >> std::ws).eof())
      throw std::runtime_error(path.string() + ", line " + std::to_string(number) + ": '" + line + "' is not " +
                               std::to_string(sizeof...(Words)) + " words of the kind expected");
    std::apply(take, words);
  }
}

inline Measurements read_measurements(const std::filesystem::path& folder) {
  Measurements result;
  std::vector<std::filesystem::path> files(std::filesystem::directory_iterator(folder), {});
  std::sort(files.begin(), files.end());
  for (const auto& path : files) {
    const Json json = path.extension() == ".json" ? read_json(path) : Json::object();
    if (!json.contains("context")) continue;
    for (Row& row : read_rows(path.stem().string(), json.at("benchmarks"))) result.rows.push_back(std::move(row));
    result.context = json.at("context");
  }
  result.build = read_json(folder / "build.json");
  result.driver = read_json(folder / "driver.json");
  result.peers = read_json(folder / "peers.json");
  read_lines<double>(folder / "load.txt", [&](double load) { result.load = load; });
  read_lines<int, double, std::string, double, double>(
      folder / "turns.txt", [&](int neurons, double probability, const std::string& program, double us, double rate) {
        Turns& turns = result.turns[{neurons, probability}][program];
        turns.us.push_back(us), turns.rate.push_back(rate);
      });
  read_lines<std::string, double>(
      folder / "compile.txt", [&](const std::string& source, double ms) { result.compile_ms[source].push_back(ms); });
  return result;
}
