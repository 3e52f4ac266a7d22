// SPDX-License-Identifier: BSD-3-Clause
//
// Reads and writes spikes as comma-separated values (.csv).
//
//   sk::io::write_csv("spikes.csv", simulator.run(1000));          // step,neuron,count
//   const auto spikes = sk::io::read_events_csv("spikes.csv", {.neurons = 100, .steps = 1000});
//   sk::io::write_csv("named.csv", spikes, network.names);         // a name in the place of each id
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/graph/names.hpp"
#include "spikeometric/io/detail/table_reader.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/simulate/events.hpp"

namespace spikeometric::io {

namespace detail {

template <class Event>
void write_events(TextFile& file, const std::string& before, const Events<Event>& events,
                  const std::vector<std::string>& names) {
  for (const auto [step, neuron, count] : events) {
    file << before << step << ',';
    names.empty() ? file << neuron : file << names[neuron];
    file << ',' << count << '\n';
  }
}

}  // namespace detail

struct EventsCsvOptions {
  std::uint64_t neurons = 0;     ///< 0: the largest id in the file, plus one
  std::uint64_t steps = 0;       ///< length of the recording; 0: up to the last event
  std::uint64_t first_step = 0;  ///< first step of the recording
  double dt_ms = 1.0;
  std::uint32_t network_id = 0;
  NeuronNames names = {};  ///< the neurons in the file are named; their number is that of the names
};

/// Reads a recording with one event per line, sorted by step and neuron, as write_csv writes it. The header must name
/// the columns step and neuron, in any order. Without a column count, all counts are 1; other columns are ignored.
/// Steps and neurons count from 0.
///
/// Throws InvalidArgument for names and another number of neurons. Throws FileError, with the line, for a file that does
/// not exist, has no such header or has no events while `neurons` is 0 and there are no names; for a name that no neuron
/// has; for a field that is not a number or out of range; for a count of 0, or above 1 if Event is binary; for events
/// that are not sorted; and for a recording of several networks.
template <class Event = BinaryEvent>
[[nodiscard]] Events<Event> read_events_csv(const std::string& path, const EventsCsvOptions& options = {}) {
  detail::TableReader file(path);
  if (!file.has_first()) file.fail_whole("is empty; expected header: step,neuron,count");
  file.take_header();
  const auto step_column = file.column("step"), neuron_column = file.column("neuron");
  const auto count_column = file.column("count");
  if (!step_column || !neuron_column)
    file.fail("missing column `step` or `neuron`; expected header: step,neuron,count");
  if (file.column("network")) file.fail("unexpected column `network`: the recording must be of one network");
  if (options.neurons > 0) spikeometric::detail::require_fit(options.names, options.neurons);

  std::vector<Event> events;
  std::uint64_t steps = options.steps, neurons = std::max<std::uint64_t>(options.neurons, options.names.all().size());
  const auto neuron_of_line = [&] {
    if (options.names.empty()) return file.number<std::uint32_t>(*neuron_column, "neuron", "a neuron (0, 1, ...)");
    try {
      return options.names.id(file.field(*neuron_column));
    } catch (const InvalidArgument& error) {
      file.fail(error.what());
    }
  };
  while (file.next()) {
    const auto step = file.number<std::uint64_t>(*step_column, "step", "a step (0, 1, ...)");
    const std::uint32_t neuron = neuron_of_line();
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

/// Writes a recording, one event per line: step,neuron,count. If neurons have names, `neuron` is the name. Throws
/// InvalidArgument for names of another number of neurons, and FileError if the file cannot be written completely.
template <class Event>
void write_csv(const std::string& path, const Events<Event>& events, const NeuronNames& names = {}) {
  spikeometric::detail::require_fit(names, events.neurons());
  const std::vector<std::string> fields = detail::quoted(names, ',');
  detail::TextFile file(path);
  file << "step,neuron,count\n";
  detail::write_events(file, "", events, fields);
  file.close();
}

/// Writes the recordings of a batch, one network after the other: network,step,neuron,count. `network` is the network
/// id; neuron ids count from 0 within each network, and names are those of the neurons of each network. Throws as above.
template <class Event>
void write_csv(const std::string& path, const BatchEvents<Event>& events, const NeuronNames& names = {}) {
  for (const Events<Event>& network : events.by_network()) spikeometric::detail::require_fit(names, network.neurons());
  const std::vector<std::string> fields = detail::quoted(names, ',');
  detail::TextFile file(path);
  file << "network,step,neuron,count\n";
  for (const Events<Event>& network : events.by_network())
    detail::write_events(file, std::to_string(network.network_id()) + ',', network, fields);
  file.close();
}

}  // namespace spikeometric::io
