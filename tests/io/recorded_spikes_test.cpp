// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/recorded_spikes.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"

using spikeometric::CountEvent, spikeometric::Events, spikeometric::FileError, spikeometric::InvalidArgument,
    spikeometric::InvalidState, spikeometric::Spike, spikeometric::TooLong;
using spikeometric::io::bin_spikes, spikeometric::io::Outside, spikeometric::io::RecordedSpikes,
    spikeometric::io::SpikeOptions, spikeometric::io::SpikeTimes, spikeometric::io::TimeUnit,
    spikeometric::io::TimeWindow;

namespace {

using Times = std::vector<std::vector<double>>;  // of units

/// Times of units "0", "1", ... in milliseconds.
SpikeTimes recording(Times times) {
  SpikeTimes result;
  for (std::size_t i = 0; i < times.size(); ++i) result.units.push_back(std::to_string(i));
  result.times = {std::move(times)};
  return result;
}

SpikeOptions ms(double dt_ms) { return {.unit = TimeUnit::milliseconds, .dt_ms = dt_ms}; }

std::vector<Spike> spikes_of(const auto& events) { return {events.begin(), events.end()}; }

bool has_note(const RecordedSpikes& recorded, const std::string& part) {
  INFO(part);
  for (const std::string& note : recorded.notes) INFO(note);
  return std::any_of(recorded.notes.begin(), recorded.notes.end(),
                     [&](const std::string& note) { return note.find(part) != note.npos; });
}

/// A whole number of microseconds, as the nearest double to its decimal in seconds.
double seconds_of(std::int64_t microseconds) {
  const std::string text = std::to_string(microseconds) + "e-6";
  double value = 0.0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

TEST_CASE("spikes are in the step that contains their time, in order of step and unit") {
  const auto recorded = bin_spikes(recording({{0.0, 3.5, 2.99, 3.0}, {}, {7.25, 0.5}}), ms(1.0));
  const Events<CountEvent>& events = recorded.recording();
  CHECK(spikes_of(events) == std::vector<Spike>{{0, 0, 1}, {0, 2, 1}, {2, 0, 1}, {3, 0, 2}, {7, 2, 1}});
  CHECK(events.steps() == 8);  // to the end of the last spike's step
  CHECK(events.neurons() == 3);
  CHECK(events.dt_ms() == 1.0);
  CHECK(events.first_step() == 0);
  CHECK(recorded.names.all() == std::vector<std::string>{"0", "1", "2"});
  CHECK(recorded.trial_names == std::vector<std::string>{"0"});
  CHECK(recorded.outside == 0);
  CHECK(spikes_of(bin_spikes(recording({{4.0}}), ms(0.5)).recording()) == std::vector<Spike>{{8, 0, 1}});
}

TEST_CASE("a decimal time on the edge of a step is in the step that begins there") {
  CHECK(std::floor(0.3 / 0.1) == 2.0);  // as floating-point numbers are divided
  CHECK(std::floor(1.001 * 1000.0) == 1000.0);
  for (const std::int64_t dt : {1000, 100, 25, 700}) {  // microseconds
    Times times(1);
    const std::int64_t number = support::slow_build ? 20'000 : 200'000;
    for (std::int64_t k = 0; k < number; ++k) times[0].push_back(seconds_of(k * dt));
    const auto recorded =
        bin_spikes(recording(std::move(times)), {.unit = TimeUnit::seconds, .dt_ms = static_cast<double>(dt) / 1000.0});
    const Events<CountEvent>& events = recorded.recording();
    REQUIRE(events.size() == static_cast<std::size_t>(number));
    bool each_in_its_own = true;
    for (std::uint64_t k = 0; k < events.size(); ++k) each_in_its_own = each_in_its_own && events[k] == Spike{k, 0, 1};
    CHECK(each_in_its_own);
  }
}

TEST_CASE("a time just before the edge of a step is in the step before, unless a millionth of a step is missing") {
  const auto step_of = [](double time) { return bin_spikes(recording({{time}}), ms(1.0)).recording()[0].step; };
  CHECK(step_of(299.99) == 299);
  CHECK(step_of(299.99999) == 299);
  CHECK(step_of(300.0 - 1.1e-6) == 299);
  CHECK(step_of(300.0 - 0.9e-6) == 300);
  CHECK(step_of(std::nextafter(300.0, 0.0)) == 300);
  CHECK(step_of(300.0) == 300);
}

TEST_CASE("windows far from 0 find the steps of decimal times") {
  const std::int64_t from = 1'700'000'000'000'000;  // microseconds, as of a clock that counts from 1970
  Times times(1);
  for (std::int64_t k = 0; k < 1000; ++k) times[0].push_back(seconds_of(from + 1000 * k));
  const auto recorded = bin_spikes(
      recording(times),
      {.unit = TimeUnit::seconds, .dt_ms = 1.0, .from_ms = 1'700'000'000'000.0, .to_ms = 1'700'000'001'000.0});
  CHECK(recorded.recording().steps() == 1000);
  CHECK(recorded.recording().size() == 1000);
}

TEST_CASE("random times in windows agree with integer arithmetic") {
  support::Numbers numbers{1};
  for (int run = 0; run < 50; ++run) {
    const std::int64_t dt = numbers.one_of<std::int64_t>({1000, 500, 333, 50});  // microseconds
    const std::int64_t from = numbers.between(-50'000, 50'000), steps = numbers.between(1, 700);
    const std::int64_t to = from + steps * dt;
    const int units = numbers.between(1, 5);
    Times times(static_cast<std::size_t>(units));
    std::map<std::pair<std::int64_t, int>, std::uint32_t> expected;
    std::uint64_t outside = 0;
    for (int i = 0; i < 300; ++i) {
      const std::int64_t time =
          from - 1000 + static_cast<std::int64_t>(numbers.below(static_cast<std::uint64_t>(to - from + 2000)));
      const int unit = numbers.between(0, units - 1);
      times[static_cast<std::size_t>(unit)].push_back(seconds_of(time));
      if (from <= time && time < to)
        ++expected[{(time - from) / dt, unit}];
      else
        ++outside;
    }
    if (expected.empty()) continue;
    const auto recorded = bin_spikes(recording(std::move(times)), {.unit = TimeUnit::seconds,
                                                                   .dt_ms = static_cast<double>(dt) / 1000.0,
                                                                   .from_ms = static_cast<double>(from) / 1000.0,
                                                                   .to_ms = static_cast<double>(to) / 1000.0});
    std::vector<Spike> spikes;
    for (const auto& [place, count] : expected)
      spikes.push_back({static_cast<std::uint64_t>(place.first), static_cast<std::uint32_t>(place.second), count});
    CHECK(spikes_of(recorded.recording()) == spikes);
    CHECK(recorded.recording().steps() == static_cast<std::uint64_t>(steps));
    CHECK(recorded.outside == outside);
    CHECK(has_note(recorded, "outside of the window and left out") == (outside > 0));
  }
}

TEST_CASE("long recordings are sorted in pieces, with the same result") {
  support::Numbers numbers{2};
  Times times(7);
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::uint32_t> expected;
  for (int i = 0; i < 20'000; ++i) {
    // edges of pieces of 65536 steps are frequent
    const std::uint64_t step =
        numbers.coin(0.5) ? numbers.below(1'000'000) : 65536 * (1 + numbers.below(15)) + numbers.below(3) - 1;
    const auto unit = static_cast<std::uint32_t>(numbers.below(7));
    times[unit].push_back(static_cast<double>(step) + numbers.real(0.0, 0.99));
    ++expected[{step, unit}];
  }
  std::vector<Spike> spikes;
  for (const auto& [place, count] : expected) spikes.push_back({place.first, place.second, count});
  CHECK(spikes_of(bin_spikes(recording(std::move(times)), ms(1.0)).recording()) == spikes);

  const auto sparse = bin_spikes(recording({{4'294'967'295.5}, {0.5}}), ms(1.0)).recording();
  CHECK(spikes_of(sparse) == std::vector<Spike>{{0, 1, 1}, {4'294'967'295, 0, 1}});
  CHECK(sparse.steps() == std::uint64_t{1} << 32);
}

TEST_CASE("times count seconds, milliseconds or samples") {
  const auto step_of = [](SpikeOptions options) {
    return bin_spikes(recording({{3000.0}}), options).recording()[0].step;
  };
  CHECK(step_of({.unit = TimeUnit::seconds, .dt_ms = 10.0}) == 300'000);
  CHECK(step_of({.unit = TimeUnit::milliseconds, .dt_ms = 10.0}) == 300);
  CHECK(step_of({.unit = TimeUnit::samples, .samples_per_second = 30'000, .dt_ms = 10.0}) == 10);
  SpikeTimes said = recording({{3000.0}});
  said.unit = TimeUnit::seconds;
  CHECK(bin_spikes(said, {.dt_ms = 10.0}).recording()[0].step == 300'000);
  CHECK(bin_spikes(said, {.unit = TimeUnit::seconds, .dt_ms = 10.0}).recording()[0].step == 300'000);
  check_message<InvalidArgument>([&] { bin_spikes(said, ms(1.0)); },
                                 {"in seconds", "file says", ".unit is milliseconds"});
}

TEST_CASE("a missing unit, step or sampling rate is an error, and says how to give it") {
  const auto with = [](SpikeOptions options) { return [options] { bin_spikes(recording({{1.0}}), options); }; };
  check_message<InvalidArgument>(with({.unit = TimeUnit::seconds}), {"length of a step is missing", ".dt_ms"});
  check_message<InvalidArgument>(with({.dt_ms = 1.0}), {"unit of the times is missing", ".unit", "seconds"});
  check_message<InvalidArgument>(with({.unit = TimeUnit::samples, .dt_ms = 1.0}),
                                 {"sampling rate is missing", ".samples_per_second"});
  check_message<InvalidArgument>(with({.unit = TimeUnit::seconds, .samples_per_second = 3e4, .dt_ms = 1.0}),
                                 {"samples_per_second is given", "not in samples"});
  check_message<InvalidArgument>(with({.unit = TimeUnit::samples, .samples_per_second = -1.0, .dt_ms = 1.0}),
                                 {"samples_per_second = -1", "positive"});
  check_message<InvalidArgument>(with(ms(-1.0)), {"dt_ms = -1", "positive"});
  check_message<InvalidArgument>(with(ms(std::nan(""))), {"dt_ms = nan"});
  check_message<InvalidArgument>(with(ms(INFINITY)), {"dt_ms = inf", "finite"});
  check_message<InvalidArgument>(with({.unit = TimeUnit::seconds, .dt_ms = 1.0, .refractory_ms = -2.0}),
                                 {"refractory_ms = -2"});
}

TEST_CASE("a negative time needs a window that begins before it") {
  const Times times = {{5.0}, {3.0, -12.5, -2.0}};
  check_message<InvalidArgument>([&] { bin_spikes(recording(times), ms(1.0)); },
                                 {"unit 1", "-12.5 ms", "before 0", ".from_ms"});
  SpikeOptions options = ms(1.0);
  options.from_ms = -20.0;
  const auto all = bin_spikes(recording(times), options);
  CHECK(spikes_of(all.recording()) == std::vector<Spike>{{7, 1, 1}, {18, 1, 1}, {23, 1, 1}, {25, 0, 1}});
  options.from_ms = -5.0;
  CHECK(bin_spikes(recording(times), options).outside == 1);
}

TEST_CASE("what is no time is named") {
  const auto with = [](double time) { return [time] { bin_spikes(recording({{1.0}, {2.0, time}}), ms(1.0)); }; };
  check_message<InvalidArgument>(with(std::nan("")), {"unit 1", "nan", "not finite"});
  check_message<InvalidArgument>(with(INFINITY), {"unit 1", "inf", "not finite"});
  check_message<TooLong>(with(1e12), {"1e+12 ms", "2^32", "unit of the times"});
}

TEST_CASE("errors in a file are FileErrors with its path") {
  SpikeTimes times = recording({{-1.0}});
  times.path = "some/spikes.csv";
  check_message<FileError>([&] { bin_spikes(times, ms(1.0)); }, {"some/spikes.csv: unit 0"});
  times.times = {{{}}};
  check_message<FileError>([&] { bin_spikes(times, ms(1.0)); }, {"some/spikes.csv: there are no spikes"});
  times.times = {{{1.0}, {2.0}}};
  check_message<FileError>([&] { bin_spikes(times, ms(1.0)); }, {"2 lists of times for 1 unit"});
  times.units = {"a", "a"};
  check_message<FileError>([&] { bin_spikes(times, ms(1.0)); }, {"two neurons are called a"});
}

TEST_CASE("a window must be valid and have spikes") {
  const auto with = [](std::optional<double> from, std::optional<double> to) {
    return [=] {
      SpikeOptions options = ms(1.0);
      options.from_ms = from, options.to_ms = to;
      bin_spikes(recording({{1000.0, 2000.0}}), options);
    };
  };
  check_message<InvalidArgument>(with(100.0, 50.0), {"from 100 ms to 50 ms", "end after it begins"});
  check_message<InvalidArgument>(with(100.0, 100.0), {"from 100 ms to 100 ms"});
  check_message<InvalidArgument>(with(100.0, 100.5), {"shorter than a step of 1 ms"});
  check_message<InvalidArgument>(with(std::nan(""), 100.0), {"nan ms", "finite"});
  check_message<InvalidArgument>(
      with(0.0, 500.0), {"no spikes of these units in the window", "from 1000 ms to 2000 ms", "unit of the times"});
  check_message<InvalidArgument>(with(3000.0, {}), {"no spikes from 3000 ms on", "last is at 2000 ms"});
  check_message<TooLong>(with(0.0, 5e9), {"5e+09 steps of 1 ms", "2^32"});
}

TEST_CASE("an incomplete step at the end of a window is left out, with a note") {
  SpikeOptions options = ms(1.0);
  options.to_ms = 10.5;
  const auto recorded = bin_spikes(recording({{9.9, 10.2, 10.7}}), options);
  CHECK(recorded.recording().steps() == 10);
  CHECK(recorded.outside == 2);
  CHECK(has_note(recorded, "the window ends with an incomplete step"));
  options.to_ms = 11.0;
  CHECK_FALSE(has_note(bin_spikes(recording({{9.9}}), options), "incomplete"));
  options.dt_ms = 0.1;  // 11 / 0.1 rounds to 110
  CHECK(bin_spikes(recording({{9.9}}), options).recording().steps() == 110);
}

TEST_CASE("spikes outside of the window are refused on request, by unit and time") {
  SpikeOptions options = ms(1.0);
  options.to_ms = 100.0;
  options.outside = Outside::refuse;
  check_message<InvalidArgument>(
      [&] {
        bin_spikes(recording({{5.0}, {7.0, 120.5}}), options);
      },
      {"unit 1", "spike at 120.5 ms", "outside of the window from 0 ms to 100 ms"});
  options.from_ms = 6.0;
  check_message<InvalidArgument>([&] { bin_spikes(recording({{5.0}, {7.0}}), options); }, {"unit 0", "spike at 5 ms"});
  options.from_ms = 5.0;
  CHECK(bin_spikes(recording({{5.0}, {7.0}}), options).outside == 0);
}

TEST_CASE("units are chosen by name, in the order of their names in the options") {
  SpikeTimes times = recording({{1.0}, {2.0}, {90.0}});
  times.units = {"AVAL", "AVAR", "720575940628857210"};
  SpikeOptions options = ms(1.0);
  options.units = {"AVAR", "AVAL"};
  const auto recorded = bin_spikes(times, options);
  CHECK(recorded.names.all() == options.units);
  CHECK(spikes_of(recorded.recording()) == std::vector<Spike>{{1, 1, 1}, {2, 0, 1}});
  CHECK(recorded.recording().steps() == 91);  // to the last spike of all units
  CHECK(recorded.units[1].name == "AVAL");
  options.units = {"AVAL", "PVC"};
  check_message<InvalidArgument>([&] { bin_spikes(times, options); },
                                 {"'PVC'", "3 units", "AVAL, AVAR, 7205759406288"});
  options.units = {"AVAL", "AVAL"};
  CHECK_THROWS_AS(bin_spikes(times, options), InvalidArgument);
}

TEST_CASE("a summary tells rates, intervals and steps with several spikes, from exact times") {
  const auto recorded = bin_spikes(recording({{0.0, 0.4, 1.4, 5.0, 5.9, 99.5}, {50.0}, {}}), ms(1.0));
  const auto& units = recorded.units;
  REQUIRE(units.size() == 3);
  CHECK(units[0].spikes == 6);
  CHECK(units[0].rate_hz == Approx(60.0));  // in 100 ms
  CHECK(units[0].shortest_interval_ms == Approx(0.4));
  CHECK(units[0].refractory_violations == 2);  // 0.4 and 0.9 ms, not 1 ms
  CHECK(units[0].bins_with_several == 2);
  CHECK(units[1].rate_hz == Approx(10.0));
  CHECK(std::isnan(units[1].shortest_interval_ms));
  CHECK(units[2].spikes == 0);
  CHECK(units[2].rate_hz == 0.0);
  CHECK(has_note(recorded, "2 bins of 1 unit have several spikes (unit 0)"));
  CHECK(has_note(recorded, "2 intervals of 1 unit are shorter than 1 ms (unit 0)"));
  CHECK(has_note(recorded, "1 unit without spikes in the window: 2"));

  SpikeOptions options = ms(1.0);
  options.refractory_ms = 0.4;
  CHECK(bin_spikes(recording({{0.0, 0.4, 1.4}}), options).units[0].refractory_violations == 0);
  const auto two = bin_spikes(recording({{0.0, 0.0, 9.0}, {1.0, 1.1, 1.2, 2.0, 2.1}}), ms(1.0));
  CHECK(has_note(two, "3 bins of 2 units have several spikes (most: unit 1, 2 bins)"));
  CHECK(two.units[0].shortest_interval_ms == 0.0);
}

TEST_CASE("notes tell of times out of order, impossible rates and coarse numbers") {
  CHECK(has_note(bin_spikes(recording({{2.0, 1.0}, {1.0, 2.0}}), ms(1.0)), "the times of 1 unit are not in ascending"));
  std::vector<double> fast;
  for (int i = 0; i < 50; ++i) fast.push_back(0.1 * i);
  CHECK(has_note(bin_spikes(recording({fast, {1.0}}), ms(1.0)), "1 unit with a rate above 1000 Hz: 0"));
  SpikeTimes coarse = recording({{1e7}});
  CHECK_FALSE(has_note(bin_spikes(coarse, ms(1.0)), "resolution"));
  coarse.precision = 0x1p-23;
  CHECK(has_note(bin_spikes(coarse, ms(1.0)), "resolution of 1.192 ms at 1e+07 ms"));
}

TEST_CASE("times in single precision count to the step that they round to") {
  SpikeTimes times = recording({{}});
  for (int k = 0; k < 1000; ++k) times.times[0][0].push_back(static_cast<double>(static_cast<float>(k) / 1000.0f));
  times.precision = 0x1p-23;
  const auto events = bin_spikes(times, {.unit = TimeUnit::seconds, .dt_ms = 1.0}).recording();
  REQUIRE(events.size() == 1000);
  for (std::uint64_t k = 0; k < 1000; ++k) CHECK(events[k].step == k);
}

// --- trials

TEST_CASE("trials have the spikes of their windows, on clocks of their own") {
  SpikeOptions options = ms(1.0);
  options.trials = {{100.0, 110.0}, {0.25, 3.25}};
  const auto recorded = bin_spikes(recording({{0.0, 0.3, 1.2, 3.0, 105.5}, {109.999, 110.0}}), options);
  REQUIRE(recorded.trials.size() == 2);
  CHECK(spikes_of(recorded.trials[0]) == std::vector<Spike>{{5, 0, 1}, {9, 1, 1}});
  CHECK(spikes_of(recorded.trials[1]) == std::vector<Spike>{{0, 0, 2}, {2, 0, 1}});
  CHECK(recorded.trials[0].steps() == 10);
  CHECK(recorded.trials[1].steps() == 3);
  CHECK(recorded.trials[1].network_id() == 1);
  CHECK(recorded.trials[0].first_step() == 0);
  CHECK(recorded.outside == 2);
  CHECK(recorded.units[0].outside == 1);
  CHECK(recorded.units[0].rate_hz == Approx(4 / 0.013));
  CHECK(recorded.units[0].shortest_interval_ms == Approx(0.9));  // none across trials
  CHECK(has_note(recorded, "2 spikes of 2 units are outside of the trials"));
  check_message<InvalidState>([&] { recorded.recording(); }, {"2 trials"});
}

TEST_CASE("random trials agree with a window each") {
  support::Numbers numbers{3};
  for (int run = 0; run < 20; ++run) {
    Times times(3);
    for (auto& train : times)
      for (int i = 0; i < 200; ++i) train.push_back(numbers.real(0.0, 1000.0));
    SpikeOptions options = ms(1.0);
    for (int i = 0; i < 12; ++i) {
      const double from = numbers.real(0.0, 900.0);
      options.trials.push_back({from, from + numbers.between(20, 99)});
    }
    const auto recorded = bin_spikes(recording(times), options);
    std::uint64_t outside = 0, several = 0, violations = 0;
    for (const auto& train : times)
      for (const double time : train) {
        const auto within = std::count_if(options.trials.begin(), options.trials.end(), [&](const TimeWindow& window) {
          return window.from_ms <= time && time < window.to_ms;
        });
        outside += within == 0;
        several += within > 1 ? static_cast<std::uint64_t>(within - 1) : 0;
      }
    CHECK(recorded.outside == outside);
    CHECK(has_note(recorded, "overlap: " + std::to_string(several) + " spike") == (several > 0));
    for (std::size_t i = 0; i < options.trials.size(); ++i) {
      SpikeOptions one = ms(1.0);
      one.from_ms = options.trials[i].from_ms, one.to_ms = options.trials[i].to_ms;
      const auto alone = bin_spikes(recording(times), one);
      CHECK(spikes_of(recorded.trials[i]) == spikes_of(alone.recording()));
      violations += alone.units[1].refractory_violations;
    }
    CHECK(recorded.units[1].refractory_violations == violations);
  }
}

TEST_CASE("trials that cannot be are named") {
  const auto with = [](SpikeOptions options) { return [options] { bin_spikes(recording({{5.0}}), options); }; };
  SpikeOptions options = ms(1.0);
  options.trials = {{0.0, 10.0}, {10.0, 10.0}};
  check_message<InvalidArgument>(with(options), {"trial 1", "from 10 ms to 10 ms"});
  options.trials = {{0.0, 10.0}, {0.0, 10.0}, {10.0, INFINITY}};
  check_message<InvalidArgument>(with(options), {"trial 2", "finite"});
  options.trials = {{0.0, 10.0}};
  options.to_ms = 10.0;
  check_message<InvalidArgument>(with(options), {"to_ms", ".trials"});
  options.to_ms.reset();
  options.trials_of_file = true;
  check_message<InvalidArgument>(with(options), {"trials_of_file", ".trials"});
  options.trials.clear();
  check_message<InvalidArgument>(with(options), {"no trials", ".trials_of_file"});
  options.trials_of_file = false;
  options.trials = {{0.0, 4.0}, {6.0, 9.0}};
  check_message<InvalidArgument>(with(options), {"no spikes of these units in the trials"});
  options.trials = {{0.0, 10.0}, {20.0, 30.0}};
  CHECK(has_note(bin_spikes(recording({{5.0}}), options), "1 trial without spikes: 1"));
  options.outside = Outside::refuse;
  check_message<InvalidArgument>(
      [&] {
        bin_spikes(recording({{5.0, 15.0}}), options);
      },
      {"unit 0", "spike at 15 ms", "outside of all trials"});
}

TEST_CASE("trials that a file lists are cut on request, and noted otherwise") {
  SpikeTimes times = recording({{5.0, 25.0}});
  times.trials = {{0.0, 10.0}, {20.0, 30.0}};
  CHECK(has_note(bin_spikes(times, ms(1.0)), "the file lists 2 trials"));
  SpikeOptions options = ms(1.0);
  options.trials_of_file = true;
  const auto recorded = bin_spikes(times, options);
  CHECK(recorded.trials.size() == 2);
  CHECK_FALSE(has_note(recorded, "lists"));
}

TEST_CASE("trials with clocks of their own have the same length") {
  SpikeTimes times;
  times.units = {"a", "b"};
  times.times = {{{1.0}, {2.0, 0.5}}, {{}, {}}, {{}, {7.5}}};
  times.trial_names = {"1", "2", "10"};
  const auto recorded = bin_spikes(times, ms(1.0));
  REQUIRE(recorded.trials.size() == 3);
  for (const auto& trial : recorded.trials) CHECK(trial.steps() == 8);
  CHECK(spikes_of(recorded.trials[0]) == std::vector<Spike>{{0, 1, 1}, {1, 0, 1}, {2, 1, 1}});
  CHECK(recorded.trial_names == times.trial_names);
  CHECK(recorded.units[1].rate_hz == Approx(3 / 0.024));
  CHECK(has_note(recorded, "1 trial without spikes: 2"));

  SpikeOptions options = ms(1.0);
  options.to_ms = 2.0;
  options.outside = Outside::refuse;
  check_message<InvalidArgument>([&] { bin_spikes(times, options); }, {"unit b, trial 1", "spike at 2 ms"});
  times.times[0][1].clear();
  check_message<InvalidArgument>([&] { bin_spikes(times, options); }, {"unit b, trial 10", "spike at 7.5 ms"});
  options.outside = Outside::drop;
  CHECK(bin_spikes(times, options).outside == 1);
  times.times[2][0] = {-1.0};
  check_message<InvalidArgument>([&] { bin_spikes(times, ms(1.0)); }, {"unit a, trial 10", "-1 ms"});
  options.to_ms.reset();
  options.trials = {{0.0, 1.0}};
  check_message<InvalidArgument>([&] { bin_spikes(times, options); }, {"each trial of the file"});
}
