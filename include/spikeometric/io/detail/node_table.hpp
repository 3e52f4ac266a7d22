// SPDX-License-Identifier: BSD-3-Clause
//
// Tables of neurons: names, populations and signs.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "spikeometric/graph/network.hpp"
#include "spikeometric/io/detail/neuron_ids.hpp"
#include "spikeometric/io/detail/table_reader.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/io/network_options.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io::detail {

/// The usual names of columns, in order of preference.
namespace usual {

inline constexpr std::array<std::string_view, 20> pre{"pre",
                                                      "source",
                                                      "from",
                                                      "presynaptic",
                                                      "pre_root_id",
                                                      "pre_pt_root_id",
                                                      "pre_id",
                                                      "source_id",
                                                      "from_id",
                                                      "Neuron1",
                                                      "bodyId_pre",
                                                      "pre_body_id",
                                                      "presynaptic_id",
                                                      "presynaptic_neuron",
                                                      "pre_neuron",
                                                      "source_neuron",
                                                      "FromNodeId",
                                                      "from_node",
                                                      "source_node_id",
                                                      "sender"};
inline constexpr std::array<std::string_view, 20> post{"post",
                                                       "target",
                                                       "to",
                                                       "postsynaptic",
                                                       "post_root_id",
                                                       "post_pt_root_id",
                                                       "post_id",
                                                       "target_id",
                                                       "to_id",
                                                       "Neuron2",
                                                       "bodyId_post",
                                                       "post_body_id",
                                                       "postsynaptic_id",
                                                       "postsynaptic_neuron",
                                                       "post_neuron",
                                                       "target_neuron",
                                                       "ToNodeId",
                                                       "to_node",
                                                       "target_node_id",
                                                       "receiver"};
inline constexpr std::array<std::string_view, 11> weight{
    "weight", "syn_count", "synapse_count", "n_synapses", "num_synapses", "synapses", "count", "n_syn", "nbr",
    "w",      "N"};
inline constexpr std::array<std::string_view, 2> delay{"delay", "delay_steps"};

inline constexpr std::array<std::string_view, 12> id{"id",      "neuron",  "neuron_id", "node",
                                                     "node_id", "root_id", "body_id",   "pt_root_id",
                                                     "index",   "number",  "label",     "name"};
inline constexpr std::array<std::string_view, 3> name{"name", "label", "neuron_name"};
inline constexpr std::array<std::string_view, 8> population{"population", "pop",        "cell_type", "type",
                                                            "class",      "cell_class", "group",     "layer"};
inline constexpr std::array<std::string_view, 3> sign{"sign", "polarity", "ei"};
inline constexpr std::array<std::string_view, 7> neurotransmitter{
    "neurotransmitter", "nt_type", "nt", "transmitter", "top_nt", "predicted_nt", "consensus_nt"};

}  // namespace usual

/// A table of neurons, by line.
struct NodeTable {
  std::string path;
  std::vector<std::uint64_t> lines;
  std::vector<std::string> ids, names, populations;  // names and populations are empty if there is no column for them
  std::vector<signed char> signs;                    // 1, -1, or 0 for unknown; empty if there is no column for them
  std::string sign_column, population_column;

  [[noreturn]] void fail(std::size_t row, const std::string& what) const { throw FileError(path, lines[row], what); }
};

/// 1 for excitatory, -1 for inhibitory, 0 for unknown.
inline signed char sign_of(const TableReader& file, std::string_view field) {
  const std::string text = in_small_letters(std::string(field));
  for (const char* word : {"e", "exc", "excitatory", "+"})
    if (text == word) return 1;
  for (const char* word : {"i", "inh", "inhibitory", "-"})
    if (text == word) return -1;
  if (text.empty()) return 0;
  const auto value = file.parsed<double>(field, "sign", "a number, excitatory or inhibitory");
  return static_cast<signed char>((value > 0) - (value < 0));
}

/// Throws FileError if the file cannot be read, has no column of ids, or has an invalid sign.
inline NodeTable read_node_table(const NetworkFileOptions& options) {
  const TableColumns& columns = options.columns;
  TableReader file(options.nodes, options.separator);
  if (!file.has_first()) file.fail_whole("has no neurons");
  file.take_header();
  const auto id = find_column(file, columns.id, usual::id);
  if (!id) file.fail("missing column `id` of the neurons" + file.found() + "; choose a column by its name or number");
  auto name = find_column(file, columns.name, usual::name);
  if (name == id) name = {};
  const auto population = find_column(file, columns.population, usual::population);
  const auto sign = find_column(file, columns.sign, usual::sign);
  const auto transmitter = find_column(file, columns.neurotransmitter, usual::neurotransmitter);

  NodeTable table{options.nodes, {}, {}, {}, {}, {}, {}, {}};
  if (sign || transmitter) table.sign_column = file.names()[sign ? *sign : *transmitter];
  if (population) table.population_column = file.names()[*population];
  std::vector<std::string> inhibitory;
  for (const std::string& each : options.inhibitory) inhibitory.push_back(in_small_letters(each));
  while (file.next()) {
    table.lines.push_back(file.line());
    table.ids.emplace_back(file.field(*id));
    if (name) table.names.emplace_back(file.field(*name));
    if (population) table.populations.emplace_back(file.field(*population));
    if (sign) {
      table.signs.push_back(sign_of(file, file.field(*sign)));
    } else if (transmitter) {
      const std::string found = in_small_letters(std::string(file.field(*transmitter)));
      const bool is_inhibitory = std::find(inhibitory.begin(), inhibitory.end(), found) != inhibitory.end();
      table.signs.push_back(found.empty() ? 0 : is_inhibitory ? -1 : 1);
    }
  }
  return table;
}

/// Whether a file looks like a table of neurons: a header names a column of ids, but not those of synapses.
inline bool is_node_table(const std::string& path, const NetworkFileOptions& options) {
  try {
    TableReader file(path, options.separator);
    if (!file.has_first()) return false;
    file.take_header();
    const auto has = [&](const std::string& choice, const auto& usual) {
      return (!choice.empty() && file.column(choice)) || file.column(usual);
    };
    const auto& sample = file.sample();
    const bool labelled_matrix = sample.size() > 1 && file.columns() > 1 && sample[1][0] == file.names()[1];
    return !labelled_matrix && has(options.columns.id, usual::id) &&
           !(has(options.columns.pre, usual::pre) && has(options.columns.post, usual::post));
  } catch (const FileError&) {
    return false;  // whoever reads it will say why
  }
}

/// The keys of the rows. Throws FileError for an invalid id, and for two rows on one neuron.
inline std::vector<std::uint64_t> keys_of(const NodeTable& table, NeuronIds& ids) {
  std::vector<std::uint64_t> keys;
  keys.reserve(table.ids.size());
  for (std::size_t row = 0; row < table.ids.size(); ++row)
    keys.push_back(ids.key(table.ids[row], "id", [&](const std::string& what) { table.fail(row, what); }));
  std::vector<std::size_t> order(keys.size());
  for (std::size_t row = 0; row < order.size(); ++row) order[row] = row;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
  for (std::size_t i = 1; i < order.size(); ++i)
    if (keys[order[i - 1]] == keys[order[i]])
      table.fail(order[i], "neuron " + table.ids[order[i]] + " is in line " +
                               std::to_string(table.lines[order[i - 1]]) + " already");
  return keys;
}

/// For a matrix, the neuron of each row of the table: that of its id or, if ids are names, that of its place. Throws
/// FileError if they do not fit.
template <class Weight, class Vertex>
std::vector<std::uint64_t> rows_of_matrix(NodeTable& table, const Network<Weight, Vertex>& network,
                                          const NetworkFileOptions& options) {
  const std::uint64_t neurons = network.graph.neurons();
  if (!network.names.empty()) {
    NeuronIds listed{network.names.all()};
    return keys_of(table, listed);
  }
  const bool numbered =
      options.ids != Ids::name && std::all_of(table.ids.begin(), table.ids.end(), [&](const std::string& id) {
        const auto number = whole_number(id);
        return number && *number - options.base.value_or(0) < neurons;
      });
  if (numbered) {
    NeuronIds indices{Ids::index, options.base, neurons};
    return keys_of(table, indices);
  }
  if (table.ids.size() != neurons)
    throw FileError(table.path, "has " + std::to_string(table.ids.size()) + " neurons, but the matrix has " +
                                    std::to_string(neurons) + " rows; names must be in the order of its rows");
  NeuronIds names{Ids::name, {}, 0};
  std::vector<std::uint64_t> places = keys_of(table, names);  // 0, 1, ..., in order of arrival
  table.names = table.ids;
  return places;
}

/// Gives the weights of inhibitory neurons a negative sign, unless weights have signs.
template <class Weight, class Vertex>
void apply_signs(Network<Weight, Vertex>& network, const NodeTable& table, const std::vector<std::uint64_t>& places) {
  using Traits = spikeometric::detail::WeightTraits<Weight>;
  auto rows = std::move(network.graph).release();
  const bool signed_already = std::any_of(rows.weights.begin(), rows.weights.end(), [](const Weight& weight) {
    for (std::size_t basis = 0; basis < Traits::bases; ++basis)
      if (Traits::at(weight, basis) < 0) return true;
    return false;
  });
  std::size_t inhibitory = 0;
  for (std::size_t row = 0; row < places.size(); ++row) {
    if (table.signs[row] >= 0) continue;
    ++inhibitory;
    for (std::uint64_t e = rows.offsets[places[row]]; !signed_already && e < rows.offsets[places[row] + 1]; ++e)
      for (std::size_t basis = 0; basis < Traits::bases; ++basis)
        if (auto& weight = Traits::at(rows.weights[e], basis); weight > 0) weight = -weight;
  }
  network.graph = Graph<Weight, Vertex>{std::move(rows)};
  if (signed_already)
    network.notes.push_back("some weights are negative, so column `" + table.sign_column + "` of " + table.path +
                            " does not change signs");
  else
    network.notes.push_back("the weights of " + std::to_string(inhibitory) +
                            " inhibitory neurons are negative, after column `" + table.sign_column + "` of " +
                            table.path);
}

/// Adds what the table says of the neurons at these places.
template <class Weight, class Vertex>
void add_nodes(Network<Weight, Vertex>& network, const NodeTable& table, const std::vector<std::uint64_t>& places) {
  const std::uint64_t neurons = network.graph.neurons();
  if (network.names.empty() && !table.names.empty()) {
    std::vector<std::string> names(neurons);
    for (std::size_t row = 0; row < places.size(); ++row) names[places[row]] = table.names[row];
    try {
      network.names = NeuronNames{std::move(names)};
    } catch (const InvalidArgument& error) {
      network.notes.push_back("the names in " + table.path + " are not used: " + error.what());
    }
  }
  std::unordered_map<std::string_view, std::size_t> index;
  std::vector<std::pair<std::string_view, std::vector<std::uint32_t>>> members;
  for (std::size_t row = 0; row < table.populations.size(); ++row) {
    const std::string_view population = table.populations[row];
    if (population.empty()) continue;
    const auto [place, is_new] = index.emplace(population, members.size());
    if (is_new) members.push_back({population, {}});
    members[place->second].second.push_back(static_cast<std::uint32_t>(places[row]));
  }
  for (auto& [population, ids] : members)
    network.populations.add(std::string(population), spikeometric::neurons(std::move(ids)));
  if (!members.empty())
    network.notes.push_back(std::to_string(members.size()) + " populations are from column `" +
                            table.population_column + "` of " + table.path);
  if (!table.signs.empty()) apply_signs(network, table, places);
}

}  // namespace spikeometric::io::detail
