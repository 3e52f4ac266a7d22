// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/hdf5.hpp"

#include <hdf5.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "temporary_file.hpp"

using spikeometric::CountEvent, spikeometric::Events, spikeometric::FileError, spikeometric::InvalidArgument,
    spikeometric::Spike;
using spikeometric::io::RecordedSpikes, spikeometric::io::SpikeOptions, spikeometric::io::TimeUnit;
using spikeometric::io::hdf5::read_spikes;

namespace {

using Names = std::vector<std::string>;
using Spikes = std::vector<Spike>;
using Shape = std::vector<hsize_t>;

const SpikeOptions in_ms{.unit = TimeUnit::milliseconds, .dt_ms = 1.0};

/// An HDF5 file that a test writes. Groups on the way to a dataset are made.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(const std::string& path, hsize_t user_block = 0) {
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(creation, user_block);
    file_ = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT);
    H5Pclose(creation);
    links_ = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links_, 1);
  }
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;
  ~Hdf5Writer() {
    H5Pclose(links_);
    H5Fclose(file_);
  }

  void group(const std::string& path) { H5Gclose(H5Gcreate2(file_, path.c_str(), links_, H5P_DEFAULT, H5P_DEFAULT)); }

  template <class Number>
  void write(const std::string& path, const std::vector<Number>& values, Shape shape = {}, hsize_t chunk = 0) {
    hid_t type = H5T_NATIVE_UINT64;
    if (std::is_same_v<Number, double>) type = H5T_NATIVE_DOUBLE;
    if (std::is_same_v<Number, float>) type = H5T_NATIVE_FLOAT;
    if (std::is_same_v<Number, std::int64_t>) type = H5T_NATIVE_INT64;
    if (std::is_same_v<Number, std::uint8_t>) type = H5T_NATIVE_UINT8;
    if (shape.empty()) shape = {values.size()};
    write(path, type, shape, values.data(), chunk);
  }

  /// Texts of fixed or of variable length.
  void write_texts(const std::string& path, const Names& texts, std::size_t length) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, length > 0 ? length : H5T_VARIABLE);
    if (length > 0) {
      std::string all;
      for (std::string text : texts) text.resize(length), all += text;
      write(path, type, {texts.size()}, all.data());
    } else {
      std::vector<const char*> pointers;
      for (const std::string& text : texts) pointers.push_back(text.c_str());
      write(path, type, {texts.size()}, pointers.data());
    }
    H5Tclose(type);
  }

  void write_references(const std::string& path, const Names& to, const Shape& shape) {
    std::vector<hobj_ref_t> references(to.size());
    for (std::size_t i = 0; i < to.size(); ++i) H5Rcreate(&references[i], file_, to[i].c_str(), H5R_OBJECT, -1);
    write(path, H5T_STD_REF_OBJ, shape, references.data());
  }

  void attribute(const std::string& path, const std::string& name, const std::string& text, bool variable = false) {
    const hid_t object = H5Oopen(file_, path.c_str(), H5P_DEFAULT), space = H5Screate(H5S_SCALAR);
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, variable ? H5T_VARIABLE : text.size());
    const hid_t attribute = H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT);
    const char* const pointer = text.c_str();
    variable ? H5Awrite(attribute, type, &pointer) : H5Awrite(attribute, type, pointer);
    H5Aclose(attribute), H5Tclose(type), H5Sclose(space), H5Oclose(object);
  }

 private:
  void write(const std::string& path, hid_t type, const Shape& shape, const void* values, hsize_t chunk = 0) {
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (chunk > 0) H5Pset_chunk(creation, 1, &chunk);
    const hid_t dataset = H5Dcreate2(file_, path.c_str(), type, space, links_, creation, H5P_DEFAULT);
    H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(dataset), H5Pclose(creation), H5Sclose(space);
  }

  hid_t file_, links_;
};

/// The units and spikes of a file with one recording.
void check(const std::string& path, const SpikeOptions& options, const Names& units, const Spikes& spikes) {
  const RecordedSpikes recorded = read_spikes(path, options);
  CHECK(recorded.names.all() == units);
  const Events<CountEvent>& events = recorded.recording();
  CHECK(Spikes(events.begin(), events.end()) == spikes);
}

template <class Write>
void check_refused(Write write, std::initializer_list<std::string> parts, const SpikeOptions& options = in_ms) {
  const TemporaryFile file{".h5"};
  {
    Hdf5Writer writer{file.path()};
    write(writer);
  }
  check_message<FileError>([&] { read_spikes(file.path(), options); }, parts);
}

bool has_note(const RecordedSpikes& recorded, const std::string& part) {
  return std::any_of(recorded.notes.begin(), recorded.notes.end(),
                     [&](const std::string& note) { return note.find(part) != note.npos; });
}

const Spikes three_spikes{{1, 1, 1}, {2, 0, 1}, {7, 1, 1}};

}  // namespace

// --- SONATA

TEST_CASE("a SONATA file has times and nodes of a population, in the unit that it says") {
  const TemporaryFile file{".h5"};
  {
    Hdf5Writer writer{file.path()};
    writer.write<double>("spikes/V1/timestamps", {7.25, 2.0, 1.5});
    writer.write<std::uint64_t>("spikes/V1/node_ids", {12, 4, 12});
    writer.attribute("spikes/V1/timestamps", "units", "milliseconds", true);
  }
  check(file.path(), {.dt_ms = 1.0}, {"4", "12"}, three_spikes);
  check(file.path(), {.dt_ms = 1.0, .object = "/spikes/V1"}, {"4", "12"}, three_spikes);
  check_message<InvalidArgument>([&] { read_spikes(file.path(), {.unit = TimeUnit::seconds, .dt_ms = 1.0}); },
                                 {"in milliseconds, as the file says"});
  check_message<InvalidArgument>([&] { read_spikes(file.path(), {}); }, {"length of a step is missing"});
}

TEST_CASE("one of several populations of a SONATA file must be chosen") {
  const TemporaryFile file{".h5"};
  {
    Hdf5Writer writer{file.path()};
    for (const std::string population : {"LGN", "V1"}) {
      writer.write<double>("spikes/" + population + "/timestamps", {1.5, 2.0, 7.25});
      writer.write<std::int64_t>("spikes/" + population + "/node_ids", {12, 4, 12});
    }
    writer.attribute("spikes/LGN/timestamps", "units", "seconds");
  }
  check_message<FileError>([&] { read_spikes(file.path(), in_ms); },
                           {"/spikes has group LGN, group V1", "set .object to a group"});
  check(file.path(), {.unit = TimeUnit::milliseconds, .dt_ms = 1.0, .object = "spikes/V1"}, {"4", "12"}, three_spikes);
  check(file.path(), {.dt_ms = 1000.0, .object = "spikes/LGN"}, {"4", "12"}, three_spikes);
  check_message<InvalidArgument>([&] { read_spikes(file.path(), {.dt_ms = 1.0, .object = "spikes/V1"}); },
                                 {"unit of the times is missing"});
  check_message<FileError>([&] { read_spikes(file.path(), {.dt_ms = 1.0, .object = "spikes/V2"}); },
                           {"no group or dataset /spikes/V2", "/ has group spikes"});
}

TEST_CASE("times and units of different number, and unknown units of time, are refused by name") {
  check_refused(
      [](Hdf5Writer& file) {
        file.write<double>("spikes/V1/timestamps", {1.0, 2.0});
        file.write<std::int64_t>("spikes/V1/node_ids", {1, 2, 3});
      },
      {"/spikes/V1/timestamps has 2 elements", "/spikes/V1/node_ids has 3"});
  check_refused(
      [](Hdf5Writer& file) {
        file.write<double>("spikes/V1/timestamps", {1.0});
        file.write<std::int64_t>("spikes/V1/node_ids", {1});
        file.attribute("spikes/V1/timestamps", "units", "microseconds");
      },
      {"/spikes/V1/timestamps has times in 'microseconds'"});
}

// --- NWB

namespace {

void write_nwb(Hdf5Writer& file) {
  file.write<double>("units/spike_times", {0.0015, 0.00725, 0.002});
  file.write<std::uint8_t>("units/spike_times_index", {0, 2, 3, 3});
  file.write<std::int64_t>("units/id", {70, 12, 4, 5});
  file.write_texts("units/unit_name", {"quiet", "busy", "slow", "still"}, 0);
  file.write_texts("units/group", {"a", "a", "b", "b"}, 8);
  file.write<double>("acquisition/voltage", {1.0, 2.0});
}

}  // namespace

TEST_CASE("an NWB file has a table of units, with times in seconds") {
  const TemporaryFile file{".nwb"};
  {
    Hdf5Writer writer{file.path()};
    write_nwb(writer);
  }
  const Spikes spikes{{1, 1, 1}, {2, 2, 1}, {7, 1, 1}};
  check(file.path(), {.dt_ms = 1.0}, {"70", "12", "4", "5"}, spikes);
  check(file.path(), {.unit = TimeUnit::seconds, .dt_ms = 1.0}, {"70", "12", "4", "5"}, spikes);
  check(file.path(), {.dt_ms = 1.0, .columns = {.unit = "unit_name"}}, {"quiet", "busy", "slow", "still"}, spikes);
  check(file.path(), {.dt_ms = 1.0, .units = {"4", "12"}}, {"4", "12"}, three_spikes);
  CHECK(has_note(read_spikes(file.path(), {.dt_ms = 1.0}), "2 units without spikes in the window: 70, 5"));
  check_message<InvalidArgument>([&] { read_spikes(file.path(), in_ms); }, {"in seconds, as the file says"});
  check_message<FileError>([&] { read_spikes(file.path(), {.dt_ms = 1.0, .columns = {.unit = "group"}}); },
                           {"two neurons are called a"});
  check_message<FileError>([&] { read_spikes(file.path(), {.dt_ms = 1.0, .columns = {.unit = "depth"}}); },
                           {"no dataset `depth`", "/units has", "dataset group (4 texts)"});
  check_message<FileError>([&] { read_spikes(file.path(), {.dt_ms = 1.0, .trials_of_file = true}); }, {"no trials"});
}

TEST_CASE("trials of an NWB file are cut on request") {
  const TemporaryFile file{".nwb"};
  {
    Hdf5Writer writer{file.path()};
    write_nwb(writer);
    writer.write<double>("intervals/trials/start_time", {0.001, 0.006});
    writer.write<double>("intervals/trials/stop_time", {0.004, 0.008});
  }
  CHECK(has_note(read_spikes(file.path(), {.dt_ms = 1.0}), "the file lists 2 trials"));
  const RecordedSpikes recorded = read_spikes(file.path(), {.dt_ms = 1.0, .trials_of_file = true});
  REQUIRE(recorded.trials.size() == 2);
  CHECK(Spikes(recorded.trials[0].begin(), recorded.trials[0].end()) == Spikes{{0, 1, 1}, {1, 2, 1}});
  CHECK(Spikes(recorded.trials[1].begin(), recorded.trials[1].end()) == Spikes{{1, 1, 1}});
  CHECK(recorded.trials[0].steps() == 3);
}

TEST_CASE("a damaged table of units is refused") {
  const auto with = [](std::vector<std::uint64_t> index, std::vector<std::int64_t> ids) {
    return [=](Hdf5Writer& file) {
      file.write<double>("units/spike_times", {0.0015, 0.00725, 0.002});
      file.write("units/spike_times_index", index);
      file.write("units/id", ids);
    };
  };
  const SpikeOptions options{.dt_ms = 1.0};
  check_refused(with({2, 1}, {1, 2}), {"/units/spike_times_index element 1 is 1", "one before"}, options);
  check_refused(with({2, 4}, {1, 2}), {"/units/spike_times_index element 1 is 4", "above 3"}, options);
  check_refused(with({1, 2}, {1, 2}), {"/units/spike_times_index ends at 2", "/units/spike_times has 3"}, options);
  check_refused(with({1, 3}, {1, 2, 3}), {"/units/id has 3 elements", "/units/spike_times_index has 2"}, options);
  check_refused(with({1, 3}, {7, 7}), {"two neurons are called 7"}, options);
}

// --- MATLAB

namespace {

/// A variable of MATLAB, whose vectors are rows or columns.
void write_variable(Hdf5Writer& file, const std::string& path, const std::vector<double>& values, bool row = false) {
  if (values.empty()) {
    file.write<std::uint64_t>(path, {0, 0});
    file.attribute(path, "MATLAB_empty", "1");
  } else {
    file.write(path, values, row ? Shape{values.size(), 1} : Shape{1, values.size()});
  }
  file.attribute(path, "MATLAB_class", "double");
}

void write_cells(Hdf5Writer& file, const std::string& path) {
  write_variable(file, "#refs#/a", {2.0});
  write_variable(file, "#refs#/b", {7.25, 1.5}, true);
  write_variable(file, "#refs#/c", {});
  file.write_references(path, {"#refs#/a", "#refs#/b", "#refs#/c"}, {3, 1});
  file.attribute(path, "MATLAB_class", "cell");
}

}  // namespace

TEST_CASE("a cell array of MATLAB has a vector of times for each unit, counted from 1") {
  const TemporaryFile file{".mat"};
  {
    Hdf5Writer writer{file.path(), 512};
    write_cells(writer, "spike_times");
    write_variable(writer, "rate", {30'000.0});
    writer.write<std::uint8_t>("animal", {'r', 'a', 't'}, {3, 1});
    writer.attribute("animal", "MATLAB_class", "char");
  }
  check(file.path(), in_ms, {"1", "2", "3"}, three_spikes);
  check(file.path(), {.unit = TimeUnit::milliseconds, .dt_ms = 1.0, .object = "spike_times"}, {"1", "2", "3"},
        three_spikes);
  CHECK(has_note(read_spikes(file.path(), in_ms), "cell array spike_times"));
  check_message<FileError>([&] { read_spikes(file.path(), {.dt_ms = 1.0, .object = "spikes"}); },
                           {"no group or dataset /spikes", "dataset spike_times (3 x 1 references)", "dataset animal"});
  check_message<FileError>(
      [&] { read_spikes(file.path(), {.unit = TimeUnit::seconds, .dt_ms = 1.0, .object = "animal"}); },
      {"/animal has 3 x 1 integers", "vector of times"});
}

TEST_CASE("a field of a structure of MATLAB may be a cell array") {
  const TemporaryFile file{".mat"};
  {
    Hdf5Writer writer{file.path(), 512};
    write_cells(writer, "data/spikes/times");
    write_variable(writer, "data/spikes/depth", {1.0, 2.0, 3.0});
    write_variable(writer, "rate", {30'000.0});
  }
  SpikeOptions options = in_ms;
  options.object = "data/spikes/times";
  check(file.path(), options, {"1", "2", "3"}, three_spikes);
  options.object = "data";
  check(file.path(), options, {"1", "2", "3"}, three_spikes);
  check_message<FileError>([&] { read_spikes(file.path(), in_ms); },
                           {"group data", "dataset rate (1 x 1 real numbers)"});
}

TEST_CASE("variables of MATLAB are units only if asked for, and text is none") {
  const TemporaryFile file{".mat"};
  {
    Hdf5Writer writer{file.path(), 512};
    write_variable(writer, "unit2", {1.5, 7.25});
    write_variable(writer, "unit1", {2.0});
  }
  check_message<FileError>([&] { read_spikes(file.path(), in_ms); }, {"dataset unit1", "dataset unit2", ".object"});
  SpikeOptions options = in_ms;
  options.object = "/";
  check(file.path(), options, {"unit1", "unit2"}, three_spikes);
  options.object = "unit2";
  check(file.path(), options, {"unit2"}, {{1, 0, 1}, {7, 0, 1}});
}

TEST_CASE("a cell that is not a vector of times is named") {
  const auto with = [](std::vector<double> values, Shape shape, const std::string& matlab) {
    return [=](Hdf5Writer& file) {
      file.write("#refs#/a", std::vector<double>{1.0});
      file.write("#refs#/b", values, shape);
      file.attribute("#refs#/b", "MATLAB_class", matlab);
      file.write_references("cells", {"#refs#/a", "#refs#/b"}, {2});
    };
  };
  check_refused(with({1, 2, 3, 4}, {2, 2}, "double"), {"/cells, element 2, has 2 x 2 real numbers", "vector"});
  check_refused(with({1, 2}, {2}, "char"), {"/cells, element 2, has 2 real numbers", "vector of times"});
  check_refused(
      [](Hdf5Writer& file) {
        file.group("#refs#/a");
        file.write_references("cells", {"#refs#/a"}, {1});
      },
      {"/cells, element 1, is a group"});
}

TEST_CASE("a matrix has a column of times and one of units, and MATLAB stores columns as rows") {
  const TemporaryFile rows{".mat"}, columns{".h5"}, whole{".h5"};
  Hdf5Writer{rows.path()}.write<double>("x", {7.25, 1.5, 2.0, 12.0, 12.0, 4.0}, {2, 3});
  Hdf5Writer{columns.path()}.write<double>("x", {12.0, 7.25, 12.0, 1.5, 4.0, 2.0}, {3, 2});
  Hdf5Writer{whole.path()}.write<double>("x", {7.0, 1.0, 2.0, 12.0, 12.0, 4.0}, {2, 3});
  check(rows.path(), in_ms, {"4", "12"}, three_spikes);
  check(columns.path(), in_ms, {"4", "12"}, three_spikes);
  check_message<FileError>([&] { read_spikes(whole.path(), in_ms); }, {"/x has 2 x 3 real numbers", "both columns"});
  check_message<FileError>(
      [] {
        const TemporaryFile file{".h5"};
        Hdf5Writer{file.path()}.write<double>("x", {7.5, 1.5, 2.5, 1.5, 1.5, 1.5}, {2, 3});
        read_spikes(file.path(), in_ms);
      },
      {"/x has 2 x 3 real numbers", "no column"});
  for (const auto& shape : {Shape{3, 3}, Shape{9, 1, 1}, Shape{2, 2}}) {
    const TemporaryFile file{".h5"};
    std::vector<double> values(shape[0] * shape[1], 1.0);
    Hdf5Writer{file.path()}.write<double>("x", values, shape);
    if (shape.size() == 2)
      check_message<FileError>([&] { read_spikes(file.path(), in_ms); }, {"two columns of times and units"});
    else
      CHECK(read_spikes(file.path(), in_ms).units[0].spikes == 9);
  }
}

// --- plain files

TEST_CASE("two datasets have the times and their units, by usual or chosen names") {
  const TemporaryFile file{".h5"};
  {
    Hdf5Writer writer{file.path()};
    writer.write<double>("data/times", {1.5, 2.0, 7.25});
    writer.write<std::int64_t>("data/unit", {-12, 4, -12});
    writer.write<std::uint64_t>("data/large", {18'446'744'073'709'551'615u, 7, 18'446'744'073'709'551'615u});
    writer.write<float>("data/real", {2.0f, 1.0f, 2.0f});
    writer.write_texts("data/words", {"b10", "b9", "b10"}, 5);
    writer.write<std::int64_t>("data/sweep", {1, 1, 2});
  }
  const auto with = [](const std::string& unit, const std::string& object) {
    SpikeOptions options = in_ms;
    options.columns.unit = unit;
    options.object = object;
    return options;
  };
  check(file.path(), in_ms, {"-12", "4"}, {{1, 0, 1}, {2, 1, 1}, {7, 0, 1}});
  check(file.path(), with("large", "data"), {"7", "18446744073709551615"}, three_spikes);
  check(file.path(), with("real", "data"), {"1", "2"}, three_spikes);
  check(file.path(), with("words", "data"), {"b9", "b10"}, three_spikes);
  SpikeOptions options = in_ms;
  options.columns = {.time = "data/times", .unit = "data/words"};
  check(file.path(), options, {"b9", "b10"}, three_spikes);
  options.columns.trial = "data/sweep";
  CHECK(read_spikes(file.path(), options).trial_names == Names{"1", "2"});
  options.columns = {.time = "data/no", .unit = "data/words"};
  check_message<FileError>([&] { read_spikes(file.path(), options); }, {"no dataset `data/no`", "group data"});
  options.columns = {.time = "data/words", .unit = "data/words"};
  check_message<FileError>([&] { read_spikes(file.path(), options); }, {"/data/words has 3 texts", "numbers"});
  options.columns = {.time = "data/times", .unit = "data/times"};
  check_message<FileError>([&] { read_spikes(file.path(), options); },
                           {"/data/times element 0 is 1.5", "not a whole number"});
  options = in_ms;
  options.columns.time = "data/times";
  check_message<FileError>([&] { read_spikes(file.path(), options); }, {"no dataset of units", ".columns"});
}

TEST_CASE("a group may have one dataset of times for each unit") {
  const TemporaryFile file{".h5"};
  {
    Hdf5Writer writer{file.path()};
    writer.write<double>("recording/unit10", {7.25, 1.5});
    writer.write<float>("recording/unit9", {2.0f}, {1, 1});
    writer.write<double>("recording/unit11", {}, {0});
  }
  check(file.path(), in_ms, {"unit9", "unit10", "unit11"}, three_spikes);
  CHECK(has_note(read_spikes(file.path(), in_ms), "each dataset in /recording"));
  SpikeOptions options = in_ms;
  options.object = "recording/unit10";
  check(file.path(), options, {"unit10"}, {{1, 0, 1}, {7, 0, 1}});
  options.columns.trial = "x";
  check_message<InvalidArgument>([&] { read_spikes(file.path(), options); }, {".columns.trial"});
}

TEST_CASE("units of time that disagree are refused") {
  check_refused(
      [](Hdf5Writer& file) {
        file.write<double>("a", {1.0});
        file.write<double>("b", {1.0});
        file.attribute("a", "units", "ms");
        file.attribute("b", "unit", "seconds");
      },
      {"/b has times in 'seconds'", "others are in milliseconds"});
}

TEST_CASE("a file without spike times is refused, with what it holds") {
  check_refused([](Hdf5Writer&) {}, {"/ has no members"});
  check_refused(
      [](Hdf5Writer& file) {
        file.write<double>("a/x", {1.0});
        file.write_texts("b", {"word"}, 0);
        file.write<double>("c", {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {2, 3});
      },
      {"group a", "dataset b (1 texts)", "dataset c (2 x 3 real numbers)", ".object"});
  check_refused([](Hdf5Writer& file) { file.write<double>("a", {}, {0}); }, {"no spikes"});
}

TEST_CASE("a file that is not HDF5, or does not exist, is refused with the reason") {
  const TemporaryFile text{".mat", "MATLAB 5.0 MAT-file"};
  check_message<FileError>([&] { read_spikes(text.path(), in_ms); },
                           {text.path(), "cannot be opened as an HDF5 file", "signature", "-v7.3"});
  check_message<FileError>([] { read_spikes("no/such.nwb", in_ms); }, {"no/such.nwb", "No such file"});
}

TEST_CASE("long datasets are read in pieces, with the same result") {
  support::Numbers numbers{1};
  constexpr std::size_t spikes = 2'200'000;  // more than two pieces
  std::vector<double> times(spikes);
  std::vector<std::int64_t> units(spikes);
  std::vector<std::uint64_t> counts(50);
  for (std::size_t i = 0; i < spikes; ++i) {
    times[i] = static_cast<double>(i) + 0.5;
    units[i] = static_cast<std::int64_t>(numbers.below(50));
    ++counts[static_cast<std::size_t>(units[i])];
  }
  for (const hsize_t chunk : {0, 700'001}) {
    const TemporaryFile file{".h5"};
    {
      Hdf5Writer writer{file.path()};
      writer.write("spikes/all/timestamps", times, {}, chunk);
      writer.write("spikes/all/node_ids", units, {}, chunk);
    }
    const RecordedSpikes recorded = read_spikes(file.path(), in_ms);
    const Events<CountEvent>& events = recorded.recording();
    REQUIRE(events.size() == spikes);
    bool same = true;
    for (std::size_t i = 0; i < spikes; ++i)
      same = same && events[i] == Spike{i, static_cast<std::uint32_t>(units[i]), 1};
    CHECK(same);
    CHECK(events.counts() == counts);
  }
}

TEST_CASE("HDF5 prints its errors after a read as it did before") {
  H5E_auto2_t before = nullptr, after = nullptr;
  void *data_before = nullptr, *data_after = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &before, &data_before);
  REQUIRE(before != nullptr);
  CHECK_THROWS_AS(read_spikes("no/such.nwb", in_ms), FileError);
  H5Eget_auto2(H5E_DEFAULT, &after, &data_after);
  CHECK((after == before && data_after == data_before));
}

TEST_CASE("everything that a read opens is closed, also when it throws") {
  const TemporaryFile file{".nwb"};
  {
    Hdf5Writer writer{file.path()};
    write_nwb(writer);
  }
  CHECK(read_spikes(file.path(), {.dt_ms = 1.0}).units.size() == 4);
  CHECK_THROWS_AS(read_spikes(file.path(), {.dt_ms = 1.0, .columns = {.unit = "depth"}}), FileError);
  CHECK(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL) == 0);
}
