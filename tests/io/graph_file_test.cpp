// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/graph_file.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "../catch.hpp"
#include "../message.hpp"
#include "temporary_file.hpp"

using spikeometric::Duplicates, spikeometric::EdgeList, spikeometric::Graph;
using spikeometric::FileError, spikeometric::io::read_graph, spikeometric::io::read_graph_csv,
    spikeometric::io::read_graph_matrix_market, spikeometric::io::read_graph_npy, spikeometric::io::write_graph;

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
  CHECK(csv.content().substr(0, 16) == "pre,post,weight\n");
  CHECK(mtx.content().substr(0, 14) == "%%MatrixMarket");
  CHECK(npy.content().substr(0, 6) == "\x93NUMPY");
  CHECK(read_graph_csv(csv.path()) == three);
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

TEST_CASE("another extension is refused, with the three that are known") {
  for (const char* extension : {"", ".txt", ".npz", ".mtx.gz", ".cs", ".csvx", ".csv.", "/csv"}) {
    const std::string path = TemporaryFile{extension}.path();
    check_message<FileError>([&] { read_graph(path); }, {path + ": ", ".csv, .mtx or .npy"});
    check_message<FileError>([&] { write_graph(path, three); }, {path + ": ", ".csv, .mtx or .npy"});
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
