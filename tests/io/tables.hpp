// SPDX-License-Identifier: BSD-3-Clause
//
// What the tests of tables share: reading a content, and checking how it is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "spikeometric/io/table.hpp"
#include "temporary_file.hpp"

using spikeometric::Duplicates, spikeometric::Edge, spikeometric::EdgeList, spikeometric::Graph, spikeometric::Network,
    spikeometric::NeuronNames;
using spikeometric::FileError, spikeometric::io::Ids, spikeometric::io::Layout, spikeometric::io::NetworkFileOptions,
    spikeometric::io::read_network_table, spikeometric::io::write_network_table;

using Strings = std::vector<std::string>;

inline Network<> network(const std::string& content, const NetworkFileOptions& options = {}) {
  return read_network_table(TemporaryFile{".csv", content}.path(), options);
}

template <class Weight = float, class Vertex = std::uint32_t>
Graph<Weight, Vertex> read(const std::string& content, const NetworkFileOptions& options = {}) {
  return read_network_table<Weight, Vertex>(TemporaryFile{".csv", content}.path(), options).graph;
}

/// Reading the content fails with a message that begins with the path, and goes on as told.
template <class Weight = float, class Vertex = std::uint32_t>
void check_refused(const std::string& content, const std::string& after_path, std::initializer_list<std::string> parts,
                   const NetworkFileOptions& options = {}) {
  INFO("content:\n" << content);
  const TemporaryFile file{".csv", content};
  const auto call = [&] { read_network_table<Weight, Vertex>(file.path(), options); };
  check_message<FileError>(call, {file.path() + after_path});
  check_message<FileError>(call, parts);
}

/// The notes hold these parts, one each, and there are no others.
inline void check_notes(const Network<>& network, const Strings& parts) {
  REQUIRE(network.notes.size() == parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    INFO(network.notes[i]);
    CHECK(network.notes[i].find(parts[i]) != std::string::npos);
  }
}

inline Graph<> graph_of(std::uint64_t neurons, std::vector<Edge<>> edges) {
  return Graph{EdgeList<>{neurons, std::move(edges)}};
}

inline const Graph<> three = graph_of(3, {{0, 1, 0.5f}, {2, 0, -1.25f}});

inline Network<> with_names(Graph<> graph, const NeuronNames& names) {
  Network<> result{std::move(graph)};
  result.names = names;
  return result;
}

/// Writing and reading gives the same network, with the same number of neurons.
inline void check_round_trip(const Network<>& before, const std::string& extension = ".csv") {
  const TemporaryFile file{extension};
  write_network_table(file.path(), before);
  const auto after = read_network_table(file.path());
  INFO(file.content());
  CHECK(after.graph == before.graph);
  CHECK(after.names == before.names);
  CHECK(after.notes.empty());
}
