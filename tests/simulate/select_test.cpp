// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/simulate/select.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"

using spikeometric::BatchEvents, spikeometric::BinaryEvent, spikeometric::CountEvent, spikeometric::Events;
using spikeometric::binned, spikeometric::clipped, spikeometric::ids, spikeometric::part, spikeometric::select,
    spikeometric::to_binary, spikeometric::trials;
using spikeometric::InvalidArgument, spikeometric::OutOfRange, spikeometric::TooLong;
using spikeometric::Mask, spikeometric::NeuronNames, spikeometric::neurons, spikeometric::Spike,
    spikeometric::StepWindow;

namespace {

using Dense = Eigen::MatrixXi;

/// The recording of a dense matrix of counts, neurons x steps.
template <class Event>
Events<Event> recording_of(const Dense& counts, double dt_ms, std::uint32_t network, std::uint64_t first_step) {
  std::vector<Event> events;
  for (Eigen::Index step = 0; step < counts.cols(); ++step)
    for (Eigen::Index neuron = 0; neuron < counts.rows(); ++neuron)
      if (counts(neuron, step) > 0)
        events.emplace_back(static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(neuron),
                            static_cast<std::uint32_t>(counts(neuron, step)));
  return {static_cast<std::uint64_t>(counts.rows()), dt_ms, network, first_step,
          static_cast<std::uint64_t>(counts.cols()), events};
}

template <class Event>
Dense random_counts(support::Numbers& numbers, int neurons, int steps) {
  Dense counts = Dense::Zero(neurons, steps);
  const int most = std::is_same_v<Event, BinaryEvent> ? 1 : 3;
  for (Eigen::Index i = 0; i < counts.size(); ++i)
    if (numbers.coin(0.2)) counts.data()[i] = numbers.between(1, most);
  return counts;
}

template <class Event>
void check_same(const Events<Event>& events, const Events<Event>& expected) {
  CHECK(events.neurons() == expected.neurons());
  CHECK(events.steps() == expected.steps());
  CHECK(events.first_step() == expected.first_step());
  CHECK(events.dt_ms() == expected.dt_ms());
  CHECK(events.network_id() == expected.network_id());
  CHECK(std::vector<Spike>(events.begin(), events.end()) == std::vector<Spike>(expected.begin(), expected.end()));
}

}  // namespace

TEMPLATE_TEST_CASE("a part of a recording has the columns of its steps, on the same clock", "", BinaryEvent,
                   CountEvent) {
  support::Numbers numbers{1};
  const Dense counts = random_counts<TestType>(numbers, 5, 40);
  const auto events = recording_of<TestType>(counts, 0.5, 3, 100);
  for (std::uint64_t first = 100; first <= 140; ++first)
    for (std::uint64_t end = first; end <= 140; ++end)
      check_same(part(events, {first, end}),
                 recording_of<TestType>(
                     counts.middleCols(static_cast<Eigen::Index>(first - 100), static_cast<Eigen::Index>(end - first)),
                     0.5, 3, first));
  check_same(part(part(events, {110, 130}), {115, 120}), part(events, {115, 120}));
}

TEST_CASE("a part must lie within the recording") {
  const auto events = recording_of<CountEvent>(Dense::Ones(1, 40), 1.0, 0, 100);
  check_message<OutOfRange>([&] { part(events, {99, 120}); }, {"[99, 120)", "[100, 140)"});
  check_message<OutOfRange>([&] { part(events, {100, 141}); }, {"[100, 141)", "[100, 140)"});
  check_message<InvalidArgument>([&] { part(events, {120, 119}); }, {"[120, 119)", "before they begin"});
  CHECK(part(events, {140, 140}).steps() == 0);
}

TEMPLATE_TEST_CASE("parts appended to each other are the whole", "", BinaryEvent, CountEvent) {
  support::Numbers numbers{2};
  const auto events = recording_of<TestType>(random_counts<TestType>(numbers, 4, 60), 1.0, 7, 1000);
  Events<TestType> whole{4, 1.0, 7, 1000};
  for (std::uint64_t first = 1000, end = first; first < 1060; first = end) {
    end = std::min<std::uint64_t>(1060, first + numbers.below(9));
    whole.append(part(events, {first, end}));
  }
  check_same(whole, events);
  CHECK(whole.fingerprint() == events.fingerprint());

  const BatchEvents<TestType> batch{{events, part(events, {1000, 1060})}};
  BatchEvents<TestType> joined = part(batch, {1000, 1020});
  joined.append(part(batch, {1020, 1060}));
  check_same(joined[0], events);
  check_same(joined[1], events);
}

TEST_CASE("a gap or an overlap between recordings is refused, and so are other networks") {
  Events<CountEvent> events{3, 1.0, 2, 100};
  events.append(50, {});
  const auto continued_by = [&](Events<CountEvent> next) {
    next.append(10, {});
    return [&, next] { events.append(next); };
  };
  check_message<InvalidArgument>(continued_by({3, 1.0, 2, 153}),
                                 {"[153, 163)", "[100, 150)", "[150, 153) are missing"});
  check_message<InvalidArgument>(continued_by({3, 1.0, 2, 149}), {"[149, 159)", "[100, 150)", "begin in step 150"});
  check_message<InvalidArgument>(continued_by({4, 1.0, 2, 150}), {"4 neurons", "3 neurons"});
  check_message<InvalidArgument>(continued_by({3, 0.5, 2, 150}), {"dt = 0.5 ms", "dt = 1 ms"});
  check_message<InvalidArgument>(continued_by({3, 1.0, 5, 150}), {"network 5", "network 2"});
  CHECK(events.steps() == 50);
  continued_by({3, 1.0, 2, 150})();
  CHECK(events.steps() == 60);

  Events<CountEvent> longest{3, 1.0, 2, 160};
  longest.append(std::uint64_t{1} << 32, {});
  CHECK_THROWS_AS(events.append(longest), TooLong);

  BatchEvents<CountEvent> batch{{events, events}};
  Events<CountEvent> next{3, 1.0, 2, 160}, late{3, 1.0, 2, 170};
  next.append(5, {});
  late.append(5, {});
  check_message<InvalidArgument>([&] { batch.append(BatchEvents<CountEvent>{{next, late}}); }, {"[170, 175)"});
  CHECK(batch[0].steps() == 60);  // unchanged, although it had no gap
  check_message<InvalidArgument>([&] { batch.append(BatchEvents<CountEvent>{{next}}); }, {"1 networks", "one of 2"});
}

TEST_CASE("a recording takes over events that fit it") {
  const std::vector<CountEvent> late{{5, 0, 1}}, unknown{{0, 3, 1}};
  CHECK(Events<CountEvent>(3, 1.0, 0, 0, 6, late).size() == 1);
  check_message<OutOfRange>([&] { Events<CountEvent>(3, 1.0, 0, 0, 5, late); }, {"step 5", "5 steps"});
  check_message<OutOfRange>([&] { Events<CountEvent>(3, 1.0, 0, 0, 5, unknown); }, {"neuron 3", "3 neurons"});
  CHECK_THROWS_AS(Events<CountEvent>(3, 1.0, 0, 0, (std::uint64_t{1} << 32) + 1, {}), TooLong);
}

TEMPLATE_TEST_CASE("trials are parts with clocks of their own", "", BinaryEvent, CountEvent) {
  support::Numbers numbers{3};
  const Dense counts = random_counts<TestType>(numbers, 4, 80);
  const auto events = recording_of<TestType>(counts, 0.25, 9, 1000);
  std::vector<StepWindow> windows;
  for (int i = 0; i < 30; ++i) {  // of several lengths, in any order, with overlaps
    const std::uint64_t first = 1000 + numbers.below(79);
    windows.push_back({first, first + 1 + numbers.below(1080 - first)});
  }
  const auto cut = trials(events, windows), on_clock = trials(events, windows, {.keep_clock = true});
  REQUIRE(cut.size() == windows.size());
  REQUIRE(on_clock.size() == windows.size());
  for (std::uint32_t i = 0; i < windows.size(); ++i) {
    const Dense columns = counts.middleCols(static_cast<Eigen::Index>(windows[i].first - 1000),
                                            static_cast<Eigen::Index>(windows[i].end - windows[i].first));
    check_same(cut[i], recording_of<TestType>(columns, 0.25, i, 0));
    check_same(on_clock[i], recording_of<TestType>(columns, 0.25, i, windows[i].first));
  }
}

TEST_CASE("trials that do not fit a recording are named") {
  const auto events = recording_of<CountEvent>(Dense::Ones(2, 40), 1.0, 0, 0);
  check_message<InvalidArgument>([&] { trials(events, {}); }, {"at least one trial"});
  check_message<InvalidArgument>([&] { trials(events, {{0, 5}, {7, 7}}); }, {"trial 1", "[7, 7)"});
  check_message<InvalidArgument>([&] { trials(events, {{9, 5}}); }, {"trial 0", "[9, 5)"});
  check_message<OutOfRange>([&] { trials(events, {{0, 5}, {0, 40}, {38, 41}}); }, {"trial 2", "[38, 41)", "[0, 40)"});
}

TEMPLATE_TEST_CASE("selected neurons are the rows of a mask, in ascending order", "", BinaryEvent, CountEvent) {
  support::Numbers numbers{4};
  const Dense counts = random_counts<TestType>(numbers, 9, 50);
  const auto events = recording_of<TestType>(counts, 0.5, 3, 100);
  for (const Mask& mask : {Mask{}, neurons(2, 6), neurons({7, 1, 4}), neurons({3, 4, 5}), neurons({8}),
                           Mask{{true, false, false, true, false, false, false, false, true}}}) {
    const std::vector<std::uint32_t> chosen = ids(mask, 9);
    Dense rows(static_cast<Eigen::Index>(chosen.size()), 50);
    for (std::size_t i = 0; i < chosen.size(); ++i) rows.row(static_cast<Eigen::Index>(i)) = counts.row(chosen[i]);
    check_same(select(events, mask), recording_of<TestType>(rows, 0.5, 3, 100));
    check_same(select(BatchEvents<TestType>{{events, events}}, mask)[1], select(events, mask));
    CHECK(std::is_sorted(chosen.begin(), chosen.end()));
  }
  CHECK(ids(neurons({7, 1, 4}), 9) == std::vector<std::uint32_t>{1, 4, 7});
}

TEST_CASE("selected neurons keep their names, or have their numbers as names") {
  const NeuronNames names{{"AVAL", "AVAR", "PVCL", "PVCR"}};
  CHECK(select(names, neurons({3, 1}), 4).all() == std::vector<std::string>{"AVAR", "PVCR"});
  CHECK(select(names, names.mask({"PVCL", "AVAL"}), 4).all() == std::vector<std::string>{"AVAL", "PVCL"});
  CHECK(select(NeuronNames{}, neurons({30, 1}), 40).all() == std::vector<std::string>{"1", "30"});
  check_message<InvalidArgument>([&] { select(names, neurons(0, 2), 5); }, {"4 names", "5 neurons"});
}

TEST_CASE("a selection needs neurons that exist") {
  const auto events = recording_of<CountEvent>(Dense::Ones(3, 5), 1.0, 0, 0);
  check_message<InvalidArgument>([&] { select(events, neurons(1, 1)); }, {"no neurons", "at least one"});
  check_message<InvalidArgument>([&] { select(events, neurons({1, 3})); }, {"neuron 3", "3 neurons"});
  check_message<InvalidArgument>([&] { select(NeuronNames{}, neurons(1, 1), 3); }, {"no neurons"});
}

TEMPLATE_TEST_CASE("bins hold the sums of their steps", "", BinaryEvent, CountEvent) {
  support::Numbers numbers{5};
  const Dense counts = random_counts<TestType>(numbers, 6, 60);
  for (const int width : {1, 2, 3, 7, 59, 60, 61}) {
    const auto steps = static_cast<std::uint64_t>(width);
    const auto events = recording_of<TestType>(counts, 0.5, 3, 1000 * steps);
    const Eigen::Index bins = 60 / width;
    Dense sums = Dense::Zero(6, bins);
    for (Eigen::Index step = 0; step < bins * width; ++step) sums.col(step / width) += counts.col(step);
    const auto expected = recording_of<CountEvent>(sums, 0.5 * width, 3, 1000);
    check_same(binned(events, steps, {.drop_incomplete = true}), expected);
    check_same(binned(BatchEvents<TestType>{{events, events}}, steps, {.drop_incomplete = true})[1], expected);
    if (60 % width == 0)
      check_same(binned(events, steps), expected);
    else
      check_message<InvalidArgument>([&] { binned(events, steps); },
                                     {"bins of " + std::to_string(width) + " steps", "60 steps", "drop_incomplete",
                                      "last " + std::to_string(60 % width)});
  }
}

TEST_CASE("bins begin at multiples of their width, and their counts must fit") {
  const auto events = recording_of<CountEvent>(Dense::Ones(3, 30), 1.0, 0, 105);
  check_message<InvalidArgument>([&] { binned(events, 0); }, {"0 steps", "at least 1"});
  check_message<InvalidArgument>([&] { binned(events, 10); }, {"bins of 10 steps", "step 105", "from step 110 on"});
  CHECK(binned(part(events, {110, 130}), 10).first_step() == 11);

  const std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
  const Events<CountEvent> large{2, 1.0, 0, 8, 8, {{4, 1, most - 1}, {5, 1, 1}, {6, 0, 1}, {7, 1, 1}}};
  check_message<InvalidArgument>([&] { binned(large, 4); }, {"neuron 1", "2^32", "bins of 4 steps from step 12 on"});
  CHECK(binned(large, 2)[0].count == most);
}

TEST_CASE("counts become binary events if none is above 1") {
  support::Numbers numbers{6};
  const Dense counts = random_counts<BinaryEvent>(numbers, 5, 40);
  const auto expected = recording_of<BinaryEvent>(counts, 0.5, 3, 100);
  check_same(to_binary(recording_of<CountEvent>(counts, 0.5, 3, 100)), expected);
  check_same(to_binary(BatchEvents<CountEvent>{{recording_of<CountEvent>(counts, 0.5, 3, 100)}})[0], expected);
}

TEST_CASE("a count above 1 is refused by name, or clipped and counted") {
  support::Numbers numbers{7};
  Dense counts = random_counts<CountEvent>(numbers, 5, 40);
  counts.leftCols(11) = counts.leftCols(11).cwiseMin(1);
  counts.col(11) << 0, 1, 3, 2, 0;
  const auto events = recording_of<CountEvent>(counts, 0.5, 6, 100);
  const Dense ones = counts.cwiseMin(1);
  const auto several = static_cast<std::uint64_t>((counts.array() > 1).count());
  const auto lost = static_cast<std::uint64_t>((counts - ones).sum());
  check_message<InvalidArgument>([&] { to_binary(events); },
                                 {"network 6", "step 111", "neuron 2", "3 spikes", std::to_string(several) + " such"});
  const auto once = clipped(events);
  check_same(once.events, recording_of<BinaryEvent>(ones, 0.5, 6, 100));
  CHECK(once.clipped == several);
  CHECK(once.lost_spikes == lost);

  const BatchEvents<CountEvent> batch{{events, events}};
  CHECK_THROWS_AS(to_binary(batch), InvalidArgument);
  const auto both = clipped(batch);
  check_same(both.events[1], once.events);
  CHECK(both.clipped == 2 * several);
  CHECK(both.lost_spikes == 2 * lost);
}
