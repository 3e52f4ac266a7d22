// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/simulate/events.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <random>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"

using spikeometric::BatchEvents, spikeometric::BinaryEvent, spikeometric::CountEvent, spikeometric::Events,
    spikeometric::Spike;

namespace {

constexpr std::uint64_t two_to_32 = std::uint64_t{1} << 32;

/// Three neurons over six steps from step 100 on, network 9.
Events<CountEvent> small_recording() {
  Events<CountEvent> events{3, 0.5, 9, 100};
  const std::vector<CountEvent> spikes = {{0, 1, 1}, {0, 2, 4}, {3, 0, 2}, {5, 1, 1}, {5, 2, 1}};
  events.append(6, spikes);
  return events;
}

std::vector<Spike> spikes_of(const auto& events) { return {events.begin(), events.end()}; }

/// Equal up to rounding.
void check_close(double value, double expected) { CHECK(std::abs(value - expected) <= 1e-12 * expected); }

/// The definition of the fingerprint, implemented independently.
std::uint64_t plain_fingerprint(const std::vector<Spike>& spikes, std::uint64_t network) {
  const auto m = [](std::uint64_t z) {
    z ^= z >> 30;
    z *= 13787848793156543929u;
    z ^= z >> 27;
    z *= 10723151780598845931u;
    return z ^ z >> 31;
  };
  std::uint64_t sum = 0;
  for (const auto& [step, neuron, count] : spikes) sum += m(m(m(m(network) ^ step) ^ neuron) ^ count);
  return sum;
}

/// A random recording of `steps` steps, in order of step and neuron.
std::vector<CountEvent> random_events(std::uint32_t steps, std::uint32_t neurons, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::vector<CountEvent> events;
  for (std::uint32_t step = 0; step < steps; ++step)
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron)
      if (random() % 5 == 0) events.emplace_back(step, neuron, static_cast<std::uint32_t>(1 + random() % 3));
  return events;
}

}  // namespace

TEST_CASE("an event takes 8 bytes, or 12 with a count") {
  static_assert(sizeof(BinaryEvent) == 8 && sizeof(CountEvent) == 12);
  static_assert(std::is_trivially_copyable_v<BinaryEvent> && std::is_trivially_copyable_v<CountEvent>);
  CHECK(BinaryEvent{4, 5, 1}.count == 1);
}

TEST_CASE("a recording tells what it holds") {
  const auto events = small_recording();
  CHECK(events.neurons() == 3);
  CHECK(events.steps() == 6);
  CHECK(events.first_step() == 100);
  CHECK(events.dt_ms() == 0.5);
  CHECK(events.network_id() == 9);
  CHECK(events.size() == 5);
  CHECK_FALSE(events.empty());
  CHECK(events.total() == 9);
  CHECK(events.counts() == std::vector<std::uint64_t>{2, 2, 5});
  check_close(events.mean_rate_hz(), 9 / (3 * 0.003));  // 9 spikes, 3 neurons, 3 ms
}

TEST_CASE("a recording is a range of spikes, with steps on the event clock") {
  const auto events = small_recording();
  const std::vector<Spike> expected = {{100, 1, 1}, {100, 2, 4}, {103, 0, 2}, {105, 1, 1}, {105, 2, 1}};
  CHECK(spikes_of(events) == expected);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(events[i] == expected[i]);

  static_assert(std::input_iterator<Events<CountEvent>::Iterator>);
  auto spike = events.begin();
  CHECK(*spike++ == expected[0]);
  CHECK(*spike == expected[1]);
  CHECK(*++spike == expected[2]);
  CHECK(std::distance(events.begin(), events.end()) == 5);
  CHECK(events.packed()[2].offset == 3);

  std::uint64_t sum = 0;
  for (const auto [step, neuron, count] : events) sum += step * neuron * count;
  CHECK(sum == 100 + 800 + 105 + 210);
}

TEST_CASE("a recording goes to a dense matrix, neurons x steps") {
  Eigen::MatrixXi expected(3, 6);
  expected << 0, 0, 0, 2, 0, 0,  //
      1, 0, 0, 0, 0, 1,          //
      4, 0, 0, 0, 0, 1;
  CHECK(small_recording().to_dense() == expected);
}

TEST_CASE("the spikes of a binary recording count once each") {
  Events<BinaryEvent> events{4, 1.0};
  events.append(10, std::vector<BinaryEvent>{{0, 3}, {2, 0}, {2, 3}});
  CHECK(events.total() == 3);
  CHECK(events.counts() == std::vector<std::uint64_t>{1, 0, 0, 2});
  check_close(events.mean_rate_hz(), 75);
  CHECK(events.to_dense().sum() == 3);
  CHECK(events.to_dense()(3, 2) == 1);
  CHECK(spikes_of(events) == std::vector<Spike>{{0, 3, 1}, {2, 0, 1}, {2, 3, 1}});

  Events<CountEvent> counted{4, 1.0};
  counted.append(10, std::vector<CountEvent>{{0, 3, 1}, {2, 0, 1}, {2, 3, 1}});
  CHECK(counted.fingerprint() == events.fingerprint());
}

TEST_CASE("a recording of no steps or no spikes is empty, not an error") {
  const std::uint64_t steps = GENERATE(0, 50);
  Events<BinaryEvent> events{7, 0.1};
  events.append(steps, {});
  CHECK(events.steps() == steps);
  CHECK(events.empty());
  CHECK(events.begin() == events.end());
  CHECK(events.total() == 0);
  CHECK(events.mean_rate_hz() == 0);
  CHECK(events.counts() == std::vector<std::uint64_t>(7));
  CHECK(events.to_dense().rows() == 7);
  CHECK(static_cast<std::uint64_t>(events.to_dense().cols()) == steps);
  CHECK(events.to_dense().isZero());
  CHECK(events.fingerprint() == 0);
}

TEST_CASE("appended steps follow the steps before") {
  auto events = small_recording();
  events.append(2, {});
  events.append(4, std::vector<CountEvent>{{0, 0, 1}, {1, 2, 3}});
  events.append(1, std::vector<CountEvent>{{0, 1, 2}});
  CHECK(events.steps() == 13);
  CHECK(events.size() == 8);
  CHECK(events[5] == Spike{108, 0, 1});
  CHECK(events[6] == Spike{109, 2, 3});
  CHECK(events[7] == Spike{112, 1, 2});
}

TEST_CASE("a recording cut into pieces is the whole, and the fingerprints of its pieces add up") {
  constexpr std::uint32_t steps = 400, neurons = 30;
  const auto all = random_events(steps, neurons, 1);
  Events<CountEvent> whole{neurons, 1.0, 2, 1000};
  whole.append(steps, all);

  std::mt19937_64 random{2};
  Events<CountEvent> joined{neurons, 1.0, 2, 1000};
  std::uint64_t sum = 0;
  for (std::uint32_t first = 0; first < steps;) {
    const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(1 + random() % 60, steps - first));
    std::vector<CountEvent> piece;
    for (const CountEvent& event : all)
      if (event.offset >= first && event.offset < first + length)
        piece.emplace_back(event.offset - first, event.neuron, event.count);
    joined.append(length, piece);
    Events<CountEvent> alone{neurons, 1.0, 2, 1000 + first};
    alone.append(length, piece);
    sum += alone.fingerprint();
    first += length;
  }
  CHECK(joined.steps() == whole.steps());
  CHECK(spikes_of(joined) == spikes_of(whole));
  CHECK(joined.fingerprint() == whole.fingerprint());
  CHECK(sum == whole.fingerprint());
}

TEST_CASE("totals, counts, dense matrix and fingerprint agree with a plain sum over the spikes") {
  constexpr std::uint32_t steps = 300, neurons = 20;
  Events<CountEvent> events{neurons, 0.25, 0xFFFFFFFF, std::uint64_t{1} << 40};
  events.append(steps, random_events(steps, neurons, 3));
  const auto spikes = spikes_of(events);
  REQUIRE(spikes.size() > 1000);

  std::uint64_t total = 0;
  std::vector<std::uint64_t> counts(neurons);
  Eigen::MatrixXi dense = Eigen::MatrixXi::Zero(neurons, steps);
  for (const auto& [step, neuron, count] : spikes) {
    total += count;
    counts[neuron] += count;
    dense(neuron, static_cast<Eigen::Index>(step - (std::uint64_t{1} << 40))) += static_cast<int>(count);
  }
  CHECK(events.total() == total);
  CHECK(events.counts() == counts);
  CHECK(events.to_dense() == dense);
  check_close(events.mean_rate_hz(), static_cast<double>(total) / neurons / (steps * 0.25e-3));
  CHECK(events.fingerprint() == plain_fingerprint(spikes, 0xFFFFFFFF));
}

TEST_CASE("a fingerprint tells recordings apart and does not change between versions") {
  const auto fingerprint = [](std::uint32_t network, std::uint64_t first_step, std::vector<CountEvent> spikes) {
    Events<CountEvent> events{10, 1.0, network, first_step};
    events.append(10, spikes);
    return events.fingerprint();
  };
  const std::uint64_t original = fingerprint(1, 0, {{2, 3, 1}, {4, 5, 1}});
  CHECK(original == 0x303093e0b92bc2d1);
  CHECK(fingerprint(2, 0, {{2, 3, 1}, {4, 5, 1}}) != original);
  CHECK(fingerprint(1, 1, {{2, 3, 1}, {4, 5, 1}}) != original);
  CHECK(fingerprint(1, 1, {{1, 3, 1}, {3, 5, 1}}) == original);  // the same steps, counted from another first
  CHECK(fingerprint(1, 0, {{2, 5, 1}, {4, 3, 1}}) != original);
  CHECK(fingerprint(1, 0, {{2, 3, 1}, {4, 5, 2}}) != original);
  CHECK(fingerprint(1, 0, {{2, 3, 1}}) != original);
  CHECK(fingerprint(1, 0, {{2, 3, 1}}) + fingerprint(1, 0, {{4, 5, 1}}) == original);
}

TEST_CASE("a recording has up to 2^32 steps, refuses more, and is then unchanged") {
  const std::uint64_t first = std::uint64_t{1} << 47;
  Events<BinaryEvent> events{2, 1.0, 0, first};
  check_message<std::length_error>([&] { events.append(two_to_32 + 1, {}); }, {"4294967297", "2^32"});
  events.append(two_to_32 - 1, {});
  const std::vector<BinaryEvent> last = {{0, 1}};
  check_message<std::length_error>([&] { events.append(2, last); }, {"4294967295", "2 more", "2^32"});
  check_message<std::length_error>([&] { events.append(~std::uint64_t{0}, last); }, {"18446744073709551615"});
  CHECK(events.steps() == two_to_32 - 1);
  CHECK(events.empty());
  events.append(1, last);
  CHECK(events.steps() == two_to_32);
  CHECK(events[0] == Spike{first + two_to_32 - 1, 1, 1});
  CHECK_THROWS_AS(events.append(1, {}), std::length_error);
  events.append(0, {});
  CHECK(events.size() == 1);
}

TEST_CASE("totals of large counts do not wrap") {
  Events<CountEvent> events{1, 1.0};
  const std::uint32_t most = std::numeric_limits<std::int32_t>::max();
  events.append(3, std::vector<CountEvent>{{0, 0, most}, {1, 0, most}, {2, 0, most}});
  CHECK(events.total() == 3 * std::uint64_t{most});
  CHECK(events.counts()[0] == 3 * std::uint64_t{most});
  CHECK(events.to_dense()(0, 1) == std::numeric_limits<std::int32_t>::max());
  check_close(events.mean_rate_hz(), 1000.0 * most);
}

TEST_CASE("a recording needs neurons and a time step") {
  check_message<std::invalid_argument>([] { Events<BinaryEvent>{0, 1.0}; }, {"at least one neuron"});
  check_message<std::invalid_argument>([] { Events<BinaryEvent>{1, 0.0}; }, {"dt = 0 ms", "positive"});
  check_message<std::invalid_argument>([] { Events<BinaryEvent>{1, std::nan("")}; }, {"dt = nan"});
}

TEST_CASE("an event of an invalid step or neuron is refused, and nothing is appended") {
  Events<BinaryEvent> events{3, 1.0};
  const std::vector<BinaryEvent> late = {{0, 1}, {5, 2}}, beyond = {{0, 1}, {4, 3}};
  check_message<std::out_of_range>([&] { events.append(5, late); }, {"step 5", "neuron 2", "5 steps", "3 neurons"});
  check_message<std::out_of_range>([&] { events.append(5, beyond); }, {"step 4", "neuron 3"});
  CHECK((events.empty() && events.steps() == 0));
}

// --- of a batch -----------------------------------------------------------------------------------------------------

namespace {

/// Networks 5, 6 and 7, of 3, 1 and 20 neurons.
BatchEvents<CountEvent> batch_recording() {
  std::vector<Events<CountEvent>> networks;
  networks.push_back(Events<CountEvent>{3, 0.5, 5, 100});
  networks.push_back(Events<CountEvent>{1, 0.5, 6, 100});
  networks.push_back(Events<CountEvent>{20, 0.5, 7, 100});
  networks[0].append(6, std::vector<CountEvent>{{0, 1, 1}, {0, 2, 4}, {3, 0, 2}});
  networks[1].append(6, {});
  networks[2].append(6, random_events(6, 20, 1));
  return BatchEvents<CountEvent>{networks};
}

}  // namespace

TEST_CASE("a recording of a batch has the recordings of its networks") {
  const auto events = batch_recording();
  REQUIRE(events.size() == 3);
  CHECK((events[0].network_id() == 5 && events[1].network_id() == 6 && events[2].network_id() == 7));
  CHECK((events[0].neurons() == 3 && events[1].neurons() == 1 && events[2].neurons() == 20));
  CHECK(&events.by_network()[2] == &events[2]);
  std::size_t networks = 0;
  for (const auto& of_one : batch_recording().by_network()) {  // of a temporary
    CHECK(spikes_of(of_one) == spikes_of(events[networks]));
    ++networks;
  }
  CHECK(networks == 3);
  CHECK(events.steps() == 6);
  for (const auto& of_one : events) CHECK(&of_one == &events[networks++ - 3]);
  CHECK(networks == 6);
  CHECK(batch_recording()[2].fingerprint() == events[2].fingerprint());
  CHECK_THROWS_AS(events[3], std::out_of_range);
}

TEST_CASE("totals and fingerprints of networks add up, and each neuron weighs the same in the mean rate") {
  const auto events = batch_recording();
  CHECK(events.total() == 7 + events[2].total());
  CHECK(events.fingerprint() == events[0].fingerprint() + events[1].fingerprint() + events[2].fingerprint());
  CHECK(events.fingerprint() != events[0].fingerprint());
  check_close(events.mean_rate_hz(), static_cast<double>(events.total()) / (24 * 0.003));
}

TEST_CASE("networks that are ahead of others count with all their steps") {
  auto events = batch_recording();
  events[1].append(14, std::vector<CountEvent>{{2, 0, 3}});
  CHECK(events.steps() == 6);
  CHECK(events.total() == 10 + events[2].total());
  check_close(events.mean_rate_hz(), static_cast<double>(events.total()) / (23 * 0.003 + 0.010));
}

TEST_CASE("rates of populations and of masks are spikes per neuron and second of their neurons") {
  using spikeometric::neurons, spikeometric::Populations;
  const auto events = small_recording();  // 2, 2 and 5 spikes of neurons 0, 1 and 2 in 3 ms
  Populations populations{3};
  populations.add("last", neurons(2, 3));
  populations.add("first", neurons(0, 2));
  CHECK(events.totals(populations) == std::vector<std::uint64_t>{5, 4});
  const auto rates = events.rates_hz(populations);
  REQUIRE(rates.size() == 2);
  check_close(rates[0], 5 / 0.003);
  check_close(rates[1], 4 / (2 * 0.003));
  CHECK(events.total(neurons({0, 2})) == 7);
  check_close(events.mean_rate_hz(neurons({0, 2})), 7 / (2 * 0.003));
  check_close(events.mean_rate_hz(populations["last"]), rates[0]);
  CHECK(events.mean_rate_hz({}) == events.mean_rate_hz());
  CHECK(events.mean_rate_hz(neurons(1, 1)) == 0.0);
  CHECK(Events<BinaryEvent>{3, 1.0}.rates_hz(populations) == std::vector{0.0, 0.0});

  Populations some{3};
  some.add("middle", neurons(1, 2));
  CHECK(events.totals(some) == std::vector<std::uint64_t>{2});
  check_message<std::invalid_argument>([&] { (void)events.rates_hz(Populations{4}); },
                                       {"populations of 4 neurons", "recording of 3"});
  check_message<std::invalid_argument>([&] { (void)events.mean_rate_hz(neurons(2, 4)); }, {"neuron 3", "3 neurons"});
}

TEST_CASE("rates of populations of a batch are means over its networks, in proportion to their steps") {
  using spikeometric::neurons, spikeometric::Populations;
  std::vector<Events<CountEvent>> networks(2, Events<CountEvent>{3, 0.5});
  networks[0].append(6, std::vector<CountEvent>{{0, 1, 1}, {0, 2, 4}, {3, 0, 2}});
  networks[1].append(14, std::vector<CountEvent>{{7, 1, 3}});
  const BatchEvents<CountEvent> events{networks};
  Populations populations{3};
  populations.add("E", neurons(0, 2));
  populations.add("I", neurons(2, 3));
  const auto rates = events.rates_hz(populations);
  REQUIRE(rates.size() == 2);
  check_close(rates[0], 6 / (2 * 0.010));
  check_close(rates[1], 4 / 0.010);
  check_close(events.mean_rate_hz(populations["E"]), rates[0]);
}

TEST_CASE("a recording of a batch that has no steps or spikes is empty, not an error") {
  BatchEvents<BinaryEvent> events{std::vector<Events<BinaryEvent>>(4, Events<BinaryEvent>{7, 1.0})};
  CHECK((events.steps() == 0 && events.total() == 0 && events.fingerprint() == 0 && events.mean_rate_hz() == 0.0));
  for (std::size_t network = 0; network < 4; ++network) events[network].append(3, {});
  CHECK((events.steps() == 3 && events.mean_rate_hz() == 0.0));
}

TEST_CASE("a recording of a batch needs networks") {
  check_message<std::invalid_argument>([] { BatchEvents<BinaryEvent>{std::vector<Events<BinaryEvent>>{}}; },
                                       {"at least one network"});
}
