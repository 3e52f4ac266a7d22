// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/graph_file.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "../catch.hpp"
#include "../message.hpp"
#include "temporary_file.hpp"

using spikeometric::Duplicates, spikeometric::EdgeList, spikeometric::Graph, spikeometric::Network,
    spikeometric::NeuronNames, spikeometric::neurons;
using spikeometric::FileError, spikeometric::io::read_graph, spikeometric::io::read_graph_matrix_market,
    spikeometric::io::read_graph_npy, spikeometric::io::write_graph, spikeometric::io::read_network,
    spikeometric::io::write_network;

namespace {

const Graph<> three{EdgeList<>{3, {{0, 1, 0.5f}, {1, 2, -1.25f}, {2, 2, 0.1f}}}};
const Graph<> delayed{EdgeList<>{2, {{0, 1, 0.5f, 3}}}};

}  // namespace

TEST_CASE("the extension says how a network is written and read") {
  const TemporaryFile csv{".csv"}, mtx{".mtx"}, npy{".npy"};
  for (const TemporaryFile* file : {&csv, &mtx, &npy}) {
    write_graph(file->path(), three);
    INFO(file->path());
    CHECK(read_graph(file->path()) == three);
    CHECK(read_graph<double>(file->path()).neurons() == 3);
    CHECK(read_graph<float, std::uint16_t>(file->path()).to_dense() == three.to_dense());
  }
  CHECK(csv.content().substr(0, 36) == "# spikeometric graph 1, neurons = 3\n");
  CHECK(mtx.content().substr(0, 14) == "%%MatrixMarket");
  CHECK(npy.content().substr(0, 6) == "\x93NUMPY");
  CHECK(read_graph_matrix_market(mtx.path()) == three);
  CHECK(read_graph_npy(npy.path()) == three);
}

TEST_CASE("an extension may be in capitals") {
  const TemporaryFile csv{".CSV"}, mtx{".Mtx"}, npy{".NPY"};
  for (const TemporaryFile* file : {&csv, &mtx, &npy}) {
    write_graph(file->path(), three);
    CHECK(read_graph(file->path()) == three);
  }
}

TEST_CASE("another extension is refused, with those that are known") {
  for (const char* extension : {"", ".txt", ".npz", ".mtx.gz", ".cs", ".csvx", ".csv.", "/csv"}) {
    const std::string path = TemporaryFile{extension}.path();
    check_message<FileError>([&] { read_graph(path); }, {path + ": ", ".csv, .tsv, .mtx or .npy"});
    check_message<FileError>([&] { write_graph(path, three); }, {path + ": ", ".csv, .tsv, .mtx or .npy"});
    CHECK_FALSE(std::filesystem::exists(path));
  }
}

TEST_CASE("a file of any format is transposed where that is asked for") {
  for (const char* extension : {".csv", ".mtx", ".npy"}) {
    const TemporaryFile file{extension};
    write_graph(file.path(), three);
    CHECK(read_graph(file.path(), {.transpose = true}) == three.transposed());
    CHECK_FALSE(read_graph(file.path(), {.transpose = true}) == three);
  }
}

TEST_CASE("duplicates are refused, or summed where that is asked for") {
  const TemporaryFile csv{".csv", "pre,post,weight\n0,1,1\n0,1,2\n"};
  const TemporaryFile mtx{".mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 2 1\n1 2 2\n"};
  for (const TemporaryFile* file : {&csv, &mtx}) {
    check_message<FileError>([&] { read_graph(file->path()); }, {file->path(), "0 -> 1"});
    CHECK(read_graph(file->path(), {.duplicates = Duplicates::sum}) == Graph<>{EdgeList<>{2, {{0, 1, 3.0f}}}});
  }
}

TEST_CASE("the number of neurons may be given, which a matrix must then have") {
  const TemporaryFile csv{".csv", "pre,post,weight\n0,1,1\n"};
  CHECK(read_graph(csv.path()).neurons() == 2);
  CHECK(read_graph(csv.path(), {.neurons = 5}).neurons() == 5);
  for (const char* extension : {".mtx", ".npy"}) {
    const TemporaryFile file{extension};
    write_graph(file.path(), three);
    CHECK(read_graph(file.path(), {.neurons = 3}) == three);
    check_message<FileError>([&] { read_graph(file.path(), {.neurons = 5}); }, {file.path(), "3 rows", "5 neurons"});
    check_message<FileError>([&] { read_graph(file.path(), {.neurons = 2}); }, {file.path(), "3 rows", "2 neurons"});
  }
}

TEST_CASE("an error in a file gives the message of the format's own reader") {
  const TemporaryFile csv{".csv", "pre,post,weight\n0,x,1\n"}, mtx{".mtx", "no matrix\n"}, npy{".npy", "no array"};
  check_message<FileError>([&] { read_graph(csv.path()); }, {csv.path() + ":2: post 'x'"});
  check_message<FileError>([&] { read_graph(mtx.path()); }, {mtx.path() + ":1: this is not a MatrixMarket file"});
  check_message<FileError>([&] { read_graph(npy.path()); }, {npy.path() + ": is not a .npy file"});
  for (const char* extension : {".csv", ".mtx", ".npy"}) {
    const std::string missing = TemporaryFile{extension}.path();
    check_message<FileError>([&] { read_graph(missing); }, {missing + ": cannot be opened"});
  }
}

TEST_CASE("delays are kept by .csv and refused by the others") {
  const TemporaryFile csv{".csv"}, mtx{".mtx"}, npy{".npy"};
  write_graph(csv.path(), delayed);
  CHECK(read_graph(csv.path()) == delayed);
  CHECK(read_graph(csv.path(), {.transpose = true}) == delayed.transposed());
  for (const TemporaryFile* file : {&mtx, &npy})
    check_message<FileError>([&] { write_graph(file->path(), delayed); }, {file->path(), "delays", ".csv"});
}

TEST_CASE("several weights per synapse are kept by .csv and refused by the others") {
  using Weights = std::array<float, 2>;
  const Graph<Weights> graph{EdgeList<Weights>{2, {{0, 1, {0.5f, -2.0f}}}}};
  const TemporaryFile csv{".csv"}, mtx{".mtx"}, npy{".npy"};
  write_graph(csv.path(), graph);
  CHECK(read_graph<Weights>(csv.path()) == graph);
  for (const TemporaryFile* file : {&mtx, &npy}) {
    check_message<FileError>([&] { write_graph(file->path(), graph); }, {file->path(), "one weight", ".csv"});
    CHECK_FALSE(std::filesystem::exists(file->path()));
    check_message<FileError>([&] { read_graph<Weights>(file->path()); }, {file->path(), "one weight", ".csv"});
  }
}

TEST_CASE("a published connectome is the same in every format") {
  const auto celegans = read_graph(std::string(SPIKEOMETRIC_TEST_DATA) + "/celegans/synapses.csv");
  REQUIRE(celegans.synapses() == 2194);
  for (const char* extension : {".mtx", ".npy"}) {
    const TemporaryFile file{extension};
    write_graph(file.path(), celegans);
    CHECK(read_graph(file.path()) == celegans);
  }
}

TEST_CASE("isolated first, middle and last neurons are kept in every format") {
  const Graph<> isolated{EdgeList<>{7, {{1, 2, 0.5f}, {4, 5, 1.0f}, {5, 1, -2.0f}}}};
  for (const char* extension : {".csv", ".tsv", ".mtx", ".npy"}) {
    const TemporaryFile file{extension};
    write_graph(file.path(), isolated);
    CHECK(read_graph(file.path()) == isolated);
    write_network(file.path(), Network<>{isolated});
    CHECK(read_network(file.path()).graph == isolated);
    CHECK(read_network(file.path()).notes.empty());
  }
}

TEST_CASE("a folder of a table of synapses and one of neurons is one network") {
  const auto celegans = read_network(std::string(SPIKEOMETRIC_TEST_DATA) + "/celegans");
  CHECK(celegans.graph.neurons() == 279);
  CHECK(celegans.graph.synapses() == 2194);
  CHECK(celegans.graph == read_graph(std::string(SPIKEOMETRIC_TEST_DATA) + "/celegans/synapses.csv"));
  CHECK(celegans.names[0] == "ADAL");
  CHECK(celegans.names.id("AIBL") == 12);  // line 14 of neurons.csv
  CHECK(celegans.populations.size_of("ADA") == 2);
  const auto by_transmitter =
      read_network(std::string(SPIKEOMETRIC_TEST_DATA) + "/celegans", {.columns = {.population = "neurotransmitter"}});
  CHECK(by_transmitter.populations.size_of("GABA") == 26);
}

TEST_CASE("a network is written to a folder with its names and populations, and read back") {
  const TemporaryFolder folder;
  Network<> network{three};
  write_network(folder.path("graph/"), network);
  CHECK(read_network(folder.path("graph")).graph == three);
  CHECK(read_network(folder.path("graph")).names.empty());

  network.names = NeuronNames{{"z", "a,b", "two\nlines"}};
  network.populations.add("second\r\npopulation", neurons({2}));
  network.populations.add("first", neurons({0}));
  write_network(folder.path("all/"), network);
  const auto read = read_network(folder.path("all"));
  CHECK(read.graph == three);
  CHECK(read.names == network.names);
  REQUIRE(read.populations.size() == 2);
  CHECK(read.populations.index("second\r\npopulation") == 0);
  CHECK(read.populations.index("first") == 1);
  CHECK(read.populations.of_neurons() == network.populations.of_neurons());

  check_message<FileError>([&] { write_network(folder.path("x.csv"), network); },
                           {"cannot hold populations", "folder"});
  check_message<FileError>([&] { write_network(folder.path("x.mtx"), network); }, {"cannot hold names or populations"});
  check_message<FileError>([&] { write_network(folder.path("x.txt"), network); }, {".csv, .tsv, .mtx or .npy"});
}

TEST_CASE("a folder of several networks or tables of neurons is not one network") {
  const TemporaryFolder folder;
  folder.write("a.csv", "pre,post\n0,1\n");
  folder.write("neurons.csv", "id\n0\n1\n2\n");
  CHECK(read_network(folder.path()).graph.neurons() == 3);
  folder.write("b.csv", "pre,post\n0,1\n");
  check_message<FileError>([&] { read_network(folder.path()); }, {"has 2 networks", "a.csv", "b.csv", "dataset"});
  folder.write("nodes.csv", "id\n0\n1\n");
  check_message<FileError>([&] { read_network(folder.path()); }, {"two tables of neurons", "neurons.csv", "nodes.csv"});
}

TEST_CASE("a table of neurons goes with a matrix, by index or in the order of its rows") {
  const TemporaryFolder folder;
  folder.write("w.mtx", "%%MatrixMarket matrix coordinate real general\n3 3 2\n1 3 4\n2 1 5\n");
  folder.write("neurons.csv", "id,population,sign\nPVCL,P,-1\nAVAL,A,1\nDVA,A,1\n");
  const auto network = read_network(folder.path());
  CHECK(network.names == NeuronNames{{"PVCL", "AVAL", "DVA"}});
  CHECK(network.graph == Graph<>{EdgeList<>{3, {{0, 2, -4.0f}, {1, 0, 5.0f}}}});
  folder.write("neurons.csv", "id,name\n2,DVA\n1,AVAL\n0,PVCL\n");
  CHECK(read_network(folder.path()).names == network.names);
  CHECK(read_network(folder.path("w.mtx"), {.nodes = folder.path("neurons.csv")}).names == network.names);
  folder.write("neurons.csv", "id\nPVCL\nAVAL\n");
  check_message<FileError>([&] { read_network(folder.path()); }, {"neurons.csv", "2 neurons", "3 rows"});
}
