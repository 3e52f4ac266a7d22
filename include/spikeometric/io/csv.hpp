// SPDX-License-Identifier: BSD-3-Clause
//
// Reads and writes networks and spikes as comma-separated values (.csv).
//
//   const auto graph = sk::io::read_graph_csv("synapses.csv");     // pre,post,weight; optionally delay
//   sk::io::write_csv("spikes.csv", simulator.run(1000));          // step,neuron,count
//   const auto spikes = sk::io::read_events_csv("spikes.csv", {.neurons = 100, .steps = 1000});
//
// Each line of a network is a synapse from presynaptic neuron `pre` to postsynaptic neuron `post`.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/graph.hpp"
#include "spikeometric/io/detail/edge_collector.hpp"
#include "spikeometric/io/detail/text_reader.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/simulate/events.hpp"

namespace spikeometric::io {

namespace detail {

/// Removes surrounding blanks, and the quotes that some programs put around every field.
inline std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  text = text.substr(first, text.find_last_not_of(blanks) - first + 1);
  return text.size() > 1 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

/// A file of records with a header that names their columns.
class CsvReader : public TextReader {
 public:
  /// `header` is the expected first line, for error messages.
  CsvReader(const std::string& path, std::string header) : TextReader(path), expected_(std::move(header)) {
    if (!next_line()) fail_whole("is empty; expected header: " + expected_);
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    split(text().substr(text().starts_with(byte_order_mark) ? byte_order_mark.size() : 0));
    columns_ = fields_.size();
  }

  /// The index of a column, if it exists. Must be called before the first record is read.
  std::optional<std::size_t> column(const std::string& name) const {
    const auto found = std::find(fields_.begin(), fields_.end(), name);
    if (found == fields_.end()) return {};
    if (std::find(found + 1, fields_.end(), name) != fields_.end()) fail("duplicate column `" + name + "`");
    return static_cast<std::size_t>(found - fields_.begin());
  }
  std::size_t required_column(const std::string& name) const {
    if (const auto place = column(name)) return *place;
    fail("missing column `" + name + "`; expected header: " + expected_);
  }

  bool next() {
    if (!next_record([](std::string_view line) { return trimmed(line).empty(); })) return false;
    split(text());
    if (fields_.size() != columns_)
      fail("the line has " + std::to_string(fields_.size()) + " fields, but the header has " +
           std::to_string(columns_));
    return true;
  }

  template <class Number>
  Number number(std::size_t column, std::string_view name, std::string_view kind) const {
    return parsed<Number>(fields_[column], name, kind);
  }

  /// Checks the id of a neuron, unless the number of neurons is 0 (not given).
  void require_below(std::uint64_t neurons, std::string_view name, std::uint64_t id) const {
    if (neurons > 0 && id >= neurons)
      fail(std::string(name) + " " + std::to_string(id) + " is out of range: there are " + std::to_string(neurons) +
           " neurons, counted from 0");
  }

 private:
  void split(std::string_view line) {
    fields_.clear();
    for (std::size_t first = 0, comma = 0; comma != line.npos; first = comma + 1) {
      comma = line.find(',', first);
      fields_.push_back(trimmed(line.substr(first, comma == line.npos ? comma : comma - first)));
    }
  }

  std::string expected_;
  std::size_t columns_ = 0;
  std::vector<std::string_view> fields_;
};

/// The name of a weight column: "weight" or, if Weight is an array, "weight_0", "weight_1", ...
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

}  // namespace detail

struct GraphCsvOptions {
  std::uint64_t neurons = 0;  ///< 0: the largest id in the file, plus one
  Duplicates duplicates = Duplicates::refuse;
};

/// Reads a network with one synapse per line. The header must name the columns pre, post and weight, in any order;
/// other columns are ignored. If Weight is an array of M, the weight columns are weight_0 to weight_<M-1>. An optional
/// column delay holds steps, 1 to 65535; without it every delay is 1. Ids count from 0. A weight too small for its
/// type, such as 1e-50 for float, is read as 0.
///
/// Throws FileError, with the line, for a file that does not exist, has no such header or has no synapses while
/// `neurons` is 0; for a field that is not a number, out of range or not finite; and for duplicates if they are
/// refused.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Graph<Weight, Vertex> read_graph_csv(const std::string& path, const GraphCsvOptions& options = {}) {
  using Traits = spikeometric::detail::WeightTraits<Weight>;
  detail::CsvReader file(path, detail::csv_header<Weight>());
  const std::size_t pre = file.required_column("pre"), post = file.required_column("post");
  std::array<std::pair<std::string, std::size_t>, Traits::bases> weights;
  for (std::size_t basis = 0; basis < Traits::bases; ++basis) {
    const std::string name = detail::weight_column<Weight>(basis);
    weights[basis] = {name, file.required_column(name)};
  }
  const auto delay = file.column("delay");
  const std::string surplus = "weight_" + std::to_string(Traits::bases);
  if (!std::is_arithmetic_v<Weight> && file.column(surplus))
    file.fail("unexpected column `" + surplus + "`: Weight holds " + std::to_string(Traits::bases) + " weights");

  spikeometric::detail::EdgeCollector<Weight, Vertex> edges;
  std::uint64_t largest = 0;
  while (file.next()) {
    const auto id = [&](std::size_t column, const char* name) {
      const auto value = file.number<Vertex>(column, name, "a neuron id (0, 1, ...)");
      file.require_below(options.neurons, name, value);
      return value;
    };
    Edge<Weight, Vertex> edge{id(pre, "pre"), id(post, "post"), {}};
    for (std::size_t basis = 0; basis < Traits::bases; ++basis)
      Traits::at(edge.weight, basis) =
          file.number<typename Traits::Scalar>(weights[basis].second, weights[basis].first, "a number");
    if (delay) edge.delay = file.number<Delay>(*delay, "delay", "a number of steps (1, 2, ...)");
    if (edge.delay == 0) file.fail("delay 0 is out of range: delays must be 1 to 65535 steps");
    largest = std::max<std::uint64_t>({largest, edge.pre, edge.post});
    edges.add(edge);
  }
  if (edges.size() == 0 && options.neurons == 0)
    file.fail_whole("has no synapses, so the number of neurons must be given");
  const std::uint64_t synapses = edges.size();
  return file.graph(std::move(edges), options.neurons > 0 ? options.neurons : largest + 1, options.duplicates, 2,
                    synapses);
}

struct EventsCsvOptions {
  std::uint64_t neurons = 0;     ///< 0: the largest id in the file, plus one
  std::uint64_t steps = 0;       ///< length of the recording; 0: up to the last event
  std::uint64_t first_step = 0;  ///< first step of the recording
  double dt_ms = 1.0;
  std::uint32_t network_id = 0;
};

/// Reads a recording with one event per line, sorted by step and neuron, as write_csv writes it. The header must name
/// the columns step and neuron, in any order. Without a column count, all counts are 1; other columns are ignored.
/// Steps and neurons count from 0.
///
/// Throws FileError, with the line, for a file that does not exist, has no such header or has no events while `neurons`
/// is 0; for a field that is not a number or out of range; for a count of 0, or above 1 if Event is binary; for events
/// that are not sorted; and for a recording of several networks.
template <class Event = BinaryEvent>
[[nodiscard]] Events<Event> read_events_csv(const std::string& path, const EventsCsvOptions& options = {}) {
  detail::CsvReader file(path, "step,neuron,count");
  const auto step_column = file.column("step"), neuron_column = file.column("neuron");
  const auto count_column = file.column("count");
  if (!step_column || !neuron_column)
    file.fail("missing column `step` or `neuron`; expected header: step,neuron,count");
  if (file.column("network")) file.fail("unexpected column `network`: the recording must be of one network");

  std::vector<Event> events;
  std::uint64_t steps = options.steps, neurons = options.neurons;
  while (file.next()) {
    const auto step = file.number<std::uint64_t>(*step_column, "step", "a step (0, 1, ...)");
    const auto neuron = file.number<std::uint32_t>(*neuron_column, "neuron", "a neuron (0, 1, ...)");
    const auto count = count_column ? file.number<std::uint32_t>(*count_column, "count", "a count (1, 2, ...)") : 1;
    const std::uint64_t max_steps = options.steps > 0 ? options.steps : std::uint64_t{1} << 32;
    if (step < options.first_step || step - options.first_step >= max_steps)
      file.fail("step " + std::to_string(step) + " is out of range: the recording has " + std::to_string(max_steps) +
                " steps from step " + std::to_string(options.first_step) + " on");
    file.require_below(options.neurons, "neuron", neuron);
    if (count == 0) file.fail("count 0 must be at least 1");
    if (count > 1 && Event{0, 0, count}.count == 1)
      file.fail("count " + std::to_string(count) + " must be 1 in a binary recording; CountEvent allows larger counts");
    const auto offset = static_cast<std::uint32_t>(step - options.first_step);
    if (!events.empty() && std::pair(events.back().offset, events.back().neuron) >= std::pair(offset, neuron))
      file.fail("events must be sorted by step and neuron, with each pair at most once");
    events.emplace_back(offset, neuron, count);
    steps = std::max<std::uint64_t>(steps, offset + std::uint64_t{1});
    neurons = std::max<std::uint64_t>(neurons, neuron + std::uint64_t{1});
  }
  if (neurons == 0) file.fail_whole("has no events, so the number of neurons must be given");
  Events<Event> result(neurons, options.dt_ms, options.network_id, options.first_step);
  result.append(steps, events);
  return result;
}

/// Writes a recording, one event per line: step,neuron,count. Throws FileError if it cannot be written completely.
template <class Event>
void write_csv(const std::string& path, const Events<Event>& events) {
  detail::TextFile file(path);
  file << "step,neuron,count\n";
  for (const auto [step, neuron, count] : events) file << step << ',' << neuron << ',' << count << '\n';
  file.close();
}

/// Writes the recordings of a batch, one network after the other: network,step,neuron,count. `network` is the network
/// id; neuron ids count from 0 within each network. Throws FileError if the file cannot be written completely.
template <class Event>
void write_csv(const std::string& path, const BatchEvents<Event>& events) {
  detail::TextFile file(path);
  file << "network,step,neuron,count\n";
  for (const Events<Event>& network : events.by_network())
    for (const auto [step, neuron, count] : network)
      file << network.network_id() << ',' << step << ',' << neuron << ',' << count << '\n';
  file.close();
}

/// Writes a network, one synapse per line: pre,post,weight or pre,post,weight_0,weight_1,..., and delay if the graph
/// has delays. Reading it back gives the same weights. The file does not contain the number of neurons: if the last
/// neurons have no synapses, give the number to the reader. Throws FileError if the file cannot be written completely.
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
