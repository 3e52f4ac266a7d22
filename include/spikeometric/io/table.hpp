// SPDX-License-Identifier: BSD-3-Clause
//
// Networks as tables (.csv, .tsv): lists of synapses, as people publish connectomes, or matrices as text.
//
//   const auto network = sk::io::read_network_table("connections.csv");   // source,target,syn_count
//   for (const std::string& note : network.notes) std::cerr << note << '\n';
//   const auto kick = sk::regular_pulses({.strength = 5}).on(network.names.mask({"AVAL", "AVAR"}));
//   sk::io::write_network_table("copy.csv", network);
//
// A list of synapses has a line for each, from presynaptic neuron `pre` to postsynaptic neuron `post`.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/graph/graph.hpp"
#include "spikeometric/graph/network.hpp"
#include "spikeometric/io/detail/edge_collector.hpp"
#include "spikeometric/io/detail/neuron_ids.hpp"
#include "spikeometric/io/detail/node_table.hpp"
#include "spikeometric/io/detail/table_reader.hpp"
#include "spikeometric/io/file.hpp"
#include "spikeometric/io/network_options.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::io {

namespace detail {

/// The name of a weight column: "weight" or, if Weight is an array, "weight_0", "weight_1", ...
template <class Weight>
std::string weight_column(std::size_t basis) {
  return std::is_arithmetic_v<Weight> ? "weight" : "weight_" + std::to_string(basis);
}

inline constexpr std::string_view table_format = " spikeometric graph ";
inline constexpr int table_version = 1;

/// The first comment of a table that the library wrote: # spikeometric graph 1, neurons = 3, named. If neurons are
/// named, a comment with each name follows.
struct TableDeclaration {
  std::uint64_t neurons = 0;  ///< 0 if there is no such comment
  std::vector<std::string> names = {};
};

inline TableDeclaration declaration_of(const TableReader& file) {
  const auto& comments = file.comments();
  const auto found = std::find_if(comments.begin(), comments.end(),
                                  [](const std::string& each) { return each.starts_with(table_format); });
  if (found == comments.end()) return {};
  const auto damaged = [&](const std::string& what) { file.fail_whole("has a damaged first line: " + what); };
  std::string_view text = std::string_view(*found).substr(table_format.size());
  const auto take = [&](auto& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) damaged("'" + std::string(text) + "' is not a number");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  };
  int version = 0;
  take(version);
  if (version > table_version)
    file.fail_whole("has version " + std::to_string(version) + " of the format; this library reads versions up to " +
                    std::to_string(table_version));
  constexpr std::string_view neurons = ", neurons = ";
  if (!text.starts_with(neurons)) damaged("the number of neurons is missing");
  text.remove_prefix(neurons.size());
  TableDeclaration result;
  take(result.neurons);
  if (result.neurons == 0) damaged("a graph needs at least one neuron");
  if (!text.starts_with(", named")) return result;
  if (static_cast<std::uint64_t>(comments.end() - found) <= result.neurons)
    damaged("it promises " + std::to_string(result.neurons) + " names, but " +
            std::to_string(comments.end() - found - 1) + " follow");
  Splitter splitter{','};
  Fields fields;
  for (auto name = found + 1; result.names.size() < result.neurons; ++name) {
    bool open = false;
    if (splitter.split(*name, fields, open) || fields.size() != 1) damaged("'" + *name + "' is not a name");
    result.names.emplace_back(fields[0]);
  }
  return result;
}

/// The columns of a list of synapses.
template <class Weight>
struct SynapseColumns {
  static constexpr std::size_t bases = spikeometric::detail::WeightTraits<Weight>::bases;
  std::size_t pre = 0, post = 0;
  std::array<std::optional<std::size_t>, bases> weights{};
  std::optional<std::size_t> delay = {};
};

/// Reads one table.
template <class Weight, class Vertex>
class NetworkTableReader {
  using Traits = spikeometric::detail::WeightTraits<Weight>;

 public:
  NetworkTableReader(const std::string& path, const NetworkFileOptions& options)
      : options_(options), file_(path, options.separator) {}

  Network<Weight, Vertex> read() {
    TableDeclaration declared = declaration_of(file_);
    if (declared.neurons > 0 && options_.neurons > 0 && declared.neurons != options_.neurons)
      fail("holds a graph of " + std::to_string(declared.neurons) + " neurons, but it must have " +
           std::to_string(options_.neurons));
    if (!file_.has_first()) {
      if (declared.neurons == 0 && options_.neurons == 0)
        fail("has no synapses, so the number of neurons must be given");
      file_.set_headless();
    } else {
      take_header();
    }
    return is_matrix() ? matrix() : synapses(std::move(declared));
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { file_.fail_whole(what); }

  static constexpr const char* choose =
      "; choose columns by name or number, another separator, or say that the first line is no header";

  static bool all_numbers(const std::vector<std::string>& fields, std::size_t from = 0) {
    return std::all_of(fields.begin() + static_cast<std::ptrdiff_t>(std::min(from, fields.size())), fields.end(),
                       [](const std::string& field) { return field.empty() || is_number(field); });
  }

  bool chosen(const std::string& choice) const { return !choice.empty() && file_.column(choice); }

  /// Whether the names of columns include those of both neurons.
  bool named_synapses() const {
    return (chosen(options_.columns.pre) || file_.column(usual::pre)) &&
           (chosen(options_.columns.post) || file_.column(usual::post));
  }

  /// Finds out whether the first record, or the last comment before it, names the columns.
  void take_header() {
    const std::vector<std::string> first(file_.first().begin(), file_.first().end());
    const bool some_number = std::any_of(first.begin(), first.end(), [](const auto& each) { return is_number(each); });
    file_.set_names(first);
    if (options_.header ? *options_.header : named_synapses() || !some_number || first[0].empty())
      return file_.take_header();
    file_.set_names({});
    if (options_.header) return;
    file_.set_names(file_.names_in_comment());
    if (!named_synapses()) file_.set_names({});
  }

  bool has_header() const { return !file_.names().empty(); }

  bool is_matrix() const {
    if (options_.layout != Layout::automatic) return options_.layout == Layout::matrix;
    if (!file_.has_first() || named_synapses() || !options_.columns.pre.empty() || !options_.columns.post.empty())
      return false;
    const auto& sample = file_.sample();
    const std::size_t columns = file_.columns(), skipped = sample_header();
    if (sample.size() <= skipped) return false;
    const bool labelled = has_labels();
    if (!all_numbers(sample[skipped], labelled)) return false;
    const bool square =
        file_.sample_is_all() ? sample.size() - skipped + labelled == columns : columns >= sample.size() - skipped;
    if (!square || labelled || columns > 3) return square;
    const bool could_be_ids =
        std::all_of(sample.begin() + static_cast<std::ptrdiff_t>(skipped), sample.end(),
                    [](const std::vector<std::string>& fields) {
                      return fields.size() > 1 && whole_number(fields[0]) && whole_number(fields[1]);
                    });
    if (could_be_ids)
      fail("could be a matrix of " + std::to_string(columns) + " x " + std::to_string(columns) + " or a list of " +
           std::to_string(columns) + " synapses, since no header names pre and post" + file_.found() +
           "; set the layout to matrix or synapses");
    return true;
  }

  /// Whether the first record of the sample is a header.
  std::size_t sample_header() const {
    const auto& sample = file_.sample();
    return has_header() && !sample.empty() && sample[0] == file_.names() ? 1 : 0;
  }

  /// Whether the rows of a matrix begin with the name of their neuron: the header then has a field for this column.
  bool has_labels() const {
    const auto& sample = file_.sample();
    const std::size_t skipped = sample_header();
    if (skipped == 0 || sample.size() < 2) return false;
    for (std::size_t row = 1; row < sample.size(); ++row)
      if (sample[row].empty() || row >= sample[0].size() || sample[row][0] != sample[0][row]) return false;
    return true;
  }

  // --- matrices

  Network<Weight, Vertex> matrix() {
    if constexpr (!std::is_arithmetic_v<Weight>) {
      fail("a matrix holds one weight per synapse; use a list of synapses for several");
    } else {
      const bool labelled = has_labels();
      const std::size_t columns = file_.columns(), neurons = columns - labelled;
      spikeometric::detail::EdgeCollector<Weight, Vertex> edges;
      std::size_t row = 0;
      const std::uint64_t first = file_.first_line();
      const auto require_square = [&](bool is_square) {
        if (!is_square)
          fail("has " + std::string(row < neurons ? "only " : "more than ") + std::to_string(row) + " rows, but " +
               std::to_string(neurons) + " columns of weights; a matrix must be square" + file_.found() + choose);
      };
      for (; file_.next(); ++row) {
        require_square(row < neurons);
        if (labelled && file_.field(0) != file_.names()[row + 1])
          file_.fail("row '" + std::string(file_.field(0)) + "' must be '" + file_.names()[row + 1] +
                     "', since rows must be in the order of columns");
        for (std::size_t column = 0; column < neurons; ++column) {
          const std::string_view field = file_.field(column + labelled);
          const Weight weight = field.empty() ? Weight(0) : file_.template parsed<Weight>(field, "weight", "a number");
          if (weight == 0) continue;
          Edge<Weight, Vertex> edge{static_cast<Vertex>(row), static_cast<Vertex>(column), weight};
          if (options_.transpose) std::swap(edge.pre, edge.post);
          edges.add(edge);
        }
      }
      require_square(row == neurons);
      if (options_.neurons > 0 && options_.neurons != neurons)
        fail("holds a matrix of " + std::to_string(neurons) + " rows, but the graph must have " +
             std::to_string(options_.neurons) + " neurons");
      checked([&] { spikeometric::detail::validate_neurons<Vertex>(neurons); });
      NeuronNames names;
      if (has_header()) {
        std::vector<std::string> all(file_.names().begin() + labelled, file_.names().end());
        bool numbered = true;
        for (std::size_t i = 0; i < all.size(); ++i) numbered = numbered && whole_number(all[i]) == i;
        if (!numbered) names = checked([&] { return NeuronNames{std::move(all)}; });
      }
      const std::uint64_t synapses = edges.size();
      Network<Weight, Vertex> network{graph(std::move(edges), neurons, first, synapses, names)};
      network.names = std::move(names);
      network.notes.push_back("the table is a matrix with presynaptic " +
                              std::string(options_.transpose ? "columns" : "rows"));
      if (!options_.nodes.empty()) {
        NodeTable table = read_node_table(options_);
        const auto places = rows_of_matrix(table, network, options_);
        add_nodes(network, table, places);
      }
      return network;
    }
  }

  // --- lists of synapses

  SynapseColumns<Weight> columns() {
    SynapseColumns<Weight> found;
    if (!has_header() && options_.columns.pre.empty() && options_.columns.post.empty()) {
      if (file_.has_first() && (file_.columns() < 2 || file_.columns() > 3))
        fail("has no header that names the columns of pre, post and weight" + file_.found() + choose);
      found.post = 1;
      if (file_.columns() == 3) found.weights[0] = 2;
      if (!options_.columns.weight.empty()) found.weights[0] = file_.chosen_column(options_.columns.weight);
    } else {
      const auto required = [&](const std::string& choice, const auto& usual) {
        if (const auto place = find_column(file_, choice, usual)) return *place;
        file_.fail("missing column `" + std::string(usual[0]) + "`" + file_.found() + choose);
      };
      found.pre = required(options_.columns.pre, usual::pre);
      found.post = required(options_.columns.post, usual::post);
      if constexpr (std::is_arithmetic_v<Weight>)
        found.weights[0] = find_column(file_, options_.columns.weight, usual::weight);
    }
    if constexpr (!std::is_arithmetic_v<Weight>) {
      for (std::size_t basis = 0; basis < Traits::bases; ++basis)
        if (found.weights[basis] = file_.column(weight_column<Weight>(basis)); !found.weights[basis])
          file_.fail("missing column `" + weight_column<Weight>(basis) + "`" + file_.found());
      if (file_.column(weight_column<Weight>(Traits::bases)))
        file_.fail("unexpected column `" + weight_column<Weight>(Traits::bases) + "`: Weight holds " +
                   std::to_string(Traits::bases) + " weights");
    }
    found.delay = find_column(file_, options_.columns.delay, usual::delay);
    if (options_.transpose) std::swap(found.pre, found.post);
    return found;
  }

  std::string name_of(std::size_t column, const char* otherwise) const {
    return has_header() ? file_.names()[column] : otherwise;
  }

  Weight weight_of(const SynapseColumns<Weight>& columns) const {
    Weight weight{};
    for (std::size_t basis = 0; basis < Traits::bases; ++basis)
      Traits::at(weight, basis) =
          columns.weights[basis] ? file_.template number<typename Traits::Scalar>(
                                       *columns.weights[basis], name_of(*columns.weights[basis], "weight"), "a number")
                                 : 1;
    return weight;
  }

  Network<Weight, Vertex> synapses(TableDeclaration declared) {
    const SynapseColumns<Weight> columns = file_.has_first() ? this->columns() : SynapseColumns<Weight>{};
    const std::string pre_name = file_.has_first() ? name_of(columns.pre, "pre") : "";
    const std::string post_name = file_.has_first() ? name_of(columns.post, "post") : "";
    NeuronIds ids = ids_of(std::move(declared));
    NodeTable nodes;
    std::vector<std::uint64_t> node_keys;
    if (!options_.nodes.empty()) {
      nodes = read_node_table(options_);
      node_keys = keys_of(nodes, ids);
    }

    spikeometric::detail::EdgeCollector<Weight, Vertex> edges;
    const std::uint64_t first = file_.first_line();
    const auto refuse = [&](const std::string& what) { file_.fail(what + file_.found()); };
    std::string last_pre;  // most tables have the synapses of a presynaptic neuron in consecutive lines
    Vertex pre = 0;
    while (file_.has_first() && file_.next()) {
      const auto key = [&](std::size_t column, const std::string& name) {
        const std::uint64_t id = ids.key(file_.field(column), name, refuse);
        if (id > std::numeric_limits<Vertex>::max())
          file_.fail(name + " '" + std::string(file_.field(column)) + "' is out of range for ids of " +
                     std::to_string(8 * sizeof(Vertex)) + " bits");
        return static_cast<Vertex>(id);
      };
      if (last_pre.empty() || file_.field(columns.pre) != last_pre) {
        pre = key(columns.pre, pre_name);
        last_pre = file_.field(columns.pre);
      }
      Edge<Weight, Vertex> edge{pre, key(columns.post, post_name), weight_of(columns)};
      if (columns.delay) {
        edge.delay = file_.template number<Delay>(*columns.delay, "delay", "a number of steps (1, 2, ...)");
        if (edge.delay == 0) file_.fail("delay 0 is out of range: delays must be 1 to 65535 steps");
      }
      edges.add(edge);
    }

    std::vector<std::string> notes = notes_on(columns);
    auto result = ids.finish(notes, [&](const std::string& what) { fail(what); });
    checked([&] { spikeometric::detail::validate_neurons<Vertex>(result.neurons); });
    const auto place = [&](std::uint64_t key) { return result.places.empty() ? key : result.places[key]; };
    if (!result.places.empty())
      for (Edge<Weight, Vertex>& edge : edges.edges())
        edge.pre = static_cast<Vertex>(place(edge.pre)), edge.post = static_cast<Vertex>(place(edge.post));
    if (!options_.nodes.empty() && result.neurons > nodes.ids.size())
      notes.push_back(std::to_string(result.neurons - nodes.ids.size()) + " of " + std::to_string(result.neurons) +
                      " neurons have no line in " + nodes.path);
    const std::uint64_t records = edges.size();
    Network<Weight, Vertex> network{graph(std::move(edges), result.neurons, first, records, result.names)};
    network.names = std::move(result.names);
    network.notes = std::move(notes);
    for (std::uint64_t& key : node_keys) key = place(key);
    if (!options_.nodes.empty()) add_nodes(network, nodes, node_keys);
    return network;
  }

  NeuronIds ids_of(TableDeclaration declared) const {
    if (!declared.names.empty()) return checked([&] { return NeuronIds{std::move(declared.names)}; });
    if (declared.neurons > 0)
      return {options_.ids == Ids::name ? Ids::name : Ids::index, std::uint64_t{0}, declared.neurons};
    return {options_.ids, options_.base, options_.neurons};
  }

  std::vector<std::string> notes_on(const SynapseColumns<Weight>& columns) const {
    std::vector<std::string> notes;
    if (!file_.has_first()) return notes;
    if (!columns.weights[0]) notes.push_back("there is no column of weights, so every weight is 1" + file_.found());
    std::string unused;
    for (std::size_t i = 0; i < file_.names().size(); ++i)
      if (i != columns.pre && i != columns.post && i != columns.delay &&
          std::find(columns.weights.begin(), columns.weights.end(), i) == columns.weights.end())
        unused += (unused.empty() ? "" : ", ") + file_.names()[i];
    if (!unused.empty()) notes.push_back("not used of its columns: " + unused);
    return notes;
  }

  /// Calls work(). If it throws InvalidArgument, throws FileError with the same message.
  template <class Work>
  auto checked(Work&& work) const {
    try {
      return work();
    } catch (const InvalidArgument& error) {
      fail(error.what());
    }
  }

  template <class Edges>
  Graph<Weight, Vertex> graph(Edges edges, std::uint64_t neurons, std::uint64_t first, std::uint64_t records,
                              const NeuronNames& names) const {
    return file_.graph(std::move(edges), neurons, options_.duplicates, first, records, names);
  }

  const NetworkFileOptions& options_;
  TableReader file_;
};

template <class Weight, class Vertex>
void write_table(const std::string& path, const Graph<Weight, Vertex>& graph, const NeuronNames& names) {
  using Traits = spikeometric::detail::WeightTraits<Weight>;
  const char separator = in_small_letters(path).ends_with(".tsv") ? '\t' : ',';
  for (const std::string& name : names.all())
    if (name.find_first_of("\r\n") != name.npos)
      throw FileError(path, "the name '" + name + "' has a line end, which the file cannot hold");
  const std::vector<std::string> ids = quoted(names, separator);
  if (!ids.empty() && ids.size() != graph.neurons())
    throw FileError(path, "there are " + std::to_string(ids.size()) + " names, but " + std::to_string(graph.neurons()) +
                              " neurons");
  TextFile file(path);
  file << '#' << table_format << table_version << ", neurons = " << graph.neurons()
       << (ids.empty() ? "\n" : ", named\n");
  for (const std::string& id : ids) file << "# " << id << '\n';
  file << "pre" << separator << "post";
  for (std::size_t basis = 0; basis < Traits::bases; ++basis) file << separator << weight_column<Weight>(basis);
  if (graph.has_delays()) file << separator << "delay";
  file << '\n';
  const auto put = [&](Vertex neuron) { ids.empty() ? file << neuron : file << ids[neuron]; };
  for (const auto& [pre, post, weight, delay] : graph.edges()) {
    put(pre);
    file << separator;
    put(post);
    for (std::size_t basis = 0; basis < Traits::bases; ++basis) file << separator << Traits::at(weight, basis);
    if (graph.has_delays()) file << separator << delay;
    file << '\n';
  }
  file.close();
}

/// Writes names and populations, by population and then by neuron, so that populations keep their order.
template <class Weight, class Vertex>
void write_node_table(const std::string& path, const Network<Weight, Vertex>& network) {
  TextFile file(path);
  file << "neuron" << (network.names.empty() ? "" : ",name") << (network.populations.empty() ? "" : ",population")
       << '\n';
  const auto put = [&](std::uint32_t neuron, const std::string& population) {
    file << neuron;
    if (!network.names.empty()) file << ',' << quoted(network.names[neuron], ',');
    if (!network.populations.empty()) file << ',' << (population.empty() ? "" : quoted(population, ','));
    file << '\n';
  };
  const std::uint64_t neurons = network.graph.neurons();
  for (const auto& [name, mask] : network.populations)
    mask.bind(neurons).for_each(0, neurons, [&, &name = name](std::uint32_t neuron) { put(neuron, name); });
  const auto populations = network.populations.of_neurons();
  for (std::uint64_t neuron = 0; neuron < neurons; ++neuron)
    if (network.populations.empty() || populations[neuron] == Populations::none)
      put(static_cast<std::uint32_t>(neuron), "");
  file.close();
}

}  // namespace detail

/// Reads a table of synapses, or a matrix as text; what is not given by the options is found from the file, and
/// `notes` of the network say how it was read.
///
/// Fields are separated by commas, tabs, semicolons or blanks, and may be in quotes (RFC 4180). Lines that are blank or
/// begin with # or % are ignored. A header may name the columns, under these and similar names: pre, post (source,
/// target; from, to; pre_root_id, post_root_id); weight (syn_count, N), without which every weight is 1; delay, in
/// steps from 1 to 65535, without which every delay is 1. Without a header, the columns are pre, post and, if there is
/// a third, weight. If Weight is an array of M, the weight columns are weight_0 to weight_<M-1>. A weight too small for
/// its type, such as 1e-50 for float, is read as 0.
///
/// Ids of neurons are indices or names, see Ids. The names are those of the network; neurons are in the order of
/// numbers, or of the bytes of words. A table of neurons (`options.nodes`) may add neurons without synapses, names,
/// populations, and signs, which make the weights of inhibitory neurons negative.
///
/// A matrix is square and has a line for each presynaptic neuron; empty fields are 0, and each nonzero weight is a
/// synapse. A header, and a first column like it, name the neurons.
///
/// O(synapses + neurons log neurons) time; 16 to 24 bytes of memory per synapse while reading. Throws FileError, with
/// the line and with what was found, for a file that does not exist, has no synapses while the number of neurons is not
/// known, or has a newer format; for a column that is missing or occurs twice; for a field that is not a number or id,
/// out of range or not finite; and for duplicates if they are refused.
template <class Weight = float, class Vertex = std::uint32_t>
[[nodiscard]] Network<Weight, Vertex> read_network_table(const std::string& path,
                                                         const NetworkFileOptions& options = {}) {
  return detail::NetworkTableReader<Weight, Vertex>(path, options).read();
}

/// Writes a list of synapses: pre, post, weight (or weight_0, weight_1, ...) and, if the graph has delays, delay. Tabs
/// separate the fields in a .tsv file, and commas in any other. If neurons have names, these are written. Comments at
/// the top hold format, version, number of neurons, and names, so that reading it back gives the same network. Throws
/// FileError for populations, which need a folder (see write_network), for a name with a line end, and if the file
/// cannot be written completely.
template <class Weight, class Vertex>
void write_network_table(const std::string& path, const Network<Weight, Vertex>& network) {
  if (!network.populations.empty())
    throw FileError(path, "a table of synapses cannot hold populations; write the network to a folder instead");
  detail::write_table(path, network.graph, network.names);
}

/// Writes a graph, whose neurons have no names.
template <class Weight, class Vertex>
void write_network_table(const std::string& path, const Graph<Weight, Vertex>& graph) {
  detail::write_table(path, graph, {});
}

}  // namespace spikeometric::io
