// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/table.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <locale>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "foreign_locale.hpp"
#include "tables.hpp"
#include "temporary_file.hpp"

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
  std::vector<std::string> many;  // more than a block of the file
  for (int i = 0; i < 20'000; ++i) many.push_back("neuron " + std::to_string(i));
  check_round_trip(with_names(graph_of(20'000, {{0, 1, 1}, {19'999, 0, 2}}), NeuronNames{many}), ".tsv");
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
