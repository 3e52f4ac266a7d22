// SPDX-License-Identifier: BSD-3-Clause
//
// Comma-separated values: networks and spikes, in and out.
//
//   const auto graph = sk::io::read_graph_csv("synapses.csv");     // pre,post,weight and perhaps delay
//   sk::io::write_csv("spikes.csv", simulator.run(1000));          // step,neuron,count
//   const auto spikes = sk::io::read_events_csv("spikes.csv", {.neurons = 100, .steps = 1000});
//
// A line is a synapse from presynaptic neuron `pre` to postsynaptic neuron `post`. As a matrix: row pre, column post.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/detail/edge_collector.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/io/detail/fields.hpp"
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

/// The fields of a line, in place of what the vector held.
inline void split(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  for (std::size_t first = 0, comma = 0; comma != line.npos; first = comma + 1) {
    comma = line.find(',', first);
    fields.push_back(trimmed(line.substr(first, comma == line.npos ? comma : comma - first)));
  }
}

/// What the column of each weight of a synapse is called: weight, or where there may be several weight_0, weight_1, ...
template <class Weight>
std::string weight_column(std::size_t basis) {
  return std::is_arithmetic_v<Weight> ? "weight" : "weight_" + std::to_string(basis);
}

/// pre,post,weight
template <class Weight>
std::string csv_header() {
  std::string header = "pre,post";
  for (std::size_t basis = 0; basis < spikeometric::detail::WeightTraits<Weight>::bases; ++basis)
    header += ',' + weight_column<Weight>(basis);
  return header;
}

/// The place of a column in the header; where none has the name, the number of columns.
inline std::size_t column_of(const std::string& name, const std::vector<std::string_view>& header,
                             const std::string& path) {
  if (std::count(header.begin(), header.end(), name) > 1)
    throw FileError(path, 1, "several columns are called " + name);
  return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
}

/// The place in a list of the last edge that repeats the synapse, delay included.
template <class Weight, class Vertex>
std::uint64_t last_repeat(const InvalidSynapse& synapse, const EdgeList<Weight, Vertex>& edges) {
  std::uint64_t place = 0, last = 0;
  std::vector<Delay> seen;
  for (const auto& edge : edges) {
    if (edge.pre == synapse.pre && edge.post == synapse.post) {
      if (std::find(seen.begin(), seen.end(), edge.delay) == seen.end())
        seen.push_back(edge.delay);
      else
        last = place;
    }
    ++place;
  }
  return last;
}

}  // namespace detail

struct GraphCsv {
  std::uint64_t neurons = 0;  ///< 0: the largest id in the file, plus one
  Duplicates duplicates = Duplicates::refuse;
};

/// Reads a network with one synapse a line, under a header that names the columns pre, post and weight, in any order
/// and among others; where Weight is an array of M, the columns of weights are weight_0 to weight_<M-1>. A column
/// called delay holds steps, 1 to 65535; without one every delay is 1. Ids count from 0. A weight too small for its type,
/// as 1e-50 is for float, is read as 0.
///
/// Throws FileError, with the line, where the file does not exist, has no such header or no synapse, where a field is
/// no number, out of range or not finite, or where a synapse that is not to be summed comes again.
template <class Weight = float, class Vertex = std::uint32_t>
Graph<Weight, Vertex> read_graph_csv(const std::string& path, const GraphCsv& options = {}) {
  using Traits = spikeometric::detail::WeightTraits<Weight>;
  const std::string expected = detail::csv_header<Weight>();
  std::ifstream file(path);
  if (!file) throw FileError(path, "cannot be opened");
  std::string text;
  if (!std::getline(file, text))
    throw FileError(path, file.bad() ? "cannot be read" : "is empty; its first line must be " + expected);
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());

  std::vector<std::string_view> fields;
  detail::split(text, fields);
  const std::size_t columns = fields.size();
  const auto required = [&](const std::string& name) {
    const std::size_t column = detail::column_of(name, fields, path);
    if (column == columns)
      throw FileError(path, 1, "no column is called " + name + "; the first line must be " + expected);
    return column;
  };
  const std::size_t pre_column = required("pre"), post_column = required("post");
  std::vector<std::pair<std::string, std::size_t>> weight_columns;
  for (std::size_t basis = 0; basis < Traits::bases; ++basis) {
    const std::string name = detail::weight_column<Weight>(basis);
    weight_columns.emplace_back(name, required(name));
  }
  const std::size_t delay_column = detail::column_of("delay", fields, path);
  const std::string surplus = "weight_" + std::to_string(Traits::bases);
  if (!std::is_arithmetic_v<Weight> && detail::column_of(surplus, fields, path) < columns)
    throw FileError(
        path, 1,
        "a column is called " + surplus + ", but a synapse is read with " + std::to_string(Traits::bases) + " weights");

  spikeometric::detail::EdgeCollector<Weight, Vertex> edges;
  std::vector<std::uint64_t> skipped;
  std::uint64_t largest = 0;
  for (std::uint64_t line = 2; std::getline(file, text); ++line) {
    if (detail::trimmed(text).empty()) {
      skipped.push_back(line);
      continue;
    }
    detail::split(text, fields);
    if (fields.size() != columns)
      throw FileError(path, line,
                      std::to_string(fields.size()) + " fields, but the header has " + std::to_string(columns));
    const auto id = [&](std::size_t column, const char* name) {
      const auto value = detail::parsed<Vertex>(fields[column], name, "a neuron id (0, 1, ...)", path, line);
      if (options.neurons > 0 && value >= options.neurons)
        throw FileError(path, line,
                        std::string(name) + " " + std::to_string(value) + " is out of range: there are " +
                            std::to_string(options.neurons) + " neurons, counted from 0");
      largest = std::max<std::uint64_t>(largest, value);
      return value;
    };
    Edge<Weight, Vertex> edge{id(pre_column, "pre"), id(post_column, "post"), {}};
    for (std::size_t basis = 0; basis < Traits::bases; ++basis) {
      const auto& [name, column] = weight_columns[basis];
      const auto weight = detail::parsed<typename Traits::Scalar>(fields[column], name, "a number", path, line);
      if (!std::isfinite(weight))
        throw FileError(path, line, name + " '" + std::string(fields[column]) + "' is not finite");
      Traits::at(edge.weight, basis) = weight;
    }
    if (delay_column < columns) {
      edge.delay = detail::parsed<Delay>(fields[delay_column], "delay", "a number of steps (1, 2, ...)", path, line);
      if (edge.delay == 0) throw FileError(path, line, "delay 0 is out of range: delays are 1 to 65535 steps");
    }
    edges.add(edge);
  }
  if (file.bad()) throw FileError(path, "cannot be read to its end");
  if (edges.size() == 0 && options.neurons == 0) throw FileError(path, "has no synapses, so that no neurons are known");
  const std::uint64_t neurons = options.neurons > 0 ? options.neurons : largest + 1;
  return std::move(edges).graph(
      neurons, options.duplicates, [&](const InvalidSynapse& error, const EdgeList<Weight, Vertex>& list) {
        throw FileError(path, detail::line_of(detail::last_repeat(error, list), 2, skipped), error.what());
      });
}

struct EventsCsv {
  std::uint64_t neurons = 0;     ///< 0: the largest number in the file, plus one
  std::uint64_t steps = 0;       ///< that were recorded; 0: up to the last event
  std::uint64_t first_step = 0;  ///< of the recording
  double dt_ms = 1.0;
  std::uint32_t network = 0;  ///< its id
};

/// Reads a recording with one event a line, in order of steps and neurons, under a header that names the columns step,
/// neuron and, if counts are not all 1, count, in any order and among others: what write_csv writes. Steps and neurons
/// count from 0.
///
/// Throws FileError, with the line, where the file does not exist or has no such header, where a field is no number or
/// out of range, where a count is 0, or above 1 and an Event is binary, and where events are not in order or are of
/// several networks.
template <class Event = BinaryEvent>
Events<Event> read_events_csv(const std::string& path, const EventsCsv& options = {}) {
  std::ifstream file(path);
  if (!file) throw FileError(path, "cannot be opened");
  std::string text;
  std::vector<std::string_view> fields;
  if (!std::getline(file, text)) throw FileError(path, "is empty; its first line must be step,neuron,count");
  detail::split(text, fields);
  const std::size_t columns = fields.size();
  const std::size_t step_column = detail::column_of("step", fields, path);
  const std::size_t neuron_column = detail::column_of("neuron", fields, path);
  const std::size_t count_column = detail::column_of("count", fields, path);
  if (step_column == columns || neuron_column == columns)
    throw FileError(path, 1, "no column is called step, or none neuron; the first line must be step,neuron,count");
  if (detail::column_of("network", fields, path) < columns)
    throw FileError(path, 1, "a column is called network: recordings of several networks are not read");

  std::vector<Event> events;
  std::uint64_t steps = options.steps, neurons = options.neurons;
  for (std::uint64_t line = 2; std::getline(file, text); ++line) {
    if (detail::trimmed(text).empty()) continue;
    detail::split(text, fields);
    if (fields.size() != columns)
      throw FileError(path, line,
                      std::to_string(fields.size()) + " fields, but the header has " + std::to_string(columns));
    const auto step = detail::parsed<std::uint64_t>(fields[step_column], "step", "a step (0, 1, ...)", path, line);
    const auto neuron =
        detail::parsed<std::uint32_t>(fields[neuron_column], "neuron", "a neuron (0, 1, ...)", path, line);
    std::uint32_t count = 1;
    if (count_column < columns)
      count = detail::parsed<std::uint32_t>(fields[count_column], "count", "a count (1, 2, ...)", path, line);
    const std::uint64_t most_steps = options.steps > 0 ? options.steps : std::uint64_t{1} << 32;
    if (step < options.first_step || step - options.first_step >= most_steps)
      throw FileError(path, line,
                      "step " + std::to_string(step) + " is not among " + std::to_string(most_steps) + " steps from " +
                          std::to_string(options.first_step) + " on");
    if (options.neurons > 0 && neuron >= options.neurons)
      throw FileError(path, line,
                      "neuron " + std::to_string(neuron) + " is out of range: there are " +
                          std::to_string(options.neurons) + " neurons, counted from 0");
    const auto offset = static_cast<std::uint32_t>(step - options.first_step);
    if (count == 0) throw FileError(path, line, "count 0 is not 1 or more");
    if (count > 1 && Event{0, 0, count}.count == 1)
      throw FileError(path, line,
                      "count " + std::to_string(count) + " is not 1, as it is where neurons spike at most once a step");
    if (!events.empty() && std::pair(events.back().offset, events.back().neuron) >= std::pair(offset, neuron))
      throw FileError(path, line, "events must be in order of steps and neurons, each pair once");
    events.emplace_back(offset, neuron, count);
    steps = std::max<std::uint64_t>(steps, offset + std::uint64_t{1});
    neurons = std::max<std::uint64_t>(neurons, neuron + std::uint64_t{1});
  }
  if (file.bad()) throw FileError(path, "cannot be read to its end");
  if (neurons == 0) throw FileError(path, "has no events, so that no neurons are known");
  Events<Event> result(neurons, options.dt_ms, options.network, options.first_step);
  result.append(steps, events);
  return result;
}

/// Writes a recording, one event a line: step,neuron,count. Throws FileError where the file cannot be written whole.
template <class Event>
void write_csv(const std::string& path, const Events<Event>& events) {
  detail::TextFile file(path);
  file << "step,neuron,count\n";
  for (const auto [step, neuron, count] : events) file << step << ',' << neuron << ',' << count << '\n';
  file.close();
}

/// Writes the recordings of a batch, network by network: network,step,neuron,count. `network` is the id, and neurons
/// count within their network. Throws FileError as the other.
template <class Event>
void write_csv(const std::string& path, const BatchEvents<Event>& events) {
  detail::TextFile file(path);
  file << "network,step,neuron,count\n";
  for (const Events<Event>& network : events.by_network())
    for (const auto [step, neuron, count] : network)
      file << network.network() << ',' << step << ',' << neuron << ',' << count << '\n';
  file.close();
}

/// Writes a network, one synapse a line: pre,post,weight or pre,post,weight_0,weight_1,..., and delay where the graph
/// has delays. Weights read back as they were; neurons beyond the last that has a synapse do so only where the reader
/// is told how many there are. Throws FileError as the others.
template <class Weight, class Vertex>
void write_csv(const std::string& path, const Graph<Weight, Vertex>& graph) {
  using Traits = spikeometric::detail::WeightTraits<Weight>;
  detail::TextFile file(path);
  file << detail::csv_header<Weight>() << (graph.has_delays() ? ",delay\n" : "\n");
  for (const auto& [pre, post, weight, delay] : graph.edges()) {
    file << pre << ',' << post;
    for (std::size_t basis = 0; basis < Traits::bases; ++basis) file << ',' << Traits::at(weight, basis);
    if (graph.has_delays()) file << ',' << delay;
    file << '\n';
  }
  file.close();
}

}  // namespace spikeometric::io
