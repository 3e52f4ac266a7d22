// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/matrix_market.hpp"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "temporary_file.hpp"

using spikeometric::Duplicates, spikeometric::Edge, spikeometric::EdgeList, spikeometric::Graph;
using spikeometric::FileError, spikeometric::io::NetworkFileOptions, spikeometric::io::read_graph_matrix_market,
    spikeometric::io::write_matrix_market;

namespace {

const std::string real = "%%MatrixMarket matrix coordinate real general\n";

template <class Weight = float, class Vertex = std::uint32_t>
Graph<Weight, Vertex> read(const std::string& content, const NetworkFileOptions& options = {}) {
  return read_graph_matrix_market<Weight, Vertex>(TemporaryFile{".mtx", content}.path(), options);
}

/// Reading the content fails with a message that begins with the path, and goes on as told.
template <class Weight = float, class Vertex = std::uint32_t>
void check_refused(const std::string& content, const std::string& after_path, std::initializer_list<std::string> parts,
                   const NetworkFileOptions& options = {}) {
  INFO("content:\n" << content);
  const TemporaryFile file{".mtx", content};
  const auto call = [&] { read_graph_matrix_market<Weight, Vertex>(file.path(), options); };
  check_message<FileError>(call, {file.path() + after_path});
  check_message<FileError>(call, parts);
}

template <class Weight = float>
Graph<Weight> graph_of(std::uint64_t neurons, std::vector<Edge<Weight>> edges) {
  return Graph<Weight>{EdgeList<Weight>{neurons, std::move(edges)}};
}

const Graph<> three = graph_of(3, {{0, 1, 0.5f}, {1, 2, -1.25f}, {2, 0, 0.1f}, {2, 2, 2.0f}});

}  // namespace

// The contents of this test were written by scipy.io.mmwrite of SciPy 1.17.
TEST_CASE("files are read as SciPy means them") {
  CHECK(read("%%MatrixMarket matrix coordinate real general\n%\n3 3 4\n1 2 5E-1\n2 3 -1.25\n3 1 1E-1\n3 3 2\n") ==
        three);
  CHECK(read("%%MatrixMarket matrix coordinate real symmetric\n%\n3 3 4\n1 1 1\n2 1 2\n3 2 -3.5\n3 3 4\n") ==
        graph_of(3, {{0, 0, 1}, {0, 1, 2}, {1, 0, 2}, {1, 2, -3.5f}, {2, 1, -3.5f}, {2, 2, 4}}));
  CHECK(read("%%MatrixMarket matrix coordinate real skew-symmetric\n%\n3 3 2\n2 1 2\n3 2 -3.5\n") ==
        graph_of(3, {{0, 1, -2}, {1, 0, 2}, {1, 2, 3.5f}, {2, 1, -3.5f}}));
  CHECK(read("%%MatrixMarket matrix coordinate integer general\n%\n3 3 3\n1 2 -7\n2 2 3\n3 1 12\n") ==
        graph_of(3, {{0, 1, -7}, {1, 1, 3}, {2, 0, 12}}));
  CHECK(read("%%MatrixMarket matrix coordinate pattern symmetric\n%\n3 3 2\n2 1\n2 2\n") ==
        graph_of(3, {{0, 1, 1}, {1, 0, 1}, {1, 1, 1}}));
  CHECK(read("%%MatrixMarket matrix coordinate integer general\n%a comment\n3 3 3\n1 2 1\n2 1 1\n2 2 1\n") ==
        graph_of(3, {{0, 1, 1}, {1, 0, 1}, {1, 1, 1}}));
}

TEST_CASE("every field goes with every symmetry but a pattern with signs") {
  const std::string sizes = "\n2 2 1\n", banner = "%%MatrixMarket matrix coordinate ";
  for (const auto& [field, value, weight] : std::vector<std::tuple<std::string, std::string, float>>{
           {"real", " -2.5", -2.5f}, {"integer", " -3", -3.0f}, {"pattern", "", 1.0f}}) {
    CHECK(read(banner + field + " general" + sizes + "2 1" + value) == graph_of(2, {{1, 0, weight}}));
    CHECK(read(banner + field + " symmetric" + sizes + "2 1" + value) == graph_of(2, {{1, 0, weight}, {0, 1, weight}}));
    if (field != "pattern")
      CHECK(read(banner + field + " skew-symmetric" + sizes + "2 1" + value) ==
            graph_of(2, {{1, 0, weight}, {0, 1, -weight}}));
  }
  check_refused(banner + "pattern skew-symmetric" + sizes + "2 1", ":1: ", {"pattern cannot be skew-symmetric"});
}

TEST_CASE("row is the presynaptic and column the postsynaptic neuron, unless the options transpose it") {
  const std::string content = real + "3 3 2\n1 3 4\n2 1 5\n";
  CHECK(read(content) == graph_of(3, {{0, 2, 4}, {1, 0, 5}}));
  CHECK(read(content, {.transpose = true}) == graph_of(3, {{2, 0, 4}, {0, 1, 5}}));
  const std::string skew = "%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n2 1 5\n";
  CHECK(read(skew, {.transpose = true}) == graph_of(2, {{0, 1, 5}, {1, 0, -5}}));
}

TEST_CASE("the same network is read however the file is laid out") {
  const std::string entries = "1 2 0.5\n2 3 -1.25\n3 1 0.1\n3 3 2\n";
  const std::string content =
      GENERATE_COPY(as<std::string>{}, real + "3 3 4\n3 3 2\n2 3 -1.25\n3 1 .1\n1 2 5e-1\n",  // another order
                    real + "3 3 4\n" + entries.substr(0, entries.size() - 1),                 // no line end
                    real + "3 3 4\r\n1 2 0.5\r\n2 3 -1.25\r\n3 1 0.1\r\n3 3 2\r\n",           // Windows
                    real + "%\n% text %% 1 2 3\n\n  \t\n3 3 4\n" + entries + "\n \n",         // before and after
                    real + "3 3 4\n1 2 0.5\n\n% 1 1 9\n2 3 -1.25\n  % x\n3 1 0.1\n3 3 2\n",   // in between
                    real + "  3\t 3   4  \n 1   2 \t0.5\n2 3 -1.25 \n3 1 0.1\n3 3 +2.0E0\n",  // blanks
                    real + "03 3 004\n01 2 0.50000\n2 3 -1.25\n3 1 0.1\n3 3 2.\n",            // zeros
                    "%%matrixmarket MATRIX Coordinate Real GENERAL  \r\n3 3 4\n" + entries);  // capitals
  INFO(content);
  CHECK(read(content) == three);
  CHECK(read<float, std::uint16_t>(content).to_dense() == three.to_dense());
}

TEST_CASE("entries that are zero are synapses of weight 0") {
  const auto graph = read(real + "2 2 2\n1 2 0\n2 2 -0.0\n");
  CHECK(graph == graph_of(2, {{0, 1, 0.0f}, {1, 1, 0.0f}}));
  CHECK(graph.synapses() == 2);
  CHECK(std::signbit(graph.weights(1)[0]));
}

TEST_CASE("a matrix may have one row, empty rows, entries on the diagonal, or no entries") {
  CHECK(read(real + "1 1 1\n1 1 3\n") == graph_of(1, {{0, 0, 3}}));
  CHECK(read(real + "1 1 0\n") == graph_of(1, {}));
  CHECK(read(real + "50 50 0\n") == graph_of(50, {}));
  CHECK(read(real + "50 50 1\n7 9 1\n") == graph_of(50, {{6, 8, 1}}));
  CHECK(read<float, std::uint16_t>(real + "65536 65536 1\n65536 1 1\n").targets(65535)[0] == 0);
}

TEST_CASE("a file of another format is refused, with what is supported") {
  const std::string supported =
      "%%MatrixMarket matrix coordinate|array real|integer|pattern general|symmetric|skew-symmetric";
  const auto refused = [&](const std::string& line, const std::string& why) {
    check_refused(line + "\n2 2 0\n", ":1: ", {why, supported});
  };
  refused("%%MatrixMarket matrix dense real general", "'dense' is not supported");
  refused("%%MatrixMarket vector coordinate real general", "'vector' is not supported");
  refused("%%MatrixMarket matrix coordinate unsigned-integer general", "'unsigned-integer' is not supported");
  refused("%%MatrixMarket matrix coordinate real", "4 words");
  refused("%%MatrixMarket matrix coordinate real general more", "6 words");
  refused("%MatrixMarket matrix coordinate real general", "not a MatrixMarket file");
  refused("pre,post,weight", "not a MatrixMarket file");
  refused("", "not a MatrixMarket file");
  check_refused("", ": ", {"is empty", "%%MatrixMarket"});
}

TEST_CASE("a complex matrix is refused, with what to do") {
  for (const char* type : {"coordinate complex general", "coordinate complex Hermitian", "coordinate real hermitian",
                           "array complex symmetric"})
    check_refused("%%MatrixMarket matrix " + std::string(type) + "\n2 2 0\n",
                  ":1: ", {"weights must be real numbers", "take its real part"});
}

// By the format's page, an array has its values column by column, a symmetric one those of its lower triangle, and a
// skew-symmetric one those below the diagonal.
TEST_CASE("an array is read column by column, with every symmetry") {
  const std::string array = "%%MatrixMarket matrix array ";
  CHECK(read(array + "real general\n2 2\n0\n1.5\n-2\n0\n") == graph_of(2, {{1, 0, 1.5f}, {0, 1, -2}}));
  CHECK(read(array + "real general\n% x\n2 2\n\n0\n1.5\n-2\n0", {.transpose = true}) ==
        graph_of(2, {{0, 1, 1.5f}, {1, 0, -2}}));
  const auto symmetric = graph_of(3, {{0, 0, 1}, {1, 0, 2}, {0, 1, 2}, {2, 1, 5}, {1, 2, 5}, {2, 2, 6}});
  CHECK(read(array + "integer symmetric\n3 3\n1\n2\n0\n0\n5\n6\n") == symmetric);
  const auto skew = graph_of(3, {{1, 0, 2}, {0, 1, -2}, {2, 0, -3}, {0, 2, 3}});
  CHECK(read(array + "real skew-symmetric\n3 3\n2\n-3\n0\n") == skew);
  CHECK(read(array + "real skew-symmetric\n3 3\n2\n-3\n0\n", {.transpose = true}) == skew.transposed());
  check_refused(array + "pattern general\n1 1\n", ":1: ", {"an array cannot be a pattern"});
  check_refused(array + "real general\n2 2 4\n", ":2: ", {"3 fields", "rows columns"});
  check_refused(array + "real general\n2 3\n", ":2: ", {"square matrix, but this one is 2 x 3"});
  check_refused(array + "real general\n2 2\n1\n2\n3\n", ":5: ", {"ends after 3 of the values"});
  check_refused(array + "real symmetric\n2 2\n1\n2\n3\n4\n", ":6: ", {"one value more"});
  check_refused(array + "real general\n2 2\n1 2\n3 4\n", ":3: ", {"2 fields", "must have 1"});
  check_refused(array + "real general\n2 2\n1\nx\n", ":4: ", {"value 'x' is not a number"});
  check_refused(array + "real general\n100000 100000\n1\n", ":3: ", {"ends after 1 of the values"});
}

TEST_CASE("the number of neurons may be given, which the rows must be") {
  CHECK(read(real + "3 3 1\n1 1 1\n", {.neurons = 3}).neurons() == 3);
  check_refused(real + "3 3 1\n1 1 1\n", ":2: ", {"3 rows", "5 neurons"}, {.neurons = 5});
}

TEST_CASE("a missing or invalid size line is refused") {
  check_refused(real, ":1: ", {"ends before its size line"});
  check_refused(real + "%\n\n", ":3: ", {"ends before its size line"});
  check_refused(real + "3 3\n", ":2: ", {"2 fields", "rows columns entries"});
  check_refused(real + "3 3 1 1\n", ":2: ", {"4 fields", "rows columns entries"});
  check_refused(real + "%\n3 4 1\n1 1 1\n", ":3: ", {"square matrix, but this one is 3 x 4"});
  check_refused(real + "0 0 0\n", ":2: ", {"at least one neuron"});
  check_refused(real + "x 3 1\n", ":2: ", {"rows 'x' is not a count"});
  check_refused(real + "3 -3 1\n", ":2: ", {"columns '-3' is not a count"});
  check_refused(real + "3 3 1.5\n", ":2: ", {"entries '1.5' is not a count"});
  check_refused(real + "3 3 18446744073709551616\n", ":2: ", {"entries '18446744073709551616' is out of range"});
  check_refused(real + "4294967297 4294967297 0\n", ":2: ", {"4294967297 neurons are too many for ids of 32 bits"});
  check_refused<float, std::uint16_t>(real + "65537 65537 0\n",
                                      ":2: ", {"65537 neurons are too many for ids of 16 bits"});
}

TEST_CASE("more or fewer entries than declared are refused") {
  check_refused(real + "3 3 3\n1 2 1\n\n2 1 1\n", ":5: ", {"after 2 of the 3 entries declared in line 2"});
  check_refused(real + "3 3 1\n", ":2: ", {"after 0 of the 1 entries"});
  check_refused(real + "%\n3 3 1\n1 2 1\n%\n2 1 1\n", ":6: ", {"one entry more than the 1 entries declared in line 3"});
  check_refused(real + "3 3 0\n1 2 1\n", ":3: ", {"one entry more than the 0 entries"});
}

TEST_CASE("an absurd declared number of entries takes no memory") {
  for (const char* entries : {"18446744073709551615", "9223372036854775807", "1000000000000"})
    for (const char* symmetry : {"general", "symmetric"})
      check_refused(
          "%%MatrixMarket matrix coordinate pattern " + std::string(symmetry) + "\n2 2 " + entries + "\n2 1\n",
          ":3: ", {"after 1 of the " + std::string(entries) + " entries"});
}

TEST_CASE("an entry of too few or too many fields is refused with its line") {
  check_refused(real + "3 3 2\n1 2 1\n1 2\n", ":4: ", {"2 fields", "must have 3"});
  check_refused(real + "3 3 1\n1 2 1 0\n", ":3: ", {"4 fields", "must have 3"});
  check_refused("%%MatrixMarket matrix coordinate pattern general\n3 3 1\n1 2 1\n",
                ":3: ", {"3 fields", "must have 2"});
}

TEST_CASE("an invalid index is refused with its line") {
  check_refused(real + "3 3 2\n1 2 1\n0 2 1\n", ":4: ", {"row 0 is out of range: it must be 1 to 3"});
  check_refused(real + "3 3 1\n1 0 1\n", ":3: ", {"column 0 is out of range"});
  check_refused(real + "3 3 1\n4 1 1\n", ":3: ", {"row 4 is out of range"});
  check_refused(real + "3 3 1\n1 4 1\n", ":3: ", {"column 4 is out of range"});
  check_refused(real + "3 3 1\n1 4294967297 1\n", ":3: ", {"column 4294967297 is out of range"});
  check_refused(real + "3 3 1\n1 99999999999999999999 1\n", ":3: ", {"column '99999999999999999999' is out of range"});
  check_refused(real + "3 3 1\n-1 1 1\n", ":3: ", {"row '-1' is not an index"});
  check_refused(real + "3 3 1\n1.5 1 1\n", ":3: ", {"row '1.5' is not an index"});
  check_refused(real + "3 3 1\n1 a 1\n", ":3: ", {"column 'a' is not an index"});
}

TEST_CASE("a value that is not a finite number of its type is refused with its line") {
  check_refused(real + "3 3 1\n1 1 x\n", ":3: ", {"value 'x' is not a number"});
  check_refused(real + "3 3 1\n1 1 1.5mV\n", ":3: ", {"value '1.5mV' is not a number"});
  check_refused(real + "3 3 1\n1 1 +-1\n", ":3: ", {"value '+-1' is not a number"});
  check_refused(real + "3 3 1\n1 1 +\n", ":3: ", {"value '+' is not a number"});
  for (const char* value : {"nan", "-nan", "inf", "-inf", "Infinity"})
    check_refused(real + "3 3 1\n1 1 " + std::string(value) + "\n", ":3: ", {value, "not finite"});
  check_refused(real + "3 3 1\n1 1 1e39\n", ":3: ", {"value '1e39' is out of range"});
  check_refused<double>(real + "3 3 1\n1 1 1e309\n", ":3: ", {"value '1e309' is out of range"});
  CHECK(read<double>(real + "3 3 1\n1 1 1e39\n").weights(0)[0] == 1e39);

  const std::string integer = "%%MatrixMarket matrix coordinate integer general\n2 2 1\n1 1 ";
  check_refused(integer + "1.5\n", ":3: ", {"value '1.5' is not an integer"});
  check_refused(integer + "1e5\n", ":3: ", {"value '1e5' is not an integer"});
  check_refused(integer + "nan\n", ":3: ", {"value 'nan' is not an integer"});
  check_refused(integer + "9223372036854775808\n", ":3: ", {"value '9223372036854775808' is out of range"});
  CHECK(read<double>(integer + "+9007199254740991\n").weights(0)[0] == 9007199254740991.0);
}

TEST_CASE("a value too small for its type is a synapse of weight 0") {
  const auto graph = read(real + "3 3 2\n1 2 1e-50\n2 3 0.5\n");
  CHECK(graph.synapses() == 2);
  CHECK(graph.weights(0)[0] == 0.0f);
  CHECK(graph.weights(1)[0] == 0.5f);
  CHECK(read(real + "2 2 1\n1 2 -1e-400\n").weights(0)[0] == 0.0f);
  CHECK(read<double>(real + "2 2 1\n1 2 1e-50\n").weights(0)[0] == 1e-50);
  check_refused(real + "2 2 1\n1 2 1e400\n", ":3: ", {"value '1e400' is out of range"});
}

TEST_CASE("an entry that the symmetry forbids is refused with its line") {
  const std::string banner = "%%MatrixMarket matrix coordinate real ";
  check_refused(banner + "symmetric\n3 3 2\n2 1 1\n1 2 1\n", ":4: ", {"above the diagonal"});
  check_refused(banner + "skew-symmetric\n3 3 1\n1 2 1\n", ":3: ", {"above the diagonal"});
  check_refused(banner + "skew-symmetric\n3 3 1\n2 2 0\n", ":3: ", {"on the diagonal"});
  check_refused(banner + "symmetric\n3 3 1\n1 2 1\n", ":3: ", {"above the diagonal"}, {.transpose = true});
}

TEST_CASE("a duplicate entry is refused with its line, or summed on request") {
  const std::string entries = "3 3 3\n3 1 0.5\n% no entry\n2 2 1\n\n3 1 0.25\n";
  for (const bool transpose : {false, true}) {
    check_refused(real + entries, ":7: ", {"2 times"}, {.transpose = transpose});
    check_refused("%%MatrixMarket matrix coordinate real symmetric\n" + entries, ":7: ", {"2 times"},
                  {.transpose = transpose});
  }
  CHECK(read(real + entries, {.duplicates = Duplicates::sum}) == graph_of(3, {{2, 0, 0.75f}, {1, 1, 1.0f}}));
  CHECK(read("%%MatrixMarket matrix coordinate real skew-symmetric\n3 3 2\n3 1 0.5\n3 1 0.25\n",
             {.duplicates = Duplicates::sum}) == graph_of(3, {{2, 0, 0.75f}, {0, 2, -0.75f}}));
  check_refused(real + "3 3 3\n3 1 3e38\n3 1 3e38\n1 1 1\n", ":4: ", {"2 -> 0", "inf"},
                {.duplicates = Duplicates::sum});
}

TEST_CASE("a file that cannot be read is refused with its name") {
  const TemporaryFile missing{".mtx"};
  check_message<FileError>([&] { read_graph_matrix_market(missing.path()); }, {missing.path() + ": cannot be opened"});
  const std::string folder = std::filesystem::temp_directory_path().string();
  check_message<FileError>([&] { read_graph_matrix_market(folder); }, {folder + ": cannot be"});
}

TEST_CASE("a network is written as coordinate real general, counted from 1") {
  const TemporaryFile file{".mtx"};
  write_matrix_market(file.path(), three);
  CHECK(file.content() == real + "3 3 4\n1 2 0.5\n2 3 -1.25\n3 1 0.1\n3 3 2\n");
  write_matrix_market(file.path(), graph_of(7, {}));
  CHECK(file.content() == real + "7 7 0\n");
}

TEMPLATE_TEST_CASE("a network that is written and read back is bit-identical", "", float, double) {
  using Limits = std::numeric_limits<TestType>;
  support::Numbers random{1};
  std::vector<Edge<TestType>> edges;
  std::uint32_t post = 0;
  for (const TestType special :
       {Limits::max(), Limits::lowest(), Limits::min(), Limits::denorm_min(), TestType(0.1), -Limits::denorm_min(),
        TestType(0), -TestType(0), TestType(1) / 3, TestType(1e22), TestType(123456789)})
    edges.push_back({0, post++, special});
  edges.push_back({5999, 5999, 1});
  while (edges.size() < 5000)
    edges.push_back({static_cast<std::uint32_t>(1 + random.below(100)), post++,
                     std::ldexp(static_cast<TestType>(random.real(-1.0, 1.0)), random.between(-125, 125))});
  const Graph<TestType> graph{EdgeList<TestType>{7000, edges}};
  const TemporaryFile file{".mtx"};
  write_matrix_market(file.path(), graph);
  const auto back = read_graph_matrix_market<TestType>(file.path());
  CHECK(back == graph);
  CHECK(std::signbit(back.weights(0)[7]));
  CHECK(read_graph_matrix_market<TestType>(file.path(), {.transpose = true}) == graph.transposed());

  const Graph<TestType> one{EdgeList<TestType>{1, {{0, 0, TestType(-0.3)}}}};
  write_matrix_market(file.path(), one);
  CHECK(read_graph_matrix_market<TestType>(file.path()) == one);
}

TEST_CASE("a network with the maximum number of neurons for 16-bit ids is written and read back") {
  const Graph<float, std::uint16_t> graph{EdgeList<float, std::uint16_t>{65536, {{65535, 65535, 1.5f}, {0, 65535, 2}}}};
  const TemporaryFile file{".mtx"};
  write_matrix_market(file.path(), graph);
  CHECK(read_graph_matrix_market<float, std::uint16_t>(file.path()) == graph);
}

TEST_CASE("a network with delays is refused, and no file is made") {
  const TemporaryFile file{".mtx"};
  const auto graph = graph_of(2, {{0, 1, 1.0f, 3}});
  check_message<FileError>([&] { write_matrix_market(file.path(), graph); }, {file.path(), "delays", ".csv"});
  CHECK_FALSE(std::filesystem::exists(file.path()));
}

TEST_CASE("a file that cannot be written completely is an error that names it") {
  const std::string nowhere = TemporaryFile{""}.path() + "/missing/file.mtx";
  check_message<FileError>([&] { write_matrix_market(nowhere, three); }, {nowhere + ": cannot be opened for writing"});
  if (!std::filesystem::exists("/dev/full")) return;  // accepts nothing; only Linux has it
  check_message<FileError>([&] { write_matrix_market("/dev/full", three); }, {"/dev/full: cannot be written"});
}
