// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/simulate/recorder.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../support.hpp"
#include "spikeometric/graph/generate.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

struct Minimal {
  void operator()(std::uint32_t, std::uint64_t, std::span<const BinaryEvent>) {}
};
struct OfSpikes {
  void operator()(const Spike&) {}
};
static_assert(Recorder<Minimal, BinaryEvent>);
static_assert(Recorder<void (*)(std::uint32_t, std::uint64_t, std::span<const BinaryEvent>), BinaryEvent>);
static_assert(Recorder<std::function<void(std::uint32_t, std::uint64_t, std::span<const CountEvent>)>, CountEvent>);
static_assert(!Recorder<Minimal, CountEvent>);
static_assert(!Recorder<const Minimal, BinaryEvent>);
static_assert(!Recorder<OfSpikes, BinaryEvent>);
static_assert(!Recorder<int, BinaryEvent>);

/// A simulator of so many neurons that a run of 300 steps reaches the recorder in several pieces.
auto simulator_of(int threads = 1) {
  static const Graph graph = generate::normal({.neurons = 30'000, .probability = 0.001, .std = 3.0}, Seed{5});
  return Simulator{graph, BernoulliGLM{{.theta = 3.0f}}, no_stimulus, Seed{8},
                   EigenBackend<>{.threads = threads, .first_network = 6}};
}

const std::vector<Spike>& spikes_of_300_steps() {
  static const Events events = simulator_of().run(300);
  static const std::vector<Spike> spikes(events.begin(), events.end());
  return spikes;
}

}  // namespace

TEST_CASE("a recorder is called on the caller's thread, in order of step and neuron, with every spike of the run") {
  const int threads = GENERATE(from_range(support::thread_counts()));
  auto simulator = simulator_of(threads);
  REQUIRE(spikes_of_300_steps().size() > 4000);

  std::vector<Spike> spikes;
  std::uint64_t next_step = 0;
  std::size_t calls = 0;
  const auto caller = std::this_thread::get_id();
  simulator.run(300, [&](std::uint32_t network, std::uint64_t first_step, std::span<const BinaryEvent> events) {
    ++calls;
    CHECK(std::this_thread::get_id() == caller);
    CHECK(network == 6);
    CHECK(first_step >= next_step);
    next_step = first_step + 1;
    for (const BinaryEvent& event : events) {
      spikes.push_back({first_step + event.offset, event.neuron, event.count});
      next_step = first_step + event.offset + 1;
    }
  });
  CHECK(calls > 1);
  CHECK((spikes == spikes_of_300_steps()));
}

TEST_CASE("the steps of a recorder continue where the run before ended") {
  auto simulator = simulator_of();
  simulator.run(70);
  std::uint64_t first = 0;
  simulator.run(5, [&](std::uint32_t, std::uint64_t first_step, std::span<const BinaryEvent>) { first = first_step; });
  CHECK(first == 70);
}

TEST_CASE("a recorder is an lvalue or an rvalue, and need not be copyable") {
  struct Counter {
    std::size_t spikes = 0;
    Counter() = default;
    Counter(const Counter&) = delete;
    void operator()(std::uint32_t, std::uint64_t, std::span<const BinaryEvent> events) { spikes += events.size(); }
  };
  auto simulator = simulator_of(), alike = simulator_of();
  Counter counter;
  simulator.run(100, counter);
  CHECK(counter.spikes == alike.run(100).size());
  simulator.run(100, Counter{});
  CHECK(simulator.step() == 200);
}

TEST_CASE("zero steps need no call of a recorder") {
  auto simulator = simulator_of();
  simulator.run(0, [](std::uint32_t, std::uint64_t, std::span<const BinaryEvent> events) { CHECK(events.empty()); });
  CHECK(simulator.step() == 0);
}

TEST_CASE("an exception of a recorder ends the run after the steps passed to it, and the next run continues there") {
  const int threads = GENERATE(from_range(support::thread_counts()));
  auto simulator = simulator_of(threads);
  std::vector<Spike> spikes;
  std::uint64_t given = 0;
  const auto record = [&](std::uint32_t, std::uint64_t first_step, std::span<const BinaryEvent> events) {
    for (const BinaryEvent& event : events) spikes.push_back({first_step + event.offset, event.neuron, event.count});
    given = events.empty() ? first_step : first_step + events.back().offset;
  };
  CHECK_THROWS_AS(simulator.run(300,
                                [&](auto network, auto first_step, auto events) {
                                  record(network, first_step, events);
                                  if (given >= 100) throw std::length_error("the disk is full");
                                }),
                  std::length_error);
  CHECK(simulator.step() > given);
  CHECK(simulator.step() < 300);
  simulator.run(300 - simulator.step(), record);
  CHECK(simulator.step() == 300);
  CHECK((spikes == spikes_of_300_steps()));
}

namespace {

/// The spikes of 300 steps of neurons for which chosen(neuron).
template <class Chosen>
std::vector<Spike> chosen_spikes(Chosen chosen) {
  std::vector<Spike> spikes;
  for (const Spike& spike : spikes_of_300_steps())
    if (chosen(spike.neuron)) spikes.push_back(spike);
  return spikes;
}

}  // namespace

TEST_CASE("only some neurons are recorded, in a recording of the whole network") {
  const bool range = GENERATE(true, false);
  const Mask mask = range ? neurons(500, 4000) : neurons({29'999, 0, 17, 5000, 5001, 5002, 5004, 12'345});
  auto simulator = simulator_of();
  Events some = simulator.new_recording();
  simulator.run(100, only(mask, some));
  const auto rest = only(mask, some);
  simulator.run(200, rest);
  CHECK((some.steps() == 300 && some.neurons() == 30'000 && some.network_id() == 6));
  const auto expected = chosen_spikes([&](std::uint32_t neuron) {
    return range ? neuron >= 500 && neuron < 4000
                 : neuron == 29'999 || neuron == 0 || neuron == 17 || neuron == 12'345 ||
                       (neuron >= 5000 && neuron <= 5004 && neuron != 5003);
  });
  CHECK((std::vector<Spike>(some.begin(), some.end()) == expected));
  CHECK(!expected.empty());
  CHECK(some.mean_rate_hz(mask) == simulator_of().run(300).mean_rate_hz(mask));
}

TEST_CASE("only the spikes of some neurons are passed to a recorder, in the same calls") {
  auto simulator = simulator_of(), alike = simulator_of();
  std::vector<Spike> spikes;
  std::vector<std::uint64_t> first_steps, expected_steps;
  const auto record = [&](std::uint32_t network, std::uint64_t first_step, std::span<const BinaryEvent> events) {
    CHECK(network == 6);
    first_steps.push_back(first_step);
    for (const BinaryEvent& event : events) spikes.push_back({first_step + event.offset, event.neuron, event.count});
  };
  simulator.run(300, only(neurons(0, 2000), record));
  alike.run(300, [&](auto, auto first_step, const auto&) { expected_steps.push_back(first_step); });
  CHECK((spikes == chosen_spikes([](std::uint32_t neuron) { return neuron < 2000; })));
  CHECK(first_steps == expected_steps);
}

TEST_CASE("only some neurons of each network of a batch are recorded") {
  const Graph graph = generate::normal({.neurons = 200, .probability = 0.1, .std = 3.0}, Seed{5});
  Simulator many{trials(graph, 3), BernoulliGLM{{.theta = 3.0f}}, no_stimulus, Seed{8}};
  Simulator alike = many;
  auto some = many.new_recording();
  many.run(100, only(neurons(20, 60), some));
  const auto all = alike.run(100);
  for (std::size_t network = 0; network < 3; ++network) {
    std::vector<Spike> expected;
    for (const Spike& spike : all[network])
      if (spike.neuron >= 20 && spike.neuron < 60) expected.push_back(spike);
    CHECK(!expected.empty());
    CHECK((std::vector<Spike>(some[network].begin(), some[network].end()) == expected));
  }
}

TEST_CASE("a mask or a recording that does not fit is refused before the first step") {
  auto simulator = simulator_of();
  const auto ignore = [](std::uint32_t, std::uint64_t, std::span<const BinaryEvent>) {};
  check_message<InvalidArgument>([&] { simulator.run(10, only(neurons(0, 30'001), ignore)); },
                                 {"neuron 30000", "30000 neurons"});
  check_message<InvalidArgument>([&] { simulator.run(10, only(std::vector<bool>(5, true), ignore)); },
                                 {"mask of 5 neurons", "30000"});
  Events other{20, 1.0, 6};
  check_message<InvalidArgument>([&] { simulator.run(10, only(neurons(0, 5), other)); }, {"cannot be appended"});
  CHECK(simulator.step() == 0);
}
