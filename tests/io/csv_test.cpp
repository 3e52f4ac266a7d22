// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/csv.hpp"

#include <cstdint>
#include <filesystem>
#include <locale>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "foreign_locale.hpp"
#include "temporary_file.hpp"

using spikeometric::BatchEvents, spikeometric::BinaryEvent, spikeometric::CountEvent, spikeometric::Events;
using spikeometric::FileError, spikeometric::InvalidArgument, spikeometric::NeuronNames;
using spikeometric::io::EventsCsvOptions, spikeometric::io::read_events_csv, spikeometric::io::write_csv;

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
}

TEST_CASE("a file that cannot be written is an error that names it") {
  const Events<BinaryEvent> events{3, 1.0};
  const std::string nowhere = TemporaryFile{""}.path() + "/missing/file.csv";
  check_message<FileError>([&] { write_csv(nowhere, events); }, {nowhere + ": cannot be opened for writing"});
  check_message<FileError>([&] { write_csv(nowhere, BatchEvents<BinaryEvent>{{events}}); },
                           {nowhere + ": cannot be opened for writing"});
}

TEST_CASE("a full disk is an error, whether it shows at once or only at the end") {
  const std::string full = "/dev/full";  // accepts nothing; only Linux has it
  if (!std::filesystem::exists(full)) return;
  const std::uint32_t events = GENERATE(0u, 1u, 100'000u);
  std::vector<BinaryEvent> spikes;
  for (std::uint32_t i = 0; i < events; ++i) spikes.emplace_back(i, 0);
  Events<BinaryEvent> recording{1, 1.0};
  recording.append(100'000, spikes);
  check_message<FileError>([&] { write_csv(full, recording); }, {full + ": cannot be written"});
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

TEST_CASE("neurons with names are written and read by name, which may have commas") {
  const NeuronNames names{{"720575940628857210", "left, of two", "AVAL", "two\nlines"}};
  Events<CountEvent> spikes(4, 1.0);
  spikes.append(10, std::vector<CountEvent>{{0, 2, 1}, {7, 0, 3}, {7, 1, 1}, {8, 3, 1}});
  TemporaryFile file{".csv", ""};
  write_csv(file.path(), spikes, names);
  CHECK(file.content() ==
        "step,neuron,count\n0,AVAL,1\n7,720575940628857210,3\n7,\"left, of two\",1\n8,\"two\nlines\",1\n");
  const auto copy = read_events_csv<CountEvent>(file.path(), {.steps = 10, .names = names});
  CHECK(copy.neurons() == 4);
  CHECK(copy.fingerprint() == spikes.fingerprint());

  Events<CountEvent> three(4, 1.0);
  three.append(10, std::vector<CountEvent>{{0, 2, 1}, {7, 0, 3}, {7, 1, 1}});
  write_csv(file.path(), BatchEvents{std::vector{three, Events<CountEvent>(4, 1.0, 1)}}, names);
  CHECK(file.content() == "network,step,neuron,count\n0,0,AVAL,1\n0,7,720575940628857210,3\n0,7,\"left, of two\",1\n");
}

TEST_CASE("names that do not fit the recording, or that nobody has, are refused") {
  const NeuronNames names{{"a", "b"}};
  const TemporaryFile file{".csv", "step,neuron\n0,a\n1,c\n"};
  const Events<BinaryEvent> three{3, 1.0};
  const std::string misfit = "2 names do not fit a recording of 3 neurons";
  check_message<InvalidArgument>([&] { write_csv(file.path(), three, names); }, {misfit});
  check_message<InvalidArgument>([&] { write_csv(file.path(), BatchEvents<BinaryEvent>{{three}}, names); }, {misfit});
  check_message<InvalidArgument>([&] { read_events_csv(file.path(), {.neurons = 3, .names = names}); }, {misfit});
  CHECK(file.content() == "step,neuron\n0,a\n1,c\n");
  check_message<FileError>([&] { read_events_csv(file.path(), {.names = names}); },
                           {file.path() + ":3: no neuron is called c"});
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
