// SPDX-License-Identifier: BSD-3-Clause
//
// Comma-separated values: networks in, spikes out.
//
//   const auto graph = sk::io::read_graph_csv("synapses.csv");     // pre,post,weight
//   sk::io::write_csv("spikes.csv", simulator.run(1000));          // step,neuron,count
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/graph.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/simulate/events.hpp"

namespace spikeometric::io {

namespace detail {

/// Without surrounding blanks, and without the quotes that some programs put around every field.
inline std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  text = text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
  return text.size() > 1 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

inline std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t first = 0, comma = 0; comma != line.npos; first = comma + 1) {
    comma = line.find(',', first);
    fields.push_back(trimmed(line.substr(first, comma == line.npos ? comma : comma - first)));
  }
  return fields;
}

/// A whole field as a number that the type can hold.
template <class Number>
Number parsed(std::string_view field, const char* column, const std::string& path, std::uint64_t line) {
  Number value{};
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  const bool whole = end == field.data() + field.size();
  if (error == std::errc{} && whole) return value;
  const std::string name = std::string(column) + " '" + std::string(field) + "'";
  if (error == std::errc::result_out_of_range) throw FileError(path, line, name + " is out of range");
  throw FileError(path, line,
                  name + (std::is_integral_v<Number> ? " is not a neuron id (0, 1, ...)" : " is not a number"));
}

/// The last line that holds a synapse, `skipped` being the lines that hold none, the header left out.
template <class Weight, class Vertex>
std::uint64_t line_of(const InvalidSynapse& synapse, const EdgeList<Weight, Vertex>& edges,
                      const std::vector<std::uint64_t>& skipped) {
  std::uint64_t line = 2 + edges.size();
  for (auto edge = edges.end(); edge != edges.begin();) {
    --edge, --line;
    if (edge->pre == synapse.pre && edge->post == synapse.post) break;
  }
  for (const std::uint64_t blank : skipped) line += blank <= line;
  return line;
}

}  // namespace detail

struct GraphCsv {
  std::uint64_t neurons = 0;  ///< 0: the largest id in the file, plus one
  Duplicates duplicates = Duplicates::refuse;
};

/// Reads a network with one synapse a line, under a header that names the columns pre, post and weight, in any order
/// and among others. Ids count from 0. Throws FileError, with the line, where the file does not exist, has no such
/// header or no synapse, where a field is no number, out of range or not finite, or where a synapse that is not to be
/// summed comes again.
template <class Weight = float, class Vertex = std::uint32_t>
Graph<Weight, Vertex> read_graph_csv(const std::string& path, const GraphCsv& options = {}) {
  std::ifstream file(path);
  if (!file) throw FileError(path, "cannot be opened");
  std::string text;
  if (!std::getline(file, text))
    throw FileError(path, file.bad() ? "cannot be read" : "is empty; its first line must be pre,post,weight");
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());

  constexpr std::array names = {"pre", "post", "weight"};
  std::array<std::size_t, 3> column{};
  const auto header = detail::split(text);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = std::find(header.begin(), header.end(), names[i]);
    if (found == header.end())
      throw FileError(path, 1,
                      std::string("no column is called ") + names[i] + "; the first line must be pre,post,weight");
    if (std::count(header.begin(), header.end(), names[i]) > 1)
      throw FileError(path, 1, std::string("several columns are called ") + names[i]);
    column[i] = static_cast<std::size_t>(found - header.begin());
  }

  std::vector<Edge<Weight, Vertex>> edges;
  std::vector<std::uint64_t> skipped;
  std::uint64_t largest = 0;
  for (std::uint64_t line = 2; std::getline(file, text); ++line) {
    if (detail::trimmed(text).empty()) {
      skipped.push_back(line);
      continue;
    }
    const auto fields = detail::split(text);
    if (fields.size() != header.size())
      throw FileError(path, line,
                      std::to_string(fields.size()) + " fields, but the header has " + std::to_string(header.size()));
    const auto id = [&](std::size_t i) {
      const auto value = detail::parsed<Vertex>(fields[column[i]], names[i], path, line);
      if (options.neurons > 0 && value >= options.neurons)
        throw FileError(path, line,
                        std::string(names[i]) + " " + std::to_string(value) + " is out of range: there are " +
                            std::to_string(options.neurons) + " neurons, counted from 0");
      largest = std::max<std::uint64_t>(largest, value);
      return value;
    };
    const Vertex pre = id(0), post = id(1);
    const auto weight = detail::parsed<Weight>(fields[column[2]], names[2], path, line);
    if (!std::isfinite(weight))
      throw FileError(path, line, "weight '" + std::string(fields[column[2]]) + "' is not finite");
    edges.push_back({pre, post, weight});
  }
  if (file.bad()) throw FileError(path, "cannot be read to its end");
  if (edges.empty() && options.neurons == 0) throw FileError(path, "has no synapses, so that no neurons are known");
  const std::uint64_t neurons = options.neurons > 0 ? options.neurons : largest + 1;
  const EdgeList<Weight, Vertex> list{neurons, std::move(edges)};
  try {
    return Graph<Weight, Vertex>{list, options.duplicates};
  } catch (const InvalidSynapse& error) {
    throw FileError(path, detail::line_of(error, list, skipped), error.what());
  }
}

/// Writes a recording, one event a line: step,neuron,count. Throws FileError where the file cannot be written whole.
template <class Event>
void write_csv(const std::string& path, const Events<Event>& events) {
  detail::TextFile file(path);
  file << "step,neuron,count\n";
  for (const auto [step, neuron, count] : events) file << step << ',' << neuron << ',' << count << '\n';
  file.close();
}

/// Writes a network, one synapse a line: pre,post,weight. Weights read back as they were. Throws FileError as the
/// other.
template <class Weight, class Vertex>
void write_csv(const std::string& path, const Graph<Weight, Vertex>& graph) {
  detail::TextFile file(path);
  file << "pre,post,weight\n";
  for (const auto& [pre, post, weight] : graph.edges()) file << pre << ',' << post << ',' << weight << '\n';
  file.close();
}

}  // namespace spikeometric::io
