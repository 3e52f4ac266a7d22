// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/dataset.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "spikeometric/graph/batch.hpp"
#include "spikeometric/graph/generate.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "temporary_file.hpp"

using spikeometric::Duplicates, spikeometric::EdgeList, spikeometric::Graph;
using spikeometric::io::Dataset, spikeometric::FileError, spikeometric::io::read_dataset, spikeometric::io::write_graph;

static_assert(std::input_iterator<Dataset<>::Iterator>);
static_assert(std::is_same_v<Dataset<double, std::uint16_t>::Iterator::value_type, Graph<double, std::uint16_t>>);

namespace {

/// A network told by its size.
Graph<> network(std::uint64_t neurons) {
  EdgeList<> edges{neurons};
  edges.add(0, neurons - 1, 0.5f);
  return Graph<>{edges};
}

}  // namespace

TEST_CASE("a dataset is the graph files of a folder in the order of their names' bytes") {
  const TemporaryFolder folder;
  const std::vector<std::string> names = {"10.npy", "2.mtx", "B.csv", "_.npy",       "a.CSV",
                                          "a.mtx",  "a.npy", "b.csv", "\xC3\xA5.mtx"};
  for (std::size_t i = names.size(); i-- > 0;) write_graph(folder.path(names[i]), network(i + 1));
  const Dataset<> dataset{folder.path()};
  REQUIRE(dataset.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    CHECK(dataset.path(i) == folder.path(names[i]));
    CHECK(dataset[i] == network(i + 1));
  }
  std::size_t count = 0;
  for (const Graph<>& graph : dataset) CHECK(graph == network(++count));
  CHECK(count == names.size());

  const auto all = read_dataset(folder.path());
  REQUIRE(all.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(all[i] == network(i + 1));
  CHECK(read_dataset(folder.path() + "/").size() == names.size());
}

TEST_CASE("other files and subfolders are ignored") {
  const TemporaryFolder folder;
  for (const char* name : {"README.md", "weights.npz", "x.mtx.gz", "npy", ".csv", "a.csv~", "b.npy.tmp"})
    folder.write(name, "no graph");
  std::filesystem::create_directory(folder.path("folder.npy"));
  write_graph(folder.path("folder.npy/inside.npy"), network(2));
  write_graph(folder.path("one.mtx"), network(3));
  const Dataset<> dataset{folder.path()};
  REQUIRE(dataset.size() == 1);
  CHECK(dataset[0] == network(3));
}

TEST_CASE("a link to a graph file is read, and a broken link is an error") {
  const TemporaryFolder folder, elsewhere;
  write_graph(elsewhere.path("one.csv"), network(3));
  std::error_code error;
  std::filesystem::create_symlink(elsewhere.path("one.csv"), folder.path("a.csv"), error);
  if (error) return;  // not every system has links
  std::filesystem::create_symlink(elsewhere.path("missing.csv"), folder.path("b.csv"));
  const Dataset<> dataset{folder.path()};
  REQUIRE(dataset.size() == 2);
  CHECK(dataset[0] == network(3));
  check_message<FileError>([&] { dataset[1]; }, {folder.path("b.csv") + ": cannot be opened"});
}

TEST_CASE("a folder without graph files and a missing folder are refused by name") {
  const TemporaryFolder folder;
  const auto refused = [](const std::string& path, const std::string& what) {
    check_message<FileError>([&] { Dataset<>{path}; }, {path + ": ", what});
    check_message<FileError>([&] { read_dataset(path); }, {path + ": ", what});
  };
  refused(folder.path(), "has no graph files (.csv, .tsv, .mtx or .npy)");
  folder.write("README.md", "no graph");
  refused(folder.path(), "has no graph files");
  refused(folder.path("missing"), "cannot be read as a folder");
  refused(folder.path("README.md"), "cannot be read as a folder");
  refused("", "cannot be read as a folder");
}

TEST_CASE("a file is read at every access") {
  const TemporaryFolder folder;
  write_graph(folder.path("a.csv"), network(2));
  folder.write("b.csv", "pre,post,weight\n0,x,1\n");
  const Dataset<> dataset{folder.path()};  // does not read what is wrong
  CHECK(dataset[0] == network(2));
  auto each = dataset.begin();
  CHECK(*each == network(2));
  CHECK(each++ == dataset.begin());
  check_message<FileError>([&] { *each; }, {folder.path("b.csv") + ":2: post 'x'"});
  check_message<FileError>([&] { read_dataset(folder.path()); }, {folder.path("b.csv") + ":2: post 'x'"});

  write_graph(folder.path("b.csv"), network(5));
  CHECK(*each == network(5));
  CHECK(++each == dataset.end());
}

TEST_CASE("the options and types hold for every file") {
  const TemporaryFolder folder;
  folder.write("a.csv", "pre,post,weight\n0,2,1.5\n0,2,0.1\n");
  folder.write("b.mtx", "%%MatrixMarket matrix coordinate real general\n3 3 2\n1 3 1.5\n1 3 0.1\n");
  const Dataset<double, std::uint16_t> dataset{folder.path(), {.transpose = true, .duplicates = Duplicates::sum}};
  const Graph<double, std::uint16_t> expected{EdgeList<double, std::uint16_t>{3, {{2, 0, 1.6}}}};
  for (const auto& graph : dataset) CHECK(graph == expected);
  check_message<FileError>([&] { read_dataset(folder.path()); }, {folder.path("a.csv"), "0 -> 2"});
}

TEST_CASE("a table of neurons is no network, but belongs to each of the folder") {
  const TemporaryFolder folder;
  folder.write("a.csv", "pre,post,weight\nA,B,1\n");
  folder.write("b.csv", "pre,post,weight\nC,A,1\n");
  folder.write("neurons.csv", "id,type\nA,x\nB,x\nC,y\n");
  const Dataset<> dataset{folder.path()};
  REQUIRE(dataset.size() == 2);
  CHECK(dataset[0] == Graph<>{EdgeList<>{3, {{0, 1, 1.0f}}}});
  CHECK(dataset[1] == Graph<>{EdgeList<>{3, {{2, 0, 1.0f}}}});
  CHECK(dataset.network(1).names[2] == "C");
  CHECK(dataset.network(0).populations.size_of("x") == 2);
  folder.write("matrix.csv", "neuron,A,B,C\nA,0,1,0\nB,0,0,1\nC,1,0,0\n");  // not a second table of neurons
  CHECK(Dataset<>{folder.path()}.size() == 3);
}

TEST_CASE("an index out of range is refused") {
  const TemporaryFolder folder;
  write_graph(folder.path("a.csv"), network(2));
  const Dataset<> dataset{folder.path()};
  check_message<std::out_of_range>([&] { dataset[1]; }, {"network 1 is out of range", "a dataset of 1"});
  check_message<std::out_of_range>([&] { dataset.path(7); }, {"network 7"});
  check_message<std::out_of_range>([&] { *dataset.end(); }, {"network 1"});
}

TEST_CASE("a dataset is simulated batch by batch as it would be all at once") {
  using namespace spikeometric;
  const TemporaryFolder folder;
  for (std::uint32_t i = 0; i < 7; ++i)
    write_graph(folder.path(std::to_string(i) + ".csv"),
                generate::normal({.neurons = 30 + i, .probability = 0.3, .std = 3.0}, Seed{i}));
  const Dataset<> dataset{folder.path()};
  const BernoulliGLM model;
  Simulator all{batch(read_dataset(folder.path())), model, no_stimulus, Seed{5}};
  const auto expected = all.run(200).by_network();
  for (const std::size_t size : {1, 3, 7, 100}) {
    std::vector<std::uint64_t> fingerprints;
    std::vector<std::uint32_t> firsts;
    for_each_batch(dataset, size, [&](Batch<> networks, std::uint32_t first) {
      CHECK(networks.size() == std::min<std::size_t>(size, 7 - first));
      firsts.push_back(first);
      Simulator some{std::move(networks), model, no_stimulus, Seed{5}, EigenBackend<>{.first_network = first}};
      for (const auto& spikes : some.run(200).by_network()) fingerprints.push_back(spikes.fingerprint());
    });
    REQUIRE(fingerprints.size() == 7);
    CHECK(firsts.size() == (7 + size - 1) / size);
    for (std::size_t i = 0; i < 7; ++i) CHECK(fingerprints[i] == expected[i].fingerprint());
  }
  check_message<std::invalid_argument>([&] { for_each_batch(dataset, 0, [](Batch<>, std::uint32_t) {}); }, {"0"});

  std::uint32_t read = 0;
  write_graph(folder.path("8.csv"), network(2));
  folder.write("9.csv", "pre,wrong");
  check_message<FileError>(
      [&] { for_each_batch(Dataset<>{folder.path()}, 4, [&](const Batch<>&, std::uint32_t) { ++read; }); }, {"9.csv"});
  CHECK(read == 2);
}
