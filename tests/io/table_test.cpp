// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/table.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <locale>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "foreign_locale.hpp"
#include "temporary_file.hpp"

using spikeometric::Duplicates, spikeometric::Edge, spikeometric::EdgeList, spikeometric::Graph, spikeometric::Network,
    spikeometric::NeuronNames;
using spikeometric::FileError, spikeometric::io::Ids, spikeometric::io::Layout, spikeometric::io::NetworkFileOptions,
    spikeometric::io::read_network_table, spikeometric::io::write_network_table;

namespace {

using Strings = std::vector<std::string>;

Network<> network(const std::string& content, const NetworkFileOptions& options = {}) {
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
void check_notes(const Network<>& network, const Strings& parts) {
  REQUIRE(network.notes.size() == parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    INFO(network.notes[i]);
    CHECK(network.notes[i].find(parts[i]) != std::string::npos);
  }
}

Graph<> graph_of(std::uint64_t neurons, std::vector<Edge<>> edges) {
  return Graph{EdgeList<>{neurons, std::move(edges)}};
}

const Graph<> three = graph_of(3, {{0, 1, 0.5f}, {2, 0, -1.25f}});

Network<> with_names(Graph<> graph, const NeuronNames& names) {
  Network<> result{std::move(graph)};
  result.names = names;
  return result;
}

/// Writing and reading gives the same network, with the same number of neurons.
void check_round_trip(const Network<>& before, const std::string& extension = ".csv") {
  const TemporaryFile file{extension};
  write_network_table(file.path(), before);
  const auto after = read_network_table(file.path());
  INFO(file.content());
  CHECK(after.graph == before.graph);
  CHECK(after.names == before.names);
  CHECK(after.notes.empty());
}

}  // namespace

TEST_CASE("a network is read from lines of pre, post and weight") {
  CHECK(read("pre,post,weight\n0,1,0.5\n2,0,-1.25\n") == three);
}

TEST_CASE("the same network is read however the file is laid out") {
  const std::string content = GENERATE(as<std::string>{}, "pre,post,weight\n2,0,-1.25\n0,1,0.5\n",   // another order
                                       "pre,post,weight\n0,1,0.5\n2,0,-1.25",                        // no last line end
                                       "pre,post,weight\r\n0,1,0.5\r\n2,0,-1.25\r\n",                // Windows
                                       "pre,post,weight\n\n0,1,0.5\n  \n\r\n2,0,-1.25\n\n",          // blank lines
                                       " pre , post,\tweight \n 0 ,1, 0.5\n2,\t0 ,-1.25 \n",         // spaces
                                       "weight,pre,post\n0.5,0,1\n-1.25,2,0\n",                      // columns moved
                                       "id,post,type,pre,weight\n7,1,,0,0.5\nx,0,gap,2,-1.25\n",     // more columns
                                       "pre,post,weight\n0,1,5e-1\n2,0,-0.125E1\n",                  // exponents
                                       "pre,post,weight\n00,01,.5\n2,0,-1.25000000000000000000\n");  // zeros
  INFO(content);
  CHECK(read(content) == three);
  CHECK(read<float, std::uint16_t>(content).to_dense() == three.to_dense());
  CHECK(read<double>(content).to_dense() == three.to_dense().cast<double>());
}

TEST_CASE("a byte order mark before the header or a comment is ignored") {
  CHECK(read("\xEF\xBB\xBFpre,post,weight\n0,1,0.5\n2,0,-1.25\n") == three);
  CHECK(read("\xEF\xBB\xBF# a comment\n0,1,0.5\n2,0,-1.25\n") == three);
  check_refused("\xFF\xFEp\0r\0e\0", ":1: ", {"UTF-16", "UTF-8"});
}

TEST_CASE("a network read has as many neurons as the largest id says, or as the caller says") {
  CHECK(read("pre,post,weight\n0,9,1\n").neurons() == 10);
  CHECK(read("pre,post,weight\n9,0,1\n").neurons() == 10);
  CHECK(read("pre,post,weight\n0,9,1\n", {.neurons = 10}).neurons() == 10);
  CHECK(read("pre,post,weight\n0,9,1\n", {.neurons = 50}).neurons() == 50);
  CHECK(read("pre,post,weight\n", {.neurons = 50}) == graph_of(50, {}));
  CHECK(read<float, std::uint16_t>("pre,post,weight\n0,65535,1\n", {.neurons = 65536}).neurons() == 65536);
}

TEST_CASE("a file that cannot be opened is refused with its name") {
  const TemporaryFile missing{".csv"};
  check_message<FileError>([&] { read_network_table(missing.path()); }, {missing.path() + ": cannot be opened"});
  const std::string folder = std::filesystem::temp_directory_path().string();
  check_message<FileError>([&] { read_network_table(folder); }, {folder + ": "});
}

TEST_CASE("a file without a synapse is refused unless the number of neurons is given") {
  check_refused("pre,post,weight\n", ": ", {"no synapses"});
  check_refused("pre,post,weight\n\n", ": ", {"no synapses"});
}

TEST_CASE("a line of too few or too many fields is refused with its number") {
  check_refused("pre,post,weight\n0,1,1\n\n0,1\n", ":4: ", {"2 fields", "header has 3"});
  check_refused("pre,post,weight\n0,1,1,\n", ":2: ", {"4 fields", "header has 3"});
  check_refused("pre,post,weight\r\n0\r\n", ":2: ", {"1 fields", "header has 3"});
}

TEST_CASE("a field that is not a number is refused with its line and text") {
  check_refused("pre,post,weight\n0,1,1\n1,0,heavy\n", ":3: ", {"weight 'heavy' is not a number"});
  check_refused("pre,post,weight\n0,1,0.5mV\n", ":2: ", {"weight '0.5mV' is not a number"});
  check_refused("pre,post,weight\n0,1,\n", ":2: ", {"weight '' is not a number"});
  check_refused("pre,post,weight\n0,1,0x10\n", ":2: ", {"weight '0x10'"});
  check_refused("pre,post,weight\n0,1.5,1\n", ":2: ", {"post '1.5' is not a neuron id"});
  check_refused("pre,post,weight\n0,,1\n", ":2: ", {"post ''"});
  check_refused("pre,post,weight\n0,1,heavy\n", ":2: ", {"found 3 columns: pre, post, weight, separated by commas"});
}

TEST_CASE("an id that is negative or out of range is refused with its line") {
  check_refused("pre,post,weight\n0,1,1\n-1,0,1\n", ":3: ", {"pre '-1' is not a neuron id"});
  check_refused("pre,post,weight\n0,1,1\n0,10,1\n", ":3: ", {"post 10 is out of range", "10 neurons"}, {.neurons = 10});
  check_refused("pre,post,weight\n0,1,1\n0,x,1\n", ":3: ", {"post 'x' is not a neuron id"}, {.ids = Ids::index});
  check_refused("pre,post,weight\n0,18446744073709551616,1\n",
                ":2: ", {"post '18446744073709551616' is not a neuron id"});
  check_refused<float, std::uint16_t>("pre,post,weight\n65536,0,1\n",
                                      ":2: ", {"pre '65536' is out of range", "16 bits"}, {.ids = Ids::index});
  check_refused("pre,post,weight\n0,4294967296,1\n", ":2: ", {"post '4294967296' is out of range", "32 bits"},
                {.ids = Ids::index});
}

TEST_CASE("a weight that is not finite or not of its type's range is refused with its line") {
  for (const char* weight : {"nan", "-nan", "inf", "-inf", "infinity", "NaN", "INF"})
    check_refused("pre,post,weight\n0,1," + std::string(weight) + "\n", ":2: ", {weight, "not finite"});
  check_refused("pre,post,weight\n0,1,1e39\n", ":2: ", {"weight '1e39' is out of range"});
  check_refused<double>("pre,post,weight\n0,1,-1e309\n", ":2: ", {"weight '-1e309' is out of range"});
  CHECK(read<double>("pre,post,weight\n0,1,1e39\n").weights(0)[0] == 1e39);
}

TEST_CASE("a weight too small for its type is 0") {
  for (const char* weight : {"1e-50", "-1e-50", "0.1E-49", "1e-46", "1e-400", "-1e-4000", "-1E-5000"}) {
    CAPTURE(weight);
    const auto graph = read("pre,post,weight\n0,1," + std::string(weight) + "\n1,0,0.5\n");
    CHECK(graph == graph_of(2, {{0, 1, 0.0f}, {1, 0, 0.5f}}));
  }
  CHECK(read("pre,post,weight\n0,1,1e-45\n").weights(0)[0] == std::numeric_limits<float>::denorm_min());
  CHECK(read<double>("pre,post,weight\n0,1,1e-50\n").weights(0)[0] == 1e-50);
  CHECK(read<double>("pre,post,weight\n0,1,1e-400\n").weights(0)[0] == 0.0);
  check_refused("pre,post,weight\n0,1,1e-50mV\n", ":2: ", {"weight '1e-50mV' is"});
  check_refused("pre,post,weight\n0,1,1e400\n", ":2: ", {"weight '1e400' is out of range"});
  check_refused("pre,post,weight\n0,1,-1e4000\n", ":2: ", {"weight '-1e4000' is out of range"});
}

TEST_CASE("a duplicate edge is refused with its line, or summed where that is asked for") {
  const std::string content = "pre,post,weight\n3,1,0.5\n0,1,1\n\n3,1,0.25\n";
  check_refused(content, ":5: ", {"3 -> 1", "2 times"});
  CHECK(read(content, {.duplicates = Duplicates::sum}) == graph_of(4, {{3, 1, 0.75f}, {0, 1, 1.0f}}));
}

TEST_CASE("of several duplicates, the line given is that of the synapse named") {
  const TemporaryFile file{".csv", "pre,post,weight\n3,1,1\n3,1,1\n0,1,1\n0,1,1\n"};
  try {
    read_network_table(file.path());
    FAIL_CHECK("nothing was thrown");
  } catch (const FileError& error) {
    const std::string message = error.what();
    INFO(message);
    const bool says_0 = message.find("0 -> 1") != message.npos, says_3 = message.find("3 -> 1") != message.npos;
    CHECK(says_0 != says_3);
    CHECK(message.find(says_0 ? ":5: " : ":3: ") != message.npos);
  }
}

TEST_CASE("a sum of duplicates that is not finite is refused with a line that has it") {
  check_refused("pre,post,weight\n3,1,1\n3,1,1\n0,1,3e38\n0,1,3e38\n", ":5: ", {"0 -> 1", "inf"},
                {.duplicates = Duplicates::sum});
}

TEMPLATE_TEST_CASE("a network that is written and read back is bit-identical", "", float, double) {
  using Limits = std::numeric_limits<TestType>;
  support::Numbers random{1};
  std::vector<Edge<TestType>> edges;
  std::uint32_t post = 0;
  for (const TestType special :
       {Limits::max(), Limits::lowest(), Limits::min(), Limits::denorm_min(), TestType(0.1), -Limits::denorm_min(),
        TestType(0), TestType(1) / 3, TestType(1e22), TestType(123456789)})
    edges.push_back({0, post++, special});
  while (edges.size() < 5000) {
    const auto significand = static_cast<TestType>(random.real(0.5, 1.5));
    const int exponent = random.between(-125, 124);
    edges.push_back({static_cast<std::uint32_t>(1 + random.below(100)), post++, std::ldexp(significand, exponent)});
  }
  const Graph<TestType> graph{EdgeList<TestType>{6000, edges}};
  const TemporaryFile file{".csv"};
  write_network_table(file.path(), graph);
  CHECK(read_network_table<TestType>(file.path()).graph == graph);
  CHECK(read_network_table<TestType>(file.path(), {.transpose = true}).graph == graph.transposed());
}

TEST_CASE("a network is written with its number of neurons and a header, by presynaptic and then postsynaptic neuron") {
  const TemporaryFile file{".csv"}, tabs{".tsv"};
  write_network_table(file.path(), three);
  CHECK(file.content() == "# spikeometric graph 1, neurons = 3\npre,post,weight\n0,1,0.5\n2,0,-1.25\n");
  write_network_table(file.path(), graph_of(3, {}));
  CHECK(file.content() == "# spikeometric graph 1, neurons = 3\npre,post,weight\n");
  write_network_table(tabs.path(), three);
  CHECK(tabs.content() == "# spikeometric graph 1, neurons = 3\npre\tpost\tweight\n0\t1\t0.5\n2\t0\t-1.25\n");
}

TEST_CASE("isolated first, middle and last neurons are read back") {
  for (const Graph<>& graph : {graph_of(6, {{1, 2, 0.5f}, {4, 1, -1.0f}}), graph_of(4, {}), graph_of(1, {}),
                               graph_of(100'000, {{7, 99'998, 1.0f}})})
    for (const char* extension : {".csv", ".tsv"}) check_round_trip(Network<>{graph}, extension);
}

TEST_CASE("a file of a newer format, or with a damaged first line, is refused") {
  const std::string rest = "pre,post,weight\n0,1,1\n";
  check_refused("# spikeometric graph 2, neurons = 3\n" + rest, ": ", {"version 2", "up to 1"});
  check_refused("# spikeometric graph x, neurons = 3\n" + rest, ": ", {"damaged first line"});
  check_refused("# spikeometric graph 1\n" + rest, ": ", {"the number of neurons is missing"});
  check_refused("# spikeometric graph 1, neurons = 0\n" + rest, ": ", {"at least one neuron"});
  check_refused("# spikeometric graph 1, neurons = 3, named\n# A\n" + rest, ": ", {"3 names, but 1 follow"});
  check_refused("# spikeometric graph 1, neurons = 2, named\n# A\n# A\n" + rest, ": ", {"two neurons are called A"});
  check_refused("# spikeometric graph 1, neurons = 2\npre,post,weight\n0,2,1\n", ":3: ", {"post 2 is out of range"});
  check_refused("# spikeometric graph 1, neurons = 9\n" + rest, ": ", {"9 neurons", "must have 5"}, {.neurons = 5});
  check_refused("# spikeometric graph 1, neurons = 8589934592\n" + rest, ": ", {"too many for ids of 32 bits"});
}

TEST_CASE("names are written, and read back in their order") {
  const NeuronNames names{{"z", "a,b", "say \"x\"", "# 1", "007", "7", " blank", "720575940628857210"}};
  for (const char* extension : {".csv", ".tsv"})
    check_round_trip(with_names(graph_of(8, {{0, 1, 1}, {2, 3, 2}, {4, 5, 3}, {5, 4, 4}, {7, 6, 5}}), names),
                     extension);
  const TemporaryFile file{".csv"};
  write_network_table(file.path(), with_names(graph_of(3, {{2, 0, 1}}), NeuronNames{{"B", "a,b", "A"}}));
  CHECK(file.content() == "# spikeometric graph 1, neurons = 3, named\n# B\n# \"a,b\"\n# A\npre,post,weight\nA,B,1\n");
  check_refused("# spikeometric graph 1, neurons = 1, named\n# A\npre,post\nA,B\n",
                ":4: ", {"post 'B' is not among the names"});
  check_message<FileError>(
      [&] { write_network_table(file.path(), with_names(graph_of(1, {}), NeuronNames{{"a\nb"}})); }, {"line end"});
}

TEST_CASE("quotes around fields, as some programs write them, are removed") {
  const auto graph = read("\"pre\",\"post\",\"weight\"\n\"0\",\"1\",\"0.5\"\n");
  CHECK(graph == graph_of(2, {{0, 1, 0.5f}}));
}

TEST_CASE("a header that names a column twice is refused") {
  check_refused("pre,post,weight,pre\n0,1,2,3\n", ":1: ", {"duplicate column `pre`"});
}

TEST_CASE("a folder in place of a file is refused") {
  const std::string folder = std::filesystem::temp_directory_path().string();
  check_message<FileError>([&] { read_network_table(folder); }, {folder + ": cannot be"});
}

TEST_CASE("a column of delays is read, in steps") {
  const auto delayed = graph_of(3, {{0, 1, 0.5f, 7}, {2, 0, -1.25f, 65535}, {2, 1, 1.0f, 1}});
  CHECK(read("pre,post,weight,delay\n0,1,0.5,7\n2,0,-1.25,65535\n2,1,1,1\n") == delayed);
  CHECK(read("delay,post,type,pre,weight\n65535,0,x,2,-1.25\n7,1,y,0,0.5\n001,1,z,2,1\n") == delayed);
  CHECK(read("pre,post,weight,delay\n0,1,0.5,1\n2,0,-1.25,1\n") == three);
}

TEST_CASE("an invalid delay is refused with its line") {
  check_refused("pre,post,weight,delay\n0,1,1,1\n0,2,1,0\n", ":3: ", {"delay 0", "1 to 65535 steps"});
  check_refused("pre,post,weight,delay\n0,1,1,65536\n", ":2: ", {"delay '65536' is out of range"});
  check_refused("pre,post,weight,delay\n0,1,1,-1\n", ":2: ", {"delay '-1' is not a number of steps"});
  check_refused("pre,post,weight,delay\n0,1,1,1.5\n", ":2: ", {"delay '1.5' is not a number of steps"});
  check_refused("pre,post,weight,delay\n0,1,1,\n", ":2: ", {"delay '' is not a number of steps"});
  check_refused("pre,post,weight,delay,delay\n0,1,1,1,1\n", ":1: ", {"duplicate column `delay`"});
}

TEST_CASE("two synapses of different delay are no duplicates, and a duplicate's line is that of the same delay") {
  CHECK(read("pre,post,weight,delay\n0,1,1,2\n0,1,1,3\n") == graph_of(2, {{0, 1, 1.0f, 2}, {0, 1, 1.0f, 3}}));
  check_refused("pre,post,weight,delay\n0,1,1,2\n0,1,1,3\n\n0,1,1,2\n0,1,1,4\n", ":5: ", {"0 -> 1", "2 times"});
}

TEST_CASE("a network with delays is written with a column of them, and reads back the same") {
  const auto delayed = graph_of(3, {{0, 1, 0.5f, 7}, {2, 0, -1.25f, 65535}, {2, 1, 1.0f, 1}});
  const TemporaryFile file{".csv"};
  write_network_table(file.path(), delayed);
  CHECK(file.content() ==
        "# spikeometric graph 1, neurons = 3\npre,post,weight,delay\n0,1,0.5,7\n2,1,1,1\n2,0,-1.25,65535\n");
  CHECK(read_network_table(file.path()).graph == delayed);
}

TEST_CASE("each weight of a synapse has its own column, read and written") {
  using Weights = std::array<double, 3>;
  const Graph<Weights> graph{EdgeList<Weights>{3, {{0, 1, {0.5, 0.1, -3}, 4}, {2, 2, {0, 1e300, 2}, 1}}}};
  const std::string content = "pre,post,weight_0,weight_1,weight_2,delay\n0,1,0.5,0.1,-3,4\n2,2,0,1e+300,2,1\n";
  const TemporaryFile file{".csv"};
  write_network_table(file.path(), graph);
  CHECK(file.content() == "# spikeometric graph 1, neurons = 3\n" + content);
  CHECK(read<Weights>(content) == graph);
  CHECK(read<Weights>("weight_2,weight_0,pre,weight,post,weight_1,delay\n-3,0.5,0,9,1,0.1,4\n2,0,2,9,2,1e300,1\n") ==
        graph);

  using Single = std::array<float, 1>;
  const Graph<Single> one{EdgeList<Single>{1, {{0, 0, {0.5f}}}}};
  write_network_table(file.path(), one);
  CHECK(file.content() == "# spikeometric graph 1, neurons = 1\npre,post,weight_0\n0,0,0.5\n");
  CHECK(read_network_table<Single>(file.path()).graph == one);
}

TEST_CASE("too few or too many weight columns are refused") {
  using Weights = std::array<float, 2>;
  check_refused<Weights>("pre,post,weight\n0,1,1\n",
                         ":1: ", {"missing column `weight_0`", "found 3 columns: pre, post, weight"});
  check_refused<Weights>("pre,post,weight_0\n0,1,1\n", ":1: ", {"missing column `weight_1`"});
  check_refused<Weights>("pre,post,weight_0,weight_1,weight_2\n0,1,1,1,1\n", ":1: ", {"weight_2", "2 weights"});
  check_refused<Weights>("pre,post,weight_0,weight_1\n0,1,1,x\n", ":2: ", {"weight_1 'x' is not a number"});
  check_refused<Weights>("pre,post,weight_0,weight_1\n0,1,1,inf\n", ":2: ", {"weight_1 'inf' is not finite"});
}

TEST_CASE("commas, tabs, semicolons and blanks separate, found from the lines or given") {
  const std::string content = GENERATE(
      as<std::string>{}, "pre,post,weight\n0,1,0.5\n2,0,-1.25\n", "pre\tpost\tweight\n0\t1\t0.5\n2\t0\t-1.25\n",
      "pre;post;weight\n0;1;0.5\n2;0;-1.25\n", "pre post weight\n0 1 0.5\n2 0 -1.25\n",
      "  pre  post weight\n  0     1   0.5  \n\t2 0 -1.25\r\n", "\"pre\" \"post\" \"weight\"\n0 1 \"0.5\"\n2 0 -1.25\n",
      "pre;post;weight;note\n0;1;0.5;a, b\n2;0;-1.25;c, d\n",
      "pre\tpost\tweight\tnote\n0\t1\t0.5\tone two\n2\t0\t-1.25\tthree\n");
  INFO(content);
  CHECK(read(content) == three);
  CHECK(read("pre|post|weight\n0|1|0.5\n2|0|-1.25\n", {.separator = '|'}) == three);
  // By what the lines say, this is two columns of three words; by what is given, it is three columns.
  CHECK(read("a b,c d,3\n", {.header = false}).synapses() == 1);
  check_refused("pre;post;weight\n0;1;1\n", ":1: ", {"missing column `pre`", "found 1 column: pre;post;weight"},
                {.separator = ','});
}

TEST_CASE("without a header, the columns are pre, post and weight") {
  CHECK(read("0,1,0.5\n2,0,-1.25\n") == three);
  CHECK(read("0 1 0.5\n2 0 -1.25\n") == three);
  CHECK(read("0\t1\n2\t0\n0\t2\n") == graph_of(3, {{0, 1, 1}, {2, 0, 1}, {0, 2, 1}}));
  CHECK(network("AL,BL,3\nBL,CR,1\n").names == NeuronNames{{"AL", "BL", "CR"}});
  CHECK(network("AL,BL\nBL,CR\n", {.header = false}).graph.synapses() == 2);
  CHECK(read("# FromNodeId\tToNodeId\n0\t1\n1\t2\n2\t0\n0\t2\n").synapses() == 4);  // as SNAP writes it
  CHECK(read("# weight post pre\n0.5 1 0\n-1.25 0 2\n") == three);                  // as numpy.savetxt writes it
  check_refused("AL,BL\nBL,CR\n", ":1: ", {"missing column `pre`", "found 2 columns: AL, BL", "no header"});
  check_refused("1,0,1,0.5\n1,0,2,0.5\n", ": ", {"no header", "found 4 columns", "choose columns"});
}

TEST_CASE("columns with usual names are found, and others are chosen by name or number") {
  for (const char* header :
       {"pre,post,weight", "source,target,weight", "Source,Target,Weight", "from,to,w",
        "pre_root_id,post_root_id,syn_count", "Neuron1,Neuron2,N", "Neuron 1,Neuron 2,Nbr",
        "bodyId_pre,bodyId_post,weight", "PRE,POST,count", "pre_pt_root_id,post_pt_root_id,n_syn"}) {
    INFO(header);
    const auto found = network(std::string(header) + "\n0,1,0.5\n2,0,-1.25\n");
    CHECK(found.graph == three);
    CHECK(found.notes.empty());
  }
  const std::string content = "a,b,c,d\n0.5,9,0,1\n-1.25,9,2,0\n";
  CHECK(read(content, {.columns = {.pre = "c", .post = "d", .weight = "a"}}) == three);
  CHECK(read(content, {.columns = {.pre = "2", .post = "3", .weight = "0"}}) == three);
  CHECK(read("0.5,9,0,1\n-1.25,9,2,0\n", {.columns = {.pre = "2", .post = "3", .weight = "0"}}) == three);
  CHECK(read("pre,post,weight,to\n0,9,0.5,1\n2,9,-1.25,0\n", {.columns = {.post = "to"}}) == three);
  CHECK(read("x,y,weight,d\n0,1,2,7\n", {.columns = {.pre = "x", .post = "y", .delay = "d"}}) ==
        graph_of(2, {{0, 1, 2.0f, 7}}));
  check_refused(content, ":1: ", {"missing column `pre`", "found 4 columns: a, b, c, d", "choose columns"});
  check_refused(content, ":1: ", {"missing column `e`", "found 4 columns"}, {.columns = {.pre = "e", .post = "d"}});
  check_refused(content, ":1: ", {"missing column `4`"}, {.columns = {.pre = "4", .post = "d"}});
}

TEST_CASE("without a column of weights every weight is 1, and unused columns are noted") {
  const auto one = network("pre,post\n0,1\n2,0\n");
  CHECK(one.graph == graph_of(3, {{0, 1, 1}, {2, 0, 1}}));
  check_notes(one, {"every weight is 1"});
  check_notes(network("id,pre,post,weight,note\n7,0,1,0.5,x\n"), {"id, note"});
}

TEST_CASE("a quoted field holds separators, quotes and line ends") {
  CHECK(read("id,pre,post,weight,note\n7,0,1,0.5,\"soma, left\"\n8,2,0,-1.25,\"ok\"\n") == three);
  CHECK(read("note,pre,post,weight\n\"one\n\ntwo, three\",0,1,0.5\n\"\"\"x\"\"\",2,0,-1.25\n") == three);
  CHECK(network("pre,post\n\"a,\"\"b\"\"\",c\n").names == NeuronNames{{"a,\"b\"", "c"}});
  check_refused("note,pre,post,weight\n\"a\nb\",0,1,1\n\"c\",0,1,1\n", ":4: ", {"0 -> 1 occurs 2 times"});
  check_refused("note,pre,post,weight\n\"a\nb\",0,1,x\n", ":3: ", {"weight 'x'"});
  check_refused("pre,post,weight\n\"0,1,0.5\n2,0,-1.25\n", ":3: ", {"a quote is not closed"});
  check_refused("pre,post,weight\n\"0\"1,1,0.5\n", ":2: ", {"text after a closing quote"});
}

TEST_CASE("comments and blank lines are ignored") {
  CHECK(read("# a table\n%\n\npre,post,weight\n# 9,9,9\n0,1,0.5\n\n  % x\n2,0,-1.25\n#\n") == three);
  check_refused("# none\npre,post,weight\n0,1,1\n# none\n\n0,1,1\n", ":6: ", {"0 -> 1 occurs 2 times"});
  check_refused("# nothing\n\n", ": ", {"no synapses"});
}

TEST_CASE("numbers are read as people write them") {
  const auto graph = read("pre,post,weight\n0,1,+0.5\n1,2,1e-3\n2,0,1.5E+2\n0,2,.5\n1,0,5.\n");
  CHECK(graph == graph_of(3, {{0, 1, 0.5f}, {1, 2, 0.001f}, {2, 0, 150}, {0, 2, 0.5f}, {1, 0, 5}}));
  CHECK(read("pre,post,weight\n0.0,1.0,0.5\n+2,0.,-1.25\n") == three);
  CHECK(read("pre,post,weight\n0,1,1234567\n1,0,12345678\n") == graph_of(2, {{0, 1, 1234567}, {1, 0, 12345678}}));
  for (const char* weight : {"+", "++1", "+-1", "1e", "--1", "1,5"})
    check_refused("pre;post;weight\n0;1;" + std::string(weight) + "\n",
                  ":2: ", {"weight '" + std::string(weight) + "'"});
}

TEST_CASE("dense integers are indices, and other ids are names in sorted order") {
  // The largest is below 4 x 2 + 16.
  CHECK(network("pre,post\n0,23\n").graph.neurons() == 24);
  const auto sparse = network("pre,post,weight\n29,3000000,9\n29,946951,1\n946951,29,2\n0,29,7\n");
  CHECK(sparse.graph == graph_of(4, {{1, 3, 9}, {1, 2, 1}, {2, 1, 2}, {0, 1, 7}}));
  CHECK(sparse.names == NeuronNames{{"0", "29", "946951", "3000000"}});  // as numbers, not as text
  check_notes(sparse, {"mapped to indices in sorted order: 0 is neuron 0, 29 is neuron 1, 946951 is neuron 2, ..."});

  const auto words = network("Source,Target,Weight,Type\nAL , BL        ,3,chemical\nBL , CR ,1,x\nCR , AL ,2,y\n");
  CHECK(words.graph == graph_of(3, {{0, 1, 3}, {1, 2, 1}, {2, 0, 2}}));
  CHECK(words.names == NeuronNames{{"AL", "BL", "CR"}});

  const auto large =
      network("pre,post\n720575940628857210,720575940628857209\n720575940628857209,18446744073709551615\n");
  CHECK(large.graph == graph_of(3, {{1, 0, 1}, {0, 2, 1}}));
  CHECK(large.names == NeuronNames{{"720575940628857209", "720575940628857210", "18446744073709551615"}});
}

TEST_CASE("the options decide whether ids are indices or names") {
  const std::string sparse = "pre,post\n29,30000\n";
  CHECK(network(sparse, {.ids = Ids::index}).graph.neurons() == 30001);
  CHECK(network(sparse, {.neurons = 40000}).graph.neurons() == 40000);
  CHECK(network(sparse, {.neurons = 40000}).names.empty());
  CHECK(network("pre,post\n1,10\n10,9\n", {.ids = Ids::name}).names == NeuronNames{{"1", "9", "10"}});
  CHECK(network("pre,post\n1,10\n10,9\n", {.ids = Ids::name}).notes.size() == 1);  // on weights
  CHECK(network("pre,post\nA,10\n10,9\n", {.ids = Ids::name}).names == NeuronNames{{"9", "10", "A"}});
  CHECK(network("pre,post\nA,B\n", {.neurons = 2}).names == NeuronNames{{"A", "B"}});
  CHECK(network("pre,post\n720575940628857210,3\n", {.neurons = 2}).names == NeuronNames{{"3", "720575940628857210"}});
  check_refused("pre,post\nA,B\n", ": ", {"2 different names", "5 neurons"}, {.neurons = 5});
  check_refused("pre,post\n0,1\nA,1\n",
                ":3: ", {"pre 'A' is not a neuron id like the others, such as 0", "ids to name"});
  check_refused("pre,post\nA,1\n", ":2: ", {"post '1' is not a neuron id like the others, such as A"});
  check_refused("pre,post\n7.2e17,1\n", ":2: ", {"pre '7.2e17' is not a neuron id"});
}

TEST_CASE("ids may count from 1, which is asked where no id is 0") {
  const std::string content = "pre,post,weight\n1,2,0.5\n3,1,-1.25\n";
  CHECK(network(content, {.base = 1}).graph == three);
  CHECK(network(content, {.base = 1}).notes.empty());
  const auto unsaid = network(content);
  CHECK(unsaid.graph.neurons() == 4);
  check_notes(unsaid, {"no neuron has the id 0: if ids count from 1, set the base to 1"});
  CHECK(network(content, {.base = 0}).notes.empty());
  CHECK(network(content, {.neurons = 3, .base = 1}).graph == three);
  check_refused(content, ":3: ", {"pre 3 is out of range: there are 3 neurons, counted from 0"}, {.neurons = 3});
  check_refused("pre,post\n1,0\n", ":2: ", {"post '0' is out of range: ids count from 1"}, {.base = 1});
}

TEST_CASE("repeated pairs are refused by their names, or summed") {
  const std::string content = "pre,post,neuropil,weight\n0,1,AL_L,5\n0,1,LH_L,2\n1,2,AL_L,3\n";
  check_refused(content, ":3: ", {"synapse 0 -> 1 occurs 2 times", "can be summed"});
  CHECK(read(content, {.duplicates = Duplicates::sum}) == graph_of(3, {{0, 1, 7}, {1, 2, 3}}));
  const std::string named = "from,to\nPVCL,AVAL\nAVAL,DVA\nPVCL,AVAL\n";
  check_refused(named, ":4: ", {"synapse PVCL -> AVAL occurs 2 times"});
  CHECK(network(named, {.duplicates = Duplicates::sum}).graph == graph_of(3, {{2, 0, 2}, {0, 1, 1}}));
}

TEST_CASE("a square table of numbers is a matrix with presynaptic rows") {
  const Graph<> four = graph_of(4, {{0, 1, 0.5f}, {1, 3, -2}, {3, 0, 1}});
  const auto matrix = network("0,0.5,0,0\n0,0,0,-2\n0,0,0,0\n1,0,0,0\n");
  CHECK(matrix.graph == four);
  check_notes(matrix, {"matrix with presynaptic rows"});
  CHECK(read("0 .5 0 0\n0 0 0 -2\n0 0 0 0\n1 0 0 0\n", {.transpose = true}) == four.transposed());
  CHECK(read("0;0.5;;\n0;;;-2\n;;;\n1;0;0;0\n") == four);
  CHECK(read(",0,1,2,3\n0,0,0.5,0,0\n1,0,0,0,-2\n2,0,0,0,0\n3,1,0,0,0\n") == four);  // as pandas writes it
  const auto named = network("x,B,A,D,C\nB,0,0.5,0,0\nA,0,0,0,-2\nD,0,0,0,0\nC,1,0,0,0\n");
  CHECK(named.graph == four);
  CHECK(named.names == NeuronNames{{"B", "A", "D", "C"}});
  CHECK(network("B,A,D,C\n0,0.5,0,0\n0,0,0,-2\n0,0,0,0\n1,0,0,0\n").names == named.names);
  check_round_trip(with_names(named.graph, named.names));

  std::string large;
  std::vector<Edge<>> ring;
  for (std::uint32_t row = 0; row < 40; ++row) {
    for (std::uint32_t column = 0; column < 40; ++column)
      large += std::string(column > 0 ? "," : "") + (column == (row + 1) % 40 ? "1" : "0");
    large += '\n';
    ring.push_back({row, (row + 1) % 40, 1});
  }
  CHECK(read(large) == graph_of(40, ring));
}

TEST_CASE("a table that is not quite a matrix, or could be a list too, is refused") {
  check_refused("0,1,0\n0,0,1\n1,0,0\n", ": ", {"matrix of 3 x 3 or a list of 3 synapses", "set the layout"});
  CHECK(read("0,1,0\n0,0,1\n1,0,0\n", {.layout = Layout::matrix}) == graph_of(3, {{0, 1, 1}, {1, 2, 1}, {2, 0, 1}}));
  CHECK(read("0,1,0\n0,0,1\n1,0,0\n", {.layout = Layout::synapses}) == graph_of(2, {{0, 1, 0}, {0, 0, 1}, {1, 0, 0}}));
  CHECK(read("0,.5,0\n0,0,1\n1,0,0\n") == graph_of(3, {{0, 1, 0.5f}, {1, 2, 1}, {2, 0, 1}}));  // .5 is not an id
  check_refused("0,1\n0,0\n1,0\n", ": ", {"more than 2 rows", "2 columns"}, {.layout = Layout::matrix});
  check_refused("0,1\n", ": ", {"only 1 rows", "2 columns"}, {.layout = Layout::matrix});
  check_refused("x,A,B\nA,0,1\nC,1,0\n", ":1: ", {"missing column `pre`"});
  check_refused("x,A,B\nA,0,1\nB,1,0\n", ": ", {"2 rows", "must have 5"}, {.neurons = 5});
  check_refused(",A,A\nA,0,1\nA,1,0\n", ": ", {"two neurons are called A"});
}

TEST_CASE("a table of neurons adds isolated neurons, populations and signs") {
  const TemporaryFile nodes{".csv",
                            "root_id,cell_type,nt_type\n720575940000000005,KC,ACH\n720575940000000003,MBON,gaba\n"
                            "720575940000000009,,GLUT\n720575940000000001,KC,\n"};
  const std::string synapses =
      "pre_root_id,post_root_id,syn_count\n720575940000000003,720575940000000005,4\n720575940000000005,"
      "720575940000000009,2\n720575940000000009,720575940000000003,1\n";
  const auto found = network(synapses, {.nodes = nodes.path()});
  CHECK(found.graph == graph_of(4, {{1, 2, -4}, {2, 3, 2}, {3, 1, 1}}));
  CHECK(found.names ==
        NeuronNames{{"720575940000000001", "720575940000000003", "720575940000000005", "720575940000000009"}});
  REQUIRE(found.populations.size() == 2);
  CHECK(found.populations.index("KC") == 0);
  CHECK(found.populations.of_neurons() == std::vector<std::uint32_t>{0, 1, 0, spikeometric::Populations::none});
  check_notes(found, {"mapped to indices", "2 populations are from column `cell_type`",
                      "the weights of 1 inhibitory neurons are negative, after column `nt_type`"});
  CHECK(network(synapses, {.nodes = nodes.path(), .inhibitory = {"GABA", "glut"}}).graph ==
        graph_of(4, {{1, 2, -4}, {2, 3, 2}, {3, 1, -1}}));
  CHECK(network(synapses, {.columns = {.population = "nt_type"}, .nodes = nodes.path()}).populations.size() == 3);
}

TEST_CASE("a table of neurons names indices, and says signs in words or numbers") {
  const TemporaryFile nodes{".tsv",
                            "neuron\tname\tsign\tpopulation\n2\tC\t-1\tinh\n0\tA\t+1\texc\n1\tB\texcitatory\texc\n"};
  const auto found = network("pre,post,weight\n2,0,3\n0,1,1\n", {.nodes = nodes.path()});
  CHECK(found.graph == graph_of(3, {{2, 0, -3}, {0, 1, 1}}));
  CHECK(found.names == NeuronNames{{"A", "B", "C"}});
  CHECK(found.populations.index("inh") == 0);  // in order of the table
  const auto signed_already = network("pre,post,weight\n2,0,-3\n0,1,1\n", {.nodes = nodes.path()});
  CHECK(signed_already.graph == found.graph);
  CHECK(signed_already.notes.back().find("does not change signs") != std::string::npos);
  const auto more = network("pre,post,weight\n2,0,3\n0,4,1\n", {.nodes = nodes.path()});
  CHECK(more.graph.neurons() == 5);
  CHECK(more.names.empty());
  CHECK(more.notes[0].find("2 of 5 neurons have no line") != std::string::npos);
}

TEST_CASE("an invalid table of neurons is refused with its line") {
  const auto refused = [](const std::string& content, const std::string& after_path, const std::string& part) {
    const TemporaryFile nodes{".csv", content};
    check_message<FileError>([&] { network("pre,post\n0,1\n", {.nodes = nodes.path()}); },
                             {nodes.path() + after_path, part});
  };
  refused("", ": ", "is empty");
  refused("x,y\n0,1\n", ":1: ", "missing column `id`");
  refused("id,sign\n0,1\n1,maybe\n", ":3: ", "sign 'maybe' is not");
  refused("id\n0\n\n1\n0\n", ":5: ", "neuron 0 is in line 2 already");
  refused("id\n0\n-1\n", ":3: ", "id '-1'");
}

TEST_CASE("files are the same in every locale") {
  const TemporaryFile file{".csv"};
  const GlobalLocale foreign{std::locale(std::locale::classic(), new Separators)};
  const Graph<> graph = graph_of(20'000, {{12'345, 19'999, 1234.5f}});
  write_network_table(file.path(), graph);
  CHECK(file.content() == "# spikeometric graph 1, neurons = 20000\npre,post,weight\n12345,19999,1234.5\n");
  CHECK(read_network_table(file.path()).graph == graph);
}

TEST_CASE("a file that cannot be written completely is an error that names it") {
  const std::string nowhere = TemporaryFile{""}.path() + "/missing/file.csv";
  check_message<FileError>([&] { write_network_table(nowhere, three); }, {nowhere + ": cannot be opened for writing"});
  if (!std::filesystem::exists("/dev/full")) return;  // accepts nothing; only Linux has it
  check_message<FileError>([&] { write_network_table("/dev/full", three); }, {"/dev/full: cannot be written"});
}

TEST_CASE("a large table in any order is read as it is written, whatever the blocks of the file") {
  support::Numbers random{3};
  std::string content = "pre,post,weight\n";
  std::vector<Edge<>> edges;
  for (std::uint32_t i = 0; i < 30'000; ++i) {
    const auto pre = static_cast<std::uint32_t>(random.below(1000)), weight = static_cast<std::uint32_t>(i);
    edges.push_back({pre, i % 1000, static_cast<float>(weight)});
    content += std::to_string(720575940600000000 + pre) + ',' + std::to_string(720575940600000000 + i % 1000) + ',' +
               std::to_string(weight) + '\n';
  }
  CHECK(read(content, {.duplicates = Duplicates::sum}) == Graph<>{EdgeList<>{1000, edges}, Duplicates::sum});
  const std::string field(200'000, 'x');  // longer than a block
  CHECK(read("note,pre,post,weight\n" + field + ",0,1,0.5\n,2,0,-1.25\n") == three);
}
