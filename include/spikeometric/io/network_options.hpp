// SPDX-License-Identifier: BSD-3-Clause
//
// How to read the files of networks. Every format takes these options.
//
//   sk::io::read_network("connections.csv", {.duplicates = sk::Duplicates::sum});
//   sk::io::read_network("edges.tsv", {.columns = {.pre = "from_id", .post = "3"}, .base = 1});
//   sk::io::read_network("synapses.csv", {.nodes = "neurons.csv", .inhibitory = {"GABA", "GLUT"}});
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spikeometric/graph/graph.hpp"

namespace spikeometric::io {

/// What the ids of neurons in a table are.
enum class Ids {
  /// Integers are indices if the largest is below 4 x (number of different ids) + 16, or below the number of neurons
  /// that is given; everything else is a name.
  automatic,
  index,  ///< integers, kept as they are
  name    ///< names, or numbers that serve as names: the neurons are numbered in sorted order
};

constexpr std::array<const char*, 3> names_of(Ids) { return {"automatic", "index", "name"}; }

/// What the lines of a table are.
enum class Layout {
  automatic,  ///< synapses if there are columns for both neurons, and a matrix if the table is square
  synapses,   ///< one synapse per line
  matrix      ///< one presynaptic neuron per line, with a weight for each postsynaptic neuron
};

constexpr std::array<const char*, 3> names_of(Layout) { return {"automatic", "synapses", "matrix"}; }

/// Columns of tables, by name or by number, counted from 0. Empty: a column with a usual name, if there is one.
struct TableColumns {
  std::string pre = {}, post = {}, weight = {}, delay = {};                           ///< of synapses
  std::string id = {}, name = {}, population = {}, sign = {}, neurotransmitter = {};  ///< of neurons
};

struct NetworkFileOptions {
  /// Swaps presynaptic and postsynaptic neurons, in every format: for matrices with row = postsynaptic.
  bool transpose = false;
  Duplicates duplicates = Duplicates::refuse;
  /// Number of neurons. 0: taken from the file. A matrix must have this many rows.
  std::uint64_t neurons = 0;

  // Tables only:
  Ids ids = Ids::automatic;
  std::optional<std::uint64_t> base = {};  ///< the index of the first neuron in the file; by default 0
  TableColumns columns = {};
  char separator = 0;               ///< ',', '\t', ';', or ' ' for any number of blanks; 0: found from the lines
  std::optional<bool> header = {};  ///< whether the first line names the columns; by default found from it
  Layout layout = Layout::automatic;

  /// A table of neurons, with their names, populations, and signs or neurotransmitters. A folder of synapses and one
  /// such table needs no path.
  std::string nodes = {};
  /// The neurotransmitters, in any case, whose neurons are inhibitory.
  std::vector<std::string> inhibitory = {"GABA"};
};

}  // namespace spikeometric::io
