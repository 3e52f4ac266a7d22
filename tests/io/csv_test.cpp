// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/csv.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <locale>
#include <random>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "temporary_file.hpp"

using spikeometric::BatchEvents, spikeometric::BinaryEvent, spikeometric::CountEvent, spikeometric::Duplicates,
    spikeometric::Edge, spikeometric::EdgeList, spikeometric::Events, spikeometric::Graph;
using spikeometric::FileError, spikeometric::io::GraphCsvOptions, spikeometric::io::read_graph_csv,
    spikeometric::io::read_events_csv, spikeometric::io::EventsCsvOptions, spikeometric::io::write_csv;

namespace {

template <class Weight = float, class Vertex = std::uint32_t>
Graph<Weight, Vertex> read(const std::string& content, const GraphCsvOptions& options = {}) {
  return read_graph_csv<Weight, Vertex>(TemporaryFile{".csv", content}.path(), options);
}

/// Reading the content fails with a message that begins with the path, and goes on as told.
template <class Weight = float, class Vertex = std::uint32_t>
void check_refused(const std::string& content, const std::string& after_path, std::initializer_list<std::string> parts,
                   const GraphCsvOptions& options = {}) {
  INFO("content:\n" << content);
  const TemporaryFile file{".csv", content};
  const auto call = [&] { read_graph_csv<Weight, Vertex>(file.path(), options); };
  check_message<FileError>(call, {file.path() + after_path});
  check_message<FileError>(call, parts);
}

Graph<> graph_of(std::uint64_t neurons, std::vector<Edge<>> edges) {
  return Graph{EdgeList<>{neurons, std::move(edges)}};
}

const Graph<> three = graph_of(3, {{0, 1, 0.5f}, {2, 0, -1.25f}});

/// Numbers as 1.234.567,5.
struct Separators : std::numpunct<char> {
  char do_thousands_sep() const override { return '.'; }
  char do_decimal_point() const override { return ','; }
  std::string do_grouping() const override { return "\3"; }
};

class GlobalLocale {
 public:
  explicit GlobalLocale(const std::locale& locale) : before_(std::locale::global(locale)) {}
  GlobalLocale(const GlobalLocale&) = delete;
  GlobalLocale& operator=(const GlobalLocale&) = delete;
  ~GlobalLocale() { std::locale::global(before_); }

 private:
  std::locale before_;
};

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

TEST_CASE("a byte order mark before the header is ignored") {
  CHECK(read("\xEF\xBB\xBFpre,post,weight\n0,1,0.5\n2,0,-1.25\n") == three);
}

TEST_CASE("a network read has as many neurons as the largest id says, or as the caller says") {
  CHECK(read("pre,post,weight\n0,9,1\n").neurons() == 10);
  CHECK(read("pre,post,weight\n9,0,1\n").neurons() == 10);
  CHECK(read("pre,post,weight\n0,9,1\n", {.neurons = 10}).neurons() == 10);
  CHECK(read("pre,post,weight\n0,9,1\n", {.neurons = 50}).neurons() == 50);
  CHECK(read("pre,post,weight\n", {.neurons = 50}) == graph_of(50, {}));
  CHECK(read<float, std::uint16_t>("pre,post,weight\n0,65535,1\n").neurons() == 65536);
}

TEST_CASE("a file that cannot be opened is refused with its name") {
  const TemporaryFile missing{".csv"};
  check_message<FileError>([&] { read_graph_csv(missing.path()); }, {missing.path() + ": cannot be opened"});
  const std::string folder = std::filesystem::temp_directory_path().string();
  check_message<FileError>([&] { read_graph_csv(folder); }, {folder + ": "});
}

TEST_CASE("a file without a header that names pre, post and weight is refused") {
  check_refused("", ": ", {"empty", "pre,post,weight"});
  check_refused("0,1,0.5\n", ":1: ", {"missing column `pre`", "pre,post,weight"});
  check_refused("\npre,post,weight\n0,1,0.5\n", ":1: ", {"pre,post,weight"});
  check_refused("post,weight\n1,0.5\n", ":1: ", {"missing column `pre`"});
  check_refused("pre,weight\n1,0.5\n", ":1: ", {"missing column `post`"});
  check_refused("pre,post\n1,0\n", ":1: ", {"missing column `weight`"});
  check_refused("pre,post,Weight\n1,0,1\n", ":1: ", {"missing column `weight`"});
  check_refused("pre;post;weight\n1;0;1\n", ":1: ", {"missing column `pre`"});
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
  check_refused("pre,post,weight\nA,1,1\n", ":2: ", {"pre 'A' is not a neuron id"});
  check_refused("pre,post,weight\n0,1.5,1\n", ":2: ", {"post '1.5' is not a neuron id"});
  check_refused("pre,post,weight\n0,,1\n", ":2: ", {"post ''"});
  check_refused("pre,post,weight\n1 2,0,1\n", ":2: ", {"pre '1 2'"});
}

TEST_CASE("an id that is negative or out of range is refused with its line") {
  check_refused("pre,post,weight\n0,1,1\n-1,0,1\n", ":3: ", {"pre '-1' is not a neuron id"});
  check_refused("pre,post,weight\n0,4294967296,1\n", ":2: ", {"post '4294967296' is out of range"});
  check_refused<float, std::uint16_t>("pre,post,weight\n65536,0,1\n", ":2: ", {"pre '65536' is out of range"});
  check_refused("pre,post,weight\n0,1,1\n0,10,1\n", ":3: ", {"post 10 is out of range", "10 neurons"}, {.neurons = 10});
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
    read_graph_csv(file.path());
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
  std::mt19937_64 random{1};
  std::vector<Edge<TestType>> edges;
  std::uint32_t post = 0;
  for (const TestType special :
       {Limits::max(), Limits::lowest(), Limits::min(), Limits::denorm_min(), TestType(0.1), -Limits::denorm_min(),
        TestType(0), TestType(1) / 3, TestType(1e22), TestType(123456789)})
    edges.push_back({0, post++, special});
  while (edges.size() < 5000) {
    const auto significand = static_cast<TestType>(static_cast<double>(random() >> 11) * 0x1p-53 + 0.5);
    const int exponent = static_cast<int>(random() % 250) - 125;
    edges.push_back({static_cast<std::uint32_t>(1 + random() % 100), post++, std::ldexp(significand, exponent)});
  }
  const Graph<TestType> graph{EdgeList<TestType>{6000, edges}};
  const TemporaryFile file{".csv"};
  write_csv(file.path(), graph);
  CHECK(read_graph_csv<TestType>(file.path(), {.neurons = 6000}) == graph);
}

TEST_CASE("a network is written with a header, by presynaptic and then postsynaptic neuron") {
  const TemporaryFile file{".csv"};
  write_csv(file.path(), three);
  CHECK(file.content() == "pre,post,weight\n0,1,0.5\n2,0,-1.25\n");
  write_csv(file.path(), graph_of(3, {}));
  CHECK(file.content() == "pre,post,weight\n");
}

TEST_CASE("a recording is written with a header, one event per line") {
  const TemporaryFile file{".csv"};
  Events<CountEvent> counts{3, 1.0, 0, 1'000'000};
  counts.append(10, std::vector<CountEvent>{{0, 2, 1}, {7, 0, 3}});
  write_csv(file.path(), counts);
  CHECK(file.content() == "step,neuron,count\n1000000,2,1\n1000007,0,3\n");

  Events<BinaryEvent> binary{3, 1.0, 0, std::uint64_t{1} << 47};
  binary.append(10, std::vector<BinaryEvent>{{1, 1}});
  write_csv(file.path(), binary);
  CHECK(file.content() == "step,neuron,count\n140737488355329,1,1\n");

  write_csv(file.path(), Events<BinaryEvent>{3, 1.0});
  CHECK(file.content() == "step,neuron,count\n");
}

TEST_CASE("the recordings of a batch are written network by network, by their ids") {
  const TemporaryFile file{".csv"};
  std::vector<Events<CountEvent>> networks{{3, 1.0, 7, 100}, {2, 1.0, 8, 100}, {4, 1.0, 9, 100}};
  networks[0].append(10, std::vector<CountEvent>{{0, 2, 1}, {4, 0, 3}});
  networks[2].append(10, std::vector<CountEvent>{{0, 3, 1}});
  write_csv(file.path(), BatchEvents{networks});
  CHECK(file.content() == "network,step,neuron,count\n7,100,2,1\n7,104,0,3\n9,100,3,1\n");

  write_csv(file.path(), BatchEvents<BinaryEvent>{{Events<BinaryEvent>{3, 1.0}}});
  CHECK(file.content() == "network,step,neuron,count\n");
}

TEST_CASE("files are the same in every locale") {
  const TemporaryFile file{".csv"};
  const GlobalLocale foreign{std::locale(std::locale::classic(), new Separators)};
  Events<BinaryEvent> events{20'000, 1.0};
  events.append(2'000'000, std::vector<BinaryEvent>{{1'234'567, 12'345}});
  write_csv(file.path(), events);
  CHECK(file.content() == "step,neuron,count\n1234567,12345,1\n");

  const Graph<> graph = graph_of(20'000, {{12'345, 19'999, 1234.5f}});
  write_csv(file.path(), graph);
  CHECK(file.content() == "pre,post,weight\n12345,19999,1234.5\n");
  CHECK(read_graph_csv(file.path()) == graph);
}

TEST_CASE("a file that cannot be written is an error that names it") {
  const Events<BinaryEvent> events{3, 1.0};
  const std::string nowhere = TemporaryFile{""}.path() + "/missing/file.csv";
  check_message<FileError>([&] { write_csv(nowhere, events); }, {nowhere + ": cannot be opened for writing"});
  check_message<FileError>([&] { write_csv(nowhere, BatchEvents<BinaryEvent>{{events}}); },
                           {nowhere + ": cannot be opened for writing"});
  check_message<FileError>([&] { write_csv(nowhere, three); }, {nowhere + ": cannot be opened for writing"});
}

TEST_CASE("a full disk is an error, whether it shows at once or only at the end") {
  const std::string full = "/dev/full";  // accepts nothing; only Linux has it
  if (!std::filesystem::exists(full)) return;
  const std::uint32_t events = GENERATE(0u, 1u, 100'000u);
  std::vector<BinaryEvent> spikes;
  std::vector<Edge<>> edges;
  for (std::uint32_t i = 0; i < events; ++i) {
    spikes.emplace_back(i, 0);
    edges.push_back({i, i, 0.1f});
  }
  Events<BinaryEvent> recording{1, 1.0};
  recording.append(100'000, spikes);
  check_message<FileError>([&] { write_csv(full, recording); }, {full + ": cannot be written"});
  check_message<FileError>([&] { write_csv(full, graph_of(100'000, edges)); }, {full + ": cannot be written"});
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
  check_message<FileError>([&] { read_graph_csv(folder); }, {folder + ": cannot be"});
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
  write_csv(file.path(), delayed);
  CHECK(file.content() == "pre,post,weight,delay\n0,1,0.5,7\n2,1,1,1\n2,0,-1.25,65535\n");
  CHECK(read_graph_csv(file.path()) == delayed);
}

TEST_CASE("each weight of a synapse has its own column, read and written") {
  using Weights = std::array<double, 3>;
  const Graph<Weights> graph{EdgeList<Weights>{3, {{0, 1, {0.5, 0.1, -3}, 4}, {2, 2, {0, 1e300, 2}, 1}}}};
  const std::string content = "pre,post,weight_0,weight_1,weight_2,delay\n0,1,0.5,0.1,-3,4\n2,2,0,1e+300,2,1\n";
  const TemporaryFile file{".csv"};
  write_csv(file.path(), graph);
  CHECK(file.content() == content);
  CHECK(read<Weights>(content) == graph);
  CHECK(read<Weights>("weight_2,weight_0,pre,weight,post,weight_1,delay\n-3,0.5,0,9,1,0.1,4\n2,0,2,9,2,1e300,1\n") ==
        graph);

  using Single = std::array<float, 1>;
  const Graph<Single> one{EdgeList<Single>{1, {{0, 0, {0.5f}}}}};
  write_csv(file.path(), one);
  CHECK(file.content() == "pre,post,weight_0\n0,0,0.5\n");
  CHECK(read_graph_csv<Single>(file.path()) == one);
}

TEST_CASE("too few or too many weight columns are refused") {
  using Weights = std::array<float, 2>;
  check_refused<Weights>("pre,post,weight\n0,1,1\n",
                         ":1: ", {"missing column `weight_0`", "pre,post,weight_0,weight_1"});
  check_refused<Weights>("pre,post,weight_0\n0,1,1\n", ":1: ", {"missing column `weight_1`"});
  check_refused<Weights>("pre,post,weight_0,weight_1,weight_2\n0,1,1,1,1\n", ":1: ", {"weight_2", "2 weights"});
  check_refused<Weights>("pre,post,weight_0,weight_1\n0,1,1,x\n", ":2: ", {"weight_1 'x' is not a number"});
  check_refused<Weights>("pre,post,weight_0,weight_1\n0,1,1,inf\n", ":2: ", {"weight_1 'inf' is not finite"});
  check_refused("pre,post,weight_0\n0,1,1\n", ":1: ", {"missing column `weight`;"});
}

TEST_CASE("a recording that is written and read back is the same") {
  Events<> spikes(5, 0.5, 3, 1000);
  spikes.append(20, std::vector<BinaryEvent>{{0, 1}, {0, 4}, {7, 0}, {19, 2}});
  TemporaryFile file{".csv", ""};
  write_csv(file.path(), spikes);
  const auto copy =
      read_events_csv(file.path(), {.neurons = 5, .steps = 20, .first_step = 1000, .dt_ms = 0.5, .network_id = 3});
  CHECK(copy.fingerprint() == spikes.fingerprint());
  CHECK(copy.neurons() == 5);
  CHECK(copy.steps() == 20);
  CHECK(copy.first_step() == 1000);
  CHECK(copy.dt_ms() == 0.5);

  Events<CountEvent> counts(3, 1.0);
  counts.append(10, std::vector<CountEvent>{{2, 0, 7}, {2, 1, 1}});
  write_csv(file.path(), counts);
  CHECK(read_events_csv<CountEvent>(file.path(), {.neurons = 3, .steps = 10}).fingerprint() == counts.fingerprint());
}

TEST_CASE("by default, a recording has as many steps and neurons as its events need") {
  const TemporaryFile file{".csv", "neuron, step\n3,0\n\n1,8\n"};
  const auto spikes = read_events_csv(file.path());
  CHECK(spikes.neurons() == 4);
  CHECK(spikes.steps() == 9);
  CHECK(spikes.total() == 2);
}

TEST_CASE("invalid events are refused with their line") {
  const auto check = [](const std::string& content, const std::string& after_path,
                        const EventsCsvOptions& options = {}) {
    INFO("content:\n" << content);
    const TemporaryFile file{".csv", content};
    check_message<FileError>([&] { read_events_csv(file.path(), options); }, {file.path() + after_path});
  };
  check("", ": is empty");
  check("time,neuron\n", ":1: missing column `step`");
  check("network,step,neuron,count\n", ":1: unexpected column `network`");
  check("step,neuron,count\n", ": has no events");
  check("step,neuron,count\n0,1\n", ":2: the line has 2 fields, but the header has 3");
  check("step,neuron,count\n0,1,1\n0,0,1\n", ":3: events must be sorted");
  check("step,neuron,count\n0,1,1\n0,1,1\n", ":3: events must be sorted");
  check("step,neuron,count\n5,1,0\n", ":2: count 0 must be at least 1");
  check("step,neuron,count\n5,1,2\n", ":2: count 2 must be 1 in a binary recording");
  check("step,neuron,count\n5,1,1\n", ":2: step 5 is out of range: the recording has 5 steps from step 0 on",
        {.steps = 5});
  check("step,neuron,count\n5,1,1\n", ":2: step 5 is out of range: the recording has 10 steps from step 6 on",
        {.steps = 10, .first_step = 6});
  check("step,neuron,count\n5,4,1\n", ":2: neuron 4 is out of range: there are 4 neurons", {.neurons = 4});
  check("step,neuron,count\nx,4,1\n", ":2: step 'x' is not a step");
}
