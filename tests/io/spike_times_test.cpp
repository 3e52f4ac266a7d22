// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/spike_times.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <locale>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "foreign_locale.hpp"
#include "temporary_file.hpp"

using spikeometric::CountEvent, spikeometric::Events, spikeometric::FileError, spikeometric::InvalidArgument,
    spikeometric::Spike;
using spikeometric::io::read_spike_files, spikeometric::io::read_spikes, spikeometric::io::RecordedSpikes,
    spikeometric::io::SpikeColumns, spikeometric::io::SpikeLayout, spikeometric::io::SpikeOptions,
    spikeometric::io::TimeUnit, spikeometric::io::write_npy;

namespace {

using Names = std::vector<std::string>;
using Spikes = std::vector<Spike>;

const SpikeOptions in_ms{.unit = TimeUnit::milliseconds, .dt_ms = 1.0};
const SpikeOptions in_s{.unit = TimeUnit::seconds, .dt_ms = 1.0};

Spikes spikes_of(const Events<CountEvent>& events) { return {events.begin(), events.end()}; }

RecordedSpikes read_text(const std::string& content, const SpikeOptions& options = in_ms) {
  return read_spikes(TemporaryFile{".csv", content}.path(), options);
}

/// Units and spikes of a text that is one recording.
void check_text(const std::string& content, const Names& units, const Spikes& spikes,
                const SpikeOptions& options = in_ms) {
  INFO(content);
  const RecordedSpikes recorded = read_text(content, options);
  CHECK(recorded.names.all() == units);
  CHECK(spikes_of(recorded.recording()) == spikes);
}

void check_refused(const std::string& content, std::initializer_list<std::string> parts,
                   const SpikeOptions& options = in_ms) {
  INFO(content);
  check_message<FileError>([&] { read_text(content, options); }, parts);
}

SpikeOptions with_columns(SpikeColumns columns, SpikeOptions options = in_ms) {
  options.columns = std::move(columns);
  return options;
}

SpikeOptions with_layout(SpikeLayout layout) {
  SpikeOptions options = in_ms;
  options.layout = layout;
  return options;
}

bool has_note(const RecordedSpikes& recorded, const std::string& part) {
  return std::any_of(recorded.notes.begin(), recorded.notes.end(),
                     [&](const std::string& note) { return note.find(part) != note.npos; });
}

/// A .npy file of integers, in the processor's byte order.
template <class Integer>
std::string npy(const std::string& shape, const std::vector<Integer>& values) {
  std::string header =
      "{'descr': '<i" + std::to_string(sizeof(Integer)) + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize(117, ' ');
  std::string file = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n";
  return file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Integer));
}

const Spikes three_spikes{{1, 1, 1}, {2, 0, 1}, {7, 1, 1}};

}  // namespace

// --- tables

TEST_CASE("a table has a spike per line, with columns of times and units in either order") {
  const Names units{"4", "12"};
  check_text("time,unit\n1.5,12\n2,4\n7.25,12\n", units, three_spikes);
  check_text("unit,time\n12,7.25\n12,1.5\n4,2\n", units, three_spikes);
  check_text("1.5 12\n2 4\n7.25 12\n", units, three_spikes);
  check_text("12\t1.5\n4\t2.5\n12\t7.25\n", units, three_spikes);
  check_text("12;1.5\n4;2.5\n12;7.25\n", units, three_spikes);
  check_text("  1.5e0   12\n2.0E+0 4\n725e-2     12", units, three_spikes);
}

TEST_CASE("columns have any of their usual names, in a header or in a comment") {
  const Names units{"4", "12"};
  for (const std::string header : {"spike_times unit_id", "Timestamp Neuron", "t cell", "times cluster_id", "TIME ID"})
    check_text(header + "\n1.5 12\n2 4\n7.25 12\n", units, three_spikes);
  check_text("# made by NEST\nsender\ttime_ms\n12\t1.500\n4\t2.000\n12\t7.250\n", units, three_spikes);
  check_text("# time unit\n1.5 12\n2.0 4\n7.5 12\n", units, three_spikes);  // numpy.savetxt(header="time unit")
  check_text("unit,amplitude,time\n12,3,1\n4,4,2\n12,5,7\n", units, three_spikes);
}

TEST_CASE("columns are chosen by name or number") {
  const Names units{"4", "12"};
  check_text("who,when\n12,1\n4,2\n12,7\n", units, three_spikes, with_columns({.time = "when", .unit = "who"}));
  check_text("who,when\n12,1\n4,2\n12,7\n", units, three_spikes, with_columns({.time = "1", .unit = "0"}));
  check_text("12,1\n4,2\n12,7\n", units, three_spikes, with_columns({.time = "1"}));
  check_text("1,12\n2,4\n7,12\n", units, three_spikes, with_columns({.unit = "1"}));
  check_text("0,12,1\n0,4,2\n0,12,7\n", units, three_spikes, with_columns({.time = "2", .unit = "1"}));
  check_refused("a,b\n1,2\n", {":1: missing column `c`", "2 columns: a, b"}, with_columns({.time = "c", .unit = "a"}));
  check_refused("a,b\n1,2\n", {"one column for two"}, with_columns({.time = "a", .unit = "a"}));
}

TEST_CASE("ids of units are numbers of any size or words, and have a natural order") {
  const RecordedSpikes recorded = read_text(
      "time,unit\n1,unit10\n2,unit2\n3,720575940628857210\n4,720575940628857209\n5,\"a, b\"\n6,-1\n7,007\n8,7\n"
      "9,3.0000e+00\n10,3\n11,\xCE\xB1\n");
  CHECK(recorded.names.all() == Names{"-1", "3", "007", "7", "720575940628857209", "720575940628857210", "a, b",
                                      "unit2", "unit10", "\xCE\xB1"});
  CHECK(recorded.units[1].spikes == 2);
  check_text("0.5 bob\n1.5 alice\n", {"alice", "bob"}, {{0, 1, 1}, {1, 0, 1}});
  check_text("bob 0\nalice 1\n", {"alice", "bob"}, {{0, 1, 1}, {1, 0, 1}});
}

TEST_CASE("a table of random spikes agrees with a sorted map") {
  support::Numbers numbers{1};
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t> expected;  // step, place of the unit
  std::string text = "unit,time\r\n";
  for (int i = 0; i < 3000; ++i) {
    const std::uint64_t micros = numbers.below(100'000), unit = numbers.below(40);
    text += std::to_string(1000 + unit) + ",0." + std::to_string(1'000'000 + micros).substr(1) + "\r\n";
    ++expected[{micros / 1000, unit}];
  }
  Spikes spikes;
  for (const auto& [place, count] : expected)
    spikes.push_back({place.first, static_cast<std::uint32_t>(place.second), count});
  CHECK(spikes_of(read_text(text, in_s).recording()) == spikes);
  const GlobalLocale comma{std::locale(std::locale::classic(), new Separators)};
  CHECK(spikes_of(read_text(text, in_s).recording()) == spikes);
}

TEST_CASE("byte order marks, line ends, comments, blank lines and quotes are read as in other tables") {
  check_text("\xEF\xBB\xBF\"time\",\"unit\"\r\n# a comment\r\n\r\n1.5,\"12\"\r\n% another\r\n2,4\r\n7.25,12",
             {"4", "12"}, three_spikes);
  check_refused(std::string("\xFF\xFEt\0", 4), {"UTF-16"});
}

TEST_CASE("columns that cannot be told apart are refused, with what to do") {
  check_refused("1 12\n2 4\n", {"two columns of whole numbers", "without a header", ".columns", ".layout"});
  check_refused("1.5 2.5\n2.5 3.5\n", {"both have decimals", ".layout"});
  check_refused("a b\na c\n", {"two columns without times"}, with_columns({.time = "", .unit = "", .trial = ""}));
  check_refused("1 12 1\n2 4 2\n", {"many lines of 3 fields", ".layout"});
  check_refused("time,spin\n1,2\n", {"no column called unit", "columns: time, spin", ".columns"});
  check_refused("unit,a,b\n1,2,3\n", {"no column called time", "columns: unit, a, b"});
  check_refused("1 2 3\n1 2 3\n", {"no column called time", "without a header"}, with_layout(SpikeLayout::columns));
  CHECK(has_note(read_text("1.5 12\n2 4\n"), "column 0 is read as times and column 1 as units"));
}

TEST_CASE("a field that is invalid is named with its line") {
  check_refused("time,unit\n1,2\nx,2\n", {":3: time 'x' is not a time", "2 columns: time, unit"});
  check_refused("time,unit\n1,2\nnan,2\n", {":3: time 'nan' is not finite"});
  check_refused("time,unit\n-inf,2\n", {":2: time '-inf' is not finite"});
  check_refused("time,unit\n1e999,2\n", {":2: time '1e999' is out of range"});
  check_refused("time,unit\n,2\n", {":2: time '' is not a time"});
  check_refused("time,unit\n1,\n", {":2: unit '' is empty"});
  check_refused("time,unit\n1,0.5\n", {":2: unit '0.5' is a number that is not whole", "time"});
  check_refused("time,unit\n1,2\n1,2,3\n", {":3: the line has 3 fields", "2"});
  check_refused("time,time,unit\n1,2,3\n", {"duplicate column `time`"});
  check_refused("", {"is empty"});
  check_refused("# nothing\n", {"no spikes"});
  check_refused("time,unit\n", {"no spikes"});
  check_message<FileError>([] { read_spikes("no/such/file.csv", in_ms); }, {"no/such/file.csv", "cannot be opened"});
}

TEST_CASE("negative times are named by unit") {
  check_refused("time,unit\n1,a\n-3.5,b\n", {"unit b", "-3.5 ms", ".from_ms"});
}

TEST_CASE("the name of a column may say the unit of its times") {
  check_text("time_ms,unit\n3,a\n", {"a"}, {{3, 0, 1}}, {.dt_ms = 1.0});
  check_text("time (s),unit\n3,a\n", {"a"}, {{3000, 0, 1}}, {.dt_ms = 1.0});
  check_text("samples,unit\n30,a\n", {"a"}, {{3, 0, 1}}, {.samples_per_second = 1e4, .dt_ms = 1.0});
  check_message<InvalidArgument>([] { read_text("time_ms,unit\n3,a\n", in_s); },
                                 {"in milliseconds, as the file says", ".unit is seconds"});
  check_message<InvalidArgument>([] { read_text("times,unit\n3,a\n", {.dt_ms = 1.0}); },
                                 {"unit of the times is missing"});
  check_message<InvalidArgument>([] { read_text("time_ms,unit\n3,a\n", {}); }, {"length of a step is missing"});
}

TEST_CASE("a column of trials gives each trial its own time") {
  const RecordedSpikes recorded = read_text("trial,time,unit\n2,0.5,b\n10,1,a\n2,3,a\n5,0,a\n");
  REQUIRE(recorded.trials.size() == 3);
  CHECK(recorded.trial_names == Names{"2", "5", "10"});
  CHECK(spikes_of(recorded.trials[0]) == Spikes{{0, 1, 1}, {3, 0, 1}});
  CHECK(spikes_of(recorded.trials[1]) == Spikes{{0, 0, 1}});
  CHECK(spikes_of(recorded.trials[2]) == Spikes{{1, 0, 1}});
  for (const auto& trial : recorded.trials) CHECK(trial.steps() == 4);
  CHECK(has_note(recorded, "from its own beginning"));
  CHECK(has_note(recorded, "no spikes of trials 3, 4, 6, 7, 8, ..."));
  CHECK_FALSE(has_note(recorded, "come after"));
  CHECK(has_note(read_text("trial,time,unit\n1,0.5,b\n1,5.5,b\n2,11,a\n"), "come after those of the trial before"));
  check_refused("trial,time,unit\n2,-0.5,b\n", {"unit b, trial 2", "-0.5 ms"});

  SpikeOptions options = in_ms;
  options.trials = {{0.0, 2.0}, {2.0, 4.0}};
  const RecordedSpikes cut = read_text("trial,time,unit\n2,0.5,b\n10,1,a\n2,3,a\n5,0,a\n", options);
  CHECK(cut.trials.size() == 2);
  CHECK(has_note(cut, "column of trials is not used"));
  options.columns.trial = "trial";
  check_message<InvalidArgument>([&] { read_text("trial,time,unit\n2,0.5,b\n", options); }, {"each trial of the file"});
}

// --- lists

TEST_CASE("a text may have the times of one unit on each line") {
  check_text("1.5 7\n2\n\n0.5 0.6 0.7 9\n", {"0", "1", "2", "3"},
             {{0, 3, 3}, {1, 0, 1}, {2, 1, 1}, {7, 0, 1}, {9, 3, 1}});
  check_text("1.5,7,,\n2,,,\n,,,\n0.5,0.6,0.7,9\n", {"0", "1", "2", "3"},
             {{0, 3, 3}, {1, 0, 1}, {2, 1, 1}, {7, 0, 1}, {9, 3, 1}});
  check_text("# three units\n2\n1 2 3 4\n\t5\t6\t7\n", {"0", "1", "2"},
             {{1, 1, 1}, {2, 0, 1}, {2, 1, 1}, {3, 1, 1}, {4, 1, 1}, {5, 2, 1}, {6, 2, 1}, {7, 2, 1}});
  check_text("1 2\n3 4\n", {"0", "1"}, {{1, 0, 1}, {2, 0, 1}, {3, 1, 1}, {4, 1, 1}}, with_layout(SpikeLayout::lines));
  CHECK(has_note(read_text("1.5 7\n2\n\n0.5 0.6 0.7 9\n"), "each line"));
  CHECK(has_note(read_text("1.5 7\n2\n\n0.5 0.6 0.7 9\n"), "1 unit without spikes in the window: 2"));
}

TEST_CASE("lines may begin with the name of their unit, and keep their order") {
  check_text("unit10: 1 2 3\n\nunit2: 4\nquiet:\n\"a b\" 5 6 7 8\n", {"unit10", "unit2", "quiet", "a b"},
             {{1, 0, 1}, {2, 0, 1}, {3, 0, 1}, {4, 1, 1}, {5, 3, 1}, {6, 3, 1}, {7, 3, 1}, {8, 3, 1}});
  check_refused("a 1 2 3\nb 4 5 6 7\na 5 6\n", {":3: unit a is in line 1 already"});
  check_refused("a 1 2 3\n4 5\n", {":2: the line does not begin with the name"});
  check_refused("1 2 3\na 4 5 6 7\n", {":2: 'a' is not a time"});
}

TEST_CASE("invalid times in a list are named with their line") {
  check_refused("1 2 3\n4 x\n", {":2: time 'x' is not a time"});
  check_refused("1,2,3\n4,,5,6\n", {":2: time '' is not a time"});
  check_refused("1 2 3\n4 nan\n", {":2: time 'nan' is not finite"});
  check_refused("1 2\n3 4\n5 6\n7 8 9\n", {"many lines of 2 fields", ".layout"});
}

TEST_CASE("a file with one time per line, or one line of times, is of one unit") {
  const TemporaryFolder folder;
  for (const std::string content :
       {"3\n1\n2.5\n", "3 1 2.5\n", "spikes\n3\n1\n2.5\n", "3,1,2.5", "time,size\n3,8\n1,8\n2.5,8\n"}) {
    INFO(content);
    folder.write("unit 7.txt", content);
    const RecordedSpikes recorded = read_spike_files({folder.path("unit 7.txt")}, in_ms);
    CHECK(recorded.names.all() == Names{"unit 7"});
    CHECK(spikes_of(recorded.recording()) == Spikes{{1, 0, 1}, {2, 0, 1}, {3, 0, 1}});
    if (content[0] != 't') CHECK(read_spikes(folder.path("unit 7.txt"), in_ms).names.all() == Names{"unit 7"});
  }
}

// --- folders

TEST_CASE("a folder has one file per unit, in natural order of their names") {
  const TemporaryFolder folder;
  folder.write("unit10.txt", "1\n5\n");
  folder.write("unit2.csv", "3\n");
  folder.write(".hidden.txt", "no time");
  folder.write("notes.pdf", "no time");
  write_npy(folder.path("unit1.npy"), Eigen::VectorXd{{4.0, 2.0}});
  std::filesystem::create_directory(folder.path("more.txt"));
  const RecordedSpikes recorded = read_spikes(folder.path(), in_ms);
  CHECK(recorded.names.all() == Names{"unit1", "unit2", "unit10"});
  CHECK(spikes_of(recorded.recording()) == Spikes{{1, 2, 1}, {2, 0, 1}, {3, 1, 1}, {4, 0, 1}, {5, 2, 1}});
  const auto files = read_spike_files({folder.path("unit10.txt"), folder.path("unit2.csv")}, in_ms);
  CHECK(files.names.all() == Names{"unit2", "unit10"});
  check_message<InvalidArgument>([] { read_spike_files({}, in_ms); }, {"at least one file"});
}

TEST_CASE("a folder that is not one of units is refused") {
  const TemporaryFolder folder;
  check_message<FileError>([&] { read_spikes(folder.path(), in_ms); }, {"no files of spike times", ".npy"});
  folder.write("all.nwb", "x");
  check_message<FileError>([&] { read_spikes(folder.path(), in_ms); }, {"no files", "all.nwb", "io/hdf5.hpp"});
  folder.write("a.txt", "1\n2\n");
  folder.write("a.csv", "3\n");
  check_message<FileError>([&] { read_spikes(folder.path(), in_ms); }, {"is of unit a, as is"});
  folder.write("a.csv", "");
  check_message<FileError>([&] { read_spikes(folder.path(), in_ms); }, {"a.csv: is empty"});
  std::filesystem::remove(folder.path("a.csv"));
  folder.write("b.txt", "time,unit\n1,2\n");
  check_message<FileError>([&] { read_spikes(folder.path(), in_ms); }, {"b.txt: has a column of units", "alone"});
  folder.write("b.txt", "1 2 3\n4 5\n");
  check_message<FileError>([&] { read_spikes(folder.path(), in_ms); }, {"b.txt: has several columns", "alone"});
  folder.write("b.txt", "time_s\n1\n");
  check_message<InvalidArgument>([&] { read_spikes(folder.path(), in_ms); }, {"b.txt: the times are in seconds"});
  folder.write("a.txt", "time_ms\n1\n");
  check_message<FileError>([&] { read_spikes(folder.path(), {.dt_ms = 1.0}); },
                           {"b.txt: has its times in seconds", "a.txt in milliseconds"});
  folder.write("a.txt", "1\n");
  CHECK(read_spikes(folder.path(), in_s).units.size() == 2);
  folder.write("b.txt", "1\nx\n");
  check_message<FileError>([&] { read_spikes(folder.path(), in_ms); }, {"b.txt:2: time 'x' is not a time"});
}

// --- NumPy

TEST_CASE("spike_times.npy and spike_clusters.npy belong together, in samples") {
  const TemporaryFolder folder;
  folder.write("spike_times.npy", npy<std::int64_t>("(4,)", {30, 60, 600, 615}));
  folder.write("spike_clusters.npy", npy<std::int32_t>("(4, 1)", {7, 100, 7, 7}));
  folder.write("amplitudes.npy", npy<std::int32_t>("(1,)", {7}));
  const SpikeOptions options{.unit = TimeUnit::samples, .samples_per_second = 30'000, .dt_ms = 1.0};
  for (const std::string& path : {folder.path(), folder.path("spike_times.npy")}) {
    const RecordedSpikes recorded = read_spikes(path, options);
    CHECK(recorded.names.all() == Names{"7", "100"});
    CHECK(spikes_of(recorded.recording()) == Spikes{{1, 0, 1}, {2, 1, 1}, {20, 0, 2}});
    CHECK(recorded.units[0].shortest_interval_ms == Approx(0.5));
    CHECK(has_note(recorded, "spike_clusters.npy"));
  }
  check_message<InvalidArgument>([&] { read_spikes(folder.path(), {.unit = TimeUnit::samples, .dt_ms = 1.0}); },
                                 {"sampling rate"});
  folder.write("spike_clusters.npy", npy<std::int32_t>("(3,)", {7, 100, 7}));
  check_message<FileError>([&] { read_spikes(folder.path(), options); }, {"4 times", "spike_clusters.npy has 3 units"});
  folder.write("spike_clusters.npy", npy<std::int64_t>("(4,)", {1, 2, 3, std::int64_t{1} << 53}));
  check_message<FileError>([&] { read_spikes(folder.path(), options); }, {"row 3", "9007199254740992", "2^53"});
}

TEST_CASE("an array has one unit, or a column of times and one of units") {
  const TemporaryFile file{".npy"};
  write_npy(file.path(), Eigen::VectorXf{{0.3f, 0.001f}});
  CHECK(spikes_of(read_spikes(file.path(), in_s).recording()) == Spikes{{1, 0, 1}, {300, 0, 1}});

  Eigen::MatrixXd table(3, 2);
  table << 1.5, 12, 2, 4, 7.25, 12;
  write_npy(file.path(), table);
  const RecordedSpikes recorded = read_spikes(file.path(), in_ms);
  CHECK(recorded.names.all() == Names{"4", "12"});
  CHECK(spikes_of(recorded.recording()) == three_spikes);
  write_npy(file.path(), Eigen::MatrixXd(table.rowwise().reverse()));
  CHECK(spikes_of(read_spikes(file.path(), in_ms).recording()) == three_spikes);

  table(0, 0) = 1, table(2, 0) = 7;
  write_npy(file.path(), table);
  check_message<FileError>([&] { read_spikes(file.path(), in_ms); }, {"shape (3, 2)", ".columns"});
  CHECK(spikes_of(read_spikes(file.path(), with_columns({.time = "0"})).recording()) == three_spikes);
  CHECK(spikes_of(read_spikes(file.path(), with_columns({.unit = "1"})).recording()) == three_spikes);
  check_message<FileError>([&] { read_spikes(file.path(), with_columns({.time = "2"})); }, {"no column '2'"});

  Eigen::MatrixXd trials(3, 3);
  trials << 1, 2, 0.5, 1, 3, 1.5, 2, 2, 4.5;
  write_npy(file.path(), trials);
  check_message<FileError>([&] { read_spikes(file.path(), in_ms); }, {"shape (3, 3)", ".columns"});
  const RecordedSpikes cut = read_spikes(file.path(), with_columns({.time = "2", .unit = "1", .trial = "0"}));
  CHECK(cut.trial_names == Names{"1", "2"});
  CHECK(spikes_of(cut.trials[0]) == Spikes{{0, 0, 1}, {1, 1, 1}});
  trials(1, 1) = 2.5;
  write_npy(file.path(), trials);
  check_message<FileError>([&] { read_spikes(file.path(), with_columns({.time = "2", .unit = "1"})); },
                           {"row 1", "unit 2.5", "whole number"});
  trials(1, 2) = std::nan("");
  write_npy(file.path(), trials);
  check_message<FileError>([&] { read_spikes(file.path(), with_columns({.time = "2", .unit = "0"})); },
                           {"row 1", "time nan", "not finite"});
  write_npy(file.path(), Eigen::VectorXd{{1.0, std::nan("")}});
  check_message<FileError>([&] { read_spikes(file.path(), in_ms); }, {"row 1", "nan", "not finite"});
}

TEST_CASE("files of other kinds are named, with who reads them") {
  const std::string hdf5 = "\x89HDF\r\n\x1a\n";
  const TemporaryFile plain{".nwb", hdf5 + "rest"}, matlab{".mat", std::string(512, ' ') + hdf5},
      old{".mat", "MATLAB 5.0 MAT-file, Platform"}, array{".txt", npy<std::int32_t>("(1,)", {7})};
  check_message<FileError>([&] { read_spikes(plain.path(), in_ms); }, {"HDF5", "io/hdf5.hpp", "io::hdf5::read_spikes"});
  check_message<FileError>([&] { read_spikes(matlab.path(), in_ms); }, {"HDF5", "io/hdf5.hpp"});
  check_message<FileError>([&] { read_spikes(old.path(), in_ms); }, {"MATLAB", "-v7.3"});
  check_message<FileError>([&] { read_spikes(array.path(), in_ms); }, {"NumPy array", ".npy"});
}

TEST_CASE("names have a natural order") {
  const Names expected{"", "-1", "0", "3", "007", "7", "7a", "12", "A", "a2", "a10", "a10b3", "a10b20", "b"};
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (std::size_t j = 0; j < expected.size(); ++j) {
      INFO(expected[i] << " < " << expected[j]);
      CHECK(spikeometric::io::detail::natural_less(expected[i], expected[j]) == (i < j));
    }
}
